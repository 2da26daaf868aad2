/* rule/read_dir.c - a path to the rule files behind it
 *
 * Folders are walked in byte order of the paths; hidden entries and files of other
 * kinds (by their extension) are not looked at. A link to a folder is followed
 * unless it leads to a folder that is being walked. Folders that by their name hold
 * templates and test data are not read, so that a whole clone of a rule repository
 * gives the rules that are meant to run. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "rule/rule_int.h"

typedef enum file_kind { OTHER_FILE, TOML_FILE, JSON_FILE } file_kind;

static file_kind kind_by_name(vd_str name)
{
    if (vd_str_ends(name, VD_STR(".toml"))) return TOML_FILE;
    if (vd_str_ends(name, VD_STR(".json")) || vd_str_ends(name, VD_STR(".ndjson")) ||
        vd_str_ends(name, VD_STR(".jsonl")))
        return JSON_FILE;
    return OTHER_FILE;
}

/* For a file given by name: JSON begins with an object, or with an array that is
 * empty or has an object in it; [table] is TOML. */
static file_kind kind_by_text(vd_str text)
{
    vd_str s = vd_str_trim(text);
    if (s.n == 0) return TOML_FILE;
    if (s.p[0] == '{') return JSON_FILE;
    if (s.p[0] != '[') return TOML_FILE;
    s = vd_str_trim(vd_str_sub(s, 1, s.n));
    return s.n && (s.p[0] == '{' || s.p[0] == ']') ? JSON_FILE : TOML_FILE;
}

static vd_str without_byte_order_mark(vd_str text)
{
    return vd_str_starts(text, VD_STR("\xef\xbb\xbf")) ? vd_str_sub(text, 3, text.n) : text;
}

static void read_text(const vd_reading *r, vd_str text)
{
    file_kind kind = kind_by_name(r->file);
    text = without_byte_order_mark(text);
    if (kind == OTHER_FILE) kind = kind_by_text(text);
    bool taken = kind == JSON_FILE ? vd_read_json(r, text) : vd_read_toml(r, text);
    r->set->files++;
    if (taken) return;
    if (r->named)
        vd_ruleset_problem(r->set, true, "no-rule", r->file, 0, 0, "there is no rule in this file");
    else
        r->set->not_rules++;
}

static vd_reading reading(vd_ruleset *set, vd_str file, bool named, const vd_read_options *o)
{
    return (vd_reading){
        .set = set, .file = file, .named = named, .keep_deprecated = o && o->deprecated};
}

void vd_ruleset_read_text(vd_ruleset *set, vd_str text, const char *name, const vd_read_options *o)
{
    vd_reading r = reading(set, vd_arena_str(&set->arena, vd_str_from(name)), true, o);
    read_text(&r, text);
}

/* ---- files ---- */

/* Reads an open file to its end, at most VD_MAX_RULE_FILE bytes and one. */
static bool read_all(int fd, char **data, size_t *n)
{
    VD_VEC(char) buffer = {0};
    for (;;) {
        vd_vec_reserve(&buffer, buffer.n + (64u << 10));
        ssize_t got = read(fd, buffer.v + buffer.n, buffer.cap - buffer.n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) break;
        buffer.n += (size_t)got;
        if (got == 0 || buffer.n > VD_MAX_RULE_FILE) {
            *data = buffer.v;
            *n = buffer.n;
            return true;
        }
    }
    vd_vec_free(&buffer);
    return false;
}

