/*
 * The guard: a library for LD_PRELOAD that keeps a process inside its workspace.
 *
 * Projects call out while they start, and write to their own media folder. In a workspace every
 * connection is refused but those that HOTCLUB_GUARD_ALLOW lists, and so is every change to a
 * file outside the folders of HOTCLUB_GUARD_WRITE. What is refused is appended to the file named
 * by HOTCLUB_GUARD_LOG, one JSON object a line. Each half is active only if its variable is set;
 * an empty one allows nothing.
 *
 * To the file named by HOTCLUB_GUARD_READS is appended what the process reads and looks at, which
 * is what its doings can depend on: `r` and the absolute path of a file that it opens to read or of
 * a folder that it lists, `s` and that of anything whose state it asks for; each ends with a zero
 * byte.
 *
 *     HOTCLUB_GUARD_ALLOW=127.0.0.1:5432,[::1]:5432,db:5432,localhost:*,unix:/run/x/.s.PGSQL.5432
 *     HOTCLUB_GUARD_WRITE=/tmp/workspace:/tmp/other
 *
 * It guards against accidents, not against malice: system calls made without the C library
 * (static programs, Go, io_uring, syscall()), and what the C library does inside itself
 * (posix_spawn's file actions), pass by, and so do children that are given an environment
 * without LD_PRELOAD. hotclub.agent._guard is the second layer, for Python alone.
 *
 * Depends on nothing but libc. Private to engine/src/guard.
 *
 * Thread-safety: any thread, any time, constructors of other libraries included. The variables
 * are read once, at the first call.
 * Ownership: the configuration is static; nothing is allocated.
 * Fork: no locks are held, nothing to repair; exec starts over from the environment.
 */
#ifndef HC_GUARD_H
#define HC_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
    GUARD_ENTRIES_MAX = 64,
    GUARD_TEXT_MAX = 16384,
    GUARD_PATH_MAX = 4096,
    GUARD_WHERE_MAX = GUARD_PATH_MAX + 8,
};

/* IPv4 addresses are kept as ::ffff:a.b.c.d. */
struct guard_address {
    uint8_t bytes[16];
    uint16_t port; /* 0: any */
};

struct guard_name {
    const char *host;
    uint16_t port;
};

struct guard_config {
    bool net;   /* connections are guarded */
    bool files; /* changes to files are */
    const char *log;
    size_t address_count;
    struct guard_address addresses[GUARD_ENTRIES_MAX];
    size_t name_count;
    struct guard_name names[GUARD_ENTRIES_MAX];
    size_t socket_count;
    const char *sockets[GUARD_ENTRIES_MAX];
    size_t root_count;
    const char *roots[GUARD_ENTRIES_MAX];
    char text[3 * GUARD_TEXT_MAX]; /* what the strings above are in */
    size_t text_used;
};

/* ---- config.c */

/* Fills in a configuration from the three variables; each may be NULL. What does not fit or
 * cannot be understood is left out, so that it is refused. */
void guard_config_parse(struct guard_config *config, const char *allow, const char *write,
                        const char *log);

/* The configuration of this process. */
const struct guard_config *guard_config(void);

/* The file to note in what is read; NULL where that is not wanted, and while the variables are
 * being read themselves. */
const char *guard_reads(void);

/* An address literal, brackets allowed. */
bool guard_parse_address(const char *host, struct guard_address *address);

bool guard_allows_address(const struct guard_config *config, struct guard_address address);
bool guard_allows_name(const struct guard_config *config, const char *host);
bool guard_allows_socket(const struct guard_config *config, const char *path);

/* From now on the address that an allowed name turned out to have is allowed too. */
void guard_learn_address(const struct guard_config *config, const char *host,
                         struct guard_address address);

/* ---- paths.c */

/* The path from the root on, links and `..` as they are, without a slash at its end. */
bool guard_absolute(int dirfd, const char *path, char full[GUARD_PATH_MAX]);

/* The path without symbolic links, `.` and `..`: where a change would happen. `follow`: the last
 * part too is followed if it is a link. False if it leads nowhere, so that no call can succeed. */
bool guard_resolve(int dirfd, const char *path, bool follow, char resolved[GUARD_PATH_MAX]);

/* Whether a resolved path is the log or inside the writable roots, /dev or this process's
 * /proc. */
bool guard_is_writable(const struct guard_config *config, const char *resolved);

/* What a call does to the thing its path names. */
enum guard_change {
    GUARD_MAKES,   /* a name that must be free */
    GUARD_PLACES,  /* a name, whether free or not */
    GUARD_REMOVES, /* or alters, the name itself */
    GUARD_ALTERS,  /* what is there, through a link at the end */
    GUARD_WRITES,  /* makes what is not there and alters what is, through a link */
};

/* Whether the change may happen. A refusal is logged and errno says EACCES. Making what exists
 * and altering what does not is no change: the kernel's own answer is the one to give. */
bool guard_may_change(const char *what, int dirfd, const char *path, enum guard_change change);

/* The same for what is open already. */
bool guard_may_alter_open(const char *what, int fd);

/* ---- log.c */

/* Appends a line about a refusal; keeps errno. `kind` is "net" or "file". */
void guard_log(const char *kind, const char *what, const char *where);

/* Writes the line that guard_log() appends; returns its length, at most `room`. */
size_t guard_log_line(char *line, size_t room, const char *kind, const char *what,
                      const char *where);

/* ---- reads.c */

enum guard_look {
    GUARD_READ = 'r',
    GUARD_STATE = 's',
};

/* Notes that the thing this path names is about to be looked at, whether or not it is there; what
 * the kernel makes up (/proc, /sys, /dev) is left out. In one process each path is noted once, or
 * a few times more when there are very many. Keeps errno. */
void guard_note(enum guard_look look, int dirfd, const char *path);

/* ---- real.c */

/* The function that this library stands before, found once and kept in `*slot`. */
void *guard_real(void **slot, const char *name);

/* Defines the function that takes the place of libc's `name`. It has another name in C, so that
 * no header's idea of `name` (redirection to a 64-bit variant, fortified inline) gets in the
 * way. */
#define GUARD(type, name, ...)                                                                 \
    __attribute__((visibility("default"))) type guard_##name(__VA_ARGS__) __asm__(#name);      \
    type guard_##name(__VA_ARGS__)

/* libc's own. */
#define REAL(name)                                                                             \
    (__extension__({                                                                           \
        static void *slot_;                                                                    \
        (__typeof__(&guard_##name))guard_real(&slot_, #name);                                  \
    }))

#endif
