/* event/walk.c - from a document's structural index to filed values
 *
 * Idea      `at` runs over the index: each entry is the position of a bracket, a
 *           colon, a comma or the first byte of a scalar. A wanted key leads to a
 *           node of the trie and the walk goes on there; any other value is
 *           jumped over, which for an object or array is counting brackets.
 * Checked   The grammar of what is walked. Of what is jumped over: that brackets
 *           balance, and what stage 1 checks everywhere (UTF-8, strings end).
 * Bounds    `end` is behind the last entry; index[end] is the document's length,
 *           so the entry after a scalar always tells where its text must end.
 *           Every function returns where it stopped, or NULL with the fault noted.
 * Depth     The recursion is bounded by VD_MAX_JSON_DEPTH. */
#include "base/utf8.h"
#include "event/lookup.h"
#include "event/trail.h"
#include "event/walk_int.h"

static const uint32_t *object(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth);

/* What rarely happens is kept out of the loops that it would slow down. */
#define COLD __attribute__((noinline, cold))

static COLD const uint32_t *stop(vd_walker *w, const uint32_t *at, vd_fault fault)
{
    w->fault = fault;
    w->fault_pos = *at;
    return NULL;
}

static inline bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The position behind the text of the scalar at at[0]. Whatever stands between
 * it and the next entry is white space: anything else would have an entry. */
static inline size_t scalar_end(const vd_walker *w, const uint32_t *at)
{
    size_t end = at[1];
    while (is_space(w->json[end - 1]))
        end--;
    return end;
}

/* The content of the string at at[0], as it is written; p is NULL if none is there. */
static inline vd_str raw_string(const vd_walker *w, const uint32_t *at)
{
    size_t start = at[0], end = scalar_end(w, at) - 1;
    if (w->json[start] != '"' || end <= start || w->json[end] != '"') return (vd_str){0};
    return (vd_str){w->json + start + 1, end - start - 1};
}

/* What a byte does to the depth. A NUL outside of strings begins an entry of its own:
 * it ends the jump. */
#define NUL_STEP (-(1 << 20))
static const int32_t level_step[256] = {
    ['{'] = 1, ['['] = 1, ['}'] = -1, [']'] = -1, [0] = NUL_STEP};

const uint32_t *vd_walk_over(vd_walker *w, const uint32_t *at, unsigned depth)
{
    const char *json = w->json;
    const uint32_t *const start = at, *const end = w->end;
    unsigned level = 0, limit = VD_MAX_JSON_DEPTH - depth;
    do {
        if (at == end) return stop(w, at, VD_FAULT_BROKEN);
        level += (unsigned)level_step[(unsigned char)json[*at++]];
    } while (level - 1 < limit);
    if (level != 0) return stop(w, at - 1, json[at[-1]] ? VD_FAULT_DEPTH : VD_FAULT_BROKEN);
    /* ']' and '}' follow their openers at a distance of two. */
    if (json[at[-1]] != json[*start] + 2) return stop(w, at - 1, VD_FAULT_BROKEN);
    return at;
}

enum { SCALAR, CONTAINER, NO_VALUE };
static const uint8_t begins[256] = {[0] = NO_VALUE, ['{'] = CONTAINER, ['['] = CONTAINER, ['}'] = NO_VALUE,
                                    [']'] = NO_VALUE,  [','] = NO_VALUE,  [':'] = NO_VALUE};

static inline const uint32_t *skip(vd_walker *w, const uint32_t *at, unsigned depth)
{
    unsigned what = begins[(unsigned char)w->json[*at]];
    if (what == SCALAR) return at + 1;
    return what == CONTAINER ? vd_walk_over(w, at, depth) : stop(w, at, VD_FAULT_BROKEN);
}

static void fault_for_all(vd_walker *w, const vd_node *node, vd_fault fault)
{
    for (uint32_t i = 0; i < node->n_slots; i++)
        vd_event_value_fault(w->ev, w->x->slot_ids[node->slots + i], fault);
}

/* A string that some slot reads as something else: a date, an address, a number. */
static const uint32_t *typed_string(vd_walker *w, const uint32_t *at, const vd_node *node, vd_str raw)
{
    vd_str s = raw;
    if (vd_find_backslash(raw.p, raw.n) < raw.n) {
        char *out = vd_scratch_alloc(&w->ev->scratch, raw.n);
        vd_fault fault = vd_unescape(raw, out, &s.n);
        if (fault == VD_FAULT_BROKEN) return stop(w, at, fault);
        if (fault) {
            fault_for_all(w, node, fault);
            return at + 1;
        }
        s.p = out;
    }
    for (uint32_t i = 0; i < node->n_slots; i++)
        vd_file_string(w->ev, w->x->slot_ids[node->slots + i], s);
    return at + 1;
}

