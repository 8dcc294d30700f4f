/*
 * Response: the status line and header section of an HTTP/1.1 response, and how its body is
 * framed (RFC 9110, 6.4 and 8.6; RFC 9112, 6).
 *
 * Thread-safety: pure but for the caller's buffer; the date cache may be shared.
 * Ownership: everything is the caller's.
 * Fork: plain memory.
 */
#ifndef HC_RESPONSE_H
#define HC_RESPONSE_H

#include "hc/buffer.h"
#include "hc/clock.h"
#include "hc/server.h"

/* What the response answers, and over what. */
struct hc_response_to {
    struct hc_bytes server; /* value of the Server field; empty leaves it out */
    struct hc_date *date;
    unsigned minor; /* of the request's HTTP/1.x */
    bool is_head;
    bool keep_alive; /* the connection may go on */
    bool checked;    /* the caller answers for names and values */
};

/* How the body is sent. */
struct hc_framing {
    uint64_t length; /* of the body, when has_length */
    bool has_length;
    bool chunked;
    bool bodyless; /* none follows, whatever the application writes */
    bool close;    /* the connection ends with this response */
};

/*
 * Appends the head to `out`. `body_length` is that of the whole body where it is known, else
 * NULL. HC_INVALID for what must not be sent, HC_NOMEM, HC_LIMIT: nothing is appended then.
 */
HC_MUST_USE enum hc_err hc_response_head(const struct hc_response_to *to, int status,
                                         struct hc_bytes reason, const struct hc_pair *headers,
                                         size_t header_count, const uint64_t *body_length,
                                         struct hc_buffer *out, struct hc_framing *framing);

/* Appends an interim response (RFC 9110, 15.2); errors as above. */
HC_MUST_USE enum hc_err hc_response_interim(int status, const struct hc_pair *headers,
                                            size_t header_count, struct hc_buffer *out);

/* The usual reason phrase; empty for a status without one. */
struct hc_bytes hc_status_phrase(int status);

enum { HC_CHUNK_HEAD_MAX = 18 };

/* Size and CR LF that go before a chunk; returns their length, at most HC_CHUNK_HEAD_MAX. */
size_t hc_chunk_head(uint64_t size, char out[HC_CHUNK_HEAD_MAX]);

#endif
