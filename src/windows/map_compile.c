/* windows/map_compile.c - fields to slots in the order of the document, names to a table */
#include <stdlib.h>

#include "windows/normalise_int.h"

static const char *const fixed_paths[NZ_F_COUNT] = {
#define X(id, path) path,
    NZ_FIXED(X)
#undef X
};

void nz_table_init(nz_table *t)
{
    *t = (nz_table){0};
    vd_arena_init(&t->arena, 0);
    for (uint32_t i = 0; i < NZ_F_COUNT; i++)
        nz_field_id(t, vd_str_from(fixed_paths[i]));
}

void nz_table_fini(nz_table *t)
{
    for (size_t i = 0; i < t->lookups.n; i++) {
        nz_lookup *l = &t->lookups.v[i];
        vd_vec_free(&l->keys);
        vd_vec_free(&l->texts);
        vd_vec_free(&l->numbers);
        vd_map_fini(&l->by_key);
    }
    vd_vec_free(&t->sections);
    vd_vec_free(&t->ranges);
    vd_vec_free(&t->blocks);
    vd_vec_free(&t->ops);
    vd_vec_free(&t->srcs);
    vd_vec_free(&t->calls);
    vd_vec_free(&t->lookups);
    vd_vec_free(&t->fields);
    vd_vec_free(&t->names);
    vd_vec_free(&t->nodes);
    vd_vec_free(&t->slots);
    vd_map_fini(&t->field_ids);
    vd_map_fini(&t->name_ids);
    vd_map_fini(&t->lookup_ids);
    free(t->name_hash);
    vd_arena_fini(&t->arena);
    *t = (nz_table){0};
}

uint32_t nz_field_id(nz_table *t, vd_str path)
{
    uint32_t id = vd_map_get(&t->field_ids, path);
    if (id != VD_MAP_NONE) return id;
    if (t->fields.n >= NZ_MAX_FIELDS) return VD_MAP_NONE;
    id = (uint32_t)t->fields.n;
    path = vd_arena_str(&t->arena, path);
    *vd_vec_push(&t->fields) = (nz_field){.path = path};
    vd_map_put(&t->field_ids, path, id);
    return id;
}

uint32_t nz_name_id(nz_table *t, vd_str name)
{
    uint32_t id = vd_map_get(&t->name_ids, name);
    if (id != VD_MAP_NONE) return id;
    if (t->names.n >= NZ_MAX_NAMES) return VD_MAP_NONE;
    id = (uint32_t)t->names.n;
    name = vd_arena_str(&t->arena, name);
    *vd_vec_push(&t->names) = (nz_name){.text = name, .data_field = VD_MAP_NONE};
    vd_map_put(&t->name_ids, name, id);
    return id;
}

/* --- the document's order --- */

/* By path, a dot before every other byte, so that what is in one object stands together. */
static int by_path(const void *a, const void *b, void *ctx)
{
    const nz_field *fields = ctx;
    vd_str x = fields[*(const uint32_t *)a].path, y = fields[*(const uint32_t *)b].path;
    size_t n = x.n < y.n ? x.n : y.n, i = 0;
    while (i < n && x.p[i] == y.p[i])
        i++;
    if (i == n) return (x.n > y.n) - (x.n < y.n);
    unsigned char c = (unsigned char)x.p[i], d = (unsigned char)y.p[i];
    return (c == '.' ? 0 : c) - (d == '.' ? 0 : d);
}

static vd_str quoted_key(nz_table *t, vd_str name, const char *tail)
{
    size_t tail_n = strlen(tail), n = name.n + 3 + tail_n;
    char *p = vd_arena_calloc(&t->arena, 1, n + NZ_KEY_PAD);
    p[0] = p[name.n + 1] = '"';
    memcpy(p + 1, name.p, name.n);
    p[name.n + 2] = ':';
    memcpy(p + name.n + 3, tail, tail_n);
    return (vd_str){p, n};
}

/* The path's objects that the slot before has too keep their nodes. */
static void place(nz_table *t, nz_slot *s, vd_str path, const nz_slot *before, vd_str before_path)
{
    size_t from = 0;
    bool shared = before != NULL;
    for (;;) {
        size_t dot = vd_str_find_byte(path, '.', from);
        if (dot == path.n) break;
        shared = shared && s->depth < before->depth && before_path.n > dot &&
                 memcmp(before_path.p, path.p, dot + 1) == 0;
        uint16_t node = shared ? before->chain[s->depth] : (uint16_t)t->nodes.n;
        if (!shared)
            *vd_vec_push(&t->nodes) = (nz_node){quoted_key(t, vd_str_sub(path, from, dot), "{")};
        s->chain[s->depth++] = node;
        from = dot + 1;
    }
    s->key = quoted_key(t, vd_str_sub(path, from, path.n), "");
}

