#include "server/metrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/utf8.h"

void vd_text_add(vd_text_out *out, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n > 0) {
        vd_vec_reserve(&out->v, out->v.n + (size_t)n + 1);
        vsnprintf(out->v.v + out->v.n, (size_t)n + 1, fmt, again);
        out->v.n += (size_t)n;
    }
    va_end(again);
}

void vd_metric_head(vd_text_out *out, const char *name, const char *type, const char *help)
{
    vd_text_add(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Whole numbers are written as such: 17 digits of a counter would not be read by people. */
static void add_number(vd_text_out *out, double value)
{
    if (isnan(value)) vd_text_add(out, "NaN\n");
    else if (isinf(value)) vd_text_add(out, value > 0 ? "+Inf\n" : "-Inf\n");
    else if (value == floor(value) && fabs(value) < 9e15) vd_text_add(out, "%.0f\n", value);
    else vd_text_add(out, "%.9g\n", value);
}

void vd_metric(vd_text_out *out, const char *name, const char *labels, double value)
{
    if (labels && *labels) vd_text_add(out, "%s{%s} ", name, labels);
    else vd_text_add(out, "%s ", name);
    add_number(out, value);
}

/* One character of a label's value: escapes that the format knows, U+FFFD for what is no UTF-8. */
static size_t label_char(vd_str s, size_t *i, char c[4])
{
    size_t from = *i;
    uint32_t cp = vd_utf8_next(s, i);
    if (cp >= 0xdc00 && cp <= 0xdfff) return vd_utf8_put(0xfffd, c);
    if (cp == '\n' || cp == '"' || cp == '\\') {
        c[0] = '\\';
        c[1] = cp == '\n' ? 'n' : (char)cp;
        return 2;
    }
    if (cp < 0x20 || cp == 0x7f) {
        c[0] = ' ';
        return 1;
    }
    memcpy(c, s.p + from, *i - from);
    return *i - from;
}

void vd_metric_label(char *out, size_t size, const char *name, vd_str value)
{
    if (size == 0) return;
    int head = snprintf(out, size, "%s=\"", name);
    if (head < 0 || (size_t)head + 2 > size) { /* no room for even an empty value */
        out[0] = 0;
        return;
    }
    size_t n = (size_t)head;
    for (size_t i = 0; i < value.n;) {
        char c[4];
        size_t k = label_char(value, &i, c);
        if (n + k + 2 > size) break;
        memcpy(out + n, c, k);
        n += k;
    }
    out[n++] = '"';
    out[n] = 0;
}

/* Upper bounds in ns; the last bucket has none. */
static const int64_t bounds[VD_HISTOGRAM_BUCKETS - 1] = {
    100000,     250000,     500000,     1000000,    2500000,     5000000,     7500000,
    10000000,   15000000,   25000000,   50000000,   100000000,   250000000,   500000000,
    1000000000, 2500000000, 5000000000, 10000000000, 30000000000,
};

struct vd_histogram {
    _Atomic uint64_t counts[VD_HISTOGRAM_BUCKETS];
    _Atomic uint64_t sum; /* ns */
};

vd_histogram *vd_histogram_new(void)
{
    return vd_calloc(1, sizeof(vd_histogram));
}

void vd_histogram_free(vd_histogram *h)
{
    free(h);
}

void vd_histogram_add(vd_histogram *h, int64_t ns)
{
    if (ns < 0) ns = 0;
    size_t i = 0;
    while (i < VD_HISTOGRAM_BUCKETS - 1 && ns > bounds[i]) i++;
    atomic_fetch_add_explicit(&h->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, (uint64_t)ns, memory_order_relaxed);
}

void vd_histogram_merge(vd_histogram *to, const vd_histogram *from)
{
    for (size_t i = 0; i < VD_HISTOGRAM_BUCKETS; i++)
        atomic_fetch_add_explicit(&to->counts[i],
                                  atomic_load_explicit(&from->counts[i], memory_order_relaxed),
                                  memory_order_relaxed);
    atomic_fetch_add_explicit(&to->sum, atomic_load_explicit(&from->sum, memory_order_relaxed),
                              memory_order_relaxed);
}

void vd_histogram_print(vd_text_out *out, const vd_histogram *h, const char *name, const char *labels)
{
    const char *more = labels && *labels ? labels : "", *comma = *more ? "," : "";
    uint64_t n = 0;
    for (size_t i = 0; i < VD_HISTOGRAM_BUCKETS; i++) {
        n += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        if (i < VD_HISTOGRAM_BUCKETS - 1)
            vd_text_add(out, "%s_bucket{%s%sle=\"%.9g\"} %llu\n", name, more, comma,
                        (double)bounds[i] / 1e9, (unsigned long long)n);
        else
            vd_text_add(out, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, more, comma, (unsigned long long)n);
    }
    const char *open = *more ? "{" : "", *close = *more ? "}" : "";
    double sum = (double)atomic_load_explicit(&h->sum, memory_order_relaxed) / 1e9;
    vd_text_add(out, "%s_sum%s%s%s %.9g\n", name, open, more, close, sum);
    vd_text_add(out, "%s_count%s%s%s %llu\n", name, open, more, close, (unsigned long long)n);
}

int64_t vd_histogram_at(const vd_histogram *h, double share)
{
    uint64_t counts[VD_HISTOGRAM_BUCKETS], n = 0, seen = 0;
    for (size_t i = 0; i < VD_HISTOGRAM_BUCKETS; i++)
        n += counts[i] = atomic_load_explicit(&h->counts[i], memory_order_relaxed);
    if (n == 0) return 0;
    for (size_t i = 0; i < VD_HISTOGRAM_BUCKETS - 1; i++) {
        seen += counts[i];
        if ((double)seen >= share * (double)n) return bounds[i];
    }
    return INT64_MAX;
}
