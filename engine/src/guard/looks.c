/* What only looks: folders that are listed, the state of files, programs that begin. It is noted
 * where that is wanted, and never refused. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <fcntl.h>
#include <link.h>
#include <sys/types.h>
#include <unistd.h>

GUARD(void *, opendir, const char *path)
{
    guard_note(GUARD_READ, AT_FDCWD, path);
    return REAL(opendir)(path);
}

/* ---- states; programs built for a libc before 2.33 ask by the names with an x */

#define LOOK(type, name, at, parameters, ...)                                                  \
    GUARD(type, name, UNPACK parameters)                                                       \
    {                                                                                          \
        guard_note(GUARD_STATE, at, path);                                                     \
        return REAL(name)(__VA_ARGS__);                                                        \
    }
#define UNPACK(...) __VA_ARGS__

LOOK(int, stat, AT_FDCWD, (const char *path, void *into), path, into)
LOOK(int, stat64, AT_FDCWD, (const char *path, void *into), path, into)
LOOK(int, lstat, AT_FDCWD, (const char *path, void *into), path, into)
LOOK(int, lstat64, AT_FDCWD, (const char *path, void *into), path, into)
LOOK(int, fstatat, dirfd, (int dirfd, const char *path, void *into, int flags), dirfd, path, into, flags)
LOOK(int, fstatat64, dirfd, (int dirfd, const char *path, void *into, int flags), dirfd, path, into, flags)
LOOK(int, statx, dirfd, (int dirfd, const char *path, int flags, unsigned mask, void *into), dirfd, path, flags, mask, into)
LOOK(int, __xstat, AT_FDCWD, (int version, const char *path, void *into), version, path, into)
LOOK(int, __xstat64, AT_FDCWD, (int version, const char *path, void *into), version, path, into)
LOOK(int, __lxstat, AT_FDCWD, (int version, const char *path, void *into), version, path, into)
LOOK(int, __lxstat64, AT_FDCWD, (int version, const char *path, void *into), version, path, into)
LOOK(int, __fxstatat, dirfd, (int version, int dirfd, const char *path, void *into, int flags), version, dirfd, path, into, flags)
LOOK(int, __fxstatat64, dirfd, (int version, int dirfd, const char *path, void *into, int flags), version, dirfd, path, into, flags)
LOOK(int, access, AT_FDCWD, (const char *path, int mode), path, mode)
LOOK(int, faccessat, dirfd, (int dirfd, const char *path, int mode, int flags), dirfd, path, mode, flags)
LOOK(ssize_t, readlink, AT_FDCWD, (const char *path, char *into, size_t room), path, into, room)
LOOK(ssize_t, readlinkat, dirfd, (int dirfd, const char *path, char *into, size_t room), dirfd, path, into, room)

/* ---- programs: the loader opens them, and the libraries they are linked to, by itself */

static int note_library(struct dl_phdr_info *library, size_t size, void *data)
{
    (void)size;
    (void)data;
    if (library->dlpi_name != NULL && library->dlpi_name[0] == '/')
        guard_note(GUARD_STATE, AT_FDCWD, library->dlpi_name);
    return 0;
}

__attribute__((constructor)) static void note_program(void)
{
    char program[GUARD_PATH_MAX];
    (void)guard_config();
    if (guard_reads() == NULL)
        return;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        guard_note(GUARD_STATE, AT_FDCWD, program);
    }
    (void)dl_iterate_phdr(note_library, NULL);
}
