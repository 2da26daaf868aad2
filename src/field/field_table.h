/* field/field_table.h - the built-in table of field names and their types
 *
 * Idea      tools/gen_field_table.py turns the lists in field/data/ into one
 *           constant array at build time: fields of ECS, of Elastic Defend's
 *           data streams and of Elastic's integrations, and every object on the
 *           way to one of them.
 * Layout    Sorted by byte order of the name, no name twice, so a binary search
 *           with memcmp (the shorter of two equal beginnings first) finds a row.
 * Lifetime  Static, never freed. Names end in a NUL that name_len leaves out.
 * Not here  Ids and mappings of a run: field.h. */
#ifndef VD_FIELD_FIELD_TABLE_H
#define VD_FIELD_FIELD_TABLE_H

#include <stdint.h>

#include "field/field.h"

/* Bits of vd_field_row.flags. */
enum {
    VD_FIELD_ROW_ARRAY = 1, /* ECS says that the value is always a list */
    VD_FIELD_ROW_MULTI = 2, /* another index of the field that is its parent
                               (process.name.text): no value of its own in a document */
};

struct vd_field_row {
    const char *name;  /* dotted path */
    uint16_t name_len; /* bytes of name */
    uint8_t type;      /* vd_field_type; VD_TYPE_OBJECT also for derived objects */
    uint8_t origin;    /* VD_ORIGIN_ECS, VD_ORIGIN_ENDPOINT or VD_ORIGIN_INTEGRATION */
    uint8_t flags;     /* VD_FIELD_ROW_... */
};

extern const struct vd_field_row vd_field_rows[];
extern const uint32_t vd_field_row_count;

/* The version of ECS that the table was written from ("9.4.0"). */
extern const char vd_ecs_version[];

#endif
