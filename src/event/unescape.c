/* event/unescape.c - the text of a JSON string */
#include "base/utf8.h"
#include "event/event_int.h"

#define REPLACEMENT 0xFFFDu

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The four digits of a \u at position i, or -1. */
static int32_t hex4(vd_str raw, size_t i)
{
    int32_t v = 0;
    if (i > raw.n || raw.n - i < 4) return -1;
    for (size_t k = 0; k < 4; k++) {
        int d = hex_digit(raw.p[i + k]);
        if (d < 0) return -1;
        v = v * 16 + d;
    }
    return v;
}

/* A \u at *i (behind the u): its code point, of a pair where there is one. Moves
 * *i behind it. -1: no hex digits. *lone is set for half a pair. */
static int32_t unicode_escape(vd_str raw, size_t *i, bool *lone)
{
    int32_t v = hex4(raw, *i);
    if (v < 0) return -1;
    *i += 4;
    if (v < 0xD800 || v > 0xDFFF) return v;
    if (v <= 0xDBFF && raw.n - *i >= 6 && raw.p[*i] == '\\' && raw.p[*i + 1] == 'u') {
        int32_t low = hex4(raw, *i + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *i += 6;
            return 0x10000 + ((v - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    *lone = true;
    return (int32_t)REPLACEMENT;
}

/* What stands behind a backslash, of those that are one byte; 0: no such escape. */
static char simple_escape(char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

vd_fault vd_unescape(vd_str raw, char *out, size_t *out_n)
{
    size_t i = 0, n = 0;
    bool lone = false;
    while (i < raw.n) {
        /* Nothing that an escape stands for is longer than the escape, so out
         * never overtakes raw, and 16 bytes beyond it are there to be written. */
        unsigned run = vd_copy_to_backslash16(out + n, raw.p + i);
        size_t left = raw.n - i;
        if (run >= left || run == 16) {
            n += run < left ? run : left;
            i += run;
            continue;
        }
        n += run;
        i += run + 1;
        if (i >= raw.n) return VD_FAULT_BROKEN;
        char c = raw.p[i++];
        char simple = simple_escape(c);
        if (simple) {
            out[n++] = simple;
        } else if (c == 'u') {
            int32_t cp = unicode_escape(raw, &i, &lone);
            if (cp < 0) return VD_FAULT_BROKEN;
            n += vd_utf8_put((uint32_t)cp, out + n);
        } else {
            return VD_FAULT_BROKEN;
        }
    }
    *out_n = n;
    return lone ? VD_FAULT_SURROGATE : VD_FAULT_NONE;
}
