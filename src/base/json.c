#include "base/json.h"

#include <json-c/json.h>
#include <limits.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"

#define PLAIN (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
#define PRETTY (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE)

int vd_json_parse(vd_str text, vd_json **out, vd_err *err)
{
    if (text.n > INT_MAX) return vd_fail(err, VD_LIMIT, "JSON text of more than 2 GiB");
    if (!vd_utf8_valid(text)) return vd_fail(err, VD_FORMAT, "not valid UTF-8");
    struct json_tokener *tok = json_tokener_new_ex(VD_MAX_JSON_DEPTH);
    if (!tok) return vd_fail(err, VD_LIMIT, "no memory for a JSON parser");
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT);
    /* json-c wants to see an end behind a bare number. */
    *out = json_tokener_parse_ex(tok, text.n ? text.p : " ", (int)text.n);
    enum json_tokener_error e = json_tokener_get_error(tok);
    bool to_the_end = e == json_tokener_continue; /* positions count from the last call on */
    if (to_the_end) {
        *out = json_tokener_parse_ex(tok, " ", 1);
        e = json_tokener_get_error(tok);
    }
    size_t at = to_the_end ? text.n : json_tokener_get_parse_end(tok);
    json_tokener_free(tok);
    if (e == json_tokener_success && vd_str_trim(vd_str_sub(text, at, text.n)).n == 0) return 0;
    json_object_put(*out);
    *out = NULL;
    const char *why = e == json_tokener_success    ? "text behind the end"
                      : e == json_tokener_continue ? "it ends too early"
                                                   : json_tokener_error_desc(e);
    return vd_fail_at(err, VD_FORMAT, at < text.n ? at : text.n, 1, "not valid JSON: %s", why);
}

void vd_json_free(vd_json *v) { json_object_put(v); }
vd_json *vd_json_share(vd_json *v) { return json_object_get(v); }

vd_json *vd_json_copy(const vd_json *v)
{
    vd_json *out = NULL;
    if (v) json_object_deep_copy((vd_json *)(uintptr_t)v, &out, NULL);
    return out;
}

vd_json *vd_json_object(void) { return json_object_new_object(); }
vd_json *vd_json_array(void) { return json_object_new_array(); }
vd_json *vd_json_int(int64_t i) { return json_object_new_int64(i); }
vd_json *vd_json_uint(uint64_t u) { return json_object_new_uint64(u); }
vd_json *vd_json_double(double d) { return json_object_new_double(d); }
vd_json *vd_json_bool(bool b) { return json_object_new_boolean(b); }

vd_json *vd_json_time(int64_t ms)
{
    char text[32];
    if (ms == VD_TIME_NONE) return NULL;
    return vd_json_string((vd_str){text, vd_time_format(ms, text)});
}

vd_json *vd_json_string(vd_str s)
{
    return json_object_new_string_len(s.p ? s.p : "", s.n > INT_MAX ? INT_MAX : (int)s.n);
}

vd_json *vd_json_number_text(vd_str text)
{
    char buf[512];
    size_t n = text.n < sizeof buf ? text.n : sizeof buf - 1;
    memcpy(buf, text.p, n);
    buf[n] = 0;
    return json_object_new_double_s(strtod(buf, NULL), buf);
}

void vd_json_set_n(vd_json *object, vd_str key, vd_json *v)
{
    char small[256];
    char *z = key.n < sizeof small ? small : vd_malloc(key.n + 1);
    if (key.n) memcpy(z, key.p, key.n);
    z[key.n] = 0;
    json_object_object_add(object, z, v);
    if (z != small) free(z);
}

void vd_json_set(vd_json *object, const char *key, vd_json *v)
{
    json_object_object_add(object, key, v);
}

void vd_json_set_str(vd_json *object, const char *key, vd_str s)
{
    json_object_object_add(object, key, vd_json_string(s));
}

void vd_json_set_time(vd_json *object, const char *key, int64_t ms)
{
    if (ms != VD_TIME_NONE) vd_json_set(object, key, vd_json_time(ms));
}

void vd_json_del(vd_json *object, const char *key) { json_object_object_del(object, key); }
void vd_json_push(vd_json *array, vd_json *v) { json_object_array_add(array, v); }

