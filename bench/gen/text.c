/* bench/gen/text.c - see text.h */
#include "text.h"

#include <string.h>

char *vd_put_guid(char *w, vd_rng *r)
{
    uint64_t a = vd_rng_next(r), b = vd_rng_next(r);
    w = vd_put_hex(w, a >> 32, 8);
    *w++ = '-';
    w = vd_put_hex(w, a >> 16, 4);
    LIT(w, "-4");
    w = vd_put_hex(w, a, 3);
    LIT(w, "-a");
    w = vd_put_hex(w, b >> 48, 3);
    *w++ = '-';
    return vd_put_hex(w, b, 12);
}

char *vd_put_base64(char *w, const char *p, size_t n)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (; n > 0; p += 3, n = n > 3 ? n - 3 : 0) {
        uint32_t v = (uint32_t)(uint8_t)p[0] << 16;
        v |= n > 1 ? (uint32_t)(uint8_t)p[1] << 8 : 0;
        v |= n > 2 ? (uint32_t)(uint8_t)p[2] : 0;
        *w++ = abc[v >> 18];
        *w++ = abc[v >> 12 & 63];
        *w++ = n > 1 ? abc[v >> 6 & 63] : '=';
        *w++ = n > 2 ? abc[v & 63] : '=';
    }
    return w;
}

static char *put_letters(char *w, vd_rng *r, unsigned n)
{
    for (uint64_t x = vd_rng_next(r); n-- > 0; x /= 26)
        *w++ = (char)('a' + x % 26);
    return w;
}

static char *put_version(char *w, vd_rng *r)
{
    w = vd_put_u64(w, vd_rng_range(r, 1, 24));
    *w++ = '.';
    w = vd_put_u64(w, vd_rng_below(r, 20));
    *w++ = '.';
    return vd_put_u64(w, vd_rng_below(r, 9999));
}

/* One code's text, unescaped; at most 80 bytes. */
static size_t expand_code(char *out, char code, const vd_whereabouts *at, vd_rng *r)
{
    char *w = out;
    switch (code) {
    case 'u': w = vd_put_str(w, at->user); break;
    case 's': w = vd_put_str(w, at->sid); break;
    case 'c': w = vd_put_str(w, at->host); break;
    case 'g': w = vd_put_guid(w, r); break;
    case 'x': w = vd_put_hex(w, vd_rng_next(r), 8); break;
    case 'h': w = vd_put_hex(w, vd_rng_next(r), 4); break;
    case 'd': w = vd_put_u64(w, vd_rng_below(r, 100000)); break;
    case 'n': w = vd_put_u64(w, vd_rng_below(r, 10)); break;
    case 'w': w = vd_put_str(w, vd_words.rows[vd_rng_below(r, (uint32_t)vd_words.count)]); break;
    case 'v': w = put_version(w, r); break;
    case 't': w = put_letters(w, r, 6); break;
    default: *w++ = code; break;
    }
    return (size_t)(w - out);
}

size_t vd_expand(char *out, size_t cap, const char *row, const vd_whereabouts *at, vd_rng *r)
{
    size_t n = 0;
    char code[96];
    for (; *row != '\0' && n + 2 < cap; row++) {
        if (*row == '%' && row[1] != '\0') {
            size_t len = expand_code(code, *++row, at, r);
            len = len < cap - n ? len : cap - n;
            memcpy(out + n, code, len);
            n += len;
            continue;
        }
        if (*row == '\\' || *row == '"') out[n++] = '\\';
        out[n++] = *row;
    }
    return n;
}

void vd_value_set(vd_value *v, const char *row, const vd_whereabouts *at, vd_rng *r)
{
    v->len = (uint32_t)vd_expand(v->text, sizeof v->text, row, at, r);
}

size_t vd_name_at(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '\\' && path[len - 1] != '/')
        len--;
    return len;
}

/* Appends an escaped argument to both of its places, if there is room for it
 * with its quotes in each. */
static void command_add(vd_command *c, const char *arg, size_t n)
{
    bool quote = memchr(arg, ' ', n) != NULL && c->args_count > 0;
    if (c->args_len + n + 4 > VD_COMMAND_CAP || c->line_len + n + 6 > VD_COMMAND_CAP) return;
    char *a = c->args + c->args_len, *l = c->line + c->line_len;
    if (c->args_count++ > 0) {
        *a++ = ',';
        *l++ = ' ';
    }
    *a++ = '"';
    a = vd_put(a, arg, n);
    *a++ = '"';
    if (quote) LIT(l, "\\\"");
    l = vd_put(l, arg, n);
    if (quote) LIT(l, "\\\"");
    c->args_len = (uint16_t)(a - c->args);
    c->line_len = (uint16_t)(l - c->line);
}

/* Copies the argument that begins at `row` into `one` (terminated, unexpanded)
 * and returns where the next begins, or NULL. */
static const char *next_argument(char *one, size_t cap, const char *row)
{
    const char *bar = strchr(row, '|');
    size_t n = bar != NULL ? (size_t)(bar - row) : strlen(row);
    n = n < cap ? n : cap - 1;
    memcpy(one, row, n);
    one[n] = '\0';
    return bar != NULL ? bar + 1 : NULL;
}

void vd_command_build(vd_command *c, const char *exe, const char *row, const vd_whereabouts *at,
                      vd_rng *r)
{
    char one[VD_PATH_CAP], text[VD_PATH_CAP];
    c->exe_len = (uint16_t)vd_expand(c->exe, sizeof c->exe, exe, at, r);
    c->name_at = (uint16_t)vd_name_at(c->exe, c->exe_len);
    c->args_len = c->line_len = c->args_count = 0;
    c->prog = NULL;
    if (row == NULL) command_add(c, c->exe, c->exe_len);
    while (row != NULL) {
        row = next_argument(one, sizeof one, row);
        if (strcmp(one, "%e") == 0)
            command_add(c, c->exe, c->exe_len);
        else
            command_add(c, text, vd_expand(text, sizeof text, one, at, r));
    }
}

void vd_command_copy(vd_command *to, const vd_command *from)
{
    memcpy(to, from, offsetof(vd_command, exe));
    memcpy(to->exe, from->exe, from->exe_len);
    memcpy(to->args, from->args, from->args_len);
    memcpy(to->line, from->line, from->line_len);
}
