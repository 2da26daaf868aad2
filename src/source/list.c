/* Paths to inputs. A folder's files come in byte order, so that the same folder gives
 * the same result everywhere. */
#include "source/source_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders on the way down: one that shows up again below itself is a loop. */
typedef struct walk {
    vd_source *source;
    struct {
        dev_t dev;
        ino_t ino;
    } way[VD_MAX_DIR_DEPTH];
    unsigned depth;
} walk;

static void tell(vd_source *source, const char *path, const char *what)
{
    vd_source_tell(source, vd_str_from(path), what, false);
    source->left_alone++;
}

static vd_input *push_input(vd_source *source, const char *name, const vd_input *what)
{
    vd_input *in = vd_vec_push(&source->inputs);
    *in = *what;
    in->name = strdup(name);
    source->bytes_total += in->size;
    return in;
}

/* Looks at what the stream begins with. Empty files are followed: they may grow. */
static int look(const vd_source *source, vd_stream *s, bool found, vd_input *in, vd_err *err)
{
    vd_str head = vd_stream_peek(s);
    in->content = vd_content_of(head);
    in->way = vd_way_of(in->content, head);
    if (in->content == VD_CONTENT_EMPTY && vd_stream_failed(s, err)) return (int)err->code;
    bool growing = source->options.follow && in->content == VD_CONTENT_EMPTY;
    const char *refusal = vd_content_refusal(in->content, found && !growing);
    return refusal ? vd_fail(err, VD_FORMAT, "%s", refusal) : VD_OK;
}

/* What can be opened once only: its stream is kept with the bytes that were looked at. */
static int add_stream(vd_source *source, int fd, const char *name, vd_err *err)
{
    vd_err why = {0};
    vd_input in = {.fd = fd};
    in.kept = vd_stream_open(fd, source->options.stop, &why);
    if (in.kept && source->options.follow) vd_stream_live(in.kept);
    if (!in.kept || look(source, in.kept, false, &in, &why)) {
        vd_stream_close(in.kept);
        return vd_fail(err, why.code, "%s: %s", name, why.msg);
    }
    push_input(source, name, &in);
    return VD_OK;
}

/* Looks into a regular file. */
static int probe(const vd_source *source, bool found, vd_input *in, bool *packed, vd_err *err)
{
    vd_stream *s = vd_stream_open(in->fd, NULL, err);
    if (!s) return (int)err->code;
    int rc = look(source, s, found, in, err);
    *packed = vd_stream_packed(s);
    vd_stream_close(s);
    if (rc) return rc;
    return lseek(in->fd, 0, SEEK_SET) < 0 ? vd_fail(err, VD_IO, "%s", strerror(errno)) : VD_OK;
}

static int add_regular(vd_source *source, int fd, const char *path, bool found, vd_err *err)
{
    struct stat st;
    bool packed = false;
    vd_input in = {.fd = fd};
    int rc = fstat(fd, &st) ? vd_fail(err, VD_IO, "%s", strerror(errno))
                            : probe(source, found, &in, &packed, err);
    if (rc) {
        close(fd);
        return rc;
    }
    bool lines = in.content == VD_CONTENT_LINES || in.content == VD_CONTENT_TEXT ||
                 in.content == VD_CONTENT_EMPTY;
    in.size = (uint64_t)st.st_size;
    in.followed = source->options.follow && lines && !packed;
    /* Plain files stay open: their events are read again. So do not too many. */
    bool again = !packed && in.way == VD_WAY_PLAIN && in.content != VD_CONTENT_ARCHIVE;
    if (again && !in.followed && source->fds < source->max_fds) {
        source->fds++;
    } else {
        close(fd);
        in.fd = -1;
    }
    push_input(source, path, &in);
    return VD_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, in byte order. They are the caller's. */
static char **list_names(const char *path, size_t *n)
{
    VD_VEC(char *) names = {0};
    DIR *dir = opendir(path);
    if (!dir) return NULL;
    for (struct dirent *e; (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            *vd_vec_push(&names) = strdup(e->d_name);
    closedir(dir);
    vd_vec_reserve(&names, names.n + 1);
    qsort(names.v, names.n, sizeof *names.v, by_name);
    *n = names.n;
    return names.v;
}

static void add_found(walk *w, const char *path);

static void walk_names(walk *w, const char *path, char **names, size_t n)
{
    size_t len = strlen(path);
    const char *slash = len && path[len - 1] == '/' ? "" : "/";
    for (size_t i = 0; i < n; i++) {
        char *child;
        if (asprintf(&child, "%s%s%s", path, slash, names[i]) >= 0) {
            add_found(w, child);
            free(child);
        }
    }
}

static bool on_the_way(const walk *w, const struct stat *st)
{
    for (unsigned i = 0; i < w->depth; i++)
        if (w->way[i].dev == st->st_dev && w->way[i].ino == st->st_ino) return true;
    return false;
}

/* Bounded: depth is at most VD_MAX_DIR_DEPTH. */
static int walk_folder(walk *w, const char *path, const struct stat *st)
{
    if (on_the_way(w, st)) return tell(w->source, path, "a link back to a folder above it"), 0;
    if (w->depth == VD_MAX_DIR_DEPTH) return tell(w->source, path, "too many folders deep"), 0;
    size_t n = 0;
    char **names = list_names(path, &n);
    if (!names) return errno ? errno : EIO;
    w->way[w->depth].dev = st->st_dev;
    w->way[w->depth].ino = st->st_ino;
    w->depth++;
    walk_names(w, path, names, n);
    w->depth--;
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    return 0;
}

/* Something met in a folder: whatever is wrong with it is told, never an error. */
static void add_found(walk *w, const char *path)
{
    struct stat st;
    vd_err err = {0};
    if (stat(path, &st)) {
        tell(w->source, path, strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        int error = walk_folder(w, path, &st);
        if (error) tell(w->source, path, strerror(error));
    } else if (!S_ISREG(st.st_mode)) {
        tell(w->source, path, "no regular file");
    } else {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0)
            tell(w->source, path, strerror(errno));
        else if (add_regular(w->source, fd, path, true, &err))
            tell(w->source, path, err.msg);
    }
}

static int add_path(vd_source *source, const char *path, vd_err *err)
{
    struct stat st;
    if (stat(path, &st)) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        walk w = {.source = source};
        int error = walk_folder(&w, path, &st);
        return error ? vd_fail(err, VD_IO, "%s: %s", path, strerror(error)) : VD_OK;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    vd_err why = {0};
    bool regular = S_ISREG(st.st_mode);
    int rc = regular ? add_regular(source, fd, path, false, &why) : add_stream(source, fd, path, &why);
    if (!rc) return VD_OK;
    if (!regular) close(fd);
    return vd_fail(err, rc, regular ? "%s: %s" : "%.0s%s", path, why.msg);
}

int vd_source_add(vd_source *source, const char *path, vd_err *err)
{
    vd_err local = {0};
    if (strcmp(path, "-") == 0) return add_stream(source, STDIN_FILENO, "stdin", err ? err : &local);
    return add_path(source, path, err ? err : &local);
}
