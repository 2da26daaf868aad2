/* event/trail.c - following */
#include <stdlib.h>

#include "event/trail_int.h"

/* Keeps what is rare out of the registers of the loop. */
#define NOINLINE __attribute__((noinline))

#define PRICE       4   /* of a document that was lost: four of five are to be followed */
#define FIRST_PAUSE 256 /* documents */
#define LAST_PAUSE  16384

const uint8_t vd_trail_at[256] = {
    ['"'] = VD_AT_STRING, ['-'] = VD_AT_NUMBER, ['0' ... '9'] = VD_AT_NUMBER, ['t'] = VD_AT_WORD,
    ['f'] = VD_AT_WORD,   ['n'] = VD_AT_WORD,   ['{'] = VD_AT_OBJECT,         ['['] = VD_AT_ARRAY};

vd_trails *vd_trails_new(void)
{
    vd_trails *t = vd_calloc(1, sizeof *t);
    /* A place is cleared when it is taken, so a new event does not touch all of them. */
    vd_arena_init(&t->arena, 0);
    t->links = vd_arena_alloc_aligned(&t->arena, VD_TRAIL_LINKS * sizeof *t->links, 64);
    memset(t->links, 0, sizeof *t->links);
    t->more = vd_arena_alloc(&t->arena, VD_TRAIL_MORE * sizeof *t->more);
    memset(t->more, 0, sizeof *t->more);
    t->inside = vd_arena_alloc(&t->arena, VD_TRAIL_LINKS * sizeof *t->inside);
    t->n = t->n_more = 1;
    t->credit = VD_TRAIL_CREDIT;
    t->pause = FIRST_PAUSE;
    return t;
}

void vd_trails_free(vd_trails *t)
{
    if (!t) return;
    vd_arena_fini(&t->arena);
    free(t);
}

#ifdef __SSE2__
static inline bool begins_with(const char *p, const vd_link *k)
{
    const __m128i *text = (const __m128i *)k->text;
    __m128i a = _mm_loadu_si128((const __m128i *)p), b = _mm_loadu_si128((const __m128i *)(p + 16));
    unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, _mm_loadu_si128(text))) |
                    (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(b, _mm_loadu_si128(text + 1))) << 16;
    return ~same << k->blank == 0;
}
#else
static inline bool begins_with(const char *p, const vd_link *k)
{
    return memcmp(p, k->text, VD_TRAIL_TEXT - k->blank) == 0;
}
#endif

static bool goes_on(const vd_trails *t, const char *p, const char *end, const vd_link *k)
{
    return (size_t)(end - p) >= k->n &&
           memcmp(p + VD_TRAIL_TEXT, t->more[k->more].text, k->n - VD_TRAIL_TEXT) == 0;
}

/* Whether the document goes on with this link at at[0]. Bytes behind the document may be
 * compared, but decide nothing: a text that ends behind it has more entries than are left. */
static inline bool is_at(const vd_trails *t, const char *json, const uint32_t *at, const uint32_t *end,
                         const vd_link *k)
{
    const char *p = json + *at;
    size_t left = (size_t)(end - at);
    if (!begins_with(p, k) || (k->n > VD_TRAIL_TEXT && !goes_on(t, p, json + *end, k))) return false;
    if (k->act == VD_TRAIL_END) return left == k->entries;
    return left > k->entries && (vd_trail_at[(unsigned char)p[k->n]] & k->takes);
}

/* The same key twice in one object. Along a trail an object is met once, so one number does
 * for all: where that is not so the document is lost, no more. */
static inline bool repeats(uint64_t *stamps, uint32_t stamp, uint64_t number)
{
    bool met = stamps[stamp] == number;
    stamps[stamp] = number;
    return met;
}

static bool some_repeats(const vd_link_more *more, int n, uint64_t *stamps, uint64_t number)
{
    bool met = false;
    for (int i = 0; i < n; i++)
        met |= repeats(stamps, more->stamps[i], number);
    return met;
}

