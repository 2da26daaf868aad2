/* store/scan.c - what is stored, block by block
 *
 * The list of blocks and the waiting batches are taken in one moment, so nothing is missed or
 * given twice when batches are sealed meanwhile. A block that is joined with others meanwhile
 * is found in the joined one, of which only its own documents are given. */
#include "field/index.h"
#include "store/store_int.h"

typedef struct part {
    vd_batch *b;  /* a waiting batch, and an index of it; NULL: */
    uint32_t index;
    vd_block_info info;
} part;

struct vd_scan {
    vd_store *s;
    VD_VEC(part) parts;
    size_t at;
    VD_VEC(vd_filter_question) questions; /* of one list behind those of the other */
    VD_VEC(size_t) lists;                 /* where the questions of each end */
    uint64_t documents;
    vd_scan_counts counts;
    vd_unpacked u;
    vd_bytes text;
    VD_VEC(uint64_t) seqs;
};

/* --- choosing --- */

static bool meets(int64_t first, int64_t last, int64_t since, int64_t until)
{
    return (since == VD_TIME_NONE || last >= since) && (until == VD_TIME_NONE || first <= until);
}

/* Times of documents, or of receipt if that is asked for. */
static bool in_time(const vd_store_window *w, const vd_block_info *i)
{
    bool by_receipt = w->ingested_since != VD_TIME_NONE || w->ingested_until != VD_TIME_NONE;
    if (i->untimed) return true;
    if (i->first_ts != VD_TIME_NONE && meets(i->first_ts, i->last_ts, w->since, w->until)) return true;
    return by_receipt && meets(i->first_received, i->last_received, w->ingested_since, w->ingested_until);
}

static bool wanted(const vd_store_window *w, const vd_block_info *i, vd_str index)
{
    if (i->docs == 0 || i->last_seq <= w->after_seq || !in_time(w, i)) return false;
    return w->n_indices == 0 || vd_index_takes(w->indices, w->n_indices, index);
}

/* What a block of a batch's documents of one index would be. */
static vd_block_info info_of(const vd_batch *b, uint32_t index)
{
    vd_block_info info = {.first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE,
                          .first_received = b->received, .last_received = b->received};
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        if (d->index != index || d->state == VD_DOC_DUPLICATE) continue;
        if (info.docs++ == 0) info.first_seq = b->seq + i;
        info.last_seq = b->seq + i;
        if (d->ts == VD_TIME_NONE) {
            info.untimed++;
            continue;
        }
        if (info.first_ts == VD_TIME_NONE || d->ts < info.first_ts) info.first_ts = d->ts;
        if (info.last_ts == VD_TIME_NONE || d->ts > info.last_ts) info.last_ts = d->ts;
    }
    return info;
}

static void add(vd_scan *scan, const part *p)
{
    *vd_vec_push(&scan->parts) = *p;
    scan->documents += p->info.docs;
}

static void choose_waiting(vd_scan *scan, const vd_store_window *w, vd_batch *b)
{
    for (uint32_t k = 0; k < b->indices.n; k++) {
        part p = {.b = b, .index = k, .info = info_of(b, k)};
        if (wanted(w, &p.info, b->indices.v[k])) {
            vd_batch_ref(b);
            add(scan, &p);
        }
    }
}

typedef VD_VEC(vd_batch *) batches;

/* Blocks, and references to what waits: its documents are looked at without the lock. */
static void snapshot(vd_scan *scan, const vd_store_window *w, batches *waiting)
{
    vd_store *s = scan->s;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->blocks.n; i++) {
        part p = {.info = s->blocks.v[i]};
        const vd_index_name *name = &s->names.v[p.info.index];
        if (!p.info.damaged && wanted(w, &p.info, (vd_str){name->name, name->n})) add(scan, &p);
    }
    for (size_t i = 0; i < s->queue.n; i++)
        *vd_vec_push(waiting) = vd_batch_ref(s->queue.v[i].b);
    pthread_mutex_unlock(&s->lock);
}

/* A list with a value that filters cannot be asked for is met by every block. */
static void ask(vd_scan *scan, const vd_strs *list)
{
    size_t before = scan->questions.n;
    for (size_t i = 0; i < list->n; i++) {
        vd_filter_question q = vd_filter_ask(scan->s->seed, list->v[i]);
        if (q.n == 0) {
            scan->questions.n = before;
            return;
        }
        *vd_vec_push(&scan->questions) = q;
    }
    *vd_vec_push(&scan->lists) = scan->questions.n;
}

/* Whether of each list one value may be there. */
static bool answer(const vd_scan *scan, vd_str filter)
{
    for (size_t k = 0, i = 0; k < scan->lists.n; k++) {
        bool any = false;
        for (; i < scan->lists.v[k]; i++)
            any = any || vd_filter_answer(&scan->questions.v[i], filter);
        if (!any) return false;
    }
    return true;
}

vd_scan *vd_scan_new(vd_store *s, const vd_store_window *window)
{
    batches waiting = {0};
    vd_scan *scan = vd_calloc(1, sizeof *scan);
    scan->s = s;
    for (size_t i = 0; i < window->n_values; i++)
        ask(scan, &window->values[i]);
    snapshot(scan, window, &waiting);
    for (size_t i = 0; i < waiting.n; i++) {
        choose_waiting(scan, window, waiting.v[i]);
        vd_batch_unref(waiting.v[i]);
    }
    vd_vec_free(&waiting);
    return scan;
}

