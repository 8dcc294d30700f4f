/*
 * hotclub._native.Maker: makes objects of a class with __slots__ as fast as tuples are made.
 *
 * Python's own way calls __init__, which assigns one slot after the other: a microsecond for what
 * the recorder makes a dozen of in each request. A maker has a prototype, made by __init__, whose
 * slots' values are copied; lists, dicts and sets become new ones.
 */
#include "module.h"

#include <stddef.h>
#include <structmember.h>

struct slot {
    Py_ssize_t offset;
    PyObject *value; /* NULL: none, the slot stays empty */
    PyObject *(*make)(PyObject *value);
};

struct maker {
    PyObject_VAR_HEAD
    vectorcallfunc call;
    PyTypeObject *type;
    Py_ssize_t given; /* of the slots: those that arguments fill, which come first */
    struct slot slots[];
};

static PyObject *same(PyObject *value)
{
    Py_INCREF(value);
    return value;
}

static PyObject *new_list(PyObject *value)
{
    (void)value;
    return PyList_New(0);
}

static PyObject *new_dict(PyObject *value)
{
    (void)value;
    return PyDict_New();
}

static PyObject *new_set(PyObject *value)
{
    (void)value;
    return PySet_New(NULL);
}

static PyObject *call(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    struct maker *self = (struct maker *)callable;
    Py_ssize_t given = PyVectorcall_NARGS(count);
    if (given > self->given || (names != NULL && PyTuple_GET_SIZE(names) > 0))
        return PyErr_Format(PyExc_TypeError, "%s takes at most %zd arguments, none of them by name",
                            self->type->tp_name, self->given);
    PyObject *made = self->type->tp_alloc(self->type, 0);
    for (Py_ssize_t i = 0; made != NULL && i < Py_SIZE(self); i++) {
        const struct slot *slot = &self->slots[i];
        if (i >= given && slot->value == NULL)
            continue;
        PyObject *value = i < given ? same(args[i]) : slot->make(slot->value);
        if (value == NULL)
            Py_CLEAR(made);
        else
            *(PyObject **)(void *)((char *)made + slot->offset) = value;
    }
    return made;
}

/* ---- making one */

static int fill_slot(struct slot *slot, PyObject *prototype, PyObject *name)
{
    PyObject *found = PyObject_GetAttr((PyObject *)Py_TYPE(prototype), name);
    if (found == NULL)
        return -1;
    const PyMemberDef *member = NULL;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type))
        member = ((PyMemberDescrObject *)found)->d_member;
    Py_DECREF(found); /* its class keeps it */
    if (member == NULL || member->type != T_OBJECT_EX) {
        PyErr_Format(PyExc_TypeError, "%s.%U is not a slot", Py_TYPE(prototype)->tp_name, name);
        return -1;
    }
    slot->offset = member->offset;
    slot->value = *(PyObject **)(void *)((char *)prototype + member->offset);
    Py_XINCREF(slot->value);
    slot->make = same;
    if (slot->value != NULL && PyList_CheckExact(slot->value))
        slot->make = new_list;
    else if (slot->value != NULL && PyDict_CheckExact(slot->value))
        slot->make = new_dict;
    else if (slot->value != NULL && Py_IS_TYPE(slot->value, &PySet_Type))
        slot->make = new_set;
    return 0;
}

static PyObject *maker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *prototype, *names;
    Py_ssize_t given;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0)
        return PyErr_Format(PyExc_TypeError, "Maker() takes no keyword arguments");
    if (!PyArg_ParseTuple(args, "OO!n:Maker", &prototype, &PyTuple_Type, &names, &given))
        return NULL;
    if (given < 0 || given > PyTuple_GET_SIZE(names))
        return PyErr_Format(PyExc_ValueError, "there are %zd slots, not %zd",
                            PyTuple_GET_SIZE(names), given);
    struct maker *self = (struct maker *)type->tp_alloc(type, PyTuple_GET_SIZE(names));
    if (self == NULL)
        return NULL;
    self->call = call;
    self->given = given;
    self->type = Py_TYPE(prototype);
    Py_INCREF(self->type);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++)
        if (fill_slot(&self->slots[i], prototype, PyTuple_GET_ITEM(names, i)) < 0) {
            Py_DECREF(self);
            return NULL;
        }
    return (PyObject *)self;
}

/* Like a tuple, a maker never changes: whoever makes a cycle with it can break it. */
static int maker_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct maker *self = (struct maker *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->type);
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_VISIT(self->slots[i].value);
    return 0;
}

static void maker_dealloc(PyObject *object)
{
    struct maker *self = (struct maker *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->type);
    for (Py_ssize_t i = 0; i < Py_SIZE(self); i++)
        Py_XDECREF(self->slots[i].value);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMemberDef maker_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct maker, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot maker_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("Maker(prototype, slots, given, /)\n--\n\nCalled with values for "
                                  "the first slots, at most given of them, it makes an object like "
                                  "the prototype.")},
    {Py_tp_new, maker_new},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_dealloc, maker_dealloc},
    {Py_tp_traverse, maker_traverse},
    {Py_tp_members, maker_members},
    {0, NULL},
};

static PyType_Spec maker_spec = {
    .name = "hotclub._native.Maker",
    .basicsize = offsetof(struct maker, slots),
    .itemsize = sizeof(struct slot),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL,
    .slots = maker_slots,
};

/* ---- the part */

static int add(PyObject *module, struct hcb_state *state)
{
    (void)state;
    PyObject *type = PyType_FromModuleAndSpec(module, &maker_spec, NULL);
    if (type == NULL)
        return -1;
    int added = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return added;
}

const struct hcb_part hcb_makers_part = {.add = add};
