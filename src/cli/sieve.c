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

/* `word` is in lower case. */
static bool holds(vd_str text, vd_str word)
{
    for (size_t at = 0; at + word.n <= text.n; at++) {
        size_t i = 0;
        while (i < word.n && vd_ascii_lower((unsigned char)text.p[at + i]) == (unsigned char)word.p[i])
            i++;
        if (i == word.n) return true;
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
        sieve->items[sieve->n++] = (vd_sieve_item){word, plain_part(word), NULL};
    }
    for (size_t i = 0; i < o->regexes.n; i++) {
        vd_err err = {0};
        vd_regex *regex;
        if (vd_regex_compile(&sieve->a, vd_str_from(o->regexes.v[i]), true, &regex, &err)) {
            vd_say("-e \"%s\": %s", o->regexes.v[i], err.msg);
            return VD_EXIT_USAGE;
        }
        sieve->items[sieve->n++] = (vd_sieve_item){.regex = regex};
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
        if (item->regex ? vd_regex_match(item->regex, text) : holds(text, item->word))
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

/* The bytes say that it cannot hold some word. */
static bool is_hopeless(const vd_sieve *sieve, vd_str document)
{
    bool escapes = memmem(document.p, document.n, "\\u", 2) != NULL;
    for (size_t i = 0; i < sieve->n && !escapes; i++)
        if (sieve->items[i].plain.n && !holds(document, sieve->items[i].plain)) return true;
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
