/* sink/report_int.h - private to the report: what is collected of the findings */
#ifndef VD_SINK_REPORT_INT_H
#define VD_SINK_REPORT_INT_H

#include "base/map.h"
#include "sink/sink_int.h"

/* An alert that is shown: its timeline. */
typedef struct vd_shown {
    vd_str name;
    int64_t risk_score;
    size_t first, n; /* rows of the report */
    size_t cut;      /* events behind them that are not shown */
    bool sequence;
} vd_shown;

typedef struct vd_counted {
    vd_str key;
    uint64_t n;
} vd_counted;

/* The alerts of one rule in one severity. */
typedef struct vd_group {
    const vd_rule *rule;
    vd_severity severity;
    int64_t risk_score; /* the highest */
    uint64_t n;
    vd_map host_index;
    VD_VEC(vd_counted) hosts;
    VD_VEC(vd_shown) shown; /* the first alert, or all */
} vd_group;

/* Events of one alert that are shown when not all are asked for. */
#define VD_SHOWN_EVENTS 6

typedef struct vd_report {
    vd_arena a, scratch; /* scratch: for the finding at hand */
    VD_VEC(vd_row) rows;
    VD_VEC(vd_group) groups;
    vd_map index; /* "<severity> <rule pointer>" to group */
    VD_VEC(vd_counted) techniques;
    vd_map technique_index;
    VD_VEC(vd_str) technique_names; /* beside techniques */
    uint64_t hidden;                /* alerts of building-block rules */
    size_t hidden_rules;
    vd_map hidden_index;
    size_t most_stages;
} vd_report;

/* shown.c: the events of one alert, with what its name is if the rule has another. */
void vd_report_shown(const vd_sink *sink, const vd_report *r, const vd_columns *c, const vd_rule *rule,
                     const vd_shown *shown);
/* One alert, at once. */
void vd_report_now(const vd_sink *sink, vd_report *r, const vd_finding *finding,
                   const vd_alert_facts *facts);
/* "MEDIUM", in its colour. */
void vd_report_severity(const vd_sink *sink, vd_severity severity);
/* screen.c */
void vd_report_print(vd_sink *sink, vd_report *report, const vd_summary *summary);

#endif
