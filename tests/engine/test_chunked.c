#include "support.h"

#include "hc/http.h"
#include "hc/response.h"

/* The naive twin of the decoder is an encoder: what it makes must come out again. */
static size_t encode(uint64_t *random, const char *body, size_t length, char *out)
{
    size_t at = 0, written = 0;
    while (at < length) {
        size_t size = 1 + next_random(random) % 300;
        size = size < length - at ? size : length - at;
        written += (size_t)sprintf(out + written, next_random(random) % 2 ? "%zx" : "%04zX", size);
        if (next_random(random) % 4 == 0)
            written += (size_t)sprintf(out + written, " ;a=\"b\"");
        written += (size_t)sprintf(out + written, "\r\n");
        memcpy(out + written, body + at, size);
        written += size;
        written += (size_t)sprintf(out + written, "\r\n");
        at += size;
    }
    return written + (size_t)sprintf(out + written, "0\r\nX-Trailer: y\r\n\r\n");
}

static void test_round_trip_in_place(void **state)
{
    static char body[8192], encoded[3 * 8192], copy[3 * 8192];
    uint64_t random = 13;
    (void)state;
    for (int round = 0; round < 300; round++) {
        size_t length = next_random(&random) % sizeof(body);
        for (size_t i = 0; i < length; i++)
            body[i] = (char)next_random(&random);
        size_t size = encode(&random, body, length, encoded);
        memcpy(copy, encoded, size);
        memcpy(copy + size, "rest", 4);
        struct hc_chunked chunked;
        hc_chunked_init(&chunked, UINT64_MAX);
        enum hc_parse result = HC_PARSE_MORE;
        size_t taken = 0, decoded = 0;
        while (result == HC_PARSE_MORE) {
            size_t piece = 1 + next_random(&random) % 2000, consumed, produced;
            piece = piece < size + 4 - taken ? piece : size + 4 - taken;
            assert_true(piece > 0);
            result = hc_chunked_decode(&chunked, copy + taken, piece, copy + decoded, &consumed,
                                       &produced);
            taken += consumed;
            decoded += produced;
        }
        assert_int_equal(result, HC_PARSE_OK);
        assert_int_equal(taken, size);
        assert_int_equal(decoded, length);
        assert_int_equal(chunked.total, length);
        assert_memory_equal(copy, body, length);
        assert_memory_equal(copy + taken, "rest", 4);
    }
}

static void test_body_max(void **state)
{
    struct hc_chunked chunked;
    char out[64];
    size_t consumed, produced;
    (void)state;
    hc_chunked_init(&chunked, 5);
    assert_int_equal(hc_chunked_decode(&chunked, "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 20, out,
                                       &consumed, &produced), HC_PARSE_OK);
    hc_chunked_init(&chunked, 5);
    assert_int_equal(hc_chunked_decode(&chunked, "3\r\nabc\r\n3\r\ndef", 14, out, &consumed,
                                       &produced), HC_PARSE_BAD);
    assert_int_equal(chunked.status, 413);
    assert_int_equal(consumed, 9);
    assert_int_equal(produced, 3);
}

static void test_chunk_head(void **state)
{
    char out[HC_CHUNK_HEAD_MAX];
    (void)state;
    assert_bytes(hc_bytes(out, hc_chunk_head(0, out)), "0\r\n");
    assert_bytes(hc_bytes(out, hc_chunk_head(15, out)), "f\r\n");
    assert_bytes(hc_bytes(out, hc_chunk_head(16, out)), "10\r\n");
    assert_bytes(hc_bytes(out, hc_chunk_head(UINT64_MAX, out)), "ffffffffffffffff\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip_in_place),
        cmocka_unit_test(test_body_max),
        cmocka_unit_test(test_chunk_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
