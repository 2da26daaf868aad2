/* server/search_int.h - what the searches share. Private. */
#ifndef VD_SERVER_SEARCH_INT_H
#define VD_SERVER_SEARCH_INT_H

#include "server/http.h"
#include "server/service.h"
#include "store/store.h"

/* Elasticsearch's error for a code of ours: parsing_exception and verification_exception 400,
 * index_not_found_exception 404, the rest by what it is. */
void vd_search_error(const vd_request *r, vd_answer *a, int code, const vd_err *err);
/* The body as an object; an empty body is an empty one. NULL: the answer says what is wrong. */
vd_json *vd_search_body(const vd_request *r, vd_answer *a);
/* A whole number in [0, max] from a member of the body, else a parameter of the URL; VD_PARSE. */
int vd_search_number(const vd_request *r, const vd_json *body, const char *name, int64_t max, int64_t *out, vd_err *err);
/* A member or parameter that is a text or bool, as text; empty: not given. */
vd_str vd_search_text(const vd_request *r, const vd_json *body, const char *name);
/* Only members that are named in `known` (blank before and behind each); VD_PARSE. */
int vd_search_only(const vd_request *r, const vd_json *body, const char *known, vd_err *err);
/* Elasticsearch's durations: "500ms", "30s", "5m", "1h", "2d". */
bool vd_search_duration(vd_str text, int64_t *ms);

/* Logs what blocks a search read (debug). */
void vd_search_log(const vd_scan_counts *blocks);

/* eql_search.c; ctx: the vd_service */
void vd_eql_search(void *ctx, const vd_request *r, vd_answer *a);
void vd_eql_search_get(void *ctx, const vd_request *r, vd_answer *a);
void vd_eql_search_status(void *ctx, const vd_request *r, vd_answer *a);
void vd_eql_search_delete(void *ctx, const vd_request *r, vd_answer *a);

#endif
