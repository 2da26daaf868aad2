#include "plan/glob.h"
/* The longest run without `?` in the segments, the later of two equals: the end of
 * a path says more than its beginning. */
static void choose_literal(vd_arena *a, vd_glob *g)
{
    vd_str best = {NULL, 0};
    for (uint32_t i = 0; i < g->n; i++) {
        vd_str t = g->segments[i].text;
        for (size_t at = 0; at <= t.n;) {
            size_t end = g->segments[i].any ? vd_str_find_byte(t, '?', at) : t.n;
            if (end - at >= best.n) best = vd_str_sub(t, at, end);
            at = end + 1;
        }
    }
    g->literal = vd_arena_fold(a, best);
}

static vd_glob_segment segment(vd_arena *a, vd_str piece)
{
    vd_glob_segment s = {.text = piece, .any = vd_str_find_byte(piece, '?', 0) < piece.n};
    if (s.any) s.bitap = vd_bitap_new(a, piece);
    return s;
}

void vd_glob_init(vd_arena *a, vd_str pattern, bool ci, vd_glob *out)
{
    size_t stars = 0;
    for (size_t i = 0; i < pattern.n; i++)
        stars += pattern.p[i] == '*';
    *out = (vd_glob){.ci = ci, .open = stars > 0};
    out->segments = VD_NEW_N(a, vd_glob_segment, stars + 1);
    vd_str text = ci ? vd_arena_fold(a, pattern) : vd_arena_str(a, pattern);
    out->star_front = pattern.n && pattern.p[0] == '*';
    out->star_back = pattern.n && pattern.p[pattern.n - 1] == '*';
    for (size_t at = 0; at <= text.n;) {
        size_t end = vd_str_find_byte(text, '*', at);
        vd_str piece = vd_str_sub(text, at, end);
        if (piece.n) out->segments[out->n++] = segment(a, piece);
        at = end + 1;
    }
    choose_literal(a, out);
}

void vd_glob_init_plain(vd_arena *a, vd_str text, bool ci, bool star_front, bool star_back,
                        vd_glob *out)
{
    *out = (vd_glob){.ci = ci,
                     .star_front = star_front,
                     .star_back = star_back,
                     .open = star_front || star_back};
    out->segments = VD_NEW_N(a, vd_glob_segment, 1);
    vd_str own = ci ? vd_arena_fold(a, text) : vd_arena_str(a, text);
    if (own.n) out->segments[out->n++] = (vd_glob_segment){.text = own};
    choose_literal(a, out);
}

/* Bytes of `text` that the segment takes at its front, or SIZE_MAX. */
static size_t fit(const vd_glob_segment *s, vd_str text)
{
    if (!s->any) return vd_str_starts(text, s->text) ? s->text.n : SIZE_MAX;
    size_t at = 0;
    for (size_t i = 0; i < s->text.n; i++) {
        if (at >= text.n) return SIZE_MAX;
        if (s->text.p[i] == '?')
            at += vd_glob_step(text.p + at, text.n - at);
        else if (text.p[at++] != s->text.p[i])
            return SIZE_MAX;
    }
    return at;
}

static size_t next_code_point(vd_str text, size_t at)
{
    return at + vd_glob_step(text.p + at, text.n - at);
}

/* The first place at or behind `from` where the segment fits: end of it, or SIZE_MAX. */
static size_t find(const vd_glob_segment *s, vd_str text, size_t from)
{
    if (!s->any) {
        if (text.n - from < s->text.n) return SIZE_MAX;
        const char *p = memmem(text.p + from, text.n - from, s->text.p, s->text.n);
        return p ? (size_t)(p - text.p) + s->text.n : SIZE_MAX;
    }
    if (s->bitap) return vd_bitap_find(s->bitap, text, from);
    for (size_t at = from; at < text.n; at = next_code_point(text, at)) {
        size_t n = fit(s, vd_str_sub(text, at, text.n));
        if (n != SIZE_MAX) return at + n;
    }
    return SIZE_MAX;
}

/* The segment fits so that it ends where the text ends, not before `from`. */
static bool fits_end(const vd_glob_segment *s, vd_str text, size_t from)
{
    vd_str rest = vd_str_sub(text, from, text.n);
    if (!s->any) return vd_str_ends(rest, s->text);
    size_t at = text.n; /* walk back as many code points as the segment has */
    for (size_t i = 0; i < s->text.n; i++) {
        unsigned char c = (unsigned char)s->text.p[i];
        if (c != '?' && (c & 0xC0) == 0x80) continue; /* counted with its lead byte */
        if (at <= from) return false;
        do
            at--;
        while (at > from && ((unsigned char)text.p[at] & 0xC0) == 0x80);
    }
    return fit(s, vd_str_sub(text, at, text.n)) == text.n - at;
}

bool vd_glob_run(const vd_glob *g, vd_str text)
{
    if (!g->open) {
        if (g->n == 0) return text.n == 0;
        return fit(&g->segments[0], text) == text.n;
    }
    size_t at = 0;
    uint32_t i = 0, end = g->n;
    if (g->n && !g->star_front) {
        at = fit(&g->segments[i++], text);
        if (at == SIZE_MAX) return false;
    }
    bool tail = end > i && !g->star_back;
    for (; i + (tail ? 1 : 0) < end; i++) {
        at = find(&g->segments[i], text, at);
        if (at == SIZE_MAX) return false;
    }
    return !tail || fits_end(&g->segments[i], text, at);
}
