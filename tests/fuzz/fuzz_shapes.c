/* tests/fuzz/fuzz_shapes.c - arbitrary bytes as a JSON document that may be a Windows record
 *
 * Beside not crashing:
 *  - a record is only read from what is said to be one, and the same again;
 *  - the normaliser writes one line for it, which with what stood beside it is a JSON
 *    object that the event parser takes, if the text was valid UTF-8;
 *  - what is unwrapped lies in the document or is one that was composed;
 *  - times, and the beginnings of inputs, are read within bounds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "event/event.h"
#include "windows/normalise.h"
#include "windows/shapes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_shapes: line %d: " #condition "\n", __LINE__);                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

typedef struct fuzz {
    vd_shapes *shapes;
    vd_normaliser *normaliser;
    vd_event *ev;
    vd_text out;
} fuzz;

static fuzz *fuzz_new(void)
{
    static fuzz f;
    if (f.shapes) return &f;
    vd_schema *schema = vd_schema_new();
    vd_field_id id = vd_schema_intern(schema, VD_STR("@timestamp"));
    f.ev = vd_event_new(vd_extract_new(schema, &id, 1));
    vd_schema_free(schema);
    static const vd_offset four = {INT64_MIN, -240};
    static const vd_offsets west = {1, &four, "-04:00"};
    f.shapes = vd_shapes_new(&(vd_shapes_options){&west});
    f.normaliser = vd_normaliser_new(&(vd_normalise_options){0});
    return &f;
}

static void normalise(fuzz *f, const vd_win_record *r, bool utf8)
{
    f->out.n = 0;
    vd_normalise(f->normaliser, r, &f->out);
    MUST(f->out.n >= 2 && f->out.v[0] == '{' && f->out.v[f->out.n - 1] == '}');
    MUST(!memchr(f->out.v, '\n', f->out.n));
    size_t n = f->out.n;
    vd_vec_reserve(&f->out, n + VD_PADDING);
    memset(f->out.v + n, 0, VD_PADDING);
    if (utf8) MUST(vd_event_parse(f->ev, f->out.v, n, NULL) == VD_FAULT_NONE);
}

static void take(void *ctx, const char *json, size_t n)
{
    fuzz *f = ctx;
    vd_win_record r;
    MUST(n >= 2 && json[0] == '{' && json[n - 1] == '}');
    if (vd_shape_of(f->shapes, json, n) == VD_SHAPE_WINDOWS) vd_shape_record(f->shapes, json, n, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz *f = fuzz_new();
    vd_win_record r, again;
    char *json = calloc(1, size + VD_PADDING);
    if (!json) abort();
    if (size) memcpy(json, data, size);
    vd_shape shape = vd_shape_of(f->shapes, json, size);
    vd_shapes_wanted(f->shapes, (vd_str){json, size});
    bool needs = vd_shape_needs(f->shapes, json, size);
    MUST(needs || (shape != VD_SHAPE_WINDOWS && shape != VD_SHAPE_ACTION));
    MUST(vd_shape_is_action(json, size) == (shape == VD_SHAPE_ACTION));
    bool read = vd_shape_record(f->shapes, json, size, &r);
    MUST(!read || shape == VD_SHAPE_WINDOWS);
    if (read) {
        uint32_t n = r.n_data;
        normalise(f, &r, vd_utf8_valid((vd_str){json, size}));
        MUST(vd_shape_record(f->shapes, json, size, &again) && again.n_data == n && again.event_id == r.event_id);
    }
    if (shape == VD_SHAPE_ENVELOPE) vd_shape_unwrap(f->shapes, json, size, take, f);
    if (shape == VD_SHAPE_ACTION) vd_shape_action(f->shapes, json, size);
    vd_shape_with_action(f->shapes, (vd_str){json, size});
    free(json);
    return 0;
}
