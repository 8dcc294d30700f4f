/*
 * What shortcuts do. Each stands for the wrapper of its name in hotclub.agent.recorder.
 *
 *   get_object   a relation that was loaded for a member of the instance's batch before, whose
 *                stack is known or not wanted this time (_relations, _loads)
 *   execute      a statement that is a plain str (_cursor)
 *   __init__     of a Query that is made to load a relation, and so needs no site; all others have
 *                one, those made outside any request too (_queries)
 *   in_span      a function in a span, which the shortcut knows, around it (_spans)
 *   execute_sql  of a batch (_queries)
 *   __iter__     of the awaited evaluation, not the batch's first and without joins (_queries)
 *   get_related_populators   of a query that joins nothing (_joins)
 *
 * All of them only in light recordings, but for the last. Without a scope each but __init__ calls
 * what is wrapped.
 */
#include "shortcuts.h"

#include <string.h>

#include "hc/clock.h"

/* A scope as in _state.py. The members are borrowed from the tuple. */
struct scope {
    PyObject *tuple;
    PyObject *trace;
    PyObject *batch; /* NULL: none, or not what we know */
    PyObject *accept;
    bool light;
};

enum { NO_SCOPE, SCOPE, FAILED };

static int find_scope(const struct hcb_shortcuts *shared, struct scope *scope)
{
    PyObject *tuple;
    *scope = (struct scope){0};
    if (PyContextVar_Get(shared->current, NULL, &tuple) < 0)
        return FAILED;
    if (tuple == NULL || tuple == Py_None) {
        Py_XDECREF(tuple);
        return NO_SCOPE;
    }
    scope->tuple = tuple;
    if (!PyTuple_CheckExact(tuple) || PyTuple_GET_SIZE(tuple) != 4)
        return SCOPE;
    scope->trace = PyTuple_GET_ITEM(tuple, 0);
    scope->accept = PyTuple_GET_ITEM(tuple, 3);
    if (Py_TYPE(PyTuple_GET_ITEM(tuple, 2)) == shared->batch_type)
        scope->batch = PyTuple_GET_ITEM(tuple, 2);
    scope->light = Py_TYPE(scope->trace) == shared->trace_type
                   && hcb_slot(scope->trace, shared->trace.deep) == Py_False;
    return SCOPE;
}

static void release_scope(struct scope *scope)
{
    Py_CLEAR(scope->tuple);
}

static void account(const struct hcb_shortcuts *shared, PyObject *span, uint64_t began)
{
    hcb_add_to(span, shared->span.ns, (long long)(hc_clock_ns() - began));
    hcb_add_to(span, shared->span.count, 1);
}

/* ---- get_object(self, instance) */

struct load {
    PyObject *batch;
    PyObject *span;
    PyObject *token;
    uint64_t began;
};

static void release_load(struct load *load)
{
    Py_CLEAR(load->batch);
    Py_CLEAR(load->span);
    Py_CLEAR(load->token);
}

/* The batch of an instance, a new reference; NULL, maybe with an exception, if it has none. */
static PyObject *batch_of(const struct hcb_shortcuts *shared, PyObject *instance)
{
    PyObject *state = PyObject_GetAttr(instance, shared->names.state);
    if (state == NULL)
        return NULL;
    PyObject *batch = PyObject_GetAttr(state, shared->names.batch);
    Py_DECREF(state);
    if (batch != NULL && Py_TYPE(batch) != shared->batch_type)
        Py_CLEAR(batch);
    return batch;
}

/* The batch that a descriptor's relation was loaded into before, for members of the instance's.
 * Returned like that. */
static PyObject *known_batch(const struct hcb_shortcuts *shared, const struct scope *scope,
                             PyObject *descriptor, PyObject *instance)
{
    PyObject *parent = batch_of(shared, instance);
    if (parent == NULL)
        return NULL;
    PyObject *batch = NULL;
    PyObject *singles = hcb_slot(parent, shared->batch.singles);
    Py_XINCREF(singles); /* comparing keys may be anybody's code */
    if (singles != NULL && PyDict_CheckExact(singles)
        && hcb_slot(parent, shared->batch.trace) == scope->trace)
        batch = PyDict_GetItemWithError(singles, descriptor);
    Py_XINCREF(batch);
    Py_XDECREF(singles);
    Py_DECREF(parent);
    if (batch != NULL && Py_TYPE(batch) != shared->batch_type)
        Py_CLEAR(batch);
    return batch;
}