/* 0, or the errno that says why the file cannot be read. */
static int read_file(const vd_reading *r)
{
    int fd = open(r->file.p, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return errno;
    char *data = NULL;
    size_t n = 0;
    int why = read_all(fd, &data, &n) ? 0 : errno;
    close(fd);
    if (why) return why;
    if (n > VD_MAX_RULE_FILE)
        vd_ruleset_problem(r->set, true, vd_code_name(VD_LIMIT), r->file, 0, 0,
                           "larger than %u MiB, not read", VD_MAX_RULE_FILE >> 20);
    else
        read_text(r, (vd_str){data, n});
    free(data);
    return 0;
}

/* ---- folders ---- */

typedef struct entry {
    vd_str path; /* in the set's arena, NUL-terminated */
    bool folder;
} entry;

typedef VD_VEC(entry) entry_list;

/* The folders that are being walked, to notice a link back to one of them. */
typedef struct walk {
    vd_ruleset *set;
    const vd_read_options *o;
    struct {
        dev_t device;
        ino_t inode;
    } open[VD_MAX_DIR_DEPTH];
    size_t depth;
    bool aside; /* in a folder that holds no rules to run: its files are counted */
} walk;

/* As if a folder's path ended in a slash: the order of the paths of all files. */
static int by_path(const void *x, const void *y)
{
    const entry *a = x, *b = y;
    size_t n = a->path.n < b->path.n ? a->path.n : b->path.n;
    int c = memcmp(a->path.p, b->path.p, n);
    if (c) return c;
    int next_a = a->path.n > n ? (unsigned char)a->path.p[n] : a->folder ? '/' : -1;
    int next_b = b->path.n > n ? (unsigned char)b->path.p[n] : b->folder ? '/' : -1;
    return next_a - next_b;
}

static void list_entry(walk *w, vd_str folder, const char *name, entry_list *list)
{
    if (name[0] == '.') return;
    bool slash = folder.n > 0 && folder.p[folder.n - 1] == '/';
    vd_str path =
        vd_arena_printf(&w->set->arena, "%.*s%s%s", VD_FMT(folder), slash ? "" : "/", name);
    struct stat st;
    if (stat(path.p, &st)) {
        if (kind_by_name(path) != OTHER_FILE)
            vd_ruleset_problem(w->set, true, vd_code_name(VD_IO), path, 0, 0, "%s",
                               strerror(errno));
    } else if (S_ISDIR(st.st_mode)) {
        *vd_vec_push(list) = (entry){path, true};
    } else if (S_ISREG(st.st_mode) && kind_by_name(path) != OTHER_FILE) {
        *vd_vec_push(list) = (entry){path, false};
    }
}

/* Lists a folder, sorted. false with errno if it cannot be read. */
static bool list_folder(walk *w, vd_str folder, entry_list *list)
{
    DIR *dir = opendir(folder.p);
    if (!dir) return false;
    struct dirent *e;
    while ((e = readdir(dir)))
        list_entry(w, folder, e->d_name, list);
    closedir(dir);
    if (list->n) qsort(list->v, list->n, sizeof *list->v, by_path);
    return true;
}

/* Enters a folder unless it is being walked already or too many are. */
static bool enter(walk *w, vd_str folder)
{
    struct stat st;
    if (stat(folder.p, &st)) return true; /* listing it will say why */
    for (size_t i = 0; i < w->depth; i++)
        if (w->open[i].device == st.st_dev && w->open[i].inode == st.st_ino) return false;
    if (w->depth == VD_MAX_DIR_DEPTH) {
        vd_ruleset_problem(w->set, true, vd_code_name(VD_LIMIT), folder, 0, 0,
                           "more than %d folders inside each other, not read", VD_MAX_DIR_DEPTH);
        return false;
    }
    w->open[w->depth].device = st.st_dev;
    w->open[w->depth].inode = st.st_ino;
    return true;
}

static bool holds_no_rules(vd_str path)
{
    static const char *const names[] = {"/etc", "/test", "/tests", "/node_modules"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (vd_str_ends(path, vd_str_from(names[i]))) return true;
    return false;
}

static void walk_folder(walk *w, vd_str folder);

static void walk_entry(walk *w, const entry *e)
{
    if (e->folder) {
        bool before = w->aside;
        w->aside = before || holds_no_rules(e->path);
        walk_folder(w, e->path);
        w->aside = before;
        return;
    }
    if (w->aside) {
        w->set->files++;
        w->set->not_rules++;
        return;
    }
    vd_reading r = reading(w->set, e->path, false, w->o);
    int why = read_file(&r);
    if (why)
        vd_ruleset_problem(w->set, true, vd_code_name(VD_IO), e->path, 0, 0, "%s", strerror(why));
}

static void walk_folder(walk *w, vd_str folder)
{
    if (!enter(w, folder)) return;
    w->depth++;
    entry_list list = {0};
    if (!list_folder(w, folder, &list))
        vd_ruleset_problem(w->set, true, vd_code_name(VD_IO), folder, 0, 0, "%s", strerror(errno));
    for (size_t i = 0; i < list.n; i++)
        walk_entry(w, &list.v[i]);
    vd_vec_free(&list);
    w->depth--;
}

static void read_folder(vd_ruleset *set, vd_str path, const vd_read_options *o)
{
    walk w = {.set = set, .o = o};
    size_t before = set->rules.n + set->problems.n + set->deprecated;
    walk_folder(&w, path);
    if (set->rules.n + set->problems.n + set->deprecated == before)
        vd_ruleset_problem(set, true, "no-rule", path, 0, 0, "there is no rule in this folder");
}

int vd_ruleset_read(vd_ruleset *set, const char *path, const vd_read_options *o, vd_err *err)
{
    struct stat st;
    if (stat(path, &st)) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    vd_str kept = vd_arena_str(&set->arena, vd_str_from(path));
    if (S_ISDIR(st.st_mode)) {
        if (access(path, R_OK | X_OK)) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
        read_folder(set, kept, o);
        return VD_OK;
    }
    vd_reading r = reading(set, kept, true, o);
    int why = read_file(&r);
    return why ? vd_fail(err, VD_IO, "%s: %s", path, strerror(why)) : VD_OK;
}
