#include "server/rulebook.h"

#include <fts.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "engine/stream.h"

static void say(vd_rulebook *book, vd_str rule_id, vd_str name, vd_str file, vd_str error)
{
    vd_json *one = vd_json_object();
    if (rule_id.n) vd_json_set_str(one, "rule_id", rule_id);
    if (name.n) vd_json_set_str(one, "name", name);
    if (file.n) vd_json_set_str(one, "file", file);
    vd_json_set_str(one, "error", error);
    vd_json_push(book->said, one);
}

static int read_files(vd_rulebook *book, const vd_rulebook_options *o, bool strict, vd_ruleset *set,
                      vd_err *err)
{
    for (size_t i = 0; i < o->n_paths; i++) {
        vd_err own;
        int code = vd_ruleset_read(set, o->paths[i], &(vd_read_options){0}, &own);
        if (!code) continue;
        if (strict) {
            if (err) *err = own;
            return code;
        }
        say(book, (vd_str){0}, (vd_str){0}, vd_str_from(o->paths[i]), vd_str_from(own.msg));
    }
    return 0;
}

static const vd_rule_row *row_of(const vd_rule_row *rows, size_t n, vd_str rule_id)
{
    for (size_t i = 0; i < n; i++)
        if (vd_str_eq(rows[i].rule_id, rule_id)) return &rows[i];
    return NULL;
}

static bool from_api(const vd_rule_row *row) { return vd_str_eq(row->source, VD_STR("api")); }

/* The store's own rules are read; what it says of the files' is put over them. */
static void take_rows(vd_ruleset *set, const vd_rule_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (from_api(&rows[i])) vd_ruleset_read_text(set, rows[i].document, "api", &(vd_read_options){0});
    for (size_t i = 0; n && i < set->rules.n; i++) {
        const vd_rule_row *row = row_of(rows, n, set->rules.v[i]->rule_id);
        if (row && !row->enabled) set->rules.v[i]->enabled = false;
    }
}

static void tell_problems(vd_rulebook *book, const vd_ruleset *set)
{
    for (size_t i = 0; i < set->problems.n; i++)
        if (set->problems.v[i].error)
            say(book, (vd_str){0}, (vd_str){0}, set->problems.v[i].file, set->problems.v[i].msg);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        book->left_out += !rule->runs && !rule->broken;
        if (!rule->broken) continue;
        book->broken++;
        for (size_t k = 0; k < rule->problems.n; k++)
            if (rule->problems.v[k].error)
                say(book, rule->rule_id, rule->name, rule->file, rule->problems.v[k].msg);
    }
}

static bool names_alerts(const vd_rule *rule)
{
    for (size_t i = 0; i < rule->n_index; i++)
        if (vd_str_starts(rule->index[i], VD_STR(".alerts-"))) return true;
    return false;
}

/* Where each rule runs: as it says, as was set by hand, else as the service does. */
static void choose_modes(vd_rulebook *book, bool scheduled, const vd_rule_row *rows, size_t n_rows)
{
    size_t n = vd_plan_rule_count(book->plan);
    book->stream_off = vd_calloc(n + 1, sizeof(bool));
    book->schedule_off = vd_calloc(n + 1, sizeof(bool));
    for (uint32_t i = 0; i < n; i++) {
        const vd_plan_rule *r = vd_plan_rule_at(book->plan, i);
        const vd_rule_row *row = row_of(rows, n_rows, r->rule->rule_id);
        vd_str mode = row ? row->mode : (vd_str){0};
        if (!mode.n) mode = vd_json_str(vd_json_get(r->rule->api, "mode"));
        bool by_time = mode.n ? vd_str_eq(mode, VD_STR("schedule")) : scheduled;
        if (!vd_stream_takes(r)) by_time = true;
        book->stream_off[i] = by_time;
        book->schedule_off[i] = !by_time;
        book->alerts_wanted |= !by_time && names_alerts(r->rule);
    }
}

int vd_rulebook_read(const vd_rulebook_options *o, vd_db *db, bool strict, vd_rulebook **out,
                     vd_err *err)
{
    vd_rulebook *book = vd_calloc(1, sizeof *book);
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_rule_row *rows = NULL;
    size_t n = 0;
    vd_arena a;
    vd_arena_init(&a, 0);
    book->said = vd_json_array();
    int code = read_files(book, o, strict, set, err);
    if (!code) code = vd_rules_all(db, &a, &rows, &n, err);
    if (code) {
        vd_ruleset_free(set);
        vd_schema_free(schema);
        vd_json_free(book->said);
        free(book);
    } else {
        take_rows(set, rows, n);
        vd_ruleset_compile(set, schema);
        tell_problems(book, set);
        book->read = set->rules.n;
        book->plan = vd_plan_build(set, schema, &(vd_plan_options){.ignore_index = o->ignore_index});
        choose_modes(book, o->scheduled, rows, n);
        *out = book;
    }
    vd_arena_fini(&a);
    return code;
}

void vd_rulebook_free(vd_rulebook *book)
{
    if (!book) return;
    vd_plan_unref(book->plan);
    vd_json_free(book->said);
    free(book->stream_off);
    free(book->schedule_off);
    free(book);
}

static const vd_problem *first_error(const vd_ruleset *set)
{
    for (size_t i = 0; i < set->problems.n; i++)
        if (set->problems.v[i].error) return &set->problems.v[i];
    for (size_t i = 0; i < set->rules.n; i++)
        for (size_t k = 0; k < set->rules.v[i]->problems.n; k++)
            if (set->rules.v[i]->problems.v[k].error) return &set->rules.v[i]->problems.v[k];
    return NULL;
}

int vd_rulebook_try(vd_str json, bool ignore_index, vd_plan **out, vd_err *err)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_ruleset_read_text(set, json, "request", &(vd_read_options){0});
    vd_ruleset_compile(set, schema);
    const vd_problem *p = first_error(set);
    int code = 0;
    if (p)
        code = vd_fail(err, VD_VERIFY, "%.*s", VD_FMT(p->msg));
    else if (set->rules.n != 1)
        code = vd_fail(err, VD_FORMAT, "one rule is wanted, there are %zu", set->rules.n);
    else if (!set->rules.v[0]->runs)
        code = vd_fail(err, VD_UNSUPPORTED, "rules of type \"%.*s\" do not run here",
                       VD_FMT(set->rules.v[0]->type));
    if (!code && out) {
        *out = vd_plan_build(set, schema, &(vd_plan_options){.ignore_index = ignore_index});
        return 0;
    }
    vd_ruleset_free(set);
    vd_schema_free(schema);
    return code;
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

uint64_t vd_rulebook_print_of_files(const vd_rulebook_options *o)
{
    uint64_t print = 0;
    for (size_t i = 0; i < o->n_paths; i++) {
        char *const paths[] = {(char *)o->paths[i], NULL};
        FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, by_name);
        for (FTSENT *f; fts && (f = fts_read(fts));) {
            if (f->fts_info != FTS_F) continue;
            uint64_t facts[] = {print, vd_hash64(vd_str_from(f->fts_path)), (uint64_t)f->fts_statp->st_size,
                                (uint64_t)f->fts_statp->st_mtim.tv_sec, (uint64_t)f->fts_statp->st_mtim.tv_nsec};
            print = vd_hash64((vd_str){(const char *)facts, sizeof facts});
        }
        if (fts) fts_close(fts);
    }
    return print;
}
