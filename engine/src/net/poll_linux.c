/*
 * epoll. Streams are edge-triggered, so that a request in steady state costs no epoll_ctl. The
 * eventfd is edge-triggered too and never read: each write is an edge, and its counter would take
 * centuries to fill.
 */
#include "hc/poll.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static enum hc_err add(struct hc_poll *poll, int fd, void *source, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = source};
    return epoll_ctl(poll->fd, EPOLL_CTL_ADD, fd, &event) == 0 ? HC_OK : HC_SYSTEM;
}

enum hc_err hc_poll_init(struct hc_poll *poll)
{
    struct hc_poll made;
    made.fd = epoll_create1(EPOLL_CLOEXEC);
    if (made.fd < 0)
        return HC_SYSTEM;
    made.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (made.wake_fd < 0)
        goto close_poll;
    if (add(&made, made.wake_fd, NULL, EPOLLIN | EPOLLET))
        goto close_wake;
    *poll = made;
    return HC_OK;

close_wake:
    close(made.wake_fd);
close_poll:
    close(made.fd);
    return HC_SYSTEM;
}

void hc_poll_deinit(struct hc_poll *poll)
{
    close(poll->wake_fd);
    close(poll->fd);
}

enum hc_err hc_poll_add_stream(struct hc_poll *poll, int fd, void *source)
{
    return add(poll, fd, source, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

enum hc_err hc_poll_add_listener(struct hc_poll *poll, int fd, void *source)
{
    return add(poll, fd, source, EPOLLIN | EPOLLEXCLUSIVE);
}

enum hc_err hc_poll_add_level(struct hc_poll *poll, int fd, void *source)
{
    return add(poll, fd, source, EPOLLIN);
}

void hc_poll_remove(struct hc_poll *poll, int fd)
{
    epoll_ctl(poll->fd, EPOLL_CTL_DEL, fd, NULL);
}

static unsigned translate(uint32_t events)
{
    unsigned ready = 0;
    if (events & EPOLLIN)
        ready |= HC_POLL_READ;
    if (events & EPOLLRDHUP)
        ready |= HC_POLL_READ | HC_POLL_END;
    if (events & EPOLLOUT)
        ready |= HC_POLL_WRITE;
    if (events & (EPOLLHUP | EPOLLERR))
        ready |= HC_POLL_READ | HC_POLL_END | HC_POLL_HANGUP;
    return ready;
}

enum hc_err hc_poll_wait(struct hc_poll *poll, int timeout_ms,
                         struct hc_poll_event events[HC_POLL_BATCH], size_t *count)
{
    struct epoll_event raw[HC_POLL_BATCH];
    int found = epoll_wait(poll->fd, raw, HC_POLL_BATCH, timeout_ms);
    if (found < 0)
        return errno == EINTR ? HC_INTERRUPTED : HC_SYSTEM;
    size_t kept = 0;
    for (int i = 0; i < found; i++)
        if (raw[i].data.ptr)
            events[kept++] = (struct hc_poll_event){raw[i].data.ptr, translate(raw[i].events)};
    *count = kept;
    return HC_OK;
}

void hc_poll_wake(struct hc_poll *poll)
{
    uint64_t one = 1;
    int saved = errno;
    ssize_t written = write(poll->wake_fd, &one, sizeof(one));
    (void)written;
    errno = saved;
}
