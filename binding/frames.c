/*
 * hotclub._native.FrameWalker: src/hotclub/agent/_frames.py in C; see there what it is for.
 *
 * What makes it quick: code objects are looked up by address (hashing one by value costs more
 * than the whole walk), and a stack that was seen before costs no allocation: its items are
 * gathered in an array on the C stack, hashed by address and compared with the stored ones.
 *
 * Both tables own what they point to, so that no address can be used again while it is in one.
 * Callbacks, and whatever runs when a reference is given up, may walk again: no pointer into a
 * table is kept across either, and a table is emptied by taking it out first.
 */
#include "module.h"

#include <stddef.h>
#include <stdint.h>

#include "frame.h"

enum kind { SKIP, PROJECT, TEMPLATE, FRAMEWORK };

enum {
    CODES_MAX = 65536, /* as in _frames.py */
    STACKS_MAX = 16384,
    TOTAL_MAX = 64,
    BITS_MIN = 8, /* of the size of a table */
};

struct code_entry {
    PyObject *code; /* NULL: free */
    PyObject *first; /* name of the first argument, for TEMPLATE and FRAMEWORK */
    enum kind kind;
    Py_ssize_t local; /* where in co_varnames the wanted local is; -1: it has none */
};

struct item {
    PyObject *object; /* code, node or class */
    PyObject *name;   /* a str or NULL */
    int lasti;
    enum kind kind;
};

struct stack {
    uint64_t hash;
    PyObject *made;
    size_t count;
    struct item items[];
};

/* Open addressing with linear probing, at most half full. */
struct codes {
    struct code_entry *entries;
    size_t count;
    unsigned bits;
};

struct stacks {
    struct stack **entries;
    size_t count;
    unsigned bits;
};

struct walker {
    PyObject_HEAD
    PyObject *classify;
    PyObject *make;
    PyObject *local;     /* NULL: no local is wanted */
    PyObject *attribute; /* of that local */
    size_t limit;
    size_t total;
    struct codes codes;
    struct stacks stacks;
};

/* ---- hashing */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t hash_pointer(const void *pointer)
{
    return mix(0, (uint64_t)(uintptr_t)pointer >> 4);
}

static uint64_t hash_items(const struct item *items, size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        /* The hash of a str is kept in it and cannot fail. */
        Py_hash_t name = items[i].name != NULL ? PyObject_Hash(items[i].name) : 0;
        hash = mix(hash, (uint64_t)(uintptr_t)items[i].object >> 4);
        hash = mix(hash, (uint64_t)(unsigned)items[i].lasti << 2 | items[i].kind);
        hash = mix(hash, (uint64_t)name);
    }
    return hash;
}

static size_t slot_of(uint64_t hash, unsigned bits)
{
    return (size_t)(hash >> (64 - bits));
}

/* ---- items */

static bool same_items(const struct item *a, const struct item *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i].object != b[i].object || a[i].lasti != b[i].lasti || a[i].kind != b[i].kind)
            return false;
        if (a[i].name == b[i].name)
            continue;
        if (a[i].name == NULL || b[i].name == NULL ||
            PyUnicode_Compare(a[i].name, b[i].name) != 0)
            return false;
    }
    return true;
}

static void release_items(struct item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        Py_DECREF(items[i].object);
        Py_XDECREF(items[i].name);
    }
}

static PyObject *item_as_tuple(const struct item *item)
{
    if (item->kind == PROJECT)
        return Py_BuildValue("(iOi)", PROJECT, item->object, item->lasti);
    PyObject *name = item->name != NULL ? item->name : Py_None;
    return Py_BuildValue("(iOO)", (int)item->kind, item->object, name);
}

static PyObject *items_as_tuple(const struct item *items, size_t count)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    if (tuple == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        PyObject *triple = item_as_tuple(&items[i]);
        if (triple == NULL) {
            Py_DECREF(tuple);
            return NULL;
        }
        PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, triple);
    }
    return tuple;
}

/* ---- code objects */

/* Where the code is, or the free entry where it belongs. The table is not empty. */
static struct code_entry *find_code(const struct codes *codes, const PyObject *code)
{
    size_t mask = ((size_t)1 << codes->bits) - 1;
    size_t slot = slot_of(hash_pointer(code), codes->bits);
    while (codes->entries[slot].code != NULL && codes->entries[slot].code != code)
        slot = (slot + 1) & mask;
    return &codes->entries[slot];
}

