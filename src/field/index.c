/* field/index.c - index patterns
 *
 * An index may be asked for under three names: its own, that of the data stream
 * or alias it backs, and either without a "cluster:" in front. */
#include "field/index.h"

/* `*` stands for any characters. Greedy with one point of return, so the time
 * is bounded by the product of the lengths. */
static bool glob(vd_str pattern, vd_str s)
{
    size_t i = 0, j = 0, star = SIZE_MAX, mark = 0;
    while (j < s.n) {
        if (i < pattern.n && pattern.p[i] == '*') {
            star = i++;
            mark = j;
        } else if (i < pattern.n && pattern.p[i] == s.p[j]) {
            i++;
            j++;
        } else if (star != SIZE_MAX) {
            i = star + 1;
            j = ++mark;
        } else {
            return false;
        }
    }
    while (i < pattern.n && pattern.p[i] == '*')
        i++;
    return i == pattern.n;
}

/* The length without a trailing "-" and at least `least` characters of which
 * all are digits or, in a date, dots; s.n if there is no such tail. */
static size_t without_tail(vd_str s, size_t least, bool dots)
{
    size_t i = s.n;
    while (i > 0 && ((s.p[i - 1] >= '0' && s.p[i - 1] <= '9') || (dots && s.p[i - 1] == '.')))
        i--;
    return i > 0 && s.n - i >= least && s.p[i - 1] == '-' ? i - 1 : s.n;
}

/* The data stream or alias that a backing index belongs to, or the empty slice. */
static vd_str backed_name(vd_str index)
{
    static const char *const mounted[] = {"partial-", "restored-"};
    for (size_t i = 0; i < sizeof mounted / sizeof *mounted; i++) {
        vd_str prefix = vd_str_from(mounted[i]);
        if (vd_str_starts(index, prefix)) index = vd_str_sub(index, prefix.n, index.n);
    }
    bool stream = vd_str_starts(index, VD_STR(".ds-"));
    bool internal = vd_str_starts(index, VD_STR(".internal."));
    if (!stream && !internal) return (vd_str){0};
    /* ".internal.alerts-x-000001" backs ".alerts-x": its second dot stays. */
    vd_str name = vd_str_sub(index, stream ? 4 : sizeof ".internal" - 1, index.n);
    name.n = without_tail(name, 6, false);
    if (stream) name.n = without_tail(name, 10, true);
    return name;
}

/* One pattern without its sign. A cluster in front of an exclusion limits it to
 * that cluster's indices; in front of an inclusion it does not matter. */
static bool takes_one(vd_str pattern, bool exclusion, vd_str index)
{
    size_t colon = vd_str_find_byte(index, ':', 0);
    vd_str cluster = colon < index.n ? vd_str_sub(index, 0, colon) : (vd_str){0};
    vd_str name = colon < index.n ? vd_str_sub(index, colon + 1, index.n) : index;
    size_t at = vd_str_find_byte(pattern, ':', 0);
    if (at < pattern.n) {
        if (exclusion && (cluster.n == 0 || !glob(vd_str_sub(pattern, 0, at), cluster)))
            return false;
        pattern = vd_str_sub(pattern, at + 1, pattern.n);
    }
    if (vd_str_eq(pattern, VD_STR("_all"))) return true;
    vd_str backed = backed_name(name);
    return glob(pattern, name) || (backed.n > 0 && glob(pattern, backed));
}

/* One string of patterns with commas between, applied to what is taken so far. */
static bool apply_list(vd_str list, vd_str index, bool taken)
{
    for (size_t at = 0; at <= list.n;) {
        size_t end = vd_str_find_byte(list, ',', at);
        vd_str pattern = vd_str_trim(vd_str_sub(list, at, end));
        at = end + 1;
        if (pattern.n == 0) continue;
        bool exclusion = pattern.p[0] == '-';
        if (exclusion) pattern = vd_str_sub(pattern, 1, pattern.n);
        if (taken != exclusion) continue; /* this pattern could not change anything */
        if (takes_one(pattern, exclusion, index)) taken = !exclusion;
    }
    return taken;
}

static bool takes_name(const vd_str *patterns, size_t n, vd_str index)
{
    bool taken = false;
    for (size_t i = 0; i < n; i++)
        taken = apply_list(patterns[i], index, taken);
    return taken;
}

bool vd_index_takes(const vd_str *patterns, size_t n, vd_str index)
{
    for (size_t at = 0; at <= index.n;) {
        size_t end = vd_str_find_byte(index, ',', at);
        if (takes_name(patterns, n, vd_str_sub(index, at, end))) return true;
        at = end + 1;
    }
    return false;
}
