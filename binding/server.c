/*
 * Server: the engine's server, running a WSGI application.
 *
 *     run (one call for each thread, for the thread's life)
 *       ├─ advance   without the GIL: send what is left to send, release, wait for the next
 *       └─ serve     with the GIL: environ, the application, its response
 *
 * A thread takes the GIL once for each request and keeps its thread state, so thread-locals (and
 * with them Django's connections) live as long as the thread does.
 */
#include "wsgi.h"

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <structmember.h>
#include <unistd.h>

#include "hc/access.h"
#include "hc/clock.h"
#include "hc/thread.h"
#include "server_options.h"

enum { ACCESS_MAXIMUM = 4 << 20, CONTENDED_NS = 500 * 1000 };

/* What a thread is doing, for others to see. */
struct slot {
    atomic_ullong since; /* when it began with its request (ns), 0 for none */
    _Atomic(struct hc_request *) request; /* is not released while the slot is pinned */
    atomic_bool pinned;
};

struct server {
    PyObject_HEAD
    struct hcb_wsgi_state *state;
    struct hc_server *engine;
    struct hc_access *access; /* NULL: no access log */
    struct hc_edge *edge;     /* NULL: no files */
    struct hcb_metrics *metrics; /* NULL: nobody counts */
    char *health; /* a path that the loop answers itself; NULL: none */
    PyObject *application;
    PyObject *on_error;
    struct hcb_environ environ;
    struct slot *slots; /* one for each thread */
    Py_ssize_t threads;
    Py_ssize_t running;
    int wake_fd;
    char retired; /* max_requests have been served */
    unsigned long long requests;
    unsigned long long max_requests;
};

/* Construction */

static void refused(void *context, const struct hc_refusal *refusal)
{
    hc_access_add_refusal(context, refusal);
}

/* 200, or 503 when the server has begun to stop: whatever the views are doing. */
static bool answer_health(struct server *self, struct hc_request *request)
{
    static const struct hc_pair fields[] = {
        {{"Content-Type", 12}, {"text/plain", 10}},
        {{"Cache-Control", 13}, {"no-store", 8}},
    };
    struct hc_server_counts counts;
    if (self->health == NULL || !hc_bytes_equal(request->path, hc_bytes_of(self->health)))
        return false;
    hc_server_counts(self->engine, &counts);
    struct hc_bytes body = hc_bytes_of(counts.accepting ? "ok\n" : "stopping\n");
    enum hc_err err = hc_request_respond(request, counts.accepting ? 200 : 503, hc_bytes("", 0),
                                         fields, 2, &body, 1);
    (void)err; /* a client that has gone needs no answer */
    hc_access_add(self->access, request);
    return true;
}

/* A request that may be answered without the application. */
static bool answer(void *context, struct hc_request *request)
{
    struct server *self = context;
    if (answer_health(self, request))
        return true;
    if (self->edge == NULL || !hc_edge_answer(self->edge, request))
        return false;
    hc_access_add(self->access, request);
    hcb_metrics_add_file(self->metrics);
    return true;
}

static int take_health(struct server *self, const char *path)
{
    if (path == NULL)
        return 0;
    size_t size = strlen(path) + 1;
    self->health = PyMem_Malloc(size);
    if (self->health == NULL)
        return PyErr_NoMemory(), -1;
    memcpy(self->health, path, size);
    return 0;
}

static int create_edge(struct server *self, const struct hcb_options *o, struct hc_server_config *config)
{
    if (self->health != NULL) {
        config->answer = answer;
        config->answer_context = self;
    }
    if (o->files == NULL && o->redirects == NULL)
        return 0;
    if (hcb_edge_create(o->files, o->redirects, &self->edge) < 0)
        return -1;
    if (o->files != NULL && PyTuple_GET_SIZE(o->files) > 0) {
        config->answer = answer;
        config->answer_context = self;
    }
    return 0;
}

static int create_engine(struct server *self, const struct hcb_options *o, int *listeners)
{
    struct hc_server_config config;
    Py_ssize_t count = PyTuple_GET_SIZE(o->listeners);
    for (Py_ssize_t i = 0; i < count; i++) {
        listeners[i] = PyObject_AsFileDescriptor(PyTuple_GET_ITEM(o->listeners, i));
        if (listeners[i] < 0)
            return -1;
    }
    hcb_options_config(o, &config);
    config.listeners = listeners;
    config.listener_count = (size_t)count;
    config.refused = refused;
    config.context = self->access;
    if (take_health(self, o->health) < 0 || create_edge(self, o, &config) < 0)
        return -1;
    enum hc_err err = hc_server_create(&config, &self->engine);
    return err == HC_OK ? 0 : (hcb_raise(err), -1);
}

