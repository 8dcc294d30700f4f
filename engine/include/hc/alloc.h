/*
 * Allocation: the one hook through which the engine asks for memory.
 *
 * Everything that allocates takes a `const struct hc_alloc *`; NULL means the C library. A test
 * passes its own to make the n-th allocation fail.
 *
 * Thread-safety: as safe as the hook; the C library's is. A server calls its hook from every
 * thread that calls the server.
 * Ownership: the hook must outlive whatever was made with it.
 * Fork: no state.
 */
#ifndef HC_ALLOC_H
#define HC_ALLOC_H

#include <stddef.h>

struct hc_alloc {
    /* realloc(3) with a context: `memory` NULL allocates, `size` 0 frees and returns NULL. */
    void *(*resize)(void *context, void *memory, size_t size);
    void *context;
};

void *hc_alloc_get(const struct hc_alloc *alloc, size_t size);
void *hc_alloc_zeroed(const struct hc_alloc *alloc, size_t size);
void *hc_alloc_resize(const struct hc_alloc *alloc, void *memory, size_t size);
void hc_alloc_free(const struct hc_alloc *alloc, void *memory);

#endif
