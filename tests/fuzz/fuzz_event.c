/* tests/fuzz/fuzz_event.c - arbitrary bytes as a document
 *
 * Beside not crashing:
 *  - a document that became a record has a tree;
 *  - the same document gives the same record again;
 *  - each line is a document, too: an event that has read those before it, and the second
 *    time those behind it as well, says of it what a new event says;
 *  - chains are as long as they say, strings lie within bounds (read whole);
 *  - of a strict JSON document, a keyword that is one plain member in the tree
 *    is what the record says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "event/event_int.h"
#include "event/trail_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "a",    "b", "a.b", "a.b.c", "n.long", "n.ulong",      "n.d",         "bool", "ip",
    "when", "v", "f",   "f.x",   "_id",    "a_longer_key", "process.pid", "t",    "second"};
enum { N = sizeof names / sizeof *names };
static const char *const above[] = {"n", "process", "_source"};
enum { N_ABOVE = sizeof above / sizeof *above };
#define LINES 32 /* of one input at most; the last is all the rest */

static const char mapping[] =
    "{\"properties\":{\"a\":{\"type\":\"keyword\"},\"b\":{\"type\":\"keyword\",\"ignore_above\":9,"
    "\"null_value\":\"nil\"},\"n\":{\"properties\":{\"long\":{\"type\":\"long\"},"
    "\"ulong\":{\"type\":\"unsigned_long\"},\"d\":{\"type\":\"double\"}}},\"bool\":{\"type\":"
    "\"boolean\"},"
    "\"ip\":{\"type\":\"ip\"},\"when\":{\"type\":\"date\"},\"v\":{\"type\":\"version\"},"
    "\"f\":{\"type\":\"flattened\"},\"t\":{\"type\":\"text\"},"
    "\"second\":{\"type\":\"date\",\"format\":\"epoch_second||yyyy/MM/dd'T'HHmmss.SSSX\"}}}";

/* What an event says of a document. */
typedef struct answer {
    vd_fault fault;
    size_t pos;
    uint64_t sum;
} answer;

static const vd_extract *extract(void)
{
    static vd_extract *x;
    if (x) return x;
    vd_field_id ids[N];
    vd_schema *schema = vd_schema_new();
    if (vd_schema_load_mapping(schema, VD_STR(mapping), NULL) != VD_OK) abort();
    for (size_t i = 0; i < N; i++)
        ids[i] = vd_schema_intern(schema, vd_str_from(names[i]));
    x = vd_extract_new(schema, ids, N);
    vd_schema_free(schema);
    return x;
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

/* A sum over all else that a caller sees: which members there are only where there is a
 * record. */
static uint64_t rest_of(const vd_event *ev, vd_fault fault)
{
    const vd_value_fault *faults;
    size_t n = vd_event_value_faults(ev, &faults);
    uint64_t sum = vd_event_enveloped(ev);
    for (size_t i = 0; i < n; i++)
        sum = sum * 31 + faults[i].slot * VD_FAULT_COUNT + faults[i].fault;
    for (size_t i = 0; !fault && i < N + N_ABOVE; i++)
        sum = sum * 31 + vd_event_has_member(ev, vd_str_from(i < N ? names[i] : above[i - N]));
    return sum;
}

static answer ask(vd_event *ev, const char *json, size_t n)
{
    answer a = {.pos = SIZE_MAX};
    a.fault = vd_event_parse(ev, json, n, &a.pos);
    a.sum = sum_of(ev);
    a.sum = a.sum * 31 + rest_of(ev, a.fault);
    return a;
}

/* What a new event says. It costs more than the document: one that tries nothing takes its
 * place. */
static answer ask_new(const char *json, size_t n)
{
    static vd_event *ev;
    if (!ev) ev = vd_event_new(extract());
    ev->trails->rest = UINT32_MAX;
    return ask(ev, json, n);
}

static size_t split(vd_str text, vd_str *lines)
{
    size_t n = 0, at = 0;
    for (; n < LINES - 1; n++) {
        size_t end = vd_str_find_byte(text, '\n', at);
        if (end == text.n) break;
        lines[n] = vd_str_sub(text, at, end);
        at = end + 1;
    }
    lines[n++] = vd_str_sub(text, at, text.n);
    return n;
}

/* What stands behind a line is the next one, as in a file. */
static void lines_one_behind_the_other(const char *json, size_t size)
{
    vd_str lines[LINES];
    answer want[LINES];
    size_t n = split((vd_str){json, size}, lines);
    vd_event *ev = vd_event_new(extract());
    for (size_t i = 0; i < 2 * n; i++) {
        vd_str line = lines[i % n];
        if (i < n) want[i] = ask_new(line.p, line.n);
        answer got = ask(ev, line.p, line.n), *one = &want[i % n];
        MUST(got.fault == one->fault && got.pos == one->pos && got.sum == one->sum);
    }
    vd_event_free(ev);
}

static void one_document(char *json, size_t size)
{
    vd_event *ev = vd_event_new(extract());
    size_t pos = 0;
    vd_fault fault = vd_event_parse(ev, json, size, &pos);
    MUST(fault < VD_FAULT_COUNT && pos <= size);
    uint64_t sum = sum_of(ev);
    memset(json + size, '"', VD_PADDING); /* what stands behind decides nothing */
    MUST(vd_event_parse(ev, json, size, NULL) == fault && sum_of(ev) == sum);
    vd_json *tree = vd_event_tree(json, size);
    if (fault == VD_FAULT_NONE) {
        MUST(tree != NULL);
        compare(ev, tree);
    }
    vd_json_free(tree);
    vd_event_free(ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *json = calloc(1, size + VD_PADDING);
    if (!json) abort();
    if (size) memcpy(json, data, size);
    lines_one_behind_the_other(json, size);
    one_document(json, size);
    free(json);
    return 0;
}
