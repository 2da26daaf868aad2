/* store/catalog.c - the blocks: their rows, and the same in memory
 *
 * A store of 50 GB has some 30,000 blocks, 4 MB of this; so scans, retention and statistics
 * choose in memory and SQLite only gives the bytes. */
#include "store/store_int.h"

/* --- names of indices --- */

uint32_t vd_catalog_index(vd_store *s, vd_str name)
{
    for (size_t i = 0; i < s->names.n; i++)
        if (vd_str_eq((vd_str){s->names.v[i].name, s->names.v[i].n}, name)) return (uint32_t)i;
    char *own = vd_malloc(name.n + 1);
    memcpy(own, name.p, name.n);
    own[name.n] = 0;
    *vd_vec_push(&s->names) = (vd_index_name){0, own, name.n};
    return (uint32_t)(s->names.n - 1);
}

static uint32_t index_of_row(const vd_store *s, int64_t id)
{
    for (size_t i = 0; i < s->names.n; i++)
        if (s->names.v[i].id == id) return (uint32_t)i;
    return UINT32_MAX;
}

static int load_names(vd_store *s, vd_conn *c, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT id, name FROM indices ORDER BY id", err);
    int rc;
    if (!st) return VD_IO;
    while ((rc = vd_stmt_step(st, err)) == 1) {
        uint32_t index = vd_catalog_index(s, vd_stmt_get_text(st, 1));
        s->names.v[index].id = vd_stmt_get_int(st, 0);
    }
    vd_stmt_reset(st);
    return rc ? VD_IO : 0;
}

/* The row's id; adds the row. The name lives as long as the store. */
static int index_row(vd_store *s, vd_conn *c, uint32_t index, int64_t *id, vd_err *err)
{
    pthread_mutex_lock(&s->lock);
    vd_str name = {s->names.v[index].name, s->names.v[index].n};
    pthread_mutex_unlock(&s->lock);
    vd_stmt *st = vd_db_query(c, "INSERT INTO indices(name) VALUES (?) ON CONFLICT(name) DO NOTHING", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, name);
    if (vd_stmt_run(st, err)) return VD_IO;
    st = vd_db_query(c, "SELECT id FROM indices WHERE name = ?", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, name);
    if (vd_stmt_step(st, err) != 1) return VD_IO;
    *id = vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return 0;
}

/* --- rows --- */

static int64_t time_at(vd_stmt *st, int column)
{
    return vd_stmt_is_null(st, column) ? VD_TIME_NONE : vd_stmt_get_int(st, column);
}

/* Without its index, which is a number of memory's. */
static vd_block_info info_of(vd_stmt *st)
{
    return (vd_block_info){.id = vd_stmt_get_int(st, 0),
                           .index = UINT32_MAX,
                           .first_seq = (uint64_t)vd_stmt_get_int(st, 2),
                           .last_seq = (uint64_t)vd_stmt_get_int(st, 3),
                           .docs = (uint32_t)vd_stmt_get_int(st, 4),
                           .first_ts = time_at(st, 5),
                           .last_ts = time_at(st, 6),
                           .untimed = (uint32_t)vd_stmt_get_int(st, 7),
                           .first_received = vd_stmt_get_int(st, 8),
                           .last_received = vd_stmt_get_int(st, 9),
                           .raw = (uint64_t)vd_stmt_get_int(st, 10),
                           .packed = (uint64_t)vd_stmt_get_int(st, 11),
                           .filter = (uint64_t)vd_stmt_get_int(st, 12),
                           .ids = (uint32_t)vd_stmt_get_int(st, 13),
                           .xxh = (uint64_t)vd_stmt_get_int(st, 14)};
}

#define COLUMNS                                                                                    \
    "SELECT id, index_id, first_seq, last_seq, docs, first_ts, last_ts, untimed, first_received, " \
    "last_received, raw, packed, filter, ids, xxh FROM blocks "

static int load_blocks(vd_store *s, vd_conn *c, vd_err *err)
{
    vd_stmt *st = vd_db_query(c,
                              COLUMNS "ORDER BY last_seq, id",
                              err);
    int rc;
    if (!st) return VD_IO;
    while ((rc = vd_stmt_step(st, err)) == 1) {
        vd_block_info info = info_of(st);
        info.index = index_of_row(s, vd_stmt_get_int(st, 1));
        if (info.index != UINT32_MAX) *vd_vec_push(&s->blocks) = info;
    }
    vd_stmt_reset(st);
    return rc ? VD_IO : 0;
}

