/* The journal by itself: records cut at every byte, spoilt at every byte, disks that are full. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store_help.h"

#include "store/journal.h"

static const uint64_t seed[2] = {1, 2};
static vd_intake *in;

static int begin(void **state)
{
    in = vd_intake_new(seed);
    return set_up(state);
}

static int end(void **state)
{
    vd_intake_free(in);
    return tear_down(state);
}

static vd_journal *open_journal(uint64_t segment)
{
    vd_journal *j = NULL;
    vd_journal_options o = {.dir = dir, .segment = segment, .tell = tell};
    assert_int_equal(vd_journal_open(&o, &j, NULL), 0);
    return j;
}

typedef struct loaded {
    uint64_t records, docs, last, duplicates, known;
} loaded;

static void take(void *ctx, const vd_record *r)
{
    loaded *l = ctx;
    vd_batch *b = vd_record_batch(r, in);
    assert_non_null(b);
    assert_int_equal(b->seq, r->seq);
    l->records++;
    l->last = r->seq + r->docs - 1;
    for (size_t i = 0; i < b->docs.n; i++) {
        l->docs++;
        l->duplicates += b->docs.v[i].state == VD_DOC_DUPLICATE;
        l->known += b->docs.v[i].ids[0] != 0;
    }
    vd_batch_unref(b);
}

static loaded load(uint64_t *damaged)
{
    loaded l = {0};
    uint64_t ignored = 0;
    vd_journal *j = open_journal(1 << 20);
    assert_int_equal(vd_journal_load(j, take, &l, damaged ? damaged : &ignored, NULL), 0);
    vd_journal_close(j);
    return l;
}

static vd_batch *batch(uint64_t seq, int n)
{
    vd_batch *b = vd_batch_new(5);
    for (int i = 0; i < n; i++) {
        char json[128];
        snprintf(json, sizeof json, "{\"event\":{\"id\":\"%llu\"},\"n\":%d}", (unsigned long long)seq + (uint64_t)i, i);
        assert_int_equal(add_doc(in, b, i % 2 ? "odd" : "even", i == 0 ? "first" : "", json), 0);
    }
    b->seq = seq;
    return b;
}

static int append(vd_journal *j, vd_batch *b, vd_err *err)
{
    vd_pack *p = vd_journal_pack(j, b);
    int code = vd_journal_append(j, &b, &p, 1, err);
    vd_journal_unpack(j, p);
    return code;
}

static void put(vd_journal *j, uint64_t seq, int n)
{
    vd_batch *b = batch(seq, n);
    vd_err err = {0};
    if (append(j, b, &err)) fail_msg("%s", err.msg);
    vd_batch_unref(b);
}

/* The one segment's bytes. */
static const char *segment_path(int number)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%016x.journal", dir, number);
    return path;
}

static size_t read_segment(char *out, size_t max)
{
    int fd = open(segment_path(1), O_RDONLY);
    ssize_t n = read(fd, out, max);
    close(fd);
    assert_true(n > 0);
    return (size_t)n;
}

static void write_segment(const char *bytes, size_t n)
{
    int fd = open(segment_path(1), O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
}

static size_t size_of(int number)
{
    struct stat st;
    return stat(segment_path(number), &st) ? 0 : (size_t)st.st_size;
}

static void what_was_written_is_read(void **state)
{
    vd_journal *j = open_journal(1 << 20);
    vd_batch *b = batch(1, 3);
    b->docs.v[1].state = VD_DOC_DUPLICATE;
    assert_int_equal(append(j, b, NULL), 0);
    vd_batch_unref(b);
    put(j, 4, 20);
    vd_journal_close(j);
    loaded l = load(NULL);
    assert_int_equal(l.records, 2);
    assert_int_equal(l.docs, 23);
    assert_int_equal(l.duplicates, 1);
    assert_int_equal(l.known, 2);
    assert_int_equal(l.last, 23);
}

static size_t two_records(char *bytes, size_t max, size_t *first)
{
    vd_journal *j = open_journal(1 << 20);
    put(j, 1, 2);
    *first = size_of(1);
    put(j, 3, 2);
    vd_journal_close(j);
    return read_segment(bytes, max);
}

static void a_record_torn_at_any_byte_is_cut_off(void **state)
{
    char bytes[4096];
    size_t first, n = two_records(bytes, sizeof bytes, &first);
    for (size_t cut = first; cut < n; cut++) {
        uint64_t damaged = 0;
        write_segment(bytes, cut);
        loaded l = load(&damaged);
        assert_int_equal(l.records, 1);
        assert_int_equal(damaged, 0);
        assert_int_equal(size_of(1), first);
    }
    assert_int_equal(told, n - first - 1);
}

static void a_record_spoilt_at_any_byte_is_never_taken(void **state)
{
    char bytes[4096];
    size_t first, n = two_records(bytes, sizeof bytes, &first);
    for (size_t at = 0; at < n; at++) {
        uint64_t damaged = 0;
        bytes[at] ^= 0x10;
        write_segment(bytes, n);
        loaded l = load(&damaged);
        bytes[at] ^= 0x10;
        assert_int_equal(l.records, 1);
        assert_int_equal(damaged, at < first); /* behind it is a good one: no torn tail */
        assert_int_equal(l.last, at < first ? 4 : 2);
    }
}

static void segments_go_when_they_are_sealed(void **state)
{
    vd_journal *j = open_journal(1);
    for (uint64_t i = 0; i < 3; i++)
        put(j, 1 + 10 * i, 10);
    assert_true(size_of(1) && size_of(2) && size_of(3));
    assert_false(vd_journal_droppable(j, 9));
    assert_true(vd_journal_droppable(j, 15));
    vd_journal_drop(j, 15);
    assert_true(!size_of(1) && size_of(2) && size_of(3));
    vd_journal_drop(j, 30);
    assert_true(!size_of(2) && size_of(3)); /* being written */
    vd_journal_turn(j);
    vd_journal_drop(j, 30);
    assert_int_equal(size_of(3), 0);
    assert_int_equal(vd_journal_bytes(j), 0);
    put(j, 31, 1);
    vd_journal_close(j);
    loaded l = load(NULL);
    assert_int_equal(l.records, 1);
    assert_int_equal(l.last, 31);
}

static void set_limit(rlim_t bytes)
{
    struct rlimit r;
    getrlimit(RLIMIT_FSIZE, &r);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void a_full_disk_leaves_nothing_half_written(void **state)
{
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    vd_journal *j = open_journal(1 << 20);
    put(j, 1, 5);
    size_t n = size_of(1);
    for (size_t room = 0; room < 100; room += 7) {
        vd_batch *b = batch(6, 100);
        vd_err err = {0};
        set_limit(n + room);
        assert_int_equal(append(j, b, &err), VD_IO);
        set_limit(old.rlim_cur);
        assert_non_null(strstr(err.msg, "write"));
        assert_int_equal(size_of(1), n);
        vd_batch_unref(b);
    }
    put(j, 6, 100);
    vd_journal_close(j);
    loaded l = load(NULL);
    assert_int_equal(l.records, 2);
    assert_int_equal(l.docs, 105);
    assert_int_equal(told, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(what_was_written_is_read), T(a_record_torn_at_any_byte_is_cut_off),
        T(a_record_spoilt_at_any_byte_is_never_taken), T(segments_go_when_they_are_sealed),
        T(a_full_disk_leaves_nothing_half_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
