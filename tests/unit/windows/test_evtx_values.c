/* windows/evtx: values as text, UTF-16, checksums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "evtx_build.h"

static vd_evtx *reader_of(const void *bytes, size_t n)
{
    static uint8_t chunk_bytes[4096];
    static vd_evtx *r;
    if (!r) r = vd_evtx_new();
    vd_evtx_damage damage;
    memcpy(chunk_bytes, bytes, n);
    vd_evtx_chunk(r, chunk_bytes, sizeof chunk_bytes, &damage);
    r->work = VD_MAX_EVTX_WORK;
    r->text_at = r->text;
    r->text_end = r->text + 65536;
    return r;
}

#define V(type, bytes, want)                                                                       \
    {                                                                                              \
        type, sizeof bytes - 1, bytes, want                                                        \
    }

static void test_text(void **state)
{
    static const struct {
        uint8_t type;
        size_t n;
        const char *bytes, *want;
    } rows[] = {
        V(VD_BX_NULL, "", ""),
        V(VD_BX_STRING, "a\0\0\0\0\0", "a"),
        V(VD_BX_STRING, "a\0\xac\x20", "a\xe2\x82\xac"),
        V(VD_BX_STRING, "\0\0\0\0", ""),
        V(VD_BX_ANSI, "\x80 \xe9\0", "\xe2\x82\xac \xc3\xa9"),
        V(VD_BX_INT8, "\xff", "-1"),
        V(VD_BX_UINT8, "\xff", "255"),
        V(VD_BX_INT16, "\0\x80", "-32768"),
        V(VD_BX_UINT16, "\0\x80", "32768"),
        V(VD_BX_INT32, "\xfe\xff\xff\xff", "-2"),
        V(VD_BX_UINT32, "\xff\xff\xff\xff", "4294967295"),
        V(VD_BX_INT64, "\0\0\0\0\0\0\0\x80", "-9223372036854775808"),
        V(VD_BX_UINT64, "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
        V(VD_BX_REAL32, "\xcd\xcc\xcc\x3d", "0.1"),
        V(VD_BX_REAL64, "\x9a\x99\x99\x99\x99\x99\xb9\x3f", "0.1"),
        V(VD_BX_REAL64, "\x55\x55\x55\x55\x55\x55\xd5\x3f", "0.3333333333333333"),
        V(VD_BX_BOOL, "\1\0\0\0", "true"),
        V(VD_BX_BOOL, "\0\0\0\0", "false"),
        V(VD_BX_BINARY, "\x0a\xf0", "0AF0"),
        V(VD_BX_GUID, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10",
          "{04030201-0605-0807-090a-0b0c0d0e0f10}"),
        V(VD_BX_SIZE, "\xe7\3\0\0", "0x3e7"),
        V(VD_BX_SIZE, "\0\0\0\0\1\0\0\0", "0x100000000"),
        V(VD_BX_FILETIME, "\0\0\0\0\0\0\0\0", "1601-01-01T00:00:00.0000000Z"),
        V(VD_BX_FILETIME, "\0\x80\x3e\xd5\xde\xb1\x9d\1", "1970-01-01T00:00:00.0000000Z"),
        V(VD_BX_FILETIME, "\xff\xff\xff\xff\xff\xff\xff\xff", "60056-05-28T05:36:10.9551615Z"),
        V(VD_BX_SYSTEMTIME, "\xe8\7\2\0\4\0\x1d\0\x17\0\x3b\0\x3a\0\x7\0",
          "2024-02-29T23:59:58.007Z"),
        V(VD_BX_SID, "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0", "S-1-5-32-544"),
        V(VD_BX_HEX32, "\0\0\0\0", "0x0"),
        V(VD_BX_HEX64, "\xef\xcd\xab\x89\x67\x45\x23\1", "0x123456789abcdef"),
        /* Sizes that do not fit the type: the bytes. */
        V(VD_BX_GUID, "\1\2", "0102"),
        V(VD_BX_SID, "\1\3\0\0\0\0\0\5\1\0\0\0", "010300000000000501000000"),
        V(VD_BX_FILETIME, "\1", "01"),
        V(VD_BX_SYSTEMTIME, "\1", "01"),
        V(VD_BX_REAL64, "\1", "01"),
        V(VD_BX_UINT32, "\1\2\3\4\5\6\7\x8\x9", "010203040506070809"),
        V(VD_BX_UINT32, "", ""),
        V(0x3f, "\1", "01"), /* a type that is none */
        /* Arrays. */
        V(VD_BX_ARRAY | VD_BX_STRING, "a\0\0\0\0\0b\0", "a, , b"),
        V(VD_BX_ARRAY | VD_BX_ANSI, "a\0b\0", "a, b"),
        V(VD_BX_ARRAY | VD_BX_UINT16, "\1\0\2\0", "1, 2"),
        V(VD_BX_ARRAY | VD_BX_INT8, "\1\xff", "1, -1"),
        V(VD_BX_ARRAY | VD_BX_HEX32, "\1\0\0\0\2\0\0\0", "0x1, 0x2"),
        V(VD_BX_ARRAY | VD_BX_UINT64, "\1\0\0", "1"),
        V(VD_BX_ARRAY | VD_BX_SID, "\1\1\0\0\0\0\0\5\x12\0\0\0\1\1\0\0\0\0\0\5\x13\0\0\0",
          "S-1-5-18, S-1-5-19"),
        V(VD_BX_ARRAY | VD_BX_STRING, "", ""),
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_evtx *r = reader_of(rows[i].bytes, rows[i].n);
        vd_bx_value v = {0, (uint16_t)rows[i].n, rows[i].type};
        assert_text(vd_evtx_text(r, &v), rows[i].want);
    }
}

