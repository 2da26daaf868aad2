/* Search results for people: one line an event, sequences with a heading each. */
#include "sink/sink_int.h"

typedef struct result {
    vd_str keys; /* join keys as text */
    bool sequence;
    size_t first, n; /* rows */
} result;

typedef struct table {
    vd_arena a;
    VD_VEC(vd_row) rows;
    VD_VEC(result) results;
    vd_columns columns;
} table;

static vd_str keys_text(vd_arena *a, const vd_json *keys)
{
    vd_str s = {0};
    for (size_t i = 0; i < vd_json_len(keys); i++) {
        const vd_json *key = vd_json_at(keys, i);
        vd_str one = vd_json_typeof(key) == VD_JSON_STRING ? vd_json_str(key)
                                                            : vd_json_text(a, key, false);
        s = vd_arena_printf(a, "%.*s%s%.*s", VD_FMT(s), i ? ", " : "", VD_FMT(one));
    }
    return s;
}

static size_t digits(size_t n)
{
    size_t d = 1;
    for (; n > 9; n /= 10)
        d++;
    return d;
}

static void take(vd_sink *sink, const vd_finding *finding)
{
    table *t = sink->state;
    vd_str keys = keys_text(&t->a, finding->join_keys);
    *vd_vec_push(&t->results) = (result){keys, finding->sequence, t->rows.n, finding->n_events};
    for (size_t i = 0; i < finding->n_events; i++) {
        vd_row row = vd_row_of(&t->a, &finding->events[i]);
        vd_columns_fit(&t->columns, &row);
        *vd_vec_push(&t->rows) = row;
    }
    size_t stage = finding->sequence ? digits(finding->n_events) : 0;
    if (stage > t->columns.stage) t->columns.stage = stage;
}

static void put_result(vd_sink *sink, const result *r, size_t number)
{
    table *t = sink->state;
    if (r->sequence) {
        vd_styled(sink, VD_BOLD, "%zu.", number);
        if (r->keys.n) fputs(" by ", sink->o.out);
        vd_text_put(sink->o.out, r->keys, sink->o.width - 10);
        fputc('\n', sink->o.out);
    }
    for (size_t i = 0; i < r->n; i++)
        vd_columns_row(&t->columns, sink, r->sequence ? 2 : 0, true, &t->rows.v[r->first + i],
                       r->sequence ? (unsigned)i + 1 : 0);
}

static void end(vd_sink *sink, const vd_summary *summary)
{
    table *t = sink->state;
    char n[32], docs[32];
    bool sequences = sink->o.sequences;
    if (t->results.n) {
        vd_columns_settle(&t->columns, sink, sequences ? 2 : 0, true);
        vd_columns_head(&t->columns, sink, sequences ? 2 : 0, true);
    }
    for (size_t i = 0; i < t->results.n; i++)
        put_result(sink, &t->results.v[i], i + 1);
    vd_styled(sink, VD_DIM, "%s %s found in %s event%s", vd_number(t->results.n, n),
              sequences ? t->results.n == 1 ? "sequence" : "sequences"
                        : t->results.n == 1 ? "event" : "events",
              vd_number(summary->documents, docs), summary->documents == 1 ? "" : "s");
    if (summary->left_out)
        vd_styled(sink, VD_DIM, ", %s more left out (--size)", vd_number(summary->left_out, n));
    fputc('\n', sink->o.out);
    for (size_t i = 0; i < summary->n_notes; i++) {
        vd_text_put(sink->o.out, summary->notes[i], SIZE_MAX);
        fputc('\n', sink->o.out);
    }
}

static void free_table(vd_sink *sink)
{
    table *t = sink->state;
    vd_vec_free(&t->rows);
    vd_vec_free(&t->results);
    vd_arena_fini(&t->a);
    free(t);
}

void vd_sink_table_init(vd_sink *sink)
{
    table *t = vd_calloc(1, sizeof *t);
    vd_arena_init(&t->a, 0);
    sink->state = t;
    sink->take = take;
    sink->end = end;
    sink->free = free_table;
}