static int load_sealed(vd_store *s, vd_conn *c, vd_err *err)
{
    vd_arena a;
    vd_str value;
    bool found;
    vd_arena_init(&a, 256);
    int code = vd_state_get(c, "sealed", &a, &value, &found, err);
    if (!code && found && value.n == 8) s->sealed = vd_get64(value.p);
    vd_arena_fini(&a);
    return code;
}

/* In one snapshot: what is sealed and the blocks belong together. */
int vd_catalog_load(vd_store *s, vd_err *err)
{
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    vd_stmt *begin = vd_db_query(c, "BEGIN", err), *end = vd_db_query(c, "COMMIT", err);
    int code = begin && end ? vd_stmt_run(begin, err) : VD_IO;
    if (!code) {
        code = load_names(s, c, err);
        if (!code) code = load_blocks(s, c, err);
        if (!code) code = load_sealed(s, c, err);
        vd_stmt_run(end, NULL);
    }
    vd_db_return(s->db, c);
    return code;
}

static int put_blob(vd_conn *c, const char *sql, int64_t id, const vd_bytes *data, vd_err *err)
{
    if (data->n == 0) return 0;
    vd_stmt *st = vd_db_query(c, sql, err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, id);
    vd_stmt_blob(st, 2, (vd_str){data->v, data->n});
    return vd_stmt_run(st, err);
}

static void bind_time(vd_stmt *st, int i, int64_t ts)
{
    if (ts == VD_TIME_NONE) vd_stmt_null(st, i);
    else vd_stmt_int(st, i, ts);
}

static int put_row(vd_conn *c, int64_t index_id, vd_block_info *i, vd_err *err)
{
    vd_stmt *st = vd_db_query(c,
                              "INSERT INTO blocks(index_id, first_seq, last_seq, docs, first_ts, "
                              "last_ts, untimed, first_received, last_received, raw, packed, filter, "
                              "ids, xxh) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id",
                              err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, index_id);
    vd_stmt_int(st, 2, (int64_t)i->first_seq);
    vd_stmt_int(st, 3, (int64_t)i->last_seq);
    vd_stmt_int(st, 4, i->docs);
    bind_time(st, 5, i->first_ts);
    bind_time(st, 6, i->last_ts);
    vd_stmt_int(st, 7, i->untimed);
    vd_stmt_int(st, 8, i->first_received);
    vd_stmt_int(st, 9, i->last_received);
    vd_stmt_int(st, 10, (int64_t)i->raw);
    vd_stmt_int(st, 11, (int64_t)i->packed);
    vd_stmt_int(st, 12, (int64_t)i->filter);
    vd_stmt_int(st, 13, i->ids);
    vd_stmt_int(st, 14, (int64_t)i->xxh);
    if (vd_stmt_step(st, err) != 1) return VD_IO;
    i->id = vd_stmt_get_int(st, 0);
    return vd_stmt_run(st, err);
}

int vd_catalog_insert(vd_store *s, vd_conn *c, vd_block *b, vd_err *err)
{
    int64_t index_id;
    if (index_row(s, c, b->info.index, &index_id, err) || put_row(c, index_id, &b->info, err)) return VD_IO;
    int64_t id = b->info.id;
    if (put_blob(c, "INSERT INTO block_data(id, data) VALUES (?, ?)", id, &b->packed, err)) return VD_IO;
    if (put_blob(c, "INSERT INTO block_ids(id, data) VALUES (?, ?)", id, &b->ids, err)) return VD_IO;
    return put_blob(c, "INSERT INTO block_filters(id, data) VALUES (?, ?)", id, &b->filter, err);
}

int vd_catalog_delete(vd_conn *c, int64_t id, vd_err *err)
{
    static const char *const sql[] = {
        "DELETE FROM blocks WHERE id = ?", "DELETE FROM block_data WHERE id = ?",
        "DELETE FROM block_ids WHERE id = ?", "DELETE FROM block_filters WHERE id = ?"};
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        vd_stmt *st = vd_db_query(c, sql[i], err);
        if (!st) return VD_IO;
        vd_stmt_int(st, 1, id);
        if (vd_stmt_run(st, err)) return VD_IO;
    }
    return 0;
}

static bool among(const int64_t *ids, size_t n, int64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id) return true;
    return false;
}

void vd_catalog_forget(vd_store *s, const int64_t *ids, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->blocks.n; i++)
        if (!among(ids, n, s->blocks.v[i].id)) s->blocks.v[kept++] = s->blocks.v[i];
    s->blocks.n = kept;
}

/* --- bytes --- */

