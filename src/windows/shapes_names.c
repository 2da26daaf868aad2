/* The names of a record's head in each form, and by which names a form is known. More
 * names of collectors: more rows. */
#include "windows/shapes_int.h"

struct vd_names {
    vd_map forms[VD_FORM_NONE];
};

typedef struct name_row {
    uint8_t form, field;
    const char *path;
} name_row;

#define FLAT(name, field)  {VD_FORM_FLAT, VD_WF_##field, name}
#define ECMD(name, field)  {VD_FORM_ECMD, VD_WF_##field, name}
#define EVENT(name, field) {VD_FORM_EVENT, VD_WF_##field, name}
#define BEAT(name, field)  {VD_FORM_BEAT, VD_WF_##field, name}
#define BEAT6(name, field) {VD_FORM_BEAT6, VD_WF_##field, name}

static const name_row rows[] = {
    /* NXLog's im_msvistalog and other collectors that put the data beside the head. */
    FLAT("Channel", CHANNEL),
    FLAT("LogName", CHANNEL),
    FLAT("ProviderName", PROVIDER),
    FLAT("Provider", PROVIDER),
    FLAT("SourceName", SOURCE),
    FLAT("ProviderGuid", GUID),
    FLAT("EventSourceName", SOURCE_NAME),
    FLAT("Hostname", COMPUTER),
    FLAT("Computer", COMPUTER),
    FLAT("ComputerName", COMPUTER),
    FLAT("MachineName", COMPUTER),
    FLAT("host", COLLECTOR),
    FLAT("UserID", SID),
    FLAT("AccountName", USER_NAME),
    FLAT("Domain", USER_DOMAIN),
    FLAT("AccountType", USER_TYPE),
    FLAT("ActivityID", ACTIVITY),
    FLAT("RelatedActivityID", RELATED),
    FLAT("Level", LEVEL),
    FLAT("Severity", IGNORE),
    FLAT("SeverityValue", NXLOG_VALUE),
    FLAT("Task", TASK),
    FLAT("Category", TASK),
    FLAT("Opcode", OPCODE),
    FLAT("OpcodeValue", OPCODE),
    FLAT("Message", MESSAGE),
    FLAT("Keywords", KEYWORDS),
    FLAT("EventType", NXLOG_TYPE),
    FLAT("EventTypeOrignal", REGISTRY_TYPE), /* spelt so */
    FLAT("EventTypeOriginal", REGISTRY_TYPE),
    FLAT("EventID", EVENT_ID),
    FLAT("EventId", EVENT_ID),
    FLAT("Qualifiers", QUALIFIERS),
    FLAT("ExecutionProcessID", PID),
    FLAT("ExecutionThreadID", TID),
    FLAT("ThreadID", TID),
    FLAT("Version", VERSION),
    FLAT("RecordNumber", RECORD_ID),
    FLAT("EventRecordID", RECORD_ID),
    FLAT("EventRecordId", RECORD_ID),
    FLAT("RecordId", RECORD_ID),
    FLAT("TimeCreated", TIME),
    FLAT("SystemTime", TIME),
    FLAT("EventTime", TIME),
    FLAT("@timestamp", TIMESTAMP),
    FLAT("EventData", EVENT_DATA),
    FLAT("UserData", USER_DATA),
    FLAT("EventReceivedTime", IGNORE), /* the collector's clock */
    FLAT("SourceModuleName", IGNORE),
    FLAT("SourceModuleType", IGNORE),
    FLAT("ERROR_EVT_UNRESOLVED", IGNORE),
    FLAT("@version", IGNORE),
    FLAT("port", IGNORE), /* the one that Logstash was reached from */
    FLAT("_id", BESIDE),
    FLAT("_index", BESIDE),
    FLAT("tags", BESIDE),

    ECMD("Channel", CHANNEL),
    ECMD("Provider", PROVIDER),
    ECMD("Computer", COMPUTER),
    ECMD("UserId", SID),
    ECMD("Level", LEVEL),
    ECMD("EventId", EVENT_ID),
    ECMD("EventRecordId", RECORD_ID),
    ECMD("ProcessId", PID),
    ECMD("ThreadId", TID),
    ECMD("TimeCreated", TIME),
    ECMD("Keywords", KEYWORDS),
    ECMD("Payload", PAYLOAD),

    EVENT("System.Channel", CHANNEL),
    EVENT("System.Provider.Name", PROVIDER),
    EVENT("System.Provider.Guid", GUID),
    EVENT("System.Provider.EventSourceName", SOURCE_NAME),
    EVENT("System.Computer", COMPUTER),
    EVENT("System.Security.UserID", SID),
    EVENT("System.Correlation.ActivityID", ACTIVITY),
    EVENT("System.Correlation.RelatedActivityID", RELATED),
    EVENT("System.Level", LEVEL),
    EVENT("System.Task", TASK),
    EVENT("System.Opcode", OPCODE),
    EVENT("System.Keywords", KEYWORDS),
    EVENT("System.EventID", EVENT_ID),
    EVENT("System.EventID.Qualifiers", QUALIFIERS),
    EVENT("System.Execution.ProcessID", PID),
    EVENT("System.Execution.ThreadID", TID),
    EVENT("System.Version", VERSION),
    EVENT("System.EventRecordID", RECORD_ID),
    EVENT("System.TimeCreated.SystemTime", TIME),
    EVENT("EventData", EVENT_DATA),
    EVENT("UserData", USER_DATA),
    EVENT("RenderingInfo.Message", MESSAGE),
    EVENT("RenderingInfo.Level", LEVEL),
    EVENT("RenderingInfo.Task", TASK),
    EVENT("RenderingInfo.Opcode", OPCODE),
    EVENT("RenderingInfo.Keywords.Keyword", KEYWORDS),
    EVENT("Message", MESSAGE),
    EVENT("_id", BESIDE),
    EVENT("_index", BESIDE),
    EVENT("tags", BESIDE),

    BEAT("winlog.channel", CHANNEL),
    BEAT("winlog.provider_name", PROVIDER),
    BEAT("winlog.provider_guid", GUID),
    BEAT("winlog.computer_name", COMPUTER),
    BEAT("winlog.user.identifier", SID),
    BEAT("winlog.user.name", USER_NAME),
    BEAT("winlog.user.domain", USER_DOMAIN),
    BEAT("winlog.user.type", USER_TYPE),
    BEAT("winlog.activity_id", ACTIVITY),
    BEAT("winlog.related_activity_id", RELATED),
    BEAT("winlog.level", LEVEL),
    BEAT("winlog.task", TASK),
    BEAT("winlog.opcode", OPCODE),
    BEAT("winlog.keywords", KEYWORDS),
    BEAT("winlog.event_id", EVENT_ID),
    BEAT("winlog.process.pid", PID),
    BEAT("winlog.process.thread.id", TID),
    BEAT("winlog.version", VERSION),
    BEAT("winlog.record_id", RECORD_ID),
    BEAT("winlog.time_created", TIME),
    BEAT("winlog.event_data", EVENT_DATA),
    BEAT("winlog.user_data", USER_DATA),
    BEAT("event.provider", SOURCE),
    BEAT("log.level", LEVEL),
    BEAT("message", MESSAGE),
    BEAT("host", COLLECTOR),
    BEAT("host.name", COLLECTOR),
    BEAT("host.id", HOST_ID),
    BEAT("@timestamp", TIMESTAMP),
    BEAT("_id", BESIDE),
    BEAT("_index", BESIDE),
    BEAT("agent", BESIDE),
    BEAT("elastic_agent", BESIDE),
    BEAT("cloud", BESIDE),
    BEAT("labels", BESIDE),
    BEAT("tags", BESIDE),

    BEAT6("log_name", CHANNEL),
    BEAT6("source_name", SOURCE),
    BEAT6("provider_guid", GUID),
    BEAT6("computer_name", COMPUTER),
    BEAT6("user.identifier", SID),
    BEAT6("user.name", USER_NAME),
    BEAT6("user.domain", USER_DOMAIN),
    BEAT6("user.type", USER_TYPE),
    BEAT6("activity_id", ACTIVITY),
    BEAT6("related_activity_id", RELATED),
    BEAT6("level", LEVEL),
    BEAT6("task", TASK),
    BEAT6("opcode", OPCODE),
    BEAT6("keywords", KEYWORDS),
    BEAT6("event_id", EVENT_ID),
    BEAT6("process_id", PID),
    BEAT6("thread_id", TID),
    BEAT6("version", VERSION),
    BEAT6("record_number", RECORD_ID),
    BEAT6("event_data", EVENT_DATA),
    BEAT6("user_data", USER_DATA),
    BEAT6("message", MESSAGE),
    BEAT6("host", COLLECTOR),
    BEAT6("host.name", COLLECTOR),
    BEAT6("host.id", HOST_ID),
    BEAT6("@timestamp", TIMESTAMP),
    BEAT6("_id", BESIDE),
    BEAT6("_index", BESIDE),
    BEAT6("tags", BESIDE),
};

