/* NDJSON: the input cut into blocks of whole lines. The line that a block's end cuts
 * through moves to the front of the next block. */
#include "source/source_int.h"

/* State of one input. Invariant: b holds the bytes from `offset` on, the first of them
 * at the start of line `line`; in `skipping` the start of that line is gone already. */
typedef struct cutter {
    vd_reader *r;
    vd_buffer *b;
    uint64_t offset, line;
    bool skipping;
} cutter;

ssize_t vd_reader_fill(vd_reader *r, vd_buffer *b, vd_err *err)
{
    if (r->stop && *r->stop) return 0;
    ssize_t got = vd_stream_read(r->stream, b->text + b->n, b->cap - b->n, err);
    if (got > 0) b->n += (size_t)got;
    if (r->progress) r->progress(r->progress_ctx);
    return got;
}

void vd_reader_too_long(vd_reader *r, uint64_t line, uint64_t offset)
{
    vd_source_fault fault = {VD_FAULT_TOO_LONG, r->input, r->name, line, offset};
    r->sink->fault(r->sink->ctx, &fault);
}

/* Counts the lines in the block's first n bytes. A line over the limit is reported and
 * becomes blanks, so that the places of all others stay what they are. */
static uint64_t count_lines(cutter *c, size_t n)
{
    uint64_t lines = 0;
    for (size_t at = 0; at < n; lines++) {
        char *line = c->b->text + at;
        const char *end = memchr(line, '\n', n - at);
        size_t len = end ? (size_t)(end - line) : n - at;
        if (len > c->r->max_line) {
            vd_reader_too_long(c->r, c->line + lines, c->offset + at);
            memset(line, ' ', len);
        }
        at += len + 1;
    }
    return lines;
}

/* Hands on the first n bytes and takes a new block with the rest. */
static void emit(cutter *c, size_t n)
{
    vd_buffer *b = c->b, *rest = vd_crew_buffer(c->r->crew);
    size_t left = b->n - n;
    vd_buffer_reserve(rest, left + VD_BLOCK_BYTES / 2);
    memcpy(rest->text, b->text + n, left);
    rest->n = left;
    b->n = n;
    b->input = c->r->input;
    b->offset = c->offset;
    b->line = c->line;
    uint64_t lines = count_lines(c, n);
    c->b = rest;
    c->offset += n;
    c->line += lines;
    atomic_fetch_add_explicit(c->r->documents, lines, memory_order_relaxed);
    vd_crew_hand_on(c->r->crew, b);
}

/* Drops the first n bytes. */
static void drop(cutter *c, size_t n)
{
    memmove(c->b->text, c->b->text + n, c->b->n - n);
    c->b->n -= n;
    c->offset += n;
}

/* Inside a line that is too long: goes on to its end, if that has come. */
static void skip(cutter *c)
{
    const char *end = memchr(c->b->text, '\n', c->b->n);
    drop(c, end ? (size_t)(end - c->b->text) + 1 : c->b->n);
    if (!end) return;
    c->skipping = false;
    c->line++;
}

/* The block is full: cut it at its last line end, or make room for a long line. */
static void cut(cutter *c)
{
    if (c->skipping) {
        skip(c);
        return;
    }
    const char *last = memrchr(c->b->text, '\n', c->b->n);
    if (last) {
        emit(c, (size_t)(last - c->b->text) + 1);
    } else if (c->b->n > c->r->max_line) {
        vd_reader_too_long(c->r, c->line, c->offset);
        c->skipping = true;
        drop(c, c->b->n);
    } else {
        vd_buffer_reserve(c->b, c->b->cap * 2);
    }
}

static void drop_mark(cutter *c)
{
    if (vd_str_starts((vd_str){c->b->text, c->b->n}, VD_STR("\xef\xbb\xbf"))) drop(c, 3);
}

bool vd_read_lines(vd_reader *r, vd_err *err)
{
    cutter c = {r, vd_crew_buffer(r->crew), 0, 1, false};
    ssize_t got = 1;
    for (bool first = true; got > 0;) {
        got = vd_reader_fill(r, c.b, err);
        if (first && (c.b->n >= 3 || got <= 0)) {
            drop_mark(&c);
            first = false;
        }
        while (got > 0 && c.b->n == c.b->cap)
            cut(&c);
    }
    if (c.skipping) skip(&c);
    if (c.b->n && !c.skipping) emit(&c, c.b->n);
    vd_crew_give(r->crew, c.b);
    return got == 0;
}
