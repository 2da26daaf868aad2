/* alert/ids.c - alert ids: the same finding, the same id
 *
 * SHA-256 over the same parts in the same order as Kibana (generateId,
 * generateBuildingBlockIds, generateAlertId), so that an overlapping look-back, a
 * restart or a second worker writes no second alert. Two parts cannot be Kibana's:
 * the rule's saved object has no id here, its rule_id stands in; and there is no
 * document version, so it is "undefined", which is what Kibana glues in when a
 * search does not return one. */
#include "alert/alert_int.h"

#include "base/hash.h"
#include "base/vec.h"

typedef VD_VEC(vd_str) parts;

/* id and index of every ancestor. */
static void add_ancestors(parts *p, const vd_json *ancestors)
{
    for (size_t i = 0; i < vd_json_len(ancestors); i++) {
        vd_json *one = vd_json_at(ancestors, i);
        *vd_vec_push(p) = vd_json_str(vd_json_get(one, "id"));
        *vd_vec_push(p) = vd_json_str(vd_json_get(one, "index"));
    }
}

void vd_id_single(const vd_finding_event *e, vd_str space, vd_str rule_id, char out[65])
{
    const vd_str p[] = {e->index, e->id, VD_STR("undefined"), space, VD_STR(":"), rule_id};
    vd_sha256_hex(p, sizeof p / sizeof *p, out);
}

void vd_ids_of_blocks(vd_json *const *ancestors, size_t n, vd_str rule_id, char (*out)[65])
{
    parts p = {0};
    for (size_t i = 0; i < n; i++) {
        add_ancestors(&p, ancestors[i]);
        *vd_vec_push(&p) = rule_id;
    }
    for (size_t i = 0; i < n; i++) {
        char number[24];
        int len = snprintf(number, sizeof number, "%zu", i);
        *vd_vec_push(&p) = (vd_str){number, (size_t)len};
        vd_sha256_hex(p.v, p.n, out[i]);
        p.n--;
    }
    vd_vec_free(&p);
}

void vd_id_shell(const vd_json *ancestors, vd_str rule_id, char out[65])
{
    parts p = {0};
    add_ancestors(&p, ancestors);
    *vd_vec_push(&p) = rule_id;
    vd_sha256_hex(p.v, p.n, out);
    vd_vec_free(&p);
}
