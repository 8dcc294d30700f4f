/* The access log: two buffers, one that is filled and one that is being written. */
#include "hc/access.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "hc/buffer.h"

/* "[22/Nov/2026:19:54:05 +0000]" and a NUL, with room to spare. */
enum { STAMP = 64 };

struct hc_access {
    const struct hc_alloc *alloc;
    pthread_mutex_t lock; /* guards everything below */
    struct hc_buffer filling;
    struct hc_buffer taken;
    uint64_t dropped;
    size_t wake_at;
    int wake_fd;
    time_t second;
    char stamp[STAMP];
};

/* One line before it is known how long it gets; writes beyond the end are only counted. */
struct line {
    char *at;
    char *end;
};

enum hc_err hc_access_create(const struct hc_alloc *alloc, size_t maximum, int wake_fd,
                             struct hc_access **access)
{
    struct hc_access *made = hc_alloc_zeroed(alloc, sizeof *made);
    if (made == NULL)
        return HC_NOMEM;
    if (pthread_mutex_init(&made->lock, NULL) != 0) {
        hc_alloc_free(alloc, made);
        return HC_NOMEM;
    }
    made->alloc = alloc;
    made->wake_fd = wake_fd;
    made->wake_at = maximum / 4;
    made->second = (time_t)-1;
    hc_buffer_init(&made->filling, alloc, maximum);
    hc_buffer_init(&made->taken, alloc, maximum);
    *access = made;
    return HC_OK;
}

void hc_access_destroy(struct hc_access *access)
{
    if (access == NULL)
        return;
    hc_buffer_deinit(&access->filling);
    hc_buffer_deinit(&access->taken);
    pthread_mutex_destroy(&access->lock);
    hc_alloc_free(access->alloc, access);
}

static void put(struct line *line, struct hc_bytes bytes)
{
    size_t room = (size_t)(line->end - line->at);
    size_t length = bytes.length < room ? bytes.length : room;
    if (length > 0)
        memcpy(line->at, bytes.at, length);
    line->at += length;
}

static void put_text(struct line *line, const char *text)
{
    put(line, hc_bytes_of(text));
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* `field`, escaped; "-" for an empty one. */
static void put_field(struct line *line, struct hc_bytes field)
{
    static const char hex[] = "0123456789ABCDEF";
    if (field.length == 0)
        put_text(line, "-");
    for (size_t i = 0; i < field.length; i++) {
        unsigned char c = (unsigned char)field.at[i];
        char escaped[4] = {'\\', 'x', hex[c >> 4], hex[c & 15]};
        put(line, is_plain(c) ? hc_bytes(&field.at[i], 1) : hc_bytes(escaped, 4));
    }
}

static void put_number(struct line *line, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    put(line, hc_bytes(digits + at, sizeof digits - at));
}

/* Local time, as strftime("[%d/%b/%Y:%H:%M:%S %z]") in the C locale. */
static void refresh_stamp(struct hc_access *access)
{
    static const char months[12][4] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec == access->second || localtime_r(&now.tv_sec, &local) == NULL)
        return;
    access->second = now.tv_sec;
    long east = local.tm_gmtoff / 60, minutes = east < 0 ? -east : east;
    snprintf(access->stamp, sizeof access->stamp, "[%02d/%s/%04d:%02d:%02d:%02d %c%02ld%02ld]",
             local.tm_mday, months[local.tm_mon], local.tm_year + 1900, local.tm_hour,
             local.tm_min, local.tm_sec, east < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

static struct hc_bytes header_of(const struct hc_request *request, enum hc_field field)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (request->headers[i].field == field)
            return request->headers[i].value;
    return hc_bytes(NULL, 0);
}

/* An escaped byte takes four; punctuation and numbers fit into the rest. */
static size_t most(struct hc_bytes a, struct hc_bytes b, struct hc_bytes c, struct hc_bytes d)
{
    return 4 * (a.length + b.length + c.length + d.length) + 256;
}

/* Opens a line of at most `length` bytes under the lock; false when it has to be dropped. */
static bool begin(struct hc_access *access, size_t length, struct line *line)
{
    if (hc_buffer_reserve(&access->filling, length) != HC_OK) {
        access->dropped++;
        return false;
    }
    line->at = access->filling.data + access->filling.length;
    line->end = line->at + length;
    refresh_stamp(access);
    return true;
}

/* Closes the line; whether it crossed the mark at which the reader is to be woken. */
static bool end(struct hc_access *access, struct line *line)
{
    size_t before = access->filling.length;
    access->filling.length = (size_t)(line->at - access->filling.data);
    return before < access->wake_at && access->filling.length >= access->wake_at;
}

static void wake(struct hc_access *access)
{
    if (access->wake_fd >= 0 && write(access->wake_fd, "", 1) < 0)
        return; /* full: the reader has been woken already */
}

static void put_start(struct line *line, struct hc_bytes peer, const char *stamp,
                      struct hc_bytes method, struct hc_bytes target)
{
    put_field(line, peer);
    put_text(line, " - - ");
    put_text(line, stamp);
    put_text(line, " \"");
    put_field(line, method);
    put_text(line, " ");
    put_field(line, target);
}

void hc_access_add(struct hc_access *access, const struct hc_request *request)
{
    if (access == NULL)
        return;
    struct hc_bytes referer = header_of(request, HC_FIELD_REFERER);
    struct hc_bytes agent = header_of(request, HC_FIELD_USER_AGENT);
    size_t length = most(request->target, request->method, referer, agent);
    struct line line;
    bool full = false;
    pthread_mutex_lock(&access->lock);
    if (begin(access, length, &line)) {
        put_start(&line, request->peer, access->stamp, request->method, request->target);
        put_text(&line, request->minor ? " HTTP/1.1\" " : " HTTP/1.0\" ");
        int status = hc_request_status(request);
        put_number(&line, status ? (uint64_t)status : 500); /* what `release` will answer */
        put_text(&line, " ");
        put_number(&line, hc_request_body_sent(request));
        put_text(&line, " \"");
        put_field(&line, referer);
        put_text(&line, "\" \"");
        put_field(&line, agent);
        put_text(&line, "\"\n");
        full = end(access, &line);
    }
    pthread_mutex_unlock(&access->lock);
    if (full)
        wake(access);
}

void hc_access_add_refusal(struct hc_access *access, const struct hc_refusal *refusal)
{
    if (access == NULL)
        return;
    struct hc_bytes none = hc_bytes(NULL, 0);
    struct hc_bytes reason = hc_bytes_of(refusal->reason);
    struct line line;
    bool full = false;
    pthread_mutex_lock(&access->lock);
    if (begin(access, most(refusal->target, refusal->method, reason, none), &line)) {
        put_start(&line, refusal->peer, access->stamp, refusal->method, refusal->target);
        put_text(&line, "\" ");
        put_number(&line, (uint64_t)refusal->status);
        put_text(&line, " 0 \"-\" \"-\" (");
        put_field(&line, reason);
        put_text(&line, ")\n");
        full = end(access, &line);
    }
    pthread_mutex_unlock(&access->lock);
    if (full)
        wake(access);
}

struct hc_bytes hc_access_take(struct hc_access *access, uint64_t *dropped)
{
    pthread_mutex_lock(&access->lock);
    struct hc_buffer spare = access->taken;
    spare.length = 0;
    access->taken = access->filling;
    access->filling = spare;
    *dropped = access->dropped;
    access->dropped = 0;
    pthread_mutex_unlock(&access->lock);
    return hc_bytes(access->taken.data, access->taken.length);
}
