/*
 * WSGI: what the files of the WSGI server share (PEP 3333 over hc/server.h).
 *
 *     server.c        the Server type: the threads' loop, errors
 *     server_options.c  its keywords
 *     wsgi_environ.c  request → environ
 *     wsgi_forwarded.c  what a proxy in front may say
 *     wsgi_input.c    wsgi.input
 *     wsgi_start.c    start_response and write
 *     wsgi_body.c     what the application returned → response
 *     wsgi_file.c     wsgi.file_wrapper
 *     edge.c          static files, and files that the application names
 *
 * Thread-safety: everything here needs the GIL, but hcb_exchange_deliver, which wants it released.
 * Ownership: an exchange belongs to the thread that runs it, for the thread's life; what it
 * borrows from a request is let go before the request is released.
 * Fork: the engine's server refuses to be used in a child; nothing here knows better.
 */
#ifndef HCB_WSGI_H
#define HCB_WSGI_H

#include "module.h"

#include <stdbool.h>

#include "hc/edge.h"
#include "hc/server.h"

enum hcb_name {
    NAME_REQUEST_METHOD,
    NAME_PATH_INFO,
    NAME_QUERY_STRING,
    NAME_RAW_URI,
    NAME_SERVER_PROTOCOL,
    NAME_REMOTE_ADDR,
    NAME_REMOTE_PORT,
    NAME_HTTP_HOST,
    NAME_CONTENT_LENGTH,
    NAME_WSGI_INPUT,
    NAME_HTTP_1_0,
    NAME_CLOSE,
    NAME_READ,
    NAME_EXC_INFO,
    NAME_EARLY_HINTS,
    NAME_URL_SCHEME,
    NAME_SCRIPT_NAME,
    NAME_FILENO,
    NAME_TELL,
    NAME_FLUSH,
    NAME_COUNT
};

/* start_response, and the head it was given. One for each thread, unless an application keeps it. */
struct hcb_starter {
    PyObject_HEAD
    vectorcallfunc call;
    struct hc_request *request; /* NULL outside a request */
    PyObject *write;            /* the bound method that start_response returns */
    PyObject *hints;            /* the bound method that is wsgi.early_hints */
    PyObject *status_line;      /* str; `reason` points into it */
    PyObject *headers;          /* tuple; `pairs` point into its strings */
    struct hc_pair *pairs;
    size_t pair_count;
    size_t pair_room;
    struct hc_bytes reason;
    int status;             /* 0 until start_response was called */
    int64_t content_length; /* of the application's own header, -1 for none */
};

/* When a request passed on: handed out by the loop, with the GIL, out of Python (ns). */
struct hcb_moments {
    uint64_t handed_ns, entered_ns, left_ns;
};

/* One request on its way through Python. */
struct hcb_exchange {
    struct hcb_wsgi_state *state;
    struct hcb_starter *starter;
    struct hc_request *request;
    struct hc_edge *edge;    /* for redirects; NULL when there are none */
    struct hc_bytes *pieces; /* what respond is to send, when `deliver` */
    size_t piece_count;
    size_t piece_room;
    PyObject *kept; /* keeps the pieces alive */
    bool deliver;
    struct hcb_moments moments; /* kept when there are metrics */
};

/* Makes environs. Remembers the last value of fields that hardly ever change. */
struct hcb_environ {
    struct hcb_wsgi_state *state;
    PyObject *bases; /* tuple of dict, one for each listener; see serve/_environ.py */
    struct hcb_forwarding *forwarding; /* may be NULL */
    PyObject *recent[HC_FIELD_COUNT];
    PyObject *recent_peer;
};

/* NULL with an exception, or without one: the request is to be answered with *refused. */
PyObject *hcb_environ_make(struct hcb_environ *maker, const struct hc_request *request,
                           PyObject *input, PyObject *hints, int *refused);
/* What becomes of a field whose name has an underscore. */
enum hcb_verdict { HCB_TAKE, HCB_DROP, HCB_REFUSE };
struct hcb_forwarding;
enum hcb_verdict hcb_forwarding_underscore(const struct hcb_forwarding *forwarding,
                                           const struct hc_request *request, struct hc_bytes name);
