#include "server/setup.h"

#include "field/index.h"
#include "server/bulk_int.h"
#include "server/reply.h"
#include "server/routes.h"

/* --- kinds --- */

typedef struct kind {
    const char *path;   /* the path's first part */
    const char *paper;  /* kind of the store's paper */
    const char *list;   /* GET: member that holds an array of {"name", inner}; NULL: by name */
    const char *inner;
    const char *missing; /* reason of the 404; NULL: an empty object */
} kind;

static const kind kinds[] = {
    {"_index_template", "setup.index_template", "index_templates", "index_template", "index template matching [%.*s] not found"},
    {"_component_template", "setup.component_template", "component_templates", "component_template",
     "component template matching [%.*s] not found"},
    {"_template", "setup.template", NULL, NULL, NULL},
    {"_ilm", "setup.ilm", NULL, NULL, "Lifecycle policy not found: %.*s"},
    {"_ingest", "setup.pipeline", NULL, NULL, NULL},
    {"_data_stream", "setup.data_stream", "data_streams", NULL, "no such index [%.*s]"},
    {"_index", "setup.index", NULL, NULL, "no such index [%.*s]"},
};

static const kind *kind_named(vd_str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (vd_str_eq(name, vd_str_from(kinds[i].path))) return &kinds[i];
    return NULL;
}

/* Routes lead here only with paths that begin with one of them. */
static const kind *kind_of(const vd_request *r)
{
    vd_str path = vd_str_sub(r->path, 1, r->path.n);
    return kind_named(vd_str_sub(path, 0, vd_str_find_byte(path, '/', 0)));
}

static void failed(const vd_request *r, vd_answer *a, const vd_err *err)
{
    vd_answer_error(r, a, 503, "unavailable_shards_exception", "%s", err->msg);
}

/* --- give back --- */

typedef struct gather {
    const kind *k;
    vd_str wanted;   /* a name, a pattern, several with commas; empty: all */
    vd_arena *a;
    vd_json *out;    /* array or object */
    size_t n;
} gather;

/* "a,b*" against a name. */
static bool is_wanted(vd_str wanted, vd_str name)
{
    if (!wanted.n || vd_str_eq(wanted, VD_STR("_all"))) return true;
    return vd_index_takes(&wanted, 1, name);
}

static vd_json *policy_of(vd_json *document)
{
    vd_json *out = vd_json_object();
    vd_json_set(out, "version", vd_json_int(1));
    vd_json_set(out, "policy", vd_json_share(vd_json_get(document, "policy")));
    return out;
}

static void gather_one(void *ctx, vd_str id, vd_str document)
{
    gather *g = ctx;
    vd_json *v = NULL, *one = NULL;
    if (!is_wanted(g->wanted, id) || vd_json_parse(document, &v, NULL)) return;
    g->n++;
    if (g->k->list) {
        one = vd_json_object();
        vd_json_set_str(one, "name", id);
        vd_json_set(one, g->k->inner, v);
        vd_json_push(g->out, one);
    } else if (vd_json_has(v, "policy")) {
        vd_json_set_n(g->out, id, policy_of(v));
        vd_json_free(v);
    } else {
        vd_json_set_n(g->out, id, v);
    }
}

/* An empty object with 404, or the error that Elasticsearch gives. */
static void answer_missing(const vd_request *r, vd_answer *a, const kind *k, vd_str name)
{
    if (!k->missing) {
        vd_reply(r, a, vd_json_object());
        a->status = 404;
        return;
    }
    bool index = strstr(k->missing, "no such index") != NULL;
    vd_str why = vd_arena_printf(r->arena, k->missing, VD_FMT(name));
    vd_answer_error(r, a, 404, index ? "index_not_found_exception" : "resource_not_found_exception", "%.*s", VD_FMT(why));
}

void vd_setup_get(void *ctx, const vd_request *r, vd_answer *a)
{
    const kind *k = kind_of(r);
    vd_err err = {0};
    gather g = {.k = k, .wanted = r->n_parts ? r->parts[0] : (vd_str){0}, .a = r->arena};
    g.out = k->list ? vd_json_array() : vd_json_object();
    int code = vd_papers_each(vd_service_db(ctx), k->paper, gather_one, &g, &err);
    bool named = g.wanted.n && vd_str_find_byte(g.wanted, '*', 0) == g.wanted.n;
    if (code || (named && !g.n)) {
        vd_json_free(g.out);
        if (code) failed(r, a, &err);
        else answer_missing(r, a, k, g.wanted);
        return;
    }
    if (k->list) {
        vd_json *out = vd_json_object();
        vd_json_set(out, k->list, g.out);
        g.out = out;
    }
    vd_reply(r, a, g.out);
}

/* --- keep --- */

typedef struct census {
    vd_str name;     /* what is about to be put: it replaces what is counted */
    size_t n, bytes;
} census;

static void count_one(void *ctx, vd_str id, vd_str document)
{
    census *c = ctx;
    if (vd_str_eq(id, c->name)) return;
    c->n++;
    c->bytes += document.n;
}

