#include "hc/sql.h"

#include <stdlib.h>

#include "support.h"

/* The fingerprint in memory of exactly the room promised, so that a sanitizer sees a byte too
 * many. */
static char *fingerprint_of(struct hc_bytes sql, size_t limit)
{
    size_t room = hc_sql_fingerprint_room(sql.length, limit);
    char *out = malloc(room);
    assert_non_null(out);
    size_t length = hc_sql_fingerprint(sql, limit, out);
    assert_true(length <= room);
    char *text = malloc(length + 1);
    assert_non_null(text);
    memcpy(text, out, length);
    text[length] = '\0';
    free(out);
    return text;
}

static void check(const char *sql, size_t limit, const char *expected)
{
    char *once = fingerprint_of(hc_bytes_of(sql), limit);
    char *twice = fingerprint_of(hc_bytes_of(once), limit);
    assert_string_equal(once, expected);
    assert_string_equal(twice, expected);
    free(once);
    free(twice);
}

struct example {
    const char *sql;
    const char *expected;
};

static void check_all(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(examples[i].sql, HC_SQL_FINGERPRINT_LIMIT, examples[i].expected);
}

#define CHECK(...)                                                                             \
    do {                                                                                       \
        static const struct example examples[] = {__VA_ARGS__};                                \
        check_all(examples, sizeof examples / sizeof examples[0]);                             \
    } while (0)

static void test_values(void **state)
{
    (void)state;
    CHECK({"", ""}, {"SELECT 1", "SELECT ?"}, {"SELECT 'a', 'it''s', ''", "SELECT ?, ?, ?"},
          {"SELECT 1.5, .5, 1., 1e5, 1.5E-3, 0x1F, 1_000", "SELECT ?, ?, ?, ?, ?, ?, ?"},
          {"SELECT x'0F', X'', B'01', n'a', U&'d\\0061'", "SELECT ?, ?, ?, ?, ?"},
          {"SELECT E'a\\'b', e'\\\\', E'a''b'", "SELECT ?, ?, ?"},
          {"SELECT 'a\\' FROM t", "SELECT ? FROM t"},
          {"SELECT $$a'b$$, $x$ $y$ $$ $x$", "SELECT ?, ?"},
          {"a = ? AND b = ?1 AND c = :c AND d = @d AND e = $1 AND f = $f",
           "a = ? AND b = ? AND c = ? AND d = ? AND e = ? AND f = ?"},
          {"a = %s AND b = %(the b)s", "a = ? AND b = ?"}, {"1e", "? e"}, {"1abc", "? abc"},
          {"0x", "? x"}, {"1..2", "? ?"}, {"1e+", "? e +"});
}

static void test_signs(void **state)
{
    (void)state;
    CHECK({"a = -1", "a = ?"}, {"a - 1", "a - ?"}, {"a -1", "a - ?"}, {"LIMIT -1", "LIMIT ?"},
          {"(-1, +2)", "(?, ?)"}, {"a(1) -1", "a(?) - ?"}, {"\"a\" -1", "\"a\" - ?"},
          {"- - 1", "- ?"}, {"-a", "- a"}, {"a = - /* */ 1", "a = ?"}, {"? - 1", "? - ?"},
          {"a = -%s", "a = - ?"}, {"-1 - -1", "? - ?"}, {"THEN -1 END -1", "THEN ? END - ?"});
}

static void test_comments(void **state)
{
    (void)state;
    CHECK({"-- a\nSELECT 1 -- b", "SELECT ?"}, {"/* a */ SELECT /* b */ 1/**/", "SELECT ?"},
          {"SELECT /* a /* b */ c */ 1", "SELECT ?"}, {"/* a /* b */ SELECT 1", "SELECT ?"},
          {"/* a /* b */ a /* c /* d */ b", "a b"}, {"a/*/*/b", "a b"}, {"a/**//**/b", "a b"},
          {"SELECT 1 /* never ends", "SELECT ?"}, {"SELECT 1 --", "SELECT ?"}, {"/*", ""},
          {"/*/", ""}, {"a /*/ b */ c", "a c"}, {"'--' /* ' */ a", "? a"},
          {"a-/**/-b", "a - - b"}, {"a / * b", "a / * b"});
}

static void test_identifiers(void **state)
{
    (void)state;
    CHECK({"SELECT \"a b\".\"c\"\"d\" FROM `e``f` , [g h]",
           "SELECT \"a b\".\"c\"\"d\" FROM `e``f`, [g h]"},
          {"select Id from T", "select Id from T"},
          {"SELECT été FROM \"né\"", "SELECT été FROM \"né\""}, {"a . b", "a.b"},
          {"t.*", "t.*"}, {"\xff\xfe = 1", "\xff\xfe = ?"}, {"a$b", "a$b"},
          {"a[1], a [2], b[ c ]", "a[?], a[?], b[c]"},
          {"ARRAY [1, 2]::int[]", "ARRAY[?]::int[]"}, {"x = [ a ]", "x = [ a]"},
          {"x = [a]", "x = [a]"}, {"b [c]", "b [c]"});
}

