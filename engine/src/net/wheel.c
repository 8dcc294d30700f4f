#include "hc/wheel.h"

#include <stddef.h>

static unsigned slot_of(uint64_t tick)
{
    return (unsigned)(tick % HC_WHEEL_SLOTS);
}

void hc_wheel_init(struct hc_wheel *wheel, uint64_t now_ms)
{
    *wheel = (struct hc_wheel){.tick = now_ms / HC_WHEEL_TICK_MS};
    for (unsigned i = 0; i < HC_WHEEL_SLOTS; i++)
        wheel->slots[i].prev = wheel->slots[i].next = &wheel->slots[i];
}

void hc_timer_init(struct hc_timer *timer)
{
    *timer = (struct hc_timer){.deadline = HC_NEVER};
}

void hc_timer_remove(struct hc_wheel *wheel, struct hc_timer *timer)
{
    if (!timer->next)
        return;
    unsigned slot = slot_of(timer->tick);
    timer->prev->next = timer->next;
    timer->next->prev = timer->prev;
    timer->prev = timer->next = NULL;
    if (wheel->slots[slot].next == &wheel->slots[slot])
        wheel->busy[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

/* The slot of the deadline, or the farthest one: what lies behind it moves on when that fires. */
static void place(struct hc_wheel *wheel, struct hc_timer *timer)
{
    uint64_t tick = timer->deadline / HC_WHEEL_TICK_MS + (timer->deadline % HC_WHEEL_TICK_MS != 0);
    if (tick <= wheel->tick)
        tick = wheel->tick + 1;
    if (tick > wheel->tick + HC_WHEEL_SLOTS - 1)
        tick = wheel->tick + HC_WHEEL_SLOTS - 1;
    unsigned slot = slot_of(tick);
    struct hc_timer *head = &wheel->slots[slot];
    timer->tick = tick;
    timer->next = head;
    timer->prev = head->prev;
    head->prev->next = timer;
    head->prev = timer;
    wheel->busy[slot / 64] |= UINT64_C(1) << slot % 64;
}

void hc_timer_set(struct hc_wheel *wheel, struct hc_timer *timer, uint64_t deadline_ms)
{
    timer->deadline = deadline_ms;
    if (timer->next && timer->tick * HC_WHEEL_TICK_MS <= deadline_ms)
        return;
    hc_timer_remove(wheel, timer);
    place(wheel, timer);
}

/* A timer of the slot that is due; the others move to their own slots or out. */
static struct hc_timer *expire_slot(struct hc_wheel *wheel, unsigned slot, uint64_t now_ms)
{
    struct hc_timer *head = &wheel->slots[slot];
    while (head->next != head) {
        struct hc_timer *timer = head->next;
        hc_timer_remove(wheel, timer);
        if (timer->deadline <= now_ms)
            return timer;
        if (timer->deadline != HC_NEVER)
            place(wheel, timer);
    }
    return NULL;
}

struct hc_timer *hc_wheel_expire(struct hc_wheel *wheel, uint64_t now_ms)
{
    uint64_t now = now_ms / HC_WHEEL_TICK_MS;
    if (now > wheel->tick + HC_WHEEL_SLOTS)
        wheel->tick = now - HC_WHEEL_SLOTS; /* once round visits every slot */
    while (wheel->tick < now) {
        unsigned slot = slot_of(wheel->tick + 1);
        if (wheel->busy[slot / 64] >> slot % 64 & 1) {
            struct hc_timer *timer = expire_slot(wheel, slot, now_ms);
            if (timer)
                return timer;
        }
        wheel->tick++;
    }
    return NULL;
}

int hc_wheel_timeout(const struct hc_wheel *wheel, uint64_t now_ms)
{
    for (uint64_t tick = wheel->tick + 1; tick < wheel->tick + HC_WHEEL_SLOTS;) {
        unsigned slot = slot_of(tick);
        uint64_t bits = wheel->busy[slot / 64] >> slot % 64;
        if (bits == 0) {
            tick += 64 - slot % 64;
            continue;
        }
        uint64_t when = (tick + (unsigned)__builtin_ctzll(bits)) * HC_WHEEL_TICK_MS;
        return when > now_ms ? (int)(when - now_ms) : 0;
    }
    return -1;
}
