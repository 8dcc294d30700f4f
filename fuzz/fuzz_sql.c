/*
 * The SQL lexer and fingerprints: whatever the statement, tokens follow one another inside it,
 * the output stays within its bounds, and the fingerprint of a fingerprint is itself.
 *
 * The first byte chooses the limit, so that statements are cut everywhere. The seeds are the
 * statements of tests/engine/test_sql.c and of Django; what is found here is kept there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hc/sql.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, struct hc_bytes sql)
{
    fprintf(stderr, "%s: %.*s\n", what, (int)sql.length, sql.at);
    abort();
}

static void check_tokens(struct hc_bytes sql)
{
    struct hc_sql_lexer lexer;
    const char *at = sql.at;
    hc_sql_lexer_init(&lexer, sql);
    for (;;) {
        struct hc_sql_token token = hc_sql_lexer_next(&lexer);
        if (token.kind == HC_SQL_END)
            return;
        if (token.text.length == 0 || token.text.at < at ||
            token.text.at + token.text.length > sql.at + sql.length)
            fail("a token out of place", sql);
        at = token.text.at + token.text.length;
    }
}

/* In memory of exactly the promised size, so that the sanitizer sees a byte too many. */
static struct hc_bytes fingerprint_of(struct hc_bytes sql, size_t limit)
{
    size_t room = hc_sql_fingerprint_room(sql.length, limit);
    char *out = malloc(room);
    if (out == NULL)
        abort();
    size_t length = hc_sql_fingerprint(sql, limit, out);
    if (length > room || length > limit + strlen(" …"))
        fail("too long", sql);
    return hc_bytes(out, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t limit = data[0] < 0x20 ? 2 * (size_t)data[0] : HC_SQL_FINGERPRINT_LIMIT;
    struct hc_bytes sql = hc_bytes((const char *)data + 1, size - 1);
    check_tokens(sql);
    struct hc_bytes once = fingerprint_of(sql, limit);
    struct hc_bytes twice = fingerprint_of(once, limit);
    if (!hc_bytes_equal(once, twice)) {
        fprintf(stderr, "once: %.*s\n", (int)once.length, once.at);
        fail("twice", twice);
    }
    free((char *)once.at);
    free((char *)twice.at);
    return 0;
}
