/* When each rule ran last: one document, written when all rows of a step are. A kill between them
 * repeats windows, whose alerts have the ids that they had. */
#include "base/clock.h"
#include "schedule/schedule_int.h"

#define KIND "state"
#define ID VD_STR("schedule")
/* How long a rule is remembered that is in no plan: a file that was broken or away comes back. */
#define FORGET_MS (30 * 86400000ll)

uint32_t vd_state_of(vd_schedule *s, vd_str rule_id)
{
    uint32_t at = vd_map_get(&s->by_id, rule_id);
    if (at != VD_MAP_NONE) return at;
    at = (uint32_t)s->known.n;
    vd_str id = vd_arena_str(&s->names, rule_id);
    *vd_vec_push(&s->known) = (vd_known){id, VD_TIME_NONE, VD_TIME_NONE, VD_NO_RULE};
    vd_map_put(&s->by_id, id, at);
    return at;
}

int vd_state_read(vd_schedule *s, vd_err *err)
{
    vd_arena a;
    vd_str text;
    vd_json *doc = NULL;
    vd_err broken;
    bool found = false;
    vd_arena_init(&a, 0);
    int code = vd_papers_get(vd_store_papers(s->cfg.store), KIND, ID, &a, &text, &found, err);
    if (!code && found && vd_json_parse(text, &doc, &broken))
        vd_schedule_tell(s, "when rules ran last cannot be read (%s): they run as if for the first time",
                         broken.msg);
    const vd_json *rules = vd_json_get(doc, "rules");
    for (vd_json_iter it = {0}; vd_json_next(rules, &it);)
        if (vd_json_typeof(it.value) == VD_JSON_INT) {
            uint32_t at = vd_state_of(s, it.key);
            s->known.v[at].previous = vd_json_get_int(it.value);
        }
    vd_json_free(doc);
    vd_arena_fini(&a);
    return code;
}

int vd_state_write(vd_schedule *s, int64_t now, vd_err *err)
{
    vd_arena a;
    vd_json *doc = vd_json_object(), *rules = vd_json_object();
    for (size_t i = 0; i < s->known.n; i++) {
        const vd_known *k = &s->known.v[i];
        if (k->previous == VD_TIME_NONE) continue;
        if (k->rule == VD_NO_RULE && k->previous < now - FORGET_MS) continue;
        vd_json_set_n(rules, k->id, vd_json_int(k->previous));
    }
    vd_json_set(doc, "rules", rules);
    vd_arena_init(&a, 0);
    int code = vd_papers_put(vd_store_papers(s->cfg.store), KIND, ID, vd_json_text(&a, doc, false), err);
    vd_arena_fini(&a);
    vd_json_free(doc);
    return code;
}
