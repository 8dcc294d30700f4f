/*
 * Files without a name: for large bodies of requests, and for responses that slow clients have not
 * taken yet.
 *
 * What is known to belong to a body in a file goes there from the socket through a pipe, which saves
 * copying it into this process and out again.
 *
 * Half of what it costs to write such a file is to find pages for it and to give them back. So the
 * file of a body is kept for a few seconds for the next one, which writes over the same pages. It
 * is cut to its own length before anybody reads it, so that nobody meets somebody else's bytes.
 */
#include "http/core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SPARE_MS = 5000,
    SPARE_MAX = 256 << 20,
    SPLICE_MIN = 64 * 1024, /* below it a copy is cheaper */
    SPLICE_MAX = 512 * 1024,
};

int hc__open_unlinked(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
        return fd;
    /* A file system without O_TMPFILE. */
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s/hotclub-body-XXXXXX", directory);
    if (length < 0 || (size_t)length >= sizeof(path))
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

bool hc__write_all(int fd, const char *data, size_t length, uint64_t offset)
{
    while (length > 0) {
        ssize_t written = pwrite(fd, data, length, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        data += written;
        length -= (size_t)written;
        offset += (uint64_t)written;
    }
    return true;
}

void hc__spare_file_init(struct hc__spare_file *spare)
{
    spare->fd = -1;
    hc_timer_init(&spare->timer);
}

void hc__spare_file_drop(struct hc_server *server)
{
    struct hc__spare_file *spare = &server->spare_file;
    if (spare->fd >= 0)
        close(spare->fd);
    spare->fd = -1;
    hc_timer_clear(&spare->timer);
}

int hc__body_file_take(struct hc_server *server, uint64_t *size)
{
    struct hc__spare_file *spare = &server->spare_file;
    int fd = spare->fd;
    *size = 0;
    if (fd < 0)
        return hc__open_unlinked(server->config.body_directory);
    *size = spare->size;
    spare->fd = -1;
    hc_timer_clear(&spare->timer);
    if (lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

void hc__body_file_give(struct hc_server *server, int fd, uint64_t size)
{
    struct hc__spare_file *spare = &server->spare_file;
    if (spare->fd >= 0 || size > SPARE_MAX) {
        close(fd);
        return;
    }
    spare->fd = fd;
    spare->size = size;
    hc_timer_set(&server->wheel, &spare->timer, server->now_ms + SPARE_MS);
}

static bool open_pipe(struct hc_server *server)
{
    if (server->pipe[0] >= 0)
        return true;
    if (pipe2(server->pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        server->pipe[0] = server->pipe[1] = -1;
        return false;
    }
    /* Where the user has too many pipes already it stays as it is: smaller, and slower. */
    (void)fcntl(server->pipe[1], F_SETPIPE_SZ, SPLICE_MAX);
    return true;
}

void hc__pipe_close(struct hc_server *server)
{
    for (int i = 0; i < 2; i++) {
        if (server->pipe[i] >= 0)
            close(server->pipe[i]);
        server->pipe[i] = -1;
    }
}

/* All that is in the pipe. A pipe is of no use once something is stuck in it. */
static bool empty_pipe(struct hc_server *server, int file, off_t at, size_t length)
{
    while (length > 0) {
        ssize_t moved = splice(server->pipe[0], NULL, file, &at, length, SPLICE_F_MOVE);
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0) {
            hc__pipe_close(server);
            return false;
        }
        length -= (size_t)moved;
    }
    return true;
}

bool hc__body_can_splice(const struct hc_exchange *exchange)
{
    const struct hc_head *head = &exchange->parser.head;
    return exchange->head_done && exchange->request.body_fd >= 0 && !head->chunked &&
           exchange->stored == 0 && exchange->raw == exchange->in.length &&
           head->content_length - exchange->in_file >= SPLICE_MIN;
}

enum hc__moved hc__body_splice(struct hc_exchange *exchange, int socket)
{
    struct hc_server *server = exchange->conn->server;
    uint64_t missing = exchange->parser.head.content_length - exchange->in_file;
    size_t most = missing < SPLICE_MAX ? (size_t)missing : SPLICE_MAX;
    ssize_t got;
    if (!open_pipe(server))
        return HC__MOVED_NOT;
    do
        got = splice(socket, NULL, server->pipe[1], NULL, most,
                     SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? HC__MOVED_ALL : errno == EINVAL ? HC__MOVED_NOT : HC__MOVED_END;
    if (got == 0)
        return HC__MOVED_END;
    if (!empty_pipe(server, exchange->request.body_fd, (off_t)exchange->in_file, (size_t)got))
        return HC__MOVED_FULL;
    exchange->in_file += (uint64_t)got;
    return HC__MOVED_SOME;
}
