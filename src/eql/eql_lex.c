/* eql/eql_lex.c - EQL text to tokens
 *
 * Source  Elastic docs: "EQL syntax reference" (strings, comments, escaped names). */
#include "base/utf8.h"
#include "eql/eql_int.h"

#define WORD(word, kind) {{word, sizeof(word) - 1}, VD_TOK_##kind}

static const struct keyword {
    vd_str word;
    uint8_t kind;
} keywords[] = {
    WORD("and", AND),       WORD("any", ANY),           WORD("by", BY),
    WORD("false", FALSE),   WORD("in", IN),             WORD("join", JOIN),
    WORD("like", LIKE),     WORD("maxspan", MAXSPAN),   WORD("not", NOT),
    WORD("null", NULL),     WORD("of", OF),             WORD("or", OR),
    WORD("regex", REGEX),   WORD("sample", SAMPLE),     WORD("sequence", SEQUENCE),
    WORD("true", TRUE),     WORD("until", UNTIL),       WORD("where", WHERE),
    WORD("with", WITH),
};

typedef struct lexer {
    vd_str text;
    size_t at;
    const char *bad;
} lexer;

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_letter(int c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; }
static bool is_word(int c) { return is_letter(c) || is_digit(c) || c == '_'; }

static int byte_at(const lexer *lx, size_t i)
{
    return i < lx->text.n ? (unsigned char)lx->text.p[i] : -1;
}

static uint8_t keyword_kind(vd_str s)
{
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (vd_str_eq(s, keywords[i].word)) return keywords[i].kind;
    return VD_TOK_IDENT;
}

bool vd_eql_is_keyword(vd_str name) { return keyword_kind(name) != VD_TOK_IDENT; }

bool vd_eql_is_plain_name(vd_str name)
{
    if (name.n == 0 || !(is_letter(name.p[0]) || name.p[0] == '_' || name.p[0] == '@')) return false;
    for (size_t i = 1; i < name.n; i++)
        if (!is_word(name.p[i])) return false;
    return !vd_eql_is_keyword(name);
}

/* Sets the reason and gives the kind, so that a scanner can return it. */
static uint8_t bad(lexer *lx, const char *why)
{
    lx->bad = why;
    return VD_TOK_BAD;
}

/* A comment nests; `at` stands on its opening. */
static bool skip_block_comment(lexer *lx)
{
    size_t open = 0, i = lx->at;
    while (i < lx->text.n) {
        int c = byte_at(lx, i), d = byte_at(lx, i + 1);
        if (c == '/' && d == '*') {
            open++;
            i += 2;
        } else if (c == '*' && d == '/') {
            i += 2;
            if (--open == 0) {
                lx->at = i;
                return true;
            }
        } else {
            i++;
        }
    }
    return false;
}

/* Moves to the next token; false at a comment that never ends. */
static bool skip_blanks(lexer *lx)
{
    for (;;) {
        int c = byte_at(lx, lx->at);
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            lx->at++;
        } else if (c == '/' && byte_at(lx, lx->at + 1) == '/') {
            while (lx->at < lx->text.n && byte_at(lx, lx->at) != '\n' && byte_at(lx, lx->at) != '\r')
                lx->at++;
        } else if (c == '/' && byte_at(lx, lx->at + 1) == '*') {
            if (!skip_block_comment(lx)) return false;
        } else {
            return true;
        }
    }
}

static size_t skip_digits(const lexer *lx, size_t i)
{
    while (is_digit(byte_at(lx, i))) i++;
    return i;
}

static uint8_t scan_number(lexer *lx)
{
    size_t i = skip_digits(lx, lx->at);
    uint8_t kind = VD_TOK_INTEGER;
    if (byte_at(lx, i) == '.') {
        kind = VD_TOK_DECIMAL;
        i = skip_digits(lx, i + 1);
    }
    if ((byte_at(lx, i) | 32) == 'e') {
        size_t j = i + 1;
        if (byte_at(lx, j) == '+' || byte_at(lx, j) == '-') j++;
        if (is_digit(byte_at(lx, j))) {
            kind = VD_TOK_DECIMAL;
            i = skip_digits(lx, j);
        }
    }
    lx->at = i;
    return kind;
}

