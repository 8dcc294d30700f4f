/* Where a path leads, and whether that is inside the workspace. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MAX = 16 };

_Static_assert(GUARD_PATH_MAX >= PATH_MAX, "realpath() writes up to PATH_MAX bytes");

/* The folder that a relative path starts from. */
static bool start_of(int dirfd, char start[GUARD_PATH_MAX])
{
    char link[64];
    if (dirfd == AT_FDCWD || dirfd == -1)
        return getcwd(start, GUARD_PATH_MAX) != NULL;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
    ssize_t length = readlink(link, start, GUARD_PATH_MAX - 1);
    if (length <= 0)
        return false;
    start[length] = '\0';
    return start[0] == '/';
}

bool guard_absolute(int dirfd, const char *path, char full[GUARD_PATH_MAX])
{
    char start[GUARD_PATH_MAX] = "";
    if (path[0] != '/' && !start_of(dirfd, start))
        return false;
    int length = snprintf(full, GUARD_PATH_MAX, "%s%s%s", start, path[0] == '/' ? "" : "/", path);
    if (length < 0 || length >= GUARD_PATH_MAX)
        return false;
    while (length > 1 && full[length - 1] == '/')
        full[--length] = '\0';
    return true;
}

/* The parent without links, and the last part as it is. `full` is absolute and comes apart. */
static bool resolve_parent(char *full, char resolved[GUARD_PATH_MAX])
{
    char *slash = strrchr(full, '/');
    const char *name = slash + 1;
    if (*name == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return realpath(full, resolved) != NULL;
    struct stat status;
    *slash = '\0';
    if (realpath(slash == full ? "/" : full, resolved) == NULL || stat(resolved, &status) != 0 ||
        !S_ISDIR(status.st_mode))
        return false;
    size_t length = strlen(resolved);
    if (length + strlen(name) + 2 > GUARD_PATH_MAX)
        return false;
    resolved[length] = '/';
    strcpy(resolved + length + (length > 1), name);
    return true;
}

/* Replaces `full` by where the link at its end points; false if it is no link. */
static bool follow_link(char full[GUARD_PATH_MAX])
{
    char target[GUARD_PATH_MAX], joined[GUARD_PATH_MAX];
    ssize_t length = readlink(full, target, sizeof target - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    size_t parent = target[0] == '/' ? 0 : (size_t)(strrchr(full, '/') - full) + 1;
    if (parent + (size_t)length >= sizeof joined)
        return false;
    memcpy(joined, full, parent);
    memcpy(joined + parent, target, (size_t)length + 1);
    strcpy(full, joined);
    return true;
}

bool guard_resolve(int dirfd, const char *path, bool follow, char resolved[GUARD_PATH_MAX])
{
    char full[GUARD_PATH_MAX];
    int kept = errno;
    bool found = guard_absolute(dirfd, path, full);
    if (found && follow) {
        /* A link may point to what is still to be made. */
        for (int i = 0; i < LINKS_MAX && realpath(full, resolved) == NULL; i++)
            if (!follow_link(full))
                break;
    }
    if (found && (!follow || realpath(full, resolved) == NULL))
        found = resolve_parent(full, resolved);
    errno = kept;
    return found;
}

static bool is_inside(const char *path, const char *root)
{
    size_t length = strlen(root);
    if (strcmp(root, "/") == 0)
        return true;
    return strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

bool guard_is_writable(const struct guard_config *config, const char *resolved)
{
    char own[64];
    if (config->log != NULL && strcmp(resolved, config->log) == 0)
        return true; /* the audit hook writes it too */
    for (size_t i = 0; i < config->root_count; i++)
        if (is_inside(resolved, config->roots[i]))
            return true;
    (void)snprintf(own, sizeof own, "/proc/%ld", (long)getpid());
    return is_inside(resolved, "/dev") || is_inside(resolved, own);
}

static bool exists(const char *path)
{
    struct stat status;
    int kept = errno;
    bool found = lstat(path, &status) == 0;
    errno = kept;
    return found;
}

static bool changes(const char *resolved, enum guard_change change)
{
    switch (change) {
    case GUARD_MAKES:
        return !exists(resolved);
    case GUARD_REMOVES:
    case GUARD_ALTERS:
        return exists(resolved);
    default:
        return true;
    }
}

bool guard_may_change(const char *what, int dirfd, const char *path, enum guard_change change)
{
    const struct guard_config *config = guard_config();
    char resolved[GUARD_PATH_MAX];
    bool follow = change == GUARD_ALTERS || change == GUARD_WRITES;
    if (!config->files || path == NULL)
        return true;
    if (!guard_resolve(dirfd, path, follow, resolved) || guard_is_writable(config, resolved) ||
        !changes(resolved, change))
        return true;
    guard_log("file", what, resolved);
    errno = EACCES;
    return false;
}

bool guard_may_alter_open(const char *what, int fd)
{
    char path[GUARD_PATH_MAX];
    int kept = errno;
    bool found = guard_config()->files && fd >= 0 && start_of(fd, path);
    errno = kept;
    return !found || guard_may_change(what, AT_FDCWD, path, GUARD_REMOVES);
}
