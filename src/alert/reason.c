/* alert/reason.c - why there is an alert, as a sentence
 *
 *   [CATEGORY ]event[ with][ process P,][ parent process PP,][ file F,]
 *   [ source IP[:PORT,]][ destination IP[:PORT,]][ by USER][ on HOST]
 *   created SEVERITY alert NAME.
 *
 * A value that is missing, empty or "-" drops its part; several are joined by
 * ", ". A port needs its address. Source: elastic/kibana, reason formatters. */
#include "alert/alert_int.h"

#include "base/vec.h"

typedef struct sentence {
    VD_VEC(char) text;
    const vd_json *doc;
} sentence;

static void put(sentence *s, vd_str t)
{
    if (t.n == 0) return;
    vd_vec_reserve(&s->text, s->text.n + t.n);
    memcpy(s->text.v + s->text.n, t.p, t.n);
    s->text.n += t.n;
}

static void put_z(sentence *s, const char *z)
{
    put(s, vd_str_from(z));
}

typedef struct joined {
    sentence *s;
    size_t n;
} joined;

static bool put_value(void *ctx, const vd_json *v)
{
    joined *j = ctx;
    vd_arena a;
    vd_arena_init(&a, 256);
    vd_str text = vd_scalar_text(&a, v);
    if (text.n && !vd_str_eq(text, VD_STR("-"))) {
        if (j->n++) put_z(j->s, ", ");
        put(j->s, text);
    }
    vd_arena_fini(&a);
    return true;
}

/* `before`, the field's values, `after`; nothing at all if there are none. */
static bool part(sentence *s, const char *before, const char *field, const char *after)
{
    size_t start = s->text.n;
    put_z(s, before);
    joined j = {s, 0};
    vd_doc_values(s->doc, vd_str_from(field), put_value, &j);
    if (j.n)
        put_z(s, after);
    else
        s->text.n = start;
    return j.n > 0;
}

/* " source IP:PORT,": the comma goes with the port. */
static void endpoint(sentence *s, const char *before, const char *ip, const char *port)
{
    if (part(s, before, ip, "")) part(s, ":", port, ",");
}

static void put_with(sentence *s)
{
    size_t start = s->text.n;
    put_z(s, " with");
    size_t body = s->text.n;
    part(s, " process ", "process.name", ",");
    part(s, " parent process ", "process.parent.name", ",");
    part(s, " file ", "file.name", ",");
    endpoint(s, " source ", "source.ip", "source.port");
    endpoint(s, " destination ", "destination.ip", "destination.port");
    if (s->text.n == body) s->text.n = start;
}

vd_str vd_alert_reason(vd_arena *a, const vd_json *doc, const vd_alert_facts *facts)
{
    sentence s = {.doc = doc};
    part(&s, "", "event.category", " ");
    put_z(&s, "event");
    put_with(&s);
    part(&s, " by ", "user.name", "");
    part(&s, " on ", "host.name", "");
    put_z(&s, " created ");
    put_z(&s, vd_severity_name(facts->severity));
    put_z(&s, " alert ");
    put(&s, facts->name);
    put_z(&s, ".");
    vd_str out = vd_arena_str(a, (vd_str){s.text.v, s.text.n});
    vd_vec_free(&s.text);
    return out;
}
