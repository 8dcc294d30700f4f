/*
 * Arena: many small allocations with one end of life, such as those of a request.
 *
 * Thread-safety: none; one thread at a time.
 * Ownership: the arena owns everything it hands out, until reset or deinit.
 * Fork: plain memory.
 */
#ifndef HC_ARENA_H
#define HC_ARENA_H

#include "hc/alloc.h"

struct hc_arena_chunk;

struct hc_arena {
    struct hc_arena_chunk *chunks; /* newest first; the oldest survives reset */
    size_t used;                   /* of the newest */
    size_t total;                  /* bytes of all chunks */
    size_t maximum;
    const struct hc_alloc *alloc;
};

void hc_arena_init(struct hc_arena *arena, const struct hc_alloc *alloc, size_t maximum);
void hc_arena_deinit(struct hc_arena *arena);

/* Memory aligned for anything; NULL when there is none or the maximum is reached. */
void *hc_arena_get(struct hc_arena *arena, size_t size);

/* Forgets all allocations; keeps the first chunk, so that a steady state allocates nothing. */
void hc_arena_reset(struct hc_arena *arena);

#endif
