/* event/coerce.c - one JSON scalar under one slot, as the field's type takes it
 *
 * The rules are those of Elasticsearch's field mappers, with coerce on and
 * ignore_malformed on: what does not fit is missing, and said. */
#include "base/utf8.h"
#include "event/event_int.h"
#include "field/ip.h"

static void file_text(vd_event *ev, uint32_t slot, vd_str s, vd_kind kind)
{
    const vd_slot *want = &ev->x->slots[slot];
    /* Java counts UTF-16 units; bytes are never fewer. */
    if (s.n > want->ignore_above && vd_utf16_count(s) > want->ignore_above) return;
    vd_value *v = vd_event_push(ev, slot);
    v->s = s.p;
    v->len = (uint32_t)s.n;
    v->kind = (uint8_t)kind;
}

static void file_whole(vd_event *ev, uint32_t slot, int64_t i, vd_kind kind)
{
    vd_value *v = vd_event_push(ev, slot);
    v->i = i;
    v->kind = (uint8_t)kind;
}

static void file_ulong(vd_event *ev, uint32_t slot, uint64_t u)
{
    vd_value *v = vd_event_push(ev, slot);
    v->u = u;
    v->kind = u > INT64_MAX ? VD_ULONG : VD_LONG;
}

static void file_double(vd_event *ev, uint32_t slot, const vd_number *num)
{
    double d;
    if (!vd_number_double(num, &d)) {
        vd_event_value_fault(ev, slot, VD_FAULT_NUMBER);
        return;
    }
    vd_value *v = vd_event_push(ev, slot);
    v->d = d;
    v->kind = VD_DOUBLE;
}

/* A date or an address in place of its text. false: it is none. */
static bool read_typed(vd_event *ev, const vd_slot *want, vd_str s, vd_value *v)
{
    if (want->type == VD_TYPE_DATE) {
        v->kind = VD_DATE;
        v->len = 0;
        return vd_date_parse(want->date, s, &v->i);
    }
    uint8_t ip[16];
    if (!vd_ip_parse(s, ip)) return false;
    char *p = vd_scratch_alloc(&ev->scratch, sizeof ip);
    memcpy(p, ip, sizeof ip);
    v->kind = VD_IP;
    v->s = p;
    v->len = sizeof ip;
    return true;
}

static void file_typed(vd_event *ev, uint32_t slot, vd_str s)
{
    vd_value read;
    if (read_typed(ev, &ev->x->slots[slot], s, &read)) {
        vd_value *v = vd_event_push(ev, slot);
        v->i = read.i; /* or s */
        v->len = read.len;
        v->kind = read.kind;
    } else {
        vd_event_value_fault(ev, slot, VD_FAULT_TYPE);
    }
}

bool vd_settle_typed(vd_event *ev, uint32_t slot, vd_value *v)
{
    if (read_typed(ev, &ev->x->slots[slot], vd_value_str(v), v)) return true;
    vd_event_value_fault(ev, slot, VD_FAULT_TYPE);
    return false;
}

/* As a field of a number type takes it; text and JSON number alike. */
static void file_numeric(vd_event *ev, uint32_t slot, const vd_number *num)
{
    int64_t i;
    uint64_t u;
    switch (ev->x->slots[slot].type) {
    case VD_TYPE_LONG:
        if (vd_number_long(num, &i))
            file_whole(ev, slot, i, VD_LONG);
        else
            vd_event_value_fault(ev, slot, VD_FAULT_NUMBER);
        break;
    case VD_TYPE_UNSIGNED_LONG:
        if (vd_number_ulong(num, &u))
            file_ulong(ev, slot, u);
        else
            vd_event_value_fault(ev, slot, VD_FAULT_NUMBER);
        break;
    default: file_double(ev, slot, num); break;
    }
}

static void file_number_string(vd_event *ev, uint32_t slot, vd_str s)
{
    if (s.n == 0) { /* coerced to null */
        vd_file_null(ev, slot);
        return;
    }
    vd_number num = vd_number_from_string(s);
    if (num.kind == VD_NUMBER_BAD)
        vd_event_value_fault(ev, slot, VD_FAULT_TYPE);
    else
        file_numeric(ev, slot, &num);
}

