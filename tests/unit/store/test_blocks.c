/* From commit to blocks: read back, duplicates, damage, joining, retention. */
#include "store_help.h"

#include "store/db_int.h"
#include "store/store_int.h"

static void what_is_committed_is_read_waiting_and_sealed(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 100);
    assert_non_null(strstr(read_doc(s, 7), "\"_id\":\"x-6\""));
    assert_int_equal(scan_all(s).docs, 100);
    seal_all(s);
    vd_store_stats st = vd_store_stats_of(s);
    assert_int_equal(st.blocks, 1);
    assert_int_equal(st.documents, 100);
    assert_int_equal(st.journal_bytes, 0);
    assert_int_equal(st.waiting_bytes, 0);
    assert_non_null(strstr(read_doc(s, 7), "\"_id\":\"x-6\""));
    assert_string_equal(read_doc(s, 101), "");
    seen all = scan_all(s);
    assert_int_equal(all.docs, 100);
    assert_int_equal(all.sum, 5050);
    vd_store_close(s);
}

static void reopened_it_is_the_same(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 50);
    seal_all(s);
    commit_docs(s, "logs-b", "y", 0, 50); /* stays in the journal: never given back */
    vd_store_close(s);
    s = open_store();
    assert_int_equal(scan_all(s).docs, 100);
    assert_non_null(strstr(read_doc(s, 51), "y-0"));
    vd_batch *b = vd_store_next(s, 0);
    assert_non_null(b);
    assert_int_equal(b->seq, 51);
    assert_null(vd_store_next(s, 0));
    vd_store_done(s, b, VD_STR(""), 0);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    vd_store_close(s);
    s = open_store();
    assert_null(vd_store_next(s, 0));
    seen all = scan_all(s);
    assert_int_equal(all.docs, 100);
    assert_int_equal(all.sum, 5050);
    assert_int_equal(told, 0);
    vd_store_close(s);
}

static void reading_only_sees_blocks_and_journal(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 50);
    commit_docs(s, "logs-b", "y", 0, 50);
    vd_batch *first = vd_store_next(s, 0);
    vd_store_done(s, first, VD_STR(""), 0);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    /* One segment holds what is sealed and what is not. */
    assert_true(vd_store_stats_of(s).journal_bytes > 0);
    assert_int_equal(vd_store_stats_of(s).sealed_seq, 50);
    vd_store *r = open_with((vd_store_options){.read_only = true});
    assert_int_equal(scan_all(r).docs, 100);
    vd_batch *b = make_batch(r, "logs-a", "z", 0, 1);
    assert_int_equal(vd_store_commit(r, b, NULL), VD_UNSUPPORTED);
    vd_batch_unref(b);
    vd_store_close(r);
    vd_err err = {0};
    vd_store_options o = {.dir = dir};
    assert_int_equal(vd_store_open(&o, &r, &err), VD_IO);
    assert_non_null(strstr(err.msg, "another process"));
    vd_store_close(s);
}

static void an_event_sent_twice_is_one(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 10);
    vd_batch *b = make_batch(s, "logs-a", "x", 5, 15);
    assert_int_equal(vd_store_commit(s, b, NULL), 0);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(b->docs.v[i].state, i < 5 ? VD_DOC_DUPLICATE : VD_DOC_NEW);
    assert_string_equal(read_doc(s, b->seq), "");
    vd_batch_unref(b);
    commit_docs(s, "logs-b", "x", 0, 10); /* another index: other events */
    assert_int_equal(scan_all(s).docs, 25);
    seal_all(s);
    assert_int_equal(scan_all(s).docs, 25);
    assert_int_equal(vd_store_stats_of(s).duplicates, 5);
    vd_store_close(s);
    s = open_store(); /* known from the blocks */
    b = make_batch(s, "logs-a", "x", 14, 16);
    assert_int_equal(vd_store_commit(s, b, NULL), 0);
    assert_int_equal(b->docs.v[0].state, VD_DOC_DUPLICATE);
    assert_int_equal(b->docs.v[1].state, VD_DOC_NEW);
    vd_batch_unref(b);
    vd_store_close(s);
    s = open_store(); /* and from the journal */
    b = make_batch(s, "logs-a", "x", 15, 16);
    assert_int_equal(vd_store_commit(s, b, NULL), 0);
    assert_int_equal(b->docs.v[0].state, VD_DOC_DUPLICATE);
    vd_batch_unref(b);
    assert_int_equal(scan_all(s).docs, 26);
    vd_store_close(s);
}

