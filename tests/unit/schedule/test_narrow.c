/* Blocks that cannot hold what a query wants are skipped, and no answer changes by it: random queries
 * over random documents in many blocks, with the values asked for and without. */
#include "world.h"

#define BLOCKS 48
#define IN_BLOCK 6
#define QUERIES 600

typedef VD_VEC(char) text_buf;

static uint64_t seed = 20240229;

static uint32_t draw(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

static void put(text_buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(text_buf *out, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    assert_in_range(n, 0, sizeof text - 1);
    vd_vec_reserve(out, out->n + (size_t)n + 1);
    memcpy(out->v + out->n, text, (size_t)n + 1);
    out->n += (size_t)n;
}

/* --- documents --- */

/* Most hosts are in few blocks: those about number `block`. */
static void put_host(text_buf *out, int block)
{
    static const char *const forms[] = {"\"host-%d\"", "\"HOST-%d\"", "[\"other\",\"Host-%d\"]", "%d", "\"h\\u00f6st-%d\""};
    put(out, forms[draw(5)], block / 4 + (int)draw(2));
}

static void put_address(text_buf *out, int block)
{
    static const char *const forms[] = {"\"10.0.0.%d\"", "\"::ffff:10.0.0.%d\"", "\"0:0:0:0:0:ffff:10.0.0.%d\"", "\"no address %d\"",
                                        "[\"192.168.0.1\",\"10.0.0.%d\"]"};
    put(out, forms[draw(5)], block / 4 + (int)draw(2));
}

static void put_document(text_buf *out, int number, int block)
{
    static const char *const categories[] = {"process", "file", "network"};
    put(out, "{\"@timestamp\":%lld,\"event\":{\"category\":\"%s\"},\"host\":{\"id\":\"h%u\"", T + number * 1000ll,
        categories[draw(3)], draw(2));
    if (draw(8)) {
        put(out, ",\"name\":");
        put_host(out, block);
    }
    put(out, "},\"process\":{\"pid\":%u,\"entity_id\":\"E%d\"}", draw(4), block / 2);
    if (draw(3)) put(out, ",\"user.name\":\"u%u\"", draw(4));
    if (draw(3)) {
        put(out, ",\"source\":{\"ip\":");
        put_address(out, block);
        put(out, "}");
    }
    put(out, "}");
}

static void fill(world *w)
{
    vd_err err;
    for (int block = 0, number = 0; block <= BLOCKS; block++) {
        vd_batch *b = vd_batch_new(T);
        for (int i = 0; i < IN_BLOCK; i++, number++) {
            text_buf doc = {0};
            char id[16];
            put_document(&doc, number, block);
            size_t n = doc.n;
            vd_vec_reserve(&doc, n + VD_PADDING);
            memset(doc.v + n, 0, VD_PADDING);
            snprintf(id, sizeof id, "%d", number);
            assert_int_equal(vd_intake_add(w->intake, b, VD_STR("logs-t-default"), vd_str_from(id), (vd_str){doc.v, n}, NULL),
                             VD_FAULT_NONE);
            vd_vec_free(&doc);
        }
        assert_int_equal(vd_store_commit(w->store, b, &err), 0);
        vd_batch_unref(b);
        if (block < BLOCKS) seal(w); /* the last waits */
    }
    assert_int_equal(vd_store_stats_of(w->store).blocks, BLOCKS);
}

/* --- queries, as in a rule's JSON --- */

static void put_equality(text_buf *q)
{
    int n = (int)draw(BLOCKS / 4 + 2), m = (int)draw(BLOCKS / 4);
    switch (draw(10)) {
    case 0: put(q, "host.name == \\\"host-%d\\\"", n); break;
    case 1: put(q, "host.name : \\\"Host-%d\\\"", n); break;
    case 2: put(q, "host.name in (\\\"HOST-%d\\\", \\\"host-%d\\\")", n, m); break;
    case 3: put(q, "host.name in~ (\\\"hOst-%d\\\", \\\"hOst-%d\\\")", n, m); break;
    case 4: put(q, "host.name : (\\\"host-%d\\\", \\\"%d\\\", \\\"h\u00f6ST-%d\\\")", n, m, m); break;
    case 5: put(q, "source.ip == \\\"10.0.0.%d\\\"", n); break;
    case 6: put(q, "source.ip in (\\\"::ffff:a00:%x\\\", \\\"10.0.0.%d\\\")", n, m); break;
    case 7: put(q, "process.entity_id : \\\"e%d\\\"", (int)draw(BLOCKS / 2)); break;
    case 8: put(q, "process.entity_id == \\\"E%d\\\"", (int)draw(BLOCKS / 2)); break;
    default: put(q, "host.name like~ \\\"HOST-%d\\\"", n);
    }
}

static void put_other(text_buf *q)
{
    int n = (int)draw(BLOCKS / 4 + 2);
    switch (draw(8)) {
    case 0: put(q, "process.pid == %u", draw(4)); break;
    case 1: put(q, "host.name : \\\"host-%d*\\\"", n); break;
    case 2: put(q, "host.name != \\\"host-%d\\\"", n); break;
    case 3: put(q, "not host.name : \\\"host-%d\\\"", n); break;
    case 4: put(q, "source.ip == \\\"10.0.0.0/8\\\""); break;
    case 5: put(q, "cidrMatch(source.ip, \\\"10.0.0.%d/31\\\")", n); break;
    case 6: put(q, "user.name == \\\"u%u\\\"", draw(4)); break;
    default: put(q, "host.name == null");
    }
}

static void put_condition(text_buf *q, unsigned depth)
{
    uint32_t what = draw(depth ? 9 : 5);
    if (what < 4) put_equality(q);
    else if (what == 4) put_other(q);
    else {
        put(q, what == 8 ? "not (" : "(");
        put_condition(q, depth - 1);
        put(q, draw(3) ? " and " : " or ");
        put_condition(q, depth - 1);
        put(q, ")");
    }
}

/* What is in some blocks side by side: of such events sequences are made, and hindered. */
static void put_range(text_buf *q)
{
    int from = (int)draw(BLOCKS / 2), n = 1 + (int)draw(5);
    put(q, "process.entity_id in (");
    for (int i = 0; i < n; i++)
        put(q, "%s\\\"E%d\\\"", i ? ", " : "", from + i);
    put(q, ")");
}

static void put_item(text_buf *q)
{
    static const char *const categories[] = {"process", "file", "network", "any", "any"};
    put(q, "[%s where ", categories[draw(5)]);
    if (draw(4)) put_range(q);
    else put_condition(q, 1);
    put(q, "]");
}

static void put_sequence(text_buf *q)
{
    bool missing = draw(3) == 0;
    uint32_t n = 2 + draw(2), gap = missing ? draw(n + 1) : n + 1;
    put(q, "sequence by host.id with maxspan=%us ", 10 + draw(200));
    for (uint32_t i = 0; i <= n; i++) {
        if (i == gap) {
            put(q, " !");
            put_item(q);
        }
        if (i < n) put_item(q);
    }
    if (draw(3) == 0) {
        put(q, " until ");
        put_item(q);
    }
}

static void put_query(text_buf *q)
{
    uint32_t kind = draw(5);
    if (kind < 2) {
        put(q, "any where ");
        put_condition(q, 3);
    } else if (kind < 4) {
        put_sequence(q);
    } else {
        put(q, "sample by host.id ");
        put_item(q);
        put_item(q);
    }
}

/* --- both ways --- */

static void on_found_text(void *ctx, const vd_finding *f)
{
    text_buf *out = ctx;
    for (size_t i = 0; i < f->n_events; i++)
        put(out, "%s%.*s", i ? "+" : "", VD_FMT(f->events[i].id));
    put(out, "\n");
}

/* What the first rule finds; beside others nothing is asked for. */
static vd_scan_counts preview(world *w, const char *rules, text_buf *out)
{
    vd_err err;
    vd_scan_counts blocks;
    vd_plan *plan = plan_of(rules);
    vd_preview pv = {.plan = plan,
                     .window = {VD_TIME_NONE, VD_TIME_NONE},
                     .size = -1,
                     .blocks = &blocks,
                     .found = on_found_text,
                     .ctx = out};
    put(out, "found:\n");
    if (vd_schedule_preview(w->store, &pv, NULL, &err)) fail_msg("%s", err.msg);
    vd_plan_unref(plan);
    return blocks;
}

static void answers_stay_the_same(void **state)
{
    world *w = *state;
    size_t with_results = 0, with_skips = 0, both = 0;
    for (int i = 0; i < QUERIES; i++) {
        text_buf q = {0}, rule = {0}, narrow = {0}, all = {0};
        put_query(&q);
        put(&rule, RULE("r", "%s", ""), q.v);
        vd_scan_counts some = preview(w, rule.v, &narrow);
        put(&rule, ",%s", RULE("never", "any where false", ""));
        vd_scan_counts every = preview(w, rule.v, &all);
        if (strcmp(narrow.v, all.v) != 0) fail_msg("%s\n%s\nbut of all blocks %s", q.v, narrow.v, all.v);
        assert_int_equal(every.read, BLOCKS);
        assert_int_equal(every.skipped, 0);
        assert_int_equal(some.read + some.skipped, BLOCKS);
        bool results = strcmp(all.v, "found:\n") != 0, skips = some.skipped > 0;
        with_results += results;
        with_skips += skips;
        both += results && skips;
        vd_vec_free(&q);
        vd_vec_free(&rule);
        vd_vec_free(&narrow);
        vd_vec_free(&all);
    }
    print_message("%zu of %d queries found something, %zu skipped blocks, %zu both\n", with_results, QUERIES, with_skips, both);
    assert_true(with_results > QUERIES / 4 && with_skips > QUERIES / 4 && both > QUERIES / 10);
}

static uint64_t read_for(world *w, const char *rule)
{
    text_buf out = {0};
    uint64_t n = preview(w, rule, &out).read;
    vd_vec_free(&out);
    return n;
}

/* Of 48 blocks those that hold it, and now and then one for nothing. */
static void few_blocks_are_read(void **state)
{
    world *w = *state;
    assert_in_range(read_for(w, RULE("a", "any where process.entity_id == \\\"E7\\\"", "")), 2, 4);
    assert_in_range(read_for(w, RULE("a", "any where process.entity_id : \\\"e7\\\" and process.pid > 0", "")), 2, 4);
    assert_in_range(read_for(w, RULE("a", "any where process.entity_id in (\\\"E7\\\", \\\"E9\\\")", "")), 4, 8);
    assert_in_range(read_for(w, RULE("a", "any where process.entity_id == \\\"nobody\\\"", "")), 0, 2);
    assert_in_range(read_for(w, RULE("a", "sequence [any where process.entity_id == \\\"E7\\\"] "
                                          "[any where process.entity_id == \\\"E8\\\"]", "")), 4, 8);
    assert_int_equal(read_for(w, RULE("a", "sequence [any where process.entity_id == \\\"E7\\\"] [any where true]", "")), BLOCKS);
    assert_int_equal(read_for(w, RULE("a", "any where process.entity_id != \\\"E7\\\"", "")), BLOCKS);
}

static int begin(void **state)
{
    world *w = world_new(RULE("x", "any where false", ""));
    fill(w);
    *state = w;
    return 0;
}

static int end(void **state)
{
    world_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_stay_the_same),
        cmocka_unit_test(few_blocks_are_read),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
