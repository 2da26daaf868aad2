/* store/intake.c
 *
 * An envelope comes in, too (a hit of a search, a line of an export): a document whose _source
 * is an object. It stands for what is in _source; its own _index and _id are taken where the
 * request names none, everything else beside _source is dropped. It must not stay as it is: two
 * envelopes inside each other would let a document say of itself in which index it is. For the
 * same reason a document with _index or _id of its own is refused, as Elasticsearch refuses it
 * ("is a metadata field and cannot be added inside a document"). */
#include "store/intake.h"

#include <sodium.h>
#include <xxhash.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "event/simdjson_stage1.h"
#include "store/filter.h"
#include "store/grammar.h"
#include "store/intake_int.h"

enum { INDEX, ID, TIME, EVENT_ID, INGESTED, TYPE, DATASET, NAMESPACE, FILTERED };

static const char *const fields[] = {
    "_index", "_id", "@timestamp", "event.id", "event.ingested", "data_stream.type",
    "data_stream.dataset", "data_stream.namespace"};
enum { FIELDS = FILTERED + VD_FILTERED };

struct vd_intake {
    uint64_t seed[2];
    vd_extract *x;
    vd_event *ev;
    vd_grammar *grammar;
    char prefix[12]; /* of the ids it makes: random, so that no other intake makes them */
    uint64_t made;
};

/* An id that is made is prefix and counter, which compress well: 15 random bytes a
 * document would be a sixth of what a small event takes in a block. */
static void draw_prefix(vd_intake *in)
{
    unsigned char bytes[8];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(in->prefix, sizeof in->prefix, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

vd_intake *vd_intake_new(const uint64_t seed[2])
{
    if (sodium_init() < 0) abort();
    vd_intake *in = vd_calloc(1, sizeof *in);
    vd_field_id ids[FIELDS];
    vd_schema *schema = vd_schema_new();
    for (size_t i = 0; i < FIELDS; i++)
        ids[i] = vd_schema_intern(schema, i < FILTERED ? vd_str_from(fields[i]) : vd_filtered[i - FILTERED].name);
    in->x = vd_extract_new(schema, ids, FIELDS);
    vd_schema_free(schema);
    in->ev = vd_event_new(in->x);
    in->grammar = vd_grammar_new();
    if (!in->grammar) abort();
    memcpy(in->seed, seed, sizeof in->seed);
    draw_prefix(in);
    return in;
}

void vd_intake_free(vd_intake *in)
{
    if (!in) return;
    vd_event_free(in->ev);
    vd_extract_free(in->x);
    vd_grammar_free(in->grammar);
    free(in);
}

/* --- what is known of a document --- */

static vd_str text_of(const vd_intake *in, uint32_t slot)
{
    const vd_value *v = vd_event_get(in->ev, slot);
    return v && v->kind == VD_STRING ? vd_value_str(v) : (vd_str){0};
}

static int64_t time_of(const vd_intake *in)
{
    const vd_value *v = vd_event_get(in->ev, TIME);
    return v && v->kind == VD_DATE ? v->i : VD_TIME_NONE;
}

/* kind keeps an _id and an event.id of the same letters apart. */
static uint64_t id_hash(const vd_intake *in, vd_str index, vd_str id, uint64_t kind)
{
    if (id.n == 0) return 0;
    uint64_t of_index = XXH3_64bits_withSeed(index.p, index.n, in->seed[1] ^ kind);
    uint64_t hash = XXH3_64bits_withSeed(id.p, id.n, of_index);
    return hash ? hash : 1;
}

static void filter_hashes(const vd_intake *in, vd_hashes *out)
{
    for (uint32_t slot = FILTERED; slot < FIELDS; slot++)
        for (uint32_t i = vd_event_first(in->ev, slot); i != VD_NO_VALUE;) {
            const vd_value *v = vd_event_value(in->ev, i);
            uint64_t hash;
            if (v->kind == VD_IP)
                *vd_vec_push(out) = vd_filter_hash_ip(in->seed, (const uint8_t *)v->s);
            else if (v->kind == VD_STRING && vd_filter_hash(in->seed, vd_value_str(v), &hash))
                *vd_vec_push(out) = hash;
            i = v->next;
        }
}

/* --- where it goes --- */

/* A part of a data stream's name. Elasticsearch allows no more in it. */
static bool is_part(vd_str s)
{
    if (s.n == 0 || s.n > 100) return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x20 || strchr("\\/*?\"<>| ,#:", c) || vd_ascii_lower(c) != c) return false;
    }
    return true;
}

