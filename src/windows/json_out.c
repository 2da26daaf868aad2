/* windows/json_out.c - the slots that are set, as one JSON object
 *
 * Slots are numbered in the order of the document, fields of one object side by side; so the
 * writer only compares each slot's objects with those that are open. */
#include <math.h>
#include <stdio.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "windows/normalise_int.h"

static inline char *room(vd_text *out, size_t n)
{
    if (__builtin_expect(out->cap - out->n < n, 0)) vd_vec_reserve(out, out->n + n);
    return out->v + out->n;
}

static inline void put(vd_text *out, vd_str s)
{
    memcpy(room(out, s.n), s.p, s.n);
    out->n += s.n;
}

static inline void put_char(vd_text *out, char c)
{
    *room(out, 1) = c;
    out->n++;
}

void nz_put(vd_text *out, const char *p, size_t n)
{
    if (n) put(out, (vd_str){p, n});
}

#define STEP 16 /* bytes looked at together */

/* Copies STEP bytes and gives a bit for each that JSON wants escaped: below 0x20, quote,
 * backslash. */
#ifdef __SSE2__
static inline unsigned copy_step(char *to, const char *p)
{
    __m128i w = _mm_loadu_si128((const __m128i *)p);
    _mm_storeu_si128((__m128i *)to, w);
    __m128i bad = _mm_cmpeq_epi8(_mm_min_epu8(w, _mm_set1_epi8(0x1f)), w);
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(w, _mm_set1_epi8('"')));
    bad = _mm_or_si128(bad, _mm_cmpeq_epi8(w, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(bad);
}
#else
static inline unsigned copy_step(char *to, const char *p)
{
    unsigned bad = 0;
    memcpy(to, p, STEP);
    for (unsigned i = 0; i < STEP; i++) {
        unsigned char c = (unsigned char)p[i];
        bad |= (unsigned)(c < 0x20 || c == '"' || c == '\\') << i;
    }
    return bad;
}
#endif

static size_t escape(char *to, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char names[32] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    to[0] = '\\';
    to[1] = c < 32 ? names[c] : (char)c;
    if (to[1]) return 2;
    memcpy(to + 1, "u00", 3);
    to[4] = hex[c >> 4];
    to[5] = hex[c & 15];
    return 6;
}

static inline char *put_escaped(char *to, unsigned char c)
{
    if (c < 0x20) return to + escape(to, c);
    to[0] = '\\';
    to[1] = (char)c;
    return to + 2;
}

/* One step of which the bytes in `bad` need escapes; what stands between them is copied
 * STEP bytes at a time, so 2 * STEP bytes must be readable at p. Backslashes are the rule
 * in paths: this is no rare case. */
static inline char *escape_step(char *to, const char *p, unsigned bad)
{
    unsigned done = 0;
    for (; bad; bad &= bad - 1) {
        unsigned k = (unsigned)__builtin_ctz(bad);
        memcpy(to, p + done, STEP);
        to = put_escaped(to + (k - done), (unsigned char)p[k]);
        done = k + 1;
    }
    memcpy(to, p + done, STEP);
    return to + (STEP - done);
}

/* n < 2 * STEP bytes of p, by copies of fixed sizes that overlap. */
static inline void gather(char *to, const char *p, size_t n)
{
    if (n >= 16) {
        memcpy(to, p, 16);
        memcpy(to + n - 16, p + n - 16, 16);
    } else if (n >= 8) {
        memcpy(to, p, 8);
        memcpy(to + n - 8, p + n - 8, 8);
    } else if (n >= 4) {
        memcpy(to, p, 4);
        memcpy(to + n - 4, p + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = p[i];
    }
}

/* The last n < 2 * STEP bytes, behind which nothing may be read. */
static char *escape_tail(char *to, const char *p, size_t n)
{
    char tail[3 * STEP] = {0};
    gather(tail, p, n);
    for (size_t i = 0; i < n; i += STEP) {
        unsigned left = n - i < STEP ? (unsigned)(n - i) : STEP;
        unsigned bad = copy_step(to, tail + i) & ((1u << left) - 1);
        to = (bad ? escape_step(to, tail + i, bad) : to + STEP) - (STEP - left);
    }
    return to;
}

/* Escapes p[0, n) to `to`, which has room for 6 n + 2 * STEP bytes; gives the end. */
static char *escape_all(char *to, const char *p, size_t n)
{
    size_t i = 0;
    for (; i + 2 * STEP <= n; i += STEP) {
        unsigned bad = copy_step(to, p + i);
        to = bad ? escape_step(to, p + i, bad) : to + STEP;
    }
    return i < n ? escape_tail(to, p + i, n - i) : to;
}

/* Long texts are taken in parts, so as not to reserve six times their length. */
static void put_long_string(vd_text *out, vd_str s)
{
    const size_t part = 4096;
    put_char(out, '"');
    for (size_t at = 0; at < s.n; at += part) {
        size_t n = s.n - at < part ? s.n - at : part;
        char *to = room(out, 6 * n + 2 * STEP);
        out->n += (size_t)(escape_all(to, s.p + at, n) - to);
    }
    put_char(out, '"');
}

static inline void put_string(vd_text *out, vd_str s)
{
    if (s.n > 512) {
        put_long_string(out, s);
        return;
    }
    char *from = room(out, 6 * s.n + 2 * STEP + 2);
    *from = '"';
    char *to = escape_all(from + 1, s.p, s.n);
    *to++ = '"';
    out->n += (size_t)(to - from);
}

void nz_put_string(vd_text *out, vd_str s)
{
    put_string(out, s);
}

/* A comma where one is due, and a key, which is short and has NZ_KEY_PAD bytes behind it. */
static inline void put_key(vd_text *out, vd_str key)
{
    char *to = room(out, key.n + NZ_KEY_PAD + 1);
    char *from = to;
    if (to[-1] != '{') *to++ = ',';
    memcpy(to, key.p, NZ_KEY_PAD);
    if (key.n > NZ_KEY_PAD) memcpy(to + NZ_KEY_PAD, key.p + NZ_KEY_PAD, key.n - NZ_KEY_PAD);
    out->n += (size_t)(to + key.n - from);
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
    put_char(out, '[');
    for (uint32_t i = 0; i < list.n; i++) {
        if (i) put_char(out, ',');
        nz_put_string(out, n->items.v[list.at + i]);
    }
    put_char(out, ']');
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
    case NZ_TEXT: put_string(out, v->text); break;
    case NZ_LONG: nz_put_long(out, v->num); break;
    case NZ_BOOL: nz_put(out, v->num ? "true" : "false", v->num ? 4 : 5); break;
    case NZ_DOUBLE: put_double(out, v->real); break;
    case NZ_LIST: put_list(n, out, v->list); break;
    case NZ_RAW: put(out, v->text); break;
    case NZ_NONE: nz_put(out, "null", 4); break;
    }
}

static void comma(vd_text *out)
{
    if (out->v[out->n - 1] != '{') put_char(out, ',');
}

/* A pair's name as a key, with the blanks that field names cannot have as underscores. */
static void put_name(const vd_normaliser *n, vd_text *out, uint32_t i)
{
    uint32_t name = n->data_name.v[i];
    if (name != VD_MAP_NONE) {
        put_key(out, n->table.names.v[name].key);
        return;
    }
    comma(out);
    size_t at = out->n;
    nz_put_string(out, n->record->data[i].name);
    for (; at < out->n; at++)
        if (out->v[at] == ' ') out->v[at] = '_';
    put_char(out, ':');
}

#define FEW 64 /* pairs of which unknown names are compared one by one */

/* A pair of the same name, one that no map knows, went before i. */
static bool repeated_here(const vd_normaliser *n, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (n->data_name.v[k] == VD_MAP_NONE && n->data.v[k].p &&
            vd_str_eq(n->record->data[k].name, n->record->data[i].name))
            return true;
    return false;
}

/* Names that maps know are told by their number. Of the others a record can have very many
 * (seen: a set of them), or a few. */
static bool repeated(const vd_normaliser *n, uint32_t i, vd_map *seen)
{
    uint32_t name = n->data_name.v[i];
    if (name != VD_MAP_NONE) return n->pair_of[name] != i + 1;
    if (n->data.n <= FEW) return repeated_here(n, i);
    return vd_map_put(seen, n->record->data[i].name, i) != i;
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
    vd_map seen = {0};
    for (uint32_t i = 0; i < n->data.n; i++) {
        if (!n->data.v[i].p || repeated(n, i, &seen) || set_by_map(n, i)) continue;
        put_name(n, out, i);
        put_string(out, n->data.v[i]);
    }
    vd_map_fini(&seen);
}

static void put_slot(const vd_normaliser *n, vd_text *out, const nz_slot *s)
{
    if (s->field == NZ_F_W_DATA || s->field == NZ_F_W_USER_DATA) {
        put_pairs(n, out);
        return;
    }
    put_key(out, s->key);
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
        put_char(out, '}');
        depth--;
    }
    for (; depth < s->depth; depth++) {
        put_key(out, t->nodes.v[s->chain[depth]].key);
        open[depth] = s->chain[depth];
    }
    return depth;
}