/* in~ like~ regex~ and function names take a tilde directly behind them. */
static uint8_t scan_word(lexer *lx)
{
    size_t from = lx->at++;
    while (is_word(byte_at(lx, lx->at))) lx->at++;
    uint8_t kind = keyword_kind(vd_str_sub(lx->text, from, lx->at));
    if (byte_at(lx, lx->at) != '~') return kind;
    switch (kind) {
    case VD_TOK_IN: kind = VD_TOK_IN_CI; break;
    case VD_TOK_LIKE: kind = VD_TOK_LIKE_CI; break;
    case VD_TOK_REGEX: kind = VD_TOK_REGEX_CI; break;
    case VD_TOK_IDENT:
        if (!is_letter(byte_at(lx, from))) return kind;
        kind = VD_TOK_IDENT_CI;
        break;
    default: return kind;
    }
    lx->at++;
    return kind;
}

/* Up to two further quotes behind the closing three belong to the string. */
static uint8_t scan_raw_string(lexer *lx)
{
    for (size_t i = lx->at + 3; i < lx->text.n; i++) {
        int c = byte_at(lx, i);
        if (c == '\n' || c == '\r') break;
        if (c != '"' || byte_at(lx, i + 1) != '"' || byte_at(lx, i + 2) != '"') continue;
        i += 3;
        for (int extra = 0; extra < 2 && byte_at(lx, i) == '"'; extra++) i++;
        lx->at = i;
        return VD_TOK_RAW_STRING;
    }
    return bad(lx, "a string in triple quotes must end on the line it begins on");
}

/* `i` stands on a backslash inside a string: the length of the escape, 0 if it is none. */
static size_t escape_length(const lexer *lx, size_t i)
{
    int c = byte_at(lx, i + 1);
    if (c != 'u') return c > 0 && strchr("btnfr\"'\\", c) ? 2 : 0;
    if (byte_at(lx, i + 2) != '{') return 0;
    size_t j = i + 3;
    while (is_digit(byte_at(lx, j)) || ((byte_at(lx, j) | 32) >= 'a' && (byte_at(lx, j) | 32) <= 'f')) j++;
    return byte_at(lx, j) == '}' && j > i + 3 ? j + 1 - i : 0;
}

static uint8_t scan_string(lexer *lx)
{
    if (byte_at(lx, lx->at + 1) == '"' && byte_at(lx, lx->at + 2) == '"') return scan_raw_string(lx);
    for (size_t i = lx->at + 1; i < lx->text.n;) {
        int c = byte_at(lx, i);
        if (c == '\n' || c == '\r') break;
        if (c == '"') {
            lx->at = i + 1;
            return VD_TOK_STRING;
        }
        size_t n = c == '\\' ? escape_length(lx, i) : 1;
        if (n == 0) {
            lx->at = i;
            return bad(lx, "a backslash in a string must be written [\\\\] (or the string in "
                           "triple quotes)");
        }
        i += n;
    }
    return bad(lx, "the string does not end on the line it begins on");
}

static uint8_t scan_quoted_name(lexer *lx)
{
    for (size_t i = lx->at + 1; i < lx->text.n; i++) {
        if (byte_at(lx, i) != '`') continue;
        if (byte_at(lx, i + 1) == '`') {
            i++;
            continue;
        }
        lx->at = i + 1;
        return VD_TOK_QUOTED;
    }
    return bad(lx, "the backquote is never closed");
}

static uint8_t take(lexer *lx, size_t n, vd_tok_kind kind)
{
    lx->at += n;
    return (uint8_t)kind;
}

static uint8_t scan_operator(lexer *lx, int c, int d)
{
    switch (c) {
    case '(': return take(lx, 1, VD_TOK_LPAREN);
    case ')': return take(lx, 1, VD_TOK_RPAREN);
    case '[': return take(lx, 1, VD_TOK_LBRACKET);
    case ']': return take(lx, 1, VD_TOK_RBRACKET);
    case ',': return take(lx, 1, VD_TOK_COMMA);
    case '.': return take(lx, 1, VD_TOK_DOT);
    case '|': return take(lx, 1, VD_TOK_PIPE);
    case ':': return take(lx, 1, VD_TOK_COLON);
    case '+': return take(lx, 1, VD_TOK_PLUS);
    case '-': return take(lx, 1, VD_TOK_MINUS);
    case '*': return take(lx, 1, VD_TOK_STAR);
    case '/': return take(lx, 1, VD_TOK_SLASH);
    case '%': return take(lx, 1, VD_TOK_PERCENT);
    case '=': return d == '=' ? take(lx, 2, VD_TOK_EQ) : take(lx, 1, VD_TOK_ASSIGN);
    case '<': return d == '=' ? take(lx, 2, VD_TOK_LE) : take(lx, 1, VD_TOK_LT);
    case '>': return d == '=' ? take(lx, 2, VD_TOK_GE) : take(lx, 1, VD_TOK_GT);
    case '!':
        if (d == '=') return take(lx, 2, VD_TOK_NE);
        if (d == '[') return take(lx, 2, VD_TOK_MISSING);
        return bad(lx, "[!] alone is no operator; use [not]");
    case '?':
        if (d == '"' || d == '\'')
            return bad(lx, "Use triple double quotes [\"\"\"] to define unescaped string literals, "
                           "not [?\"]");
        return take(lx, 1, VD_TOK_OPTIONAL);
    case '\'':
        return bad(lx, "Use double quotes [\"] to define string literals, not single quotes [']");
    default: return bad(lx, "no token begins with this character");
    }
}

