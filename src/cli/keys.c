/* vedette keys: API keys, in the database itself; a service reads it at each request */
#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "store/papers.h"

#define MAX_NAME 200

enum { FORM_TEXT, FORM_JSON };
static const vd_form forms[] = {{"text", " .txt ", FORM_TEXT}, {"json", " .json ", FORM_JSON}};

typedef struct work {
    const vd_options *o;
    vd_db *db;
    vd_arena arena;
    vd_zone zone;
    int form;
} work;

static int failed(const vd_err *err)
{
    vd_say("%s", err->msg);
    return VD_EXIT_FAILURE;
}

/* --- list --- */

static void print_row(const work *w, const vd_key_row *k)
{
    char created[48], expires[48] = "never";
    vd_zone_format(&w->zone, k->created, false, created);
    if (k->expires) vd_zone_format(&w->zone, k->expires, false, expires);
    vd_text_cell(stdout, k->id, 20, false);
    printf("  %-7s  %-24s  %-24s  ", vd_key_role_name(k->role), created, expires);
    vd_text_put(stdout, k->name, SIZE_MAX);
    putchar('\n');
}

static vd_json *row_json(const vd_key_row *k)
{
    vd_json *v = vd_json_object();
    vd_json_set_str(v, "id", k->id);
    vd_json_set_str(v, "name", k->name);
    vd_json_set_str(v, "role", vd_str_from(vd_key_role_name(k->role)));
    vd_json_set_time(v, "created", k->created);
    if (k->expires) vd_json_set_time(v, "expires", k->expires);
    return v;
}

static int list(work *w)
{
    vd_err err = {0};
    vd_key_row *rows;
    size_t n;
    if (vd_keys_all(w->db, &w->arena, &rows, &n, &err)) return failed(&err);
    if (w->form == FORM_JSON) {
        vd_json *all = vd_json_array();
        for (size_t i = 0; i < n; i++)
            vd_json_push(all, row_json(&rows[i]));
        vd_json_write_line(stdout, all);
        vd_json_free(all);
        return VD_EXIT_OK;
    }
    if (n && !w->o->quiet) printf("%-20s  %-7s  %-24s  %-24s  %s\n", "id", "role", "created", "expires", "name");
    for (size_t i = 0; i < n; i++)
        print_row(w, &rows[i]);
    return VD_EXIT_OK;
}

/* --- make, revoke --- */

static int make(work *w)
{
    vd_err err = {0};
    char text[VD_KEY_MAX];
    vd_str name = vd_str_from(w->o->operands.v[1]);
    vd_key_role role = vd_key_role_from(vd_str_from(w->o->role));
    int64_t expires = 0;
    if (role == VD_KEY_NONE) {
        vd_say("--role wants ingest, read, analyst or admin%s%s", w->o->role ? ", not " : "",
               w->o->role ? w->o->role : "");
        return VD_EXIT_USAGE;
    }
    if (!name.n || name.n > MAX_NAME) {
        vd_say("a key's name has 1 to %d bytes", MAX_NAME);
        return VD_EXIT_USAGE;
    }
    if (w->o->expires && __builtin_add_overflow(vd_now_ms(), w->o->expires, &expires)) expires = 0;
    if (vd_keys_make(w->db, name, role, expires, text, &err)) return failed(&err);
    if (w->form == FORM_JSON) {
        vd_json *v = vd_json_object();
        vd_json_set_str(v, "name", name);
        vd_json_set_str(v, "role", vd_str_from(w->o->role));
        vd_json_set_str(v, "encoded", vd_str_from(text));
        vd_json_write_line(stdout, v);
        vd_json_free(v);
    } else {
        puts(text);
    }
    return VD_EXIT_OK;
}

static int take_back(work *w)
{
    vd_err err = {0};
    bool was = false;
    const char *id = w->o->operands.v[1];
    if (vd_keys_revoke(w->db, vd_str_from(id), &was, &err)) return failed(&err);
    if (was) return VD_EXIT_OK;
    vd_say("there is no key \"%s\" (see vedette keys list)", id);
    return VD_EXIT_FAILURE;
}

static const struct {
    const char *name;
    int (*run)(work *w);
    size_t operands;
    bool writing;
} actions[] = {{"list", list, 1, false}, {"make", make, 2, true}, {"revoke", take_back, 2, true}};
#define N_ACTIONS (sizeof actions / sizeof actions[0])

static int open_db(work *w, bool writing)
{
    char path[4096];
    vd_err err = {0};
    const char *dir = w->o->data ? w->o->data : VD_DEFAULT_DATA;
    snprintf(path, sizeof path, "%s/vedette.db", dir);
    if (access(path, R_OK) != 0) {
        vd_say("%s: %s", path, errno == ENOENT ? "there is no store" : strerror(errno));
        return VD_EXIT_FAILURE;
    }
    return vd_papers_open(dir, !writing, &w->db, &err) ? failed(&err) : VD_EXIT_OK;
}

int vd_cmd_keys(vd_options *o)
{
    work w = {.o = o};
    vd_err err = {0};
    const char *name = o->operands.n ? o->operands.v[0] : "";
    size_t i = 0;
    while (i < N_ACTIONS && strcmp(actions[i].name, name) != 0)
        i++;
    if (i == N_ACTIONS || o->operands.n != actions[i].operands) {
        vd_say("it is vedette keys list, make NAME --role ROLE, or revoke ID");
        return VD_EXIT_USAGE;
    }
    w.form = vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (w.form < 0) return VD_EXIT_USAGE;
    if (vd_zone_read(o->tz ? o->tz : "UTC", &w.zone, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_USAGE;
    }
    int rc = open_db(&w, actions[i].writing);
    vd_arena_init(&w.arena, 0);
    if (!rc) rc = actions[i].run(&w);
    vd_arena_fini(&w.arena);
    vd_db_close(w.db);
    return rc;
}
