/* Binary XML to plans: the tokens are read once, and what is left of them is where the
 * values of an instance go. The same reader takes XML that stands outside of templates. */
#include "base/utf8.h"
#include "windows/evtx_int.h"

enum token {
    TOKEN_END = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_TEXT = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHARACTER = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_PI_TARGET = 0x0a,
    TOKEN_PI_DATA = 0x0b,
    TOKEN_INSTANCE = 0x0c,
    TOKEN_VALUE = 0x0d,
    TOKEN_OPTIONAL_VALUE = 0x0e,
    TOKEN_HEADER = 0x0f,
    TOKEN_MORE = 0x40 /* a flag: more of its kind follow */
};

#define NO_STEP       UINT32_MAX
#define NO_DEPENDENCY 0xffffu

/* An open element. */
typedef struct element {
    vd_evtx_context context; /* of its content */
    vd_str name;             /* without a prefix */
    vd_str pair;             /* name of its pair, if it is to be one */
    bool named;              /* a step gives the pair's name */
    bool parent;             /* has elements inside */
    uint32_t unless;         /* the step that leaves it out, or NO_STEP */
} element;

/* The pieces from `run` on are the text that is being read: of the open attribute, else of
 * the innermost element since its last child. */
typedef struct compiler {
    vd_evtx *r;
    vd_arena *a;
    uint32_t at, end;
    bool dependencies;
    vd_evtx_context context; /* outside of all elements */
    element open[VD_MAX_EVTX_DEPTH];
    uint32_t depth;
    uint32_t run;
    bool in_attribute;
    vd_str attribute;
    const char *damage;
} compiler;

/* Always false, for `return fail(..)`. */
static bool fail(compiler *c, const char *what)
{
    if (!c->damage) c->damage = what;
    return false;
}

/* The next n bytes, or NULL. */
static const uint8_t *take(compiler *c, uint32_t n)
{
    if (n > c->end - c->at) {
        fail(c, "binary XML ends in the middle");
        return NULL;
    }
    c->at += n;
    return c->r->base + c->at - n;
}

/* n UTF-16 units as text that lives in arena a. */
static vd_str text_in(vd_evtx *r, vd_arena *a, const uint8_t *p, uint32_t n)
{
    char *room = vd_evtx_room(r, 3 * (size_t)n + 16);
    if (!room) return (vd_str){0};
    return vd_arena_str(a, (vd_str){room, vd_utf16_put(p, n, room)});
}

/* --- names ---------------------------------------------------------------------------- */

/* Bytes of the name at `at`: link, hash, count, units, NUL; 0 if there is none. */
static uint32_t name_size(const vd_evtx *r, uint32_t at)
{
    if (at < VD_EVTX_CHUNK_HEAD || !vd_evtx_has(r, at, 8)) return 0;
    uint32_t n = vd_le16(r->base + at + 6);
    return n > 0 && vd_evtx_has(r, at, 10 + 2ull * n) ? 10 + 2 * n : 0;
}

static vd_str local_part(vd_str name)
{
    size_t colon = vd_str_find_byte(name, ':', 0);
    return colon < name.n ? vd_str_sub(name, colon + 1, name.n) : name;
}

/* The name at `at`, which name_size has seen. */
static vd_str name_text(vd_evtx *r, uint32_t at)
{
    vd_evtx_name *known = &r->names[at * 2654435761u >> 23];
    if (known->at != at) {
        vd_str all = text_in(r, &r->chunk, r->base + at + 8, vd_le16(r->base + at + 6));
        *known = (vd_evtx_name){at, local_part(all)};
    }
    return known->text;
}

/* A name that stands here, or elsewhere in the chunk. */
static bool read_name(compiler *c, vd_str *out)
{
    const uint8_t *p = take(c, 4);
    if (!p) return false;
    uint32_t at = vd_le32(p), size = name_size(c->r, at);
    if (!size) return fail(c, "a name lies outside the chunk");
    if (at == c->at && !take(c, size)) return false;
    *out = name_text(c->r, at);
    return true;
}

/* --- steps ----------------------------------------------------------------------------- */

static vd_evtx_step *add_step(compiler *c, vd_evtx_verb verb)
{
    vd_evtx_step *step = vd_vec_push(&c->r->steps);
    *step = (vd_evtx_step){.verb = (uint8_t)verb};
    return step;
}

/* A step that takes the run as its pieces. */
static vd_evtx_step *add_step_of_run(compiler *c, vd_evtx_verb verb)
{
    vd_evtx_step *step = add_step(c, verb);
    step->first = c->run;
    step->n = (uint32_t)c->r->pieces.n - c->run;
    c->run = (uint32_t)c->r->pieces.n;
    return step;
}

