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
    free(source);
}

/* After every read: moves the count of bytes and draws now and then. */
static void on_read(void *ctx)
{
    vd_source *source = ctx;
    int64_t now = vd_mono_ns();
    if (now - source->last_tick < TICK_NS) return;
    source->last_tick = now;
    source->sink.tick(source->sink.ctx);
}

static bool read_stream(vd_source *source, vd_reader *r, vd_err *err)
{
    source->reading = r->stream;
    bool documents = vd_content_of(vd_stream_peek(r->stream)) == VD_CONTENT_DOCUMENTS;
    bool ok = documents ? vd_read_documents(r, err) : vd_read_lines(r, err);
    source->reading = NULL;
    return ok;
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

static void read_input(vd_source *source, vd_input *in, vd_reader *r)
{
    vd_err err = {0};
    int fd;
    r->stream = open_input(in, &fd, &err);
    bool ok = r->stream && read_stream(source, r, &err);
    if (!ok) source->sink.tell(source->sink.ctx, r->name, err.msg, true);
    vd_stream_close(r->stream);
    in->kept = NULL;
    if (fd >= 0) close(fd);
    source->bytes_done += in->size;
}

static bool stopped(const vd_source *source)
{
    return source->options.stop && *source->options.stop;
}

static uint32_t *announce(vd_source *source)
{
    uint32_t *numbers = vd_calloc(source->inputs.n + 1, sizeof *numbers);
    for (size_t i = 0; i < source->inputs.n; i++) {
        const vd_input *in = &source->inputs.v[i];
        int again = in->kept ? -1 : in->fd;
        numbers[i] = source->sink.add_input(source->sink.ctx, vd_str_from(in->name), again);
    }
    return numbers;
}

void vd_source_run(vd_source *source)
{
    uint32_t *numbers = announce(source);
    vd_crew *crew = vd_crew_new(source->options.threads, &source->sink);
    for (size_t i = 0; i < source->inputs.n && !stopped(source); i++) {
        vd_input *in = &source->inputs.v[i];
        if (numbers[i] == UINT32_MAX) {
            source->sink.tell(source->sink.ctx, vd_str_from(in->name), "too many inputs", true);
            continue;
        }
        vd_reader r = {.crew = crew,
                       .sink = &source->sink,
                       .stop = source->options.stop,
                       .name = vd_str_from(in->name),
                       .input = numbers[i],
                       .max_line = source->options.max_line,
                       .documents = &source->documents,
                       .progress = source->sink.tick ? on_read : NULL,
                       .progress_ctx = source};
        read_input(source, in, &r);
    }
    vd_crew_finish(crew);
    free(numbers);
}

unsigned vd_source_threads(const vd_source *source) { return source->options.threads; }

vd_source_stats vd_source_stats_of(const vd_source *source)
{
    uint64_t now = source->reading ? vd_stream_raw(source->reading) : 0;
    return (vd_source_stats){source->inputs.n, source->left_alone, source->bytes_total,
                             source->bytes_done + now,
                             atomic_load_explicit(&source->documents, memory_order_relaxed)};
}
