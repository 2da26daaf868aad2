#include "server/reply.h"

#include "server/filter.h"

void vd_reply(const vd_request *r, vd_answer *a, vd_json *v)
{
    vd_filter f;
    vd_err err = {0};
    if (vd_filter_read(vd_request_param(r, "filter_path"), &f, &err)) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "%s", err.msg);
        vd_json_free(v);
        return;
    }
    if (!vd_filter_all(&f)) {
        vd_json *left = vd_filter_tree(&f, v);
        vd_json_free(v);
        v = left ? left : vd_json_object();
    }
    vd_answer_json(r, a, v);
    vd_json_free(v);
}

void vd_reply_acknowledged(const vd_request *r, vd_answer *a)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "acknowledged", vd_json_bool(true));
    vd_reply(r, a, v);
}
