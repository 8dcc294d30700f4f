/*
 * Server: HTTP/1.1 over TCP or Unix sockets, pulled one complete request at a time.
 *
 *     hc_server_next ──► request ──► hc_request_respond ─────────────┐
 *           ▲                  └──► start, write …, finish ──────────┤
 *           └──────────────────────────────── hc_request_release ◄───┘
 *
 * `next` runs the event loop (accepting, parsing, time-outs, flushing) until a request has
 * arrived whole. Malformed requests, limits and time-outs are answered inside.
 *
 * Thread-safety: `next` may be called from any thread; one at a time runs the loop. The others
 * wait, and one of them goes on when a request keeps that one away for longer than a millisecond
 * or two (hc/role.h). While requests are out, whoever has the loop answers or queues all that has
 * come before it leaves with another. With held_max requests handed out, further ones wait in a
 * queue that nobody overtakes, and the loop goes on: so there should be one thread more than may
 * have a request. While requests wait, fewer are handed out where those who have one use up a
 * processor, but always one beside those that sleep or have long computed (hc/runners.h).
 * Meanwhile connections are left to other workers for accept_pause_ms.
 * Each answer that is sent wakes its client; on a machine that has clients of its own, a proxy's
 * say, that is dear. With `together_us` the short answers of quick requests wait for one another
 * while one thread works off what a poll has brought; see together.c.
 * A request may be answered from any thread, also while another is in `next`,
 * but by one thread at a time. `wake` and `drain` may be called from anywhere, signal handlers
 * included. `create` and `destroy` belong to one thread, with nobody else inside.
 * Ownership: the caller owns the listeners. Everything a request points to is borrowed until
 * `hc_request_release`, or hc_request_release_for_next, one of which must be called exactly once for each
 * request, before `destroy`.
 * What is passed to a respond function may be freed when it returns.
 * Fork: create the server after fork(), one in each worker, over inherited listeners: workers
 * share them (EPOLLEXCLUSIVE). In a child of the process that made it, `next` answers HC_FORKED,
 * also where it comes with a release, and `destroy` frees memory and closes descriptors without
 * touching the parent's connections.
 */
#ifndef HC_SERVER_H
#define HC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hc/alloc.h"
#include "hc/bytes.h"
#include "hc/err.h"
#include "hc/field.h"
#include "hc/network.h"

struct hc_server;

/* One header field of a request. The name is as it was sent; the value has no outer whitespace.
 * Names with an underscore are passed on: a binding that maps '-' to '_' has to drop them. */
struct hc_header {
    struct hc_bytes name;
    struct hc_bytes value;
    enum hc_field field;
};

/* One header field of a response. */
struct hc_pair {
    struct hc_bytes name;
    struct hc_bytes value;
};

/* A complete request; read only. */
struct hc_request {
    struct hc_bytes method;
    struct hc_bytes target;   /* as sent, for logs */
    struct hc_bytes path;     /* percent-decoded, begins with '/'; "*" for OPTIONS * */
    struct hc_bytes raw_path; /* the same part of the target, not decoded */
    struct hc_bytes query;    /* without '?', not decoded */
    struct hc_bytes host;     /* authority of an absolute target, else the Host field; may be empty */
    unsigned minor;           /* HTTP/1.minor: 0 or 1 */
    bool is_head;             /* the method is HEAD */
    bool chunked;             /* the body came in chunks: body_length is its decoded length */
    const struct hc_header *headers; /* in order, duplicates kept */
    size_t header_count;
    uint64_t body_length;
    struct hc_bytes body; /* the whole body, when body_fd is -1 */
    int body_fd;          /* else: an unlinked file of body_length bytes, to be read from offset 0 */
    struct hc_bytes peer; /* "192.0.2.1", "2001:db8::1"; empty on a Unix socket */
    uint16_t peer_port;
    size_t listener;     /* which of the configured listeners it came through */
    uint64_t started_ns; /* CLOCK_MONOTONIC, when its last byte was read */
};

/* What the engine answered by itself. */
struct hc_refusal {
    int status;              /* 400, 403, 408, 413, 414, 417, 431, 500, 501, 503, 505 */
    const char *reason;      /* static text, e.g. "space before colon" */
    struct hc_bytes method;  /* empty when it was not understood */
    struct hc_bytes target;  /* empty when it was not understood */
    struct hc_bytes peer;
    uint16_t peer_port;
};

/* Fill with `hc_server_config_init`, then change. Copied by `create` (texts too). */
struct hc_server_config {
    const struct hc_alloc *alloc; /* NULL: the C library */
    const int *listeners;         /* bound and listening; made non-blocking */
    size_t listener_count;
    int interrupt_fd; /* -1, or: `next` answers HC_INTERRUPTED while this is readable */

