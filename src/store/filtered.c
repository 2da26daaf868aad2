/* store/filtered.c - of which fields blocks have filters, and what can be asked of them
 *
 * A filter must never say no where a document would be found. So a value may be asked for only where
 * the query reads the field as the intake did when it made the filter: an address field that
 * a mapping makes a keyword finds texts that are no addresses, which no filter has. */
#include "field/ip.h"
#include "store/filter.h"
#include "store/store.h"

#define TEXT(name) {{name, sizeof(name) - 1}, false}
#define ADDRESS(name) {{name, sizeof(name) - 1}, true}
const vd_filtered_field vd_filtered[VD_FILTERED] = {
    TEXT("process.entity_id"), TEXT("process.parent.entity_id"), TEXT("host.id"), TEXT("host.name"),
    TEXT("user.name"), TEXT("user.id"), TEXT("process.hash.md5"), TEXT("process.hash.sha1"),
    TEXT("process.hash.sha256"), TEXT("file.hash.md5"), TEXT("file.hash.sha1"), TEXT("file.hash.sha256"),
    TEXT("dll.hash.md5"), TEXT("dll.hash.sha1"), TEXT("dll.hash.sha256"), ADDRESS("source.ip"),
    ADDRESS("destination.ip"),
};

static const vd_filtered_field *find(vd_str name)
{
    for (size_t i = 0; i < VD_FILTERED; i++)
        if (vd_str_eq(vd_filtered[i].name, name)) return &vd_filtered[i];
    return NULL;
}

/* Types that take a text as it stands, and numbers and booleans by their own text. */
static bool is_text(vd_field_type type)
{
    return type == VD_TYPE_KEYWORD || type == VD_TYPE_CONSTANT_KEYWORD || type == VD_TYPE_WILDCARD || type == VD_TYPE_TEXT;
}

bool vd_store_askable(vd_str field, vd_field_type type, vd_str value)
{
    uint8_t ip[16];
    const vd_filtered_field *f = find(field);
    if (!f || value.n == 0 || value.n > VD_FILTER_VALUE) return false;
    return f->address ? type == VD_TYPE_IP && vd_ip_parse(value, ip) : is_text(type);
}
