/* The papers' own database: a store of the old form is taken over; alerts outlive what sealed
 * their events. */
#include "store/migrate.h"
#include "store/papers.h"
#include "store/store_int.h"
#include "store_help.h"

static const char *in_dir(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void must(vd_conn *c, const char *sql)
{
    vd_err err = {0};
    if (vd_conn_exec(c, sql, &err)) fail_msg("%s", err.msg);
}

static int64_t counted(vd_db *db, const char *sql)
{
    vd_conn *c = vd_db_reader(db, NULL);
    vd_stmt *st = vd_db_query(c, sql, NULL);
    assert_non_null(st);
    assert_int_equal(vd_stmt_step(st, NULL), 1);
    int64_t n = vd_stmt_get_int(st, 0);
    vd_db_return(db, c);
    return n;
}

/* What a store was before papers had a database: both in one, schema 2. */
static void make_old_store(void)
{
    vd_conn *c = vd_conn_open(in_dir("vedette.db"), false, NULL);
    must(c, vd_events_migrations[0].sql);
    must(c, vd_papers_migrations[0].sql);
    must(c, "PRAGMA user_version = 2;"
            "INSERT INTO alerts(number, id, building_block, superseded, ts, created, risk, severity, status,"
            " mode, rule_id, rule_name) VALUES (7, 'an alert', 0, 0, 1, 2, 3, 'low', 'open', 'stream', 'r', 'R');"
            "INSERT INTO alert_documents(number, raw, document) VALUES (7, 0, '');"
            "INSERT INTO papers(kind, id, document) VALUES ('state', 'schedule', '{}');"
            "INSERT INTO api_keys(id, name, role, created, expires, salt, hash)"
            " VALUES ('k', 'old', 'admin', 0, 0, 's', 'h')");
    vd_conn_close(c);
}

static void everything_is_taken_over(vd_db *papers)
{
    assert_int_equal(counted(papers, "SELECT number FROM alerts WHERE id = 'an alert'"), 7);
    assert_int_equal(counted(papers, "SELECT count(*) FROM alert_documents"), 1);
    assert_int_equal(counted(papers, "SELECT count(*) FROM papers WHERE id = 'schedule'"), 1);
    assert_int_equal(counted(papers, "SELECT count(*) FROM api_keys WHERE name = 'old'"), 1);
}

static void an_old_store_is_taken_over(void **state)
{
    vd_db *papers;
    make_old_store();
    /* Killed behind the copying: it is done again. */
    assert_int_equal(vd_papers_open(dir, false, &papers, NULL), 0);
    everything_is_taken_over(papers);
    vd_db_close(papers);
    for (int i = 0; i < 2; i++) {
        vd_store *s = open_store();
        everything_is_taken_over(vd_store_papers(s));
        assert_int_equal(counted(s->db, "SELECT count(*) FROM sqlite_master WHERE name IN ('alerts', 'papers',"
                                        " 'api_keys', 'runs', 'gaps', 'rules')"),
                         0);
        vd_store_close(s);
    }
}

static void who_may_only_read_is_told_what_to_do(void **state)
{
    vd_store *s = NULL;
    vd_err err = {0};
    make_old_store();
    vd_store_options o = {.dir = dir, .read_only = true};
    assert_int_equal(vd_store_open(&o, &s, &err), VD_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "open the store for writing once"));
}

static void sealed_events_have_their_alerts_on_disk(void **state)
{
    vd_store *s = open_store();
    vd_db *papers = vd_store_papers(s);
    vd_batch *b;
    commit_docs(s, "logs-a", "x", 0, 10);
    assert_non_null(b = vd_store_next(s, 0));
    assert_int_equal(vd_papers_put(papers, "state", VD_STR("x"), VD_STR("{}"), NULL), 0);
    assert_int_not_equal(atomic_load(&papers->synced), atomic_load(&papers->commits));
    vd_store_done(s, b, VD_STR(""), 0);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    assert_int_equal(atomic_load(&papers->synced), atomic_load(&papers->commits));
    vd_store_close(s);
}

/* Blocks are being written: an alert does not wait for that. */
static void alerts_do_not_wait_for_events(void **state)
{
    vd_store *s = open_store();
    vd_conn *sealing = vd_db_begin(s->db, NULL);
    assert_non_null(sealing);
    assert_int_equal(vd_papers_put(vd_store_papers(s), "state", VD_STR("x"), VD_STR("{}"), NULL), 0);
    vd_db_rollback(s->db, sealing);
    vd_store_close(s);
}

#define in_a_dir(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_dir(an_old_store_is_taken_over),
        in_a_dir(who_may_only_read_is_told_what_to_do),
        in_a_dir(sealed_events_have_their_alerts_on_disk),
        in_a_dir(alerts_do_not_wait_for_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
