/* eql/eql_hint.c - what somebody probably wanted who wrote no EQL */
#include "eql/eql_int.h"

typedef struct words {
    bool where, colon, comparison; /* which of these occur */
    size_t n;                            /* tokens but for the END */
} words;

static words look(const vd_tok_vec *toks)
{
    words w = {0};
    for (size_t i = 0; i < toks->n; i++) {
        uint8_t k = toks->v[i].kind;
        w.where |= k == VD_TOK_WHERE || k == VD_TOK_SEQUENCE || k == VD_TOK_SAMPLE || k == VD_TOK_JOIN;
        w.colon |= k == VD_TOK_COLON;
        w.comparison |= k >= VD_TOK_EQ && k <= VD_TOK_GE;
        w.comparison |= k == VD_TOK_IN || k == VD_TOK_IN_CI || k == VD_TOK_LIKE ||
                        k == VD_TOK_LIKE_CI || k == VD_TOK_REGEX || k == VD_TOK_REGEX_CI;
        w.n += k != VD_TOK_END;
    }
    return w;
}

vd_str vd_eql_hint(vd_arena *a, vd_str text)
{
    vd_tok_vec toks = {0};
    const char *bad;
    text = vd_str_trim(text);
    vd_str shown = text.n > 80 ? VD_STR("...") : text;
    vd_eql_lex(text, &toks, &bad);
    words w = look(&toks);
    bool call = toks.n > 1 && toks.v[1].kind == VD_TOK_LPAREN;
    vd_vec_free(&toks);
    if (w.n == 0 || w.where) return (vd_str){"", 0};
    if (w.comparison || call)
        return vd_arena_printf(a, "EQL begins with an event category or [any]: any where %.*s",
                               VD_FMT(shown));
    if (w.colon)
        return vd_arena_printf(a,
                               "this looks like KQL; in EQL text stands in double quotes behind a "
                               "category or [any]: any where process.name : \"cmd.exe\"");
    if (vd_str_find_byte(shown, '"', 0) < shown.n || vd_str_find_byte(shown, '\\', 0) < shown.n)
        shown = VD_STR("...");
    return vd_arena_printf(a,
                           "this looks like words to search for; EQL asks a field: any where "
                           "process.name : \"%.*s\" or process.command_line : \"*%.*s*\"",
                           VD_FMT(shown), VD_FMT(shown));
}
