/* tests/unit/event/check.h - a document, the wanted fields, the expected values
 *
 * rig_new makes a schema (with a mapping if one is given) and a record of the
 * fields named in one string, blanks between. rig_text gives all values of a
 * document as text, "field=value value; ..", in the order of the fields; numbers
 * and the like carry their kind: 5L long, 5UL unsigned, 5.5D double, @5 date,
 * true/false, ip[..], v[..] version, strings in quotes. Value faults follow
 * behind a bar: "| field:name". */
#ifndef VD_TESTS_EVENT_CHECK_H
#define VD_TESTS_EVENT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/event.h"
#include "field/ip.h"

typedef struct rig {
    vd_schema *schema;
    vd_extract *x;
    vd_event *ev;
    vd_field_id ids[64];
    size_t n;
    char doc[1 << 16];
    char text[4096];
} rig;

static inline rig *rig_new(const char *mapping, const char *fields)
{
    rig *r = calloc(1, sizeof *r);
    vd_err err = {0};
    r->schema = vd_schema_new();
    if (mapping && vd_schema_load_mapping(r->schema, vd_str_from(mapping), &err) != VD_OK)
        fail_msg("mapping: %s", err.msg);
    vd_str s = vd_str_from(fields);
    for (size_t at = 0; at < s.n;) {
        size_t end = vd_str_find_byte(s, ' ', at);
        r->ids[r->n++] = vd_schema_intern(r->schema, vd_str_sub(s, at, end));
        at = end + 1;
    }
    r->x = vd_extract_new(r->schema, r->ids, r->n);
    r->ev = vd_event_new(r->x);
    return r;
}

static inline void rig_free(rig *r)
{
    vd_event_free(r->ev);
    vd_extract_free(r->x);
    vd_schema_free(r->schema);
    free(r);
}

static inline vd_fault rig_parse_n(rig *r, const char *json, size_t n, size_t *pos)
{
    assert_true(n + VD_PADDING <= sizeof r->doc);
    memset(r->doc, '"', sizeof r->doc); /* what lies behind must not matter */
    memcpy(r->doc, json, n);
    return vd_event_parse(r->ev, r->doc, n, pos);
}

static inline vd_fault rig_parse(rig *r, const char *json)
{
    return rig_parse_n(r, json, strlen(json), NULL);
}

static inline size_t rig_put_value(char *out, size_t max, const vd_value *v)
{
    char ip[48];
    switch (v->kind) {
    case VD_BOOL: return (size_t)snprintf(out, max, "%s", v->b ? "true" : "false");
    case VD_LONG: return (size_t)snprintf(out, max, "%lldL", (long long)v->i);
    case VD_ULONG: return (size_t)snprintf(out, max, "%lluUL", (unsigned long long)v->u);
    case VD_DOUBLE: return (size_t)snprintf(out, max, "%.17gD", v->d);
    case VD_DATE: return (size_t)snprintf(out, max, "@%lld", (long long)v->i);
    case VD_IP:
        vd_ip_format((const uint8_t *)v->s, ip);
        return (size_t)snprintf(out, max, "ip[%s]", ip);
    case VD_VERSION: return (size_t)snprintf(out, max, "v[%.*s]", (int)v->len, v->s);
    default: return (size_t)snprintf(out, max, "\"%.*s\"", (int)v->len, v->s);
    }
}

static inline const char *rig_text(rig *r)
{
    size_t n = 0;
    const vd_value_fault *faults;
    r->text[0] = 0;
    for (uint32_t slot = 0; slot < r->n; slot++) {
        vd_str name = vd_schema_field(r->schema, r->ids[slot])->name;
        uint32_t count = 0;
        for (uint32_t i = vd_event_first(r->ev, slot); i != VD_NO_VALUE; count++) {
            const vd_value *v = vd_event_value(r->ev, i);
            n += (size_t)snprintf(r->text + n, sizeof r->text - n, "%s%.*s%s",
                                  n && !count ? "; " : "", count ? 0 : (int)name.n, name.p,
                                  count ? " " : "=");
            n += rig_put_value(r->text + n, sizeof r->text - n, v);
            i = v->next;
        }
        assert_int_equal(count, vd_event_count(r->ev, slot));
        assert_true((vd_event_get(r->ev, slot) == NULL) == (count == 0));
    }
    size_t n_faults = vd_event_value_faults(r->ev, &faults);
    for (size_t i = 0; i < n_faults; i++) {
        vd_str name = vd_schema_field(r->schema, r->ids[faults[i].slot])->name;
        n += (size_t)snprintf(r->text + n, sizeof r->text - n, "%s%.*s:%s", n ? " | " : "| ",
                              (int)name.n, name.p, vd_fault_name(faults[i].fault));
    }
    return r->text;
}

/* The document is taken and gives these values. */
static inline void rig_check(rig *r, const char *json, const char *want, int line)
{
    size_t pos = 0;
    vd_fault fault = rig_parse_n(r, json, strlen(json), &pos);
    if (fault) fail_msg("line %d: %s: %s at %zu", line, json, vd_fault_name(fault), pos);
    if (strcmp(rig_text(r), want) != 0)
        fail_msg("line %d: %s\n  got:  %s\n  want: %s", line, json, r->text, want);
}
#define CHECK(r, json, want) rig_check((r), (json), (want), __LINE__)

/* The document is refused for this reason, at this position. */
static inline void rig_refuse(rig *r, const char *json, size_t n, vd_fault want, size_t at,
                              int line)
{
    size_t pos = 0;
    vd_fault fault = rig_parse_n(r, json, n, &pos);
    if (fault != want || pos != at)
        fail_msg("line %d: %.*s: got %s at %zu, want %s at %zu", line, (int)n, json,
                 vd_fault_name(fault), pos, vd_fault_name(want), at);
    if (rig_text(r)[0]) fail_msg("line %d: values of a bad document: %s", line, r->text);
}
#define REFUSE(r, json, fault, at)                                                                 \
    rig_refuse((r), (json), sizeof(json) - 1, (fault), (at), __LINE__)

#endif
