/* windows/funcs_parse.c - functions of the maps that take a text apart */
#include "field/ip.h"
#include "windows/normalise_int.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}
static bool is_white(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

static nz_list list_begin(const vd_normaliser *n)
{
    return (nz_list){(uint32_t)n->items.n, 0};
}

static bool list_end(const vd_normaliser *n, nz_list list, nz_value *v)
{
    list.n = (uint32_t)n->items.n - list.at;
    *v = (nz_value){.kind = NZ_LIST, .list = list};
    return list.n > 0;
}

/* --- command lines --- */

static inline char *repeat(char *to, size_t count)
{
    while (count--) /* nearly always none or one: no call */
        *to++ = '\\';
    return to;
}

/* The argument that begins at *at, written to `to`: 2n backslashes before a quote are n and
 * the quote begins or ends quoted text, 2n+1 are n and a plain quote; two quotes inside
 * quoted text are one and end it (the C runtime's rule before 2008, which the pipelines
 * follow: daviddeley.com, "How Command Line Parameters Are Parsed"). */
static char *next_arg(vd_str s, size_t *at, char *to)
{
    bool quoted = false;
    size_t slashes = 0, i = *at;
    for (; i < s.n && (quoted || !is_blank(s.p[i])); i++) {
        char c = s.p[i];
        if (c == '\\') {
            slashes++;
            continue;
        }
        to = repeat(to, c == '"' ? slashes / 2 : slashes);
        bool plain = c != '"' || slashes % 2;
        slashes = 0;
        if (!plain && quoted && i + 1 < s.n && s.p[i + 1] == '"') {
            i++;
            *to++ = '"';
        }
        if (plain)
            *to++ = c;
        else
            quoted = !quoted;
    }
    *at = i;
    return repeat(to, slashes);
}

bool nz_argv(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text;
    char *to = vd_arena_alloc(&n->scratch, s.n + 1); /* an argument is never longer than its text */
    nz_list list = list_begin(n);
    for (size_t at = 0; at < s.n;) {
        if (is_blank(s.p[at])) {
            at++;
            continue;
        }
        char *end = next_arg(s, &at, to);
        *vd_vec_push(&n->items) = (vd_str){to, (size_t)(end - to)};
        to = end;
    }
    return list_end(n, list, v);
}

bool nz_count(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_LIST) return false;
    *v = (nz_value){.kind = NZ_LONG, .num = v->list.n};
    return true;
}

bool nz_one(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    *vd_vec_push(&n->items) = s;
    return list_end(n, list, v);
}

bool nz_first(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_LIST || v->list.n == 0) return false;
    *v = nz_value_text(n->items.v[v->list.at]);
    return true;
}

bool nz_words(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    for (size_t at = 0, end; at < s.n; at = end + 1) {
        for (end = at; end < s.n && !is_white(s.p[end]); end++)
            continue;
        if (end > at) *vd_vec_push(&n->items) = vd_str_sub(s, at, end);
    }
    return list_end(n, list, v);
}

bool nz_split(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v) || call->arg.n == 0) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    for (size_t at = 0, end; at <= s.n; at = end + 1) {
        end = vd_str_find_byte(s, call->arg.p[0], at);
        vd_str part = vd_str_trim(vd_str_sub(s, at, end));
        if (part.n) *vd_vec_push(&n->items) = part;
    }
    return list_end(n, list, v);
}

/* --- lines and pairs --- */

/* The next line of s from *at, without its end and the white space around it. */
static bool next_line(vd_str s, size_t *at, vd_str *line)
{
    if (*at >= s.n) return false;
    size_t end = vd_str_find_byte(s, '\n', *at);
    *line = vd_str_trim(vd_str_sub(s, *at, end));
    *at = end + 1;
    return true;
}

bool nz_pair(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (v->kind != NZ_TEXT) return false;
    vd_str line, key = call->arg;
    for (size_t at = 0; next_line(v->text, &at, &line);) {
        if (!vd_str_starts(line, key)) continue;
        vd_str rest = vd_str_trim(vd_str_sub(line, key.n, line.n));
        if (rest.n == 0 || rest.p[0] != '=') continue;
        *v = nz_value_text(vd_str_trim(vd_str_sub(rest, 1, rest.n)));
        return v->text.n > 0;
    }
    return false;
}

static bool all_zero(vd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '0') return false;
    return true;
}

/* The next NAME=HEX; *at moves behind it. Zeros and empty ones are passed over. */
static bool next_hash(vd_str s, size_t *at, vd_str *name, vd_str *hex)
{
    while (*at < s.n) {
        size_t end = vd_str_find_byte(s, ',', *at), eq = vd_str_find_byte(s, '=', *at);
        *name = vd_str_trim(vd_str_sub(s, *at, eq < end ? eq : end));
        *hex = eq < end ? vd_str_trim(vd_str_sub(s, eq + 1, end)) : (vd_str){0};
        *at = end + 1;
        if (!all_zero(*hex)) return true;
    }
    return false;
}

