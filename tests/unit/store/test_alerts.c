/* Alerts: one row an id, queries, supersession, packing, retention. */
#include "papers.h"

#include <pthread.h>
#include <sqlite3.h>

static const vd_alert_query everything = {.since = VD_TIME_NONE,
                                          .until = VD_TIME_NONE,
                                          .created_since = VD_TIME_NONE,
                                          .created_until = VD_TIME_NONE,
                                          .superseded = -1,
                                          .building_blocks = true,
                                          .size = 1000};

static vd_alert_row alert(unsigned i)
{
    static const char *const severities[] = {"low", "medium", "high", "critical"};
    return (vd_alert_row){.id = vd_arena_printf(&arena, "%064x", i),
                          .rule_id = vd_arena_printf(&arena, "rule-%u", i % 3),
                          .rule_name = VD_STR("A rule"),
                          .severity = vd_str_from(severities[i % 4]),
                          .status = VD_STR("open"),
                          .mode = i % 2 ? VD_STR("stream") : VD_STR("schedule"),
                          .host = i % 5 ? vd_arena_printf(&arena, "host-%u", i % 5) : (vd_str){NULL, 0},
                          .user = i % 7 ? vd_arena_printf(&arena, "user-%u", i % 7) : (vd_str){NULL, 0},
                          .group = i % 10 < 2 ? vd_arena_printf(&arena, "group-%u", i / 10) : (vd_str){NULL, 0},
                          .risk = i % 100,
                          .ts = 1000 + i,
                          .created = 5000 + i,
                          .building_block = i % 10 == 1,
                          .document = vd_arena_printf(&arena, "{\"kibana.alert.uuid\":\"%064x\",\"n\":%u}", i, i)};
}

static void put(vd_alert_row *rows, size_t n) { assert_int_equal(vd_alerts_put(db, rows, n, NULL, &err), 0); }

/* Alerts 1 to n. */
static void put_many(unsigned n)
{
    vd_alert_row *rows = VD_NEW_N(&arena, vd_alert_row, n);
    for (unsigned i = 0; i < n; i++)
        rows[i] = alert(i + 1);
    put(rows, n);
}

static size_t find(const vd_alert_query *q, vd_alert_row **rows, uint64_t *total)
{
    size_t n = 0;
    if (vd_alerts_find(db, q, &arena, rows, &n, total, &err)) fail_msg("%s", err.msg);
    return n;
}

static void the_same_finding_is_one_row(void **state)
{
    vd_alert_row rows[] = {alert(1), alert(2), alert(1)}, again[] = {alert(2), alert(3)}, *got;
    bool fresh[3];
    again[0].document = VD_STR("{\"other\":1}");
    assert_int_equal(vd_alerts_put(db, rows, 3, fresh, &err), 0);
    assert_true(fresh[0] && fresh[1] && !fresh[2]);
    assert_int_equal(rows[0].number, 1);
    assert_int_equal(rows[1].number, 2);
    assert_int_equal(rows[2].number, 0);
    assert_int_equal(vd_alerts_put(db, again, 2, fresh, &err), 0);
    assert_true(!fresh[0] && fresh[1]);
    uint64_t total;
    assert_int_equal(find(&everything, &got, &total), 3);
    assert_int_equal(total, 3);
    assert_true(got[2].number == again[1].number && got[2].number > got[1].number && got[1].number == 2);
    assert_true(vd_str_eq(got[1].document, rows[1].document)); /* as it was written first */
}

