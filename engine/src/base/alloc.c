#include "hc/alloc.h"

#include <stdlib.h>
#include <string.h>

void *hc_alloc_resize(const struct hc_alloc *alloc, void *memory, size_t size)
{
    if (alloc)
        return alloc->resize(alloc->context, memory, size);
    if (size == 0) {
        free(memory);
        return NULL;
    }
    return realloc(memory, size);
}

void *hc_alloc_get(const struct hc_alloc *alloc, size_t size)
{
    return hc_alloc_resize(alloc, NULL, size);
}

void *hc_alloc_zeroed(const struct hc_alloc *alloc, size_t size)
{
    void *memory = hc_alloc_get(alloc, size);
    if (memory)
        memset(memory, 0, size);
    return memory;
}

void hc_alloc_free(const struct hc_alloc *alloc, void *memory)
{
    if (memory)
        hc_alloc_resize(alloc, memory, 0);
}
