/* server/bulk_int.h - what the ways in share. Private. */
#ifndef VD_SERVER_BULK_INT_H
#define VD_SERVER_BULK_INT_H

#include "server/bulk_parse.h"
#include "server/filter.h"
#include "server/http.h"
#include "server/service.h"

#define VD_NOT_STORED UINT32_MAX

/* Why an item was not taken. */
typedef struct vd_refusal {
    unsigned status;   /* 0: it was taken */
    const char *type;
    vd_str reason;     /* in the request's arena */
} vd_refusal;

/* One item of a request and what became of it. */
typedef struct vd_intake_item {
    vd_bulk_op op;
    uint32_t doc;      /* in the batch; VD_NOT_STORED */
    vd_str index, id;  /* as asked for */
    vd_refusal refusal;
} vd_intake_item;

/* bulk.c */
/* Adds one document to the batch after checking where it wants to go; item->index, id and op are
 * set by the caller. */
void vd_take_document(const vd_request *r, vd_store *store, vd_batch *b, vd_intake_item *item, vd_str source);
/* Stores the batch; false: it was not, and the answer says why. */
bool vd_take_batch(vd_service *s, const vd_request *r, vd_batch *b, vd_answer *a);
/* Whether the batch has grown beyond what one request may be; then the answer is 413. */
bool vd_batch_too_big(const vd_request *r, const vd_batch *b, size_t items, vd_answer *a);
/* False if the store is busy: the answer is 429, and nothing of the body was looked at. */
bool vd_may_take(vd_service *s, const vd_request *r, vd_answer *a);

/* bulk_answer.c */
typedef VD_VEC(char) vd_out;
/* {"took":..,"errors":..,"items":[..]} as far as it is wanted. */
void vd_bulk_answer(vd_answer *a, const vd_filter *f, const vd_batch *b, const vd_intake_item *items, size_t n,
                    int64_t took_ms);
/* The answer to one document written by itself. */
void vd_document_answer(const vd_request *r, vd_answer *a, const vd_batch *b, const vd_intake_item *item);
void vd_out_put(vd_out *t, vd_str s);
/* As a JSON string with its quotes. */
void vd_out_json(vd_out *t, vd_str s);

#endif
