#include <zstd.h>

#include "store/papers_int.h"

#define LEVEL 3
/* Bytes below which packing gains nothing. */
#define SMALL 256
/* A base serves a document well that it packs to a fourth. */
#define SERVED_WELL 4
/* Documents come out of our own rows, but a damaged one may say anything. */
#define MAX_DOCUMENT (512u << 20)

void vd_alert_packer_init(vd_alert_packer *p)
{
    *p = (vd_alert_packer){0};
    vd_arena_init(&p->arena, 0);
}

void vd_alert_packer_fini(vd_alert_packer *p)
{
    ZSTD_freeCCtx(p->in);
    ZSTD_freeDCtx(p->out);
    vd_vec_free(&p->bases);
    vd_vec_free(&p->packed);
    vd_arena_fini(&p->arena);
}

/* Into p->packed. */
static int pack(vd_alert_packer *p, vd_str base, vd_str document, vd_err *err)
{
    if (!p->in) {
        p->in = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(p->in, ZSTD_c_compressionLevel, LEVEL);
        ZSTD_CCtx_setParameter(p->in, ZSTD_c_checksumFlag, 1);
    }
    vd_vec_reserve(&p->packed, ZSTD_compressBound(document.n));
    ZSTD_CCtx_refPrefix(p->in, base.p, base.n);
    size_t n = ZSTD_compress2(p->in, p->packed.v, p->packed.cap, document.p, document.n);
    if (ZSTD_isError(n)) return vd_fail(err, VD_LIMIT, "an alert is not packed: %s", ZSTD_getErrorName(n));
    p->packed.n = n;
    return 0;
}

static int damaged(vd_err *err) { return vd_fail(err, VD_FORMAT, "the document of an alert is damaged"); }

static int unpack(vd_alert_packer *p, vd_str base, vd_str packed, int64_t raw, vd_arena *a, vd_str *out,
                  vd_err *err)
{
    if (raw < 0 || raw > MAX_DOCUMENT) return damaged(err);
    if (packed.n == (size_t)raw) {
        *out = vd_arena_str(a, packed);
        return 0;
    }
    if (!p->out) p->out = ZSTD_createDCtx();
    char *to = vd_arena_alloc(a, (size_t)raw + 1);
    ZSTD_DCtx_refPrefix(p->out, base.p, base.n);
    size_t n = ZSTD_decompressDCtx(p->out, to, (size_t)raw, packed.p, packed.n);
    if (n != (size_t)raw) {
        ZSTD_DCtx_reset(p->out, ZSTD_reset_session_only);
        return damaged(err);
    }
    to[raw] = 0;
    *out = (vd_str){to, (size_t)raw};
    return 0;
}

/* Reads a base from the row of (id, rule_id, raw, document), and remembers it. */
static int take_base(vd_alert_packer *p, vd_stmt *st, vd_err *err)
{
    vd_alert_base base = {.id = vd_stmt_get_int(st, 0), .rule_id = vd_stmt_copy(st, 1, &p->arena)};
    int code = unpack(p, (vd_str){NULL, 0}, vd_stmt_get_blob(st, 3), vd_stmt_get_int(st, 2), &p->arena,
                      &base.document, err);
    if (!code) *vd_vec_push(&p->bases) = base;
    return code;
}

/* The newest base of a rule; *base: its place in p->bases, or SIZE_MAX. */
static int base_of_rule(vd_alert_packer *p, vd_conn *c, vd_str rule_id, size_t *base, vd_err *err)
{
    for (size_t i = p->bases.n; i-- > 0;)
        if (vd_str_eq(p->bases.v[i].rule_id, rule_id)) {
            *base = i;
            return 0;
        }
    vd_stmt *st = vd_db_query(c,
                              "SELECT id, rule_id, raw, document FROM alert_bases WHERE rule_id = ?"
                              " ORDER BY id DESC LIMIT 1",
                              err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, rule_id);
    int rc = vd_stmt_step(st, err), code = rc < 0 ? VD_IO : 0;
    *base = SIZE_MAX;
    /* A damaged base serves no new documents. */
    if (rc == 1 && !take_base(p, st, NULL)) *base = p->bases.n - 1;
    vd_stmt_reset(st);
    return code;
}

