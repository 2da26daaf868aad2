/* A directory for one test, and its removal. */
#ifndef VD_TEST_STORE_TMP_H
#define VD_TEST_STORE_TMP_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void tmp_make(char dir[64])
{
    snprintf(dir, 64, "/tmp/vd_store_XXXXXX");
    if (!mkdtemp(dir)) abort();
}

static inline int tmp_remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    (void)st, (void)kind, (void)ftw;
    return remove(path);
}

static inline void tmp_remove(const char *dir)
{
    nftw(dir, tmp_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
