/* windows/map_parse.c - the text of a map to blocks
 *
 * The form is described in docs/windows.md: headers in brackets, rows that begin with event
 * ids and give constants, `on` lines that say for which events the field lines below are,
 * field lines, and lists. One line is one statement; there is nothing that nests. */
#include <stdio.h>

#include "windows/normalise_int.h"

typedef struct parser {
    nz_table *t;
    vd_str text;
    vd_str line; /* what is left of the line being read */
    vd_err *err;
    uint32_t rank;
    uint32_t sec, n_sec; /* of the last header */
    nz_lookup *list;     /* of the last [list], else NULL */
    uint32_t ids, n_ids; /* of the last `on` */
    bool headed;
} parser;

static int wrong(parser *p, vd_str at, const char *what)
{
    size_t pos = at.p ? (size_t)(at.p - p->text.p) : 0;
    return vd_fail_at(p->err, VD_FORMAT, pos, at.n ? at.n : 1, "%s", what);
}

bool nz_same(vd_str a, vd_str b)
{
    return vd_str_eq_ascii_ci(a, b);
}

static vd_str keep(parser *p, vd_str s)
{
    return vd_arena_str(&p->t->arena, s);
}

/* The text before the first `c` outside quotes; moves *s behind it. */
static vd_str cut(vd_str *s, char c, bool *found)
{
    bool quoted = false;
    size_t i = 0;
    for (; i < s->n; i++) {
        if (s->p[i] == '"')
            quoted = !quoted;
        else if (s->p[i] == c && !quoted)
            break;
    }
    vd_str head = vd_str_trim(vd_str_sub(*s, 0, i));
    *found = i < s->n;
    *s = vd_str_sub(*s, i < s->n ? i + 1 : i, s->n);
    return head;
}

static vd_str unquoted(vd_str s)
{
    bool quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
    return quoted ? vd_str_sub(s, 1, s.n - 1) : s;
}

static int read_id(parser *p, vd_str s, uint32_t *out)
{
    int64_t v;
    if (!nz_number(s, &v) || v < 0 || v > UINT32_MAX) return wrong(p, s, "an event id is expected");
    *out = (uint32_t)v;
    return 0;
}

