#include "http/access_line.h"

#include <stdio.h>
#include <unistd.h>

#include "http/core.h"

enum { USER_MAX = 192, NS_PER_US = 1000 };

static void put(struct hc__line *line, struct hc_bytes bytes)
{
    if (line->length < line->room && bytes.length > 0) {
        size_t room = line->room - line->length;
        memcpy(line->at + line->length, bytes.at, bytes.length < room ? bytes.length : room);
    }
    line->length += bytes.length;
}

static void put_text(struct hc__line *line, const char *text)
{
    put(line, hc_bytes_of(text));
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Quotes, backslashes and what is not printable ASCII: \xHH, or \u00HH in JSON. */
static void put_escaped(struct hc__line *line, struct hc_bytes text, bool json)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.at[i];
        char byte[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
        char wide[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
        if (is_plain(c))
            put(line, hc_bytes(&text.at[i], 1));
        else
            put(line, json ? hc_bytes(wide, sizeof wide) : hc_bytes(byte, sizeof byte));
    }
}

/* What a client or an application has chosen; "-" for nothing. */
static void put_field(struct hc__line *line, const struct hc__entry *entry, struct hc_bytes text)
{
    if (text.length == 0)
        put_text(line, "-");
    put_escaped(line, text, entry->json);
}

static void put_number(struct hc__line *line, uint64_t number)
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);
    put(line, hc_bytes(digits, (size_t)length));
}

/* What either kind of entry knows. */

static struct hc_bytes method_of(const struct hc__entry *entry)
{
    return entry->request ? entry->request->method : entry->refusal->method;
}

static struct hc_bytes target_of(const struct hc__entry *entry)
{
    return entry->request ? entry->request->target : entry->refusal->target;
}

static struct hc_bytes peer_of(const struct hc__entry *entry)
{
    return entry->request ? entry->request->peer : entry->refusal->peer;
}

static struct hc_bytes protocol_of(const struct hc__entry *entry)
{
    if (!entry->request)
        return hc_bytes(NULL, 0);
    return hc_bytes_of(entry->request->minor ? "HTTP/1.1" : "HTTP/1.0");
}

static uint64_t status_of(const struct hc__entry *entry)
{
    if (!entry->request)
        return (uint64_t)entry->refusal->status;
    int status = hc_request_status(entry->request);
    return status ? (uint64_t)status : 500; /* what `release` will answer */
}

static uint64_t bytes_of(const struct hc__entry *entry)
{
    return entry->request ? hc_request_body_sent(entry->request) : 0;
}

static struct hc_bytes request_field(const struct hc__entry *entry, struct hc_bytes name)
{
    const struct hc_request *request = entry->request;
    for (size_t i = 0; request && i < request->header_count; i++)
        if (hc_bytes_equal_nocase(request->headers[i].name, name))
            return request->headers[i].value;
    return hc_bytes(NULL, 0);
}

/* "Name: value\r\n" at `at`: the value if it is this name's. */
static bool is_field(struct hc_bytes text, struct hc_bytes name, struct hc_bytes *value)
{
    if (text.length < name.length + 2 || text.at[name.length] != ':' ||
        !hc_bytes_equal_nocase(hc_bytes(text.at, name.length), name))
        return false;
    *value = hc_bytes(text.at + name.length + 2, text.length - name.length - 2);
    return true;
}

/* From the head as it was sent; what follows it in the buffer is the body. */
static struct hc_bytes response_field(const struct hc__entry *entry, struct hc_bytes name)
{
    const struct hc_exchange *exchange = (const struct hc_exchange *)(uintptr_t)entry->request;
    struct hc_bytes value = {NULL, 0};
    if (!exchange || !exchange->started)
        return value;
    const char *at = exchange->head.data, *end = at + exchange->head.length, *stop;
    for (; (stop = memchr(at, '\r', (size_t)(end - at))) != NULL && stop > at; at = stop + 2)
        if (is_field(hc_bytes(at, (size_t)(stop - at)), name, &value))
            break;
    return value;
}

static uint64_t microseconds(const struct hc__entry *entry)
{
    if (!entry->request || entry->now_ns < entry->request->started_ns)
        return 0;
    return (entry->now_ns - entry->request->started_ns) / NS_PER_US;
}

static void put_seconds(struct hc__line *line, uint64_t micros)
{
    char text[32];
    int length = snprintf(text, sizeof text, "%llu.%06llu", (unsigned long long)(micros / 1000000),
                          (unsigned long long)(micros % 1000000));
    put(line, hc_bytes(text, (size_t)length));
}