vd_names *vd_names_new(void)
{
    vd_names *names = vd_calloc(1, sizeof *names);
    const size_t n = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < n; i++)
        vd_map_put(&names->forms[rows[i].form], vd_str_from(rows[i].path), rows[i].field);
    /* The way to them; a name that stands for something itself keeps its meaning. */
    for (size_t i = 0; i < n; i++) {
        vd_str path = vd_str_from(rows[i].path);
        for (size_t dot = 0; (dot = vd_str_find_byte(path, '.', dot)) < path.n; dot++)
            vd_map_put(&names->forms[rows[i].form], vd_str_sub(path, 0, dot), VD_WF_DESCEND);
    }
    return names;
}

void vd_names_free(vd_names *names)
{
    if (!names) return;
    for (size_t i = 0; i < VD_FORM_NONE; i++)
        vd_map_fini(&names->forms[i]);
    free(names);
}

vd_win_field vd_names_find(const vd_names *names, vd_form form, vd_str path)
{
    uint32_t found = vd_map_get(&names->forms[form], path);
    return found == VD_MAP_NONE ? VD_WF_DATA : (vd_win_field)found;
}

/* ---- what a document is ---- */

enum {
    HAS_EVENT_ID = 1 << 0,
    HAS_ORIGIN = 1 << 1, /* a channel or provider in a collector's spelling */
    HAS_SYSTEM = 1 << 2,
    HAS_DATA = 1 << 3,
    HAS_EVENT = 1 << 4, /* an object Event with a System in it */
    HAS_WINLOG = 1 << 5,
    HAS_DONE = 1 << 6, /* a pipeline has been over it */
    HAS_SOURCE = 1 << 7,
    HAS_HITS = 1 << 8,
    HAS_BEAT6 = 1 << 9,
    HAS_EVENT_ID6 = 1 << 10,
    HAS_PAYLOAD = 1 << 11,
    HAS_ECMD = 1 << 12,
    HAS_ACTION = 1 << 13
};

