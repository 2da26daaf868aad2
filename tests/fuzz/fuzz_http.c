/* Fuzz target: what the HTTP server takes apart by itself. The first byte says as what the
 * rest is read: a request's path and query, a header of Authorization, Host and Origin, a
 * packed body. What was unpacked is no larger than the limit and is counted no longer when
 * it is given back; what zlib and zstd pack of any input comes out the same. */
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "server/http_int.h"

#define LIMIT ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) abort();
}

static void check_path(vd_arena *a, vd_str in)
{
    vd_str parts[VD_HTTP_PATH_SEGMENTS], once;
    vd_pair pairs[VD_HTTP_PARAMS];
    const char *why = NULL;
    size_t n, mark = vd_str_find_byte(in, '?', 0);
    if (vd_uri_path(a, vd_str_sub(in, 0, mark), parts, &n, &why)) {
        must(n <= VD_HTTP_PATH_SEGMENTS);
        for (size_t i = 0; i < n; i++) {
            must(parts[i].n > 0 && parts[i].p[parts[i].n] == 0);
            must(strlen(parts[i].p) == parts[i].n && strcmp(parts[i].p, "..") != 0);
        }
    } else {
        must(why != NULL);
    }
    if (vd_uri_query(a, vd_str_sub(in, mark + 1, in.n), pairs, &n, &why)) must(n <= VD_HTTP_PARAMS);
    if (vd_uri_decode(a, in, false, &once)) must(once.n <= in.n);
}

static void check_auth(vd_arena *a, vd_str in)
{
    vd_str keys[2];
    size_t n = vd_auth_read(a, in, keys);
    must(n <= 2);
    for (size_t i = 0; i < n; i++) {
        vd_str id = vd_auth_id(a, keys[i]);
        for (size_t k = 0; k < id.n; k++)
            must((unsigned char)id.p[k] > 0x20 && (unsigned char)id.p[k] < 0x7f);
    }
    vd_auth_id(a, in);
}

static void check_hosts(vd_str in)
{
    size_t mark = vd_str_find_byte(in, '\n', 0);
    vd_str host = vd_str_sub(in, 0, mark), origin = vd_str_sub(in, mark + 1, in.n);
    vd_uri_is_local_host(host);
    if (vd_uri_same_site(origin, host)) must(vd_str_starts(origin, VD_STR("http")) && host.n > 0);
    vd_body_packing(in);
}

static vd_body_code unpack(vd_packing packing, vd_str in, vd_str want)
{
    vd_body_pool pool;
    vd_buffer packed = {0}, out = {0};
    const char *why = NULL;
    vd_body_pool_init(&pool, LIMIT, 4 * LIMIT);
    vd_body_code code = vd_body_take(&pool, &packed, in.p, in.n, 0);
    if (code == VD_BODY_OK) code = vd_body_unpack(&pool, packing, vd_body_seal(&packed), &out, &why);
    vd_str body = vd_body_seal(&out);
    must(body.n <= LIMIT);
    for (size_t i = 0; i < VD_PADDING; i++)
        must(body.p[body.n + i] == 0);
    if (want.p) must(vd_str_eq(body, want));
    vd_body_release(&pool, &packed);
    vd_body_release(&pool, &out);
    must(atomic_load(&pool.in_flight) == 0);
    vd_body_pool_fini(&pool);
    return code;
}

static void check_round(vd_str in)
{
    if (in.n == 0 || in.n > LIMIT / 2) return;
    size_t cap = compressBound(in.n) + ZSTD_compressBound(in.n);
    char *p = malloc(cap);
    uLongf n = cap;
    must(p && compress((Bytef *)p, &n, (const Bytef *)in.p, in.n) == Z_OK);
    must(unpack(VD_PACK_GZIP, (vd_str){p, n}, in) == VD_BODY_OK);
    n = ZSTD_compress(p, cap, in.p, in.n, 1);
    must(!ZSTD_isError(n) && unpack(VD_PACK_ZSTD, (vd_str){p, n}, in) == VD_BODY_OK);
    free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    vd_arena a;
    vd_str in = {(const char *)data + 1, size - 1}, any = {NULL, 0};
    vd_arena_init(&a, 0);
    switch (data[0] % 8) {
    case 0: check_path(&a, in); break;
    case 1: check_auth(&a, in); break;
    case 2: check_hosts(in); break;
    case 3: unpack(VD_PACK_GZIP, in, any); break;
    case 4: unpack(VD_PACK_ZSTD, in, any); break;
    default: check_round(in);
    }
    vd_arena_fini(&a);
    return 0;
}
