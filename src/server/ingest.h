/* server/ingest.h - POST /api/ingest: NDJSON as it is, good lines beside bad ones */
#ifndef VD_SERVER_INGEST_H
#define VD_SERVER_INGEST_H

#include "server/http.h"

/* ctx: the vd_service. ?index= is where documents go that name no index. */
void vd_ingest(void *ctx, const vd_request *r, vd_answer *a);

#endif
