/* windows/funcs_text.c - functions of the maps on plain texts */
#include "field/ip.h"
#include "windows/normalise_int.h"

bool nz_number(vd_str s, int64_t *out)
{
    bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X');
    bool negative = !hex && s.n > 1 && s.p[0] == '-';
    uint64_t v = 0, base = hex ? 16 : 10;
    size_t i = hex ? 2 : negative;
    if (s.n == 0) return false;
    for (; i < s.n; i++) {
        unsigned char c = vd_ascii_lower((unsigned char)s.p[i]);
        unsigned d = c >= 'a' && c <= 'f' ? c - 'a' + 10u : c - (unsigned)'0';
        if (d >= base || __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    if (v > INT64_MAX) return false;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

/* The position of the last `c`, or s.n. */
static size_t last(vd_str s, char c)
{
    const char *p = s.n ? memrchr(s.p, c, s.n) : NULL;
    return p ? (size_t)(p - s.p) : s.n;
}

/* Where `part` begins in s: first or last occurrence; s.n if it is not there. */
static size_t find(vd_str s, vd_str part, bool from_end)
{
    if (part.n == 0 || part.n > s.n) return s.n;
    size_t at = s.n;
    for (size_t i = 0; i + part.n <= s.n; i++) {
        if (memcmp(s.p + i, part.p, part.n) != 0) continue;
        at = i;
        if (!from_end) break;
    }
    return at;
}

bool nz_lower(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text;
    char *t = vd_arena_alloc(&n->scratch, s.n);
    for (size_t i = 0; i < s.n; i++)
        t[i] = (char)vd_ascii_lower((unsigned char)s.p[i]);
    v->text.p = t;
    return true;
}

bool nz_long(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    int64_t number;
    if (v->kind == NZ_LONG) return true;
    if (v->kind != NZ_TEXT || !nz_number(vd_str_trim(v->text), &number)) return false;
    *v = (nz_value){.kind = NZ_LONG, .num = number};
    return true;
}

bool nz_bool(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    bool yes = nz_same(v->text, VD_STR("true")), no = nz_same(v->text, VD_STR("false"));
    if (!yes && !no) return false;
    *v = (nz_value){.kind = NZ_BOOL, .num = yes};
    return true;
}

bool nz_basename(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    size_t at = v->kind == NZ_TEXT ? last(v->text, '\\') : 0;
    if (v->kind != NZ_TEXT || at == v->text.n) return false;
    v->text = vd_str_sub(v->text, at + 1, v->text.n);
    return v->text.n > 0;
}

bool nz_leaf(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    size_t at = last(v->text, '\\');
    if (at < v->text.n) v->text = vd_str_sub(v->text, at + 1, v->text.n);
    return v->text.n > 0;
}

bool nz_dirname(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    size_t at = v->kind == NZ_TEXT ? last(v->text, '\\') : 0;
    if (v->kind != NZ_TEXT || at == v->text.n) return false;
    v->text = vd_str_sub(v->text, 0, at);
    return v->text.n > 0;
}

bool nz_extension(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    size_t dot = last(v->text, '.'), slash = last(v->text, '\\');
    if (dot == v->text.n || (slash < v->text.n && dot < slash)) return false;
    v->text = vd_str_sub(v->text, dot + 1, v->text.n);
    return v->text.n > 0;
}

/* The one backslash of DOMAIN\user; false if there is none, or more. */
static bool one_backslash(const nz_value *v, size_t *at)
{
    if (v->kind != NZ_TEXT) return false;
    *at = vd_str_find_byte(v->text, '\\', 0);
    return *at < v->text.n && vd_str_find_byte(v->text, '\\', *at + 1) == v->text.n;
}

bool nz_domain(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    size_t at;
    if (!one_backslash(v, &at)) return false;
    v->text = vd_str_sub(v->text, 0, at);
    return v->text.n > 0;
}

bool nz_user(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    size_t at;
    if (!one_backslash(v, &at)) return false;
    v->text = vd_str_sub(v->text, at + 1, v->text.n);
    return v->text.n > 0;
}

bool nz_before(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    v->text = vd_str_sub(v->text, 0, find(v->text, call->arg, false));
    return v->text.n > 0;
}

bool nz_after(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    size_t at = find(v->text, call->arg, true);
    if (at < v->text.n) v->text = vd_str_sub(v->text, at + call->arg.n, v->text.n);
    return v->text.n > 0;
}

bool nz_slice_after(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    if (vd_str_starts(v->text, call->arg)) v->text = vd_str_sub(v->text, call->arg.n, v->text.n);
    return v->text.n > 0;
}

bool nz_unquote(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text;
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"') v->text = vd_str_sub(s, 1, s.n - 1);
    return v->text.n > 0;
}

bool nz_under(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    vd_str folder;
    if (!nz_as_text(n, v) || !nz_data(n, call->ref, &folder)) return false;
    char *t = vd_arena_alloc(&n->scratch, folder.n + 1 + v->text.n);
    memcpy(t, folder.p, folder.n);
    t[folder.n] = '\\';
    memcpy(t + folder.n + 1, v->text.p, v->text.n);
    v->text = (vd_str){t, folder.n + 1 + v->text.n};
    return true;
}

bool nz_given(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    vd_str value;
    return nz_data(n, call->ref, &value);
}

bool nz_needs(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    return n->values[call->ref].kind != NZ_NONE;
}

/* s is one of the texts in `of`, parted by commas. */
static bool is_one_of(vd_str s, vd_str of)
{
    for (size_t at = 0; at <= of.n;) {
        size_t end = vd_str_find_byte(of, ',', at);
        if (vd_str_eq(s, vd_str_trim(vd_str_sub(of, at, end)))) return true;
        at = end + 1;
    }
    return false;
}

bool nz_when(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    return nz_as_text(n, v) && is_one_of(v->text, call->arg);
}

bool nz_unless(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    return nz_as_text(n, v) && !is_one_of(v->text, call->arg);
}

bool nz_starts(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    return nz_as_text(n, v) && vd_str_starts(v->text, call->arg);
}

bool nz_equals(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    *v = (nz_value){.kind = NZ_BOOL, .num = vd_str_eq(v->text, call->arg)};
    return true;
}

bool nz_text(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    *v = nz_value_text(call->arg);
    return true;
}

bool nz_ip(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    uint8_t bytes[16];
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text, mapped = VD_STR("::ffff:");
    if (vd_str_eq(s, VD_STR("LOCAL"))) s = VD_STR("127.0.0.1");
    if (vd_str_starts(s, mapped) && vd_str_find_byte(s, '.', 0) < s.n)
        s = vd_str_sub(s, mapped.n, s.n);
    if (!vd_ip_parse(s, bytes)) return false;
    v->text = s;
    return true;
}

/* Sysmon's UtcTime: the blank becomes a T, and a Z is put behind. */
bool nz_time(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    static const char shape[] = "dddd-dd-dd dd:dd:dd.ddd";
    if (v->kind != NZ_TEXT || v->text.n < sizeof shape - 1 || v->text.n > 30) return false;
    for (size_t i = 0; i < v->text.n; i++) {
        char c = v->text.p[i], want = i < sizeof shape - 1 ? shape[i] : 'd';
        if (want == 'd' ? c < '0' || c > '9' : c != want) return false;
    }
    char *t = vd_arena_alloc(&n->scratch, v->text.n + 1);
    memcpy(t, v->text.p, v->text.n);
    t[10] = 'T';
    t[v->text.n] = 'Z';
    v->text = (vd_str){t, v->text.n + 1};
    return true;
}
