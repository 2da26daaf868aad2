/* The head of a record, put together from texts in whatever order they come. */
#include "windows/shapes_int.h"

bool vd_field_number(vd_str t, uint64_t *out)
{
    uint64_t v = 0;
    bool negative = t.n && t.p[0] == '-';
    size_t i = negative;
    bool hex = t.n > i + 2 && t.p[i] == '0' && (t.p[i + 1] | 32) == 'x';
    if (hex) i += 2;
    if (i >= t.n) return false;
    for (; i < t.n; i++) {
        unsigned digit = vd_digit(t.p[i], hex);
        if (digit == 16 || __builtin_mul_overflow(v, hex ? 16u : 10u, &v) ||
            __builtin_add_overflow(v, digit, &v))
            return false;
    }
    *out = negative ? 0 - v : v;
    return true;
}

void vd_fields_begin(vd_shapes *s, vd_win_record *out)
{
    vd_arena_reset(&s->a);
    *out = (vd_win_record){0};
    s->out = out;
    s->data.n = s->beside.n = 0;
    s->failed = s->has_event_id = false;
    s->has_timestamp = s->has_utc = s->has_local = s->has_zoned = false;
    s->source = s->collector = s->index = (vd_str){0};
}

void vd_field_data(vd_shapes *s, vd_str name, vd_str value)
{
    if (!name.n) name = vd_arena_printf(&s->a, "param%zu", s->data.n + 1);
    *vd_vec_push(&s->data) = (vd_win_pair){name, value};
    /* Sysmon's clock. "-" and the like are no time. */
    if (!s->has_utc && vd_str_eq(name, VD_STR("UtcTime")))
        s->has_utc = vd_win_time(value, 0, &s->utc_ns, NULL);
}

static bool number32(vd_str text, uint32_t *out)
{
    uint64_t v;
    if (!vd_field_number(text, &v) || v > UINT32_MAX) return false;
    *out = (uint32_t)v;
    return true;
}

static void keyword(vd_win_record *r, vd_str text)
{
    if (text.n && r->n_keyword_texts < sizeof r->keyword_texts / sizeof r->keyword_texts[0])
        r->keyword_texts[r->n_keyword_texts++] = text;
}

/* Level, task and opcode come as numbers or in words. */
static bool number_or_words(vd_str text, uint32_t *number, vd_str *words)
{
    if (!number32(text, number) && !words->n) *words = text;
    return true;
}

static bool put_time(vd_shapes *s, vd_str text)
{
    vd_zone_of zone;
    int64_t ns;
    if (!vd_win_time(text, s->options.input_tz, &ns, &zone)) return false;
    s->has_local = zone == VD_ZONE_NONE;
    s->local_ns = ns;
    /* A time that says its zone is surer than one that does not. */
    if (s->out->has_time && zone == VD_ZONE_NONE) return true;
    s->has_zoned |= zone != VD_ZONE_NONE;
    s->out->time_ns = ns;
    s->out->has_time = true;
    return true;
}

/* NXLog's EventType: what the log's type of event is; Sysmon's registry events have data
 * of the same name. */