static void test_unclosed_quotes_are_literals(void **state)
{
    (void)state;
    CHECK({"a = 'b c", "a = ?"}, {"a = 'b''", "a = ?"}, {"a = \"b 'c", "a = ?"},
          {"a = `b", "a = ?"}, {"a = [b", "a = ?"}, {"a = E'b\\", "a = ?"},
          {"a = E'b\\'", "a = ?"}, {"a = $x$ b", "a = ?"}, {"a = x'0", "a = ?"},
          {"a = \"b\"\"", "a = ?"}, {"'", "?"}, {"\"", "?"}, {"[", "["}, {"$$", "?"});
}

static void test_operators(void **state)
{
    (void)state;
    CHECK({"a->>'b'", "a ->> ?"}, {"a#>>b", "a #>> b"}, {"a||b", "a || b"},
          {"a<=b<>c!=d==e>=f", "a <= b <> c != d == e >= f"}, {"a::text", "a::text"},
          {"a :: text", "a::text"}, {"a@>b<@ c@@d", "a @> b <@ c @@ d"}, {"a<@b", "a < ?"},
          {"?||?", "? || ?"}, {"a ?| b ?& c", "a ?| b ?& c"}, {"a:=1", "a := ?"},
          {"a%b %% c %sum % (d)s", "a % b %% c % sum % (d) s"}, {": ::", ": ::"},
          {":::a", "::?"}, {"a!~*b~*c~~d", "a !~* b ~* c ~~ d"}, {"<->", "<->"},
          {"a\\b{c}", "a \\ b { c }"}, {"$ @ # ! ~ ^ &", "$ @ # ! ~ ^ &"});
}

static void test_spacing(void **state)
{
    (void)state;
    CHECK({" SELECT\t\n a ,b ,\r\f\v COUNT( * )FROM t", "SELECT a, b, COUNT(*) FROM t"},
          {"a IN(1)", "a IN (?)"}, {"f (a)", "f(a)"},
          {"INSERT INTO \"t\"(\"a\")", "INSERT INTO \"t\" (\"a\")"}, {"(a)(b)", "(a) (b)"},
          {"a=b", "a = b"}, {"SELECT 1;", "SELECT ?"}, {";;", ""}, {"a;b ; ;", "a; b"},
          {"a::(b)", "a::(b)"});
}

static void test_lists(void **state)
{
    (void)state;
    CHECK({"a IN (1, 2, 3)", "a IN (?)"},
          {"a IN (%s,%s) AND b NOT IN ('x')", "a IN (?) AND b NOT IN (?)"},
          {"(a, b) IN ((1, 2), (3, 4))", "(a, b) IN ((?, ?))"},
          {"a IN (1, NULL, 2, -3)", "a IN (?, NULL, ?)"}, {"a IN (b, b, c)", "a IN (b, c)"},
          {"f(1, 2)", "f(?, ?)"}, {"a IN ()", "a IN ()"},
          {"a IN (SELECT b, b FROM c WHERE d IN (1, 2))",
           "a IN (SELECT b, b FROM c WHERE d IN (?))"},
          {"a in (f(1, 2), f(3, 4))", "a in (f(?, ?))"},
          {"ARRAY[[1, 2], [3, 4]]", "ARRAY[[ ?]]"}, {"a IN (1,,2)", "a IN (?,, ?)"},
          {"a IN (1, 2", "a IN (?, ?"}, {"a IN (1; 1; )", "a IN (?; ?;)"},
          {"a IN (1]), 1)", "a IN (?]), ?)"});
}

static void test_values_lists(void **state)
{
    (void)state;
    CHECK({"INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c') RETURNING id",
           "INSERT INTO t VALUES (?, ?) RETURNING id"},
          {"VALUES (1, NULL), (2, 3), (4, 5)", "VALUES (?, NULL), (?, ?)"},
          {"VALUES (f(1)), (f(2))", "VALUES (f(?))"},
          {"a IN (VALUES (1), (2))", "a IN (VALUES (?))"},
          {"UPDATE t SET a = VALUES(a), b = VALUES(b)",
           "UPDATE t SET a = VALUES (a), b = VALUES (b)"},
          {"VALUES (1), (2) UNION VALUES (3), (4)", "VALUES (?) UNION VALUES (?)"},
          {"VALUES (1), 2, (1)", "VALUES (?), ?, (?)"});
}

static void test_savepoints(void **state)
{
    (void)state;
    CHECK({"SAVEPOINT \"s1_x2\"", "SAVEPOINT ?"},
          {"RELEASE SAVEPOINT s1", "RELEASE SAVEPOINT ?"}, {"release s1", "release ?"},
          {"ROLLBACK TO SAVEPOINT `s1`", "ROLLBACK TO SAVEPOINT ?"},
          {"ROLLBACK WORK TO s1; SELECT a", "ROLLBACK WORK TO ?; SELECT a"},
          {"ROLLBACK", "ROLLBACK"}, {"SELECT savepoint x", "SELECT savepoint x"},
          {"BEGIN; SAVEPOINT a", "BEGIN; SAVEPOINT ?"}, {"SAVEPOINT", "SAVEPOINT"});
}

