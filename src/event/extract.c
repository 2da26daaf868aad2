/* event/extract.c - the trie of wanted paths
 *
 * Built once from a list of names: first a plain tree with a map from full path
 * to node, then the tables of every node. */
#include "base/map.h"
#include "base/vec.h"
#include "event/event_int.h"
#include "event/lookup.h"

/* A node while the trie is built. */
typedef struct draft {
    vd_str path;                       /* full path; empty for the root */
    uint32_t parent;                   /* VD_NO_NODE for the root */
    VD_VEC(uint32_t) children, deeper; /* nodes one below it, and further below */
    VD_VEC(uint32_t) slots;
} draft;

typedef struct builder {
    vd_extract *x;
    vd_map by_path;
    VD_VEC(draft) nodes;
    VD_VEC(vd_key) keys;
} builder;

static uint32_t add_node(builder *b, vd_str path, uint32_t parent)
{
    uint32_t id = (uint32_t)b->nodes.n;
    *vd_vec_push(&b->nodes) = (draft){.path = path, .parent = parent};
    if (parent != VD_NO_NODE) vd_map_put(&b->by_path, path, id);
    if (parent != VD_NO_NODE) *vd_vec_push(&b->nodes.v[parent].children) = id;
    for (uint32_t up = parent; up != VD_NO_NODE && (up = b->nodes.v[up].parent) != VD_NO_NODE;)
        *vd_vec_push(&b->nodes.v[up].deeper) = id;
    return id;
}

/* The node of a path, made with all above it if need be. `path` lives in the arena. */
static uint32_t node_of(builder *b, vd_str path)
{
    uint32_t at = 0;
    for (size_t from = 0; from <= path.n;) {
        size_t end = vd_str_find_byte(path, '.', from);
        vd_str prefix = vd_str_sub(path, 0, end);
        uint32_t next = vd_map_get(&b->by_path, prefix);
        at = next == VD_MAP_NONE ? add_node(b, prefix, at) : next;
        from = end + 1;
    }
    return at;
}

static bool is_meta(vd_str path)
{
    return vd_str_eq(path, VD_STR("_index")) || vd_str_eq(path, VD_STR("_id"));
}

/* The name under which a field's values stand in a document. */
static vd_str source_path(const vd_schema *schema, vd_field_id id)
{
    const vd_field *f = vd_schema_field(schema, id);
    if (f->reads_from != VD_NO_FIELD) f = vd_schema_field(schema, f->reads_from);
    return f->name;
}

static void add_slot(builder *b, const vd_schema *schema, vd_field_id field, uint32_t slot)
{
    vd_extract *x = b->x;
    vd_field_id id = vd_schema_resolve(schema, field);
    const vd_field *f = vd_schema_field(schema, id);
    vd_str path = vd_arena_str(&x->arena, source_path(schema, id));
    x->slots[slot] = (vd_slot){
        .type = f->type,
        .has_null_value = f->has_null_value,
        .meta = is_meta(path),
        .plain = vd_takes_plain_string(f->type),
        .ignore_above = f->ignore_above,
        .null_value = vd_arena_str(&x->arena, f->null_value),
        .date = vd_date_format_new(&x->arena, f->date_format),
    };
    if (memchr(path.p, '\\', path.n)) x->odd_names = true;
    uint32_t node = node_of(b, path);
    *vd_vec_push(&b->nodes.v[node].slots) = slot;
}

/* The keys of one table while it is made: names relative to the node. */
typedef struct key_list {
    vd_key *v;
    uint32_t n;
} key_list;

static key_list list_keys(builder *b, uint32_t above, const uint32_t *ids, size_t n)
{
    key_list list = {vd_calloc(n, sizeof *list.v), (uint32_t)n};
    size_t skip = above == 0 ? 0 : b->nodes.v[above].path.n + 1;
    for (size_t i = 0; i < n; i++) {
        vd_str path = b->nodes.v[ids[i]].path, name = vd_str_sub(path, skip, path.n);
        list.v[i] = (vd_key){.name = name.p, .len = (uint32_t)name.n, .node = ids[i]};
        list.v[i].head = vd_key_head(name.p, name.n);
    }
    return list;
}

/* Puts all keys into the empty `places`; how far the worst is from its own
 * place, plus one. Stops at the first that is not at it, if `perfect`. */
static uint32_t fill(vd_key *places, const vd_table *t, key_list list, bool perfect)
{
    uint32_t probes = 1;
    for (uint32_t i = 0; i <= t->mask; i++)
        places[i] = (vd_key){.len = UINT32_MAX};
    for (uint32_t i = 0; i < list.n; i++) {
        const vd_key *k = &list.v[i];
        uint32_t place = vd_key_place(t, k->head, k->len), probe = 0;
        while (places[(place + probe) & t->mask].len != UINT32_MAX)
            probe++;
        if (probe > 0 && perfect) return probe + 1;
        places[(place + probe) & t->mask] = *k;
        if (probe + 1 > probes) probes = probe + 1;
    }
    return probes;
}

#define TRIES        64   /* multipliers for each size */
#define MOST_SPACE   16   /* places a key at most */
#define MOST_PERFECT 128u /* with more keys than these no multiplier is perfect */

/* Looks for a multiplier, in growing tables, that puts every key at its own
 * place; `places` has room for MOST_SPACE * 2 a key. */
