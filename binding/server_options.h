/*
 * Server options: the keywords of the Server type, checked and with their defaults.
 *
 * Thread-safety: needs the GIL.
 * Ownership: objects are borrowed from the arguments; `networks` is freed by deinit.
 * Fork: plain memory.
 */
#ifndef HCB_SERVER_OPTIONS_H
#define HCB_SERVER_OPTIONS_H

#include "module.h"

#include "hc/server.h"

struct hcb_options {
    PyObject *application, *on_error, *forwarding;
    PyObject *environs, *listeners; /* tuples of the same length, at least 1 */
    const char *temporary;          /* NULL: /tmp */
    const char *health;             /* NULL: none */
    double keep_alive, header_timeout, body_timeout, send_timeout;
    Py_ssize_t threads, max_threads, connections, line, headers, fields, field_size, body_memory;
    Py_ssize_t queue, retry_after;
    unsigned long long body, spool, max_requests;
    int access_log, wake_fd, shared;
    unsigned proxy_protocol;
    PyObject *proxy_networks;    /* NULL or a tuple */
    PyObject *files, *redirects; /* NULL, or tuples of (prefix, directory) */
    struct hc_network *networks; /* what proxy_networks says */
};

/* -1 with an exception; nothing is left then. */
int hcb_options_parse(PyObject *args, PyObject *kwargs, struct hcb_options *options);
void hcb_options_deinit(struct hcb_options *options);

/* All of the engine's configuration but listeners and callbacks. */
void hcb_options_config(const struct hcb_options *options, struct hc_server_config *config);

#endif
