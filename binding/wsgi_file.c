/*
 * wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling").
 *
 * What open() made over a regular file is sent by the kernel, from the position it is at. Whatever
 * else has a read(), also one that a class of its own puts before such a file (gzip's, say), is
 * read block by block.
 */
#include "wsgi.h"

#include <stddef.h>

#include <structmember.h>
#include <sys/stat.h>

struct file_wrapper {
    PyObject_HEAD
    PyObject *filelike;
    PyObject *block_size;
};

static PyObject *file_wrapper_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"filelike", "blksize", NULL};
    PyObject *filelike;
    Py_ssize_t block_size = 65536;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|n:FileWrapper", keywords, &filelike,
                                     &block_size))
        return NULL;
    struct file_wrapper *self = (struct file_wrapper *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    self->filelike = Py_NewRef(filelike);
    self->block_size = PyLong_FromSsize_t(block_size);
    if (self->block_size == NULL)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static PyObject *file_wrapper_next(struct file_wrapper *self)
{
    struct hcb_wsgi_state *state = &hcb_state_of_type(Py_TYPE(self))->wsgi;
    PyObject *data =
        PyObject_CallMethodOneArg(self->filelike, state->names[NAME_READ], self->block_size);
    if (data == NULL)
        return NULL;
    int more = PyObject_IsTrue(data);
    if (more <= 0)
        Py_CLEAR(data);
    return data;
}

/* Files have close(), other things with read() may not. */
static PyObject *file_wrapper_close(struct file_wrapper *self, PyObject *unused)
{
    (void)unused;
    struct hcb_wsgi_state *state = &hcb_state_of_type(Py_TYPE(self))->wsgi;
    PyObject *close = PyObject_GetAttr(self->filelike, state->names[NAME_CLOSE]);
    if (close == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError))
            return NULL;
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    PyObject *result = PyObject_CallNoArgs(close);
    Py_DECREF(close);
    return result;
}

static bool is_plain_file(const struct hcb_wsgi_state *state, PyObject *object)
{
    for (size_t i = 0; i < sizeof state->file_types / sizeof state->file_types[0]; i++)
        if (Py_TYPE(object) == state->file_types[i])
            return true;
    return false;
}

/* The file whose own read() is the wrapped object's read(); a new reference, or NULL. */
static PyObject *plain_file(struct hcb_wsgi_state *state, struct file_wrapper *self)
{
    PyObject *read = PyObject_GetAttr(self->filelike, state->names[NAME_READ]);
    PyObject *file = NULL;
    if (read != NULL && PyCFunction_Check(read)) {
        PyObject *owner = PyCFunction_GET_SELF(read);
        if (owner != NULL && is_plain_file(state, owner))
            file = Py_NewRef(owner);
    }
    Py_XDECREF(read);
    PyErr_Clear();
    return file;
}

/* A number that a method returns; -1 with an exception. */
static long long ask(PyObject *object, PyObject *method)
{
    PyObject *answer = PyObject_CallMethodNoArgs(object, method);
    if (answer == NULL)
        return -1;
    long long number = PyLong_AsLongLong(answer);
    Py_DECREF(answer);
    return number;
}

static int part_of(struct hcb_wsgi_state *state, PyObject *file, struct hc_file_part *part)
{
    struct stat status;
    PyObject *flushed = PyObject_CallMethodNoArgs(file, state->names[NAME_FLUSH]);
    Py_XDECREF(flushed);
    long long fd = flushed == NULL ? -1 : ask(file, state->names[NAME_FILENO]);
    long long offset = fd < 0 ? -1 : ask(file, state->names[NAME_TELL]);
    if (offset < 0) {
        PyErr_Clear(); /* closed, a pipe, …: reading it says what is wrong */
        return 0;
    }
    if (fstat((int)fd, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    uint64_t length = offset < status.st_size ? (uint64_t)(status.st_size - offset) : 0;
    *part = (struct hc_file_part){(int)fd, (uint64_t)offset, length};
    return 1;
}

int hcb_file_wrapper_part(struct hcb_wsgi_state *state, PyObject *result,
                          struct hc_file_part *part)
{
    if (Py_TYPE(result) != state->file_wrapper_type)
        return 0;
    PyObject *file = plain_file(state, (struct file_wrapper *)result);
    if (file == NULL)
        return 0;
    int found = part_of(state, file, part);
    Py_DECREF(file);
    return found;
}

static int file_wrapper_traverse(struct file_wrapper *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(self->filelike);
    return 0;
}

static int file_wrapper_clear(struct file_wrapper *self)
{
    Py_CLEAR(self->filelike);
    Py_CLEAR(self->block_size);
    return 0;
}

static void file_wrapper_dealloc(struct file_wrapper *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    (void)file_wrapper_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef file_wrapper_methods[] = {
    {"close", (PyCFunction)(void (*)(void))file_wrapper_close, METH_NOARGS,
     "Closes the file."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef file_wrapper_members[] = {
    {"filelike", T_OBJECT, offsetof(struct file_wrapper, filelike), READONLY, "The file."},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot file_wrapper_slots[] = {
    {Py_tp_doc, "FileWrapper(filelike, blksize=65536): its blocks, one after the other."},
    {Py_tp_new, file_wrapper_new},
    {Py_tp_dealloc, file_wrapper_dealloc},
    {Py_tp_traverse, file_wrapper_traverse},
    {Py_tp_clear, file_wrapper_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, file_wrapper_next},
    {Py_tp_methods, file_wrapper_methods},
    {Py_tp_members, file_wrapper_members},
    {0, NULL},
};

static PyType_Spec file_wrapper_spec = {
    .name = "hotclub._native.FileWrapper",
    .basicsize = sizeof(struct file_wrapper),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = file_wrapper_slots,
};

static int find_file_types(struct hcb_wsgi_state *state)
{
    static const char *const names[] = {"FileIO", "BufferedReader", "BufferedRandom"};
    PyObject *io = PyImport_ImportModule("io");
    int result = io == NULL ? -1 : 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && result == 0; i++) {
        state->file_types[i] = (PyTypeObject *)PyObject_GetAttrString(io, names[i]);
        if (state->file_types[i] == NULL)
            result = -1;
    }
    Py_XDECREF(io);
    return result;
}

int hcb_file_wrapper_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->file_wrapper_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &file_wrapper_spec, NULL);
    if (state->file_wrapper_type == NULL || find_file_types(state) < 0)
        return -1;
    return PyModule_AddType(module, state->file_wrapper_type);
}
