/* Killed at any moment, and with a full disk: what was acknowledged is there, once. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "store_help.h"

/* --- kill -9 --- */

enum { KILLS = 20, BATCH = 25, MAX_DOCS = 1 << 20 };

static atomic_bool following;

static void *follow(void *ctx)
{
    vd_store *s = ctx;
    while (following) {
        vd_batch *b = vd_store_next(s, 5);
        if (b) vd_store_done(s, b, VD_STR("c"), 3);
    }
    return NULL;
}

/* Sends documents from `from` on until it is killed; says after each batch how far it is. */
static _Noreturn void work(int from, int out)
{
    vd_store *s = open_with((vd_store_options){.block_bytes = 30000});
    pthread_t follower;
    following = true;
    pthread_create(&follower, NULL, follow, s);
    for (;; from += BATCH) {
        vd_err err;
        vd_batch *b = make_batch(s, from / BATCH % 3 ? "logs-a" : "logs-b", "k", from, from + BATCH);
        int code = vd_store_commit(s, b, &err);
        vd_batch_unref(b);
        if (code == VD_LIMIT) {
            usleep(1000);
            from -= BATCH;
            continue;
        }
        int acknowledged = from + BATCH;
        if (code || write(out, &acknowledged, sizeof acknowledged) != sizeof acknowledged) _exit(1);
    }
}

/* What of the child was acknowledged, when it was killed after `ms`. */
static int run_and_kill(int from, int ms)
{
    int fds[2], acknowledged = from, n;
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        close(fds[0]);
        work(from, fds[1]);
    }
    close(fds[1]);
    usleep((useconds_t)ms * 1000);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status)); /* it did not end by itself */
    while (read(fds[0], &n, sizeof n) == sizeof n)
        acknowledged = n;
    close(fds[0]);
    return acknowledged;
}

/* Counts the documents of the store by their number in the id. */
static void count_docs(vd_store *s, uint8_t *seen_docs)
{
    vd_store_window w = OPEN_WINDOW;
    vd_scan *scan = vd_scan_new(s, &w);
    vd_scan_block b;
    while (vd_scan_next(scan, &b, NULL) == 1)
        for (const char *p = b.text, *end = b.text + b.n; p < end;) {
            const char *id = memmem(p, (size_t)(end - p), "\"_id\":\"k-", 9);
            assert_non_null(id);
            long i = strtol(id + 9, NULL, 10);
            assert_true(i >= 0 && i < MAX_DOCS);
            seen_docs[i]++;
            p = (const char *)memchr(id, '\n', (size_t)(end - id)) + 1;
        }
    vd_scan_free(scan);
}

static void killed_it_loses_and_doubles_nothing(void **state)
{
    static uint8_t docs[MAX_DOCS];
    int acknowledged = 0;
    unsigned random = 12345;
    for (int i = 0; i < KILLS; i++) {
        random = random * 1103515245 + 12345;
        acknowledged = run_and_kill(acknowledged, 50 + (int)(random >> 16) % 300);
    }
    assert_true(acknowledged > 100);
    vd_store *s = open_store();
    count_docs(s, docs);
    for (int i = 0; i < acknowledged; i++)
        if (docs[i] != 1) fail_msg("document %d of %d is there %d times", i, acknowledged, docs[i]);
    for (int i = acknowledged; i < MAX_DOCS; i++)
        if (docs[i] > 1) fail_msg("document %d is there %d times", i, docs[i]);
    vd_store_stats st = vd_store_stats_of(s);
    assert_true(st.blocks > 0);
    /* Numbers are given once: nothing is read under two. */
    seen all = scan_all(s);
    assert_int_equal(all.docs, st.documents);
    assert_int_equal(st.damaged_blocks, 0);
    finish_all(s, "", 0);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    assert_int_equal(scan_all(s).docs, all.docs);
    assert_int_equal(scan_all(s).sum, all.sum);
    vd_store_close(s);
}

/* --- power loss --- */

