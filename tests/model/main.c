/* vd_model - rules over files of documents, the plain way (model.h).
 *
 *   vd_model -r RULES [-r RULES]... [OPTIONS] FILE...
 *   vd_model -q QUERY [OPTIONS] FILE...
 *
 * Prints the lines of `vedette run -f matches`, in another order: see compare.py.
 * Options: --ignore-index, --index NAME, --field-types MAPPING, and --event-category-field,
 * --timestamp-field, --tiebreaker-field FIELD. */
#include "model.h"

#include <getopt.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "field/index.h"

typedef struct options {
    VD_VEC(const char *) rules;
    const char *query, *field_types;
    vd_str category_field, timestamp_field, tiebreaker_field, index;
    bool ignore_index;
} options;

/* A rule that runs. */
typedef struct running {
    const vd_rule *rule;
    vd_eql_query *q;
    m_cond **conds;                    /* by item; until last */
    vd_field_id timestamp, tiebreaker; /* VD_NO_FIELD: none */
    m_hits hits;
} running;

typedef struct model {
    options o;
    vd_arena arena;
    vd_schema *schema;
    vd_ruleset *set;
    VD_VEC(running) rules;
    vd_field_id timestamp; /* of a document, whatever the rules say */
    m_doc doc;
    uint64_t arrival;
    uint64_t broken; /* documents that were none */
} model;

/* ---- rules ---- */

static vd_str or_else(vd_str a, vd_str b, const char *c)
{
    return a.n ? a : b.n ? b : vd_str_from(c);
}

static vd_field_id field_or_none(model *m, vd_str name)
{
    return name.n ? vd_schema_resolve(m->schema, vd_schema_intern(m->schema, name)) : VD_NO_FIELD;
}

static void add_rule(model *m, const vd_rule *rule)
{
    vd_err err = {0};
    running r = {.rule = rule};
    vd_eql_options eo = {or_else(rule->category_field, m->o.category_field, "")};
    if (!rule->runs || rule->broken || !rule->enabled) return;
    if (vd_eql_parse(&m->arena, rule->query, &r.q, &err) ||
        vd_eql_check(&m->arena, r.q, m->schema, &eo, &err)) {
        fprintf(stderr, "%.*s: %s\n", VD_FMT(rule->name), err.msg);
        return;
    }
    r.timestamp =
        field_or_none(m, or_else(rule->timestamp_field, m->o.timestamp_field, "@timestamp"));
    r.tiebreaker = field_or_none(m, or_else(rule->tiebreaker_field, m->o.tiebreaker_field, ""));
    r.conds = VD_NEW_N(&m->arena, m_cond *, r.q->n_items + 1);
    for (uint32_t i = 0; i < r.q->n_items; i++)
        r.conds[i] = m_cond_new(&m->arena, r.q->items[i].cond);
    if (r.q->until) r.conds[r.q->n_items] = m_cond_new(&m->arena, r.q->until->cond);
    *vd_vec_push(&m->rules) = r;
}

/* Two rules of one rule_id: the first is the rule. */
static bool is_second(const vd_ruleset *set, size_t i)
{
    for (size_t k = 0; k < i && set->rules.v[i]->rule_id.n; k++)
        if (vd_str_eq(set->rules.v[k]->rule_id, set->rules.v[i]->rule_id)) return true;
    return false;
}

