/* Which elements and attributes of System and RenderingInfo are which fields. */
#include <stddef.h>

#include "base/clock.h"
#include "windows/evtx_int.h"

typedef enum kind { TEXT, U32, U64, TIME, KEYWORD } kind;

typedef struct field {
    uint8_t in; /* VD_IN_SYSTEM, VD_IN_RENDERING */
    uint8_t kind;
    uint16_t at, has; /* offset in vd_win_record, and of the flag that it was there, or 0 */
    const char *element, *attribute;
} field;

#define AT(member) offsetof(vd_win_record, member)

static const field fields[] = {
    {VD_IN_SYSTEM, TEXT, AT(provider), 0, "Provider", "Name"},
    {VD_IN_SYSTEM, TEXT, AT(provider_guid), 0, "Provider", "Guid"},
    {VD_IN_SYSTEM, TEXT, AT(source_name), 0, "Provider", "EventSourceName"},
    {VD_IN_SYSTEM, U32, AT(event_id), 0, "EventID", ""},
    {VD_IN_SYSTEM, U32, AT(qualifiers), 0, "EventID", "Qualifiers"},
    {VD_IN_SYSTEM, U32, AT(version), 0, "Version", ""},
    {VD_IN_SYSTEM, U32, AT(level), 0, "Level", ""},
    {VD_IN_SYSTEM, U32, AT(task), 0, "Task", ""},
    {VD_IN_SYSTEM, U32, AT(opcode), 0, "Opcode", ""},
    {VD_IN_SYSTEM, U64, AT(keywords), 0, "Keywords", ""},
    {VD_IN_SYSTEM, TIME, AT(time_ns), AT(has_time), "TimeCreated", "SystemTime"},
    {VD_IN_SYSTEM, U64, AT(record_id), AT(has_record_id), "EventRecordID", ""},
    {VD_IN_SYSTEM, TEXT, AT(activity_id), 0, "Correlation", "ActivityID"},
    {VD_IN_SYSTEM, TEXT, AT(related_activity_id), 0, "Correlation", "RelatedActivityID"},
    {VD_IN_SYSTEM, U32, AT(process_id), AT(has_process_id), "Execution", "ProcessID"},
    {VD_IN_SYSTEM, U32, AT(thread_id), 0, "Execution", "ThreadID"},
    {VD_IN_SYSTEM, TEXT, AT(channel), 0, "Channel", ""},
    {VD_IN_SYSTEM, TEXT, AT(computer), 0, "Computer", ""},
    {VD_IN_SYSTEM, TEXT, AT(user_sid), 0, "Security", "UserID"},
    {VD_IN_RENDERING, TEXT, AT(message), 0, "Message", ""},
    {VD_IN_RENDERING, TEXT, AT(level_text), 0, "Level", ""},
    {VD_IN_RENDERING, TEXT, AT(task_text), 0, "Task", ""},
    {VD_IN_RENDERING, TEXT, AT(opcode_text), 0, "Opcode", ""},
    {VD_IN_RENDERING, KEYWORD, AT(keyword_texts), 0, "Keyword", ""},
};

uint8_t vd_evtx_field_find(vd_evtx_context in, vd_str element, vd_str attribute)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i].in == in && vd_str_eq(vd_str_from(fields[i].element), element) &&
            vd_str_eq(vd_str_from(fields[i].attribute), attribute))
            return (uint8_t)i;
    return VD_EVTX_NO_FIELD;
}

/* A decimal or 0x.. number; false if the text is none that fits. */
static bool number_of(vd_str s, uint64_t *out)
{
    uint64_t u = 0;
    s = vd_str_trim(s);
    uint64_t base = vd_str_starts(s, VD_STR("0x")) ? 16 : 10;
    size_t i = base == 16 ? 2 : 0;
    if (i == s.n) return false;
    for (; i < s.n; i++) {
        unsigned char c = vd_ascii_lower((unsigned char)s.p[i]);
        uint64_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
        if (digit >= base || u > (UINT64_MAX - digit) / base) return false;
        u = u * base + digit;
    }
    *out = u;
    return true;
}

/* Digits of a second behind the milliseconds, as nanoseconds. */
static int64_t below_milliseconds(vd_str s)
{
    int64_t ns = 0, unit = 100000;
    size_t i = vd_str_find_byte(s, '.', 0) + 4;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && unit; i++, unit /= 10)
        ns += (s.p[i] - '0') * unit;
    return ns;
}

static bool time_of(vd_str s, int64_t *ns)
{
    int64_t ms;
    s = vd_str_trim(s);
    if (!vd_time_parse(s, &ms) || ms > INT64_MAX / 1000000 - 1 || ms < INT64_MIN / 1000000)
        return false;
    *ns = ms * 1000000 + below_milliseconds(s);
    return true;
}

static void set_has(vd_win_record *rec, const field *f)
{
    if (f->has) *(bool *)((char *)rec + f->has) = true;
}

static void set_number(vd_win_record *rec, const field *f, uint64_t u)
{
    char *at = (char *)rec + f->at;
    if (f->kind == U32)
        *(uint32_t *)(void *)at = (uint32_t)u;
    else
        *(uint64_t *)(void *)at = u;
    set_has(rec, f);
}

static void add_keyword(vd_win_record *rec, vd_str text)
{
    if (rec->n_keyword_texts < sizeof rec->keyword_texts / sizeof *rec->keyword_texts)
        rec->keyword_texts[rec->n_keyword_texts++] = text;
}

void vd_evtx_field_text(vd_win_record *rec, uint8_t number, vd_str text)
{
    const field *f = &fields[number];
    uint64_t u;
    if (f->kind == TEXT)
        *(vd_str *)(void *)((char *)rec + f->at) = text;
    else if (f->kind == KEYWORD)
        add_keyword(rec, text);
    else if (f->kind == TIME && time_of(text, (int64_t *)(void *)((char *)rec + f->at)))
        set_has(rec, f);
    else if (f->kind != TIME && number_of(text, &u))
        set_number(rec, f, u);
}

void vd_evtx_field_value(vd_evtx *r, uint8_t number, const vd_bx_value *v)
{
    const field *f = &fields[number];
    if (v->type == VD_BX_NULL) return;
    if (f->kind == TIME && vd_evtx_time(r, v, &r->record.time_ns))
        set_has(&r->record, f);
    else if (f->kind == TEXT || f->kind == TIME || f->kind == KEYWORD || v->type == VD_BX_STRING ||
             v->type == VD_BX_ANSI)
        vd_evtx_field_text(&r->record, number, vd_evtx_text(r, v));
    else
        set_number(&r->record, f, vd_evtx_number(r, v));
}