static bool is_object_of(vd_str object, vd_str path)
{
    return path.n > object.n && path.p[object.n] == '.' && vd_str_starts(path, object);
}

static int make_slots(nz_table *t, const uint32_t *order, vd_err *err)
{
    vd_vec_reserve(&t->slots, t->fields.n);
    for (uint32_t i = 0; i < t->fields.n; i++) {
        nz_field *f = &t->fields.v[order[i]];
        vd_str before = i ? t->fields.v[order[i - 1]].path : (vd_str){0};
        if (i && is_object_of(before, f->path))
            return vd_fail(err, VD_FORMAT, "the maps give a value to %.*s and to %.*s, its object",
                           VD_FMT(f->path), VD_FMT(before));
        nz_slot *s = vd_vec_push(&t->slots);
        *s = (nz_slot){.field = order[i]};
        place(t, s, f->path, i ? s - 1 : NULL, before);
        f->slot = i;
    }
    return 0;
}

/* --- names --- */

static uint64_t name_hash(vd_str s)
{
    uint64_t a = 0, b = 0;
    if (s.n >= 8) {
        memcpy(&a, s.p, 8);
        memcpy(&b, s.p + s.n - 8, 8);
    } else if (s.n) {
        memcpy(&a, s.p, s.n);
    }
    uint64_t h = (a ^ s.n) * 0x9e3779b97f4a7c15ull ^ b * 0xc2b2ae3d27d4eb4full;
    return (h ^ h >> 29) * 0x9e3779b97f4a7c15ull >> 20;
}

static void hash_names(nz_table *t)
{
    uint32_t cap = 64;
    while (cap < t->names.n * 4)
        cap *= 2;
    for (size_t i = 0; i < t->names.n; i++)
        t->names.v[i].key = quoted_key(t, t->names.v[i].text, "");
    t->name_mask = cap - 1;
    t->name_hash = vd_calloc(cap, sizeof *t->name_hash);
    for (uint32_t i = 0; i < t->names.n; i++) {
        uint32_t at = (uint32_t)name_hash(t->names.v[i].text) & t->name_mask;
        while (t->name_hash[at])
            at = (at + 1) & t->name_mask;
        t->name_hash[at] = i + 1;
    }
}

static uint32_t find_exact(const nz_table *t, vd_str name)
{
    uint32_t at = (uint32_t)name_hash(name) & t->name_mask;
    for (; t->name_hash[at]; at = (at + 1) & t->name_mask)
        if (vd_str_eq(t->names.v[t->name_hash[at] - 1].text, name)) return t->name_hash[at] - 1;
    return VD_MAP_NONE;
}

uint32_t nz_name_find(const nz_table *t, vd_str name)
{
    uint32_t id = find_exact(t, name);
    char buf[128];
    if (id != VD_MAP_NONE || name.n > sizeof buf || !memchr(name.p ? name.p : "", ' ', name.n))
        return id;
    for (size_t i = 0; i < name.n; i++)
        buf[i] = name.p[i] == ' ' ? '_' : name.p[i];
    return find_exact(t, (vd_str){buf, name.n});
}

/* Which names a map writes anew under winlog.event_data (or winlog.user_data). */
static void find_written_names(nz_table *t)
{
    vd_str prefix = VD_STR("winlog.event_data.");
    for (uint32_t f = 0; f < t->fields.n; f++) {
        vd_str path = t->fields.v[f].path;
        if (f == NZ_F_W_DATA || !vd_str_starts(path, prefix)) continue;
        uint32_t name = nz_name_id(t, vd_str_sub(path, prefix.n, path.n));
        if (name != VD_MAP_NONE) t->names.v[name].data_field = f;
    }
    uint32_t xml_name = nz_name_id(t, VD_STR("xml_name"));
    if (xml_name != VD_MAP_NONE) t->names.v[xml_name].data_field = NZ_F_W_XML_NAME;
}

int nz_compile(nz_table *t, vd_err *err)
{
    uint32_t *order = vd_malloc(t->fields.n * sizeof *order);
    for (uint32_t i = 0; i < t->fields.n; i++)
        order[i] = i;
    qsort_r(order, t->fields.n, sizeof *order, by_path, t->fields.v);
    int rc = make_slots(t, order, err);
    free(order);
    if (rc) return rc;
    find_written_names(t);
    hash_names(t);
    return 0;
}