static void test_depth(void **state)
{
    enum { DEPTH = 100 };
    char sql[6 * DEPTH + 32] = "", *at = sql;
    (void)state;
    for (int i = 0; i < DEPTH; i++)
        at += sprintf(at, "IN (");
    at += sprintf(at, "1, 1");
    for (int i = 0; i < DEPTH; i++)
        *at++ = ')';
    strcpy(at, " IN (2, 3)");
    char *once = fingerprint_of(hc_bytes_of(sql), HC_SQL_FINGERPRINT_LIMIT);
    assert_non_null(strstr(once, "(?, ?)")); /* too deep to be collapsed */
    assert_string_equal(once + strlen(once) - strlen(") IN (?)"), ") IN (?)");
    check(once, HC_SQL_FINGERPRINT_LIMIT, once);
    free(once);
}

static void test_limit(void **state)
{
    (void)state;
    check("SELECT a, b FROM t", 18, "SELECT a, b FROM t");
    check("SELECT a, b FROM t", 17, "SELECT a, b FROM …");
    check("SELECT a, b FROM t", 9, "SELECT a, …");
    check("SELECT a, b FROM t", 0, "…");
    check("SELECT (a", 8, "SELECT (…");
    check("RELEASE <->", 8, "RELEASE …");
    check("a IN (1, 2, 3, 4, 5, 6, 7, 8, 9)", 12, "a IN (?)");
}

static void test_long_input_is_cut(void **state)
{
    enum { LENGTH = 1 << 20 };
    char *sql = malloc(LENGTH);
    (void)state;
    assert_non_null(sql);
    for (int i = 0; i < LENGTH; i++)
        sql[i] = "a.b,"[i % 4];
    char *once = fingerprint_of(hc_bytes(sql, LENGTH), HC_SQL_FINGERPRINT_LIMIT);
    assert_true(strlen(once) <= HC_SQL_FINGERPRINT_LIMIT + strlen(" …"));
    assert_true(strlen(once) > HC_SQL_FINGERPRINT_LIMIT - 8);
    check(once, HC_SQL_FINGERPRINT_LIMIT, once);
    free(once);
    free(sql);
}

/* Inputs on which a scan that started over again and again would take hours. */
static void test_hostile_input_takes_one_pass(void **state)
{
    static const char *const pieces[] = {"/*", "$a$",  "%(",   "[a", "\"",
                                         "'",  "E'\\", "/**/", "((("};
    enum { LENGTH = 3 << 20 };
    char *sql = malloc(LENGTH);
    (void)state;
    assert_non_null(sql);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        size_t length = strlen(pieces[i]);
        for (size_t j = 0; j < LENGTH; j++)
            sql[j] = pieces[i][j % length];
        free(fingerprint_of(hc_bytes(sql, LENGTH), HC_SQL_FINGERPRINT_LIMIT));
    }
    free(sql);
}

static void test_nul_is_a_byte_like_others(void **state)
{
    (void)state;
    char *once = fingerprint_of(hc_bytes("a\0b", 3), HC_SQL_FINGERPRINT_LIMIT);
    assert_memory_equal(once, "a \0 b", 6);
    free(once);
}

static void test_tokens(void **state)
{
    static const struct {
        enum hc_sql_kind kind;
        const char *text;
    } expected[] = {
        {HC_SQL_WORD, "SELECT"},  {HC_SQL_QUOTED, "\"a\""}, {HC_SQL_DOT, "."},
        {HC_SQL_QUOTED, "[b c]"}, {HC_SQL_CAST, "::"},      {HC_SQL_WORD, "int"},
        {HC_SQL_BRACKET, "["},    {HC_SQL_NUMBER, "1"},     {HC_SQL_UNBRACKET, "]"},
        {HC_SQL_COMMA, ","},      {HC_SQL_LITERAL, "'x'"},  {HC_SQL_OPERATOR, "||"},
        {HC_SQL_PARAMETER, "%s"}, {HC_SQL_OPEN, "("},       {HC_SQL_CLOSE, ")"},
        {HC_SQL_SEMICOLON, ";"},  {HC_SQL_END, ""},         {HC_SQL_END, ""},
    };
    struct hc_sql_lexer lexer;
    (void)state;
    hc_sql_lexer_init(&lexer, hc_bytes_of("SELECT \"a\".[b c]::int[1] /* c */, 'x'||%s();"));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct hc_sql_token token = hc_sql_lexer_next(&lexer);
        assert_int_equal(token.kind, expected[i].kind);
        assert_true(hc_bytes_equal(token.text, hc_bytes_of(expected[i].text)));
    }
    hc_sql_lexer_init(&lexer, hc_bytes(NULL, 0));
    assert_int_equal(hc_sql_lexer_next(&lexer).kind, HC_SQL_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_identifiers),
        cmocka_unit_test(test_unclosed_quotes_are_literals),
        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_spacing),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_values_lists),
        cmocka_unit_test(test_savepoints),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_long_input_is_cut),
        cmocka_unit_test(test_hostile_input_takes_one_pass),
        cmocka_unit_test(test_nul_is_a_byte_like_others),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