/* A string without white space behind it; false: it is another. */
static inline bool file_string(vd_event *ev, const char *json, const uint32_t *at, uint32_t slot)
{
    size_t start = at[0], end = at[1];
    if (json[end - 1] != '"' || end - start < 2) return false;
    vd_file_raw(ev, slot, (vd_str){json + start + 1, end - start - 2});
    return true;
}

/* What is neither jumped over in one step nor a string as it is. */
static const uint32_t *act(vd_walker *w, const uint32_t *at, const vd_link *k)
{
    const vd_node *node = &w->x->nodes[k->what];
    switch ((vd_trail_act)k->act) {
    case VD_TRAIL_DIGITS: return vd_walk_number(w, at, node);
    case VD_TRAIL_OVER: return vd_walk_over(w, at, k->depth);
    case VD_TRAIL_SOURCE: vd_walk_enter_source(w); return at;
    default: return vd_walk_value(w, at, node, k->depth);
    }
}

/* With which of the further links the document goes on; NULL: none. */
static NOINLINE const vd_link *further(const vd_trails *t, const char *json, const uint32_t *at,
                                       const uint32_t *end, const vd_link *k)
{
    for (const uint16_t *next = t->more[k->more].next; *next; next++)
        if (is_at(t, json, at, end, &t->links[*next])) return &t->links[*next];
    return NULL;
}

static inline const vd_link *link_behind(const vd_trails *t, const char *json, const uint32_t *at,
                                         const uint32_t *end, const vd_link *before)
{
    for (int i = 0; i < VD_TRAIL_NEXT && before->next[i]; i++) {
        const vd_link *k = &t->links[before->next[i]];
        if (is_at(t, json, at, end, k)) return k;
    }
    return further(t, json, at, end, before);
}

static bool follow(const vd_trails *t, vd_walker *w, const uint32_t *at)
{
    vd_event *ev = w->ev;
    const char *json = w->json, *ahead = w->ahead;
    const uint32_t *end = w->end;
    uint64_t number = ev->top = ++ev->object;
    const vd_link *k = &t->links[0];
    do {
        k = link_behind(t, json, at, end, k);
        if (!k) return false;
        __builtin_prefetch(ahead);
        ahead += VD_AHEAD;
        if (k->leaves) vd_walk_leave_source(w);
        if (k->keys > 0 && repeats(w->stamps, k->stamp, number)) return false;
        if (k->keys > 1 && some_repeats(&t->more[k->more], k->keys - 1, w->stamps, number)) return false;
        at += k->entries;
        if (k->act == VD_TRAIL_END) return true;
        if (k->act > VD_TRAIL_RAW) at = act(w, at, k);
        else at = k->act == VD_TRAIL_SKIP || file_string(ev, json, at, k->what) ? at + 1 : NULL;
        if (!at) return false;
    } while (at < end);
    return false;
}

/* After too many lost documents nothing is tried for a while, then all is learned anew. */
static void pause_if_spent(vd_trails *t)
{
    if ((t->credit -= PRICE) > 0) return;
    t->credit = VD_TRAIL_CREDIT / 2;
    t->rest = t->pause;
    if (t->pause < LAST_PAUSE) t->pause *= 2;
    if (!t->full) return;
    memset(&t->links[0], 0, sizeof t->links[0]);
    t->n = t->n_more = 1;
    t->full = false;
}

vd_trail_outcome vd_trails_follow(vd_trails *t, vd_walker *w, const uint32_t *index)
{
    if (t->rest > 0) {
        t->rest--;
        return VD_TRAIL_RESTED;
    }
    if (follow(t, w, index)) {
        if (t->credit < VD_TRAIL_CREDIT) t->credit++;
        else t->pause = FIRST_PAUSE;
        return VD_TRAIL_FOLLOWED;
    }
    pause_if_spent(t);
    return VD_TRAIL_LOST;
}
