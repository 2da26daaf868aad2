/* windows/normalise.c - a record through its operations to a document */
#include "windows/normalise.h"

#include <stdlib.h>

#include "base/hash.h"
#include "windows/builtin_map.h"
#include "windows/normalise_int.h"

#define NO_TIME INT64_MIN

/* --- a normaliser --- */

static int load(nz_table *t, const vd_normaliser *n, vd_err *err)
{
    int rc = 0;
    nz_table_init(t);
    for (size_t i = 0; i < n->texts.n && !rc; i++)
        rc = nz_parse(t, n->texts.v[i], err);
    return rc ? rc : nz_compile(t, err);
}

/* Takes a compiled table; everything that is numbered by it is made anew. */
static void adopt(vd_normaliser *n, nz_table t)
{
    nz_table_fini(&n->table);
    nz_programs_forget(n);
    n->table = t;
    n->n_set_words = (uint32_t)(t.slots.n + 63) / 64;
    free(n->values);
    free(n->set);
    free(n->pair_of);
    free(n->pair_gen);
    n->values = vd_calloc(t.fields.n, sizeof *n->values);
    n->set = vd_calloc(n->n_set_words, sizeof *n->set);
    n->pair_of = vd_calloc(t.names.n, sizeof *n->pair_of);
    n->pair_gen = vd_calloc(t.names.n, sizeof *n->pair_gen);
    n->gen = 0;
    n->flow = (nz_flow){vd_map_get(&t.field_ids, VD_STR("source.ip")),
                        vd_map_get(&t.field_ids, VD_STR("source.port")),
                        vd_map_get(&t.field_ids, VD_STR("destination.ip")),
                        vd_map_get(&t.field_ids, VD_STR("destination.port"))};
}

static void add_text(vd_normaliser *n, vd_str text)
{
    char *p = vd_malloc(text.n);
    memcpy(p, text.p ? text.p : "", text.n);
    *vd_vec_push(&n->texts) = (vd_str){p, text.n};
}

int vd_normaliser_map(vd_normaliser *n, vd_str text, vd_err *err)
{
    nz_table t;
    add_text(n, text);
    int rc = load(&t, n, err);
    if (rc) {
        nz_table_fini(&t);
        free((char *)n->texts.v[--n->texts.n].p);
        return rc;
    }
    adopt(n, t);
    return 0;
}

vd_normaliser *vd_normaliser_new(const vd_normalise_options *options)
{
    vd_normaliser *n = vd_calloc(1, sizeof *n);
    vd_err err = {0};
    if (options) n->options = *options;
    n->host_text = vd_malloc(n->options.host.n);
    memcpy(n->host_text, n->options.host.p ? n->options.host.p : "", n->options.host.n);
    n->options.host.p = n->host_text;
    vd_arena_init(&n->programs, 0);
    vd_arena_init(&n->scratch, 0);
    n->day = INT64_MIN;
    if (vd_normaliser_map(n, (vd_str){vd_builtin_map, vd_builtin_map_size}, &err)) {
        fprintf(stderr, "vedette: the built-in map: %s\n", err.msg);
        abort(); /* the tests load it */
    }
    return n;
}

void vd_normaliser_swap_starts(vd_normaliser *n, vd_win_starts **starts)
{
    vd_win_starts *own = n->starts;
    n->starts = *starts;
    *starts = own;
}

void vd_normaliser_free(vd_normaliser *n)
{
    if (!n) return;
    nz_table_fini(&n->table);
    nz_programs_forget(n);
    for (size_t i = 0; i < n->texts.n; i++)
        free((char *)n->texts.v[i].p);
    vd_vec_free(&n->texts);
    vd_vec_free(&n->items);
    vd_vec_free(&n->json);
    vd_vec_free(&n->data);
    vd_vec_free(&n->data_name);
    vd_arena_fini(&n->programs);
    vd_arena_fini(&n->scratch);
    free(n->values);
    free(n->set);
    free(n->pair_of);
    free(n->pair_gen);
    free(n->starts);
    free(n->symbol_counts);
    free(n->host_text);
    free(n);
}

