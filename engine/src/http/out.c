/*
 * Writing to a client. Whoever owns the connection writes straight to the socket; what does not
 * fit waits for the loop:
 *
 *     [out: bytes, up to out_max] then [file: file_left bytes from file_at]
 *
 * The file is either what a response was made of, and then it is the last thing, or the spool: an
 * unlinked file that takes what does not fit into `out` any more, up to spool_max. Beyond that the
 * writer itself waits for the socket, so that backpressure works also where the writer is the
 * only thread there is. At most parked_max writers wait; one more gives its client up.
 */
#include "http/core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PATIENCE_MS = 10, /* with a client, before what it does not take is kept for it */
    TURN = 4 << 20,         /* bytes of a file in one go; then the others have their turn */
    COPY_SIZE = 64 * 1024,  /* where the kernel cannot send from a file */
    COALESCE_MAX = 16 * 1024, /* a file up to this is read behind its head: one send */
};

static void drop_file(struct hc_conn *conn)
{
    if (conn->file_fd >= 0)
        close(conn->file_fd);
    conn->file_fd = -1;
    conn->file_at = conn->file_left = 0;
    conn->spooling = false;
}

void hc__conn_forget_out(struct hc_conn *conn)
{
    hc_buffer_release(&conn->out);
    conn->out_sent = 0;
    drop_file(conn);
}

