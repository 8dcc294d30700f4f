/* The WSGI part of the module: its types, and the strings that every environ is made of. */
#include "wsgi.h"

static const char *const name_texts[NAME_COUNT] = {
    [NAME_REQUEST_METHOD] = "REQUEST_METHOD",
    [NAME_PATH_INFO] = "PATH_INFO",
    [NAME_QUERY_STRING] = "QUERY_STRING",
    [NAME_RAW_URI] = "RAW_URI",
    [NAME_SERVER_PROTOCOL] = "SERVER_PROTOCOL",
    [NAME_REMOTE_ADDR] = "REMOTE_ADDR",
    [NAME_REMOTE_PORT] = "REMOTE_PORT",
    [NAME_HTTP_HOST] = "HTTP_HOST",
    [NAME_CONTENT_LENGTH] = "CONTENT_LENGTH",
    [NAME_WSGI_INPUT] = "wsgi.input",
    [NAME_HTTP_1_0] = "HTTP/1.0",
    [NAME_CLOSE] = "close",
    [NAME_READ] = "read",
    [NAME_EXC_INFO] = "exc_info",
    [NAME_EARLY_HINTS] = "wsgi.early_hints",
    [NAME_URL_SCHEME] = "wsgi.url_scheme",
    [NAME_SCRIPT_NAME] = "SCRIPT_NAME",
    [NAME_FILENO] = "fileno",
    [NAME_TELL] = "tell",
    [NAME_FLUSH] = "flush",
};

static const char *const method_texts[] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
};

_Static_assert(NAME_COUNT <= sizeof((struct hcb_wsgi_state){0}.names) / sizeof(PyObject *),
               "names fit");
_Static_assert(sizeof method_texts / sizeof method_texts[0]
                   <= sizeof((struct hcb_wsgi_state){0}.methods) / sizeof(PyObject *),
               "methods fit");

static int intern_all(PyObject **into, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((into[i] = PyUnicode_InternFromString(texts[i])) == NULL)
            return -1;
    return 0;
}

/* "accept-encoding" → "HTTP_ACCEPT_ENCODING"; the two CGI variables have no prefix. */
static PyObject *field_key(enum hc_field field)
{
    struct hc_bytes name = hc_field_name(field);
    char key[64] = "HTTP_";
    bool bare = field == HC_FIELD_CONTENT_TYPE || field == HC_FIELD_CONTENT_LENGTH;
    size_t at = bare ? 0 : 5;
    for (size_t i = 0; i < name.length && at < sizeof key - 1; i++)
        key[at++] = name.at[i] == '-' ? '_' : (char)Py_TOUPPER(name.at[i]);
    key[at] = '\0';
    return PyUnicode_InternFromString(key);
}

static int add_names(struct hcb_wsgi_state *state)
{
    if (intern_all(state->names, name_texts, NAME_COUNT) < 0
        || intern_all(state->methods, method_texts,
                      sizeof method_texts / sizeof method_texts[0]) < 0)
        return -1;
    for (unsigned i = 1; i < HC_FIELD_COUNT; i++)
        if ((state->fields[i] = field_key((enum hc_field)i)) == NULL)
            return -1;
    return 0;
}

/* The types of iter([]) and iter(()), which the C API does not name in its stable part. */
static PyTypeObject *iterator_type(PyObject *empty)
{
    if (empty == NULL)
        return NULL;
    PyObject *iterator = PyObject_GetIter(empty);
    Py_DECREF(empty);
    if (iterator == NULL)
        return NULL;
    PyTypeObject *type = (PyTypeObject *)Py_NewRef((PyObject *)Py_TYPE(iterator));
    Py_DECREF(iterator);
    return type;
}

static int wsgi_add(PyObject *module, struct hcb_state *all)
{
    struct hcb_wsgi_state *state = &all->wsgi;
    if (add_names(state) < 0)
        return -1;
    state->list_iterator_type = iterator_type(PyList_New(0));
    state->tuple_iterator_type = iterator_type(PyTuple_New(0));
    if (state->list_iterator_type == NULL || state->tuple_iterator_type == NULL)
        return -1;
    if (hcb_input_add(module, state) < 0 || hcb_starter_add(module, state) < 0
        || hcb_file_wrapper_add(module, state) < 0
        || hcb_forwarding_add(module, state) < 0)
        return -1;
    return hcb_server_add(module, state);
}

static int wsgi_traverse(struct hcb_state *all, visitproc visit, void *arg)
{
    struct hcb_wsgi_state *state = &all->wsgi;
    Py_VISIT(state->server_type);
    Py_VISIT(state->starter_type);
    Py_VISIT(state->input_type);
    Py_VISIT(state->file_wrapper_type);
    Py_VISIT(state->forwarding_type);
    Py_VISIT(state->empty_input);
    return 0;
}

static void clear_all(PyObject **objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        Py_CLEAR(objects[i]);
}

static void wsgi_clear(struct hcb_state *all)
{
    struct hcb_wsgi_state *state = &all->wsgi;
    Py_CLEAR(state->server_type);
    Py_CLEAR(state->starter_type);
    Py_CLEAR(state->input_type);
    Py_CLEAR(state->file_wrapper_type);
    Py_CLEAR(state->forwarding_type);
    Py_CLEAR(state->list_iterator_type);
    Py_CLEAR(state->tuple_iterator_type);
    for (size_t i = 0; i < sizeof state->file_types / sizeof state->file_types[0]; i++)
        Py_CLEAR(state->file_types[i]);
    Py_CLEAR(state->empty_input);
    clear_all(state->names, sizeof state->names / sizeof state->names[0]);
    clear_all(state->methods, sizeof state->methods / sizeof state->methods[0]);
    clear_all(state->fields, HC_FIELD_COUNT);
}

const struct hcb_part hcb_wsgi_part = {wsgi_add, wsgi_traverse, wsgi_clear};
