/* Plans to records. */
#include "windows/evtx_int.h"

/* The values of an instance: n of r->values from `first` on. They may move. */
typedef struct frame {
    vd_evtx *r;
    const vd_evtx_plan *plan;
    size_t first;
    uint32_t n;
    uint32_t depth;
} frame;

static void run_fragment(vd_evtx *r, uint32_t at, uint32_t end, vd_evtx_context in, bool top,
                         uint32_t depth);
static void run_instance(vd_evtx *r, uint32_t at, uint32_t end, vd_evtx_context in, uint32_t depth);

static vd_bx_value value_of(const frame *f, uint32_t number)
{
    if (number >= f->n) return (vd_bx_value){0};
    return f->r->values.v[f->first + number];
}

/* The text of pieces, one behind the other. */
static vd_str text_of(const frame *f, const vd_evtx_piece *pieces, uint32_t n)
{
    vd_str all = {0};
    for (uint32_t i = 0; i < n; i++) {
        vd_bx_value v = {0};
        if (pieces[i].value >= 0) v = value_of(f, (uint32_t)pieces[i].value);
        vd_str text = pieces[i].value < 0 ? pieces[i].text : vd_evtx_text(f->r, &v);
        if (n == 1 || (all.n == 0 && i + 1 == n)) return text;
        char *out = vd_evtx_spend(f->r, all.n / 16) ? vd_evtx_room(f->r, all.n + text.n) : NULL;
        if (!out) return all;
        if (all.n) memcpy(out, all.p, all.n);
        if (text.n) memcpy(out + all.n, text.p, text.n);
        all = (vd_str){out, all.n + text.n};
        f->r->text_at += all.n;
    }
    return all;
}

static void add_pair(vd_evtx *r, vd_str name, vd_str value)
{
    if (name.n == 0) {
        char *out = vd_evtx_room(r, 24);
        if (!out) return;
        name = (vd_str){out, (size_t)snprintf(out, 24, "param%zu", r->pairs.n + 1)};
        r->text_at += name.n;
    }
    *vd_vec_push(&r->pairs) = (vd_win_pair){name, value};
}

/* An element with an array in it stands once for each item. */
static void add_pair_of_value(vd_evtx *r, vd_str name, const vd_bx_value *v)
{
    if (!(v->type & VD_BX_ARRAY)) {
        add_pair(r, name, vd_evtx_text(r, v));
        return;
    }
    vd_bx_value rest = *v, item;
    while (vd_evtx_item(r, &rest, &item) && vd_evtx_spend(r, 1))
        add_pair(r, name, vd_evtx_text(r, &item));
}

static void embed(const frame *f, const vd_bx_value *v, vd_evtx_context in)
{
    run_fragment(f->r, v->at, v->at + v->size, in, false, f->depth + 1);
}

static void run_pair(const frame *f, const vd_evtx_step *step)
{
    const vd_evtx_piece *pieces = f->plan->pieces + step->first;
    vd_str name = step->named && f->r->pair_name.n ? f->r->pair_name : step->name;
    if (step->n != 1 || pieces->value < 0) {
        add_pair(f->r, name, text_of(f, pieces, step->n));
        return;
    }
    vd_bx_value v = value_of(f, (uint32_t)pieces->value);
    if (v.type != VD_BX_BINXML) {
        add_pair_of_value(f->r, name, &v);
        return;
    }
    size_t before = f->r->pairs.n;
    embed(f, &v, VD_IN_DATA);
    if (f->r->pairs.n == before) add_pair(f->r, name, (vd_str){0});
}

static void run_field(const frame *f, const vd_evtx_step *step)
{
    const vd_evtx_piece *pieces = f->plan->pieces + step->first;
    if (step->n == 1 && pieces->value >= 0) {
        vd_bx_value v = value_of(f, (uint32_t)pieces->value);
        vd_evtx_field_value(f->r, step->field, &v);
    } else {
        vd_evtx_field_text(&f->r->record, step->field, text_of(f, pieces, step->n));
    }
}

static void run_embed(const frame *f, const vd_evtx_step *step)
{
    vd_bx_value v = value_of(f, step->first);
    if (v.type == VD_BX_BINXML)
        embed(f, &v, step->context);
    else if (v.size && step->context >= VD_IN_EVENTDATA && step->context <= VD_IN_DATA)
        add_pair_of_value(f->r, (vd_str){0}, &v);
}