static uint8_t scan(lexer *lx)
{
    int c = byte_at(lx, lx->at), d = byte_at(lx, lx->at + 1);
    if (c == -1) return VD_TOK_END;
    if (is_digit(c) || (c == '.' && is_digit(d))) return scan_number(lx);
    if (is_letter(c) || c == '_' || c == '@') return scan_word(lx);
    if (c == '"') return scan_string(lx);
    if (c == '`') return scan_quoted_name(lx);
    return scan_operator(lx, c, d);
}

void vd_eql_lex(vd_str text, vd_tok_vec *out, const char **why)
{
    lexer lx = {.text = text};
    vd_vec_reserve(out, text.n / 5 + 8);
    for (;;) {
        bool blanks = skip_blanks(&lx);
        size_t from = lx.at;
        uint8_t kind = blanks ? scan(&lx) : bad(&lx, "the comment is never closed");
        if (kind == VD_TOK_BAD) from = lx.at; /* a scanner may have moved to the culprit */
        size_t n = kind == VD_TOK_BAD ? (from < text.n) : lx.at - from;
        *vd_vec_push(out) = (vd_tok){(uint32_t)from, (uint32_t)n, kind};
        if (kind == VD_TOK_END || kind == VD_TOK_BAD) break;
    }
    *why = lx.bad;
}

/* ---- what quoted text stands for ---- */

static int hex_digit(int c)
{
    if (is_digit(c)) return c - '0';
    c |= 32;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \u{..} at s.p[*i], which stands behind the backslash; false if it names no character. */
static bool unescape_unicode(vd_str s, size_t *i, char *out, size_t *n)
{
    size_t from = *i + 2, to = vd_str_find_byte(s, '}', from);
    uint64_t cp = 0;
    *i = to + 1;
    if (to - from < 2 || to - from > 8) return false;
    for (size_t k = from; k < to; k++) cp = cp * 16 + (uint64_t)hex_digit((unsigned char)s.p[k]);
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF)) return false;
    *n += vd_utf8_put((uint32_t)cp, out + *n);
    return true;
}

static char escaped_char(char c)
{
    switch (c) {
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'f': return '\f';
    case 'r': return '\r';
    default: return c;
    }
}

static bool unescape(vd_arena *a, vd_str s, vd_str *out, size_t *at, size_t *len)
{
    if (vd_str_find_byte(s, '\\', 0) == s.n) {
        *out = s;
        return true;
    }
    char *buf = vd_arena_alloc(a, s.n + 4); /* no escape is shorter than what it stands for */
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] != '\\') {
            buf[n++] = s.p[i++];
        } else if (s.p[++i] == 'u') {
            size_t from = i - 1;
            if (!unescape_unicode(s, &i, buf, &n)) {
                *at = from;
                *len = i - from;
                return false;
            }
        } else {
            buf[n++] = escaped_char(s.p[i++]);
        }
    }
    *out = (vd_str){buf, n};
    return true;
}

static vd_str undouble_backquotes(vd_arena *a, vd_str s)
{
    if (vd_str_find_byte(s, '`', 0) == s.n) return s;
    char *buf = vd_arena_alloc(a, s.n);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        buf[n++] = s.p[i];
        if (s.p[i] == '`') i++;
    }
    return (vd_str){buf, n};
}

bool vd_eql_unquote(vd_arena *a, vd_str text, const vd_tok *tok, vd_str *out, size_t *at,
                    size_t *len)
{
    size_t quotes = tok->kind == VD_TOK_RAW_STRING ? 3 : 1;
    size_t from = tok->pos + quotes, to = (size_t)tok->pos + tok->len - quotes;
    vd_str inner = vd_str_sub(text, from, to);
    if (tok->kind == VD_TOK_RAW_STRING) {
        *out = inner;
    } else if (tok->kind == VD_TOK_QUOTED) {
        *out = undouble_backquotes(a, inner);
    } else if (!unescape(a, inner, out, at, len)) {
        *at += from;
        return false;
    }
    return true;
}