/* --- values --- */

nz_value nz_value_text(vd_str s)
{
    return (nz_value){.kind = NZ_TEXT, .text = s};
}

bool nz_data(const vd_normaliser *n, uint32_t name, vd_str *out)
{
    if (name == VD_MAP_NONE || n->pair_gen[name] != n->gen) return false;
    *out = n->data.v[n->pair_of[name] - 1];
    return true;
}

static bool is_set(const vd_normaliser *n, uint32_t field)
{
    return n->values[field].kind != NZ_NONE;
}

static void set(vd_normaliser *n, uint32_t field, nz_value v)
{
    uint32_t slot = n->table.fields.v[field].slot;
    n->set[slot / 64] |= 1ull << (slot % 64);
    n->values[field] = v;
}

static void set_text(vd_normaliser *n, uint32_t field, vd_str s)
{
    if (s.n && !is_set(n, field)) set(n, field, nz_value_text(s));
}

static void set_long(vd_normaliser *n, uint32_t field, int64_t v)
{
    if (!is_set(n, field)) set(n, field, (nz_value){.kind = NZ_LONG, .num = v});
}

static vd_str decimal(vd_normaliser *n, uint64_t v)
{
    char *buf = vd_arena_alloc(&n->scratch, 20), *at = buf + 20;
    do
        *--at = (char)('0' + v % 10);
    while (v /= 10);
    return (vd_str){at, (size_t)(buf + 20 - at)};
}

static void digits(char *at, unsigned width, uint64_t v)
{
    while (width--) {
        at[width] = (char)('0' + v % 10);
        v /= 10;
    }
}

/* "2026-01-02T" of a day since 1970 (the civil calendar, by eras of 400 years). */
static bool show_day(vd_normaliser *n, int64_t day)
{
    int64_t z = day + 719468, era = z / 146097;
    if (z < 306 || day > 2932896) return false; /* 0001-01-01 to 9999-12-31 */
    int64_t doe = z - era * 146097, yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    digits(n->day_text, 4, (uint64_t)(yoe + era * 400 + (month <= 2)));
    digits(n->day_text + 5, 2, (uint64_t)month);
    digits(n->day_text + 8, 2, (uint64_t)(doy - (153 * mp + 2) / 5 + 1));
    n->day_text[4] = n->day_text[7] = '-';
    n->day_text[10] = 'T';
    n->day = day;
    return true;
}

bool nz_time_text(vd_normaliser *n, int64_t ns, vd_str *out)
{
    const int64_t per_day = 86400000000000;
    int64_t rest = ns % per_day, day = ns / per_day - (rest < 0);
    if (rest < 0) rest += per_day;
    if (day != n->day && !show_day(n, day)) return false;
    char *t = vd_arena_alloc(&n->scratch, 32);
    uint64_t second = (uint64_t)rest / 1000000000, fine = (uint64_t)rest % 1000000000 / 100;
    unsigned width = fine % 10000 ? 7 : 3;
    memcpy(t, n->day_text, 11);
    digits(t + 11, 2, second / 3600);
    digits(t + 14, 2, second / 60 % 60);
    digits(t + 17, 2, second % 60);
    t[13] = t[16] = ':';
    t[19] = '.';
    digits(t + 20, width, width == 7 ? fine : fine / 10000);
    t[20 + width] = 'Z';
    *out = (vd_str){t, 21 + width};
    return true;
}

