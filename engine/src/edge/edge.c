#include "edge/core.h"

#include "hc/http.h"

enum { PATH_MAX_BYTES = 4000 };

static bool prefix_valid(const char *prefix)
{
    size_t length = strlen(prefix);
    return length > 0 && prefix[0] == '/' && prefix[length - 1] == '/';
}

static enum hc_err add_root(struct hc_edge *edge, const struct hc_edge_root *given)
{
    struct hc__root *root = &edge->roots[edge->root_count];
    size_t prefix = strlen(given->prefix), directory = strlen(given->directory);
    if (!prefix_valid(given->prefix) || given->directory[0] != '/')
        return HC_INVALID;
    while (directory > 1 && given->directory[directory - 1] == '/')
        directory--;
    root->texts = hc_alloc_get(edge->alloc, prefix + directory + 2);
    if (!root->texts)
        return HC_NOMEM;
    memcpy(root->texts, given->prefix, prefix + 1);
    memcpy(root->texts + prefix + 1, given->directory, directory);
    root->texts[prefix + 1 + directory] = '\0';
    root->prefix = hc_bytes(root->texts, prefix);
    root->directory = hc_bytes(root->texts + prefix + 1, directory);
    edge->root_count++;
    return HC_OK;
}

static enum hc_err add_roots(struct hc_edge *edge, const struct hc_edge_config *config)
{
    enum hc_err err = HC_OK;
    for (size_t i = 0; i < config->root_count && !err; i++)
        err = add_root(edge, &config->roots[i]);
    edge->open_count = edge->root_count;
    for (size_t i = 0; i < config->internal_count && !err; i++)
        err = add_root(edge, &config->internal[i]);
    return err;
}

static void free_roots(struct hc_edge *edge)
{
    for (size_t i = 0; i < edge->root_count; i++)
        hc_alloc_free(edge->alloc, edge->roots[i].texts);
    hc_alloc_free(edge->alloc, edge->roots);
}

enum hc_err hc_edge_create(const struct hc_edge_config *config, struct hc_edge **made)
{
    size_t count = config->root_count + config->internal_count;
    struct hc_edge *edge = hc_alloc_zeroed(config->alloc, sizeof(*edge));
    enum hc_err err = HC_NOMEM;
    if (!edge)
        return err;
    edge->alloc = config->alloc;
    edge->roots = hc_alloc_zeroed(config->alloc, (count + 1) * sizeof(*edge->roots));
    if (!edge->roots)
        goto free_edge;
    err = add_roots(edge, config);
    if (!err)
        err = hc__cache_init(&edge->cache, config->alloc);
    if (err)
        goto free_roots;
    *made = edge;
    return HC_OK;

free_roots:
    free_roots(edge);
free_edge:
    hc_alloc_free(config->alloc, edge);
    return err;
}

void hc_edge_destroy(struct hc_edge *edge)
{
    if (!edge)
        return;
    const struct hc_alloc *alloc = edge->alloc;
    hc__cache_deinit(&edge->cache);
    free_roots(edge);
    hc_alloc_free(alloc, edge);
}

/* Relative, and no part of it empty, hidden, "." or "..". */
static bool path_valid(struct hc_bytes path)
{
    bool begins = true;
    for (size_t i = 0; i < path.length; i++) {
        char c = path.at[i];
        if (c == '\0' || (begins && (c == '.' || c == '/')))
            return false;
        begins = c == '/';
    }
    return path.length < PATH_MAX_BYTES && !begins;
}

static bool begins_with(struct hc_bytes path, struct hc_bytes prefix)
{
    return path.length > prefix.length && memcmp(path.at, prefix.at, prefix.length) == 0;
}

/* The root with the longest prefix of the path; *rest is what is behind it. */
static const struct hc__root *root_of(const struct hc__root *roots, size_t count,
                                      struct hc_bytes path, struct hc_bytes *rest)
{
    const struct hc__root *best = NULL;
    for (size_t i = 0; i < count; i++)
        if (begins_with(path, roots[i].prefix) &&
            (!best || roots[i].prefix.length > best->prefix.length))
            best = &roots[i];
    if (best)
        *rest = hc_bytes(path.at + best->prefix.length, path.length - best->prefix.length);
    return best;
}

static const struct hc__root *root_with(const struct hc__root *roots, size_t count,
                                        struct hc_bytes path, struct hc_bytes *rest)
{
    const struct hc__root *best = NULL;
    for (size_t i = 0; i < count; i++) {
        struct hc_bytes directory = roots[i].directory;
        if (begins_with(path, directory) && path.at[directory.length] == '/' &&
            (!best || directory.length > best->directory.length))
            best = &roots[i];
    }
    if (best)
        *rest = hc_bytes(path.at + best->directory.length + 1,
                         path.length - best->directory.length - 1);
    return best;
}

bool hc_edge_answer(void *context, struct hc_request *request)
{
    struct hc_edge *edge = context;
    struct hc_bytes rest;
    const struct hc__root *root = root_of(edge->roots, edge->open_count, request->path, &rest);
    if (!root || !path_valid(rest))
        return false;
    struct hc__file *file = hc__cache_get(&edge->cache, root, rest);
    if (!file)
        return false;
    const struct hc__reply reply = {.request = request, .file = file};
    bool fits = request->is_head || hc_bytes_equal(request->method, hc_bytes("GET", 3));
    enum hc_err err = fits ? hc__reply_send(&reply) : hc__reply_status(request, 405);
    (void)err; /* the engine knows what became of the connection */
    hc__cache_release(&edge->cache, file);
    return true;
}

bool hc_edge_redirects(const struct hc_edge *edge)
{
    return edge->root_count > edge->open_count;
}

enum hc_err hc_edge_redirect(struct hc_edge *edge, struct hc_request *request,
                             struct hc_bytes target, bool is_path_of_file,
                             const struct hc_pair *headers, size_t header_count)
{
    const struct hc__root *roots = edge->roots + edge->open_count, *root = NULL;
    size_t count = edge->root_count - edge->open_count;
    char decoded[PATH_MAX_BYTES];
    struct hc_bytes path = target, rest;
    struct hc__file *file = NULL;
    if (is_path_of_file) {
        root = root_with(roots, count, path, &rest);
    } else if (target.length < sizeof(decoded)) {
        const char *query = target.length ? memchr(target.at, '?', target.length) : NULL;
        path.length = query ? (size_t)(query - target.at) : target.length;
        path = hc_bytes(decoded, hc_path_decode(path, decoded));
        root = root_of(roots, count, path, &rest);
    }
    if (root && path_valid(rest))
        file = hc__cache_get(&edge->cache, root, rest);
    if (!file)
        return hc__reply_status(request, 404);
    const struct hc__reply reply = {.request = request,
                                    .file = file,
                                    .headers = headers,
                                    .header_count = header_count,
                                    .internal = true};
    enum hc_err err = hc__reply_send(&reply);
    hc__cache_release(&edge->cache, file);
    return err;
}
