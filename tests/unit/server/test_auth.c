/* server/auth.c, server/uri.c - what a stranger writes, taken apart */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/http_int.h"

static vd_arena arena;

static int setup(void **state)
{
    vd_arena_init(&arena, 0);
    return 0;
}

static int teardown(void **state)
{
    vd_arena_fini(&arena);
    return 0;
}

static void is(vd_str got, const char *want)
{
    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
}

static void keys_are(const char *header, const char *first, const char *second)
{
    vd_str keys[2];
    size_t n = vd_auth_read(&arena, vd_str_from(header), keys);
    assert_int_equal(n, (first != NULL) + (second != NULL));
    if (first) is(keys[0], first);
    if (second) is(keys[1], second);
}

/* aWQ6c2VjcmV0 is id:secret, ZWxhc3RpYzphV1E2YzJWamNtVjA= is elastic:aWQ6c2VjcmV0 */
static void test_headers(void **state)
{
    keys_are("ApiKey aWQ6c2VjcmV0", "aWQ6c2VjcmV0", NULL);
    keys_are("  apikey   aWQ6c2VjcmV0  ", "aWQ6c2VjcmV0", NULL);
    keys_are("APIKEY aWQ6cw==", "aWQ6cw==", NULL);
    keys_are("Bearer aWQ6c2VjcmV0", "aWQ6c2VjcmV0", NULL);
    keys_are("Basic aWQ6c2VjcmV0", "aWQ6c2VjcmV0", NULL);
    keys_are("Basic ZWxhc3RpYzphV1E2YzJWamNtVjA=", "aWQ6c2VjcmV0", "ZWxhc3RpYzphV1E2YzJWamNtVjA=");
    keys_are("ApiKey", NULL, NULL);
    keys_are("ApiKey ", NULL, NULL);
    keys_are("ApiKeyaWQ6c2VjcmV0", NULL, NULL);
    keys_are("ApiKey aWQ", NULL, NULL); /* no colon in it */
    keys_are("ApiKey aWQ6c", NULL, NULL); /* no base64 */
    keys_are("ApiKey aWQ6\x01zzz", NULL, NULL);
    keys_are("Basic aWQ", NULL, NULL);
    keys_are("Digest aWQ6c2VjcmV0", NULL, NULL);
    keys_are("aWQ6c2VjcmV0", NULL, NULL);
    keys_are("", NULL, NULL);
}

static void test_headers_that_are_long(void **state)
{
    char header[5000];
    memset(header, 'A', sizeof header);
    memcpy(header, "ApiKey aWQ6", 11);
    vd_str keys[2];
    assert_int_equal(vd_auth_read(&arena, (vd_str){header, sizeof header}, keys), 0);
    assert_int_equal(vd_auth_read(&arena, (vd_str){header, 7 + 400}, keys), 1);
}

static void test_ids(void **state)
{
    is(vd_auth_id(&arena, VD_STR("aWQ6c2VjcmV0")), "id");
    is(vd_auth_id(&arena, VD_STR("OnNlY3JldA==")), "");
    is(vd_auth_id(&arena, VD_STR("aWQ")), "");
    is(vd_auth_id(&arena, VD_STR("G1syajpz")), ""); /* ESC [2j:s */
    is(vd_auth_id(&arena, VD_STR("!")), "");
}

static void decodes(const char *raw, bool plus, const char *want)
{
    vd_str got;
    bool ok = vd_uri_decode(&arena, vd_str_from(raw), plus, &got);
    assert_int_equal(ok, want != NULL);
    if (ok) is(got, want);
}

static void test_percent(void **state)
{
    decodes("", false, "");
    decodes("a%20b+c", false, "a b+c");
    decodes("a%20b+c%2B", true, "a b c+");
    decodes("%C3%a4%2f%25", false, "\xc3\xa4/%");
    decodes("%", false, NULL);
    decodes("a%2", false, NULL);
    decodes("%g0", false, NULL);
    decodes("%0g", false, NULL);
    decodes("%%20", false, NULL);
}

static size_t parts_of(const char *path, vd_str parts[VD_HTTP_PATH_SEGMENTS])
{
    size_t n;
    const char *why = NULL;
    if (vd_uri_path(&arena, vd_str_from(path), parts, &n, &why)) return n;
    assert_non_null(why);
    return SIZE_MAX;
}

