/* The log of refusals. It is written with system calls, past our own functions. */
#undef _FORTIFY_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_MAX_LENGTH = 2 * GUARD_WHERE_MAX,
    LINES_MAX = 10000, /* in one process: what is tried over and over must not fill the disk */
};

/* As the inside of a JSON string; bytes that are not ASCII as they are, if they all fit. */
static size_t put_escaped(char *out, size_t room, const char *text)
{
    size_t used = 0;
    for (; *text != '\0' && used + 6 < room; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out[used++] = '\\';
        if (c >= 0x20)
            out[used++] = (char)c;
        else
            used += (size_t)snprintf(out + used, room - used, "\\u%04x", c);
    }
    return used;
}

size_t guard_log_line(char *line, size_t room, const char *kind, const char *what,
                      const char *where)
{
    struct timespec now;
    char tail[96];
    (void)clock_gettime(CLOCK_REALTIME, &now);
    int start = snprintf(line, room, "{\"kind\": \"%s\", \"what\": \"%s\", \"where\": \"", kind, what);
    int end = snprintf(tail, sizeof tail, "\", \"pid\": %ld, \"time\": %lld.%03ld, \"layer\": "
                       "\"preload\"}\n", (long)getpid(), (long long)now.tv_sec,
                       now.tv_nsec / 1000000);
    if (start < 0 || end < 0 || (size_t)start + (size_t)end + 8 > room)
        return 0;
    size_t used = (size_t)start;
    used += put_escaped(line + used, room - used - (size_t)end, where);
    memcpy(line + used, tail, (size_t)end);
    return used + (size_t)end;
}

void guard_log(const char *kind, const char *what, const char *where)
{
    static unsigned lines;
    char line[LINE_MAX_LENGTH];
    int kept = errno;
    const char *path = guard_config()->log;
    if (path != NULL && __atomic_fetch_add(&lines, 1, __ATOMIC_RELAXED) < LINES_MAX) {
        size_t length = guard_log_line(line, sizeof line, kind, what, where);
        int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
        long fd = syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
        if (fd >= 0) {
            (void)!syscall(SYS_write, (int)fd, line, length);
            (void)syscall(SYS_close, (int)fd);
        }
    }
    errno = kept;
}
