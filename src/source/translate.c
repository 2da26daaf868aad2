/* Blocks of Windows records, or of documents that may be such, to blocks of ECS lines. */
#include "source/source_int.h"
#include "windows/evtx.h"
#include "windows/shapes.h"

/* A place in the input times this is a place among the translated documents, so that they
 * keep the input's order whichever worker translates them: no record becomes this many times
 * as long. */
#define SPREAD 64
/* Lines of the output that are numbered one after the other. */
typedef struct run {
    size_t at;
    uint64_t line;
} run;

struct vd_translator {
    vd_source *source;
    unsigned worker;
    vd_shapes *shapes;
    vd_normaliser *normaliser;
    vd_evtx *evtx;
    /* What has become of the block. */
    vd_text out;
    VD_VEC(run) runs;
    uint64_t next_line; /* of the document that would go on with the last run */
    /* Of the document being unwrapped. */
    uint64_t envelope_line;
};

vd_translator *vd_translator_new(vd_source *source, unsigned worker)
{
    vd_translator *t = vd_calloc(1, sizeof *t);
    const vd_shapes_options shapes = {source->options.input_tz};
    const vd_normalise_options normalise = {source->options.no_derive, source->options.host};
    t->source = source;
    t->worker = worker;
    t->shapes = vd_shapes_new(&shapes);
    t->normaliser = vd_normaliser_new(&normalise);
    t->evtx = vd_evtx_new();
    for (size_t i = 0; i < source->maps.n; i++)
        vd_normaliser_map(t->normaliser, source->maps.v[i], NULL); /* vd_source_map has tried it */
    return t;
}

void vd_translator_free(vd_translator *t)
{
    int minutes;
    if (!t) return;
    if (vd_shape_zone_seen(t->shapes, &minutes)) {
        t->source->zone_seen = true;
        t->source->zone_minutes = minutes;
    }
    vd_shapes_free(t->shapes);
    vd_normaliser_free(t->normaliser);
    vd_evtx_free(t->evtx);
    vd_vec_free(&t->out);
    vd_vec_free(&t->runs);
    free(t);
}

/* ---- the output ---- */

static void feed_runs(vd_translator *t, const vd_buffer *b)
{
    const vd_source_sink *sink = &t->source->sink;
    vd_vec_reserve(&t->out, t->out.n + VD_PADDING);
    memset(t->out.v + t->out.n, 0, VD_PADDING);
    for (size_t i = 0; i < t->runs.n; i++) {
        const run *r = &t->runs.v[i];
        size_t end = i + 1 < t->runs.n ? r[1].at : t->out.n;
        vd_source_block block = {b->part->number, t->out.v + r->at, end - r->at, b->offset * SPREAD + r->at,
                                 r->line, true};
        sink->feed(sink->ctx, t->worker, &block);
    }
}

/* Room for a document that is number `line` of the input. */
static void begin_document(vd_translator *t, uint64_t line)
{
    if (!t->runs.n || line != t->next_line) *vd_vec_push(&t->runs) = (run){t->out.n, line};
    t->next_line = line + 1;
}

static void append(vd_translator *t, vd_str s)
{
    vd_vec_reserve(&t->out, t->out.n + s.n);
    if (s.n) memcpy(t->out.v + t->out.n, s.p, s.n);
    t->out.n += s.n;
}

/* The index that the input names, before those that the record stands for. */
static void add_index(vd_translator *t, size_t start, vd_str index)
{
    static const vd_str head = VD_STR("{\"_index\":[");
    vd_str record = {t->out.v + start, t->out.n - start};
    if (!index.n || !vd_str_starts(record, head)) return;
    vd_vec_reserve(&t->out, t->out.n + index.n + 3);
    char *at = t->out.v + start + head.n;
    memmove(at + index.n + 3, at, record.n - head.n);
    *at++ = '"';
    memcpy(at, index.p, index.n);
    memcpy(at + index.n, "\",", 2);
    t->out.n += index.n + 3;
}

/* Members into the object that ends the output. */
static void add_members(vd_translator *t, vd_str members)
{
    if (!members.n || !t->out.n || t->out.v[t->out.n - 1] != '}') return;
    t->out.n--;
    if (t->out.v[t->out.n - 1] != '{') append(t, VD_STR(","));
    append(t, members);
    append(t, VD_STR("}"));
}

static void put_record(vd_translator *t, const vd_win_record *record, uint64_t line)
{
    begin_document(t, line);
    vd_normalise(t->normaliser, record, &t->out);
}

static void end_document(vd_translator *t) { append(t, VD_STR("\n")); }

static void put_whole_record(vd_translator *t, const vd_win_record *record, uint64_t line)
{
    put_record(t, record, line);
    end_document(t);
}

/* As it is, on one line: in JSON a line's end stands between tokens only. */
static void put_document(vd_translator *t, vd_str json, uint64_t line)
{
    begin_document(t, line);
    append(t, json);
    char *end = t->out.v + t->out.n, *p = end - json.n;
    while (json.n && (p = memchr(p, '\n', (size_t)(end - p))))
        *p = ' ';
    end_document(t);
}

/* ---- JSON ---- */

static void put_json_record(vd_translator *t, const vd_win_record *record, uint64_t line)
{
    size_t start = t->out.n;
    put_record(t, record, line);
    add_index(t, start, vd_shape_index(t->shapes));
    add_members(t, vd_shape_beside(t->shapes));
    end_document(t);
}

