/*
 * The date cache is a sequence lock over atomic words: readers never wait, and whoever finds the
 * second stale and wins the version becomes the writer. A reader that meets a writer formats the
 * date for itself.
 */
#include "hc/clock.h"

#include <string.h>

uint64_t hc_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t hc_clock_coarse_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static char *two_digits(char *text, int value)
{
    text[0] = (char)('0' + value / 10 % 10);
    text[1] = (char)('0' + value % 10);
    return text + 2;
}

void hc_date_format(time_t when, char *text)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm tm;
    gmtime_r(&when, &tm);
    memcpy(text, days[tm.tm_wday], 3);
    memcpy(text + 3, ", ", 2);
    text = two_digits(text + 5, tm.tm_mday);
    *text++ = ' ';
    memcpy(text, months[tm.tm_mon], 3);
    text[3] = ' ';
    int year = tm.tm_year + 1900;
    text = two_digits(text + 4, year / 100);
    text = two_digits(text, year % 100);
    *text++ = ' ';
    text = two_digits(text, tm.tm_hour);
    *text++ = ':';
    text = two_digits(text, tm.tm_min);
    *text++ = ':';
    text = two_digits(text, tm.tm_sec);
    memcpy(text, " GMT", 4);
}

static _Bool read_cached(struct hc_date *date, unsigned long long second, char *text)
{
    unsigned long long words[4];
    unsigned version = atomic_load_explicit(&date->version, memory_order_acquire);
    if ((version & 1) || atomic_load_explicit(&date->second, memory_order_acquire) != second)
        return 0;
    for (int i = 0; i < 4; i++)
        words[i] = atomic_load_explicit(&date->words[i], memory_order_acquire);
    if (atomic_load_explicit(&date->version, memory_order_relaxed) != version)
        return 0;
    memcpy(text, words, HC_DATE_LENGTH);
    return 1;
}

void hc_date_now(struct hc_date *date, char *text)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    unsigned long long second = (unsigned long long)now.tv_sec;
    if (read_cached(date, second, text))
        return;
    hc_date_format(now.tv_sec, text);
    unsigned version = atomic_load_explicit(&date->version, memory_order_relaxed);
    if ((version & 1) || !atomic_compare_exchange_strong(&date->version, &version, version + 1))
        return;
    unsigned long long words[4] = {0};
    memcpy(words, text, HC_DATE_LENGTH);
    for (int i = 0; i < 4; i++)
        atomic_store_explicit(&date->words[i], words[i], memory_order_release);
    atomic_store_explicit(&date->second, second, memory_order_release);
    atomic_store_explicit(&date->version, version + 2, memory_order_release);
}
