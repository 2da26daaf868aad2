/* A block by itself: its parts, its map, the older form, and bytes that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "store/block.h"

/* Line i, of some hundred bytes. */
static vd_str line(int i)
{
    static char text[600];
    int n = snprintf(text, sizeof text, "{\"_index\":\"logs-a\",\"_source\":{\"n\":%d,\"pad\":\"%0*d\"}}", i, 100 + i % 400,
                     i * 7919);
    return (vd_str){text, (size_t)n};
}

/* Documents 0 to n - 1 with the numbers 10, 13, 16, ... */
static void fill(vd_block *b, int n)
{
    vd_block_reset(b);
    for (int i = 0; i < n; i++)
        vd_block_add(b, line(i), 10 + 3 * (uint64_t)i, 1000 + i, 5);
}

static void pack(vd_block *b)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    vd_err err = {0};
    if (vd_block_pack(b, zstd, &err)) fail_msg("%s", err.msg);
    ZSTD_freeCCtx(zstd);
}

static vd_str packed(const vd_block *b) { return (vd_str){b->packed.v, b->packed.n}; }

static void all_lines_are_there(const vd_block *b, int n)
{
    vd_unpacked u = {0};
    assert_true(vd_block_unpack(packed(b), &b->info, &u));
    assert_int_equal(u.map.seqs.n, n);
    size_t at = 0;
    for (int i = 0; i < n; i++) {
        vd_str want = line(i);
        assert_int_equal(u.map.seqs.v[i], 10 + 3 * i);
        assert_memory_equal(u.text.p + at, want.p, want.n);
        assert_int_equal(u.text.p[at + want.n], '\n');
        at += want.n + 1;
    }
    assert_int_equal(at, u.text.n);
    vd_unpacked_fini(&u);
}

/* Each part holds the lines that the map says, and no others. */
static void parts_fit(const vd_block *b, int n, size_t n_parts)
{
    vd_block_map map = {0};
    vd_bytes text = {0};
    int i = 0;
    assert_true(vd_block_map_read(packed(b), &b->info, &map));
    assert_int_equal(map.parts.n, n_parts);
    for (size_t p = 0; p < n_parts; p++) {
        assert_int_equal(map.parts.v[p].first, i);
        assert_true(vd_block_part_unpack(packed(b), &map.parts.v[p], &text));
        size_t at = 0;
        for (uint32_t k = 0; k < map.parts.v[p].docs; k++, i++) {
            vd_str want = line(i);
            assert_true(at + want.n < text.n);
            assert_memory_equal(text.v + at, want.p, want.n);
            at += want.n + 1;
        }
        assert_int_equal(at, text.n);
    }
    assert_int_equal(i, n);
    vd_vec_free(&text);
    vd_block_map_fini(&map);
}

static void a_block_has_parts(void **state)
{
    vd_block b = {0};
    fill(&b, 1);
    pack(&b);
    all_lines_are_there(&b, 1);
    parts_fit(&b, 1, 1);
    fill(&b, 10000); /* the same buffers, 3.6 MB */
    pack(&b);
    assert_true(b.info.raw > 3 << 20 && b.info.raw < 4 << 20);
    all_lines_are_there(&b, 10000);
    parts_fit(&b, 10000, 4);
    vd_block_fini(&b);
}

/* As blocks were before they had parts: one frame, the numbers behind the lines. */
static void pack_as_before(vd_block *b)
{
    b->info.raw = b->text.n;
    vd_bytes_put(&b->text, b->numbers.v, b->numbers.n);
    vd_vec_reserve(&b->packed, ZSTD_compressBound(b->text.n));
    b->packed.n = ZSTD_compress(b->packed.v, b->packed.cap, b->text.v, b->text.n, 1);
    b->info.packed = b->packed.n;
    b->info.xxh = XXH64(b->packed.v, b->packed.n, 0);
}

static void an_older_block_is_read(void **state)
{
    vd_block b = {0};
    fill(&b, 5000);
    pack_as_before(&b);
    all_lines_are_there(&b, 5000);
    parts_fit(&b, 5000, 1);
    vd_block_fini(&b);
}

/* With a checksum that fits, so that the form itself is looked at. */
static bool reads(const vd_block *b, vd_str data)
{
    vd_block_info info = b->info;
    vd_unpacked u = {0};
    info.packed = data.n;
    info.xxh = XXH64(data.p, data.n, 0);
    bool good = vd_block_unpack(data, &info, &u);
    vd_unpacked_fini(&u);
    return good;
}

static void what_is_no_block_is_refused(void **state)
{
    vd_block b = {0};
    vd_block_map map = {0};
    vd_str whole;
    fill(&b, 10000);
    pack(&b);
    whole = packed(&b);
    assert_true(reads(&b, whole));
    assert_true(vd_block_map_read(whole, &b.info, &map));
    const vd_block_part *parts = map.parts.v;
    assert_false(reads(&b, vd_str_sub(whole, parts[1].at, whole.n)));                     /* a part is missing */
    assert_false(reads(&b, vd_str_sub(whole, 0, parts[3].at + parts[3].packed)));         /* no map */
    assert_false(reads(&b, vd_str_sub(whole, 0, whole.n - 1)));
    assert_false(reads(&b, vd_str_sub(whole, 1, whole.n)));
    assert_false(reads(&b, vd_str_sub(whole, 0, 0)));
    b.info.docs++;
    assert_false(reads(&b, whole));
    b.info.docs -= 2;
    assert_false(reads(&b, whole));
    b.info.docs++;
    b.info.raw++;
    assert_false(reads(&b, whole));
    b.info.raw--;
    b.packed.v[b.packed.n / 2] ^= 1;
    assert_false(vd_block_map_read(whole, &b.info, &map)); /* the checksum */
    vd_block_map_fini(&map);
    vd_block_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_has_parts),
        cmocka_unit_test(an_older_block_is_read),
        cmocka_unit_test(what_is_no_block_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
