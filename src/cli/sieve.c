#include "cli/sieve.h"

#include "base/limits.h"
#include "eql/regex.h"
#include "event/event.h"

/* ---- words ---- */

static vd_str lowered(vd_arena *a, vd_str s)
{
    char *text = vd_arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        text[i] = (char)vd_ascii_lower((unsigned char)s.p[i]);
    return (vd_str){text, s.n};
}

/* The byte of a word that is rarest in events; words begin as often as not with common ones. */
static size_t rarest(vd_str word)
{
    static const char order[] = "zqjxkvwyfbghpumdlcnrtsaoie-_. 0123456789";
    size_t best = 0, rank = SIZE_MAX;
    for (size_t i = 0; i < word.n; i++) {
        const char *p = word.p[i] ? strchr(order, word.p[i]) : NULL;
        size_t r = p ? (size_t)(p - order) : 12; /* other marks */
        if (r < rank) {
            rank = r;
            best = i;
        }
    }
    return best;
}

static bool is_there(vd_str text, size_t at, vd_str word)
{
    if (at + word.n > text.n) return false;
    size_t i = 0;
    while (i < word.n && vd_ascii_lower((unsigned char)text.p[at + i]) == (unsigned char)word.p[i])
        i++;
    return i == word.n;
}

/* `word` is in lower case; its byte at `anchor` is looked for, in both cases. */
static bool holds(vd_str text, vd_str word, size_t anchor)
{
    char low = word.p[anchor], high = (char)(low >= 'a' && low <= 'z' ? low - 32 : low);
    size_t l = vd_str_find_byte(text, low, anchor), h = high == low ? text.n : vd_str_find_byte(text, high, anchor);
    while (l < text.n || h < text.n) {
        size_t at = l < h ? l : h;
        if (is_there(text, at - anchor, word)) return true;
        if (l == at)
            l = vd_str_find_byte(text, low, at + 1);
        else
            h = vd_str_find_byte(text, high, at + 1);
    }
    return false;
}

/* Bytes that a JSON text may write in another way. */
static bool may_be_escaped(char c) { return c == '"' || c == '\\' || c == '/' || (unsigned char)c < 0x20; }

static vd_str plain_part(vd_str word)
{
    vd_str best = {0};
    for (size_t at = 0; at < word.n; at++) {
        size_t end = at;
        while (end < word.n && !may_be_escaped(word.p[end]))
            end++;
        if (end - at > best.n) best = vd_str_sub(word, at, end);
        at = end;
    }
    return best;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
}

/* A text that every value which the expression takes must hold: the longest run of plain
 * characters outside of brackets, without the one that a quantifier makes optional. Empty
 * where the expression is of a kind that this does not understand. */
static vd_str needed_part(vd_str regex)
{
    vd_str best = {0};
    size_t from = 0, depth = 0;
    for (size_t i = 0; i <= regex.n; i++) {
        char c = i < regex.n ? regex.p[i] : '\0';
        if (strchr("&~<\"[]", c) && c) return (vd_str){0};
        if (c == '|' && !depth) return (vd_str){0};
        if (is_plain(c)) continue;
        size_t end = i;
        if (end > from && c && strchr("?*+{", c)) end--;
        if (!depth && end - from > best.n) best = vd_str_sub(regex, from, end);
        if (c == '{')
            while (i < regex.n && regex.p[i] != '}')
                i++;
        depth += c == '(';
        depth -= c == ')' && depth;
        i += c == '\\';
        from = i + 1;
    }
    return best;
}

static void add(vd_sieve *sieve, vd_str word, vd_str plain, const struct vd_regex *regex)
{
    sieve->items[sieve->n++] = (vd_sieve_item){
        .word = word,
        .plain = plain,
        .regex = regex,
        .word_anchor = word.n ? rarest(word) : 0,
        .plain_anchor = plain.n ? rarest(plain) : 0,
    };
}

