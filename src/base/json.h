/* base/json.h - JSON as a tree: rules, mappings, alerts, settings
 *
 * Not for the events' own path: events are read by event/. A thin face over
 * json-c, so that one file knows that library. Objects keep the order of their
 * keys. Ownership: a value put into an object or array belongs to it; the root
 * belongs to whoever made it and is released with vd_json_free; `get`, `at` and
 * `path` lend. */
#ifndef VD_BASE_JSON_H
#define VD_BASE_JSON_H

#include "base/arena.h"
#include "base/err.h"

typedef struct json_object vd_json; /* NULL is JSON's null */

typedef enum vd_json_type {
    VD_JSON_NULL,
    VD_JSON_BOOL,
    VD_JSON_INT,
    VD_JSON_DOUBLE,
    VD_JSON_STRING,
    VD_JSON_ARRAY,
    VD_JSON_OBJECT
} vd_json_type;

/* Parses one document, strictly (RFC 8259, UTF-8). *out is owned by the caller.
 * VD_FORMAT with a position otherwise. */
int vd_json_parse(vd_str text, vd_json **out, vd_err *err);
void vd_json_free(vd_json *v);
/* Another owner of the same value; to be freed once more. */
vd_json *vd_json_share(vd_json *v);
vd_json *vd_json_copy(const vd_json *v);

vd_json *vd_json_object(void);
vd_json *vd_json_array(void);
vd_json *vd_json_string(vd_str s);
vd_json *vd_json_int(int64_t i);
vd_json *vd_json_uint(uint64_t u);
vd_json *vd_json_double(double d);
/* A number that is written as `text` (JSON grammar), whatever its size. */
vd_json *vd_json_number_text(vd_str text);
vd_json *vd_json_bool(bool b);
/* A time as base/clock.h prints it; null for VD_TIME_NONE. */
vd_json *vd_json_time(int64_t ms);

/* Adds or replaces a member; takes `v`. */
void vd_json_set(vd_json *object, const char *key, vd_json *v);
void vd_json_set_n(vd_json *object, vd_str key, vd_json *v);
void vd_json_set_str(vd_json *object, const char *key, vd_str s);
/* A time, unless it is VD_TIME_NONE: then nothing is set. */
void vd_json_set_time(vd_json *object, const char *key, int64_t ms);
void vd_json_del(vd_json *object, const char *key);
/* Appends; takes `v`. */
void vd_json_push(vd_json *array, vd_json *v);

vd_json_type vd_json_typeof(const vd_json *v);
/* The member of that name, or NULL (also for anything that is no object). */
vd_json *vd_json_get(const vd_json *object, const char *key);
bool vd_json_has(const vd_json *object, const char *key);
/* The value at a dotted path, through nested and dotted keys alike ("a.b.c"
 * finds {"a":{"b.c":1}}), or NULL. Does not look into arrays. */
vd_json *vd_json_path(const vd_json *object, vd_str path);
/* Elements of an array, members of an object, else 0. */
size_t vd_json_len(const vd_json *v);
vd_json *vd_json_at(const vd_json *array, size_t i);
/* The text of a string; the empty slice for anything else. Lives as long as v. */
vd_str vd_json_str(const vd_json *v);
int64_t vd_json_get_int(const vd_json *v);
double vd_json_get_double(const vd_json *v);
bool vd_json_get_bool(const vd_json *v);

/* Members in order: for (vd_json_iter it = {0}; vd_json_next(obj, &it);) ... */
typedef struct vd_json_iter {
    void *entry;
    bool started;
    vd_str key;
    vd_json *value;
} vd_json_iter;
bool vd_json_next(const vd_json *object, vd_json_iter *it);

/* The text of `v` in arena `a`; pretty: with line breaks and two blanks. */
vd_str vd_json_text(vd_arena *a, const vd_json *v, bool pretty);
/* Writes the text and a line feed; false if the stream failed. */
bool vd_json_write_line(FILE *out, const vd_json *v);

#endif
