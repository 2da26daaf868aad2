/* alert/ecs.c - values that clash with their ECS type are taken out
 *
 * The alerts' index is mapped by ECS, so one value that its field cannot hold
 * would cost the whole alert. Such values go, alone; fields that ECS does not
 * know stay (elastic/kibana, traverse_and_mutate_doc). */
#include "alert/alert_int.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "field/ip.h"

/* The built-in fields, without any mapping of the run. Looking a name up gives it
 * an id, which is a write: hence the lock. */
static vd_schema *ecs;
static pthread_once_t ecs_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t ecs_lock = PTHREAD_MUTEX_INITIALIZER;

static void ecs_end(void)
{
    vd_schema_free(ecs);
}

static void ecs_begin(void)
{
    ecs = vd_schema_new();
    atexit(ecs_end);
}

/* The type ECS gives the path; VD_TYPE_UNKNOWN if ECS does not know it. */
static vd_field_type type_of(vd_str path)
{
    vd_field_type type = VD_TYPE_UNKNOWN;
    pthread_once(&ecs_once, ecs_begin);
    pthread_mutex_lock(&ecs_lock);
    vd_field_id id = vd_schema_find(ecs, path);
    const vd_field *f = id == VD_NO_FIELD ? NULL : vd_schema_field(ecs, id);
    if (f && f->origin == VD_ORIGIN_ECS) type = f->type;
    pthread_mutex_unlock(&ecs_lock);
    return type;
}

static bool is_number(const vd_json *v)
{
    vd_json_type type = vd_json_typeof(v);
    if (type == VD_JSON_INT || type == VD_JSON_DOUBLE) return true;
    vd_str s = vd_str_trim(vd_json_str(v));
    char buf[64], *end = buf;
    if (type != VD_JSON_STRING || s.n == 0 || s.n >= sizeof buf) return false;
    memcpy(buf, s.p, s.n);
    buf[s.n] = 0;
    strtod(buf, &end);
    return *end == 0;
}

static bool is_date(const vd_json *v)
{
    int64_t ms;
    if (vd_json_typeof(v) == VD_JSON_STRING) return vd_time_parse(vd_json_str(v), &ms);
    return vd_json_typeof(v) == VD_JSON_INT || vd_json_typeof(v) == VD_JSON_DOUBLE;
}

static bool is_boolean(const vd_json *v)
{
    if (vd_json_typeof(v) != VD_JSON_STRING) return vd_json_typeof(v) == VD_JSON_BOOL;
    vd_str s = vd_json_str(v);
    return s.n == 0 || vd_str_eq(s, VD_STR("true")) || vd_str_eq(s, VD_STR("false"));
}

static bool is_ip(const vd_json *v)
{
    uint8_t ip[16];
    return vd_json_typeof(v) == VD_JSON_STRING && vd_ip_parse(vd_json_str(v), ip);
}

/* Types that hold objects. */
static bool holds_objects(vd_field_type type)
{
    return type == VD_TYPE_OBJECT || type == VD_TYPE_NESTED || type == VD_TYPE_FLATTENED;
}

/* The scalar `v` fits a field of that type. */
static bool fits(vd_field_type type, const vd_json *v)
{
    switch (type) {
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE: return is_number(v);
    case VD_TYPE_BOOLEAN: return is_boolean(v);
    case VD_TYPE_DATE: return is_date(v);
    case VD_TYPE_IP: return is_ip(v);
    default: return !holds_objects(type);
    }
}

/* The path that is being looked at, growing and shrinking with the walk. */
typedef struct path {
    char text[1024];
    size_t n;
} path;

/* Adds a key; false if it is too long to be any field's name. */
static bool path_push(path *p, vd_str key)
{
    if (p->n + key.n + 2 > sizeof p->text) return false;
    if (p->n) p->text[p->n++] = '.';
    memcpy(p->text + p->n, key.p, key.n);
    p->n += key.n;
    return true;
}

/* Some proper beginning of the path, from byte `from` on, is an ECS field that
 * holds plain values: {"host.name.x": 1} cannot be. */
static bool through_scalar(const path *p, size_t from)
{
    for (size_t i = from + 1; i < p->n; i++) {
        if (p->text[i] != '.') continue;
        vd_field_type type = type_of((vd_str){p->text, i});
        if (type == VD_TYPE_FLATTENED || type == VD_TYPE_OTHER) return false;
        if (type != VD_TYPE_UNKNOWN && !holds_objects(type)) return true;
    }
    return false;
}

static bool clean(const vd_json *v, path *p, int depth, vd_json **out);

static bool clean_object(const vd_json *object, path *p, int depth, vd_json **out)
{
    *out = vd_json_object();
    size_t n = p->n;
    for (vd_json_iter it = {0}; vd_json_next(object, &it); p->n = n) {
        vd_json *v;
        if (!path_push(p, it.key))
            vd_json_set_n(*out, it.key, vd_json_copy(it.value));
        else if (!through_scalar(p, n) && clean(it.value, p, depth - 1, &v))
            vd_json_set_n(*out, it.key, v);
    }
    if (vd_json_len(*out)) return true;
    vd_json_free(*out);
    return false;
}

static bool clean_array(const vd_json *array, path *p, int depth, vd_json **out)
{
    *out = vd_json_array();
    for (size_t i = 0; i < vd_json_len(array); i++) {
        vd_json *v;
        if (clean(vd_json_at(array, i), p, depth - 1, &v)) vd_json_push(*out, v);
    }
    if (vd_json_len(*out)) return true;
    vd_json_free(*out);
    return false;
}

/* What is left of `v` at path `p`, in *out; false: nothing. */
static bool clean(const vd_json *v, path *p, int depth, vd_json **out)
{
    vd_json_type kind = vd_json_typeof(v);
    if (depth == 0) return false;
    if (kind == VD_JSON_ARRAY) return clean_array(v, p, depth, out);
    vd_field_type type = type_of((vd_str){p->text, p->n});
    if (kind == VD_JSON_OBJECT) {
        bool scalar = type != VD_TYPE_UNKNOWN && type != VD_TYPE_OTHER && !holds_objects(type);
        return !scalar && clean_object(v, p, depth, out);
    }
    if (kind != VD_JSON_NULL && type != VD_TYPE_UNKNOWN && !fits(type, v)) return false;
    *out = vd_json_copy(v);
    return true;
}

vd_json *vd_ecs_clean(const vd_json *doc)
{
    path p = {.n = 0};
    vd_json *out;
    return clean_object(doc, &p, VD_MAX_JSON_DEPTH, &out) ? out : vd_json_object();
}
