/* server/dsl.h - Elasticsearch's query DSL to the text of an EQL condition
 *
 * Idea      A clause of the DSL is a condition over one document, and EQL has conditions: what a
 *           search asks is written in EQL, checked by EQL's checker and run by the matcher
 *           that runs rules. Fields are written in backquotes and values as
 *           escaped strings or numbers, so that nothing in them is read as EQL.
 * Clauses   match_all, match_none, bool, constant_score, dis_max, term, terms, match,
 *           match_phrase, multi_match, prefix, wildcard, regexp, exists, ids, range, query_string and
 *           simple_query_string (field:value, ranges, AND OR NOT). Anything else is refused by name.
 * Source    Elasticsearch docs, "Query DSL". Difference: there is no analysis. match on a text
 *           field finds its words anywhere in the value, without case; scores are
 *           all 1. */
#ifndef VD_SERVER_DSL_H
#define VD_SERVER_DSL_H

#include "base/json.h"
#include "field/field.h"

typedef struct vd_dsl {
    vd_str condition;     /* in the arena; what stands behind `where` */
    int64_t since, until; /* of @timestamp, as far as every hit must lie in it; inclusive,
                             VD_TIME_NONE: open. The condition says it too */
} vd_dsl;

/* query: the value of "query"; NULL: match_all. VD_PARSE: what is not understood, with what
 * is wrong; VD_LIMIT: too deep or too long. The schema is asked for the types of fields. */
int vd_dsl_read(vd_arena *a, const vd_json *query, vd_schema *schema, int64_t now, vd_dsl *out, vd_err *err);

/* A parameter q=field:value of the search API, as query_string has it. */
int vd_dsl_words(vd_arena *a, vd_str text, vd_schema *schema, int64_t now, vd_dsl *out, vd_err *err);

/* The EQL query with `condition` demanded of every event of it: each stage, missing ones and until
 * too (as Elasticsearch applies `filter`). In the arena. Errors are those of the query. */
int vd_dsl_narrow(vd_arena *a, vd_str query, vd_str condition, vd_str *out, vd_err *err);

#endif
