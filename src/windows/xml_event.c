/* <Event> elements to records. Microsoft docs: "Event Schema" (Windows Event Log). */
#include "windows/shapes_int.h"

/* One event being read: the elements that are open, and the text of the innermost. */
typedef struct reading {
    vd_shapes *s;
    vd_xml x;
    vd_str open[VD_XML_MAX_DEPTH];
    unsigned depth;
    vd_str text;
    bool leaf;      /* nothing but text has come since the innermost was opened */
    vd_str name;    /* Name attribute of the innermost Data */
} reading;

typedef struct place {
    const char *parent, *element;
    const char *attribute; /* NULL: the text */
    uint8_t field;
} place;

static const place places[] = {
    {"System", "Provider", "Name", VD_WF_PROVIDER},
    {"System", "Provider", "Guid", VD_WF_GUID},
    {"System", "Provider", "EventSourceName", VD_WF_SOURCE_NAME},
    {"System", "EventID", NULL, VD_WF_EVENT_ID},
    {"System", "EventID", "Qualifiers", VD_WF_QUALIFIERS},
    {"System", "Version", NULL, VD_WF_VERSION},
    {"System", "Level", NULL, VD_WF_LEVEL},
    {"System", "Task", NULL, VD_WF_TASK},
    {"System", "Opcode", NULL, VD_WF_OPCODE},
    {"System", "Keywords", NULL, VD_WF_KEYWORDS},
    {"System", "TimeCreated", "SystemTime", VD_WF_TIME},
    {"System", "EventRecordID", NULL, VD_WF_RECORD_ID},
    {"System", "Correlation", "ActivityID", VD_WF_ACTIVITY},
    {"System", "Correlation", "RelatedActivityID", VD_WF_RELATED},
    {"System", "Execution", "ProcessID", VD_WF_PID},
    {"System", "Execution", "ThreadID", VD_WF_TID},
    {"System", "Channel", NULL, VD_WF_CHANNEL},
    {"System", "Computer", NULL, VD_WF_COMPUTER},
    {"System", "Security", "UserID", VD_WF_SID},
    {"RenderingInfo", "Message", NULL, VD_WF_MESSAGE},
    {"RenderingInfo", "Level", NULL, VD_WF_LEVEL},
    {"RenderingInfo", "Task", NULL, VD_WF_TASK},
    {"RenderingInfo", "Opcode", NULL, VD_WF_OPCODE},
    {"Keywords", "Keyword", NULL, VD_WF_KEYWORDS},
};

static bool is(vd_str s, const char *name) { return vd_str_eq(s, vd_str_from(name)); }

/* The n-th element out from the innermost. */
static vd_str out_from(const reading *r, unsigned n)
{
    return n < r->depth ? r->open[r->depth - 1 - n] : (vd_str){0};
}

static void put(reading *r, vd_str parent, vd_str element, const char *attribute, vd_str value)
{
    if (!value.n) return;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const place *p = &places[i];
        bool same = attribute ? p->attribute && strcmp(p->attribute, attribute) == 0 : !p->attribute;
        if (same && is(element, p->element) && is(parent, p->parent))
            vd_field_put(r->s, (vd_win_field)p->field, value);
    }
}

static void take_attributes(reading *r, const vd_xml_token *t)
{
    static const char *const names[] = {"Name", "Guid", "EventSourceName", "Qualifiers", "SystemTime",
                                        "ActivityID", "RelatedActivityID", "ProcessID", "ThreadID",
                                        "UserID"};
    if (!t->n_attributes) return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put(r, out_from(r, 1), t->name, names[i], vd_xml_attribute(t, vd_str_from(names[i])));
}

static int open_element(reading *r, const vd_xml_token *t, vd_err *err)
{
    if (r->depth == VD_XML_MAX_DEPTH)
        return vd_fail_at(err, VD_FORMAT, r->x.at, 0, "elements nested too deeply");
    /* Its end would be taken for the outer one's where text is cut. */
    if (r->depth && is(t->name, "Event"))
        return vd_fail_at(err, VD_FORMAT, r->x.at, 0, "an event in an event");
    r->open[r->depth++] = t->name;
    r->text = (vd_str){0};
    r->leaf = true;
    r->name = (vd_str){0};
    if (r->depth > 2 && is(r->open[1], "System")) take_attributes(r, t);
    if (r->depth > 2 && is(r->open[1], "EventData")) r->name = vd_xml_attribute(t, VD_STR("Name"));
    if (r->depth == 3 && is(r->open[1], "UserData")) {
        r->s->out->has_user_data = true;
        r->s->out->user_data_name = t->name;
    }
    return VD_OK;
}

/* Text comes in parts where CDATA or a comment stands in it. */
static void add_text(reading *r, vd_str text)
{
    if (!r->leaf || !text.n) return;
    r->text = r->text.n ? vd_arena_printf(&r->s->a, "%.*s%.*s", VD_FMT(r->text), VD_FMT(text)) : text;
}

