/*
 * The lexer. What a token is depends on its first bytes alone, with two exceptions:
 *
 * A bracket opens a quoted identifier ([my column]: SQLite, SQL Server) or a subscript or array
 * (a[1], ARRAY[1]: PostgreSQL). It is a subscript when it directly follows something that can
 * have one, or the word ARRAY. Otherwise it quotes if a letter comes next.
 *
 * Comments nest in PostgreSQL and nowhere else. They are read as nesting; the first that would
 * have no end that way shows that this is another dialect, and from then on they do not nest.
 * So every byte is looked at twice at most.
 */
#include "hc/sql.h"

#include <string.h>

enum { START = 1, DIGIT = 2, DOLLAR = 4, SPACE = 8, HEX = 16, SCORE = 32 };
enum { NAME = START | DIGIT };

/* Classes of the bytes; those from 0x80 up are START. */
static const unsigned char classes[128] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE,
    [' '] = SPACE, ['$'] = DOLLAR, ['_'] = START | SCORE,
    ['0'] = 18, ['1'] = 18, ['2'] = 18, ['3'] = 18, ['4'] = 18, ['5'] = 18, ['6'] = 18,
    ['7'] = 18, ['8'] = 18, ['9'] = 18,
    ['A'] = 17, ['B'] = 17, ['C'] = 17, ['D'] = 17, ['E'] = 17, ['F'] = 17, ['G'] = START,
    ['H'] = START, ['I'] = START, ['J'] = START, ['K'] = START, ['L'] = START, ['M'] = START,
    ['N'] = START, ['O'] = START, ['P'] = START, ['Q'] = START, ['R'] = START, ['S'] = START,
    ['T'] = START, ['U'] = START, ['V'] = START, ['W'] = START, ['X'] = START, ['Y'] = START,
    ['Z'] = START,
    ['a'] = 17, ['b'] = 17, ['c'] = 17, ['d'] = 17, ['e'] = 17, ['f'] = 17, ['g'] = START,
    ['h'] = START, ['i'] = START, ['j'] = START, ['k'] = START, ['l'] = START, ['m'] = START,
    ['n'] = START, ['o'] = START, ['p'] = START, ['q'] = START, ['r'] = START, ['s'] = START,
    ['t'] = START, ['u'] = START, ['v'] = START, ['w'] = START, ['x'] = START, ['y'] = START,
    ['z'] = START,
};

static unsigned class_of(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 128 ? START : classes[u];
}

static const char *skip(const char *at, const char *end, unsigned wanted)
{
    while (at < end && (class_of(*at) & wanted) != 0)
        at++;
    return at;
}

/* The byte there, NUL at the end. */
static char peek(const char *at, const char *end)
{
    return at < end ? *at : '\0';
}

static bool is(const char *at, const char *end, unsigned wanted)
{
    return at < end && (class_of(*at) & wanted) != 0;
}

static const char *find(const char *at, const char *end, char what)
{
    return at < end ? memchr(at, what, (size_t)(end - at)) : NULL;
}

/* Past the closing quote, a doubled one being part of the text; NULL if there is none. */
static const char *quote_end(const char *at, const char *end, char quote)
{
    while (at < end) {
        at = memchr(at, quote, (size_t)(end - at));
        if (at == NULL)
            return NULL;
        if (peek(at + 1, end) != quote)
            return at + 1;
        at += 2;
    }
    return NULL;
}

/* The same for E'…', in which a backslash takes the next byte with it. */
static const char *escaped_end(const char *at, const char *end)
{
    while (at < end) {
        if (*at == '\\' || (*at == '\'' && peek(at + 1, end) == '\''))
            at += end - at > 1 ? 2 : 1;
        else if (*at++ == '\'')
            return at;
    }
    return NULL;
}

static const char *or_end(const char *at, const char *end)
{
    return at != NULL ? at : end;
}

/* Past the end of the comment whose opening is before `at`; NULL if there is none. */
static const char *comment_end(const char *at, const char *end, bool nests)
{
    size_t depth = 1;
    const char *slash = at;
    while ((slash = find(slash, end, '/')) != NULL) {
        if (slash > at && slash[-1] == '*') {
            at = ++slash; /* the bytes before `at` are taken: one / * or * / at a time */
            if (--depth == 0)
                return slash;
        } else if (nests && peek(slash + 1, end) == '*') {
            at = slash += 2;
            depth++;
        } else {
            slash++;
        }
    }
    return NULL;
}

