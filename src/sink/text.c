/* Text for terminals. Events are foreign: an escape sequence in a command line must
 * not reach the terminal of the one who reads it. */
#include "base/utf8.h"
#include "sink/sink_int.h"

typedef struct range {
    uint32_t from, to;
} range;

/* Take two columns (Unicode, East Asian Width W and F, the common blocks). */
static const range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};
/* Take none: they stand on the character before. */
static const range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x064b, 0x065f},
    {0x1ab0, 0x1aff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};
/* Never shown as they are: controls, marks of direction, what has no width, separators
 * of lines, the byte order mark, tags. */
static const range unsafe[] = {
    {0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},     {0x061c, 0x061c}, {0x180e, 0x180e},
    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
    {0xdc00, 0xdcff}, {0xe0000, 0xe007f},
};

static bool is_in(const range *r, size_t n, uint32_t cp)
{
    for (size_t i = 0; i < n; i++)
        if (cp >= r[i].from && cp <= r[i].to) return true;
    return false;
}
#define IS(cp, table) is_in(table, sizeof(table) / sizeof(table)[0], cp)

/* The shown form of cp in buf; *columns gets its width. Returns the bytes. */
static size_t shown(uint32_t cp, char buf[16], size_t *columns)
{
    int n = 0;
    if (cp >= 0x20 && cp < 0x7f) {
        *buf = (char)cp;
        *columns = 1;
        return 1;
    }
    if (!IS(cp, unsafe)) {
        *columns = IS(cp, wide) ? 2 : IS(cp, combining) ? 0 : 1;
        return vd_utf8_put(cp, buf);
    }
    switch (cp) {
    case '\n': n = snprintf(buf, 16, "\\n"); break;
    case '\r': n = snprintf(buf, 16, "\\r"); break;
    case '\t': n = snprintf(buf, 16, "\\t"); break;
    default:
        if (cp >= 0xdc00 && cp <= 0xdcff) cp -= 0xdc00; /* a byte that is no UTF-8 */
        n = snprintf(buf, 16, cp < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)cp);
    }
    *columns = (size_t)n;
    return (size_t)n;
}

size_t vd_text_width(vd_str s)
{
    char buf[16];
    size_t width = 0, one;
    for (size_t i = 0; i < s.n; width += one)
        shown(vd_utf8_next(s, &i), buf, &one);
    return width;
}

/* Bytes of s whose shown form fits `columns`. */
static size_t fitting(vd_str s, size_t columns, size_t *used)
{
    char buf[16];
    size_t i = 0, one;
    for (*used = 0; i < s.n; *used += one) {
        size_t next = i;
        shown(vd_utf8_next(s, &next), buf, &one);
        if (*used + one > columns) break;
        i = next;
    }
    return i;
}

static void put_all(FILE *out, vd_str s)
{
    char buf[16];
    size_t one;
    for (size_t i = 0; i < s.n;) {
        size_t n = shown(vd_utf8_next(s, &i), buf, &one);
        fwrite(buf, 1, n, out);
    }
}

size_t vd_text_put(FILE *out, vd_str s, size_t columns)
{
    size_t used;
    size_t fits = fitting(s, columns, &used);
    if (fits < s.n && columns) fits = fitting(s, columns - 1, &used);
    put_all(out, vd_str_sub(s, 0, fits));
    if (fits == s.n || !columns) return used;
    fputs("…", out);
    return used + 1;
}

vd_str vd_text_safe(vd_arena *a, vd_str s)
{
    char buf[16], *text;
    size_t one, width, i = 0, n = 0;
    while (i < s.n && s.p[i] >= 0x20 && s.p[i] < 0x7f)
        i++;
    if (i == s.n) return s;
    /* At most six bytes for one: \x1b for a byte, \u202e for three. */
    text = vd_arena_alloc(a, 6 * s.n);
    for (i = 0; i < s.n; n += one) {
        one = shown(vd_utf8_next(s, &i), buf, &width);
        memcpy(text + n, buf, one);
    }
    return (vd_str){text, n};
}

void vd_text_put_end(FILE *out, vd_str s, size_t columns)
{
    char buf[16];
    size_t width = vd_text_width(s), one, i = 0;
    if (width > columns) fputs("…", out);
    while (i < s.n && width > columns - (i > 0)) {
        shown(vd_utf8_next(s, &i), buf, &one);
        width -= one;
    }
    put_all(out, vd_str_sub(s, i, s.n));
}

static void blanks(FILE *out, size_t n) { fprintf(out, "%*s", (int)n, ""); }

void vd_text_cell(FILE *out, vd_str s, size_t columns, bool right)
{
    size_t width = right ? vd_text_width(s) : 0;
    if (right && width < columns) blanks(out, columns - width);
    size_t used = vd_text_put(out, s, columns);
    if (!right) blanks(out, columns - used);
}
