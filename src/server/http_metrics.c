#include "server/http_int.h"

#include <stdio.h>

vd_http_stats vd_http_stats_of(const vd_http *h)
{
    return (vd_http_stats){
        .connections = atomic_load(&h->connections),
        .connections_total = atomic_load(&h->connections_total),
        .requests = atomic_load(&h->requests),
        .refused = atomic_load(&h->refused),
        .timed_out = atomic_load(&h->timed_out),
        .unauthorised = atomic_load(&h->unauthorised),
        .bytes_in = atomic_load(&h->bytes_in),
        .bytes_out = atomic_load(&h->bytes_out),
        .bytes_in_flight = atomic_load(&h->bodies.in_flight),
    };
}

static void print_number(vd_text_out *out, const char *name, const char *type, const char *help,
                         uint64_t value)
{
    vd_metric_head(out, name, type, help);
    vd_metric(out, name, NULL, (double)value);
}

static const char *route_name(const vd_http *h, size_t i)
{
    return i < h->o.n_routes ? h->o.routes[i].name : "none";
}

/* Routes may share a name; Prometheus wants each series once. */
static bool is_first_of_name(const vd_http *h, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(route_name(h, k), route_name(h, i)) == 0) return false;
    return true;
}

static void print_classes(const vd_http *h, size_t i, vd_text_out *out)
{
    char label[128], both[192];
    vd_metric_label(label, sizeof label, "route", vd_str_from(route_name(h, i)));
    for (unsigned c = 2; c < 6; c++) {
        uint64_t n = 0;
        for (size_t k = i; k <= h->o.n_routes; k++)
            if (strcmp(route_name(h, k), route_name(h, i)) == 0) n += atomic_load(&h->counts[k].by_class[c]);
        snprintf(both, sizeof both, "%s,status=\"%uxx\"", label, c);
        if (n) vd_metric(out, "vedette_http_requests_total", both, (double)n);
    }
}

/* A route that was never asked for is left out: most never are. */
static void print_times(const vd_http *h, size_t i, vd_text_out *out)
{
    char label[128];
    vd_histogram *sum = vd_histogram_new();
    for (size_t k = i; k <= h->o.n_routes; k++)
        if (strcmp(route_name(h, k), route_name(h, i)) == 0) vd_histogram_merge(sum, h->counts[k].times);
    vd_metric_label(label, sizeof label, "route", vd_str_from(route_name(h, i)));
    if (vd_histogram_at(sum, 1)) vd_histogram_print(out, sum, "vedette_http_request_seconds", label);
    vd_histogram_free(sum);
}

void vd_http_metrics(const vd_http *h, vd_text_out *out)
{
    vd_http_stats s = vd_http_stats_of(h);
    print_number(out, "vedette_http_connections", "gauge", "Open connections.", s.connections);
    print_number(out, "vedette_http_connections_total", "counter", "Connections taken.", s.connections_total);
    print_number(out, "vedette_http_refused_total", "counter", "Requests refused before a handler saw them.",
                 s.refused);
    print_number(out, "vedette_http_unauthorised_total", "counter", "Requests without a key that may.",
                 s.unauthorised);
    print_number(out, "vedette_http_timeouts_total", "counter", "Connections ended because they were slow.",
                 s.timed_out);
    print_number(out, "vedette_http_body_bytes_total", "counter", "Bytes of bodies, as they were sent.", s.bytes_in);
    print_number(out, "vedette_http_answer_bytes_total", "counter", "Bytes of answers' bodies.", s.bytes_out);
    print_number(out, "vedette_http_body_bytes_in_flight", "gauge", "Bytes of bodies in memory.",
                 s.bytes_in_flight);
    vd_metric_head(out, "vedette_http_requests_total", "counter", "Requests answered.");
    for (size_t i = 0; i <= h->o.n_routes; i++)
        if (is_first_of_name(h, i)) print_classes(h, i, out);
    vd_metric_head(out, "vedette_http_request_seconds", "histogram",
                   "From a request's line to its answer's beginning.");
    for (size_t i = 0; i <= h->o.n_routes; i++)
        if (is_first_of_name(h, i)) print_times(h, i, out);
}
