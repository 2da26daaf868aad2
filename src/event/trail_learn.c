/* event/trail_learn.c - the links of a document
 *
 * The document is walked once more, by its keys as walk.c does it, and every text between two
 * values becomes a link behind the one before, if it is not there. Links that are the same in
 * all they say, and begin inside the same objects, are one: so what follows an optional field
 * is known with it and without. "The same objects" is a hash of the keys that led there; it is
 * made of small numbers of our own, not of what a document says. */
#include "base/hash.h"
#include "event/trail_int.h"

enum { ROOT = 1, ROOT_BEHIND_SOURCE = 2 };

typedef struct learner {
    vd_trails *t;
    vd_walker w;
    uint32_t last;        /* the link before */
    const uint32_t *from; /* where the text begins */
    uint64_t inside;      /* the objects there */
    uint32_t stamps[VD_TRAIL_KEYS]; /* of the wanted keys in the text */
    unsigned n_keys;
    bool leaves, behind_source;
} learner;

static const uint32_t *learn_object(learner *l, const uint32_t *at, const vd_node *node,
                                    uint64_t inside, unsigned depth);

static uint64_t object_in(uint64_t inside, uint32_t key)
{
    uint64_t way[2] = {inside, key};
    return vd_hash64((vd_str){(const char *)way, sizeof way});
}

/* --- the table --- */

static bool same_more(const learner *l, const vd_link *k, const char *text)
{
    const vd_link_more *more = &l->t->more[k->more];
    if (k->n > VD_TRAIL_TEXT && memcmp(more->text, text + VD_TRAIL_TEXT, k->n - VD_TRAIL_TEXT)) return false;
    return k->keys < 2 || memcmp(more->stamps, l->stamps + 1, (k->keys - 1u) * sizeof *l->stamps) == 0;
}

static bool is_same(const learner *l, uint32_t id, const vd_link *want, const char *text)
{
    const vd_link *k = &l->t->links[id];
    return l->t->inside[id] == l->inside && memcmp(k->text, want->text, sizeof k->text) == 0 &&
           k->n == want->n && k->entries == want->entries && k->takes == want->takes &&
           k->act == want->act && k->keys == want->keys && k->depth == want->depth &&
           k->leaves == want->leaves && k->what == want->what && k->stamp == want->stamp &&
           same_more(l, k, text);
}

/* The link's place in `more`; NULL: there is no room. */
static vd_link_more *more_of(vd_trails *t, vd_link *k)
{
    if (k->more) return &t->more[k->more];
    if (t->n_more == VD_TRAIL_MORE) {
        t->full = true;
        return NULL;
    }
    k->more = (uint16_t)t->n_more++;
    memset(&t->more[k->more], 0, sizeof *t->more);
    return &t->more[k->more];
}

static bool keep_more(learner *l, vd_link *k, const char *text)
{
    if (k->n <= VD_TRAIL_TEXT && k->keys < 2) return true;
    vd_link_more *more = more_of(l->t, k);
    if (!more) return false;
    if (k->n > VD_TRAIL_TEXT) memcpy(more->text, text + VD_TRAIL_TEXT, k->n - VD_TRAIL_TEXT);
    if (k->keys > 1) memcpy(more->stamps, l->stamps + 1, (k->keys - 1u) * sizeof *l->stamps);
    return true;
}

/* The link's place; 0: there is no room. */
static uint32_t place_of(learner *l, vd_link *k, const char *text)
{
    vd_trails *t = l->t;
    for (uint32_t id = 1; id < t->n; id++)
        if (is_same(l, id, k, text)) return id;
    if (t->n == VD_TRAIL_LINKS) t->full = true;
    if (t->n == VD_TRAIL_LINKS || !keep_more(l, k, text)) return 0;
    t->links[t->n] = *k;
    t->inside[t->n] = l->inside;
    return t->n++;
}

/* Puts a link into the first free of `room` places; the newest takes the last of them. */
static bool put_in(uint16_t *next, int room, uint32_t id, bool or_last)
{
    int i = 0;
    while (i < room && next[i] && next[i] != id)
        i++;
    if (i == room && !or_last) return false;
    next[i == room ? room - 1 : i] = (uint16_t)id;
    return true;
}

static void put_behind(vd_trails *t, vd_link *before, uint32_t id)
{
    if (put_in(before->next, VD_TRAIL_NEXT, id, false)) return;
    vd_link_more *more = more_of(t, before);
    if (more) put_in(more->next, VD_TRAIL_FURTHER, id, true);
}

/* --- one link --- */

static bool add(learner *l, const uint32_t *at, vd_link k, uint64_t inside)
{
    size_t n = (k.act == VD_TRAIL_END ? (size_t)at[-1] + 1 : (size_t)at[0]) - l->from[0];
    size_t entries = (size_t)(at - l->from);
    if (n > VD_TRAIL_LONG || entries > UINT8_MAX) return false;
    const char *text = l->w.json + l->from[0];
    size_t here = n < VD_TRAIL_TEXT ? n : VD_TRAIL_TEXT;
    memcpy(k.text, text, here);
    k.n = (uint8_t)n;
    k.blank = (uint8_t)(VD_TRAIL_TEXT - here);
    k.entries = (uint8_t)entries;
    k.keys = (uint8_t)l->n_keys;
    k.stamp = l->n_keys ? l->stamps[0] : 0;
    k.leaves = l->leaves;
    uint32_t id = place_of(l, &k, text);
    if (!id) return false;
    put_behind(l->t, &l->t->links[l->last], id);
    l->last = id;
    l->inside = inside;
    l->n_keys = 0;
    l->leaves = false;
    return true;
}