static vd_str part(const vd_intake *in, uint32_t slot, vd_str otherwise)
{
    vd_str s = text_of(in, slot);
    return is_part(s) ? s : otherwise;
}

static uint32_t data_stream(const vd_intake *in, vd_batch *b)
{
    vd_str type = part(in, TYPE, VD_STR("logs")), dataset = part(in, DATASET, VD_STR("generic")),
           space = part(in, NAMESPACE, VD_STR("default"));
    char name[320];
    int n = snprintf(name, sizeof name, "%.*s-%.*s-%.*s", VD_FMT(type), VD_FMT(dataset), VD_FMT(space));
    return vd_batch_index(b, (vd_str){name, (size_t)n});
}

/* --- the members of a checked document --- */

static size_t skip_string(vd_str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++)
        if (s.p[at] == '\\') at++;
    return at + 1;
}

/* Behind the value at `at`: the comma or brace after it. */
static size_t skip_value(vd_str s, size_t at)
{
    for (int level = 0; at < s.n;) {
        char c = s.p[at];
        if (level == 0 && (c == ',' || c == '}')) return at;
        level += (c == '{' || c == '[') - (c == '}' || c == ']');
        at = c == '"' ? skip_string(s, at) : at + 1;
    }
    return at;
}

/* A key may be written with escapes; `name` is short. */
static bool is_name(vd_str key, vd_str name)
{
    if (vd_str_eq(key, name)) return true;
    char text[128];
    vd_json *v = NULL;
    int n = snprintf(text, sizeof text, "\"%.*s\"", VD_FMT(key));
    if ((size_t)n >= sizeof text || vd_json_parse((vd_str){text, (size_t)n}, &v, NULL)) return false;
    bool is = vd_str_eq(vd_json_str(v), name);
    vd_json_free(v);
    return is;
}

/* The value of a member at the top, without the space around it; p is NULL: there is none. */
static vd_str member_of(vd_str json, vd_str name)
{
    size_t at = vd_str_find_byte(json, '{', 0) + 1;
    for (;;) {
        size_t key = vd_str_find_byte(json, '"', at), end = skip_string(json, key);
        size_t value = vd_str_find_byte(json, ':', end) + 1, next = skip_value(json, value);
        if (next >= json.n) return (vd_str){0};
        if (is_name(vd_str_sub(json, key + 1, end - 1), name))
            return vd_str_trim(vd_str_sub(json, value, next));
        at = next + 1;
    }
}

/* --- writing the line --- */

/* Bytes that are written beside the document, index and id. */
#define FRAME 128
/* Of a batch: what is packed must have a 32-bit length even if it does not pack. */
#define MAX_TEXT (2u << 30)

static char *put(char *to, vd_str s)
{
    memcpy(to, s.p, s.n);
    return to + s.n;
}

/* As a JSON string's content; at most six bytes for each. */
static char *put_escaped(char *to, vd_str s)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') *to++ = '\\';
        if (c >= 0x20) {
            *to++ = (char)c;
            continue;
        }
        to = put(to, VD_STR("\\u00"));
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    return to;
}

/* Line feeds stand between values only, else the grammar would have refused them. */
static char *put_line(char *to, vd_str s)
{
    memcpy(to, s.p, s.n);
    for (char *lf = to, *end = to + s.n; (lf = memchr(lf, '\n', (size_t)(end - lf)));)
        *lf = ' ';
    return to + s.n;
}

