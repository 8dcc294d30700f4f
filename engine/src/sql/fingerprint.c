/*
 * The fingerprint: one pass over the tokens, which are written as they come and sometimes taken
 * away again.
 *
 * Lists are collapsed in the output. Each open parenthesis has a level, which knows where in the
 * output the element being written starts and where the one before stands:
 *
 *     … "id" IN (?, ?
 *                ^  ^
 *             last  first          at the comma or parenthesis that ends an element,
 *                                  equal to the last one: the output goes back to its end
 *
 * The groups of VALUES (…), (…) are collapsed in the same way as their parentheses close. Deeper
 * than LEVELS nothing is collapsed.
 *
 * That the fingerprint of a fingerprint is itself follows from three things: the output, read
 * again, gives the same tokens (so whether there is a space between two depends on them alone,
 * never on the input's spacing, and wherever two could be read as one there is a space); what is
 * taken away equals what stays before it, so it leaves the same state behind; and the limit
 * counts what is written, not what is read. fuzz/fuzz_sql.c holds it to that.
 */
#include "hc/sql.h"

#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"

enum { LEVELS = 64, SPACE_AND_ELLIPSIS = 4 };

enum word {
    NO_WORD,
    PLAIN,
    OPENING, /* a keyword that an operand follows, and that means nothing more here */
    IN,
    RELEASE,
    ROLLBACK,
    SAVEPOINT,
    SELECT,
    TO,
    TRANSACTION,
    VALUES,
    WITH,
    WORK,
};

static const struct {
    char text[12];
    enum word word;
} words[] = {
    /* Sorted. */
    {"ALL", OPENING},       {"AND", OPENING},       {"AS", OPENING},
    {"BETWEEN", OPENING},   {"BY", OPENING},        {"CASE", OPENING},
    {"CONFLICT", OPENING},  {"DISTINCT", OPENING},  {"ELSE", OPENING},
    {"EXCEPT", OPENING},    {"EXISTS", OPENING},    {"FILTER", OPENING},
    {"FROM", OPENING},      {"GLOB", OPENING},      {"HAVING", OPENING},
    {"ILIKE", OPENING},     {"IN", IN},             {"INTERSECT", OPENING},
    {"INTO", OPENING},      {"IS", OPENING},        {"JOIN", OPENING},
    {"LIKE", OPENING},      {"LIMIT", OPENING},     {"NOT", OPENING},
    {"OFFSET", OPENING},    {"ON", OPENING},        {"OR", OPENING},
    {"OVER", OPENING},      {"RELEASE", RELEASE},   {"RETURNING", OPENING},
    {"ROLLBACK", ROLLBACK}, {"SAVEPOINT", SAVEPOINT}, {"SELECT", SELECT},
    {"SET", OPENING},       {"THEN", OPENING},      {"TO", TO},
    {"TRANSACTION", TRANSACTION}, {"UNION", OPENING}, {"USING", OPENING},
    {"VALUES", VALUES},     {"WHEN", OPENING},      {"WHERE", OPENING},
    {"WITH", WITH},         {"WORK", WORK},
};

struct span {
    size_t start;
    size_t end; /* 0: there is none */
};

/* A level is about the list that it may hold; offsets are into the output. */
struct level {
    enum hc_sql_kind opener; /* HC_SQL_OPEN, HC_SQL_BRACKET; HC_SQL_END for the statement */
    bool is_list;
    bool has_first;
    size_t first;     /* where the element being written starts */
    struct span last; /* the element before it */
    enum { NO_GROUP, WANTS_GROUP, HAD_GROUP } values;
    size_t group; /* where the latest parenthesis directly in this level was opened */
    struct span last_group;
};

/* What spacing depends on: the token written last. */
struct context {
    enum hc_sql_kind kind;
    bool loose; /* a bracket that has spaces around it */
    enum word word;
};

/* What a statement about savepoints has said so far. */
enum savepoint { NOT_SAVEPOINT, AT_START, WANTS_TO, MAY_SAY_SAVEPOINT, WANTS_NAME };

struct writer {
    char *out;
    size_t length;
    size_t limit;
    bool full;
    struct context last;
    struct {
        bool written; /* the last token is a sign; what to go back to, should a number follow */
        size_t length;
        struct context last;
    } sign;
    enum savepoint savepoint;
    size_t depth; /* of the innermost level */
    size_t too_deep;
    struct level levels[LEVELS];
};

static enum word word_of(struct hc_bytes text)
{
    size_t low = 0, high = sizeof words / sizeof words[0];
    char upper[sizeof words[0].text] = {0};
    if (text.length >= sizeof upper)
        return PLAIN;
    for (size_t i = 0; i < text.length; i++)
        upper[i] = text.at[i] >= 'a' && text.at[i] <= 'z' ? (char)(text.at[i] - 32) : text.at[i];
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = memcmp(upper, words[middle].text, sizeof upper);
        if (order == 0)
            return words[middle].word;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return PLAIN;
}

