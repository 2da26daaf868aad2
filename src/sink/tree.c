/* Trees of processes: each event says who it is of and who started that one; the events
 * of one alert together make chains. */
#include "sink/dossier.h"

typedef struct side {
    const char *entity, *name, *executable, *pid, *command;
} side;

static const side own = {"process.entity_id", "process.name", "process.executable", "process.pid",
                         "process.command_line"};
static const side parents = {"process.parent.entity_id", "process.parent.name",
                             "process.parent.executable", "process.parent.pid",
                             "process.parent.command_line"};

static vd_str base_name(vd_str path)
{
    size_t at = path.n;
    while (at && path.p[at - 1] != '/' && path.p[at - 1] != '\\')
        at--;
    return vd_str_sub(path, at, path.n);
}

static vd_str keep(vd_arena *a, vd_str s) { return vd_arena_str(a, vd_str_sub(s, 0, 512)); }

/* The process that one side of the document names; an empty key if none. */
static vd_tree_node node_of(vd_arena *a, const vd_json *doc, const side *s)
{
    vd_tree_node node = {.parent = VD_NO_NODE};
    vd_str entity = vd_field_text(a, doc, s->entity), name = vd_field_text(a, doc, s->name);
    vd_str pid = vd_field_text(a, doc, s->pid);
    if (!name.n) name = base_name(vd_field_text(a, doc, s->executable));
    if (!entity.n && !name.n && !pid.n) return node;
    node.name = name;
    node.pid = pid;
    node.command = vd_field_text(a, doc, s->command);
    /* A pid alone may be used again, and on another host; so name and host belong to it. */
    vd_str host = vd_host_of(a, doc);
    node.key = entity.n ? entity
                        : vd_arena_printf(a, "%.*s %.*s %.*s", VD_FMT(pid), VD_FMT(name), VD_FMT(host));
    return node;
}

static uint32_t find(const vd_dossier *d, size_t first, vd_str key)
{
    for (size_t i = first; i < d->nodes.n; i++)
        if (vd_str_eq(d->nodes.v[i].key, key)) return (uint32_t)(i - first);
    return VD_NO_NODE;
}

/* The node's index in the alert's tree; what an earlier event left open is filled in. */
static uint32_t put(vd_dossier *d, size_t first, const vd_tree_node *node)
{
    if (!node->key.n) return VD_NO_NODE;
    uint32_t i = find(d, first, node->key);
    if (i == VD_NO_NODE) {
        if (d->nodes.n - first >= VD_TREE_NODES) return VD_NO_NODE;
        i = (uint32_t)(d->nodes.n - first);
        *vd_vec_push(&d->nodes) = (vd_tree_node){.parent = VD_NO_NODE, .key = keep(&d->a, node->key)};
    }
    vd_tree_node *known = &d->nodes.v[first + i];
    if (!known->name.n) known->name = keep(&d->a, node->name);
    if (!known->pid.n) known->pid = keep(&d->a, node->pid);
    if (!known->command.n) known->command = keep(&d->a, node->command);
    known->actor |= node->actor;
    return i;
}

/* Whether `above` stands over `node`: making it a child of that would close a ring. */
static bool stands_over(const vd_dossier *d, size_t first, uint32_t above, uint32_t node)
{
    for (size_t steps = 0; node != VD_NO_NODE && steps <= VD_TREE_NODES; steps++) {
        if (node == above) return true;
        node = d->nodes.v[first + node].parent;
    }
    return false;
}

void vd_tree_add(vd_dossier *d, size_t first, const vd_json *doc)
{
    vd_arena scratch;
    vd_arena_init(&scratch, 4096);
    vd_tree_node parent = node_of(&scratch, doc, &parents), node = node_of(&scratch, doc, &own);
    node.actor = true;
    uint32_t over = put(d, first, &parent), at = put(d, first, &node);
    if (at != VD_NO_NODE && over != VD_NO_NODE && d->nodes.v[first + at].parent == VD_NO_NODE &&
        !stands_over(d, first, at, over))
        d->nodes.v[first + at].parent = over;
    vd_arena_fini(&scratch);
}
