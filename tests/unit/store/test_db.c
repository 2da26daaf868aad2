/* The database: migrations, transactions, readers beside a writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/db.h"
#include "store/db_int.h"
#include "tmp.h"

static char dir[64], path[128];

static int set_up(void **state)
{
    tmp_make(dir);
    snprintf(path, sizeof path, "%s/t.db", dir);
    return 0;
}

static int tear_down(void **state)
{
    tmp_remove(dir);
    return 0;
}

static vd_db *open_db(void)
{
    vd_db *db = NULL;
    vd_err err = {0};
    if (vd_db_open(path, VD_DB_EVENTS, false, &db, &err)) fail_msg("%s", err.msg);
    return db;
}

static const char insert[] = "INSERT INTO indices(name) VALUES (?)";
static const char count[] = "SELECT count(*) FROM indices";

static int64_t counted(vd_conn *c)
{
    vd_stmt *st = vd_db_query(c, count, NULL);
    assert_int_equal(vd_stmt_step(st, NULL), 1);
    int64_t n = vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return n;
}

static void add(vd_conn *c, const char *name)
{
    vd_stmt *st = vd_db_query(c, insert, NULL);
    vd_stmt_text(st, 1, vd_str_from(name));
    assert_int_equal(vd_stmt_run(st, NULL), 0);
}

static void transactions_are_seen_when_committed(void **state)
{
    vd_db *db = open_db();
    vd_conn *r = vd_db_reader(db, NULL), *w = vd_db_begin(db, NULL);
    add(w, "one");
    assert_int_equal(vd_db_changes(w), 1);
    assert_int_equal(counted(w), 1);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* it holds hashes of keys */
    assert_int_equal(counted(r), 0);
    assert_int_equal(vd_db_commit(db, w, NULL), 0);
    assert_int_equal(counted(r), 1);
    w = vd_db_begin(db, NULL);
    add(w, "two");
    vd_db_rollback(db, w);
    assert_int_equal(counted(r), 1);
    vd_db_return(db, r);
    assert_int_equal(vd_db_sync(db, NULL), 0);
    vd_db_close(db);
}

static void what_was_committed_is_there_again(void **state)
{
    vd_db *db = open_db();
    vd_conn *w = vd_db_begin(db, NULL);
    add(w, "kept");
    vd_db_commit(db, w, NULL);
    vd_db_close(db);
    assert_int_equal(vd_db_open(path, VD_DB_EVENTS, true, &db, NULL), 0);
    vd_conn *r = vd_db_reader(db, NULL);
    assert_int_equal(counted(r), 1);
    vd_db_return(db, r);
    vd_err err;
    assert_null(vd_db_begin(db, &err));
    assert_int_equal(err.code, VD_UNSUPPORTED);
    vd_db_close(db);
}

static void a_reader_cannot_write_and_errors_have_words(void **state)
{
    vd_db *db = open_db();
    vd_conn *r = vd_db_reader(db, NULL);
    vd_err err = {0};
    vd_stmt *st = vd_db_query(r, insert, &err);
    vd_stmt_text(st, 1, VD_STR("no"));
    assert_int_equal(vd_stmt_run(st, &err), VD_IO);
    assert_non_null(strstr(err.msg, "readonly"));
    assert_null(vd_db_query(r, "SELEC", &err));
    assert_non_null(strstr(err.msg, "syntax"));
    vd_db_return(db, r);
    vd_db_close(db);
}

static void a_newer_schema_is_refused(void **state)
{
    vd_db *db = open_db();
    vd_db_close(db);
    vd_conn *c = vd_conn_open(path, false, NULL);
    vd_conn_exec(c, "PRAGMA user_version = 9999", NULL);
    vd_conn_close(c);
    vd_err err = {0};
    assert_int_equal(vd_db_open(path, VD_DB_EVENTS, false, &db, &err), VD_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "newer"));
    assert_int_equal(vd_db_open(path, VD_DB_EVENTS, true, &db, &err), VD_UNSUPPORTED);
}

static void an_unreadable_place_is_told(void **state)
{
    vd_db *db = NULL;
    vd_err err = {0};
    assert_int_equal(vd_db_open("/nonexistent/x.db", VD_DB_EVENTS, false, &db, &err), VD_IO);
    assert_non_null(strstr(err.msg, "unable to open"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(transactions_are_seen_when_committed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_committed_is_there_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_cannot_write_and_errors_have_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_schema_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unreadable_place_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
