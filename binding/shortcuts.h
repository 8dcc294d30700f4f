/*
 * Shortcuts: the recorder's wrappers of Django's functions, in the case that is met most.
 *
 * A wrapper is Python (src/hotclub/agent/recorder) and knows every case. The shortcut that stands
 * in Django in its stead looks whether this is the common one, which it then does in C. Else it
 * calls the wrapper, having done nothing yet. Which case is common is said in shortcut_calls.c.
 *
 * The recorder's objects stay Python's: classes with __slots__, whose values are read and written
 * in place. Where they lie is learnt from the classes' member descriptors.
 *
 * Thread-safety: needs the GIL.
 * Ownership: a shortcut owns its wrapper; the slots' values are owned by their objects.
 * Fork: no state.
 */
#ifndef HCB_SHORTCUTS_H
#define HCB_SHORTCUTS_H

#include "module.h"

#include <stdbool.h>
#include <stdint.h>

/* Where slots lie, in bytes from their object's beginning. */
struct hcb_trace_slots {
    Py_ssize_t deep, folds, spans, last_query;
};

struct hcb_span_slots {
    Py_ssize_t parent, kind, name, started, ns, count, stack, batch, query;
};

struct hcb_facts_slots {
    Py_ssize_t alias, rows, before, many, params;
};

struct hcb_batch_slots {
    Py_ssize_t trace, model, size, loads, owners, created, query, singles, key, span, asked;
};

/* What Django and the recorder call what is looked at. */
struct hcb_shortcut_names {
    PyObject *state, *batch, *queryset, *model, *query, *select_related, *related;
    PyObject *db, *alias, *cursor, *rowcount, *kind;
};

struct hcb_shortcuts {
    PyObject_HEAD
    PyObject *current; /* the context variable of the scope */
    PyObject *any;     /* accepts every model */
    PyObject *walk;    /* gives the stack */
    PyTypeObject *trace_type, *span_type, *batch_type, *facts_type;
    struct hcb_trace_slots trace;
    struct hcb_span_slots span;
    struct hcb_batch_slots batch;
    struct hcb_facts_slots facts;
    struct hcb_shortcut_names names;
};

struct hcb_shortcut {
    PyObject_HEAD
    vectorcallfunc call;
    struct hcb_shortcuts *shared;
    PyObject *wrapper;
    PyObject *original; /* what the wrapper wraps */
    PyObject *kind;     /* of the span around it; NULL: there is none */
    PyObject *name;
    PyObject *dict;
    PyObject *weak_references;
};

/* The value of a slot, borrowed; NULL if it has none. */
static inline PyObject *hcb_slot(PyObject *object, Py_ssize_t offset)
{
    return *(PyObject **)(void *)((char *)object + offset);
}

/* Takes the reference over. */
static inline void hcb_set_slot(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    PyObject **slot = (PyObject **)(void *)((char *)object + offset);
    PyObject *before = *slot;
    *slot = value;
    Py_XDECREF(before);
}

/* A number in a slot grows; one that cannot is left as it is. Keeps the current exception. */
void hcb_add_to(PyObject *object, Py_ssize_t offset, long long more);

/* A statement that was executed. All is borrowed. */
struct hcb_statement {
    PyObject *trace;
    PyObject *parent; /* its span's */
    PyObject *batch;  /* NULL: none */
    PyObject *cursor;
    PyObject *sql;
    uint64_t began, ns;
};

/* Takes a statement down in a light recording, as _note() of _cursor.py does; -1 with an
 * exception. */
int hcb_note(const struct hcb_shortcuts *shared, const struct hcb_statement *statement);

/* The span of this kind and name below the parent, as Trace.span() of a light recording has it: a
 * new reference. */
PyObject *hcb_span(const struct hcb_shortcuts *shared, PyObject *trace, PyObject *parent,
                   PyObject *kind, PyObject *name);

/* rows(first, instances, batch): an iterator over an evaluation's instances. */
PyObject *hcb_rows_of(PyObject *shortcuts, PyObject *args);
extern PyType_Spec hcb_rows_spec;

/* The function for a shortcut of this name; NULL if there is none. */
vectorcallfunc hcb_shortcut_call(const char *name);

#endif
