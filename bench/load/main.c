/* vedette-load: sends a file of events to a _bulk endpoint as fast as it is taken, or at a rate.
 *
 * With --preload bodies are made beforehand, so that what is measured is the service; else they are
 * made as the file is read, so that any length of it can be sent. Each connection is a thread that
 * sends a body, waits for the answer, and sends again what was not acknowledged: 429 and
 * 503 after a pause, a broken connection at once. Answers are read as far as the test needs:
 * the status, and whether it says "errors":true. */
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ACTION_MAX 512
#define ANSWER_MAX (64u << 20)

typedef struct body {
    char *p;
    size_t n;
    unsigned events;
} body;

typedef struct load {
    const char *host, *port, *key, *action;
    unsigned connections, batch, seconds;
    double rate; /* events a second, 0: as fast as it goes */
    bool ids, preload;
    FILE *in;
    pthread_mutex_t reading; /* in, number */
    uint64_t number;
    body *bodies;
    size_t n_bodies;
    atomic_size_t next;
    atomic_ullong sent, events, refused, broken, with_errors;
    atomic_bool failed;
    int64_t began;
} load;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void pause_ns(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    if (ns > 0) nanosleep(&t, NULL);
}

static void *grow(void *p, size_t n)
{
    void *q = realloc(p, n);
    if (!q) {
        fprintf(stderr, "vedette-load: out of memory\n");
        exit(3);
    }
    return q;
}

/* --- bodies --- */

/* The value behind `key` inside [p, end), or "". */
static size_t value_of(const char *p, const char *end, const char *key, char *out, size_t size)
{
    const char *at = memmem(p, (size_t)(end - p), key, strlen(key));
    size_t n = 0;
    if (at)
        for (at += strlen(key); at < end && *at != '"' && n + 1 < size; at++)
            out[n++] = *at;
    out[n] = 0;
    return n;
}

/* The document's data stream, as shippers name it. */
static void index_of(const char *line, size_t n, char *out, size_t size)
{
    char type[64], set[128], space[64];
    const char *at = memmem(line, n, "\"data_stream\":{", 15);
    const char *end = at ? memchr(at, '}', (size_t)(line + n - at)) : NULL;
    if (!end) {
        snprintf(out, size, "logs-generic-default");
        return;
    }
    value_of(at, end, "\"type\":\"", type, sizeof type);
    value_of(at, end, "\"dataset\":\"", set, sizeof set);
    value_of(at, end, "\"namespace\":\"", space, sizeof space);
    snprintf(out, size, "%s-%s-%s", type, set, space);
}

static void add_event(body *b, size_t *cap, const load *l, const char *line, size_t n, uint64_t number)
{
    char index[300], head[ACTION_MAX], id[64] = "";
    index_of(line, n, index, sizeof index);
    if (l->ids) snprintf(id, sizeof id, ",\"_id\":\"load-%llu\"", (unsigned long long)number);
    int h = snprintf(head, sizeof head, "{\"%s\":{\"_index\":\"%s\"%s}}\n", l->action, index, id);
    if (b->n + (size_t)h + n + 2 > *cap) {
        *cap = 2 * (b->n + (size_t)h + n + 2);
        b->p = grow(b->p, *cap);
    }
    memcpy(b->p + b->n, head, (size_t)h);
    memcpy(b->p + b->n + h, line, n);
    b->n += (size_t)h + n;
    b->p[b->n++] = '\n';
    b->events++;
}

/* Reads the next events into b, whose memory is used again; false: the file is at its end. */
static bool read_body(load *l, body *b, size_t *cap, char **line, size_t *size)
{
    b->n = 0;
    b->events = 0;
    while (b->events < l->batch) {
        ssize_t n = getline(line, size, l->in);
        if (n <= 0) break;
        if ((*line)[n - 1] == '\n') n--;
        add_event(b, cap, l, *line, (size_t)n, l->number++);
    }
    return b->events > 0;
}

