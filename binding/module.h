/*
 * Module: what the files of the binding share.
 *
 * `hotclub._native` is built from parts, one for each engine module. A part adds its types and
 * functions to the module and keeps what it needs between calls in its own member of the module
 * state; nothing in this room is global.
 *
 * To add a part: a member of struct hcb_state (if it needs one), a prototype of its struct
 * hcb_part below, and a line in the list in module.c.
 *
 * Thread-safety: everything here needs the GIL.
 * Ownership: the module state owns what its members point to, until `clear`.
 * Fork: the state survives it; objects that may not say so themselves.
 */
#ifndef HCB_MODULE_H
#define HCB_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "hc/err.h"
#include "hc/field.h"

/* What the WSGI server keeps: its types, and the names it writes into every environ. */
struct hcb_wsgi_state {
    PyTypeObject *server_type;
    PyTypeObject *starter_type;
    PyTypeObject *input_type;
    PyTypeObject *file_wrapper_type;
    PyTypeObject *forwarding_type;
    PyTypeObject *list_iterator_type;
    PyTypeObject *tuple_iterator_type;
    PyTypeObject *file_types[3]; /* those of open(): raw, buffered, buffered for both */
    PyObject *empty_input;
    PyObject *names[32];              /* see enum hcb_name */
    PyObject *methods[8];             /* "GET", … */
    PyObject *fields[HC_FIELD_COUNT]; /* "HTTP_ACCEPT", … */
};

struct hcb_shortcuts_state {
    PyTypeObject *shortcut_type;
    PyTypeObject *rows_type;
};

struct hcb_state {
    struct hcb_wsgi_state wsgi;
    struct hcb_shortcuts_state shortcuts;
};

/* Each member may be NULL. */
struct hcb_part {
    int (*add)(PyObject *module, struct hcb_state *state); /* -1 with an exception set */
    int (*traverse)(struct hcb_state *state, visitproc visit, void *arg);
    void (*clear)(struct hcb_state *state);
};

extern const struct hcb_part hcb_wsgi_part;
extern const struct hcb_part hcb_sql_part;
extern const struct hcb_part hcb_frames_part;
extern const struct hcb_part hcb_shortcuts_part;
extern const struct hcb_part hcb_makers_part;

struct hcb_state *hcb_state_of(PyObject *module);

/* The state of the module that a heap type (or a base of it) was made by; never NULL. */
struct hcb_state *hcb_state_of_type(PyTypeObject *type);

/* Sets the exception that an error of the engine stands for (errno is read for HC_SYSTEM).
 * Always returns NULL. HC_OK is not an error. */
PyObject *hcb_raise(enum hc_err err);

#endif
