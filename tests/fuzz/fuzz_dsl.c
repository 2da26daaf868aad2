/* tests/fuzz/fuzz_dsl.c - arbitrary bytes as a query of the search API
 *
 * The first byte chooses: a JSON query, or the words of q=. Beside not crashing: what comes out is
 * one condition of EQL, over any event, with nothing behind it: no text of the query has become
 * part of the language. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "eql/eql.h"
#include "server/dsl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_dsl: line %d: " #condition "\n", __LINE__);                      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static void check(vd_arena *a, vd_str condition)
{
    vd_eql_query *q = NULL;
    vd_err err = {0};
    int code = vd_eql_parse(a, vd_arena_printf(a, "any where %.*s", VD_FMT(condition)), &q, &err);
    if (code) fprintf(stderr, "%.*s: %s\n", VD_FMT(condition), err.msg);
    MUST(!code);
    MUST(q->kind == VD_EQL_EVENT && q->n_items == 1 && q->items[0].any && !q->until && !q->n_pipes);
    vd_str narrow;
    MUST(vd_dsl_narrow(a, VD_STR("sequence [a where true] [b where x == 1] | tail 1"), condition, &narrow, &err) == 0);
    MUST(vd_eql_parse(a, narrow, &q, &err) == 0 && q->n_items == 2 && q->n_pipes == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vd_schema *schema; /* names that come in stay in it: a new one now and then */
    static int uses;
    vd_arena a;
    vd_dsl dsl;
    vd_json *v = NULL;
    if (!size) return 0;
    if (!schema || ++uses % 1000 == 0) {
        vd_schema_free(schema);
        schema = vd_schema_new();
    }
    vd_arena_init(&a, 0);
    vd_str text = vd_arena_str(&a, (vd_str){(const char *)data + 1, size - 1});
    int code = VD_FORMAT;
    if (data[0] & 1) code = vd_dsl_words(&a, text, schema, 1767312000000, &dsl, NULL);
    else if (vd_json_parse(text, &v, NULL) == 0) code = vd_dsl_read(&a, v, schema, 1767312000000, &dsl, NULL);
    if (!code) check(&a, dsl.condition);
    vd_json_free(v);
    vd_arena_fini(&a);
    return 0;
}
