/* Temporary files: where TMPDIR says, else in /tmp. Not tmpfile(), which always takes
 * /tmp, often a small part of memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine_int.h"

/* For file systems that know no files without a name. */
static int named_for_a_moment(const char *folder)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    char *path = (char *)vd_arena_printf(&a, "%s/vedette-XXXXXX", folder).p;
    int fd = mkostemp(path, O_CLOEXEC);
    int why = errno;
    if (fd >= 0) unlink(path);
    vd_arena_fini(&a);
    errno = why;
    return fd;
}

static const char *folder_for_it(void)
{
    const char *folder = getenv("TMPDIR");
    return folder && *folder ? folder : "/tmp";
}

int vd_scratch_open(vd_err *err)
{
    const char *folder = folder_for_it();
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) fd = named_for_a_moment(folder);
    if (fd < 0)
        vd_fail(err, VD_IO, "no temporary file in %s: %s; set TMPDIR to a folder with room", folder,
                strerror(errno));
    return fd;
}

bool vd_scratch_write(int fd, const void *p, size_t n, uint64_t offset)
{
    const char *at = p;
    while (n) {
        ssize_t w = pwrite(fd, at, n, (off_t)offset);
        if (w < 0 && errno == EINTR) continue;
        if (w == 0) errno = ENOSPC;
        if (w <= 0) return false;
        at += w;
        n -= (size_t)w;
        offset += (uint64_t)w;
    }
    return true;
}

bool vd_scratch_read(int fd, void *p, size_t n, uint64_t offset)
{
    char *at = p;
    while (n) {
        ssize_t r = pread(fd, at, n, (off_t)offset);
        if (r < 0 && errno == EINTR) continue;
        if (r == 0) errno = EIO; /* it was longer when it was written */
        if (r <= 0) return false;
        at += r;
        n -= (size_t)r;
        offset += (uint64_t)r;
    }
    return true;
}

int vd_scratch_full(vd_err *err, const char *what)
{
    return vd_fail(err, VD_IO,
                   "the temporary file in %s took no more %s: %s; set TMPDIR to a folder with room",
                   folder_for_it(), what, strerror(errno));
}
