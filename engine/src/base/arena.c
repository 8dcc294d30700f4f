#include "hc/arena.h"

#include <stdalign.h>
#include <stdint.h>

enum { CHUNK = 4096, ALIGN = alignof(max_align_t) };

struct hc_arena_chunk {
    struct hc_arena_chunk *older;
    size_t size; /* of `bytes` */
    alignas(max_align_t) char bytes[];
};

void hc_arena_init(struct hc_arena *arena, const struct hc_alloc *alloc, size_t maximum)
{
    *arena = (struct hc_arena){.maximum = maximum, .alloc = alloc};
}

static void free_down_to(struct hc_arena *arena, struct hc_arena_chunk *last)
{
    while (arena->chunks != last) {
        struct hc_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->older;
        arena->total -= chunk->size;
        hc_alloc_free(arena->alloc, chunk);
    }
}

void hc_arena_deinit(struct hc_arena *arena)
{
    free_down_to(arena, NULL);
    arena->used = 0;
}

void hc_arena_reset(struct hc_arena *arena)
{
    struct hc_arena_chunk *oldest = arena->chunks;
    while (oldest && oldest->older)
        oldest = oldest->older;
    free_down_to(arena, oldest);
    arena->used = 0;
}

static struct hc_arena_chunk *add_chunk(struct hc_arena *arena, size_t size)
{
    size_t room = arena->maximum - arena->total;
    if (size > room)
        return NULL;
    if (size < CHUNK)
        size = room < CHUNK ? room : CHUNK;
    struct hc_arena_chunk *chunk = hc_alloc_get(arena->alloc, sizeof(*chunk) + size);
    if (!chunk)
        return NULL;
    chunk->older = arena->chunks;
    chunk->size = size;
    arena->chunks = chunk;
    arena->total += size;
    arena->used = 0;
    return chunk;
}

void *hc_arena_get(struct hc_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    struct hc_arena_chunk *chunk = arena->chunks;
    if (!chunk || size > chunk->size - arena->used)
        chunk = add_chunk(arena, size);
    if (!chunk)
        return NULL;
    void *memory = chunk->bytes + arena->used;
    arena->used += size;
    return memory;
}
