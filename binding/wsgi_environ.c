/*
 * request → environ (PEP 3333, "environ Variables"; RFC 3875 for the CGI names).
 *
 * The environ starts as a copy of a dict that never changes (wsgi.*, SERVER_*, and what a request
 * has unless it says otherwise: no query, HTTP/1.1), so that only what it brought is inserted. Names that occur all the time have ready-made keys. Header
 * names with an underscore are dropped unless wsgi_forwarded.c takes them: "X_Forwarded_For" would
 * land on the key of "X-Forwarded-For", which a proxy in front vouches for.
 */
#include "wsgi.h"

#include <string.h>

/* Fields that a client, or the proxy in front, sends with the same value again and again. Cookies
 * and credentials are not among them: nobody's secret outlives its request here. */
static const uint64_t steady_fields =
    UINT64_C(1) << HC_FIELD_HOST | UINT64_C(1) << HC_FIELD_ACCEPT
    | UINT64_C(1) << HC_FIELD_ACCEPT_ENCODING | UINT64_C(1) << HC_FIELD_ACCEPT_LANGUAGE
    | UINT64_C(1) << HC_FIELD_CACHE_CONTROL | UINT64_C(1) << HC_FIELD_CONNECTION
    | UINT64_C(1) << HC_FIELD_CONTENT_TYPE | UINT64_C(1) << HC_FIELD_ORIGIN
    | UINT64_C(1) << HC_FIELD_SEC_CH_UA | UINT64_C(1) << HC_FIELD_SEC_CH_UA_MOBILE
    | UINT64_C(1) << HC_FIELD_SEC_CH_UA_PLATFORM | UINT64_C(1) << HC_FIELD_SEC_FETCH_DEST
    | UINT64_C(1) << HC_FIELD_SEC_FETCH_MODE | UINT64_C(1) << HC_FIELD_SEC_FETCH_SITE
    | UINT64_C(1) << HC_FIELD_SEC_FETCH_USER | UINT64_C(1) << HC_FIELD_UPGRADE_INSECURE_REQUESTS
    | UINT64_C(1) << HC_FIELD_USER_AGENT | UINT64_C(1) << HC_FIELD_X_FORWARDED_HOST
    | UINT64_C(1) << HC_FIELD_X_FORWARDED_PORT | UINT64_C(1) << HC_FIELD_X_FORWARDED_PROTO;

_Static_assert(HC_FIELD_COUNT <= 64, "a set of fields fits into 64 bits");

static PyObject *text_of(struct hc_bytes bytes)
{
    return PyUnicode_DecodeLatin1(bytes.at, (Py_ssize_t)bytes.length, NULL);
}

static bool text_is(PyObject *text, struct hc_bytes bytes)
{
    return PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND
           && (size_t)PyUnicode_GET_LENGTH(text) == bytes.length
           && memcmp(PyUnicode_1BYTE_DATA(text), bytes.at, bytes.length) == 0;
}

/* The text of `bytes`, the one in *recent again if it is the same. */
static PyObject *recent_text(PyObject **recent, struct hc_bytes bytes)
{
    if (*recent != NULL && text_is(*recent, bytes))
        return Py_NewRef(*recent);
    PyObject *text = text_of(bytes);
    if (text != NULL)
        Py_XSETREF(*recent, Py_NewRef(text));
    return text;
}

/* dict[key] = value; steals `value`, which may be NULL with an exception set. */
static int set(PyObject *dict, PyObject *key, PyObject *value)
{
    if (value == NULL)
        return -1;
    int result = PyDict_SetItem(dict, key, value);
    Py_DECREF(value);
    return result;
}

static PyObject *method_text(struct hcb_wsgi_state *state, struct hc_bytes method)
{
    for (size_t i = 0; i < sizeof state->methods / sizeof state->methods[0]; i++)
        if (state->methods[i] != NULL && text_is(state->methods[i], method))
            return Py_NewRef(state->methods[i]);
    return text_of(method);
}

/* HTTP_ and the name in upper case. */
static PyObject *other_key(struct hc_bytes name)
{
    PyObject *key = PyUnicode_New((Py_ssize_t)name.length + 5, 127);
    if (key == NULL)
        return NULL;
    Py_UCS1 *to = PyUnicode_1BYTE_DATA(key);
    memcpy(to, "HTTP_", 5);
    for (size_t i = 0; i < name.length; i++)
        to[5 + i] = name.at[i] == '-' ? (Py_UCS1)'_' : (Py_UCS1)Py_TOUPPER(name.at[i]);
    return key;
}

/* One field that came before: "a,b", or "a; b" for cookies (RFC 9110, 5.3; RFC 9113, 8.2.3). */
static int append(PyObject *dict, PyObject *key, PyObject *before, const struct hc_header *header)
{
    PyObject *value = text_of(header->value);
    if (value == NULL)
        return -1;
    const char *layout = header->field == HC_FIELD_COOKIE ? "%U; %U" : "%U,%U";
    PyObject *joined = PyUnicode_FromFormat(layout, before, value);
    Py_DECREF(value);
    return set(dict, key, joined);
}

static int add_other(PyObject *dict, const struct hc_header *header)
{
    PyObject *key = other_key(header->name);
    if (key == NULL)
        return -1;
    PyObject *before = PyDict_GetItemWithError(dict, key);
    int result = -1;
    if (before != NULL)
        result = append(dict, key, before, header);
    else if (!PyErr_Occurred())
        result = set(dict, key, text_of(header->value));
    Py_DECREF(key);
    return result;
}

