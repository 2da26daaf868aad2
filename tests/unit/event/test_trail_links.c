/* What is learned, up to which bounds, and when nothing is tried. */
#include "trail_check.h"

/* Learns a document and says what becomes of it then. */
static outcome second_time(pair *p, const char *doc)
{
    pair_forget(p);
    pair_parse(p, doc);
    return pair_parse(p, doc);
}

#define IS(outcome_is, want)                                                                       \
    do {                                                                                           \
        outcome is_ = (outcome_is);                                                                \
        if (is_ != (want)) fail_msg("line %d: outcome %d, not %d", __LINE__, is_, want);           \
    } while (0)

static void a_like_document_is_followed(void **state)
{
    pair *p = pair_new(NULL, "process.pid process.name name x");
    IS(pair_parse(p, "{'process':{'pid':1,'name':'a'},'z':{'y':1},'x':true}"), LOST);
    IS(pair_parse(p, "{'process':{'pid':1,'name':'a'},'z':{'y':1},'x':true}"), FOLLOWED);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc\\n'},'z':[{}],'x':[1,null]}  "), FOLLOWED);
    IS(pair_parse(p, "{'process':{'pid':'1','name':'a'},'z':{'y':1},'x':true}"), LOST); /* no number */
    IS(pair_parse(p, "{'process':{'pid':'1','name':'a'},'z':{'y':1},'x':true}"), FOLLOWED);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc'},'z':[],'x':null}"), FOLLOWED);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc'},'z':[],'x':nul}"), LOST);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc'},'z':[},'x':null}"), LOST);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc'},'z':[],'x':null"), LOST);
    IS(pair_parse(p, "{'process':{'pid':22,'name':'bc"), REFUSED);
    assert_int_equal(p->faults[VD_FAULT_BROKEN], 4);
    pair_free(p);
}

static void what_follows_an_optional_member_is_known(void **state)
{
    pair *p = pair_new(NULL, "a b c d");
    pair_parse(p, "{'a':1,'b':2,'c':3,'d':4}");
    pair_parse(p, "{'a':1,'c':3}");
    IS(pair_parse(p, "{'a':1,'b':2,'c':3}"), FOLLOWED); /* never seen as a whole */
    IS(pair_parse(p, "{'a':1,'c':3,'d':4}"), FOLLOWED);
    IS(pair_parse(p, "{'a':1,'d':4}"), LOST);
    pair_free(p);
}

static void envelopes_are_followed(void **state)
{
    pair *p = pair_new(NULL, "_index _id a b");
    IS(second_time(p, "{'_index':'i','_id':'1','_source':{'a':1,'b':{'c':1}},'sort':[1],'a':7}"), FOLLOWED);
    IS(pair_parse(p, "{'_index':'j','_id':'2','_source':{'a':2,'b':{}},'sort':{},'a':8}"), FOLLOWED);
    IS(second_time(p, "{'z':1,'a':7,'_source':{'a':1},'_id':'1'}"), FOLLOWED);
    IS(pair_parse(p, "{'a':1}"), LOST);
    IS(pair_parse(p, "{'a':1}"), FOLLOWED);
    IS(pair_parse(p, "{'z':1,'a':7,'_source':{'a':1},'_id':'1'}"), FOLLOWED);
    IS(second_time(p, "{'_id':'1','_source':{}}"), LOST); /* is not learned */
    pair_free(p);
}

/* One text, and behind it a value of another kind: each is a link. */
static void each_kind_of_value_has_its_link(void **state)
{
    static const char *const values[] = {"'a'", "1", "null", "[]", "{'y':1}", "{'n':1}", "{}", "1.5"};
    static const char *const fields[] = {"x", "x x", "x x.n", "z", "x.n"};
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        pair *p = pair_new(NULL, fields[f]);
        char doc[64];
        for (int round = 0; round < 2; round++)
            for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
                snprintf(doc, sizeof doc, "{'x':%s,'y':2}", values[i]);
                if (round) IS(pair_parse(p, doc), FOLLOWED);
                else pair_parse(p, doc);
            }
        pair_free(p);
    }
}

static void what_is_twice_is_lost(void **state)
{
    pair *p = pair_new(NULL, "a.b.c a.b.d x");
    pair_parse(p, "{'x':1,'a':{'b':{'c':1}}}");
    pair_parse(p, "{'a':{'b':{'d':1}},'x':1}");
    IS(pair_parse(p, "{'x':1,'a':{'b':{'c':1}},'x':1}"), LOST); /* each step is known */
    assert_int_equal(p->faults[VD_FAULT_DUPLICATE], 1);
    /* One object by two ways is met twice and no fault: it is never followed. */
    IS(second_time(p, "{'a.b':{'c':1},'a':{'b':{'c':1}}}"), LOST);
    assert_int_equal(p->faults[VD_FAULT_DUPLICATE], 1);
    pair_free(p);
}