static int base_of_id(vd_alert_packer *p, vd_conn *c, int64_t id, vd_str *document, vd_err *err)
{
    size_t i = 0;
    while (i < p->bases.n && p->bases.v[i].id != id)
        i++;
    if (i == p->bases.n) {
        vd_stmt *st = vd_db_query(c, "SELECT id, rule_id, raw, document FROM alert_bases WHERE id = ?", err);
        if (!st) return VD_IO;
        vd_stmt_int(st, 1, id);
        int rc = vd_stmt_step(st, err);
        int code = rc < 0 ? VD_IO : rc == 0 ? damaged(err) : take_base(p, st, err);
        vd_stmt_reset(st);
        if (code) return code;
    }
    *document = p->bases.v[i].document;
    return 0;
}

/* Makes the document its rule's base. */
static int make_base(vd_alert_packer *p, vd_conn *c, vd_str rule_id, vd_str document, size_t *base,
                     vd_err *err)
{
    if (pack(p, (vd_str){NULL, 0}, document, err)) return VD_LIMIT;
    vd_stmt *st = vd_db_query(c,
                              "INSERT INTO alert_bases(rule_id, raw, document) VALUES (?, ?, ?)"
                              " RETURNING id",
                              err);
    if (!st) return VD_IO;
    vd_str packed = {p->packed.v, p->packed.n};
    vd_stmt_text(st, 1, rule_id);
    vd_stmt_int(st, 2, (int64_t)document.n);
    vd_stmt_blob(st, 3, packed.n < document.n ? packed : document);
    if (vd_stmt_step(st, err) != 1) return VD_IO;
    *base = p->bases.n;
    *vd_vec_push(&p->bases) = (vd_alert_base){vd_stmt_get_int(st, 0), vd_arena_str(&p->arena, rule_id),
                                              vd_arena_str(&p->arena, document)};
    return vd_stmt_run(st, err);
}

static int insert(vd_conn *c, int64_t number, int64_t base, vd_str document, vd_str packed, vd_err *err)
{
    vd_stmt *st = vd_db_query(c,
                              "INSERT OR REPLACE INTO alert_documents(number, base, raw, document)"
                              " VALUES (?, ?, ?, ?)",
                              err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, number);
    if (base) vd_stmt_int(st, 2, base);
    vd_stmt_int(st, 3, (int64_t)document.n);
    vd_stmt_blob(st, 4, packed);
    return vd_stmt_run(st, err);
}

int vd_alert_document_put(vd_alert_packer *p, vd_conn *c, vd_str rule_id, int64_t number,
                          vd_str document, vd_err *err)
{
    size_t base;
    if (document.n > MAX_DOCUMENT) return vd_fail(err, VD_LIMIT, "an alert of %zu bytes is too large", document.n);
    if (document.n < SMALL) return insert(c, number, 0, document, document, err);
    int code = base_of_rule(p, c, rule_id, &base, err);
    if (code) return code;
    if (base != SIZE_MAX) code = pack(p, p->bases.v[base].document, document, err);
    if (!code && (base == SIZE_MAX || p->packed.n > document.n / SERVED_WELL)) {
        code = make_base(p, c, rule_id, document, &base, err);
        if (!code) code = pack(p, p->bases.v[base].document, document, err);
    }
    if (code) return code;
    return insert(c, number, p->bases.v[base].id, document, (vd_str){p->packed.v, p->packed.n}, err);
}

int vd_alert_document_get(vd_alert_packer *p, vd_conn *c, vd_stmt *st, int column, vd_arena *a,
                          vd_str *document, vd_err *err)
{
    vd_str base = {NULL, 0};
    int code = 0;
    if (!vd_stmt_is_null(st, column)) code = base_of_id(p, c, vd_stmt_get_int(st, column), &base, err);
    if (code) return code;
    return unpack(p, base, vd_stmt_get_blob(st, column + 2), vd_stmt_get_int(st, column + 1), a, document, err);
}

int vd_alert_bases_retain(vd_conn *c, vd_err *err)
{
    vd_stmt *st = vd_db_query(c,
                              "DELETE FROM alert_bases WHERE NOT EXISTS"
                              " (SELECT 1 FROM alert_documents d WHERE d.base = alert_bases.id)",
                              err);
    return st ? vd_stmt_run(st, err) : VD_IO;
}
