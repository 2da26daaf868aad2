/* rule/tidy.c - white space and threat URLs as detection-rules ships them
 *
 * Rules as written are wrapped for people; what reaches Kibana is not. */
#include <stdlib.h>

#include "base/limits.h"
#include "rule/rule_int.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Joins the trimmed lines of `s` with one blank into `out` (s.n bytes are enough). */
static size_t join_lines(vd_str s, char *out)
{
    size_t n = 0;
    s = vd_str_trim(s);
    for (size_t at = 0; at < s.n;) {
        size_t end = vd_str_find_byte(s, '\n', at);
        vd_str line = vd_str_trim(vd_str_sub(s, at, end));
        if (at > 0) out[n++] = ' ';
        if (line.n) memcpy(out + n, line.p, line.n);
        n += line.n;
        at = end + 1;
    }
    return n;
}

static bool needs_tidying(vd_str s)
{
    if (s.n == 0) return false;
    return is_blank(s.p[0]) || is_blank(s.p[s.n - 1]) || memchr(s.p, '\n', s.n);
}

static vd_json *tidy_string(const vd_json *v)
{
    vd_str s = vd_json_str(v);
    if (!needs_tidying(s)) return vd_json_string(s);
    char *out = vd_malloc(s.n);
    vd_json *tidy = vd_json_string((vd_str){out, join_lines(s, out)});
    free(out);
    return tidy;
}

static bool keeps_its_form(vd_str key)
{
    return vd_str_eq(key, VD_STR("query")) || vd_str_eq(key, VD_STR("note")) ||
           vd_str_eq(key, VD_STR("setup")) || vd_str_eq(key, VD_STR("message"));
}

static vd_json *tidy(const vd_json *v, int depth);

static vd_json *tidy_object(const vd_json *v, int depth)
{
    vd_json *out = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(v, &it);)
        vd_json_set_n(out, it.key,
                      keeps_its_form(it.key) ? vd_json_copy(it.value) : tidy(it.value, depth - 1));
    return out;
}

static vd_json *tidy_array(const vd_json *v, int depth)
{
    vd_json *out = vd_json_array();
    for (size_t i = 0; i < vd_json_len(v); i++)
        vd_json_push(out, tidy(vd_json_at(v, i), depth - 1));
    return out;
}

/* Deeper than any reader lets through is not reached; the bound is for safety. */
static vd_json *tidy(const vd_json *v, int depth)
{
    if (depth == 0) return vd_json_copy(v);
    switch (vd_json_typeof(v)) {
    case VD_JSON_OBJECT: return tidy_object(v, depth);
    case VD_JSON_ARRAY: return tidy_array(v, depth);
    case VD_JSON_STRING: return tidy_string(v);
    default: return vd_json_copy(v);
    }
}

vd_json *vd_tidy(const vd_json *v)
{
    return tidy(v, VD_MAX_JSON_DEPTH + 1);
}

/* ---- threat ---- */

static void slash_behind_reference(vd_json *entry)
{
    vd_str url = vd_json_str(vd_json_get(entry, "reference"));
    if (url.n == 0 || url.p[url.n - 1] == '/') return;
    char *longer = vd_malloc(url.n + 1);
    memcpy(longer, url.p, url.n);
    longer[url.n] = '/';
    vd_json_set_str(entry, "reference", (vd_str){longer, url.n + 1});
    free(longer);
}

static void slash_behind_each(vd_json *techniques)
{
    for (size_t i = 0; i < vd_json_len(techniques); i++) {
        vd_json *technique = vd_json_at(techniques, i);
        slash_behind_reference(technique);
        vd_json *subs = vd_json_get(technique, "subtechnique");
        if (vd_json_typeof(subs) != VD_JSON_ARRAY) continue;
        for (size_t k = 0; k < vd_json_len(subs); k++)
            slash_behind_reference(vd_json_at(subs, k));
    }
}

void vd_tidy_threat(vd_json *threat)
{
    if (vd_json_typeof(threat) != VD_JSON_ARRAY) return;
    for (size_t i = 0; i < vd_json_len(threat); i++) {
        vd_json *entry = vd_json_at(threat, i);
        if (vd_json_typeof(entry) != VD_JSON_OBJECT) continue;
        slash_behind_reference(vd_json_get(entry, "tactic"));
        vd_json *techniques = vd_json_get(entry, "technique");
        if (!vd_json_has(entry, "technique"))
            vd_json_set(entry, "technique", vd_json_array());
        else if (vd_json_typeof(techniques) == VD_JSON_ARRAY)
            slash_behind_each(techniques);
    }
}
