#include "hc/response.h"

#include "hc/scan.h"

/* What the fields of the application said about framing and the connection. */
struct wishes {
    uint64_t length;
    bool has_length;
    bool has_date;
    bool has_server;
    bool close;
};

static char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

static char *put_bytes(char *at, struct hc_bytes bytes)
{
    return bytes.length ? put(at, bytes.at, bytes.length) : at;
}

#define PUT(at, literal) put((at), (literal), sizeof(literal) - 1)

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        *at++ = digits[--count];
    return at;
}

size_t hc_chunk_head(uint64_t size, char out[HC_CHUNK_HEAD_MAX])
{
    size_t count = 1;
    while (count < 16 && size >> (4 * count))
        count++;
    for (size_t i = 0; i < count; i++)
        out[i] = "0123456789abcdef"[size >> (4 * (count - 1 - i)) & 15];
    out[count] = '\r';
    out[count + 1] = '\n';
    return count + 2;
}

static bool value_valid(struct hc_bytes value)
{
    return value.length == 0 ||
           hc_scan_value(value.at, value.at + value.length) == value.at + value.length;
}

static bool pair_valid(const struct hc_pair *pair)
{
    struct hc_bytes name = pair->name;
    return name.length > 0 && hc_scan_token(name.at, name.at + name.length) ==
                                  name.at + name.length && value_valid(pair->value);
}

static bool wants_close(struct hc_bytes list)
{
    const struct hc_bytes wanted = {"close", 5};
    size_t begin = 0;
    for (size_t i = 0; i <= list.length; i++) {
        if (i < list.length && list.at[i] != ',' && list.at[i] != ' ')
            continue;
        if (hc_bytes_equal_nocase(hc_bytes(list.at + begin, i - begin), wanted))
            return true;
        begin = i + 1;
    }
    return false;
}

/* Takes note of a field that the engine itself answers for; *sent tells whether it is sent on.
 * Hop-by-hop fields are not (RFC 9110, 7.6.1): the connection is not the application's. */
static enum hc_err note_field(struct wishes *wishes, const struct hc_pair *pair, bool *sent)
{
    *sent = false;
    switch (hc_field_find(pair->name)) {
    case HC_FIELD_CONTENT_LENGTH:
        if (wishes->has_length || hc_bytes_to_u64(pair->value, &wishes->length))
            return HC_INVALID;
        wishes->has_length = true;
        return HC_OK;
    case HC_FIELD_CONNECTION: wishes->close |= wants_close(pair->value); return HC_OK;
    case HC_FIELD_KEEP_ALIVE:
    case HC_FIELD_PROXY_AUTHENTICATE:
    case HC_FIELD_PROXY_AUTHORIZATION:
    case HC_FIELD_PROXY_CONNECTION:
    case HC_FIELD_TE:
    case HC_FIELD_TRAILER:
    case HC_FIELD_TRANSFER_ENCODING:
    case HC_FIELD_UPGRADE: return HC_OK;
    case HC_FIELD_DATE: wishes->has_date = true; break;
    case HC_FIELD_SERVER: wishes->has_server = true; break;
    default: break;
    }
    *sent = true;
    return HC_OK;
}

static enum hc_err put_fields(char **at, const struct hc_pair *headers, size_t count,
                              struct wishes *wishes, bool checked)
{
    for (size_t i = 0; i < count; i++) {
        bool sent;
        if (!checked && !pair_valid(&headers[i]))
            return HC_INVALID;
        enum hc_err err = note_field(wishes, &headers[i], &sent);
        if (err)
            return err;
        if (!sent)
            continue;
        *at = put_bytes(*at, headers[i].name);
        *at = PUT(*at, ": ");
        *at = put_bytes(*at, headers[i].value);
        *at = PUT(*at, "\r\n");
    }
    return HC_OK;
}

static bool never_has_body(int status)
{
    return status == 204 || status == 205 || status == 304;
}

