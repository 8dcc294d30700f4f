/*
 * Forwarding: what a proxy in front may say about a request, and whom we believe.
 *
 * Peers in `networks` (a Unix socket always) may set wsgi.url_scheme by one of `secure_schemes`,
 * and SCRIPT_NAME; they may send the names with an underscore of `forwarder_headers`. Such a name
 * lands on the same key as the one with a hyphen, which the application believes to come from its
 * proxy: from everybody else it is dropped, refused, or taken, as `header_map` says.
 *
 * Thread-safety: never changes after it was made. Ownership: holds the tuples it points into.
 */
#include "wsgi.h"

#include <string.h>

#include "hc/network.h"

enum map { MAP_DROP, MAP_REFUSE, MAP_DANGEROUS };

struct scheme {
    struct hc_bytes name;
    struct hc_bytes value;
};

struct hcb_forwarding {
    PyObject_HEAD
    PyObject *held; /* tuple of everything the rest points into */
    PyObject *secure; /* "https" */
    PyObject *script_name;
    struct hc_network *networks;
    size_t network_count;
    struct scheme *schemes;
    size_t scheme_count;
    struct hc_bytes *names;
    size_t name_count;
    enum map map;
};

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool same_name(struct hc_bytes a, struct hc_bytes b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (upper(a.at[i]) != upper(b.at[i]))
            return false;
    return true;
}

static int text_of(PyObject *text, struct hc_bytes *bytes)
{
    Py_ssize_t length;
    const char *at = PyUnicode_AsUTF8AndSize(text, &length);
    if (at == NULL)
        return -1;
    *bytes = hc_bytes(at, (size_t)length);
    return 0;
}

/* Construction */

static int take_networks(struct hcb_forwarding *self, PyObject *tuple)
{
    size_t count = (size_t)PyTuple_GET_SIZE(tuple);
    self->networks = PyMem_Calloc(count + 1, sizeof *self->networks);
    if (self->networks == NULL)
        return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < count; i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, (Py_ssize_t)i);
        struct hc_bytes text;
        if (text_of(item, &text) < 0)
            return -1;
        if (hc_network_parse(text, &self->networks[i]) != HC_OK) {
            PyErr_Format(PyExc_ValueError, "not an address or a network: %R", item);
            return -1;
        }
    }
    self->network_count = count;
    return 0;
}

static int take_schemes(struct hcb_forwarding *self, PyObject *tuple)
{
    size_t count = (size_t)PyTuple_GET_SIZE(tuple);
    self->schemes = PyMem_Calloc(count + 1, sizeof *self->schemes);
    if (self->schemes == NULL)
        return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < count; i++) {
        PyObject *name, *value;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(tuple, (Py_ssize_t)i), "UU", &name, &value)
            || text_of(name, &self->schemes[i].name) < 0
            || text_of(value, &self->schemes[i].value) < 0)
            return -1;
    }
    self->scheme_count = count;
    return 0;
}

static int take_names(struct hcb_forwarding *self, PyObject *tuple)
{
    size_t count = (size_t)PyTuple_GET_SIZE(tuple);
    self->names = PyMem_Calloc(count + 1, sizeof *self->names);
    if (self->names == NULL)
        return PyErr_NoMemory(), -1;
    for (size_t i = 0; i < count; i++)
        if (text_of(PyTuple_GET_ITEM(tuple, (Py_ssize_t)i), &self->names[i]) < 0)
            return -1;
    self->name_count = count;
    return 0;
}

static int take_map(struct hcb_forwarding *self, const char *text)
{
    static const char *const words[] = {"drop", "refuse", "dangerous"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) {
            self->map = (enum map)i;
            return 0;
        }
    PyErr_Format(PyExc_ValueError, "header_map must be drop, refuse or dangerous, not %s", text);
    return -1;
}

static int take_all(struct hcb_forwarding *self, PyObject *args, PyObject *kwargs)
{
    static char *keywords[] = {"networks", "secure_schemes", "forwarder_headers", "header_map",
                               "script_name", NULL};
    PyObject *networks, *schemes, *names, *script_name;
    const char *map;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "$O!O!O!sU:Forwarding", keywords,
                                     &PyTuple_Type, &networks, &PyTuple_Type, &schemes,
                                     &PyTuple_Type, &names, &map, &script_name))
        return -1;
    self->held = PyTuple_Pack(4, networks, schemes, names, script_name);
    self->secure = PyUnicode_InternFromString("https");
    self->script_name = Py_NewRef(script_name);
    if (self->held == NULL || self->secure == NULL)
        return -1;
    if (take_networks(self, networks) < 0 || take_schemes(self, schemes) < 0)
        return -1;
    return take_names(self, names) < 0 ? -1 : take_map(self, map);
}

