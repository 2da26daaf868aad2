/* How often a test holds, guessed before any event is seen. A bad guess costs time and
 * never an answer. */
#include <math.h>

#include "plan/build_int.h"

/* Fields whose few values say little. */
static const struct {
    const char *field;
    double share;
} common[] = {
    {"host.os.type", 0.6},       {"host.os.family", 0.6},     {"host.os.name", 0.6},
    {"event.kind", 0.9},         {"event.category", 0.25},    {"event.type", 0.3},
    {"event.outcome", 0.5},      {"event.module", 0.5},       {"event.dataset", 0.2},
    {"event.provider", 0.3},     {"event.action", 0.1},       {"agent.type", 0.7},
    {"data_stream.dataset", 0.2}, {"user.id", 0.3},           {"user.name", 0.1},
    {"process.pe.original_file_name", 0.02},
};

bool vd_build_few_valued(vd_str field)
{
    static const char *const names[] = {
        "event.category", "event.type",   "event.kind",     "event.action",
        "event.dataset",  "event.module", "event.provider", "event.outcome",
        "event.code",     "host.os.type", "host.os.family", "data_stream.dataset",
        "agent.type",     "network.direction", "network.transport", "network.protocol"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vd_str_eq(field, vd_str_from(names[i]))) return true;
    return false;
}

static double share_of(vd_str field, double otherwise)
{
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (vd_str_eq(field, vd_str_from(common[i].field))) return common[i].share;
    return otherwise;
}

/* Where most Windows and Unix paths begin or end: little is told by these. */
static bool common_place(vd_str literal)
{
    static const char *const places[] = {"windows", "system32", "program", "users", ".exe",
                                         ".dll",    "/usr/",    "/bin",    "/tmp",  "machine"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (memmem(literal.p, literal.n, places[i], strlen(places[i]))) return true;
    return false;
}

static double pattern_share(vd_builder *b, const vd_atom *t)
{
    vd_glob g;
    vd_glob_init(&b->tmp, t->text, true, &g);
    if (g.literal.n < 3) return 0.4;
    double s = pow(0.7, (double)g.literal.n);
    if (common_place(g.literal) && g.literal.n < 24) s = s < 0.15 ? 0.15 : s;
    return s < 0.003 ? 0.003 : s;
}

static double atom_share(vd_builder *b, const vd_atom *t)
{
    vd_str field = vd_schema_field(b->schema, b->slots.v[t->slot])->name;
    switch (t->kind) {
    case VD_ATOM_EXISTS: return share_of(field, 0.5);
    case VD_ATOM_EXACT:
    case VD_ATOM_FOLDED: return share_of(field, 0.003);
    case VD_ATOM_NUMBER: return t->text.p[0] == 'b' ? 0.4 : 0.02;
    case VD_ATOM_GLOB: return pattern_share(b, t);
    case VD_ATOM_PREFIX:
    case VD_ATOM_SUFFIX:
    case VD_ATOM_CONTAINS: return t->text.n < 3 ? 0.4 : 0.05;
    case VD_ATOM_CIDR: return 0.2;
    default: return 0.3;
    }
}

double vd_build_pred_share(vd_builder *b, uint32_t pred)
{
    const vd_pred_build *p = &b->preds.v[pred];
    double sum = 0;
    for (uint32_t i = 0; i < p->n_atoms && sum < 1; i++)
        sum += atom_share(b, &b->atoms.v[p->atoms[i]]);
    return sum < 1 ? sum : 1;
}

double vd_build_share(vd_builder *b, const vd_node *n)
{
    double r, sum = 0, least = 1;
    switch (n->kind) {
    case VD_NODE_FALSE: return 0;
    case VD_NODE_TRUE: return 1;
    case VD_NODE_PRED:
        r = vd_build_pred_share(b, n->id);
        return n->negated ? 1 - r : r;
    case VD_NODE_SCRIPT: return 0.5;
    default: break;
    }
    for (uint32_t i = 0; i < n->n_kids; i++) {
        r = vd_build_share(b, n->kids[i]);
        sum += r;
        if (r < least) least = r;
    }
    return n->kind == VD_NODE_AND ? least : sum < 1 ? sum : 1;
}