/* {"kk..k":1,"x":2}, the first key so long that the text before 1 has n bytes. */
static void long_key(char *out, size_t max, size_t n)
{
    char keys[VD_TRAIL_LONG + 8];
    memset(keys, 'k', sizeof keys);
    snprintf(out, max, "{'%.*s':1,'x':2}", (int)(n - strlen("{'':")), keys);
}

static void texts_have_a_longest(void **state)
{
    pair *p = pair_new(NULL, "x");
    char doc[512];
    for (size_t n = 5; n <= VD_TRAIL_LONG + 5; n++) {
        long_key(doc, sizeof doc, n);
        IS(second_time(p, doc), n <= VD_TRAIL_LONG ? FOLLOWED : LOST);
        for (size_t at = 2; at < n - 2; at += 7) { /* as long, and not the same */
            doc[at] = 'l';
            pair_wake(p);
            IS(pair_parse(p, doc), LOST);
            doc[at] = 'k';
        }
    }
    pair_free(p);
}

static void wanted_keys_have_a_most(void **state)
{
    pair *p = pair_new(NULL, "k.k.k.k.k.k.k.k.k x");
    IS(second_time(p, "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':[1]}}}}}}}}"), FOLLOWED);
    IS(second_time(p, "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':1}}}}}}}}}"), LOST);
    /* Two ways are known; that they meet the last key both is seen by the last of its eight. */
    pair_forget(p);
    pair_parse(p, "{'x':0,'k':{'k.k':{'k':{'k':{'k':{'k':{'k':[1]}}}}}}}");
    pair_parse(p, "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':[1]}}}}}}}}");
    IS(pair_parse(p, "{'k':{'k':{'k':{'k':{'k':{'k':{'k':{'k':[1]}}}}}}}}"), FOLLOWED);
    IS(second_time(p, "{'k':{'k.k':{'k':{'k':1}},'k':{'k':{'k':{'k':1}}}}}"), LOST);
    pair_free(p);
}

/* Of too many ways to go on, all but the last and the newest are known. */
static void a_link_has_so_many_followers(void **state)
{
    enum { MOST = VD_TRAIL_NEXT + VD_TRAIL_FURTHER };
    pair *p = pair_new(NULL, "a");
    char doc[64];
    for (int i = 0; i <= MOST; i++) {
        pair_wake(p);
        snprintf(doc, sizeof doc, "{'a':1,'b%d':2}", i);
        IS(pair_parse(p, doc), LOST);
    }
    for (int i = 0; i < MOST - 1; i++) {
        snprintf(doc, sizeof doc, "{'a':1,'b%d':2}", i);
        IS(pair_parse(p, doc), FOLLOWED);
    }
    snprintf(doc, sizeof doc, "{'a':1,'b%d':2}", MOST);
    IS(pair_parse(p, doc), FOLLOWED);
    snprintf(doc, sizeof doc, "{'a':1,'b%d':2}", MOST - 1);
    IS(pair_parse(p, doc), LOST);
    snprintf(doc, sizeof doc, "{'a':1,'b%d':2}", MOST);
    IS(pair_parse(p, doc), LOST);
    pair_free(p);
}

/* A document whose keys no other one has. */
static void strange_document(char *out, size_t max, unsigned no)
{
    size_t n = (size_t)snprintf(out, max, "{'x':%u", no);
    for (unsigned i = 0; i < 40; i++)
        n += (size_t)snprintf(out + n, max - n, ",'m%u_%u':%u", no, i, i);
    snprintf(out + n, max - n, ",'name':'n%u'}", no);
}

