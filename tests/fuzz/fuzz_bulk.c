/* tests/fuzz/fuzz_bulk.c - arbitrary bytes as a bulk body and as a line of NDJSON
 *
 * Beside not crashing:
 *  - what is given out lies within the body or is a text of its own;
 *  - a body whose action lines were all plain gives the same items when each action
 *    line is written with an escape, which sends it through the JSON parser;
 *  - an envelope's _source is what the JSON parser finds under that name, for
 *    lines that it takes. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/limits.h"
#include "server/bulk_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_bulk: line %d: " #condition "\n", __LINE__);                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static bool within(vd_str body, vd_str part)
{
    return !part.n || (part.p >= body.p && part.p + part.n <= body.p + body.n);
}

/* The action and the index of the item with the name's first letter escaped: the slow way. */
static void compare(vd_arena *a, const vd_bulk_item *item)
{
    const char *name = vd_bulk_op_name(item->op);
    vd_json *meta = vd_json_object(), *root = vd_json_object();
    if (item->index.n) vd_json_set_str(meta, "_index", item->index);
    if (item->has_id) vd_json_set_str(meta, "_id", item->id);
    vd_json_set(root, name, meta);
    vd_str text = vd_json_text(a, root, false);
    vd_json_free(root);
    if (!text.n) return;
    vd_str body = vd_arena_printf(a, "{\"\\u%04x%.*s\n{}\n", (unsigned)name[0], (int)text.n - 3, text.p + 3);
    vd_bulk b;
    vd_bulk_item again;
    MUST(vd_bulk_begin(&b, body, a, NULL) == 0 && vd_bulk_next(&b, &again, NULL) == 1);
    MUST(again.op == item->op && vd_str_eq(again.index, item->index));
    MUST(again.has_id == item->has_id && vd_str_eq(again.id, item->id));
}

static void read_body(vd_arena *a, vd_str body)
{
    vd_bulk b;
    vd_bulk_item item;
    if (vd_bulk_begin(&b, body, a, NULL)) return;
    size_t last = 0;
    for (int i = 0; vd_bulk_next(&b, &item, NULL) > 0; i++) {
        MUST(within(body, item.source) && item.line > last && b.at <= body.n);
        MUST(item.op != VD_BULK_DELETE || !item.source.n);
        MUST(vd_str_find_byte(item.source, '\n', 0) == item.source.n);
        last = item.line;
        size_t end = vd_str_find_byte(item.id, '\0', 0); /* json-c and NULs: not compared */
        if (i < 8 && end == item.id.n && item.index.n < 512 && item.id.n < 512) compare(a, &item);
    }
}

static void read_line(vd_arena *a, vd_str line)
{
    vd_str index, id, source;
    vd_json *v = NULL, *part = NULL;
    if (!vd_bulk_envelope(line, a, &index, &id, &source)) return;
    MUST(within(line, source) && source.n >= 2);
    if (vd_json_parse(line, &v, NULL) == 0) {
        MUST(vd_json_parse(source, &part, NULL) == 0);
        vd_json *want = vd_json_get(v, "_source");
        MUST(want && vd_str_eq(vd_json_text(a, want, false), vd_json_text(a, part, false)));
    }
    vd_json_free(part);
    vd_json_free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vd_arena a;
    char *copy = malloc(size ? size : 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    vd_arena_init(&a, 0);
    read_body(&a, (vd_str){copy, size});
    read_line(&a, (vd_str){copy, size});
    vd_arena_fini(&a);
    free(copy);
    return 0;
}