static void spoil(int64_t id, const char *sql)
{
    char path[128];
    snprintf(path, sizeof path, "%s/vedette.db", dir);
    vd_conn *c = vd_conn_open(path, false, NULL);
    vd_stmt *st = vd_db_query(c, sql, NULL);
    vd_stmt_int(st, 1, id);
    assert_int_equal(vd_stmt_run(st, NULL), 0);
    assert_int_equal(vd_db_changes(c), 1);
    vd_conn_close(c);
}

static void count_one(void *ctx, const char *what) { ++*(int *)ctx; }

static void a_damaged_block_is_told_and_left_out(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 10);
    seal_all(s);
    commit_docs(s, "logs-a", "y", 0, 20);
    seal_all(s);
    commit_docs(s, "logs-a", "z", 0, 40);
    seal_all(s);
    vd_store_close(s);
    spoil(1, "UPDATE block_data SET data = substr(data, 1, length(data) - 1) || x'55' WHERE id = ?");
    spoil(3, "UPDATE blocks SET xxh = xxh + 1 WHERE id = ?"); /* it could be unpacked */
    s = open_store();
    assert_int_equal(scan_all(s).docs, 20);
    assert_int_equal(told, 2);
    assert_non_null(strstr(last_told, "block 3 is damaged"));
    assert_int_equal(scan_all(s).docs, 20);
    assert_int_equal(told, 2);
    assert_int_equal(vd_store_stats_of(s).damaged_blocks, 2);
    assert_string_equal(read_doc(s, 3), "");
    assert_non_null(strstr(read_doc(s, 11), "y-0"));
    int n = 0;
    assert_int_equal(vd_store_verify(s, count_one, &n, NULL), 2);
    assert_int_equal(n, 2);
    assert_int_equal(vd_store_compact(s, NULL), 0); /* goes on around it */
    assert_int_equal(scan_all(s).docs, 20);
    vd_store_close(s);
}

static void say(void *ctx, const char *what) { snprintf(ctx, 200, "%s", what); }

/* One that lost its bits hides documents, which only verify sees; one that is no filter hides none. */
static void a_damaged_filter_is_told(void **state)
{
    vd_store *s = open_store();
    char what[200] = "";
    vd_strs list = {(vd_str[]){VD_STR("p-y-5")}, 1};
    vd_store_window w = OPEN_WINDOW;
    w.values = &list;
    w.n_values = 1;
    commit_docs(s, "logs-a", "x", 0, 10);
    seal_all(s);
    commit_docs(s, "logs-a", "y", 0, 20);
    seal_all(s);
    assert_int_equal(vd_store_verify(s, say, what, NULL), 0);
    assert_in_range(scan_window(s, w).docs, 20, 30);
    spoil(2, "UPDATE block_filters SET data = zeroblob(length(data)) WHERE id = ?");
    assert_int_equal(vd_store_verify(s, say, what, NULL), 1);
    assert_string_equal(what, "the filter of block 2 is damaged (documents 11 to 30)");
    spoil(2, "UPDATE block_filters SET data = x'00' WHERE id = ?");
    assert_int_equal(vd_store_verify(s, say, what, NULL), 1);
    assert_in_range(scan_window(s, w).docs, 20, 30);
    spoil(2, "DELETE FROM block_filters WHERE id = ?");
    assert_in_range(scan_window(s, w).docs, 20, 30);
    vd_store_close(s);
}

static void small_blocks_are_joined(void **state)
{
    vd_store *s = open_store();
    for (int i = 0; i < 10; i++) {
        commit_docs(s, "logs-a", "x", i * 10, i * 10 + 10);
        commit_docs(s, "logs-b", "y", i * 10, i * 10 + 10);
        seal_all(s);
    }
    assert_int_equal(vd_store_stats_of(s).blocks, 20);
    vd_store_window w = OPEN_WINDOW;
    vd_scan *before = vd_scan_new(s, &w);
    assert_int_equal(vd_store_compact(s, NULL), 0);
    assert_int_equal(vd_store_stats_of(s).blocks, 2);
    /* A scan that began before finds each document once in the joined blocks. */
    vd_scan_block b;
    uint64_t docs = 0, sum = 0;
    while (vd_scan_next(before, &b, NULL) == 1) {
        docs += b.n_docs;
        for (size_t i = 0; i < b.n_docs; i++)
            sum += b.seqs[i];
        assert_int_equal(b.text[b.n - 1], '\n');
    }
    vd_scan_free(before);
    assert_int_equal(docs, 200);
    assert_int_equal(sum, 20100);
    seen all = scan_all(s);
    assert_int_equal(all.docs, 200);
    assert_int_equal(all.sum, 20100);
    assert_non_null(strstr(read_doc(s, 25), "logs-a"));
    vd_strs list = {(vd_str[]){VD_STR("p-y-42")}, 1};
    w.values = &list;
    w.n_values = 1;
    assert_int_equal(scan_window(s, w).docs, 100);
    vd_store_close(s);
    s = open_store();
    vd_batch *again = make_batch(s, "logs-b", "y", 42, 43); /* ids came along */
    assert_int_equal(vd_store_commit(s, again, NULL), 0);
    assert_int_equal(again->docs.v[0].state, VD_DOC_DUPLICATE);
    vd_batch_unref(again);
    vd_store_close(s);
}

