#include "server_options.h"

#include <math.h>

enum { ACCEPT_PAUSE_MS = 5, TURNS_AT_FIRST = 4, TOGETHER_US = 1000 };

static unsigned milliseconds(double seconds)
{
    double limit = 1e9;
    return seconds <= 0 ? 0 : (unsigned)fmin(ceil(seconds * 1000), limit);
}

/* Safe values for whatever is not passed. */
static void init(struct hcb_options *o)
{
    *o = (struct hcb_options){
        .keep_alive = 15,
        .header_timeout = 20,
        .body_timeout = 30,
        .send_timeout = 30,
        .threads = 1,
        .connections = 10000,
        .line = 8192,
        .headers = 65536,
        .fields = 100,
        .body_memory = 1 << 20,
        .body = 1 << 30,
        .spool = 1 << 30,
        .retry_after = 1,
        .wake_fd = -1,
        .shared = 1,
        .forwarding = Py_None,
    };
}

static int parse(PyObject *args, PyObject *kwargs, struct hcb_options *o)
{
    static char *keywords[] = {
        "application", "listeners", "environs", "on_error", "threads", "max_threads", "access_log",
        "wake",
        "keep_alive", "header_timeout", "body_timeout", "send_timeout", "max_requests",
        "limit_connections", "limit_request_line", "limit_request_headers",
        "limit_request_fields", "limit_request_body", "body_memory", "temporary",
        "limit_request_field_size", "proxy_protocol", "proxy_networks", "spool_limit", "forwarding",
        "static", "redirects", "queue_limit", "retry_after", "health_path", "shared", NULL,
    };
    return PyArg_ParseTupleAndKeywords(
               args, kwargs, "OO!O!O|$nnpiddddKnnnnKnznIO!KOO!O!nnzp:Server", keywords,
               &o->application, &PyTuple_Type, &o->listeners, &PyTuple_Type, &o->environs,
               &o->on_error, &o->threads, &o->max_threads, &o->access_log, &o->wake_fd, &o->keep_alive,
               &o->header_timeout, &o->body_timeout, &o->send_timeout, &o->max_requests,
               &o->connections, &o->line, &o->headers, &o->fields, &o->body, &o->body_memory,
               &o->temporary, &o->field_size, &o->proxy_protocol, &PyTuple_Type,
               &o->proxy_networks, &o->spool, &o->forwarding, &PyTuple_Type, &o->files,
               &PyTuple_Type, &o->redirects, &o->queue, &o->retry_after, &o->health, &o->shared)
               ? 0
               : -1;
}

static Py_ssize_t least(const Py_ssize_t *numbers, size_t count)
{
    Py_ssize_t result = numbers[0];
    for (size_t i = 1; i < count; i++)
        result = numbers[i] < result ? numbers[i] : result;
    return result;
}

static int check(const struct hcb_options *o)
{
    Py_ssize_t count = PyTuple_GET_SIZE(o->environs);
    const char *wrong = NULL;
    if (count == 0 || count != PyTuple_GET_SIZE(o->listeners))
        wrong = "there must be one environ for each listener, and at least one";
    for (Py_ssize_t i = 0; i < count && wrong == NULL; i++)
        if (!PyDict_CheckExact(PyTuple_GET_ITEM(o->environs, i)))
            wrong = "each environ must be a dict";
    const Py_ssize_t positive[] = {o->threads, o->connections, o->line, o->headers, o->fields};
    const Py_ssize_t others[] = {o->body_memory, o->field_size, o->queue, o->retry_after};
    if (least(positive, sizeof positive / sizeof positive[0]) < 1
        || least(others, sizeof others / sizeof others[0]) < 0)
        wrong = "threads and limits must be positive";
    if (o->max_threads != 0 && o->max_threads < o->threads)
        wrong = "max_threads must not be less than threads";
    if (wrong == NULL)
        return 0;
    PyErr_SetString(PyExc_ValueError, wrong);
    return -1;
}

/* "10.0.0.0/8", … → o->networks. */
static int parse_networks(struct hcb_options *o)
{
    Py_ssize_t count = o->proxy_networks == NULL ? 0 : PyTuple_GET_SIZE(o->proxy_networks);
    o->networks = PyMem_Calloc((size_t)count + 1, sizeof *o->networks);
    if (o->networks == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(o->proxy_networks, i);
        const char *text = PyUnicode_AsUTF8(item);
        if (text == NULL)
            return -1;
        if (hc_network_parse(hc_bytes_of(text), &o->networks[i]) != HC_OK) {
            PyErr_Format(PyExc_ValueError, "not an address or a network: %R", item);
            return -1;
        }
    }
    return 0;
}

int hcb_options_parse(PyObject *args, PyObject *kwargs, struct hcb_options *o)
{
    init(o);
    if (parse(args, kwargs, o) == 0 && check(o) == 0 && parse_networks(o) == 0)
        return 0;
    hcb_options_deinit(o);
    return -1;
}

void hcb_options_deinit(struct hcb_options *o)
{
    PyMem_Free(o->networks);
    o->networks = NULL;
}

void hcb_options_config(const struct hcb_options *o, struct hc_server_config *config)
{
    hc_server_config_init(config);
    config->max_connections = (size_t)o->connections;
    config->line_max = (size_t)o->line;
    config->header_max = (size_t)o->headers;
    config->header_count_max = (size_t)o->fields;
    config->field_max = (size_t)o->field_size;
    config->body_max = o->body;
    config->body_memory = (size_t)o->body_memory;
    config->spool_max = o->spool;
    if (o->temporary != NULL)
        config->body_directory = o->temporary;
    config->together_us = TOGETHER_US;
    config->held_max = (size_t)(o->max_threads > 0 ? o->max_threads : o->threads);
    config->held_first = (size_t)(o->threads < TURNS_AT_FIRST ? o->threads : TURNS_AT_FIRST);
    config->parked_max = (size_t)o->threads / 2;
    config->queue_max = (size_t)o->queue;
    config->retry_after = (unsigned)o->retry_after;
    config->accept_pause_ms = o->shared ? ACCEPT_PAUSE_MS : 0;
    config->headers_checked = true; /* by start_response */
    config->proxy_protocol = o->proxy_protocol;
    config->proxy_networks = o->networks;
    config->proxy_network_count =
        o->proxy_networks == NULL ? 0 : (size_t)PyTuple_GET_SIZE(o->proxy_networks);
    config->keep_alive_timeout_ms = milliseconds(o->keep_alive);
    config->header_timeout_ms = milliseconds(o->header_timeout);
    config->body_timeout_ms = milliseconds(o->body_timeout);
    config->send_timeout_ms = milliseconds(o->send_timeout);
}
