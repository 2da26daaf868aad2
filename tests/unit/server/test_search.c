/* Searches: the first k hits, what a hit shows, searches that run beside requests, and a pass over a
 * store's documents and alerts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "../store/tmp.h"
#include "base/clock.h"
#include "base/limits.h"
#include "server/async.h"
#include "server/dsl.h"
#include "server/find.h"
#include "server/hits.h"
#include "store/intake.h"
#include "arena.h"

/* --- the first k --- */

static vd_sort_key number(int64_t i) { return (vd_sort_key){.kind = VD_LONG, .i = i}; }

/* The numbers of the first k of n hits with keys from a generator, missing now and then. */
static void check_topk(size_t n, size_t k, bool descending)
{
    vd_topk *t = vd_topk_new(k, descending, 1 << 20);
    uint64_t x = 88172645463325252ull, best = 0;
    int64_t *keys = vd_calloc(n + 1, sizeof *keys);
    for (size_t i = 0; i < n; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        keys[i] = (int64_t)(x % 50);
        vd_sort_key key = keys[i] < 5 ? (vd_sort_key){.kind = VD_NULL} : number(keys[i]);
        assert_int_equal(vd_topk_add(t, &key, i, VD_STR("{}"), NULL), 0);
    }
    vd_hit **hits;
    size_t got = vd_topk_sorted(t, &hits);
    assert_int_equal(got, n < k ? n : k);
    for (size_t i = 0; i < got; i++) { /* each is the least of those not yet seen, slowly */
        size_t at = SIZE_MAX;
        for (size_t j = 0; j < n; j++) {
            if (keys[j] < 0) continue;
            bool none = keys[j] < 5, none_at = at != SIZE_MAX && keys[at] < 5;
            bool before = at == SIZE_MAX || (none_at && !none) ||
                          (none == none_at && !none && (descending ? keys[j] > keys[at] : keys[j] < keys[at]));
            if (before) at = j;
        }
        assert_int_equal(hits[i]->seq, at);
        keys[at] = -1;
        best++;
    }
    assert_int_equal(best, got);
    free(keys);
    vd_topk_free(t);
}

static void the_first_k(void **state)
{
    for (size_t n = 0; n < 40; n += 3)
        for (size_t k = 0; k < 20; k += 4) {
            check_topk(n, k, false);
            check_topk(n, k, true);
        }
}

static void texts_and_bounds(void **state)
{
    vd_topk *t = vd_topk_new(2, false, 2 * VD_PADDING + 10);
    vd_err err = {0};
    const char *const names[] = {"b", "c", "a"};
    for (size_t i = 0; i < 3; i++) {
        vd_sort_key key = {.kind = VD_STRING, .s = vd_str_from(names[i])};
        assert_int_equal(vd_topk_add(t, &key, i, VD_STR("12345"), &err), 0);
    }
    vd_sort_key key = {.kind = VD_STRING, .s = VD_STR("0")};
    assert_int_equal(vd_topk_add(t, &key, 9, VD_STR("123456"), &err), VD_LIMIT);
    vd_hit **hits;
    assert_int_equal(vd_topk_sorted(t, &hits), 2);
    assert_int_equal(hits[0]->seq, 2);
    assert_int_equal(hits[1]->seq, 0);
    assert_memory_equal(hits[1]->line, "12345", 5);
    vd_topk_free(t);
}

/* --- what is shown --- */

static const char *shown(const char *body, const char *source)
{
    vd_json *b = NULL, *s = NULL, *hit = vd_json_object();
    vd_shown what = {0};
    vd_err err = {0};
    assert_int_equal(vd_json_parse(vd_str_from(body), &b, NULL), 0);
    assert_int_equal(vd_json_parse(vd_str_from(source), &s, NULL), 0);
    int code = vd_shown_read(b, &what, &err);
    if (!code) vd_shown_put(&what, hit, s);
    const char *out = code ? vd_arena_str(&arena, vd_str_from(err.msg)).p : vd_json_text(&arena, hit, false).p;
    vd_json_free(b);
    vd_json_free(s);
    vd_json_free(hit);
    return out;
}