bool nz_as_text(vd_normaliser *n, nz_value *v)
{
    if (v->kind == NZ_TEXT) return v->text.n > 0;
    if (v->kind != NZ_LONG) return false;
    bool negative = v->num < 0;
    vd_str s = decimal(n, negative ? 0 - (uint64_t)v->num : (uint64_t)v->num);
    if (negative) {
        char *t = vd_arena_alloc(&n->scratch, s.n + 1);
        *t = '-';
        memcpy(t + 1, s.p, s.n);
        s = (vd_str){t, s.n + 1};
    }
    *v = nz_value_text(s);
    return true;
}

/* --- the operations --- */

static vd_str sys_text(vd_normaliser *n, nz_sys which)
{
    const vd_win_record *r = n->record;
    vd_str time = {0};
    switch (which) {
    case NZ_SYS_COMPUTER: return n->computer;
    case NZ_SYS_CHANNEL: return r->channel;
    case NZ_SYS_PROVIDER: return r->provider;
    case NZ_SYS_USER_SID: return r->user_sid;
    case NZ_SYS_TASK: return decimal(n, r->task);
    case NZ_SYS_LEVEL: return decimal(n, r->level);
    case NZ_SYS_OPCODE: return decimal(n, r->opcode);
    case NZ_SYS_PID: return r->has_process_id ? decimal(n, r->process_id) : time;
    case NZ_SYS_TIME:
        if (n->time_ns != NO_TIME) nz_time_text(n, n->time_ns, &time);
        return time;
    case NZ_SYS_MESSAGE: return r->message;
    case NZ_SYS_COUNT: break;
    }
    return time;
}

static bool source(vd_normaliser *n, const nz_src *s, nz_value *v)
{
    switch (s->kind) {
    case NZ_SRC_DATA: v->kind = NZ_TEXT; return nz_data(n, s->id, &v->text);
    case NZ_SRC_FIELD: *v = n->values[s->id]; return v->kind != NZ_NONE;
    case NZ_SRC_SYS: *v = nz_value_text(sys_text(n, (nz_sys)s->id)); return v->text.n > 0;
    case NZ_SRC_CONST: *v = s->value; return true;
    }
    return false;
}

/* The first source that has a value behind the functions. */
static bool evaluate(vd_normaliser *n, const nz_op *op, nz_value *v)
{
    for (uint32_t i = 0; i < op->n_src; i++) {
        if (!source(n, &n->table.srcs.v[op->src + i], v)) continue;
        uint32_t k = 0;
        for (; k < op->n_call; k++) {
            const nz_call *call = &n->table.calls.v[op->call + k];
            if (!nz_functions[call->fn].fn(n, call, v)) break;
        }
        if (k == op->n_call) return true;
    }
    return false;
}

static bool holds(const vd_normaliser *n, nz_list list, vd_str s)
{
    for (uint32_t i = 0; i < list.n; i++)
        if (vd_str_eq(n->items.v[list.at + i], s)) return true;
    return false;
}

static void append_text(vd_normaliser *n, uint32_t field, vd_str s)
{
    nz_list list = is_set(n, field) ? n->values[field].list : (nz_list){(uint32_t)n->items.n, 0};
    if (s.n == 0 || list.n >= NZ_MAX_APPENDED || holds(n, list, s)) return;
    uint32_t at = (uint32_t)n->items.n;
    if (list.at + list.n != at) { /* others stand behind it: move to the end */
        for (uint32_t i = 0; i < list.n; i++) {
            vd_str item = n->items.v[list.at + i];
            *vd_vec_push(&n->items) = item;
        }
        list.at = at;
    }
    *vd_vec_push(&n->items) = s;
    list.n++;
    set(n, field, (nz_value){.kind = NZ_LIST, .list = list});
}

static void append(vd_normaliser *n, uint32_t field, nz_value v)
{
    if (is_set(n, field) && n->values[field].kind != NZ_LIST) return;
    if (v.kind != NZ_LIST) {
        if (nz_as_text(n, &v)) append_text(n, field, v.text);
        return;
    }
    for (uint32_t i = 0; i < v.list.n; i++)
        append_text(n, field, n->items.v[v.list.at + i]);
}

