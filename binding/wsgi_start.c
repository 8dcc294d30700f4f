/*
 * start_response and write (PEP 3333, "The start_response() Callable").
 *
 * What the application passes is checked here, so that a mistake is raised where it was made, and
 * kept: nothing is sent before the first byte of the body is known. The strings are immutable and
 * the headers are kept as a tuple of tuples, so the C pointers into them stay true.
 */
#include "wsgi.h"

#include <stddef.h>
#include <string.h>

#include <structmember.h>

#include "hc/scan.h"

static bool is_token(struct hc_bytes text)
{
    const char *end = text.at + text.length;
    return text.length > 0 && hc_scan_token(text.at, end) == end;
}

/* CR, LF, NUL and other controls but tab would end the field, or more. */
static bool is_field_text(struct hc_bytes text)
{
    const char *end = text.at + text.length;
    return hc_scan_value(text.at, end) == end;
}

/* The bytes of a str whose characters are all below U+0100, as PEP 3333 wants its strings. */
static int latin1(PyObject *object, const char *what, struct hc_bytes *bytes)
{
    if (!PyUnicode_Check(object)) {
        PyErr_Format(PyExc_TypeError, "%s must be str, not %.100s", what,
                     Py_TYPE(object)->tp_name);
        return -1;
    }
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(object) < 0)
        return -1;
#endif
    if (PyUnicode_KIND(object) != PyUnicode_1BYTE_KIND) {
        PyErr_Format(PyExc_ValueError, "%s has characters outside latin-1: %.200R", what, object);
        return -1;
    }
    *bytes = hc_bytes((const char *)PyUnicode_1BYTE_DATA(object),
                      (size_t)PyUnicode_GET_LENGTH(object));
    return 0;
}

/* "200 OK" → 200 and "OK". 1xx is not a final response and cannot be started with. */
static int parse_status(PyObject *line, int *status, struct hc_bytes *reason)
{
    struct hc_bytes text;
    if (latin1(line, "the status", &text) < 0)
        return -1;
    bool well = text.length >= 3 && Py_ISDIGIT(text.at[0]) && Py_ISDIGIT(text.at[1])
                && Py_ISDIGIT(text.at[2]) && (text.length == 3 || text.at[3] == ' ')
                && text.at[0] >= '2' && is_field_text(text);
    if (!well) {
        PyErr_Format(PyExc_ValueError, "the status must be like '200 OK', not %.200R", line);
        return -1;
    }
    *status = (text.at[0] - '0') * 100 + (text.at[1] - '0') * 10 + (text.at[2] - '0');
    size_t skip = text.length > 4 ? 4 : text.length;
    *reason = hc_bytes(text.at + skip, text.length - skip);
    return 0;
}

static int parse_header(PyObject *item, struct hc_pair *pair)
{
    if (!PyTuple_Check(item) || PyTuple_GET_SIZE(item) != 2) {
        PyErr_Format(PyExc_TypeError, "a header must be a tuple (name, value), not %.200R", item);
        return -1;
    }
    PyObject *name = PyTuple_GET_ITEM(item, 0), *value = PyTuple_GET_ITEM(item, 1);
    if (latin1(name, "a header's name", &pair->name) < 0
        || latin1(value, "a header's value", &pair->value) < 0)
        return -1;
    if (!is_token(pair->name)) {
        PyErr_Format(PyExc_ValueError, "not a header name: %.200R", name);
        return -1;
    }
    if (!is_field_text(pair->value)) {
        PyErr_Format(PyExc_ValueError, "control characters in the value of %U: %.200R", name,
                     value);
        return -1;
    }
    return 0;
}

