/* eql/regex.c - compiling a pattern and matching with it */
#include "base/limits.h"
#include "base/utf8.h"
#include "eql/regex_int.h"

enum { GO_ON, ALWAYS_FALSE, ALWAYS_TRUE };

struct vd_regex {
    uint16_t ascii[128]; /* class of each ASCII character */
    uint32_t *starts;    /* first character of each interval, for the others */
    uint16_t *class_of;  /* of each interval */
    uint32_t n_intervals, n_classes;
    uint16_t *next;      /* next[state * n_classes + class] */
    bool *accepts;
    uint8_t *settled;    /* of each state: whether the rest of the text can change anything */
};

static uint16_t class_of(const vd_regex *re, uint32_t cp)
{
    uint32_t lo = 0, hi = re->n_intervals;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (re->starts[mid] <= cp) lo = mid;
        else hi = mid;
    }
    return re->class_of[lo];
}

static void *copy(vd_arena *a, const void *from, size_t size)
{
    void *p = vd_arena_alloc(a, size);
    if (size) memcpy(p, from, size);
    return p;
}

/* A state that every character leads back to has its answer. */
static uint8_t settled(const vd_regex *re, uint32_t state)
{
    for (uint32_t c = 0; c < re->n_classes; c++)
        if (re->next[(size_t)state * re->n_classes + c] != state) return GO_ON;
    return re->accepts[state] ? ALWAYS_TRUE : ALWAYS_FALSE;
}

/* Takes what matching needs out of the scratch memory. */
static vd_regex *keep(vd_arena *a, const vd_re_sets *s, const vd_re_dfa *d)
{
    vd_regex *re = VD_NEW(a, vd_regex);
    re->n_intervals = s->n_intervals;
    re->n_classes = s->n_classes;
    re->starts = copy(a, s->starts, s->n_intervals * sizeof *s->starts);
    re->class_of = copy(a, s->class_of, s->n_intervals * sizeof *s->class_of);
    re->next = copy(a, d->next, (size_t)d->n * s->n_classes * sizeof *d->next);
    re->accepts = copy(a, d->accepts, d->n * sizeof *d->accepts);
    re->settled = VD_NEW_N(a, uint8_t, d->n);
    for (uint32_t i = 0; i < d->n; i++) re->settled[i] = settled(re, i);
    for (uint32_t cp = 0; cp < 128; cp++) re->ascii[cp] = class_of(re, cp);
    return re;
}

int vd_regex_compile(vd_arena *a, vd_str pattern, bool ci, vd_regex **out, vd_err *err)
{
    vd_arena scratch;
    vd_arena_init(&scratch, 0);
    vd_re_sets sets = {.a = &scratch};
    vd_re_node *tree;
    vd_re_dfa dfa = {0};
    *out = NULL;
    int code = vd_re_parse(&sets, pattern, ci, &tree, err);
    if (code == 0 && (!vd_re_sets_divide(&sets) || !vd_re_build(&sets, tree, &dfa)))
        code = vd_fail_at(err, VD_LIMIT, 0, pattern.n,
                          "the regular expression is too complex: its automaton would need more than "
                          "[%d] states",
                          VD_MAX_REGEX_STATES);
    if (code == 0) *out = keep(a, &sets, &dfa);
    vd_arena_fini(&scratch);
    return code;
}

bool vd_regex_match(const vd_regex *re, vd_str text)
{
    uint32_t state = 1;
    for (size_t i = 0; i < text.n;) {
        unsigned char c = (unsigned char)text.p[i];
        uint16_t class;
        if (c < 128) {
            class = re->ascii[c];
            i++;
        } else {
            class = class_of(re, vd_utf8_next(text, &i));
        }
        state = re->next[(size_t)state * re->n_classes + class];
        if (re->settled[state] != GO_ON) return re->settled[state] == ALWAYS_TRUE;
    }
    return re->accepts[state];
}