static int create(struct server *self, const struct hcb_options *o)
{
    Py_ssize_t most = o->max_threads > o->threads ? o->max_threads : o->threads;
    self->threads = most + 1; /* one for the loop */
    self->slots = PyMem_Calloc((size_t)self->threads, sizeof *self->slots);
    int *listeners =
        PyMem_Calloc((size_t)PyTuple_GET_SIZE(o->listeners), sizeof *listeners);
    int result = -1;
    if (self->slots == NULL || listeners == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    enum hc_err err = HC_OK;
    if (o->access_log)
        err = hc_access_create(NULL, ACCESS_MAXIMUM, self->wake_fd, &self->access);
    if (err != HC_OK)
        (void)hcb_raise(err);
    else
        result = create_engine(self, o, listeners);
out:
    PyMem_Free(listeners);
    return result;
}

/* What outlives the construction. */
static int take(struct server *self, const struct hcb_options *o)
{
    self->wake_fd = o->wake_fd;
    self->max_requests = o->max_requests;
    self->application = Py_NewRef(o->application);
    self->on_error = Py_NewRef(o->on_error);
    self->environ.bases = Py_NewRef(o->environs);
    return hcb_forwarding_take(self->state, o->forwarding, &self->environ.forwarding);
}

static PyObject *server_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct hcb_options options;
    if (hcb_options_parse(args, kwargs, &options) < 0)
        return NULL;
    struct server *self = (struct server *)type->tp_alloc(type, 0);
    if (self != NULL) {
        self->state = &hcb_state_of_type(type)->wsgi;
        self->environ.state = self->state;
        if (take(self, &options) < 0 || create(self, &options) < 0)
            Py_CLEAR(self);
    }
    hcb_options_deinit(&options);
    return (PyObject *)self;
}

/* Requests */

static PyObject *describe(const struct hc_request *request)
{
    PyObject *method =
        PyUnicode_DecodeLatin1(request->method.at, (Py_ssize_t)request->method.length, NULL);
    PyObject *target =
        PyUnicode_DecodeLatin1(request->target.at, (Py_ssize_t)request->target.length, NULL);
    PyObject *text = NULL;
    if (method != NULL && target != NULL)
        text = PyUnicode_FromFormat("%U %U", method, target);
    Py_XDECREF(method);
    Py_XDECREF(target);
    return text;
}

/* Whether the exception only says that the client went away. */
static bool is_farewell(const struct hc_request *request)
{
    return !hc_request_alive(request)
           && (PyErr_ExceptionMatches(PyExc_ConnectionError)
               || PyErr_ExceptionMatches(PyExc_TimeoutError));
}

