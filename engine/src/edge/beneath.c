/*
 * Opening a file without leaving its root.
 *
 * openat2(2) sees to it where the kernel has it. Where it has not, and where an absolute link
 * makes it refuse, the file is opened and then asked for its path: what was opened is what is
 * judged, so that nothing can be swapped in between.
 */
#include "edge/core.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

int hc__open_root(const struct hc__root *root)
{
    return open(root->directory.at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The length of the path of what is open, 0 when it cannot be told. */
static size_t path_of(int fd, char path[PATH_ROOM])
{
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_ROOM);
    return length > 0 && length < PATH_ROOM ? (size_t)length : 0;
}

static bool lies_beneath(int root, int fd)
{
    char base[PATH_ROOM], path[PATH_ROOM];
    size_t base_length = path_of(root, base), length = path_of(fd, path);
    return base_length > 0 && length > base_length && memcmp(path, base, base_length) == 0 &&
           path[base_length] == '/';
}

static int open_and_look(int root, const char *path)
{
    int fd = openat(root, path, FLAGS);
    if (fd < 0 || lies_beneath(root, fd))
        return fd;
    close(fd);
    errno = EXDEV;
    return -1;
}

static uint64_t nanoseconds(struct timespec time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int hc__open_beneath(int root, const char *path, struct hc__stamp *stamp)
{
    const struct open_how how = {.flags = FLAGS,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    struct stat status;
    int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
    *stamp = (struct hc__stamp){.there = false};
    if (fd < 0 && (errno == ENOSYS || errno == EPERM || errno == EXDEV))
        fd = open_and_look(root, path);
    if (fd < 0)
        return fd;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        errno = ENOENT;
        return -1;
    }
    *stamp = (struct hc__stamp){
        .there = true,
        .device = status.st_dev,
        .inode = status.st_ino,
        .size = (uint64_t)status.st_size,
        .mtime_ns = nanoseconds(status.st_mtim),
        .ctime_ns = nanoseconds(status.st_ctim),
    };
    return fd;
}