static void every_column_comes_back(void **state)
{
    vd_alert_row want = alert(11), got, plain = alert(70);
    put(&want, 1);
    put(&plain, 1);
    reopen();
    assert_int_equal(vd_alerts_get(db, want.id, &arena, &got, &err), 0);
    const vd_str wanted[] = {want.id,   want.rule_id, want.rule_name, want.severity, want.status,
                             want.mode, want.host,    want.user,      want.group,    want.document};
    const vd_str gotten[] = {got.id,   got.rule_id, got.rule_name, got.severity, got.status,
                             got.mode, got.host,    got.user,      got.group,    got.document};
    for (size_t i = 0; i < 10; i++)
        assert_true(wanted[i].n && vd_str_eq(wanted[i], gotten[i]));
    assert_int_equal(got.risk, want.risk);
    assert_int_equal(got.ts, want.ts);
    assert_int_equal(got.created, want.created);
    assert_true(got.building_block && !got.superseded);
    assert_int_equal(vd_alerts_get(db, plain.id, &arena, &got, &err), 0);
    assert_true(!got.building_block && got.host.n == 0 && got.user.n == 0);
    assert_int_equal(vd_alerts_get(db, VD_STR("none"), &arena, &got, &err), VD_USAGE);
}

/* Each condition against what a loop over the same alerts finds. */
static bool meets(const vd_alert_row *r, const vd_alert_query *q)
{
    const vd_str want[] = {q->rule_id, q->severity, q->status, q->host, q->user, q->group, q->mode};
    const vd_str have[] = {r->rule_id, r->severity, r->status, r->host, r->user, r->group, r->mode};
    for (size_t i = 0; i < 7; i++)
        if (want[i].n && !vd_str_eq(want[i], have[i])) return false;
    return (q->since == VD_TIME_NONE || r->ts >= q->since) && (q->until == VD_TIME_NONE || r->ts <= q->until) &&
           (q->created_since == VD_TIME_NONE || r->created >= q->created_since) &&
           (q->created_until == VD_TIME_NONE || r->created <= q->created_until) &&
           (q->superseded < 0 || r->superseded == (q->superseded == 1)) &&
           (q->building_blocks || !r->building_block) && r->number > q->after;
}

static void check_query(vd_alert_query q, const vd_alert_row *all, size_t n)
{
    vd_alert_row *got;
    uint64_t total, want = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        want += meets(&all[i], &q);
    size_t found = find(&q, &got, &total);
    assert_int_equal(found, want);
    assert_int_equal(total, want);
    for (size_t i = 0; i < n; i++)
        if (meets(&all[i], &q)) assert_int_equal(got[at++].number, all[i].number);
    if (!want) return;
    q.newest_first = true;
    q.from = 1;
    q.size = 2;
    found = find(&q, &got, &total);
    assert_int_equal(total, want);
    assert_int_equal(found, want - 1 < 2 ? want - 1 : 2);
    for (size_t i = 1; i < found; i++)
        assert_true(got[i].number < got[i - 1].number);
}

static void queries_find_what_meets_them(void **state)
{
    vd_alert_row *all;
    put_many(120);
    for (unsigned i = 3; i <= 120; i += 8)
        assert_int_equal(vd_alerts_supersede(db, alert(i).id, 9000, &err), 0);
    size_t n = find(&everything, &all, NULL);
    assert_int_equal(n, 120);
    const vd_str some[] = {{NULL, 0}, VD_STR("rule-1"), VD_STR("host-2"), VD_STR("user-3"), VD_STR("group-4")};
    for (unsigned bits = 0; bits < 4096; bits++) {
        vd_alert_query q = everything;
        if (bits & 1) q.rule_id = some[1];
        if (bits & 2) q.host = some[2];
        if (bits & 4) q.user = some[3];
        if (bits & 8) q.group = some[4];
        if (bits & 16) q.severity = VD_STR("high");
        if (bits & 32) q.mode = VD_STR("stream");
        if (bits & 64) q.since = 1020;
        if (bits & 128) q.until = 1100;
        if (bits & 256) q.created_since = 5030, q.created_until = 5110;
        if (bits & 512) q.superseded = bits & 1024 ? 1 : 0;
        if (bits & 2048) q.building_blocks = false, q.after = 40;
        if (bits % 7 == 0 || bits < 64) check_query(q, all, n);
    }
    vd_alert_query closed = everything;
    closed.status = VD_STR("closed");
    check_query(closed, all, n);
}

