/* An event that has read other documents says of the next what a new event says. */
#include "trail_check.h"
#include "trail_documents.h"

/* Each list, twice over; most of what can be followed is. */
static void lists_of_like_documents(void **state)
{
    pair *p = pair_new(trail_mapping, trail_fields);
    for (size_t g = 0; g < N_GROUPS; g++) {
        pair_forget(p);
        p->about = groups[g].about;
        unsigned followed = p->seen[FOLLOWED];
        for (int round = 0; round < 2; round++)
            for (size_t i = 0; i < N_DOCS && groups[g].docs[i]; i++) {
                pair_wake(p);
                pair_parse(p, groups[g].docs[i]);
            }
        if (p->seen[FOLLOWED] == followed) fail_msg("%s: none was followed", p->about);
    }
    pair_free(p);
}

/* The same without a hand on the pauses, all lists as one. */
static void all_lists_as_one(void **state)
{
    pair *p = pair_new(trail_mapping, trail_fields);
    for (int round = 0; round < 4; round++)
        for (size_t g = 0; g < N_GROUPS; g++)
            for (size_t i = 0; i < N_DOCS && groups[g].docs[i]; i++)
                pair_parse(p, groups[g].docs[i]);
    assert_true(p->seen[FOLLOWED] > 0 && p->seen[LOST] > 0 && p->seen[RESTED] > 0);
    pair_free(p);
}

/* The i-th document of all lists, or NULL. */
static const char *document(size_t i, const char **about)
{
    for (size_t g = 0; g < N_GROUPS; g++)
        for (size_t k = 0; k < N_DOCS && groups[g].docs[k]; k++)
            if (i-- == 0) return *about = groups[g].about, groups[g].docs[k];
    return NULL;
}

/* One document learned, then each other, then the first again. */
static void each_behind_each(void **state)
{
    pair *p = pair_new(trail_mapping, trail_fields);
    const char *first, *second, *about;
    for (size_t i = 0; (first = document(i, &about)); i++) {
        for (size_t k = 0; (second = document(k, &about)); k++) {
            p->about = first;
            if (k % 16 == 0) { /* a new event costs more than sixteen documents */
                pair_forget(p);
                pair_parse(p, first);
            }
            pair_wake(p);
            pair_parse(p, second);
            if (k % 4 == 0) pair_parse(p, first);
        }
    }
    assert_true(p->seen[FOLLOWED] > 1000);
    pair_free(p);
}

/* Learns the document; false: it is not in order. */
static bool know(pair *p, const char *json, size_t n)
{
    static const char zeros[VD_PADDING];
    char padded[8192];
    memcpy(padded, json, n);
    memcpy(padded + n, zeros, sizeof zeros);
    pair_wake(p);
    return vd_event_parse(p->r->ev, padded, n, NULL) == VD_FAULT_NONE;
}

/* Every beginning of every document, with the rest of it behind its end, quotes and zeros. */
static void documents_that_are_cut(void **state)
{
    pair *p = pair_new(trail_mapping, trail_fields);
    char json[8192], quotes[VD_PADDING];
    const char *doc;
    memset(quotes, '"', sizeof quotes);
    for (size_t i = 0; (doc = document(i, &p->about)); i++) {
        size_t n = quoted(json, sizeof json - VD_PADDING, doc);
        memset(json + n, '}', VD_PADDING);
        pair_forget(p);
        know(p, json, n);
        for (size_t cut = 0; cut <= n; cut++) {
            pair_wake(p);
            pair_parse_before(p, json, cut, json + cut);
            pair_wake(p);
            pair_parse_before(p, json, cut, quotes);
            pair_parse_n(p, json, cut);
        }
    }
    assert_true(p->faults[VD_FAULT_NONE] > 0 && p->faults[VD_FAULT_BROKEN] > 0);
    pair_free(p);
}

/* Every byte of every document as another one, and the document itself in between. */
static void bytes_that_are_changed(void **state)
{
    static const char others[] = "\"\\,:{}[] \n1x.\0\xff\xc3";
    pair *p = pair_new(trail_mapping, trail_fields);
    char json[8192];
    const char *doc;
    for (size_t i = 0; (doc = document(i, &p->about)); i++) {
        size_t n = quoted(json, sizeof json, doc);
        pair_forget(p);
        if (!know(p, json, n)) continue;
        for (size_t at = 0; at < n; at++) {
            char was = json[at];
            for (size_t k = at % 2; k < sizeof others - 1; k += 2) {
                json[at] = others[k];
                pair_wake(p);
                pair_parse_n(p, json, n);
            }
            json[at] = (char)(was ^ 1);
            pair_wake(p);
            pair_parse_n(p, json, n);
            json[at] = was;
            know(p, json, n);
        }
    }
    assert_true(p->faults[VD_FAULT_DUPLICATE] > 0 && p->faults[VD_FAULT_UTF8] > 0 && p->faults[VD_FAULT_NUL] > 0);
    assert_true(p->seen[FOLLOWED] > 1000 && p->seen[LOST] > 1000);
    pair_free(p);
}

/* Bytes that go, and bytes that come between others. */
static void bytes_that_go_and_come(void **state)
{
    static const char more[] = "\",}x ";
    pair *p = pair_new(trail_mapping, trail_fields);
    char json[8192], changed[8192];
    const char *doc;
    for (size_t i = 0; (doc = document(i, &p->about)); i++) {
        size_t n = quoted(json, sizeof json - 1, doc);
        pair_forget(p);
        if (!know(p, json, n)) continue;
        for (size_t at = 0; at < n; at++) {
            memcpy(changed, json, at);
            memcpy(changed + at, json + at + 1, n - at - 1);
            pair_wake(p);
            pair_parse_n(p, changed, n - 1);
            changed[at] = more[at % (sizeof more - 1)];
            memcpy(changed + at + 1, json + at, n - at);
            pair_wake(p);
            pair_parse_n(p, changed, n + 1);
            if (at % 8 == 0) know(p, json, n);
        }
    }
    assert_true(p->seen[FOLLOWED] > 0 && p->seen[LOST] > 1000);
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_of_like_documents),   cmocka_unit_test(all_lists_as_one),
        cmocka_unit_test(each_behind_each),          cmocka_unit_test(documents_that_are_cut),
        cmocka_unit_test(bytes_that_are_changed),    cmocka_unit_test(bytes_that_go_and_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