static char *put_time(char *to, int64_t ms)
{
    char time[32];
    size_t n = vd_time_format(ms, time);
    *to++ = '"';
    to = put(to, (vd_str){time, n});
    *to++ = '"';
    return to;
}

/* The document with event.ingested as its first member. One that is there already and is no
 * time (null, or what no date is) gives up its place: twice the same key is no document. */
static char *put_received(char *to, const vd_intake *in, int64_t received, vd_str json)
{
    vd_str name = vd_str_from(fields[INGESTED]);
    if (vd_event_has_member(in->ev, name)) {
        vd_str old = member_of(json, name);
        size_t from = (size_t)(old.p - json.p);
        to = put_line(to, vd_str_sub(json, 0, from));
        to = put_time(to, received);
        return put_line(to, vd_str_sub(json, from + old.n, json.n));
    }
    size_t at = 1;
    while (at < json.n && strchr(" \t\r\n", json.p[at]))
        at++;
    to = put(to, VD_STR("{\"event.ingested\":"));
    to = put_time(to, received);
    if (json.p[at] != '}') *to++ = ',';
    return put_line(to, vd_str_sub(json, at, json.n));
}

/* Writes the line and tells where the id is in it. */
static char *put_envelope(char *to, const vd_intake *in, const vd_batch *b, vd_doc *d, vd_str id, vd_str json)
{
    const char *line = to;
    to = put(to, VD_STR("{\"_index\":\""));
    to = put_escaped(to, b->indices.v[d->index]);
    to = put(to, VD_STR("\",\"_id\":\""));
    d->id_at = d->at + (uint32_t)(to - line);
    char *start = to;
    to = put_escaped(to, id);
    d->id_n = (uint32_t)(to - start);
    to = put(to, VD_STR("\",\"_source\":"));
    bool ingested = vd_event_count(in->ev, INGESTED) > 0;
    to = ingested ? put_line(to, json) : put_received(to, in, b->received, json);
    *to++ = '}';
    d->n = (uint32_t)(to - line);
    *to++ = '\n';
    return to;
}

static vd_fault write_line(vd_intake *in, vd_batch *b, uint32_t index, vd_str id, vd_str json)
{
    char made[32];
    vd_doc d = {.index = index, .ts = time_of(in), .at = (uint32_t)b->text.n,
                .hash_at = (uint32_t)b->hashes.n};
    vd_str name = b->indices.v[index];
    size_t room = json.n + 6 * (name.n + id.n) + FRAME;
    if (b->text.n + room + VD_PADDING > MAX_TEXT) return VD_FAULT_TOO_LONG;
    d.ids[0] = id_hash(in, name, id, 0);
    d.ids[1] = id_hash(in, name, text_of(in, EVENT_ID), 1);
    if (id.n == 0) {
        int n = snprintf(made, sizeof made, "%s%08llx", in->prefix, (unsigned long long)in->made++);
        id = (vd_str){made, (size_t)n};
    }
    vd_vec_reserve(&b->text, b->text.n + room + VD_PADDING);
    char *end = put_envelope(b->text.v + b->text.n, in, b, &d, id, json);
    b->text.n = (size_t)(end - b->text.v);
    memset(end, 0, VD_PADDING);
    filter_hashes(in, &b->hashes);
    *vd_vec_push(&b->docs) = d;
    return VD_FAULT_NONE;
}

/* --- adding --- */

static vd_fault parse(vd_intake *in, vd_str json, size_t *pos)
{
    if (json.n > VD_MAX_LINE) return VD_FAULT_TOO_LONG;
    vd_fault fault = vd_event_parse(in->ev, json.p, json.n, pos);
    if (fault || vd_grammar_takes(in->grammar, json.p, json.n)) return fault;
    return vd_json_check(json, pos);
}

