/* XML: the input cut into blocks of whole <Event> elements. */
#include "source/source_int.h"
#include "windows/shapes.h"

/* Behind the last event that ends in the block, 0 if none does; *events gets how many. */
static size_t last_end(const vd_buffer *b, uint64_t *events)
{
    vd_str text = {b->text, b->n};
    size_t last = 0;
    for (size_t at = 0; (at = vd_xml_event_end(text, at)) != SIZE_MAX; last = at)
        ++*events;
    return last;
}

typedef struct cutter {
    vd_reader *r;
    vd_buffer *b;
    uint64_t offset, event;
    bool skipping; /* the start of an event that is too long is gone */
} cutter;

/* An end may lie across what is dropped and what comes: so much stays. */
#define KEEP 64

static void drop(cutter *c, size_t n)
{
    memmove(c->b->text, c->b->text + n, c->b->n - n);
    c->b->n -= n;
    c->offset += n;
}

/* Inside an event that is too long: goes on to its end, if that has come. */
static void skip(cutter *c)
{
    size_t end = vd_xml_event_end((vd_str){c->b->text, c->b->n}, 0);
    c->skipping = end == SIZE_MAX;
    if (!c->skipping) drop(c, end);
    else if (c->b->n > KEEP) drop(c, c->b->n - KEEP);
}

static void emit(cutter *c, size_t n, uint64_t events)
{
    c->b = vd_reader_hand_on(c->r, c->b, n, c->offset, c->event);
    c->offset += n;
    c->event += events;
}

/* The block is full. */
static void cut(cutter *c)
{
    uint64_t events = 0;
    if (c->skipping) {
        skip(c);
        return;
    }
    size_t n = last_end(c->b, &events);
    if (n) {
        emit(c, n, events);
    } else if (c->b->n <= c->r->source->options.max_line) {
        vd_buffer_reserve(c->b, c->b->cap * 2);
    } else {
        vd_reader_too_long(c->r, c->event++, c->offset);
        skip(c);
    }
}

bool vd_read_events(vd_reader *r, vd_err *err)
{
    cutter c = {.r = r, .b = vd_crew_buffer(r->crew), .event = 1};
    ssize_t got;
    while ((got = vd_reader_fill(r, c.b, err)) > 0)
        while (c.b->n == c.b->cap)
            cut(&c);
    if (c.skipping) skip(&c);
    if (c.b->n && !c.skipping) emit(&c, c.b->n, 0);
    vd_crew_give(r->crew, c.b);
    return got == 0;
}