    bool headers_checked;       /* false; names and values of responses need not be looked at */
    const char *name;           /* of the Server field; default "hotclub"; "" leaves it out */
    const char *body_directory; /* where large bodies are kept; default "/tmp" */

    size_t max_connections; /* 1000; beyond it connections wait in the backlog */
    size_t line_max;        /* 8190 bytes of request line, else 414 */
    size_t header_count_max; /* 100 fields, else 431 */
    size_t header_max;      /* 65536 bytes of fields, else 431 */
    size_t field_max;       /* 0: no limit; bytes of one field, its end included, else 431 */
    uint64_t body_max;      /* 1 GiB, else 413 */
    size_t body_memory;     /* 256 KiB; a longer body goes to a file */
    size_t out_max;         /* 1 MiB waiting for a slow client in memory */
    uint64_t spool_max;     /* 0; more of it waits in a file, up to this; beyond it writers block. A
                             * client that takes nothing for 10 ms is slow: only then anything waits */
    size_t parked_max;      /* no limit; when so many block, one more gives its client up */

    unsigned together_us;   /* 0; a short answer may wait so long for the next ones, while more
                             * requests are at hand and each takes a fraction of it. Needs another
                             * thread in `next`, which sends them when one takes longer */

    size_t held_max;        /* 0: no limit; so many requests are handed out at a time at most */
    size_t held_first;      /* 0: as held_max; so many before it has been seen what they use */
    size_t queue_max;       /* 0: no limit; so many wait for their turn, else 503 */
    unsigned retry_after;   /* 1 s, what a 503 says; 0: nothing */
    unsigned accept_pause_ms; /* 5; 0: nobody else listens, accept at once */

    unsigned header_timeout_ms;     /* 10 s from first byte to end of header: 408 */
    unsigned body_timeout_ms;       /* 30 s between two reads of a body: 408 */
    unsigned send_timeout_ms;       /* 30 s in which a client takes nothing: closed */
    unsigned keep_alive_timeout_ms; /* 75 s without a request: closed; 0: no keep-alive */
    unsigned linger_timeout_ms;     /* 2 s to read what an already refused client still sends */

    /* What a proxy says about its client before the first request; see hc/proxy.h. */
    unsigned proxy_protocol; /* 0: nobody is asked; HC_PROXY_V1 | HC_PROXY_V2 */
    const struct hc_network *proxy_networks; /* whom to believe; others get 403 */
    size_t proxy_network_count;

    /* Called inside `next` for each request the engine answered by itself; may be NULL. */
    void (*refused)(void *context, const struct hc_refusal *refusal);
    void *context;

    /* Called inside `next` for each request before it is handed out; may be NULL. True: it has
     * been answered (but not released), and is not handed out. Must not wait for anybody. */
    bool (*answer)(void *context, struct hc_request *request);
    void *answer_context;
};

struct hc_server_counts {
    size_t connections;  /* open now */
    uint64_t accepted;
    uint64_t requests;   /* handed out */
    uint64_t refused;    /* answered by the engine itself */
    bool accepting;      /* false when draining has begun and the listeners are done with */
};

void hc_server_config_init(struct hc_server_config *config);

/* HC_INVALID: no listener, or a limit or time-out of 0. */
HC_MUST_USE enum hc_err hc_server_create(const struct hc_server_config *config,
                                         struct hc_server **server);

/* Closes every connection. NULL is allowed. */
void hc_server_destroy(struct hc_server *server);

/*
 * Waits for the next complete request; timeout_ms -1 waits for ever.
 * HC_OK           *request is yours until released
 * HC_INTERRUPTED  hc_server_wake was called, or a signal came, or interrupt_fd is readable
 * HC_TIMEOUT      timeout_ms went by
 * HC_STOPPED      drained: no connection is left and none will come
 * HC_FORKED, HC_SYSTEM (epoll failed)
 */
HC_MUST_USE enum hc_err hc_server_next(struct hc_server *server, int timeout_ms,
                                       struct hc_request **request);

/* Whether more than one request is handed out now. */
bool hc_server_crowded(const struct hc_server *server);

/* Says that those who were given a request have to wait before they can begin with it (for an
 * interpreter's lock, say). As long as it is so, whoever leaves `next` with a request wakes
 * another thread at once, rather than to let it find out after a millisecond or two. */
void hc_server_contended(struct hc_server *server, bool contended);

/* One call of `next`, running or to come, answers HC_INTERRUPTED. Async-signal-safe. */
void hc_server_wake(struct hc_server *server);

