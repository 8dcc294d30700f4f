/* hotclub._native: the module object, put together from its parts. */
#include "module.h"

static const struct hcb_part *const parts[] = {
    &hcb_wsgi_part,
    &hcb_sql_part,
    &hcb_frames_part,
    &hcb_shortcuts_part,
    &hcb_makers_part,
};

enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static int module_exec(PyObject *module)
{
    for (size_t i = 0; i < PART_COUNT; i++)
        if (parts[i]->add != NULL && parts[i]->add(module, hcb_state_of(module)) < 0)
            return -1;
    return 0;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (parts[i]->traverse == NULL)
            continue;
        int stopped = parts[i]->traverse(hcb_state_of(module), visit, arg);
        if (stopped)
            return stopped;
    }
    return 0;
}

static int module_clear(PyObject *module)
{
    for (size_t i = 0; i < PART_COUNT; i++)
        if (parts[i]->clear != NULL)
            parts[i]->clear(hcb_state_of(module));
    return 0;
}

static void module_free(void *module)
{
    (void)module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, module_exec},
    {0, NULL},
};

static struct PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "hotclub._native",
    .m_doc = "The engine, for Python.",
    .m_size = sizeof(struct hcb_state),
    .m_slots = module_slots,
    .m_traverse = module_traverse,
    .m_clear = module_clear,
    .m_free = module_free,
};

struct hcb_state *hcb_state_of(PyObject *module)
{
    return PyModule_GetState(module);
}

struct hcb_state *hcb_state_of_type(PyTypeObject *type)
{
    return PyType_GetModuleState(type);
}

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
    return PyModuleDef_Init(&module_def);
}