static void a_full_table_begins_anew(void **state)
{
    pair *p = pair_new(NULL, "x name");
    const vd_trails *t = p->r->ev->trails;
    char doc[2048];
    unsigned no = 0;
    while (!t->full) {
        assert_true(no < VD_TRAIL_LINKS);
        pair_wake(p);
        strange_document(doc, sizeof doc, no++);
        IS(pair_parse(p, doc), LOST);
    }
    assert_int_equal(t->n, VD_TRAIL_LINKS);
    strange_document(doc, sizeof doc, 0); /* what is known is followed still */
    IS(pair_parse(p, doc), FOLLOWED);
    while (t->rest == 0) { /* nothing new is learned until the next pause */
        IS(pair_parse(p, "{'new':1,'x':2}"), LOST);
        assert_true(p->seen[LOST] < VD_TRAIL_LINKS);
    }
    assert_false(t->full);
    assert_int_equal(t->n, 1);
    pair_wake(p);
    strange_document(doc, sizeof doc, 0);
    IS(pair_parse(p, doc), LOST);
    IS(pair_parse(p, doc), FOLLOWED);
    IS(pair_parse(p, "{'new':1,'x':2}"), LOST);
    IS(pair_parse(p, "{'new':1,'x':2}"), FOLLOWED);
    pair_free(p);
}

/* The same for what long texts, several keys and many followers are kept in. */
static void long_texts_fill_it_too(void **state)
{
    pair *p = pair_new(NULL, "x");
    const vd_trails *t = p->r->ev->trails;
    char doc[512];
    for (unsigned i = 0; !t->full; i++) {
        assert_true(i < VD_TRAIL_MORE);
        snprintf(doc, sizeof doc, "{'a_key_of_no_use_and_of_many_letters_%u':1,'x':2}", i);
        pair_wake(p);
        IS(pair_parse(p, doc), LOST);
    }
    assert_int_equal(t->n_more, VD_TRAIL_MORE);
    pair_wake(p);
    IS(pair_parse(p, doc), LOST); /* empties it */
    assert_int_equal(t->n_more, 1);
    pair_wake(p);
    IS(pair_parse(p, doc), LOST);
    IS(pair_parse(p, doc), FOLLOWED);
    pair_free(p);
}

/* A document that is lost, as often as they come, without a new event beside it. */
static unsigned documents_until_trying(pair *p, unsigned *no)
{
    const vd_trails *t = p->r->ev->trails;
    char doc[128];
    unsigned n = 0;
    while (t->rest > 0) {
        int len = snprintf(doc, sizeof doc - VD_PADDING, "{\"m%u\":1}", (*no)++);
        assert_int_equal(vd_event_parse(p->r->ev, doc, (size_t)len, NULL), VD_FAULT_NONE);
        n++;
    }
    return n;
}

static unsigned documents_until_resting(pair *p, unsigned *no)
{
    char doc[64];
    unsigned n = 0;
    while (p->r->ev->trails->rest == 0) {
        snprintf(doc, sizeof doc, "{'m%u':1}", (*no)++);
        IS(pair_parse(p, doc), LOST);
        n++;
    }
    return n;
}

static void where_all_differ_attempts_pause(void **state)
{
    pair *p = pair_new(NULL, "x");
    unsigned no = 0;
    assert_int_equal(documents_until_resting(p, &no), 16);
    for (unsigned pause = 256; pause <= 16384; pause *= 2) {
        assert_int_equal(documents_until_trying(p, &no), pause);
        assert_int_equal(documents_until_resting(p, &no), 8);
    }
    assert_int_equal(documents_until_trying(p, &no), 16384); /* no longer than that */
    /* Documents that are alike are followed from the second on, */
    IS(pair_parse(p, "{'x':1,'y':2}"), LOST);
    for (int i = 0; i < 40; i++)
        IS(pair_parse(p, "{'x':1,'y':2}"), FOLLOWED);
    /* and when enough were the pauses are short again. */
    assert_int_equal(documents_until_resting(p, &no), 16);
    assert_int_equal(documents_until_trying(p, &no), 256);
    pair_free(p);
}

static void while_it_pauses_nothing_is_tried_or_learned(void **state)
{
    pair *p = pair_new(NULL, "x");
    unsigned no = 0;
    documents_until_resting(p, &no);
    uint32_t n = p->r->ev->trails->n;
    for (int i = 0; i < 256; i++)
        IS(pair_parse(p, "{'x':1,'y':2}"), RESTED);
    assert_int_equal(p->r->ev->trails->n, n);
    IS(pair_parse(p, "{'x':1,'y':2}"), LOST);
    IS(pair_parse(p, "{'x':1,'y':2}"), FOLLOWED);
    pair_free(p);
}

/* One in four may be lost. */
static void a_few_that_differ_do_not_matter(void **state)
{
    pair *p = pair_new(NULL, "x");
    char doc[64];
    pair_parse(p, "{'x':1,'y':2}");
    for (int i = 0; i < 400; i++) {
        snprintf(doc, sizeof doc, "{'x':1,'z%d':2}", i);
        IS(pair_parse(p, i % 5 ? "{'x':1,'y':2}" : doc), i % 5 ? FOLLOWED : LOST);
    }
    assert_int_equal(p->seen[RESTED], 0);
    pair_free(p);
}