static void retention_takes_whole_blocks(void **state)
{
    vd_store *s = open_with((vd_store_options){.retain = 60000});
    commit_docs(s, "logs-a", "x", 0, 10);
    finish_all(s, "c", 5);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    assert_true(vd_store_stats_of(s).candidate_bytes > 0);
    uint64_t removed = 9;
    assert_int_equal(vd_store_retain(s, vd_now_ms(), &removed, NULL), 0);
    assert_int_equal(removed, 0);
    assert_int_equal(vd_store_retain(s, vd_now_ms() + 120000, &removed, NULL), 0);
    assert_int_equal(removed, 1);
    assert_int_equal(scan_all(s).docs, 0);
    assert_int_equal(vd_store_stats_of(s).candidate_bytes, 0);
    assert_string_equal(read_doc(s, 1), "");
    commit_docs(s, "logs-a", "y", 0, 1); /* numbers go on */
    assert_non_null(strstr(read_doc(s, 11), "y-0"));
    vd_store_close(s);
}

static void a_clock_that_jumps_ahead_removes_nothing(void **state)
{
    vd_store *s = open_with((vd_store_options){.retain = 1});
    commit_docs(s, "logs-a", "x", 0, 10);
    seal_all(s);
    usleep(5000);
    int64_t opened = s->opened_ms;
    s->opened_ms = opened - 86400000; /* as if the clock were a day ahead since then */
    vd_store_tidy(s);
    assert_int_equal(scan_all(s).docs, 10);
    s->opened_ms = opened;
    vd_store_tidy(s);
    assert_int_equal(scan_all(s).docs, 0);
    vd_store_close(s);
}

static void retention_by_size_takes_the_oldest(void **state)
{
    vd_store *s = open_with((vd_store_options){.max_bytes = 20000, .block_bytes = 20000});
    for (int i = 0; i < 20; i++) {
        commit_docs(s, "logs-a", "x", i * 100, i * 100 + 100);
        seal_all(s);
    }
    uint64_t removed = 0;
    assert_int_equal(vd_store_retain(s, vd_now_ms(), &removed, NULL), 0);
    vd_store_stats st = vd_store_stats_of(s);
    assert_true(removed > 0 && st.blocks > 0);
    assert_true(st.block_bytes + st.filter_bytes + st.id_bytes < 20000);
    assert_string_equal(read_doc(s, 1), "");
    assert_non_null(strstr(read_doc(s, 2000), "x-1999"));
    vd_store_close(s);
}

static void indices_are_summed_up(void *ctx, const vd_store_index *i)
{
    char *out = ctx;
    size_t n = strlen(out);
    snprintf(out + n, 256 - n, "%.*s=%llu/%llu ", VD_FMT(i->name), (unsigned long long)i->documents,
             (unsigned long long)i->blocks);
}

static void each_index_in_order(void **state)
{
    char text[256] = "";
    vd_store *s = open_store();
    commit_docs(s, "logs-b", "x", 0, 10);
    commit_docs(s, "logs-a", "x", 0, 5);
    seal_all(s);
    commit_docs(s, "logs-c", "x", 0, 3);
    assert_int_equal(vd_store_each_index(s, indices_are_summed_up, text, NULL), 0);
    assert_string_equal(text, "logs-a=5/1 logs-b=10/1 logs-c=3/0 ");
    vd_store_close(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_is_committed_is_read_waiting_and_sealed),
        T(reopened_it_is_the_same),
        T(reading_only_sees_blocks_and_journal),
        T(an_event_sent_twice_is_one),
        T(a_damaged_block_is_told_and_left_out),
        T(a_damaged_filter_is_told), T(small_blocks_are_joined),
        T(retention_takes_whole_blocks),
        T(a_clock_that_jumps_ahead_removes_nothing),
        T(retention_by_size_takes_the_oldest),
        T(each_index_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
