#include "server/clerk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/vec.h"

struct vd_outlet {
    pthread_mutex_t lock;
    FILE *out;
    char *path; /* NULL: standard output */
};

typedef struct withdrawn {
    char id[65];
    int64_t now;
} withdrawn;

struct vd_clerk {
    vd_db *db;
    vd_outlet *outlet;
    vd_arena arena; /* of rows */
    VD_VEC(vd_alert_row) rows;
    VD_VEC(withdrawn) withdrawn;
    VD_VEC(bool) is_new;
};

vd_outlet *vd_outlet_open(const char *path, vd_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *out = standard ? stdout : fopen(path, "ae");
    if (!out) {
        vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
        return NULL;
    }
    vd_outlet *o = vd_calloc(1, sizeof *o);
    pthread_mutex_init(&o->lock, NULL);
    o->out = out;
    o->path = standard ? NULL : strdup(path);
    return o;
}

void vd_outlet_reopen(vd_outlet *o)
{
    if (!o || !o->path) return;
    pthread_mutex_lock(&o->lock);
    FILE *again = fopen(o->path, "ae");
    if (again) {
        fclose(o->out);
        o->out = again;
    }
    pthread_mutex_unlock(&o->lock);
}

void vd_outlet_close(vd_outlet *o)
{
    if (!o) return;
    if (o->path) fclose(o->out);
    else fflush(o->out);
    pthread_mutex_destroy(&o->lock);
    free(o->path);
    free(o);
}

vd_clerk *vd_clerk_new(vd_db *db, vd_outlet *outlet)
{
    vd_clerk *c = vd_calloc(1, sizeof *c);
    c->db = db;
    c->outlet = outlet;
    vd_arena_init(&c->arena, 0);
    return c;
}

void vd_clerk_free(vd_clerk *c)
{
    if (!c) return;
    vd_vec_free(&c->rows);
    vd_vec_free(&c->withdrawn);
    vd_vec_free(&c->is_new);
    vd_arena_fini(&c->arena);
    free(c);
}

static vd_str text_at(vd_clerk *c, const vd_json *doc, const char *path)
{
    const vd_json *v = vd_json_path(doc, vd_str_from(path));
    if (vd_json_typeof(v) == VD_JSON_ARRAY) v = vd_json_at(v, 0);
    return vd_arena_str(&c->arena, vd_json_str(v));
}

static void add_row(vd_clerk *c, const vd_finding *f, const vd_json *doc, int64_t now, const char *mode)
{
    *vd_vec_push(&c->rows) = (vd_alert_row){
        .id = text_at(c, doc, "kibana.alert.uuid"),
        .rule_id = vd_arena_str(&c->arena, f->rule->rule_id),
        .rule_name = text_at(c, doc, "kibana.alert.rule.name"),
        .severity = text_at(c, doc, "kibana.alert.severity"),
        .status = VD_STR("open"),
        .mode = vd_str_from(mode),
        .host = text_at(c, doc, "host.name"),
        .user = text_at(c, doc, "user.name"),
        .group = text_at(c, doc, "kibana.alert.group.id"),
        .risk = vd_json_get_int(vd_json_path(doc, VD_STR("kibana.alert.risk_score"))),
        .ts = f->ts,
        .created = now,
        .building_block = vd_json_path(doc, VD_STR("kibana.alert.building_block_type")) != NULL,
        .document = vd_json_text(&c->arena, doc, false),
    };
}

void vd_clerk_take(vd_clerk *c, const vd_finding *finding, int64_t now, const char *mode)
{
    vd_json *documents = vd_json_array();
    vd_alert_documents(finding, &(vd_alert_options){.now = now}, documents);
    for (size_t i = 0; i < vd_json_len(documents); i++)
        add_row(c, finding, vd_json_at(documents, i), now, mode);
    vd_json_free(documents);
}

void vd_clerk_supersede(vd_clerk *c, const char *id, int64_t now)
{
    withdrawn *w = vd_vec_push(&c->withdrawn);
    snprintf(w->id, sizeof w->id, "%s", id);
    w->now = now;
}

static void put_out(vd_outlet *o, const vd_alert_row *row)
{
    pthread_mutex_lock(&o->lock);
    fwrite(row->document.p, 1, row->document.n, o->out);
    fputc('\n', o->out);
    pthread_mutex_unlock(&o->lock);
}

static int write_rows(vd_clerk *c, uint64_t *n_fresh, vd_err *err)
{
    c->is_new.n = 0;
    for (size_t i = 0; i < c->rows.n; i++)
        *vd_vec_push(&c->is_new) = false;
    int code = vd_alerts_put(c->db, c->rows.v, c->rows.n, c->is_new.v, err);
    if (code) return code;
    for (size_t i = 0; i < c->rows.n; i++) {
        if (!c->is_new.v[i]) continue;
        /* A sequence's own alert is the head of its group; its events are not counted. */
        const vd_alert_row *row = &c->rows.v[i];
        if (n_fresh) *n_fresh += !row->group.n || vd_str_eq(row->group, row->id);
        if (c->outlet) put_out(c->outlet, &c->rows.v[i]);
    }
    if (c->outlet) {
        pthread_mutex_lock(&c->outlet->lock);
        fflush(c->outlet->out);
        pthread_mutex_unlock(&c->outlet->lock);
    }
    c->rows.n = 0;
    return 0;
}

int vd_clerk_write(vd_clerk *c, uint64_t *n_fresh, vd_err *err)
{
    if (n_fresh) *n_fresh = 0;
    int code = c->rows.n ? write_rows(c, n_fresh, err) : 0;
    while (!code && c->withdrawn.n) {
        withdrawn *w = &c->withdrawn.v[c->withdrawn.n - 1];
        code = vd_alerts_supersede(c->db, vd_str_from(w->id), w->now, err);
        if (!code) c->withdrawn.n--;
    }
    if (!code) vd_arena_reset(&c->arena);
    return code;
}
