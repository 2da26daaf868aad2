/* tests/corpus/normalise_lines.c - Windows records to normalised documents, for tests
 *
 * Usage: normalise_lines [--no-derive] [--host NAME] [--map FILE] [--times N] [FILE.evtx..]
 *
 * Without files it reads JSON documents from stdin, one a line, in any form that
 * windows/shapes.h knows, and prints one document for each; a line that is no record
 * prints "null". With --times the files are normalised N times and only the time that it
 * took is printed, once. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "windows/evtx.h"
#include "windows/normalise.h"
#include "windows/shapes.h"

static vd_str read_all(FILE *f)
{
    VD_VEC(char) v = {0};
    size_t k;
    do {
        vd_vec_reserve(&v, v.n + (1u << 20) + VD_PADDING);
        v.n += k = fread(v.v + v.n, 1, 1u << 20, f);
    } while (k);
    return (vd_str){v.v, v.n};
}

static vd_str read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(2);
    }
    vd_str s = read_all(f);
    fclose(f);
    return s;
}

static void print(vd_text *out)
{
    fwrite(out->v, 1, out->n, stdout);
    putchar('\n');
    out->n = 0;
}

static void lines(vd_normaliser *n, vd_text *out)
{
    vd_shapes *shapes = vd_shapes_new(&(vd_shapes_options){0});
    vd_str text = read_all(stdin);
    vd_win_record r;
    for (size_t at = 0, end; at < text.n; at = end + 1) {
        end = vd_str_find_byte(text, '\n', at);
        vd_str line = vd_str_sub(text, at, end);
        if (vd_shape_of(shapes, line.p, line.n) == VD_SHAPE_WINDOWS &&
            vd_shape_record(shapes, line.p, line.n, &r))
            vd_normalise(n, &r, out);
        else
            fputs("null", stdout);
        print(out);
    }
    free((char *)text.p);
    vd_shapes_free(shapes);
}

static uint64_t chunk(vd_normaliser *n, vd_evtx *r, vd_str bytes, vd_text *out, bool quiet)
{
    vd_evtx_damage damage = {0};
    const vd_win_record *record;
    uint64_t written = 0;
    if (!vd_evtx_chunk(r, bytes.p, bytes.n, &damage)) return 0;
    while ((record = vd_evtx_next(r, &damage))) {
        if (n) vd_normalise(n, record, out);
        written += out->n;
        if (quiet)
            out->n = 0;
        else
            print(out);
    }
    return written;
}

static uint64_t evtx(vd_normaliser *n, const char *path, unsigned times, vd_text *out)
{
    vd_evtx *r = vd_evtx_new();
    vd_str file = read_file(path);
    uint64_t written = 0;
    for (unsigned i = 0; i < (times ? times : 1); i++)
        for (size_t at = VD_EVTX_HEADER; at < file.n; at += VD_EVTX_CHUNK)
            written += chunk(n, r, vd_str_sub(file, at, at + VD_EVTX_CHUNK), out, times != 0);
    vd_evtx_free(r);
    free((char *)file.p);
    return written;
}

int main(int argc, char **argv)
{
    vd_normalise_options options = {0};
    const char *map = NULL;
    unsigned times = 0;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (!strcmp(argv[i], "--no-derive"))
            options.no_derive = true;
        else if (i + 1 == argc)
            return 2;
        else if (!strcmp(argv[i], "--host"))
            options.host = vd_str_from(argv[++i]);
        else if (!strcmp(argv[i], "--map"))
            map = argv[++i];
        else if (!strcmp(argv[i], "--times"))
            times = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            return 2;
    }
    vd_normaliser *n = vd_normaliser_new(&options);
    vd_text out = {0};
    vd_err err = {0};
    if (map && vd_normaliser_map(n, read_file(map), &err)) {
        fprintf(stderr, "%s: byte %zu: %s\n", map, err.pos, err.msg);
        return 1;
    }
    uint64_t written = 0;
    int64_t from = vd_mono_ns();
    if (i == argc) lines(n, &out);
    for (int k = i; k < argc; k++)
        written += evtx(n, argv[k], times, &out);
    int64_t with = vd_mono_ns() - from;
    from = vd_mono_ns();
    for (int k = i; times && k < argc; k++)
        evtx(NULL, argv[k], times, &out);
    if (times)
        printf("%.1f ms, %.1f ms of it reading; %.1f MB of JSON\n", (double)with / 1e6,
               (double)(vd_mono_ns() - from) / 1e6, (double)written / 1e6);
    vd_vec_free(&out);
    vd_normaliser_free(n);
    return 0;
}
