/* Files that are read on as they grow. A file that was cut to nothing begins again; one that
 * another has taken the name of is read to its end, then the other one. Looked at four times
 * a second: that works on every file system. */
#include "source/source_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_MS 250

typedef struct followed {
    const char *path;
    int fd; /* -1: the file is not there */
    dev_t dev;
    ino_t ino;
    vd_reader reader;
    vd_lines lines; /* its block is taken only while there is something to read */
    vd_rest rest;   /* of a line whose end has not come */
} followed;

/* Opens what stands at the path now, as an input of its own. */
static bool open_file(vd_source *source, vd_crew *crew, followed *f)
{
    struct stat st;
    f->fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (f->fd < 0 || fstat(f->fd, &st) || !S_ISREG(st.st_mode)) {
        if (f->fd >= 0) close(f->fd);
        f->fd = -1;
        return false;
    }
    f->dev = st.st_dev;
    f->ino = st.st_ino;
    vd_part *part = vd_source_announce(source, vd_str_from(f->path), VD_WAY_JSON, -1);
    f->reader = (vd_reader){.source = source, .crew = crew, .part = part, .fd = f->fd};
    f->lines = (vd_lines){.r = &f->reader, .line = 1};
    f->rest.n = 0;
    return part != NULL;
}

static void resume(followed *f)
{
    vd_buffer *b = vd_crew_buffer(f->reader.crew);
    vd_buffer_reserve(b, f->rest.n + VD_BLOCK_BYTES / 2);
    if (f->rest.n) memcpy(b->text, f->rest.v, f->rest.n);
    b->n = f->rest.n;
    f->rest.n = 0;
    f->lines.b = b;
}

/* Reads what has come; at the file's `end`, the line that has no end too. */
static void take(followed *f, bool end)
{
    vd_err err = {0};
    resume(f);
    if (!vd_lines_read(&f->lines, &err))
        vd_source_tell(f->reader.source, f->reader.part->name, err.msg, true);
    if (end) {
        vd_lines_end(&f->lines);
        vd_part_close(f->reader.part);
    } else {
        vd_lines_pause(&f->lines, &f->rest);
    }
}

static bool has_more(const followed *f, const struct stat *st)
{
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    return at >= 0 && st->st_size > at;
}

static bool was_cut(const followed *f, const struct stat *st)
{
    off_t at = lseek(f->fd, 0, SEEK_CUR);
    return at > st->st_size;
}

static void close_file(followed *f)
{
    close(f->fd);
    f->fd = -1;
}

/* Begins again with what is at the path, if anything. */
static void reopen(vd_source *source, vd_crew *crew, followed *f)
{
    if (f->fd >= 0) {
        take(f, true);
        close_file(f);
    }
    if (open_file(source, crew, f)) take(f, false);
}

static void look(vd_source *source, vd_crew *crew, followed *f)
{
    struct stat here, there;
    bool gone = stat(f->path, &there) != 0;
    if (f->fd < 0) {
        if (!gone) reopen(source, crew, f);
        return;
    }
    if (fstat(f->fd, &here)) return;
    if (was_cut(f, &here) || (!gone && (there.st_dev != f->dev || there.st_ino != f->ino)))
        reopen(source, crew, f);
    else if (has_more(f, &here))
        take(f, false);
}

void vd_follow(vd_source *source, vd_crew *crew)
{
    size_t n = 0;
    followed *all = vd_calloc(source->inputs.n + 1, sizeof *all);
    for (size_t i = 0; i < source->inputs.n; i++)
        if (source->inputs.v[i].followed) {
            all[n].path = source->inputs.v[i].name;
            all[n++].fd = -1;
        }
    while (n && !vd_source_stopped(source)) {
        for (size_t i = 0; i < n && !vd_source_stopped(source); i++)
            look(source, crew, &all[i]);
        vd_source_caught_up(source);
        vd_source_tick(source);
        if (!vd_source_stopped(source)) poll(NULL, 0, POLL_MS);
    }
    for (size_t i = 0; i < n; i++) {
        if (all[i].fd >= 0) {
            take(&all[i], true);
            close_file(&all[i]);
        }
        vd_vec_free(&all[i].rest);
    }
    free(all);
}
