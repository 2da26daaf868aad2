/* API keys: made, listed, revoked. A key's text is in the answer that makes it and nowhere else. */
#include "base/clock.h"
#include "server/api_int.h"
#include "server/log.h"

void vd_api_keys_list(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_key_row *rows;
    size_t n;
    vd_err err;
    if (vd_keys_all(vd_service_db(ctx), r->arena, &rows, &n, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    vd_json *out = vd_json_object(), *list = vd_json_array();
    for (size_t i = 0; i < n; i++) {
        vd_json *one = vd_json_object();
        vd_json_set_str(one, "id", rows[i].id);
        vd_json_set_str(one, "name", rows[i].name);
        vd_json_set_str(one, "role", vd_str_from(vd_key_role_name(rows[i].role)));
        vd_json_set_time(one, "created", rows[i].created);
        if (rows[i].expires) vd_json_set_time(one, "expires", rows[i].expires);
        vd_json_push(list, one);
    }
    vd_json_set(out, "keys", list);
    vd_api_give(r, a, out);
}

static void make(void *ctx, const vd_request *r, vd_answer *a, const vd_json *body)
{
    char text[VD_KEY_MAX];
    vd_err err;
    vd_str name = vd_json_str(vd_json_get(body, "name")), role_name = vd_json_str(vd_json_get(body, "role"));
    vd_str expires_in = vd_json_str(vd_json_get(body, "expires_in"));
    vd_key_role role = vd_key_role_from(role_name);
    int64_t span = 0;
    if (!name.n || name.n > 200) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[name] is wanted, of at most 200 bytes");
    } else if (role == VD_KEY_NONE) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[role] must be ingest, read, analyst or admin");
    } else if (expires_in.n && !vd_duration_parse(expires_in, &span)) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[expires_in] must be a time like 30d");
    } else if (vd_keys_make(vd_service_db(ctx), name, role, span ? r->now + span : 0, text, &err)) {
        vd_api_fail(r, a, &err);
    } else {
        vd_json *out = vd_json_object();
        vd_json_set_str(out, "name", name);
        vd_json_set_str(out, "role", role_name);
        vd_json_set_str(out, "encoded", vd_str_from(text));
        vd_api_give(r, a, out);
        a->status = 201;
        vd_log(VD_LOG_INFO, "key.made", "an API key was made", "key.role", vd_key_role_name(role), NULL);
    }
}

void vd_api_keys_make(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *body = vd_api_body(r, a);
    if (!body) return;
    make(ctx, r, a, body);
    vd_json_free(body);
}

void vd_api_keys_revoke(void *ctx, const vd_request *r, vd_answer *a)
{
    bool was;
    vd_err err;
    if (vd_keys_revoke(vd_service_db(ctx), r->parts[0], &was, &err)) {
        vd_api_fail(r, a, &err);
    } else if (!was) {
        vd_answer_error(r, a, 404, "resource_not_found_exception", "there is no key [%.*s]", VD_FMT(r->parts[0]));
    } else {
        vd_json *out = vd_json_object();
        vd_json_set(out, "revoked", vd_json_bool(true));
        vd_api_give(r, a, out);
    }
}