static void drop_run(compiler *c)
{
    c->r->pieces.n = c->run;
}

static vd_evtx_context context_here(const compiler *c)
{
    return c->depth ? c->open[c->depth - 1].context : c->context;
}

/* What stands around the innermost element. */
static vd_evtx_context context_around(const compiler *c)
{
    return c->depth > 1 ? c->open[c->depth - 2].context : c->context;
}

/* The run is no text of a leaf: values in it may be XML, the rest is white space. */
static void embed_run(compiler *c)
{
    for (size_t i = c->run; i < c->r->pieces.n; i++) {
        if (c->r->pieces.v[i].value < 0) continue;
        vd_evtx_step *step = add_step(c, VD_EVTX_EMBED);
        step->first = (uint32_t)c->r->pieces.v[i].value;
        step->context = (uint8_t)context_here(c);
    }
    drop_run(c);
}

static void set_field(compiler *c, vd_str attribute)
{
    const element *e = &c->open[c->depth - 1];
    uint8_t field = vd_evtx_field_find(context_around(c), e->name, attribute);
    if (field == VD_EVTX_NO_FIELD || c->run == c->r->pieces.n)
        drop_run(c);
    else
        add_step_of_run(c, VD_EVTX_FIELD)->field = field;
}

/* The attribute Name of an element that may be a pair. */
static void set_pair_name(compiler *c)
{
    element *e = &c->open[c->depth - 1];
    const vd_evtx_piece *piece = c->r->pieces.v + c->run;
    size_t n = c->r->pieces.n - c->run;
    if (n == 1 && piece->value < 0) {
        e->pair = piece->text;
        drop_run(c);
    } else if (n) {
        add_step_of_run(c, VD_EVTX_NAME);
        e->named = true;
    }
}

static void end_attribute(compiler *c)
{
    if (!c->in_attribute) return;
    c->in_attribute = false;
    if (context_here(c) == VD_IN_FIELD)
        set_field(c, c->attribute);
    else if (context_here(c) == VD_IN_DATA && vd_str_eq(c->attribute, VD_STR("Name")))
        set_pair_name(c);
    else
        drop_run(c);
}

static void end_content(compiler *c)
{
    const element *e = &c->open[c->depth - 1];
    if (e->context == VD_IN_FIELD) {
        set_field(c, VD_STR(""));
    } else if (e->context == VD_IN_DATA && !e->parent) {
        vd_evtx_step *step = add_step_of_run(c, VD_EVTX_PAIR);
        step->name = e->pair;
        step->named = e->named;
        step->context = VD_IN_DATA;
    } else {
        embed_run(c);
    }
}

/* --- elements ---------------------------------------------------------------------------- */

static vd_evtx_context context_in_event(vd_str name)
{
    if (vd_str_eq(name, VD_STR("System"))) return VD_IN_SYSTEM;
    if (vd_str_eq(name, VD_STR("EventData"))) return VD_IN_EVENTDATA;
    if (vd_str_eq(name, VD_STR("UserData"))) return VD_IN_USERDATA;
    if (vd_str_eq(name, VD_STR("RenderingInfo"))) return VD_IN_RENDERING;
    if (vd_str_eq(name, VD_STR("ProcessingErrorData"))) return VD_IN_EVENTDATA;
    if (vd_str_eq(name, VD_STR("DebugData"))) return VD_IN_EVENTDATA;
    return VD_IN_DATA;
}

static vd_evtx_context context_of(vd_evtx_context around, vd_str name)
{
    switch (around) {
    case VD_IN_DOCUMENT:
        return vd_str_eq(name, VD_STR("Event")) ? VD_IN_EVENT : context_in_event(name);
    case VD_IN_EVENT: return context_in_event(name);
    case VD_IN_SYSTEM: return VD_IN_FIELD;
    case VD_IN_RENDERING:
        return vd_str_eq(name, VD_STR("Keywords")) ? VD_IN_RENDERING : VD_IN_FIELD;
    case VD_IN_EVENTDATA:
    case VD_IN_USERDATA:
    case VD_IN_DATA: return VD_IN_DATA;
    default: return VD_IN_NOTHING;
    }
}

static void push_element(compiler *c, vd_str name, uint32_t dependency)
{
    vd_evtx_context around = context_here(c);
    embed_run(c);
    element *e = &c->open[c->depth++];
    *e = (element){.context = context_of(around, name), .name = name, .unless = NO_STEP};
    if (!vd_str_eq(name, VD_STR("Data"))) e->pair = name;
    if (c->depth > 1) c->open[c->depth - 2].parent = true;
    if (dependency != NO_DEPENDENCY) {
        e->unless = (uint32_t)c->r->steps.n;
        add_step(c, VD_EVTX_UNLESS)->first = dependency;
    }
    if (around == VD_IN_USERDATA) add_step(c, VD_EVTX_USER_DATA)->name = name;
}

