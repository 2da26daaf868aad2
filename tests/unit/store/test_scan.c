/* Scans choose whole blocks by time, index, number and value; kept candidates. */
#include "store/filter.h"
#include "store_help.h"

static vd_store *s;

/* Blocks 1 to 3: minutes 0-9, 10-19, 20-29 of logs-a; waiting: 30-39 of logs-b. */
static int fill(void **state)
{
    set_up(state);
    s = open_store();
    for (int i = 0; i < 3; i++) {
        commit_docs(s, "logs-a", "x", i * 10, i * 10 + 10);
        seal_all(s);
    }
    commit_docs(s, "logs-b", "x", 30, 40);
    return 0;
}

static int drain(void **state)
{
    vd_store_close(s);
    return tear_down(state);
}

#define MINUTE 60000
#define START  1767225600000

static void by_time(void **state)
{
    vd_store_window w = OPEN_WINDOW;
    w.since = START + 10 * MINUTE;
    assert_int_equal(scan_window(s, w).docs, 30);
    w.until = START + 19 * MINUTE;
    assert_int_equal(scan_window(s, w).docs, 10);
    w.since = START + 9 * MINUTE;
    assert_int_equal(scan_window(s, w).docs, 20);
    w.since = w.until = START + 60 * MINUTE;
    assert_int_equal(scan_window(s, w).docs, 0);
    w.ingested_since = vd_now_ms() - 100000; /* all came just now */
    assert_int_equal(scan_window(s, w).docs, 40);
}

static void documents_without_a_time_are_in(void **state)
{
    uint64_t seed[2];
    vd_store_seed(s, seed);
    vd_intake *in = vd_intake_new(seed);
    vd_batch *b = vd_batch_new(vd_now_ms());
    add_doc(in, b, "logs-a", "", "{\"a\":1}");
    assert_int_equal(vd_store_commit(s, b, NULL), 0);
    vd_store_window w = OPEN_WINDOW;
    w.since = w.until = START + 60 * MINUTE;
    assert_int_equal(scan_window(s, w).docs, 1);
    seal_all(s);
    assert_int_equal(scan_window(s, w).docs, 1);
    vd_batch_unref(b);
    vd_intake_free(in);
}

static void by_index(void **state)
{
    vd_str pattern[] = {VD_STR("logs-b*")};
    vd_store_window w = OPEN_WINDOW;
    w.indices = pattern;
    w.n_indices = 1;
    assert_int_equal(scan_window(s, w).docs, 10);
    pattern[0] = VD_STR("logs-a");
    assert_int_equal(scan_window(s, w).docs, 30);
    pattern[0] = VD_STR("metrics-*");
    assert_int_equal(scan_window(s, w).docs, 0);
}

static void by_number(void **state)
{
    vd_store_window w = OPEN_WINDOW;
    w.after_seq = 20;
    assert_int_equal(scan_window(s, w).docs, 20);
    w.after_seq = 40;
    assert_int_equal(scan_window(s, w).docs, 0);
}

/* Lists of values, each ended by NULL. */
static seen scan_for(size_t n_lists, const char **values)
{
    vd_str v[8];
    vd_strs lists[4];
    size_t n = 0;
    for (size_t k = 0; k < n_lists; k++, values++) {
        lists[k].v = v + n;
        for (; *values; values++)
            v[n++] = vd_str_from(*values);
        lists[k].n = (size_t)(v + n - lists[k].v);
    }
    vd_store_window w = OPEN_WINDOW;
    w.values = lists;
    w.n_values = n_lists;
    return scan_window(s, w);
}

/* A filter errs on one side only: a block that holds the value is never left out, and of the
 * others hardly any is read. */
static void by_value(void **state)
{
    uint64_t docs = 0;
    char value[16];
    seal_all(s);
    for (int i = 10; i < 20; i++) { /* all of block 2 */
        snprintf(value, sizeof value, "P-X-%d", i);
        seen found = scan_for(1, (const char *[]){value, NULL});
        assert_true(found.docs >= 10 && found.sum >= 155);
        docs += found.docs;
    }
    assert_in_range(docs, 100, 130); /* of 400 */
    assert_in_range(scan_for(1, (const char *[]){"10.0.0.35", NULL}).docs, 10, 20);
    assert_in_range(scan_for(1, (const char *[]){"::ffff:a00:23", NULL}).docs, 10, 20);
    assert_int_equal(scan_for(1, (const char *[]){"host-3", NULL}).docs, 40);
}

