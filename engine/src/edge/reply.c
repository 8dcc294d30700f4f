/* From a file to a response. */
#include "edge/core.h"

#include <stdio.h>
#include <unistd.h>

#include "hc/buffer.h"
#include "hc/conditions.h"
#include "hc/range.h"

enum {
    OWN_FIELDS = 10,
    ENCODINGS_MAX = 8,
    NUMBERS_MAX = 96,
    PARTS_BYTES_MAX = 1 << 20, /* of several ranges together; more is answered whole */
    PART_HEAD_MAX = 256,
};

static const char *const coding_names[HC_CODING_COUNT] = {NULL, "gzip", "br", "zstd"};

/* The fields of a response, gathered. */
struct fields {
    struct hc_pair *pairs;
    size_t count;
};

static void add(struct fields *fields, const char *name, struct hc_bytes value)
{
    fields->pairs[fields->count++] = (struct hc_pair){hc_bytes_of(name), value};
}

static bool has(const struct fields *fields, enum hc_field field)
{
    for (size_t i = 0; i < fields->count; i++)
        if (hc_field_find(fields->pairs[i].name) == field)
            return true;
    return false;
}

static bool has_name(const struct fields *fields, const char *name)
{
    for (size_t i = 0; i < fields->count; i++)
        if (hc_bytes_equal_nocase(fields->pairs[i].name, hc_bytes_of(name)))
            return true;
    return false;
}

enum hc_err hc__reply_status(struct hc_request *request, int status)
{
    const struct hc_pair pairs[] = {
        {hc_bytes_of("Content-Type"), hc_bytes_of("text/plain")},
        {hc_bytes_of("Allow"), hc_bytes_of("GET, HEAD")},
    };
    char text[64];
    struct hc_bytes phrase = hc_bytes_of(status == 404   ? "Not Found"
                                         : status == 405 ? "Method Not Allowed"
                                                         : "Precondition Failed");
    int length = snprintf(text, sizeof(text), "%d %.*s\n", status, (int)phrase.length, phrase.at);
    const struct hc_bytes body = hc_bytes(text, (size_t)length);
    return hc_request_respond(request, status, hc_bytes("", 0), pairs, status == 405 ? 2 : 1,
                              &body, 1);
}

/* The one the client wants most; of several the smallest. */
static enum hc_coding choose(const struct hc__reply *reply)
{
    struct hc_bytes values[ENCODINGS_MAX];
    struct hc_accepted accepted;
    enum hc_coding best = HC_CODING_IDENTITY;
    if (reply->internal || !reply->file->varies)
        return best;
    size_t count = hc_request_values(reply->request, HC_FIELD_ACCEPT_ENCODING, values,
                                     ENCODINGS_MAX);
    hc_encoding_accepted(values, count < ENCODINGS_MAX ? count : ENCODINGS_MAX, &accepted);
    for (int i = 1; i < HC_CODING_COUNT; i++) {
        const struct hc__variant *variants = reply->file->variants;
        unsigned quality = accepted.quality[i];
        if (!variants[i].stamp.there || quality == 0 || quality < accepted.quality[best])
            continue;
        if (quality > accepted.quality[best] || variants[i].stamp.size < variants[best].stamp.size)
            best = (enum hc_coding)i;
    }
    return best;
}

/* What belongs to the file whatever the status (RFC 9110, 15.4.5: 304 has it too). */
static void add_validators(const struct hc__reply *reply, struct fields *fields,
                           const struct hc__variant *variant)
{
    const struct hc__file *file = reply->file;
    if (!has_name(fields, "ETag"))
        add(fields, "ETag", hc_bytes(variant->etag, variant->etag_length));
    if (!has_name(fields, "Last-Modified"))
        add(fields, "Last-Modified", hc_bytes(file->date, HC_DATE_LENGTH));
    if (reply->internal)
        return;
    add(fields, "Cache-Control", hc_bytes_of(file->immutable
                                                 ? "max-age=315360000, public, immutable"
                                                 : "max-age=60, public"));
    add(fields, "Access-Control-Allow-Origin", hc_bytes("*", 1));
    if (file->varies)
        add(fields, "Vary", hc_bytes("Accept-Encoding", 15));
}

