/* server/metrics.h - numbers for Prometheus
 *
 * Idea      Text format 0.0.4 written from what the rooms count themselves when asked; only
 *           latencies and requests are counted here, without a lock. */
#ifndef VD_SERVER_METRICS_H
#define VD_SERVER_METRICS_H

#include "base/vec.h"

typedef struct vd_text_out {
    VD_VEC(char) v;
} vd_text_out;

/* Appends formatted text. */
void vd_text_add(vd_text_out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* # HELP and # TYPE lines; type "counter", "gauge" or "histogram". */
void vd_metric_head(vd_text_out *out, const char *name, const char *type, const char *help);
/* name{labels} value; labels as text ("rule=\"x\"", see vd_metric_label) or NULL. */
void vd_metric(vd_text_out *out, const char *name, const char *labels, double value);
/* name="value" with the value escaped, in out (cut to size). */
void vd_metric_label(char *out, size_t size, const char *name, vd_str value);

/* Times, counted in buckets from 100 us to 30 s. */
#define VD_HISTOGRAM_BUCKETS 20
typedef struct vd_histogram vd_histogram;
vd_histogram *vd_histogram_new(void);
void vd_histogram_free(vd_histogram *h);
/* From any thread. */
void vd_histogram_add(vd_histogram *h, int64_t ns);
/* Adds what `from` counted to `to`. */
void vd_histogram_merge(vd_histogram *to, const vd_histogram *from);
void vd_histogram_print(vd_text_out *out, const vd_histogram *h, const char *name, const char *labels);
/* Upper bound of the bucket in which the share lies (0.99: p99), ns; 0: nothing counted. */
int64_t vd_histogram_at(const vd_histogram *h, double share);

#endif
