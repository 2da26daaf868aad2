/* eql/eql_int.h - what the files of eql/ share; private to this room
 *
 * Way of a query  eql_lex.c cuts the text into tokens, eql_parse.c reads queries
 *                 and eql_parse_expr.c conditions by recursive descent;
 *                 eql_check*.c types the tree, eql_fold.c simplifies it. */
#ifndef VD_EQL_EQL_INT_H
#define VD_EQL_EQL_INT_H

#include "base/vec.h"
#include "eql/eql.h"

/* kind, how a message calls it */
#define VD_EQL_TOKENS(X)                                                                           \
    X(END, "<EOF>")                                                                                \
    X(BAD, "a bad token")                                                                          \
    X(INTEGER, "a number")                                                                         \
    X(DECIMAL, "a number")                                                                         \
    X(STRING, "a string")                                                                          \
    X(RAW_STRING, "a string")                                                                      \
    X(IDENT, "a name")                                                                             \
    X(IDENT_CI, "a function name")                                                                 \
    X(QUOTED, "a quoted name")                                                                     \
    X(LPAREN, "(")                                                                                 \
    X(RPAREN, ")")                                                                                 \
    X(LBRACKET, "[")                                                                               \
    X(RBRACKET, "]")                                                                               \
    X(MISSING, "![")                                                                               \
    X(COMMA, ",")                                                                                  \
    X(DOT, ".")                                                                                    \
    X(PIPE, "|")                                                                                   \
    X(OPTIONAL, "?")                                                                               \
    X(COLON, ":")                                                                                  \
    X(ASSIGN, "=")                                                                                 \
    X(EQ, "==")                                                                                    \
    X(NE, "!=")                                                                                    \
    X(LT, "<")                                                                                     \
    X(LE, "<=")                                                                                    \
    X(GT, ">")                                                                                     \
    X(GE, ">=")                                                                                    \
    X(PLUS, "+")                                                                                   \
    X(MINUS, "-")                                                                                  \
    X(STAR, "*")                                                                                   \
    X(SLASH, "/")                                                                                  \
    X(PERCENT, "%")                                                                                \
    X(AND, "and")                                                                                  \
    X(ANY, "any")                                                                                  \
    X(BY, "by")                                                                                    \
    X(FALSE, "false")                                                                              \
    X(IN, "in")                                                                                    \
    X(IN_CI, "in~")                                                                                \
    X(JOIN, "join")                                                                                \
    X(LIKE, "like")                                                                                \
    X(LIKE_CI, "like~")                                                                            \
    X(MAXSPAN, "maxspan")                                                                          \
    X(NOT, "not")                                                                                  \
    X(NULL, "null")                                                                                \
    X(OF, "of")                                                                                    \
    X(OR, "or")                                                                                    \
    X(REGEX, "regex")                                                                              \
    X(REGEX_CI, "regex~")                                                                          \
    X(SAMPLE, "sample")                                                                            \
    X(SEQUENCE, "sequence")                                                                        \
    X(TRUE, "true")                                                                                \
    X(UNTIL, "until")                                                                              \
    X(WHERE, "where")                                                                              \
    X(WITH, "with")

typedef enum vd_tok_kind {
#define X(kind, text) VD_TOK_##kind,
    VD_EQL_TOKENS(X)
#undef X
        VD_TOK_COUNT
} vd_tok_kind;

typedef struct vd_tok {
    uint32_t pos, len; /* place in the text */
    uint8_t kind;      /* vd_tok_kind */
} vd_tok;

typedef VD_VEC(vd_tok) vd_tok_vec;

/* Cuts `text` into tokens, the last of kind END. The first thing that is no
 * token becomes a BAD one and ends the list; *bad says what is wrong with it. */
void vd_eql_lex(vd_str text, vd_tok_vec *out, const char **bad);
/* Whether a name must stand in backquotes to be read as a name. */
bool vd_eql_is_keyword(vd_str name);
/* Letters, digits and _ (@ in front), and no keyword: needs no backquotes. */
bool vd_eql_is_plain_name(vd_str name);
/* The text that a STRING, RAW_STRING or QUOTED token stands for. On a bad \u{..}
 * false, with its place in *at and *len. */
bool vd_eql_unquote(vd_arena *a, vd_str text, const vd_tok *tok, vd_str *out, size_t *at,
                    size_t *len);

typedef struct vd_parser {
    vd_arena *a;
    vd_str text;
    vd_tok_vec toks;
    size_t at;                     /* the token to be read next */
    const char *bad;               /* what is wrong with the BAD token */
    uint32_t depth;                /* conditions open inside each other */
    VD_VEC(vd_eql_expr *) stack;   /* arguments of the lists being read */
    vd_err *err;
} vd_parser;

