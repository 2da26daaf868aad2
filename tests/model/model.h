/* tests/model/model.h - EQL once more, slowly and plainly
 *
 * Idea      A second opinion for the engine: every rule's tree, checked but not
 *           folded, is walked for every event; sequences are worked out from lists
 *           at the end. Nothing is shared with the engine but base/, field/, EQL's
 *           parser and checker and the readers of rules, so what both get wrong
 *           the same way must be wrong in the reading of the language.
 * Files     doc.c      a document and the values of its fields
 *           value.c    comparing, calculating, text of values
 *           text.c     wildcards and what is done to strings
 *           regex.c    Lucene's regular expressions over sets of positions
 *           call.c     EQL's functions
 *           eval.c     expressions and conditions
 *           hits.c     what was met, and with which join keys
 *           sequence.c stages over time, missing events
 *           sample.c   one event an item
 *           input.c    files of documents
 *           main.c     the program
 * Source    Elastic docs: "EQL syntax reference", "EQL function reference". */
#ifndef VD_TESTS_MODEL_H
#define VD_TESTS_MODEL_H

#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/vec.h"
#include "eql/eql.h"
#include "field/field.h"
#include "rule/rule.h"

/* ---- doc.c ---- */

typedef VD_VEC(vd_value) m_values;

/* The values of one field in the document at hand. */
typedef struct m_slot {
    uint64_t doc; /* number of the document that `values` are of, 0: none yet */
    m_values values;
} m_slot;

typedef struct m_doc {
    const vd_schema *schema;
    vd_arena arena;  /* texts of this document's values */
    vd_json *whole;  /* as read */
    vd_json *root;   /* the same, or the _source of an envelope */
    uint64_t number; /* from 1 */
    m_slot *slots;   /* by field id */
    size_t n_slots;
} m_doc;

void m_doc_init(m_doc *d, const vd_schema *schema);
void m_doc_fini(m_doc *d);
/* Takes the next document. false: no JSON object. */
bool m_doc_take(m_doc *d, vd_str text);
/* The typed values of a field. Valid until the next document. */
const m_values *m_doc_field(m_doc *d, vd_field_id field);
/* The text of the first value at a path, whatever its type; empty if there is none. */
vd_str m_doc_text(m_doc *d, const char *path);

/* ---- value.c ---- */

bool m_is_number(const vd_value *v);
bool m_is_text(const vd_value *v);
/* A text that is a number as a whole. */
bool m_read_number(vd_str s, vd_value *out);
/* -1, 0, 1, or 2 if the two cannot be compared. */
int m_compare(const vd_value *a, const vd_value *b);
/* `a op b`, null if one is null. */
vd_value m_compare_op(vd_eql_op op, const vd_value *a, const vd_value *b);
/* Field value `v` of that type against a constant, by the field's own rules. */
bool m_compare_field(vd_field_type type, vd_eql_op op, const vd_value *v, const vd_value *constant,
                     vd_arena *a);
/* a op b for + - * / %; *fault is set on overflow, division by zero, no numbers. */
vd_value m_arith(vd_eql_op op, const vd_value *a, const vd_value *b, bool *fault);
/* The value as string(), concat() and keyword fields write it. */
vd_str m_value_text(vd_arena *a, const vd_value *v);

/* ---- text.c ---- */

bool m_glob(vd_str pattern, vd_str text, bool ci);
bool m_equal(vd_str a, vd_str b, bool ci);
/* Byte at or after `from` where `part` first (last) stands, or -1. */
int64_t m_find(vd_str s, vd_str part, int64_t from, bool ci);
int64_t m_find_last(vd_str s, vd_str part, bool ci);

/* ---- regex.c ---- */

/* The whole of `text` matches. A pattern that cannot be read matches nothing. */
bool m_regex(vd_str pattern, vd_str text, bool ci);

/* ---- call.c ---- */

vd_value m_call(const vd_eql_expr *e, const vd_value *args, vd_arena *a, bool *fault);

/* ---- eval.c ---- */

/* A condition as and/or/not over leaves. */
typedef struct m_cond m_cond;
m_cond *m_cond_new(vd_arena *a, const vd_eql_expr *e);
/* The condition holds for the document. */
bool m_cond_holds(const m_cond *c, m_doc *d);

/* ---- hits.c ---- */

/* Place of an event among all: time, tiebreaker, arrival. */
typedef struct m_order {
    int64_t ts;
    bool has_tie; /* an event without tiebreaker comes after those with one */
    vd_value tie;
    uint64_t arrival;
} m_order;
int m_order_cmp(const m_order *a, const m_order *b);

/* One event that met one item of a query, under one join key. */
typedef struct m_hit {
    m_order at;
    uint32_t item; /* index into the query's items; n_items is until */
    vd_str id;     /* of the event */
    vd_str key;    /* the join keys as JSON text, "[]" without */
} m_hit;
typedef VD_VEC(m_hit) m_hits;

/* The join keys that the document has for an item: JSON arrays as text, none twice. */
typedef VD_VEC(vd_str) m_keys;
void m_keys_of(m_doc *d, const vd_eql_item *item, vd_arena *a, m_keys *out);

/* ---- results ---- */

typedef struct m_result {
    m_order last; /* of the last event */
    vd_str key;
    vd_str *ids; /* in item order with runs expanded; .p NULL: a missing event */
    size_t n;
} m_result;
typedef VD_VEC(m_result) m_results;

/* Both sort `hits`. Results live in `a`. */
void m_sequences(const vd_eql_query *q, m_hits *hits, vd_arena *a, m_results *out);
void m_samples(const vd_eql_query *q, m_hits *hits, vd_arena *a, m_results *out);

/* ---- input.c ---- */

typedef void (*m_document_fn)(void *ctx, vd_str text);
/* Calls f for every document of the file: an array's elements, one document over
 * several lines, or one a line. false: it cannot be read. */
bool m_read_file(const char *path, m_document_fn f, void *ctx);

#endif