static bool is_keyword(enum word word)
{
    return word == OPENING || word == IN || word == SELECT || word == VALUES || word == WITH;
}

static bool is_wordlike(enum hc_sql_kind kind)
{
    return kind == HC_SQL_WORD || kind == HC_SQL_QUOTED || kind == HC_SQL_PARAMETER ||
           kind == HC_SQL_CLOSE || kind == HC_SQL_UNBRACKET;
}

static bool is_operand(struct context last)
{
    return is_wordlike(last.kind) && !is_keyword(last.word);
}

/* Whether nothing that follows the last token is set off from it. */
static bool is_tight(struct context last)
{
    return last.kind == HC_SQL_END || last.kind == HC_SQL_OPEN || last.kind == HC_SQL_DOT ||
           (last.kind == HC_SQL_BRACKET && !last.loose);
}

/* Whether a space stands between the last token and one of this kind. */
static bool is_spaced(struct context last, enum hc_sql_kind kind)
{
    if (is_tight(last))
        return false;
    switch (kind) {
    case HC_SQL_CLOSE:
    case HC_SQL_COMMA:
    case HC_SQL_SEMICOLON:
    case HC_SQL_UNBRACKET:
        return false;
    case HC_SQL_DOT:
    case HC_SQL_CAST:
    case HC_SQL_BRACKET:
        return !is_wordlike(last.kind);
    case HC_SQL_OPEN:
        return last.kind != HC_SQL_CAST && (last.kind != HC_SQL_WORD || is_keyword(last.word));
    default:
        return last.kind != HC_SQL_CAST || kind == HC_SQL_OPERATOR;
    }
}

/* The output goes back to `length`, which lies within or before the element being written. */
static void drop_sign(struct writer *writer)
{
    struct level *level = &writer->levels[writer->depth];
    if (!writer->sign.written)
        return;
    writer->length = writer->sign.length;
    writer->last = writer->sign.last;
    if (level->first >= writer->length)
        level->has_first = false;
}

/* Where in SAVEPOINT x, RELEASE [SAVEPOINT] x, ROLLBACK [WORK] TO [SAVEPOINT] x a word leads. */
static enum savepoint savepoint_after(enum savepoint state, enum word word)
{
    switch (word) {
    case SAVEPOINT:
        return state == AT_START || state == MAY_SAY_SAVEPOINT ? WANTS_NAME : NOT_SAVEPOINT;
    case RELEASE:
        return state == AT_START ? MAY_SAY_SAVEPOINT : NOT_SAVEPOINT;
    case ROLLBACK:
        return state == AT_START ? WANTS_TO : NOT_SAVEPOINT;
    case TRANSACTION:
    case WORK:
        return state == WANTS_TO ? WANTS_TO : NOT_SAVEPOINT;
    case TO:
        return state == WANTS_TO ? MAY_SAY_SAVEPOINT : NOT_SAVEPOINT;
    default:
        return NOT_SAVEPOINT;
    }
}

/* Follows the statement that the token is in; says whether it is a savepoint's name. */
static bool is_savepoint_name(struct writer *writer, enum hc_sql_kind kind, enum word word)
{
    bool may_be = writer->savepoint == MAY_SAY_SAVEPOINT || writer->savepoint == WANTS_NAME;
    writer->savepoint =
        kind == HC_SQL_SEMICOLON ? AT_START : savepoint_after(writer->savepoint, word);
    return may_be && writer->savepoint == NOT_SAVEPOINT &&
           (kind == HC_SQL_WORD || kind == HC_SQL_QUOTED);
}

/* Takes what was written from `first` on away again if it equals `last`, else it is the new
 * last. */
static void collapse(struct writer *writer, struct span *last, size_t first)
{
    size_t length = writer->length - first;
    if (last->end > 0 && last->end - last->start == length &&
        memcmp(writer->out + last->start, writer->out + first, length) == 0)
        writer->length = last->end;
    else
        *last = (struct span){first, writer->length};
}

static void end_element(struct writer *writer, struct level *level)
{
    if (level->has_first)
        collapse(writer, &level->last, level->first);
    else
        level->last.end = 0;
}

static bool closes(enum hc_sql_kind kind, enum hc_sql_kind opener)
{
    return (kind == HC_SQL_CLOSE && opener == HC_SQL_OPEN) ||
           (kind == HC_SQL_UNBRACKET && opener == HC_SQL_BRACKET);
}

/* What a token means to the level in which it stands, before it is written. */
static void before(struct writer *writer, enum hc_sql_kind kind)
{
    struct level *level = &writer->levels[writer->depth];
    if (writer->too_deep > 0)
        return;
    if (level->is_list && (kind == HC_SQL_COMMA || closes(kind, level->opener)))
        end_element(writer, level);
    if (level->values == WANTS_GROUP && kind != HC_SQL_OPEN)
        level->values = NO_GROUP;
    else if (level->values == HAD_GROUP)
        level->values = kind == HC_SQL_COMMA ? WANTS_GROUP : NO_GROUP;
}