static inline const vd_tok *vd_peek(const vd_parser *p) { return &p->toks.v[p->at]; }
static inline vd_tok_kind vd_peek_kind(const vd_parser *p)
{
    return (vd_tok_kind)p->toks.v[p->at].kind;
}
/* The kind of the token `n` behind the next; END behind the end. */
static inline vd_tok_kind vd_peek_at(const vd_parser *p, size_t n)
{
    return p->at + n < p->toks.n ? (vd_tok_kind)p->toks.v[p->at + n].kind : VD_TOK_END;
}
/* Takes the next token; END is never passed. */
static inline const vd_tok *vd_next(vd_parser *p)
{
    const vd_tok *t = &p->toks.v[p->at];
    if (p->at + 1 < p->toks.n) p->at++;
    return t;
}
static inline bool vd_accept(vd_parser *p, vd_tok_kind kind)
{
    if (vd_peek_kind(p) != kind) return false;
    vd_next(p);
    return true;
}
static inline vd_str vd_tok_str(const vd_parser *p, const vd_tok *t)
{
    return vd_str_sub(p->text, t->pos, (size_t)t->pos + t->len);
}
static inline bool vd_tok_is(const vd_parser *p, const vd_tok *t, vd_str word)
{
    return t->kind == VD_TOK_IDENT && vd_str_eq(vd_tok_str(p, t), word);
}

/* Every one of these fills p->err with "line L:C: message" and gives false. */
bool vd_parse_fail(vd_parser *p, vd_code code, size_t pos, size_t len, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The next token is none that may stand here; `expected` says what may. */
bool vd_parse_unexpected(vd_parser *p, const char *expected);
/* Takes a token of that kind or complains. */
bool vd_parse_expect(vd_parser *p, vd_tok_kind kind, const char *expected);

/* A condition, up to a token that cannot belong to it; NULL after an error. */
vd_eql_expr *vd_parse_expr(vd_parser *p);
/* An optional ? and a dotted name. */
bool vd_parse_field(vd_parser *p, vd_eql_key *out);

/* As much of `s` as fits `max` bytes without cutting a character. */
static inline vd_str vd_clip(vd_str s, size_t max)
{
    if (s.n <= max) return s;
    while (max && ((unsigned char)s.p[max] & 0xC0) == 0x80) max--;
    return vd_str_sub(s, 0, max);
}

/* "line L:C: " in front of a message about byte `pos` of `text`. */
int vd_eql_fail(vd_err *err, vd_code code, vd_str text, size_t pos, size_t len, const char *msg);
/* VD_VERIFY with "Found 1 problem" above that, as Elasticsearch's verifier reports. */
int vd_eql_refuse(vd_err *err, vd_str text, size_t pos, size_t len, const char *msg);

/* What a function is called and takes. */
typedef struct vd_fn_info {
    const char *name;
    uint8_t min, max;
    bool may_ci;
} vd_fn_info;
const vd_fn_info *vd_fn_info_of(vd_eql_fn fn);
/* By name without case, VD_FN_COUNT if there is none. */
vd_eql_fn vd_fn_find(vd_str name);
/* Appends ", did you mean [x]?" for the names of `from` that are near to `name`. */
vd_str vd_eql_did_you_mean(vd_arena *a, vd_str name, const vd_str *from, size_t n);

/* A new node over text[pos..end). Its height is worked out from its arguments. */
vd_eql_expr *vd_eql_node(vd_arena *a, vd_eql_kind kind, uint32_t pos, uint32_t end,
                         vd_eql_expr *const *args, size_t n);
/* A literal in the place of `at`. */
vd_eql_expr *vd_eql_literal(vd_arena *a, const vd_eql_expr *at, vd_value v);

/* Has the same value for every event: no field in it but unmapped ones. */
bool vd_eql_is_constant(const vd_eql_expr *e);
/* Swaps the sides of a comparison: 5 < x becomes x > 5. */
void vd_eql_flip(vd_eql_expr *e);
/* Two optional fields of which nothing is known: both may be unmapped, and are
 * then equal as null is to null. Comparing any other two fields is refused. */
bool vd_eql_both_optional(const vd_eql_expr *l, const vd_eql_expr *r);

/* The sign of an operator ("=="). */
const char *vd_eql_op_sign(vd_eql_op op);
static inline bool vd_eql_is_null(const vd_eql_expr *e)
{
    return e->kind == VD_EQL_LITERAL && e->lit.kind == VD_NULL;
}

#endif
