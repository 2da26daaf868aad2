/* What clients ask before they send: who is there, what it can do, and is it well.
 * The version is that of the API that is spoken: clients of Elasticsearch refuse what is
 * older than themselves, so it is the last 8.x.
 * Source: Elasticsearch API docs; what elastic/beats (esclientleg, licenser), Logstash's,
 * Vector's, Fluent Bit's and rsyslog's outputs ask. */
#include <ctype.h>

#include "base/clock.h"
#include "base/hash.h"
#include "server/reply.h"
#include "server/routes.h"
#include "server/setup.h"

#define API_VERSION "8.19.0"

/* A name that stays the same as long as the store does and does not give its secret away. */
static vd_str cluster_id(vd_service *s, const vd_request *r)
{
    uint64_t seed[2];
    char hex[65];
    vd_store_seed(vd_service_store(s), seed);
    vd_str parts[] = {VD_STR("cluster_uuid"), {(const char *)seed, sizeof seed}};
    vd_sha256_hex(parts, 2, hex);
    return vd_arena_str(r->arena, (vd_str){hex, 22});
}

static vd_json *object_of(const char *const (*pairs)[2], size_t n)
{
    vd_json *v = vd_json_object();
    for (size_t i = 0; i < n; i++)
        vd_json_set_str(v, pairs[i][0], vd_str_from(pairs[i][1]));
    return v;
}

static vd_json *version(void)
{
    static const char *const pairs[][2] = {
        {"number", API_VERSION},
        {"build_flavor", "default"},
        {"build_type", "deb"},
        {"build_hash", "vedette-" VEDETTE_VERSION},
        {"build_date", "2026-01-01T00:00:00.000Z"},
    };
    vd_json *v = object_of(pairs, sizeof pairs / sizeof *pairs);
    vd_json_set(v, "build_snapshot", vd_json_bool(false));
    vd_json_set_str(v, "lucene_version", VD_STR("9.12.0"));
    vd_json_set_str(v, "minimum_wire_compatibility_version", VD_STR("7.17.0"));
    vd_json_set_str(v, "minimum_index_compatibility_version", VD_STR("7.0.0"));
    return v;
}

static void root(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object();
    vd_json_set_str(v, "name", VD_STR("vedette"));
    vd_json_set_str(v, "cluster_name", VD_STR("vedette"));
    vd_json_set_str(v, "cluster_uuid", cluster_id(ctx, r));
    vd_json_set(v, "version", version());
    vd_json_set_str(v, "tagline", VD_STR("You Know, for Search"));
    vd_reply(r, a, v);
}

static void license(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object(), *in = vd_json_object();
    vd_json_set_str(in, "status", VD_STR("active"));
    vd_json_set_str(in, "uid", cluster_id(ctx, r));
    vd_json_set_str(in, "type", VD_STR("basic"));
    vd_json_set_str(in, "issue_date", VD_STR("2026-01-01T00:00:00.000Z"));
    vd_json_set(in, "issue_date_in_millis", vd_json_int(1767225600000));
    vd_json_set(in, "max_nodes", vd_json_int(1000));
    vd_json_set_str(in, "issued_to", VD_STR("vedette"));
    vd_json_set_str(in, "issuer", VD_STR("vedette"));
    vd_json_set(in, "start_date_in_millis", vd_json_int(-1));
    vd_json_set(v, "license", in);
    vd_reply(r, a, v);
}