static void run_plan(const frame *f)
{
    vd_evtx *r = f->r;
    const vd_evtx_plan *plan = f->plan;
    for (uint32_t i = 0; i < plan->n_steps && vd_evtx_spend(r, 1); i++) {
        const vd_evtx_step *step = &plan->steps[i];
        switch ((vd_evtx_verb)step->verb) {
        case VD_EVTX_FIELD: run_field(f, step); break;
        case VD_EVTX_PAIR: run_pair(f, step); break;
        case VD_EVTX_NAME: r->pair_name = text_of(f, plan->pieces + step->first, step->n); break;
        case VD_EVTX_EMBED: run_embed(f, step); break;
        case VD_EVTX_INSTANCE:
            run_instance(r, step->first, step->n, step->context, f->depth + 1);
            break;
        case VD_EVTX_UNLESS:
            if (value_of(f, step->first).type == VD_BX_NULL) i = step->n - 1;
            break;
        case VD_EVTX_USER_DATA:
            r->record.has_user_data = true;
            r->record.user_data_name = step->name;
            break;
        }
    }
    if (plan->damage) vd_evtx_tell(r, plan->damage_at, plan->damage);
}

/* The plan of a template, compiled when it is first seen in this context. */
static const vd_evtx_plan *plan_for(vd_evtx *r, const vd_evtx_instance *in, vd_evtx_context context)
{
    uint32_t key = in->body << 4 | (uint32_t)context;
    vd_evtx_plan **bucket = &r->plans[key * 2654435761u >> 24];
    for (vd_evtx_plan *plan = *bucket; plan; plan = plan->next)
        if (plan->key == key) return plan;
    vd_evtx_plan *plan = vd_evtx_compile(r, &r->chunk, in->body, in->body_end, context, true);
    plan->key = key;
    if (r->work == 0) return plan; /* what is half read is this record's own trouble */
    plan->next = *bucket;
    *bucket = plan;
    return plan;
}

/* Lays the values of an instance on r->values. Those beyond its end are null. */
static void load_values(vd_evtx *r, const vd_evtx_instance *in)
{
    const uint8_t *list = r->base + in->values;
    uint64_t at = in->values + 4ull * in->n_values;
    vd_vec_reserve(&r->values, r->values.n + in->n_values);
    vd_bx_value *v = r->values.v + r->values.n;
    for (uint32_t i = 0; i < in->n_values; i++, list += 4) {
        uint32_t size = vd_le16(list);
        bool fits = at + size <= in->end;
        if (!fits) vd_evtx_tell(r, in->values + 4 * i, "a value reaches beyond its record");
        v[i] = fits ? (vd_bx_value){(uint32_t)at, (uint16_t)size, list[2]} : (vd_bx_value){0};
        at += size;
    }
    r->values.n += in->n_values;
}

static void run_instance(vd_evtx *r, uint32_t at, uint32_t end, vd_evtx_context in, uint32_t depth)
{
    vd_evtx_instance instance;
    const char *what = depth < VD_MAX_EVTX_DEPTH ? vd_evtx_instance_read(r, at, end, &instance)
                                                 : "templates are too deep inside each other";
    if (what) {
        vd_evtx_tell(r, at, what);
        return;
    }
    size_t first = r->values.n;
    if (!vd_evtx_spend(r, instance.n_values)) return;
    load_values(r, &instance);
    frame f = {r, plan_for(r, &instance, in), first, instance.n_values, depth};
    run_plan(&f);
    r->values.n = first;
}

static void run_fragment(vd_evtx *r, uint32_t at, uint32_t end, vd_evtx_context in, bool top,
                         uint32_t depth)
{
    if (depth >= VD_MAX_EVTX_DEPTH) {
        vd_evtx_tell(r, at, "binary XML is too deep inside itself");
        return;
    }
    if (end - at >= 4 && r->base[at] == 0x0f) at += 4; /* header of a fragment */
    if (at < end && (r->base[at] & 0xbf) == 0x0c) {
        run_instance(r, at, end, in, depth);
        return;
    }
    /* XML without a template; elements in a value do not say what they depend on. */
    frame f = {r, vd_evtx_compile(r, &r->more, at, end, in, top), 0, 0, depth};
    run_plan(&f);
}

void vd_evtx_read_xml(vd_evtx *r, uint32_t at, uint32_t end)
{
    r->pairs.n = r->values.n = 0;
    r->pair_name = (vd_str){0};
    run_fragment(r, at, end, VD_IN_DOCUMENT, true, 0);
    r->record.data = r->pairs.v;
    r->record.n_data = (uint32_t)r->pairs.n;
}
