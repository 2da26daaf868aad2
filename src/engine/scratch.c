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

int vd_scratch_full(vd_err *err, const char *what)
{
    return vd_fail(err, VD_IO,
                   "the temporary file in %s took no more %s: %s; set TMPDIR to a folder with room",
                   folder_for_it(), what, strerror(errno));
}