static void file_bool_string(vd_event *ev, uint32_t slot, vd_str s)
{
    if (vd_str_eq(s, VD_STR("true")))
        file_whole(ev, slot, 0, VD_BOOL), ev->values[ev->n_values - 1].b = true;
    else if (s.n == 0 || vd_str_eq(s, VD_STR("false")))
        file_whole(ev, slot, 0, VD_BOOL);
    else
        vd_event_value_fault(ev, slot, VD_FAULT_TYPE);
}

void vd_file_string(vd_event *ev, uint32_t slot, vd_str s)
{
    switch (ev->x->slots[slot].type) {
    case VD_TYPE_UNKNOWN:
    case VD_TYPE_KEYWORD:
    case VD_TYPE_CONSTANT_KEYWORD:
    case VD_TYPE_WILDCARD:
    case VD_TYPE_TEXT:
    case VD_TYPE_FLATTENED:
    case VD_TYPE_OTHER: file_text(ev, slot, s, VD_STRING); break;
    case VD_TYPE_VERSION: file_text(ev, slot, s, VD_VERSION); break;
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE: file_number_string(ev, slot, s); break;
    case VD_TYPE_BOOLEAN: file_bool_string(ev, slot, s); break;
    case VD_TYPE_DATE:
    case VD_TYPE_IP: file_typed(ev, slot, s); break;
    case VD_TYPE_OBJECT:
    case VD_TYPE_NESTED:
    case VD_TYPE_COUNT: vd_event_value_fault(ev, slot, VD_FAULT_TYPE); break;
    }
}

/* A field without a type keeps what JSON says. */
static void file_dynamic_number(vd_event *ev, uint32_t slot, const vd_number *num)
{
    switch (num->kind) {
    case VD_NUMBER_LONG: file_whole(ev, slot, num->i, VD_LONG); break;
    case VD_NUMBER_ULONG: file_ulong(ev, slot, num->u); break;
    case VD_NUMBER_DECIMAL: file_double(ev, slot, num); break;
    default: vd_event_value_fault(ev, slot, VD_FAULT_NUMBER); break;
    }
}

void vd_file_number(vd_event *ev, uint32_t slot, const vd_number *num)
{
    switch (ev->x->slots[slot].type) {
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE: file_numeric(ev, slot, num); break;
    case VD_TYPE_UNKNOWN:
    case VD_TYPE_OTHER: file_dynamic_number(ev, slot, num); break;
    case VD_TYPE_BOOLEAN:
    case VD_TYPE_IP: vd_event_value_fault(ev, slot, VD_FAULT_TYPE); break;
    default: vd_file_string(ev, slot, num->text); break;
    }
}

void vd_file_bool(vd_event *ev, uint32_t slot, bool b)
{
    switch (ev->x->slots[slot].type) {
    case VD_TYPE_BOOLEAN:
    case VD_TYPE_UNKNOWN:
    case VD_TYPE_OTHER:
        file_whole(ev, slot, 0, VD_BOOL);
        ev->values[ev->n_values - 1].b = b;
        break;
    case VD_TYPE_KEYWORD:
    case VD_TYPE_CONSTANT_KEYWORD:
    case VD_TYPE_WILDCARD:
    case VD_TYPE_TEXT:
    case VD_TYPE_FLATTENED:
        file_text(ev, slot, b ? VD_STR("true") : VD_STR("false"), VD_STRING);
        break;
    default: vd_event_value_fault(ev, slot, VD_FAULT_TYPE); break;
    }
}

void vd_file_null(vd_event *ev, uint32_t slot)
{
    const vd_slot *want = &ev->x->slots[slot];
    /* A null_value of "" for a number would be null again. */
    if (want->has_null_value && (want->null_value.n > 0 || vd_field_type_is_string(want->type)))
        vd_file_string(ev, slot, want->null_value);
}
