/* XML in tokens, as much of it as Windows' rendering and people's pretty-printers use:
 * elements, attributes, text, CDATA; declarations, comments and processing instructions
 * are passed over. A DTD is refused: what it could define is no part of an event. */
#include "base/utf8.h"
#include "windows/shapes_int.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static bool ends_name(char c) { return is_blank(c) || c == '/' || c == '>' || c == '=' || c == '<'; }

static bool at_text(const vd_xml *x, vd_str what)
{
    return vd_str_starts(vd_str_sub(x->text, x->at, x->text.n), what);
}

/* Position of `what` at or behind `from`, or text.n. */
static size_t find(vd_str text, size_t from, vd_str what)
{
    if (from >= text.n) return text.n;
    const char *p = memmem(text.p + from, text.n - from, what.p, what.n);
    return p ? (size_t)(p - text.p) : text.n;
}

static void skip_blanks(vd_xml *x)
{
    while (x->at < x->text.n && is_blank(x->text.p[x->at]))
        x->at++;
}

static vd_str take_name(vd_xml *x)
{
    size_t start = x->at;
    while (x->at < x->text.n && !ends_name(x->text.p[x->at]))
        x->at++;
    return vd_str_sub(x->text, start, x->at);
}

static vd_str local_name(vd_str name)
{
    size_t colon = vd_str_find_byte(name, ':', 0);
    return colon < name.n ? vd_str_sub(name, colon + 1, name.n) : name;
}

/* ---- entities ---- */

/* A character reference's number, behind the #; false: not one of a character. */
static bool reference(vd_str digits, uint32_t *cp)
{
    uint64_t v = 0;
    bool hex = digits.n && (digits.p[0] | 32) == 'x';
    if (hex) digits = vd_str_sub(digits, 1, digits.n);
    if (!digits.n || digits.n > 8) return false;
    for (size_t i = 0; i < digits.n; i++) {
        unsigned digit = vd_digit(digits.p[i], hex);
        if (digit == 16) return false;
        v = v * (hex ? 16 : 10) + digit;
    }
    if (v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) v = 0xfffd;
    *cp = (uint32_t)v;
    return true;
}

