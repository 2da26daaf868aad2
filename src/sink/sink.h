/* sink/sink.h - where findings go: a report for people, lines for programs
 *
 * Idea      A sink takes findings one by one and a summary at the end. What is for
 *           programs is written at once; what is for people is collected, so that
 *           the first screen can be put in order and kept short (`live` shows it both as
 *           it comes and at the end).
 * Use       vd_sink_new, vd_sink_take for each finding, vd_sink_end, vd_sink_free.
 * Lifetime  Rules named by findings must live until vd_sink_end; the rest of a
 *           finding is copied.
 * Errors    vd_sink_end says VD_IO when anything could not be written.
 * Not here  Alert documents themselves: alert/. */
#ifndef VD_SINK_SINK_H
#define VD_SINK_SINK_H

#include <stdio.h>

#include "alert/alert.h"

/* The zone in which times are shown. */
typedef struct vd_zone {
    bool named;  /* by the TZ database, through TZ of this process */
    int minutes; /* else: east of UTC */
    char label[64];
} vd_zone;

/* Reads "UTC", "Z", "+02:00", "-0330", "local" or a name like "Europe/Berlin"; a
 * name sets TZ for the whole process. VD_FORMAT if it is none of these. */
int vd_zone_read(const char *text, vd_zone *zone, vd_err *err);
/* "2026-01-02 03:04:05.678Z"; with `short_form` the time of day alone. */
size_t vd_zone_format(const vd_zone *zone, int64_t ms, bool short_form, char out[48]);
/* Whether both lie on one day of that zone. */
bool vd_zone_same_day(const vd_zone *zone, int64_t a, int64_t b);

typedef enum vd_sink_form {
    VD_SINK_REPORT,      /* alerts for people */
    VD_SINK_ALERTS,      /* alert documents, one a line */
    VD_SINK_MATCHES,     /* ids of the events, one match a line */
    VD_SINK_TABLE,       /* search results for people */
    VD_SINK_HITS,        /* a response as _eql/search gives it */
    VD_SINK_HIT_LINES,   /* the same, one event or sequence a line */
    VD_SINK_TIMELINE,    /* Timesketch's CSV, a row for each event of an alert */
    VD_SINK_TIMELINE_LINES, /* the same as NDJSON */
    VD_SINK_MARKDOWN,    /* a report to keep: Markdown */
    VD_SINK_HTML,        /* the same as one HTML file that needs nothing else */
    VD_SINK_NAVIGATOR    /* a layer for ATT&CK Navigator */
} vd_sink_form;

typedef struct vd_sink_options {
    FILE *out;             /* not closed */
    unsigned width;        /* columns of the screen; 0: 100 */
    bool colour;
    vd_zone zone;
    bool full;             /* REPORT: every alert, not one a rule; MARKDOWN, HTML: nor ten */
    bool live;             /* each finding is shown when it is taken: lines are flushed, the REPORT
                              prints it at once, whole with `full`, and one a rule at the end */
    bool building_blocks;  /* reports: show building-block rules too */
    bool sequences;        /* HITS: the query is a sequence or sample */
    int64_t now;           /* time of creation of alerts; ms */
    int64_t started_ns;    /* vd_mono_ns when the work began, for `took` */
} vd_sink_options;

typedef struct vd_sink_count {
    vd_str name;
    uint64_t n;
} vd_sink_count;

/* What the whole run came to. Slices and arrays are lent for the call of vd_sink_end. */
typedef struct vd_summary {
    size_t files;
    uint64_t bytes; /* of the inputs as they are stored */
    uint64_t documents, bad_documents;
    const vd_str *hosts; /* some of them, */
    size_t n_hosts;
    size_t hosts_total;  /* and how many there are */
    int64_t first_ts, last_ts; /* VD_TIME_NONE: nothing had a time */
    size_t rules_ran, rules_with_data, rules_broken;
    const vd_str *rules_without; /* names of rules that had no data */
    size_t n_rules_without;
    const vd_sink_count *not_run; /* rule types that do not run, with counts */
    size_t n_not_run;
    uint64_t left_out, left_out_rules; /* findings over the cap, of how many rules */
    const vd_str *notes; /* further sentences */
    size_t n_notes;
    const vd_str *next;  /* what to run next: command, explanation, command, ... */
    size_t n_next;       /* pairs */
    bool interrupted;
} vd_summary;

typedef struct vd_sink vd_sink;

vd_sink *vd_sink_new(vd_sink_form form, const vd_sink_options *options);
void vd_sink_take(vd_sink *sink, const vd_finding *finding);
/* summary may be NULL for the forms that are for programs. */
int vd_sink_end(vd_sink *sink, const vd_summary *summary, vd_err *err);
void vd_sink_free(vd_sink *sink);

/* Foreign text on its way to a terminal: control characters, bytes that are no UTF-8
 * and marks that turn the direction of writing come out as \n, \x1b or \u202e. At most
 * `columns` columns are written, the last of them an ellipsis if something is cut;
 * SIZE_MAX: all. Returns the columns used. */
size_t vd_text_put(FILE *out, vd_str s, size_t columns);
/* The columns that vd_text_put needs for all of s. */
size_t vd_text_width(vd_str s);
/* vd_text_put, filled up with blanks; right: blanks first. */
void vd_text_cell(FILE *out, vd_str s, size_t columns, bool right);

/* "1,234,567" */
const char *vd_number(uint64_t n, char out[32]);
/* "8.2 MB" */
const char *vd_bytes(uint64_t n, char out[32]);

#endif
