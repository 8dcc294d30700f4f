/* hotclub._native.fingerprint: hc_sql_fingerprint() for Python strings. */
#include "module.h"

#include "hc/sql.h"

enum { ON_STACK = 8192 };

static PyObject *written(struct hc_bytes sql, size_t limit)
{
    char small[ON_STACK];
    size_t room = hc_sql_fingerprint_room(sql.length, limit);
    char *out = room <= sizeof small ? small : PyMem_Malloc(room);
    if (out == NULL)
        return PyErr_NoMemory();
    size_t length = hc_sql_fingerprint(sql, limit, out);
    PyObject *text = PyUnicode_DecodeUTF8(out, (Py_ssize_t)length, "surrogatepass");
    if (out != small)
        PyMem_Free(out);
    return text;
}

/* A string with lone surrogates has no UTF-8; they pass through as they would in Python. */
static PyObject *written_with_surrogates(PyObject *sql, size_t limit)
{
    PyErr_Clear();
    PyObject *encoded = PyUnicode_AsEncodedString(sql, "utf-8", "surrogatepass");
    if (encoded == NULL)
        return NULL;
    size_t length = (size_t)PyBytes_GET_SIZE(encoded);
    PyObject *text = written(hc_bytes(PyBytes_AS_STRING(encoded), length), limit);
    Py_DECREF(encoded);
    return text;
}

static PyObject *fingerprint(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    Py_ssize_t limit = HC_SQL_FINGERPRINT_LIMIT, length;
    if (count < 1 || count > 2 || !PyUnicode_Check(args[0]))
        return PyErr_Format(PyExc_TypeError, "fingerprint() takes a str and maybe a limit");
    if (count == 2) {
        limit = PyNumber_AsSsize_t(args[1], NULL);
        if (limit == -1 && PyErr_Occurred())
            return NULL;
        limit = limit < 0 ? 0 : limit;
    }
    const char *sql = PyUnicode_AsUTF8AndSize(args[0], &length);
    if (sql != NULL)
        return written(hc_bytes(sql, (size_t)length), (size_t)limit);
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return NULL;
    return written_with_surrogates(args[0], (size_t)limit);
}

static PyMethodDef functions[] = {
    {"fingerprint", (PyCFunction)(void (*)(void))fingerprint, METH_FASTCALL,
     PyDoc_STR("fingerprint(sql, limit=32768, /)\n--\n\n"
               "The shape of a SQL statement: what is left when its values are taken out.")},
    {NULL, NULL, 0, NULL},
};

static int add(PyObject *module, struct hcb_state *state)
{
    (void)state;
    return PyModule_AddFunctions(module, functions);
}

const struct hcb_part hcb_sql_part = {.add = add};