static void test_numbers(void **state)
{
    vd_evtx *r = reader_of("\xff\xff\0\0\0\0\0\0", 8);
    assert_true(vd_evtx_number(r, &(vd_bx_value){0, 2, VD_BX_UINT16}) == 65535);
    assert_true(vd_evtx_number(r, &(vd_bx_value){0, 2, VD_BX_INT16}) == UINT64_MAX);
    assert_true(vd_evtx_number(r, &(vd_bx_value){0, 8, VD_BX_HEX64}) == 65535);
    assert_true(vd_evtx_number(r, &(vd_bx_value){0, 9, VD_BX_HEX64}) == 0);
    assert_true(vd_evtx_number(r, &(vd_bx_value){0, 2, VD_BX_GUID}) == 0);
}

static void test_time(void **state)
{
    int64_t ns = 5;
    vd_evtx *r = reader_of("\1\x80\x3e\xd5\xde\xb1\x9d\1", 8);
    assert_true(vd_evtx_time(r, &(vd_bx_value){0, 8, VD_BX_FILETIME}, &ns));
    assert_true(ns == 100);
    assert_false(vd_evtx_time(r, &(vd_bx_value){0, 7, VD_BX_FILETIME}, &ns));
    assert_false(vd_evtx_time(r, &(vd_bx_value){0, 8, VD_BX_UINT64}, &ns));
    r = reader_of("\0\0\0\0\0\0\0\0", 8); /* 1601 is out of range */
    assert_false(vd_evtx_time(r, &(vd_bx_value){0, 8, VD_BX_FILETIME}, &ns));
    r = reader_of("\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
    assert_false(vd_evtx_time(r, &(vd_bx_value){0, 8, VD_BX_FILETIME}, &ns));
    assert_true(ns == 100);
}

/* Unit by unit, to compare with. */
static size_t slow_utf16(const uint16_t *u, size_t n, char *out)
{
    size_t o = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t point = u[i];
        bool high = point >= 0xd800 && point < 0xdc00, low = point >= 0xdc00 && point < 0xe000;
        if (high && i + 1 < n && u[i + 1] >= 0xdc00 && u[i + 1] < 0xe000)
            point = 0x10000 + ((point - 0xd800) << 10) + (u[++i] - 0xdc00u);
        else if (high || low)
            point = 0xfffd;
        o += vd_utf8_put(point, out + o);
    }
    return o;
}

static void test_utf16(void **state)
{
    static const uint16_t odd[][2] = {{0xe9, 'x'},      {0x7f, 0x80},  {0x20ac, 0xffff},
                                      {0xd83d, 0xde00}, {0xd83d, 'x'}, {0xde00, 0xd83d},
                                      {0xdbff, 0xdfff}};
    uint16_t units[66];
    char want[256], got[256];
    for (size_t n = 0; n <= 64; n++)
        for (size_t at = 0; at <= n; at++)
            for (size_t k = 0; k < sizeof odd / sizeof *odd; k++) {
                for (size_t i = 0; i < n; i++)
                    units[i] = (uint16_t)('a' + i % 26);
                if (at < n) units[at] = odd[k][0];
                if (at + 1 < n) units[at + 1] = odd[k][1];
                size_t size = slow_utf16(units, n, want);
                assert_int_equal(vd_utf16_put((const uint8_t *)units, n, got), size);
                assert_memory_equal(got, want, size);
                assert_true(vd_utf8_valid((vd_str){got, size}));
            }
}

static void test_crc(void **state)
{
    uint8_t bytes[400];
    assert_int_equal(vd_crc32(0, (const uint8_t *)"123456789", 9), 0xcbf43926);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 167 + (i >> 3));
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint32_t whole = vd_crc32(0, bytes, n), slow = 0xffffffff;
        for (size_t i = 0; i < 8 * n; i++) {
            uint32_t bit = (slow ^ bytes[i / 8] >> i % 8) & 1;
            slow = slow >> 1 ^ (bit ? 0xedb88320u : 0);
        }
        assert_int_equal(whole, ~slow);
        assert_int_equal(vd_crc32(vd_crc32(0, bytes, n / 3), bytes + n / 3, n - n / 3), whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),  cmocka_unit_test(test_numbers), cmocka_unit_test(test_time),
        cmocka_unit_test(test_utf16), cmocka_unit_test(test_crc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