int vd_sieve_init(vd_sieve *sieve, const vd_options *o)
{
    *sieve = (vd_sieve){0};
    vd_arena_init(&sieve->a, 0);
    if (o->keywords.n + o->regexes.n > VD_MAX_SIEVE) {
        vd_say("at most %d words and expressions in one search", VD_MAX_SIEVE);
        return VD_EXIT_USAGE;
    }
    for (size_t i = 0; i < o->keywords.n; i++) {
        vd_str word = lowered(&sieve->a, vd_str_from(o->keywords.v[i]));
        if (!word.n) {
            vd_say("-k wants a word");
            return VD_EXIT_USAGE;
        }
        add(sieve, word, plain_part(word), NULL);
    }
    for (size_t i = 0; i < o->regexes.n; i++) {
        vd_err err = {0};
        vd_regex *regex;
        if (vd_regex_compile(&sieve->a, vd_str_from(o->regexes.v[i]), true, &regex, &err)) {
            vd_say("-e \"%s\": %s", o->regexes.v[i], err.msg);
            return VD_EXIT_USAGE;
        }
        vd_str lower = lowered(&sieve->a, vd_str_from(o->regexes.v[i]));
        add(sieve, VD_STR(""), needed_part(lower), regex);
    }
    return VD_EXIT_OK;
}

void vd_sieve_fini(vd_sieve *sieve) { vd_arena_fini(&sieve->a); }

/* ---- documents ---- */

/* What of the items is not found yet: bit i for item i. */
typedef struct search {
    const vd_sieve *sieve;
    uint64_t open;
    vd_arena scratch;
} search;

static void look_at(search *s, vd_str text)
{
    for (size_t i = 0; i < s->sieve->n; i++) {
        const vd_sieve_item *item = &s->sieve->items[i];
        if (!(s->open >> i & 1)) continue;
        if (item->regex ? vd_regex_match(item->regex, text) : holds(text, item->word, item->word_anchor))
            s->open &= ~(1ull << i);
    }
}

/* All values below v; depth is bounded by that of the tree's reader. */
static void look_below(search *s, const vd_json *v, int depth)
{
    if (!s->open || depth > VD_MAX_JSON_DEPTH) return;
    switch (vd_json_typeof(v)) {
    case VD_JSON_NULL: return;
    case VD_JSON_STRING: look_at(s, vd_json_str(v)); return;
    case VD_JSON_ARRAY:
        for (size_t i = 0; i < vd_json_len(v); i++)
            look_below(s, vd_json_at(v, i), depth + 1);
        return;
    case VD_JSON_OBJECT:
        for (vd_json_iter it = {0}; vd_json_next(v, &it);)
            look_below(s, it.value, depth + 1);
        return;
    default: look_at(s, vd_json_text(&s->scratch, v, false));
    }
}

static int hex(char c)
{
    unsigned char l = vd_ascii_lower((unsigned char)c);
    return l >= '0' && l <= '9' ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Whether some \u escape may stand for a character of `plain`. */
static bool may_be_written_so(vd_str document, vd_str plain)
{
    const char *at = document.p, *end = document.p + document.n;
    while ((at = memmem(at, (size_t)(end - at), "\\u", 2))) {
        int code = 0, i = 0;
        for (at += 2; i < 4 && at + i < end && hex(at[i]) >= 0; i++)
            code = code * 16 + hex(at[i]);
        if (i < 4) continue;
        for (size_t k = 0; k < plain.n; k++) {
            unsigned char c = (unsigned char)plain.p[k];
            if (c >= 0x80 ? code >= 0x80 : code < 0x80 && c == vd_ascii_lower((unsigned char)code)) return true;
        }
    }
    return false;
}

/* The bytes say that it cannot hold some word. */
static bool is_hopeless(const vd_sieve *sieve, vd_str document)
{
    for (size_t i = 0; i < sieve->n; i++) {
        const vd_sieve_item *item = &sieve->items[i];
        if (item->plain.n && !holds(document, item->plain, item->plain_anchor) &&
            !may_be_written_so(document, item->plain))
            return true;
    }
    return false;
}

bool vd_sieve_takes(const vd_sieve *sieve, vd_str document)
{
    if (is_hopeless(sieve, document)) return false;
    vd_json *tree = vd_event_tree(document.p, document.n);
    if (!tree) return true;
    search s = {.sieve = sieve, .open = sieve->n < 64 ? (1ull << sieve->n) - 1 : UINT64_MAX};
    vd_arena_init(&s.scratch, 4096);
    look_below(&s, tree, 0);
    vd_arena_fini(&s.scratch);
    vd_json_free(tree);
    return !s.open;
}
