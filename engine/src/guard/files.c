/* Names and contents of files: nothing outside the writable roots changes, and what is read is
 * noted where that is wanted. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- opening */

static bool may_open(int dirfd, const char *path, int flags)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
    if ((flags & O_ACCMODE) != O_WRONLY && (flags & O_PATH) == 0)
        guard_note(GUARD_READ, dirfd, path);
    if (!writes || (flags & O_PATH) != 0)
        return true;
    if ((flags & O_CREAT) == 0 && (flags & O_TMPFILE) != O_TMPFILE)
        return guard_may_change("open", dirfd, path, GUARD_ALTERS);
    if ((flags & O_EXCL) != 0 && (flags & O_CREAT) != 0)
        return guard_may_change("open", dirfd, path, GUARD_MAKES);
    return guard_may_change("open", dirfd, path, GUARD_WRITES);
}

/* The mode follows only if a file may be made. */
#define MODE_OF(flags, mode)                                                                   \
    do {                                                                                       \
        if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) {                  \
            va_list list;                                                                      \
            va_start(list, flags);                                                             \
            (mode) = va_arg(list, mode_t);                                                     \
            va_end(list);                                                                      \
        }                                                                                      \
    } while (0)

GUARD(int, open, const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return may_open(AT_FDCWD, path, flags) ? REAL(open)(path, flags, mode) : -1;
}

GUARD(int, open64, const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return may_open(AT_FDCWD, path, flags) ? REAL(open64)(path, flags, mode) : -1;
}

GUARD(int, openat, int dirfd, const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return may_open(dirfd, path, flags) ? REAL(openat)(dirfd, path, flags, mode) : -1;
}

GUARD(int, openat64, int dirfd, const char *path, int flags, ...)
{
    mode_t mode = 0;
    MODE_OF(flags, mode);
    return may_open(dirfd, path, flags) ? REAL(openat64)(dirfd, path, flags, mode) : -1;
}

/* What open() becomes in programs that were compiled with _FORTIFY_SOURCE. */

GUARD(int, __open_2, const char *path, int flags)
{
    return may_open(AT_FDCWD, path, flags) ? REAL(__open_2)(path, flags) : -1;
}

GUARD(int, __open64_2, const char *path, int flags)
{
    return may_open(AT_FDCWD, path, flags) ? REAL(__open64_2)(path, flags) : -1;
}

GUARD(int, __openat_2, int dirfd, const char *path, int flags)
{
    return may_open(dirfd, path, flags) ? REAL(__openat_2)(dirfd, path, flags) : -1;
}

GUARD(int, __openat64_2, int dirfd, const char *path, int flags)
{
    return may_open(dirfd, path, flags) ? REAL(__openat64_2)(dirfd, path, flags) : -1;
}

GUARD(int, creat, const char *path, mode_t mode)
{
    bool may = may_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC);
    return may ? REAL(creat)(path, mode) : -1;
}

GUARD(int, creat64, const char *path, mode_t mode)
{
    bool may = may_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC);
    return may ? REAL(creat64)(path, mode) : -1;
}

static bool may_fopen(const char *path, const char *mode)
{
    int flags = strchr(mode, '+') != NULL ? O_RDWR : O_RDONLY;
    if (*mode == 'w' || *mode == 'a')
        flags = (flags == O_RDWR ? O_RDWR : O_WRONLY) | O_CREAT | (strchr(mode, 'x') != NULL ? O_EXCL : 0);
    return may_open(AT_FDCWD, path, flags);
}

GUARD(FILE *, fopen, const char *path, const char *mode)
{
    return may_fopen(path, mode) ? REAL(fopen)(path, mode) : NULL;
}

GUARD(FILE *, fopen64, const char *path, const char *mode)
{
    return may_fopen(path, mode) ? REAL(fopen64)(path, mode) : NULL;
}

/* A stream whose new file is refused is closed, as freopen() does when it fails. */

GUARD(FILE *, freopen, const char *path, const char *mode, FILE *stream)
{
    if (may_fopen(path, mode))
        return REAL(freopen)(path, mode, stream);
    (void)fclose(stream);
    errno = EACCES;
    return NULL;
}

GUARD(FILE *, freopen64, const char *path, const char *mode, FILE *stream)
{
    if (may_fopen(path, mode))
        return REAL(freopen64)(path, mode, stream);
    (void)fclose(stream);
    errno = EACCES;
    return NULL;
}

/* ---- temporary files: the template's last part does not exist, its folder decides */

static bool may_make_from(const char *template)
{
    return guard_may_change("mkstemp", AT_FDCWD, template, GUARD_PLACES);
}

#define TEMPORARY(name, parameters, ...)                                                       \
    GUARD(int, name, UNPACK parameters)                                                        \
    {                                                                                          \
        return may_make_from(template) ? REAL(name)(__VA_ARGS__) : -1;                         \
    }
#define UNPACK(...) __VA_ARGS__

