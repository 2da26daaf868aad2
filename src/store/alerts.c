/* store/alerts.c - alerts are written, marked, removed; alerts_find.c reads them */
#include "store/papers_int.h"

static void bind_row(vd_stmt *st, const vd_alert_row *r)
{
    vd_stmt_text(st, 1, r->id);
    vd_stmt_int(st, 2, r->building_block);
    vd_stmt_int(st, 3, r->superseded);
    vd_stmt_int(st, 4, r->ts);
    vd_stmt_int(st, 5, r->created);
    vd_stmt_int(st, 6, r->risk);
    vd_stmt_text(st, 7, r->severity);
    vd_stmt_text(st, 8, r->status);
    vd_stmt_text(st, 9, r->mode);
    vd_stmt_text(st, 10, r->rule_id);
    vd_stmt_text(st, 11, r->rule_name);
    vd_stmt_text_or_null(st, 12, r->host);
    vd_stmt_text_or_null(st, 13, r->user);
    vd_stmt_text_or_null(st, 14, r->group);
}

/* r->number: 0 if its id was there. */
static int put_one(vd_alert_packer *p, vd_conn *c, vd_alert_row *r, vd_err *err)
{
    vd_stmt *st = vd_db_query(c,
                              "INSERT INTO alerts(id, building_block, superseded, ts, created, risk, severity,"
                              " status, mode, rule_id, rule_name, host, user, group_id)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                              " ON CONFLICT (id) DO NOTHING RETURNING number",
                              err);
    if (!st) return VD_IO;
    bind_row(st, r);
    int rc = vd_stmt_step(st, err);
    if (rc < 0) return VD_IO;
    r->number = rc == 1 ? (uint64_t)vd_stmt_get_int(st, 0) : 0;
    if (vd_stmt_run(st, err)) return VD_IO;
    return r->number ? vd_alert_document_put(p, c, r->rule_id, (int64_t)r->number, r->document, err) : 0;
}

int vd_alerts_put(vd_db *db, vd_alert_row *rows, size_t n, bool *fresh, vd_err *err)
{
    vd_alert_packer p;
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    int code = 0;
    vd_alert_packer_init(&p);
    for (size_t i = 0; i < n && !code; i++) {
        code = put_one(&p, c, &rows[i], err);
        if (fresh) fresh[i] = rows[i].number != 0;
    }
    vd_alert_packer_fini(&p);
    return vd_papers_end(db, c, code, err);
}

static vd_str marked(vd_arena *a, vd_str document, int64_t now, vd_err *err)
{
    vd_json *doc;
    vd_str out = {NULL, 0};
    if (vd_json_parse(document, &doc, err)) return out;
    vd_json_set(doc, "kibana.alert.superseded", vd_json_bool(true));
    vd_json_set_time(doc, "kibana.alert.superseded_at", now);
    out = vd_json_text(a, doc, false);
    vd_json_free(doc);
    return out;
}

/* The row of (number, rule_id, base, raw, document). */
static int mark(vd_alert_packer *p, vd_conn *c, vd_stmt *st, int64_t now, vd_err *err)
{
    vd_str document, rule_id = vd_stmt_copy(st, 1, &p->arena);
    int64_t number = vd_stmt_get_int(st, 0);
    int code = vd_alert_document_get(p, c, st, 2, &p->arena, &document, err);
    if (code) return code;
    document = marked(&p->arena, document, now, err);
    if (!document.p) return VD_FORMAT;
    st = vd_db_query(c, "UPDATE alerts SET superseded = 1 WHERE number = ?", err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, number);
    code = vd_stmt_run(st, err);
    return code ? code : vd_alert_document_put(p, c, rule_id, number, document, err);
}

static int supersede(vd_conn *c, vd_str id, int64_t now, vd_err *err)
{
    vd_alert_packer p;
    vd_stmt *st = vd_db_query(c,
                              "SELECT a.number, a.rule_id, d.base, d.raw, d.document"
                              " FROM alerts a JOIN alert_documents d ON d.number = a.number"
                              " WHERE a.id = ? AND a.superseded = 0",
                              err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, id);
    vd_alert_packer_init(&p);
    int rc = vd_stmt_step(st, err);
    int code = rc < 0 ? VD_IO : rc == 1 ? mark(&p, c, st, now, err) : 0;
    vd_stmt_reset(st);
    vd_alert_packer_fini(&p);
    return code;
}

int vd_alerts_supersede(vd_db *db, vd_str id, int64_t now, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    return vd_papers_end(db, c, supersede(c, id, now, err), err);
}

/* Alerts that go in one transaction: who writes meanwhile waits for it. */
#define AT_ONCE "500"
#define OLD "(SELECT number FROM alerts WHERE created < ? ORDER BY created, number LIMIT " AT_ONCE ")"

static int remove_before(vd_conn *c, const char *sql, int64_t before, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, sql, err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, before);
    return vd_stmt_run(st, err);
}

static int remove_some(vd_db *db, int64_t before, int64_t *n, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    int code = remove_before(c, "DELETE FROM alert_documents WHERE number IN " OLD, before, err);
    if (!code) code = remove_before(c, "DELETE FROM alerts WHERE number IN " OLD, before, err);
    *n = code ? 0 : vd_db_changes(c);
    return vd_papers_end(db, c, code, err);
}

int vd_alerts_retain(vd_db *db, int64_t before, uint64_t *removed, vd_err *err)
{
    int64_t n;
    uint64_t all = 0;
    int code;
    do {
        code = remove_some(db, before, &n, err);
        if (!code) all += (uint64_t)n;
    } while (!code && n);
    if (removed) *removed = all;
    if (code || !all) return code;
    vd_conn *c = vd_db_begin(db, err);
    return c ? vd_papers_end(db, c, vd_alert_bases_retain(c, err), err) : VD_IO;
}
