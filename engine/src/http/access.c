/* The access log: two buffers, one that is filled and one that is being written. */
#include "hc/access.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "hc/buffer.h"
#include "hc/clock.h"
#include "http/access_line.h"

enum {
    STAMP = 64,       /* "[22/Nov/2026:19:54:05 +0000]" and a NUL, with room to spare */
    USUAL_LINE = 512, /* room that is made before it is known how long a line gets */
};

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
    char iso[STAMP];
    struct hc_access_piece *own; /* pieces, and their texts behind them; NULL: `combined` */
    size_t count;
    bool json;
    bool timed; /* a piece asks how long it took */
};

#define TEXT(text) {HC_ACCESS_TEXT, {(text), sizeof(text) - 1}}
#define FIELD(name) {HC_ACCESS_REQUEST_FIELD, {(name), sizeof(name) - 1}}

static const struct hc_access_piece combined[] = {
    {HC_ACCESS_PEER, {NULL, 0}},  TEXT(" - - "),
    {HC_ACCESS_STAMP, {NULL, 0}}, TEXT(" \""),
    {HC_ACCESS_REQUEST, {NULL, 0}}, TEXT("\" "),
    {HC_ACCESS_STATUS, {NULL, 0}}, TEXT(" "),
    {HC_ACCESS_BYTES, {NULL, 0}}, TEXT(" \""),
    FIELD("referer"), TEXT("\" \""), FIELD("user-agent"), TEXT("\""),
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
    made->count = sizeof combined / sizeof combined[0];
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
    hc_alloc_free(access->alloc, access->own);
    hc_alloc_free(access->alloc, access);
}

/* Pieces and, in the same block, copies of their texts. */
static struct hc_access_piece *copy_of(const struct hc_alloc *alloc,
                                       const struct hc_access_piece *pieces, size_t count)
{
    size_t texts = 0;
    for (size_t i = 0; i < count; i++)
        texts += pieces[i].text.length;
    struct hc_access_piece *made = hc_alloc_zeroed(alloc, (count + 1) * sizeof *made + texts);
    if (made == NULL)
        return NULL;
    char *at = (char *)(made + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t length = pieces[i].text.length;
        if (length > 0)
            memcpy(at, pieces[i].text.at, length);
        made[i].kind = pieces[i].kind;
        made[i].text = hc_bytes(at, length);
        at += length;
    }
    return made;
}

enum hc_err hc_access_set_format(struct hc_access *access, const struct hc_access_piece *pieces,
                                 size_t count, bool json)
{
    bool timed = false;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].kind >= HC_ACCESS_KINDS)
            return HC_INVALID;
        timed = timed || pieces[i].kind >= HC_ACCESS_SECONDS;
    }
    struct hc_access_piece *own = copy_of(access->alloc, pieces, count);
    if (own == NULL)
        return HC_NOMEM;
    hc_alloc_free(access->alloc, access->own);
    access->own = own;
    access->count = count;
    access->json = json;
    access->timed = timed;
    return HC_OK;
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
    snprintf(access->iso, sizeof access->iso, "%04d-%02d-%02dT%02d:%02d:%02d%c%02ld%02ld",
             local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min,
             local.tm_sec, east < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* One try with the room there usually is, another one if the line is longer. */
static bool write_line(struct hc_access *access, const struct hc__entry *entry)
{
    struct hc_buffer *buffer = &access->filling;
    size_t room = USUAL_LINE;
    for (;;) {
        if (hc_buffer_reserve(buffer, room) != HC_OK)
            return false;
        struct hc__line line = {buffer->data + buffer->length, room, 0};
        const struct hc_access_piece *pieces = access->own ? access->own : combined;
        hc__line_write(&line, pieces, access->count, entry);
        if (line.length <= room) {
            buffer->length += line.length;
            return true;
        }
        room = line.length;
    }
}

static void wake(struct hc_access *access)
{
    if (access->wake_fd >= 0 && write(access->wake_fd, "", 1) < 0)
        return; /* full: the reader has been woken already */
}

static void add(struct hc_access *access, struct hc__entry *entry)
{
    if (access->timed)
        entry->now_ns = hc_clock_ns();
    entry->json = access->json;
    pthread_mutex_lock(&access->lock);
    refresh_stamp(access);
    entry->stamp = access->stamp;
    entry->iso = access->iso;
    size_t before = access->filling.length;
    if (!write_line(access, entry))
        access->dropped++;
    bool full = before < access->wake_at && access->filling.length >= access->wake_at;
    pthread_mutex_unlock(&access->lock);
    if (full)
        wake(access);
}

void hc_access_add(struct hc_access *access, const struct hc_request *request)
{
    struct hc__entry entry = {.request = request};
    if (access != NULL)
        add(access, &entry);
}

void hc_access_add_refusal(struct hc_access *access, const struct hc_refusal *refusal)
{
    struct hc__entry entry = {.refusal = refusal};
    if (access != NULL)
        add(access, &entry);
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
