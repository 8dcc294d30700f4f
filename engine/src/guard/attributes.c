/* What a file has besides its name: length, mode, owner, times, extended attributes. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

static bool may_alter(const char *what, const char *path)
{
    return guard_may_change(what, AT_FDCWD, path, GUARD_ALTERS);
}

/* Of a link itself. */
static bool may_alter_link(const char *what, const char *path)
{
    return guard_may_change(what, AT_FDCWD, path, GUARD_REMOVES);
}

static bool may_alter_at(const char *what, int dirfd, const char *path, int flags)
{
    if (path == NULL || (*path == '\0' && (flags & AT_EMPTY_PATH) != 0))
        return guard_may_alter_open(what, dirfd);
    bool follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    return guard_may_change(what, dirfd, path, follow ? GUARD_ALTERS : GUARD_REMOVES);
}

GUARD(int, truncate, const char *path, off_t length)
{
    return may_alter("truncate", path) ? REAL(truncate)(path, length) : -1;
}

GUARD(int, truncate64, const char *path, off64_t length)
{
    return may_alter("truncate", path) ? REAL(truncate64)(path, length) : -1;
}

GUARD(int, chmod, const char *path, mode_t mode)
{
    return may_alter("chmod", path) ? REAL(chmod)(path, mode) : -1;
}

GUARD(int, fchmod, int fd, mode_t mode)
{
    return guard_may_alter_open("chmod", fd) ? REAL(fchmod)(fd, mode) : -1;
}

GUARD(int, fchmodat, int dirfd, const char *path, mode_t mode, int flags)
{
    bool may = may_alter_at("chmod", dirfd, path, flags);
    return may ? REAL(fchmodat)(dirfd, path, mode, flags) : -1;
}

GUARD(int, chown, const char *path, uid_t owner, gid_t group)
{
    return may_alter("chown", path) ? REAL(chown)(path, owner, group) : -1;
}

GUARD(int, lchown, const char *path, uid_t owner, gid_t group)
{
    return may_alter_link("chown", path) ? REAL(lchown)(path, owner, group) : -1;
}

GUARD(int, fchown, int fd, uid_t owner, gid_t group)
{
    return guard_may_alter_open("chown", fd) ? REAL(fchown)(fd, owner, group) : -1;
}

GUARD(int, fchownat, int dirfd, const char *path, uid_t owner, gid_t group, int flags)
{
    bool may = may_alter_at("chown", dirfd, path, flags);
    return may ? REAL(fchownat)(dirfd, path, owner, group, flags) : -1;
}

GUARD(int, utime, const char *path, const struct utimbuf *times)
{
    return may_alter("utime", path) ? REAL(utime)(path, times) : -1;
}

GUARD(int, utimes, const char *path, const struct timeval times[2])
{
    return may_alter("utime", path) ? REAL(utimes)(path, times) : -1;
}

GUARD(int, lutimes, const char *path, const struct timeval times[2])
{
    return may_alter_link("utime", path) ? REAL(lutimes)(path, times) : -1;
}

GUARD(int, futimes, int fd, const struct timeval times[2])
{
    return guard_may_alter_open("utime", fd) ? REAL(futimes)(fd, times) : -1;
}

GUARD(int, futimens, int fd, const struct timespec times[2])
{
    return guard_may_alter_open("utime", fd) ? REAL(futimens)(fd, times) : -1;
}

GUARD(int, utimensat, int dirfd, const char *path, const struct timespec times[2], int flags)
{
    bool may = may_alter_at("utime", dirfd, path, flags);
    return may ? REAL(utimensat)(dirfd, path, times, flags) : -1;
}

GUARD(int, setxattr, const char *path, const char *name, const void *value, size_t size,
      int flags)
{
    bool may = may_alter("setxattr", path);
    return may ? REAL(setxattr)(path, name, value, size, flags) : -1;
}

GUARD(int, lsetxattr, const char *path, const char *name, const void *value, size_t size,
      int flags)
{
    bool may = may_alter_link("setxattr", path);
    return may ? REAL(lsetxattr)(path, name, value, size, flags) : -1;
}

GUARD(int, fsetxattr, int fd, const char *name, const void *value, size_t size, int flags)
{
    bool may = guard_may_alter_open("setxattr", fd);
    return may ? REAL(fsetxattr)(fd, name, value, size, flags) : -1;
}

GUARD(int, removexattr, const char *path, const char *name)
{
    return may_alter("removexattr", path) ? REAL(removexattr)(path, name) : -1;
}

GUARD(int, lremovexattr, const char *path, const char *name)
{
    return may_alter_link("removexattr", path) ? REAL(lremovexattr)(path, name) : -1;
}

GUARD(int, fremovexattr, int fd, const char *name)
{
    return guard_may_alter_open("removexattr", fd) ? REAL(fremovexattr)(fd, name) : -1;
}
