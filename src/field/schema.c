/* field/schema.c - names, ids and the built-in tables behind them
 *
 * A name gets its id when somebody first asks for it: the built-in table is a
 * sorted constant array, of which a run touches a few hundred rows. */
#include "field/field_int.h"
#include "field/field_table.h"

/* The built-in row of that name, or NULL. */
static const struct vd_field_row *row_find(vd_str name)
{
    uint32_t lo = 0, hi = vd_field_row_count;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const struct vd_field_row *row = &vd_field_rows[mid];
        int c = vd_str_cmp((vd_str){row->name, row->name_len}, name);
        if (c == 0) return row;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

vd_schema *vd_schema_new(void)
{
    vd_schema *schema = vd_calloc(1, sizeof *schema);
    vd_arena_init(&schema->arena, 0);
    return schema;
}

void vd_schema_free(vd_schema *schema)
{
    if (!schema) return;
    vd_map_fini(&schema->ids);
    vd_vec_free(&schema->fields);
    vd_arena_fini(&schema->arena);
    free(schema);
}

bool vd_schema_closed(const vd_schema *schema)
{
    return schema->closed;
}

vd_field_id vd_schema_known(const vd_schema *schema, vd_str name)
{
    uint32_t id = vd_map_get(&schema->ids, name);
    return id == VD_MAP_NONE ? VD_NO_FIELD : id;
}

void vd_field_reset(vd_field *f, vd_str name, vd_field_type type, vd_field_origin origin)
{
    *f = (vd_field){.name = name,
                    .type = type,
                    .origin = origin,
                    .alias_of = VD_NO_FIELD,
                    .reads_from = VD_NO_FIELD,
                    .ignore_above = UINT32_MAX};
}

vd_field *vd_schema_add(vd_schema *schema, vd_str name, vd_field_type type, vd_field_origin origin)
{
    vd_field_id id = (vd_field_id)schema->fields.n;
    vd_field *f = vd_vec_push(&schema->fields);
    vd_field_reset(f, vd_arena_str(&schema->arena, name), type, origin);
    vd_map_put(&schema->ids, f->name, id);
    return f;
}

/* Gives a built-in row an id. A multi-field reads the field above it, which
 * therefore gets an id too. */
static vd_field_id row_intern(vd_schema *schema, const struct vd_field_row *row, vd_str name)
{
    vd_field_id parent = VD_NO_FIELD;
    if (row->flags & VD_FIELD_ROW_MULTI) parent = vd_schema_find(schema, vd_name_parent(name));
    vd_field *f =
        vd_schema_add(schema, name, (vd_field_type)row->type, (vd_field_origin)row->origin);
    f->reads_from = parent;
    return (vd_field_id)schema->fields.n - 1;
}

/* The id under that very name, from what has one or from the built-in table.
 * To a closed schema a dynamic field is unknown. */
static vd_field_id find_exact(vd_schema *schema, vd_str name)
{
    vd_field_id id = vd_schema_known(schema, name);
    if (id != VD_NO_FIELD)
        return schema->closed && schema->fields.v[id].origin == VD_ORIGIN_DYNAMIC ? VD_NO_FIELD : id;
    const struct vd_field_row *row = row_find(name);
    return row ? row_intern(schema, row, name) : VD_NO_FIELD;
}

typedef struct kind {
    vd_field_type type;
    vd_field_origin origin;
} kind;

/* What is known of a name, without giving it an id. */
static bool kind_of(const vd_schema *schema, vd_str name, kind *out)
{
    vd_field_id id = vd_schema_known(schema, name);
    if (id != VD_NO_FIELD && schema->closed && schema->fields.v[id].origin == VD_ORIGIN_DYNAMIC)
        return false;
    if (id != VD_NO_FIELD) {
        *out = (kind){schema->fields.v[id].type, schema->fields.v[id].origin};
        return true;
    }
    const struct vd_field_row *row = row_find(name);
    if (row) *out = (kind){(vd_field_type)row->type, (vd_field_origin)row->origin};
    return row != NULL;
}

vd_field_id vd_schema_find(vd_schema *schema, vd_str name)
{
    vd_field_id id = find_exact(schema, name);
    if (id != VD_NO_FIELD) return id;
    id = vd_schema_known(schema, name);
    if (id != VD_NO_FIELD) return VD_NO_FIELD; /* interned as a dynamic field */
    /* Everything below a flattened field is a keyword. */
    for (vd_str up = vd_name_parent(name); up.n > 0; up = vd_name_parent(up)) {
        kind k;
        if (!kind_of(schema, up, &k)) continue;
        if (k.type != VD_TYPE_FLATTENED) return VD_NO_FIELD;
        vd_schema_add(schema, name, VD_TYPE_KEYWORD, k.origin);
        return (vd_field_id)schema->fields.n - 1;
    }
    return VD_NO_FIELD;
}

vd_field_id vd_schema_intern(vd_schema *schema, vd_str name)
{
    vd_field_id id = vd_schema_find(schema, name);
    if (id == VD_NO_FIELD) id = vd_schema_known(schema, name);
    if (id != VD_NO_FIELD) return id;
    vd_schema_add(schema, name, VD_TYPE_UNKNOWN, VD_ORIGIN_DYNAMIC);
    return (vd_field_id)schema->fields.n - 1;
}

const vd_field *vd_schema_field(const vd_schema *schema, vd_field_id id)
{
    return id < schema->fields.n ? &schema->fields.v[id] : NULL;
}

vd_field_id vd_schema_resolve(const vd_schema *schema, vd_field_id id)
{
    /* A mapping cannot make a chain (mapping.c), so one step is all there is. */
    if (id >= schema->fields.n) return VD_NO_FIELD;
    vd_field_id to = schema->fields.v[id].alias_of;
    return to == VD_NO_FIELD ? id : to;
}

size_t vd_schema_count(const vd_schema *schema)
{
    return schema->fields.n;
}

vd_field_id vd_schema_nested_parent(vd_schema *schema, vd_str name)
{
    for (vd_str up = vd_name_parent(name); up.n > 0; up = vd_name_parent(up)) {
        kind k;
        if (kind_of(schema, up, &k) && k.type == VD_TYPE_NESTED) return find_exact(schema, up);
    }
    return VD_NO_FIELD;
}

const char *vd_schema_ecs_version(void)
{
    return vd_ecs_version;
}