static void xpack(void *ctx, const vd_request *r, vd_answer *a)
{
    static const struct {
        const char *name;
        bool on;
    } features[] = {{"data_streams", true}, {"eql", true},     {"ilm", true},        {"security", true},
                    {"ml", false},          {"watcher", false}, {"transform", false}, {"monitoring", false}};
    vd_json *v = vd_json_object(), *lic = vd_json_object(), *all = vd_json_object();
    vd_json_set_str(lic, "uid", cluster_id(ctx, r));
    vd_json_set_str(lic, "type", VD_STR("basic"));
    vd_json_set_str(lic, "mode", VD_STR("basic"));
    vd_json_set_str(lic, "status", VD_STR("active"));
    for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
        vd_json *one = vd_json_object();
        vd_json_set(one, "available", vd_json_bool(features[i].on));
        vd_json_set(one, "enabled", vd_json_bool(features[i].on));
        vd_json_set(all, features[i].name, one);
    }
    vd_json_set(v, "license", lic);
    vd_json_set(v, "features", all);
    vd_reply(r, a, v);
}

/* --- the cluster --- */

static void health(void *ctx, const vd_request *r, vd_answer *a)
{
    static const char *const zero[] = {"relocating_shards", "initializing_shards", "unassigned_shards",
                                       "delayed_unassigned_shards", "number_of_pending_tasks",
                                       "number_of_in_flight_fetch", "task_max_waiting_in_queue_millis"};
    static const char *const one[] = {"number_of_nodes", "number_of_data_nodes", "active_primary_shards", "active_shards"};
    vd_json *v = vd_json_object();
    vd_json_set_str(v, "cluster_name", VD_STR("vedette"));
    vd_json_set_str(v, "status", vd_service_ready(ctx) ? VD_STR("green") : VD_STR("yellow"));
    vd_json_set(v, "timed_out", vd_json_bool(false));
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        vd_json_set(v, one[i], vd_json_int(1));
    for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
        vd_json_set(v, zero[i], vd_json_int(0));
    vd_json_set(v, "active_shards_percent_as_number", vd_json_double(100));
    vd_reply(r, a, v);
}

static void cat_health(void *ctx, const vd_request *r, vd_answer *a)
{
    int64_t now = r->now / 1000;
    const char *head = vd_request_param(r, "v").p ? "epoch timestamp cluster status node.total\n" : "";
    vd_civil c = vd_time_civil(r->now);
    a->type = "text/plain; charset=UTF-8";
    a->body = vd_arena_printf(r->arena, "%s%lld %02d:%02d:%02d vedette %s 1\n", head, (long long)now, c.hour, c.minute,
                              c.second, vd_service_ready(ctx) ? "green" : "yellow");
}

static void settings(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "persistent", vd_json_object());
    vd_json_set(v, "transient", vd_json_object());
    if (vd_request_param(r, "include_defaults").p) vd_json_set(v, "defaults", vd_json_object());
    vd_reply(r, a, v);
}

/* Where the client found us: it may come again there (clients that sniff use nothing else).
 * Empty if it is no plain host and port. */
static vd_str host_of(const vd_request *r)
{
    vd_str host = vd_request_header(r, "Host");
    for (size_t i = 0; i < host.n; i++)
        if (!isalnum((unsigned char)host.p[i]) && !strchr(".:-[]_", host.p[i])) return (vd_str){0};
    return host;
}

