/* store/alerts_find.c - queries over alerts
 *
 * One statement for each thing that a query is best begun with, since a statement's text is what
 * it is prepared under: what is equal in an index (rule, host, user, group), else a range of
 * times, else the numbers. All other conditions are checked on the rows that this gives. */
#include "base/clock.h"
#include "store/papers_int.h"

/* A plus keeps a column from being looked up in an index. */
#define ANY(p, column) "(" p " IS NULL OR +a." column " = " p ")"
#define WHERE                                                                                       \
    " WHERE a.number > ?1 AND " ANY("?2", "rule_id") " AND " ANY("?3", "host") " AND "              \
    ANY("?4", "user") " AND " ANY("?5", "group_id") " AND " ANY("?6", "severity") " AND "           \
    ANY("?7", "status") " AND " ANY("?8", "mode")                                                   \
    " AND +a.ts >= ?9 AND +a.ts <= ?10 AND +a.created >= ?11 AND +a.created <= ?12"                 \
    " AND (?13 < 0 OR a.superseded = ?13) AND a.building_block <= ?14"
#define COLUMNS                                                                                     \
    "SELECT a.number, a.id, a.building_block, a.superseded, a.ts, a.created, a.risk, a.severity,"   \
    " a.status, a.mode, a.rule_id, a.rule_name, a.host, a.user, a.group_id,"                        \
    " d.base, d.raw, d.document"
#define JOIN " CROSS JOIN alert_documents d ON d.number = a.number"
#define BY(index, also)                                                                             \
    {                                                                                               \
        COLUMNS " FROM alerts a" index JOIN WHERE also " ORDER BY a.number LIMIT ?15 OFFSET ?16",   \
        COLUMNS " FROM alerts a" index JOIN WHERE also " ORDER BY a.number DESC LIMIT ?15 OFFSET ?16", \
        "SELECT count(*) FROM alerts a" index WHERE also                                            \
    }
#define DOCUMENT_COLUMN 15

typedef struct statements {
    const char *oldest, *newest, *count;
} statements;

static const statements by_number = BY(" NOT INDEXED", "");
static const statements by_rule = BY(" INDEXED BY alerts_rule", " AND a.rule_id = ?2");
static const statements by_host = BY(" INDEXED BY alerts_host", " AND a.host = ?3");
static const statements by_user = BY(" INDEXED BY alerts_user", " AND a.user = ?4");
static const statements by_group = BY(" INDEXED BY alerts_group", " AND a.group_id = ?5");
static const statements by_time = BY(" INDEXED BY alerts_ts", " AND a.ts >= ?9 AND a.ts <= ?10");

static const statements *choose(const vd_alert_query *q)
{
    if (q->group.n) return &by_group;
    if (q->host.n) return &by_host;
    if (q->user.n) return &by_user;
    if (q->rule_id.n) return &by_rule;
    return q->since != VD_TIME_NONE ? &by_time : &by_number;
}

static int64_t until(int64_t t) { return t == VD_TIME_NONE ? INT64_MAX : t; }
static int64_t capped(uint64_t v) { return v > INT64_MAX ? INT64_MAX : (int64_t)v; }

static void bind(vd_stmt *st, const vd_alert_query *q)
{
    const vd_str texts[] = {q->rule_id, q->host, q->user, q->group, q->severity, q->status, q->mode};
    vd_stmt_int(st, 1, capped(q->after));
    for (int i = 0; i < 7; i++)
        vd_stmt_text_or_null(st, i + 2, texts[i]);
    vd_stmt_int(st, 9, q->since); /* VD_TIME_NONE is below all times */
    vd_stmt_int(st, 10, until(q->until));
    vd_stmt_int(st, 11, q->created_since);
    vd_stmt_int(st, 12, until(q->created_until));
    vd_stmt_int(st, 13, q->superseded);
    vd_stmt_int(st, 14, q->building_blocks);
}

static int take_row(vd_alert_packer *p, vd_conn *c, vd_stmt *st, vd_arena *a, vd_alert_row *r, vd_err *err)
{
    *r = (vd_alert_row){.number = (uint64_t)vd_stmt_get_int(st, 0),
                        .id = vd_stmt_copy(st, 1, a),
                        .building_block = vd_stmt_get_int(st, 2) != 0,
                        .superseded = vd_stmt_get_int(st, 3) != 0,
                        .ts = vd_stmt_get_int(st, 4),
                        .created = vd_stmt_get_int(st, 5),
                        .risk = vd_stmt_get_int(st, 6),
                        .severity = vd_stmt_copy(st, 7, a),
                        .status = vd_stmt_copy(st, 8, a),
                        .mode = vd_stmt_copy(st, 9, a),
                        .rule_id = vd_stmt_copy(st, 10, a),
                        .rule_name = vd_stmt_copy(st, 11, a),
                        .host = vd_stmt_copy(st, 12, a),
                        .user = vd_stmt_copy(st, 13, a),
                        .group = vd_stmt_copy(st, 14, a)};
    return vd_alert_document_get(p, c, st, DOCUMENT_COLUMN, a, &r->document, err);
}

