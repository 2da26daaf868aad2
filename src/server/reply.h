/* server/reply.h - an answer's tree, cut to what filter_path asks for */
#ifndef VD_SERVER_REPLY_H
#define VD_SERVER_REPLY_H

#include "server/http.h"

/* Answers with `v`, which is taken. */
void vd_reply(const vd_request *r, vd_answer *a, vd_json *v);
/* {"acknowledged":true} */
void vd_reply_acknowledged(const vd_request *r, vd_answer *a);

#endif
