/* The reader: one input after the other, cut into blocks for the workers. */
#include "source/source_int.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

#define TICK_NS 100000000
/* File descriptors left for everything that is no input. */
#define SPARE_FDS 64

/* How many inputs may stay open: as many as the system lets us, after asking for all. */
static unsigned raise_fd_limit(void)
{
    struct rlimit lim;
    if (getrlimit(RLIMIT_NOFILE, &lim)) return 256;
    lim.rlim_cur = lim.rlim_max > 65536 ? 65536 : lim.rlim_max;
    setrlimit(RLIMIT_NOFILE, &lim);
    if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur <= 2 * SPARE_FDS) return 16;
    return (unsigned)(lim.rlim_cur > 65536 ? 65536 : lim.rlim_cur) - SPARE_FDS;
}

static unsigned core_count(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 256 ? 256 : (unsigned)n;
}

vd_source *vd_source_new(const vd_source_options *options, const vd_source_sink *sink)
{
    vd_source *source = vd_calloc(1, sizeof *source);
    source->options = *options;
    source->sink = *sink;
    if (!source->options.threads) source->options.threads = core_count();
    if (!source->options.max_line) source->options.max_line = VD_MAX_LINE;
    source->max_fds = raise_fd_limit();
    pthread_mutex_init(&source->tell_lock, NULL);
    return source;
}

static void close_input(vd_input *in)
{
    vd_stream_close(in->kept);
    if (in->fd > STDERR_FILENO) close(in->fd);
    free(in->name);
}

void vd_source_free(vd_source *source)
{
    if (!source) return;
    for (size_t i = 0; i < source->inputs.n; i++)
        close_input(&source->inputs.v[i]);
    vd_vec_free(&source->inputs);
    vd_vec_free(&source->maps);
    for (vd_part *p = source->parts, *next; p; p = next) {
        next = p->next;
        pthread_cond_destroy(&p->turned);
        pthread_mutex_destroy(&p->lock);
        free(p->starts);
        free(p);
    }
    pthread_mutex_destroy(&source->tell_lock);
    free(source);
}

bool vd_source_stopped(const vd_source *source)
{
    return source->options.stop && *source->options.stop;
}

void vd_source_tell(vd_source *source, vd_str name, const char *what, bool broken)
{
    pthread_mutex_lock(&source->tell_lock);
    source->sink.tell(source->sink.ctx, name, what, broken);
    pthread_mutex_unlock(&source->tell_lock);
}

void vd_part_tell(vd_source *source, vd_part *part, const char *what)
{
    if (atomic_fetch_add_explicit(&part->told, 1, memory_order_relaxed) < VD_MAX_REPORTS)
        vd_source_tell(source, part->name, what, true);
}

/* After every read. */
void vd_source_tick(vd_source *source)
{
    if (!source->sink.tick) return;
    int64_t now = vd_mono_ns();
    if (now - source->last_tick < TICK_NS) return;
    source->last_tick = now;
    source->sink.tick(source->sink.ctx);
}

void vd_source_caught_up(vd_source *source)
{
    if (source->caught_up) return;
    source->caught_up = true;
    if (source->sink.caught_up) source->sink.caught_up(source->sink.ctx);
}

vd_part *vd_source_announce(vd_source *source, vd_str name, vd_way way, int fd)
{
    uint32_t number = source->sink.add_input(source->sink.ctx, name, fd);
    if (number == UINT32_MAX) {
        vd_source_tell(source, name, "too many inputs", true);
        return NULL;
    }
    vd_part *part = vd_calloc(1, sizeof *part + name.n);
    char *copy = (char *)(part + 1);
    memcpy(copy, name.p, name.n);
    part->number = number;
    part->way = way;
    part->name = (vd_str){copy, name.n};
    pthread_mutex_init(&part->lock, NULL);
    pthread_cond_init(&part->turned, NULL);
    part->next = source->parts;
    source->parts = part;
    source->announced++;
    return part;
}

void vd_part_close(vd_part *part)
{
    pthread_mutex_lock(&part->lock);
    part->closed = true;
    if (part->turn == part->handed) {
        free(part->starts);
        part->starts = NULL;
    }
    pthread_mutex_unlock(&part->lock);
}

