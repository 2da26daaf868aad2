/* Documents to records: every value goes by its path through the table of its form. */
#include "windows/shapes_int.h"

#define MAX_PATH  256
#define MAX_DEPTH 16

typedef struct walk {
    vd_shapes *s;
    vd_form form;
    char path[MAX_PATH];
} walk;

vd_shapes *vd_shapes_new(const vd_shapes_options *options)
{
    vd_shapes *s = vd_calloc(1, sizeof *s);
    s->options = *options;
    s->names = vd_names_new();
    vd_arena_init(&s->a, 0);
    return s;
}

void vd_shapes_free(vd_shapes *s)
{
    if (!s) return;
    vd_names_free(s->names);
    vd_arena_fini(&s->a);
    vd_vec_free(&s->data);
    vd_vec_free(&s->beside);
    vd_vec_free(&s->composed);
    vd_vec_free(&s->action);
    free(s);
}

bool vd_shape_zone_seen(const vd_shapes *s, int *minutes)
{
    if (s->zone_seen) *minutes = s->zone_minutes;
    return s->zone_seen;
}

vd_str vd_shape_beside(const vd_shapes *s) { return (vd_str){s->beside.v, s->beside.n}; }

vd_str vd_shape_index(const vd_shapes *s) { return s->index; }

vd_shape vd_shape_of(vd_shapes *s, const char *json, size_t n)
{
    vd_cut document;
    vd_form form;
    if (!vd_cut_whole((vd_str){json, n}, &document)) return VD_SHAPE_NONE;
    return vd_shape_look(&document, &form);
}

static vd_str text_of(vd_shapes *s, const vd_cut *v)
{
    vd_str text = {0};
    if (!vd_cut_text(&s->a, v, &text)) s->failed = true;
    return text;
}

static vd_str name_of(vd_shapes *s, vd_str key)
{
    vd_cut v = {VD_CUT_STRING, key};
    return text_of(s, &v);
}

/* ---- EventData and UserData ---- */

/* Marks of XML's attributes in JSON made from it. */
static bool is_mark(vd_str key)
{
    return vd_str_eq(key, VD_STR("#attributes")) || vd_str_eq(key, VD_STR("@xmlns")) ||
           vd_str_eq(key, VD_STR("xmlns")) || vd_str_starts(key, VD_STR("xmlns:")) ||
           vd_str_starts(key, VD_STR("@xmlns:"));
}

static void add_values(vd_shapes *s, vd_str name, const vd_cut *v)
{
    vd_cut e;
    if (v->kind != VD_CUT_ARRAY) {
        vd_field_data(s, name, text_of(s, v));
        return;
    }
    vd_cut_iter it = vd_cut_open(v);
    while (vd_cut_element(&it, &e))
        vd_field_data(s, name, text_of(s, &e));
    s->failed |= it.broken;
}

/* {"@Name": "x", "#text": "y"} and the same with #attributes, or {"Name", "Value"}. */
static void add_element(vd_shapes *s, const vd_cut *v)
{
    vd_str name = {0};
    vd_cut attributes, part;
    if (v->kind != VD_CUT_OBJECT) {
        add_values(s, name, v);
        return;
    }
    if (!vd_cut_get(v, VD_STR("#attributes"), &attributes)) attributes = *v;
    if (vd_cut_get(&attributes, VD_STR("@Name"), &part) ||
        vd_cut_get(&attributes, VD_STR("Name"), &part))
        name = text_of(s, &part);
    if (vd_cut_get(v, VD_STR("#text"), &part) || vd_cut_get(v, VD_STR("Value"), &part) ||
        vd_cut_get(v, VD_STR("$"), &part))
        add_values(s, name, &part);
    else if (name.n)
        vd_field_data(s, name, (vd_str){0});
}

/* The member Data: one element, or an array of them. */
static void add_elements(vd_shapes *s, const vd_cut *v)
{
    vd_cut e;
    if (v->kind != VD_CUT_ARRAY) {
        add_element(s, v);
        return;
    }
    vd_cut_iter it = vd_cut_open(v);
    while (vd_cut_element(&it, &e))
        add_element(s, &e);
    s->failed |= it.broken;
}

