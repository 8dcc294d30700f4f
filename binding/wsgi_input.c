/*
 * wsgi.input: a request's whole body, in memory or in a file of the engine's.
 *
 * The bytes are borrowed from the request, so the object is cut off when the request is over: an
 * application that kept it gets an exception, never somebody else's bytes.
 */
#include "wsgi.h"

#include <string.h>
#include <unistd.h>

enum { WINDOW = 16384 };

struct input {
    PyObject_HEAD
    struct hc_bytes body; /* when fd is -1 */
    int fd;
    bool over;
    uint64_t length;
    uint64_t at;
    char *window; /* WINDOW bytes of the file, for lines; made when first needed */
    uint64_t window_at;
    size_t window_length;
};

static PyObject *input_over(void)
{
    PyErr_SetString(PyExc_ValueError, "wsgi.input was read after its request had ended");
    return NULL;
}

/* Fills `into` from the file at `at`, without the GIL. */
static int read_file(int fd, char *into, size_t length, uint64_t at)
{
    ssize_t got = 0;
    size_t done = 0;
    Py_BEGIN_ALLOW_THREADS
    while (done < length
           && (got = pread(fd, into + done, length - done, (off_t)(at + done))) > 0)
        done += (size_t)got;
    Py_END_ALLOW_THREADS
    if (done == length)
        return 0;
    if (got == 0)
        PyErr_SetString(PyExc_OSError, "the file of the request body is shorter than the body");
    else
        (void)hcb_raise(HC_SYSTEM);
    return -1;
}

