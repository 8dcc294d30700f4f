/*
 * Statements taken down in light recordings: _note() of _cursor.py in C, for a page's first
 * statements as well as for those that repeat.
 */
#include "shortcuts.h"

#include "hc/clock.h"

void hcb_add_to(PyObject *object, Py_ssize_t offset, long long more)
{
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyObject *before = hcb_slot(object, offset);
    if (before == NULL || !PyLong_CheckExact(before))
        return;
    bool pending = PyErr_Occurred() != NULL;
    if (pending)
        PyErr_Fetch(&type, &value, &traceback);
    long long number = PyLong_AsLongLong(before);
    PyObject *after = NULL;
    if (number != -1 || !PyErr_Occurred())
        after = PyLong_FromLongLong(number + more);
    if (after != NULL)
        hcb_set_slot(object, offset, after);
    else
        PyErr_Clear();
    if (pending)
        PyErr_Restore(type, value, traceback);
}

static void set(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    PyObject *kept = value != NULL ? value : Py_None;
    Py_INCREF(kept);
    hcb_set_slot(object, offset, kept);
}

static int set_number(PyObject *object, Py_ssize_t offset, long long value)
{
    PyObject *number = PyLong_FromLongLong(value);
    if (number == NULL)
        return -1;
    hcb_set_slot(object, offset, number);
    return 0;
}

static PyObject *make_facts(const struct hcb_shortcuts *shared, PyObject *cursor)
{
    PyObject *db = PyObject_GetAttr(cursor, shared->names.db);
    PyObject *alias = db != NULL ? PyObject_GetAttr(db, shared->names.alias) : NULL;
    Py_XDECREF(db);
    if (alias == NULL)
        return NULL;
    PyObject *facts = shared->facts_type->tp_alloc(shared->facts_type, 0);
    if (facts == NULL) {
        Py_DECREF(alias);
        return NULL;
    }
    hcb_set_slot(facts, shared->facts.alias, alias);
    set(facts, shared->facts.params, NULL);
    if (set_number(facts, shared->facts.rows, -1) < 0
        || set_number(facts, shared->facts.before, 0) < 0
        || set_number(facts, shared->facts.many, 1) < 0)
        Py_CLEAR(facts);
    return facts;
}

static PyObject *make_span(const struct hcb_shortcuts *shared, PyObject *parent, PyObject *kind,
                           PyObject *name, uint64_t began)
{
    const struct hcb_span_slots *slots = &shared->span;
    PyObject *span = shared->span_type->tp_alloc(shared->span_type, 0);
    if (span == NULL)
        return NULL;
    set(span, slots->parent, parent);
    set(span, slots->kind, kind);
    set(span, slots->name, name);
    set(span, slots->stack, NULL);
    set(span, slots->batch, NULL);
    set(span, slots->query, NULL);
    if (set_number(span, slots->started, (long long)began) < 0
        || set_number(span, slots->ns, 0) < 0 || set_number(span, slots->count, 0) < 0)
        Py_CLEAR(span);
    return span;
}

static PyObject *make_query(const struct hcb_shortcuts *shared,
                            const struct hcb_statement *statement, PyObject *stack)
{
    PyObject *facts = make_facts(shared, statement->cursor);
    if (facts == NULL)
        return NULL;
    PyObject *span = make_span(shared, statement->parent, shared->names.kind, statement->sql,
                               statement->began);
    if (span != NULL) {
        set(span, shared->span.stack, stack);
        set(span, shared->span.batch, statement->batch);
        set(span, shared->span.query, facts);
    }
    Py_DECREF(facts);
    return span;
}

PyObject *hcb_span(const struct hcb_shortcuts *shared, PyObject *trace, PyObject *parent,
                   PyObject *kind, PyObject *name)
{
    PyObject *folds = hcb_slot(trace, shared->trace.folds);
    PyObject *spans = hcb_slot(trace, shared->trace.spans);
    if (folds == NULL || spans == NULL || !PyDict_CheckExact(folds) || !PyList_CheckExact(spans))
        return PyErr_Format(PyExc_TypeError, "the trace has no spans");
    PyObject *key = PyTuple_Pack(3, parent, kind, name);
    if (key == NULL)
        return NULL;
    Py_INCREF(folds); /* hashing keys may be anybody's code */
    Py_INCREF(spans);
    PyObject *span = PyDict_GetItemWithError(folds, key);
    Py_XINCREF(span);
    if (span == NULL && !PyErr_Occurred()) {
        span = make_span(shared, parent, kind, name, hc_clock_ns());
        if (span != NULL
            && (PyDict_SetItem(folds, key, span) < 0 || PyList_Append(spans, span) < 0))
            Py_CLEAR(span);
    }
    Py_DECREF(folds);
    Py_DECREF(spans);
    Py_DECREF(key);
    return span;
}

