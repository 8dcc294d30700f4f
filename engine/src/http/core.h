/*
 * What the files of the server share.
 *
 * Who owns a connection. At any time either the loop or the holder of its request:
 *
 *              advance            hc_server_next
 *   IDLE ─► HEAD ─► BODY ─► (ready) ─────────► HELD ──── hc_request_release ───► returned stack
 *    ▲                                                                              │ loop
 *    └──────────── next request ◄── FLUSH ◄─────────────── hc__conn_returned ◄──────┘
 *                                     └─► LINGER ─► DEAD (freed after the batch of events)
 *
 * While it is HELD the loop does three things only: notes that there is something to read, flushes
 * `out` under `out_lock`, and sets `broken`. Descriptors are closed and connections freed by the
 * loop alone, and only after the current batch of events, so that no event finds a stranger.
 *
 * Lock order: the role, then waiting_lock or out_lock. Everything else here belongs to whoever has the role.
 */
#ifndef HC__CORE_H
#define HC__CORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "hc/arena.h"
#include "hc/buffer.h"
#include "hc/clock.h"
#include "hc/forked.h"
#include "hc/http.h"
#include "hc/listener.h"
#include "hc/poll.h"
#include "hc/proxy.h"
#include "hc/response.h"
#include "hc/role.h"
#include "hc/runners.h"
#include "hc/server.h"
#include "hc/wheel.h"

enum hc__source_kind { HC__SOURCE_CONN, HC__SOURCE_LISTENER, HC__SOURCE_INTERRUPT };

/* First member of everything that the poll reports. */
struct hc__source {
    enum hc__source_kind kind;
    int fd;
};

enum hc__conn_state {
    HC__IDLE,   /* no byte of a request yet */
    HC__HEAD,   /* part of a head */
    HC__BODY,   /* a head and part of a body */
    HC__HELD,   /* its request is with somebody */
    HC__FLUSH,  /* the response waits for the client */
    HC__LINGER, /* answered for good; reading what still comes, so that close() sends no reset */
    HC__DEAD,
};

/* What happens to the connection when `out` has been sent. */
enum hc__after { HC__NEXT_REQUEST, HC__CLOSE, HC__CLOSE_AFTER_LINGER, HC__RESET };

/* While draining: how long a connection without a request yet may take to send its first. */
enum { HC__DRAIN_FIRST_MS = 1000, HC__LOOK_MS = 4, HC__FORGET_MS = 100 };

struct hc_exchange;

struct hc_conn {
    struct hc__source source;
    enum hc__conn_state state;
    enum hc__after after;
    bool queued;   /* waits in `pending` */
    bool readable; /* reported and not yet read until nothing was left */
    bool ended;    /* the client will send no more */
    bool served;   /* at least one request */
    bool introduced; /* no PROXY header is expected any more */
    int wake_at;     /* so many bytes have to wait before it is reported; see body.c */
    struct hc_server *server;
    struct hc_exchange *exchange; /* NULL while IDLE without a byte */
    struct hc_timer timer;
    struct hc_conn *prev, *next; /* open connections */
    struct hc_conn *link; /* returned, pending, waiting, dead or spare: one of them at a time */

    atomic_bool broken; /* nothing more can be sent */
    atomic_int imposed; /* the status of an answer that its holder has not given; 0 */
    pthread_mutex_t out_lock;
    struct hc_buffer out; /* waits for the client; [out_sent, length) is still to go */
    size_t out_sent;
    int file_fd; /* then this; -1 for none. Ours: a duplicate, or the spool */
    uint64_t file_at, file_left;
    bool spooling; /* the file is the spool */
    bool begun;    /* something has been sent since the request was handed out */
    bool hasty;    /* whoever writes waits for nobody: it is the loop, or the client is slow */

    struct hc_peer peer;
    size_t listener; /* which one it came through */
};

/* A request and its response; pooled, and lent to a connection while there is data. */
struct hc_exchange {
    struct hc_request request; /* first: hc_request_… cast back */
    struct hc_conn *conn;
    struct hc_exchange *link; /* spare ones */
    struct hc_arena arena;

    struct hc_buffer in; /* [head][stored body] … [raw: not yet looked at] */
    struct hc_head_parser parser;
    struct hc_chunked chunked;
    bool head_done;
    size_t stored;      /* bytes of decoded body in `in`, behind the head */
    size_t raw;         /* where the bytes not yet looked at begin */
    uint64_t in_file;   /* bytes of body in body_fd */
    uint64_t file_size; /* of body_fd, when it was another body's before */

    struct hc_runner *runner; /* the thread that it was given to */
    bool started;
    bool sent;
    bool unsent; /* `head` is the whole answer, and goes when the loop has it back; together.c */
    bool finished;
    bool cut; /* the body could not be sent whole */
    int status;
    uint64_t body_sent;
    struct hc_framing framing;
    struct hc_buffer head;

    struct hc_header headers[];
};

struct hc_listener_source {
    struct hc__source source;
    bool polled;
};

/* A file that a body has been in; see spool.c. */
struct hc__spare_file {
    int fd; /* -1: none */
    uint64_t size;
    struct hc_timer timer; /* then it is closed */
};

