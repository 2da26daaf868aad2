#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/map.h"
#include "base/utf8.h"
#include "base/vec.h"

static void arena_pages_stay_put_and_come_back(void **state)
{
    vd_arena a;
    vd_arena_init(&a, 256);
    char *first = vd_arena_alloc(&a, 100);
    memset(first, 'x', 100);
    for (int i = 0; i < 100; i++)
        memset(vd_arena_alloc(&a, 90), i, 90);
    char *large = vd_arena_alloc(&a, 5000);
    memset(large, 'y', 5000);
    assert_int_equal(first[99], 'x');
    assert_int_equal((uintptr_t)vd_arena_alloc_aligned(&a, 1, 64) % 64, 0);
    size_t held = vd_arena_bytes(&a);
    vd_arena_reset(&a);
    assert_true(vd_arena_bytes(&a) < held); /* the outsize page went */
    held = vd_arena_bytes(&a);
    for (int i = 0; i < 50; i++)
        vd_arena_alloc(&a, 90);
    assert_int_equal(vd_arena_bytes(&a), held);
    vd_arena_fini(&a);
}

static void maps_keep_the_first_of_a_key(void **state)
{
    vd_map m = {0};
    char keys[1000][8];
    assert_int_equal(vd_map_get(&m, VD_STR("none")), VD_MAP_NONE);
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(keys[i], sizeof keys[i], "k%u", i);
        assert_int_equal(vd_map_put(&m, vd_str_from(keys[i]), i), i);
    }
    assert_int_equal(vd_map_put(&m, VD_STR("k7"), 5000), 7);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(vd_map_get(&m, vd_str_from(keys[i])), i);
    assert_int_equal(vd_map_put(&m, VD_STR(""), 42), 42);
    assert_int_equal(vd_map_get(&m, VD_STR("")), 42);
    vd_map_fini(&m);
}

static void code_points_are_counted_and_checked(void **state)
{
    assert_true(vd_utf8_valid(VD_STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")));
    assert_int_equal(vd_utf8_count(VD_STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    assert_int_equal(vd_utf16_count(VD_STR("a\xF0\x9F\x98\x80")), 3);
    assert_false(vd_utf8_valid(VD_STR("\xC0\x80")));     /* overlong */
    assert_false(vd_utf8_valid(VD_STR("\xED\xA0\x80"))); /* a surrogate */
    assert_false(vd_utf8_valid(VD_STR("\xE2\x82")));     /* cut off */
    size_t i = 0;
    assert_int_equal(vd_utf8_next(VD_STR("\xFFz"), &i), 0xDCFF);
    assert_int_equal(i, 1);
    char out[4];
    for (uint32_t cp = 1; cp < 0x110000; cp += 101) {
        if (cp >= 0xD800 && cp < 0xE000) continue;
        size_t n = vd_utf8_put(cp, out), at = 0;
        assert_int_equal(vd_utf8_next((vd_str){out, n}, &at), cp);
        assert_int_equal(at, n);
    }
}

static void sha256_gives_the_published_digests(void **state)
{
    char out[65];
    vd_str abc[] = {VD_STR("a"), VD_STR(""), VD_STR("bc")};
    vd_sha256_hex(abc, 3, out);
    assert_string_equal(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    vd_sha256_hex(NULL, 0, out);
    assert_string_equal(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    vd_str two = VD_STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    vd_sha256_hex(&two, 1, out);
    assert_string_equal(out, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void errors_know_their_line(void **state)
{
    vd_err err;
    vd_str text = VD_STR("process where\n\tproces.name == 1\n");
    assert_int_equal(vd_fail_at(&err, VD_VERIFY, 15, 11, "Unknown column [%s]", "x"), VD_VERIFY);
    vd_place at = vd_place_of(text, err.pos);
    assert_int_equal(at.line, 2);
    assert_int_equal(at.column, 2);
    assert_true(vd_str_eq(at.text, VD_STR("\tproces.name == 1")));
    char *buf = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&buf, &n);
    vd_err_print_place(f, &err, text);
    fclose(f);
    assert_string_equal(buf, "  \tproces.name == 1\n  \t^~~~~~~~~~~\n");
    free(buf);
    assert_string_equal(vd_code_name(VD_PARSE), "parsing_exception");
}

static void json_trees_keep_order_and_find_dotted_paths(void **state)
{
    vd_json *v = NULL;
    vd_err err;
    assert_int_equal(
        vd_json_parse(VD_STR("{\"z\":1,\"a\":{\"b.c\":{\"d\":[1,2.50,\"x\"]}},\"a.b\":{\"e\":7}}"), &v,
                      &err), 0);
    assert_int_equal(vd_json_get_int(vd_json_path(v, VD_STR("a.b.e"))), 7);
    assert_int_equal(vd_json_len(vd_json_path(v, VD_STR("a.b.c.d"))), 3);
    assert_null(vd_json_path(v, VD_STR("a.b.x")));
    vd_json_iter it = {0};
    assert_true(vd_json_next(v, &it));
    assert_true(vd_str_eq(it.key, VD_STR("z")));
    vd_json_set(v, "n", vd_json_number_text(VD_STR("123456789012345678901234567890")));
    vd_arena a;
    vd_arena_init(&a, 0);
    assert_string_equal(
        vd_json_text(&a, v, false).p,
        "{\"z\":1,\"a\":{\"b.c\":{\"d\":[1,2.50,\"x\"]}},\"a.b\":{\"e\":7},\"n\":"
        "123456789012345678901234567890}");
    vd_json_free(v);
    assert_int_equal(vd_json_parse(VD_STR("5"), &v, &err), 0);
    vd_json_free(v);
    const char *bad[] = {"", "{", "{} x", "{\"a\":1,}", "\xFF", "nul"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (vd_json_parse(vd_str_from(bad[i]), &v, &err) != VD_FORMAT) fail_msg("taken: %s", bad[i]);
    vd_arena_fini(&a);
}

static void seeded_hashes_differ_from_stable_ones(void **state)
{
    vd_hash128 a = vd_hash128_stable(VD_STR("event")), b = vd_hash128_stable(VD_STR("event"));
    assert_true(a.lo == b.lo && a.hi == b.hi);
    assert_true(vd_hash64(VD_STR("x")) == vd_hash64(VD_STR("x")));
    assert_true(vd_hash128_seeded(VD_STR("event")).lo != a.lo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_pages_stay_put_and_come_back),
        cmocka_unit_test(maps_keep_the_first_of_a_key),
        cmocka_unit_test(code_points_are_counted_and_checked),
        cmocka_unit_test(sha256_gives_the_published_digests),
        cmocka_unit_test(errors_know_their_line),
        cmocka_unit_test(json_trees_keep_order_and_find_dotted_paths),
        cmocka_unit_test(seeded_hashes_differ_from_stable_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