int vd_source_map(vd_source *source, vd_str text, vd_err *err)
{
    vd_normaliser *n = vd_normaliser_new(&(vd_normalise_options){0});
    int rc = VD_OK;
    /* They are added in their order: an error may lie in what they are together. */
    for (size_t i = 0; i < source->maps.n && !rc; i++)
        rc = vd_normaliser_map(n, source->maps.v[i], err);
    if (!rc) rc = vd_normaliser_map(n, text, err);
    vd_normaliser_free(n);
    if (!rc) *vd_vec_push(&source->maps) = text;
    return rc;
}

/* The stream of an input; *fd gets what is to be closed after it, or -1. */
static vd_stream *open_input(const vd_input *in, int *fd, vd_err *err)
{
    *fd = -1;
    if (in->kept) return in->kept;
    if (in->fd >= 0) return vd_stream_open(in->fd, NULL, err);
    *fd = open(in->name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0) return vd_fail(err, VD_IO, "%s", strerror(errno)), NULL;
    return vd_stream_open(*fd, NULL, err);
}

static bool read_opened(vd_source *source, vd_crew *crew, const vd_input *in, vd_part *part, vd_stream *s,
                        vd_err *err)
{
    source->reading = s;
    bool ok = in->content == VD_CONTENT_ARCHIVE
                  ? vd_read_archive(source, crew, s, vd_str_from(in->name), 1, err)
                  : vd_read_stream(source, crew, s, in->content, part, err);
    source->reading = NULL;
    if (part) vd_part_close(part);
    return ok;
}

static void read_input(vd_source *source, vd_crew *crew, vd_input *in, vd_part *part)
{
    vd_err err = {0};
    int fd;
    vd_stream *s = open_input(in, &fd, &err);
    bool ok = s && read_opened(source, crew, in, part, s, &err);
    if (!ok) vd_source_tell(source, vd_str_from(in->name), err.msg, true);
    vd_stream_close(s);
    in->kept = NULL;
    if (fd >= 0) close(fd);
    source->bytes_done += in->size;
}

/* Members of archives and followed files are made known when their turn comes. */
static vd_part **announce(vd_source *source)
{
    vd_part **parts = vd_calloc(source->inputs.n + 1, sizeof(vd_part *));
    for (size_t i = 0; i < source->inputs.n; i++) {
        const vd_input *in = &source->inputs.v[i];
        if (in->content == VD_CONTENT_ARCHIVE || in->followed) continue;
        parts[i] = vd_source_announce(source, vd_str_from(in->name), in->way, in->kept ? -1 : in->fd);
    }
    return parts;
}

/* What was only counted. */
static void tell_rest(vd_source *source)
{
    for (vd_part *p = source->parts; p; p = p->next) {
        uint64_t told = atomic_load(&p->told);
        char text[96];
        if (told <= VD_MAX_REPORTS) continue;
        snprintf(text, sizeof text, "%llu more places that could not be read",
                 (unsigned long long)(told - VD_MAX_REPORTS));
        vd_source_tell(source, p->name, text, true);
    }
}

static void tell_zone(vd_source *source)
{
    char text[256];
    int z = source->zone_minutes, sign = z < 0 ? '-' : '+';
    if (!source->zone_seen || !source->sink.note) return;
    snprintf(text, sizeof text,
             "events that have both times say that local times without a zone ran at %c%02d:%02d "
             "here; events that have no other were read in %s (--input-tz %c%02d:%02d would put "
             "them right)",
             sign, abs(z) / 60, abs(z) % 60,
             source->options.input_tz ? source->options.input_tz->label : "UTC", sign, abs(z) / 60,
             abs(z) % 60);
    source->sink.note(source->sink.ctx, text);
}

void vd_source_run(vd_source *source)
{
    vd_part **parts = announce(source);
    vd_crew *crew = vd_crew_new(source);
    for (size_t i = 0; i < source->inputs.n && !vd_source_stopped(source); i++) {
        vd_input *in = &source->inputs.v[i];
        if (!in->followed && (parts[i] || in->content == VD_CONTENT_ARCHIVE))
            read_input(source, crew, in, parts[i]);
    }
    if (source->options.follow) vd_follow(source, crew);
    vd_crew_finish(crew);
    tell_rest(source);
    tell_zone(source);
    free(parts);
}

unsigned vd_source_threads(const vd_source *source) { return source->options.threads; }

vd_source_stats vd_source_stats_of(const vd_source *source)
{
    uint64_t now = source->reading ? vd_stream_raw(source->reading) : 0;
    return (vd_source_stats){source->announced, source->left_alone, source->bytes_total,
                             source->bytes_done + now,
                             atomic_load_explicit(&source->documents, memory_order_relaxed)};
}
