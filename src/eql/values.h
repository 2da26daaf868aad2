/* eql/values.h - which values the events that a query can use must hold
 *
 * Idea      A store that knows what values some fields have in a block of events need not read a
 *           block that holds none of those which a query wants. What is worked out here leaves
 *           out only events that satisfy no condition of the query, so that its answer is the
 *           same without them.
 * Use       After vd_eql_check and vd_eql_fold, with the schema of the check.
 * Not here  How values are looked for: store/. */
#ifndef VD_EQL_VALUES_H
#define VD_EQL_VALUES_H

#include "eql/eql.h"

/* Lists at most that are worked out for a query. */
#define VD_EQL_MAX_VALUES 8

/* Whether one can ask for events that hold this value (as a query writes it) in this field of the
 * document, when the field is read as of this type. */
typedef bool (*vd_eql_askable)(vd_str field, vd_field_type type, vd_str value);

/* Lists of which every event that the query can use holds of each at least one value, in a field
 * that was askable. 0: nothing is known. Letters may differ in case, addresses in spelling.
 * Of a sequence or a sample these are the events of all its items, missing ones and `until` too.
 * Lists live in the arena, values where the query does. */
size_t vd_eql_values(vd_arena *a, const vd_eql_query *query, const vd_schema *schema, vd_eql_askable askable,
                     vd_strs out[VD_EQL_MAX_VALUES]);

#endif
