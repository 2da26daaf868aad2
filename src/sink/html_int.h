/* sink/html_int.h - private to the HTML report
 *
 * Every text that is not written here goes through vd_html_put: events and rules are
 * foreign, and this file is opened in a browser. The file asks for nothing outside of
 * itself and forbids itself to (Content-Security-Policy), and has no script. */
#ifndef VD_SINK_HTML_INT_H
#define VD_SINK_HTML_INT_H

#include "sink/dossier.h"

/* Foreign text with control characters made visible and &, <, >, ", ' as entities. */
void vd_html_put(vd_sink *sink, vd_str s);

/* ---- html_charts.c ---- */

/* Bars of alerts over time, stacked by severity; nothing below two alerts. */
void vd_html_over_time(vd_sink *sink, const vd_dossier *d);
/* Bars of alerts by severity. */
void vd_html_by_severity(vd_sink *sink, const vd_dossier *d);
/* ATT&CK: a column for each tactic, its techniques with counts. */
void vd_html_matrix(vd_sink *sink, const vd_dossier *d);

#endif