static void empty_codes(struct codes *codes)
{
    struct codes taken = *codes;
    *codes = (struct codes){0};
    for (size_t i = 0; taken.entries != NULL && i < (size_t)1 << taken.bits; i++) {
        Py_XDECREF(taken.entries[i].code);
        Py_XDECREF(taken.entries[i].first);
    }
    PyMem_Free(taken.entries);
}

/* Makes room for one more. */
static int grow_codes(struct codes *codes)
{
    if (codes->count >= CODES_MAX)
        empty_codes(codes);
    if (codes->entries != NULL && codes->count < (size_t)1 << (codes->bits - 1))
        return 0;
    struct codes grown = {.bits = codes->entries != NULL ? codes->bits + 1 : BITS_MIN};
    grown.entries = PyMem_Calloc((size_t)1 << grown.bits, sizeof *grown.entries);
    if (grown.entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; codes->entries != NULL && i < (size_t)1 << codes->bits; i++)
        if (codes->entries[i].code != NULL)
            *find_code(&grown, codes->entries[i].code) = codes->entries[i];
    grown.count = codes->count;
    PyMem_Free(codes->entries);
    *codes = grown;
    return 0;
}

static int ask_kind(struct walker *self, PyObject *code, enum kind *kind)
{
    PyObject *answer = PyObject_CallOneArg(self->classify, code);
    if (answer == NULL)
        return -1;
    long value = PyLong_Check(answer) ? PyLong_AsLong(answer) : -1;
    if (value < SKIP || value > FRAMEWORK) {
        PyErr_Format(PyExc_ValueError, "classify() must return 0, 1, 2 or 3, not %R", answer);
        Py_DECREF(answer);
        return -1;
    }
    Py_DECREF(answer);
    *kind = (enum kind)value;
    if (*kind > PROJECT && ((PyCodeObject *)code)->co_argcount == 0)
        *kind = SKIP;
    return 0;
}

/* Where the wanted local is among these names; -1 if it is not. */
static Py_ssize_t find_local(struct walker *self, PyObject *names)
{
    Py_ssize_t index = self->local != NULL ? PySequence_Index(names, self->local) : -1;
    if (index < 0 && PyErr_Occurred())
        PyErr_Clear(); /* comparing strings fails for no other reason */
    return index;
}

/* What is known of a code object for good; `entry->first` is a new reference. */
static int learn(struct walker *self, PyObject *code, struct code_entry *entry)
{
    *entry = (struct code_entry){.code = code, .local = -1};
    if (ask_kind(self, code, &entry->kind) < 0)
        return -1;
    if (entry->kind <= PROJECT)
        return 0;
    PyObject *names = PyObject_GetAttrString(code, "co_varnames");
    if (names == NULL)
        return -1;
    entry->local = find_local(self, names);
    entry->first = PySequence_GetItem(names, 0);
    Py_DECREF(names);
    return entry->first != NULL ? 0 : -1;
}

/* Fills in the entry for a code object seen for the first time. */
static int add_code(struct walker *self, PyObject *code, struct code_entry *entry)
{
    if (learn(self, code, entry) < 0 || grow_codes(&self->codes) < 0) {
        Py_XDECREF(entry->first);
        return -1;
    }
    struct code_entry *place = find_code(&self->codes, code);
    if (place->code != NULL) { /* a walk inside the callback was quicker */
        Py_XDECREF(entry->first);
        *entry = *place;
        return 0;
    }
    Py_INCREF(code);
    *place = *entry;
    self->codes.count++;
    return 0;
}

static int code_entry_of(struct walker *self, PyObject *code, struct code_entry *entry)
{
    if (self->codes.entries != NULL) {
        const struct code_entry *known = find_code(&self->codes, code);
        if (known->code != NULL) {
            *entry = *known;
            return 0;
        }
    }
    return add_code(self, code, entry);
}

/* ---- stacks */