static void end_leaf(reading *r, vd_str element)
{
    if (r->depth < 2) return;
    if (is(r->open[1], "EventData")) {
        if (r->depth < 3) { /* text of EventData itself, as old providers write it */
            if (vd_str_trim(r->text).n) vd_field_data(r->s, (vd_str){0}, vd_str_trim(r->text));
            return;
        }
        vd_str name = r->name.n || is(element, "Data") ? r->name : element;
        vd_field_data(r->s, name, r->text);
    } else if (is(r->open[1], "UserData")) {
        if (r->depth > 3) vd_field_data(r->s, element, r->text);
    } else {
        put(r, out_from(r, 1), element, NULL, vd_str_trim(r->text));
    }
}

static int close_element(reading *r, const vd_xml_token *t, vd_err *err)
{
    if (!r->depth || !vd_str_eq(r->open[r->depth - 1], t->name))
        return vd_fail_at(err, VD_FORMAT, r->x.at, 0, "</%.*s> closes <%.*s>", VD_FMT(t->name),
                          VD_FMT(out_from(r, 0)));
    if (r->leaf) end_leaf(r, t->name);
    r->depth--;
    r->leaf = false;
    return VD_OK;
}

/* From <Event to behind its </Event>. */
static int read_event(reading *r, vd_err *err)
{
    vd_xml_token t;
    do {
        int rc = vd_xml_token_next(&r->x, &t, err);
        if (rc) return rc;
        switch (t.kind) {
        case VD_XML_OPEN: rc = open_element(r, &t, err); break;
        case VD_XML_CLOSE: rc = close_element(r, &t, err); break;
        case VD_XML_TEXT: add_text(r, t.text); break;
        case VD_XML_END: return vd_fail_at(err, VD_FORMAT, r->x.at, 0, "an event that is cut off");
        }
        if (rc) return rc;
    } while (r->depth);
    return VD_OK;
}

/* Whether an <Event> begins at the `<` of position i: of any prefix. */
static bool begins_event(vd_str text, size_t i)
{
    size_t end = i + 1, start = end;
    for (; end < text.n && end - i < 64 && !memchr(" \t\r\n/><", text.p[end], 7); end++)
        if (text.p[end] == ':') start = end + 1;
    return end < text.n && text.p[end] != '<' && vd_str_eq(vd_str_sub(text, start, end), VD_STR("Event"));
}

static size_t find(vd_str text, size_t from, vd_str what)
{
    const char *p = from < text.n ? memmem(text.p + from, text.n - from, what.p, what.n) : NULL;
    return p ? (size_t)(p - text.p) : text.n;
}

/* The `<` of the next event, or text.n. What stands in comments is none. */
static size_t find_event(vd_str text, size_t from)
{
    size_t i = vd_str_find_byte(text, '<', from);
    while (i < text.n && !begins_event(text, i)) {
        bool comment = vd_str_starts(vd_str_sub(text, i, text.n), VD_STR("<!--"));
        size_t end = comment ? find(text, i, VD_STR("-->")) : i + 1;
        i = vd_str_find_byte(text, '<', end < text.n ? end : i + 1);
    }
    return i;
}

size_t vd_xml_event_end(vd_str text, size_t from)
{
    static const vd_str tail = VD_STR("Event>");
    for (size_t i = from; (i = find(text, i, tail)) < text.n; i++) {
        size_t start = i;
        while (start > from && i - start < 64 && !memchr(" \t\r\n<>\"'", text.p[start - 1], 8))
            start--;
        vd_str name = vd_str_sub(text, start, i);
        if (start > from && text.p[start - 1] == '<' && name.n && name.p[0] == '/' &&
            (name.n == 1 || name.p[name.n - 1] == ':'))
            return i + tail.n;
    }
    return SIZE_MAX;
}

/* Behind a broken event: the next one's start, or the broken one's end if that comes
 * first. */
static size_t behind(vd_str text, size_t start)
{
    size_t closed = vd_xml_event_end(text, start);
    if (closed > text.n) closed = text.n;
    size_t next = find_event(text, start + 1);
    return next < closed ? next : closed;
}

bool vd_xml_next(vd_shapes *s, vd_str text, size_t *at, vd_win_record *out, vd_err *err)
{
    vd_err local = {0};
    if (!err) err = &local;
    size_t start = find_event(text, *at);
    vd_fields_begin(s, out);
    if (start == text.n) {
        *at = text.n;
        return false;
    }
    reading r = {.s = s, .x = {.a = &s->a, .text = text, .at = start}};
    int rc = read_event(&r, err);
    *at = rc ? behind(text, start) : r.x.at;
    if (!rc && !vd_fields_end(s)) rc = vd_fail_at(err, VD_FORMAT, start, 0, "an event without an EventID");
    if (rc) *out = (vd_win_record){0};
    return true;
}