static int reserve(struct hcb_starter *self, size_t count)
{
    if (count <= self->pair_room)
        return 0;
    struct hc_pair *pairs = PyMem_Realloc(self->pairs, count * sizeof *pairs);
    if (pairs == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    self->pairs = pairs;
    self->pair_room = count;
    return 0;
}

static int parse_length(struct hcb_starter *self, struct hc_bytes value)
{
    uint64_t length;
    if (hc_bytes_to_u64(value, &length) != HC_OK || length > INT64_MAX) {
        PyErr_SetString(PyExc_ValueError, "the Content-Length is not a number");
        return -1;
    }
    if (self->content_length >= 0 && self->content_length != (int64_t)length) {
        PyErr_SetString(PyExc_ValueError, "two headers Content-Length contradict each other");
        return -1;
    }
    self->content_length = (int64_t)length;
    return 0;
}

/* `headers` is a tuple that self->headers holds. */
static int parse_headers(struct hcb_starter *self, PyObject *headers)
{
    static const struct hc_bytes content_length = {"content-length", 14};
    size_t count = (size_t)PyTuple_GET_SIZE(headers);
    if (reserve(self, count) < 0)
        return -1;
    self->content_length = -1;
    for (size_t i = 0; i < count; i++) {
        struct hc_pair *pair = &self->pairs[i];
        if (parse_header(PyTuple_GET_ITEM(headers, (Py_ssize_t)i), pair) < 0)
            return -1;
        if (pair->name.length == 14 && hc_bytes_equal_nocase(pair->name, content_length)
            && parse_length(self, pair->value) < 0)
            return -1;
    }
    self->pair_count = count;
    return 0;
}

static void forget(struct hcb_starter *self)
{
    self->status = 0;
    self->pair_count = 0;
    self->content_length = -1;
    Py_CLEAR(self->headers);
    Py_CLEAR(self->status_line);
}

static int accept_head(struct hcb_starter *self, PyObject *status, PyObject *headers)
{
    int number;
    struct hc_bytes reason;
    if (!PyList_Check(headers) && !PyTuple_Check(headers)) {
        PyErr_Format(PyExc_TypeError, "the headers must be a list, not %.100s",
                     Py_TYPE(headers)->tp_name);
        return -1;
    }
    if (parse_status(status, &number, &reason) < 0)
        return -1;
    forget(self);
    self->headers = PySequence_Tuple(headers);
    if (self->headers == NULL || parse_headers(self, self->headers) < 0) {
        forget(self);
        return -1;
    }
    self->status_line = Py_NewRef(status);
    self->reason = reason;
    self->status = number;
    return 0;
}

/* Raises what sys.exc_info() gave the application: the head has gone, nothing can be replaced. */
static int raise_again(PyObject *info)
{
    if (!PyTuple_Check(info) || PyTuple_GET_SIZE(info) != 3
        || !PyExceptionInstance_Check(PyTuple_GET_ITEM(info, 1))) {
        PyErr_SetString(PyExc_TypeError, "exc_info must be what sys.exc_info() returned");
        return -1;
    }
    PyObject *error = PyTuple_GET_ITEM(info, 1), *traceback = PyTuple_GET_ITEM(info, 2);
    if (traceback != Py_None && PyException_SetTraceback(error, traceback) < 0)
        return -1;
    PyErr_SetObject((PyObject *)Py_TYPE(error), error);
    return -1;
}

/* PEP 3333, "Error Handling": a second call needs exc_info, and comes too late after the head. */
static int check_order(struct hcb_starter *self, PyObject *info)
{
    if (self->request == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "start_response was called after its request had ended");
        return -1;
    }
    if (info != NULL && info != Py_None)
        return hc_request_sent(self->request) ? raise_again(info) : 0;
    if (self->status != 0) {
        PyErr_SetString(PyExc_AssertionError,
                        "start_response was called a second time without exc_info");
        return -1;
    }
    return 0;
}

static int parse_call(struct hcb_starter *self, PyObject *const *args, Py_ssize_t count,
                      PyObject *names, PyObject **info)
{
    struct hcb_wsgi_state *state = &hcb_state_of_type(Py_TYPE(self))->wsgi;
    Py_ssize_t named = names == NULL ? 0 : PyTuple_GET_SIZE(names);
    bool fits = count == 2 || count == 3;
    if (named > 0)
        fits = named == 1 && count == 2
               && PyUnicode_Compare(PyTuple_GET_ITEM(names, 0), state->names[NAME_EXC_INFO]) == 0;
    if (!fits) {
        PyErr_SetString(PyExc_TypeError, "start_response(status, headers, exc_info=None)");
        return -1;
    }
    *info = count + named == 3 ? args[2] : NULL;
    return 0;
}

static PyObject *starter_call(PyObject *object, PyObject *const *args, size_t nargsf,
                              PyObject *names)
{
    struct hcb_starter *self = (struct hcb_starter *)object;
    PyObject *info;
    if (parse_call(self, args, PyVectorcall_NARGS(nargsf), names, &info) < 0
        || check_order(self, info) < 0 || accept_head(self, args[0], args[1]) < 0)
        return NULL;
    return Py_NewRef(self->write);
}

int hcb_starter_head(struct hcb_starter *self)
{
    if (self->status == 0) {
        PyErr_SetString(PyExc_AssertionError, "start_response was not called before the body");
        return -1;
    }
    enum hc_err err = hc_request_start(self->request, self->status, self->reason, self->pairs,
                                       self->pair_count);
    return err == HC_OK ? 0 : (hcb_raise(err), -1);
}

int hcb_starter_write(struct hcb_starter *self, PyObject *data)
{
    if (!PyBytes_Check(data)) {
        PyErr_Format(PyExc_TypeError, "a piece of a response must be bytes, not %.100s",
                     Py_TYPE(data)->tp_name);
        return -1;
    }
    /* An empty piece sends nothing, not even the head. */
    if (PyBytes_GET_SIZE(data) == 0)
        return 0;
    if (!hc_request_sent(self->request) && hcb_starter_head(self) < 0)
        return -1;
    struct hc_bytes bytes = hc_bytes(PyBytes_AS_STRING(data), (size_t)PyBytes_GET_SIZE(data));
    struct hc_request *request = self->request;
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hc_request_write(request, bytes);
    Py_END_ALLOW_THREADS
    return err == HC_OK ? 0 : (hcb_raise(err), -1);
}