static inline const uint32_t *string(vd_walker *w, const uint32_t *at, const vd_node *node)
{
    vd_str raw = raw_string(w, at);
    if (!raw.p) return stop(w, at, VD_FAULT_BROKEN);
    if (node->raw == VD_NO_VALUE) return typed_string(w, at, node, raw);
    vd_file_raw(w->ev, node->raw, raw);
    return at + 1;
}

/* Most numbers: up to 18 digits for a slot that keeps them as they are. */
static inline bool file_digits(vd_walker *w, const char *p, size_t n, uint32_t slot)
{
    int64_t v = 0;
    if (slot == VD_NO_VALUE || n > 18 || (*p == '0' && n > 1)) return false;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned char)(p[i] - '0');
        if (digit > 9) return false;
        v = v * 10 + digit;
    }
    vd_value *to = vd_event_push(w->ev, slot);
    to->i = v;
    to->kind = VD_LONG;
    return true;
}

const uint32_t *vd_walk_number(vd_walker *w, const uint32_t *at, const vd_node *node)
{
    size_t start = at[0];
    if (file_digits(w, w->json + start, scalar_end(w, at) - start, node->whole)) return at + 1;
    vd_number num = vd_number_read((vd_str){w->json + start, scalar_end(w, at) - start});
    if (num.kind == VD_NUMBER_BAD) return stop(w, at, VD_FAULT_BROKEN);
    for (uint32_t i = 0; i < node->n_slots; i++)
        vd_file_number(w->ev, w->x->slot_ids[node->slots + i], &num);
    return at + 1;
}

static const uint32_t *word(vd_walker *w, const uint32_t *at, const vd_node *node)
{
    vd_str s = {w->json + at[0], scalar_end(w, at) - at[0]};
    bool yes = vd_str_eq(s, VD_STR("true")), null = vd_str_eq(s, VD_STR("null"));
    if (!yes && !null && !vd_str_eq(s, VD_STR("false"))) return stop(w, at, VD_FAULT_BROKEN);
    for (uint32_t i = 0; i < node->n_slots; i++) {
        uint32_t slot = w->x->slot_ids[node->slots + i];
        if (null)
            vd_file_null(w->ev, slot);
        else
            vd_file_bool(w->ev, slot, yes);
    }
    return at + 1;
}

static const uint32_t *array(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth)
{
    if (depth >= VD_MAX_JSON_DEPTH) return stop(w, at, VD_FAULT_DEPTH);
    at++;
    if (at < w->end && w->json[*at] == ']') return at + 1;
    for (;;) {
        if (at == w->end) return stop(w, at, VD_FAULT_BROKEN);
        if (!(at = vd_walk_value(w, at, node, depth + 1))) return NULL;
        char c = at < w->end ? w->json[*at] : 0;
        at++;
        if (c == ',') continue;
        return c == ']' ? at : stop(w, at - 1, VD_FAULT_BROKEN);
    }
}

/* Files every leaf below a flattened field. The node lends its slots; it takes
 * them through vd_file_string as plain text. */
static const uint32_t *leaves(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth)
{
    const uint32_t *close = vd_walk_over(w, at, depth);
    if (!close) return NULL;
    vd_node flat = {.slots = node->slots, .n_slots = node->n_slots, .raw = VD_NO_VALUE,
                    .whole = VD_NO_VALUE};
    for (at++; at < close; at++) {
        char c = w->json[*at];
        bool is_key = w->json[at[1]] == ':' && at + 1 < close;
        if (level_step[(unsigned char)c] != 0 || c == ',' || c == ':' || is_key) continue;
        if (!vd_walk_value(w, at, &flat, depth)) return NULL;
    }
    return close;
}

/* An object where the node stands: its members are the node's children. */
static const uint32_t *object_value(vd_walker *w, const uint32_t *at, const vd_node *node,
                                    unsigned depth)
{
    if (node->flattened && !leaves(w, at, node, depth)) return NULL;
    if (node->has_children) return object(w, at, node, depth);
    for (uint32_t i = 0; i < node->n_slots; i++) {
        uint32_t slot = w->x->slot_ids[node->slots + i];
        vd_field_type type = w->x->slots[slot].type;
        if (type != VD_TYPE_OBJECT && type != VD_TYPE_NESTED && type != VD_TYPE_FLATTENED &&
            type != VD_TYPE_OTHER)
            vd_event_value_fault(w->ev, slot, VD_FAULT_OBJECT_VALUE);
    }
    return vd_walk_over(w, at, depth);
}