static void skip_comment(struct hc_sql_lexer *lexer)
{
    const char *end = NULL;
    if (lexer->nests)
        end = comment_end(lexer->at + 2, lexer->end, true);
    if (end == NULL) {
        lexer->nests = false;
        end = or_end(comment_end(lexer->at + 2, lexer->end, false), lexer->end);
    }
    lexer->at = end;
}

/* Passes over what is no token; says whether there was anything. */
static bool skip_blank(struct hc_sql_lexer *lexer)
{
    const char *start = lexer->at;
    for (;;) {
        lexer->at = skip(lexer->at, lexer->end, SPACE);
        char c = peek(lexer->at, lexer->end);
        char next = c == '\0' ? c : peek(lexer->at + 1, lexer->end);
        if (c == '-' && next == '-')
            lexer->at = or_end(find(lexer->at, lexer->end, '\n'), lexer->end);
        else if (c == '/' && next == '*')
            skip_comment(lexer);
        else
            return lexer->at > start;
    }
}

/* Each of these has its first byte checked already, and returns the end of the token. */

/* Past an exponent, if one comes here. */
static const char *exponent_end(const char *at, const char *end)
{
    const char *digits = at + 1;
    if ((peek(at, end) | 0x20) != 'e')
        return at;
    if (peek(digits, end) == '+' || peek(digits, end) == '-')
        digits++;
    return is(digits, end, DIGIT) ? skip(digits, end, DIGIT | SCORE) : at;
}

static const char *number_end(const char *at, const char *end)
{
    if (*at == '0' && (peek(at + 1, end) | 0x20) == 'x' && is(at + 2, end, HEX | SCORE))
        return skip(at + 2, end, HEX | SCORE);
    at = skip(at, end, DIGIT | SCORE);
    if (peek(at, end) == '.')
        at = skip(at + 1, end, DIGIT | SCORE);
    return exponent_end(at, end);
}

static const char *word_end(const char *at, const char *end, enum hc_sql_kind *kind)
{
    char next = peek(at + 1, end);
    *kind = HC_SQL_LITERAL;
    if (next == '\'' && (*at == 'e' || *at == 'E'))
        return or_end(escaped_end(at + 2, end), end);
    if (next == '\'' && strchr("bBnNxX", *at) != NULL)
        return or_end(quote_end(at + 2, end, '\''), end);
    if (next == '&' && (*at == 'u' || *at == 'U') && peek(at + 2, end) == '\'')
        return or_end(quote_end(at + 3, end, '\''), end);
    *kind = HC_SQL_WORD;
    return skip(at, end, NAME | DOLLAR);
}

/* $tag$ … $tag$, a parameter, or a dollar. */
static const char *dollar_end(const char *at, const char *end, enum hc_sql_kind *kind)
{
    const char *tag_end = is(at + 1, end, START) ? skip(at + 1, end, NAME) : at + 1;
    if (peek(tag_end, end) == '$') {
        size_t length = (size_t)(tag_end + 1 - at);
        const char *closing = memmem(tag_end + 1, (size_t)(end - tag_end - 1), at, length);
        *kind = HC_SQL_LITERAL;
        return closing != NULL ? closing + length : end;
    }
    const char *name_end = skip(at + 1, end, NAME);
    *kind = name_end > at + 1 ? HC_SQL_PARAMETER : HC_SQL_OPERATOR;
    return name_end;
}

/* %s or %(name)s, otherwise NULL. */
static const char *percent_end(const char *at, const char *end)
{
    at++;
    if (peek(at, end) == '(') {
        at++;
        while (at < end && *at != '(' && *at != ')')
            at++;
        if (peek(at, end) != ')')
            return NULL;
        at++;
    }
    if (peek(at, end) != 's' || is(at + 1, end, NAME | DOLLAR))
        return NULL;
    return at + 1;
}

static const char *bracket_end(const struct hc_sql_lexer *lexer, bool adjacent,
                               enum hc_sql_kind *kind)
{
    enum hc_sql_kind last = lexer->last.kind;
    bool subscript = adjacent && ((last >= HC_SQL_WORD && last <= HC_SQL_PARAMETER) ||
                                  last == HC_SQL_CLOSE || last == HC_SQL_UNBRACKET);
    *kind = HC_SQL_BRACKET;
    if (subscript || hc_bytes_equal_nocase(lexer->last.text, hc_bytes("ARRAY", 5)) ||
        !is(lexer->at + 1, lexer->end, START))
        return lexer->at + 1;
    const char *closing = find(lexer->at, lexer->end, ']');
    *kind = closing != NULL ? HC_SQL_QUOTED : HC_SQL_LITERAL;
    return closing != NULL ? closing + 1 : lexer->end;
}