static void copy_db(const char *from, const char *to)
{
    char command[512];
    snprintf(command, sizeof command, "cp %s/%s %s/%s && rm -f %s/vedette.db-*", dir, from, dir, to, dir);
    assert_int_equal(system(command), 0);
}

/* SQLite's commits are not synced: blocks that were written may be gone. Their documents are in
 * the journal as long as that can be. */
static void blocks_that_are_lost_again_are_in_the_journal(void **state)
{
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 50);
    commit_docs(s, "logs-a", "y", 0, 50);
    vd_store_close(s);
    copy_db("vedette.db", "before");
    s = open_store();
    vd_batch *b = vd_store_next(s, 0);
    vd_store_done(s, b, VD_STR(""), 0);
    assert_int_equal(vd_store_seal(s, NULL), 0);
    assert_int_equal(vd_store_stats_of(s).sealed_seq, 50);
    vd_store_close(s);
    copy_db("before", "vedette.db");
    s = open_store();
    assert_int_equal(vd_store_stats_of(s).sealed_seq, 0);
    seen all = scan_all(s);
    assert_int_equal(all.docs, 100);
    assert_int_equal(all.sum, 5050);
    seal_all(s);
    assert_int_equal(scan_all(s).sum, 5050);
    vd_store_close(s);
}

/* --- a full disk --- */

static void set_limit(rlim_t bytes)
{
    struct rlimit r;
    getrlimit(RLIMIT_FSIZE, &r);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void a_full_disk_takes_nothing_and_passes(void **state)
{
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, SIG_IGN);
    vd_store *s = open_store();
    commit_docs(s, "logs-a", "x", 0, 100);
    vd_batch *b = make_batch(s, "logs-a", "y", 0, 2000);
    vd_err err = {0};
    set_limit(4096);
    assert_int_equal(vd_store_commit(s, b, &err), VD_IO);
    assert_non_null(strstr(err.msg, "write"));
    /* Sealing cannot write either, says so, and loses nothing. */
    finish_all(s, "", 0);
    assert_int_equal(vd_store_seal(s, &err), VD_IO);
    assert_int_equal(scan_all(s).docs, 100);
    set_limit(old.rlim_cur);
    /* Nothing of the batch was taken: it is no duplicate of itself. */
    assert_int_equal(vd_store_commit(s, b, &err), 0);
    assert_int_equal(b->seq, 101);
    for (size_t i = 0; i < b->docs.n; i++)
        assert_int_equal(b->docs.v[i].state, VD_DOC_NEW);
    vd_batch_unref(b);
    seal_all(s);
    assert_int_equal(scan_all(s).docs, 2100);
    assert_int_equal(vd_store_stats_of(s).waiting_bytes, 0);
    vd_store_close(s);
    s = open_store();
    assert_int_equal(scan_all(s).docs, 2100);
    vd_store_close(s);
}

/* --- too much waits --- */

static void what_waits_is_bounded(void **state)
{
    vd_store *s = open_with((vd_store_options){.max_waiting = 20000});
    vd_batch *b;
    int taken = 0, code;
    for (;; taken++) {
        b = make_batch(s, "logs-a", "x", taken * 10, taken * 10 + 10);
        code = vd_store_commit(s, b, NULL);
        vd_batch_unref(b);
        if (code) break;
        assert_true(taken < 50);
    }
    assert_int_equal(code, VD_LIMIT);
    assert_true(vd_store_busy(s, 10000));
    assert_false(vd_store_wait_for_room(s, 10000, 20));
    assert_int_equal(scan_all(s).docs, taken * 10);
    finish_all(s, "", 0);
    assert_true(vd_store_wait_for_room(s, 10000, 60000)); /* what is done is sealed after a while */
    seal_all(s);
    assert_false(vd_store_busy(s, 10000));
    commit_docs(s, "logs-a", "x", taken * 10, taken * 10 + 1000); /* larger by itself: taken when alone */
    assert_true(vd_store_busy(s, 1));
    vd_store_close(s);
}

/* --- many at once --- */

enum { THREADS = 4, ROUNDS = 40 };