/* The span that the statement is folded into, made if there is none: a new reference. */
static PyObject *span_of(const struct hcb_shortcuts *shared, const struct hcb_statement *statement,
                         PyObject *stack, PyObject *folds, PyObject *spans)
{
    PyObject *of = statement->batch != NULL ? statement->batch : stack;
    PyObject *key = PyTuple_Pack(2, of, statement->sql);
    if (key == NULL)
        return NULL;
    PyObject *span = PyDict_GetItemWithError(folds, key);
    if (span != NULL && Py_TYPE(span) == shared->span_type
        && hcb_slot(span, shared->span.query) != Py_None) {
        Py_INCREF(span);
        Py_DECREF(key);
        return span;
    }
    span = PyErr_Occurred() ? NULL : make_query(shared, statement, stack);
    if (span != NULL && (PyDict_SetItem(folds, key, span) < 0 || PyList_Append(spans, span) < 0))
        Py_CLEAR(span);
    Py_DECREF(key);
    return span;
}

/* The driver's `rowcount`; 0 if it has none, or does not know. */
static long long row_count(const struct hcb_shortcuts *shared, PyObject *cursor)
{
    PyObject *own = PyObject_GetAttr(cursor, shared->names.cursor);
    PyObject *rows = own != NULL ? PyObject_GetAttr(own, shared->names.rowcount) : NULL;
    long long count = rows != NULL && PyLong_CheckExact(rows) ? PyLong_AsLongLong(rows) : 0;
    if (PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear();
    Py_XDECREF(rows);
    Py_XDECREF(own);
    return count;
}

/* What is known of the query's rows beside what earlier ones brought. */
static int count_rows(const struct hcb_shortcuts *shared, PyObject *facts, long long rows)
{
    PyObject *known = hcb_slot(facts, shared->facts.rows);
    long long before = known != NULL && PyLong_CheckExact(known) ? PyLong_AsLongLong(known) : 0;
    if (before < 0) {
        PyErr_Clear(); /* beyond 64 bits, if anything */
        before = 0;
    }
    if (set_number(facts, shared->facts.before, before) < 0)
        return -1;
    return rows > 0 ? set_number(facts, shared->facts.rows, before + rows) : 0;
}

static int take_down(const struct hcb_shortcuts *shared, const struct hcb_statement *statement,
                     PyObject *span)
{
    hcb_add_to(span, shared->span.ns, (long long)statement->ns);
    hcb_add_to(span, shared->span.count, 1);
    if (statement->batch != NULL)
        set(statement->batch, shared->batch.asked, span);
    PyObject *facts = hcb_slot(span, shared->span.query);
    if (facts == NULL || Py_TYPE(facts) != shared->facts_type)
        return 0;
    Py_INCREF(facts);
    set(statement->trace, shared->trace.last_query, facts);
    long long rows = row_count(shared, statement->cursor);
    int result = PyErr_Occurred() ? -1 : count_rows(shared, facts, rows);
    Py_DECREF(facts);
    return result;
}

int hcb_note(const struct hcb_shortcuts *shared, const struct hcb_statement *statement)
{
    PyObject *folds = hcb_slot(statement->trace, shared->trace.folds);
    PyObject *spans = hcb_slot(statement->trace, shared->trace.spans);
    if (folds == NULL || spans == NULL || !PyDict_CheckExact(folds) || !PyList_CheckExact(spans))
        return 0;
    PyObject *stack = NULL;
    if (statement->batch == NULL) {
        stack = PyObject_CallNoArgs(shared->walk);
        if (stack == NULL)
            return -1;
    }
    Py_INCREF(folds); /* hashing keys may be anybody's code */
    Py_INCREF(spans);
    PyObject *span = span_of(shared, statement, stack, folds, spans);
    Py_DECREF(folds);
    Py_DECREF(spans);
    Py_XDECREF(stack);
    if (span == NULL)
        return -1;
    int result = take_down(shared, statement, span);
    Py_DECREF(span);
    return result;
}
