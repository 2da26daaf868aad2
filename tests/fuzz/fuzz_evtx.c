/* tests/fuzz/fuzz_evtx.c - arbitrary bytes as a chunk of an event log
 *
 * Beside not crashing:
 *  - it ends, with no more records than bytes allow;
 *  - damage lies in the chunk; what is no chunk has no records;
 *  - all text of a record is readable, and UTF-8;
 *  - the same chunk gives the same records again. */
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "windows/evtx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_evtx: line %d: " #condition "\n", __LINE__);                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static uint64_t add(uint64_t sum, vd_str s)
{
    MUST(vd_utf8_valid(s));
    for (size_t i = 0; i < s.n; i++)
        sum = sum * 31 + (unsigned char)s.p[i];
    return sum * 31 + s.n;
}

static uint64_t sum_of(uint64_t sum, const vd_win_record *rec)
{
    const vd_str texts[] = {
        rec->channel,       rec->provider,   rec->source_name, rec->provider_guid,
        rec->computer,      rec->user_sid,   rec->activity_id, rec->related_activity_id,
        rec->message,       rec->level_text, rec->task_text,   rec->opcode_text,
        rec->user_data_name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sum = add(sum, texts[i]);
    for (uint32_t i = 0; i < rec->n_keyword_texts; i++)
        sum = add(sum, rec->keyword_texts[i]);
    for (uint32_t i = 0; i < rec->n_data; i++)
        sum = add(add(sum, rec->data[i].name), rec->data[i].value);
    return sum * 31 + rec->event_id + rec->record_id + (uint64_t)rec->time_ns;
}

static uint64_t read_all(vd_evtx *r, const uint8_t *data, size_t size)
{
    vd_evtx_damage damage;
    uint64_t sum = vd_evtx_chunk(r, data, size, &damage), count = 0;
    bool is_chunk = sum;
    MUST(!damage.what || damage.offset <= size);
    for (;;) {
        const vd_win_record *rec = vd_evtx_next(r, &damage);
        MUST(!damage.what || damage.offset <= size);
        sum = sum * 31 + (damage.what != NULL);
        if (!rec) return sum;
        MUST(is_chunk && ++count <= size / 28);
        sum = sum_of(sum, rec);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vd_evtx *r;
    if (!r) r = vd_evtx_new();
    if (size > VD_EVTX_CHUNK) size = VD_EVTX_CHUNK;
    uint8_t *copy = malloc(size ? size : 1); /* its end is the end of the memory */
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    uint64_t sum = read_all(r, copy, size);
    MUST(read_all(r, copy, size) == sum);
    free(copy);
    return 0;
}
