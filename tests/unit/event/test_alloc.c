/* Parsing allocates nothing once its buffers have grown. */
#include "check.h"

static size_t allocations;

/* The linker sends every call of the program's own C code here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    allocations++;
    return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    allocations++;
    return __real_realloc(p, size);
}

/* A document with many values, escapes, addresses and one very long string. */
static size_t big_document(char *out, size_t max)
{
    size_t n = (size_t)snprintf(out, max, "{\"x\":[");
    for (int i = 0; i < 2000; i++)
        n += (size_t)snprintf(out + n, max - n, "\"a\\\\%d\",", i);
    n += (size_t)snprintf(out + n, max - n, "1],\"source\":{\"ip\":[");
    for (int i = 0; i < 2000; i++)
        n += (size_t)snprintf(out + n, max - n, "\"::%x\",", i);
    n += (size_t)snprintf(out + n, max - n, "\"::\"]},\"y\":\"\\n");
    for (int i = 0; i < 100000; i++)
        out[n++] = 'y';
    n += (size_t)snprintf(out + n, max - n, "\"}");
    return n;
}

static void no_allocation_after_the_first_time(void **state)
{
    size_t max = 1 << 20;
    char *json = malloc(max);
    size_t n = big_document(json, max - VD_PADDING);
    rig *r = rig_new(NULL, "x y source.ip");
    size_t before = allocations;
    assert_int_equal(vd_event_parse(r->ev, json, n, NULL), VD_FAULT_NONE);
    assert_true(allocations > before); /* the counter works */
    before = allocations;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(vd_event_parse(r->ev, json, n, NULL), VD_FAULT_NONE);
        assert_int_equal(rig_parse(r, "{\"x\":\"a\\n\",\"y\":[1,2]}"), VD_FAULT_NONE);
        assert_int_equal(rig_parse(r, "{\"x\":"), VD_FAULT_BROKEN);
    }
    assert_int_equal(allocations, before);
    assert_int_equal(vd_event_parse(r->ev, json, n, NULL), VD_FAULT_NONE);
    assert_int_equal(vd_event_count(r->ev, 0), 2001);
    assert_int_equal(vd_event_count(r->ev, 2), 2001);
    assert_int_equal(vd_event_get(r->ev, 1)->len, 100001);
    rig_free(r);
    free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_allocation_after_the_first_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