int vd_catalog_damaged(vd_store *s, const vd_block_info *info, vd_err *err)
{
    bool first = false;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->blocks.n; i++)
        if (s->blocks.v[i].id == info->id && !s->blocks.v[i].damaged) {
            first = s->blocks.v[i].damaged = true;
            s->stats.damaged_blocks++;
        }
    pthread_mutex_unlock(&s->lock);
    if (first)
        vd_store_tell(s, "block %lld is damaged: its %u documents are left out", (long long)info->id,
                      info->docs);
    return vd_fail(err, VD_FORMAT, "block %lld is damaged", (long long)info->id);
}

/* The block's bytes, until the statement is reset; NULL: *err has *code. SQLITE_CORRUPT of one
 * blob's pages is damage of that block; the caller goes on with the next. */
static vd_stmt *read_bytes(vd_store *s, vd_conn *c, const vd_block_info *info, vd_str *data, int *code, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT data FROM block_data WHERE id = ?", err);
    *code = VD_IO;
    if (!st) return NULL;
    vd_stmt_int(st, 1, info->id);
    int rc = vd_stmt_step(st, err);
    if (rc == 1) {
        *data = vd_stmt_get_blob(st, 0);
        return st;
    }
    *code = rc < 0 ? vd_catalog_damaged(s, info, err)
                   : vd_fail(err, VD_IO, "block %lld is gone", (long long)info->id);
    return NULL;
}

int vd_catalog_read(vd_store *s, vd_conn *c, const vd_block_info *info, vd_unpacked *u, vd_err *err)
{
    int code;
    vd_str data;
    vd_stmt *st = read_bytes(s, c, info, &data, &code, err);
    if (!st) return code;
    bool good = vd_block_unpack(data, info, u);
    vd_stmt_reset(st);
    return good ? 0 : vd_catalog_damaged(s, info, err);
}

int vd_catalog_read_packed(vd_store *s, vd_conn *c, const vd_block_info *info, vd_bytes *packed, vd_block_map *map,
                           vd_err *err)
{
    int code;
    vd_str data;
    vd_stmt *st = read_bytes(s, c, info, &data, &code, err);
    if (!st) return code;
    packed->n = 0;
    vd_bytes_put(packed, data.p, data.n);
    vd_stmt_reset(st);
    bool good = vd_block_map_read((vd_str){packed->v, packed->n}, info, map);
    return good ? 0 : vd_catalog_damaged(s, info, err);
}

int vd_catalog_find_again(vd_store *s, vd_conn *c, vd_block_info *info, vd_err *err)
{
    pthread_mutex_lock(&s->lock);
    vd_str name = {s->names.v[info->index].name, s->names.v[info->index].n};
    pthread_mutex_unlock(&s->lock);
    vd_stmt *st = vd_db_query(c,
                              COLUMNS "WHERE index_id = (SELECT id FROM indices WHERE name = ?) AND "
                                      "first_seq <= ? AND last_seq >= ? LIMIT 1",
                              err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, name);
    vd_stmt_int(st, 2, (int64_t)info->first_seq);
    vd_stmt_int(st, 3, (int64_t)info->last_seq);
    int rc = vd_stmt_step(st, err);
    if (rc == 1) {
        uint32_t index = info->index;
        *info = info_of(st);
        info->index = index;
    }
    vd_stmt_reset(st);
    if (rc == 0) return vd_fail(err, VD_IO, "the block is gone");
    return rc == 1 ? 0 : VD_IO;
}

/* --- ids --- */

static void remember_all(vd_store *s, vd_str hashes)
{
    for (; hashes.n >= 8; hashes = vd_str_sub(hashes, 8, hashes.n)) {
        uint64_t h = vd_get64(hashes.p);
        if (h && !vd_ids_has(s->ids, h)) vd_ids_add(s->ids, h);
    }
}

/* The newest blocks up to the horizon, the oldest of them first. */
int vd_catalog_load_ids(vd_store *s, vd_err *err)
{
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    uint64_t n = 0;
    size_t from = s->blocks.n;
    while (from > 0 && n < s->o.horizon)
        n += s->blocks.v[--from].ids;
    int code = 0;
    for (size_t i = from; i < s->blocks.n && !code; i++) {
        vd_stmt *st = vd_db_query(c, "SELECT data FROM block_ids WHERE id = ?", err);
        if (!st) code = VD_IO;
        else {
            vd_stmt_int(st, 1, s->blocks.v[i].id);
            if (vd_stmt_step(st, err) == 1) remember_all(s, vd_stmt_get_blob(st, 0));
            vd_stmt_reset(st);
        }
    }
    vd_db_return(s->db, c);
    return code;
}
