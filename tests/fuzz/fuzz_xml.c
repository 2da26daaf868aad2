/* tests/fuzz/fuzz_xml.c - arbitrary bytes as XML with events
 *
 * Beside not crashing:
 *  - it ends, and every step moves on;
 *  - all text of a record can be read; a broken event says why and where, and gives none;
 *  - where the text is cut behind events, both parts give what the whole gave. */
#include <stdio.h>
#include <stdlib.h>

#include "windows/shapes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_xml: line %d: " #condition "\n", __LINE__);                      \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static uint64_t add(uint64_t sum, vd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        sum = sum * 31 + (unsigned char)s.p[i];
    return sum * 31 + s.n;
}

static uint64_t sum_of(const vd_win_record *r)
{
    const vd_str texts[] = {r->channel,     r->provider, r->provider_guid, r->source_name,
                            r->computer,    r->user_sid, r->activity_id,   r->related_activity_id,
                            r->level_text,  r->task_text, r->opcode_text,  r->message,
                            r->user_data_name};
    uint64_t sum = r->event_id + (uint64_t)r->time_ns + r->keywords + r->record_id;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        sum = add(sum, texts[i]);
    for (uint32_t i = 0; i < r->n_keyword_texts; i++)
        sum = add(sum, r->keyword_texts[i]);
    for (uint32_t i = 0; i < r->n_data; i++)
        sum = add(add(sum, r->data[i].name), r->data[i].value);
    return sum;
}

typedef struct outcome {
    size_t good, broken;
    uint64_t sum;
} outcome;

static outcome read_all(vd_shapes *s, vd_str text)
{
    outcome o = {0};
    vd_win_record r;
    vd_err err = {0};
    for (size_t at = 0, before = 0; vd_xml_next(s, text, &at, &r, &err); before = at) {
        MUST(at > before && at <= text.n);
        if (err.code) {
            MUST(err.placed && err.pos <= text.n && err.msg[0] && !r.n_data);
            o.broken++;
        } else {
            o.good++;
            o.sum = o.sum * 17 + sum_of(&r);
        }
        err.code = VD_OK;
    }
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vd_shapes *s = vd_shapes_new(&(vd_shapes_options){0});
    char *copy = malloc(size + 1); /* of its own size: reading behind it is seen */
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    vd_str text = {copy, size};
    outcome whole = read_all(s, text), again = read_all(s, text);
    MUST(whole.sum == again.sum && whole.good == again.good && whole.broken == again.broken);
    size_t cut = vd_xml_event_end(text, 0);
    MUST(cut == SIZE_MAX || (cut > 0 && cut <= size));
    if (cut != SIZE_MAX && !whole.broken && !memmem(text.p, text.n, "<!", 2) &&
        !memmem(text.p, text.n, "<?", 2)) {
        outcome first = read_all(s, vd_str_sub(text, 0, cut)), rest = read_all(s, vd_str_sub(text, cut, size));
        MUST(first.good + rest.good == whole.good);
    }
    free(copy);
    vd_shapes_free(s);
    return 0;
}