static int read_range(parser *p, vd_str s)
{
    nz_range r;
    size_t dash = vd_str_find_byte(s, '-', 0);
    int rc = read_id(p, vd_str_sub(s, 0, dash), &r.from);
    if (rc) return rc;
    r.to = r.from;
    if (dash < s.n && (rc = read_id(p, vd_str_sub(s, dash + 1, s.n), &r.to))) return rc;
    if (r.to < r.from) return wrong(p, s, "the range's end lies before its start");
    *vd_vec_push(&p->t->ranges) = r;
    return 0;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

/* Ids and ranges, parted by commas or blanks. */
static int read_ids(parser *p, vd_str s, uint32_t *first, uint32_t *count)
{
    *first = (uint32_t)p->t->ranges.n;
    for (size_t i = 0; i < s.n;) {
        size_t end = i;
        while (end < s.n && !is_gap(s.p[end]))
            end++;
        int rc = end > i ? read_range(p, vd_str_sub(s, i, end)) : 0;
        if (rc) return rc;
        i = end + 1;
    }
    *count = (uint32_t)p->t->ranges.n - *first;
    return *count ? 0 : wrong(p, s, "event ids are expected");
}

/* --- headers --- */

static void add_section(parser *p, vd_str channel, vd_str provider)
{
    *vd_vec_push(&p->t->sections) = (nz_section){keep(p, channel), keep(p, provider)};
    p->n_sec++;
}

static void add_channel(parser *p, vd_str channel, vd_str providers)
{
    bool more = true;
    while (more)
        add_section(p, channel, cut(&providers, ';', &more));
}

static int start_list(parser *p, vd_str name)
{
    uint32_t fresh = (uint32_t)p->t->lookups.n;
    name = keep(p, name);
    uint32_t id = vd_map_put(&p->t->lookup_ids, name, fresh);
    if (id == fresh) *vd_vec_push(&p->t->lookups) = (nz_lookup){.name = name};
    p->list = &p->t->lookups.v[id];
    return 0;
}

static bool take_word(vd_str *s, vd_str word)
{
    if (!vd_str_starts(*s, word)) return false;
    *s = vd_str_trim(vd_str_sub(*s, word.n, s->n));
    return true;
}

static int read_header(parser *p)
{
    vd_str s = p->line;
    if (s.p[s.n - 1] != ']') return wrong(p, s, "the header is not closed with ]");
    s = vd_str_trim(vd_str_sub(s, 1, s.n - 1));
    p->list = NULL;
    p->n_ids = 0;
    p->headed = true;
    if (take_word(&s, VD_STR("list "))) return start_list(p, s);
    p->sec = (uint32_t)p->t->sections.n;
    p->n_sec = 0;
    vd_str channels = {0}, providers = {0};
    bool more = true;
    while (more) {
        vd_str part = cut(&s, ',', &more);
        if (take_word(&part, VD_STR("channel ")))
            channels = part;
        else if (take_word(&part, VD_STR("provider ")))
            providers = part;
        else if (!vd_str_eq(part, VD_STR("all")))
            return wrong(p, part,
                         "a header is [all], [channel NAME], [provider NAME] or [list NAME]");
    }
    for (more = true; more;)
        add_channel(p, cut(&channels, ';', &more), providers);
    return 0;
}

/* --- operations --- */

static nz_block *block_for(parser *p, uint32_t ids, uint32_t n_ids)
{
    nz_block *last = p->t->blocks.n ? &p->t->blocks.v[p->t->blocks.n - 1] : NULL;
    bool same = last && last->sec == p->sec && last->n_sec == p->n_sec && last->ids == ids &&
                last->n_ids == n_ids && last->rank == p->rank;
    if (same) return last;
    nz_block *b = vd_vec_push(&p->t->blocks);
    *b = (nz_block){p->sec, p->n_sec, ids, n_ids, (uint32_t)p->t->ops.n, 0, p->rank};
    return b;
}

static bool field_ok(vd_str f)
{
    if (f.n == 0 || f.n > 256 || f.p[0] == '.' || f.p[f.n - 1] == '.') return false;
    unsigned dots = 0;
    for (size_t i = 0; i < f.n; i++) {
        unsigned char c = (unsigned char)f.p[i];
        if (c <= ' ' || c == '"' || c == '\\' || c >= 0x7f) return false;
        if (c == '.' && (f.p[i - 1] == '.' || ++dots >= NZ_MAX_DEPTH)) return false;
    }
    return true;
}

static int field_of(parser *p, vd_str name, uint32_t *out)
{
    if (!field_ok(name)) return wrong(p, name.n ? name : p->line, "a field's name is expected");
    *out = nz_field_id(p->t, name);
    return *out == VD_MAP_NONE ? wrong(p, name, "too many fields in the maps") : 0;
}

static uint32_t sys_of(vd_str name)
{
    static const char *const names[NZ_SYS_COUNT] = {"computer", "channel", "provider", "user_sid",
                                                    "task",     "level",   "opcode",   "pid",
                                                    "time",     "message"};
    for (uint32_t i = 0; i < NZ_SYS_COUNT; i++)
        if (vd_str_eq(name, vd_str_from(names[i]))) return i;
    return VD_MAP_NONE;
}

static int read_source(parser *p, vd_str s)
{
    nz_src src = {.kind = NZ_SRC_DATA};
    int rc = 0;
    if (s.n == 0) return wrong(p, s.p ? s : p->line, "a source is expected");
    if (s.p[0] == '"') {
        src.kind = NZ_SRC_CONST;
        src.value = nz_value_text(keep(p, unquoted(s)));
    } else if (s.p[0] == '@') {
        src.kind = NZ_SRC_FIELD;
        rc = field_of(p, vd_str_sub(s, 1, s.n), &src.id);
    } else if (s.p[0] == '$') {
        src.kind = NZ_SRC_SYS;
        src.id = sys_of(vd_str_sub(s, 1, s.n));
        if (src.id == VD_MAP_NONE) rc = wrong(p, s, "no such property of a record");
    } else {
        src.id = nz_name_id(p->t, s);
        if (src.id == VD_MAP_NONE) rc = wrong(p, s, "too many names in the maps");
    }
    *vd_vec_push(&p->t->srcs) = src;
    return rc;
}

static int read_call(parser *p, vd_str s)
{
    vd_str whole = s;
    bool has_arg;
    vd_str name = cut(&s, ':', &has_arg);
    nz_call call = {.fn = nz_function_find(name)};
    if (call.fn == VD_MAP_NONE) return wrong(p, name.n ? name : whole, "no such function");
    nz_arg want = nz_functions[call.fn].arg;
    if (has_arg != (want != NZ_ARG_NONE))
        return wrong(p, whole,
                     has_arg ? "this function takes no argument"
                             : "this function needs an argument, as in name:argument");
    call.arg = keep(p, unquoted(vd_str_trim(s)));
    if (want == NZ_ARG_NAME && (call.ref = nz_name_id(p->t, call.arg)) == VD_MAP_NONE)
        return wrong(p, whole, "too many names in the maps");
    if (want == NZ_ARG_FIELD) {
        int rc = field_of(p, vd_str_trim(s), &call.ref);
        if (rc) return rc;
    }
    if (want == NZ_ARG_LIST) {
        call.ref = vd_map_get(&p->t->lookup_ids, call.arg);
        if (call.ref == VD_MAP_NONE) return wrong(p, whole, "no list of that name stands above");
    }
    *vd_vec_push(&p->t->calls) = call;
    return 0;
}

static int read_sources(parser *p, nz_op *op, vd_str s)
{
    op->src = (uint32_t)p->t->srcs.n;
    for (bool more = true; more; op->n_src++) {
        int rc = read_source(p, cut(&s, ',', &more));
        if (rc) return rc;
        if (op->n_src == 64) return wrong(p, p->line, "too many sources");
    }
    return 0;
}

static int read_calls(parser *p, nz_op *op, vd_str s)
{
    op->call = (uint32_t)p->t->calls.n;
    for (bool more = true; more; op->n_call++) {
        int rc = read_call(p, cut(&s, '|', &more));
        if (rc) return rc;
        if (op->n_call == 16) return wrong(p, p->line, "too many functions");
    }
    return 0;
}

static int read_field_line(parser *p)
{
    nz_op op = {0};
    bool found;
    vd_str rest = p->line, name = cut(&rest, '=', &found);
    if (!found) return wrong(p, p->line, "FIELD = SOURCE is expected");
    if (name.n && name.p[name.n - 1] == '+') {
        op.append = true;
        name = vd_str_trim(vd_str_sub(name, 0, name.n - 1));
    }
    int rc = field_of(p, name, &op.field);
    vd_str sources = cut(&rest, '|', &found);
    if (!rc) rc = read_sources(p, &op, sources);
    if (!rc && found) rc = read_calls(p, &op, rest);
    if (rc) return rc;
    nz_block *b = block_for(p, p->ids, p->n_ids);
    *vd_vec_push(&p->t->ops) = op;
    b->n_op++;
    return 0;
}

/* --- rows of constants --- */

/* event.category and event.type are lists even of one. */
static bool always_list(vd_str field)
{
    return vd_str_eq(field, VD_STR("event.category")) || vd_str_eq(field, VD_STR("event.type"));
}

static nz_value constants(parser *p, vd_str s, bool as_list)
{
    vd_text json = {0};
    unsigned count = 0;
    vd_str one = unquoted(s);
    nz_put(&json, "[", 1);
    for (bool more = true; more; count++) {
        one = unquoted(cut(&s, ',', &more));
        if (count) nz_put(&json, ",", 1);
        nz_put_string(&json, one);
    }
    nz_put(&json, "]", 1);
    nz_value v = nz_value_text(keep(p, one));
    if (as_list || count > 1) {
        v.kind = NZ_RAW;
        v.text = keep(p, (vd_str){json.v, json.n});
    }
    vd_vec_free(&json);
    return v;
}

static vd_str long_name(vd_str key)
{
    static const char *const names[] = {"event.category", "event.type", "event.action",
                                        "event.outcome", "event.kind"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vd_str_eq(key, vd_str_from(names[i] + 6))) return vd_str_from(names[i]);
    return key;
}

static int read_constant(parser *p, nz_block *b, vd_str s)
{
    bool found;
    vd_str whole = s, key = cut(&s, '=', &found);
    if (!found || s.n == 0) return wrong(p, whole, "KEY=VALUE is expected");
    nz_op op = {.src = (uint32_t)p->t->srcs.n, .n_src = 1};
    vd_str name = long_name(key);
    int rc = name.p == key.p ? field_of(p, key, &op.field) : 0;
    if (rc) return rc;
    if (name.p != key.p) op.field = nz_field_id(p->t, name);
    *vd_vec_push(&p->t->srcs) =
        (nz_src){.kind = NZ_SRC_CONST, .value = constants(p, s, always_list(name))};
    *vd_vec_push(&p->t->ops) = op;
    b->n_op++;
    return 0;
}

static int read_row(parser *p)
{
    uint32_t ids, n_ids;
    bool more;
    vd_str rest = p->line, head = cut(&rest, ' ', &more);
    int rc = read_ids(p, head, &ids, &n_ids);
    if (rc) return rc;
    nz_block *b = vd_vec_push(&p->t->blocks);
    *b = (nz_block){p->sec, p->n_sec, ids, n_ids, (uint32_t)p->t->ops.n, 0, p->rank};
    while (more && !rc) {
        vd_str one = cut(&rest, ' ', &more);
        if (one.n) rc = read_constant(p, b, one);
    }
    return rc;
}

static int read_list_row(parser *p)
{
    bool found;
    vd_str rest = p->line, key = cut(&rest, '=', &found);
    key = unquoted(key);
    if (!found || key.n == 0) return wrong(p, p->line, "KEY = TEXT is expected in a list");
    char *lower = vd_arena_alloc(&p->t->arena, key.n);
    for (size_t i = 0; i < key.n; i++)
        lower[i] = (char)vd_ascii_lower((unsigned char)key.p[i]);
    int64_t number;
    vd_str text = keep(p, unquoted(vd_str_trim(rest)));
    uint32_t fresh = (uint32_t)p->list->keys.n;
    uint32_t at = vd_map_put(&p->list->by_key, (vd_str){lower, key.n}, fresh);
    if (at != fresh) {
        p->list->texts.v[at] = text;
        return 0;
    }
    *vd_vec_push(&p->list->keys) = (vd_str){lower, key.n};
    *vd_vec_push(&p->list->texts) = text;
    *vd_vec_push(&p->list->numbers) = nz_number(key, &number) ? (uint64_t)number : 0;
    return 0;
}

static int read_on(parser *p, vd_str rest)
{
    if (vd_str_eq(rest, VD_STR("all"))) {
        p->n_ids = 0;
        return 0;
    }
    return read_ids(p, rest, &p->ids, &p->n_ids);
}

static int read_line(parser *p)
{
    vd_str s = p->line;
    if (s.n == 0 || s.p[0] == '#') return 0;
    if (s.p[0] == '[') return read_header(p);
    if (!p->headed) return wrong(p, s, "a header such as [channel NAME] is expected first");
    if (p->list) return read_list_row(p);
    if (take_word(&s, VD_STR("on "))) return read_on(p, s);
    if (s.p[0] >= '0' && s.p[0] <= '9') return read_row(p);
    return read_field_line(p);
}

int nz_parse(nz_table *t, vd_str text, vd_err *err)
{
    parser p = {.t = t, .text = text, .err = err, .rank = t->n_texts++};
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, '\n', at);
        p.line = vd_str_trim(vd_str_sub(text, at, end));
        int rc = read_line(&p);
        if (rc) return rc;
        at = end + 1;
    }
    return 0;
}