/* The span of those of the batch's loads that had the stack of now. Returned like that. */
static PyObject *span_of_stack(const struct hcb_shortcuts *shared, const struct scope *scope,
                               PyObject *batch)
{
    PyObject *span = NULL;
    PyObject *folds = hcb_slot(scope->trace, shared->trace.folds);
    PyObject *stack = PyObject_CallNoArgs(shared->walk);
    PyObject *key = stack != NULL ? PyTuple_Pack(2, batch, stack) : NULL;
    if (key != NULL && folds != NULL && PyDict_CheckExact(folds))
        span = PyDict_GetItemWithError(folds, key);
    Py_XINCREF(span);
    Py_XDECREF(key);
    Py_XDECREF(stack);
    return span;
}

/* The span that the batch's next load is folded into. Returned like that; see open_load() in
 * _loads.py for which loads need a stack. */
static PyObject *next_span(const struct hcb_shortcuts *shared, const struct scope *scope,
                           PyObject *batch)
{
    PyObject *loads = hcb_slot(batch, shared->batch.loads);
    PyObject *created = hcb_slot(batch, shared->batch.created);
    if (created == NULL || created == Py_None || loads == NULL || !PyLong_CheckExact(loads))
        return NULL;
    long long number = PyLong_AsLongLong(loads) + 1;
    PyObject *span;
    if ((number & (number - 1)) == 0) {
        span = span_of_stack(shared, scope, batch);
    } else {
        span = hcb_slot(batch, shared->batch.span);
        Py_XINCREF(span);
    }
    if (span != NULL && Py_TYPE(span) != shared->span_type)
        Py_CLEAR(span);
    return span;
}

/* Counts the instance as one of the batch's owners. */
static bool own(const struct hcb_shortcuts *shared, PyObject *batch, PyObject *instance)
{
    PyObject *name = hcb_slot(batch, shared->batch.key);
    PyObject *owners = hcb_slot(batch, shared->batch.owners);
    if (name == NULL || owners == NULL || !PySet_CheckExact(owners))
        return false;
    Py_INCREF(owners); /* so may reading an attribute */
    PyObject *key = PyObject_GetAttr(instance, name);
    bool added = key != NULL && PySet_Add(owners, key) == 0;
    Py_XDECREF(key);
    Py_DECREF(owners);
    return added;
}

/* Makes the load's batch and span those of the scope. */
static PyObject *enter(const struct hcb_shortcuts *shared, const struct scope *scope,
                       const struct load *load)
{
    PyObject *model = hcb_slot(load->batch, shared->batch.model);
    if (model == NULL)
        return NULL;
    PyObject *tuple = PyTuple_Pack(4, scope->trace, load->span, load->batch, model);
    if (tuple == NULL)
        return NULL;
    PyObject *token = PyContextVar_Set(shared->current, tuple);
    Py_DECREF(tuple);
    return token;
}

/* Says false where the wrapper has to do it; nothing has been done then that it would not do. */
static bool open_load(const struct hcb_shortcuts *shared, const struct scope *scope,
                      PyObject *descriptor, PyObject *instance, struct load *load)
{
    *load = (struct load){.began = hc_clock_ns()};
    load->batch = known_batch(shared, scope, descriptor, instance);
    if (load->batch != NULL)
        load->span = next_span(shared, scope, load->batch);
    if (load->span != NULL && own(shared, load->batch, instance))
        load->token = enter(shared, scope, load);
    if (load->token == NULL) {
        if (PyErr_ExceptionMatches(PyExc_Exception)) /* not what ends the program */
            PyErr_Clear();
        release_load(load);
        return false;
    }
    hcb_add_to(load->batch, shared->batch.loads, 1);
    Py_INCREF(load->span);
    hcb_set_slot(load->batch, shared->batch.span, load->span);
    return true;
}

static int tell(const struct hcb_shortcuts *shared, PyObject *instance, PyObject *batch)
{
    PyObject *state = PyObject_GetAttr(instance, shared->names.state);
    if (state == NULL)
        return -1;
    int result = PyObject_SetAttr(state, shared->names.batch, batch);
    Py_DECREF(state);
    return result;
}

/* Takes the result over and returns it, or NULL with an exception. */
static PyObject *close_load(const struct hcb_shortcuts *shared, struct load *load, PyObject *result)
{
    PyObject *type, *value, *traceback;
    if (result != NULL && tell(shared, result, load->batch) < 0)
        Py_CLEAR(result);
    if (result != NULL)
        hcb_add_to(load->batch, shared->batch.size, 1);
    PyErr_Fetch(&type, &value, &traceback);
    if (PyContextVar_Reset(shared->current, load->token) < 0)
        Py_CLEAR(result);
    if (type != NULL)
        PyErr_Restore(type, value, traceback);
    account(shared, load->span, load->began);
    release_load(load);
    return result;
}

