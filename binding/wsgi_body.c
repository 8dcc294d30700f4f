/*
 * What the application returned → response.
 *
 * Pieces that are all there (a list, a tuple, an iterator over one, as Django's HttpResponse is)
 * go out in one system call with a Content-Length. Everything else is sent piece by piece as it
 * is made: PEP 3333 forbids to hold a piece back while waiting for the next one.
 */
#include "wsgi.h"

/* A response longer than this is sent before the loop is asked for more work, so that its memory
 * is not held while the thread waits. */
enum { LARGE = 65536 };

static int reserve(struct hcb_exchange *x, size_t count)
{
    if (count <= x->piece_room)
        return 0;
    struct hc_bytes *pieces = PyMem_Realloc(x->pieces, count * sizeof *pieces);
    if (pieces == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    x->pieces = pieces;
    x->piece_room = count;
    return 0;
}

static int add_piece(struct hcb_exchange *x, PyObject *piece)
{
    if (!PyBytes_Check(piece)) {
        PyErr_Format(PyExc_TypeError, "a piece of a response must be bytes, not %.100s",
                     Py_TYPE(piece)->tp_name);
        return -1;
    }
    x->pieces[x->piece_count++] =
        hc_bytes(PyBytes_AS_STRING(piece), (size_t)PyBytes_GET_SIZE(piece));
    return 0;
}

static int check_started(const struct hcb_exchange *x)
{
    if (x->starter->status != 0)
        return 0;
    PyErr_SetString(PyExc_AssertionError, "the application did not call start_response");
    return -1;
}

/* Makes these objects the whole response; `kept` holds them, and is stolen. */
static int prepare(struct hcb_exchange *x, PyObject *kept, PyObject *const *items,
                   Py_ssize_t count)
{
    Py_XSETREF(x->kept, kept);
    x->piece_count = 0;
    if (check_started(x) < 0 || reserve(x, (size_t)count) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++)
        if (add_piece(x, items[i]) < 0)
            return -1;
    x->deliver = true;
    return 0;
}

static int prepare_one(struct hcb_exchange *x, PyObject *piece)
{
    return prepare(x, Py_NewRef(piece), &piece, 1);
}

/* The items of a list or tuple as they are now. A single piece does not keep its list alive. */
static int prepare_all(struct hcb_exchange *x, PyObject *items)
{
    if (PySequence_Fast_GET_SIZE(items) == 1)
        return prepare_one(x, PySequence_Fast_GET_ITEM(items, 0));
    PyObject *kept = PySequence_Tuple(items);
    if (kept == NULL)
        return -1;
    return prepare(x, kept, PySequence_Fast_ITEMS(kept), PyTuple_GET_SIZE(kept));
}

enum hc_err hcb_exchange_deliver(struct hcb_exchange *x)
{
    struct hcb_starter *head = x->starter;
    x->deliver = false;
    if (x->edge != NULL && hcb_exchange_redirects(x))
        return hcb_exchange_redirect(x);
    return hc_request_respond(x->request, head->status, head->reason, head->pairs,
                              head->pair_count, x->pieces, x->piece_count);
}

static int deliver_now(struct hcb_exchange *x)
{
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hcb_exchange_deliver(x);
    Py_END_ALLOW_THREADS
    Py_CLEAR(x->kept);
    return err == HC_OK ? 0 : (hcb_raise(err), -1);
}

/* No more pieces will come. */
static int finish(struct hcb_exchange *x)
{
    if (!hc_request_sent(x->request))
        return prepare(x, NULL, NULL, 0) < 0 ? -1 : deliver_now(x);
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hc_request_finish(x->request);
    Py_END_ALLOW_THREADS
    return err == HC_OK ? 0 : (hcb_raise(err), -1);
}

/* True when the piece is all that the application's Content-Length promises. */
static bool is_whole(const struct hcb_exchange *x, PyObject *piece)
{
    return x->starter->status != 0 && PyBytes_Check(piece)
           && PyBytes_GET_SIZE(piece) == x->starter->content_length
           && PyBytes_GET_SIZE(piece) > 0 && !hc_request_sent(x->request);
}

static int stream(struct hcb_exchange *x, PyObject *iterator)
{
    PyObject *piece;
    bool whole = false;
    while ((piece = PyIter_Next(iterator)) != NULL) {
        int result = 0;
        if (!whole && (is_whole(x, piece) || hcb_exchange_redirects(x))) {
            whole = true;
            result = prepare_one(x, piece) < 0 ? -1 : deliver_now(x);
        } else if (!whole) {
            result = hcb_starter_write(x->starter, piece);
        }
        Py_DECREF(piece);
        if (result < 0)
            return -1;
    }
    if (PyErr_Occurred())
        return -1;
    return whole ? 0 : finish(x);
}

static int prepare_rest(struct hcb_exchange *x, PyObject *iterator)
{
    PyObject *items = PySequence_Tuple(iterator);
    if (items == NULL)
        return -1;
    int result = prepare_all(x, items);
    Py_DECREF(items);
    return result;
}

static int iterate(struct hcb_exchange *x, PyObject *result)
{
    PyObject *iterator = PyObject_GetIter(result);
    if (iterator == NULL)
        return -1;
    PyTypeObject *type = Py_TYPE(iterator);
    bool there = (type == x->state->list_iterator_type || type == x->state->tuple_iterator_type)
                 && !hc_request_sent(x->request);
    int status;
    if (there)
        status = prepare_rest(x, iterator) < 0 ? -1 : deliver_now(x);
    else
        status = stream(x, iterator);
    Py_DECREF(iterator);
    return status;
}

/* Calls close() whatever happened before; the first exception is the one that stays. */
static int call_close(struct hcb_exchange *x, PyObject *result, int status)
{
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject *close = PyObject_GetAttr(result, x->state->names[NAME_CLOSE]);
    PyObject *closed = close == NULL ? NULL : PyObject_CallNoArgs(close);
    if (close == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    else if (closed == NULL && status < 0)
        PyErr_WriteUnraisable(result);
    else if (closed == NULL)
        status = -1;
    Py_XDECREF(closed);
    Py_XDECREF(close);
    if (type != NULL)
        PyErr_Restore(type, value, traceback);
    return status;
}

static size_t total(const struct hcb_exchange *x)
{
    size_t bytes = 0;
    for (size_t i = 0; i < x->piece_count; i++)
        bytes += x->pieces[i].length;
    return bytes;
}

/* 1: sent out of the file; 0: it has to be read. */
static int send_file(struct hcb_exchange *x, PyObject *result)
{
    struct hcb_starter *head = x->starter;
    struct hc_file_part part;
    if (head->status == 0 || hc_request_sent(x->request) || hcb_exchange_redirects(x)
        || !hcb_file_wrapper_part(x->state, result, &part))
        return 0;
    enum hc_err err;
    Py_BEGIN_ALLOW_THREADS
    err = hc_request_respond_file(x->request, head->status, head->reason, head->pairs,
                                  head->pair_count, &part);
    Py_END_ALLOW_THREADS
    return err == HC_OK ? 1 : (hcb_raise(err), -1);
}

static int send_iterable(struct hcb_exchange *x, PyObject *result)
{
    int sent = send_file(x, result);
    return sent == 0 ? iterate(x, result) : sent < 0 ? -1 : 0;
}

int hcb_body_send(struct hcb_exchange *x, PyObject *result)
{
    if (!PyList_CheckExact(result) && !PyTuple_CheckExact(result))
        return call_close(x, result, send_iterable(x, result));
    if (hc_request_sent(x->request))
        return iterate(x, result);
    if (prepare_all(x, result) < 0)
        return -1;
    return total(x) > LARGE ? deliver_now(x) : 0;
}
