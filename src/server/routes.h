/* server/routes.h - the routes, by whom they serve; ctx of every handler is the vd_service */
#ifndef VD_SERVER_ROUTES_H
#define VD_SERVER_ROUTES_H

#include "server/http.h"
#include "server/service.h"

/* bulk.c: /_bulk, /{}/_bulk, /api/ingest, /{}/_doc, /{}/_create/{} */
extern const vd_route vd_routes_ingest[];
extern const size_t vd_n_routes_ingest;
/* handshake.c: what shippers ask before they send: /, /_license, /_cluster/health, /_nodes..., templates,
 * policies, pipelines, data streams */
extern const vd_route vd_routes_handshake[];
extern const size_t vd_n_routes_handshake;
/* search.c: /{}/_search, /_search, /{}/_count, /{}/_eql/search (sync and async), /_eql/search/{} */
extern const vd_route vd_routes_search[];
extern const size_t vd_n_routes_search;
/* api.c: /api/alerts, /api/rules, /api/runs, /api/keys, /metrics, /healthz, /readyz */
extern const vd_route vd_routes_api[];
extern const size_t vd_n_routes_api;

#endif
