/*
 * Edge: files served by the engine itself, without the binding.
 *
 * A file is served when its path, percent-decoded, is a prefix's and a regular file lies at the
 * rest of it, inside the root also after every symbolic link. No part of the path may be empty,
 * or begin with a dot. Whatever is no such file is left to the application.
 *
 * Files are remembered, small ones with their bytes, and looked at again after HC_EDGE_RECHECK_MS.
 * Beside `app.js` there may be `app.js.br`, `.gz` and `.zst`, not older than it: the client gets
 * the one it wants most, of several the smallest.
 *
 * Thread-safety: `answer` and `redirect` by any thread; create and destroy with nobody inside.
 * Ownership: copies what it is given.
 * Fork: make it after fork(), or before it and use it in one process.
 */
#ifndef HC_EDGE_H
#define HC_EDGE_H

#include "hc/alloc.h"
#include "hc/server.h"

struct hc_edge;

enum { HC_EDGE_RECHECK_MS = 1000 };

struct hc_edge_root {
    const char *prefix;    /* of the path, begins and ends with '/' */
    const char *directory; /* need not be there yet */
};

struct hc_edge_config {
    const struct hc_alloc *alloc;
    const struct hc_edge_root *roots; /* for requests; the longest prefix counts */
    size_t root_count;
    const struct hc_edge_root *internal; /* for redirects of the application only */
    size_t internal_count;
};

/* HC_INVALID: a prefix that does not begin and end with '/', a directory that is no absolute
 * path. HC_NOMEM. */
HC_MUST_USE enum hc_err hc_edge_create(const struct hc_edge_config *config, struct hc_edge **edge);
void hc_edge_destroy(struct hc_edge *edge);

/* Answers the request if it means a file here. `edge` is a struct hc_edge; the type is that of
 * the member `answer` of struct hc_server_config. */
bool hc_edge_answer(void *edge, struct hc_request *request);

/*
 * What the application wants to be sent in its place: the value of X-Accel-Redirect (a path with a
 * prefix of an internal root, percent-encoded) or X-Sendfile (an absolute path into one of their
 * directories). Its other fields are kept, but Content-Length; 404 when there is no such file.
 * Errors are those of hc_request_respond.
 */
HC_MUST_USE enum hc_err hc_edge_redirect(struct hc_edge *edge, struct hc_request *request,
                                         struct hc_bytes target, bool is_path_of_file,
                                         const struct hc_pair *headers, size_t header_count);

/* Whether there are internal roots; without them the two fields are fields like others. */
bool hc_edge_redirects(const struct hc_edge *edge);

#endif