static PyObject *get_object(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)callable;
    struct scope scope;
    struct load load;
    int found = find_scope(self->shared, &scope);
    if (found == NO_SCOPE)
        return PyObject_Vectorcall(self->original, args, count, names);
    bool quick = found == SCOPE && scope.light && names == NULL && PyVectorcall_NARGS(count) == 2
                 && open_load(self->shared, &scope, args[0], args[1], &load);
    release_scope(&scope);
    if (!quick)
        return PyErr_Occurred() ? NULL : PyObject_Vectorcall(self->wrapper, args, count, names);
    PyObject *result = PyObject_Vectorcall(self->original, args, count, names);
    return close_load(self->shared, &load, result);
}

/* ---- execute(self, sql, params) */

/* The span of the same statement, a new reference; NULL if the batch asked for another. */
static PyObject *asked(const struct hcb_shortcuts *shared, const struct scope *scope, PyObject *sql)
{
    PyObject *span = scope->batch ? hcb_slot(scope->batch, shared->batch.asked) : NULL;
    if (span == NULL || Py_TYPE(span) != shared->span_type)
        return NULL;
    PyObject *name = hcb_slot(span, shared->span.name);
    if (name == NULL || !PyUnicode_CheckExact(name) || PyUnicode_Compare(name, sql) != 0)
        return NULL;
    Py_INCREF(span);
    return span;
}

/* Takes the statement down; what went wrong while it was executed stays what goes wrong, unless
 * it is the program that is to end. */
static PyObject *noted(const struct hcb_shortcuts *shared, const struct hcb_statement *statement,
                       PyObject *result)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (hcb_note(shared, statement) < 0) {
        Py_CLEAR(result);
        if (type != NULL && PyErr_ExceptionMatches(PyExc_Exception))
            PyErr_Clear();
    }
    if (type != NULL && !PyErr_Occurred()) {
        PyErr_Restore(type, value, traceback);
        return result;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return result;
}

static PyObject *execute_in(const struct hcb_shortcut *self, const struct scope *scope,
                            PyObject *const *args, size_t count)
{
    PyObject *span = asked(self->shared, scope, args[1]);
    if (span == NULL && PyErr_Occurred())
        return NULL;
    uint64_t began = hc_clock_ns();
    PyObject *result = PyObject_Vectorcall(self->original, args, count, NULL);
    if (span != NULL) {
        account(self->shared, span, began);
        Py_DECREF(span);
        return result;
    }
    const struct hcb_statement statement = {
        .trace = scope->trace,
        .parent = PyTuple_GET_ITEM(scope->tuple, 1),
        .batch = scope->batch,
        .cursor = args[0],
        .sql = args[1],
        .began = began,
        .ns = hc_clock_ns() - began,
    };
    return noted(self->shared, &statement, result);
}

static PyObject *execute(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)callable;
    struct scope scope;
    PyObject *result;
    Py_ssize_t given = PyVectorcall_NARGS(count);
    int found = find_scope(self->shared, &scope);
    if (found == FAILED)
        return NULL;
    if (found == NO_SCOPE)
        result = PyObject_Vectorcall(self->original, args, count, names);
    else if (scope.light && names == NULL && (given == 2 || given == 3)
             && PyUnicode_CheckExact(args[1])
             && (scope.batch != NULL || PyTuple_GET_ITEM(scope.tuple, 2) == Py_None))
        result = execute_in(self, &scope, args, count);
    else
        result = PyObject_Vectorcall(self->wrapper, args, count, names);
    release_scope(&scope);
    return result;
}

/* ---- a function in a span */

static PyObject *call_in(const struct hcb_shortcut *self, const struct scope *scope,
                         PyObject *const *args, size_t count, PyObject *names)
{
    PyObject *type, *value, *traceback;
    PyObject *tuple = scope->tuple;
    PyObject *span = hcb_span(self->shared, scope->trace, PyTuple_GET_ITEM(tuple, 1), self->kind,
                              self->name);
    if (span == NULL)
        return NULL;
    PyObject *inside = PyTuple_Pack(4, scope->trace, span, PyTuple_GET_ITEM(tuple, 2),
                                    PyTuple_GET_ITEM(tuple, 3));
    PyObject *token = inside != NULL ? PyContextVar_Set(self->shared->current, inside) : NULL;
    Py_XDECREF(inside);
    if (token == NULL) {
        Py_DECREF(span);
        return NULL;
    }
    uint64_t began = hc_clock_ns();
    PyObject *result = PyObject_Vectorcall(self->original, args, count, names);
    PyErr_Fetch(&type, &value, &traceback);
    if (Py_TYPE(span) == self->shared->span_type)
        account(self->shared, span, began);
    if (PyContextVar_Reset(self->shared->current, token) < 0)
        Py_CLEAR(result);
    if (type != NULL)
        PyErr_Restore(type, value, traceback);
    Py_DECREF(token);
    Py_DECREF(span);
    return result;
}