static void preload(load *l)
{
    char *line = NULL;
    size_t size = 0, room = 0;
    for (;;) {
        size_t cap = 0;
        body b = {0};
        if (!read_body(l, &b, &cap, &line, &size)) break;
        if (l->n_bodies == room) l->bodies = grow(l->bodies, (room = 2 * room + 64) * sizeof *l->bodies);
        l->bodies[l->n_bodies++] = b;
    }
    free(line);
}

/* --- one connection --- */

static int dial(const load *l)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    if (getaddrinfo(l->host, l->port, &hints, &list)) return -1;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, list->ai_addr, list->ai_addrlen)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t w = send(fd, p, n, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

typedef struct answer {
    int status;
    bool errors, close;
} answer;

/* Reads one answer with a Content-Length. */
static bool read_answer(int fd, char **buf, size_t *cap, answer *a)
{
    size_t n = 0, want = 0;
    char *body_at = NULL;
    for (;;) {
        if (*cap - n < 65536) *buf = grow(*buf, *cap += 262144);
        ssize_t r = recv(fd, *buf + n, *cap - n - 1, 0);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return false;
        n += (size_t)r;
        (*buf)[n] = 0;
        if (!want) {
            body_at = strstr(*buf, "\r\n\r\n");
            if (!body_at) continue;
            char *length = strcasestr(*buf, "\r\ncontent-length:");
            if (!length || length > body_at || sscanf(*buf, "HTTP/1.1 %d", &a->status) != 1) return false;
            size_t head = (size_t)(body_at + 4 - *buf);
            want = head + strtoull(length + 17, NULL, 10);
            if (want > ANSWER_MAX) return false;
            char *closing = strcasestr(*buf, "\r\nconnection: close");
            a->close = closing && closing < body_at;
        }
        if (n >= want) break;
    }
    a->errors = strstr(*buf, "\"errors\":true") != NULL;
    return true;
}

static bool exchange(const load *l, int fd, const body *b, char **buf, size_t *cap, answer *a)
{
    char head[1024];
    int n = snprintf(head, sizeof head,
                     "POST /_bulk HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: ApiKey %s\r\n"
                     "Content-Type: application/x-ndjson\r\nContent-Length: %zu\r\n\r\n",
                     l->host, l->port, l->key, b->n);
    return send_all(fd, head, (size_t)n) && send_all(fd, b->p, b->n) && read_answer(fd, buf, cap, a);
}

static bool out_of_time(const load *l) { return now_ns() - l->began > (int64_t)l->seconds * 1000000000; }

/* Sends one body until it is acknowledged or time is up. */
static bool deliver(load *l, int *fd, const body *b, char **buf, size_t *cap)
{
    while (!out_of_time(l)) {
        answer a = {0};
        if (*fd < 0 && (*fd = dial(l)) < 0) {
            atomic_fetch_add(&l->broken, 1);
            pause_ns(50000000);
            continue;
        }
        if (!exchange(l, *fd, b, buf, cap, &a)) {
            atomic_fetch_add(&l->broken, 1);
            close(*fd);
            *fd = -1;
            continue;
        }
        if (a.close) {
            close(*fd);
            *fd = -1;
        }
        if (a.status == 429 || a.status == 503) {
            atomic_fetch_add(&l->refused, 1);
            pause_ns(20000000);
            continue;
        }
        if (a.status != 200) {
            fprintf(stderr, "vedette-load: status %d: %.300s\n", a.status, *buf);
            return false;
        }
        atomic_fetch_add(&l->with_errors, a.errors);
        atomic_fetch_add(&l->events, b->events);
        atomic_fetch_add(&l->sent, b->n);
        return true;
    }
    fprintf(stderr, "vedette-load: not done after %u s\n", l->seconds);
    return false;
}

/* One connection's own things. */
typedef struct sender {
    int fd;
    char *answer, *line;
    size_t answer_cap, line_size, body_cap;
    body own;
} sender;

static const body *next_body(load *l, sender *s, size_t *i)
{
    *i = atomic_fetch_add(&l->next, 1);
    if (l->preload) return *i < l->n_bodies ? &l->bodies[*i] : NULL;
    pthread_mutex_lock(&l->reading);
    bool more = read_body(l, &s->own, &s->body_cap, &s->line, &s->line_size);
    pthread_mutex_unlock(&l->reading);
    return more ? &s->own : NULL;
}

static void *work(void *ctx)
{
    load *l = ctx;
    sender s = {.fd = -1};
    const body *b;
    size_t i;
    while (!atomic_load(&l->failed) && (b = next_body(l, &s, &i))) {
        if (l->rate > 0) {
            int64_t due = l->began + (int64_t)((double)i * l->batch / l->rate * 1e9);
            pause_ns(due - now_ns());
        }
        if (!deliver(l, &s.fd, b, &s.answer, &s.answer_cap)) atomic_store(&l->failed, true);
    }
    if (s.fd >= 0) close(s.fd);
    free(s.answer);
    free(s.line);
    free(s.own.p);
    return NULL;
}

/* --- the program --- */

static int usage(void)
{
    fprintf(stderr, "usage: vedette-load --port N --key KEY [OPTION]... FILE\n"
                    "Sends the events of FILE (lines of JSON; - is standard input) to /_bulk.\n"
                    "  --host ADDR (127.0.0.1)  --connections N (2)  --batch N events a request (500)\n"
                    "  --rate N events a second (as fast as it goes)  --ids  give ids: a repeat is a duplicate\n"
                    "  --action create|index (create)  --seconds N give up after (600)\n"
                    "  --preload  read all of FILE first\n");
    return 2;
}

static bool take(load *l, const char *name, const char *value)
{
    if (!strcmp(name, "--host")) l->host = value;
    else if (!strcmp(name, "--port")) l->port = value;
    else if (!strcmp(name, "--key")) l->key = value;
    else if (!strcmp(name, "--action")) l->action = value;
    else if (!strcmp(name, "--connections")) l->connections = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(name, "--batch")) l->batch = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(name, "--seconds")) l->seconds = (unsigned)strtoul(value, NULL, 10);
    else if (!strcmp(name, "--rate")) l->rate = strtod(value, NULL);
    else return false;
    return true;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    load l = {.host = "127.0.0.1", .action = "create", .connections = 2, .batch = 500, .seconds = 600};
    const char *file = NULL;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--ids")) l.ids = true;
        else if (!strcmp(argv[i], "--preload")) l.preload = true;
        else if (strncmp(argv[i], "--", 2)) file = argv[i];
        else if (i + 1 >= argc || !take(&l, argv[i], argv[i + 1])) return usage();
        else i++;
    }
    if (!l.port || !l.key || !file || !l.connections || l.connections > 256 || !l.batch) return usage();
    l.in = strcmp(file, "-") ? fopen(file, "r") : stdin;
    if (!l.in) {
        perror(file);
        return 3;
    }
    pthread_mutex_init(&l.reading, NULL);
    if (l.preload) preload(&l);
    pthread_t threads[256];
    double cpu = cpu_seconds();
    l.began = now_ns();
    for (unsigned i = 0; i < l.connections; i++)
        if (pthread_create(&threads[i], NULL, work, &l)) return 3;
    for (unsigned i = 0; i < l.connections; i++)
        pthread_join(threads[i], NULL);
    double seconds = (double)(now_ns() - l.began) / 1e9;
    printf("{\"events\":%llu,\"bytes\":%llu,\"seconds\":%.3f,\"events_per_second\":%.0f,\"refused\":%llu,"
           "\"broken\":%llu,\"with_errors\":%llu,\"cpu_seconds\":%.3f}\n",
           (unsigned long long)l.events, (unsigned long long)l.sent, seconds, (double)l.events / seconds,
           (unsigned long long)l.refused, (unsigned long long)l.broken, (unsigned long long)l.with_errors,
           cpu_seconds() - cpu);
    return atomic_load(&l.failed) ? 1 : 0;
}