static const char operators[][4] = {
    "->>", "#>>", "<=>", "<->", "!~*", "->", "#>", "<=", ">=", "<>", "!=", "==", "=>", "||",
    "<<",  ">>",  "&&",  "@>",  "@@",  "<@", "!~", "~~", "~*", ":=", "%%", "?|", "?&", "::",
};

/* The longest operator there; a single byte if none is known. */
static const char *operator_end(const char *at, const char *end)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        size_t length = operators[i][2] != '\0' ? 3 : 2;
        if (operators[i][0] != *at || (size_t)(end - at) < length ||
            memcmp(at, operators[i], length) != 0)
            continue;
        const char *after = at + length;
        if (*at == '?' && peek(after, end) == at[1])
            continue; /* a parameter and then || or && */
        if (*at == '<' && at[1] == '@' && is(after, end, NAME))
            continue; /* a comparison with @name */
        return after;
    }
    return at + 1;
}

static const char *parameter_end(const char *at, const char *end)
{
    if (*at == '?')
        return skip(at + 1, end, DIGIT);
    if (*at == '%')
        return percent_end(at, end);
    const char *name_end = skip(at + 1, end, NAME);
    return name_end > at + 1 ? name_end : NULL;
}

/* What begins with a byte that is neither letter nor digit. */
static const char *symbol_end(const struct hc_sql_lexer *lexer, enum hc_sql_kind *kind)
{
    const char *at = lexer->at;
    const char *after = operator_end(at, lexer->end);
    *kind = HC_SQL_OPERATOR;
    if (after - at == 2 && *at == ':' && at[1] == ':')
        *kind = HC_SQL_CAST;
    else if (after - at == 1 && strchr("?%:@", *at) != NULL && *at != '\0') {
        const char *parameter = parameter_end(at, lexer->end);
        if (parameter != NULL) {
            *kind = HC_SQL_PARAMETER;
            return parameter;
        }
    }
    return after;
}

static const char *token_end(const struct hc_sql_lexer *lexer, bool adjacent,
                             enum hc_sql_kind *kind)
{
    const char *at = lexer->at, *end = lexer->end, *closing;
    if (is(at, end, START))
        return word_end(at, end, kind);
    *kind = HC_SQL_NUMBER;
    if (is(at, end, DIGIT) || (*at == '.' && is(at + 1, end, DIGIT)))
        return number_end(at, end);
    switch (*at) {
    case '\'':
        *kind = HC_SQL_LITERAL;
        return or_end(quote_end(at + 1, end, '\''), end);
    case '"':
    case '`':
        closing = quote_end(at + 1, end, *at);
        *kind = closing != NULL ? HC_SQL_QUOTED : HC_SQL_LITERAL;
        return or_end(closing, end);
    case '$':
        return dollar_end(at, end, kind);
    case '[':
        return bracket_end(lexer, adjacent, kind);
    default:
        return symbol_end(lexer, kind);
    }
}

static bool punctuation(char c, enum hc_sql_kind *kind)
{
    static const char marks[] = ".,()];";
    static const enum hc_sql_kind kinds[] = {
        HC_SQL_DOT, HC_SQL_COMMA, HC_SQL_OPEN, HC_SQL_CLOSE, HC_SQL_UNBRACKET, HC_SQL_SEMICOLON,
    };
    const char *mark = memchr(marks, c, sizeof marks - 1);
    if (mark != NULL)
        *kind = kinds[mark - marks];
    return mark != NULL;
}

void hc_sql_lexer_init(struct hc_sql_lexer *lexer, struct hc_bytes sql)
{
    *lexer = (struct hc_sql_lexer){
        .at = sql.at,
        .end = sql.length > 0 ? sql.at + sql.length : sql.at,
        .last = {.kind = HC_SQL_END},
        .nests = true,
    };
}

struct hc_sql_token hc_sql_lexer_next(struct hc_sql_lexer *lexer)
{
    bool adjacent = !skip_blank(lexer);
    const char *start = lexer->at;
    enum hc_sql_kind kind = HC_SQL_END;
    if (start == lexer->end) {
        lexer->last = (struct hc_sql_token){HC_SQL_END, {start, 0}};
        return lexer->last;
    }
    bool number = *start == '.' && is(start + 1, lexer->end, DIGIT);
    if (!number && punctuation(*start, &kind))
        lexer->at++;
    else
        lexer->at = token_end(lexer, adjacent, &kind);
    lexer->last = (struct hc_sql_token){kind, {start, (size_t)(lexer->at - start)}};
    return lexer->last;
}
