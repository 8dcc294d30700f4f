/* The access log's format, from Python: ((kind, text), ...), see hotclub/serve/_access_format.py. */
#include "wsgi.h"

#include "hc/access.h"

static int parse_piece(PyObject *item, struct hc_access_piece *piece)
{
    int kind;
    const char *text;
    Py_ssize_t length;
    if (!PyArg_ParseTuple(item, "is#;each piece must be (kind, text)", &kind, &text, &length))
        return -1;
    piece->kind = (enum hc_access_kind)kind;
    piece->text = hc_bytes(text, (size_t)length);
    return 0;
}

int hcb_access_set_format(struct hc_access *access, PyObject *pieces, bool json)
{
    Py_ssize_t count = PyTuple_GET_SIZE(pieces);
    struct hc_access_piece *made = PyMem_Calloc((size_t)count + 1, sizeof *made);
    int result = made == NULL ? (PyErr_NoMemory(), -1) : 0;
    for (Py_ssize_t i = 0; i < count && result == 0; i++)
        result = parse_piece(PyTuple_GET_ITEM(pieces, i), &made[i]);
    if (result == 0) {
        enum hc_err err = hc_access_set_format(access, made, (size_t)count, json);
        if (err != HC_OK)
            result = (hcb_raise(err), -1);
    }
    PyMem_Free(made);
    return result;
}