struct hc_server {
    struct hc_server_config config;
    struct hc_fork_mark mark;
    struct hc_poll poll;
    struct hc_date date;
    struct hc_bytes name;

    /* Touched by any thread. */
    atomic_bool woken;
    atomic_bool draining;
    atomic_bool accepting;
    atomic_bool polling; /* somebody sleeps in the poll and must be woken */
    _Atomic(struct hc_conn *) returned;
    _Atomic(struct hc_exchange *) kept; /* its answer is unsent, its holder not yet done */
    atomic_size_t count_connections;
    atomic_size_t parked; /* writers that wait for a client */
    atomic_size_t held;   /* requests handed out */
    atomic_size_t turns;  /* how many may be; 0: any number */
    size_t turns_at_first; /* and when nobody has waited for a while */
    struct hc_runners runners; /* those who have them, where turns change */
    atomic_size_t waiting_count;
    atomic_bool paused;   /* nothing is accepted because requests wait */
    atomic_bool contended; /* see hc_server_contended */
    atomic_bool more; /* whoever left the loop last left events in it */
    pthread_mutex_t waiting_lock;
    struct hc_conn *waiting_first, *waiting_last; /* for their turn, under waiting_lock */
    atomic_ullong count_accepted, count_requests, count_refused;

    struct hc_role role; /* whoever has it has the loop, and everything below */
    uint64_t now_ms;
    uint64_t polled_ms; /* what was sent by then has been seen */
    uint64_t unsent_ns; /* since when answers wait for more of them; 0: none does */
    struct hc_wheel wheel;
    struct hc_poll_event events[HC_POLL_BATCH];
    size_t event_next, event_count;
    bool interrupted; /* interrupt_fd was readable */
    bool drain_begun;
    bool full; /* accepting is off because of max_connections */
    struct hc_runners_level level; /* where `turns` comes from */
    uint64_t paused_ms; /* when it was switched off because requests wait */
    struct hc_timer accept_timer; /* accepting is off because descriptors ran out */
    struct hc_listener_source *listeners;
    struct hc__source interrupt;
    char *texts; /* copies of the name and the directory */
    struct hc_network *networks;
    struct hc_conn *open;
    struct hc_conn *pending_first, *pending_last;
    unsigned pending_credit; /* how many may go before the next poll */
    struct hc_conn *dead;
    struct hc_conn *spare_conns;
    unsigned spare_conn_count;
    struct hc_exchange *spare_exchanges;
    unsigned spare_exchange_count;
    struct hc__spare_file spare_file;
    int pipe[2]; /* empty; -1 when there is none */
};

/* exchange.c: the pool, and the input buffer */
struct hc_exchange *hc__exchange_acquire(struct hc_server *server, struct hc_conn *conn);
void hc__exchange_release(struct hc_server *server, struct hc_exchange *exchange);
void hc__exchange_destroy(struct hc_server *server, struct hc_exchange *exchange);
/* Forgets the request; bytes behind it move to the front. Returns how many there are. */
size_t hc__exchange_next(struct hc_exchange *exchange);

/* body.c */
/* The head is complete: MORE, or BAD when the body cannot be taken. */
enum hc_parse hc__body_start(struct hc_exchange *exchange);
/* Takes what has come. BAD: chunked.status and chunked.reason say why. */
enum hc_parse hc__body_feed(struct hc_exchange *exchange);
void hc__body_close(struct hc_exchange *exchange);
/* More of the body has to come; `just` bytes have come in one go. True: it is reported only once a
 * good piece of it is there, and the caller looks again before long. */
bool hc__body_gather(struct hc_conn *conn, uint64_t just);
/* Whatever comes is reported, at once if it is there already. */
void hc__body_gathered(struct hc_conn *conn);

/* spool.c: files without a name */
/* -1 and errno. */
int hc__open_unlinked(const char *directory);
bool hc__write_all(int fd, const char *data, size_t length, uint64_t offset);
/* A file for a body, and how long it still is from the last one; -1 and errno. Loop only. */
int hc__body_file_take(struct hc_server *server, uint64_t *size);
void hc__body_file_give(struct hc_server *server, int fd, uint64_t size);
/* From the socket straight into the body's file: something, all that there is now; the client's
 * end; not, since it cannot be done so; not, since the file takes nothing more. Loop only. */
enum hc__moved {
    HC__MOVED_SOME,
    HC__MOVED_ALL,
    HC__MOVED_END,
    HC__MOVED_NOT,
    HC__MOVED_FULL,
};
bool hc__body_can_splice(const struct hc_exchange *exchange);
enum hc__moved hc__body_splice(struct hc_exchange *exchange, int socket);
void hc__pipe_close(struct hc_server *server);
void hc__spare_file_init(struct hc__spare_file *spare);
void hc__spare_file_drop(struct hc_server *server);

/* request.c: nobody will say more; what is missing is made up for. */
void hc__request_settle(struct hc_exchange *exchange);