static void break_off(struct hc_conn *conn)
{
    atomic_store_explicit(&conn->broken, true, memory_order_relaxed);
    hc__conn_forget_out(conn);
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
static enum hc_err send_now(struct hc_conn *conn, struct iovec **parts, size_t *count, int flags)
{
    while (*count > 0) {
        ssize_t sent;
        if (*count == 1) {
            sent = send(conn->source.fd, (*parts)->iov_base, (*parts)->iov_len,
                        MSG_NOSIGNAL | flags);
        } else {
            struct msghdr message = {.msg_iov = *parts, .msg_iovlen = *count};
            sent = sendmsg(conn->source.fd, &message, MSG_NOSIGNAL | flags);
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

/* sendfile(2) for files that have none. */
static ssize_t copy_some(int socket, int file, uint64_t at, size_t length)
{
    char bytes[COPY_SIZE];
    ssize_t got = pread(file, bytes, length < sizeof(bytes) ? length : sizeof(bytes), (off_t)at);
    return got <= 0 ? got : send(socket, bytes, (size_t)got, MSG_NOSIGNAL);
}

/* sendfile(2) knows no MSG_NOSIGNAL, and a client that is gone must not end the process. The
 * signal also comes when some bytes were taken before the rest was refused. */
static ssize_t send_quietly(int socket, int file, off_t *offset, size_t length)
{
    const struct timespec at_once = {0};
    sigset_t pipe, before;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    ssize_t sent = sendfile(socket, file, offset, length);
    int error = errno;
    sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return sent;
}

/* HC_OK: all of it is gone. HC_TIMEOUT: the socket is full. HC_LIMIT: a turn is over. HC_CLOSED:
 * the client is gone, or the file has become shorter. */
static enum hc_err send_file_now(struct hc_conn *conn, int file, uint64_t *at, uint64_t *left,
                                 size_t turn)
{
    bool plain = true;
    size_t done = 0;
    while (*left > 0) {
        off_t offset = (off_t)*at;
        size_t most = turn - done < *left ? turn - done : (size_t)*left;
        if (most == 0)
            return HC_LIMIT;
        ssize_t sent = plain ? send_quietly(conn->source.fd, file, &offset, most)
                             : copy_some(conn->source.fd, file, *at, most);
        if (sent > 0) {
            *at += (uint64_t)sent;
            *left -= (uint64_t)sent;
            done += (size_t)sent;
        } else if (sent < 0 && errno == EAGAIN) {
            return HC_TIMEOUT;
        } else if (sent < 0 && plain && (errno == EINVAL || errno == ENOSYS)) {
            plain = false;
        } else if (sent == 0 || errno != EINTR) {
            break_off(conn);
            return HC_CLOSED;
        }
    }
    return HC_OK;
}

static enum hc_err flush_bytes(struct hc_conn *conn)
{
    struct iovec waiting = {conn->out.data + conn->out_sent, conn->out.length - conn->out_sent};
    struct iovec *part = &waiting;
    size_t count = 1;
    enum hc_err err = send_now(conn, &part, &count, conn->file_left > 0 ? MSG_MORE : 0);
    if (err == HC_TIMEOUT)
        conn->out_sent = conn->out.length - waiting.iov_len;
    if (err == HC_OK) {
        hc_buffer_release(&conn->out);
        conn->out_sent = 0;
    }
    return err;
}

static enum hc_err flush_locked(struct hc_conn *conn, size_t turn)
{
    enum hc_err err = HC_OK;
    if (is_broken(conn))
        return HC_CLOSED;
    if (conn->out.length > 0)
        err = flush_bytes(conn);
    if (!err && conn->file_left > 0)
        err = send_file_now(conn, conn->file_fd, &conn->file_at, &conn->file_left, turn);
    if (!err && conn->file_fd >= 0)
        drop_file(conn);
    return err;
}

enum hc_err hc__conn_flush(struct hc_conn *conn, bool fair)
{
    pthread_mutex_lock(&conn->out_lock);
    enum hc_err err = flush_locked(conn, fair ? TURN : SIZE_MAX);
    pthread_mutex_unlock(&conn->out_lock);
    return err == HC_CLOSED ? HC_OK : err;
}

static size_t size_of(const struct iovec *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

/* Behind what waits in the spool, or as the first there. HC_LIMIT: it does not fit. */
static enum hc_err spool(struct hc_conn *conn, const struct iovec *parts, size_t count)
{
    const struct hc_server_config *config = &conn->server->config;
    size_t size = size_of(parts, count);
    if (conn->file_left + size > config->spool_max || (conn->file_fd >= 0 && !conn->spooling))
        return HC_LIMIT;
    if (conn->file_fd < 0) {
        conn->file_fd = hc__open_unlinked(config->body_directory);
        if (conn->file_fd < 0)
            return HC_LIMIT;
        conn->spooling = true;
    }
    uint64_t end = conn->file_at + conn->file_left;
    for (size_t i = 0; i < count; i++) {
        if (!hc__write_all(conn->file_fd, parts[i].iov_base, parts[i].iov_len, end))
            return HC_LIMIT; /* a full disk; what was written does not count */
        end += parts[i].iov_len;
    }
    conn->file_left += size;
    return HC_OK;
}

/* HC_LIMIT: does not fit, nothing was taken. */
static enum hc_err enqueue(struct hc_conn *conn, const struct iovec *parts, size_t count)
{
    if (conn->file_left > 0)
        return spool(conn, parts, count);
    hc_buffer_consume(&conn->out, conn->out_sent);
    conn->out_sent = 0;
    enum hc_err err = hc_buffer_reserve(&conn->out, size_of(parts, count));
    if (err == HC_LIMIT)
        return spool(conn, parts, count);
    for (size_t i = 0; i < count && !err; i++)
        err = hc_buffer_append(&conn->out, hc_bytes(parts[i].iov_base, parts[i].iov_len));
    return err;
}

/* Waits until the client takes something, without the lock: the loop may flush meanwhile. */
static enum hc_err wait_writable(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    struct pollfd writable = {.fd = conn->source.fd, .events = POLLOUT};
    int ready = -1;
    pthread_mutex_unlock(&conn->out_lock);
    bool may_wait = atomic_fetch_add(&server->parked, 1) < server->config.parked_max;
    while (may_wait && (ready = poll(&writable, 1, (int)server->config.send_timeout_ms)) < 0 &&
           errno == EINTR)
        continue;
    atomic_fetch_sub(&server->parked, 1);
    pthread_mutex_lock(&conn->out_lock);
    if (ready > 0)
        return HC_OK;
    break_off(conn);
    return !may_wait || ready == 0 ? HC_TIMEOUT : HC_CLOSED;
}

/* Whether the client takes more within a moment: then there is nothing to keep for it. Asked until
 * it has once been too slow; without the lock, as above. */
static bool takes_more(struct hc_conn *conn)
{
    struct pollfd writable = {.fd = conn->source.fd, .events = POLLOUT};
    if (conn->hasty)
        return false;
    pthread_mutex_unlock(&conn->out_lock);
    int ready = poll(&writable, 1, PATIENCE_MS);
    pthread_mutex_lock(&conn->out_lock);
    conn->hasty = ready <= 0;
    return ready > 0;
}

static enum hc_err send_locked(struct hc_conn *conn, struct iovec *parts, size_t count,
                               bool may_block)
{
    enum hc_err err = HC_OK;
    conn->begun = true;
    while (!err) {
        err = flush_locked(conn, SIZE_MAX);
        if (!err)
            err = send_now(conn, &parts, &count, 0);
        if (err != HC_TIMEOUT)
            return err;
        if (may_block && takes_more(conn)) {
            err = HC_OK;
            continue;
        }
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

enum hc_err hc__conn_abandon(struct hc_conn *conn, int status, struct iovec *parts, size_t count)
{
    enum hc_err err = HC_STATE;
    pthread_mutex_lock(&conn->out_lock);
    if (!conn->begun && !is_broken(conn)) {
        err = send_now(conn, &parts, &count, 0); /* a socket nobody has written to takes it whole */
        atomic_store(&conn->imposed, status);
        break_off(conn);
        shutdown(conn->source.fd, SHUT_WR);
    }
    pthread_mutex_unlock(&conn->out_lock);
    return err == HC_TIMEOUT ? HC_OK : err;
}

/* A small file is read behind its head. HC_LIMIT: it is not small, or cannot be read so. */
static enum hc_err send_small_file(struct hc_conn *conn, struct hc_buffer *head,
                                   const struct hc_file_part *part)
{
    if (part->length > COALESCE_MAX || hc_buffer_reserve(head, (size_t)part->length))
        return HC_LIMIT;
    ssize_t got = pread(part->fd, head->data + head->length, (size_t)part->length,
                        (off_t)part->offset);
    if (got != (ssize_t)part->length)
        return HC_LIMIT;
    struct iovec whole = {head->data, head->length + part->length};
    return send_locked(conn, &whole, 1, true);
}

static enum hc_err send_large_file(struct hc_conn *conn, struct hc_buffer *head,
                                   const struct hc_file_part *part)
{
    struct iovec text = {head->data, head->length}, *rest = &text;
    size_t count = 1;
    uint64_t at = part->offset, left = part->length;
    enum hc_err err = send_now(conn, &rest, &count, MSG_MORE);
    if (err == HC_TIMEOUT)
        err = enqueue(conn, rest, count);
    else if (!err)
        err = send_file_now(conn, part->fd, &at, &left, TURN);
    if ((err && err != HC_TIMEOUT && err != HC_LIMIT) || left == 0)
        return err;
    conn->file_fd = fcntl(part->fd, F_DUPFD_CLOEXEC, 0);
    if (conn->file_fd < 0) {
        break_off(conn);
        return HC_SYSTEM;
    }
    conn->file_at = at;
    conn->file_left = left;
    return HC_OK;
}

enum hc_err hc__conn_send_file(struct hc_conn *conn, struct hc_buffer *head,
                               const struct hc_file_part *part)
{
    pthread_mutex_lock(&conn->out_lock);
    conn->begun = true;
    enum hc_err err = flush_locked(conn, SIZE_MAX);
    if (err == HC_TIMEOUT) /* only 100 (Continue) can be in the way */
        err = HC_OK;
    if (!err)
        err = send_small_file(conn, head, part);
    if (err == HC_LIMIT && !is_broken(conn))
        err = send_large_file(conn, head, part);
    pthread_mutex_unlock(&conn->out_lock);
    return err;
}
