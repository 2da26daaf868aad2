/* field/field_int.h - what the files of this room share; private to it */
#ifndef VD_FIELD_FIELD_INT_H
#define VD_FIELD_FIELD_INT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "field/field.h"

/* fields is indexed by id and only grows; names (and all text of a mapping)
 * stand in the arena, so slices handed out live as long as the schema. */
struct vd_schema {
    vd_arena arena;
    VD_VEC(vd_field) fields;
    vd_map ids; /* name -> id */
    bool closed;
};

/* The id of a name that has one already, or VD_NO_FIELD; the built-in tables
 * are not asked. */
vd_field_id vd_schema_known(const vd_schema *schema, vd_str name);

/* Makes *f a plain field: no alias, no null_value, no bound. */
void vd_field_reset(vd_field *f, vd_str name, vd_field_type type, vd_field_origin origin);

/* Gives a new name an id and a plain field; the name is copied. It must not
 * have an id yet. */
vd_field *vd_schema_add(vd_schema *schema, vd_str name, vd_field_type type, vd_field_origin origin);

/* The part of a dotted name before its last dot, or the empty slice. */
static inline vd_str vd_name_parent(vd_str name)
{
    size_t n = name.n;
    while (n > 0 && name.p[n - 1] != '.')
        n--;
    return (vd_str){name.p, n ? n - 1 : 0};
}

#endif
