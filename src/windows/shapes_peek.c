/* Whether the first bytes of an input hold documents that have to be translated. */
#include "windows/shapes_int.h"

/* Documents looked at. */
#define MAX_LOOKED_AT 256

bool vd_shape_needs(vd_shapes *s, const char *json, size_t n)
{
    vd_cut document, source;
    vd_form form;
    if (!vd_cut_whole((vd_str){json, n}, &document)) return false;
    switch (vd_shape_look(&document, &form)) {
    case VD_SHAPE_WINDOWS:
    case VD_SHAPE_ACTION: return true;
    case VD_SHAPE_ENVELOPE:
        /* The event parser knows a hit by itself. */
        return !vd_cut_get(&document, VD_STR("_source"), &source) ||
               source.kind != VD_CUT_OBJECT ||
               vd_shape_look(&source, &form) == VD_SHAPE_WINDOWS;
    default: return false;
    }
}

bool vd_shape_is_action(const char *json, size_t n)
{
    vd_cut document;
    vd_form form;
    return vd_cut_whole((vd_str){json, n}, &document) &&
           vd_shape_look(&document, &form) == VD_SHAPE_ACTION;
}

static bool between(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

/* Behind the end of the line in which a document is broken, if another begins there. */
static size_t next_line(vd_str head, size_t at)
{
    for (size_t end; (end = vd_str_find_byte(head, '\n', at)) < head.n; at = end + 1)
        if (end + 1 < head.n && head.p[end + 1] == '{') return end + 1;
    return head.n;
}

bool vd_shapes_wanted(vd_shapes *s, vd_str head)
{
    size_t at = vd_str_starts(head, VD_STR("\xef\xbb\xbf")) ? 3 : 0;
    while (at < head.n && between(head.p[at]))
        at++;
    if (at < head.n && head.p[at] == '[') at++;
    for (unsigned i = 0; i < MAX_LOOKED_AT; i++) {
        while (at < head.n && between(head.p[at]))
            at++;
        vd_cut document;
        size_t used = vd_cut_first(vd_str_sub(head, at, head.n), &document);
        if (used && vd_shape_needs(s, document.raw.p, document.raw.n)) return true;
        /* Cut off by the end of what was peeked at: its first members may tell. */
        if (!used && at < head.n && head.p[at] == '{' &&
            vd_shape_hint(vd_str_sub(head, at, head.n)))
            return true;
        at = used ? at + used : next_line(head, at);
        if (at >= head.n) return false;
    }
    return false;
}
