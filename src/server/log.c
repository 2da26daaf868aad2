#include "server/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

/* A line is built here and written at once. A value is cut, and pairs that do not fit are left
 * out, since some of it may have been written by a stranger; the message always fits, at six
 * bytes for each of its own. */
#define VD_LOG_LINE  8192
#define VD_LOG_VALUE 1024

typedef struct vd_line {
    char p[VD_LOG_LINE];
    size_t n;
    bool full;
} vd_line;

static atomic_int least_level = VD_LOG_INFO;
static atomic_bool as_text;
/* One line after the other, also where a write is cut short. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *const level_names[] = {"debug", "info", "warn", "error"};

void vd_log_setup(vd_log_level least, bool text)
{
    atomic_store(&least_level, (int)least);
    atomic_store(&as_text, text);
}

/* Room for the end of the line is always left. */
static void put(vd_line *l, const char *p, size_t n)
{
    if (n > sizeof l->p - 8 - l->n) {
        l->full = true;
        return;
    }
    memcpy(l->p + l->n, p, n);
    l->n += n;
}

static void put_z(vd_line *l, const char *z)
{
    put(l, z, strlen(z));
}

/* Control characters, C1 and line separators too: a terminal or another program would
 * act on them. */
static bool is_control(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 || cp == 0x2029 ||
           (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
}

/* `s` as the inside of a JSON string; a byte that is no UTF-8 is shown as U+FFFD. */
static void put_escaped(vd_line *l, vd_str s)
{
    size_t end = s.n > VD_LOG_VALUE ? VD_LOG_VALUE : s.n;
    for (size_t i = 0; i < end;) {
        size_t from = i;
        uint32_t cp = vd_utf8_next(s, &i);
        char hex[8];
        if (cp >= 0xdc00 && cp <= 0xdfff) {
            put(l, "\xef\xbf\xbd", 3);
        } else if (cp == '"' || cp == '\\') {
            put(l, (char[2]){'\\', (char)cp}, 2);
        } else if (is_control(cp)) {
            put(l, hex, (size_t)snprintf(hex, sizeof hex, "\\u%04x", (unsigned)cp));
        } else {
            put(l, s.p + from, i - from);
        }
    }
    if (end < s.n) put_z(l, "...");
}

static void put_pair(vd_line *l, const char *name, vd_str value)
{
    put_z(l, l->n > 1 ? ",\"" : "\"");
    put_escaped(l, vd_str_from(name));
    put_z(l, "\":\"");
    put_escaped(l, value);
    put_z(l, "\"");
}

static void put_text_pair(vd_line *l, const char *name, vd_str value)
{
    put_z(l, " ");
    put_z(l, name);
    put_z(l, "=\"");
    put_escaped(l, value);
    put_z(l, "\"");
}

/* A whole pair or nothing of it. */
static void add_pair(vd_line *l, bool text, const char *name, vd_str value)
{
    size_t before = l->n;
    if (l->full) return;
    (text ? put_text_pair : put_pair)(l, name, value);
    if (l->full) l->n = before;
}

static void begin(vd_line *l, bool text, vd_log_level level, const char *action, vd_str message)
{
    char time[32];
    size_t n = vd_time_format(vd_now_ms(), time);
    l->n = 0;
    l->full = false;
    if (text) {
        put(l, time, n);
        put(l, " ", 1);
        put_z(l, level_names[level]);
        put(l, " ", 1);
        put_escaped(l, message);
        return;
    }
    put(l, "{", 1);
    put_pair(l, "@timestamp", (vd_str){time, n});
    put_pair(l, "log.level", vd_str_from(level_names[level]));
    put_pair(l, "message", message);
    put_pair(l, "event.action", vd_str_from(action));
}

static void finish(vd_line *l, bool text)
{
    if (!text) l->p[l->n++] = '}';
    l->p[l->n++] = '\n';
    pthread_mutex_lock(&lock);
    for (size_t done = 0; done < l->n;) {
        ssize_t n = write(STDERR_FILENO, l->p + done, l->n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break; /* nobody reads: there is no other place to say so */
        done += (size_t)n;
    }
    pthread_mutex_unlock(&lock);
}

void vd_log(vd_log_level level, const char *action, const char *message, ...)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) return;
    bool text = atomic_load_explicit(&as_text, memory_order_relaxed);
    vd_line l;
    begin(&l, text, level, action, vd_str_from(message));
    va_list args;
    va_start(args, message);
    for (const char *name; (name = va_arg(args, const char *));) {
        const char *value = va_arg(args, const char *);
        add_pair(&l, text, name, vd_str_from(value));
    }
    va_end(args);
    finish(&l, text);
}

void vd_logf(vd_log_level level, const char *action, const char *fmt, ...)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) return;
    char message[VD_LOG_VALUE];
    va_list args;
    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    vd_log(level, action, message, (const char *)NULL);
}
