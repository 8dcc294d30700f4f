#include "support.h"

#include <ctype.h>
#include <strings.h>

#include "hc/field.h"
#include "hc/scan.h"

/* The naive twin: a search through all names. */
static enum hc_field find_slowly(struct hc_bytes name)
{
    for (int i = 1; i < HC_FIELD_COUNT; i++) {
        struct hc_bytes known = hc_field_name((enum hc_field)i);
        if (name.length == known.length && strncasecmp(name.at, known.at, name.length) == 0)
            return (enum hc_field)i;
    }
    return HC_FIELD_OTHER;
}

static void assert_found_alike(const char *text, size_t length)
{
    /* A copy without a byte to spare, for the address sanitizer. */
    char *copy = malloc(length + (length == 0));
    assert_non_null(copy);
    memcpy(copy, text, length);
    struct hc_bytes name = hc_bytes(copy, length);
    assert_int_equal(hc_field_find(name), find_slowly(name));
    free(copy);
}

static void test_every_name(void **state)
{
    (void)state;
    assert_int_equal(hc_field_name(HC_FIELD_OTHER).length, 0);
    assert_int_equal(hc_field_name(HC_FIELD_COUNT).length, 0);
    for (int i = 1; i < HC_FIELD_COUNT; i++) {
        struct hc_bytes name = hc_field_name((enum hc_field)i);
        char upper[64];
        assert_true(name.length > 1 && name.length < sizeof(upper));
        for (size_t j = 0; j < name.length; j++) {
            assert_true(islower((unsigned char)name.at[j]) || name.at[j] == '-');
            upper[j] = (char)toupper((unsigned char)name.at[j]);
        }
        assert_int_equal(hc_field_find(name), i);
        assert_int_equal(hc_field_find(hc_bytes(upper, name.length)), i);
    }
}

static void test_enum_matches_names(void **state)
{
    (void)state;
    assert_int_equal(hc_field_find(hc_bytes_of("Accept")), HC_FIELD_ACCEPT);
    assert_int_equal(hc_field_find(hc_bytes_of("Host")), HC_FIELD_HOST);
    assert_int_equal(hc_field_find(hc_bytes_of("TE")), HC_FIELD_TE);
    assert_int_equal(hc_field_find(hc_bytes_of("Content-Length")), HC_FIELD_CONTENT_LENGTH);
    assert_int_equal(hc_field_find(hc_bytes_of("Transfer-Encoding")), HC_FIELD_TRANSFER_ENCODING);
    assert_int_equal(hc_field_find(hc_bytes_of("X-Requested-With")), HC_FIELD_X_REQUESTED_WITH);
    assert_int_equal(hc_field_find(hc_bytes_of("x-hotclub")), HC_FIELD_OTHER);
}

static void test_near_misses(void **state)
{
    uint64_t random = 3;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        struct hc_bytes name =
            hc_field_name((enum hc_field)(1 + next_random(&random) % (HC_FIELD_COUNT - 1)));
        char text[64];
        size_t length = name.length;
        memcpy(text, name.at, length);
        unsigned changes = (unsigned)(next_random(&random) % 3);
        for (unsigned i = 0; i < changes; i++)
            text[next_random(&random) % length] ^= (char)(1 << next_random(&random) % 8);
        if (next_random(&random) % 8 == 0)
            length = next_random(&random) % (length + 1);
        if (hc_scan_token(text, text + length) == text + length)
            assert_found_alike(text, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name),
        cmocka_unit_test(test_enum_matches_names),
        cmocka_unit_test(test_near_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
