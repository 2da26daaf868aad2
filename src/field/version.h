/* field/version.h - the order of Elasticsearch's `version` field type */
#ifndef VD_FIELD_VERSION_H
#define VD_FIELD_VERSION_H

#include "base/str.h"

/* Orders as the version field does: semantic versioning precedence (numeric
 * parts as numbers, a pre-release before its release), any number of main
 * parts, and a text that is no version after all that are, by bytes.
 * <0, 0, >0. (Elastic docs: Version field type.) */
int vd_version_cmp(vd_str a, vd_str b);
bool vd_version_valid(vd_str s);

#endif