/* Scheme and script name. -1 with an exception, or without one and *refused set to a status. */
int hcb_forwarding_apply(const struct hcb_forwarding *forwarding, struct hcb_wsgi_state *state,
                         PyObject *dict, const struct hc_request *request, int *refused);
/* A new reference from a Forwarding or None. */
int hcb_forwarding_take(struct hcb_wsgi_state *state, PyObject *object,
                        struct hcb_forwarding **forwarding);
int hcb_environ_traverse(struct hcb_environ *maker, visitproc visit, void *arg);
void hcb_environ_clear(struct hcb_environ *maker);

/* A new reference: an input over the request's body, or the one that is always empty. */
PyObject *hcb_input_open(struct hcb_wsgi_state *state, const struct hc_request *request);
/* The request is over: reading raises from now on. */
void hcb_input_end(struct hcb_wsgi_state *state, PyObject *input);

struct hcb_starter *hcb_starter_create(struct hcb_wsgi_state *state);
void hcb_starter_begin(struct hcb_starter *starter, struct hc_request *request);
/* The request is over for the application; the head is kept until `end`. */
void hcb_starter_close(struct hcb_starter *starter);
/* Forgets the head. False: somebody else still holds it, make another. */
bool hcb_starter_end(struct hcb_starter *starter);
void hcb_starter_destroy(struct hcb_starter *starter);
/* Gives the head to the engine. -1 with an exception. */
int hcb_starter_head(struct hcb_starter *starter);
/* Sends a piece of the body, the head before it; releases the GIL. -1 with an exception. */
int hcb_starter_write(struct hcb_starter *starter, PyObject *data);

/* Sends what the application returned, or leaves it in the exchange for `deliver`; calls its
 * close(). -1 with an exception; the response may then be half sent. Does not steal `result`. */
int hcb_body_send(struct hcb_exchange *exchange, PyObject *result);
/* From tuples of (prefix, directory), each may be NULL. -1 with an exception. */
int hcb_edge_create(PyObject *files, PyObject *redirects, struct hc_edge **edge);
/* Whether the head names a file that is to be sent in place of the body. */
bool hcb_exchange_redirects(const struct hcb_exchange *exchange);
/* Sends it; needs no GIL. */
enum hc_err hcb_exchange_redirect(struct hcb_exchange *exchange);

/* hc_request_respond with what hcb_body_send has left; needs no GIL. */
enum hc_err hcb_exchange_deliver(struct hcb_exchange *exchange);

/* Whether `result` is a file wrapper over a regular file that nobody reads but by its descriptor;
 * the part is what is left of it. */
int hcb_file_wrapper_part(struct hcb_wsgi_state *state, PyObject *result,
                          struct hc_file_part *part);

int hcb_input_add(PyObject *module, struct hcb_wsgi_state *state);
int hcb_starter_add(PyObject *module, struct hcb_wsgi_state *state);
int hcb_file_wrapper_add(PyObject *module, struct hcb_wsgi_state *state);
/* Counters in memory that Python has mapped; a buffer, held. NULL with an exception. */
struct hcb_metrics;
struct hcb_metrics *hcb_metrics_create(PyObject *memory);
void hcb_metrics_destroy(struct hcb_metrics *metrics);
/* A request that was answered and is not released yet. Needs no GIL. */
void hcb_metrics_add(struct hcb_metrics *metrics, const struct hc_request *request,
                     const struct hcb_moments *moments);
/* A file that was sent without the application; NULL is allowed. */
void hcb_metrics_add_file(struct hcb_metrics *metrics);

struct hc_access;
/* -1 with an exception. */
int hcb_access_set_format(struct hc_access *access, PyObject *pieces, bool json);

int hcb_forwarding_add(PyObject *module, struct hcb_wsgi_state *state);
int hcb_server_add(PyObject *module, struct hcb_wsgi_state *state);

#endif
