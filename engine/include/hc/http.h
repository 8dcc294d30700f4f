/*
 * HTTP: the parser of HTTP/1.x requests, strict by RFC 9112 and RFC 9110.
 *
 * Two machines, fed with what has come so far: one for the head (request line and fields), one
 * for a chunked body. Both may be fed in any pieces: the result is the same as in one. Neither
 * reads a byte that was not given, copies one, or allocates.
 *
 * Thread-safety: none; one thread at a time per parser.
 * Ownership: results point into the caller's bytes and the caller's array of headers. When the
 * bytes have moved between two calls (a buffer that grew), the head parser moves its results.
 * Fork: plain memory.
 */
#ifndef HC_HTTP_H
#define HC_HTTP_H

#include "hc/server.h"

enum hc_parse {
    HC_PARSE_OK,   /* complete */
    HC_PARSE_MORE, /* good so far */
    HC_PARSE_BAD,  /* never; `status` and `reason` say why */
};

struct hc_head_limits {
    size_t line_max;         /* bytes of the request line with its end */
    size_t header_max;       /* bytes of all fields with their ends */
    size_t field_max;        /* bytes of one field with its end; 0: only header_max counts */
    size_t header_count_max; /* elements of the array of headers */
};

enum hc_version { HC_HTTP_1_0, HC_HTTP_1_1 };

/* What the head says. Pointers are into the parsed bytes. */
struct hc_head {
    struct hc_bytes method;
    struct hc_bytes target;
    struct hc_bytes path;  /* not decoded; empty only for an absolute target without one */
    struct hc_bytes query; /* without '?' */
    struct hc_bytes host;
    enum hc_version version;
    size_t header_count;
    uint64_t content_length; /* 0 without one */
    bool chunked;
    bool keep_alive;
    bool expects_continue;
};

struct hc_head_parser {
    struct hc_head head; /* complete after HC_PARSE_OK */
    size_t position;     /* bytes understood; of a bad request, where it is bad */
    int status;          /* of the error response */
    const char *reason;  /* static text */

    struct hc_header *headers;
    struct hc_head_limits limits;
    const char *base;     /* where the bytes were at the last call */
    size_t token;         /* where the current token begins */
    size_t fields;        /* where the fields begin */
    size_t field;         /* where the current field begins */
    unsigned char state;
    unsigned char flags;
    bool authority_target; /* the target named the host, the Host field does not count */
};

/* `headers` has room for limits->header_count_max. */
void hc_head_parser_init(struct hc_head_parser *parser, const struct hc_head_limits *limits,
                         struct hc_header *headers);

/* `data` is the request from its first byte, `length` what has come of it so far. After
 * HC_PARSE_OK `position` is the length of the head. */
HC_MUST_USE enum hc_parse hc_head_parse(struct hc_head_parser *parser, const char *data,
                                        size_t length);

/* The path with its percent-escapes decoded into `out` (at least path.length bytes); an escape
 * that is not two hexadecimal digits stays as it is. Returns the length. */
size_t hc_path_decode(struct hc_bytes path, char *out);

enum {
    HC_CHUNK_EXTENSIONS_MAX = 4096, /* bytes of all chunk extensions of one body */
    HC_TRAILER_MAX = 8192,          /* bytes of the trailer section */
    HC_TRAILER_NAME_MAX = 18,       /* as much of a name as tells the forbidden ones */
};

struct hc_chunked {
    uint64_t total;     /* bytes of body decoded */
    uint64_t remaining; /* of the current chunk; while its size is read, the size so far */
    uint64_t body_max;
    int status;
    const char *reason;
    unsigned overhead; /* bytes of extensions so far, then bytes of trailers */
    unsigned char digits;
    unsigned char state;
    unsigned char name_length; /* of the current trailer field, so far */
    char name[HC_TRAILER_NAME_MAX];
};

void hc_chunked_init(struct hc_chunked *chunked, uint64_t body_max);

/*
 * Takes `length` new bytes from `in` and writes the decoded ones to `out`, which may be `in` or
 * lie before it. *consumed and *produced say how many; after HC_PARSE_OK bytes behind *consumed
 * belong to the next request, after HC_PARSE_BAD the bad byte is at *consumed. Trailer fields
 * are checked and dropped.
 */
HC_MUST_USE enum hc_parse hc_chunked_decode(struct hc_chunked *chunked, const char *in,
                                            size_t length, char *out, size_t *consumed,
                                            size_t *produced);

#endif