static bool entity(vd_str name, uint32_t *cp)
{
    static const struct {
        vd_str name;
        char c;
    } known[] = {{VD_STR("lt"), '<'},   {VD_STR("gt"), '>'},    {VD_STR("amp"), '&'},
                 {VD_STR("quot"), '"'}, {VD_STR("apos"), '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (vd_str_eq(name, known[i].name)) return *cp = (uint32_t)known[i].c, true;
    return name.n && name.p[0] == '#' && reference(vd_str_sub(name, 1, name.n), cp);
}

/* Text with its entities read; no entity is shorter than its character. What is none
 * stays as it is. */
static vd_str unescape(vd_arena *a, vd_str raw)
{
    if (!raw.n || !memchr(raw.p, '&', raw.n)) return raw;
    char *text = vd_arena_alloc(a, raw.n), *to = text;
    for (size_t i = 0; i < raw.n;) {
        uint32_t cp;
        size_t end = raw.p[i] == '&' ? vd_str_find_byte(raw, ';', i) : raw.n;
        if (end < raw.n && end - i <= 12 && entity(vd_str_sub(raw, i + 1, end), &cp)) {
            char buf[4];
            size_t n = vd_utf8_put(cp, buf);
            memcpy(to, buf, n);
            to += n;
            i = end + 1;
        } else {
            *to++ = raw.p[i++];
        }
    }
    return (vd_str){text, (size_t)(to - text)};
}

/* ---- elements ---- */

static int fail(const vd_xml *x, vd_err *err, const char *why)
{
    return vd_fail_at(err, VD_FORMAT, x->at, 0, "%s", why);
}

static int take_attribute(vd_xml *x, vd_xml_token *out, vd_err *err)
{
    vd_str name = take_name(x);
    skip_blanks(x);
    if (!name.n || x->at >= x->text.n || x->text.p[x->at] != '=')
        return fail(x, err, "an attribute without a value");
    x->at++;
    skip_blanks(x);
    char quote = x->at < x->text.n ? x->text.p[x->at] : 0;
    if (quote != '"' && quote != '\'') return fail(x, err, "an attribute's value without quotes");
    size_t start = x->at + 1, end = vd_str_find_byte(x->text, quote, start);
    if (end == x->text.n) return fail(x, err, "an attribute's value that does not end");
    if (vd_str_find_byte(vd_str_sub(x->text, start, end), '<', 0) < end - start)
        return fail(x, err, "a < in an attribute's value");
    x->at = end + 1;
    if (out->n_attributes == VD_XML_MAX_ATTRIBUTES) return fail(x, err, "too many attributes");
    out->attributes[out->n_attributes].name = local_name(name);
    out->attributes[out->n_attributes++].value = unescape(x->a, vd_str_sub(x->text, start, end));
    return VD_OK;
}

static int take_open(vd_xml *x, vd_xml_token *out, vd_err *err)
{
    x->at++;
    out->kind = VD_XML_OPEN;
    out->name = local_name(take_name(x));
    if (!out->name.n) return fail(x, err, "a < that begins no element");
    for (;;) {
        skip_blanks(x);
        if (x->at >= x->text.n) return fail(x, err, "an element that is cut off");
        if (x->text.p[x->at] == '>') break;
        if (at_text(x, VD_STR("/>"))) {
            x->at++;
            x->empty = true;
            x->empty_name = out->name;
            break;
        }
        int rc = take_attribute(x, out, err);
        if (rc) return rc;
    }
    x->at++;
    return VD_OK;
}

static int take_close(vd_xml *x, vd_xml_token *out, vd_err *err)
{
    x->at += 2;
    out->kind = VD_XML_CLOSE;
    out->name = local_name(take_name(x));
    skip_blanks(x);
    if (x->at >= x->text.n || x->text.p[x->at] != '>') return fail(x, err, "a closing tag that is cut off");
    x->at++;
    return VD_OK;
}

/* Behind `end`, or an error. */
static int pass(vd_xml *x, vd_str end, vd_err *err)
{
    size_t at = find(x->text, x->at, end);
    if (at == x->text.n) return fail(x, err, "a comment or declaration that does not end");
    x->at = at + end.n;
    return VD_OK;
}

static int take_cdata(vd_xml *x, vd_xml_token *out, vd_err *err)
{
    size_t start = x->at + 9;
    int rc = pass(x, VD_STR("]]>"), err);
    out->kind = VD_XML_TEXT;
    if (!rc) out->text = vd_str_sub(x->text, start, x->at - 3);
    return rc;
}

static void take_text(vd_xml *x, vd_xml_token *out)
{
    size_t end = vd_str_find_byte(x->text, '<', x->at);
    out->kind = VD_XML_TEXT;
    out->text = unescape(x->a, vd_str_sub(x->text, x->at, end));
    x->at = end;
}

int vd_xml_token_next(vd_xml *x, vd_xml_token *out, vd_err *err)
{
    out->n_attributes = 0;
    out->text = (vd_str){0};
    if (x->empty) {
        x->empty = false;
        out->kind = VD_XML_CLOSE;
        out->name = x->empty_name;
        return VD_OK;
    }
    while (x->at < x->text.n) {
        int rc;
        if (x->text.p[x->at] != '<') return take_text(x, out), VD_OK;
        if (at_text(x, VD_STR("</"))) return take_close(x, out, err);
        if (at_text(x, VD_STR("<![CDATA["))) return take_cdata(x, out, err);
        if (at_text(x, VD_STR("<!--"))) rc = pass(x, VD_STR("-->"), err);
        else if (at_text(x, VD_STR("<?"))) rc = pass(x, VD_STR("?>"), err);
        else if (at_text(x, VD_STR("<!"))) return fail(x, err, "a DTD, which events have none of");
        else return take_open(x, out, err);
        if (rc) return rc;
    }
    out->kind = VD_XML_END;
    return VD_OK;
}

vd_str vd_xml_attribute(const vd_xml_token *t, vd_str name)
{
    for (uint32_t i = 0; i < t->n_attributes; i++)
        if (vd_str_eq(t->attributes[i].name, name)) return t->attributes[i].value;
    return (vd_str){0};
}