static bool make_perfect(vd_key *places, vd_table *t, key_list list)
{
    for (; t->mask < list.n * MOST_SPACE; t->mask = t->mask * 2 + 1) {
        for (int i = 0; i < TRIES; i++) {
            t->mul = (t->mul ^ t->mul >> 29) * 0xbf58476d1ce4e5b9ull | 1;
            if (fill(places, t, list, true) == 1) return true;
        }
    }
    return false;
}

/* Makes a table; its places are appended to the builder's keys. */
static vd_table make_table(builder *b, key_list list)
{
    vd_table t = {.mul = 0x9e3779b97f4a7c15ull, .first = (uint32_t)b->keys.n};
    while (t.mask + 1 < list.n * 2)
        t.mask = t.mask * 2 + 1;
    uint32_t mask = t.mask;
    vd_key *places = vd_calloc((size_t)list.n * MOST_SPACE * 2 + 2, sizeof *places);
    if (list.n > 0 && list.n <= MOST_PERFECT && make_perfect(places, &t, list)) {
        t.probes = 1;
    } else { /* names too alike, or too many: look further than one place */
        t.mask = mask * 2 + 1;
        t.probes = fill(places, &t, list, false);
        if (list.n == 0) t.probes = 0;
    }
    for (uint32_t i = 0; i <= t.mask; i++)
        *vd_vec_push(&b->keys) = places[i];
    free(places);
    free(list.v);
    return t;
}

static void finish_node(builder *b, uint32_t id, uint32_t *slot_at)
{
    vd_extract *x = b->x;
    draft *d = &b->nodes.v[id];
    vd_node *node = &x->nodes[id];
    *node = (vd_node){.children = make_table(b, list_keys(b, id, d->children.v, d->children.n)),
                      .deeper = make_table(b, list_keys(b, id, d->deeper.v, d->deeper.n)),
                      .slots = *slot_at,
                      .n_slots = (uint32_t)d->slots.n,
                      .has_children = d->children.n > 0,
                      .meta = is_meta(d->path)};
    for (size_t i = 0; i < d->slots.n; i++) {
        x->slot_ids[(*slot_at)++] = d->slots.v[i];
        if (x->slots[d->slots.v[i]].type == VD_TYPE_FLATTENED) node->flattened = true;
    }
    bool raw = d->slots.n == 1 && (x->slots[d->slots.v[0]].plain ||
                                   x->slots[d->slots.v[0]].type == VD_TYPE_DATE ||
                                   x->slots[d->slots.v[0]].type == VD_TYPE_IP);
    node->raw = raw ? d->slots.v[0] : VD_NO_VALUE;
    bool number = d->slots.n == 1 && (x->slots[d->slots.v[0]].type == VD_TYPE_LONG ||
                                      x->slots[d->slots.v[0]].type == VD_TYPE_UNKNOWN);
    node->whole = number ? d->slots.v[0] : VD_NO_VALUE;
}

static void finish(builder *b)
{
    vd_extract *x = b->x;
    x->n_nodes = (uint32_t)b->nodes.n;
    x->nodes = VD_NEW_N(&x->arena, vd_node, x->n_nodes);
    x->slot_ids = VD_NEW_N(&x->arena, uint32_t, x->n_slots);
    uint32_t slot_at = 0;
    for (uint32_t i = 0; i < x->n_nodes; i++)
        finish_node(b, i, &slot_at);
    x->n_keys = (uint32_t)b->keys.n;
    x->keys = vd_arena_alloc_aligned(&x->arena, b->keys.n * sizeof *x->keys, 64);
    memcpy(x->keys, b->keys.v, b->keys.n * sizeof *x->keys);
    x->heads = vd_arena_alloc_aligned(&x->arena, b->keys.n * sizeof *x->heads, 64);
    for (uint32_t i = 0; i < x->n_keys; i++) {
        bool empty = x->keys[i].len == UINT32_MAX;
        x->heads[i] = empty ? VD_NO_HEAD : x->keys[i].head;
        if (!empty) x->keys[i].stamp = x->n_stamps++;
    }
}

static void builder_fini(builder *b)
{
    for (size_t i = 0; i < b->nodes.n; i++) {
        vd_vec_free(&b->nodes.v[i].slots);
        vd_vec_free(&b->nodes.v[i].children);
        vd_vec_free(&b->nodes.v[i].deeper);
    }
    vd_vec_free(&b->nodes);
    vd_vec_free(&b->keys);
    vd_map_fini(&b->by_path);
}

vd_extract *vd_extract_new(const vd_schema *schema, const vd_field_id *fields, size_t n)
{
    vd_extract *x = vd_calloc(1, sizeof *x);
    vd_arena_init(&x->arena, 0);
    x->n_slots = (uint32_t)n;
    x->slots = VD_NEW_N(&x->arena, vd_slot, n);
    builder b = {.x = x};
    add_node(&b, (vd_str){0}, VD_NO_NODE);
    for (size_t i = 0; i < n; i++)
        add_slot(&b, schema, fields[i], (uint32_t)i);
    x->source = node_of(&b, vd_arena_str(&x->arena, VD_STR("_source")));
    finish(&b);
    builder_fini(&b);
    return x;
}

void vd_extract_free(vd_extract *x)
{
    if (!x) return;
    vd_arena_fini(&x->arena);
    free(x);
}

size_t vd_extract_bytes(const vd_extract *x)
{
    return sizeof *x + vd_arena_bytes(&x->arena);
}
