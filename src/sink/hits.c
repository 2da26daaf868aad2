/* Search results for programs: a response in the shape of _eql/search, or lines.
 * Source: Elasticsearch API docs, "Get EQL search results", response body. */
#include "base/clock.h"
#include "sink/sink_int.h"

/* The hits come before their number is known, so their text is put aside. */
typedef struct hits {
    char *text;
    size_t size;
    FILE *out; /* writes text */
    uint64_t n;
} hits;

static vd_json *hit_of(const vd_finding_event *ev)
{
    vd_json *hit = vd_json_object();
    vd_json_set_str(hit, "_index", ev->missing ? VD_STR("") : ev->index);
    vd_json_set_str(hit, "_id", ev->missing ? VD_STR("") : ev->id);
    vd_json_set(hit, "_source", ev->missing ? vd_json_object() : vd_json_share(ev->doc));
    if (ev->missing) vd_json_set(hit, "missing", vd_json_bool(true));
    return hit;
}

static vd_json *sequence_of(const vd_finding *finding)
{
    vd_json *sequence = vd_json_object(), *events = vd_json_array();
    for (size_t i = 0; i < finding->n_events; i++)
        vd_json_push(events, hit_of(&finding->events[i]));
    vd_json_set(sequence, "join_keys",
                finding->join_keys ? vd_json_share(finding->join_keys) : vd_json_array());
    vd_json_set(sequence, "events", events);
    return sequence;
}

static vd_json *result_of(const vd_finding *finding)
{
    return finding->sequence ? sequence_of(finding) : hit_of(&finding->events[0]);
}

static void put_text(FILE *out, const vd_json *v)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str text = vd_json_text(&a, v, false);
    fwrite(text.p, 1, text.n, out);
    vd_arena_fini(&a);
}

static void take_hit(vd_sink *sink, const vd_finding *finding)
{
    hits *h = sink->state;
    vd_json *result = result_of(finding);
    if (h->n++) fputc(',', h->out);
    put_text(h->out, result);
    vd_json_free(result);
}

static void end_hits(vd_sink *sink, const vd_summary *summary)
{
    hits *h = sink->state;
    int64_t took = (vd_mono_ns() - sink->o.started_ns) / 1000000;
    fflush(h->out);
    fprintf(sink->o.out,
            "{\"is_partial\":%s,\"is_running\":false,\"took\":%lld,\"timed_out\":false,"
            "\"hits\":{\"total\":{\"value\":%llu,\"relation\":\"eq\"},\"%s\":[",
            summary->interrupted ? "true" : "false", (long long)took, (unsigned long long)h->n,
            sink->o.sequences ? "sequences" : "events");
    fwrite(h->text, 1, h->size, sink->o.out);
    fputs("]}}\n", sink->o.out);
}

static void free_hits(vd_sink *sink)
{
    hits *h = sink->state;
    fclose(h->out);
    free(h->text);
    free(h);
}

void vd_sink_hits_init(vd_sink *sink)
{
    hits *h = vd_calloc(1, sizeof *h);
    h->out = open_memstream(&h->text, &h->size);
    if (!h->out) abort(); /* out of memory */
    sink->state = h;
    sink->take = take_hit;
    sink->end = end_hits;
    sink->free = free_hits;
}

/* An event's line is its own text where that is one line, so that what comes out can
 * go in again as it was. */
static void take_hit_line(vd_sink *sink, const vd_finding *finding)
{
    FILE *out = sink->o.out;
    const vd_finding_event *ev = &finding->events[0];
    if (finding->sequence) {
        vd_json *sequence = sequence_of(finding);
        vd_json_write_line(out, sequence);
        vd_json_free(sequence);
    } else if (vd_str_find_byte(ev->json, '\n', 0) < ev->json.n) {
        vd_json_write_line(out, ev->doc);
    } else {
        vd_str text = vd_str_trim(ev->json);
        fwrite(text.p, 1, text.n, out);
        fputc('\n', out);
    }
}

void vd_sink_hit_lines_init(vd_sink *sink) { sink->take = take_hit_line; }
