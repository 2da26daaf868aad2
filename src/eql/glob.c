/* eql/glob.c - wildcards: `*` any run of characters, `?` one
 *
 * The pattern falls into pieces between its stars. The first piece stands at the
 * text's start, the last at its end, and each between them may be taken where
 * it is first found: no later place could leave more room. So nothing is ever
 * tried twice with a star in between. */
#include "base/limits.h"
#include "base/utf8.h"
#include "eql/ops.h"

bool vd_glob_is_pattern(vd_str pattern)
{
    return vd_str_find_byte(pattern, '*', 0) < pattern.n || vd_str_find_byte(pattern, '?', 0) < pattern.n;
}

static bool same(unsigned char a, unsigned char b, bool ci)
{
    return a == b || (ci && vd_ascii_lower(a) == vd_ascii_lower(b));
}

/* The star-free `piece` at text[at..): where it ends, or SIZE_MAX. */
static size_t piece_at(vd_str piece, vd_str text, size_t at, bool ci)
{
    for (size_t i = 0; i < piece.n; i++) {
        if (at >= text.n) return SIZE_MAX;
        if (piece.p[i] == '?') {
            vd_utf8_next(text, &at);
        } else {
            if (!same((unsigned char)piece.p[i], (unsigned char)text.p[at], ci)) return SIZE_MAX;
            at++;
        }
    }
    return at;
}

bool vd_glob_too_complex(vd_str pattern)
{
    size_t star = vd_str_find_byte(pattern, '*', 0);
    while (star < pattern.n) {
        size_t next = vd_str_find_byte(pattern, '*', star + 1);
        vd_str piece = vd_str_sub(pattern, star + 1, next);
        if (next < pattern.n && vd_str_find_byte(piece, '?', 0) < piece.n &&
            vd_utf8_count(piece) > VD_MAX_GLOB_PIECE)
            return true;
        star = next;
    }
    return false;
}

/* The first place at or after `at` where the piece fits: its end, or SIZE_MAX. */
static size_t piece_find(vd_str piece, vd_str text, size_t at, bool ci)
{
    if (!ci && vd_str_find_byte(piece, '?', 0) == piece.n) {
        const char *q = at < text.n ? memmem(text.p + at, text.n - at, piece.p, piece.n) : NULL;
        return q ? (size_t)(q - text.p) + piece.n : SIZE_MAX;
    }
    while (at < text.n) {
        if (piece.p[0] != '?' && !same((unsigned char)piece.p[0], (unsigned char)text.p[at], ci)) {
            at++;
            continue;
        }
        size_t end = piece_at(piece, text, at, ci);
        if (end != SIZE_MAX) return end;
        vd_utf8_next(text, &at);
    }
    return SIZE_MAX;
}

/* The piece at the very end of text[at..). With a `?` in it the place to start is
 * found by counting characters, so that a `?` never starts inside one. */
static bool piece_ends(vd_str piece, vd_str text, size_t at, bool ci)
{
    if (vd_str_find_byte(piece, '?', 0) == piece.n)
        return piece.n <= text.n - at && piece_at(piece, text, text.n - piece.n, ci) == text.n;
    size_t chars = vd_utf8_count(piece), have = vd_utf8_count(vd_str_sub(text, at, text.n));
    if (chars > have) return false;
    for (size_t skip = have - chars; skip > 0; skip--) vd_utf8_next(text, &at);
    return piece_at(piece, text, at, ci) == text.n;
}

bool vd_glob_match(vd_str pattern, vd_str text, bool ci)
{
    size_t star = vd_str_find_byte(pattern, '*', 0);
    size_t at = piece_at(vd_str_sub(pattern, 0, star), text, 0, ci);
    if (star == pattern.n) return at == text.n;
    if (at == SIZE_MAX) return false;
    for (;;) {
        size_t from = star + 1;
        star = vd_str_find_byte(pattern, '*', from);
        vd_str piece = vd_str_sub(pattern, from, star);
        if (star == pattern.n) return piece_ends(piece, text, at, ci);
        if (piece.n) at = piece_find(piece, text, at, ci);
        if (at == SIZE_MAX) return false;
    }
}