static void superseded_alerts_say_so(void **state)
{
    vd_alert_row rows[] = {alert(1), alert(2)}, got;
    put(rows, 2);
    assert_int_equal(vd_alerts_supersede(db, rows[1].id, 1767323045678, &err), 0);
    assert_int_equal(vd_alerts_supersede(db, rows[1].id, 1867323045678, &err), 0); /* the first time counts */
    assert_int_equal(vd_alerts_supersede(db, VD_STR("none"), 1, &err), 0);
    assert_int_equal(vd_alerts_get(db, rows[1].id, &arena, &got, &err), 0);
    assert_true(got.superseded && got.number == rows[1].number);
    vd_json *doc;
    assert_int_equal(vd_json_parse(got.document, &doc, &err), 0);
    assert_true(vd_json_get_bool(vd_json_get(doc, "kibana.alert.superseded")));
    assert_str(vd_json_str(vd_json_get(doc, "kibana.alert.superseded_at")), "2026-01-02T03:04:05.678Z");
    assert_int_equal(vd_json_get_int(vd_json_get(doc, "n")), 2);
    vd_json_free(doc);
    assert_int_equal(vd_alerts_get(db, rows[0].id, &arena, &got, &err), 0);
    assert_true(!got.superseded && vd_str_eq(got.document, rows[0].document));
}

/* A document like real ones: a long text of its rule, a little of its own. */
static vd_str long_document(unsigned rule, unsigned i)
{
    static char text[9000];
    uint32_t x = rule * 2654435761u + 1;
    for (size_t k = 0; k < sizeof text; k++) {
        x = x * 1664525 + 1013904223;
        text[k] = (char)('a' + (x >> 24) % 26);
    }
    return vd_arena_printf(&arena, "{\"n\":%u,\"kibana.alert.rule.note\":\"%.*s\"}", i, (int)sizeof text, text);
}

