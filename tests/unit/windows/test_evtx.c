/* windows/evtx: chunks and the frames of records, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "evtx_build.h"

static chunk c;

static void add_record(void)
{
    record_begin(&c);
    open_(&c, "Event");
    inside(&c);
    open_(&c, "System");
    inside(&c);
    leaf(&c, "Channel", "A");
    close_(&c);
    close_(&c);
    end(&c);
    record_end(&c);
}

/* Where each of the three records begins. */
static void three_records(uint32_t at[3])
{
    chunk_begin(&c);
    for (int i = 0; i < 3; i++) {
        at[i] = c.n;
        add_record();
    }
    chunk_end(&c);
}

/* Reads n bytes of the chunk: ids of the records as text, "!" before the first if the chunk
 * was told of, and before each with which something was told. */
static const char *read_ids(size_t n)
{
    static char out[64];
    vd_evtx_damage damage;
    vd_evtx *r = vd_evtx_new();
    size_t o = 0;
    if (!vd_evtx_chunk(r, c.b, n, &damage)) out[o++] = 'x';
    if (damage.what) out[o++] = '!';
    out[o++] = ':';
    for (;;) {
        const vd_win_record *rec = vd_evtx_next(r, &damage);
        if (damage.what) {
            out[o++] = '!';
            assert_true(damage.offset <= n);
        }
        if (!rec) break;
        out[o++] = (char)('0' + rec->record_id);
        assert_text(rec->channel, "A");
    }
    assert_null(vd_evtx_next(r, &damage));
    out[o] = 0;
    vd_evtx_free(r);
    return out;
}

static void test_whole(void **state)
{
    uint32_t at[3];
    assert_true(vd_evtx_is("ElfFile\0....", 12));
    assert_false(vd_evtx_is("ElfFile", 7));
    assert_false(vd_evtx_is("ElfChnk\0", 8));
    three_records(at);
    assert_string_equal(read_ids(sizeof c.b), ":123");
}

static void test_no_chunk(void **state)
{
    memset(&c, 0, sizeof c);
    assert_string_equal(read_ids(sizeof c.b), ":");
    assert_string_equal(read_ids(0), ":");
    assert_string_equal(read_ids(100), ":");
    memset(c.b, 'x', sizeof c.b);
    assert_string_equal(read_ids(sizeof c.b), "x!:");
    assert_string_equal(read_ids(8), "x!:");
}

static void test_cut(void **state)
{
    uint32_t at[3];
    three_records(at);
    assert_string_equal(read_ids(c.n), "!:123");
    assert_string_equal(read_ids(c.n - 1), "!:12!");
    assert_string_equal(read_ids(at[2] + 3), "!:12!");
    assert_string_equal(read_ids(at[2]), "!:12");
    assert_string_equal(read_ids(at[1] - 1), "!:!");
    assert_string_equal(read_ids(512), "!:");
    assert_string_equal(read_ids(511), "x!:");
}

static void test_checksums(void **state)
{
    uint32_t at[3];
    three_records(at);
    c.b[at[0] + 16] ^= 1; /* the time of writing */
    assert_string_equal(read_ids(sizeof c.b), "!:123");
    three_records(at);
    c.b[200] ^= 1;
    assert_string_equal(read_ids(sizeof c.b), "!:123");
    three_records(at);
    c.b[3] = 'X'; /* no name, but records where they should be */
    assert_string_equal(read_ids(sizeof c.b), "!:123");
    three_records(at);
    put_at32(&c, 48, 0xffffffff);
    assert_string_equal(read_ids(sizeof c.b), "!:123");
}

static void test_broken_frame(void **state)
{
    static const uint32_t sizes[] = {0, 27, 65536, 0xffffffff};
    uint32_t at[3];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        three_records(at);
        put_at32(&c, at[1] + 4, sizes[i]);
        assert_string_equal(read_ids(sizeof c.b), "!:1!3");
    }
    three_records(at);
    c.b[at[2]] = 0;
    assert_string_equal(read_ids(sizeof c.b), "!:12!");
    three_records(at);
    put_at32(&c, at[1] - 4, 1); /* the size again, but the next record stands there */
    assert_string_equal(read_ids(sizeof c.b), "!:123");
}

/* A log that was not closed: the header is of the time before the last records. */
static void test_unclosed(void **state)
{
    chunk_begin(&c);
    add_record();
    chunk_end(&c);
    add_record();
    add_record();
    assert_string_equal(read_ids(sizeof c.b), ":123");
    c.id = 9; /* left from before the chunk was used again */
    add_record();
    assert_string_equal(read_ids(sizeof c.b), ":123");
    chunk_begin(&c);
    chunk_end(&c);
    c.id = 5;
    add_record();
    assert_string_equal(read_ids(sizeof c.b), ":");
}

static void test_empty_record(void **state)
{
    uint32_t at[3];
    three_records(at);
    memset(c.b + at[1] + 24, 0, at[2] - at[1] - 28);
    chunk_end(&c);
    assert_string_equal(read_ids(sizeof c.b), ":1!3");
}

/* Every chunk is read afresh: nothing of the one before is remembered. */
static void test_next_chunk(void **state)
{
    vd_evtx_damage damage;
    vd_evtx *r = vd_evtx_new();
    for (int i = 0; i < 2; i++) {
        chunk_begin(&c);
        record_begin(&c);
        open_(&c, "Event");
        inside(&c);
        leaf(&c, i ? "Second" : "First", i ? "2" : "1");
        close_(&c);
        end(&c);
        record_end(&c);
        chunk_end(&c);
        assert_true(vd_evtx_chunk(r, c.b, sizeof c.b, &damage));
        const vd_win_record *rec = next(r);
        assert_text(pair(rec, i ? "Second" : "First"), i ? "2" : "1");
        assert_null(vd_evtx_next(r, &damage));
    }
    vd_evtx_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),        cmocka_unit_test(test_no_chunk),
        cmocka_unit_test(test_cut),          cmocka_unit_test(test_checksums),
        cmocka_unit_test(test_broken_frame), cmocka_unit_test(test_unclosed),
        cmocka_unit_test(test_empty_record), cmocka_unit_test(test_next_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
