/* What is read and looked at, each path once. Written with system calls, past our own functions. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SLOTS = 1 << 14, /* more than a large project opens */
    PROBES = 64,
};

static const char *const made_up[] = {"/proc/", "/sys/", "/dev/"};

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
    return hash != 0 ? hash : 1;
}

/* Whether nobody has noted it yet. Where there is no room it is new each time: better twice in
 * the file than not at all. */
static bool is_new(uint64_t hash)
{
    static uint64_t slots[SLOTS];
    for (unsigned i = 0; i < PROBES; i++) {
        uint64_t *slot = &slots[(hash + i) % SLOTS];
        uint64_t found = 0;
        if (__atomic_compare_exchange_n(slot, &found, hash, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED))
            return true;
        if (found == hash)
            return false;
    }
    return true;
}

static bool is_made_up(const char *path)
{
    for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++)
        if (strncmp(path, made_up[i], strlen(made_up[i])) == 0)
            return true;
    return false;
}

void guard_note(enum guard_look look, int dirfd, const char *path)
{
    char line[GUARD_PATH_MAX + 1]; /* the look, the path, a zero byte */
    int kept = errno;
    const char *reads = guard_reads();
    line[0] = (char)look;
    if (reads != NULL && path != NULL && guard_absolute(dirfd, path, line + 1) &&
        !is_made_up(line + 1) && is_new(hash_of(line))) {
        int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
        long fd = syscall(SYS_openat, AT_FDCWD, reads, flags, 0600);
        if (fd >= 0) {
            (void)!syscall(SYS_write, (int)fd, line, strlen(line) + 1);
            (void)syscall(SYS_close, (int)fd);
        }
    }
    errno = kept;
}