static void take_document(vd_translator *t, vd_str json, vd_shape shape, uint64_t line)
{
    vd_win_record record;
    if (shape == VD_SHAPE_WINDOWS && vd_shape_record(t->shapes, json.p, json.n, &record))
        put_json_record(t, &record, line);
    else
        put_document(t, json, line);
}

static void take_unwrapped(void *ctx, const char *json, size_t n)
{
    vd_translator *t = ctx;
    take_document(t, (vd_str){json, n}, vd_shape_of(t->shapes, json, n), t->envelope_line);
}

static void take_json(vd_translator *t, vd_str json, uint64_t line)
{
    vd_shape shape = vd_shape_of(t->shapes, json.p, json.n);
    switch (shape) {
    case VD_SHAPE_ACTION:
        vd_shape_action(t->shapes, json.p, json.n);
        put_document(t, (vd_str){0}, line);
        break;
    case VD_SHAPE_ENVELOPE:
        t->envelope_line = line;
        vd_shape_unwrap(t->shapes, json.p, json.n, take_unwrapped, t);
        break;
    default: take_document(t, vd_shape_with_action(t->shapes, json), shape, line);
    }
}

static void translate_lines(vd_translator *t, const vd_buffer *b)
{
    vd_str text = {b->text, b->n};
    uint64_t line = b->line;
    for (size_t at = 0, end; at < text.n; at = end + 1, line++) {
        end = vd_str_find_byte(text, '\n', at);
        take_json(t, vd_str_sub(text, at, end), line);
    }
}

static void translate_documents(vd_translator *t, const vd_buffer *b)
{
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_span *doc = &b->docs.v[i];
        take_json(t, (vd_str){b->text + doc->at, doc->n}, doc->line);
    }
}

/* ---- XML ---- */

static void tell_event(vd_translator *t, const vd_buffer *b, uint64_t number, const vd_err *err)
{
    char text[256];
    snprintf(text, sizeof text, "event %llu, offset %llu: %.180s", (unsigned long long)number,
             (unsigned long long)(b->offset + err->pos), err->msg);
    vd_part_tell(t->source, b->part, text);
}

static void translate_events(vd_translator *t, const vd_buffer *b)
{
    vd_win_record record;
    vd_err err = {0};
    uint64_t number = b->line;
    for (size_t at = 0; vd_xml_next(t->shapes, (vd_str){b->text, b->n}, &at, &record, &err); number++) {
        if (err.code) tell_event(t, b, number, &err);
        else put_whole_record(t, &record, number);
        err.code = VD_OK;
    }
    atomic_fetch_add_explicit(&t->source->documents, number - b->line, memory_order_relaxed);
}

/* ---- EVTX ---- */

static void tell_chunk(vd_translator *t, const vd_buffer *b, uint64_t chunk, const vd_evtx_damage *damage)
{
    char text[256];
    if (!damage->what) return;
    snprintf(text, sizeof text, "chunk %llu, offset %llu: %.180s", (unsigned long long)chunk,
             (unsigned long long)damage->offset, damage->what);
    vd_part_tell(t->source, b->part, text);
}

static void translate_chunk(vd_translator *t, const vd_buffer *b, size_t at)
{
    size_t n = b->n - at < VD_EVTX_CHUNK ? b->n - at : VD_EVTX_CHUNK;
    uint64_t chunk = (b->offset - VD_EVTX_HEADER + at) / VD_EVTX_CHUNK, records = 0;
    vd_evtx_damage damage = {0};
    if (!vd_evtx_chunk(t->evtx, b->text + at, n, &damage)) {
        if (!damage.what) damage.what = "no chunk of an event log";
        tell_chunk(t, b, chunk, &damage);
        return;
    }
    tell_chunk(t, b, chunk, &damage);
    for (const vd_win_record *r; (damage.what = NULL, r = vd_evtx_next(t->evtx, &damage)); records++) {
        tell_chunk(t, b, chunk, &damage);
        put_whole_record(t, r, r->record_id);
    }
    tell_chunk(t, b, chunk, &damage);
    atomic_fetch_add_explicit(&t->source->documents, records, memory_order_relaxed);
}

static void translate_chunks(vd_translator *t, const vd_buffer *b)
{
    for (size_t at = 0; at < b->n; at += VD_EVTX_CHUNK)
        translate_chunk(t, b, at);
}

static void translate(vd_translator *t, const vd_buffer *b)
{
    t->out.n = t->runs.n = 0;
    switch (b->part->way) {
    case VD_WAY_XML: translate_events(t, b); break;
    case VD_WAY_EVTX: translate_chunks(t, b); break;
    default:
        if (b->docs.n) translate_documents(t, b);
        else translate_lines(t, b);
    }
}

static void take_turn(vd_part *part, uint64_t number)
{
    pthread_mutex_lock(&part->lock);
    while (part->turn != number)
        pthread_cond_wait(&part->turned, &part->lock);
    pthread_mutex_unlock(&part->lock);
}

static void end_turn(vd_part *part)
{
    pthread_mutex_lock(&part->lock);
    part->turn++;
    if (part->closed && part->turn == part->handed) {
        free(part->starts);
        part->starts = NULL;
    }
    pthread_cond_broadcast(&part->turned);
    pthread_mutex_unlock(&part->lock);
}

/* Blocks of one input take turns; while one is translated, others are met with the rules. */
void vd_translate(vd_translator *t, const vd_buffer *b)
{
    take_turn(b->part, b->number);
    vd_normaliser_swap_starts(t->normaliser, &b->part->starts);
    translate(t, b);
    vd_normaliser_swap_starts(t->normaliser, &b->part->starts);
    end_turn(b->part);
    feed_runs(t, b);
}