/* out.c: any thread that owns the connection */
enum hc_err hc__conn_send(struct hc_conn *conn, struct iovec *parts, size_t count, bool may_block);
/* Head and file, the whole response. */
enum hc_err hc__conn_send_file(struct hc_conn *conn, struct hc_buffer *head,
                               const struct hc_file_part *part);
/* Sends what waits. HC_OK: nothing is left, or nothing can be sent any more. HC_TIMEOUT: the
 * client has to take something first. HC_LIMIT: there is more to be sent, but others have been
 * waiting (only if `fair`). */
enum hc_err hc__conn_flush(struct hc_conn *conn, bool fair);
void hc__conn_forget_out(struct hc_conn *conn);
/* A last message of anybody's, if nothing was sent to this request; see hc_request_abandon. */
enum hc_err hc__conn_abandon(struct hc_conn *conn, int status, struct iovec *parts, size_t count);

static inline bool hc__conn_has_out(const struct hc_conn *conn)
{
    return conn->out.length > 0 || conn->file_left > 0;
}

/* conn.c: loop only */
struct hc_conn *hc__conn_create(struct hc_server *server, int fd, const struct hc_peer *peer,
                                size_t listener);
void hc__conn_close(struct hc_conn *conn);
void hc__conn_reap(struct hc_server *server); /* between two batches of events */
void hc__conn_destroy(struct hc_conn *conn);
void hc__conn_drop_exchange(struct hc_conn *conn);
void hc__conn_set_deadline(struct hc_conn *conn, unsigned timeout_ms);
/* The response is written: `after` happens when `out` is empty. */
void hc__conn_end(struct hc_conn *conn, enum hc__after after);
void hc__conn_returned(struct hc_conn *conn);
void hc__conn_timeout(struct hc_conn *conn);
/* True: its request is complete. */
bool hc__conn_event(struct hc_conn *conn, unsigned ready);
bool hc__conn_resume(struct hc_conn *conn);

/* read.c: reads and parses. True: the request is complete and the connection HELD. */
bool hc__conn_advance(struct hc_conn *conn);

/* refuse.c: answers by itself and gives the connection up */
void hc__conn_refuse(struct hc_conn *conn, int status, const char *reason);

/* turn.c: which request is handed out */
/* A complete request has come in; the loop asks, and asks hc__turn_next later unless it is to be
 * handed out `at_once`. NULL: it waits, or has got 503. */
struct hc_conn *hc__turn_take(struct hc_server *server, struct hc_conn *ready, bool at_once);
/* One that waits and may have its turn, or NULL; any thread. */
struct hc_conn *hc__turn_next(struct hc_server *server);
/* The calling thread has been given this; it has let go of it. */
void hc__turn_begin(struct hc_server *server, struct hc_exchange *exchange);
void hc__turn_over(struct hc_server *server, struct hc_exchange *exchange);
/* It has let go of it, and goes on at once with what this answers, if that is not NULL. */
struct hc_conn *hc__turn_pass(struct hc_server *server, struct hc_exchange *exchange);
/* Looks now and then what those who have a turn do with it, while requests wait; the loop asks.
 * True: there is a turn now for one that is in line. */
bool hc__turn_widen(struct hc_server *server);
/* While requests wait, connections are left to others for a moment; the loop asks. */
void hc__turn_pause(struct hc_server *server);

/* together.c */
/* Whether a short answer of the calling thread, which holds this request, may stay `unsent`. */
bool hc__together_may(const struct hc_exchange *exchange);
/* It does, and is sent by whoever has the loop or gets it, should its holder go on for longer. */
void hc__together_keep(struct hc_exchange *exchange);
/* True: it is still unsent, and no longer anybody's but the caller's to send. */
bool hc__together_withdraw(struct hc_exchange *exchange);
void hc__together_send(struct hc_exchange *exchange);
/* The loop: sends what a holder has left unsent who goes on. */
void hc__together_rescue(struct hc_server *server);
/* Whether those that are back may wait for more; the loop asks. */
bool hc__together_wait(struct hc_server *server);
/* It leaves; it goes to sleep. */
void hc__together_more(struct hc_server *server, bool more);

/* accept.c */
enum hc_err hc__accept_start(struct hc_server *server);
void hc__accept_stop(struct hc_server *server);
void hc__accept_event(struct hc_server *server, struct hc_listener_source *listener);
/* Stops for good. What the kernel has announced to us alone (EPOLLEXCLUSIVE) is still taken: the
 * other workers have not heard of it. */
void hc__accept_last(struct hc_server *server);
/* Takes what waits now, a few, whether or not the listeners are polled. */
void hc__accept_now(struct hc_server *server);
/* A connection or a descriptor has become free. */
void hc__accept_resume(struct hc_server *server);

/* loop.c */
/* What has been released is taken back, and what is unsent sent. */
void hc__server_take_back(struct hc_server *server);
void hc__server_queue(struct hc_server *server, struct hc_conn *conn);
void hc__server_return(struct hc_server *server, struct hc_conn *conn);
/* Wakes the loop where it sleeps. */
void hc__server_rouse(struct hc_server *server);

static inline void hc__count(atomic_ullong *counter)
{
    /* One writer: whoever has the loop. */
    unsigned long long value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

#endif
