#include "base/err.h"

#include <stdarg.h>

#include "base/utf8.h"

static void fill(vd_err *err, vd_code code, const char *fmt, va_list ap)
{
    *err = (vd_err){.code = code};
    vsnprintf(err->msg, sizeof err->msg, fmt, ap);
}

int vd_fail(vd_err *err, vd_code code, const char *fmt, ...)
{
    if (!err) return code;
    va_list ap;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    return code;
}

int vd_fail_at(vd_err *err, vd_code code, size_t pos, size_t len, const char *fmt, ...)
{
    if (!err) return code;
    va_list ap;
    va_start(ap, fmt);
    fill(err, code, fmt, ap);
    va_end(ap);
    err->pos = pos;
    err->len = len;
    err->placed = true;
    return code;
}

const char *vd_code_name(int code)
{
    static const char *const names[] = {
#define X(code, name, next) name,
        VD_ERR_MAP(X)
#undef X
    };
    return code >= 0 && code < VD_CODE_COUNT ? names[code] : "unknown";
}

vd_place vd_place_of(vd_str source, size_t pos)
{
    if (pos > source.n) pos = source.n;
    size_t line = 1, start = 0;
    for (size_t i = vd_str_find_byte(source, '\n', 0); i < pos;
         i = vd_str_find_byte(source, '\n', start)) {
        line++;
        start = i + 1;
    }
    size_t end = vd_str_find_byte(source, '\n', start);
    vd_str text = vd_str_sub(source, start, end);
    if (text.n && text.p[text.n - 1] == '\r') text.n--;
    return (vd_place){line, vd_utf8_count(vd_str_sub(source, start, pos)) + 1, text};
}

void vd_err_print_place(FILE *out, const vd_err *err, vd_str source)
{
    if (!err->placed) return;
    vd_place at = vd_place_of(source, err->pos);
    fprintf(out, "  %.*s\n  ", VD_FMT(at.text));
    size_t before = (size_t)(source.p + (err->pos < source.n ? err->pos : source.n) - at.text.p);
    if (before > at.text.n) before = at.text.n;
    for (size_t i = 0; i < before;) { /* a tab stays a tab, so that the caret stands right */
        char c = at.text.p[i] == '\t' ? '\t' : ' ';
        vd_utf8_next(at.text, &i);
        putc(c, out);
    }
    putc('^', out);
    size_t end = before + err->len < at.text.n ? before + err->len : at.text.n;
    size_t n = end > before ? vd_utf8_count(vd_str_sub(at.text, before, end)) : 1;
    for (size_t i = 1; i < n; i++)
        putc('~', out);
    putc('\n', out);
}