static enum hc_err send_part(const struct hc__reply *reply, int status,
                             const struct fields *fields, const struct hc__variant *variant,
                             const struct hc_range *range)
{
    if (variant->fd < 0) {
        const struct hc_bytes body = hc_bytes(variant->bytes + range->first,
                                              (size_t)range->length);
        return hc_request_respond(reply->request, status, hc_bytes("", 0), fields->pairs,
                                  fields->count, &body, 1);
    }
    const struct hc_file_part part = {variant->fd, range->first, range->length};
    return hc_request_respond_file(reply->request, status, hc_bytes("", 0), fields->pairs,
                                   fields->count, &part);
}

static bool append_part(struct hc_buffer *body, const struct hc__variant *variant,
                        const struct hc_range *range)
{
    if (variant->fd < 0)
        return hc_buffer_append(body, hc_bytes(variant->bytes + range->first,
                                               (size_t)range->length)) == HC_OK;
    if (hc_buffer_reserve(body, (size_t)range->length) ||
        pread(variant->fd, body->data + body->length, (size_t)range->length,
              (off_t)range->first) != (ssize_t)range->length)
        return false;
    body->length += (size_t)range->length;
    return true;
}

/* multipart/byteranges (RFC 9110, 14.6). False: it could not be made. */
static bool make_parts(const struct hc__reply *reply, const struct hc__variant *variant,
                       const struct hc_range *ranges, int count, const char *boundary,
                       struct hc_buffer *body)
{
    char head[PART_HEAD_MAX];
    for (int i = 0; i <= count; i++) {
        int length = i == count
                         ? snprintf(head, sizeof(head), "\r\n--%s--\r\n", boundary)
                         : snprintf(head, sizeof(head),
                                    "\r\n--%s\r\nContent-Type: %s\r\n"
                                    "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
                                    boundary, reply->file->type,
                                    (unsigned long long)ranges[i].first,
                                    (unsigned long long)(ranges[i].first + ranges[i].length - 1),
                                    (unsigned long long)variant->stamp.size);
        if (hc_buffer_append(body, hc_bytes(head, (size_t)length)) ||
            (i < count && !append_part(body, variant, &ranges[i])))
            return false;
    }
    return true;
}

static enum hc_err send_parts(const struct hc__reply *reply, struct fields *fields,
                              const struct hc__variant *variant, const struct hc_range *ranges,
                              int count)
{
    char boundary[40], type[96];
    struct hc_buffer body;
    uint64_t total = 0;
    enum hc_err err = HC_LIMIT;
    for (int i = 0; i < count; i++)
        total += ranges[i].length;
    hc_buffer_init(&body, NULL, PARTS_BYTES_MAX + (HC_RANGES_MAX + 1) * PART_HEAD_MAX);
    snprintf(boundary, sizeof(boundary), "hotclub%016llx%08lx", (unsigned long long)hc_clock_ns(),
             (unsigned long)(uintptr_t)reply->request & 0xffffffffu);
    snprintf(type, sizeof(type), "multipart/byteranges; boundary=%s", boundary);
    if (total <= PARTS_BYTES_MAX &&
        make_parts(reply, variant, ranges, count, boundary, &body)) {
        const struct hc_bytes piece = hc_bytes(body.data, body.length);
        add(fields, "Content-Type", hc_bytes_of(type));
        err = hc_request_respond(reply->request, 206, hc_bytes("", 0), fields->pairs,
                                 fields->count, &piece, 1);
    }
    hc_buffer_deinit(&body);
    return err;
}