static void what_a_hit_shows(void **state)
{
    const char *doc = "{\"a\":{\"b\":1,\"c\":[2,3]},\"d.e\":\"x\"}";
    assert_string_equal(shown("{}", doc), "{\"_source\":{\"a\":{\"b\":1,\"c\":[2,3]},\"d.e\":\"x\"}}");
    assert_string_equal(shown("{\"_source\":false}", doc), "{}");
    assert_string_equal(shown("{\"_source\":\"a.b\"}", doc), "{\"_source\":{\"a\":{\"b\":1}}}");
    assert_string_equal(shown("{\"_source\":[\"d.*\"]}", doc), "{\"_source\":{\"d.e\":\"x\"}}");
    assert_string_equal(shown("{\"_source\":{\"includes\":[\"a\"],\"excludes\":[\"a.c\"]}}", doc), "{\"_source\":{\"a\":{\"b\":1}}}");
    assert_string_equal(shown("{\"_source\":\"none\"}", doc), "{\"_source\":{}}");
    assert_string_equal(shown("{\"_source\":false,\"fields\":[\"a.c\",{\"field\":\"d.e\"}]}", doc),
                        "{\"fields\":{\"a.c\":[2,3],\"d.e\":[\"x\"]}}");
    assert_string_equal(shown("{\"_source\":[3]}", doc), "expected the name of a field");
}

/* --- beside requests --- */

typedef struct job {
    int ms;
    atomic_bool freed;
    bool until_stopped;
} job;

static unsigned run_job(void *ctx, const volatile sig_atomic_t *stop, char **body, size_t *n)
{
    job *j = ctx;
    const struct timespec ms = {0, 1000000};
    for (int i = 0; j->until_stopped ? !vd_search_stopped(stop) && i < 20000 : i < j->ms; i++)
        nanosleep(&ms, NULL);
    *n = 4;
    *body = vd_malloc(4);
    memcpy(*body, "done", 4);
    return vd_search_stopped(stop) ? 400 : 200;
}

static void free_job(void *ctx) { atomic_store(&((job *)ctx)->freed, true); }

static void searches_are_waited_for_and_kept(void **state)
{
    vd_searches *s = vd_searches_new();
    job quick = {.ms = 30};
    char id[VD_SEARCH_ID];
    vd_search_work work = {run_job, free_job, &quick};
    assert_int_equal(vd_searches_start(s, &work, 60000, id, NULL), 0);
    vd_search_state now = vd_searches_look(s, vd_str_from(id), 0, 0, &arena);
    assert_true(now.found && now.running && !now.body.n);
    vd_search_state then = vd_searches_look(s, vd_str_from(id), 20000, 0, &arena);
    assert_true(then.found && !then.running && quick.freed);
    assert_int_equal(then.status, 200);
    assert_true(vd_str_eq(then.body, VD_STR("done")));
    assert_false(vd_searches_look(s, VD_STR("00"), 0, 0, &arena).found);
    assert_true(vd_searches_drop(s, vd_str_from(id)));
    assert_false(vd_searches_drop(s, vd_str_from(id)));
    vd_searches_free(s);
}

static void searches_are_stopped_and_bounded(void **state)
{
    vd_searches *s = vd_searches_new();
    job jobs[VD_MAX_SEARCHES + 1] = {0};
    char id[VD_MAX_SEARCHES + 1][VD_SEARCH_ID];
    for (size_t i = 0; i <= VD_MAX_SEARCHES; i++) {
        jobs[i].until_stopped = true;
        vd_search_work work = {run_job, free_job, &jobs[i]};
        assert_int_equal(vd_searches_start(s, &work, 60000, id[i], NULL), i < VD_MAX_SEARCHES ? 0 : VD_LIMIT);
    }
    assert_true(jobs[VD_MAX_SEARCHES].freed);
    assert_true(vd_searches_drop(s, vd_str_from(id[0])));
    assert_false(vd_searches_look(s, vd_str_from(id[0]), 0, 0, NULL).found);
    vd_searches_free(s); /* stops the others */
    for (size_t i = 0; i < VD_MAX_SEARCHES; i++)
        assert_true(jobs[i].freed);
}