/* One alert that is damaged must not hide the others of its page. */
static void stand_in(vd_alert_row *r, vd_arena *a)
{
    vd_json *doc = vd_json_object();
    vd_json_set_time(doc, "@timestamp", r->created);
    vd_json_set_str(doc, "kibana.alert.uuid", r->id);
    vd_json_set_str(doc, "kibana.alert.rule.rule_id", r->rule_id);
    vd_json_set_str(doc, "kibana.alert.rule.name", r->rule_name);
    vd_json_set_str(doc, "kibana.alert.severity", r->severity);
    vd_json_set(doc, "vedette.damaged", vd_json_bool(true));
    r->document = vd_json_text(a, doc, false);
    r->damaged = true;
    vd_json_free(doc);
}

typedef VD_VEC(vd_alert_row) alert_rows;

static int read_rows(vd_conn *c, const vd_alert_query *q, vd_arena *a, alert_rows *rows, vd_err *err)
{
    const statements *s = choose(q);
    vd_alert_packer p;
    vd_stmt *st = vd_db_query(c, q->newest_first ? s->newest : s->oldest, err);
    if (!st) return VD_IO;
    bind(st, q);
    vd_stmt_int(st, 15, capped(q->size));
    vd_stmt_int(st, 16, capped(q->from));
    vd_alert_packer_init(&p);
    int rc, code = 0;
    while (!code && (rc = vd_stmt_step(st, err)) != 0) {
        code = rc < 0 ? VD_IO : take_row(&p, c, st, a, vd_vec_push(rows), err);
        if (code != VD_FORMAT) continue;
        stand_in(&rows->v[rows->n - 1], a);
        code = 0;
    }
    vd_stmt_reset(st);
    vd_alert_packer_fini(&p);
    return code;
}

static int count_rows(vd_conn *c, const vd_alert_query *q, uint64_t *total, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, choose(q)->count, err);
    if (!st) return VD_IO;
    bind(st, q);
    if (vd_stmt_step(st, err) != 1) return VD_IO;
    *total = (uint64_t)vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return 0;
}

int vd_alerts_find(vd_db *db, const vd_alert_query *q, vd_arena *a, vd_alert_row **rows, size_t *n,
                   uint64_t *total, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    alert_rows found = {0};
    int code = read_rows(c, q, a, &found, err);
    if (!code && total) code = count_rows(c, q, total, err);
    if (!code) VD_PAPERS_GIVE(a, found, rows, n);
    vd_vec_free(&found);
    vd_db_return(db, c);
    return code;
}

static int get(vd_conn *c, vd_str id, vd_arena *a, vd_alert_row *row, vd_err *err)
{
    vd_alert_packer p;
    vd_stmt *st = vd_db_query(c, COLUMNS " FROM alerts a" JOIN " WHERE a.id = ?", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, id);
    vd_alert_packer_init(&p);
    int rc = vd_stmt_step(st, err);
    int code = rc < 0    ? VD_IO
               : rc == 0 ? vd_fail(err, VD_USAGE, "there is no alert \"%.*s\"", VD_FMT(id))
                         : take_row(&p, c, st, a, row, err);
    vd_stmt_reset(st);
    vd_alert_packer_fini(&p);
    return code;
}

int vd_alerts_get(vd_db *db, vd_str id, vd_arena *a, vd_alert_row *row, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int code = get(c, id, a, row, err);
    vd_db_return(db, c);
    return code;
}

bool vd_alerts_has(vd_db *db, vd_str id)
{
    vd_conn *c = vd_db_reader(db, NULL);
    vd_stmt *st = c ? vd_db_query(c, "SELECT 1 FROM alerts WHERE id = ?", NULL) : NULL;
    if (st) vd_stmt_text(st, 1, id);
    bool has = st && vd_stmt_step(st, NULL) == 1;
    vd_db_return(db, c);
    return has;
}

static int64_t verify(vd_conn *c, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err)
{
    vd_alert_packer p;
    vd_arena a;
    vd_str document;
    int rc;
    int64_t n = 0;
    vd_stmt *st = vd_db_query(c,
                              "SELECT a.id, d.base, d.raw, d.document FROM alerts a"
                              " LEFT JOIN alert_documents d ON d.number = a.number ORDER BY a.number",
                              err);
    if (!st) return -1;
    vd_alert_packer_init(&p);
    vd_arena_init(&a, 0);
    while ((rc = vd_stmt_step(st, err)) == 1) {
        if (vd_stmt_is_null(st, 3) || vd_alert_document_get(&p, c, st, 1, &a, &document, NULL)) {
            vd_str what = vd_arena_printf(&a, "alert %.*s is damaged", VD_FMT(vd_stmt_get_text(st, 0)));
            damaged(ctx, what.p);
            n++;
        }
        vd_arena_reset(&a);
    }
    vd_stmt_reset(st);
    vd_arena_fini(&a);
    vd_alert_packer_fini(&p);
    return rc < 0 ? -1 : n;
}

int64_t vd_alerts_verify(vd_db *db, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return -1;
    int64_t n = verify(c, damaged, ctx, err);
    vd_db_return(db, c);
    return n;
}