static void put_plain(vd_text *out, vd_str s) { nz_put(out, s.p, s.n); }

/* The indices that the record stands for: that of its integration first, then those in
 * which Winlogbeat and a collector of forwarded events would have put it, so that rules
 * for any of them take it. */
static void put_indices(const vd_normaliser *n, vd_text *out)
{
    const nz_value *set = &n->values[NZ_F_DS_DATASET];
    put_plain(out, VD_STR("\"_index\":["));
    if (set->kind == NZ_TEXT) {
        put_plain(out, VD_STR("\"logs-"));
        put_plain(out, set->text);
        put_plain(out, VD_STR("-default\","));
    }
    put_plain(out, VD_STR("\"winlogbeat-default\",\"logs-windows.forwarded-default\"]"));
}

void nz_write(vd_normaliser *n, vd_text *out)
{
    uint16_t open[NZ_MAX_DEPTH];
    unsigned depth = 0;
    put_char(out, '{');
    put_indices(n, out);
    for (uint32_t w = 0; w < n->n_set_words; w++) {
        for (uint64_t bits = n->set[w]; bits; bits &= bits - 1) {
            const nz_slot *s = &n->table.slots.v[w * 64 + (unsigned)__builtin_ctzll(bits)];
            depth = step(&n->table, out, open, depth, s);
            put_slot(n, out, s);
        }
    }
    for (; depth > 0; depth--)
        put_char(out, '}');
    put_char(out, '}');
}