static void put_request(struct hc__line *line, const struct hc__entry *entry)
{
    put_field(line, entry, method_of(entry));
    put_text(line, " ");
    put_field(line, entry, target_of(entry));
    if (entry->request)
        put_text(line, " ");
    put(line, protocol_of(entry));
}

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The user of "Basic dXNlcjpwYXNzd29yZA==" (RFC 7617); the password is not decoded further. */
static void put_user(struct hc__line *line, const struct hc__entry *entry)
{
    struct hc_bytes field = request_field(entry, hc_bytes_of("authorization"));
    char user[USER_MAX];
    size_t length = 0;
    unsigned bits = 0, held = 0;
    if (field.length > 6 && hc_bytes_equal_nocase(hc_bytes(field.at, 6), hc_bytes_of("basic "))) {
        for (size_t i = 6; i < field.length && length < USER_MAX; i++) {
            int value = sextet(field.at[i]);
            if (value < 0)
                break;
            held = (held << 6 | (unsigned)value) & 0xffff;
            bits += 6;
            if (bits < 8)
                continue;
            bits -= 8;
            user[length] = (char)(held >> bits & 0xff);
            if (user[length] == ':')
                break;
            length++;
        }
    }
    put_field(line, entry, hc_bytes(user, length));
}

static void put_time(struct hc__line *line, enum hc_access_kind kind, uint64_t micros)
{
    if (kind == HC_ACCESS_SECONDS)
        put_number(line, micros / 1000000);
    else if (kind == HC_ACCESS_MILLISECONDS)
        put_number(line, micros / 1000);
    else if (kind == HC_ACCESS_MICROSECONDS)
        put_number(line, micros);
    else
        put_seconds(line, micros);
}

static void put_reason(struct hc__line *line, const struct hc__entry *entry)
{
    if (entry->refusal)
        put_escaped(line, hc_bytes_of(entry->refusal->reason), entry->json);
}

/* What only a request that was understood has. */
static void put_part(struct hc__line *line, const struct hc_access_piece *piece,
                     const struct hc__entry *entry)
{
    const struct hc_request *request = entry->request;
    switch (piece->kind) {
    case HC_ACCESS_REQUEST_FIELD:
        put_field(line, entry, request_field(entry, piece->text));
        break;
    case HC_ACCESS_RESPONSE_FIELD:
        put_field(line, entry, response_field(entry, piece->text));
        break;
    case HC_ACCESS_TARGET: put_field(line, entry, target_of(entry)); break;
    case HC_ACCESS_PATH:
        put_escaped(line, request ? request->path : hc_bytes_of("-"), entry->json);
        break;
    case HC_ACCESS_QUERY:
        put_escaped(line, request ? request->query : hc_bytes_of("-"), entry->json);
        break;
    default: put_time(line, piece->kind, microseconds(entry));
    }
}

static void put_piece(struct hc__line *line, const struct hc_access_piece *piece,
                      const struct hc__entry *entry)
{
    switch (piece->kind) {
    case HC_ACCESS_TEXT: put(line, piece->text); break;
    case HC_ACCESS_PEER: put_field(line, entry, peer_of(entry)); break;
    case HC_ACCESS_USER: put_user(line, entry); break;
    case HC_ACCESS_STAMP: put_text(line, entry->stamp); break;
    case HC_ACCESS_ISO: put_text(line, entry->iso); break;
    case HC_ACCESS_REQUEST: put_request(line, entry); break;
    case HC_ACCESS_METHOD: put_field(line, entry, method_of(entry)); break;
    case HC_ACCESS_PROTOCOL: put_field(line, entry, protocol_of(entry)); break;
    case HC_ACCESS_STATUS: put_number(line, status_of(entry)); break;
    case HC_ACCESS_BYTES: put_number(line, bytes_of(entry)); break;
    case HC_ACCESS_PROCESS: put_number(line, (uint64_t)getpid()); break;
    case HC_ACCESS_REASON: put_reason(line, entry); break;
    default: put_part(line, piece, entry);
    }
}

void hc__line_write(struct hc__line *line, const struct hc_access_piece *pieces, size_t count,
                    const struct hc__entry *entry)
{
    for (size_t i = 0; i < count; i++)
        put_piece(line, &pieces[i], entry);
    if (entry->refusal && !entry->json) {
        put_text(line, " (");
        put_reason(line, entry);
        put_text(line, ")");
    }
    put_text(line, "\n");
}