typedef enum sign_kind { SIGN_ANY, SIGN_OBJECT, SIGN_ARRAY, SIGN_STRING } sign_kind;

static const struct {
    vd_str name;
    uint16_t sign;
    uint8_t kind; /* that the value must have */
} signs[] = {
    {VD_STR("EventID"), HAS_EVENT_ID, SIGN_ANY},
    {VD_STR("EventId"), HAS_EVENT_ID, SIGN_ANY},
    {VD_STR("Channel"), HAS_ORIGIN, SIGN_STRING},
    {VD_STR("LogName"), HAS_ORIGIN, SIGN_STRING},
    {VD_STR("SourceName"), HAS_ORIGIN, SIGN_STRING},
    {VD_STR("Provider"), HAS_ORIGIN, SIGN_STRING},
    {VD_STR("ProviderName"), HAS_ORIGIN, SIGN_STRING},
    {VD_STR("System"), HAS_SYSTEM, SIGN_OBJECT},
    {VD_STR("EventData"), HAS_DATA, SIGN_ANY},
    {VD_STR("UserData"), HAS_DATA, SIGN_ANY},
    {VD_STR("winlog"), HAS_WINLOG, SIGN_OBJECT},
    {VD_STR("winlog.event_id"), HAS_WINLOG, SIGN_ANY},
    {VD_STR("event.category"), HAS_DONE, SIGN_ANY},
    {VD_STR("event.type"), HAS_DONE, SIGN_ANY},
    {VD_STR("event.ingested"), HAS_DONE, SIGN_ANY},
    {VD_STR("_source"), HAS_SOURCE, SIGN_OBJECT},
    {VD_STR("hits"), HAS_HITS, SIGN_OBJECT},
    {VD_STR("response"), HAS_HITS, SIGN_OBJECT},
    {VD_STR("responses"), HAS_HITS, SIGN_ARRAY},
    {VD_STR("log_name"), HAS_BEAT6, SIGN_STRING},
    {VD_STR("event_data"), HAS_BEAT6, SIGN_OBJECT},
    {VD_STR("event_id"), HAS_EVENT_ID6, SIGN_ANY},
    {VD_STR("Payload"), HAS_PAYLOAD, SIGN_STRING},
    {VD_STR("MapDescription"), HAS_ECMD, SIGN_ANY},
    {VD_STR("ChunkNumber"), HAS_ECMD, SIGN_ANY},
    {VD_STR("index"), HAS_ACTION, SIGN_OBJECT},
    {VD_STR("create"), HAS_ACTION, SIGN_OBJECT},
    {VD_STR("update"), HAS_ACTION, SIGN_OBJECT},
    {VD_STR("delete"), HAS_ACTION, SIGN_OBJECT},
};