/* False: the answer says why it is not kept. */
static bool has_room(vd_db *db, const vd_request *r, const kind *k, vd_str name, vd_answer *a)
{
    vd_err err = {0};
    census c = {.name = name};
    if (vd_papers_each(db, k->paper, count_one, &c, &err)) {
        failed(r, a, &err);
        return false;
    }
    if (r->body.n <= VD_MAX_SETUP_PAPER && c.n < VD_MAX_SETUP_PAPERS && c.bytes + r->body.n <= VD_MAX_SETUP_BYTES &&
        name.n && name.n <= VD_MAX_INDEX_NAME)
        return true;
    vd_answer_error(r, a, 400, "illegal_argument_exception",
                    "of [%s] this store keeps %u of at most %u bytes each, %u in all", k->path, VD_MAX_SETUP_PAPERS,
                    VD_MAX_SETUP_PAPER, VD_MAX_SETUP_BYTES);
    return false;
}

static bool keep(vd_db *db, const vd_request *r, const kind *k, vd_str name, vd_answer *a)
{
    vd_json *v = NULL;
    vd_err err = {0};
    vd_str body = vd_str_trim(r->body).n ? r->body : VD_STR("{}");
    if (!has_room(db, r, k, name, a)) return false;
    if (vd_json_parse(body, &v, &err) || vd_json_typeof(v) != VD_JSON_OBJECT) {
        vd_answer_error(r, a, 400, "parse_exception", "%s", err.msg[0] ? err.msg : "expected an object");
        vd_json_free(v);
        return false;
    }
    int code = vd_papers_put(db, k->paper, name, vd_json_text(r->arena, v, false), &err);
    vd_json_free(v);
    if (code) failed(r, a, &err);
    return !code;
}

void vd_setup_put(void *ctx, const vd_request *r, vd_answer *a)
{
    if (keep(vd_service_db(ctx), r, kind_of(r), r->parts[0], a)) vd_reply_acknowledged(r, a);
}

void vd_setup_delete(void *ctx, const vd_request *r, vd_answer *a)
{
    const kind *k = kind_of(r);
    bool was = false;
    vd_err err = {0};
    if (vd_papers_delete(vd_service_db(ctx), k->paper, r->parts[0], &was, &err)) failed(r, a, &err);
    else if (!was) answer_missing(r, a, k, r->parts[0]);
    else vd_reply_acknowledged(r, a);
}

/* --- data streams and indices --- */

typedef struct stored {
    vd_str wanted;
    vd_json *out; /* object: name to number of documents */
} stored;

static void add_stored(void *ctx, const vd_store_index *i)
{
    stored *s = ctx;
    if (!is_wanted(s->wanted, i->name)) return;
    vd_json *one = vd_json_object();
    vd_json_set(one, "documents", vd_json_uint(i->documents));
    vd_json_set(one, "bytes", vd_json_uint(i->raw_bytes));
    vd_json_set_n(s->out, i->name, one);
}

static void add_put(void *ctx, vd_str id, vd_str document)
{
    stored *s = ctx;
    if (!is_wanted(s->wanted, id)) return;
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str key = vd_arena_str(&a, id);
    if (!vd_json_has(s->out, key.p)) vd_json_set_n(s->out, key, vd_json_object());
    vd_arena_fini(&a);
}

/* The names that are there, with what is in them; NULL: the answer says why not. */
static vd_json *names_of(vd_service *s, const vd_request *r, vd_str wanted, vd_answer *a)
{
    vd_err err = {0};
    stored all = {wanted, vd_json_object()};
    int code = vd_store_each_index(vd_service_store(s), add_stored, &all, &err);
    if (!code) code = vd_papers_each(vd_service_db(s), "setup.data_stream", add_put, &all, &err);
    if (!code) code = vd_papers_each(vd_service_db(s), "setup.index", add_put, &all, &err);
    bool named = wanted.n && vd_str_find_byte(wanted, '*', 0) == wanted.n && !vd_str_eq(wanted, VD_STR("_all"));
    if (!code && (vd_json_len(all.out) || !named)) return all.out;
    vd_json_free(all.out);
    if (code) failed(r, a, &err);
    else answer_missing(r, a, kind_named(VD_STR("_index")), wanted);
    return NULL;
}

static vd_json *stream_of(vd_str name)
{
    vd_json *one = vd_json_object(), *time = vd_json_object();
    vd_json_set_str(time, "name", VD_STR("@timestamp"));
    vd_json_set_str(one, "name", name);
    vd_json_set(one, "timestamp_field", time);
    vd_json_set(one, "indices", vd_json_array());
    vd_json_set(one, "generation", vd_json_int(1));
    vd_json_set_str(one, "status", VD_STR("GREEN"));
    return one;
}

