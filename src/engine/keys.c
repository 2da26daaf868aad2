/* Join keys (EQL semantics, "Join keys"): a multi-valued key gives one tuple for each
 * combination; nulls inside an array are skipped; a missing mandatory key takes the
 * event out of the stage, a missing optional one is null and equals null. */
#include "base/hash.h"
#include "engine/engine_int.h"
#include "field/ip.h"
#include "plan/tables.h"

/* Where the combination at hand stands in each key. */
typedef struct odometer {
    const vd_event *ev;
    const vd_plan_stage *st;
    const vd_value *at[VD_MAX_JOIN_KEYS]; /* NULL: null */
    uint32_t looks; /* combinations so far */
    size_t bytes;   /* of values in them */
} odometer;

static bool start(odometer *o, const vd_event *ev, const vd_plan_stage *st)
{
    o->ev = ev;
    o->st = st;
    o->looks = 0;
    o->bytes = 0;
    for (uint32_t k = 0; k < st->n_keys; k++) {
        uint32_t slot = st->key_slots[k];
        o->at[k] = slot == VD_NO_SLOT ? NULL : vd_event_get(ev, slot);
        if (!o->at[k] && !st->optional_keys[k]) return false;
    }
    return true;
}

/* The last key turns fastest. */
static bool advance(odometer *o)
{
    for (uint32_t k = o->st->n_keys; k-- > 0;) {
        if (!o->at[k]) continue;
        if (o->at[k]->next != VD_NO_VALUE) {
            o->at[k] = vd_event_value(o->ev, o->at[k]->next);
            return true;
        }
        o->at[k] = vd_event_get(o->ev, o->st->key_slots[k]);
    }
    return false;
}

#define HEAD_BYTES 9 /* of a value, besides its text */

/* A value's bytes: a letter for its kind, then its content with its length before. */
static size_t put_value(char *to, const vd_value *v)
{
    if (!v) {
        *to = 'n';
        return 1;
    }
    if (vd_number_key(v, to)) return 9;
    *to = v->kind == VD_IP ? 'a' : 's';
    memcpy(to + 1, &v->len, sizeof v->len);
    memcpy(to + 1 + sizeof v->len, v->s, v->len);
    return 1 + sizeof v->len + v->len;
}

static void put(vd_worker *w, const vd_value *v)
{
    vd_vec_reserve(&w->key, w->key.n + HEAD_BYTES + (v ? v->len : 0));
    w->key.n += put_value(w->key.v + w->key.n, v);
}

/* Equal values multiply too without giving a new tuple. */
static bool worn_out(const odometer *o)
{
    return o->looks >= VD_MAX_KEY_LOOKS || o->bytes > VD_MAX_KEY_BYTES;
}

static vd_hash128 hash_tuple(vd_worker *w, odometer *o)
{
    w->key.n = 0;
    for (uint32_t k = 0; k < o->st->n_keys; k++)
        put(w, o->at[k]);
    o->looks++;
    o->bytes += w->key.n;
    vd_hash128 h = vd_hash128_seeded((vd_str){w->key.v, w->key.n});
    if (!h.lo && !h.hi) h.lo = 1; /* 0,0 stands for a rule without keys */
    return h;
}

static bool known(const vd_worker *w, vd_hash128 h)
{
    for (uint32_t i = 0; i < w->n_tuples; i++)
        if (w->tuples[i].lo == h.lo && w->tuples[i].hi == h.hi) return true;
    return false;
}

bool vd_key_tuples(vd_worker *w, const vd_event *ev, const vd_plan_stage *st)
{
    odometer o;
    w->n_tuples = 0;
    if (!start(&o, ev, st)) return false;
    if (st->n_keys == 0) {
        w->tuples[w->n_tuples++] = (vd_hash128){0, 0};
        return true;
    }
    do {
        if (w->n_tuples == VD_MAX_KEY_TUPLES || worn_out(&o)) {
            w->key_tuples_cut++;
            break;
        }
        vd_hash128 h = hash_tuple(w, &o);
        if (!known(w, h)) w->tuples[w->n_tuples++] = h;
    } while (advance(&o));
    return true;
}

static vd_json *json_of(const vd_value *v)
{
    char text[48];
    if (!v) return NULL;
    switch (v->kind) {
    case VD_BOOL: return vd_json_bool(v->b);
    case VD_LONG: return vd_json_int(v->i);
    case VD_ULONG: return vd_json_uint(v->u);
    case VD_DOUBLE: return vd_json_double(v->d);
    case VD_DATE: return vd_json_time(v->i);
    case VD_IP: return vd_json_string((vd_str){text, vd_ip_format((const uint8_t *)v->s, text)});
    default: return vd_json_string(vd_value_str(v));
    }
}

vd_json *vd_key_values(vd_worker *w, const vd_event *ev, const vd_plan_stage *st,
                       const uint64_t key[2])
{
    odometer o;
    if (st->n_keys == 0 || !start(&o, ev, st)) return NULL;
    do {
        vd_hash128 h = hash_tuple(w, &o);
        if (h.lo != key[0] || h.hi != key[1]) continue;
        vd_json *a = vd_json_array();
        for (uint32_t k = 0; k < st->n_keys; k++)
            vd_json_push(a, json_of(o.at[k]));
        return a;
    } while (!worn_out(&o) && advance(&o));
    return NULL;
}

static bool is_number(vd_json_type t) { return t == VD_JSON_INT || t == VD_JSON_DOUBLE; }

/* Nulls after all values, as missing values sort in Elasticsearch. */
static int value_cmp(const vd_json *a, const vd_json *b)
{
    vd_json_type ta = vd_json_typeof(a), tb = vd_json_typeof(b);
    if (ta == VD_JSON_NULL || tb == VD_JSON_NULL) return (ta == VD_JSON_NULL) - (tb == VD_JSON_NULL);
    if (ta == VD_JSON_INT && tb == VD_JSON_INT) {
        int64_t x = vd_json_get_int(a), y = vd_json_get_int(b);
        return (x > y) - (x < y);
    }
    if (is_number(ta) && is_number(tb)) {
        double x = vd_json_get_double(a), y = vd_json_get_double(b);
        return (x > y) - (x < y);
    }
    if (ta != tb) return (ta > tb) - (ta < tb);
    if (ta == VD_JSON_BOOL) return vd_json_get_bool(a) - vd_json_get_bool(b);
    return vd_str_cmp(vd_json_str(a), vd_json_str(b));
}

int vd_key_cmp(const vd_json *a, const vd_json *b)
{
    for (size_t i = 0; i < vd_json_len(a) && i < vd_json_len(b); i++) {
        int c = value_cmp(vd_json_at(a, i), vd_json_at(b, i));
        if (c) return c;
    }
    return 0;
}
