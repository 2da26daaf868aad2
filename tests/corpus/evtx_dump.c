/* Prints the records of EVTX files, one JSON object a line, with what was damaged on
 * stderr: evtx_dump FILE... With -t N each file is read N times from memory, nothing is
 * printed but the count and MB/s of the best round. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"
#include "windows/evtx.h"

typedef VD_VEC(char) bytes;

static bool read_file(const char *path, bytes *out)
{
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    size_t got;
    out->n = 0;
    do {
        vd_vec_reserve(out, out->n + (1u << 20));
        got = fread(out->v + out->n, 1, 1u << 20, f);
        out->n += got;
    } while (got);
    fclose(f);
    return true;
}

static void put_string(vd_str s)
{
    putchar('"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void put_text(const char *name, vd_str s)
{
    printf(",\"%s\":", name);
    put_string(s);
}

static void put_record(const vd_win_record *rec)
{
    printf("{\"id\":%" PRIu64 ",\"event\":%u,\"qualifiers\":%u,\"version\":%u,\"level\":%u,"
           "\"task\":%u,\"opcode\":%u,\"keywords\":%" PRIu64 ",\"pid\":%u,\"tid\":%u",
           rec->record_id, rec->event_id, rec->qualifiers, rec->version, rec->level, rec->task,
           rec->opcode, rec->keywords, rec->process_id, rec->thread_id);
    if (rec->has_time) printf(",\"time\":%" PRId64, rec->time_ns);
    put_text("provider", rec->provider);
    put_text("guid", rec->provider_guid);
    put_text("source", rec->source_name);
    put_text("channel", rec->channel);
    put_text("computer", rec->computer);
    put_text("user", rec->user_sid);
    put_text("activity", rec->activity_id);
    put_text("related", rec->related_activity_id);
    put_text("user_data", rec->user_data_name);
    printf(",\"data\":[");
    for (uint32_t i = 0; i < rec->n_data; i++) {
        printf("%s[", i ? "," : "");
        put_string(rec->data[i].name);
        putchar(',');
        put_string(rec->data[i].value);
        putchar(']');
    }
    puts("]}");
}

static void tell(const char *path, uint64_t chunk, const vd_evtx_damage *d)
{
    if (d->what) fprintf(stderr, "%s: at %" PRIu64 ": %s\n", path, chunk + d->offset, d->what);
}

/* Records of the whole file. path NULL: quietly. */
static uint64_t each_record(vd_evtx *r, const char *path, const bytes *file)
{
    uint64_t count = 0;
    for (size_t at = VD_EVTX_HEADER; at < file->n; at += VD_EVTX_CHUNK) {
        size_t n = file->n - at < VD_EVTX_CHUNK ? file->n - at : VD_EVTX_CHUNK;
        vd_evtx_damage damage;
        bool is_chunk = vd_evtx_chunk(r, file->v + at, n, &damage);
        if (path) tell(path, at, &damage);
        if (!is_chunk) continue;
        const vd_win_record *rec;
        do {
            rec = vd_evtx_next(r, &damage);
            if (path) tell(path, at, &damage);
            if (rec && path) put_record(rec);
            count += rec != NULL;
        } while (rec);
    }
    return count;
}

static void measure(vd_evtx *r, const char *path, const bytes *file, int rounds)
{
    uint64_t count = 0;
    int64_t best = INT64_MAX;
    for (int i = 0; i < rounds; i++) {
        int64_t start = vd_mono_ns();
        count = each_record(r, NULL, file);
        int64_t took = vd_mono_ns() - start;
        if (took < best) best = took;
    }
    printf("%s: %" PRIu64 " records, %zu bytes, %.0f MB/s\n", path, count, file->n,
           (double)file->n * 1000 / (double)best);
}

int main(int argc, char **argv)
{
    int first = 1, rounds = 0, bad = 0;
    if (argc > 2 && strcmp(argv[1], "-t") == 0) {
        rounds = (int)strtol(argv[2], NULL, 10);
        first = 3;
    }
    vd_evtx *r = vd_evtx_new();
    bytes file = {0};
    for (int i = first; i < argc; i++) {
        if (!read_file(argv[i], &file) || !vd_evtx_is(file.v, file.n)) {
            fprintf(stderr, "%s: no event log\n", argv[i]);
            bad = 1;
        } else if (rounds) {
            measure(r, argv[i], &file, rounds);
        } else {
            each_record(r, argv[i], &file);
        }
    }
    vd_vec_free(&file);
    vd_evtx_free(r);
    return bad;
}
