/* eql/eql_check.c - the query against the schema: columns, categories, join keys
 *
 * Source  elastic/elasticsearch Verifier for what is refused and how it is said. */
#include <stdarg.h>

#include "base/limits.h"
#include "eql/eql_check_int.h"

void vd_problem_add(vd_checker *c, size_t pos, size_t len, const char *fmt, ...)
{
    char msg[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    *vd_vec_push(&c->problems) =
        (vd_eql_problem){pos, len, vd_arena_str(c->a, vd_str_from(msg))};
}

/* ---- columns ---- */

/* A name inside a message. */
#define SHOWN 200

static void unknown_column(vd_checker *c, vd_str name, uint32_t pos, uint32_t len)
{
    vd_str names[5], all = name;
    name = vd_clip(name, SHOWN);
    size_t n = vd_schema_suggest(c->schema, all, names, sizeof names / sizeof *names);
    vd_str maybe = {"", 0};
    for (size_t i = 0; i < n; i++)
        maybe = i ? vd_arena_printf(c->a, "%.*s, %.*s", VD_FMT(maybe), VD_FMT(names[i])) : names[i];
    if (n == 0)
        vd_problem_add(c, pos, len, "Unknown column [%.*s]", VD_FMT(name));
    else
        vd_problem_add(c, pos, len, n == 1 ? "Unknown column [%.*s], did you mean [%.*s]?"
                                           : "Unknown column [%.*s], did you mean any of [%.*s]?",
                       VD_FMT(name), VD_FMT(maybe));
}

static vd_eql_type type_of_field(vd_field_type t)
{
    switch (t) {
    case VD_TYPE_KEYWORD:
    case VD_TYPE_CONSTANT_KEYWORD:
    case VD_TYPE_WILDCARD:
    case VD_TYPE_TEXT:
    case VD_TYPE_FLATTENED: return VD_ET_KEYWORD;
    case VD_TYPE_LONG: return VD_ET_LONG;
    case VD_TYPE_UNSIGNED_LONG: return VD_ET_UNSIGNED_LONG;
    case VD_TYPE_DOUBLE: return VD_ET_DOUBLE;
    case VD_TYPE_BOOLEAN: return VD_ET_BOOLEAN;
    case VD_TYPE_DATE: return VD_ET_DATE;
    case VD_TYPE_IP: return VD_ET_IP;
    case VD_TYPE_VERSION: return VD_ET_VERSION;
    default: return VD_ET_ANY;
    }
}

/* Whether EQL can use a field of that type at all; if not, a problem. */
static bool usable(vd_checker *c, vd_str name, const vd_field *f, uint32_t pos, uint32_t len)
{
    const char *type = vd_field_type_name(f->type);
    if (f->type == VD_TYPE_NESTED) {
        vd_problem_add(c, pos, len,
                       "Cannot use field [%.*s] type [nested] due to nested fields not being "
                       "supported yet",
                       VD_FMT(name));
        return false;
    }
    if (f->type == VD_TYPE_OBJECT || f->type == VD_TYPE_OTHER) {
        vd_problem_add(c, pos, len, "Cannot use field [%.*s] with unsupported type [%s]",
                       VD_FMT(name), type);
        return false;
    }
    vd_field_id nested = vd_schema_nested_parent(c->schema, name);
    if (nested == VD_NO_FIELD) return true;
    vd_str parent = vd_schema_field(c->schema, nested)->name;
    vd_problem_add(c, pos, len,
                   "Cannot use field [%.*s] type [%s] with unsupported nested type in hierarchy "
                   "(field [%.*s])",
                   VD_FMT(name), type, VD_FMT(parent));
    return false;
}

vd_column vd_check_column(vd_checker *c, vd_str name, bool optional, uint32_t pos, uint32_t len)
{
    vd_column col = {VD_NO_FIELD, VD_ET_ANY, false};
    bool closed = vd_schema_closed(c->schema);
    vd_field_id id = vd_schema_find(c->schema, name);
    if (id == VD_NO_FIELD && closed) {
        if (optional) col = (vd_column){VD_NO_FIELD, VD_ET_NULL, true};
        else unknown_column(c, name, pos, len);
        return col;
    }
    if (id == VD_NO_FIELD) id = vd_schema_intern(c->schema, name);
    col.field = vd_schema_resolve(c->schema, id);
    const vd_field *f = vd_schema_field(c->schema, col.field);
    if (!usable(c, name, f, pos, len)) return col;
    f = vd_schema_field(c->schema, col.field); /* the schema may have grown */
    col.type = type_of_field(f->type);
    return col;
}

/* ---- join keys ---- */

static vd_eql_type check_key(vd_checker *c, vd_eql_key *k)
{
    vd_column col = vd_check_column(c, k->name, k->optional, k->pos, k->len);
    k->field = col.field;
    k->unmapped = col.unmapped;
    return col.type;
}

/* The types of an item's keys against those of the first item. */
static void check_keys(vd_checker *c, vd_eql_item *item, vd_eql_type *types, bool first)
{
    const char *kind = c->q->kind == VD_EQL_SAMPLE ? "Sample" : "Sequence";
    for (uint32_t i = 0; i < item->n_keys && i < VD_MAX_JOIN_KEYS; i++) {
        vd_eql_key *k = &item->keys[i], *k0 = &c->q->items[0].keys[i];
        size_t before = c->problems.n;
        vd_eql_type t = check_key(c, k);
        if (first) types[i] = t;
        else if (k->pos == k0->pos) c->problems.n = before; /* the query's own key, seen before */
        else if (!vd_eql_types_fit(types[i], t))
            vd_problem_add(c, k->pos, k->len,
                           "%s key [%.*s] type [%s] is incompatible with key [%.*s] type [%s]", kind,
                           VD_FMT(k0->name), vd_eql_type_name(types[i]), VD_FMT(k->name),
                           vd_eql_type_name(t));
    }
}

/* ---- the whole query ---- */

static void check_category(vd_checker *c, const vd_eql_options *options)
{
    vd_str name = options && options->category_field.n ? options->category_field
                                                       : VD_STR("event.category");
    const vd_eql_item *user = NULL;
    for (uint32_t i = 0; i < c->q->n_items && !user; i++)
        if (!c->q->items[i].any) user = &c->q->items[i];
    if (!user && c->q->until && !c->q->until->any) user = c->q->until;
    if (!user) return;
    vd_field_id id = vd_schema_find(c->schema, name);
    if (id == VD_NO_FIELD && vd_schema_closed(c->schema)) {
        vd_problem_add(c, user->pos, 1, "Unknown column [%.*s]", VD_FMT(name));
        return;
    }
    if (id == VD_NO_FIELD) id = vd_schema_intern(c->schema, name);
    c->q->category_field = vd_schema_resolve(c->schema, id);
}

static void check_item(vd_checker *c, vd_eql_item *item, vd_eql_type *types, bool first)
{
    check_keys(c, item, types, first);
    vd_eql_expr *e = item->cond;
    vd_check_expr(c, e);
    if (e->type == VD_ET_BOOLEAN || e->type == VD_ET_ANY || e->type == VD_ET_NULL) return;
    char type[32];
    snprintf(type, sizeof type, "%s", vd_eql_type_name((vd_eql_type)e->type));
    for (char *p = type; *p; p++)
        if (*p >= 'a' && *p <= 'z') *p = (char)(*p - 32);
    vd_problem_add(c, e->pos, e->len, "Condition expression needs to be boolean, found [%s]", type);
}

/* All problems in one message, the first problem's place as the error's. */
static int report(vd_checker *c, vd_err *err)
{
    char msg[VD_ERR_MSG_MAX];
    size_t n = (size_t)snprintf(msg, sizeof msg, "Found %zu problem%s", c->problems.n,
                                c->problems.n == 1 ? "" : "s");
    for (size_t i = 0; i < c->problems.n && n < sizeof msg; i++) {
        const vd_eql_problem *pr = &c->problems.v[i];
        vd_place at = vd_place_of(c->q->text, pr->pos);
        n += (size_t)snprintf(msg + n, sizeof msg - n, "\nline %zu:%zu: %.*s", at.line, at.column,
                              VD_FMT(pr->msg));
    }
    return vd_fail_at(err, VD_VERIFY, c->problems.v[0].pos, c->problems.v[0].len, "%s", msg);
}

int vd_eql_check(vd_arena *a, vd_eql_query *query, vd_schema *schema,
                 const vd_eql_options *options, vd_err *err)
{
    vd_checker c = {.a = a, .q = query, .schema = schema};
    vd_eql_type types[VD_MAX_JOIN_KEYS] = {VD_ET_ANY};
    check_category(&c, options);
    for (uint32_t i = 0; i < query->n_items; i++) check_item(&c, &query->items[i], types, i == 0);
    if (query->until) check_item(&c, query->until, types, false);
    int code = c.problems.n ? report(&c, err) : 0;
    if (options && options->problems) *options->problems = c.problems;
    else vd_vec_free(&c.problems);
    return code;
}
