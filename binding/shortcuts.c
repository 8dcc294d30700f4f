/*
 * hotclub._native.Shortcuts: see shortcuts.h, and hotclub.agent.recorder._shortcuts.
 *
 * Like a tuple, both types never change what they refer to, so every cycle has somebody else in
 * it who can break it: they need no tp_clear, and cannot be called half cleared.
 */
#include "shortcuts.h"

#include <stddef.h>
#include <structmember.h>

/* ---- a shortcut: called like a function, and a method of what it is an attribute of */

static int shortcut_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT((PyObject *)self->shared);
    Py_VISIT(self->wrapper);
    Py_VISIT(self->original);
    Py_VISIT(self->kind);
    Py_VISIT(self->name);
    Py_VISIT(self->dict);
    return 0;
}

static void shortcut_dealloc(PyObject *object)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    if (self->weak_references != NULL)
        PyObject_ClearWeakRefs(object);
    Py_DECREF(self->shared);
    Py_DECREF(self->wrapper);
    Py_DECREF(self->original);
    Py_XDECREF(self->kind);
    Py_XDECREF(self->name);
    Py_XDECREF(self->dict);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyObject *shortcut_bind(PyObject *object, PyObject *instance, PyObject *owner)
{
    (void)owner;
    if (instance != NULL && instance != Py_None)
        return PyMethod_New(object, instance);
    Py_INCREF(object);
    return object;
}

static PyMemberDef shortcut_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct hcb_shortcut, call), READONLY, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(struct hcb_shortcut, dict), READONLY, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct hcb_shortcut, weak_references), READONLY,
     NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef shortcut_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* It copies as functions do. */
static PyObject *shortcut_itself(PyObject *object, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(object);
}

static PyMethodDef shortcut_methods[] = {
    {"__copy__", shortcut_itself, METH_NOARGS, NULL},
    {"__deepcopy__", shortcut_itself, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot shortcut_slots[] = {
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_dealloc, shortcut_dealloc},
    {Py_tp_descr_get, shortcut_bind},
    {Py_tp_traverse, shortcut_traverse},
    {Py_tp_members, shortcut_members},
    {Py_tp_methods, shortcut_methods},
    {Py_tp_getset, shortcut_getset},
    {0, NULL},
};

static PyType_Spec shortcut_spec = {
    .name = "hotclub._native.Shortcut",
    .basicsize = sizeof(struct hcb_shortcut),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL
             | Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = shortcut_slots,
};

/* Takes the original over, also on failure. */
static struct hcb_shortcut *make_for(PyObject *object, vectorcallfunc call, PyObject *wrapper,
                                     PyObject *original)
{
    PyTypeObject *type = hcb_state_of_type(Py_TYPE(object))->shortcuts.shortcut_type;
    struct hcb_shortcut *made = NULL;
    if (original != NULL)
        made = (struct hcb_shortcut *)type->tp_alloc(type, 0);
    if (made == NULL) {
        Py_XDECREF(original);
        return NULL;
    }
    Py_INCREF(object);
    Py_INCREF(wrapper);
    made->call = call;
    made->shared = (struct hcb_shortcuts *)object;
    made->wrapper = wrapper;
    made->original = original;
    return made;
}

static PyObject *make(PyObject *object, PyObject *args)
{
    const char *name;
    PyObject *wrapper;
    if (!PyArg_ParseTuple(args, "sO:make", &name, &wrapper))
        return NULL;
    vectorcallfunc call = hcb_shortcut_call(name);
    if (call == NULL)
        return PyErr_Format(PyExc_ValueError, "there is no shortcut for %s()", name);
    PyObject *original = PyObject_GetAttrString(wrapper, "__wrapped__");
    return (PyObject *)make_for(object, call, wrapper, original);
}

static PyObject *in_span(PyObject *object, PyObject *args)
{
    PyObject *original, *wrapper, *kind, *name;
    if (!PyArg_ParseTuple(args, "OOUU:in_span", &original, &wrapper, &kind, &name))
        return NULL;
    Py_INCREF(original);
    struct hcb_shortcut *made =
        make_for(object, hcb_shortcut_call("in_span"), wrapper, original);
    if (made == NULL)
        return NULL;
    Py_INCREF(kind);
    Py_INCREF(name);
    made->kind = kind;
    made->name = name;
    return (PyObject *)made;
}

/* ---- what they share */

static int find_slot(PyTypeObject *type, const char *name, Py_ssize_t *offset)
{
    PyObject *found = PyObject_GetAttrString((PyObject *)type, name);
    if (found == NULL)
        return -1;
    const PyMemberDef *member = NULL;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type))
        member = ((PyMemberDescrObject *)found)->d_member;
    if (member != NULL && member->type == T_OBJECT_EX)
        *offset = member->offset;
    else
        PyErr_Format(PyExc_TypeError, "%s.%s is not a slot", type->tp_name, name);
    Py_DECREF(found);
    return PyErr_Occurred() ? -1 : 0;
}

