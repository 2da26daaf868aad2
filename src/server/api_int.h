/* server/api_int.h - handlers of the service's own API. Private. */
#ifndef VD_SERVER_API_INT_H
#define VD_SERVER_API_INT_H

#include "server/routes.h"

/* The answer to an error of a room below: 400 for what the caller can mend, 429, 503, 500. */
void vd_api_fail(const vd_request *r, vd_answer *a, const vd_err *err);
/* A whole number parameter in [0, max]; false: it is none, and the answer says so. */
bool vd_api_number(const vd_request *r, vd_answer *a, const char *name, uint64_t max, uint64_t *out);
/* A time parameter (date math or ISO); VD_TIME_NONE if it is not given. */
bool vd_api_time(const vd_request *r, vd_answer *a, const char *name, int64_t *out);
/* The body as a JSON object, to be freed; an empty body is an empty object. NULL: the answer
 * says what is wrong. */
vd_json *vd_api_body(const vd_request *r, vd_answer *a);
/* Answers with v and frees it. */
void vd_api_give(const vd_request *r, vd_answer *a, vd_json *v);
/* The text of body member `key` as a time; VD_TIME_NONE if it is not there. */
bool vd_api_body_time(const vd_request *r, vd_answer *a, const vd_json *body, const char *key, int64_t *out);

/* api_rules.c */
void vd_api_rules_list(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_get(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_put(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_delete(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_enable(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_disable(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_mode(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_duplicate(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_run(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_rules_preview(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_runs(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_gaps(void *ctx, const vd_request *r, vd_answer *a);

/* api_keys.c */
void vd_api_keys_list(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_keys_make(void *ctx, const vd_request *r, vd_answer *a);
void vd_api_keys_revoke(void *ctx, const vd_request *r, vd_answer *a);

#endif
