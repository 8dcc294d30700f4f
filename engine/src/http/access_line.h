/*
 * Access line: one entry of the access log, written out by its format.
 *
 * A line is written into whatever room there is and counted in full: when `length` comes out
 * larger than the room, it has to be done again with more.
 *
 * Thread-safety: none needed; everything is the caller's. Fork: plain memory.
 */
#ifndef HC__ACCESS_LINE_H
#define HC__ACCESS_LINE_H

#include "hc/access.h"

struct hc__line {
    char *at;
    size_t room;
    size_t length; /* of the whole line, also of what did not fit */
};

/* What happened: one of the two. */
struct hc__entry {
    const struct hc_request *request;
    const struct hc_refusal *refusal;
    const char *stamp; /* as access logs write the time */
    const char *iso;   /* as JSON does */
    uint64_t now_ns;   /* 0 when no piece asks for it */
    bool json;
};

void hc__line_write(struct hc__line *line, const struct hc_access_piece *pieces, size_t count,
                    const struct hc__entry *entry);

#endif
