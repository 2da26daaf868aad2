#include "server/http_int.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/thread.h"

/* How often deadlines are looked at. */
#define TICK_MS 200
/* Bytes that one lingering connection may throw at us in one turn. */
#define TURN_BYTES (4u << 20)

void vd_sweep_allow(vd_conn *c, int64_t ms)
{
    atomic_store_explicit(&c->deadline, ms == INT64_MAX ? ms : vd_mono_ns() + ms * 1000000,
                          memory_order_relaxed);
}

vd_conn *vd_sweep_add(vd_http *h, int fd)
{
    vd_conn *c = vd_calloc(1, sizeof *c);
    c->h = h;
    c->fd = fd;
    atomic_init(&c->idle, true);
    vd_sweep_allow(c, (h->o.timeout_s + h->o.request_s) * 1000LL);
    pthread_mutex_lock(&h->lock);
    c->next = h->conns;
    if (c->next) c->next->prev = c;
    h->conns = c;
    pthread_mutex_unlock(&h->lock);
    return c;
}

/* Takes the socket over from the library, which closes its own descriptor. Under the lock. */
static void begin_linger(vd_http *h, int fd)
{
    if (h->sweep_ends || h->n_lingers == VD_HTTP_LINGER_MAX) return;
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (own < 0) return;
    shutdown(own, SHUT_WR);
    h->lingers[h->n_lingers++] = (vd_linger){own, vd_mono_ns() + VD_HTTP_LINGER_MS * 1000000LL};
    if (write(h->wake[1], "", 1) < 0) return; /* full: it wakes up anyhow */
}

void vd_sweep_remove(vd_conn *c)
{
    vd_http *h = c->h;
    pthread_mutex_lock(&h->lock);
    if (c->prev) c->prev->next = c->next;
    else h->conns = c->next;
    if (c->next) c->next->prev = c->prev;
    if (c->linger && !atomic_load(&c->swept)) begin_linger(h, c->fd);
    pthread_mutex_unlock(&h->lock);
    free(c);
}

/* The library sees the end of the connection and closes it: only while c is in the list is its
 * descriptor sure to be its own. */
static void sweep(vd_http *h, int64_t now)
{
    pthread_mutex_lock(&h->lock);
    for (vd_conn *c = h->conns; c; c = c->next) {
        if (now < atomic_load_explicit(&c->deadline, memory_order_relaxed) || atomic_load(&c->swept))
            continue;
        atomic_store(&c->swept, true);
        atomic_fetch_add(&h->timed_out, 1); /* whoever sees the end finds it counted */
        shutdown(c->fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&h->lock);
}

/* What came before is still read and answered; the next read finds the end. */
void vd_sweep_idle(vd_http *h)
{
    pthread_mutex_lock(&h->lock);
    for (vd_conn *c = h->conns; c; c = c->next)
        if (atomic_load(&c->idle)) shutdown(c->fd, SHUT_RD);
    pthread_mutex_unlock(&h->lock);
}

/* Reads and forgets; false: it is over. */
static bool read_on(const vd_linger *l, int64_t now)
{
    if (now >= l->until) return false;
    /* TCP's MSG_TRUNC throws away without copying. */
    ssize_t n = recv(l->fd, NULL, TURN_BYTES, MSG_DONTWAIT | MSG_TRUNC);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static void read_lingers(vd_http *h, int64_t now)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->n_lingers;) {
        if (read_on(&h->lingers[i], now)) {
            i++;
            continue;
        }
        close(h->lingers[i].fd);
        h->lingers[i] = h->lingers[--h->n_lingers];
    }
    pthread_mutex_unlock(&h->lock);
}

/* Only the sweeper takes lingers out, so what is polled stays open. */
static void wait_turn(vd_http *h)
{
    struct pollfd fds[VD_HTTP_LINGER_MAX + 1] = {{.fd = h->wake[0], .events = POLLIN}};
    pthread_mutex_lock(&h->lock);
    nfds_t n = 1;
    for (size_t i = 0; i < h->n_lingers; i++)
        fds[n++] = (struct pollfd){.fd = h->lingers[i].fd, .events = POLLIN};
    pthread_mutex_unlock(&h->lock);
    poll(fds, n, TICK_MS);
    char bytes[64];
    if (fds[0].revents && read(h->wake[0], bytes, sizeof bytes) < 0) return;
}

static bool is_over(vd_http *h)
{
    pthread_mutex_lock(&h->lock);
    bool over = h->sweep_ends && h->n_lingers == 0;
    pthread_mutex_unlock(&h->lock);
    return over;
}

static void *run(void *arg)
{
    vd_http *h = arg;
    vd_thread_begin("vd-sweep", VD_RANK_REQUESTS);
    int64_t swept = 0;
    while (!is_over(h)) {
        wait_turn(h);
        int64_t now = vd_mono_ns();
        read_lingers(h, now);
        if (now - swept < TICK_MS * 1000000LL) continue;
        sweep(h, now);
        swept = now;
    }
    return NULL;
}

int vd_sweep_start(vd_http *h, vd_err *err)
{
    if (pipe2(h->wake, O_CLOEXEC | O_NONBLOCK)) return vd_fail(err, VD_IO, "pipe: %s", strerror(errno));
    int code = pthread_create(&h->sweeper, NULL, run, h);
    if (!code) return 0;
    close(h->wake[0]);
    close(h->wake[1]);
    return vd_fail(err, VD_IO, "a thread: %s", strerror(code));
}

void vd_sweep_stop(vd_http *h)
{
    pthread_mutex_lock(&h->lock);
    h->sweep_ends = true;
    for (size_t i = 0; i < h->n_lingers; i++)
        h->lingers[i].until = 0;
    pthread_mutex_unlock(&h->lock);
    if (write(h->wake[1], "", 1) < 0 && errno != EAGAIN) return;
    pthread_join(h->sweeper, NULL);
    close(h->wake[0]);
    close(h->wake[1]);
}