static bool has_meta(const vd_intake *in)
{
    return vd_event_count(in->ev, INDEX) || vd_event_count(in->ev, ID);
}

static vd_fault add_document(vd_intake *in, vd_batch *b, vd_str index, vd_str id, vd_str json)
{
    if (vd_event_enveloped(in->ev) || has_meta(in)) return VD_FAULT_META;
    if (!vd_utf8_valid(index) || !vd_utf8_valid(id)) return VD_FAULT_UTF8;
    uint32_t number = index.n ? vd_batch_index(b, index) : data_stream(in, b);
    return write_line(in, b, number, id, json);
}

static vd_fault unwrap(vd_intake *in, vd_batch *b, vd_str index, vd_str id, vd_str json, size_t *pos)
{
    vd_arena a;
    vd_arena_init(&a, 1024);
    if (!index.n) index = vd_arena_str(&a, text_of(in, INDEX));
    if (!id.n) id = vd_arena_str(&a, text_of(in, ID));
    vd_str source = member_of(json, VD_STR("_source"));
    vd_fault fault = vd_event_parse(in->ev, source.p, source.n, pos);
    if (!fault) fault = add_document(in, b, index, id, source);
    vd_arena_fini(&a);
    return fault;
}

vd_fault vd_intake_add(vd_intake *in, vd_batch *b, vd_str index, vd_str id, vd_str json,
                       size_t *fault_pos)
{
    size_t ignored;
    if (!fault_pos) fault_pos = &ignored;
    *fault_pos = 0;
    json = vd_str_trim(json);
    vd_fault fault = parse(in, json, fault_pos);
    if (fault) return fault;
    if (vd_event_enveloped(in->ev)) return unwrap(in, b, index, id, json, fault_pos);
    return add_document(in, b, index, id, json);
}

/* --- again --- */

/* Where the _id stands in a line that put_envelope wrote. */
static bool find_id(vd_str line, vd_doc *d)
{
    vd_str head = VD_STR("{\"_index\":\""), between = VD_STR(",\"_id\":\"");
    if (!vd_str_starts(line, head)) return false;
    size_t at = skip_string(line, head.n - 1);
    if (at > line.n || !vd_str_starts(vd_str_sub(line, at, line.n), between)) return false;
    size_t start = at + between.n, end = skip_string(line, start - 1);
    if (end > line.n) return false;
    d->id_at = d->at + (uint32_t)start;
    d->id_n = (uint32_t)(end - 1 - start);
    return true;
}

static bool restore_line(vd_intake *in, vd_batch *b, size_t at, size_t n, bool known)
{
    vd_str line = {b->text.v + at, n};
    vd_doc d = {.at = (uint32_t)at, .n = (uint32_t)n, .hash_at = (uint32_t)b->hashes.n};
    if (vd_event_parse(in->ev, line.p, line.n, NULL) || !vd_event_enveloped(in->ev) ||
        !find_id(line, &d))
        return false;
    vd_str index = text_of(in, INDEX);
    d.index = vd_batch_index(b, index);
    d.ts = time_of(in);
    d.ids[0] = known ? id_hash(in, index, text_of(in, ID), 0) : 0;
    d.ids[1] = id_hash(in, index, text_of(in, EVENT_ID), 1);
    filter_hashes(in, &b->hashes);
    *vd_vec_push(&b->docs) = d;
    return true;
}

bool vd_intake_restore(vd_intake *in, vd_batch *b, const unsigned char *known, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        vd_str text = {b->text.v, b->text.n};
        size_t end = vd_str_find_byte(text, '\n', at);
        if (end == text.n || !restore_line(in, b, at, end - at, known[i / 8] >> i % 8 & 1)) return false;
        at = end + 1;
    }
    return at == b->text.n;
}

void vd_intake_hashes(vd_intake *in, vd_str line, vd_hashes *out)
{
    if (vd_event_parse(in->ev, line.p, line.n, NULL)) return;
    filter_hashes(in, out);
}
