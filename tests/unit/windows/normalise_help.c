#include "normalise_help.h"

given *record_of(const char *channel, const char *provider, uint32_t id, const char *const *data)
{
    given *g = vd_calloc(1, sizeof *g);
    vd_win_record *r = &g->record;
    r->channel = vd_str_from(channel);
    r->provider = vd_str_from(provider);
    r->computer = VD_STR("HOST01.corp.example");
    r->event_id = id;
    r->level = 4;
    r->record_id = 7;
    r->has_record_id = r->has_time = true;
    r->time_ns = AT_SECONDS * 1000000000ll + 123456700;
    for (; data && data[0]; data += 2)
        g->pairs[r->n_data++] = (vd_win_pair){vd_str_from(data[0]), vd_str_from(data[1])};
    r->data = g->pairs;
    return g;
}

static unsigned members(const vd_json *v)
{
    unsigned n = 0;
    for (vd_json_iter it = {0}; vd_json_next(v, &it);)
        n += 1 + members(it.value);
    if (vd_json_typeof(v) == VD_JSON_ARRAY)
        for (size_t i = 0; i < vd_json_len(v); i++)
            n += members(vd_json_at(v, i));
    return n;
}

/* Quotes that end a key: "...": outside of strings. */
static unsigned keys_written(vd_str s)
{
    unsigned n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '"') continue;
        for (i++; i < s.n && s.p[i] != '"'; i++)
            if (s.p[i] == '\\') i++;
        n += i + 1 < s.n && s.p[i + 1] == ':';
    }
    return n;
}

vd_json *document(vd_normaliser *n, const vd_win_record *r)
{
    vd_text out = {0};
    vd_json *doc = NULL;
    vd_err err;
    vd_normalise(n, r, &out);
    vd_str text = {out.v, out.n};
    if (vd_json_parse(text, &doc, &err)) fail_msg("%s: %.*s", err.msg, VD_FMT(text));
    if (keys_written(text) != members(doc)) fail_msg("a key is twice in %.*s", VD_FMT(text));
    vd_vec_free(&out);
    return doc;
}

vd_json *document_of(given *g)
{
    vd_normaliser *n = vd_normaliser_new(NULL);
    vd_json *doc = document(n, &g->record);
    vd_normaliser_free(n);
    free(g);
    return doc;
}

static size_t show(char *to, size_t cap, const vd_json *v)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str s = vd_json_typeof(v) == VD_JSON_STRING ? vd_json_str(v) : vd_json_text(&a, v, false);
    size_t n = s.n < cap - 1 ? s.n : cap - 1;
    memcpy(to, s.p, n);
    to[n] = 0;
    vd_arena_fini(&a);
    return n;
}

const char *at(const vd_json *doc, const char *path)
{
    static char text[8192];
    const vd_json *v = vd_json_path(doc, vd_str_from(path));
    if (!v) return NULL;
    if (vd_json_typeof(v) != VD_JSON_ARRAY) {
        show(text, sizeof text, v);
        return text;
    }
    size_t k = 0;
    text[k++] = '[';
    for (size_t i = 0; i < vd_json_len(v); i++) {
        if (i) text[k++] = ',';
        k += show(text + k, sizeof text - k - 3, vd_json_at(v, i));
    }
    text[k++] = ']';
    text[k] = 0;
    return text;
}

void expect_fields(const vd_json *doc, ...)
{
    va_list args;
    va_start(args, doc);
    for (const char *path; (path = va_arg(args, const char *));) {
        const char *want = va_arg(args, const char *), *got = at(doc, path);
        if (!want && !got) continue;
        if (!want || !got || strcmp(got, want) != 0)
            fail_msg("%s is %s, not %s", path, got ? got : "absent", want ? want : "absent");
    }
    va_end(args);
}