/* Of several lists each must be met, of a list one value does. */
static void by_lists(void **state)
{
    char long_one[300];
    seal_all(s);
    assert_in_range(scan_for(1, (const char *[]){"p-x-5", "p-x-15", NULL}).docs, 20, 30);
    assert_in_range(scan_for(2, (const char *[]){"p-x-5", "p-x-15", NULL, "10.0.0.15", NULL}).docs, 10, 20);
    assert_in_range(scan_for(2, (const char *[]){"p-x-5", NULL, "10.0.0.15", NULL}).docs, 0, 10);
    assert_in_range(scan_for(2, (const char *[]){"host-3", NULL, "p-x-35", NULL}).docs, 10, 20);
    /* What no filter has leaves nothing out, and its list with it. */
    memset(long_one, 'a', 299);
    long_one[299] = 0;
    assert_int_equal(scan_for(1, (const char *[]){long_one, NULL}).docs, 40);
    assert_int_equal(scan_for(1, (const char *[]){"p-x-5", "", NULL}).docs, 40);
    assert_in_range(scan_for(2, (const char *[]){long_one, "p-x-35", NULL, "p-x-5", NULL}).docs, 10, 20);
}

static void blocks_are_counted(void **state)
{
    vd_store_stats before = vd_store_stats_of(s);
    vd_scan_counts all = {0};
    vd_strs list = {(vd_str[]){VD_STR("P-X-5")}, 1};
    vd_store_window w = OPEN_WINDOW;
    w.values = &list;
    w.n_values = 1;
    vd_scan_block b;
    vd_scan *scan = vd_scan_new(s, &w);
    while (vd_scan_next(scan, &b, NULL) == 1)
        ;
    all = vd_scan_counts_of(scan);
    vd_scan_free(scan);
    assert_int_equal(all.read + all.skipped, 3); /* what waits is no block yet */
    assert_in_range(all.read, 1, 2);
    vd_store_stats after = vd_store_stats_of(s);
    assert_int_equal(after.blocks_read - before.blocks_read, all.read);
    assert_int_equal(after.blocks_skipped - before.blocks_skipped, all.skipped);
    scan_all(s);
    assert_int_equal(vd_store_stats_of(s).blocks_read - after.blocks_read, 3);
}

static void what_waits_is_given_whatever_is_wanted(void **state)
{
    assert_in_range(scan_for(1, (const char *[]){"p-nobody", NULL}).docs, 10, 20);
}

/* Blocks that are joined have a filter of what all of them hold. */
static void joined_blocks_are_found(void **state)
{
    vd_err err = {0};
    seal_all(s);
    if (vd_store_compact(s, &err)) fail_msg("%s", err.msg);
    assert_int_equal(vd_store_stats_of(s).blocks, 2);
    assert_in_range(scan_for(1, (const char *[]){"P-X-5", NULL}).docs, 30, 40);
    assert_in_range(scan_for(1, (const char *[]){"P-X-35", NULL}).docs, 10, 40);
}

static void ask(bool may, const char *field, vd_field_type type, const char *value)
{
    assert_int_equal(vd_store_askable(vd_str_from(field), type, vd_str_from(value)), may);
}

/* Filters answer for fields that a query reads as the store read them. */
static void what_can_be_asked(void **state)
{
    char value[300];
    ask(true, "host.name", VD_TYPE_KEYWORD, "a");
    ask(true, "process.hash.sha256", VD_TYPE_WILDCARD, "a");
    ask(true, "source.ip", VD_TYPE_IP, "::1");
    ask(false, "host.os.name", VD_TYPE_KEYWORD, "a");
    ask(false, "host.name", VD_TYPE_LONG, "1");
    ask(false, "host.name", VD_TYPE_IP, "10.0.0.1");
    ask(false, "host.name", VD_TYPE_UNKNOWN, "a");
    ask(false, "host.name", VD_TYPE_KEYWORD, "");
    ask(false, "source.ip", VD_TYPE_KEYWORD, "10.0.0.1");
    ask(false, "source.ip", VD_TYPE_IP, "10.0.0.0/8");
    memset(value, 'v', sizeof value);
    value[256] = 0;
    ask(true, "host.name", VD_TYPE_KEYWORD, value);
    value[256] = 'v', value[257] = 0;
    ask(false, "host.name", VD_TYPE_KEYWORD, value);
    vd_schema *schema = vd_schema_new();
    for (size_t i = 0; i < VD_FILTERED; i++) {
        vd_field_id id = vd_schema_find(schema, vd_filtered[i].name);
        assert_int_not_equal(id, VD_NO_FIELD);
        assert_int_equal(vd_schema_field(schema, id)->type, vd_filtered[i].address ? VD_TYPE_IP : VD_TYPE_KEYWORD);
    }
    vd_schema_free(schema);
}

