/* field/mapping.c - field types from a mapping in Elasticsearch's form
 *
 * What several indices of one answer say of a name: the first decides. Aliases
 * name their target by path, which may come later, so they are tied up when all
 * else is read. Source: Elastic docs, "Mapping parameters", "Field data types". */
#include "base/json.h"
#include "base/limits.h"
#include "field/field_int.h"

/* An alias whose target is not looked up yet. */
typedef struct pending {
    vd_field_id id;
    vd_str path; /* borrowed from the JSON tree */
} pending;

typedef struct reader {
    vd_schema *schema;
    vd_err *err;
    VD_VEC(pending) aliases;
    char path[4096]; /* the dotted path being read */
} reader;

static int read_properties(reader *r, const vd_json *properties, size_t path_len, unsigned depth);

static vd_str type_of(const vd_json *def)
{
    return vd_json_str(vd_json_get(def, "type"));
}

/* The scalar `key` of a definition as text in the schema's arena. */
static bool scalar_text(reader *r, const vd_json *def, const char *key, vd_str *out)
{
    const vd_json *v = vd_json_get(def, key);
    if (!v) return false;
    vd_json_type type = vd_json_typeof(v);
    if (type == VD_JSON_OBJECT || type == VD_JSON_ARRAY) return false;
    *out = type == VD_JSON_STRING ? vd_arena_str(&r->schema->arena, vd_json_str(v))
                                  : vd_json_text(&r->schema->arena, v, false);
    return true;
}

/* What stands in a definition beside its type. */
static void set_parameters(reader *r, vd_field *f, const vd_json *def)
{
    vd_str format;
    if (scalar_text(r, def, "null_value", &f->null_value)) f->has_null_value = true;
    if (f->type == VD_TYPE_DATE && scalar_text(r, def, "format", &format)) f->date_format = format;
    const vd_json *above = vd_json_get(def, "ignore_above");
    if (vd_json_typeof(above) == VD_JSON_INT) {
        int64_t n = vd_json_get_int(above);
        if (n >= 0 && n < UINT32_MAX) f->ignore_above = (uint32_t)n;
    }
}

static bool is_exact(vd_str type)
{
    vd_field_type t = vd_field_type_from(type);
    return t == VD_TYPE_KEYWORD || t == VD_TYPE_WILDCARD || t == VD_TYPE_CONSTANT_KEYWORD;
}

/* The definition that a field is read by: its own or, for text, that of its
 * first exact subfield. */
static const vd_json *effective(const vd_json *def)
{
    if (vd_field_type_from(type_of(def)) != VD_TYPE_TEXT) return def;
    const vd_json *fields = vd_json_get(def, "fields");
    for (vd_json_iter it = {0}; vd_json_next(fields, &it);)
        if (is_exact(type_of(it.value))) return it.value;
    return def;
}

/* Appends ".name" to the path; 0 if it does not fit. */
static size_t path_push(reader *r, size_t len, vd_str name)
{
    size_t dot = len > 0;
    if (name.n == 0 || name.n > sizeof r->path - len - dot) return 0;
    if (dot) r->path[len] = '.';
    memcpy(r->path + len + dot, name.p, name.n);
    return len + dot + name.n;
}

/* The field at the current path, or NULL if an earlier index decided it. What
 * was interned before the mapping came keeps its id. */
static vd_field *add(reader *r, size_t path_len, vd_field_type type)
{
    vd_str name = {r->path, path_len};
    vd_field_id id = vd_schema_known(r->schema, name);
    if (id == VD_NO_FIELD) return vd_schema_add(r->schema, name, type, VD_ORIGIN_MAPPING);
    vd_field *f = &r->schema->fields.v[id];
    if (f->origin == VD_ORIGIN_MAPPING) return NULL;
    vd_field_reset(f, f->name, type, VD_ORIGIN_MAPPING);
    return f;
}

/* Dotted property names imply the objects on their way. */
static void add_objects(reader *r, size_t path_len)
{
    for (vd_str up = vd_name_parent((vd_str){r->path, path_len}); up.n > 0; up = vd_name_parent(up))
        add(r, up.n, VD_TYPE_OBJECT);
}

static int bad(reader *r, size_t path_len, const char *what)
{
    return vd_fail(r->err, VD_FORMAT, "mapping: field [%.*s]: %s", (int)path_len, r->path, what);
}

static int read_subfields(reader *r, const vd_json *fields, size_t path_len, vd_field_id parent)
{
    for (vd_json_iter it = {0}; vd_json_next(fields, &it);) {
        size_t len = path_push(r, path_len, it.key);
        if (len == 0) return bad(r, path_len, "a subfield whose name is empty or too long");
        vd_field_type type = vd_field_type_from(type_of(it.value));
        if (type == VD_TYPE_COUNT) return bad(r, len, "a type that is not known");
        vd_field *f = add(r, len, type);
        if (!f) continue;
        f->reads_from = parent;
        set_parameters(r, f, it.value);
    }
    return VD_OK;
}

static int read_alias(reader *r, const vd_json *def, size_t path_len)
{
    vd_str path = vd_json_str(vd_json_get(def, "path"));
    if (path.n == 0) return bad(r, path_len, "an alias without a path");
    vd_field *f = add(r, path_len, VD_TYPE_UNKNOWN);
    if (f) *vd_vec_push(&r->aliases) = (pending){(vd_field_id)(f - r->schema->fields.v), path};
    return VD_OK;
}

static int read_leaf(reader *r, const vd_json *def, size_t path_len, vd_field_type type)
{
    const vd_json *read_by = effective(def);
    if (read_by != def) type = vd_field_type_from(type_of(read_by));
    vd_field *f = add(r, path_len, type);
    vd_field_id id = f ? (vd_field_id)(f - r->schema->fields.v)
                       : vd_schema_known(r->schema, (vd_str){r->path, path_len});
    if (f) set_parameters(r, f, read_by);
    return read_subfields(r, vd_json_get(def, "fields"), path_len, id);
}