static void answers_expire(void **state)
{
    vd_searches *s = vd_searches_new();
    job quick = {.ms = 0};
    char id[VD_SEARCH_ID];
    vd_search_work work = {run_job, free_job, &quick};
    assert_int_equal(vd_searches_start(s, &work, 300, id, NULL), 0);
    assert_true(vd_searches_look(s, vd_str_from(id), 200, 0, NULL).found);
    nanosleep(&(struct timespec){0, 400000000}, NULL);
    assert_false(vd_searches_look(s, vd_str_from(id), 0, 0, NULL).found);
    vd_searches_free(s);
}

/* --- a store --- */

static char dir[64];

static vd_store *store_of(size_t n)
{
    vd_store *store = NULL;
    vd_err err = {0};
    uint64_t seed[2];
    tmp_make(dir);
    vd_store_options o = {.dir = dir};
    if (vd_store_open(&o, &store, &err)) fail_msg("%s", err.msg);
    vd_store_seed(store, seed);
    vd_intake *in = vd_intake_new(seed);
    vd_batch *b = vd_batch_new(1767312000000);
    for (size_t i = 0; i < n; i++) {
        char doc[256 + VD_PADDING] = {0}, id[16];
        int len = snprintf(doc, 256, "{\"@timestamp\":%lld,\"host\":{\"name\":\"h%zu\"},\"process\":{\"pid\":%zu}}",
                           (long long)(1767312000000 + (long long)(i * 7919 % n)), i % 3, i);
        snprintf(id, sizeof id, "d%zu", i);
        vd_str index = i % 2 ? VD_STR("logs-b-default") : VD_STR("logs-a-default");
        assert_int_equal(vd_intake_add(in, b, index, vd_str_from(id), (vd_str){doc, (size_t)len}, NULL), VD_FAULT_NONE);
    }
    if (vd_store_commit(store, b, &err)) fail_msg("%s", err.msg);
    vd_batch_unref(b);
    vd_intake_free(in);
    return store;
}

/* "total: id id ..." of a search. */
static const char *found(vd_store *store, const char *targets, const char *query, size_t k, const char *sort, bool descending)
{
    vd_err err = {0};
    vd_targets t;
    vd_json *q = NULL;
    vd_dsl dsl;
    vd_field_id field = VD_NO_FIELD;
    vd_schema *schema = vd_schema_new();
    if (vd_targets_read(store, vd_store_papers(store), vd_str_from(targets), false, &t, &err)) {
        vd_schema_free(schema);
        return vd_arena_str(&arena, vd_str_from(err.msg)).p;
    }
    assert_int_equal(vd_json_parse(vd_str_from(query), &q, NULL), 0);
    assert_int_equal(vd_dsl_read(&arena, q, schema, 1767312000000, &dsl, &err), 0);
    vd_json_free(q);
    if (sort) field = vd_schema_intern(schema, vd_str_from(sort));
    vd_find f = {.store = store, .db = vd_store_papers(store), .targets = &t, .since = dsl.since, .until = dsl.until,
                 .descending = descending, .top = vd_topk_new(k, descending, 1 << 20)};
    f.plan = vd_find_plan(dsl.condition, schema, &err);
    if (!f.plan) fail_msg("%s", err.msg);
    vd_extract *x = sort ? vd_extract_new(vd_plan_schema(f.plan), &field, 1) : NULL;
    f.sort = x;
    if (vd_find_run(&f, &err)) fail_msg("%s", err.msg);
    vd_hit **hits;
    size_t n = vd_topk_sorted(f.top, &hits);
    vd_str out = vd_arena_printf(&arena, "%llu:", (unsigned long long)f.total);
    for (size_t i = 0; i < n; i++) {
        vd_json *doc = vd_event_tree(hits[i]->line, hits[i]->n);
        out = vd_arena_printf(&arena, "%.*s %.*s", VD_FMT(out), VD_FMT(vd_json_str(vd_json_get(doc, "_id"))));
        assert_non_null(vd_json_get(doc, "_source"));
        vd_json_free(doc);
    }
    vd_topk_free(f.top);
    if (x) vd_extract_free(x);
    vd_plan_unref(f.plan);
    return out.p;
}

