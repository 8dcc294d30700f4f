/*
 * The rows of an evaluation, each told its batch: the loop of _evaluation() in _queries.py where
 * nothing was joined. See shortcuts.h for who owns what.
 */
#include "shortcuts.h"

#include <stddef.h>
#include <structmember.h>

struct rows {
    PyObject_HEAD
    PyObject *first; /* NULL: it has been handed out */
    PyObject *instances;
    PyObject *batch;
    PyObject *state_name, *batch_name;
    Py_ssize_t count;
};

/* An instance that has no place for its batch, or is none of a model's, goes without. */
static int tell(const struct rows *self, PyObject *instance)
{
    PyObject *state = PyObject_GetAttr(instance, self->state_name);
    int told = state != NULL ? PyObject_SetAttr(state, self->batch_name, self->batch) : -1;
    Py_XDECREF(state);
    if (told == 0)
        return 0;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError))
        return -1;
    PyErr_Clear();
    return 0;
}

static PyObject *rows_next(PyObject *object)
{
    struct rows *self = (struct rows *)object;
    PyObject *instance = self->first;
    self->first = NULL;
    if (instance == NULL && self->instances != NULL)
        instance = Py_TYPE(self->instances)->tp_iternext(self->instances);
    if (instance == NULL)
        return NULL;
    self->count++;
    if (tell(self, instance) < 0)
        Py_CLEAR(instance);
    return instance;
}

static int rows_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct rows *self = (struct rows *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->first);
    Py_VISIT(self->instances);
    Py_VISIT(self->batch);
    return 0;
}

static int rows_clear(PyObject *object)
{
    struct rows *self = (struct rows *)object;
    Py_CLEAR(self->first);
    Py_CLEAR(self->instances);
    return 0;
}

static void rows_dealloc(PyObject *object)
{
    struct rows *self = (struct rows *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)rows_clear(object);
    Py_XDECREF(self->batch);
    Py_XDECREF(self->state_name);
    Py_XDECREF(self->batch_name);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef rows_members[] = {
    {"count", T_PYSSIZET, offsetof(struct rows, count), READONLY,
     PyDoc_STR("How many rows were handed out.")},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot rows_slots[] = {
    {Py_tp_dealloc, rows_dealloc},   {Py_tp_traverse, rows_traverse},
    {Py_tp_clear, rows_clear},       {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, rows_next},     {Py_tp_members, rows_members},
    {0, NULL},
};

PyType_Spec hcb_rows_spec = {
    .name = "hotclub._native.Rows",
    .basicsize = sizeof(struct rows),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = rows_slots,
};

PyObject *hcb_rows_of(PyObject *object, PyObject *args)
{
    struct hcb_shortcuts *shared = (struct hcb_shortcuts *)object;
    PyTypeObject *type = hcb_state_of_type(Py_TYPE(object))->shortcuts.rows_type;
    PyObject *first, *instances, *batch;
    if (!PyArg_ParseTuple(args, "OOO:rows", &first, &instances, &batch))
        return NULL;
    if (!PyIter_Check(instances))
        return PyErr_Format(PyExc_TypeError, "rows() needs an iterator, not %.100s",
                            Py_TYPE(instances)->tp_name);
    struct rows *self = (struct rows *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Py_INCREF(first);
    Py_INCREF(instances);
    Py_INCREF(batch);
    Py_INCREF(shared->names.state);
    Py_INCREF(shared->names.batch);
    self->first = first;
    self->instances = instances;
    self->batch = batch;
    self->state_name = shared->names.state;
    self->batch_name = shared->names.batch;
    return (PyObject *)self;
}