vd_json_type vd_json_typeof(const vd_json *v)
{
    switch (json_object_get_type(v)) {
    case json_type_boolean: return VD_JSON_BOOL;
    case json_type_double: return VD_JSON_DOUBLE;
    case json_type_int: return VD_JSON_INT;
    case json_type_object: return VD_JSON_OBJECT;
    case json_type_array: return VD_JSON_ARRAY;
    case json_type_string: return VD_JSON_STRING;
    default: return VD_JSON_NULL;
    }
}

vd_json *vd_json_get(const vd_json *object, const char *key)
{
    vd_json *v = NULL;
    if (vd_json_typeof(object) == VD_JSON_OBJECT) json_object_object_get_ex(object, key, &v);
    return v;
}

bool vd_json_has(const vd_json *object, const char *key)
{
    return vd_json_typeof(object) == VD_JSON_OBJECT && json_object_object_get_ex(object, key, NULL);
}

/* Tries every split of the path into a key and the rest, the longest key first.
 * `path` is cut while looking and whole again afterwards. */
static vd_json *path_at(const vd_json *object, char *path, int depth)
{
    vd_json *v = vd_json_get(object, path);
    if (v || depth == 0) return v;
    for (size_t i = strlen(path); i-- > 1 && !v;) {
        if (path[i] != '.') continue;
        path[i] = 0;
        vd_json *inner = vd_json_get(object, path);
        if (inner) v = path_at(inner, path + i + 1, depth - 1);
        path[i] = '.';
    }
    return v;
}

vd_json *vd_json_path(const vd_json *object, vd_str path)
{
    char buf[1024];
    if (path.n >= sizeof buf || path.n == 0) return NULL;
    memcpy(buf, path.p, path.n);
    buf[path.n] = 0;
    return path_at(object, buf, 16);
}

size_t vd_json_len(const vd_json *v)
{
    if (vd_json_typeof(v) == VD_JSON_ARRAY) return json_object_array_length(v);
    if (vd_json_typeof(v) == VD_JSON_OBJECT) return (size_t)json_object_object_length(v);
    return 0;
}

vd_json *vd_json_at(const vd_json *array, size_t i)
{
    return vd_json_typeof(array) == VD_JSON_ARRAY ? json_object_array_get_idx(array, i) : NULL;
}

vd_str vd_json_str(const vd_json *v)
{
    if (vd_json_typeof(v) != VD_JSON_STRING) return (vd_str){"", 0};
    vd_json *w = (vd_json *)(uintptr_t)v; /* json-c takes no const here, and changes nothing */
    return (vd_str){json_object_get_string(w), (size_t)json_object_get_string_len(w)};
}

int64_t vd_json_get_int(const vd_json *v) { return json_object_get_int64(v); }
double vd_json_get_double(const vd_json *v) { return json_object_get_double(v); }
bool vd_json_get_bool(const vd_json *v) { return json_object_get_boolean(v); }

bool vd_json_next(const vd_json *object, vd_json_iter *it)
{
    if (!it->started)
        it->entry = vd_json_typeof(object) == VD_JSON_OBJECT
                        ? json_object_get_object(object)->head
                        : NULL;
    else
        it->entry = ((struct lh_entry *)it->entry)->next;
    it->started = true;
    struct lh_entry *e = it->entry;
    if (!e) return false;
    it->key = vd_str_from(lh_entry_k(e));
    it->value = (vd_json *)(uintptr_t)lh_entry_v(e);
    return true;
}

vd_str vd_json_text(vd_arena *a, const vd_json *v, bool pretty)
{
    size_t n = 0;
    const char *z = json_object_to_json_string_length((vd_json *)(uintptr_t)v,
                                                      pretty ? PRETTY : PLAIN, &n);
    return vd_arena_str(a, z ? (vd_str){z, n} : VD_STR("null"));
}

bool vd_json_write_line(FILE *out, const vd_json *v)
{
    size_t n = 0;
    const char *z = json_object_to_json_string_length((vd_json *)(uintptr_t)v, PLAIN, &n);
    if (!z) return fputs("null\n", out) >= 0;
    return fwrite(z, 1, n, out) == n && putc('\n', out) != EOF;
}
