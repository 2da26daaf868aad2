/* Blocks of Windows records, or of documents that may be such, to blocks of ECS lines. */
#include "source/source_int.h"
#include "windows/evtx.h"
#include "windows/normalise.h"
#include "windows/shapes.h"

/* A place in the input times this is a place among the translated documents, so that they
 * keep the input's order whichever worker translates them: no record becomes this many times
 * as long. */
#define SPREAD 64
/* Translated bytes that are fed at once. */
#define RUN_BYTES (1u << 20)

struct vd_translator {
    vd_source *source;
    unsigned worker;
    vd_shapes *shapes;
    vd_normaliser *normaliser;
    vd_evtx *evtx;
    /* The run: lines that are numbered one after the other. */
    vd_text out;
    uint32_t input;
    uint64_t offset;         /* of the run's first byte */
    uint64_t line, next_line; /* of its first document, of the one that would follow */
    /* Of the document being unwrapped. */
    uint64_t envelope_line;
};

vd_translator *vd_translator_new(vd_source *source, unsigned worker)
{
    vd_translator *t = vd_calloc(1, sizeof *t);
    const vd_shapes_options shapes = {source->options.input_tz_minutes};
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
    free(t);
}

/* ---- the run ---- */

static void feed_run(vd_translator *t)
{
    const vd_source_sink *sink = &t->source->sink;
    size_t n = t->out.n;
    if (!n) return;
    vd_vec_reserve(&t->out, n + VD_PADDING);
    memset(t->out.v + n, 0, VD_PADDING);
    vd_source_block block = {t->input, t->out.v, n, t->offset, t->line, true};
    sink->feed(sink->ctx, t->worker, &block);
    t->offset += n;
    t->out.n = 0;
}

/* Room for a document that is number `line` of the input. */
static void begin_document(vd_translator *t, uint64_t line)
{
    if (t->out.n && (line != t->next_line || t->out.n >= RUN_BYTES)) feed_run(t);
    if (!t->out.n) t->line = line;
    t->next_line = line + 1;
}

static void put_record(vd_translator *t, const vd_win_record *record, vd_str beside, uint64_t line)
{
    begin_document(t, line);
    vd_normalise(t->normaliser, record, &t->out);
    if (beside.n && t->out.n && t->out.v[t->out.n - 1] == '}') {
        t->out.n--;
        if (t->out.v[t->out.n - 1] != '{') *vd_vec_push(&t->out) = ',';
        vd_vec_reserve(&t->out, t->out.n + beside.n);
        memcpy(t->out.v + t->out.n, beside.p, beside.n);
        t->out.n += beside.n;
        *vd_vec_push(&t->out) = '}';
    }
    *vd_vec_push(&t->out) = '\n';
}

/* As it is, on one line: in JSON a line's end stands between tokens only. */
static void put_document(vd_translator *t, vd_str json, uint64_t line)
{
    begin_document(t, line);
    vd_vec_reserve(&t->out, t->out.n + json.n + 1);
    char *to = t->out.v + t->out.n;
    if (json.n) memcpy(to, json.p, json.n);
    for (char *p = to; (p = memchr(p, '\n', json.n - (size_t)(p - to)));)
        *p = ' ';
    to[json.n] = '\n';
    t->out.n += json.n + 1;
}

static void begin_block(vd_translator *t, const vd_buffer *b)
{
    t->input = b->part->number;
    t->offset = b->offset * SPREAD;
    t->out.n = 0;
}

/* ---- JSON ---- */

static void take_document(vd_translator *t, vd_str json, vd_shape shape, uint64_t line)
{
    vd_win_record record;
    if (shape == VD_SHAPE_WINDOWS && vd_shape_record(t->shapes, json.p, json.n, &record))
        put_record(t, &record, vd_shape_beside(t->shapes), line);
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
        else put_record(t, &record, (vd_str){0}, number);
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
        put_record(t, r, (vd_str){0}, r->record_id);
    }
    tell_chunk(t, b, chunk, &damage);
    atomic_fetch_add_explicit(&t->source->documents, records, memory_order_relaxed);
}

static void translate_chunks(vd_translator *t, const vd_buffer *b)
{
    for (size_t at = 0; at < b->n; at += VD_EVTX_CHUNK)
        translate_chunk(t, b, at);
}

void vd_translate(vd_translator *t, const vd_buffer *b)
{
    begin_block(t, b);
    switch (b->part->way) {
    case VD_WAY_XML: translate_events(t, b); break;
    case VD_WAY_EVTX: translate_chunks(t, b); break;
    default:
        if (b->docs.n) translate_documents(t, b);
        else translate_lines(t, b);
    }
    feed_run(t);
}
