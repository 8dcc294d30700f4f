/*
 * The edge for Python: static files in front of the application, and files that it names in
 * X-Accel-Redirect or X-Sendfile.
 */
#include "wsgi.h"

#include <string.h>

/* A tuple of (prefix, directory) → roots; the texts stay with `kept`, a list. */
static struct hc_edge_root *roots_of(PyObject *pairs, PyObject *kept)
{
    Py_ssize_t count = pairs == NULL ? 0 : PyTuple_GET_SIZE(pairs);
    struct hc_edge_root *roots = PyMem_Calloc((size_t)count + 1, sizeof *roots);
    if (roots == NULL)
        PyErr_NoMemory();
    for (Py_ssize_t i = 0; roots != NULL && i < count; i++) {
        PyObject *directory = NULL;
        const char *prefix;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(pairs, i), "sO&", &prefix, PyUnicode_FSConverter,
                              &directory)
            || PyList_Append(kept, directory) < 0) {
            PyMem_Free(roots);
            roots = NULL;
        } else {
            roots[i] = (struct hc_edge_root){prefix, PyBytes_AS_STRING(directory)};
        }
        Py_XDECREF(directory);
    }
    return roots;
}

int hcb_edge_create(PyObject *files, PyObject *redirects, struct hc_edge **edge)
{
    struct hc_edge_config config = {.alloc = NULL};
    PyObject *kept = PyList_New(0);
    struct hc_edge_root *roots = NULL, *internal = NULL;
    enum hc_err err = HC_OK;
    if (kept != NULL && (roots = roots_of(files, kept)) != NULL)
        internal = roots_of(redirects, kept);
    if (internal != NULL) {
        config.roots = roots;
        config.root_count = files == NULL ? 0 : (size_t)PyTuple_GET_SIZE(files);
        config.internal = internal;
        config.internal_count = redirects == NULL ? 0 : (size_t)PyTuple_GET_SIZE(redirects);
        err = hc_edge_create(&config, edge);
        if (err == HC_INVALID)
            PyErr_SetString(PyExc_ValueError, "files are (prefix, directory): the prefix begins "
                                              "and ends with '/', the directory is absolute");
        else if (err != HC_OK)
            (void)hcb_raise(err);
    }
    PyMem_Free(internal);
    PyMem_Free(roots);
    Py_XDECREF(kept);
    return PyErr_Occurred() ? -1 : 0;
}

/* The field that names a file; NULL when there is none, or nobody to look at it. */
static const struct hc_pair *redirect_of(const struct hcb_exchange *x)
{
    static const struct hc_bytes accel = {"X-Accel-Redirect", 16}, file = {"X-Sendfile", 10};
    const struct hcb_starter *head = x->starter;
    if (x->edge == NULL || head->status / 100 != 2)
        return NULL;
    for (size_t i = 0; i < head->pair_count; i++) {
        const struct hc_pair *pair = &head->pairs[i];
        if ((pair->name.length == accel.length && hc_bytes_equal_nocase(pair->name, accel))
            || (pair->name.length == file.length && hc_bytes_equal_nocase(pair->name, file)))
            return pair;
    }
    return NULL;
}

bool hcb_exchange_redirects(const struct hcb_exchange *x)
{
    return redirect_of(x) != NULL && !hc_request_sent(x->request);
}

enum hc_err hcb_exchange_redirect(struct hcb_exchange *x)
{
    const struct hc_pair *pair = redirect_of(x);
    return hc_edge_redirect(x->edge, x->request, pair->value, pair->name.length == 10,
                            x->starter->pairs, x->starter->pair_count);
}