const uint32_t *vd_walk_value(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth)
{
    char c = w->json[*at];
    if (c == '"') return string(w, at, node);
    if (c == '{') return object_value(w, at, node, depth);
    if (c == '[') return array(w, at, node, depth);
    if (c == 't' || c == 'f' || c == 'n') return word(w, at, node);
    return vd_walk_number(w, at, node);
}

/* A key that is no plain child: one with dots leads deeper, one with escapes is
 * compared by what it stands for. */
static COLD uint32_t find_special(vd_walker *w, const vd_node *node, vd_str raw)
{
    vd_str s = raw;
    if (vd_find_backslash(raw.p, raw.n) < raw.n) {
        char *out = vd_scratch_alloc(&w->ev->scratch, raw.n);
        size_t n;
        if (vd_unescape(raw, out, &n) != VD_FAULT_NONE) return UINT32_MAX;
        s = (vd_str){out, n};
    }
    uint64_t head = vd_key_head(s.p, s.n);
    uint32_t key = vd_key_find(w->x, &node->children, s.p, s.n, head);
    return key != UINT32_MAX ? key : vd_key_find(w->x, &node->deeper, s.p, s.n, head);
}

static inline uint32_t find_key(vd_walker *w, const vd_node *node, vd_str raw)
{
    uint64_t head = vd_key_head_padded(raw.p, raw.n);
    uint32_t key = vd_key_find(w->x, &node->children, raw.p, raw.n, head);
    if (key != UINT32_MAX && !w->x->odd_names) return key;
    bool special = raw.n > 8 ? vd_has_special(raw.p, raw.n) : vd_word_has_special(head);
    return special ? find_special(w, node, raw) : key;
}

/* {"_index":.., "_source":{..}}: the document is what stands under _source. */
COLD void vd_walk_enter_source(vd_walker *w)
{
    vd_event_keep_meta(w->ev);
    w->enveloped = w->ev->enveloped = true;
    w->stamps += w->x->n_stamps;
}

COLD void vd_walk_leave_source(vd_walker *w)
{
    w->stamps -= w->x->n_stamps;
}

static COLD const uint32_t *source(vd_walker *w, const uint32_t *at, unsigned depth)
{
    vd_walk_enter_source(w);
    w->ev->top = w->ev->object + 1;
    at = object(w, at, &w->x->nodes[0], depth);
    vd_walk_leave_source(w);
    return at;
}

/* The value at at[0] of a key that somebody wants. */
static const uint32_t *member(vd_walker *w, const uint32_t *at, uint32_t key, uint64_t object_no,
                              unsigned depth)
{
    uint32_t id = w->x->keys[key].node;
    const vd_node *node = &w->x->nodes[id];
    uint64_t *stamp = &w->stamps[w->x->keys[key].stamp];
    if (*stamp == object_no) return stop(w, at - 2, VD_FAULT_DUPLICATE);
    *stamp = object_no;
    if (depth == 1) {
        if (id == w->x->source && w->json[*at] == '{') return source(w, at, depth);
        if (w->enveloped && !node->meta) return skip(w, at, depth);
    }
    return vd_walk_value(w, at, node, depth);
}

/* A key with white space behind it, or none. */
static COLD vd_str spaced_key(const vd_walker *w, const uint32_t *at)
{
    return raw_string(w, at);
}

static inline vd_str key_string(const vd_walker *w, const uint32_t *at)
{
    size_t start = at[0], end = at[1];
    if (w->json[start] != '"' || w->json[end] != ':') return (vd_str){0};
    if (w->json[end - 1] == '"' && end - start >= 2)
        return (vd_str){w->json + start + 1, end - start - 2};
    return spaced_key(w, at);
}

