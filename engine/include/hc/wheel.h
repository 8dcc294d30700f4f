/*
 * Wheel: very many timers that are moved all the time and hardly ever fire.
 *
 * A timer sits in a slot of HC_WHEEL_TICK_MS; a later deadline is only noted, and the timer moves
 * when its old slot comes round. So putting a deadline off, or clearing it, costs one store.
 * A timer never fires early, and at most one tick late.
 *
 * Thread-safety: none; one thread at a time.
 * Ownership: timers are embedded in what they time; remove one before its memory goes.
 * Fork: plain memory.
 */
#ifndef HC_WHEEL_H
#define HC_WHEEL_H

#include <stdint.h>

enum { HC_WHEEL_TICK_MS = 64, HC_WHEEL_SLOTS = 512 };

#define HC_NEVER UINT64_MAX

struct hc_timer {
    struct hc_timer *prev, *next; /* NULL when in no slot */
    uint64_t deadline;            /* ms, HC_NEVER when cleared */
    uint64_t tick;                /* of the slot it is in */
};

struct hc_wheel {
    uint64_t tick; /* every slot up to this one has been emptied */
    uint64_t busy[HC_WHEEL_SLOTS / 64];
    struct hc_timer slots[HC_WHEEL_SLOTS]; /* list heads */
};

void hc_wheel_init(struct hc_wheel *wheel, uint64_t now_ms);

void hc_timer_init(struct hc_timer *timer);
void hc_timer_set(struct hc_wheel *wheel, struct hc_timer *timer, uint64_t deadline_ms);
void hc_timer_remove(struct hc_wheel *wheel, struct hc_timer *timer);

static inline void hc_timer_clear(struct hc_timer *timer)
{
    timer->deadline = HC_NEVER;
}

/* A timer whose deadline has come, taken out of the wheel; NULL when there is none (left). */
struct hc_timer *hc_wheel_expire(struct hc_wheel *wheel, uint64_t now_ms);

/* How long a poll may wait, in milliseconds; -1 for ever. */
int hc_wheel_timeout(const struct hc_wheel *wheel, uint64_t now_ms);

#endif