static void pop_element(compiler *c)
{
    element *e = &c->open[c->depth - 1];
    if (e->unless != NO_STEP) c->r->steps.v[e->unless].n = (uint32_t)c->r->steps.n;
    c->depth--;
}

/* A name could be at the offset that is written at `at`. */
static bool names(const compiler *c, uint32_t at)
{
    return at <= c->end && c->end - at >= 4 && name_size(c->r, vd_le32(c->r->base + at)) > 0;
}

/* [dependency], size, name, [size of the attributes]. Whether there is a dependency depends
 * on where the element stands; writers differ, so a name that cannot be decides otherwise. */
static bool open_element(compiler *c, bool attributes)
{
    bool depends = c->dependencies ? names(c, c->at + 6) || !names(c, c->at + 4)
                                   : !names(c, c->at + 4) && names(c, c->at + 6);
    const uint8_t *p = take(c, depends ? 6 : 4);
    uint32_t dependency = p && depends ? vd_le16(p) : NO_DEPENDENCY;
    vd_str name;
    if (!p || !read_name(c, &name)) return false;
    if (attributes && !take(c, 4)) return false;
    if (c->depth == VD_MAX_EVTX_DEPTH) return fail(c, "elements are too deep inside each other");
    push_element(c, name, dependency);
    return true;
}

static bool open_attribute(compiler *c)
{
    end_attribute(c);
    if (c->depth == 0) return fail(c, "an attribute outside of an element");
    if (!read_name(c, &c->attribute)) return false;
    c->in_attribute = true;
    return true;
}

static bool close_element(compiler *c)
{
    end_attribute(c);
    if (c->depth == 0) return fail(c, "the end of an element that did not begin");
    end_content(c);
    pop_element(c);
    return true;
}

/* --- text ---------------------------------------------------------------------------------- */

static void add_text(compiler *c, vd_str text)
{
    *vd_vec_push(&c->r->pieces) = (vd_evtx_piece){text, -1};
}

/* A count and so many UTF-16 units. */
static bool read_units(compiler *c, const uint8_t **units, uint32_t *n)
{
    const uint8_t *p = take(c, 2);
    if (!p) return false;
    *n = vd_le16(p);
    *units = take(c, 2 * *n);
    return *units && (vd_evtx_spend(c->r, *n / 8) || fail(c, "too much text"));
}

static bool read_text(compiler *c)
{
    const uint8_t *units;
    uint32_t n;
    if (!read_units(c, &units, &n)) return false;
    add_text(c, text_in(c->r, c->a, units, n));
    return true;
}

static bool read_typed_text(compiler *c)
{
    const uint8_t *type = take(c, 1);
    if (!type) return false;
    if (*type != VD_BX_STRING) return fail(c, "text of an unknown type");
    return read_text(c);
}

static bool read_character(compiler *c)
{
    char out[4];
    const uint8_t *p = take(c, 2);
    if (!p) return false;
    uint32_t point = vd_le16(p);
    if (point >= 0xd800 && point < 0xe000) point = 0xfffd;
    add_text(c, vd_arena_str(c->a, (vd_str){out, vd_utf8_put(point, out)}));
    return true;
}

static bool read_entity(compiler *c)
{
    static const struct {
        const char *name, *text;
    } known[] = {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}};
    vd_str name;
    if (!read_name(c, &name)) return false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (vd_str_eq(name, vd_str_from(known[i].name))) {
            add_text(c, vd_str_from(known[i].text));
            return true;
        }
    add_text(c, vd_arena_printf(c->a, "&%.*s;", VD_FMT(name)));
    return true;
}

static bool read_value(compiler *c)
{
    const uint8_t *p = take(c, 3); /* number, type; the instance says the type too */
    if (!p) return false;
    *vd_vec_push(&c->r->pieces) = (vd_evtx_piece){{0}, (int32_t)vd_le16(p)};
    return true;
}

static bool read_instance(compiler *c)
{
    vd_evtx_instance in;
    const char *what = vd_evtx_instance_read(c->r, c->at - 1, c->end, &in);
    if (what) return fail(c, what);
    if (c->in_attribute) return fail(c, "a template in an attribute");
    embed_run(c);
    if (c->depth) c->open[c->depth - 1].parent = true;
    vd_evtx_step *step = add_step(c, VD_EVTX_INSTANCE);
    step->first = c->at - 1;
    step->n = in.end;
    step->context = (uint8_t)context_here(c);
    c->at = in.end;
    return true;
}

/* --- all ------------------------------------------------------------------------------------ */

