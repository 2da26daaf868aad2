/* rule/transform.c - osquery and investigate plugins into the investigation guide
 *
 * A TOML rule's guide says $osquery_0 or ${investigate_1}; its [transform] table
 * holds the plugins, counted from 0. Kibana's guide holds them in place, as
 * !{osquery{...}} with their JSON. Names nobody knows stay, $$ is a plain $
 * (Python's string.Template, which the placeholders are made for). */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "rule/rule_int.h"

typedef VD_VEC(char) text_buffer;

static void put(text_buffer *out, vd_str s)
{
    if (s.n == 0) return;
    vd_vec_reserve(out, out->n + s.n);
    memcpy(out->v + out->n, s.p, s.n);
    out->n += s.n;
}

/* ---- JSON with sorted keys ---- */

static void put_unit(text_buffer *out, unsigned unit)
{
    char escape[8];
    snprintf(escape, sizeof escape, "\\u%04x", unit & 0xffffu);
    put(out, (vd_str){escape, 6});
}

/* The letter behind the backslash of a short escape, or 0. */
static char short_escape(uint32_t cp)
{
    switch (cp) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

static void put_code_point(text_buffer *out, uint32_t cp)
{
    char letter = short_escape(cp);
    if (letter) {
        put(out, (vd_str){(char[]){'\\', letter}, 2});
    } else if (cp >= 0x10000) {
        put_unit(out, 0xd800 + ((cp - 0x10000) >> 10));
        put_unit(out, 0xdc00 + ((cp - 0x10000) & 0x3ff));
    } else if (cp < 0x20 || cp > 0x7f) {
        put_unit(out, cp);
    } else {
        put(out, (vd_str){(char[]){(char)cp}, 1});
    }
}

static void put_string(text_buffer *out, vd_str s)
{
    put(out, VD_STR("\""));
    for (size_t i = 0; i < s.n;)
        put_code_point(out, vd_utf8_next(s, &i));
    put(out, VD_STR("\""));
}

typedef struct member {
    vd_str key;
    vd_json *value;
} member;

static int by_key(const void *a, const void *b)
{
    return vd_str_cmp(((const member *)a)->key, ((const member *)b)->key);
}

static void put_json(vd_arena *a, text_buffer *out, const vd_json *v, int depth);

static void put_object(vd_arena *a, text_buffer *out, const vd_json *v, int depth)
{
    VD_VEC(member) members = {0};
    for (vd_json_iter it = {0}; vd_json_next(v, &it);)
        *vd_vec_push(&members) = (member){it.key, it.value};
    if (members.n) qsort(members.v, members.n, sizeof *members.v, by_key);
    put(out, VD_STR("{"));
    for (size_t i = 0; i < members.n; i++) {
        if (i) put(out, VD_STR(","));
        put_string(out, members.v[i].key);
        put(out, VD_STR(":"));
        put_json(a, out, members.v[i].value, depth - 1);
    }
    put(out, VD_STR("}"));
    vd_vec_free(&members);
}

static void put_array(vd_arena *a, text_buffer *out, const vd_json *v, int depth)
{
    put(out, VD_STR("["));
    for (size_t i = 0; i < vd_json_len(v); i++) {
        if (i) put(out, VD_STR(","));
        put_json(a, out, vd_json_at(v, i), depth - 1);
    }
    put(out, VD_STR("]"));
}

static void put_json(vd_arena *a, text_buffer *out, const vd_json *v, int depth)
{
    if (depth == 0) { /* no reader lets a deeper tree through */
        put(out, VD_STR("null"));
        return;
    }
    switch (vd_json_typeof(v)) {
    case VD_JSON_OBJECT: put_object(a, out, v, depth); break;
    case VD_JSON_ARRAY: put_array(a, out, v, depth); break;
    case VD_JSON_STRING: put_string(out, vd_json_str(v)); break;
    default: put(out, vd_json_text(a, v, false)); break;
    }
}

vd_str vd_sorted_json(vd_arena *a, const vd_json *v)
{
    text_buffer out = {0};
    put_json(a, &out, v, VD_MAX_JSON_DEPTH + 1);
    vd_str text = vd_arena_str(a, (vd_str){out.v, out.n});
    vd_vec_free(&out);
    return text;
}

/* ---- placeholders ---- */

static bool starts_name(char c)
{
    unsigned char l = vd_ascii_lower((unsigned char)c);
    return c == '_' || (l >= 'a' && l <= 'z');
}

static bool in_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9');
}

/* The name that begins at `at`; empty if none does. */
static vd_str name_at(vd_str s, size_t at)
{
    size_t end = at;
    if (at < s.n && starts_name(s.p[at]))
        while (end < s.n && in_name(s.p[end]))
            end++;
    return vd_str_sub(s, at, end);
}

/* The number behind the last underscore of a name, written as Python writes it. */
static bool plugin_index(vd_str digits, size_t *index)
{
    if (digits.n == 0 || digits.n > 6 || (digits.n > 1 && digits.p[0] == '0')) return false;
    *index = 0;
    for (size_t i = 0; i < digits.n; i++) {
        if (digits.p[i] < '0' || digits.p[i] > '9') return false;
        *index = *index * 10 + (size_t)(digits.p[i] - '0');
    }
    return true;
}

/* Puts the plugin of that name, e.g. osquery_0; false if there is none. */
static bool put_plugin(vd_arena *a, text_buffer *out, vd_str name, const vd_json *transform)
{
    size_t cut = name.n;
    while (cut > 0 && name.p[cut - 1] != '_')
        cut--;
    size_t index;
    if (cut < 2 || !plugin_index(vd_str_sub(name, cut, name.n), &index)) return false;
    vd_str kind = vd_arena_str(a, vd_str_sub(name, 0, cut - 1));
    vd_json *list = vd_json_get(transform, kind.p);
    if (vd_json_typeof(list) != VD_JSON_ARRAY || index >= vd_json_len(list)) return false;
    put(out, VD_STR("!{"));
    put(out, kind);
    put(out, vd_sorted_json(a, vd_json_at(list, index)));
    put(out, VD_STR("}"));
    return true;
}

/* Puts what the `$` at `at` stands for and gives the position behind it. */
static size_t put_placeholder(vd_arena *a, text_buffer *out, vd_str note, size_t at,
                              const vd_json *transform)
{
    if (at + 1 < note.n && note.p[at + 1] == '$') {
        put(out, VD_STR("$"));
        return at + 2;
    }
    bool braced = at + 1 < note.n && note.p[at + 1] == '{';
    vd_str name = name_at(note, at + (braced ? 2 : 1));
    size_t end = at + (braced ? 2 : 1) + name.n;
    bool whole = name.n > 0 && (!braced || (end < note.n && note.p[end] == '}'));
    if (whole && braced) end++;
    if (whole && put_plugin(a, out, name, transform)) return end;
    put(out, VD_STR("$"));
    return at + 1;
}

vd_json *vd_render_note(vd_arena *a, vd_str note, const vd_json *transform)
{
    text_buffer out = {0};
    for (size_t at = 0; at < note.n;) {
        size_t dollar = vd_str_find_byte(note, '$', at);
        put(&out, vd_str_sub(note, at, dollar));
        at = dollar < note.n ? put_placeholder(a, &out, note, dollar, transform) : note.n;
    }
    vd_json *rendered = vd_json_string((vd_str){out.v, out.n});
    vd_vec_free(&out);
    return rendered;
}
