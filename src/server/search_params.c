#include "base/clock.h"
#include "server/log.h"
#include "server/search_int.h"

void vd_search_error(const vd_request *r, vd_answer *a, int code, const vd_err *err)
{
    switch (code) {
    case VD_PARSE:
    case VD_VERIFY: vd_answer_error(r, a, 400, vd_code_name(code), "%s", err->msg); break;
    case VD_USAGE: vd_answer_error(r, a, 404, "index_not_found_exception", "%s", err->msg); break;
    case VD_IO: vd_answer_error(r, a, 503, "search_phase_execution_exception", "%s", err->msg); break;
    default: vd_answer_error(r, a, 400, "illegal_argument_exception", "%s", err->msg); break;
    }
}

vd_json *vd_search_body(const vd_request *r, vd_answer *a)
{
    vd_json *body = NULL;
    vd_err err = {0};
    if (!vd_str_trim(r->body).n) return vd_json_object();
    if (vd_json_parse(r->body, &body, &err)) {
        vd_answer_error(r, a, 400, "parsing_exception", "%s", err.msg);
        return NULL;
    }
    if (vd_json_typeof(body) == VD_JSON_OBJECT) return body;
    vd_json_free(body);
    vd_answer_error(r, a, 400, "parsing_exception", "Expected [START_OBJECT]");
    return NULL;
}

/* Digits up to max. */
static bool number_of(vd_str text, int64_t max, int64_t *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        n = n * 10 + (text.p[i] - '0');
        if (n > max) return false;
    }
    *out = n;
    return text.n > 0;
}

int vd_search_number(const vd_request *r, const vd_json *body, const char *name, int64_t max, int64_t *out, vd_err *err)
{
    vd_str text = vd_search_text(r, body, name);
    if (!text.n || number_of(text, max, out)) return 0;
    return vd_fail(err, VD_LIMIT, "[%s] must be a whole number from 0 to %lld, but was [%.*s]", name, (long long)max,
                   VD_FMT(vd_str_sub(text, 0, 50)));
}

vd_str vd_search_text(const vd_request *r, const vd_json *body, const char *name)
{
    const vd_json *v = vd_json_get(body, name);
    if (!v) return vd_request_param(r, name);
    return vd_json_typeof(v) == VD_JSON_STRING ? vd_json_str(v) : vd_json_text(r->arena, v, false);
}

int vd_search_only(const vd_request *r, const vd_json *body, const char *known, vd_err *err)
{
    for (vd_json_iter it = {0}; vd_json_next(body, &it);) {
        vd_str word = vd_arena_printf(r->arena, " %.*s ", VD_FMT(it.key));
        if (!strstr(known, word.p)) return vd_fail(err, VD_PARSE, "[%.*s] is not supported here", VD_FMT(it.key));
    }
    return 0;
}

bool vd_search_duration(vd_str text, int64_t *ms)
{
    int64_t n;
    if (vd_str_ends(text, VD_STR("ms"))) return number_of(vd_str_sub(text, 0, text.n - 2), INT32_MAX, ms);
    if (vd_duration_parse(text, ms)) return true;
    return number_of(text, 0, &n) && (*ms = 0, true);
}

void vd_search_log(const vd_scan_counts *blocks)
{
    vd_logf(VD_LOG_DEBUG, "search.blocks", "%llu blocks read, %llu skipped", (unsigned long long)blocks->read,
            (unsigned long long)blocks->skipped);
}