static void *commit_many(void *ctx)
{
    vd_store *s = ((void **)ctx)[0];
    char name[16];
    snprintf(name, sizeof name, "t%d", (int)(intptr_t)((void **)ctx)[1]);
    for (int i = 0; i < ROUNDS; i++) {
        vd_batch *b = make_batch(s, "logs-a", name, i * 10, i * 10 + 10);
        int code = vd_store_commit(s, b, NULL);
        vd_batch_unref(b);
        if (code) return (void *)1;
        seen all = scan_all(s);
        if (all.docs < (uint64_t)(i + 1) * 10) return (void *)2;
    }
    return NULL;
}

static void threads_commit_scan_and_seal(void **state)
{
    vd_store *s = open_with((vd_store_options){.block_bytes = 20000});
    pthread_t follower, threads[THREADS];
    void *args[THREADS][2];
    following = true;
    pthread_create(&follower, NULL, follow, s);
    for (int i = 0; i < THREADS; i++) {
        args[i][0] = s;
        args[i][1] = (void *)(intptr_t)i;
        pthread_create(&threads[i], NULL, commit_many, args[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        void *bad;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(vd_store_compact(s, NULL), 0);
    following = false;
    vd_store_wake(s);
    pthread_join(follower, NULL);
    seal_all(s);
    seen all = scan_all(s);
    uint64_t n = THREADS * ROUNDS * 10;
    assert_int_equal(all.docs, n);
    assert_int_equal(all.sum, n * (n + 1) / 2);
    vd_store_close(s);
}

/* --- a reader beside a service --- */

static atomic_int acknowledged_docs;
static atomic_bool serving;

static void *serve(void *ctx)
{
    for (int i = 0; serving; i++) {
        commit_docs(ctx, "logs-a", "s", i * 20, i * 20 + 20);
        acknowledged_docs = i * 20 + 20;
        if (i % 3 == 2) vd_store_seal(ctx, NULL); /* and its segment goes */
    }
    return NULL;
}

static void look(uint8_t *numbers)
{
    int n = acknowledged_docs;
    uint64_t docs = 0;
    vd_store *r = open_with((vd_store_options){.read_only = true});
    vd_store_window w = OPEN_WINDOW;
    vd_scan *scan = vd_scan_new(r, &w);
    vd_scan_block b;
    memset(numbers, 0, MAX_DOCS);
    while (vd_scan_next(scan, &b, NULL) == 1)
        for (size_t i = 0; i < b.n_docs; i++, docs++)
            assert_int_equal(numbers[b.seqs[i]]++, 0);
    vd_scan_free(scan);
    for (int i = 1; i <= n; i++)
        if (!numbers[i]) fail_msg("document %d of %d is missing", i, n);
    vd_store_close(r);
}

static void a_reader_beside_a_service_sees_everything_once(void **state)
{
    static uint8_t numbers[MAX_DOCS];
    pthread_t follower, server;
    vd_store *s = open_with((vd_store_options){.block_bytes = 20000});
    following = serving = true;
    pthread_create(&follower, NULL, follow, s);
    pthread_create(&server, NULL, serve, s);
    for (int i = 0; i < 60; i++) {
        look(numbers);
        if (i % 10 == 5) assert_int_equal(vd_store_compact(s, NULL), 0);
        if (i % 10 == 7) assert_int_equal(vd_store_seal(s, NULL), 0);
    }
    serving = false;
    pthread_join(server, NULL);
    following = false;
    vd_store_wake(s);
    pthread_join(follower, NULL);
    assert_true(acknowledged_docs > 0);
    assert_int_equal(vd_store_stats_of(s).damaged_blocks, 0);
    vd_store_close(s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(killed_it_loses_and_doubles_nothing),
        T(blocks_that_are_lost_again_are_in_the_journal),
        T(a_full_disk_takes_nothing_and_passes),
        T(what_waits_is_bounded),
        T(threads_commit_scan_and_seal),
        T(a_reader_beside_a_service_sees_everything_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