/* Adds the link to the value at `at`, which ends before `after`. */
static const uint32_t *add_value(learner *l, const uint32_t *at, vd_link k, uint64_t inside,
                                 const uint32_t *after)
{
    if (!after || !add(l, at, k, inside)) return NULL;
    return l->from = after;
}

/* --- values --- */

static const uint32_t *behind(learner *l, const uint32_t *at, unsigned depth)
{
    unsigned kind = vd_trail_at[(unsigned char)l->w.json[*at]];
    if (kind & VD_AT_SCALAR) return at + 1;
    return kind ? vd_walk_over(&l->w, at, depth) : NULL;
}

static const uint32_t *learn_unwanted(learner *l, const uint32_t *at, uint64_t inside, unsigned depth)
{
    bool scalar = vd_trail_at[(unsigned char)l->w.json[*at]] & VD_AT_SCALAR;
    vd_link k = {.act = scalar ? VD_TRAIL_SKIP : VD_TRAIL_OVER, .depth = (uint8_t)depth,
                 .takes = scalar ? VD_AT_SCALAR : VD_AT_OBJECT | VD_AT_ARRAY};
    return add_value(l, at, k, inside, behind(l, at, depth));
}

static const uint32_t *learn_value(learner *l, const uint32_t *at, const vd_node *node, uint64_t inside,
                                   unsigned depth)
{
    unsigned kind = vd_trail_at[(unsigned char)l->w.json[*at]];
    vd_link k = {.act = VD_TRAIL_VALUE, .depth = (uint8_t)depth, .what = (uint32_t)(node - l->w.x->nodes)};
    unsigned raw = node->raw != VD_NO_VALUE ? VD_AT_STRING : 0;
    unsigned digits = node->whole != VD_NO_VALUE ? VD_AT_NUMBER : 0;
    if (kind & raw) k.act = VD_TRAIL_RAW, k.what = node->raw, k.takes = VD_AT_STRING;
    else if (kind & digits) k.act = VD_TRAIL_DIGITS, k.takes = VD_AT_NUMBER;
    else if (kind == VD_AT_OBJECT) k.takes = VD_AT_OBJECT;
    else k.takes = (uint8_t)((VD_AT_SCALAR | VD_AT_ARRAY) & ~(raw | digits));
    return add_value(l, at, k, inside, behind(l, at, depth));
}

static const uint32_t *learn_source(learner *l, const uint32_t *at, uint32_t key, uint64_t inside,
                                    unsigned depth)
{
    vd_link k = {.act = VD_TRAIL_SOURCE, .depth = (uint8_t)depth, .takes = VD_AT_OBJECT};
    uint64_t source = object_in(inside, key);
    if (!add_value(l, at, k, source, at)) return NULL;
    at = learn_object(l, at, &l->w.x->nodes[0], source, depth);
    l->leaves = l->behind_source = true;
    return at;
}

static bool is_descended(const learner *l, const uint32_t *at, const vd_node *node)
{
    return l->w.json[at[0]] == '{' && node->has_children && !node->flattened && l->w.json[at[1]] != '}';
}

static const uint32_t *learn_member(learner *l, const uint32_t *at, uint32_t key, uint64_t inside,
                                    unsigned depth)
{
    const vd_extract *x = l->w.x;
    const vd_node *node = &x->nodes[x->keys[key].node];
    if (l->n_keys == VD_TRAIL_KEYS) return NULL;
    l->stamps[l->n_keys++] = x->keys[key].stamp;
    if (depth == 1 && x->keys[key].node == x->source && l->w.json[*at] == '{')
        return l->w.json[at[1]] == '}' ? NULL : learn_source(l, at, key, inside, depth);
    if (depth == 1 && l->behind_source && !node->meta) return learn_unwanted(l, at, inside, depth);
    if (is_descended(l, at, node)) return learn_object(l, at, node, object_in(inside, key), depth);
    return learn_value(l, at, node, inside, depth);
}

/* The object at at[0], which is not empty, up to behind it. The document was walked before,
 * so its grammar holds where it is looked at. */
static const uint32_t *learn_object(learner *l, const uint32_t *at, const vd_node *node,
                                    uint64_t inside, unsigned depth)
{
    if (depth >= UINT8_MAX) return NULL; /* vd_link.depth holds that of its members */
    at++;
    for (;;) {
        uint32_t key = vd_walk_find(&l->w, node, vd_walk_key(&l->w, at));
        at += 2;
        if (depth == 0 && l->behind_source) inside = ROOT_BEHIND_SOURCE;
        at = key == UINT32_MAX ? learn_unwanted(l, at, inside, depth + 1)
                               : learn_member(l, at, key, inside, depth + 1);
        if (!at) return NULL;
        if (l->w.json[*at++] == '}') return at;
    }
}

void vd_trails_learn(vd_trails *t, const vd_walker *fresh, const uint32_t *index)
{
    if (t->full || t->rest || fresh->json[index[1]] == '}') return;
    learner l = {.t = t, .w = *fresh, .from = index, .inside = ROOT};
    const uint32_t *end = learn_object(&l, index, &fresh->x->nodes[0], ROOT, 0);
    if (end) add(&l, end, (vd_link){.act = VD_TRAIL_END}, 0);
}
