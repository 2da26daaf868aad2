/* field/suggest.c - the names that somebody may have meant
 *
 * As Elasticsearch suggests columns (Lucene's LevenshteinDistance): likeness is
 * 1 - edits / length of the longer name, from a half on, best first. */
#include "field/field_int.h"
#include "field/field_table.h"

#define NAME_MAX_SUGGEST 256 /* longer names are not compared */

typedef struct near_name {
    vd_str name;
    unsigned edits, longer; /* likeness is 1 - edits / longer */
} near_name;

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits between two names of at most NAME_MAX_SUGGEST bytes. Stops early and
 * gives limit + 1 once every continuation needs more than `limit`. */
static unsigned edit_distance(vd_str a, vd_str b, unsigned limit)
{
    unsigned row[NAME_MAX_SUGGEST + 1];
    for (unsigned j = 0; j <= b.n; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned diagonal = row[0], least = i;
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned above = row[j];
            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a.p[i - 1] != b.p[j - 1]));
            diagonal = above;
            if (row[j] < least) least = row[j];
        }
        if (least > limit) return limit + 1;
    }
    return row[b.n];
}

/* Nearer first; of equals the first by bytes. */
static bool before(const near_name *a, const near_name *b)
{
    unsigned long x = (unsigned long)a->edits * b->longer, y = (unsigned long)b->edits * a->longer;
    return x != y ? x < y : vd_str_cmp(a->name, b->name) < 0;
}

typedef struct finder {
    vd_str name;
    near_name *best;
    size_t n, max;
} finder;

/* Puts a candidate at its place among the best, if it has one. */
static void consider(finder *f, vd_str candidate)
{
    if (candidate.n == 0 || candidate.n > NAME_MAX_SUGGEST) return;
    size_t longer = candidate.n > f->name.n ? candidate.n : f->name.n;
    size_t shorter = candidate.n > f->name.n ? f->name.n : candidate.n;
    if ((longer - shorter) * 2 > longer) return;
    unsigned limit = (unsigned)longer / 2;
    near_name c = {candidate, edit_distance(f->name, candidate, limit), (unsigned)longer};
    if (c.edits > limit) return;
    size_t i = f->n;
    while (i > 0 && before(&c, &f->best[i - 1]))
        i--;
    if (i > 0 && vd_str_eq(f->best[i - 1].name, candidate)) return;
    if (i == f->max) return;
    if (f->n < f->max) f->n++;
    memmove(f->best + i + 1, f->best + i, (f->n - 1 - i) * sizeof *f->best);
    f->best[i] = c;
}

/* One letter off is what was meant: what is only half alike is left out then. */
static bool far_behind(const near_name *c, const near_name *best)
{
    return best->edits * 6 <= best->longer && c->edits > best->edits;
}

size_t vd_schema_suggest(const vd_schema *schema, vd_str name, vd_str *out, size_t max)
{
    if (max == 0 || name.n == 0 || name.n > NAME_MAX_SUGGEST) return 0;
    finder f = {.name = name, .best = vd_calloc(max, sizeof *f.best), .max = max};
    /* What is interned and known stands in the mapping or in the table. */
    for (size_t i = 0; i < schema->fields.n; i++)
        if (schema->fields.v[i].origin == VD_ORIGIN_MAPPING) consider(&f, schema->fields.v[i].name);
    for (uint32_t i = 0; i < vd_field_row_count; i++)
        consider(&f, (vd_str){vd_field_rows[i].name, vd_field_rows[i].name_len});
    size_t n = 0;
    while (n < f.n && !far_behind(&f.best[n], &f.best[0]))
        n++;
    for (size_t i = 0; i < n; i++)
        out[i] = f.best[i].name;
    free(f.best);
    return n;
}
