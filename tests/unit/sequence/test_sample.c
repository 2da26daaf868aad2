/* tests/unit/sequence/test_sample.c - samples */
#include "harness.h"

static void one_event_per_item(void **state)
{
    check_sample("p f", "1:p/A 2:f/A 3:p/B 4:p/A 5:f/C", "1 2{A}");
    check_sample("f p", "1:p/A 2:f/A 3:p/B 4:p/A 5:f/C", "2 1{A}");
    check_sample("p p", "1:p/A 2:f/A 3:p/B 4:p/A 5:f/C", "1 4{A}");
    check_sample("p f", "1:p/A", "");
}

static void choice_goes_back_when_it_must(void **state)
{
    check_sample("a b c", "1:a/k 2:a/k 3:bc/k 4:bc/k 5:ac/k", "1 3 4{k}");
    check_sample("a b", "1:ab/k 2:a/k", "2 1{k}");
    check_sample("a b c", "1:abc/k 2:ab/k 3:a/k", "3 2 1{k}");
    check_sample("a b c", "1:abc/k 2:abc/k", "");
    check_sample("a b c d", "1:abcd/k 2:ac/k 3:ab/k 4:d/k", "1 3 2 4{k}");
}

static void order_of_arrival_not_of_time(void **state)
{
    check_sample("a b", "9:a/k 5:a/k 1:a/k 1:b/k", "1 4{k}");
    check_sample("a a", "9:a/k 5:a/k 1:a/k 0:a/k", "1 2{k}");
    check_sample("a a a", "9:a/k 5:a/k 7:a/k 1:a/k 0:a/k", "1 2 3{k}");
}

static void keys_and_multi_values(void **state)
{
    check_sample("a b", "1:a/xy 2:b/y 3:b/x 4:ab/z", "1 3{x} / 1 2{y}");
}

/* Every item could take any event but the last item only the first: a plain
 * backtracking would go through 19! arrangements before it finds out. */
static void hostile_choice_is_quick(void **state)
{
    char stages[64] = "", events[512] = "";
    for (int i = 0; i < 20; i++) strcat(stages, i < 19 ? "a " : "b");
    for (int i = 0; i < 19; i++) strcat(events, i ? "1:a/k " : "1:ab/k ");
    check_sample(stages, events, "");
    strcat(events, "1:a/k");
    check_sample(stages, events, "2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 1{k}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_event_per_item),
        cmocka_unit_test(choice_goes_back_when_it_must),
        cmocka_unit_test(order_of_arrival_not_of_time),
        cmocka_unit_test(keys_and_multi_values),
        cmocka_unit_test(hostile_choice_is_quick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