static bool empty(const nz_value *v)
{
    return v->kind == NZ_NONE || (v->kind == NZ_TEXT && v->text.n == 0) ||
           (v->kind == NZ_LIST && v->list.n == 0);
}

static void run(vd_normaliser *n, nz_program program)
{
    for (uint32_t i = 0; i < program.n; i++) {
        const nz_op *op = program.ops[i];
        nz_value v = {0};
        if (!op->append && is_set(n, op->field)) continue;
        if (!evaluate(n, op, &v) || empty(&v)) continue;
        if (op->append)
            append(n, op->field, v);
        else
            set(n, op->field, v);
    }
}

/* --- what every record has --- */

static vd_str level_text(const vd_win_record *r)
{
    static const char *const names[] = {"information", "critical",    "error",
                                        "warning",     "information", "verbose"};
    return vd_str_from(r->level < 6 ? names[r->level] : "");
}

static vd_str lower(vd_normaliser *n, vd_str s)
{
    char *t = vd_arena_alloc(&n->scratch, s.n);
    for (size_t i = 0; i < s.n; i++)
        t[i] = (char)vd_ascii_lower((unsigned char)s.p[i]);
    return (vd_str){t, s.n};
}

static vd_str opcode_text(const vd_win_record *r)
{
    static const char *const names[] = {"Info",      "Start", "Stop",   "DCStart", "DCStop",
                                        "Extension", "Reply", "Resume", "Suspend", "Send"};
    return r->opcode_text.n ? r->opcode_text : vd_str_from(r->opcode < 10 ? names[r->opcode] : "");
}

#define AUDIT_FAILURE 0x10000000000000ull
#define AUDIT_SUCCESS 0x20000000000000ull
#define CLASSIC       0x80000000000000ull

static void set_keywords(vd_normaliser *n)
{
    const vd_win_record *r = n->record;
    nz_list list = {(uint32_t)n->items.n, 0};
    for (uint32_t i = 0; i < r->n_keyword_texts && i < 8; i++)
        if (r->keyword_texts[i].n) *vd_vec_push(&n->items) = r->keyword_texts[i];
    if (n->items.n == list.at) {
        if (r->keywords & AUDIT_FAILURE) *vd_vec_push(&n->items) = VD_STR("Audit Failure");
        if (r->keywords & AUDIT_SUCCESS) *vd_vec_push(&n->items) = VD_STR("Audit Success");
        if (r->keywords & CLASSIC) *vd_vec_push(&n->items) = VD_STR("Classic");
    }
    list.n = (uint32_t)n->items.n - list.at;
    if (list.n) set(n, NZ_F_W_KEYWORDS, (nz_value){.kind = NZ_LIST, .list = list});
}

static bool has_keyword(const vd_normaliser *n, uint64_t bit, vd_str text)
{
    const nz_value *v = &n->values[NZ_F_W_KEYWORDS];
    return n->record->keywords & bit || (v->kind == NZ_LIST && holds(n, v->list, text));
}

static void set_outcome(vd_normaliser *n)
{
    if (has_keyword(n, AUDIT_FAILURE, VD_STR("Audit Failure")))
        set_text(n, NZ_F_EVENT_OUTCOME, VD_STR("failure"));
    else if (has_keyword(n, AUDIT_SUCCESS, VD_STR("Audit Success")))
        set_text(n, NZ_F_EVENT_OUTCOME, VD_STR("success"));
}

