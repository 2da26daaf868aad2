/* windows/funcs_state.c - functions of the maps that remember processes or measure scripts
 *
 * The Security log tells a process's start (4688) with its pid, and later events with the
 * pid alone. What started last under a pid on a host is remembered, in a table of fixed
 * size in which a newer process takes the place of an older one of the same bucket. */
#include <math.h>

#include "base/hash.h"
#include "windows/normalise_int.h"

#define STARTS 16384u /* power of two; 256 KiB a normaliser */

static bool key_of(vd_normaliser *n, const nz_value *v, uint64_t *key)
{
    if (n->options.no_derive || v->kind != NZ_LONG || n->computer.n == 0 || v->num <= 0)
        return false;
    nz_value host = nz_value_text(n->computer);
    if (!nz_lower(n, NULL, &host)) return false;
    vd_hash128 h = vd_hash128_stable(host.text);
    *key = (h.lo ^ (uint64_t)v->num * 0x9e3779b97f4a7c15ull) | 1;
    return true;
}

static nz_start *bucket(vd_normaliser *n, uint64_t key)
{
    if (!n->starts) n->starts = vd_calloc(STARTS, sizeof *n->starts);
    uint32_t at = (uint32_t)(key >> 20) & (STARTS - 1), next = (at + 1) & (STARTS - 1);
    bool second = n->starts[at].key != key && (n->starts[next].key == key || n->starts[at].key);
    return &n->starts[second ? next : at];
}

static void entity_text(vd_normaliser *n, uint64_t key, int64_t time_ns, nz_value *v)
{
    uint64_t parts[2] = {key, (uint64_t)time_ns};
    vd_hash128 h = vd_hash128_stable((vd_str){(const char *)parts, sizeof parts});
    *v = nz_value_text(vd_arena_printf(&n->scratch, "%016llx%016llx", (unsigned long long)h.hi,
                                       (unsigned long long)h.lo));
}

bool nz_started(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint64_t key;
    if (!nz_long(n, call, v) || n->time_ns == INT64_MIN || !key_of(n, v, &key)) return false;
    *bucket(n, key) = (nz_start){key, n->time_ns};
    entity_text(n, key, n->time_ns, v);
    return true;
}

static nz_start *known(vd_normaliser *n, const nz_call *call, nz_value *v, uint64_t *key)
{
    if (!nz_long(n, call, v) || !key_of(n, v, key)) return NULL;
    nz_start *s = bucket(n, *key);
    return s->key == *key ? s : NULL;
}

bool nz_entity(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint64_t key;
    const nz_start *s = known(n, call, v, &key);
    if (s) entity_text(n, key, s->time_ns, v);
    return s != NULL;
}

bool nz_ended(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint64_t key;
    nz_start *s = known(n, call, v, &key);
    if (!s) return false;
    entity_text(n, key, s->time_ns, v);
    *s = (nz_start){0};
    return true;
}

/* --- scripts: the measures that Elastic's powershell_operational pipeline takes --- */

/* The next code point of s at *i; a byte that begins none stands for itself. */
static uint32_t code_point(vd_str s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[(*i)++];
    unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
    uint32_t point = more ? c & (0x3fu >> more) : c;
    for (; more && *i < s.n && ((unsigned char)s.p[*i] & 0xc0) == 0x80; more--)
        point = point << 6 | ((unsigned char)s.p[(*i)++] & 0x3f);
    return point;
}

static void count(vd_normaliser *n, nz_measure *m, uint16_t *seen, uint32_t unit)
{
    if (n->symbol_counts[unit]++ == 0) seen[m->symbols++] = (uint16_t)unit;
    m->length++;
}

static void count_all(vd_normaliser *n, nz_measure *m, uint16_t *seen, vd_str s)
{
    for (size_t i = 0; i < s.n;) {
        uint32_t point = code_point(s, &i);
        if (point >= 0x10000) {
            count(n, m, seen, 0xd800 + ((point - 0x10000) >> 10 & 0x3ff));
            point = 0xdc00 + (point & 0x3ff);
        }
        count(n, m, seen, point & 0xffff);
    }
}

/* Mean and deviation of -log2 p over the symbols, weighted by p. Clears the counts. */
static void weigh(vd_normaliser *n, nz_measure *m, const uint16_t *seen)
{
    double mean = 0, square = 0;
    for (uint32_t i = 0; i < m->symbols; i++) {
        double p = (double)n->symbol_counts[seen[i]] / m->length, bits = -log2(p);
        mean += p * bits;
        square += p * bits * bits;
        n->symbol_counts[seen[i]] = 0;
    }
    double variance = square - mean * mean;
    m->entropy = mean;
    m->stdev = variance > 0 ? sqrt(variance) : 0;
}

/* The script's text before its signature block. */
static vd_str unsigned_part(vd_str s)
{
    vd_str mark = VD_STR("# SIG # Begin signature block");
    const char *at = s.p && s.n >= mark.n ? memmem(s.p, s.n, mark.p, mark.n) : NULL;
    return at ? vd_str_sub(s, 0, (size_t)(at - s.p)) : s;
}

/* One line of a signature block: "# " and 64 digits of base64. */
static bool signature_line(vd_str line)
{
    if (!vd_str_starts(line, VD_STR("#"))) return false;
    size_t from = vd_str_starts(line, VD_STR("# ")) ? 2 : 1;
    if (line.n - from != 64) return false;
    for (size_t i = from; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        unsigned char letter = vd_ascii_lower(c);
        bool digit = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                     c == '/' || c == '=';
        if (!digit) return false;
    }
    return true;
}

/* A long script comes in parts, the last of which may be nothing but the rest of its
 * signature. The second line tells: the first is where it was cut. */
static bool only_signature(vd_str s)
{
    size_t first = vd_str_find_byte(s, '\n', 0);
    if (first == 0 || first >= s.n) return false;
    size_t end = vd_str_find_byte(s, '\n', first + 1);
    return signature_line(vd_str_sub(s, first + 1, end < s.n ? end : s.n));
}

static const nz_measure *measure_script(vd_normaliser *n, const nz_value *v)
{
    if (v->kind != NZ_TEXT) return NULL;
    vd_str s = unsigned_part(v->text);
    if (s.n == 0 || only_signature(s)) return NULL;
    if (n->measure.script == s.p) return &n->measure;
    if (!n->symbol_counts) n->symbol_counts = vd_calloc(65536, sizeof *n->symbol_counts);
    size_t most = s.n < 65536 ? s.n : 65536;
    uint16_t *seen = vd_arena_alloc(&n->scratch, most * sizeof *seen);
    n->measure = (nz_measure){.script = s.p};
    count_all(n, &n->measure, seen, s);
    weigh(n, &n->measure, seen);
    return &n->measure;
}

bool nz_script_length(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    const nz_measure *m = measure_script(n, v);
    if (m) *v = (nz_value){.kind = NZ_LONG, .num = m->length};
    return m != NULL;
}

bool nz_script_symbols(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    const nz_measure *m = measure_script(n, v);
    if (m) *v = (nz_value){.kind = NZ_LONG, .num = m->symbols};
    return m != NULL;
}

bool nz_script_entropy(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    const nz_measure *m = measure_script(n, v);
    if (m) *v = (nz_value){.kind = NZ_DOUBLE, .real = m->entropy};
    return m != NULL;
}

bool nz_script_stdev(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    const nz_measure *m = measure_script(n, v);
    if (m) *v = (nz_value){.kind = NZ_DOUBLE, .real = m->stdev};
    return m != NULL;
}