static void what_waits_is_split_by_index(void **state)
{
    uint64_t seed[2];
    vd_store_seed(s, seed);
    vd_intake *in = vd_intake_new(seed);
    vd_batch *b = vd_batch_new(vd_now_ms());
    for (int i = 0; i < 6; i++)
        add_doc(in, b, i % 2 ? "odd" : "even", i == 5 ? "1" : i == 1 ? "1" : "", "{\"a\":1}");
    assert_int_equal(vd_store_commit(s, b, NULL), 0);
    assert_int_equal(b->docs.v[5].state, VD_DOC_DUPLICATE);
    vd_str pattern[] = {VD_STR("odd")};
    vd_store_window w = OPEN_WINDOW;
    w.indices = pattern;
    w.n_indices = 1;
    for (int round = 0; round < 2; round++) {
        vd_scan *scan = vd_scan_new(s, &w);
        vd_scan_block block;
        assert_int_equal(vd_scan_documents(scan), 2);
        assert_int_equal(vd_scan_next(scan, &block, NULL), 1);
        assert_int_equal(block.n_docs, 2);
        assert_int_equal(block.seqs[0], 42);
        assert_int_equal(block.seqs[1], 44);
        assert_true(vd_str_eq(block.index, VD_STR("odd")));
        assert_null(memmem(block.text, block.n, "\"even\"", 6));
        assert_int_equal(vd_scan_next(scan, &block, NULL), 0);
        vd_scan_free(scan);
        if (!round) seal_all(s);
    }
    vd_batch_unref(b);
    vd_intake_free(in);
}

static bool gather(void *ctx, vd_str candidates, uint64_t first, uint64_t last)
{
    char *out = ctx;
    size_t n = strlen(out);
    snprintf(out + n, 512 - n, "%llu-%llu:%.*s ", (unsigned long long)first, (unsigned long long)last,
             VD_FMT(candidates));
    return true;
}

static const char *kept(int64_t since, uint64_t plan)
{
    static char text[512];
    text[0] = 0;
    assert_int_equal(vd_store_candidates(s, since, plan, gather, text, NULL), 0);
    return text;
}

static void candidates_are_kept(void **state)
{
    finish_all(s, "one", 7); /* 31-40 */
    assert_string_equal(kept(0, 7), "31-40:one ");
    assert_int_equal(vd_store_seal(s, NULL), 0);
    commit_docs(s, "logs-b", "x", 40, 50);
    finish_all(s, "", 7);
    assert_string_equal(kept(0, 7), "31-40:one 41-50: ");
    commit_docs(s, "logs-b", "x", 50, 60);
    finish_all(s, "two", 7);
    assert_string_equal(kept(0, 7), "31-40:one 41-50: 51-60:two ");
    assert_int_equal(vd_store_seal(s, NULL), 0);
    assert_string_equal(kept(0, 7), "31-40:one 41-50: 51-60:two ");
    assert_string_equal(kept(START + 45 * MINUTE, 7), "41-50: 51-60:two ");
    assert_string_equal(kept(0, 8), "");
    vd_store_close(s);
    s = open_store();
    assert_string_equal(kept(0, 7), "31-40:one 41-50: 51-60:two ");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, fill, drain)
    const struct CMUnitTest tests[] = {
        T(by_time), T(documents_without_a_time_are_in), T(by_index), T(by_number), T(by_value),
        T(by_lists), T(blocks_are_counted), T(what_waits_is_given_whatever_is_wanted), T(joined_blocks_are_found),
        T(what_can_be_asked),
        T(what_waits_is_split_by_index), T(candidates_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