static void add_event_data(vd_shapes *s, const vd_cut *v)
{
    vd_str key;
    vd_cut value;
    if (v->kind != VD_CUT_OBJECT) {
        if (v->raw.n && v->kind != VD_CUT_SCALAR) add_elements(s, v);
        return;
    }
    vd_cut_iter it = vd_cut_open(v);
    while (vd_cut_member(&it, &key, &value)) {
        if (vd_str_eq(key, VD_STR("Data"))) add_elements(s, &value);
        else if (!is_mark(key) && key.n && key.p[0] != '@') add_values(s, name_of(s, key), &value);
    }
    s->failed |= it.broken;
}

/* The leaves below UserData's element, by their own names. Bounded: MAX_DEPTH. */
static void add_leaves(vd_shapes *s, const vd_cut *v, unsigned depth)
{
    vd_str key;
    vd_cut value;
    vd_cut_iter it = vd_cut_open(v);
    while (vd_cut_member(&it, &key, &value)) {
        if (is_mark(key)) continue;
        if (value.kind == VD_CUT_OBJECT && depth < MAX_DEPTH) add_leaves(s, &value, depth + 1);
        else add_values(s, name_of(s, key), &value);
    }
    s->failed |= it.broken;
}

static void add_user_data(vd_shapes *s, const vd_cut *v)
{
    vd_str key;
    vd_cut value;
    if (v->kind != VD_CUT_OBJECT) return;
    s->out->has_user_data = true;
    for (vd_cut_iter it = vd_cut_open(v); vd_cut_member(&it, &key, &value);) {
        if (vd_str_eq(key, VD_STR("xml_name"))) {
            s->out->user_data_name = text_of(s, &value);
        } else if (value.kind == VD_CUT_OBJECT) {
            s->out->user_data_name = name_of(s, key);
            add_leaves(s, &value, 1);
        } else if (!is_mark(key)) {
            add_values(s, name_of(s, key), &value);
        }
    }
}

/* EvtxECmd's Payload: JSON in a string. */
static void add_payload(vd_shapes *s, const vd_cut *v)
{
    vd_cut document, part;
    if (v->kind != VD_CUT_STRING || !vd_cut_whole(text_of(s, v), &document)) return;
    if (vd_cut_get(&document, VD_STR("EventData"), &part)) add_event_data(s, &part);
    if (vd_cut_get(&document, VD_STR("UserData"), &part)) add_user_data(s, &part);
}

/* ---- the head ---- */

static void put_values(walk *w, vd_win_field field, vd_str key, const vd_cut *v)
{
    vd_cut e;
    if (v->kind == VD_CUT_ARRAY) {
        for (vd_cut_iter it = vd_cut_open(v); vd_cut_element(&it, &e);)
            vd_field_put(w->s, field, text_of(w->s, &e));
        return;
    }
    vd_str text = text_of(w->s, v);
    bool none = v->kind == VD_CUT_SCALAR && !text.n;
    if (none || vd_field_put(w->s, field, text) || w->form != VD_FORM_FLAT) return;
    /* Data of the same name as a number of the head. */
    vd_field_data(w->s, key, text);
}

/* "winlog.event_data.Image" and the like, as flattened documents have it. */
static bool take_dotted_data(walk *w, vd_str path, const vd_cut *v)
{
    for (size_t dot = 0; (dot = vd_str_find_byte(path, '.', dot)) < path.n; dot++) {
        vd_win_field field = vd_names_find(w->s->names, w->form, vd_str_sub(path, 0, dot));
        if (field != VD_WF_EVENT_DATA && field != VD_WF_USER_DATA) continue;
        vd_str name = vd_arena_str(&w->s->a, vd_str_sub(path, dot + 1, path.n));
        w->s->out->has_user_data |= field == VD_WF_USER_DATA;
        if (vd_str_eq(name, VD_STR("xml_name"))) w->s->out->user_data_name = text_of(w->s, v);
        else add_values(w->s, name, v);
        return true;
    }
    return false;
}

static void take_beside(vd_shapes *s, vd_str key, const vd_cut *v)
{
    if (!vd_str_eq(key, VD_STR("_index"))) vd_members_add(&s->beside, key, v);
    else if (v->kind == VD_CUT_STRING) s->index = v->raw;
}

