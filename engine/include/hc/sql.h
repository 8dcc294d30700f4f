/*
 * SQL: tokens, and the fingerprint of a statement: its shape, without its values.
 *
 * SQLite's rules come first: a backslash is nothing special in '…', and "…" is an identifier.
 * The quoting of PostgreSQL and MySQL is read as far as it does not contradict them. Nothing is
 * an error. A quote without its end is a literal that runs to the end of the statement, a
 * comment without its end a comment. Bytes that are not ASCII are letters, valid UTF-8 or not;
 * no token is ever cut, so valid UTF-8 stays valid.
 *
 * Thread-safety: everything here works on its arguments alone.
 * Ownership: tokens borrow from the statement. Nothing is allocated.
 * Fork: no state.
 */
#ifndef HC_SQL_H
#define HC_SQL_H

#include <stdbool.h>
#include <stddef.h>

#include "hc/bytes.h"

enum hc_sql_kind {
    HC_SQL_END,
    HC_SQL_WORD,      /* keyword or plain identifier */
    HC_SQL_QUOTED,    /* "a", `a`, [a], with the quotes */
    HC_SQL_LITERAL,   /* 'a', E'a', x'0F', U&'a', $tag$a$tag$; a quote without its end */
    HC_SQL_NUMBER,    /* 1, 1.5e-3, .5, 0x1F, 1_000; never with a sign */
    HC_SQL_PARAMETER, /* ?, ?1, :a, @a, $1, $a, %s, %(a)s */
    HC_SQL_OPERATOR,  /* ||, ->>, =, and any byte that is nothing else */
    HC_SQL_CAST,      /* :: */
    HC_SQL_DOT,
    HC_SQL_COMMA,
    HC_SQL_OPEN,
    HC_SQL_CLOSE,
    HC_SQL_BRACKET, /* of a subscript or an array */
    HC_SQL_UNBRACKET,
    HC_SQL_SEMICOLON,
};

struct hc_sql_token {
    enum hc_sql_kind kind;
    struct hc_bytes text;
};

struct hc_sql_lexer {
    const char *at;
    const char *end;
    struct hc_sql_token last; /* the token returned last, HC_SQL_END before the first */
    bool nests;               /* comments do, until one turns out not to end that way */
};

void hc_sql_lexer_init(struct hc_sql_lexer *lexer, struct hc_bytes sql);

/* The next token; comments and white space are passed over. HC_SQL_END at the end, and again. */
struct hc_sql_token hc_sql_lexer_next(struct hc_sql_lexer *lexer);

/* A fingerprint longer than this many bytes is of no use to anybody. */
enum { HC_SQL_FINGERPRINT_LIMIT = 32768 };

/* How many bytes hc_sql_fingerprint() may write for a statement of this length. */
size_t hc_sql_fingerprint_room(size_t length, size_t limit);

/* Writes the fingerprint to `out`, which has the room told above, and returns its length.
 *
 * Literals and parameters become `?`, a number's sign with it. In the lists of IN (…), VALUES
 * (…), (…) and arrays, elements that repeat the one before are left out. Names of savepoints
 * become `?`. Comments and final semicolons go, spacing is made uniform; words and identifiers
 * stay as they are written. When the next token would make it longer than `limit`, the
 * fingerprint ends with `…` instead. The fingerprint of a fingerprint is itself. */
size_t hc_sql_fingerprint(struct hc_bytes sql, size_t limit, char *out);

#endif
