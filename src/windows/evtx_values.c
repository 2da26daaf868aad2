/* Values of binary XML as the text that Windows shows for them. */
#include <math.h>

#include "base/utf8.h"
#include "windows/evtx_int.h"

/* A renderer writes at most 3 * n + 64 bytes for n bytes of value. Values whose size is
 * not what their type says are shown as bytes, so that nothing is lost or made up. */
typedef size_t render_fn(const uint8_t *p, size_t n, char *out);

char *vd_evtx_room(vd_evtx *r, size_t n)
{
    if ((size_t)(r->text_end - r->text_at) >= n) return r->text_at;
    if (!vd_evtx_spend(r, n / 16)) return NULL;
    size_t page = n > 65536 ? n : 65536;
    r->text_at = vd_arena_alloc(&r->more, page);
    r->text_end = r->text_at + page;
    return r->text_at;
}

static size_t put_decimal(uint64_t u, char *out)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + u % 10);
    } while (u /= 10);
    for (size_t i = 0; i < n; i++)
        out[i] = digits[n - 1 - i];
    return n;
}

/* At least `width` digits. */
static size_t put_padded(uint64_t u, size_t width, char *out)
{
    for (size_t i = width; i-- > 0; u /= 10)
        out[i] = (char)('0' + u % 10);
    return width;
}

static const char lower[] = "0123456789abcdef";

static uint64_t unsigned_of(const uint8_t *p, size_t n)
{
    uint64_t u = 0;
    for (size_t i = n < 8 ? n : 8; i-- > 0;)
        u = u << 8 | p[i];
    return u;
}

static int64_t signed_of(const uint8_t *p, size_t n)
{
    uint64_t u = unsigned_of(p, n);
    if (n > 0 && n < 8 && (p[n - 1] & 0x80)) u |= ~0ull << (8 * n);
    return (int64_t)u;
}

static size_t render_bytes(const uint8_t *p, size_t n, char *out)
{
    static const char upper[] = "0123456789ABCDEF";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = upper[p[i] >> 4];
        out[2 * i + 1] = upper[p[i] & 15];
    }
    return 2 * n;
}

static size_t render_null(const uint8_t *p, size_t n, char *out)
{
    return 0;
}

static size_t render_string(const uint8_t *p, size_t n, char *out)
{
    n /= 2;
    while (n > 0 && vd_le16(p + 2 * (n - 1)) == 0)
        n--;
    return vd_utf16_put(p, n, out);
}

/* Windows-1252, the code page that most such logs were written with. */
static size_t render_ansi(const uint8_t *p, size_t n, char *out)
{
    static const uint16_t above[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
    size_t o = 0;
    while (n > 0 && p[n - 1] == 0)
        n--;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x80)
            out[o++] = (char)p[i];
        else
            o += vd_utf8_put(p[i] < 0xa0 ? above[p[i] - 0x80] : p[i], out + o);
    }
    return o;
}

static size_t render_unsigned(const uint8_t *p, size_t n, char *out)
{
    return n > 8 ? render_bytes(p, n, out) : n ? put_decimal(unsigned_of(p, n), out) : 0;
}

static size_t render_signed(const uint8_t *p, size_t n, char *out)
{
    if (n == 0 || n > 8) return render_unsigned(p, n, out);
    int64_t i = signed_of(p, n);
    if (i >= 0) return put_decimal((uint64_t)i, out);
    *out = '-';
    return 1 + put_decimal(0 - (uint64_t)i, out + 1);
}

static size_t render_hex(const uint8_t *p, size_t n, char *out)
{
    if (n == 0 || n > 8) return render_bytes(p, n, out);
    uint64_t u = unsigned_of(p, n);
    size_t digits = 1;
    while (digits < 16 && u >> (4 * digits))
        digits++;
    out[0] = '0';
    out[1] = 'x';
    for (size_t i = 0; i < digits; i++)
        out[2 + i] = lower[u >> (4 * (digits - 1 - i)) & 15];
    return 2 + digits;
}

/* The shortest digits that read back as the same number. */
static size_t put_real(double d, int most, char *out)
{
    int n = 0;
    for (int digits = 6; digits <= most; digits++) {
        n = snprintf(out, 40, "%.*g", digits, d);
        double back = strtod(out, NULL);
        if (most == 9 ? (float)back == (float)d : back == d) break;
    }
    return (size_t)n;
}

static size_t render_real(const uint8_t *p, size_t n, char *out)
{
    if (n == 4) {
        uint32_t bits = vd_le32(p);
        float f;
        memcpy(&f, &bits, 4);
        return put_real((double)f, 9, out);
    }
    if (n != 8) return render_bytes(p, n, out);
    uint64_t bits = vd_le64(p);
    double d;
    memcpy(&d, &bits, 8);
    return put_real(d, 17, out);
}

static size_t render_bool(const uint8_t *p, size_t n, char *out)
{
    if (n == 0 || n > 8) return render_bytes(p, n, out);
    bool yes = unsigned_of(p, n) != 0;
    memcpy(out, yes ? "true" : "false", 5);
    return yes ? 4 : 5;
}

