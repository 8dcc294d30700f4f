/*
 * Files, remembered. A file stays for HC_EDGE_RECHECK_MS without a look; then whoever wants it
 * opens it again, and keeps what is remembered if nothing has changed. The directory is opened
 * anew each time, so that one that was put in its place is seen.
 *
 * What was remembered is never changed but replaced: its users hold references.
 */
#include "edge/core.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
    BUCKETS = 1024,
    FILES_MAX = 4096,
    DESCRIPTORS_MAX = 256,
    HELD_MAX = 64 << 20,
    BYTES_MAX = 64 * 1024, /* a file up to this is kept in memory */
};

/* What was found by opening, in the order of enum hc_coding. */
struct found {
    int fds[HC_CODING_COUNT];
    struct hc__stamp stamps[HC_CODING_COUNT];
};

static const char *const suffixes[HC_CODING_COUNT] = {"", ".gz", ".br", ".zst"};
static const char *const tag_suffixes[HC_CODING_COUNT] = {"", "-gz", "-br", "-zst"};

enum hc_err hc__cache_init(struct hc__cache *cache, const struct hc_alloc *alloc)
{
    *cache = (struct hc__cache){.alloc = alloc};
    cache->buckets = hc_alloc_zeroed(alloc, BUCKETS * sizeof(*cache->buckets));
    if (!cache->buckets)
        return HC_NOMEM;
    if (pthread_mutex_init(&cache->lock, NULL) == 0)
        return HC_OK;
    hc_alloc_free(alloc, cache->buckets);
    return HC_NOMEM;
}

static void destroy(struct hc__cache *cache, struct hc__file *file)
{
    for (int i = 0; i < HC_CODING_COUNT; i++) {
        if (file->variants[i].fd >= 0)
            close(file->variants[i].fd);
        hc_alloc_free(cache->alloc, file->variants[i].bytes);
    }
    hc_alloc_free(cache->alloc, file);
}

static void let_go(struct hc__cache *cache, struct hc__file *file)
{
    if (--file->references == 0)
        destroy(cache, file);
}

void hc__cache_release(struct hc__cache *cache, struct hc__file *file)
{
    pthread_mutex_lock(&cache->lock);
    let_go(cache, file);
    pthread_mutex_unlock(&cache->lock);
}

static void unlink_age(struct hc__cache *cache, struct hc__file *file)
{
    if (file->newer)
        file->newer->older = file->older;
    else
        cache->newest = file->older;
    if (file->older)
        file->older->newer = file->newer;
    else
        cache->oldest = file->newer;
}

static void link_age(struct hc__cache *cache, struct hc__file *file)
{
    file->newer = NULL;
    file->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = file;
    else
        cache->oldest = file;
    cache->newest = file;
}

static struct hc__file **place_of(struct hc__cache *cache, const struct hc__root *root,
                                  struct hc_bytes path, uint32_t hash)
{
    struct hc__file **at = &cache->buckets[hash % BUCKETS];
    while (*at && !((*at)->hash == hash && (*at)->root == root &&
                    hc_bytes_equal(hc_bytes((*at)->path, (*at)->path_length), path)))
        at = &(*at)->next;
    return at;
}

static void take_out(struct hc__cache *cache, struct hc__file *file)
{
    struct hc_bytes path = hc_bytes(file->path, file->path_length);
    struct hc__file **at = place_of(cache, file->root, path, file->hash);
    if (*at != file)
        return; /* somebody else was quicker */
    *at = file->next;
    unlink_age(cache, file);
    cache->count--;
    cache->held -= file->held;
    cache->descriptors -= file->descriptors;
    let_go(cache, file);
}

static void put_in(struct hc__cache *cache, struct hc__file *file)
{
    struct hc_bytes path = hc_bytes(file->path, file->path_length);
    struct hc__file **at = place_of(cache, file->root, path, file->hash);
    if (*at)
        take_out(cache, *at);
    at = place_of(cache, file->root, path, file->hash);
    file->next = NULL;
    *at = file;
    link_age(cache, file);
    cache->count++;
    cache->held += file->held;
    cache->descriptors += file->descriptors;
    while (cache->oldest != file && (cache->count > FILES_MAX || cache->held > HELD_MAX ||
                                     cache->descriptors > DESCRIPTORS_MAX))
        take_out(cache, cache->oldest);
}

void hc__cache_deinit(struct hc__cache *cache)
{
    while (cache->oldest)
        take_out(cache, cache->oldest);
    pthread_mutex_destroy(&cache->lock);
    hc_alloc_free(cache->alloc, cache->buckets);
}

static void close_found(struct found *found)
{
    for (int i = 0; i < HC_CODING_COUNT; i++)
        if (found->fds[i] >= 0)
            close(found->fds[i]);
}

/* Opens the file and what lies beside it; a compressed one that is older does not count. */
static bool find(const struct hc__root *root, struct hc_bytes path, struct found *found)
{
    char name[4096];
    int directory = hc__open_root(root), saved = errno;
    for (int i = 0; i < HC_CODING_COUNT; i++) {
        struct hc__stamp *stamp = &found->stamps[i];
        found->fds[i] = -1;
        *stamp = (struct hc__stamp){.there = false};
        if (directory < 0 || (i > 0 && !found->stamps[0].there))
            continue;
        snprintf(name, sizeof(name), "%.*s%s", (int)path.length, path.at, suffixes[i]);
        found->fds[i] = hc__open_beneath(directory, name, stamp);
        saved = i == 0 ? errno : saved;
        if (i > 0 && stamp->there &&
            stamp->mtime_ns / 1000000000u < found->stamps[0].mtime_ns / 1000000000u) {
            close(found->fds[i]);
            found->fds[i] = -1;
            stamp->there = false;
        }
    }
    if (directory >= 0)
        close(directory);
    errno = saved;
    return found->fds[0] >= 0;
}

