#include "hc/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum hc_err hc_listener_prepare(int listener)
{
    int flags = fcntl(listener, F_GETFL), on = 1;
    if (flags < 0 || fcntl(listener, F_SETFL, flags | O_NONBLOCK) != 0)
        return HC_SYSTEM;
    /* Accepted sockets inherit it. A Unix socket has no such thing. */
    (void)setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return HC_OK;
}

static void describe(const struct sockaddr_storage *address, struct hc_peer *peer)
{
    const void *raw = NULL;
    peer->text[0] = '\0';
    peer->port = 0;
    if (address->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)address;
        raw = &four->sin_addr;
        peer->port = ntohs(four->sin_port);
    } else if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)address;
        raw = &six->sin6_addr;
        peer->port = ntohs(six->sin6_port);
    }
    if (raw && !inet_ntop(address->ss_family, raw, peer->text, sizeof(peer->text)))
        peer->text[0] = '\0';
    peer->length = (uint8_t)strlen(peer->text);
}

static enum hc_err refused(int error)
{
    switch (error) {
    case EAGAIN: return HC_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return HC_LIMIT;
    case EBADF:
    case EFAULT:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP: return HC_SYSTEM;
    default: return HC_CLOSED; /* accept(2): errors of the new connection are passed on here */
    }
}

enum hc_err hc_listener_accept(int listener, int *fd, struct hc_peer *peer)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof(address);
    int made = accept4(listener, (struct sockaddr *)&address, &length,
                       SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (made < 0)
        return refused(errno);
    describe(&address, peer);
    *fd = made;
    return HC_OK;
}