TEMPORARY(mkstemp, (char *template), template)
TEMPORARY(mkstemp64, (char *template), template)
TEMPORARY(mkostemp, (char *template, int flags), template, flags)
TEMPORARY(mkostemp64, (char *template, int flags), template, flags)
TEMPORARY(mkstemps, (char *template, int suffix), template, suffix)
TEMPORARY(mkstemps64, (char *template, int suffix), template, suffix)
TEMPORARY(mkostemps, (char *template, int suffix, int flags), template, suffix, flags)
TEMPORARY(mkostemps64, (char *template, int suffix, int flags), template, suffix, flags)

GUARD(char *, mkdtemp, char *template)
{
    return may_make_from(template) ? REAL(mkdtemp)(template) : NULL;
}

/* ---- names */

GUARD(int, mkdir, const char *path, mode_t mode)
{
    return guard_may_change("mkdir", AT_FDCWD, path, GUARD_MAKES) ? REAL(mkdir)(path, mode) : -1;
}

GUARD(int, mkdirat, int dirfd, const char *path, mode_t mode)
{
    return guard_may_change("mkdir", dirfd, path, GUARD_MAKES) ? REAL(mkdirat)(dirfd, path, mode) : -1;
}

GUARD(int, mkfifo, const char *path, mode_t mode)
{
    return guard_may_change("mkfifo", AT_FDCWD, path, GUARD_MAKES) ? REAL(mkfifo)(path, mode) : -1;
}

GUARD(int, mkfifoat, int dirfd, const char *path, mode_t mode)
{
    return guard_may_change("mkfifo", dirfd, path, GUARD_MAKES) ? REAL(mkfifoat)(dirfd, path, mode) : -1;
}

GUARD(int, mknod, const char *path, mode_t mode, dev_t device)
{
    return guard_may_change("mknod", AT_FDCWD, path, GUARD_MAKES) ? REAL(mknod)(path, mode, device) : -1;
}

GUARD(int, mknodat, int dirfd, const char *path, mode_t mode, dev_t device)
{
    bool may = guard_may_change("mknod", dirfd, path, GUARD_MAKES);
    return may ? REAL(mknodat)(dirfd, path, mode, device) : -1;
}

GUARD(int, symlink, const char *target, const char *path)
{
    return guard_may_change("symlink", AT_FDCWD, path, GUARD_MAKES) ? REAL(symlink)(target, path) : -1;
}

GUARD(int, symlinkat, const char *target, int dirfd, const char *path)
{
    return guard_may_change("symlink", dirfd, path, GUARD_MAKES) ? REAL(symlinkat)(target, dirfd, path) : -1;
}

/* A second name for a file outside would be a way to change it. */

GUARD(int, link, const char *old, const char *path)
{
    bool may = guard_may_change("link", AT_FDCWD, old, GUARD_REMOVES) &&
               guard_may_change("link", AT_FDCWD, path, GUARD_MAKES);
    return may ? REAL(link)(old, path) : -1;
}

GUARD(int, linkat, int old_dirfd, const char *old, int dirfd, const char *path, int flags)
{
    enum guard_change change = (flags & AT_SYMLINK_FOLLOW) != 0 ? GUARD_ALTERS : GUARD_REMOVES;
    bool may = guard_may_change("link", old_dirfd, old, change) &&
               guard_may_change("link", dirfd, path, GUARD_MAKES);
    return may ? REAL(linkat)(old_dirfd, old, dirfd, path, flags) : -1;
}

GUARD(int, unlink, const char *path)
{
    return guard_may_change("unlink", AT_FDCWD, path, GUARD_REMOVES) ? REAL(unlink)(path) : -1;
}

GUARD(int, unlinkat, int dirfd, const char *path, int flags)
{
    return guard_may_change("unlink", dirfd, path, GUARD_REMOVES) ? REAL(unlinkat)(dirfd, path, flags) : -1;
}

GUARD(int, rmdir, const char *path)
{
    return guard_may_change("rmdir", AT_FDCWD, path, GUARD_REMOVES) ? REAL(rmdir)(path) : -1;
}

GUARD(int, remove, const char *path)
{
    return guard_may_change("unlink", AT_FDCWD, path, GUARD_REMOVES) ? REAL(remove)(path) : -1;
}

static bool may_rename(int old_dirfd, const char *old, int dirfd, const char *path)
{
    return guard_may_change("rename", old_dirfd, old, GUARD_REMOVES) &&
           guard_may_change("rename", dirfd, path, GUARD_PLACES);
}

GUARD(int, rename, const char *old, const char *path)
{
    return may_rename(AT_FDCWD, old, AT_FDCWD, path) ? REAL(rename)(old, path) : -1;
}

GUARD(int, renameat, int old_dirfd, const char *old, int dirfd, const char *path)
{
    bool may = may_rename(old_dirfd, old, dirfd, path);
    return may ? REAL(renameat)(old_dirfd, old, dirfd, path) : -1;
}

GUARD(int, renameat2, int old_dirfd, const char *old, int dirfd, const char *path,
      unsigned flags)
{
    bool may = may_rename(old_dirfd, old, dirfd, path);
    return may ? REAL(renameat2)(old_dirfd, old, dirfd, path, flags) : -1;
}
