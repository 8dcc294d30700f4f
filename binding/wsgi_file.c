/* wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling"). */
#include "wsgi.h"

#include <stddef.h>

#include <structmember.h>

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

int hcb_file_wrapper_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->file_wrapper_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &file_wrapper_spec, NULL);
    if (state->file_wrapper_type == NULL)
        return -1;
    return PyModule_AddType(module, state->file_wrapper_type);
}