/* --- depth --- */

/* `levels` objects under "a" inside each other, `tail` in the last under `key`; in the first
 * `marks` of them there are two scalars, too, so that the ways between values are short. */
static void deep_document(char *out, size_t max, int levels, int marks, const char *key, const char *tail)
{
    size_t n = 0;
    for (int i = 0; i < levels; i++)
        n += (size_t)snprintf(out + n, max - n, "{%s'%s':", i < marks ? "'s':1," : "",
                              i + 1 < levels ? "a" : key);
    n += (size_t)snprintf(out + n, max - n, "%s", tail);
    for (int i = levels - 1; i >= 0; i--)
        n += (size_t)snprintf(out + n, max - n, "%s}", i < marks ? ",'t':1" : "");
    assert_true(n < max);
}

static void depth_has_the_same_limit(void **state)
{
    static const char *const tails[] = {"1", "[1]", "[[1]]", "null", "'x'", "{}", "{'s':1}", "{'s':[]}", "[]", "[[]]"};
    enum { N = sizeof tails / sizeof *tails };
    char path[2 * VD_MAX_JSON_DEPTH], doc[8192];
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i % 2 ? '.' : 'a';
    path[sizeof path - 1] = 0;
    pair *p = pair_new(NULL, path);
    for (int levels = VD_MAX_JSON_DEPTH - 2; levels <= VD_MAX_JSON_DEPTH + 1; levels++)
        for (int marks = levels - 4; marks <= levels; marks++)
            for (size_t known = 0; known < N; known++) {
                pair_forget(p);
                for (size_t i = 0; i <= N; i++) {
                    deep_document(doc, sizeof doc, levels, marks, i % 2 ? "a" : "s", tails[i < N ? i : known]);
                    pair_parse(p, doc);
                    deep_document(doc, sizeof doc, levels, marks, i % 2 ? "s" : "a", tails[i < N ? i : known]);
                    pair_wake(p);
                    pair_parse(p, doc);
                }
            }
    assert_true(p->seen[FOLLOWED] > 0 && p->faults[VD_FAULT_NONE] > 0 && p->faults[VD_FAULT_DEPTH] > 0);
    pair_free(p);
}

/* Unknown objects and arrays are jumped over: a known way to them bounds them all the same. */
static void what_is_jumped_over_is_bounded(void **state)
{
    pair *p = pair_new(NULL, "x.y");
    char doc[2048];
    IS(second_time(p, "{'x':{'z':[1],'y':[2]}}"), FOLLOWED);
    for (int levels = VD_MAX_JSON_DEPTH - 5; levels < VD_MAX_JSON_DEPTH + 3; levels++) {
        for (int key = 0; key < 2; key++) {
            char open[VD_MAX_JSON_DEPTH + 4] = {0}, close[VD_MAX_JSON_DEPTH + 4] = {0};
            memset(open, '[', (size_t)levels);
            memset(close, ']', (size_t)levels);
            snprintf(doc, sizeof doc, "{'x':{'z':%s%s,'y':%s%s}}", key ? "[" : open, key ? "]" : close,
                     key ? open : "[", key ? close : "]");
            IS(pair_parse(p, doc), levels <= VD_MAX_JSON_DEPTH - 2 ? FOLLOWED : LOST);
        }
        pair_wake(p);
    }
    assert_true(p->faults[VD_FAULT_DEPTH] > 0);
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_like_document_is_followed),
        cmocka_unit_test(what_follows_an_optional_member_is_known),
        cmocka_unit_test(envelopes_are_followed),
        cmocka_unit_test(each_kind_of_value_has_its_link),
        cmocka_unit_test(what_is_twice_is_lost),
        cmocka_unit_test(texts_have_a_longest),
        cmocka_unit_test(wanted_keys_have_a_most),
        cmocka_unit_test(a_link_has_so_many_followers),
        cmocka_unit_test(a_full_table_begins_anew),
        cmocka_unit_test(long_texts_fill_it_too),
        cmocka_unit_test(where_all_differ_attempts_pause),
        cmocka_unit_test(while_it_pauses_nothing_is_tried_or_learned),
        cmocka_unit_test(a_few_that_differ_do_not_matter),
        cmocka_unit_test(depth_has_the_same_limit),
        cmocka_unit_test(what_is_jumped_over_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
