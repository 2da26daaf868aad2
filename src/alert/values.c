/* alert/values.c - the values of a dotted path in a document
 *
 * A field may be written nested, dotted, or half and half, and arrays may stand
 * anywhere on the way: Elasticsearch sees the same field in all of them. */
#include "alert/alert_int.h"

#include "base/limits.h"

typedef struct visit {
    vd_value_fn f;
    void *ctx;
} visit;

/* Every leaf of `v`, through arrays. false: the visitor has had enough. */
static bool leaves(const visit *to, const vd_json *v, int depth)
{
    vd_json_type type = vd_json_typeof(v);
    if (type == VD_JSON_NULL || type == VD_JSON_OBJECT || depth == 0) return true;
    if (type != VD_JSON_ARRAY) return to->f(to->ctx, v);
    for (size_t i = 0; i < vd_json_len(v); i++)
        if (!leaves(to, vd_json_at(v, i), depth - 1)) return false;
    return true;
}

static bool walk(const visit *to, const vd_json *v, vd_str path, int depth);

/* Members whose key is the path or the beginning of it. */
static bool walk_object(const visit *to, const vd_json *object, vd_str path, int depth)
{
    for (vd_json_iter it = {0}; vd_json_next(object, &it);) {
        if (!vd_str_starts(path, it.key)) continue;
        if (path.n == it.key.n) {
            if (!leaves(to, it.value, depth)) return false;
        } else if (path.p[it.key.n] == '.') {
            vd_str rest = vd_str_sub(path, it.key.n + 1, path.n);
            if (!walk(to, it.value, rest, depth - 1)) return false;
        }
    }
    return true;
}

static bool walk(const visit *to, const vd_json *v, vd_str path, int depth)
{
    if (depth == 0) return true;
    if (vd_json_typeof(v) == VD_JSON_OBJECT) return walk_object(to, v, path, depth);
    for (size_t i = 0; i < (vd_json_typeof(v) == VD_JSON_ARRAY ? vd_json_len(v) : 0); i++)
        if (!walk(to, vd_json_at(v, i), path, depth - 1)) return false;
    return true;
}

void vd_doc_values(const vd_json *doc, vd_str path, vd_value_fn f, void *ctx)
{
    visit to = {f, ctx};
    walk(&to, doc, path, VD_MAX_JSON_DEPTH);
}

vd_str vd_scalar_text(vd_arena *a, const vd_json *v)
{
    if (vd_json_typeof(v) == VD_JSON_STRING) return vd_json_str(v);
    return vd_json_text(a, v, false);
}
