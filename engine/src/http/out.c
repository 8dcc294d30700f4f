/*
 * Writing to a client. Whoever owns the connection writes straight to the socket; what does not
 * fit waits in `out` for the loop, up to out_max. Beyond that the writer itself waits for the
 * socket, so that backpressure works also where the writer is the only thread there is.
 */
#include "http/core.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

static void break_off(struct hc_conn *conn)
{
    atomic_store_explicit(&conn->broken, true, memory_order_relaxed);
    hc_buffer_release(&conn->out);
    conn->out_sent = 0;
}

static bool is_broken(struct hc_conn *conn)
{
    return atomic_load_explicit(&conn->broken, memory_order_relaxed);
}

static void skip(struct iovec **parts, size_t *count, size_t bytes)
{
    while (*count > 0 && bytes >= (*parts)->iov_len) {
        bytes -= (*parts)->iov_len;
        ++*parts;
        --*count;
    }
    if (bytes > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + bytes;
        (*parts)->iov_len -= bytes;
    }
}

/* HC_OK: all of it is gone. HC_TIMEOUT: the socket is full. HC_CLOSED. */
static enum hc_err send_now(struct hc_conn *conn, struct iovec **parts, size_t *count)
{
    while (*count > 0) {
        ssize_t sent;
        if (*count == 1) {
            sent = send(conn->source.fd, (*parts)->iov_base, (*parts)->iov_len, MSG_NOSIGNAL);
        } else {
            struct msghdr message = {.msg_iov = *parts, .msg_iovlen = *count};
            sent = sendmsg(conn->source.fd, &message, MSG_NOSIGNAL);
        }
        if (sent >= 0) {
            skip(parts, count, (size_t)sent);
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN)
            return HC_TIMEOUT;
        break_off(conn);
        return HC_CLOSED;
    }
    return HC_OK;
}

static enum hc_err flush_locked(struct hc_conn *conn)
{
    if (is_broken(conn))
        return HC_CLOSED;
    if (conn->out.length == 0)
        return HC_OK;
    struct iovec waiting = {conn->out.data + conn->out_sent, conn->out.length - conn->out_sent};
    struct iovec *part = &waiting;
    size_t count = 1;
    enum hc_err err = send_now(conn, &part, &count);
    if (err == HC_TIMEOUT)
        conn->out_sent = conn->out.length - waiting.iov_len;
    if (err == HC_OK) {
        hc_buffer_release(&conn->out);
        conn->out_sent = 0;
    }
    return err;
}

bool hc__conn_flush(struct hc_conn *conn)
{
    pthread_mutex_lock(&conn->out_lock);
    enum hc_err err = flush_locked(conn);
    pthread_mutex_unlock(&conn->out_lock);
    return err != HC_TIMEOUT;
}

/* HC_LIMIT: does not fit, nothing was taken. */
static enum hc_err enqueue(struct hc_conn *conn, const struct iovec *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    hc_buffer_consume(&conn->out, conn->out_sent);
    conn->out_sent = 0;
    enum hc_err err = hc_buffer_reserve(&conn->out, size);
    for (size_t i = 0; i < count && !err; i++)
        err = hc_buffer_append(&conn->out, hc_bytes(parts[i].iov_base, parts[i].iov_len));
    return err;
}

/* Waits until the client takes something, without the lock: the loop may flush meanwhile. */
static enum hc_err wait_writable(struct hc_conn *conn)
{
    struct pollfd writable = {.fd = conn->source.fd, .events = POLLOUT};
    int ready;
    pthread_mutex_unlock(&conn->out_lock);
    do
        ready = poll(&writable, 1, (int)conn->server->config.send_timeout_ms);
    while (ready < 0 && errno == EINTR);
    pthread_mutex_lock(&conn->out_lock);
    if (ready > 0)
        return HC_OK;
    break_off(conn);
    return ready == 0 ? HC_TIMEOUT : HC_CLOSED;
}

static enum hc_err send_locked(struct hc_conn *conn, struct iovec *parts, size_t count,
                               bool may_block)
{
    enum hc_err err = HC_OK;
    while (!err) {
        err = flush_locked(conn);
        if (!err)
            err = send_now(conn, &parts, &count);
        if (err != HC_TIMEOUT)
            return err;
        err = enqueue(conn, parts, count);
        if (!err)
            return HC_OK;
        if (err == HC_LIMIT && may_block)
            err = wait_writable(conn);
    }
    /* Part of a message may be gone: nothing sensible can follow. */
    break_off(conn);
    return err;
}

enum hc_err hc__conn_send(struct hc_conn *conn, struct iovec *parts, size_t count, bool may_block)
{
    pthread_mutex_lock(&conn->out_lock);
    enum hc_err err = send_locked(conn, parts, count, may_block);
    pthread_mutex_unlock(&conn->out_lock);
    return err;
}
