/* The one place where an error of the engine becomes an exception. */
#include "module.h"

static PyObject *type_of(enum hc_err err)
{
    switch (err) {
    case HC_NOMEM: return PyExc_MemoryError;
    case HC_SYSTEM: return PyExc_OSError;
    case HC_INVALID: return PyExc_ValueError;
    case HC_LIMIT: return PyExc_OverflowError;
    case HC_CLOSED: return PyExc_ConnectionResetError;
    case HC_TIMEOUT: return PyExc_TimeoutError;
    case HC_INTERRUPTED: return PyExc_InterruptedError;
    case HC_SHORT: return PyExc_ValueError;
    case HC_OK:
    case HC_STATE:
    case HC_FORKED:
    case HC_STOPPED: break;
    }
    return PyExc_RuntimeError;
}

PyObject *hcb_raise(enum hc_err err)
{
    if (err == HC_SYSTEM)
        return PyErr_SetFromErrno(PyExc_OSError);
    if (err == HC_NOMEM)
        return PyErr_NoMemory();
    PyErr_SetString(type_of(err), hc_err_text(err));
    return NULL;
}
