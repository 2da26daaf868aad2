#include "server/filter.h"

/* The name in front and what is behind its dot. */
static vd_str cut(vd_str *path)
{
    size_t dot = vd_str_find_byte(*path, '.', 0);
    vd_str name = vd_str_sub(*path, 0, dot);
    *path = vd_str_sub(*path, dot + 1, path->n);
    return name;
}

/* Each ** multiplies the ways in which a pattern can lie on a path. */
static bool too_open(vd_str pattern)
{
    size_t n = 0;
    while (pattern.n)
        n += vd_str_eq(cut(&pattern), VD_STR("**"));
    return n > 2;
}

int vd_filter_read(vd_str text, vd_filter *out, vd_err *err)
{
    *out = (vd_filter){0};
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, ',', at);
        vd_str one = vd_str_trim(vd_str_sub(text, at, end));
        at = end + 1;
        bool drop = one.n && one.p[0] == '-';
        if (drop) one = vd_str_sub(one, 1, one.n);
        if (!one.n) continue;
        if (too_open(one)) return vd_fail(err, VD_LIMIT, "filter_path has more than two ** in [%.*s]", VD_FMT(one));
        if (out->n_keep + out->n_drop == VD_MAX_FILTER_PATHS)
            return vd_fail(err, VD_LIMIT, "filter_path has more than %d patterns", VD_MAX_FILTER_PATHS);
        if (drop) out->drop[out->n_drop++] = one;
        else out->keep[out->n_keep++] = one;
    }
    return 0;
}

/* One name against one part of a pattern; * is any run of bytes. */
static bool name_fits(vd_str pattern, vd_str name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, back = 0;
    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            back = n;
        } else if (p < pattern.n && pattern.p[p] == name.p[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

typedef enum reach { REACH_NOT, REACH_BELOW, REACH_HERE } reach;

/* Whether the pattern takes the path itself (HERE: it ends at it or above), or could take something
 * below it (BELOW). `**` takes the rest of any path: what stands behind it is sought from the
 * end, since a path is short. Depth of recursion: names of the path. */
static reach reach_of(vd_str pattern, vd_str path)
{
    while (pattern.n && path.n) {
        vd_str rest = pattern, part = cut(&rest);
        if (vd_str_eq(part, VD_STR("**"))) {
            if (!rest.n) return REACH_HERE;
            for (vd_str p = path; p.n; cut(&p))
                if (reach_of(rest, p) == REACH_HERE) return REACH_HERE;
            return REACH_BELOW;
        }
        if (!name_fits(part, cut(&path))) return REACH_NOT;
        pattern = rest;
    }
    return pattern.n ? REACH_BELOW : REACH_HERE;
}

static reach any_reach(const vd_str *patterns, size_t n, vd_str path)
{
    reach best = REACH_NOT;
    for (size_t i = 0; i < n && best != REACH_HERE; i++) {
        reach r = reach_of(patterns[i], path);
        if (r > best) best = r;
    }
    return best;
}

bool vd_filter_wants(const vd_filter *f, vd_str path)
{
    if (any_reach(f->drop, f->n_drop, path) == REACH_HERE) return false;
    return !f->n_keep || any_reach(f->keep, f->n_keep, path) == REACH_HERE;
}

static vd_json *filtered(const vd_filter *f, const vd_json *v, vd_arena *a, vd_str path);

static vd_json *filtered_array(const vd_filter *f, const vd_json *v, vd_arena *a, vd_str path)
{
    vd_json *out = vd_json_array();
    for (size_t i = 0; i < vd_json_len(v); i++) {
        vd_json *one = filtered(f, vd_json_at(v, i), a, path);
        if (one) vd_json_push(out, one);
    }
    return out;
}

static vd_json *filtered_object(const vd_filter *f, const vd_json *v, vd_arena *a, vd_str path)
{
    vd_json *out = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(v, &it);) {
        vd_str below = path.n ? vd_arena_printf(a, "%.*s.%.*s", VD_FMT(path), VD_FMT(it.key)) : it.key;
        if (any_reach(f->drop, f->n_drop, below) == REACH_HERE) continue;
        if (f->n_keep && any_reach(f->keep, f->n_keep, below) == REACH_NOT) continue;
        vd_json *one = filtered(f, it.value, a, below);
        if (one) vd_json_set_n(out, it.key, one);
    }
    return out;
}

/* Recursion is bounded by the depth of answers, which is that of documents (VD_MAX_JSON_DEPTH). */
static vd_json *filtered(const vd_filter *f, const vd_json *v, vd_arena *a, vd_str path)
{
    bool all = path.n && vd_filter_wants(f, path);
    vd_json_type type = vd_json_typeof(v);
    if (all && !f->n_drop) return vd_json_copy(v);
    if (type != VD_JSON_ARRAY && type != VD_JSON_OBJECT) return all ? vd_json_copy(v) : NULL;
    vd_json *out = type == VD_JSON_ARRAY ? filtered_array(f, v, a, path) : filtered_object(f, v, a, path);
    if (vd_json_len(out)) return out;
    vd_json_free(out);
    return NULL;
}

vd_json *vd_filter_tree(const vd_filter *f, const vd_json *v)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_json *out = filtered(f, v, &a, (vd_str){0});
    vd_arena_fini(&a);
    return out;
}
