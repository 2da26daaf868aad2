/* Files of documents: an array, one document over several lines, or NDJSON. */
#include "model.h"

#include <stdlib.h>

static bool slurp(const char *path, vd_str *out)
{
    VD_VEC(char) all = {0};
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    for (size_t got = 1; got > 0; all.n += got) {
        vd_vec_reserve(&all, all.n + (1u << 16));
        got = fread(all.v + all.n, 1, 1u << 16, f);
    }
    bool ok = !ferror(f);
    fclose(f);
    *out = (vd_str){all.v, all.n};
    return ok;
}

/* The text as one JSON value, unless its first line is one already. */
static vd_json *whole_value(vd_str text)
{
    vd_json *v = NULL;
    size_t end = vd_str_find_byte(text, '\n', 0);
    vd_str line = vd_str_trim(vd_str_sub(text, 0, end));
    bool array = line.n && line.p[0] == '[';
    if (!array && vd_json_parse(line, &v, NULL) == 0) {
        vd_json_free(v);
        return NULL;
    }
    return vd_json_parse(vd_str_trim(text), &v, NULL) ? NULL : v;
}

static void each_line(vd_str text, m_document_fn f, void *ctx)
{
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, '\n', at);
        vd_str line = vd_str_trim(vd_str_sub(text, at, end));
        if (line.n) f(ctx, line);
        at = end + 1;
    }
}

static void each_element(const vd_json *array, m_document_fn f, void *ctx)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    for (size_t i = 0; i < vd_json_len(array); i++) {
        vd_arena_reset(&a);
        f(ctx, vd_json_text(&a, vd_json_at(array, i), false));
    }
    vd_arena_fini(&a);
}

bool m_read_file(const char *path, m_document_fn f, void *ctx)
{
    vd_str text = {0};
    bool ok = slurp(path, &text);
    vd_json *v = ok ? whole_value(text) : NULL;
    if (vd_json_typeof(v) == VD_JSON_ARRAY)
        each_element(v, f, ctx);
    else if (v)
        f(ctx, vd_str_trim(text));
    else if (ok)
        each_line(text, f, ctx);
    vd_json_free(v);
    free((char *)(uintptr_t)text.p);
    return ok;
}
