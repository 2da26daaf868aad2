/* tests/fuzz/fuzz_event.c - arbitrary bytes as a document
 *
 * Beside not crashing:
 *  - a document that became a record has a tree;
 *  - the same document gives the same record again;
 *  - chains are as long as they say, strings lie within bounds (read whole);
 *  - of a strict JSON document, a keyword that is one plain member in the tree
 *    is what the record says. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "event/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "a",    "b", "a.b", "a.b.c", "n.long", "n.ulong",      "n.d",         "bool", "ip",
    "when", "v", "f",   "f.x",   "_id",    "a_longer_key", "process.pid", "t",    "second"};
enum { N = sizeof names / sizeof *names };

static const char mapping[] =
    "{\"properties\":{\"a\":{\"type\":\"keyword\"},\"b\":{\"type\":\"keyword\",\"ignore_above\":9,"
    "\"null_value\":\"nil\"},\"n\":{\"properties\":{\"long\":{\"type\":\"long\"},"
    "\"ulong\":{\"type\":\"unsigned_long\"},\"d\":{\"type\":\"double\"}}},\"bool\":{\"type\":"
    "\"boolean\"},"
    "\"ip\":{\"type\":\"ip\"},\"when\":{\"type\":\"date\"},\"v\":{\"type\":\"version\"},"
    "\"f\":{\"type\":\"flattened\"},\"t\":{\"type\":\"text\"},"
    "\"second\":{\"type\":\"date\",\"format\":\"epoch_second||yyyy/MM/dd'T'HHmmss.SSSX\"}}}";

typedef struct fuzz {
    vd_extract *x;
    vd_event *ev;
} fuzz;

static fuzz *fuzz_new(void)
{
    static fuzz f;
    if (f.x) return &f;
    vd_field_id ids[N];
    vd_schema *schema = vd_schema_new();
    if (vd_schema_load_mapping(schema, VD_STR(mapping), NULL) != VD_OK) abort();
    for (size_t i = 0; i < N; i++)
        ids[i] = vd_schema_intern(schema, vd_str_from(names[i]));
    f.x = vd_extract_new(schema, ids, N);
    f.ev = vd_event_new(f.x);
    vd_schema_free(schema);
    return &f;
}

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_event: line %d: " #condition "\n", __LINE__);                    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A sum over every byte of every value: reads them all, and tells records apart. */
static uint64_t sum_of(const vd_event *ev)
{
    uint64_t sum = 0;
    for (uint32_t slot = 0; slot < N; slot++) {
        uint32_t count = 0;
        for (uint32_t i = vd_event_first(ev, slot); i != VD_NO_VALUE; count++) {
            const vd_value *v = vd_event_value(ev, i);
            bool bytes = v->kind == VD_STRING || v->kind == VD_IP || v->kind == VD_VERSION;
            sum = sum * 31 + v->kind;
            for (uint32_t k = 0; bytes && k < v->len; k++)
                sum = sum * 31 + (unsigned char)v->s[k];
            if (!bytes) sum = sum * 31 + (v->kind == VD_BOOL ? v->b : v->u);
            MUST(v->kind != VD_IP || v->len == 16);
            i = v->next;
        }
        MUST(count == vd_event_count(ev, slot));
    }
    return sum;
}

/* Field t, if the tree has it as one string right under its name. */
static void compare(const vd_event *ev, const vd_json *tree)
{
    const vd_json *t = vd_json_get(tree, "t");
    if (vd_json_has(tree, "_source") || vd_json_typeof(t) != VD_JSON_STRING) return;
    const vd_value *v = vd_event_get(ev, 16);
    if (!v) return; /* a lone surrogate */
    vd_str text = vd_json_str(t);
    MUST(vd_event_count(ev, 16) == 1 && vd_str_eq(vd_value_str(v), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz *f = fuzz_new();
    char *json = calloc(1, size + VD_PADDING);
    if (!json) abort();
    if (size) memcpy(json, data, size);
    size_t pos = 0;
    vd_fault fault = vd_event_parse(f->ev, json, size, &pos);
    MUST(fault < VD_FAULT_COUNT && pos <= size);
    uint64_t sum = sum_of(f->ev);
    memset(json + size, '"', VD_PADDING); /* what stands behind decides nothing */
    MUST(vd_event_parse(f->ev, json, size, NULL) == fault && sum_of(f->ev) == sum);
    vd_json *tree = vd_event_tree(json, size);
    if (fault == VD_FAULT_NONE) {
        MUST(tree != NULL);
        compare(f->ev, tree);
    }
    vd_json_free(tree);
    free(json);
    return 0;
}