static bool is_kind(const vd_cut *v, uint8_t kind)
{
    return kind == SIGN_ANY || (kind == SIGN_OBJECT && v->kind == VD_CUT_OBJECT) ||
           (kind == SIGN_ARRAY && v->kind == VD_CUT_ARRAY) ||
           (kind == SIGN_STRING && v->kind == VD_CUT_STRING);
}

static bool has_member(const vd_cut *object, const char *const *names)
{
    vd_str key;
    vd_cut v;
    for (vd_cut_iter it = vd_cut_open(object); vd_cut_member(&it, &key, &v);)
        for (size_t i = 0; names[i]; i++)
            if (vd_str_eq(key, vd_str_from(names[i]))) return true;
    return false;
}

static unsigned sign_of(vd_str key, const vd_cut *v)
{
    static const char *const system[] = {"System", NULL};
    static const char *const done[] = {"category", "type", "ingested", NULL};
    if (v->kind == VD_CUT_OBJECT && vd_str_eq(key, VD_STR("Event")))
        return has_member(v, system) ? HAS_EVENT : 0;
    if (v->kind == VD_CUT_OBJECT && vd_str_eq(key, VD_STR("event")))
        return has_member(v, done) ? HAS_DONE : 0;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (vd_str_eq(key, signs[i].name) && is_kind(v, signs[i].kind))
            return signs[i].sign;
    return 0;
}

/* An action line of the bulk API has one member, and in it nothing but what that API
 * knows. */
static bool is_action(const vd_cut *document)
{
    static const char *const known[] = {
        "_index", "_id", "_type", "routing", "pipeline", "version", "version_type", "if_seq_no",
        "if_primary_term", "require_alias", "dynamic_templates", "retry_on_conflict",
        "require_data_stream", "list_executed_pipelines", NULL};
    vd_cut action, v;
    vd_str key;
    vd_cut_iter it = vd_cut_open(document);
    if (!vd_cut_member(&it, &key, &action) || action.kind != VD_CUT_OBJECT) return false;
    if (vd_cut_member(&it, &key, &v) || it.broken) return false;
    for (it = vd_cut_open(&action); vd_cut_member(&it, &key, &v);) {
        size_t i = 0;
        while (known[i] && !vd_str_eq(key, vd_str_from(known[i])))
            i++;
        if (!known[i]) return false;
    }
    return !it.broken;
}

static vd_form form_of(unsigned has)
{
    if (has & HAS_EVENT) return VD_FORM_EVENT;
    if ((has & HAS_SYSTEM) && (has & HAS_DATA)) return VD_FORM_EVENT;
    if ((has & HAS_EVENT_ID) && (has & HAS_PAYLOAD) && (has & HAS_ECMD)) return VD_FORM_ECMD;
    if ((has & HAS_EVENT_ID) && (has & HAS_ORIGIN)) return VD_FORM_FLAT;
    if (has & HAS_WINLOG) return VD_FORM_BEAT;
    if ((has & HAS_EVENT_ID6) && (has & HAS_BEAT6)) return VD_FORM_BEAT6;
    return VD_FORM_NONE;
}

vd_shape vd_shape_look(const vd_cut *document, vd_form *form)
{
    unsigned has = 0;
    vd_str key;
    vd_cut v;
    *form = VD_FORM_NONE;
    if (document->kind != VD_CUT_OBJECT) return VD_SHAPE_NONE;
    vd_cut_iter it = vd_cut_open(document);
    while (vd_cut_member(&it, &key, &v)) {
        has |= sign_of(key, &v);
        if (has & HAS_DONE) return VD_SHAPE_ECS;
    }
    if (it.broken) return VD_SHAPE_NONE;
    *form = form_of(has);
    if (*form != VD_FORM_NONE) return VD_SHAPE_WINDOWS;
    if (has & (HAS_SOURCE | HAS_HITS)) return VD_SHAPE_ENVELOPE;
    return (has & HAS_ACTION) && is_action(document) ? VD_SHAPE_ACTION : VD_SHAPE_ECS;
}

bool vd_shape_hint(vd_str text)
{
    unsigned has = 0;
    vd_str key;
    vd_cut v, document = {VD_CUT_OBJECT, text};
    vd_cut_iter it = vd_cut_open(&document);
    while (vd_cut_member(&it, &key, &v))
        has |= sign_of(key, &v);
    if (it.broken && vd_cut_broken_member(&it, &key, &v)) has |= sign_of(key, &v);
    if (has & HAS_DONE) return false;
    return form_of(has) != VD_FORM_NONE || (has & HAS_HITS);
}