static bool put_type(vd_shapes *s, vd_str text)
{
    static const struct {
        vd_str type, keyword, level;
    } types[] = {
        {VD_STR("AUDIT_SUCCESS"), VD_STR("Audit Success"), VD_STR("Information")},
        {VD_STR("AUDIT_FAILURE"), VD_STR("Audit Failure"), VD_STR("Information")},
        {VD_STR("INFO"), VD_STR(""), VD_STR("Information")},
        {VD_STR("WARNING"), VD_STR(""), VD_STR("Warning")},
        {VD_STR("ERROR"), VD_STR(""), VD_STR("Error")},
        {VD_STR("CRITICAL"), VD_STR(""), VD_STR("Critical")},
        {VD_STR("VERBOSE"), VD_STR(""), VD_STR("Verbose")},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (vd_str_eq(text, types[i].type)) {
            keyword(s->out, types[i].keyword);
            if (!s->out->level_text.n) s->out->level_text = types[i].level;
            return true;
        }
    return false;
}

/* SeverityValue of NXLog, 1 to 5, as Windows counts levels: 5 verbose to 1 critical. */
static bool put_severity(vd_win_record *r, vd_str text)
{
    static const uint8_t level[] = {0, 5, 4, 3, 2, 1};
    uint32_t v;
    if (number32(text, &v) && v < sizeof level && !r->level) r->level = level[v];
    return true;
}

static bool put_keywords(vd_win_record *r, vd_str text)
{
    uint64_t v;
    if (vd_field_number(text, &v)) r->keywords = v;
    else keyword(r, text);
    return true;
}

static bool put_text(vd_str *at, vd_str text)
{
    if (!at->n) *at = text;
    return true;
}

static bool put_number(vd_shapes *s, vd_win_field field, vd_str text)
{
    vd_win_record *r = s->out;
    switch (field) {
    case VD_WF_EVENT_ID:
        if (!number32(text, &r->event_id)) return false;
        s->has_event_id = true;
        return true;
    case VD_WF_PID: return r->has_process_id |= number32(text, &r->process_id);
    case VD_WF_TID: return number32(text, &r->thread_id);
    case VD_WF_VERSION: return number32(text, &r->version);
    case VD_WF_QUALIFIERS: return number32(text, &r->qualifiers);
    default: return r->has_record_id |= vd_field_number(text, &r->record_id);
    }
}

bool vd_field_put(vd_shapes *s, vd_win_field field, vd_str text)
{
    vd_win_record *r = s->out;
    switch (field) {
    case VD_WF_CHANNEL: return put_text(&r->channel, text);
    case VD_WF_PROVIDER: return put_text(&r->provider, text);
    case VD_WF_GUID: return put_text(&r->provider_guid, text);
    case VD_WF_SOURCE: return put_text(&s->source, text);
    case VD_WF_SOURCE_NAME: return put_text(&r->source_name, text);
    case VD_WF_COMPUTER: return put_text(&r->computer, text);
    case VD_WF_COLLECTOR: return put_text(&s->collector, text);
    case VD_WF_SID: return put_text(&r->user_sid, text);
    case VD_WF_USER_NAME: return put_text(&r->user_name, text);
    case VD_WF_USER_DOMAIN: return put_text(&r->user_domain, text);
    case VD_WF_USER_TYPE: return put_text(&r->user_type, text);
    case VD_WF_HOST_ID: return put_text(&r->host_id, text);
    case VD_WF_ACTIVITY: return put_text(&r->activity_id, text);
    case VD_WF_RELATED: return put_text(&r->related_activity_id, text);
    case VD_WF_MESSAGE: return put_text(&r->message, text);
    case VD_WF_LEVEL: return number_or_words(text, &r->level, &r->level_text);
    case VD_WF_TASK: return number_or_words(text, &r->task, &r->task_text);
    case VD_WF_OPCODE: return number_or_words(text, &r->opcode, &r->opcode_text);
    case VD_WF_KEYWORDS: return put_keywords(r, text);
    case VD_WF_TIME: return put_time(s, text);
    case VD_WF_TIMESTAMP:
        s->has_timestamp = vd_win_time(text, s->options.input_tz, &s->timestamp_ns, NULL);
        return true;
    case VD_WF_NXLOG_TYPE: return put_type(s, text);
    case VD_WF_NXLOG_VALUE: return put_severity(r, text);
    case VD_WF_IGNORE: return true;
    case VD_WF_EVENT_ID:
    case VD_WF_PID:
    case VD_WF_TID:
    case VD_WF_VERSION:
    case VD_WF_QUALIFIERS:
    case VD_WF_RECORD_ID: return put_number(s, field, text);
    default: return false;
    }
}

/* The local clock and the one in UTC are of one event: what lies between them, to a
 * quarter of an hour, is the zone of the local one. */
static void note_zone(vd_shapes *s)
{
    const int64_t minute = 60000000000ll;
    if (!s->has_local || !s->has_utc) return;
    int64_t ahead = s->local_ns - s->utc_ns;
    int64_t quarters = (ahead + (ahead < 0 ? -1 : 1) * 15 * minute / 2) / (15 * minute);
    int64_t off = ahead - quarters * 15 * minute;
    if (!quarters || off > 2 * minute || off < -2 * minute) return;
    int64_t zone = vd_offsets_at(s->options.input_tz, s->local_ns / 1000000000) + quarters * 15;
    if (zone < -14 * 60 || zone > 14 * 60) return;
    s->zone_seen = true;
    s->zone_minutes = (int)zone;
}

bool vd_fields_end(vd_shapes *s)
{
    vd_win_record *r = s->out;
    if (s->failed || !s->has_event_id) return false;
    note_zone(s);
    /* UtcTime is when it happened, not when the record was made, but surer than a guess at a
     * zone or a collector's clock. */
    if (s->has_utc && !s->has_zoned) r->time_ns = s->utc_ns;
    else if (!r->has_time) r->time_ns = s->timestamp_ns;
    r->has_time |= s->has_utc || s->has_timestamp;
    if (!r->provider.n) r->provider = s->source;
    if (!r->computer.n) r->computer = s->collector;
    r->data = s->data.v;
    r->n_data = (uint32_t)s->data.n;
    return true;
}
