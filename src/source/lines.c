/* NDJSON: the input cut into blocks of whole lines. The line that a block's end cuts
 * through moves to the front of the next block. */
#include "source/source_int.h"
#include "windows/shapes.h"

#include <errno.h>
#include <unistd.h>

static ssize_t read_fd(int fd, char *buf, size_t n, vd_err *err)
{
    ssize_t got;
    do
        got = read(fd, buf, n);
    while (got < 0 && errno == EINTR);
    if (got < 0) vd_fail(err, VD_IO, "%s", strerror(errno));
    return got;
}

ssize_t vd_reader_fill(vd_reader *r, vd_buffer *b, vd_err *err)
{
    if (vd_source_stopped(r->source)) return 0;
    char *to = b->text + b->n;
    size_t room = b->cap - b->n;
    ssize_t got = r->stream ? vd_stream_read(r->stream, to, room, err) : read_fd(r->fd, to, room, err);
    if (got > 0) b->n += (size_t)got;
    vd_source_tick(r->source);
    return got;
}

void vd_reader_too_long(vd_reader *r, uint64_t line, uint64_t offset)
{
    const vd_source_sink *sink = &r->source->sink;
    vd_source_fault fault = {VD_FAULT_TOO_LONG, r->part->number, r->part->name, line, offset};
    sink->fault(sink->ctx, &fault);
}

vd_buffer *vd_reader_hand_on(vd_reader *r, vd_buffer *b, size_t n, uint64_t offset, uint64_t line)
{
    vd_buffer *rest = vd_crew_buffer(r->crew);
    size_t left = b->n - n;
    vd_buffer_reserve(rest, left + VD_BLOCK_BYTES / 2);
    memcpy(rest->text, b->text + n, left);
    rest->n = left;
    b->n = n;
    b->part = r->part;
    b->offset = offset;
    b->line = line;
    vd_crew_hand_on(r->crew, b);
    return rest;
}

/* Counts the lines in the block's first n bytes. A line over the limit is reported and
 * becomes blanks, so that the places of all others stay what they are. */
static uint64_t count_lines(vd_lines *c, size_t n)
{
    uint64_t lines = 0;
    for (size_t at = 0; at < n; lines++) {
        char *line = c->b->text + at;
        const char *end = memchr(line, '\n', n - at);
        size_t len = end ? (size_t)(end - line) : n - at;
        if (len > c->r->source->options.max_line) {
            vd_reader_too_long(c->r, c->line + lines, c->offset + at);
            memset(line, ' ', len);
        }
        at += len + 1;
    }
    return lines;
}

/* Hands on the first n bytes and takes a new block with the rest. */
static void emit(vd_lines *c, size_t n)
{
    uint64_t lines = count_lines(c, n);
    c->b = vd_reader_hand_on(c->r, c->b, n, c->offset, c->line);
    c->offset += n;
    c->line += lines;
    atomic_fetch_add_explicit(&c->r->source->documents, lines, memory_order_relaxed);
}

/* Drops the first n bytes. */
static void drop(vd_lines *c, size_t n)
{
    memmove(c->b->text, c->b->text + n, c->b->n - n);
    c->b->n -= n;
    c->offset += n;
}

/* Inside a line that is too long: goes on to its end, if that has come. */
static void skip(vd_lines *c)
{
    const char *end = memchr(c->b->text, '\n', c->b->n);
    drop(c, end ? (size_t)(end - c->b->text) + 1 : c->b->n);
    if (!end) return;
    c->skipping = false;
    c->line++;
}

/* Bytes up to where the block may be cut: behind a line's end, and not between a bulk
 * action and its document, which belong together. 0: nowhere. */
static size_t cut_at(const vd_lines *c)
{
    const char *text = c->b->text, *last = memrchr(text, '\n', c->b->n);
    if (!last || c->r->part->way != VD_WAY_JSON) return last ? (size_t)(last - text) + 1 : 0;
    const char *start = memrchr(text, '\n', (size_t)(last - text));
    if (!start || !vd_shape_is_action(start + 1, (size_t)(last - start) - 1))
        return (size_t)(last - text) + 1;
    return (size_t)(start - text) + 1;
}

/* The block is full: cut it at its last line end, or make room for a long line. */
static void cut(vd_lines *c)
{
    if (c->skipping) {
        skip(c);
        return;
    }
    size_t n = cut_at(c);
    if (n) {
        emit(c, n);
    } else if (c->b->n > c->r->source->options.max_line) {
        vd_reader_too_long(c->r, c->line, c->offset);
        c->skipping = true;
        drop(c, c->b->n);
    } else {
        vd_buffer_reserve(c->b, c->b->cap * 2);
    }
}

static void drop_mark(vd_lines *c)
{
    if (vd_str_starts((vd_str){c->b->text, c->b->n}, VD_STR("\xef\xbb\xbf"))) drop(c, 3);
}

#define WAIT_MS 250

/* Nothing comes through a pipe: what is there is handed on, and the clock is told to go on. */
static void wait_for_more(vd_lines *c)
{
    vd_source *source = c->r->source;
    if (!c->r->stream || !vd_stream_idle(c->r->stream, 0)) return;
    size_t n = c->skipping ? 0 : cut_at(c);
    if (n) emit(c, n);
    vd_source_caught_up(source);
    while (!vd_source_stopped(source) && vd_stream_idle(c->r->stream, WAIT_MS))
        vd_source_tick(source);
}

bool vd_lines_read(vd_lines *c, vd_err *err)
{
    ssize_t got = 1;
    while (got > 0) {
        wait_for_more(c);
        got = vd_reader_fill(c->r, c->b, err);
        if (!c->begun && (c->b->n >= 3 || (got <= 0 && c->b->n))) {
            drop_mark(c);
            c->begun = true;
        }
        while (got > 0 && c->b->n == c->b->cap)
            cut(c);
    }
    return got == 0;
}

void vd_lines_end(vd_lines *c)
{
    if (c->skipping) skip(c);
    if (c->b->n && !c->skipping) emit(c, c->b->n);
    vd_crew_give(c->r->crew, c->b);
    c->b = NULL;
}

void vd_lines_pause(vd_lines *c, vd_rest *rest)
{
    if (c->skipping) skip(c);
    size_t n = c->skipping ? 0 : cut_at(c);
    if (n) emit(c, n);
    vd_vec_reserve(rest, c->b->n);
    if (c->b->n) memcpy(rest->v, c->b->text, c->b->n);
    rest->n = c->b->n;
    vd_crew_give(c->r->crew, c->b);
    c->b = NULL;
}

bool vd_read_lines(vd_reader *r, vd_err *err)
{
    vd_lines c = {.r = r, .b = vd_crew_buffer(r->crew), .line = 1};
    bool ok = vd_lines_read(&c, err);
    vd_lines_end(&c);
    return ok;
}
