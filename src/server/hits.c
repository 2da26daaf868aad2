#include "server/hits.h"

static int add(vd_str *list, size_t *n, vd_str pattern, vd_err *err)
{
    if (*n == VD_MAX_FILTER_PATHS) return vd_fail(err, VD_LIMIT, "more than %d patterns of fields", VD_MAX_FILTER_PATHS);
    list[(*n)++] = pattern;
    return 0;
}

/* A pattern, or a list of them. */
static int add_all(vd_str *list, size_t *n, const vd_json *v, vd_err *err)
{
    if (vd_json_typeof(v) == VD_JSON_STRING) return add(list, n, vd_json_str(v), err);
    int code = 0;
    for (size_t i = 0; i < vd_json_len(v) && !code; i++) {
        const vd_json *one = vd_json_at(v, i);
        if (vd_json_typeof(one) == VD_JSON_OBJECT) one = vd_json_get(one, "field");
        if (vd_json_typeof(one) != VD_JSON_STRING) return vd_fail(err, VD_PARSE, "expected the name of a field");
        code = add(list, n, vd_json_str(one), err);
    }
    return code;
}

int vd_shown_read(const vd_json *body, vd_shown *out, vd_err *err)
{
    const vd_json *source = vd_json_get(body, "_source");
    int code = add_all(out->fields, &out->n_fields, vd_json_get(body, "fields"), err);
    if (code || !source) return code;
    if (vd_json_typeof(source) == VD_JSON_BOOL) {
        out->no_source = !vd_json_get_bool(source);
        return 0;
    }
    vd_filter *f = &out->source;
    if (vd_json_typeof(source) != VD_JSON_OBJECT) return add_all(f->keep, &f->n_keep, source, err);
    const char *const keeps[] = {"includes", "include"}, *const drops[] = {"excludes", "exclude"};
    for (size_t i = 0; i < 2 && !code; i++) {
        code = add_all(f->keep, &f->n_keep, vd_json_get(source, keeps[i]), err);
        if (!code) code = add_all(f->drop, &f->n_drop, vd_json_get(source, drops[i]), err);
    }
    return code;
}

static int add_words(vd_str *list, size_t *n, vd_str text, vd_err *err)
{
    int code = 0;
    for (size_t at = 0; at < text.n && !code;) {
        size_t end = vd_str_find_byte(text, ',', at);
        vd_str one = vd_str_trim(vd_str_sub(text, at, end));
        if (one.n) code = add(list, n, one, err);
        at = end + 1;
    }
    return code;
}

int vd_shown_params(vd_str source, vd_str includes, vd_str excludes, vd_shown *out, vd_err *err)
{
    vd_filter *f = &out->source;
    int code = add_words(f->keep, &f->n_keep, includes, err);
    if (!code) code = add_words(f->drop, &f->n_drop, excludes, err);
    if (code || !source.n || vd_str_eq(source, VD_STR("true"))) return code;
    if (vd_str_eq(source, VD_STR("false"))) out->no_source = true;
    else code = add_words(f->keep, &f->n_keep, source, err);
    return code;
}

static void put_values(vd_json *fields, vd_str name, const vd_json *v)
{
    vd_json *list = vd_json_array();
    if (vd_json_typeof(v) == VD_JSON_ARRAY)
        for (size_t i = 0; i < vd_json_len(v); i++)
            vd_json_push(list, vd_json_share(vd_json_at(v, i)));
    else
        vd_json_push(list, vd_json_copy(v));
    vd_json_set_n(fields, name, list);
}

/* The leaves of an object whose path a pattern takes. Depth: that of documents. */
static void put_leaves(const vd_filter *f, const vd_json *v, vd_arena *a, vd_str path, vd_json *fields)
{
    if (vd_json_typeof(v) != VD_JSON_OBJECT) {
        if (path.n && v && vd_filter_wants(f, path)) put_values(fields, path, v);
        return;
    }
    for (vd_json_iter it = {0}; vd_json_next(v, &it);) {
        vd_str below = path.n ? vd_arena_printf(a, "%.*s.%.*s", VD_FMT(path), VD_FMT(it.key)) : it.key;
        put_leaves(f, it.value, a, below, fields);
    }
}

void vd_shown_put(const vd_shown *shown, vd_json *hit, const vd_json *source)
{
    if (!shown->no_source) {
        vd_json *cut = vd_filter_all(&shown->source) ? vd_json_copy(source) : vd_filter_tree(&shown->source, source);
        vd_json_set(hit, "_source", cut ? cut : vd_json_object());
    }
    if (!shown->n_fields) return;
    vd_arena a;
    vd_filter f = {.n_keep = shown->n_fields};
    vd_json *fields = vd_json_object();
    memcpy(f.keep, shown->fields, sizeof f.keep);
    vd_arena_init(&a, 0);
    put_leaves(&f, source, &a, (vd_str){0}, fields);
    vd_arena_fini(&a);
    vd_json_set(hit, "fields", fields);
}
