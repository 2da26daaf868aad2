/* Candidates as they arrived, in segments that only grow and are dropped whole. The newest
 * segments take a temporary file when memory has its share: its pages are the system's to
 * write and to drop. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/stream_int.h"

#define SEGMENT_BYTES ((uint64_t)VD_SEGMENT_RECORDS * sizeof(vd_record))
/* Segments kept for the next, so that a steady stream asks the system for none. */
#define SPARE 8

unsigned vd_log_of_span(int64_t span, bool missing)
{
    static const int64_t minutes[VD_LOG_SPANS - 1] = {1, 5, 15, 60, 360, 1440};
    unsigned i = 0;
    while (i < VD_LOG_SPANS - 1 && span > minutes[i] * 60000) i++;
    return missing ? VD_LOG_SPANS + i : i;
}

static vd_record *map(int fd, int64_t offset)
{
    void *p = fd < 0 ? mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                     : mmap(NULL, SEGMENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return p == MAP_FAILED ? NULL : p;
}

/* A place in the file whose bytes are there for good: a write to a mapping of a full disk
 * would end the process. */
static bool place(vd_log_room *room, int64_t *offset)
{
    if (room->holes.n) {
        *offset = (int64_t)room->holes.v[--room->holes.n];
        return true;
    }
    if (room->fd < 0 && (room->fd = vd_scratch_open(NULL)) < 0) return false;
    if (posix_fallocate(room->fd, (off_t)room->end, (off_t)SEGMENT_BYTES)) return false;
    *offset = (int64_t)room->end;
    room->end += SEGMENT_BYTES;
    return true;
}

static bool in_file(vd_log_room *room, vd_segment *seg)
{
    int64_t offset;
    if (!place(room, &offset)) return false;
    seg->v = map(room->fd, offset);
    seg->file = offset;
    if (!seg->v) *vd_vec_push(&room->holes) = (uint64_t)offset;
    return seg->v != NULL;
}

static bool in_memory(vd_log_room *room, vd_segment *seg)
{
    if (room->in_memory + SEGMENT_BYTES > room->max / 8 && room->in_memory >= VD_LOGS * SEGMENT_BYTES)
        return false;
    seg->file = -1;
    seg->v = room->spare.n ? room->spare.v[--room->spare.n] : map(-1, 0);
    if (seg->v) room->in_memory += SEGMENT_BYTES;
    return seg->v != NULL;
}

static void give_back(vd_log_room *room, vd_segment *seg)
{
    room->bytes -= SEGMENT_BYTES;
    if (seg->file < 0) {
        room->in_memory -= SEGMENT_BYTES;
        if (room->spare.n < SPARE) {
            *vd_vec_push(&room->spare) = seg->v;
            return;
        }
    } else {
        *vd_vec_push(&room->holes) = (uint64_t)seg->file;
    }
    munmap(seg->v, SEGMENT_BYTES);
}

static size_t live(const vd_log *log) { return log->segments.n - log->at; }

uint64_t vd_log_records(const vd_stream *s, const vd_log *log)
{
    return (uint64_t)live(log) * s->room.records;
}

static void drop_first(vd_stream *s, vd_log *log)
{
    vd_segment *seg = &log->segments.v[log->at++];
    if (log->lost == VD_TIME_NONE || seg->reach > log->lost) log->lost = seg->reach;
    give_back(&s->room, seg);
    log->first++;
    if (log->at < 64 || log->at * 2 < log->segments.n) return;
    memmove(log->segments.v, log->segments.v + log->at, live(log) * sizeof *log->segments.v);
    log->segments.n -= log->at;
    log->at = 0;
}

/* The segment that is oldest of all, so that its records or its room can be given up. */
static bool drop_oldest(vd_stream *s)
{
    vd_log *oldest = NULL;
    for (unsigned i = 0; i < VD_LOGS; i++) {
        vd_log *log = &s->logs[i];
        if (live(log) && (!oldest || log->segments.v[log->at].stamp <
                                         oldest->segments.v[oldest->at].stamp))
            oldest = log;
    }
    if (!oldest) return false;
    s->stats.log_dropped += oldest->segments.v[oldest->at].n;
    drop_first(s, oldest);
    return true;
}

static bool has_room(const vd_stream *s)
{
    return s->room.bytes + SEGMENT_BYTES + vd_keys_bytes(&s->keys) <= s->room.max;
}

static void add_segment(vd_stream *s, vd_log *log)
{
    vd_segment seg = {.stamp = INT64_MIN, .top = INT64_MIN, .reach = INT64_MIN};
    while (!has_room(s) && drop_oldest(s)) {}
    while (!in_memory(&s->room, &seg) && !in_file(&s->room, &seg))
        if (!drop_oldest(s)) abort(); /* not even the least memory: as vd_malloc does */
    s->room.bytes += SEGMENT_BYTES;
    if (live(log)) seg.top = log->segments.v[log->segments.n - 1].top;
    *vd_vec_push(&log->segments) = seg;
}

uint64_t vd_log_add(vd_stream *s, vd_log *log, const vd_record *r, int64_t stamp)
{
    if (!live(log) || log->segments.v[log->segments.n - 1].n == s->room.records)
        add_segment(s, log);
    vd_segment *seg = &log->segments.v[log->segments.n - 1];
    int64_t reach = r->ts < stamp ? r->ts : stamp;
    seg->v[seg->n] = *r;
    if (stamp > seg->stamp) seg->stamp = stamp;
    if (r->ts > seg->top) seg->top = r->ts;
    if (reach > seg->reach) seg->reach = reach;
    uint64_t number = log->first + live(log) - 1;
    return number << VD_SEGMENT_SHIFT | seg->n++;
}

static bool is_over(const vd_stream *s, const vd_log *log)
{
    int64_t due;
    return live(log) && !s->held &&
           !__builtin_add_overflow(log->segments.v[log->at].stamp, log->keep, &due) &&
           due < s->clock;
}

void vd_logs_expire(vd_stream *s)
{
    for (unsigned i = 0; i < VD_LOGS; i++)
        while (is_over(s, &s->logs[i])) drop_first(s, &s->logs[i]);
}

void vd_logs_fini(vd_stream *s)
{
    for (unsigned i = 0; i < VD_LOGS; i++) {
        vd_log *log = &s->logs[i];
        while (live(log)) drop_first(s, log);
        vd_vec_free(&log->segments);
    }
    for (size_t i = 0; i < s->room.spare.n; i++) munmap(s->room.spare.v[i], SEGMENT_BYTES);
    vd_vec_free(&s->room.spare);
    vd_vec_free(&s->room.holes);
    if (s->room.fd >= 0) close(s->room.fd);
}