/* Hands the current exception to on_error. */
static void report(struct server *self, const struct hc_request *request)
{
    PyObject *type, *value, *traceback;
    if (is_farewell(request)) {
        PyErr_Clear();
        return;
    }
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        (void)PyException_SetTraceback(value, traceback);
    PyObject *text = describe(request);
    PyObject *done = text == NULL ? NULL
                                  : PyObject_CallFunctionObjArgs(self->on_error, text, value, NULL);
    if (done == NULL)
        PyErr_WriteUnraisable(self->on_error);
    Py_XDECREF(done);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

static int call_application(struct server *self, struct hcb_exchange *x, PyObject *dict)
{
    PyObject *arguments[] = {NULL, dict, (PyObject *)x->starter};
    PyObject *result = PyObject_Vectorcall(self->application, arguments + 1,
                                           2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
    if (result == NULL)
        return -1;
    int status = hcb_body_send(x, result);
    Py_DECREF(result);
    return status;
}

/* What is wrong with the request itself is the client's to know, not the application's. */
static void refuse(struct hcb_exchange *x, int status)
{
    static const struct hc_pair close = {{"Connection", 10}, {"close", 5}};
    struct hc_bytes none = hc_bytes("", 0);
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hc_request_respond(x->request, status, none, &close, status == 400, NULL, 0);
    Py_END_ALLOW_THREADS
    (void)err; /* a client that has gone needs no answer */
}

static void serve(struct server *self, struct hcb_exchange *x)
{
    PyObject *dict = NULL, *input = hcb_input_open(self->state, x->request);
    int refused = 0;
    if (input != NULL)
        dict = hcb_environ_make(&self->environ, x->request, input, x->starter->hints, &refused);
    hcb_starter_begin(x->starter, x->request);
    if (dict == NULL && !PyErr_Occurred()) {
        refuse(x, refused);
    } else if (dict == NULL || call_application(self, x, dict) < 0) {
        x->deliver = false;
        report(self, x->request);
    }
    hcb_starter_close(x->starter);
    Py_XDECREF(dict);
    if (input != NULL)
        hcb_input_end(self->state, input);
    Py_XDECREF(input);
}

static void count(struct server *self)
{
    self->requests++;
    if (self->max_requests == 0 || self->requests < self->max_requests || self->retired)
        return;
    self->retired = 1;
    hc_server_drain(self->engine);
    if (self->wake_fd >= 0 && write(self->wake_fd, "", 1) < 0)
        return; /* full: whoever reads it is about to */
}

/* Threads */

static void show(struct slot *slot, struct hc_request *request)
{
    /* Not since it has arrived: what waited for its turn has not run. */
    atomic_store_explicit(&slot->since, hc_clock_coarse_ms() * 1000000, memory_order_relaxed);
    atomic_store_explicit(&slot->request, request, memory_order_release);
}

/* Whoever pins a slot does so and then looks at the request; we take it away and then look for a
 * pin. In sequentially consistent order one of the two sees the other. */
static void hide(struct slot *slot)
{
    atomic_store(&slot->request, NULL);
    while (atomic_load(&slot->pinned))
        sched_yield();
    atomic_store_explicit(&slot->since, 0, memory_order_relaxed);
}

/* Takes the time, if anybody counts. */
static void moment(const struct server *self, uint64_t *when)
{
    if (self->metrics != NULL)
        *when = hc_clock_ns();
}

/* Sends what `serve` has left, and unless that failed takes down what became of the request. No GIL. */
static enum hc_err settle(struct server *self, struct hcb_exchange *x, struct slot *slot)
{
    enum hc_err err = x->deliver ? hcb_exchange_deliver(x) : HC_OK;
    if (x->request != NULL && err == HC_OK) {
        hide(slot);
        hc_access_add(self->access, x->request);
        if (self->metrics != NULL)
            hcb_metrics_add(self->metrics, x->request, &x->moments);
    }
    return err;
}

static enum hc_err next(struct server *self, struct hcb_exchange *x)
{
    struct hc_request *done = x->request;
    x->request = NULL;
    if (done == NULL)
        return hc_server_next(self->engine, -1, &x->request);
    return hc_request_release_for_next(done, -1, &x->request);
}

/* The thread leaves. */
static void last(struct server *self, struct hcb_exchange *x, struct slot *slot)
{
    if (settle(self, x, slot) == HC_OK && x->request != NULL)
        hc_request_release(x->request);
}

/* Ends the last exchange and waits for a request. HC_OK, HC_INTERRUPTED, or why there is none. */
static enum hc_err advance(struct server *self, struct hcb_exchange *x, struct slot *slot)
{
    enum hc_err failed, err = HC_INTERRUPTED;
    bool crowded;
    uint64_t asked;
    Py_BEGIN_ALLOW_THREADS
    failed = settle(self, x, slot);
    if (failed == HC_OK)
        err = next(self, x);
    if (err == HC_OK)
        show(slot, x->request);
    moment(self, &x->moments.handed_ns);
    crowded = hc_server_crowded(self->engine);
    asked = crowded ? hc_clock_ns() : 0;
    Py_END_ALLOW_THREADS
    /* Other views burn: a thread that goes to Python is away from the loop for long. */
    hc_server_contended(self->engine, crowded && hc_clock_ns() - asked > CONTENDED_NS);
    moment(self, &x->moments.entered_ns);
    Py_CLEAR(x->kept);
    if (failed != HC_OK) {
        (void)hcb_raise(failed);
        report(self, x->request);
    }
    return err;
}

/* A starter that the application has kept is left to it. */
static int renew(struct hcb_exchange *x)
{
    if (x->starter != NULL && hcb_starter_end(x->starter))
        return 0;
    hcb_starter_destroy(x->starter);
    x->starter = hcb_starter_create(x->state);
    return x->starter == NULL ? -1 : 0;
}

static int loop(struct server *self, struct hcb_exchange *x, struct slot *slot)
{
    for (;;) {
        enum hc_err err = advance(self, x, slot);
        if (err == HC_STOPPED)
            return 0;
        if (err != HC_OK && err != HC_INTERRUPTED) {
            (void)hcb_raise(err);
            return -1;
        }
        if (err == HC_INTERRUPTED) {
            if (PyErr_CheckSignals() < 0)
                return -1;
            continue;
        }
        count(self);
        if (renew(x) < 0)
            return -1;
        serve(self, x);
        moment(self, &x->moments.left_ns);
    }
}

static PyObject *server_run(struct server *self, PyObject *unused)
{
    (void)unused;
    hc_thread_short_turns(); /* the loop takes turns with views that burn */
    struct hcb_exchange exchange = {.state = self->state};
    if (self->edge != NULL && hc_edge_redirects(self->edge))
        exchange.edge = self->edge;
    if (self->running >= self->threads) {
        PyErr_Format(PyExc_RuntimeError, "run() was called by more than %zd threads",
                     self->threads);
        return NULL;
    }
    struct slot *slot = &self->slots[self->running++];
    int result = loop(self, &exchange, slot);
    last(self, &exchange, slot);
    hcb_starter_destroy(exchange.starter);
    Py_XDECREF(exchange.kept);
    PyMem_Free(exchange.pieces);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *server_stop(struct server *self, PyObject *unused)
{
    (void)unused;
    hc_server_drain(self->engine);
    Py_RETURN_NONE;
}

static PyObject *server_oldest(struct server *self, PyObject *unused)
{
    (void)unused;
    unsigned long long oldest = 0;
    for (Py_ssize_t i = 0; i < self->threads; i++) {
        unsigned long long since = atomic_load_explicit(&self->slots[i].since,
                                                        memory_order_relaxed);
        if (since != 0 && (oldest == 0 || since < oldest))
            oldest = since;
    }
    return PyFloat_FromDouble((double)oldest / 1e9);
}

/* 504 for those that run too long, from outside. */
static PyObject *server_expire(struct server *self, PyObject *argument)
{
    double seconds = PyFloat_AsDouble(argument);
    if (seconds == -1 && PyErr_Occurred())
        return NULL;
    uint64_t now = hc_clock_ns(), age = (uint64_t)(fmax(seconds, 0) * 1e9);
    long expired = 0;
    for (Py_ssize_t i = 0; i < self->threads; i++) {
        struct slot *slot = &self->slots[i];
        atomic_store(&slot->pinned, true);
        struct hc_request *request = atomic_load(&slot->request);
        if (request != NULL && atomic_load(&slot->since) + age < now) {
            enum hc_err err = hc_request_abandon(request, 504, "504 Gateway Timeout\n");
            (void)err; /* HC_STATE: its answer has begun, and ends with its thread */
            expired++;
        }
        atomic_store(&slot->pinned, false);
    }
    return PyLong_FromLong(expired);
}

static PyObject *server_take_access_log(struct server *self, PyObject *unused)
{
    (void)unused;
    uint64_t dropped = 0;
    struct hc_bytes lines = hc_bytes("", 0);
    if (self->access != NULL)
        lines = hc_access_take(self->access, &dropped);
    return Py_BuildValue("(y#K)", lines.length ? lines.at : "", (Py_ssize_t)lines.length,
                         (unsigned long long)dropped);
}

static PyObject *server_set_access_format(struct server *self, PyObject *args)
{
    PyObject *pieces;
    int json;
    if (!PyArg_ParseTuple(args, "O!p:set_access_format", &PyTuple_Type, &pieces, &json))
        return NULL;
    if (self->access != NULL && hcb_access_set_format(self->access, pieces, json) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *server_count_in(struct server *self, PyObject *memory)
{
    if (self->metrics != NULL || self->running > 0) {
        PyErr_SetString(PyExc_RuntimeError, "it counts already, or has begun to run");
        return NULL;
    }
    self->metrics = hcb_metrics_create(memory);
    if (self->metrics == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* (connections, accepted, refused, requests that run). */
static PyObject *server_counts(struct server *self, PyObject *unused)
{
    (void)unused;
    struct hc_server_counts counts;
    Py_ssize_t busy = 0;
    hc_server_counts(self->engine, &counts);
    for (Py_ssize_t i = 0; i < self->threads; i++)
        busy += atomic_load_explicit(&self->slots[i].since, memory_order_relaxed) != 0;
    return Py_BuildValue("(nKKn)", (Py_ssize_t)counts.connections,
                         (unsigned long long)counts.accepted, (unsigned long long)counts.refused,
                         busy);
}

static PyObject *server_accepting(struct server *self, void *unused)
{
    (void)unused;
    struct hc_server_counts counts;
    hc_server_counts(self->engine, &counts);
    return PyBool_FromLong(counts.accepting);
}

static PyObject *server_connections(struct server *self, void *unused)
{
    (void)unused;
    struct hc_server_counts counts;
    hc_server_counts(self->engine, &counts);
    return PyLong_FromSize_t(counts.connections);
}

/* The type */

static int server_traverse(struct server *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->application);
    Py_VISIT(self->on_error);
    return hcb_environ_traverse(&self->environ, visit, arg);
}

static int server_clear(struct server *self)
{
    Py_CLEAR(self->application);
    Py_CLEAR(self->on_error);
    hcb_environ_clear(&self->environ);
    return 0;
}

static void server_dealloc(struct server *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)server_clear(self);
    hc_server_destroy(self->engine);
    hc_access_destroy(self->access);
    hc_edge_destroy(self->edge);
    hcb_metrics_destroy(self->metrics);
    PyMem_Free(self->health);
    PyMem_Free(self->slots);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef server_methods[] = {
    {"run", (PyCFunction)(void (*)(void))server_run, METH_NOARGS,
     "Serves requests on this thread until the server has stopped."},
    {"stop", (PyCFunction)(void (*)(void))server_stop, METH_NOARGS,
     "Accepts no more; requests in flight are finished, then run() returns."},
    {"oldest", (PyCFunction)(void (*)(void))server_oldest, METH_NOARGS,
     "time.monotonic() of when the oldest running request began; 0.0 for none."},
    {"expire", (PyCFunction)(void (*)(void))server_expire, METH_O,
     "expire(seconds): 504 for requests that run longer and have no answer yet; how many run."},
    {"take_access_log", (PyCFunction)(void (*)(void))server_take_access_log, METH_NOARGS,
     "The access lines since the last call, and how many were dropped."},
    {"set_access_format", (PyCFunction)(void (*)(void))server_set_access_format, METH_VARARGS,
     "set_access_format(pieces, json): what access lines say; before run()."},
    {"count_in", (PyCFunction)(void (*)(void))server_count_in, METH_O,
     "count_in(memory): adds what is done up in an array of counters; before run()."},
    {"counts", (PyCFunction)(void (*)(void))server_counts, METH_NOARGS,
     "(connections, accepted, refused, requests that run)."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef server_members[] = {
    {"requests", T_ULONGLONG, offsetof(struct server, requests), READONLY, "Requests so far."},
    {"retired", T_BOOL, offsetof(struct server, retired), READONLY,
     "Whether max_requests have been served."},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef server_getset[] = {
    {"connections", (getter)(void (*)(void))server_connections, NULL, "Open connections.", NULL},
    {"accepting", (getter)(void (*)(void))server_accepting, NULL,
     "False once stop() has had its effect on the listeners.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot server_slots[] = {
    {Py_tp_doc, "A WSGI application on the engine's HTTP server; see _native.pyi."},
    {Py_tp_new, server_new},
    {Py_tp_dealloc, server_dealloc},
    {Py_tp_traverse, server_traverse},
    {Py_tp_clear, server_clear},
    {Py_tp_methods, server_methods},
    {Py_tp_members, server_members},
    {Py_tp_getset, server_getset},
    {0, NULL},
};

static PyType_Spec server_spec = {
    .name = "hotclub._native.Server",
    .basicsize = sizeof(struct server),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = server_slots,
};

int hcb_server_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->server_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &server_spec, NULL);
    if (state->server_type == NULL)
        return -1;
    return PyModule_AddType(module, state->server_type);
}
