/* rule/toml_read.h - TOML text to a JSON tree (toml++ behind one C function) */
#ifndef VD_RULE_TOML_READ_H
#define VD_RULE_TOML_READ_H

#include "base/err.h"
#include "base/json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a TOML document. Tables become objects in order of appearance, dates and
 * times their RFC 3339 text. query_line (may be NULL) gets the line on which the
 * value of rule.query begins, 0 if there is none. VD_FORMAT with a position. */
int vd_toml_read(vd_str text, vd_json **out, size_t *query_line, vd_err *err);

#ifdef __cplusplus
}
#endif
#endif
