/* store/verify.c - whether what is stored can be read, and found
 *
 * A block has a checksum. Its filter has none: it is held against what the documents would be asked
 * for, since a filter that lost a bit hides them from searches. */
#include "store/filter.h"
#include "store/intake.h"
#include "store/store_int.h"

typedef struct check {
    vd_store *s;
    vd_conn *c;
    vd_intake *in;
    vd_unpacked u;
    vd_bytes filter;
    vd_hashes hashes; /* of a document */
    void (*damaged)(void *ctx, const char *what);
    void *ctx;
} check;

static int64_t tell(const check *k, const char *what, const vd_block_info *info)
{
    char text[192];
    snprintf(text, sizeof text, "%s %lld is damaged (documents %llu to %llu)", what, (long long)info->id,
             (unsigned long long)info->first_seq, (unsigned long long)info->last_seq);
    k->damaged(k->ctx, text);
    return 1;
}

/* false: it is gone, with its block. */
static bool read_filter(check *k, const vd_block_info *info)
{
    vd_err why = {0};
    vd_stmt *st = vd_db_query(k->c, "SELECT data FROM block_filters WHERE id = ?", &why);
    if (!st) return false;
    vd_stmt_int(st, 1, info->id);
    int rc = vd_stmt_step(st, &why);
    vd_str filter = rc == 1 ? vd_stmt_get_blob(st, 0) : (vd_str){0};
    k->filter.n = 0;
    vd_bytes_put(&k->filter, filter.p, filter.n);
    vd_stmt_reset(st);
    return rc != 0;
}

static bool line_is_in_it(check *k, vd_str line)
{
    k->hashes.n = 0;
    vd_intake_hashes(k->in, line, &k->hashes);
    for (size_t i = 0; i < k->hashes.n; i++)
        if (!vd_filter_may_hold((vd_str){k->filter.v, k->filter.n}, k->hashes.v[i])) return false;
    return true;
}

/* Of the block that was unpacked. */
static bool filter_is_whole(check *k, const vd_block_info *info)
{
    vd_str text = k->u.text;
    if (!read_filter(k, info)) return true;
    if (k->filter.n != info->filter) return false;
    for (size_t at = 0, end; at < text.n; at = end + 1) {
        end = vd_str_find_byte(text, '\n', at);
        if (!line_is_in_it(k, vd_str_sub(text, at, end))) return false;
    }
    return true;
}

static int64_t check_block(check *k, const vd_block_info *info)
{
    vd_err err = {0};
    int code = vd_catalog_read(k->s, k->c, info, &k->u, &err);
    if (code == VD_FORMAT) return tell(k, "block", info);
    if (code) return 0; /* joined or removed since the list was made: no damage */
    return filter_is_whole(k, info) ? 0 : tell(k, "the filter of block", info);
}

static int64_t check_blocks(check *k, vd_err *err)
{
    VD_VEC(vd_block_info) all = {0};
    int64_t n = 0;
    k->c = vd_db_reader(k->s->db, err);
    if (!k->c) return -1;
    pthread_mutex_lock(&k->s->lock);
    for (size_t i = 0; i < k->s->blocks.n; i++)
        *vd_vec_push(&all) = k->s->blocks.v[i];
    pthread_mutex_unlock(&k->s->lock);
    for (size_t i = 0; i < all.n; i++)
        n += check_block(k, &all.v[i]);
    vd_vec_free(&all);
    vd_db_return(k->s->db, k->c);
    return n;
}

int64_t vd_store_verify(vd_store *s, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err)
{
    check k = {.s = s, .in = vd_intake_new(s->seed), .damaged = damaged, .ctx = ctx};
    int64_t blocks = check_blocks(&k, err);
    vd_intake_free(k.in);
    vd_unpacked_fini(&k.u);
    vd_vec_free(&k.filter);
    vd_vec_free(&k.hashes);
    int64_t journal = blocks < 0 ? -1 : vd_journal_verify(s->journal, damaged, ctx, err);
    return journal < 0 ? -1 : blocks + journal;
}
