/* server/setup.h - what clients leave before they send: templates, policies, pipelines, data
 * streams, indices
 *
 * Idea      None of it changes how documents are stored or matched here. Clients ask for it,
 *           put it when it is not there, and go on only when that was acknowledged; so
 *           it is kept as it came, bounded, and given back in Elasticsearch's shapes.
 * Source    Elasticsearch API docs of each; what elastic/beats (libbeat template, idxmgmt,
 *           esclientleg) and logstash-output-elasticsearch ask. */
#ifndef VD_SERVER_SETUP_H
#define VD_SERVER_SETUP_H

#include "server/http.h"

/* Handlers; the kind is read off the path's first part. ctx: the vd_service. */
void vd_setup_get(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_put(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_delete(void *ctx, const vd_request *r, vd_answer *a);

/* Data streams and indices: those that were put and those that hold documents. */
void vd_setup_data_streams(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_index(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_mapping(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_put_index(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_aliases(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_cat_indices(void *ctx, const vd_request *r, vd_answer *a);
void vd_setup_refresh(void *ctx, const vd_request *r, vd_answer *a);

#endif
