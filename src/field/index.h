/* field/index.h - index patterns: which documents a rule wants
 *
 * "logs-endpoint.events.*", "winlogbeat-*", "-excluded-*", "cluster:logs-*"
 * (the cluster part is ignored), "a,b" in one string. An exclusion takes away
 * from what patterns before it took (Elasticsearch: multi-target syntax). */
#ifndef VD_FIELD_INDEX_H
#define VD_FIELD_INDEX_H

#include "base/str.h"

/* The patterns, in order, take the index of that name, or of one of several with commas
 * between (a document that stands for several: no index has a comma in its name). A backing index of a
 * data stream (".ds-NAME-2026.01.01-000001", ".internal.") counts as NAME too. */
bool vd_index_takes(const vd_str *patterns, size_t n, vd_str index);

#endif