bool nz_hash(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    vd_str name, hex;
    if (v->kind != NZ_TEXT) return false;
    for (size_t at = 0; next_hash(v->text, &at, &name, &hex);) {
        if (!nz_same(name, call->arg)) continue;
        *v = nz_value_text(hex);
        return nz_lower(n, call, v);
    }
    return false;
}

bool nz_hashes(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    vd_str name, hex;
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    for (size_t at = 0; next_hash(s, &at, &name, &hex);) {
        nz_value one = nz_value_text(hex);
        if (nz_lower(n, call, &one)) *vd_vec_push(&n->items) = one.text;
    }
    return list_end(n, list, v);
}

/* --- lists of the map --- */

static bool look_up(vd_normaliser *n, const nz_call *call, vd_str key, vd_str *out)
{
    const nz_lookup *l = &n->table.lookups.v[call->ref];
    char lower[128];
    if (key.n > sizeof lower) return false;
    for (size_t i = 0; i < key.n; i++)
        lower[i] = (char)vd_ascii_lower((unsigned char)key.p[i]);
    uint32_t at = vd_map_get(&l->by_key, (vd_str){lower, key.n});
    if (at == VD_MAP_NONE) return false;
    *out = l->texts.v[at];
    return true;
}

bool nz_lookup_text(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    return nz_as_text(n, v) && look_up(n, call, v->text, &v->text);
}

bool nz_lookup_or(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    look_up(n, call, v->text, &v->text);
    return true;
}