static PyObject *in_span(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)callable;
    struct scope scope;
    PyObject *result;
    int found = find_scope(self->shared, &scope);
    if (found == FAILED)
        return NULL;
    if (found == NO_SCOPE)
        result = PyObject_Vectorcall(self->original, args, count, names);
    else if (scope.light && self->kind != NULL)
        result = call_in(self, &scope, args, count, names);
    else
        result = PyObject_Vectorcall(self->wrapper, args, count, names);
    release_scope(&scope);
    return result;
}

/* ---- those that only step aside */

typedef bool (*condition)(const struct hcb_shortcuts *shared, const struct scope *scope,
                          PyObject *self);

/* Calls what is wrapped if the condition holds, or there is no scope and `aside_without`, else the
 * wrapper. */
static PyObject *unless(condition holds, bool aside_without, PyObject *callable,
                        PyObject *const *args, size_t count, PyObject *names)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)callable;
    struct scope scope;
    int found = find_scope(self->shared, &scope);
    if (found == FAILED)
        return NULL;
    bool aside = found == NO_SCOPE && aside_without;
    if (found == SCOPE && scope.accept != NULL && PyVectorcall_NARGS(count) > 0)
        aside = holds(self->shared, &scope, args[0]);
    release_scope(&scope);
    return PyObject_Vectorcall(aside ? self->original : self->wrapper, args, count, names);
}

static bool needs_no_site(const struct hcb_shortcuts *shared, const struct scope *scope,
                          PyObject *self)
{
    (void)shared;
    (void)self;
    return scope->accept != Py_None;
}

static PyObject *init(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    return unless(needs_no_site, false, callable, args, count, names);
}

static bool is_counted(const struct hcb_shortcuts *shared, const struct scope *scope,
                       PyObject *self)
{
    (void)shared;
    (void)self;
    return scope->light && scope->batch != NULL;
}

static PyObject *execute_sql(PyObject *callable, PyObject *const *args, size_t count,
                             PyObject *names)
{
    return unless(is_counted, true, callable, args, count, names);
}

/* Whether an attribute is this object. */
static bool is_its(PyObject *object, PyObject *name, PyObject *wanted)
{
    PyObject *value = PyObject_GetAttr(object, name);
    bool is = value == wanted;
    if (value == NULL)
        PyErr_Clear();
    Py_XDECREF(value);
    return is;
}

static bool joins_nothing(const struct hcb_shortcuts *shared, PyObject *queryset)
{
    PyObject *query = PyObject_GetAttr(queryset, shared->names.query);
    bool nothing = query != NULL && is_its(query, shared->names.select_related, Py_False);
    if (query == NULL)
        PyErr_Clear();
    Py_XDECREF(query);
    return nothing;
}

static bool is_awaited(const struct hcb_shortcuts *shared, const struct scope *scope,
                       PyObject *self)
{
    if (!scope->light || scope->batch == NULL || scope->accept == Py_None
        || scope->accept == shared->any || hcb_slot(scope->batch, shared->batch.query) == Py_None)
        return false;
    PyObject *queryset = PyObject_GetAttr(self, shared->names.queryset);
    bool awaited = queryset != NULL && is_its(queryset, shared->names.model, scope->accept)
                   && joins_nothing(shared, queryset);
    if (queryset == NULL)
        PyErr_Clear();
    Py_XDECREF(queryset);
    return awaited;
}

static PyObject *iter(PyObject *callable, PyObject *const *args, size_t count, PyObject *names)
{
    return unless(is_awaited, true, callable, args, count, names);
}

static PyObject *get_related_populators(PyObject *callable, PyObject *const *args, size_t count,
                                        PyObject *names)
{
    struct hcb_shortcut *self = (struct hcb_shortcut *)callable;
    bool aside = false;
    if (PyVectorcall_NARGS(count) > 0 && PyDict_CheckExact(args[0])) {
        PyObject *below = PyDict_GetItemWithError(args[0], self->shared->names.related);
        aside = below == NULL || (PyList_CheckExact(below) && PyList_GET_SIZE(below) == 0);
        if (PyErr_Occurred())
            return NULL;
    }
    return PyObject_Vectorcall(aside ? self->original : self->wrapper, args, count, names);
}

/* ---- by name */

static const struct {
    const char *name;
    vectorcallfunc call;
} calls[] = {
    {"get_object", get_object},
    {"execute", execute},
    {"in_span", in_span},
    {"__init__", init},
    {"execute_sql", execute_sql},
    {"__iter__", iter},
    {"get_related_populators", get_related_populators},
};

vectorcallfunc hcb_shortcut_call(const char *name)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (strcmp(calls[i].name, name) == 0)
            return calls[i].call;
    return NULL;
}