static void write_token(struct writer *writer, enum hc_sql_kind kind, struct hc_bytes text,
                        enum word word)
{
    struct level *level = &writer->levels[writer->depth];
    bool spaced = is_spaced(writer->last, kind);
    size_t room = writer->limit > writer->length ? writer->limit - writer->length : 0;
    if (text.length > room || text.length + spaced > room) {
        writer->full = true;
        kind = HC_SQL_WORD;
        text = hc_bytes_of(ELLIPSIS);
        spaced = is_spaced(writer->last, kind);
    }
    if (spaced)
        writer->out[writer->length++] = ' ';
    if (!level->has_first)
        level->first = writer->length;
    level->has_first = true;
    memcpy(writer->out + writer->length, text.at, text.length);
    writer->length += text.length;
    writer->last = (struct context){
        .kind = kind,
        .loose = kind == HC_SQL_BRACKET && !is_wordlike(writer->last.kind),
        .word = word,
    };
}

static void push(struct writer *writer, enum hc_sql_kind opener, bool is_list)
{
    if (writer->too_deep > 0 || writer->depth + 1 == LEVELS) {
        writer->too_deep++;
        return;
    }
    writer->levels[writer->depth].group = writer->length - 1;
    writer->depth++;
    writer->levels[writer->depth] = (struct level){.opener = opener, .is_list = is_list};
}

static void pop(struct writer *writer, enum hc_sql_kind closer)
{
    if (writer->too_deep > 0) {
        writer->too_deep--;
        return;
    }
    if (!closes(closer, writer->levels[writer->depth].opener))
        return;
    struct level *level = &writer->levels[--writer->depth];
    if (level->values == WANTS_GROUP) {
        collapse(writer, &level->last_group, level->group);
        level->values = HAD_GROUP;
    }
}

/* What the token just written means to the levels. */
static void after(struct writer *writer, enum hc_sql_kind kind, enum word word, bool after_in)
{
    struct level *level = &writer->levels[writer->depth];
    if (kind == HC_SQL_OPEN || kind == HC_SQL_BRACKET) {
        push(writer, kind, kind == HC_SQL_BRACKET || after_in);
    } else if (kind == HC_SQL_CLOSE || kind == HC_SQL_UNBRACKET) {
        pop(writer, kind);
    } else if (writer->too_deep > 0) {
        return;
    } else if (kind == HC_SQL_COMMA) {
        level->has_first = false;
    } else if (word == SELECT || word == WITH || word == VALUES) {
        level->is_list = false;
        if (word == VALUES) {
            level->values = WANTS_GROUP;
            level->last_group.end = 0;
        }
    }
}

static bool is_sign(struct hc_sql_token token)
{
    return token.kind == HC_SQL_OPERATOR && token.text.length == 1 &&
           (*token.text.at == '-' || *token.text.at == '+');
}

static void take(struct writer *writer, struct hc_sql_token token)
{
    struct hc_bytes text = token.text;
    enum hc_sql_kind kind = token.kind;
    enum word word = kind == HC_SQL_WORD ? word_of(text) : NO_WORD;
    if (kind == HC_SQL_NUMBER)
        drop_sign(writer);
    if (is_savepoint_name(writer, kind, word) && !hc_bytes_equal(text, hc_bytes_of(ELLIPSIS)))
        kind = HC_SQL_PARAMETER;
    if (kind == HC_SQL_NUMBER || kind == HC_SQL_LITERAL || kind == HC_SQL_PARAMETER) {
        kind = HC_SQL_PARAMETER;
        word = NO_WORD;
        text = hc_bytes("?", 1);
    }
    before(writer, kind);
    struct context last = writer->last;
    size_t length = writer->length;
    write_token(writer, kind, text, word);
    writer->sign.written = is_sign(token) && !is_operand(last);
    writer->sign.length = length;
    writer->sign.last = last;
    after(writer, kind, word, last.word == IN);
}

size_t hc_sql_fingerprint_room(size_t length, size_t limit)
{
    /* No token is shorter than a byte, none gets longer, each may have a space before it. */
    size_t most = length < limit / 2 ? 2 * length : limit;
    return most + SPACE_AND_ELLIPSIS;
}

size_t hc_sql_fingerprint(struct hc_bytes sql, size_t limit, char *out)
{
    struct writer writer;
    memset(&writer, 0, offsetof(struct writer, levels));
    writer.out = out;
    writer.limit = limit;
    writer.savepoint = AT_START;
    writer.levels[0] = (struct level){.opener = HC_SQL_END};
    struct hc_sql_lexer lexer;
    hc_sql_lexer_init(&lexer, sql);
    struct hc_sql_token token;
    while (!writer.full && (token = hc_sql_lexer_next(&lexer)).kind != HC_SQL_END)
        take(&writer, token);
    while (writer.length > 0 && out[writer.length - 1] == ';')
        writer.length--;
    return writer.length;
}