/* 200, 206 or 416. */
static enum hc_err send_content(const struct hc__reply *reply, struct fields *fields,
                                const struct hc__variant *variant, bool ranged)
{
    struct hc_range ranges[HC_RANGES_MAX] = {{0, variant->stamp.size}};
    struct hc_bytes value;
    char numbers[NUMBERS_MAX];
    unsigned long long size = variant->stamp.size;
    int count = 0;
    if (ranged && hc_request_values(reply->request, HC_FIELD_RANGE, &value, 1) == 1)
        count = hc_range_parse(value, size, ranges);
    if (count > 1 && !has(fields, HC_FIELD_CONTENT_TYPE)) {
        enum hc_err err = send_parts(reply, fields, variant, ranges, count);
        if (err != HC_LIMIT)
            return err;
    }
    if (!has(fields, HC_FIELD_CONTENT_TYPE))
        add(fields, "Content-Type", hc_bytes_of(reply->file->type));
    if (count < 0) {
        const struct hc_bytes nothing = hc_bytes("", 0);
        snprintf(numbers, sizeof(numbers), "bytes */%llu", size);
        add(fields, "Content-Range", hc_bytes_of(numbers));
        return hc_request_respond(reply->request, 416, nothing, fields->pairs, fields->count,
                                  &nothing, 1);
    }
    if (count == 1) {
        snprintf(numbers, sizeof(numbers), "bytes %llu-%llu/%llu",
                 (unsigned long long)ranges[0].first,
                 (unsigned long long)(ranges[0].first + ranges[0].length - 1), size);
        add(fields, "Content-Range", hc_bytes_of(numbers));
    } else {
        ranges[0] = (struct hc_range){0, size};
        if (!has_name(fields, "Accept-Ranges"))
            add(fields, "Accept-Ranges", hc_bytes("bytes", 5));
    }
    return send_part(reply, count == 1 ? 206 : 200, fields, variant, &ranges[0]);
}

/* The application's fields that go with the file. */
static void add_given(const struct hc__reply *reply, struct fields *fields)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        struct hc_bytes name = reply->headers[i].name;
        if (hc_field_find(name) != HC_FIELD_CONTENT_LENGTH &&
            !hc_bytes_equal_nocase(name, hc_bytes_of("X-Accel-Redirect")) &&
            !hc_bytes_equal_nocase(name, hc_bytes_of("X-Sendfile")))
            fields->pairs[fields->count++] = reply->headers[i];
    }
}

static enum hc_err send_with(const struct hc__reply *reply, struct fields *fields)
{
    enum hc_coding coding = choose(reply);
    const struct hc__variant *variant = &reply->file->variants[coding];
    const struct hc_validators validators = {
        hc_bytes(variant->etag, variant->etag_length), reply->file->modified,
        hc_bytes(reply->file->date, HC_DATE_LENGTH)};
    add_given(reply, fields);
    /* An application that has validators of its own has looked at the conditions itself. */
    bool own = reply->internal && (has_name(fields, "ETag") || has_name(fields, "Last-Modified"));
    int status = own ? 200 : hc_conditions_check(reply->request, &validators);
    if (status == 412)
        return hc__reply_status(reply->request, 412);
    add_validators(reply, fields, variant);
    if (coding != HC_CODING_IDENTITY)
        add(fields, "Content-Encoding", hc_bytes_of(coding_names[coding]));
    if (status == 304)
        return hc_request_respond(reply->request, 304, hc_bytes("", 0), fields->pairs,
                                  fields->count, NULL, 0);
    bool ranged = !own && !reply->request->is_head &&
                  hc_conditions_range(reply->request, &validators);
    return send_content(reply, fields, variant, ranged);
}

enum hc_err hc__reply_send(const struct hc__reply *reply)
{
    struct hc_pair few[OWN_FIELDS];
    struct fields fields = {few, 0};
    if (reply->header_count > 0) {
        fields.pairs = hc_alloc_get(NULL, (reply->header_count + OWN_FIELDS) * sizeof(few[0]));
        if (!fields.pairs)
            return HC_NOMEM;
    }
    enum hc_err err = send_with(reply, &fields);
    if (fields.pairs != few)
        hc_alloc_free(NULL, fields.pairs);
    return err;
}