void vd_setup_data_streams(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *names = names_of(ctx, r, r->n_parts ? r->parts[0] : (vd_str){0}, a);
    if (!names) return;
    vd_json *out = vd_json_object(), *list = vd_json_array();
    for (vd_json_iter it = {0}; vd_json_next(names, &it);)
        vd_json_push(list, stream_of(it.key));
    vd_json_set(out, "data_streams", list);
    vd_json_free(names);
    vd_reply(r, a, out);
}

static vd_json *index_of(bool settings)
{
    vd_json *one = vd_json_object();
    vd_json_set(one, "mappings", vd_json_object());
    if (!settings) return one;
    vd_json_set(one, "aliases", vd_json_object());
    vd_json_set(one, "settings", vd_json_object());
    return one;
}

static void answer_indices(void *ctx, const vd_request *r, vd_answer *a, bool settings)
{
    vd_json *names = names_of(ctx, r, r->parts[0], a);
    if (!names) return;
    vd_json *out = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(names, &it);)
        vd_json_set_n(out, it.key, index_of(settings));
    vd_json_free(names);
    vd_reply(r, a, out);
}

/* Elasticsearch's paths begin with an underscore; an index cannot. */
static bool is_no_index(const vd_request *r, vd_answer *a)
{
    if (r->parts[0].p[0] != '_' || vd_str_eq(r->parts[0], VD_STR("_all"))) return false;
    vd_answer_error(r, a, 400, "illegal_argument_exception", "no handler found for uri [%.*s]", VD_FMT(r->path));
    return true;
}

void vd_setup_index(void *ctx, const vd_request *r, vd_answer *a)
{
    if (!is_no_index(r, a)) answer_indices(ctx, r, a, true);
}

void vd_setup_mapping(void *ctx, const vd_request *r, vd_answer *a) { answer_indices(ctx, r, a, false); }

void vd_setup_put_index(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_str name = r->parts[0];
    if (is_no_index(r, a) || !keep(vd_service_db(ctx), r, kind_named(VD_STR("_index")), name, a)) return;
    vd_json *v = vd_json_object();
    vd_json_set(v, "acknowledged", vd_json_bool(true));
    vd_json_set(v, "shards_acknowledged", vd_json_bool(true));
    vd_json_set_str(v, "index", name);
    vd_reply(r, a, v);
}

/* There are no aliases: names are patterns here. */
void vd_setup_aliases(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object();
    if (r->n_parts) {
        vd_str why = vd_arena_printf(r->arena, "alias [%.*s] missing", VD_FMT(r->parts[r->n_parts - 1]));
        vd_json_set_str(v, "error", why);
        vd_json_set(v, "status", vd_json_int(404));
    }
    vd_reply(r, a, v);
    if (r->n_parts) a->status = 404;
}

static void cat_text(const vd_request *r, vd_answer *a, const vd_json *list)
{
    static const char *const columns[] = {"health", "status", "index", "docs.count", "store.size"};
    vd_out t = {0};
    if (vd_request_param(r, "v").p) vd_out_put(&t, VD_STR("health status index docs.count store.size\n"));
    for (size_t i = 0; i < vd_json_len(list); i++)
        for (size_t c = 0; c < 5; c++) {
            vd_out_put(&t, vd_json_str(vd_json_get(vd_json_at(list, i), columns[c])));
            vd_out_put(&t, c < 4 ? VD_STR(" ") : VD_STR("\n"));
        }
    a->type = "text/plain; charset=UTF-8";
    a->owned = t.v;
    a->body = (vd_str){t.v, t.n};
}

/* Numbers are text in _cat. */
static vd_str number_in(const vd_request *r, const vd_json *v, const char *name)
{
    return vd_arena_printf(r->arena, "%lld", (long long)vd_json_get_int(vd_json_get(v, name)));
}

void vd_setup_cat_indices(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *names = names_of(ctx, r, r->n_parts ? r->parts[0] : (vd_str){0}, a);
    if (!names) return;
    vd_json *list = vd_json_array();
    for (vd_json_iter it = {0}; vd_json_next(names, &it);) {
        vd_json *one = vd_json_object();
        vd_json_set_str(one, "health", VD_STR("green"));
        vd_json_set_str(one, "status", VD_STR("open"));
        vd_json_set_str(one, "index", it.key);
        vd_json_set_str(one, "docs.count", number_in(r, it.value, "documents"));
        vd_json_set_str(one, "store.size", number_in(r, it.value, "bytes"));
        vd_json_push(list, one);
    }
    vd_json_free(names);
    if (vd_str_eq(vd_request_param(r, "format"), VD_STR("json"))) {
        vd_reply(r, a, list);
        return;
    }
    cat_text(r, a, list);
    vd_json_free(list);
}

/* What was answered is seen by searches at once. */
void vd_setup_refresh(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object(), *shards = vd_json_object();
    vd_json_set(shards, "total", vd_json_int(1));
    vd_json_set(shards, "successful", vd_json_int(1));
    vd_json_set(shards, "failed", vd_json_int(0));
    vd_json_set(v, "_shards", shards);
    vd_reply(r, a, v);
}
