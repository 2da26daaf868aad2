/* Fuzz target: EQL. Whatever the text is, reading it ends; an error has a place in
 * it; and a query that is taken prints as a query that is taken and prints the same. */
#include <stdint.h>
#include <stdlib.h>

#include "base/limits.h"
#include "eql/eql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) abort();
}

static void check_error(const vd_err *err, vd_str text)
{
    must(err->code != VD_OK && err->placed && err->pos <= text.n && err->msg[0]);
    must(err->len <= text.n - err->pos);
}

static bool take(vd_arena *a, vd_schema *schema, vd_str text, vd_eql_query **q, vd_err *err)
{
    return vd_eql_parse(a, text, q, err) == 0 && vd_eql_check(a, *q, schema, NULL, err) == 0 &&
           vd_eql_fold(a, *q, err) == 0;
}

/* Room to spare below the bounds: the printed text may need a level or a byte more. */
static bool is_modest(const vd_eql_query *q, vd_str printed)
{
    for (uint32_t i = 0; i < q->n_items; i++)
        if (q->items[i].cond->height + 3 > VD_MAX_EXPR_DEPTH) return false;
    return printed.n < VD_MAX_QUERY && (!q->until || q->until->cond->height + 3 <= VD_MAX_EXPR_DEPTH);
}

static void check_text(vd_arena *a, vd_schema *schema, vd_str text)
{
    vd_eql_query *q, *again;
    vd_err err = {0};
    vd_eql_hint(a, text);
    if (!take(a, schema, text, &q, &err)) {
        check_error(&err, text);
        return;
    }
    vd_str printed = vd_eql_print(a, q);
    if (!is_modest(q, printed)) return;
    must(take(a, schema, printed, &again, &err));
    must(vd_str_eq(printed, vd_eql_print(a, again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vd_arena a;
    vd_schema *schema = vd_schema_new();
    vd_arena_init(&a, 0);
    check_text(&a, schema, (vd_str){(const char *)data, size});
    vd_arena_fini(&a);
    vd_schema_free(schema);
    return 0;
}