/* The object at at[0], which stands inside `depth` others. */
static const uint32_t *object(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth)
{
    if (depth >= VD_MAX_JSON_DEPTH) return stop(w, at, VD_FAULT_DEPTH);
    uint64_t object_no = ++w->ev->object;
    at++;
    if (at < w->end && w->json[*at] == '}') return at + 1;
    for (;;) {
        /* A key, a colon, a value and something behind it. */
        if (w->end - at < 4) return stop(w, at, VD_FAULT_BROKEN);
        vd_str raw = key_string(w, at);
        if (!raw.p) return stop(w, at, VD_FAULT_BROKEN);
        uint32_t key = find_key(w, node, raw);
        at += 2;
        __builtin_prefetch(w->ahead);
        w->ahead += VD_AHEAD;
        at = key == UINT32_MAX ? skip(w, at, depth + 1) : member(w, at, key, object_no, depth + 1);
        if (!at) return NULL;
        char c = at < w->end ? w->json[*at] : 0;
        at++;
        if (c == ',') continue;
        return c == '}' ? at : stop(w, at - 1, VD_FAULT_BROKEN);
    }
}

uint32_t vd_walk_find(vd_walker *w, const vd_node *node, vd_str raw)
{
    return find_key(w, node, raw);
}

vd_str vd_walk_key(const vd_walker *w, const uint32_t *at)
{
    return key_string(w, at);
}

/* Where the first byte stands that starts no character: stage 1 does not say. */
static size_t first_bad_utf8(vd_str s)
{
    size_t i = 0, at = 0;
    while (i < s.n) {
        at = i;
        uint32_t cp = vd_utf8_next(s, &i);
        if (cp >= 0xDC00 && cp <= 0xDCFF) return at;
    }
    return s.n;
}

static vd_fault stage1_fault(vd_stage1_result result, const char *json, size_t len, size_t *pos)
{
    if (result == VD_STAGE1_MEMORY) vd_event_out_of_memory();
    const char *nul = len ? memchr(json, 0, len) : NULL;
    *pos = nul ? (size_t)(nul - json) : len;
    if (nul) return VD_FAULT_NUL;
    if (result == VD_STAGE1_TOO_LONG) return VD_FAULT_TOO_LONG;
    if (result != VD_STAGE1_UTF8) return VD_FAULT_BROKEN;
    *pos = first_bad_utf8((vd_str){json, len});
    return VD_FAULT_UTF8;
}

/* Why a document that does not begin with a brace is none. */
static vd_fault no_object(const vd_walker *w, const uint32_t *at)
{
    vd_str s = {w->json + at[0], scalar_end(w, at) - at[0]};
    bool other = s.p[0] == '[' || s.p[0] == '"' || vd_str_eq(s, VD_STR("true")) ||
                 vd_str_eq(s, VD_STR("false")) || vd_str_eq(s, VD_STR("null")) ||
                 vd_number_read(s).kind != VD_NUMBER_BAD;
    return other ? VD_FAULT_NOT_OBJECT : VD_FAULT_BROKEN;
}

static vd_fault walk(vd_walker *w, const uint32_t *index)
{
    if (w->json[*index] != '{') {
        stop(w, index, no_object(w, index));
        return w->fault;
    }
    w->ev->top = w->ev->object + 1;
    const uint32_t *at = object(w, index, &w->x->nodes[0], 0);
    if (at && at != w->end) stop(w, at, VD_FAULT_BROKEN);
    return w->fault;
}

vd_fault vd_event_parse(vd_event *ev, const char *json, size_t len, size_t *fault_pos)
{
    size_t ignored;
    if (!fault_pos) fault_pos = &ignored;
    vd_event_reset(ev);
    const uint32_t *index;
    size_t n;
    vd_stage1_result result = vd_stage1_run(ev->stage1, json, len, &index, &n);
    if (result != VD_STAGE1_OK) return stage1_fault(result, json, len, fault_pos);
    const vd_walker fresh = {.json = json, .end = index + n, .x = ev->x, .ev = ev, .stamps = ev->stamps,
                             .ahead = json + len};
    vd_walker w = fresh;
    vd_trail_outcome outcome = vd_trails_follow(ev->trails, &w, index);
    if (outcome == VD_TRAIL_FOLLOWED) return VD_FAULT_NONE;
    if (outcome == VD_TRAIL_LOST) vd_event_reset(ev);
    w = fresh;
    vd_fault fault = walk(&w, index);
    if (!fault) {
        if (outcome == VD_TRAIL_LOST) vd_trails_learn(ev->trails, &fresh, index);
        return fault;
    }
    const char *nul = fault == VD_FAULT_BROKEN ? memchr(json, 0, len) : NULL;
    if (nul) fault = VD_FAULT_NUL, w.fault_pos = (size_t)(nul - json);
    vd_event_reset(ev);
    *fault_pos = w.fault_pos;
    return fault;
}
