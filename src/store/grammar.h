/* store/grammar.h - JSON's grammar, byte by byte; private to store/
 *
 * The second opinion on documents that simdjson refuses: it also refuses what JSON allows
 * (numbers beyond 64 bits, halves of surrogate pairs), and does not say where. */
#ifndef VD_STORE_GRAMMAR_H
#define VD_STORE_GRAMMAR_H

#include "base/limits.h"
#include "event/event.h"

/* VD_FAULT_NONE if it is one JSON value (RFC 8259) with white space around; else BROKEN or
 * DEPTH (over VD_MAX_JSON_DEPTH), and *pos where. UTF-8 is not looked at. */
vd_fault vd_json_check(vd_str json, size_t *pos);

#endif