/* The digits of the next %%n in s from *at; moves behind them. */
static bool next_code(vd_str s, size_t *at, vd_str *number)
{
    for (size_t i = *at; i + 2 < s.n; i++) {
        if (s.p[i] != '%' || s.p[i + 1] != '%') continue;
        size_t end = i + 2;
        while (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
            end++;
        *at = end;
        *number = vd_str_sub(s, i + 2, end);
        if (number->n) return true;
    }
    return false;
}

bool nz_codes(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text, number, text;
    nz_list list = list_begin(n);
    for (size_t at = 0; next_code(s, &at, &number);)
        if (look_up(n, call, number, &text)) *vd_vec_push(&n->items) = text;
    return list_end(n, list, v);
}

bool nz_numbers(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    if (!nz_as_text(n, v)) return false;
    vd_str s = v->text, number;
    nz_list list = list_begin(n);
    for (size_t at = 0; next_code(s, &at, &number);)
        *vd_vec_push(&n->items) = number;
    return list_end(n, list, v);
}

bool nz_flags(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    const nz_lookup *l = &n->table.lookups.v[call->ref];
    int64_t bits;
    if (!nz_as_text(n, v) || !nz_number(v->text, &bits)) return false;
    nz_list list = list_begin(n);
    for (uint32_t i = 0; i < l->numbers.n; i++)
        if (l->numbers.v[i] && ((uint64_t)bits & l->numbers.v[i]) == l->numbers.v[i])
            *vd_vec_push(&n->items) = l->texts.v[i];
    return list_end(n, list, v);
}

/* The n-th part (from 1) of "CN=name,OU=..,DC=.."; an escaped comma does not part. */
bool nz_rdn(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    int64_t want;
    if (v->kind != NZ_TEXT || !nz_number(call->arg, &want)) return false;
    size_t from = 0, i = 0;
    for (int64_t part = 1; i <= v->text.n; i++) {
        if (i < v->text.n && (v->text.p[i] != ',' || (i && v->text.p[i - 1] == '\\'))) continue;
        if (part++ == want) break;
        from = i + 1;
    }
    if (i > v->text.n) return false;
    vd_str s = vd_str_sub(v->text, from, i);
    size_t eq = vd_str_find_byte(s, '=', 0);
    v->text = eq < s.n ? vd_str_sub(s, eq + 1, s.n) : s;
    return v->text.n > 0;
}

/* --- DNS: "type:  5 name;::ffff:1.2.3.4;" --- */

typedef struct answer {
    vd_str type, data; /* type empty: an address */
} answer;

static vd_str record_type(vd_str number)
{
    static const struct {
        const char *number, *name;
    } types[] = {{"1", "A"},       {"2", "NS"},     {"5", "CNAME"},   {"6", "SOA"},
                 {"12", "PTR"},    {"13", "HINFO"}, {"15", "MX"},     {"16", "TXT"},
                 {"28", "AAAA"},   {"29", "LOC"},   {"33", "SRV"},    {"35", "NAPTR"},
                 {"39", "DNAME"},  {"43", "DS"},    {"46", "RRSIG"},  {"47", "NSEC"},
                 {"48", "DNSKEY"}, {"255", "ANY"},  {"65281", "WINS"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (vd_str_eq(number, vd_str_from(types[i].number))) return vd_str_from(types[i].name);
    return number;
}

static vd_str take_token(vd_str *s)
{
    size_t end = 0;
    while (end < s->n && !is_white(s->p[end]))
        end++;
    vd_str token = vd_str_sub(*s, 0, end);
    *s = vd_str_trim(vd_str_sub(*s, end, s->n));
    return token;
}

static bool next_answer(vd_str s, size_t *at, answer *out)
{
    while (*at < s.n) {
        size_t end = vd_str_find_byte(s, ';', *at);
        vd_str one = vd_str_trim(vd_str_sub(s, *at, end));
        *at = end + 1;
        *out = (answer){.data = one};
        if (one.n == 0) continue;
        if (!vd_str_starts(one, VD_STR("type:"))) return true;
        one = vd_str_trim(vd_str_sub(one, 5, one.n));
        out->type = record_type(take_token(&one));
        out->data = take_token(&one);
        if (out->type.n) return true;
    }
    return false;
}

static bool address(vd_str *s)
{
    uint8_t bytes[16];
    vd_str mapped = VD_STR("::ffff:");
    if (vd_str_starts(*s, mapped) && vd_str_find_byte(*s, '.', 0) < s->n)
        *s = vd_str_sub(*s, mapped.n, s->n);
    return vd_ip_parse(*s, bytes);
}

static void put_answer(vd_text *out, vd_str type, vd_str data)
{
    nz_put(out, out->n > 1 ? ",{" : "{", out->n > 1 ? 2 : 1);
    if (data.n) {
        nz_put(out, "\"data\":", 7);
        nz_put_string(out, data);
        nz_put(out, ",", 1);
    }
    nz_put(out, "\"type\":", 7);
    nz_put_string(out, type);
    nz_put(out, "}", 1);
}

static bool raw(vd_normaliser *n, vd_text *json, nz_value *v)
{
    bool any = json->n > 1;
    nz_put(json, "]", 1);
    *v = (nz_value){.kind = NZ_RAW, .text = vd_arena_str(&n->scratch, (vd_str){json->v, json->n})};
    json->n = 0;
    return any;
}

/* Names first, then the addresses, as the pipelines order them. */
bool nz_dns_answers(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    answer a;
    if (v->kind != NZ_TEXT) return false;
    vd_text *json = &n->json;
    json->n = 0;
    nz_put(json, "[", 1);
    for (size_t at = 0; next_answer(v->text, &at, &a);)
        if (a.type.n) put_answer(json, a.type, a.data);
    for (size_t at = 0; next_answer(v->text, &at, &a);)
        if (!a.type.n && address(&a.data))
            put_answer(json,
                       vd_str_find_byte(a.data, ':', 0) < a.data.n ? VD_STR("AAAA") : VD_STR("A"),
                       a.data);
    return raw(n, json, v);
}

bool nz_dns_ips(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    answer a;
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    for (size_t at = 0; next_answer(s, &at, &a);)
        if (!a.type.n && address(&a.data)) *vd_vec_push(&n->items) = a.data;
    return list_end(n, list, v);
}

bool nz_dns_hosts(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    answer a;
    if (v->kind != NZ_TEXT) return false;
    vd_str s = v->text;
    nz_list list = list_begin(n);
    for (size_t at = 0; next_answer(s, &at, &a);)
        if (a.type.n && a.data.n) *vd_vec_push(&n->items) = a.data;
    return list_end(n, list, v);
}

/* --- PowerShell's "ParameterBinding(Add-Type): name="X"; value="Y"" --- */

static void put_member(vd_text *out, const char *key, vd_str text)
{
    if (out->v[out->n - 1] != '{') nz_put(out, ",", 1);
    nz_put_string(out, vd_str_from(key));
    nz_put(out, ":", 1);
    nz_put_string(out, text);
}

static void put_binding(vd_text *out, vd_str rest)
{
    size_t part = vd_str_find_byte(rest, ';', 0);
    vd_str name = vd_str_trim(vd_str_sub(rest, 0, part));
    vd_str value = vd_str_trim(vd_str_sub(rest, part + 1, rest.n));
    bool both = vd_str_starts(name, VD_STR("name=")) && vd_str_starts(value, VD_STR("value="));
    if (both) put_member(out, "name", vd_str_sub(name, 5, name.n));
    put_member(out, "value", both ? vd_str_sub(value, 6, value.n) : rest);
}

static void put_detail(vd_text *out, vd_str line)
{
    size_t open = vd_str_find_byte(line, '(', 0), close = vd_str_find_byte(line, ')', open);
    bool formed = open > 0 && close + 1 < line.n && line.p[close + 1] == ':';
    nz_put(out, out->n > 1 ? ",{" : "{", out->n > 1 ? 2 : 1);
    if (formed) {
        vd_str type = vd_str_sub(line, 0, open);
        vd_str rest = vd_str_trim(vd_str_sub(line, close + 2, line.n));
        put_member(out, "type", type);
        put_member(out, "related_command", vd_str_sub(line, open + 1, close));
        if (vd_str_eq(type, VD_STR("ParameterBinding")))
            put_binding(out, rest);
        else
            put_member(out, "value", rest);
    } else {
        put_member(out, "value", line);
    }
    nz_put(out, "}", 1);
}

bool nz_details(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    vd_str line;
    if (v->kind != NZ_TEXT) return false;
    vd_text *json = &n->json;
    json->n = 0;
    nz_put(json, "[", 1);
    for (size_t at = 0; next_line(v->text, &at, &line);)
        if (line.n) put_detail(json, line);
    return raw(n, json, v);
}