static struct stack **find_stack(const struct stacks *stacks, uint64_t hash,
                                 const struct item *items, size_t count)
{
    size_t mask = ((size_t)1 << stacks->bits) - 1;
    size_t slot = slot_of(hash, stacks->bits);
    for (;; slot = (slot + 1) & mask) {
        struct stack *stack = stacks->entries[slot];
        if (stack == NULL || (stack->hash == hash && stack->count == count &&
                              same_items(stack->items, items, count)))
            return &stacks->entries[slot];
    }
}

static void destroy_stack(struct stack *stack)
{
    if (stack == NULL)
        return;
    release_items(stack->items, stack->count);
    Py_DECREF(stack->made);
    PyMem_Free(stack);
}

static void empty_stacks(struct stacks *stacks)
{
    struct stacks taken = *stacks;
    *stacks = (struct stacks){0};
    for (size_t i = 0; taken.entries != NULL && i < (size_t)1 << taken.bits; i++)
        destroy_stack(taken.entries[i]);
    PyMem_Free(taken.entries);
}

static int grow_stacks(struct stacks *stacks)
{
    if (stacks->count >= STACKS_MAX)
        empty_stacks(stacks);
    if (stacks->entries != NULL && stacks->count < (size_t)1 << (stacks->bits - 1))
        return 0;
    struct stacks grown = {.bits = stacks->entries != NULL ? stacks->bits + 1 : BITS_MIN};
    size_t mask = ((size_t)1 << grown.bits) - 1;
    grown.entries = PyMem_Calloc(mask + 1, sizeof(struct stack *));
    if (grown.entries == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; stacks->entries != NULL && i < (size_t)1 << stacks->bits; i++) {
        struct stack *stack = stacks->entries[i];
        if (stack == NULL)
            continue;
        size_t slot = slot_of(stack->hash, grown.bits);
        while (grown.entries[slot] != NULL)
            slot = (slot + 1) & mask;
        grown.entries[slot] = stack;
    }
    grown.count = stacks->count;
    PyMem_Free(stacks->entries);
    *stacks = grown;
    return 0;
}

static PyObject *make(struct walker *self, const struct item *items, size_t count)
{
    PyObject *tuple = items_as_tuple(items, count);
    if (tuple == NULL)
        return NULL;
    PyObject *made = PyObject_CallOneArg(self->make, tuple);
    Py_DECREF(tuple);
    return made;
}

/* Makes the object for a stack that is not known. The references of the items are taken over,
 * also on failure. */
static PyObject *add_stack(struct walker *self, uint64_t hash, struct item *items, size_t count)
{
    PyObject *made = make(self, items, count);
    struct stack *stack = NULL;
    if (made != NULL)
        stack = PyMem_Malloc(sizeof *stack + count * sizeof *items);
    if (stack == NULL) {
        if (made != NULL)
            PyErr_NoMemory();
        Py_XDECREF(made);
        release_items(items, count);
        return NULL;
    }
    *stack = (struct stack){.hash = hash, .made = made, .count = count};
    memcpy(stack->items, items, count * sizeof *items);
    if (grow_stacks(&self->stacks) < 0) {
        destroy_stack(stack);
        return NULL;
    }
    struct stack **place = find_stack(&self->stacks, hash, items, count);
    if (*place != NULL) { /* a walk inside the callback, or in another thread, was quicker */
        made = (*place)->made;
        Py_INCREF(made);
        destroy_stack(stack);
        return made;
    }
    *place = stack;
    self->stacks.count++;
    Py_INCREF(made);
    return made;
}

static PyObject *intern_stack(struct walker *self, struct item *items, size_t count)
{
    uint64_t hash = hash_items(items, count);
    if (self->stacks.entries != NULL) {
        struct stack **place = find_stack(&self->stacks, hash, items, count);
        if (*place != NULL) {
            PyObject *made = (*place)->made;
            Py_INCREF(made);
            release_items(items, count);
            return made;
        }
    }
    return add_stack(self, hash, items, count);
}

/* ---- frames */

/* The str that is the wanted attribute of the wanted local; NULL without an exception if there
 * is none. */
