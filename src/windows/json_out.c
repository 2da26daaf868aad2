/* windows/json_out.c - the slots that are set, as one JSON object
 *
 * Slots are numbered in the order of the document, fields of one object side by side; so the
 * writer only compares each slot's objects with those that are open. */
#include <math.h>
#include <stdio.h>

#include "windows/normalise_int.h"

static char *room(vd_text *out, size_t n)
{
    if (out->cap - out->n < n) vd_vec_reserve(out, out->n + n);
    return out->v + out->n;
}

void nz_put(vd_text *out, const char *p, size_t n)
{
    if (n == 0) return;
    memcpy(room(out, n), p, n);
    out->n += n;
}

#define ONES  0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

static uint64_t zero_bytes(uint64_t w) { return (w - ONES) & ~w & HIGHS; }

/* Bytes of w that JSON wants escaped: below 0x20, quote, backslash. A borrow can name a
 * byte too many behind a true one, never too few, and the caller looks at each anyway. */
static uint64_t escaped_bytes(uint64_t w)
{
    uint64_t control = (w - ONES * 0x20) & ~w & HIGHS;
    return control | zero_bytes(w ^ (ONES * '"')) | zero_bytes(w ^ (ONES * '\\'));
}

static bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

/* Copies what needs no escape and gives its length. */
static size_t copy_plain(char *to, const char *p, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        uint64_t bad = escaped_bytes(w);
        memcpy(to + i, &w, 8);
        if (bad) break;
    }
    for (; i < n && is_plain((unsigned char)p[i]); i++)
        to[i] = p[i];
    return i;
}

static size_t escape(char *to, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
                                   ['\r'] = 'r'};
    to[0] = '\\';
    to[1] = c < 32 ? names[c] : (char)c;
    if (to[1]) return 2;
    memcpy(to + 1, "u00", 3);
    to[4] = hex[c >> 4];
    to[5] = hex[c & 15];
    return 6;
}

void nz_put_string(vd_text *out, vd_str s)
{
    char *to = room(out, s.n + 10);
    *to = '"';
    out->n++;
    for (size_t i = 0;;) {
        to = room(out, s.n - i + 16);
        size_t k = copy_plain(to, s.p + i, s.n - i);
        i += k;
        out->n += k;
        if (i >= s.n) break;
        out->n += escape(to + k, (unsigned char)s.p[i++]);
    }
    room(out, 1)[0] = '"';
    out->n++;
}

void nz_put_long(vd_text *out, int64_t v)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--at = (char)('0' + u % 10);
    while (u /= 10);
    if (v < 0) *--at = '-';
    nz_put(out, at, (size_t)(digits + sizeof digits - at));
}

static void put_list(const vd_normaliser *n, vd_text *out, nz_list list)
{
    nz_put(out, "[", 1);
    for (uint32_t i = 0; i < list.n; i++) {
        if (i) nz_put(out, ",", 1);
        nz_put_string(out, n->items.v[list.at + i]);
    }
    nz_put(out, "]", 1);
}

static void put_double(vd_text *out, double d)
{
    char buf[40];
    int k = isfinite(d) ? snprintf(buf, sizeof buf, "%.17g", d) : snprintf(buf, sizeof buf, "0");
    nz_put(out, buf, (size_t)k);
}

static void put_value(const vd_normaliser *n, vd_text *out, const nz_value *v)
{
    switch (v->kind) {
    case NZ_TEXT: nz_put_string(out, v->text); break;
    case NZ_LONG: nz_put_long(out, v->num); break;
    case NZ_BOOL: nz_put(out, v->num ? "true" : "false", v->num ? 4 : 5); break;
    case NZ_DOUBLE: put_double(out, v->real); break;
    case NZ_LIST: put_list(n, out, v->list); break;
    case NZ_RAW: nz_put(out, v->text.p, v->text.n); break;
    case NZ_NONE: nz_put(out, "null", 4); break;
    }
}

static void comma(vd_text *out)
{
    if (out->v[out->n - 1] != '{') nz_put(out, ",", 1);
}

/* A name of event data, with the blanks that field names cannot have as underscores. */
static void put_name(vd_text *out, vd_str name)
{
    size_t at = out->n;
    nz_put_string(out, name);
    for (size_t i = at; i < out->n; i++)
        if (out->v[i] == ' ') out->v[i] = '_';
    nz_put(out, ":", 1);
}

/* A pair of the same name went before. Names that maps know are told by their number;
 * others are compared. */
static bool repeated(const vd_normaliser *n, uint32_t i)
{
    uint32_t name = n->data_name.v[i];
    if (name != VD_MAP_NONE) return n->pair_of[name] != i + 1;
    for (uint32_t k = 0; k < i; k++)
        if (n->data_name.v[k] == VD_MAP_NONE && n->data.v[k].p &&
            vd_str_eq(n->record->data[k].name, n->record->data[i].name))
            return true;
    return false;
}

static bool set_by_map(const vd_normaliser *n, uint32_t i)
{
    uint32_t name = n->data_name.v[i];
    if (name == VD_MAP_NONE) return false;
    uint32_t field = n->table.names.v[name].data_field;
    return field != VD_MAP_NONE && n->values[field].kind != NZ_NONE;
}

/* The record's pairs, those left out that are empty, twice there, or set by a map. */
static void put_pairs(const vd_normaliser *n, vd_text *out)
{
    for (uint32_t i = 0; i < n->data.n; i++) {
        if (!n->data.v[i].p || repeated(n, i) || set_by_map(n, i)) continue;
        comma(out);
        put_name(out, n->record->data[i].name);
        nz_put_string(out, n->data.v[i]);
    }
}

static void put_slot(const vd_normaliser *n, vd_text *out, const nz_slot *s)
{
    if (s->field == NZ_F_W_DATA || s->field == NZ_F_W_USER_DATA) {
        put_pairs(n, out);
        return;
    }
    comma(out);
    nz_put(out, s->key.p, s->key.n);
    put_value(n, out, &n->values[s->field]);
}

/* Closes the objects that s is not in and opens those it is in; gives their number. */
static unsigned step(const nz_table *t, vd_text *out, uint16_t open[NZ_MAX_DEPTH], unsigned depth,
                     const nz_slot *s)
{
    unsigned same = 0;
    while (same < depth && same < s->depth && open[same] == s->chain[same])
        same++;
    while (depth > same) {
        nz_put(out, "}", 1);
        depth--;
    }
    for (; depth < s->depth; depth++) {
        vd_str key = t->nodes.v[s->chain[depth]].key;
        comma(out);
        nz_put(out, key.p, key.n);
        open[depth] = s->chain[depth];
    }
    return depth;
}

void nz_write(vd_normaliser *n, vd_text *out)
{
    uint16_t open[NZ_MAX_DEPTH];
    unsigned depth = 0;
    nz_put(out, "{", 1);
    for (uint32_t w = 0; w < n->n_set_words; w++) {
        for (uint64_t bits = n->set[w]; bits; bits &= bits - 1) {
            const nz_slot *s =
                &n->table.slots.v[w * 64 + (unsigned)__builtin_ctzll(bits)];
            depth = step(&n->table, out, open, depth, s);
            put_slot(n, out, s);
        }
    }
    for (; depth > 0; depth--)
        nz_put(out, "}", 1);
    nz_put(out, "}", 1);
}
