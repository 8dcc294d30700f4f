/*
 * The chunked coding (RFC 9112, 7.1), decoded in place. The framing is read byte by byte, the
 * data moved in one piece. A chunk extension ends at its CR; it cannot hold control characters,
 * so that no quoted string needs to be understood. Their sum is bounded: a flood of extensions
 * costs a server more than it costs the sender.
 */
#include "hc/http.h"
#include "hc/scan.h"

enum state {
    SIZE,
    SIZE_SPACE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    LINE,
    NAME,
    VALUE,
    VALUE_LF,
    END_LF,
};

enum { DIGITS_MAX = 16 };

void hc_chunked_init(struct hc_chunked *chunked, uint64_t body_max)
{
    *chunked = (struct hc_chunked){.body_max = body_max};
}

static enum hc_parse bad(struct hc_chunked *chunked, int status, const char *reason)
{
    chunked->status = status;
    chunked->reason = reason;
    return HC_PARSE_BAD;
}

static enum hc_parse go(struct hc_chunked *chunked, enum state state)
{
    chunked->state = (unsigned char)state;
    return HC_PARSE_MORE;
}

static enum hc_parse expect(struct hc_chunked *chunked, char c, char wanted, enum state state)
{
    return c == wanted ? go(chunked, state) : bad(chunked, 400, "bad line end in a chunked body");
}

static enum hc_parse size_step(struct hc_chunked *chunked, char c)
{
    char lower = (char)(c | 0x20);
    unsigned digit = 16;
    if (c >= '0' && c <= '9')
        digit = (unsigned)(c - '0');
    else if (lower >= 'a' && lower <= 'f')
        digit = (unsigned)(lower - 'a') + 10;
    if (digit < 16) {
        if (++chunked->digits > DIGITS_MAX)
            return bad(chunked, 400, "chunk size too long");
        chunked->remaining = chunked->remaining << 4 | digit;
        return HC_PARSE_MORE;
    }
    if (chunked->digits == 0)
        return bad(chunked, 400, "bad chunk size");
    if (chunked->remaining > chunked->body_max - chunked->total)
        return bad(chunked, 413, "body too large");
    if (c == '\r')
        return go(chunked, SIZE_LF);
    if (c == ';')
        return go(chunked, EXTENSION);
    return c == ' ' || c == '\t' ? go(chunked, SIZE_SPACE) : bad(chunked, 400, "bad chunk size");
}

static enum hc_parse extension_step(struct hc_chunked *chunked, char c)
{
    if (++chunked->overhead > HC_CHUNK_EXTENSIONS_MAX)
        return bad(chunked, 400, "chunk extensions too long");
    if (chunked->state == SIZE_SPACE) {
        if (c == ' ' || c == '\t')
            return HC_PARSE_MORE;
        return expect(chunked, c, ';', EXTENSION);
    }
    if (c == '\r')
        return go(chunked, SIZE_LF);
    if (hc_scan_value(&c, &c + 1) == &c)
        return bad(chunked, 400, "control character in a chunk extension");
    return HC_PARSE_MORE;
}

static enum hc_parse size_done(struct hc_chunked *chunked, char c)
{
    bool last = chunked->remaining == 0;
    chunked->digits = 0;
    if (last)
        chunked->overhead = 0;
    return expect(chunked, c, '\n', last ? LINE : DATA);
}

/* Fields that would change what has been read already (RFC 9110, 6.5.1). */
static bool is_forbidden(const struct hc_chunked *chunked)
{
    switch (hc_field_find(hc_bytes(chunked->name, chunked->name_length))) {
    case HC_FIELD_CONTENT_LENGTH:
    case HC_FIELD_HOST:
    case HC_FIELD_TRANSFER_ENCODING: return true;
    default: return false;
    }
}

static enum hc_parse name_step(struct hc_chunked *chunked, char c)
{
    if (c == ':' && chunked->state == NAME)
        return is_forbidden(chunked) ? bad(chunked, 400, "field not allowed in a trailer")
                                     : go(chunked, VALUE);
    if (!hc_is_token_char(c))
        return bad(chunked, 400, "bad trailer field");
    if (chunked->state == LINE)
        chunked->name_length = 0;
    if (chunked->name_length < HC_TRAILER_NAME_MAX)
        chunked->name[chunked->name_length++] = c;
    return go(chunked, NAME);
}

/* LINE is the first byte of a trailer line. */
static enum hc_parse trailer_step(struct hc_chunked *chunked, char c)
{
    if (++chunked->overhead > HC_TRAILER_MAX)
        return bad(chunked, 431, "trailer fields too large");
    if (chunked->state == VALUE) {
        if (c == '\r')
            return go(chunked, VALUE_LF);
        return hc_scan_value(&c, &c + 1) == &c ? bad(chunked, 400, "bad trailer field")
                                              : HC_PARSE_MORE;
    }
    if (chunked->state == LINE && c == '\r')
        return go(chunked, END_LF);
    return name_step(chunked, c);
}

static enum hc_parse step(struct hc_chunked *chunked, char c)
{
    switch ((enum state)chunked->state) {
    case SIZE: return size_step(chunked, c);
    case SIZE_SPACE:
    case EXTENSION: return extension_step(chunked, c);
    case SIZE_LF: return size_done(chunked, c);
    case DATA_CR: return expect(chunked, c, '\r', DATA_LF);
    case DATA_LF: return expect(chunked, c, '\n', SIZE);
    case LINE:
    case NAME:
    case VALUE: return trailer_step(chunked, c);
    case VALUE_LF: return expect(chunked, c, '\n', LINE);
    case END_LF:
        return c == '\n' ? HC_PARSE_OK : bad(chunked, 400, "bad line end in a chunked body");
    case DATA: break;
    }
    return bad(chunked, 400, "bad chunked body");
}

static size_t take_data(struct hc_chunked *chunked, const char *in, size_t length, char *out)
{
    size_t count = chunked->remaining < length ? (size_t)chunked->remaining : length;
    if (out != in)
        memmove(out, in, count);
    chunked->remaining -= count;
    chunked->total += count;
    if (chunked->remaining == 0)
        go(chunked, DATA_CR);
    return count;
}

enum hc_parse hc_chunked_decode(struct hc_chunked *chunked, const char *in, size_t length,
                                char *out, size_t *consumed, size_t *produced)
{
    enum hc_parse result = HC_PARSE_MORE;
    size_t at = 0, written = 0;
    while (at < length && result == HC_PARSE_MORE) {
        if (chunked->state == DATA) {
            size_t count = take_data(chunked, in + at, length - at, out + written);
            at += count;
            written += count;
        } else {
            result = step(chunked, in[at]);
            at += result != HC_PARSE_BAD;
        }
    }
    *consumed = at;
    *produced = written;
    return result;
}
