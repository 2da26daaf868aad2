/* EVTX: the file cut into blocks of whole chunks, which are independent of each other. */
#include "source/source_int.h"
#include "windows/evtx.h"

/* Drops the file's header, whose counts nothing relies on. */
static bool skip_header(vd_reader *r, vd_buffer *b, vd_err *err)
{
    ssize_t got = 1;
    while (b->n < VD_EVTX_HEADER && got > 0)
        got = vd_reader_fill(r, b, err);
    if (got < 0) return false;
    size_t header = b->n < VD_EVTX_HEADER ? b->n : VD_EVTX_HEADER;
    if (header < VD_EVTX_HEADER && !vd_source_stopped(r->source))
        vd_part_tell(r->source, r->part, "the file ends in its header");
    memmove(b->text, b->text + header, b->n - header);
    b->n -= header;
    return true;
}

bool vd_read_chunks(vd_reader *r, vd_err *err)
{
    vd_buffer *b = vd_crew_buffer(r->crew);
    uint64_t offset = VD_EVTX_HEADER;
    bool ok = skip_header(r, b, err);
    ssize_t got = 1;
    while (ok && (got = vd_reader_fill(r, b, err)) > 0) {
        if (b->n < b->cap) continue;
        size_t n = b->n - b->n % VD_EVTX_CHUNK;
        b = vd_reader_hand_on(r, b, n, offset, 1);
        offset += n;
    }
    if (b->n) b = vd_reader_hand_on(r, b, b->n, offset, 1);
    vd_crew_give(r->crew, b);
    return ok && got == 0;
}