/* The same name, however written, is the same host: an id from its lower-case letters. */
static void set_host_id(vd_normaliser *n)
{
    vd_str name = n->computer;
    set_text(n, NZ_F_HOST_ID, n->record->host_id);
    if (name.n == 0 || n->options.no_derive) return;
    bool known = name.n == n->host_of_n && memcmp(name.p, n->host_of, name.n) == 0;
    if (!known) {
        vd_hash128 h = vd_hash128_stable(lower(n, name));
        for (unsigned i = 0; i < 32; i++)
            n->host_id[i] = "0123456789abcdef"[(i < 16 ? h.hi : h.lo) >> (60 - i % 16 * 4) & 15];
        n->host_of_n = name.n <= sizeof n->host_of ? name.n : 0;
        memcpy(n->host_of, name.p, n->host_of_n);
    }
    set_text(n, NZ_F_HOST_ID, (vd_str){n->host_id, 32});
    set_text(n, NZ_F_HOST_HOSTNAME, vd_str_sub(name, 0, vd_str_find_byte(name, '.', 0)));
}

static void set_winlog(vd_normaliser *n)
{
    const vd_win_record *r = n->record;
    set_text(n, NZ_F_W_API, VD_STR("wineventlog"));
    set_text(n, NZ_F_W_CHANNEL, r->channel);
    set_text(n, NZ_F_W_PROVIDER, r->provider);
    set_text(n, NZ_F_W_GUID, r->provider_guid);
    set_text(n, NZ_F_W_COMPUTER, n->computer);
    set_text(n, NZ_F_W_ACTIVITY, r->activity_id);
    set_text(n, NZ_F_W_RELATED, r->related_activity_id);
    set_text(n, NZ_F_W_USER, r->user_sid);
    set_text(n, NZ_F_W_USER_NAME, r->user_name);
    set_text(n, NZ_F_W_USER_DOMAIN, r->user_domain);
    set_text(n, NZ_F_W_USER_TYPE, r->user_type);
    set_text(n, NZ_F_W_OPCODE, opcode_text(r));
    set_text(n, NZ_F_W_EVENT_ID, n->values[NZ_F_EVENT_CODE].text);
    if (r->has_record_id) set_text(n, NZ_F_W_RECORD_ID, decimal(n, r->record_id));
    if (r->version) set_long(n, NZ_F_W_VERSION, r->version);
    if (r->has_process_id) {
        set_long(n, NZ_F_W_PID, r->process_id);
        set_long(n, NZ_F_W_TID, r->thread_id);
    }
    if (r->has_user_data) set_text(n, NZ_F_W_XML_NAME, r->user_data_name);
}

static void set_task(vd_normaliser *n)
{
    const vd_win_record *r = n->record;
    set_text(n, NZ_F_W_TASK, r->task_text);
    if (is_set(n, NZ_F_W_TASK)) {
        nz_value task = n->values[NZ_F_W_TASK];
        if (task.kind == NZ_TEXT) set_text(n, NZ_F_EVENT_ACTION, task.text);
    } else if (r->task) {
        set_text(n, NZ_F_W_TASK, decimal(n, r->task));
    }
}

static void set_times(vd_normaliser *n)
{
    vd_str text;
    if (n->time_ns == NO_TIME || !nz_time_text(n, n->time_ns, &text)) return;
    set_text(n, NZ_F_TIMESTAMP, text);
    set_text(n, NZ_F_W_TIME, text);
}

static void set_data_stream(vd_normaliser *n)
{
    set_text(n, NZ_F_DS_TYPE, VD_STR("logs"));
    set_text(n, NZ_F_DS_NAMESPACE, VD_STR("default"));
    const nz_value *v = &n->values[NZ_F_DS_DATASET];
    if (v->kind != NZ_TEXT) return;
    set_text(n, NZ_F_EVENT_DATASET, v->text);
    set_text(n, NZ_F_EVENT_MODULE, vd_str_sub(v->text, 0, vd_str_find_byte(v->text, '.', 0)));
}