uint64_t vd_scan_documents(const vd_scan *scan) { return scan->documents; }
vd_scan_counts vd_scan_counts_of(const vd_scan *scan) { return scan->counts; }

void vd_scan_free(vd_scan *scan)
{
    if (!scan) return;
    pthread_mutex_lock(&scan->s->lock);
    scan->s->stats.blocks_read += scan->counts.read;
    scan->s->stats.blocks_skipped += scan->counts.skipped;
    pthread_mutex_unlock(&scan->s->lock);
    for (size_t i = 0; i < scan->parts.n; i++)
        vd_batch_unref(scan->parts.v[i].b);
    vd_vec_free(&scan->questions);
    vd_vec_free(&scan->lists);
    vd_vec_free(&scan->parts);
    vd_vec_free(&scan->text);
    vd_vec_free(&scan->seqs);
    vd_unpacked_fini(&scan->u);
    free(scan);
}

/* --- giving --- */

static void give_batch(vd_scan *scan, const part *p, vd_scan_block *out)
{
    const vd_batch *b = p->b;
    bool whole = p->info.docs == b->docs.n; /* its text is what is wanted */
    scan->seqs.n = scan->text.n = 0;
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        if (d->index != p->index || d->state == VD_DOC_DUPLICATE) continue;
        *vd_vec_push(&scan->seqs) = b->seq + i;
        if (!whole) vd_bytes_put(&scan->text, b->text.v + d->at, d->n + 1);
    }
    vd_vec_reserve(&scan->text, scan->text.n + VD_PADDING);
    memset(scan->text.v + scan->text.n, 0, VD_PADDING);
    *out = (vd_scan_block){.text = whole ? b->text.v : scan->text.v,
                           .n = whole ? b->text.n : scan->text.n,
                           .seqs = scan->seqs.v,
                           .n_docs = scan->seqs.n,
                           .index = b->indices.v[p->index]};
}

/* Of an unpacked block, the documents of `mine`. */
static void give_unpacked(vd_scan *scan, const vd_block_info *mine, vd_scan_block *out)
{
    const vd_unpacked *u = &scan->u;
    size_t from = 0, to = u->map.seqs.n, at = 0, end;
    while (from < to && u->map.seqs.v[from] < mine->first_seq)
        from++;
    while (to > from && u->map.seqs.v[to - 1] > mine->last_seq)
        to--;
    for (size_t i = 0; i < from; i++)
        at = vd_str_find_byte(u->text, '\n', at) + 1;
    end = at;
    if (to == u->map.seqs.n) end = u->text.n;
    else
        for (size_t i = from; i < to; i++)
            end = vd_str_find_byte(u->text, '\n', end) + 1;
    pthread_mutex_lock(&scan->s->lock);
    const vd_index_name *name = &scan->s->names.v[mine->index];
    *out = (vd_scan_block){.text = u->text.p + at, .n = end - at, .seqs = u->map.seqs.v + from,
                           .n_docs = to - from, .index = {name->name, name->n}};
    pthread_mutex_unlock(&scan->s->lock);
}

/* false: it holds not of each list a value. A filter that cannot be read, or is not there because
 * the block was joined with others meanwhile, leaves nothing out: the block says what is wrong. */
static bool may_hold(const vd_scan *scan, vd_conn *c, const vd_block_info *info)
{
    vd_err why = {0};
    if (scan->lists.n == 0) return true;
    if (info->filter == 0) return false;
    vd_stmt *st = vd_db_query(c, "SELECT data FROM block_filters WHERE id = ?", &why);
    if (!st) return true;
    vd_stmt_int(st, 1, info->id);
    bool may = true;
    if (vd_stmt_step(st, &why) == 1) {
        vd_str filter = vd_stmt_get_blob(st, 0);
        may = filter.n != info->filter || answer(scan, filter);
    }
    vd_stmt_reset(st);
    return may;
}

/* Unpacks it; false: it is not to be given. */
static bool load(vd_scan *scan, vd_conn *c, const vd_block_info *info)
{
    vd_block_info at = *info;
    if (!may_hold(scan, c, &at)) {
        scan->counts.skipped++;
        return false;
    }
    scan->counts.read++;
    for (int tries = 0; tries < 3; tries++) {
        vd_err why = {0};
        int code = vd_catalog_read(scan->s, c, &at, &scan->u, &why);
        if (code != VD_IO) return code == 0;
        if (vd_catalog_find_again(scan->s, c, &at, &why)) return false; /* retention took it */
    }
    return false;
}

static int give_block(vd_scan *scan, const part *p, vd_scan_block *out, vd_err *err)
{
    vd_conn *c = vd_db_reader(scan->s->db, err);
    if (!c) return -1;
    bool loaded = load(scan, c, &p->info);
    vd_db_return(scan->s->db, c);
    if (loaded) give_unpacked(scan, &p->info, out);
    return loaded;
}

int vd_scan_next(vd_scan *scan, vd_scan_block *out, vd_err *err)
{
    while (scan->at < scan->parts.n) {
        const part *p = &scan->parts.v[scan->at++];
        int rc = 1;
        if (p->b) give_batch(scan, p, out);
        else rc = give_block(scan, p, out, err);
        if (rc) return rc;
    }
    return 0;
}
