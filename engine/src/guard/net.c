/* Connections: nothing leaves but to the addresses and sockets that are allowed. */
#include "guard.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

/* Sockets of the system's own services: libraries try them unasked and live without. */
static const char *const quiet[] = {
    "/run/nscd/", "/var/run/nscd/", "/run/systemd/", "/var/run/systemd/", "/run/dbus/",
    "/var/run/dbus/", "/dev/log",
};

static bool is_quiet(const char *path)
{
    for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++)
        if (strncmp(path, quiet[i], strlen(quiet[i])) == 0)
            return true;
    return false;
}

static bool inet_address(const struct sockaddr *to, socklen_t length,
                         struct guard_address *address)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (to->sa_family == AF_INET && length >= sizeof in) {
        memcpy(&in, to, sizeof in);
        memcpy(address->bytes, (const uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12);
        memcpy(address->bytes + 12, &in.sin_addr, 4);
        address->port = ntohs(in.sin_port);
        return true;
    }
    if (to->sa_family == AF_INET6 && length >= offsetof(struct sockaddr_in6, sin6_scope_id)) {
        memcpy(&in6, to, offsetof(struct sockaddr_in6, sin6_scope_id));
        memcpy(address->bytes, &in6.sin6_addr, 16);
        address->port = ntohs(in6.sin6_port);
        return true;
    }
    return false;
}

static void describe(const struct guard_address *address, char where[GUARD_WHERE_MAX])
{
    char text[INET6_ADDRSTRLEN] = "?";
    const uint8_t *bytes = address->bytes;
    if (memcmp(bytes, (const uint8_t[12]){[10] = 0xff, [11] = 0xff}, 12) == 0) {
        (void)inet_ntop(AF_INET, bytes + 12, text, sizeof text);
        (void)snprintf(where, GUARD_WHERE_MAX, "%s:%u", text, address->port);
    } else {
        (void)inet_ntop(AF_INET6, bytes, text, sizeof text);
        (void)snprintf(where, GUARD_WHERE_MAX, "[%s]:%u", text, address->port);
    }
}

/* The path of a socket; "@name" for one without a file. */
static void socket_path(const struct sockaddr *to, socklen_t length,
                        char path[sizeof(struct sockaddr_un) + 2])
{
    size_t start = offsetof(struct sockaddr_un, sun_path);
    size_t size = length > start ? length - start : 0;
    if (size > sizeof(struct sockaddr_un) - start)
        size = sizeof(struct sockaddr_un) - start;
    memcpy(path, (const char *)to + start, size);
    path[size] = '\0';
    if (size > 0 && path[0] == '\0')
        path[0] = '@';
}

static bool may_reach_socket(const struct guard_config *config, const char *what,
                             const struct sockaddr *to, socklen_t length)
{
    char path[sizeof(struct sockaddr_un) + 2], where[GUARD_WHERE_MAX];
    socket_path(to, length, path);
    if (path[0] == '\0' || guard_allows_socket(config, path))
        return true;
    (void)snprintf(where, sizeof where, "unix:%s", path);
    if (!is_quiet(path))
        guard_log("net", what, where);
    return false;
}

/* Whether data may go there. A refusal is logged, and errno says it. */
static bool may_reach(const char *what, const struct sockaddr *to, socklen_t length)
{
    const struct guard_config *config = guard_config();
    struct guard_address address;
    char where[GUARD_WHERE_MAX];
    if (!config->net || to == NULL || length < sizeof to->sa_family)
        return true;
    sa_family_t family = to->sa_family;
    if (family == AF_UNSPEC || family == AF_NETLINK || family == AF_ALG)
        return true;
    if (family == AF_UNIX) {
        if (may_reach_socket(config, what, to, length))
            return true;
    } else {
        bool inet = inet_address(to, length, &address);
        if (inet && guard_allows_address(config, address))
            return true;
        if (inet)
            describe(&address, where);
        else
            (void)snprintf(where, sizeof where, "address family %u", family);
        guard_log("net", what, where);
    }
    errno = ECONNREFUSED;
    return false;
}

GUARD(int, connect, int fd, const struct sockaddr *to, socklen_t length)
{
    return may_reach("connect", to, length) ? REAL(connect)(fd, to, length) : -1;
}

GUARD(ssize_t, sendto, int fd, const void *data, size_t size, int flags,
      const struct sockaddr *to, socklen_t length)
{
    if (!may_reach("sendto", to, length))
        return -1;
    return REAL(sendto)(fd, data, size, flags, to, length);
}

static bool may_send(const char *what, const struct msghdr *message)
{
    return message == NULL || may_reach(what, message->msg_name, message->msg_namelen);
}

GUARD(ssize_t, sendmsg, int fd, const struct msghdr *message, int flags)
{
    return may_send("sendmsg", message) ? REAL(sendmsg)(fd, message, flags) : -1;
}

/* The messages before the first that is refused are sent. */
GUARD(int, sendmmsg, int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    unsigned allowed = 0;
    while (allowed < count && may_send("sendmmsg", &messages[allowed].msg_hdr))
        allowed++;
    if (allowed == 0 && count > 0)
        return -1;
    return REAL(sendmmsg)(fd, messages, allowed, flags);
}

/* A socket with a path is a file. */
GUARD(int, bind, int fd, const struct sockaddr *to, socklen_t length)
{
    char path[sizeof(struct sockaddr_un) + 2] = "@";
    if (to != NULL && length > sizeof to->sa_family && to->sa_family == AF_UNIX)
        socket_path(to, length, path);
    if (path[0] != '@' && !guard_may_change("bind", AT_FDCWD, path, GUARD_MAKES))
        return -1;
    return REAL(bind)(fd, to, length);
}