static PyObject *forwarding_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    struct hcb_forwarding *self = (struct hcb_forwarding *)type->tp_alloc(type, 0);
    if (self != NULL && take_all(self, args, kwargs) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static void forwarding_dealloc(struct hcb_forwarding *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(self->networks);
    PyMem_Free(self->schemes);
    PyMem_Free(self->names);
    Py_XDECREF(self->held);
    Py_XDECREF(self->secure);
    Py_XDECREF(self->script_name);
    type->tp_free(self);
    Py_DECREF(type);
}

/* Requests */

static bool believes(const struct hcb_forwarding *self, const struct hc_request *request)
{
    return hc_network_has(self->networks, self->network_count, request->peer);
}

static bool may_send(const struct hcb_forwarding *self, struct hc_bytes name)
{
    for (size_t i = 0; i < self->name_count; i++)
        if (same_name(self->names[i], name) || hc_bytes_equal(self->names[i], hc_bytes("*", 1)))
            return true;
    return false;
}

enum hcb_verdict hcb_forwarding_underscore(const struct hcb_forwarding *self,
                                           const struct hc_request *request, struct hc_bytes name)
{
    if (self == NULL)
        return HCB_DROP;
    if (may_send(self, name) && believes(self, request))
        return HCB_TAKE;
    return self->map == MAP_DROP ? HCB_DROP : self->map == MAP_DANGEROUS ? HCB_TAKE : HCB_REFUSE;
}

/* 1: https, 0: http, -1: nobody has said anything, -2: they contradict one another. */
static int said_scheme(const struct hcb_forwarding *self, const struct hc_request *request)
{
    int said = -1;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct hc_header *header = &request->headers[i];
        for (size_t j = 0; j < self->scheme_count; j++) {
            if (!same_name(self->schemes[j].name, header->name))
                continue;
            int secure = hc_bytes_equal(self->schemes[j].value, header->value);
            if (said >= 0 && said != secure)
                return -2;
            said = secure;
        }
    }
    return said;
}

/* The script name that a trusted peer sends, else the server's own. A new reference. */
static PyObject *script_name_of(const struct hcb_forwarding *self,
                                const struct hc_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct hc_header *header = &request->headers[i];
        if (header->field != HC_FIELD_OTHER
            || !same_name(header->name, hc_bytes("SCRIPT_NAME", 11)))
            continue;
        if (may_send(self, header->name) && believes(self, request))
            return PyUnicode_DecodeLatin1(header->value.at, (Py_ssize_t)header->value.length,
                                          NULL);
    }
    return Py_NewRef(self->script_name);
}

/* PATH_INFO becomes what is behind the script name. 1: the path is not below it. */
static int mount(struct hcb_wsgi_state *state, PyObject *dict, PyObject *script)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(script);
    while (length > 0 && PyUnicode_READ_CHAR(script, length - 1) == '/')
        length--;
    if (length == 0)
        return 0;
    PyObject *path = PyDict_GetItemWithError(dict, state->names[NAME_PATH_INFO]);
    if (path == NULL)
        return -1;
    Py_ssize_t whole = PyUnicode_GET_LENGTH(path);
    PyObject *name = PyUnicode_Substring(script, 0, length);
    if (name == NULL)
        return -1;
    Py_ssize_t begins = PyUnicode_Tailmatch(path, name, 0, length, -1);
    if (begins == 1 && whole > length && PyUnicode_READ_CHAR(path, length) != '/')
        begins = 0;
    int result = begins < 0 ? -1 : !begins;
    PyObject *rest = result == 0 ? PyUnicode_Substring(path, length, whole) : NULL;
    if (result == 0
        && (rest == NULL || PyDict_SetItem(dict, state->names[NAME_PATH_INFO], rest) < 0
            || PyDict_SetItem(dict, state->names[NAME_SCRIPT_NAME], name) < 0))
        result = -1;
    Py_XDECREF(rest);
    Py_DECREF(name);
    return result;
}

int hcb_forwarding_apply(const struct hcb_forwarding *self, struct hcb_wsgi_state *state,
                         PyObject *dict, const struct hc_request *request, int *refused)
{
    if (self == NULL)
        return 0;
    int said = said_scheme(self, request);
    if (said != -1 && believes(self, request)) {
        if (said == -2) {
            *refused = 400;
            return -1;
        }
        if (said == 1
            && PyDict_SetItem(dict, state->names[NAME_URL_SCHEME], self->secure) < 0)
            return -1;
    }
    PyObject *script = script_name_of(self, request);
    if (script == NULL)
        return -1;
    int result = mount(state, dict, script);
    Py_DECREF(script);
    if (result == 1)
        *refused = 404;
    return result == 0 ? 0 : -1;
}

int hcb_forwarding_take(struct hcb_wsgi_state *state, PyObject *object,
                        struct hcb_forwarding **forwarding)
{
    if (object == Py_None)
        return 0;
    if (!Py_IS_TYPE(object, state->forwarding_type)) {
        PyErr_SetString(PyExc_TypeError, "forwarding must be a Forwarding or None");
        return -1;
    }
    *forwarding = (struct hcb_forwarding *)Py_NewRef(object);
    return 0;
}

static PyType_Slot forwarding_slots[] = {
    {Py_tp_doc, "What a proxy in front may say; see _native.pyi."},
    {Py_tp_new, forwarding_new},
    {Py_tp_dealloc, forwarding_dealloc},
    {0, NULL},
};

static PyType_Spec forwarding_spec = {
    .name = "hotclub._native.Forwarding",
    .basicsize = sizeof(struct hcb_forwarding),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = forwarding_slots,
};

int hcb_forwarding_add(PyObject *module, struct hcb_wsgi_state *state)
{
    state->forwarding_type =
        (PyTypeObject *)PyType_FromModuleAndSpec(module, &forwarding_spec, NULL);
    if (state->forwarding_type == NULL)
        return -1;
    return PyModule_AddType(module, state->forwarding_type);
}