static int find_slots(struct hcb_shortcuts *self)
{
    struct hcb_batch_slots *batch = &self->batch;
    const struct {
        PyTypeObject *type;
        const char *name;
        Py_ssize_t *offset;
    } wanted[] = {
        {self->trace_type, "deep", &self->trace.deep},
        {self->trace_type, "folds", &self->trace.folds},
        {self->trace_type, "spans", &self->trace.spans},
        {self->trace_type, "last_query", &self->trace.last_query},
        {self->span_type, "parent", &self->span.parent},
        {self->span_type, "kind", &self->span.kind},
        {self->span_type, "name", &self->span.name},
        {self->span_type, "started", &self->span.started},
        {self->span_type, "ns", &self->span.ns},
        {self->span_type, "count", &self->span.count},
        {self->span_type, "stack", &self->span.stack},
        {self->span_type, "batch", &self->span.batch},
        {self->span_type, "query", &self->span.query},
        {self->facts_type, "alias", &self->facts.alias},
        {self->facts_type, "rows", &self->facts.rows},
        {self->facts_type, "before", &self->facts.before},
        {self->facts_type, "many", &self->facts.many},
        {self->facts_type, "params", &self->facts.params},
        {self->batch_type, "trace", &batch->trace},
        {self->batch_type, "model", &batch->model},
        {self->batch_type, "size", &batch->size},
        {self->batch_type, "loads", &batch->loads},
        {self->batch_type, "owners", &batch->owners},
        {self->batch_type, "created", &batch->created},
        {self->batch_type, "query", &batch->query},
        {self->batch_type, "singles", &batch->singles},
        {self->batch_type, "key", &batch->key},
        {self->batch_type, "span", &batch->span},
        {self->batch_type, "asked", &batch->asked},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (find_slot(wanted[i].type, wanted[i].name, wanted[i].offset) < 0)
            return -1;
    return 0;
}

static int find_names(struct hcb_shortcut_names *names)
{
    const struct {
        PyObject **name;
        const char *text;
    } wanted[] = {
        {&names->state, "_state"},       {&names->batch, "_hotclub"},
        {&names->queryset, "queryset"},  {&names->model, "model"},
        {&names->query, "_query"},       {&names->select_related, "select_related"},
        {&names->related, "related_klass_infos"},
        {&names->db, "db"},              {&names->alias, "alias"},
        {&names->cursor, "cursor"},      {&names->rowcount, "rowcount"},
        {&names->kind, "query"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        *wanted[i].name = PyUnicode_InternFromString(wanted[i].text);
        if (*wanted[i].name == NULL)
            return -1;
    }
    return 0;
}

static PyObject *shortcuts_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *current, *any, *walk, *trace, *span, *batch, *facts;
    if (kwargs != NULL && PyDict_GET_SIZE(kwargs) > 0)
        return PyErr_Format(PyExc_TypeError, "Shortcuts() takes no keyword arguments");
    if (!PyArg_ParseTuple(args, "O!OOO!O!O!O!:Shortcuts", &PyContextVar_Type, &current, &any, &walk,
                          &PyType_Type, &trace, &PyType_Type, &span, &PyType_Type, &batch, &PyType_Type,
                          &facts))
        return NULL;
    struct hcb_shortcuts *self = (struct hcb_shortcuts *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Py_INCREF(current);
    Py_INCREF(any);
    Py_INCREF(walk);
    Py_INCREF(trace);
    Py_INCREF(span);
    Py_INCREF(batch);
    Py_INCREF(facts);
    self->current = current;
    self->any = any;
    self->walk = walk;
    self->trace_type = (PyTypeObject *)trace;
    self->span_type = (PyTypeObject *)span;
    self->batch_type = (PyTypeObject *)batch;
    self->facts_type = (PyTypeObject *)facts;
    if (find_slots(self) < 0 || find_names(&self->names) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int shortcuts_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct hcb_shortcuts *self = (struct hcb_shortcuts *)object;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->current);
    Py_VISIT(self->any);
    Py_VISIT(self->walk);
    Py_VISIT((PyObject *)self->trace_type);
    Py_VISIT((PyObject *)self->span_type);
    Py_VISIT((PyObject *)self->batch_type);
    Py_VISIT((PyObject *)self->facts_type);
    return 0;
}

static void shortcuts_dealloc(PyObject *object)
{
    struct hcb_shortcuts *self = (struct hcb_shortcuts *)object;
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    Py_XDECREF(self->current);
    Py_XDECREF(self->any);
    Py_XDECREF(self->walk);
    Py_XDECREF(self->trace_type);
    Py_XDECREF(self->span_type);
    Py_XDECREF(self->batch_type);
    Py_XDECREF(self->facts_type);
    Py_XDECREF(self->names.state);
    Py_XDECREF(self->names.batch);
    Py_XDECREF(self->names.queryset);
    Py_XDECREF(self->names.model);
    Py_XDECREF(self->names.query);
    Py_XDECREF(self->names.select_related);
    Py_XDECREF(self->names.related);
    Py_XDECREF(self->names.db);
    Py_XDECREF(self->names.alias);
    Py_XDECREF(self->names.cursor);
    Py_XDECREF(self->names.rowcount);
    Py_XDECREF(self->names.kind);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef shortcuts_methods[] = {
    {"make", make, METH_VARARGS,
     PyDoc_STR("make(name, wrapper, /)\n--\n\nThe shortcut of this name for the wrapper.")},
    {"in_span", in_span, METH_VARARGS,
     PyDoc_STR("in_span(function, wrapper, kind, name, /)\n--\n\nThe function in a span; wrapper "
               "is the same in Python.")},
    {"rows", hcb_rows_of, METH_VARARGS,
     PyDoc_STR("rows(first, instances, batch, /)\n--\n\nThe first and the other instances, each "
               "told its batch.")},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot shortcuts_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("The recorder's wrappers in their common case; "
                                  "see hotclub.agent.recorder._shortcuts.")},
    {Py_tp_new, shortcuts_new},
    {Py_tp_dealloc, shortcuts_dealloc},
    {Py_tp_traverse, shortcuts_traverse},
    {Py_tp_methods, shortcuts_methods},
    {0, NULL},
};

static PyType_Spec shortcuts_spec = {
    .name = "hotclub._native.Shortcuts",
    .basicsize = sizeof(struct hcb_shortcuts),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = shortcuts_slots,
};

/* ---- the part */

static int add(PyObject *module, struct hcb_state *state)
{
    state->shortcuts.shortcut_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &shortcut_spec, NULL);
    if (state->shortcuts.shortcut_type == NULL)
        return -1;
    state->shortcuts.rows_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &hcb_rows_spec, NULL);
    if (state->shortcuts.rows_type == NULL)
        return -1;
    PyObject *type = PyType_FromModuleAndSpec(module, &shortcuts_spec, NULL);
    if (type == NULL)
        return -1;
    int added = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return added;
}

static int traverse(struct hcb_state *state, visitproc visit, void *arg)
{
    Py_VISIT((PyObject *)state->shortcuts.shortcut_type);
    Py_VISIT((PyObject *)state->shortcuts.rows_type);
    return 0;
}

static void clear(struct hcb_state *state)
{
    Py_CLEAR(state->shortcuts.shortcut_type);
    Py_CLEAR(state->shortcuts.rows_type);
}

const struct hcb_part hcb_shortcuts_part = {.add = add, .traverse = traverse, .clear = clear};