/* -1 with an exception, or without one: refused. */
static int add_unusual(struct hcb_environ *maker, PyObject *dict,
                       const struct hc_request *request, const struct hc_header *header)
{
    enum hcb_verdict verdict = HCB_TAKE;
    if (memchr(header->name.at, '_', header->name.length) != NULL)
        verdict = hcb_forwarding_underscore(maker->forwarding, request, header->name);
    if (verdict == HCB_TAKE)
        return add_other(dict, header);
    return verdict == HCB_DROP ? 0 : -1;
}

static int add_known(struct hcb_environ *maker, PyObject *dict, const struct hc_header *header,
                     uint64_t *seen)
{
    PyObject *key = maker->state->fields[header->field];
    uint64_t bit = UINT64_C(1) << header->field;
    if (*seen & bit) {
        PyObject *before = PyDict_GetItemWithError(dict, key);
        return before == NULL ? -1 : append(dict, key, before, header);
    }
    *seen |= bit;
    if (steady_fields & bit)
        return set(dict, key, recent_text(&maker->recent[header->field], header->value));
    return set(dict, key, text_of(header->value));
}

static int add_headers(struct hcb_environ *maker, PyObject *dict, const struct hc_request *request)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct hc_header *header = &request->headers[i];
        int result = 0;
        if (header->field == HC_FIELD_OTHER)
            result = add_unusual(maker, dict, request, header);
        else if (header->field != HC_FIELD_HOST && header->field != HC_FIELD_TRANSFER_ENCODING)
            result = add_known(maker, dict, header, &seen);
        if (result < 0)
            return -1;
    }
    if (request->host.length == 0)
        return 0;
    return set(dict, maker->state->names[NAME_HTTP_HOST],
               recent_text(&maker->recent[HC_FIELD_HOST], request->host));
}

static int add_target(struct hcb_environ *maker, PyObject *dict, const struct hc_request *request)
{
    PyObject **names = maker->state->names;
    PyObject *path = text_of(request->path);
    if (path == NULL)
        return -1;
    PyObject *raw = text_is(path, request->target) ? Py_NewRef(path) : text_of(request->target);
    if (set(dict, names[NAME_PATH_INFO], path) < 0) {
        Py_XDECREF(raw);
        return -1;
    }
    if (set(dict, names[NAME_RAW_URI], raw) < 0)
        return -1;
    if (request->query.length == 0)
        return 0;
    return set(dict, names[NAME_QUERY_STRING], text_of(request->query));
}

static PyObject *decimal(uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    return PyUnicode_DecodeLatin1(digits + at, (Py_ssize_t)(sizeof digits - at), NULL);
}

static int add_peer(struct hcb_environ *maker, PyObject *dict, const struct hc_request *request)
{
    PyObject **names = maker->state->names;
    PyObject *address = recent_text(&maker->recent_peer, request->peer);
    if (set(dict, names[NAME_REMOTE_ADDR], address) < 0)
        return -1;
    if (request->peer.length == 0)
        return 0;
    return set(dict, names[NAME_REMOTE_PORT], decimal(request->peer_port));
}

static int fill(struct hcb_environ *maker, PyObject *dict, const struct hc_request *request,
                PyObject *input, PyObject *hints)
{
    PyObject **names = maker->state->names;
    PyObject *method = method_text(maker->state, request->method);
    if (set(dict, names[NAME_REQUEST_METHOD], method) < 0
        || add_target(maker, dict, request) < 0 || add_peer(maker, dict, request) < 0
        || PyDict_SetItem(dict, names[NAME_WSGI_INPUT], input) < 0
        || PyDict_SetItem(dict, names[NAME_EARLY_HINTS], hints) < 0
        || (request->minor == 0
            && PyDict_SetItem(dict, names[NAME_SERVER_PROTOCOL], names[NAME_HTTP_1_0]) < 0)
        || add_headers(maker, dict, request) < 0)
        return -1;
    /* A body that came in chunks is whole by now: the application is told its length. */
    if (request->chunked)
        return set(dict, names[NAME_CONTENT_LENGTH], decimal(request->body_length));
    return 0;
}

PyObject *hcb_environ_make(struct hcb_environ *maker, const struct hc_request *request,
                           PyObject *input, PyObject *hints, int *refused)
{
    PyObject *dict = PyDict_Copy(PyTuple_GET_ITEM(maker->bases, request->listener));
    *refused = 400; /* for a name that is to be refused: the one failure without an exception */
    if (dict != NULL
        && (fill(maker, dict, request, input, hints) < 0
            || hcb_forwarding_apply(maker->forwarding, maker->state, dict, request, refused) < 0))
        Py_CLEAR(dict);
    return dict;
}

int hcb_environ_traverse(struct hcb_environ *maker, visitproc visit, void *arg)
{
    Py_VISIT(maker->bases);
    Py_VISIT(maker->forwarding);
    return 0;
}

void hcb_environ_clear(struct hcb_environ *maker)
{
    Py_CLEAR(maker->bases);
    Py_CLEAR(maker->forwarding);
    Py_CLEAR(maker->recent_peer);
    for (size_t i = 0; i < HC_FIELD_COUNT; i++)
        Py_CLEAR(maker->recent[i]);
}