/* One property; the path ends with its name. */
static int read_definition(reader *r, const vd_json *def, size_t path_len, unsigned depth)
{
    if (vd_json_typeof(def) != VD_JSON_OBJECT) return bad(r, path_len, "no object");
    vd_str name = type_of(def);
    add_objects(r, path_len);
    if (vd_str_eq(name, VD_STR("alias"))) return read_alias(r, def, path_len);
    vd_field_type type = name.n == 0 ? VD_TYPE_OBJECT : vd_field_type_from(name);
    if (type == VD_TYPE_COUNT)
        return vd_fail(r->err, VD_FORMAT, "mapping: field [%.*s]: unknown type [%.*s]",
                       (int)path_len, r->path, VD_FMT(name));
    if (type != VD_TYPE_OBJECT && type != VD_TYPE_NESTED) return read_leaf(r, def, path_len, type);
    add(r, path_len, type);
    const vd_json *enabled = vd_json_get(def, "enabled");
    if (vd_json_typeof(enabled) == VD_JSON_BOOL && !vd_json_get_bool(enabled)) return VD_OK;
    return read_properties(r, vd_json_get(def, "properties"), path_len, depth + 1);
}

static int read_properties(reader *r, const vd_json *properties, size_t path_len, unsigned depth)
{
    if (!properties) return VD_OK;
    if (vd_json_typeof(properties) != VD_JSON_OBJECT)
        return bad(r, path_len, "properties are no object");
    if (depth > VD_MAX_JSON_DEPTH) return bad(r, path_len, "objects nested too deeply");
    for (vd_json_iter it = {0}; vd_json_next(properties, &it);) {
        size_t len = path_push(r, path_len, it.key);
        if (len == 0) return bad(r, path_len, "a property whose name is empty or too long");
        int rc = read_definition(r, it.value, len, depth);
        if (rc) return rc;
    }
    return VD_OK;
}

/* What stands under "mappings": properties, or (before Elasticsearch 7) one
 * document type around them. An index without fields has neither. */
static int read_mappings(reader *r, const vd_json *mappings)
{
    const vd_json *properties = vd_json_get(mappings, "properties");
    if (!properties && vd_json_len(mappings) == 1) {
        vd_json_iter it = {0};
        vd_json_next(mappings, &it);
        properties = vd_json_get(it.value, "properties");
    }
    return read_properties(r, properties, 0, 0);
}

/* A whole answer of GET index/_mapping: index name -> {"mappings": ..}. */
static int read_answer(reader *r, const vd_json *root)
{
    for (vd_json_iter it = {0}; vd_json_next(root, &it);) {
        const vd_json *mappings = vd_json_get(it.value, "mappings");
        if (vd_json_typeof(mappings) != VD_JSON_OBJECT)
            return vd_fail(r->err, VD_FORMAT,
                           "no mapping: neither [properties] nor [mappings], and [%.*s] holds "
                           "no [mappings] either",
                           VD_FMT(it.key));
        int rc = read_mappings(r, mappings);
        if (rc) return rc;
    }
    return VD_OK;
}

static int read_root(reader *r, const vd_json *root)
{
    if (vd_json_typeof(root) != VD_JSON_OBJECT || vd_json_len(root) == 0)
        return vd_fail(r->err, VD_FORMAT, "a mapping is a JSON object with [properties]");
    if (vd_json_typeof(vd_json_get(root, "properties")) == VD_JSON_OBJECT)
        return read_mappings(r, root);
    if (vd_json_typeof(vd_json_get(root, "mappings")) == VD_JSON_OBJECT)
        return read_mappings(r, vd_json_get(root, "mappings"));
    return read_answer(r, root);
}

/* Elasticsearch refuses an alias of an alias and one of nothing; so do we. */
static int tie_aliases(reader *r)
{
    for (size_t i = 0; i < r->aliases.n; i++) {
        pending p = r->aliases.v[i];
        vd_field *f = &r->schema->fields.v[p.id];
        vd_field_id to = vd_schema_known(r->schema, p.path);
        bool mapped = to != VD_NO_FIELD && r->schema->fields.v[to].origin == VD_ORIGIN_MAPPING;
        vd_field_type type = mapped ? r->schema->fields.v[to].type : VD_TYPE_UNKNOWN;
        if (type == VD_TYPE_UNKNOWN || type == VD_TYPE_OBJECT || type == VD_TYPE_NESTED)
            return vd_fail(r->err, VD_FORMAT,
                           "mapping: alias [%.*s]: its path [%.*s] is no field of the mapping",
                           VD_FMT(f->name), VD_FMT(p.path));
        f->alias_of = to;
    }
    /* Types last: until here an alias is told from a field by having none. */
    for (size_t i = 0; i < r->aliases.n; i++) {
        vd_field *f = &r->schema->fields.v[r->aliases.v[i].id];
        f->type = r->schema->fields.v[f->alias_of].type;
    }
    return VD_OK;
}

int vd_schema_load_mapping(vd_schema *schema, vd_str json, vd_err *err)
{
    vd_json *root = NULL;
    int rc = vd_json_parse(json, &root, err);
    if (rc) return rc;
    reader *r = vd_calloc(1, sizeof *r);
    r->schema = schema;
    r->err = err;
    rc = read_root(r, root);
    if (!rc) rc = tie_aliases(r);
    if (!rc) schema->closed = true;
    vd_vec_free(&r->aliases);
    free(r);
    vd_json_free(root);
    return rc;
}