static void decide(struct hc_framing *framing, const struct hc_response_to *to, int status,
                   const struct wishes *wishes, const uint64_t *body_length)
{
    *framing = (struct hc_framing){.close = !to->keep_alive || wishes->close};
    framing->bodyless = to->is_head || never_has_body(status);
    if (wishes->has_length) {
        framing->has_length = true;
        framing->length = wishes->length;
    } else if (body_length && (!framing->bodyless || (to->is_head && *body_length > 0))) {
        /* An empty body for HEAD says nothing about what GET would bring. */
        framing->has_length = true;
        framing->length = *body_length;
    } else if (!framing->bodyless && to->minor >= 1) {
        framing->chunked = true;
    } else if (!framing->bodyless) {
        framing->close = true;
    }
    if (status == 204) {
        framing->has_length = false;
    } else if (status == 205) {
        framing->has_length = true;
        framing->length = 0;
    }
}

static char *put_own_fields(char *at, const struct hc_response_to *to,
                            const struct wishes *wishes, const struct hc_framing *framing)
{
    if (!wishes->has_server && to->server.length) {
        at = PUT(at, "Server: ");
        at = put_bytes(at, to->server);
        at = PUT(at, "\r\n");
    }
    if (!wishes->has_date) {
        at = PUT(at, "Date: ");
        hc_date_now(to->date, at);
        at = PUT(at + HC_DATE_LENGTH, "\r\n");
    }
    if (framing->has_length) {
        at = PUT(at, "Content-Length: ");
        at = put_number(at, framing->length);
        at = PUT(at, "\r\n");
    } else if (framing->chunked) {
        at = PUT(at, "Transfer-Encoding: chunked\r\n");
    }
    if (framing->close)
        at = PUT(at, "Connection: close\r\n");
    else if (to->minor == 0)
        at = PUT(at, "Connection: keep-alive\r\n");
    return PUT(at, "\r\n");
}

static size_t most_bytes(const struct hc_response_to *to, struct hc_bytes reason,
                         const struct hc_pair *headers, size_t count)
{
    enum { OWN_FIELDS = 256 };
    size_t size = OWN_FIELDS + to->server.length + reason.length;
    for (size_t i = 0; i < count; i++)
        size += headers[i].name.length + headers[i].value.length + 4;
    return size;
}

enum hc_err hc_response_interim(int status, const struct hc_pair *headers, size_t header_count,
                                struct hc_buffer *out)
{
    struct wishes wishes = {0};
    const struct hc_response_to nobody = {.minor = 1};
    if (status <= 101 || status > 199) /* 100 is the engine's, and the protocol does not change */
        return HC_INVALID;
    struct hc_bytes reason = hc_status_phrase(status);
    enum hc_err err = hc_buffer_reserve(out, most_bytes(&nobody, reason, headers, header_count));
    if (err)
        return err;
    char *at = out->data + out->length;
    at = PUT(at, "HTTP/1.1 ");
    at = put_number(at, (uint64_t)status);
    *at++ = ' ';
    at = put_bytes(at, reason);
    at = PUT(at, "\r\n");
    err = put_fields(&at, headers, header_count, &wishes, false);
    if (err || wishes.has_length) /* no content, no length: RFC 9110, 8.6 */
        return HC_INVALID;
    at = PUT(at, "\r\n");
    out->length = (size_t)(at - out->data);
    return HC_OK;
}

enum hc_err hc_response_head(const struct hc_response_to *to, int status, struct hc_bytes reason,
                             const struct hc_pair *headers, size_t header_count,
                             const uint64_t *body_length, struct hc_buffer *out,
                             struct hc_framing *framing)
{
    struct wishes wishes = {0};
    if (status < 200 || status > 999 || !value_valid(reason))
        return HC_INVALID;
    if (reason.length == 0)
        reason = hc_status_phrase(status);
    enum hc_err err = hc_buffer_reserve(out, most_bytes(to, reason, headers, header_count));
    if (err)
        return err;
    char *at = out->data + out->length;
    at = PUT(at, "HTTP/1.1 ");
    at = put_number(at, (uint64_t)status);
    *at++ = ' ';
    at = put_bytes(at, reason);
    at = PUT(at, "\r\n");
    err = put_fields(&at, headers, header_count, &wishes, to->checked);
    if (err)
        return err;
    decide(framing, to, status, &wishes, body_length);
    at = put_own_fields(at, to, &wishes, framing);
    out->length = (size_t)(at - out->data);
    return HC_OK;
}
