/* One line that is written over and over. Only where somebody sits before it. */
#include "cli/progress.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"

#define DRAW_NS 100000000
#define BAR_CELLS 20
/* Work that ends sooner needs no bar. */
#define PATIENCE_NS 400000000

static struct {
    pthread_mutex_t lock;
    bool on, drawn;
    int64_t began, last;
} bar = {.lock = PTHREAD_MUTEX_INITIALIZER};

void vd_progress_begin(bool wanted)
{
    bar.on = wanted && isatty(STDERR_FILENO);
    bar.drawn = false;
    bar.began = vd_mono_ns();
    bar.last = 0;
}

static void print_cells(double part)
{
    int full = (int)(part * BAR_CELLS);
    fputc('[', stderr);
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
    fprintf(stderr, "] %3.0f%% ", part * 100);
}

static void print_left(double part, double seconds)
{
    if (part < 0.01 || part >= 1) return;
    double left = seconds / part - seconds;
    if (left < 60)
        fprintf(stderr, ", %.0f s left", left);
    else
        fprintf(stderr, ", %.0f min left", left / 60);
}

static void draw_waiting(const vd_progress_state *s)
{
    fprintf(stderr, "\r\033[Kwaiting for events (%llu so far", (unsigned long long)s->events);
    if (s->live) fprintf(stderr, ", %llu alert%s", (unsigned long long)s->findings, vd_plural(s->findings));
    fprintf(stderr, "); Ctrl-C ends%s", s->live ? "" : " and shows what was found");
    fflush(stderr);
}

static void draw(const vd_progress_state *s, int64_t now)
{
    double seconds = (double)(now - bar.began) / 1e9;
    double part = s->bytes_total ? (double)s->bytes_read / (double)s->bytes_total : 0;
    if (part > 1) part = 1;
    fputs("\r\033[K", stderr);
    if (s->finishing) {
        fputs("joining sequences", stderr);
    } else {
        if (s->bytes_total) print_cells(part);
        fprintf(stderr, "%.1f MB", (double)s->bytes_read / 1e6);
    }
    fprintf(stderr, ", %.0f events/s", seconds > 0 ? (double)s->events / seconds : 0);
    if (s->finishing) fprintf(stderr, ", %llu alerts", (unsigned long long)s->findings);
    if (!s->finishing && s->bytes_total) print_left(part, seconds);
    fflush(stderr);
}

void vd_progress_draw(const vd_progress_state *state)
{
    if (!bar.on) return;
    int64_t now = vd_mono_ns();
    pthread_mutex_lock(&bar.lock);
    if (now - bar.began > PATIENCE_NS && now - bar.last > DRAW_NS) {
        bar.last = now;
        bar.drawn = true;
        if (state->waiting) draw_waiting(state);
        else draw(state, now);
    }
    pthread_mutex_unlock(&bar.lock);
}

void vd_progress_clear(void)
{
    pthread_mutex_lock(&bar.lock);
    if (bar.drawn) fputs("\r\033[K", stderr);
    bar.drawn = false;
    pthread_mutex_unlock(&bar.lock);
}

void vd_progress_end(void)
{
    vd_progress_clear();
    bar.on = false;
}