/* The bytes at the current position: all that are left in memory, or a window of the file. */
static int look(struct input *self, struct hc_bytes *seen)
{
    if (self->fd < 0) {
        *seen = hc_bytes(self->body.at + self->at, (size_t)(self->length - self->at));
        return 0;
    }
    if (self->window == NULL && (self->window = PyMem_Malloc(WINDOW)) == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    uint64_t end = self->window_at + self->window_length;
    if (self->at < self->window_at || self->at >= end) {
        uint64_t left = self->length - self->at;
        size_t length = left < WINDOW ? (size_t)left : WINDOW;
        if (read_file(self->fd, self->window, length, self->at) < 0)
            return -1;
        self->window_at = self->at;
        self->window_length = length;
    }
    size_t skip = (size_t)(self->at - self->window_at);
    *seen = hc_bytes(self->window + skip, self->window_length - skip);
    return 0;
}

/* An optional size: None and negative numbers mean everything. */
static int parse_size(PyObject *const *args, Py_ssize_t count, Py_ssize_t *size)
{
    *size = PY_SSIZE_T_MAX;
    if (count > 1) {
        PyErr_SetString(PyExc_TypeError, "at most one argument is expected");
        return -1;
    }
    if (count == 0 || args[0] == Py_None)
        return 0;
    Py_ssize_t given = PyNumber_AsSsize_t(args[0], PyExc_OverflowError);
    if (given == -1 && PyErr_Occurred())
        return -1;
    if (given >= 0)
        *size = given;
    return 0;
}

static PyObject *take(struct input *self, size_t length)
{
    if (self->fd < 0) {
        PyObject *bytes =
            PyBytes_FromStringAndSize(self->body.at + self->at, (Py_ssize_t)length);
        if (bytes != NULL)
            self->at += length;
        return bytes;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (bytes == NULL || length == 0)
        return bytes;
    if (read_file(self->fd, PyBytes_AS_STRING(bytes), length, self->at) < 0) {
        Py_DECREF(bytes);
        return NULL;
    }
    self->at += length;
    return bytes;
}

static PyObject *input_read(struct input *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t size;
    if (parse_size(args, count, &size) < 0)
        return NULL;
    if (self->over)
        return input_over();
    uint64_t left = self->length - self->at;
    return take(self, left < (uint64_t)size ? (size_t)left : (size_t)size);
}

/* The length of the next line, its end included, at most `limit`. */
static int measure_line(struct input *self, uint64_t limit, size_t *length)
{
    uint64_t from = self->at, left = self->length - self->at;
    uint64_t stop = from + (left < limit ? left : limit);
    int result = 0;
    while (self->at < stop) {
        struct hc_bytes seen;
        if ((result = look(self, &seen)) < 0)
            break;
        uint64_t wanted = stop - self->at;
        size_t span = seen.length < wanted ? seen.length : (size_t)wanted;
        const char *end = memchr(seen.at, '\n', span);
        self->at += end != NULL ? (size_t)(end - seen.at) + 1 : span;
        if (end != NULL)
            break;
    }
    *length = (size_t)(self->at - from);
    self->at = from;
    return result;
}

static PyObject *next_line(struct input *self, Py_ssize_t limit)
{
    size_t length;
    if (self->over)
        return input_over();
    if (measure_line(self, (uint64_t)limit, &length) < 0)
        return NULL;
    return take(self, length);
}

static PyObject *input_readline(struct input *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t size;
    if (parse_size(args, count, &size) < 0)
        return NULL;
    return next_line(self, size);
}

static PyObject *input_readlines(struct input *self, PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t hint, total = 0;
    if (parse_size(args, count, &hint) < 0)
        return NULL;
    PyObject *lines = PyList_New(0);
    while (lines != NULL && total < (hint == 0 ? PY_SSIZE_T_MAX : hint)) {
        PyObject *line = next_line(self, PY_SSIZE_T_MAX);
        Py_ssize_t length = line == NULL ? 0 : PyBytes_GET_SIZE(line);
        if (line == NULL || (length > 0 && PyList_Append(lines, line) < 0))
            Py_CLEAR(lines);
        Py_XDECREF(line);
        if (length == 0)
            break;
        total += length;
    }
    return lines;
}

static PyObject *input_next(struct input *self)
{
    PyObject *line = next_line(self, PY_SSIZE_T_MAX);
    if (line != NULL && PyBytes_GET_SIZE(line) == 0)
        Py_CLEAR(line);
    return line;
}

static void input_dealloc(struct input *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(self->window);
    type->tp_free(self);
    Py_DECREF(type);
}

static struct input *create(struct hcb_wsgi_state *state)
{
    struct input *self = (struct input *)state->input_type->tp_alloc(state->input_type, 0);
    if (self != NULL)
        self->fd = -1;
    return self;
}

PyObject *hcb_input_open(struct hcb_wsgi_state *state, const struct hc_request *request)
{
    if (request->body_length == 0)
        return Py_NewRef(state->empty_input);
    struct input *self = create(state);
    if (self == NULL)
        return NULL;
    self->body = request->body;
    self->fd = request->body_fd;
    self->length = request->body_length;
    return (PyObject *)self;
}

void hcb_input_end(struct hcb_wsgi_state *state, PyObject *input)
{
    if (input != state->empty_input)
        ((struct input *)input)->over = true;
}

static PyMethodDef input_methods[] = {
    {"read", (PyCFunction)(void (*)(void))input_read, METH_FASTCALL,
     "read(size=-1): up to size bytes, all that are left by default; b'' at the end."},
    {"readline", (PyCFunction)(void (*)(void))input_readline, METH_FASTCALL,
     "readline(size=-1): the next line with its end, at most size bytes; b'' at the end."},
    {"readlines", (PyCFunction)(void (*)(void))input_readlines, METH_FASTCALL,
     "readlines(hint=-1): lines, until hint bytes have been read."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot input_slots[] = {
    {Py_tp_doc, "The body of a request, as wsgi.input (PEP 3333)."},
    {Py_tp_dealloc, input_dealloc},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, input_next},
    {Py_tp_methods, input_methods},
    {0, NULL},
};

static PyType_Spec input_spec = {
    .name = "hotclub._native.Input",
    .basicsize = sizeof(struct input),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = input_slots,
};

int hcb_input_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->input_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &input_spec, NULL);
    if (state->input_type == NULL || PyModule_AddType(module, state->input_type) < 0)
        return -1;
    state->empty_input = (PyObject *)create(state);
    return state->empty_input == NULL ? -1 : 0;
}