static bool skip_units(compiler *c)
{
    const uint8_t *units;
    uint32_t n;
    return read_units(c, &units, &n);
}

static bool read_token(compiler *c, uint8_t token)
{
    vd_str name;
    switch (token & ~TOKEN_MORE) {
    case TOKEN_OPEN: return open_element(c, token & TOKEN_MORE);
    case TOKEN_CLOSE_START: end_attribute(c); return true;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE: return close_element(c);
    case TOKEN_TEXT: return read_typed_text(c);
    case TOKEN_ATTRIBUTE: return open_attribute(c);
    case TOKEN_CDATA: return read_text(c);
    case TOKEN_CHARACTER: return read_character(c);
    case TOKEN_ENTITY: return read_entity(c);
    case TOKEN_PI_TARGET: return read_name(c, &name);
    case TOKEN_PI_DATA: return skip_units(c);
    case TOKEN_INSTANCE: return read_instance(c);
    case TOKEN_VALUE:
    case TOKEN_OPTIONAL_VALUE: return read_value(c);
    case TOKEN_HEADER: return take(c, 3) != NULL;
    default: return fail(c, "an unknown token in binary XML");
    }
}

static void read_tokens(compiler *c)
{
    const uint8_t *token;
    uint32_t start = c->at;
    while (c->at < c->end && (token = take(c, 1)) && *token != TOKEN_END) {
        start = c->at - 1;
        if (!vd_evtx_spend(c->r, 1)) fail(c, "too many tokens");
        if (c->damage || !read_token(c, *token)) break;
    }
    if (c->depth && !c->damage) fail(c, "binary XML ends inside an element");
    if (c->damage) c->at = start;
    /* What is still open ends here: what was read of it counts. */
    while (c->depth) {
        end_attribute(c);
        if (c->r->pieces.n > c->run) end_content(c);
        pop_element(c);
    }
    embed_run(c);
}

/* The steps and pieces move from the scratch of the reader to the arena. */
static vd_evtx_plan *plan_of(compiler *c)
{
    vd_evtx *r = c->r;
    vd_evtx_plan *plan = VD_NEW(c->a, vd_evtx_plan);
    vd_evtx_step *steps = VD_NEW_N(c->a, vd_evtx_step, r->steps.n);
    vd_evtx_piece *pieces = VD_NEW_N(c->a, vd_evtx_piece, r->pieces.n);
    if (r->steps.n) memcpy(steps, r->steps.v, r->steps.n * sizeof *steps);
    if (r->pieces.n) memcpy(pieces, r->pieces.v, r->pieces.n * sizeof *pieces);
    plan->steps = steps;
    plan->pieces = pieces;
    plan->n_steps = (uint32_t)r->steps.n;
    plan->end = c->at;
    plan->damage = c->damage;
    plan->damage_at = c->at;
    return plan;
}

vd_evtx_plan *vd_evtx_compile(vd_evtx *r, vd_arena *a, uint32_t at, uint32_t end,
                              vd_evtx_context context, bool dependencies)
{
    compiler c;
    memset(&c, 0, offsetof(compiler, open));
    c.depth = c.run = 0;
    c.in_attribute = false;
    c.damage = NULL;
    c.r = r;
    c.a = a;
    c.at = at;
    c.end = end;
    c.context = context;
    c.dependencies = dependencies;
    r->steps.n = r->pieces.n = 0;
    read_tokens(&c);
    return plan_of(&c);
}

const char *vd_evtx_instance_read(const vd_evtx *r, uint32_t at, uint32_t end,
                                  vd_evtx_instance *out)
{
    /* token, 1, id, offset of the template: 10 bytes; link, GUID, size: 24 */
    if (end > r->size || at > end || end - at < 14) return "a template's instance is cut";
    uint32_t here = at + 10, definition = vd_le32(r->base + at + 6);
    if (definition < VD_EVTX_CHUNK_HEAD || !vd_evtx_has(r, definition, 24))
        return "a template lies outside the chunk";
    uint32_t size = vd_le32(r->base + definition + 20);
    if (!vd_evtx_has(r, definition + 24, size)) return "a template reaches beyond the chunk";
    out->body = definition + 24;
    out->body_end = out->body + size;
    uint32_t list = definition == here ? out->body_end : here;
    if (list > end || end - list < 4) return "a template's instance has no values";
    out->n_values = vd_le32(r->base + list);
    out->values = list + 4;
    if (out->n_values > (end - out->values) / 4) return "more values than the record can hold";
    uint64_t stop = out->values + 4ull * out->n_values;
    for (uint32_t i = 0; i < out->n_values; i++)
        stop += vd_le16(r->base + out->values + 4 * i);
    out->end = stop < end ? (uint32_t)stop : end;
    return NULL;
}
