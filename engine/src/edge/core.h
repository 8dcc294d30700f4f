/*
 * What the files of the edge share.
 *
 *     edge.c     roots; which file a request means; internal redirects
 *     beneath.c  opening a file without leaving its root
 *     cache.c    files with their metadata, small ones with their bytes
 *     reply.c    from a file to a response: conditions, codings, ranges
 *     mime.c     content types
 */
#ifndef HC__EDGE_CORE_H
#define HC__EDGE_CORE_H

#include <pthread.h>

#include "hc/clock.h"
#include "hc/edge.h"
#include "hc/encoding.h"

enum { HC__ETAG_MAX = 48 };

struct hc__root {
    struct hc_bytes prefix;    /* "/static/" */
    struct hc_bytes directory; /* without '/' at the end */
    char *texts;               /* both, each with a NUL */
};

/* What tells whether a file is still the same. */
struct hc__stamp {
    bool there;
    uint64_t device, inode, size, mtime_ns, ctime_ns;
};

/* One representation of a file: as it is, or compressed. */
struct hc__variant {
    struct hc__stamp stamp;
    int fd;      /* -1 when `bytes` are all of it */
    char *bytes;
    char etag[HC__ETAG_MAX];
    size_t etag_length;
};

/* A file in the cache. Immutable but for `next`, `references` and `checked_ms`. */
struct hc__file {
    struct hc__file *next; /* in its bucket */
    struct hc__file *newer, *older;
    size_t references;     /* the cache's one, and each user's */
    uint64_t checked_ms;
    uint32_t hash;
    const struct hc__root *root;
    struct hc__variant variants[HC_CODING_COUNT];
    bool varies;           /* there is more than one */
    bool immutable;        /* its name tells its content */
    time_t modified;
    char date[HC_DATE_LENGTH + 1];
    const char *type;
    size_t held;        /* bytes of memory */
    size_t descriptors;
    size_t path_length;
    char path[]; /* below the root, with a NUL */
};

struct hc__cache {
    const struct hc_alloc *alloc;
    pthread_mutex_t lock;
    struct hc__file **buckets;
    struct hc__file *newest, *oldest;
    size_t count, held, descriptors; /* of all files in it */
};

struct hc_edge {
    const struct hc_alloc *alloc;
    struct hc__root *roots; /* those of requests, then those of redirects */
    size_t open_count, root_count;
    struct hc__cache cache;
};

/* beneath.c */
int hc__open_root(const struct hc__root *root);
/* A descriptor of the regular file `path` (relative, no "..") below the root; -1 and errno. */
int hc__open_beneath(int root, const char *path, struct hc__stamp *stamp);

/* cache.c */
enum hc_err hc__cache_init(struct hc__cache *cache, const struct hc_alloc *alloc);
void hc__cache_deinit(struct hc__cache *cache);
/* A reference to the file, NULL when there is none. */
struct hc__file *hc__cache_get(struct hc__cache *cache, const struct hc__root *root,
                               struct hc_bytes path);
void hc__cache_release(struct hc__cache *cache, struct hc__file *file);

/* mime.c: never NULL */
const char *hc__mime_type(struct hc_bytes path);

/* reply.c */
struct hc__reply {
    struct hc_request *request;
    const struct hc__file *file;
    const struct hc_pair *headers; /* of the application, for a redirect */
    size_t header_count;
    bool internal;
};
enum hc_err hc__reply_send(const struct hc__reply *reply);
enum hc_err hc__reply_status(struct hc_request *request, int status);

#endif