static bool same_stamp(const struct hc__stamp *a, const struct hc__stamp *b)
{
    return a->there == b->there &&
           (!a->there || (a->device == b->device && a->inode == b->inode && a->size == b->size &&
                          a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns));
}

static bool is_same(const struct hc__file *file, const struct found *found)
{
    for (int i = 0; i < HC_CODING_COUNT; i++)
        if (!same_stamp(&file->variants[i].stamp, &found->stamps[i]))
            return false;
    return true;
}

/* Django's ManifestStaticFilesStorage: "name.<12 hexadecimal digits>.extension". */
static bool is_immutable(struct hc_bytes path)
{
    enum { DIGITS = 12 };
    size_t end = path.length;
    while (end > 0 && path.at[end - 1] != '.' && path.at[end - 1] != '/')
        end--;
    if (end < DIGITS + 3 || path.at[end - 1] != '.' || path.at[end - 2 - DIGITS] != '.')
        return false;
    for (size_t i = end - 1 - DIGITS; i < end - 1; i++)
        if (!((path.at[i] >= '0' && path.at[i] <= '9') ||
              (path.at[i] >= 'a' && path.at[i] <= 'f')))
            return false;
    return path.at[end - 3 - DIGITS] != '/';
}

/* Small ones are read, and their descriptor closed. A file that changes meanwhile is not kept. */
static void hold(struct hc__cache *cache, struct hc__file *file, struct hc__variant *variant)
{
    size_t size = (size_t)variant->stamp.size;
    if (variant->stamp.size > BYTES_MAX) {
        file->descriptors++;
        return;
    }
    char *bytes = hc_alloc_get(cache->alloc, size + 1);
    if (!bytes || pread(variant->fd, bytes, size + 1, 0) != (ssize_t)size) {
        hc_alloc_free(cache->alloc, bytes);
        file->descriptors++;
        return;
    }
    close(variant->fd);
    variant->fd = -1;
    variant->bytes = bytes;
    file->held += size + 1;
}

static struct hc__file *make(struct hc__cache *cache, const struct hc__root *root,
                             struct hc_bytes path, uint32_t hash, struct found *found)
{
    struct hc__file *file = hc_alloc_zeroed(cache->alloc, sizeof(*file) + path.length + 1);
    if (!file) {
        close_found(found);
        return NULL;
    }
    memcpy(file->path, path.at, path.length);
    file->path_length = path.length;
    file->root = root;
    file->hash = hash;
    file->references = 1;
    file->held = sizeof(*file) + path.length;
    file->immutable = is_immutable(path);
    file->type = hc__mime_type(path);
    file->modified = (time_t)(found->stamps[0].mtime_ns / 1000000000u);
    hc_date_format(file->modified, file->date);
    for (int i = 0; i < HC_CODING_COUNT; i++) {
        struct hc__variant *variant = &file->variants[i];
        variant->stamp = found->stamps[i];
        variant->fd = found->fds[i];
        if (!variant->stamp.there)
            continue;
        file->varies |= i > 0;
        variant->etag_length = (size_t)snprintf(
            variant->etag, sizeof(variant->etag), "\"%llx-%llx%s\"",
            (unsigned long long)variant->stamp.mtime_ns, (unsigned long long)variant->stamp.size,
            tag_suffixes[i]);
        hold(cache, file, variant);
    }
    return file;
}

/* Looks at the disk. `old`, with a reference of ours, is what is remembered, or NULL. */
static struct hc__file *look(struct hc__cache *cache, const struct hc__root *root,
                             struct hc_bytes path, uint32_t hash, struct hc__file *old)
{
    struct found found;
    if (!find(root, path, &found)) {
        bool busy = errno == EMFILE || errno == ENFILE || errno == ENOMEM;
        close_found(&found);
        if (busy || !old)
            return old;
        pthread_mutex_lock(&cache->lock);
        take_out(cache, old);
        let_go(cache, old);
        pthread_mutex_unlock(&cache->lock);
        return NULL;
    }
    if (old && is_same(old, &found)) {
        close_found(&found);
        return old;
    }
    struct hc__file *file = make(cache, root, path, hash, &found);
    pthread_mutex_lock(&cache->lock);
    if (old)
        let_go(cache, old);
    if (file) {
        file->checked_ms = hc_clock_coarse_ms();
        file->references++;
        put_in(cache, file);
    }
    pthread_mutex_unlock(&cache->lock);
    return file;
}

static uint32_t hash_of(const struct hc__root *root, struct hc_bytes path)
{
    uint32_t hash = 2166136261u ^ (uint32_t)(uintptr_t)root;
    for (size_t i = 0; i < path.length; i++)
        hash = (hash ^ (unsigned char)path.at[i]) * 16777619u;
    return hash;
}

struct hc__file *hc__cache_get(struct hc__cache *cache, const struct hc__root *root,
                               struct hc_bytes path)
{
    uint32_t hash = hash_of(root, path);
    uint64_t now = hc_clock_coarse_ms();
    bool fresh = false;
    pthread_mutex_lock(&cache->lock);
    struct hc__file *file = *place_of(cache, root, path, hash);
    if (file) {
        fresh = now - file->checked_ms < HC_EDGE_RECHECK_MS;
        if (!fresh)
            file->checked_ms = now; /* the others need not look too */
        file->references++;
        if (cache->newest != file) {
            unlink_age(cache, file);
            link_age(cache, file);
        }
    }
    pthread_mutex_unlock(&cache->lock);
    return fresh ? file : look(cache, root, path, hash, file);
}
