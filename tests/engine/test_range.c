#include "support.h"

#include "hc/range.h"

static void check(const char *value, uint64_t size, int count, const struct hc_range *wanted)
{
    struct hc_range ranges[HC_RANGES_MAX];
    int found = hc_range_parse(hc_bytes_of(value), size, ranges);
    if (found != count)
        fail_msg("\"%s\" of %d: %d, not %d", value, (int)size, found, count);
    for (int i = 0; i < count; i++)
        if (ranges[i].first != wanted[i].first || ranges[i].length != wanted[i].length)
            fail_msg("\"%s\": range %d is %d+%d", value, i, (int)ranges[i].first,
                     (int)ranges[i].length);
}

static void check_one(const char *value, uint64_t size, uint64_t first, uint64_t length)
{
    const struct hc_range range = {first, length};
    check(value, size, 1, &range);
}

static void test_single(void **state)
{
    (void)state;
    check_one("bytes=0-0", 100, 0, 1);
    check_one("bytes=0-99", 100, 0, 100);
    check_one("bytes=0-999999999999999999999999", 100, 0, 100);
    check_one("BYTES=99-", 100, 99, 1);
    check_one("bytes=-1", 100, 99, 1);
    check_one("bytes=-500", 100, 0, 100);
    check_one("bytes= 5-6 ", 100, 5, 2);
    check_one("bytes=100-,0-1", 100, 0, 2);
}

static void test_several(void **state)
{
    const struct hc_range three[] = {{50, 10}, {0, 1}, {95, 5}};
    (void)state;
    check("bytes=50-59,0-0 ,\t-5", 100, 3, three);
}

static void test_outside(void **state)
{
    (void)state;
    check("bytes=100-", 100, -1, NULL);
    check("bytes=100-200,300-", 100, -1, NULL);
    check("bytes=-0", 100, -1, NULL);
    check("bytes=0-0", 0, -1, NULL);
    check("bytes=99999999999999999999999-", 100, -1, NULL);
}

static void test_ignored(void **state)
{
    static const char *const values[] = {
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1-2,", "bytes=,1-2",
        "items=0-1", "bytes=1-2;3-4", "bytes=1--2", "bytes 0-1", "bytes=0x1-2", "bytes=+1-2",
        "bytes=0-60,40-99", "bytes=0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        check(values[i], 100, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_several),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
