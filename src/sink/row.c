/* One event as a line of a table: who, and what it is about. */
#include "sink/sink_int.h"

/* Longer than any screen: what lies behind is not kept. */
#define CELL_BYTES 512

static vd_str value_text(vd_arena *a, const vd_json *v)
{
    if (vd_json_typeof(v) == VD_JSON_ARRAY) v = vd_json_at(v, 0);
    switch (vd_json_typeof(v)) {
    case VD_JSON_STRING: return vd_json_str(v);
    case VD_JSON_BOOL:
    case VD_JSON_INT:
    case VD_JSON_DOUBLE: return vd_json_text(a, v, false);
    default: return (vd_str){0};
    }
}

vd_str vd_field_text(vd_arena *a, const vd_json *doc, const char *path)
{
    return value_text(a, vd_json_path(doc, vd_str_from(path)));
}

/* The first of the fields that has a value. */
static vd_str first_of(vd_arena *a, const vd_json *doc, const char *const *paths)
{
    vd_str s = {0};
    for (; *paths && !s.n; paths++)
        s = vd_field_text(a, doc, *paths);
    return s;
}

vd_str vd_host_of(vd_arena *a, const vd_json *doc)
{
    static const char *const paths[] = {"host.name", "host.hostname", "host.id", "agent.name",
                                        "agent.id",  "host",          NULL};
    return first_of(a, doc, paths);
}

static vd_str user_of(vd_arena *a, const vd_json *doc)
{
    vd_str name = vd_field_text(a, doc, "user.name"), domain = vd_field_text(a, doc, "user.domain");
    if (name.n && domain.n) return vd_arena_printf(a, "%.*s\\%.*s", VD_FMT(domain), VD_FMT(name));
    return name.n ? name : vd_field_text(a, doc, "user.id");
}

/* ---- what an event is about, one function a kind ---- */

static vd_str about_connection(vd_arena *a, const vd_json *doc)
{
    static const char *const hosts[] = {"destination.ip", "destination.address",
                                        "destination.domain", NULL};
    vd_str host = first_of(a, doc, hosts), port = vd_field_text(a, doc, "destination.port");
    bool v6 = vd_str_find_byte(host, ':', 0) < host.n;
    if (!host.n && !port.n) return (vd_str){0};
    if (!port.n) return host;
    return vd_arena_printf(a, v6 ? "[%.*s]:%.*s" : "%.*s:%.*s", VD_FMT(host), VD_FMT(port));
}

static vd_str about_dns(vd_arena *a, const vd_json *doc)
{
    return vd_field_text(a, doc, "dns.question.name");
}

static vd_str about_registry(vd_arena *a, const vd_json *doc)
{
    static const char *const datas[] = {"registry.data.strings", "registry.value", NULL};
    vd_str path = vd_field_text(a, doc, "registry.path"), data = first_of(a, doc, datas);
    if (!path.n || !data.n) return path;
    return vd_arena_printf(a, "%.*s = %.*s", VD_FMT(path), VD_FMT(data));
}

static vd_str about_file(vd_arena *a, const vd_json *doc)
{
    static const char *const paths[] = {"file.path", "file.name", NULL};
    return first_of(a, doc, paths);
}

static vd_str about_library(vd_arena *a, const vd_json *doc)
{
    static const char *const paths[] = {"dll.path", "dll.name", "file.path", NULL};
    return first_of(a, doc, paths);
}

/* A command line without the folder of its program, which is long and says little:
 * "C:\\Windows\\System32\\whoami.exe" /all becomes whoami.exe /all. Without arguments
 * the folder is what there is to tell. */
