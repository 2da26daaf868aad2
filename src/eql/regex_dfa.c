/* eql/regex_dfa.c - a tree to an automaton that knows its next state at once
 *
 * Idea   The tree becomes a nondeterministic automaton (Thompson), whose sets of
 *        states become the states of the deterministic one. `&` and `~` have no
 *        such form: their operands are made deterministic first, then paired or
 *        turned over, and the result is put into the larger automaton as it is.
 * Limits VD_MAX_REGEX_STATES states; MAX_NODES and MAX_WORK stop what would take
 *        long before it gets there. */
#include "base/limits.h"
#include "eql/regex_int.h"

#define MAX_NODES 60000u
#define MAX_WORK 20000000u
#define NONE UINT32_MAX

typedef enum edge_kind { EDGE_FREE, EDGE_SET, EDGE_ROW } edge_kind;

typedef struct edge {
    uint32_t next; /* in the node's list, NONE at its end */
    uint32_t to;   /* ROW: the node of the automaton's state 0 */
    uint32_t set;  /* SET */
    const uint16_t *row; /* ROW: the next state for each class */
    uint8_t kind;
} edge;

typedef VD_VEC(uint32_t) ids;

typedef struct builder {
    vd_re_sets *sets;
    vd_arena *scratch;
    VD_VEC(edge) edges;
    ids heads;      /* of each node: its first edge */
    ids marks;      /* of each node: the last generation that reached it */
    uint32_t generation;
    uint32_t work;
    bool too_much;
} builder;

/* ---- the nondeterministic automaton ---- */

static uint32_t new_node(builder *b)
{
    if (b->heads.n >= MAX_NODES) b->too_much = true;
    *vd_vec_push(&b->heads) = NONE;
    *vd_vec_push(&b->marks) = 0;
    return (uint32_t)b->heads.n - 1;
}

static edge *new_edge(builder *b, uint32_t from, uint32_t to, edge_kind kind)
{
    edge *e = vd_vec_push(&b->edges);
    *e = (edge){.next = b->heads.v[from], .to = to, .kind = (uint8_t)kind};
    b->heads.v[from] = (uint32_t)b->edges.n - 1;
    return e;
}

static void lay(builder *b, const vd_re_node *t, uint32_t in, uint32_t out);

static void lay_sequence(builder *b, const vd_re_node *t, uint32_t in, uint32_t out)
{
    for (uint32_t i = 0; i < t->n && !b->too_much; i++) {
        uint32_t to = i + 1 < t->n ? new_node(b) : out;
        lay(b, t->kids[i], in, to);
        in = to;
    }
    if (t->n == 0) new_edge(b, in, out, EDGE_FREE);
}

static void lay_repeat(builder *b, const vd_re_node *t, uint32_t in, uint32_t out)
{
    for (uint32_t i = 0; i < t->min && !b->too_much; i++) {
        uint32_t to = new_node(b);
        lay(b, t->kids[0], in, to);
        in = to;
    }
    if (t->max == VD_RE_UNBOUNDED) {
        uint32_t loop = new_node(b);
        new_edge(b, in, loop, EDGE_FREE);
        lay(b, t->kids[0], loop, loop);
        in = loop;
    } else {
        for (uint32_t i = t->min; i < t->max && !b->too_much; i++) {
            uint32_t to = new_node(b);
            new_edge(b, in, out, EDGE_FREE);
            lay(b, t->kids[0], in, to);
            in = to;
        }
    }
    new_edge(b, in, out, EDGE_FREE);
}

/* Puts a finished automaton between two nodes. */
static void lay_dfa(builder *b, const vd_re_dfa *d, uint32_t in, uint32_t out)
{
    uint32_t first = (uint32_t)b->heads.n;
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t at = new_node(b);
        if (i) new_edge(b, at, first, EDGE_ROW)->row = d->next + (size_t)i * b->sets->n_classes;
        if (d->accepts[i]) new_edge(b, at, out, EDGE_FREE);
    }
    new_edge(b, in, first + 1, EDGE_FREE);
}

/* ---- sets of nodes as states ---- */

typedef struct states {
    ids nodes;    /* the nodes of all states, one state after another */
    ids from;     /* where each state's nodes begin; one more than states */
    uint32_t *table; /* open hash of state numbers */
    uint32_t mask;
} states;

static void reach(builder *b, uint32_t at, ids *todo, ids *out)
{
    *vd_vec_push(todo) = at;
    while (todo->n) {
        uint32_t n = todo->v[--todo->n];
        if (b->marks.v[n] == b->generation) continue;
        b->marks.v[n] = b->generation;
        *vd_vec_push(out) = n;
        for (uint32_t e = b->heads.v[n]; e != NONE; e = b->edges.v[e].next) {
            b->work++;
            if (b->edges.v[e].kind == EDGE_FREE) *vd_vec_push(todo) = b->edges.v[e].to;
        }
    }
}

