#include "hc/buffer.h"

#include <assert.h>

enum { SMALLEST = 256 };

void hc_buffer_init(struct hc_buffer *buffer, const struct hc_alloc *alloc, size_t maximum)
{
    *buffer = (struct hc_buffer){.maximum = maximum, .alloc = alloc};
}

void hc_buffer_release(struct hc_buffer *buffer)
{
    hc_alloc_free(buffer->alloc, buffer->data);
    buffer->data = NULL;
    buffer->length = 0;
    buffer->capacity = 0;
}

void hc_buffer_deinit(struct hc_buffer *buffer)
{
    hc_buffer_release(buffer);
}

enum hc_err hc_buffer_reserve(struct hc_buffer *buffer, size_t more)
{
    if (more <= hc_buffer_room(buffer))
        return HC_OK;
    if (more > buffer->maximum - buffer->length)
        return HC_LIMIT;
    size_t wanted = buffer->length + more;
    size_t capacity = buffer->capacity > SMALLEST / 2 ? buffer->capacity : SMALLEST / 2;
    /* Doubling keeps appending linear; the maximum caps the last step. */
    capacity = capacity > buffer->maximum / 2 ? buffer->maximum : capacity * 2;
    if (capacity < wanted)
        capacity = wanted;
    char *data = hc_alloc_resize(buffer->alloc, buffer->data, capacity);
    if (!data)
        return HC_NOMEM;
    buffer->data = data;
    buffer->capacity = capacity;
    return HC_OK;
}

enum hc_err hc_buffer_append(struct hc_buffer *buffer, struct hc_bytes bytes)
{
    if (bytes.length == 0)
        return HC_OK;
    enum hc_err err = hc_buffer_reserve(buffer, bytes.length);
    if (err)
        return err;
    memcpy(buffer->data + buffer->length, bytes.at, bytes.length);
    buffer->length += bytes.length;
    return HC_OK;
}

void hc_buffer_consume(struct hc_buffer *buffer, size_t count)
{
    assert(count <= buffer->length);
    buffer->length -= count;
    if (buffer->length > 0 && count > 0)
        memmove(buffer->data, buffer->data + count, buffer->length);
}
