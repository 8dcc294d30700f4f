/*
 * Frames: the running Python frames, innermost first, and what is in them.
 *
 * The public API makes a frame object for each frame that is looked at (50 ns and more, for code
 * that has just been entered), and a dict of all locals to read one (CPython 3.11). So where the
 * interpreter's own frames are known (CPython 3.11 to 3.13, with its internal headers) they are
 * read in place, and nothing is made. Elsewhere the public API is used; results are the same.
 * HCB_PUBLIC_FRAMES chooses it everywhere, for comparison.
 *
 * Thread-safety: needs the GIL.
 * Ownership: hcb_frame_first() must be followed by hcb_frame_next() to the end, or by
 *   hcb_frame_release(). Frames outside the current call cannot go away or change meanwhile:
 *   they are its callers.
 * Fork: no state.
 */
#ifndef HCB_FRAME_H
#define HCB_FRAME_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <frameobject.h>
#include <stdbool.h>

#if !defined HCB_PUBLIC_FRAMES && !defined Py_GIL_DISABLED && defined __has_include
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000
#if __has_include(<internal/pycore_frame.h>)
#define HCB_RAW_FRAMES
#endif
#endif
#endif

#ifdef HCB_RAW_FRAMES

#define Py_BUILD_CORE
#include <internal/pycore_code.h>
#include <internal/pycore_frame.h>
#undef Py_BUILD_CORE

struct hcb_frame {
    _PyInterpreterFrame *raw; /* NULL: no more */
};

/* Passes over what has no Python code running: C's own entries, frames being set up. */
static inline struct hcb_frame hcb_frame_complete(_PyInterpreterFrame *raw)
{
    while (raw != NULL && _PyFrame_IsIncomplete(raw))
        raw = raw->previous;
    return (struct hcb_frame){raw};
}

static inline struct hcb_frame hcb_frame_first(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return hcb_frame_complete(PyThreadState_Get()->current_frame);
#else
    return hcb_frame_complete(PyThreadState_Get()->cframe->current_frame);
#endif
}

static inline bool hcb_frame_is_end(struct hcb_frame frame)
{
    return frame.raw == NULL;
}

static inline void hcb_frame_next(struct hcb_frame *frame)
{
    *frame = hcb_frame_complete(frame->raw->previous);
}

static inline void hcb_frame_release(struct hcb_frame frame)
{
    (void)frame;
}

/* A new reference to the code object. */
static inline PyObject *hcb_frame_code(struct hcb_frame frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *code = (PyObject *)_PyFrame_GetCode(frame.raw);
#else
    PyObject *code = (PyObject *)frame.raw->f_code;
#endif
    Py_INCREF(code);
    return code;
}

/* The offset of the current instruction in bytes. */
static inline int hcb_frame_lasti(struct hcb_frame frame)
{
    int index = _PyInterpreterFrame_LASTI(frame.raw);
    return index < 0 ? -1 : index * (int)sizeof(_Py_CODEUNIT);
}

/* A new reference to the local variable at this place in co_varnames, which has this name. NULL
 * without an exception if it has no value. An argument that a closure uses is in a cell: cells
 * are made before a function's first call, so in a caller they all are. */
static inline PyObject *hcb_frame_local(struct hcb_frame frame, Py_ssize_t index, PyObject *name)
{
    PyObject *value = frame.raw->localsplus[index];
#if PY_VERSION_HEX >= 0x030D0000
    PyCodeObject *code = _PyFrame_GetCode(frame.raw);
#else
    PyCodeObject *code = frame.raw->f_code;
#endif
    (void)name;
    if (value != NULL && (_PyLocals_GetKind(code->co_localspluskinds, (int)index) & CO_FAST_CELL))
        value = PyCell_GET(value);
    Py_XINCREF(value);
    return value;
}

#else

struct hcb_frame {
    PyFrameObject *object; /* NULL: no more */
};

static inline struct hcb_frame hcb_frame_first(void)
{
    return (struct hcb_frame){PyThreadState_GetFrame(PyThreadState_Get())};
}

static inline bool hcb_frame_is_end(struct hcb_frame frame)
{
    return frame.object == NULL;
}

static inline void hcb_frame_next(struct hcb_frame *frame)
{
    PyFrameObject *outer = PyFrame_GetBack(frame->object);
    Py_DECREF(frame->object);
    frame->object = outer;
}

static inline void hcb_frame_release(struct hcb_frame frame)
{
    Py_XDECREF(frame.object);
}

static inline PyObject *hcb_frame_code(struct hcb_frame frame)
{
    return (PyObject *)PyFrame_GetCode(frame.object);
}

static inline int hcb_frame_lasti(struct hcb_frame frame)
{
#if PY_VERSION_HEX >= 0x030B0000
    return PyFrame_GetLasti(frame.object);
#else
    int index = frame.object->f_lasti;
    return index < 0 ? -1 : index * (int)sizeof(_Py_CODEUNIT);
#endif
}

static inline PyObject *hcb_frame_local(struct hcb_frame frame, Py_ssize_t index, PyObject *name)
{
#if PY_VERSION_HEX >= 0x030C0000
    (void)index;
    PyObject *value = PyFrame_GetVar(frame.object, name);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_NameError))
        PyErr_Clear();
    return value;
#else
#if PY_VERSION_HEX < 0x030B0000
    PyObject *local = frame.object->f_localsplus[index];
    if (local != NULL) {
        Py_INCREF(local);
        return local;
    } /* without a value, or in a cell */
#endif
    (void)index;
    PyObject *locals = PyObject_GetAttrString((PyObject *)frame.object, "f_locals");
    if (locals == NULL)
        return NULL;
    PyObject *value = PyDict_GetItemWithError(locals, name);
    Py_XINCREF(value);
    Py_DECREF(locals);
    return value;
#endif
}

#endif
#endif