/* Keeps what decides anything: nodes with a real edge, and the accepting one. */
static void drop_passages(const builder *b, ids *set, uint32_t accept)
{
    size_t n = 0;
    for (size_t i = 0; i < set->n; i++) {
        bool real = set->v[i] == accept;
        for (uint32_t e = b->heads.v[set->v[i]]; e != NONE && !real; e = b->edges.v[e].next)
            real = b->edges.v[e].kind != EDGE_FREE;
        if (real) set->v[n++] = set->v[i];
    }
    set->n = n;
}

static int by_value(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

static uint32_t hash_ids(const uint32_t *v, size_t n)
{
    uint64_t h = 1469598103934665603u;
    for (size_t i = 0; i < n; i++) h = (h ^ v[i]) * 1099511628211u;
    return (uint32_t)(h ^ h >> 32);
}

/* The number of the state that is this set of nodes; new ones go to the end. */
static uint32_t state_of(states *s, ids *set)
{
    if (set->n > 1) qsort(set->v, set->n, sizeof *set->v, by_value);
    uint32_t slot = hash_ids(set->v, set->n) & s->mask;
    for (; s->table[slot] != NONE; slot = (slot + 1) & s->mask) {
        uint32_t id = s->table[slot], from = s->from.v[id], n = s->from.v[id + 1] - from;
        if (n == set->n && (n == 0 || memcmp(s->nodes.v + from, set->v, n * sizeof *set->v) == 0))
            return id;
    }
    uint32_t id = (uint32_t)s->from.n - 1;
    s->table[slot] = id;
    for (size_t i = 0; i < set->n; i++) *vd_vec_push(&s->nodes) = set->v[i];
    *vd_vec_push(&s->from) = (uint32_t)s->nodes.n;
    return id;
}

/* Where one state goes with one class, as a set of nodes in *out. */
static void step(builder *b, const states *s, uint32_t state, uint32_t class, ids *todo, ids *out)
{
    const vd_re_sets *sets = b->sets;
    out->n = 0;
    b->generation++;
    b->work++;
    for (uint32_t i = s->from.v[state]; i < s->from.v[state + 1]; i++) {
        for (uint32_t k = b->heads.v[s->nodes.v[i]]; k != NONE; k = b->edges.v[k].next) {
            const edge *e = &b->edges.v[k];
            b->work++;
            if (e->kind == EDGE_SET && sets->holds[(size_t)e->set * sets->n_classes + class])
                reach(b, e->to, todo, out);
            else if (e->kind == EDGE_ROW && e->row[class])
                reach(b, e->to + e->row[class], todo, out);
        }
    }
}

static void states_init(states *s)
{
    s->mask = 4 * 16384 - 1; /* more than twice VD_MAX_REGEX_STATES, a power of two */
    s->table = vd_malloc((s->mask + 1) * sizeof *s->table);
    memset(s->table, 0xff, (s->mask + 1) * sizeof *s->table);
    *vd_vec_push(&s->from) = 0;
}

static void finish(const states *s, uint32_t accept, vd_re_dfa *d)
{
    for (uint32_t i = 0; i < d->n; i++)
        for (uint32_t k = s->from.v[i]; k < s->from.v[i + 1]; k++)
            if (s->nodes.v[k] == accept) d->accepts[i] = true;
}

/* The deterministic automaton of what leads from `start` to `accept`. */
static void determinise(builder *b, uint32_t start, uint32_t accept, vd_re_dfa *d)
{
    states s = {0};
    ids todo = {0}, set = {0};
    VD_VEC(uint16_t) next = {0};
    uint32_t classes = b->sets->n_classes;
    states_init(&s);
    state_of(&s, &set); /* 0: nowhere */
    b->generation++;
    reach(b, start, &todo, &set);
    drop_passages(b, &set, accept);
    bool dead = set.n == 0; /* the start must be 1 even then */
    if (dead) *vd_vec_push(&s.from) = (uint32_t)s.nodes.n;
    else state_of(&s, &set);
    for (uint32_t i = 0; i + 1 < s.from.n && !b->too_much; i++) {
        for (uint32_t c = 0; c < classes; c++) {
            step(b, &s, i, c, &todo, &set);
            drop_passages(b, &set, accept);
            *vd_vec_push(&next) = (uint16_t)state_of(&s, &set);
        }
        if (s.from.n > VD_MAX_REGEX_STATES || b->work > MAX_WORK) b->too_much = true;
    }
    if (!b->too_much) {
        d->n = (uint32_t)s.from.n - 1;
        d->next = VD_NEW_N(b->scratch, uint16_t, (size_t)d->n * classes);
        d->accepts = VD_NEW_N(b->scratch, bool, d->n);
        memcpy(d->next, next.v, next.n * sizeof *next.v);
        finish(&s, accept, d);
    }
    free(s.table);
    vd_vec_free(&s.nodes);
    vd_vec_free(&s.from);
    vd_vec_free(&next);
    vd_vec_free(&todo);
    vd_vec_free(&set);
}

/* ---- & and ~ ---- */

static void make_dfa(builder *b, const vd_re_node *t, vd_re_dfa *d)
{
    uint32_t start = new_node(b), accept = new_node(b);
    lay(b, t, start, accept);
    if (!b->too_much) determinise(b, start, accept, d);
}

/* The pairs that states of `s` stand for are told apart by an offset: the right
 * one's number is moved behind all left ones, which also keeps their order. */
static void set_pair(ids *set, const vd_re_dfa *x, uint32_t l, uint32_t r)
{
    set->n = 0;
    if (l == 0 || r == 0) return; /* the dead end */
    *vd_vec_push(set) = l;
    *vd_vec_push(set) = x->n + r;
}

static void finish_pairs(builder *b, const states *s, const vd_re_dfa *x, const vd_re_dfa *y,
                         const uint16_t *next, vd_re_dfa *out)
{
    size_t cells = (s->from.n - 1) * b->sets->n_classes;
    out->n = (uint32_t)s->from.n - 1;
    out->next = VD_NEW_N(b->scratch, uint16_t, cells);
    memcpy(out->next, next, cells * sizeof *next);
    out->accepts = VD_NEW_N(b->scratch, bool, out->n);
    for (uint32_t i = 1; i < out->n; i++) {
        const uint32_t *pair = s->nodes.v + s->from.v[i];
        out->accepts[i] = x->accepts[pair[0]] && y->accepts[pair[1] - x->n];
    }
}

/* Both automata at once. */
static void intersect(builder *b, const vd_re_dfa *x, const vd_re_dfa *y, vd_re_dfa *out)
{
    states s = {0};
    ids set = {0};
    VD_VEC(uint16_t) next = {0};
    uint32_t classes = b->sets->n_classes;
    states_init(&s);
    state_of(&s, &set); /* 0: the dead end */
    set_pair(&set, x, 1, 1);
    state_of(&s, &set); /* 1: both starts */
    for (uint32_t i = 0; i + 1 < s.from.n && !b->too_much; i++) {
        uint32_t l = i ? s.nodes.v[s.from.v[i]] : 0;
        uint32_t r = i ? s.nodes.v[s.from.v[i] + 1] - x->n : 0;
        for (uint32_t c = 0; c < classes; c++) {
            set_pair(&set, x, x->next[(size_t)l * classes + c], y->next[(size_t)r * classes + c]);
            *vd_vec_push(&next) = (uint16_t)state_of(&s, &set);
            b->work++;
        }
        if (s.from.n > VD_MAX_REGEX_STATES || b->work > MAX_WORK) b->too_much = true;
    }
    if (!b->too_much) finish_pairs(b, &s, x, y, next.v, out);
    free(s.table);
    vd_vec_free(&s.nodes);
    vd_vec_free(&s.from);
    vd_vec_free(&set);
    vd_vec_free(&next);
}

/* What the automaton did not accept it accepts now. Its dead end becomes a
 * place where everything is accepted, so it moves to the end as a state of its own. */
static void turn_over(builder *b, const vd_re_dfa *d, vd_re_dfa *out)
{
    uint32_t classes = b->sets->n_classes;
    out->n = d->n + 1;
    out->next = VD_NEW_N(b->scratch, uint16_t, (size_t)out->n * classes);
    out->accepts = VD_NEW_N(b->scratch, bool, out->n);
    for (uint32_t i = 1; i < out->n; i++) {
        bool was_dead = i == d->n;
        out->accepts[i] = was_dead || !d->accepts[i];
        for (uint32_t c = 0; c < classes; c++) {
            uint16_t to = was_dead ? 0 : d->next[(size_t)i * classes + c];
            out->next[(size_t)i * classes + c] = to ? to : (uint16_t)d->n;
        }
    }
}

static void lay_boolean(builder *b, const vd_re_node *t, uint32_t in, uint32_t out)
{
    vd_re_dfa d = {0}, other = {0}, both = {0};
    make_dfa(b, t->kids[0], &d);
    for (uint32_t i = 1; i < t->n && !b->too_much; i++) {
        make_dfa(b, t->kids[i], &other);
        if (b->too_much) return;
        intersect(b, &d, &other, &both);
        d = both;
    }
    if (b->too_much) return;
    if (t->kind == VD_RE_NOT) {
        turn_over(b, &d, &other);
        d = other;
    }
    lay_dfa(b, &d, in, out);
}

static void lay(builder *b, const vd_re_node *t, uint32_t in, uint32_t out)
{
    if (b->too_much) return;
    switch ((vd_re_kind)t->kind) {
    case VD_RE_SET: new_edge(b, in, out, EDGE_SET)->set = t->set; break;
    case VD_RE_CAT: lay_sequence(b, t, in, out); break;
    case VD_RE_ALT:
        for (uint32_t i = 0; i < t->n; i++) lay(b, t->kids[i], in, out);
        break;
    case VD_RE_REPEAT: lay_repeat(b, t, in, out); break;
    case VD_RE_AND:
    case VD_RE_NOT: lay_boolean(b, t, in, out); break;
    }
}

bool vd_re_build(vd_re_sets *s, const vd_re_node *tree, vd_re_dfa *out)
{
    builder b = {.sets = s, .scratch = s->a};
    make_dfa(&b, tree, out);
    vd_vec_free(&b.edges);
    vd_vec_free(&b.heads);
    vd_vec_free(&b.marks);
    return !b.too_much;
}
