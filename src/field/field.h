/* field/field.h - field names, their ids and their types
 *
 * Idea      A schema gives every field name that rules or mappings speak of a
 *           small number, its id, and knows the field's type: from a mapping
 *           file, else from the built-in tables (ECS, Elastic Defend, Elastic's
 *           integrations), else none: then the field is typed by its values.
 * Use       vd_schema_new, vd_schema_load_mapping (optional), vd_schema_intern
 *           while rules are checked; read-only from then on.
 * Threads   One writer; once nobody interns any more, any number of readers.
 * Not here  Values of fields (value.h), reading them from documents (event/). */
#ifndef VD_FIELD_FIELD_H
#define VD_FIELD_FIELD_H

#include "base/err.h"
#include "base/str.h"
#include "field/value.h"

typedef enum vd_field_type {
    VD_TYPE_UNKNOWN, /* no type known: dynamic, typed by value */
    VD_TYPE_KEYWORD,
    VD_TYPE_CONSTANT_KEYWORD,
    VD_TYPE_WILDCARD,
    VD_TYPE_TEXT, /* in a mapping: without an exact subfield, EQL cannot use it */
    VD_TYPE_LONG, /* and integer, short, byte */
    VD_TYPE_UNSIGNED_LONG,
    VD_TYPE_DOUBLE, /* and float, half_float, scaled_float */
    VD_TYPE_BOOLEAN,
    VD_TYPE_DATE, /* and date_nanos, read in milliseconds */
    VD_TYPE_IP,
    VD_TYPE_VERSION,
    VD_TYPE_OBJECT,
    VD_TYPE_NESTED,
    VD_TYPE_FLATTENED, /* its leaves are keywords of any name */
    VD_TYPE_OTHER,     /* geo_point, ranges, ...: EQL cannot use it */
    VD_TYPE_COUNT
} vd_field_type;

typedef enum vd_field_origin {
    VD_ORIGIN_DYNAMIC, /* met in a rule, no table knows it */
    VD_ORIGIN_ECS,
    VD_ORIGIN_ENDPOINT,
    VD_ORIGIN_INTEGRATION,
    VD_ORIGIN_MAPPING /* from --field-types */
} vd_field_origin;

typedef uint32_t vd_field_id;
#define VD_NO_FIELD UINT32_MAX

typedef struct vd_field {
    vd_str name;           /* dotted path */
    vd_field_type type;
    vd_field_origin origin;
    vd_field_id alias_of;  /* the field an alias stands for, else VD_NO_FIELD */
    vd_field_id reads_from; /* multi-field (process.name.text): the field whose values in
                               the document it reads, by its own type; else VD_NO_FIELD */
    bool has_null_value;   /* mapping: an explicit null counts as null_value */
    vd_str null_value;
    uint32_t ignore_above; /* strings of more characters are not indexed, so no
                              condition sees them; UINT32_MAX: no bound */
    vd_str date_format;    /* mapping: the date field's format, empty for the default */
} vd_field;

typedef struct vd_schema vd_schema;

/* A schema with the built-in tables behind it. Free with vd_schema_free. */
vd_schema *vd_schema_new(void);
void vd_schema_free(vd_schema *schema);

/* Adds a mapping in Elasticsearch's form: {"properties":{..}}, {"mappings":{..}}
 * around it, or a whole GET index/_mapping answer (every index is added).
 * Aliases, multi-fields (a text field with a keyword or wildcard subfield is
 * read through it), null_value, ignore_above, dotted names and object nesting
 * are understood. It lies on top of the built-in tables. After it the schema is
 * closed: names that neither holds are unknown columns.
 * VD_FORMAT if it is no mapping. */
int vd_schema_load_mapping(vd_schema *schema, vd_str json, vd_err *err);
bool vd_schema_closed(const vd_schema *schema);

/* The id of a known field, or VD_NO_FIELD. Closed: the mapping's names and what
 * lies below its flattened fields. Else also what was interned, and the built-in
 * tables' names, which interns them. */
vd_field_id vd_schema_find(vd_schema *schema, vd_str name);
/* The same, but a name nobody knows becomes a dynamic field. A closed schema
 * gives it an id too, but still does not find the name. */
vd_field_id vd_schema_intern(vd_schema *schema, vd_str name);
/* The field behind an id, aliases not followed. Valid until the schema grows. */
const vd_field *vd_schema_field(const vd_schema *schema, vd_field_id id);
/* The id itself, or what it is an alias of. */
vd_field_id vd_schema_resolve(const vd_schema *schema, vd_field_id id);
/* Number of ids given out. */
size_t vd_schema_count(const vd_schema *schema);
/* The nearest object on the way to `name` that is mapped as nested, or VD_NO_FIELD. */
vd_field_id vd_schema_nested_parent(vd_schema *schema, vd_str name);

/* Up to `max` known names nearest to `name` (as Elasticsearch suggests: string
 * distance, best first), in out; returns how many. They live as long as the schema. */
size_t vd_schema_suggest(const vd_schema *schema, vd_str name, vd_str *out, size_t max);

/* The type's name in Elasticsearch's spelling ("keyword"). */
const char *vd_field_type_name(vd_field_type type);
/* The type of that spelling ("integer" gives VD_TYPE_LONG); VD_TYPE_COUNT if unknown. */
vd_field_type vd_field_type_from(vd_str name);
/* Types whose values are strings to EQL. */
static inline bool vd_field_type_is_string(vd_field_type t)
{
    return t == VD_TYPE_KEYWORD || t == VD_TYPE_CONSTANT_KEYWORD || t == VD_TYPE_WILDCARD ||
           t == VD_TYPE_TEXT || t == VD_TYPE_FLATTENED || t == VD_TYPE_VERSION;
}
static inline bool vd_field_type_is_number(vd_field_type t)
{
    return t == VD_TYPE_LONG || t == VD_TYPE_UNSIGNED_LONG || t == VD_TYPE_DOUBLE;
}
/* The version of ECS that the built-in table was written from ("9.x.y"). */
const char *vd_schema_ecs_version(void);

#endif