static PyObject *starter_write(struct hcb_starter *self, PyObject *data)
{
    if (self->request == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "write was called after its request had ended");
        return NULL;
    }
    if (hcb_starter_write(self, data) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Sends them as 103; without effect once the head has gone (or never came, in HTTP/1.0). */
static int send_hints(struct hcb_starter *self, PyObject *items, struct hc_pair *pairs)
{
    size_t count = (size_t)PyTuple_GET_SIZE(items);
    for (size_t i = 0; i < count; i++)
        if (parse_header(PyTuple_GET_ITEM(items, (Py_ssize_t)i), &pairs[i]) < 0)
            return -1;
    struct hc_request *request = self->request;
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hc_request_inform(request, 103, pairs, count);
    Py_END_ALLOW_THREADS
    return err == HC_OK || err == HC_STATE ? 0 : (hcb_raise(err), -1);
}

static PyObject *starter_early_hints(struct hcb_starter *self, PyObject *headers)
{
    if (self->request == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "early_hints was called after its request had ended");
        return NULL;
    }
    PyObject *items = PySequence_Tuple(headers);
    if (items == NULL)
        return NULL;
    struct hc_pair *pairs =
        PyMem_Calloc((size_t)PyTuple_GET_SIZE(items) + 1, sizeof *pairs);
    int result = pairs == NULL ? (PyErr_NoMemory(), -1) : send_hints(self, items, pairs);
    PyMem_Free(pairs);
    Py_DECREF(items);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int starter_traverse(struct hcb_starter *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->write);
    Py_VISIT(self->hints);
    Py_VISIT(self->headers);
    return 0;
}

static int starter_clear(struct hcb_starter *self)
{
    forget(self);
    Py_CLEAR(self->write);
    Py_CLEAR(self->hints);
    return 0;
}

static void starter_dealloc(struct hcb_starter *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)starter_clear(self);
    PyMem_Free(self->pairs);
    type->tp_free(self);
    Py_DECREF(type);
}

struct hcb_starter *hcb_starter_create(struct hcb_wsgi_state *state)
{
    struct hcb_starter *self =
        (struct hcb_starter *)state->starter_type->tp_alloc(state->starter_type, 0);
    if (self == NULL)
        return NULL;
    self->call = starter_call;
    self->content_length = -1;
    self->write = PyObject_GetAttrString((PyObject *)self, "write");
    self->hints = PyObject_GetAttrString((PyObject *)self, "early_hints");
    if (self->write == NULL || self->hints == NULL)
        Py_CLEAR(self);
    return self;
}

void hcb_starter_begin(struct hcb_starter *self, struct hc_request *request)
{
    self->request = request;
}

void hcb_starter_close(struct hcb_starter *self)
{
    self->request = NULL;
}

/* One reference is the caller's, two the bound methods'; the methods have ours alone. */
static bool is_ours(struct hcb_starter *self)
{
    return Py_REFCNT(self) == 3 && Py_REFCNT(self->write) == 1 && Py_REFCNT(self->hints) == 1;
}

bool hcb_starter_end(struct hcb_starter *self)
{
    forget(self);
    return is_ours(self);
}

void hcb_starter_destroy(struct hcb_starter *self)
{
    if (self == NULL)
        return;
    /* An application that kept it may still call it, and is told that it is too late. */
    if (is_ours(self)) {
        Py_CLEAR(self->write);
        Py_CLEAR(self->hints);
    }
    Py_DECREF(self);
}

static PyMethodDef starter_methods[] = {
    {"write", (PyCFunction)(void (*)(void))starter_write, METH_O,
     "write(data): sends bytes at once (PEP 3333, \"The write() Callable\")."},
    {"early_hints", (PyCFunction)(void (*)(void))starter_early_hints, METH_O,
     "early_hints([(name, value), ...]): sends 103 (Early Hints) at once."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef starter_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct hcb_starter, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot starter_slots[] = {
    {Py_tp_doc, "start_response(status, headers, exc_info=None) of one request (PEP 3333)."},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_dealloc, starter_dealloc},
    {Py_tp_traverse, starter_traverse},
    {Py_tp_clear, starter_clear},
    {Py_tp_methods, starter_methods},
    {Py_tp_members, starter_members},
    {0, NULL},
};

static PyType_Spec starter_spec = {
    .name = "hotclub._native.StartResponse",
    .basicsize = sizeof(struct hcb_starter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL
             | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = starter_slots,
};

int hcb_starter_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->starter_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &starter_spec, NULL);
    if (state->starter_type == NULL)
        return -1;
    return PyModule_AddType(module, state->starter_type);
}