static vd_json *node(const vd_request *r)
{
    vd_json *v = vd_json_object(), *roles = vd_json_array(), *http = vd_json_object(), *bound = vd_json_array();
    vd_str host = host_of(r);
    static const char *const names[] = {"data", "ingest", "master"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        vd_json_push(roles, vd_json_string(vd_str_from(names[i])));
    vd_json_push(bound, vd_json_string(host));
    vd_json_set(http, "bound_address", bound);
    vd_json_set_str(http, "publish_address", host);
    vd_json_set(http, "max_content_length_in_bytes", vd_json_int(104857600));
    vd_json_set_str(v, "name", VD_STR("vedette"));
    vd_json_set_str(v, "version", VD_STR(API_VERSION));
    vd_json_set_str(v, "build_flavor", VD_STR("default"));
    vd_json_set(v, "roles", roles);
    if (host.n) vd_json_set(v, "http", http);
    else vd_json_free(http);
    return v;
}

static void nodes(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object(), *count = vd_json_object(), *all = vd_json_object();
    vd_json_set(count, "total", vd_json_int(1));
    vd_json_set(count, "successful", vd_json_int(1));
    vd_json_set(count, "failed", vd_json_int(0));
    vd_json_set_n(all, cluster_id(ctx, r), node(r));
    vd_json_set(v, "_nodes", count);
    vd_json_set_str(v, "cluster_name", VD_STR("vedette"));
    vd_json_set(v, "nodes", all);
    vd_reply(r, a, v);
}

/* --- the table --- */

#define SETUP(path_, name_)                                                                        \
    {VD_GET, path_, VD_MAY_ANY, vd_setup_get, name_},                                              \
    {VD_GET, path_ "/{}", VD_MAY_ANY, vd_setup_get, name_},                                        \
    {VD_PUT | VD_POST, path_ "/{}", VD_MAY_INGEST, vd_setup_put, name_},                           \
    {VD_DELETE, path_ "/{}", VD_MAY_ANALYSE, vd_setup_delete, name_}

const vd_route vd_routes_handshake[] = {
    {VD_GET, "/", VD_MAY_ANY, root, "root"},
    {VD_GET, "/_license", VD_MAY_ANY, license, "license"},
    {VD_GET, "/_xpack", VD_MAY_ANY, xpack, "xpack"},
    {VD_GET, "/_cluster/health", VD_MAY_ANY, health, "cluster_health"},
    {VD_GET, "/_cluster/health/{}", VD_MAY_ANY, health, "cluster_health"},
    {VD_GET, "/_cluster/settings", VD_MAY_ANY, settings, "cluster_settings"},
    {VD_GET, "/_nodes", VD_MAY_ANY, nodes, "nodes"},
    {VD_GET, "/_nodes/{}", VD_MAY_ANY, nodes, "nodes"},
    {VD_GET, "/_nodes/{}/{}", VD_MAY_ANY, nodes, "nodes"},
    {VD_GET, "/_cat/health", VD_MAY_ANY, cat_health, "cat_health"},
    {VD_GET, "/_cat/indices", VD_MAY_READ, vd_setup_cat_indices, "cat_indices"},
    {VD_GET, "/_cat/indices/{}", VD_MAY_READ, vd_setup_cat_indices, "cat_indices"},
    SETUP("/_index_template", "index_template"),
    SETUP("/_component_template", "component_template"),
    SETUP("/_template", "template"),
    SETUP("/_ilm/policy", "ilm_policy"),
    SETUP("/_ingest/pipeline", "pipeline"),
    {VD_GET, "/_data_stream", VD_MAY_ANY, vd_setup_data_streams, "data_stream"},
    {VD_GET, "/_data_stream/{}", VD_MAY_ANY, vd_setup_data_streams, "data_stream"},
    {VD_PUT, "/_data_stream/{}", VD_MAY_INGEST, vd_setup_put, "data_stream"},
    {VD_GET, "/_alias", VD_MAY_ANY, vd_setup_aliases, "alias"},
    {VD_GET, "/_alias/{}", VD_MAY_ANY, vd_setup_aliases, "alias"},
    {VD_GET, "/{}/_alias/{}", VD_MAY_ANY, vd_setup_aliases, "alias"},
    {VD_POST | VD_GET, "/_refresh", VD_MAY_ANY, vd_setup_refresh, "refresh"},
    {VD_POST | VD_GET, "/{}/_refresh", VD_MAY_ANY, vd_setup_refresh, "refresh"},
    {VD_GET, "/{}/_mapping", VD_MAY_ANY, vd_setup_mapping, "mapping"},
    {VD_GET, "/{}", VD_MAY_ANY, vd_setup_index, "index"},
    {VD_PUT, "/{}", VD_MAY_INGEST, vd_setup_put_index, "index"},
};
const size_t vd_n_routes_handshake = sizeof vd_routes_handshake / sizeof *vd_routes_handshake;