static bool load_rules(model *m)
{
    vd_err err;
    vd_read_options ro = {0};
    m->set = vd_ruleset_new();
    for (size_t i = 0; i < m->o.rules.n; i++) {
        if (vd_ruleset_read(m->set, m->o.rules.v[i], &ro, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return false;
        }
    }
    if (m->o.query) vd_ruleset_add_query(m->set, vd_str_from(m->o.query));
    for (size_t i = 0; i < m->set->rules.n; i++)
        if (!is_second(m->set, i)) add_rule(m, m->set->rules.v[i]);
    return true;
}

/* ---- documents ---- */

/* The index that the document stands for. */
static vd_str index_of(model *m)
{
    vd_str index = m_doc_text(&m->doc, "_index");
    if (index.n) return index;
    vd_str type = m_doc_text(&m->doc, "data_stream.type");
    vd_str set = m_doc_text(&m->doc, "data_stream.dataset");
    vd_str space = m_doc_text(&m->doc, "data_stream.namespace");
    if (!set.n) return m->o.index;
    return vd_arena_printf(&m->doc.arena, "%.*s-%.*s-%.*s", VD_FMT(type.n ? type : VD_STR("logs")),
                           VD_FMT(set), VD_FMT(space.n ? space : VD_STR("default")));
}

static vd_str id_of(model *m, vd_str text)
{
    vd_str id = m_doc_text(&m->doc, "_id");
    if (!id.n) id = m_doc_text(&m->doc, "event.id");
    if (id.n) return vd_arena_str(&m->arena, id);
    vd_hash128 h = vd_hash128_stable(text);
    return vd_arena_printf(&m->arena, "%016llx%016llx", (unsigned long long)h.hi,
                           (unsigned long long)h.lo);
}

/* A category is compared as the field's own text. */
static bool in_category(model *m, const running *r, const vd_eql_item *item)
{
    if (item->any) return true;
    const m_values *values = m_doc_field(&m->doc, r->q->category_field);
    for (size_t i = 0; i < values->n; i++)
        if (m_is_text(&values->v[i]) && vd_str_eq(vd_value_str(&values->v[i]), item->category))
            return true;
    return false;
}

static bool time_of(model *m, vd_field_id field, int64_t *ms)
{
    const m_values *values = m_doc_field(&m->doc, field);
    if (!values->n || (values->v[0].kind != VD_DATE && values->v[0].kind != VD_LONG)) return false;
    *ms = values->v[0].i;
    return true;
}

static bool order_of(model *m, const running *r, m_order *out)
{
    *out = (m_order){.arrival = m->arrival};
    if (!time_of(m, r->timestamp, &out->ts)) return false;
    const m_values *tie = r->tiebreaker == VD_NO_FIELD ? NULL : m_doc_field(&m->doc, r->tiebreaker);
    out->has_tie = tie && tie->n;
    if (!out->has_tie) return true;
    out->tie = tie->v[0];
    if (m_is_text(&out->tie)) {
        vd_str own = vd_arena_str(&m->arena, vd_value_str(&out->tie));
        out->tie.s = own.p;
    }
    return true;
}

static void try_item(model *m, running *r, uint32_t i, vd_str text)
{
    const vd_eql_item *item = i < r->q->n_items ? &r->q->items[i] : r->q->until;
    m_hit hit = {.item = i};
    m_keys keys = {0};
    if (!in_category(m, r, item) || !m_cond_holds(r->conds[i], &m->doc)) return;
    if (!order_of(m, r, &hit.at)) return;
    m_keys_of(&m->doc, item, &m->arena, &keys);
    if (keys.n) hit.id = id_of(m, text);
    for (size_t k = 0; k < keys.n; k++) {
        hit.key = keys.v[k];
        *vd_vec_push(&r->hits) = hit;
    }
    vd_vec_free(&keys);
}

static bool takes(const model *m, const running *r, vd_str index)
{
    return m->o.ignore_index || r->rule->n_index == 0 ||
           vd_index_takes(r->rule->index, r->rule->n_index, index);
}

static void document(void *ctx, vd_str text)
{
    model *m = ctx;
    int64_t ms;
    m->arrival++;
    if (!m_doc_take(&m->doc, text)) {
        m->broken++;
        return;
    }
    if (!time_of(m, m->timestamp, &ms)) return;
    vd_str index = index_of(m);
    for (size_t i = 0; i < m->rules.n; i++) {
        running *r = &m->rules.v[i];
        if (!takes(m, r, index)) continue;
        for (uint32_t k = 0; k < r->q->n_items + (r->q->until != NULL); k++)
            try_item(m, r, k, text);
    }
}

/* ---- results ---- */

static void events_of(const running *r, vd_arena *a, m_results *out)
{
    for (size_t i = 0; i < r->hits.n; i++) {
        const m_hit *h = &r->hits.v[i];
        m_result one = {.last = h->at, .key = h->key, .ids = VD_NEW_N(a, vd_str, 1), .n = 1};
        one.ids[0] = h->id;
        *vd_vec_push(out) = one;
    }
}

static int value_cmp(const vd_json *a, const vd_json *b)
{
    bool null_a = vd_json_typeof(a) == VD_JSON_NULL, null_b = vd_json_typeof(b) == VD_JSON_NULL;
    if (null_a || null_b) return null_a - null_b;
    bool string = vd_json_typeof(a) == VD_JSON_STRING;
    if (string != (vd_json_typeof(b) == VD_JSON_STRING)) return string ? 1 : -1;
    if (string) return vd_str_cmp(vd_json_str(a), vd_json_str(b));
    double x = vd_json_get_double(a), y = vd_json_get_double(b);
    return (x > y) - (x < y);
}

/* By the last event, then by join key. */
static int by_last(const void *x, const void *y)
{
    const m_result *a = x, *b = y;
    int c = m_order_cmp(&a->last, &b->last);
    vd_json *ka = NULL, *kb = NULL;
    if (c || vd_json_parse(a->key, &ka, NULL) || vd_json_parse(b->key, &kb, NULL)) return c;
    for (size_t i = 0; i < vd_json_len(ka) && c == 0; i++)
        c = value_cmp(vd_json_at(ka, i), vd_json_at(kb, i));
    vd_json_free(ka);
    vd_json_free(kb);
    return c;
}

static void through_pipes(const vd_eql_query *q, m_results *all)
{
    size_t from = 0, to = all->n;
    for (uint32_t i = 0; i < q->n_pipes; i++) {
        if ((uint64_t)q->pipes[i].n >= to - from) continue;
        if (q->pipes[i].tail)
            from = to - (size_t)q->pipes[i].n;
        else
            to = from + (size_t)q->pipes[i].n;
    }
    for (size_t i = from; i < to; i++)
        all->v[i - from] = all->v[i];
    all->n = to - from;
}

static void print_result(const running *r, const m_result *one)
{
    vd_json *line = vd_json_object(), *events = vd_json_array(), *keys = NULL;
    char when[32];
    vd_time_format(one->last.ts, when);
    for (size_t i = 0; i < one->n; i++)
        vd_json_push(events, one->ids[i].p ? vd_json_string(one->ids[i]) : NULL);
    vd_json_parse(one->key, &keys, NULL);
    vd_json_set_str(line, "rule_id", r->rule->rule_id);
    vd_json_set_str(line, "rule", r->rule->name);
    vd_json_set_str(line, "timestamp", vd_str_from(when));
    vd_json_set(line, "events", events);
    vd_json_set(line, "join_keys", keys);
    vd_json_write_line(stdout, line);
    vd_json_free(line);
}

static void report(running *r)
{
    vd_arena a;
    m_results results = {0};
    vd_arena_init(&a, 0);
    if (r->q->kind == VD_EQL_SEQUENCE)
        m_sequences(r->q, &r->hits, &a, &results);
    else if (r->q->kind == VD_EQL_SAMPLE)
        m_samples(r->q, &r->hits, &a, &results);
    else
        events_of(r, &a, &results);
    if (r->q->n_pipes && results.n) qsort(results.v, results.n, sizeof *results.v, by_last);
    through_pipes(r->q, &results);
    for (size_t i = 0; i < results.n; i++)
        print_result(r, &results.v[i]);
    vd_vec_free(&results);
    vd_arena_fini(&a);
}

/* ---- the program ---- */

static bool read_mapping(vd_schema *schema, const char *path)
{
    FILE *f = fopen(path, "rb");
    static char buf[1 << 22];
    vd_err err = {0};
    size_t n = f ? fread(buf, 1, sizeof buf, f) : 0;
    if (f) fclose(f);
    if (n && vd_schema_load_mapping(schema, (vd_str){buf, n}, &err) == 0) return true;
    fprintf(stderr, "%s: %s\n", path, n ? err.msg : "cannot be read");
    return false;
}

static bool parse_options(int argc, char **argv, options *o)
{
    static const struct option longs[] = {{"rules", 1, NULL, 'r'},
                                          {"query", 1, NULL, 'q'},
                                          {"field-types", 1, NULL, 'f'},
                                          {"index", 1, NULL, 'i'},
                                          {"ignore-index", 0, NULL, 'I'},
                                          {"event-category-field", 1, NULL, 'c'},
                                          {"timestamp-field", 1, NULL, 't'},
                                          {"tiebreaker-field", 1, NULL, 'b'},
                                          {0}};
    for (int c; (c = getopt_long(argc, argv, "r:q:", longs, NULL)) != -1;) {
        switch (c) {
        case 'r': *vd_vec_push(&o->rules) = optarg; break;
        case 'q': o->query = optarg; break;
        case 'f': o->field_types = optarg; break;
        case 'i': o->index = vd_str_from(optarg); break;
        case 'I': o->ignore_index = true; break;
        case 'c': o->category_field = vd_str_from(optarg); break;
        case 't': o->timestamp_field = vd_str_from(optarg); break;
        case 'b': o->tiebreaker_field = vd_str_from(optarg); break;
        default: return false;
        }
    }
    return (o->rules.n || o->query) && optind < argc;
}

static int run(model *m, char **files)
{
    m->schema = vd_schema_new();
    if (m->o.field_types && !read_mapping(m->schema, m->o.field_types)) return 2;
    if (!load_rules(m)) return 2;
    m->timestamp = field_or_none(m, or_else(m->o.timestamp_field, (vd_str){0}, "@timestamp"));
    m_doc_init(&m->doc, m->schema);
    for (; *files; files++) {
        if (m_read_file(*files, document, m)) continue;
        fprintf(stderr, "%s cannot be read\n", *files);
        return 2;
    }
    for (size_t i = 0; i < m->rules.n; i++)
        report(&m->rules.v[i]);
    if (m->broken) fprintf(stderr, "%llu documents were none\n", (unsigned long long)m->broken);
    return 0;
}

int main(int argc, char **argv)
{
    model m = {0};
    vd_arena_init(&m.arena, 0);
    if (!parse_options(argc, argv, &m.o)) {
        fprintf(stderr, "usage: vd_model -r RULES | -q QUERY [OPTIONS] FILE...\n");
        return 2;
    }
    int code = run(&m, argv + optind);
    for (size_t i = 0; i < m.rules.n; i++)
        vd_vec_free(&m.rules.v[i].hits);
    vd_vec_free(&m.rules);
    vd_vec_free(&m.o.rules);
    if (m.doc.slots) m_doc_fini(&m.doc);
    vd_ruleset_free(m.set);
    vd_schema_free(m.schema);
    vd_arena_fini(&m.arena);
    return code;
}