static void a_pass_over_documents(void **state)
{
    vd_store *store = store_of(1000);
    assert_string_equal(found(store, "", "{\"match_all\":{}}", 3, NULL, false), "1000: d0 d1 d2");
    assert_string_equal(found(store, "logs-b-*", "{\"match_all\":{}}", 2, NULL, false), "500: d1 d3");
    assert_string_equal(found(store, "logs-a-default,logs-b-default", "{\"match_all\":{}}", 0, NULL, false), "1000:");
    assert_string_equal(found(store, "", "{\"term\":{\"host.name\":\"h1\"}}", 2, "process.pid", true), "333: d997 d994");
    assert_string_equal(found(store, "*", "{\"range\":{\"process.pid\":{\"gte\":10,\"lt\":13}}}", 10, "process.pid", false),
                        "3: d10 d11 d12");
    assert_string_equal(found(store, "", "{\"range\":{\"@timestamp\":{\"lte\":1767312000001}}}", 10, "@timestamp", false), "2: d0 d679");
    assert_string_equal(found(store, "logs-c", "{\"match_all\":{}}", 1, NULL, false), "no such index [logs-c]");
    assert_string_equal(found(store, "logs-c*", "{\"match_all\":{}}", 1, NULL, false), "0:");
    vd_store_close(store);
    tmp_remove(dir);
}

static void alerts_are_documents(void **state)
{
    vd_store *store = store_of(4);
    vd_err err = {0};
    vd_alert_row rows[3];
    for (size_t i = 0; i < 3; i++) {
        char c = (char)('a' + i);
        rows[i] = (vd_alert_row){.id = vd_arena_printf(&arena, "%064x", 10 + (unsigned)i), .rule_id = VD_STR("r"),
                                 .rule_name = VD_STR("r"), .severity = VD_STR("low"), .status = VD_STR("open"),
                                 .mode = VD_STR("stream"), .ts = 5, .created = 6,
                                 .document = vd_arena_printf(&arena, "{\"@timestamp\":6,\"kibana.alert.rule.name\":\"%c\"}", c)};
    }
    if (vd_alerts_put(vd_store_papers(store), rows, 3, NULL, &err)) fail_msg("%s", err.msg);
    const char *one = found(store, ".alerts-security.*", "{\"term\":{\"kibana.alert.rule.name\":\"b\"}}", 5, NULL, false);
    assert_string_equal(one, vd_arena_printf(&arena, "1: %064x", 11).p);
    assert_string_equal(found(store, "*", "{\"exists\":{\"field\":\"kibana.alert.rule.name\"}}", 5, NULL, false), "0:");
    assert_non_null(strstr(found(store, "logs-*,.alerts-security.alerts-default", "{\"match_all\":{}}", 9, NULL, false), "7: d0 d1 d2 d3 "));
    vd_store_close(store);
    tmp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_k),      cmocka_unit_test(texts_and_bounds),
        cmocka_unit_test(what_a_hit_shows), cmocka_unit_test(searches_are_waited_for_and_kept),
        cmocka_unit_test(searches_are_stopped_and_bounded), cmocka_unit_test(answers_expire),
        cmocka_unit_test(a_pass_over_documents), cmocka_unit_test(alerts_are_documents),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
