/* rule/near.c - did you mean ...? for the short word lists of this room */
#include "rule/rule_int.h"

/* Longer words get no suggestion. */
#define MAX_WORD 40

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits (one byte put in, left out or changed) from `a` to `b`, without regard to case. */
static size_t distance(vd_str a, vd_str b)
{
    size_t row[MAX_WORD + 1];
    for (size_t k = 0; k <= b.n; k++)
        row[k] = k;
    for (size_t i = 1; i <= a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= b.n; k++) {
            bool same = vd_ascii_lower((unsigned char)a.p[i - 1]) ==
                        vd_ascii_lower((unsigned char)b.p[k - 1]);
            size_t next = least(row[k] + 1, row[k - 1] + 1, diagonal + (same ? 0 : 1));
            diagonal = row[k];
            row[k] = next;
        }
    }
    return row[b.n];
}

const char *vd_nearest(vd_str word, const char *const *list, size_t n)
{
    if (word.n == 0 || word.n > MAX_WORD) return NULL;
    const char *best = NULL;
    size_t limit = word.n < 4 ? 1 : word.n / 3 + 1; /* further off is another word */
    for (size_t i = 0; i < n; i++) {
        vd_str candidate = vd_str_from(list[i]);
        if (candidate.n > MAX_WORD) continue;
        size_t d = distance(word, candidate);
        if (d > limit || (best && d == limit)) continue;
        best = list[i];
        limit = d;
    }
    return best;
}