static size_t render_guid(const uint8_t *p, size_t n, char *out)
{
    /* Order of the bytes: three little-endian numbers, then as they are; 255 is a dash. */
    static const uint8_t order[] = {3,   2, 1, 0,   255, 5,  4,  255, 7,  6,
                                    255, 8, 9, 255, 10,  11, 12, 13,  14, 15};
    if (n != 16) return render_bytes(p, n, out);
    char *o = out;
    *o++ = '{';
    for (size_t i = 0; i < sizeof order; i++) {
        if (order[i] == 255) {
            *o++ = '-';
            continue;
        }
        uint8_t b = p[order[i]];
        *o++ = lower[b >> 4];
        *o++ = lower[b & 15];
    }
    *o++ = '}';
    return (size_t)(o - out);
}

/* Civil date of days since 1970-01-01, by eras of 400 years. */
static void civil_of(int64_t days, uint64_t *year, uint64_t *month, uint64_t *day)
{
    int64_t z = days + 719468; /* from 0000-03-01; FILETIME begins in 1601, so not negative */
    uint64_t era = (uint64_t)z / 146097, doe = (uint64_t)z % 146097;
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;
    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

static size_t put_time(uint64_t year, uint64_t month, uint64_t day, uint64_t second, char *out)
{
    char *o = out;
    o += year < 10000 ? put_padded(year, 4, o) : put_decimal(year, o);
    *o++ = '-';
    o += put_padded(month, 2, o);
    *o++ = '-';
    o += put_padded(day, 2, o);
    *o++ = 'T';
    o += put_padded(second / 3600, 2, o);
    *o++ = ':';
    o += put_padded(second / 60 % 60, 2, o);
    *o++ = ':';
    o += put_padded(second % 60, 2, o);
    *o++ = '.';
    return (size_t)(o - out);
}

#define TICKS_A_DAY (86400ull * 10000000)

static size_t render_filetime(const uint8_t *p, size_t n, char *out)
{
    if (n != 8) return render_bytes(p, n, out);
    uint64_t ticks = vd_le64(p), year, month, day;
    uint64_t rest = ticks % TICKS_A_DAY;
    civil_of((int64_t)(ticks / TICKS_A_DAY) - 134774, &year, &month, &day);
    size_t o = put_time(year, month, day, rest / 10000000, out);
    o += put_padded(rest % 10000000, 7, out + o);
    out[o++] = 'Z';
    return o;
}

static size_t render_systemtime(const uint8_t *p, size_t n, char *out)
{
    if (n != 16) return render_bytes(p, n, out);
    uint64_t second = vd_le16(p + 8) * 3600ull + vd_le16(p + 10) * 60ull + vd_le16(p + 12);
    if (second >= 86400 || vd_le16(p + 14) > 999) return render_bytes(p, n, out);
    size_t o = put_time(vd_le16(p), vd_le16(p + 2), vd_le16(p + 6), second, out);
    o += put_padded(vd_le16(p + 14), 3, out + o);
    out[o++] = 'Z';
    return o;
}

static size_t render_sid(const uint8_t *p, size_t n, char *out)
{
    if (n < 8 || n != 8 + 4u * p[1]) return render_bytes(p, n, out);
    uint64_t authority = 0;
    for (int i = 2; i < 8; i++)
        authority = authority << 8 | p[i];
    size_t o = 2;
    memcpy(out, "S-", 2);
    o += put_decimal(p[0], out + o);
    out[o++] = '-';
    o += put_decimal(authority, out + o);
    for (size_t i = 0; i < p[1]; i++) {
        out[o++] = '-';
        o += put_decimal(vd_le32(p + 8 + 4 * i), out + o);
    }
    return o;
}

static render_fn *const renderers[64] = {
    [VD_BX_NULL] = render_null,
    [VD_BX_STRING] = render_string,
    [VD_BX_ANSI] = render_ansi,
    [VD_BX_INT8] = render_signed,
    [VD_BX_UINT8] = render_unsigned,
    [VD_BX_INT16] = render_signed,
    [VD_BX_UINT16] = render_unsigned,
    [VD_BX_INT32] = render_signed,
    [VD_BX_UINT32] = render_unsigned,
    [VD_BX_INT64] = render_signed,
    [VD_BX_UINT64] = render_unsigned,
    [VD_BX_REAL32] = render_real,
    [VD_BX_REAL64] = render_real,
    [VD_BX_BOOL] = render_bool,
    [VD_BX_BINARY] = render_bytes,
    [VD_BX_GUID] = render_guid,
    [VD_BX_SIZE] = render_hex,
    [VD_BX_FILETIME] = render_filetime,
    [VD_BX_SYSTEMTIME] = render_systemtime,
    [VD_BX_SID] = render_sid,
    [VD_BX_HEX32] = render_hex,
    [VD_BX_HEX64] = render_hex,
    [VD_BX_HANDLE] = render_hex,
    [VD_BX_BINXML] = render_bytes,
    [VD_BX_XML] = render_string,
};

static vd_str text_of_one(vd_evtx *r, const vd_bx_value *v)
{
    char *out = vd_evtx_room(r, 3 * (size_t)v->size + 64);
    if (!out || !vd_evtx_spend(r, v->size / 16)) return (vd_str){0};
    render_fn *f = renderers[v->type & 63];
    size_t n = (f ? f : render_bytes)(r->base + v->at, v->size, out);
    r->text_at += n;
    return (vd_str){out, n};
}

/* Copies behind what was written last, if it can be; pieces are few and short. */
static vd_str joined(vd_evtx *r, vd_str before, vd_str next)
{
    char *out = vd_evtx_room(r, before.n + next.n + 2);
    if (!out) return before;
    if (before.n) memcpy(out, before.p, before.n);
    memcpy(out + before.n, ", ", 2);
    if (next.n) memcpy(out + before.n + 2, next.p, next.n);
    r->text_at += before.n + next.n + 2;
    return (vd_str){out, before.n + next.n + 2};
}

static vd_str text_of_array(vd_evtx *r, const vd_bx_value *v)
{
    vd_bx_value rest = *v, item;
    if (!vd_evtx_item(r, &rest, &item)) return (vd_str){0};
    vd_str all = text_of_one(r, &item);
    while (vd_evtx_item(r, &rest, &item)) {
        vd_str next = text_of_one(r, &item);
        if (!vd_evtx_spend(r, 1 + all.n / 16)) break;
        all = joined(r, all, next);
    }
    return all;
}

vd_str vd_evtx_text(vd_evtx *r, const vd_bx_value *v)
{
    return v->type & VD_BX_ARRAY ? text_of_array(r, v) : text_of_one(r, v);
}

/* Bytes of the string at p up to its NUL; *taken with the NUL. */
static size_t string_item(const uint8_t *p, size_t n, size_t unit, size_t *taken)
{
    size_t i = 0;
    while (i + unit <= n && (p[i] || (unit == 2 && p[i + 1])))
        i += unit;
    *taken = i + unit <= n ? i + unit : n;
    return i;
}

/* Bytes of one item of an array; 0: of any size. */
static size_t item_size(const vd_bx_value *v, const uint8_t *p)
{
    switch (v->type & ~VD_BX_ARRAY) {
    case VD_BX_INT8:
    case VD_BX_UINT8: return 1;
    case VD_BX_INT16:
    case VD_BX_UINT16: return 2;
    case VD_BX_INT32:
    case VD_BX_UINT32:
    case VD_BX_REAL32:
    case VD_BX_BOOL:
    case VD_BX_HEX32: return 4;
    case VD_BX_INT64:
    case VD_BX_UINT64:
    case VD_BX_REAL64:
    case VD_BX_FILETIME:
    case VD_BX_HEX64: return 8;
    case VD_BX_SIZE: return v->size % 8 ? 4 : 8;
    case VD_BX_GUID:
    case VD_BX_SYSTEMTIME: return 16;
    case VD_BX_SID: return v->size >= 2 ? 8 + 4u * p[1] : 0;
    default: return 0;
    }
}

bool vd_evtx_item(const vd_evtx *r, vd_bx_value *rest, vd_bx_value *item)
{
    const uint8_t *p = r->base + rest->at;
    uint8_t type = rest->type & (uint8_t)~VD_BX_ARRAY;
    if (rest->size == 0) return false;
    size_t size, taken;
    if (type == VD_BX_STRING || type == VD_BX_ANSI)
        size = string_item(p, rest->size, type == VD_BX_STRING ? 2 : 1, &taken);
    else if ((size = item_size(rest, p)) && size <= rest->size)
        taken = size;
    else
        taken = size = rest->size;
    *item = (vd_bx_value){rest->at, (uint16_t)size, type};
    rest->at += (uint32_t)taken;
    rest->size = (uint16_t)(rest->size - taken);
    return true;
}

uint64_t vd_evtx_number(const vd_evtx *r, const vd_bx_value *v)
{
    const uint8_t *p = r->base + v->at;
    switch (v->type) {
    case VD_BX_INT8:
    case VD_BX_INT16:
    case VD_BX_INT32:
    case VD_BX_INT64: return v->size > 8 ? 0 : (uint64_t)signed_of(p, v->size);
    case VD_BX_UINT8:
    case VD_BX_UINT16:
    case VD_BX_UINT32:
    case VD_BX_UINT64:
    case VD_BX_BOOL:
    case VD_BX_SIZE:
    case VD_BX_HEX32:
    case VD_BX_HEX64:
    case VD_BX_HANDLE: return v->size > 8 ? 0 : unsigned_of(p, v->size);
    default: return 0;
    }
}

#define TICKS_TO_1970 116444736000000000ull

bool vd_evtx_time(const vd_evtx *r, const vd_bx_value *v, int64_t *ns)
{
    if (v->type != VD_BX_FILETIME || v->size != 8) return false;
    uint64_t ticks = vd_le64(r->base + v->at);
    if (ticks > TICKS_TO_1970 + INT64_MAX / 100) return false;
    int64_t since = (int64_t)(ticks - TICKS_TO_1970);
    if (since < INT64_MIN / 100) return false;
    *ns = since * 100;
    return true;
}
