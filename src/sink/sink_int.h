/* sink/sink_int.h - private to sink/ */
#ifndef VD_SINK_INT_H
#define VD_SINK_INT_H

#include "base/vec.h"
#include "sink/sink.h"

struct vd_sink {
    vd_sink_options o;
    void (*take)(vd_sink *sink, const vd_finding *finding);
    void (*end)(vd_sink *sink, const vd_summary *summary);
    void (*free)(vd_sink *sink);
    void *state; /* of the form */
    int why;     /* errno of a flush that failed; 0: none did */
};

/* Set take, end, free and state. */
void vd_sink_report_init(vd_sink *sink);
void vd_sink_table_init(vd_sink *sink);
void vd_sink_hits_init(vd_sink *sink);
void vd_sink_hit_lines_init(vd_sink *sink);
void vd_sink_timeline_init(vd_sink *sink, bool lines);
void vd_sink_markdown_init(vd_sink *sink);
void vd_sink_html_init(vd_sink *sink);
void vd_sink_navigator_init(vd_sink *sink);

/* ---- row.c: one event as a line of a table ---- */

/* Cells in the order of the columns; empty where the event does not say. */
typedef enum vd_cell {
    VD_CELL_HOST,
    VD_CELL_CATEGORY,
    VD_CELL_PROCESS,
    VD_CELL_PID,
    VD_CELL_USER,
    VD_CELL_WHAT,
    VD_CELL_COUNT
} vd_cell;

typedef struct vd_row {
    bool missing;
    bool path; /* WHAT is a path: its end says more than its beginning */
    int64_t ts;
    vd_str cell[VD_CELL_COUNT];
} vd_row;

/* The row of an event; its strings are copied into the arena, long ones cut. */
vd_row vd_row_of(vd_arena *a, const vd_finding_event *event);
/* The host's name, or what else tells it from others; lives as long as doc and `a`. */
vd_str vd_host_of(vd_arena *a, const vd_json *doc);
/* A value as text: the first of an array; in `a` if it is no string. */
vd_str vd_field_text(vd_arena *a, const vd_json *doc, const char *path);

/* ---- text.c ---- */

/* vd_text_put, but what is too long loses its beginning. */
void vd_text_put_end(FILE *out, vd_str s, size_t columns);
/* The text that vd_text_put writes for all of s: s itself or in `a`. */
vd_str vd_text_safe(vd_arena *a, vd_str s);

/* ---- style.c: colours and columns ---- */

typedef enum vd_style { VD_PLAIN, VD_BOLD, VD_DIM, VD_RED, VD_MAGENTA, VD_YELLOW, VD_BLUE } vd_style;
/* Switches the style on; VD_PLAIN ends it. Nothing without colours. */
void vd_style_put(const vd_sink *sink, vd_style style);
void vd_styled(const vd_sink *sink, vd_style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "12", or "more than 100,000": of vd_engine_hosts. */
const char *vd_hosts_number(size_t n, char out[48]);

/* The widths of a timeline's columns. */
typedef struct vd_columns {
    bool short_time; /* time of day alone */
    size_t when, width[VD_CELL_COUNT], stage;
} vd_columns;

/* Makes the columns wide enough for the row; stage 0: no number before the category. */
void vd_columns_fit(vd_columns *c, const vd_row *row);
/* Cuts them to what the screen has behind `indent` and gives the rest to WHAT. */
void vd_columns_settle(vd_columns *c, const vd_sink *sink, size_t indent, bool host);
void vd_columns_head(const vd_columns *c, const vd_sink *sink, size_t indent, bool host);
/* One line. stage: number before the category, 0 for none. */
void vd_columns_row(const vd_columns *c, const vd_sink *sink, size_t indent, bool host,
                    const vd_row *row, unsigned stage);

#endif