static void set_common(vd_normaliser *n)
{
    const vd_win_record *r = n->record;
    set_times(n);
    set_data_stream(n);
    set_winlog(n);
    set_keywords(n);
    set_outcome(n);
    set_task(n);
    set_text(n, NZ_F_EVENT_KIND, VD_STR("event"));
    set_text(n, NZ_F_EVENT_PROVIDER, r->provider);
    set_text(n, NZ_F_HOST_NAME, n->computer);
    set_host_id(n);
    set_text(n, NZ_F_LOG_LEVEL, r->level_text.n ? lower(n, r->level_text) : level_text(r));
    set_text(n, NZ_F_MESSAGE, r->message);
    set_text(n, NZ_F_USER_ID, r->user_sid);
}

/* --- a record --- */

/* Values that stand for none: empty, a dash, the GUID of zeros. */
static bool says_nothing(vd_str v)
{
    static const char zeros[] = "{00000000-0000-0000-0000-000000000000}";
    if (v.n == 0 || (v.n == 1 && v.p[0] == '-')) return true;
    return v.n == sizeof zeros - 1 && memcmp(v.p, zeros, v.n) == 0;
}

/* The text with Windows' line ends made single ones. */
static vd_str one_line_end(vd_normaliser *n, vd_str v)
{
    const char *cr = v.n ? memchr(v.p, '\r', v.n) : NULL;
    if (!cr) return v;
    char *t = vd_arena_alloc(&n->scratch, v.n);
    size_t k = 0;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] != '\r' || i + 1 == v.n || v.p[i + 1] != '\n') t[k++] = v.p[i];
    return (vd_str){t, k};
}

static void take_pair(vd_normaliser *n, uint32_t i)
{
    const vd_win_pair *pair = &n->record->data[i];
    vd_str value = says_nothing(pair->value) ? (vd_str){0} : one_line_end(n, pair->value);
    uint32_t name = nz_name_find(&n->table, pair->name);
    n->data.v[i] = value;
    n->data_name.v[i] = name;
    if (!value.p || name == VD_MAP_NONE || n->pair_gen[name] == n->gen) return;
    n->pair_gen[name] = n->gen;
    n->pair_of[name] = i + 1;
}

static void take_pairs(vd_normaliser *n)
{
    const vd_win_record *r = n->record;
    bool any = false;
    vd_vec_reserve(&n->data, r->n_data);
    vd_vec_reserve(&n->data_name, r->n_data);
    n->data.n = n->data_name.n = r->n_data;
    for (uint32_t i = 0; i < r->n_data; i++) {
        take_pair(n, i);
        any = any || n->data.v[i].p;
    }
    if (any) set(n, r->has_user_data ? NZ_F_W_USER_DATA : NZ_F_W_DATA, (nz_value){NZ_RAW, {{0}}});
}

/* Only what the last record has set: most of the many fields are empty. */
static void forget_values(vd_normaliser *n)
{
    for (uint32_t w = 0; w < n->n_set_words; w++) {
        for (uint64_t bits = n->set[w]; bits; bits &= bits - 1) {
            uint32_t slot = w * 64 + (unsigned)__builtin_ctzll(bits);
            n->values[n->table.slots.v[slot].field].kind = NZ_NONE;
        }
        n->set[w] = 0;
    }
}

static void begin(vd_normaliser *n, const vd_win_record *r)
{
    n->record = r;
    n->computer = r->computer.n ? r->computer : n->options.host;
    n->time_ns = r->has_time ? r->time_ns : NO_TIME;
    vd_arena_reset(&n->scratch);
    n->items.n = 0;
    n->measure.script = NULL;
    forget_values(n);
    if (++n->gen == 0) {
        memset(n->pair_gen, 0, n->table.names.n * sizeof *n->pair_gen);
        n->gen = 1;
    }
}

void vd_normalise(vd_normaliser *n, const vd_win_record *record, vd_text *out)
{
    begin(n, record);
    take_pairs(n);
    set_text(n, NZ_F_EVENT_CODE, decimal(n, record->event_id));
    run(n, nz_program_of(n, record->channel, record->provider, record->event_id));
    set_common(n);
    nz_write(n, out);
}