static PyObject *name_in(struct walker *self, struct hcb_frame frame, Py_ssize_t local)
{
    PyObject *value = local >= 0 ? hcb_frame_local(frame, local, self->local) : NULL;
    if (value == NULL)
        return NULL;
    PyObject *name = PyObject_GetAttr(value, self->attribute);
    Py_DECREF(value);
    if (name == NULL && PyErr_ExceptionMatches(PyExc_AttributeError))
        PyErr_Clear();
    if (name != NULL && !PyUnicode_CheckExact(name))
        Py_CLEAR(name);
    return name;
}

/* Says 1 if the frame gave an item, 0 if not, -1 with an exception. What `entry` points to is
 * borrowed from the table, which may be emptied as soon as any Python code runs. */
static int item_of(struct walker *self, struct hcb_frame frame, const struct code_entry *entry,
                   struct item *item)
{
    *item = (struct item){.kind = entry->kind};
    if (entry->kind == PROJECT) {
        item->lasti = hcb_frame_lasti(frame);
        item->object = entry->code;
        Py_INCREF(item->object);
        return 1;
    }
    PyObject *first_name = entry->first;
    Py_INCREF(first_name);
    PyObject *first = hcb_frame_local(frame, 0, first_name);
    Py_DECREF(first_name);
    if (first == NULL)
        return PyErr_Occurred() ? -1 : 0;
    item->object = first;
    if (entry->kind == TEMPLATE)
        return 1;
    item->object = (PyObject *)Py_TYPE(first);
    Py_INCREF(item->object);
    Py_DECREF(first);
    item->name = name_in(self, frame, entry->local);
    if (item->name == NULL && PyErr_Occurred()) {
        Py_DECREF(item->object);
        return -1;
    }
    return 1;
}

static int item_of_frame(struct walker *self, struct hcb_frame frame, struct item *item)
{
    PyObject *code = hcb_frame_code(frame);
    struct code_entry entry;
    int found = code_entry_of(self, code, &entry);
    if (found == 0 && entry.kind != SKIP)
        found = item_of(self, frame, &entry, item);
    Py_DECREF(code);
    return found;
}

static PyObject *walk(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct walker *self = (struct walker *)object;
    struct item items[TOTAL_MAX];
    size_t count = 0, projects = 0;
    if (self->classify == NULL)
        return PyErr_Format(PyExc_RuntimeError, "the walker has been cleared");
    struct hcb_frame frame = hcb_frame_first();
    while (!hcb_frame_is_end(frame) && count < self->total && projects < self->limit) {
        int found = item_of_frame(self, frame, &items[count]);
        if (found < 0) {
            hcb_frame_release(frame);
            release_items(items, count);
            return NULL;
        }
        if (found > 0)
            projects += items[count++].kind == PROJECT;
        hcb_frame_next(&frame);
    }
    hcb_frame_release(frame);
    return intern_stack(self, items, count);
}

/* ---- the type */

static PyObject *clear(PyObject *object, PyObject *unused)
{
    (void)unused;
    struct walker *self = (struct walker *)object;
    empty_codes(&self->codes);
    empty_stacks(&self->stacks);
    Py_RETURN_NONE;
}

/* Puts the pair of names in place; None means that there is none. */
static int set_extra(struct walker *self, PyObject *extra)
{
    if (extra == Py_None)
        return 0;
    PyObject *local = NULL, *attribute = NULL;
    if (extra == NULL) {
        self->local = PyUnicode_InternFromString("field");
        self->attribute = PyUnicode_InternFromString("field_name");
        return self->local != NULL && self->attribute != NULL ? 0 : -1;
    }
    if (!PyTuple_Check(extra) || !PyArg_ParseTuple(extra, "UU", &local, &attribute)) {
        PyErr_SetString(PyExc_TypeError, "extra must be None or two strings");
        return -1;
    }
    Py_INCREF(local);
    Py_INCREF(attribute);
    self->local = local;
    self->attribute = attribute;
    return 0;
}

static PyObject *walker_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {"classify", "make", "limit", "total", "extra", NULL};
    PyObject *classify, *maker, *extra = NULL;
    Py_ssize_t limit = 6, total = 24;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "OO|nnO:FrameWalker", (char **)(void *)names,
                                     &classify, &maker, &limit, &total, &extra))
        return NULL;
    if (limit < 1 || total < 1 || total > TOTAL_MAX)
        return PyErr_Format(PyExc_ValueError,
                            "limit must be at least 1 and total between 1 and %d", TOTAL_MAX);
    struct walker *self = (struct walker *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    Py_INCREF(classify);
    self->classify = classify;
    Py_INCREF(maker);
    self->make = maker;
    self->limit = (size_t)limit;
    self->total = (size_t)total;
    if (set_extra(self, extra) < 0)
        Py_CLEAR(self);
    return (PyObject *)self;
}