/* Stops accepting and closes idle connections (a new one gets a second for its first request);
 * requests begun are finished, with `Connection: close`. `next` goes on yielding them, then
 * answers HC_STOPPED. Async-signal-safe. */
void hc_server_drain(struct hc_server *server);

void hc_server_counts(struct hc_server *server, struct hc_server_counts *counts);

/*
 * The whole response in one call. `reason` may be empty: the usual phrase. `pieces` are sent one
 * after the other. The engine adds Date, Server, Content-Length and Connection as needed; it
 * leaves out hop-by-hop fields of the application (`Connection: close` is obeyed) and the body
 * where there can be none (HEAD, 204, 304). Of a body longer than its own Content-Length the
 * rest is cut off; after a shorter one the connection is closed (HC_SHORT).
 * HC_INVALID      status or header not fit to be sent (CR, LF, NUL, bad name or length): nothing
 *                 was sent, another response may be tried
 * HC_LIMIT        the head would be larger than 1 MiB: as HC_INVALID
 * HC_STATE        a response was started before
 * HC_CLOSED, HC_TIMEOUT   the client is gone, or takes nothing: the connection will be closed
 * HC_NOMEM
 */
HC_MUST_USE enum hc_err hc_request_respond(struct hc_request *request, int status,
                                           struct hc_bytes reason, const struct hc_pair *headers,
                                           size_t header_count, const struct hc_bytes *pieces,
                                           size_t piece_count);

/* Bytes of a regular file. */
struct hc_file_part {
    int fd;
    uint64_t offset;
    uint64_t length;
};

/* The whole response, its body out of a file. The descriptor stays the caller's and may be closed
 * when this returns; what the client has not taken by then is sent by the loop. The connection is
 * cut off when the file turns out to be shorter. Errors as above. */
HC_MUST_USE enum hc_err hc_request_respond_file(struct hc_request *request, int status,
                                                struct hc_bytes reason,
                                                const struct hc_pair *headers, size_t header_count,
                                                const struct hc_file_part *part);

/* An informational response (RFC 9110, 15.2), as 103 (Early Hints), before the response proper.
 * Nothing is sent to HTTP/1.0 clients. HC_INVALID: not 102 to 199, or bad fields; HC_STATE: the
 * head has gone. */
HC_MUST_USE enum hc_err hc_request_inform(struct hc_request *request, int status,
                                          const struct hc_pair *headers, size_t header_count);

/* The same in parts. `start` sends nothing yet: the head leaves with the first write. Without a
 * Content-Length among the headers the body is chunked (HTTP/1.0: ends with the connection). */
HC_MUST_USE enum hc_err hc_request_start(struct hc_request *request, int status,
                                         struct hc_bytes reason, const struct hc_pair *headers,
                                         size_t header_count);
/* Sends at once; empty data is allowed and sends the head alone. Blocks while more than out_max
 * bytes wait for the client. */
HC_MUST_USE enum hc_err hc_request_write(struct hc_request *request, struct hc_bytes data);
/* No more will be written. HC_SHORT: fewer bytes than the Content-Length. */
HC_MUST_USE enum hc_err hc_request_finish(struct hc_request *request);

/* Whether `start` or `respond` was accepted. Until then an error page can still be sent. */
bool hc_request_started(const struct hc_request *request);
/* Whether anything has been given to the connection: from then on the head cannot be changed;
 * before it, `start` may be called again and replaces the former one (PEP 3333, exc_info). */
bool hc_request_sent(const struct hc_request *request);
/* False once the client is known to be gone. */
bool hc_request_alive(const struct hc_request *request);
/* For the access log: the status (0 when none) and the bytes of body sent or queued. */
int hc_request_status(const struct hc_request *request);
uint64_t hc_request_body_sent(const struct hc_request *request);

/* Answers a request that somebody else holds, if its answer has not begun, and closes the
 * connection; whatever the holder sends later is HC_CLOSED to it. The one function here that may
 * run beside another on the same request; it must not be released meanwhile. HC_STATE: something
 * has been sent already. */
HC_MUST_USE enum hc_err hc_request_abandon(struct hc_request *request, int status,
                                           const char *reason);

/* Hands the connection back to the loop. Without a response the engine answers 500; one that is
 * not finished is cut off by closing the connection. */
void hc_request_release(struct hc_request *request);

/* hc_request_release and hc_server_next in one: where others wait, the turn stays with the calling
 * thread, and no other thread, the one with the loop say, gets in between. Both then change places,
 * which costs more than a quick request. */
HC_MUST_USE enum hc_err hc_request_release_for_next(struct hc_request *request, int timeout_ms,
                                                    struct hc_request **next);

#endif
