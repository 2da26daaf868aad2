/* The forms that are written at once, and the door of the room. */
#include "sink/sink_int.h"

#include <errno.h>

#include "base/clock.h"

static void take_alerts(vd_sink *sink, const vd_finding *finding)
{
    vd_alert_options options = {.now = sink->o.live ? vd_now_ms() : sink->o.now};
    vd_json *documents = vd_json_array();
    vd_alert_documents(finding, &options, documents);
    for (size_t i = 0; i < vd_json_len(documents); i++)
        vd_json_write_line(sink->o.out, vd_json_at(documents, i));
    vd_json_free(documents);
}

static void take_match(vd_sink *sink, const vd_finding *finding)
{
    vd_json *line = vd_json_object(), *events = vd_json_array();
    char when[32];
    vd_time_format(finding->ts, when);
    for (size_t i = 0; i < finding->n_events; i++) {
        const vd_finding_event *ev = &finding->events[i];
        vd_json_push(events, ev->missing ? NULL : vd_json_string(ev->id));
    }
    vd_json_set_str(line, "rule_id", finding->rule->rule_id);
    vd_json_set_str(line, "rule", finding->rule->name);
    vd_json_set_str(line, "timestamp", vd_str_from(when));
    vd_json_set(line, "events", events);
    vd_json_set(line, "join_keys",
                finding->join_keys ? vd_json_share(finding->join_keys) : vd_json_array());
    vd_json_write_line(sink->o.out, line);
    vd_json_free(line);
}

vd_sink *vd_sink_new(vd_sink_form form, const vd_sink_options *options)
{
    vd_sink *sink = vd_calloc(1, sizeof *sink);
    sink->o = *options;
    if (!sink->o.width) sink->o.width = 100;
    switch (form) {
    case VD_SINK_REPORT: vd_sink_report_init(sink); break;
    case VD_SINK_ALERTS: sink->take = take_alerts; break;
    case VD_SINK_MATCHES: sink->take = take_match; break;
    case VD_SINK_TABLE: vd_sink_table_init(sink); break;
    case VD_SINK_HITS: vd_sink_hits_init(sink); break;
    case VD_SINK_HIT_LINES: vd_sink_hit_lines_init(sink); break;
    case VD_SINK_TIMELINE: vd_sink_timeline_init(sink, false); break;
    case VD_SINK_TIMELINE_LINES: vd_sink_timeline_init(sink, true); break;
    case VD_SINK_MARKDOWN: vd_sink_markdown_init(sink); break;
    case VD_SINK_HTML: vd_sink_html_init(sink); break;
    case VD_SINK_NAVIGATOR: vd_sink_navigator_init(sink); break;
    }
    return sink;
}

void vd_sink_take(vd_sink *sink, const vd_finding *finding)
{
    sink->take(sink, finding);
    if (sink->o.live && fflush(sink->o.out) && !sink->why) sink->why = errno; /* told at the end */
}

int vd_sink_end(vd_sink *sink, const vd_summary *summary, vd_err *err)
{
    static const vd_summary nothing = {.first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE};
    if (sink->end) sink->end(sink, summary ? summary : &nothing);
    errno = 0;
    if (fflush(sink->o.out) == 0 && !ferror(sink->o.out)) return VD_OK;
    int why = sink->why ? sink->why : errno;
    return vd_fail(err, VD_IO, "the output could not be written: %s",
                   why ? strerror(why) : "write error");
}

void vd_sink_free(vd_sink *sink)
{
    if (!sink) return;
    if (sink->free) sink->free(sink);
    free(sink);
}