static void take(walk *w, vd_win_field field, vd_str path, vd_str key, const vd_cut *v)
{
    switch (field) {
    case VD_WF_EVENT_DATA: add_event_data(w->s, v); return;
    case VD_WF_USER_DATA: add_user_data(w->s, v); return;
    case VD_WF_PAYLOAD: add_payload(w->s, v); return;
    case VD_WF_BESIDE: take_beside(w->s, key, v); return;
    case VD_WF_REGISTRY_TYPE: add_values(w->s, VD_STR("EventType"), v); return;
    case VD_WF_DESCEND: return;
    case VD_WF_DATA:
        if (!take_dotted_data(w, path, v) && w->form == VD_FORM_FLAT)
            add_values(w->s, name_of(w->s, key), v);
        return;
    default: put_values(w, field, name_of(w->s, key), v);
    }
}

/* A key as a step of the path: what XML called an attribute counts as a child, what it
 * called text as the element itself. Empty: no step. */
static vd_str step_of(const walk *w, vd_str key, bool below_system)
{
    static const char *const none[] = {"#attributes", "#text", "$", "Event"};
    if (w->form != VD_FORM_EVENT) return key;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (vd_str_eq(key, vd_str_from(none[i]))) return (vd_str){0};
    if (below_system && vd_str_eq(key, VD_STR("Value"))) return (vd_str){0};
    if (vd_str_starts(key, VD_STR("@")) && !vd_str_eq(key, VD_STR("@timestamp")))
        key = vd_str_sub(key, 1, key.n);
    vd_str tail = VD_STR("_attributes");
    return vd_str_ends(key, tail) ? vd_str_sub(key, 0, key.n - tail.n) : key;
}

/* The path with a step more in w->path; its length, or MAX_PATH if it is too long. */
static size_t extend(walk *w, size_t n, vd_str step)
{
    if (!step.n) return n;
    if (n + step.n + 1 >= MAX_PATH) return MAX_PATH;
    if (n) w->path[n++] = '.';
    memcpy(w->path + n, step.p, step.n);
    return n + step.n;
}

/* The members of an object at the path of n bytes. Bounded: MAX_DEPTH. */
static void visit(walk *w, const vd_cut *object, size_t n, unsigned depth)
{
    vd_str key;
    vd_cut v;
    vd_cut_iter it = vd_cut_open(object);
    while (vd_cut_member(&it, &key, &v)) {
        size_t end = extend(w, n, step_of(w, key, n > 0));
        if (end == MAX_PATH) continue;
        vd_str path = {w->path, end};
        vd_win_field field = end ? vd_names_find(w->s->names, w->form, path) : VD_WF_DESCEND;
        bool below = v.kind == VD_CUT_OBJECT && field != VD_WF_DATA && field != VD_WF_EVENT_DATA &&
                     field != VD_WF_USER_DATA && field != VD_WF_BESIDE;
        if (below && depth < MAX_DEPTH) visit(w, &v, end, depth + 1);
        else take(w, field, path, key, &v);
    }
    w->s->failed |= it.broken;
}

/* NXLog's account stands behind UserID; without one these are data of the event. */
static void move_account(vd_shapes *s)
{
    vd_win_record *r = s->out;
    if (r->user_sid.n) return;
    if (r->user_name.n) vd_field_data(s, VD_STR("AccountName"), r->user_name);
    if (r->user_domain.n) vd_field_data(s, VD_STR("Domain"), r->user_domain);
    if (r->user_type.n) vd_field_data(s, VD_STR("AccountType"), r->user_type);
    r->user_name = r->user_domain = r->user_type = (vd_str){0};
}

bool vd_shape_record(vd_shapes *s, const char *json, size_t n, vd_win_record *out)
{
    walk w = {.s = s};
    vd_cut document;
    vd_fields_begin(s, out);
    if (!vd_cut_whole((vd_str){json, n}, &document) ||
        vd_shape_look(&document, &w.form) != VD_SHAPE_WINDOWS)
        return false;
    visit(&w, &document, 0, 0);
    if (w.form == VD_FORM_FLAT) move_account(s);
    return vd_fields_end(s);
}
