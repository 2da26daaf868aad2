/* Records from a few words, and what a normaliser makes of them. */
#ifndef NORMALISE_HELP_H
#define NORMALISE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h> /* needs the others before it */

#include "base/json.h"
#include "windows/normalise.h"

#define SYSMON     "Microsoft-Windows-Sysmon/Operational"
#define OF(...)    ((const char *const[]){__VA_ARGS__, NULL}) /* name, value, name, value, .. */
#define AT_SECONDS 1700000000                                 /* 2023-11-14T22:13:20Z */

/* A record with these data, created at AT_SECONDS on HOST01.corp.example. */
typedef struct given {
    vd_win_record record;
    vd_win_pair pairs[64];
} given;
given *record_of(const char *channel, const char *provider, uint32_t id, const char *const *data);

/* The document as a tree; also checks that no key is twice in one object. */
vd_json *document(vd_normaliser *n, const vd_win_record *r);
/* The same by a fresh normaliser with the built-in map; frees the record. */
vd_json *document_of(given *g);

/* The value at `path`, as text: scalars as they are, lists as [a,b], objects as JSON. NULL
 * if there is none. Lives until the next call. */
const char *at(const vd_json *doc, const char *path);
/* name, value, name, value, .., NULL; value NULL: the field must be absent. */
void expect_fields(const vd_json *doc, ...);

#endif