static int64_t number_of(const char *sql)
{
    sqlite3 *raw;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(raw, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(raw);
    return n;
}

static void put_long(unsigned from, unsigned to)
{
    for (unsigned i = from; i <= to; i++) {
        vd_alert_row row = alert(i);
        row.document = long_document(i % 3, i);
        put(&row, 1);
    }
}

static void a_rules_text_is_kept_once(void **state)
{
    vd_alert_row *got;
    put_long(1, 60);
    assert_int_equal(number_of("SELECT count(*) FROM alert_bases"), 3);
    assert_true(number_of("SELECT sum(length(document)) FROM alert_documents") < 60 * 150);
    /* The rule's text changes: a new base, and the old alerts still read. */
    vd_alert_row changed = alert(61);
    changed.document = long_document(77, 61);
    put(&changed, 1);
    assert_int_equal(number_of("SELECT count(*) FROM alert_bases"), 4);
    assert_int_equal(vd_alerts_supersede(db, alert(1).id, 1, &err), 0);
    reopen();
    assert_int_equal(find(&everything, &got, NULL), 61);
    for (unsigned i = 2; i <= 60; i++)
        assert_true(vd_str_eq(got[i - 1].document, long_document(i % 3, i)));
    assert_true(vd_str_eq(got[60].document, changed.document));
    assert_true(got[0].document.n > 9000 && got[0].superseded);
}

static void old_alerts_go_with_their_bases(void **state)
{
    vd_alert_row *got;
    uint64_t removed;
    put_long(1, 30);
    assert_int_equal(vd_alerts_retain(db, 5000, &removed, &err), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(vd_alerts_retain(db, 5000 + 30, &removed, &err), 0); /* all but the last, of rule 0 */
    assert_int_equal(removed, 29);
    assert_int_equal(find(&everything, &got, NULL), 1);
    assert_true(vd_str_eq(got[0].document, long_document(0, 30)));
    assert_int_equal(number_of("SELECT count(*) FROM alert_bases"), 1);
    assert_int_equal(number_of("SELECT count(*) FROM alert_documents"), 1);
    assert_int_equal(vd_alerts_retain(db, 9999, &removed, &err), 0);
    vd_alert_row next = alert(1);
    put(&next, 1);
    assert_int_equal(next.number, 31); /* numbers are not given twice */
}

typedef struct walk {
    unsigned pages, alerts, enough;
    uint64_t last;
} walk;

static int take_page(void *ctx, const vd_alert_row *rows, size_t n, vd_err *e)
{
    walk *w = ctx;
    w->pages++;
    for (size_t i = 0; i < n; i++, w->alerts++) {
        assert_true(rows[i].number > w->last);
        w->last = rows[i].number;
    }
    if (w->enough == 99) return vd_fail(e, VD_LIMIT, "no more");
    return w->enough && w->pages >= w->enough ? VD_ALERTS_ENOUGH : 0;
}

static void every_alert_comes_once(void **state)
{
    vd_alert_query q = vd_alerts_all();
    walk w = {0};
    assert_int_equal(vd_alerts_each(db, &q, take_page, &w, &err), 0);
    assert_int_equal(w.pages, 0);
    for (unsigned i = 0; i < 1001; i++) {
        vd_alert_row row = alert(i);
        put(&row, 1);
    }
    assert_int_equal(vd_alerts_each(db, &q, take_page, &w, &err), 0);
    assert_int_equal(w.alerts, 1001);
    assert_int_equal(w.pages, 3);
    w = (walk){.enough = 2};
    q.after = 1;
    assert_int_equal(vd_alerts_each(db, &q, take_page, &w, &err), 0);
    assert_int_equal(w.alerts, 1000);
    w = (walk){.enough = 99};
    assert_int_equal(vd_alerts_each(db, &q, take_page, &w, &err), VD_LIMIT);
}

static void an_alert_is_an_event_of_its_index(void **state)
{
    vd_str line;
    vd_json *v;
    vd_alert_row row = alert(7);
    put(&row, 1);
    assert_int_equal(vd_alerts_read(db, row.number, &arena, &line, &err), 0);
    assert_int_equal(line.p[line.n], 0);
    assert_int_equal(vd_json_parse(line, &v, &err), 0);
    assert_true(vd_str_eq(vd_json_str(vd_json_get(v, "_index")), VD_STR(VD_ALERTS_INDEX)));
    assert_true(vd_str_eq(vd_json_str(vd_json_get(v, "_id")), row.id));
    assert_true(vd_str_eq(vd_json_text(&arena, vd_json_get(v, "_source"), false), row.document));
    vd_json_free(v);
    assert_int_equal(vd_alerts_read(db, row.number + 1, &arena, &line, &err), VD_IO);
}

static void count_damage(void *ctx, const char *what)
{
    assert_non_null(strstr(what, "is damaged"));
    ++*(int *)ctx;
}

static void damage_is_told(void **state)
{
    vd_alert_row got, *page;
    int told = 0;
    put_long(1, 4);
    assert_int_equal(vd_alerts_verify(db, count_damage, &told, &err), 0);
    sqlite3 *raw;
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    sqlite3_busy_timeout(raw, 5000); /* the database has a thread of its own that writes */
    assert_int_equal(sqlite3_exec(raw,
                                  "UPDATE alert_documents SET document = zeroblob(length(document)) WHERE number = 4;"
                                  "UPDATE alert_documents SET raw = 1 << 40 WHERE number = 3;"
                                  "UPDATE alert_documents SET base = 999 WHERE number = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(raw);
    assert_int_equal(vd_alerts_get(db, alert(1).id, &arena, &got, &err), 0);
    for (unsigned i = 2; i <= 4; i++) {
        assert_int_equal(vd_alerts_get(db, alert(i).id, &arena, &got, &err), VD_FORMAT);
        assert_non_null(strstr(err.msg, "damaged"));
    }
    assert_int_equal(vd_alerts_verify(db, count_damage, &told, &err), 3);
    assert_int_equal(told, 3);
    /* A page has them all the same. */
    assert_int_equal(find(&everything, &page, NULL), 4);
    assert_true(!page[0].damaged && vd_str_eq(page[0].document, long_document(1, 1)));
    for (unsigned i = 1; i < 4; i++) {
        vd_json *doc;
        assert_int_equal(vd_json_parse(page[i].document, &doc, &err), 0);
        assert_true(page[i].damaged && vd_json_get_bool(vd_json_get(doc, "vedette.damaged")));
        assert_true(vd_str_eq(vd_json_str(vd_json_get(doc, "kibana.alert.uuid")), alert(i + 1).id));
        vd_json_free(doc);
    }
}

static void many_old_alerts_go(void **state)
{
    vd_alert_row *got;
    uint64_t removed;
    put_many(1203);
    assert_int_equal(vd_alerts_retain(db, 5000 + 1202, &removed, &err), 0);
    assert_int_equal(removed, 1201);
    assert_int_equal(find(&everything, &got, NULL), 2);
    assert_true(got[0].number == 1202 && got[1].number == 1203);
}

/* Two threads find the same, a third reads; each finding is fresh for one of the two. */
#define FOUND 300
typedef struct finder {
    vd_alert_row rows[FOUND];
    unsigned fresh;
    int code;
} finder;

static void *put_all(void *ctx)
{
    finder *f = ctx;
    vd_err own;
    bool fresh[10];
    for (unsigned i = 0; i < FOUND && !f->code; i += 10) {
        f->code = vd_alerts_put(db, f->rows + i, 10, fresh, &own);
        for (unsigned k = 0; k < 10; k++)
            f->fresh += fresh[k];
    }
    return NULL;
}

/* Reads what is new until it has all; the numbers ascend without a hole seen later. */
static void *follow(void *ctx)
{
    uint64_t *seen = ctx;
    vd_alert_query q = everything;
    for (int64_t until = vd_mono_ns() + 60000000000; *seen < FOUND && vd_mono_ns() < until;) {
        vd_arena a;
        vd_alert_row *rows;
        size_t n;
        vd_err own;
        vd_arena_init(&a, 0);
        if (!vd_alerts_find(db, &q, &a, &rows, &n, NULL, &own) && n) {
            *seen += n;
            q.after = rows[n - 1].number;
        }
        vd_arena_fini(&a);
    }
    return NULL;
}

static void threads_write_and_read(void **state)
{
    finder *finders = vd_calloc(2, sizeof *finders);
    uint64_t seen = 0;
    pthread_t threads[3];
    for (unsigned i = 0; i < FOUND; i++) {
        finders[0].rows[i] = alert(i + 1);
        finders[0].rows[i].document = long_document(i % 3, i);
        finders[1].rows[FOUND - 1 - i] = finders[0].rows[i];
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, put_all, &finders[i]);
    pthread_create(&threads[2], NULL, follow, &seen);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_true(finders[0].code == 0 && finders[1].code == 0);
    assert_int_equal(finders[0].fresh + finders[1].fresh, FOUND);
    assert_int_equal(seen, FOUND);
    free(finders);
}

static void an_id_is_known_or_not(void **state)
{
    put_many(3);
    assert_true(vd_alerts_has(db, alert(2).id));
    assert_false(vd_alerts_has(db, alert(4).id));
    assert_false(vd_alerts_has(db, VD_STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_database(an_id_is_known_or_not),
        in_a_database(the_same_finding_is_one_row), in_a_database(every_column_comes_back),
        in_a_database(queries_find_what_meets_them), in_a_database(superseded_alerts_say_so),
        in_a_database(a_rules_text_is_kept_once),   in_a_database(old_alerts_go_with_their_bases),
        in_a_database(damage_is_told),              in_a_database(many_old_alerts_go),
        in_a_database(every_alert_comes_once),      in_a_database(an_alert_is_an_event_of_its_index),
        in_a_database(threads_write_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