static int walker_traverse(PyObject *object, visitproc visit, void *arg)
{
    struct walker *self = (struct walker *)object;
    const struct codes *codes = &self->codes;
    const struct stacks *stacks = &self->stacks;
    Py_VISIT(Py_TYPE(object));
    Py_VISIT(self->classify);
    Py_VISIT(self->make);
    for (size_t i = 0; codes->entries != NULL && i < (size_t)1 << codes->bits; i++)
        Py_VISIT(codes->entries[i].code);
    for (size_t i = 0; stacks->entries != NULL && i < (size_t)1 << stacks->bits; i++) {
        const struct stack *stack = stacks->entries[i];
        if (stack == NULL)
            continue;
        Py_VISIT(stack->made);
        for (size_t j = 0; j < stack->count; j++)
            Py_VISIT(stack->items[j].object);
    }
    return 0;
}

static int walker_clear(PyObject *object)
{
    struct walker *self = (struct walker *)object;
    Py_CLEAR(self->classify);
    Py_CLEAR(self->make);
    Py_CLEAR(self->local);
    Py_CLEAR(self->attribute);
    empty_codes(&self->codes);
    empty_stacks(&self->stacks);
    return 0;
}

static void walker_dealloc(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);
    PyObject_GC_UnTrack(object);
    (void)walker_clear(object);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef walker_methods[] = {
    {"walk", walk, METH_NOARGS,
     PyDoc_STR("walk()\n--\n\nThe object that stands for the stack of the caller.")},
    {"clear", clear, METH_NOARGS,
     PyDoc_STR("clear()\n--\n\nForget every code object and stack.")},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot walker_slots[] = {
    {Py_tp_doc, (void *)PyDoc_STR("Walks from the caller of walk() outwards; "
                                  "see hotclub.agent._frames.")},
    {Py_tp_new, walker_new},
    {Py_tp_dealloc, walker_dealloc},
    {Py_tp_traverse, walker_traverse},
    {Py_tp_clear, walker_clear},
    {Py_tp_methods, walker_methods},
    {0, NULL},
};

static PyType_Spec walker_spec = {
    .name = "hotclub._native.FrameWalker",
    .basicsize = sizeof(struct walker),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .slots = walker_slots,
};

/* Whether frames read in place are what the public API says. They are, unless this interpreter
 * was built in another way than the headers that we were compiled with. */
static bool frames_are_right(void)
{
    struct hcb_frame frame = hcb_frame_first();
    PyFrameObject *known = PyThreadState_GetFrame(PyThreadState_Get());
    bool right = true;
    while (right && known != NULL && !hcb_frame_is_end(frame)) {
        PyObject *code = hcb_frame_code(frame);
        PyCodeObject *known_code = PyFrame_GetCode(known);
        right = code == (PyObject *)known_code;
#if PY_VERSION_HEX >= 0x030B0000
        right = right && hcb_frame_lasti(frame) == PyFrame_GetLasti(known);
#endif
        Py_DECREF(code);
        Py_DECREF(known_code);
        PyFrameObject *outer = PyFrame_GetBack(known);
        Py_DECREF(known);
        known = outer;
        hcb_frame_next(&frame);
    }
    right = right && (known == NULL) == hcb_frame_is_end(frame);
    Py_XDECREF(known);
    hcb_frame_release(frame);
    return right;
}

static int add(PyObject *module, struct hcb_state *state)
{
    (void)state;
    if (!frames_are_right()) {
        PyErr_SetString(PyExc_ImportError, "hotclub was compiled for another CPython");
        return -1;
    }
    PyObject *type = PyType_FromModuleAndSpec(module, &walker_spec, NULL);
    if (type == NULL)
        return -1;
    int added = PyModule_AddType(module, (PyTypeObject *)type);
    Py_DECREF(type);
    return added;
}

const struct hcb_part hcb_frames_part = {.add = add};