static void test_paths(void **state)
{
    vd_str parts[VD_HTTP_PATH_SEGMENTS];
    assert_int_equal(parts_of("/", parts), 0);
    assert_int_equal(parts_of("", parts), 0);
    assert_int_equal(parts_of("/a%2Fb//_bulk/", parts), 2);
    is(parts[0], "a/b");
    is(parts[1], "_bulk");
    assert_int_equal(parts_of("/...", parts), 1);
    assert_int_equal(parts_of("/.ds-x", parts), 1);
    static const char *const bad[] = {"/..", "/.", "/a/../b", "/%2e%2E", "/..%2fx", "/x%2f..", "/x%2f.%2fy",
                                      "/%00", "/a%0d%0ab", "/%7f", "/%1b[2J", "/%", "/a%x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(parts_of(bad[i], parts) == SIZE_MAX);
    char many[200];
    for (size_t i = 0; i < sizeof many; i++)
        many[i] = i % 2 ? 'x' : '/';
    many[2 * VD_HTTP_PATH_SEGMENTS] = 0;
    assert_int_equal(parts_of(many, parts), VD_HTTP_PATH_SEGMENTS);
    many[2 * VD_HTTP_PATH_SEGMENTS] = '/';
    many[2 * VD_HTTP_PATH_SEGMENTS + 2] = 0;
    assert_true(parts_of(many, parts) == SIZE_MAX);
}

static void test_queries(void **state)
{
    vd_pair pairs[VD_HTTP_PARAMS];
    size_t n;
    const char *why;
    assert_true(vd_uri_query(&arena, VD_STR("pretty&&a=1%3d&b=&=c&d=e=f&g=h+i"), pairs, &n, &why));
    static const char *const want[][2] = {{"pretty", ""}, {"a", "1="}, {"b", ""}, {"", "c"}, {"d", "e=f"}, {"g", "h i"}};
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++) {
        is(pairs[i].name, want[i][0]);
        is(pairs[i].value, want[i][1]);
        assert_non_null(pairs[i].value.p); /* given, though empty */
    }
    assert_true(vd_uri_query(&arena, VD_STR(""), pairs, &n, &why));
    assert_int_equal(n, 0);
    assert_false(vd_uri_query(&arena, VD_STR("a=%"), pairs, &n, &why));
    assert_false(vd_uri_query(&arena, VD_STR("%=a"), pairs, &n, &why));
    char many[4 * VD_HTTP_PARAMS + 4] = "";
    for (size_t i = 0; i <= VD_HTTP_PARAMS; i++)
        memcpy(many + 2 * i, "a&", 2);
    assert_true(vd_uri_query(&arena, (vd_str){many, 2 * VD_HTTP_PARAMS}, pairs, &n, &why));
    assert_int_equal(n, VD_HTTP_PARAMS);
    assert_false(vd_uri_query(&arena, (vd_str){many, 2 * VD_HTTP_PARAMS + 1}, pairs, &n, &why));
}

static void test_hosts(void **state)
{
    static const char *const ours[] = {"localhost", "LocalHost:9200", "127.0.0.1", "10.0.0.8:1", "[::1]", "[::1]:80"};
    static const char *const others[] = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "",
                                         "0x7f.1", "[evil]", "localhost."};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        assert_true(vd_uri_is_local_host(vd_str_from(ours[i])));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(vd_uri_is_local_host(vd_str_from(others[i])));
}

static void test_sites(void **state)
{
    static const char *const same[][2] = {{"http://localhost:9200", "localhost:9200"},
                                          {"https://Detect.example", "detect.example"},
                                          {"https://detect.example", "detect.example:443"},
                                          {"http://detect.example:80", "detect.example"}};
    static const char *const other[][2] = {{"http://evil.example", "localhost:9200"},
                                           {"null", "localhost:9200"},
                                           {"", "localhost:9200"},
                                           {"", ""},
                                           {"http://", ""},
                                           {"http://localhost:9200.evil.example", "localhost:9200"},
                                           {"http://localhost:9201", "localhost:9200"},
                                           {"file://localhost:9200", "localhost:9200"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(vd_uri_same_site(vd_str_from(same[i][0]), vd_str_from(same[i][1])));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(vd_uri_same_site(vd_str_from(other[i][0]), vd_str_from(other[i][1])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers), cmocka_unit_test(test_headers_that_are_long),
        cmocka_unit_test(test_ids),     cmocka_unit_test(test_percent),
        cmocka_unit_test(test_paths),   cmocka_unit_test(test_queries),
        cmocka_unit_test(test_hosts),   cmocka_unit_test(test_sites),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