static vd_str without_folder(vd_arena *a, const vd_json *doc, vd_str line)
{
    vd_str program = vd_field_text(a, doc, "process.executable"), rest = line;
    bool quoted = line.n && line.p[0] == '"';
    size_t base = program.n;
    while (base && program.p[base - 1] != '/' && program.p[base - 1] != '\\')
        base--;
    if (quoted) rest = vd_str_sub(line, 1, line.n);
    if (!base || !vd_str_starts(rest, program)) return line;
    rest = vd_str_sub(rest, program.n, rest.n);
    if (quoted && rest.n && rest.p[0] == '"') rest = vd_str_sub(rest, 1, rest.n);
    if (!vd_str_trim(rest).n) return program;
    vd_str name = vd_str_sub(program, base, program.n);
    return vd_arena_printf(a, "%.*s%.*s", VD_FMT(name), VD_FMT(rest));
}

static vd_str about_process(vd_arena *a, const vd_json *doc)
{
    vd_str line = vd_field_text(a, doc, "process.command_line");
    const vd_json *args = line.n ? NULL : vd_json_path(doc, VD_STR("process.args"));
    for (size_t i = 0; i < vd_json_len(args) && line.n < CELL_BYTES; i++) {
        vd_str arg = vd_json_str(vd_json_at(args, i));
        line = vd_arena_printf(a, "%.*s%s%.*s", VD_FMT(line), i ? " " : "", VD_FMT(arg));
    }
    return line.n ? without_folder(a, doc, line) : vd_field_text(a, doc, "process.executable");
}

static vd_str about_anything(vd_arena *a, const vd_json *doc)
{
    static const char *const paths[] = {"message", "event.action", NULL};
    return first_of(a, doc, paths);
}

typedef vd_str (*about_fn)(vd_arena *a, const vd_json *doc);

/* What to show first for a category; then the rest in this order. */
static const struct {
    const char *category;
    about_fn about;
    bool path;
} abouts[] = {
    {"network", about_connection, false}, {"dns", about_dns, false},
    {"registry", about_registry, true},   {"library", about_library, true},
    {"driver", about_library, true},      {"file", about_file, true},
    {"process", about_process, false},    {"", about_anything, false},
};
#define N_ABOUTS (sizeof abouts / sizeof abouts[0])

static vd_str what_of(vd_arena *a, const vd_json *doc, vd_str category, bool *path)
{
    vd_str s = {0};
    *path = false;
    /* A DNS event is a network event too, and its name says more than its server. */
    if (vd_str_eq(category, VD_STR("network"))) s = about_dns(a, doc);
    for (size_t i = 0; i < 2 * N_ABOUTS && !s.n; i++) {
        size_t k = i % N_ABOUTS;
        if (i < N_ABOUTS && !vd_str_eq(category, vd_str_from(abouts[k].category))) continue;
        s = abouts[k].about(a, doc);
        *path = abouts[k].path;
    }
    *path |= s.n && vd_str_eq(s, vd_field_text(a, doc, "process.executable"));
    return s;
}

static vd_str keep(vd_arena *a, vd_str s) { return vd_arena_str(a, vd_str_sub(s, 0, CELL_BYTES)); }

vd_row vd_row_of(vd_arena *a, const vd_finding_event *event)
{
    static const char *const processes[] = {"process.name", "process.executable", NULL};
    vd_row row = {.missing = event->missing, .ts = event->ts};
    if (event->missing) return row;
    vd_arena scratch;
    vd_arena_init(&scratch, 4096);
    const vd_json *doc = event->doc;
    vd_str category = vd_field_text(&scratch, doc, "event.category");
    row.cell[VD_CELL_HOST] = keep(a, vd_host_of(&scratch, doc));
    row.cell[VD_CELL_CATEGORY] = keep(a, category);
    row.cell[VD_CELL_PROCESS] = keep(a, first_of(&scratch, doc, processes));
    row.cell[VD_CELL_PID] = keep(a, vd_field_text(&scratch, doc, "process.pid"));
    row.cell[VD_CELL_USER] = keep(a, user_of(&scratch, doc));
    row.cell[VD_CELL_WHAT] = keep(a, what_of(&scratch, doc, category, &row.path));
    vd_arena_fini(&scratch);
    return row;
}
