#include "hc/scan.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { TOKEN = 1, VALUE = 2, TARGET = 4 };

/* Classes of the 128 ASCII characters. */
static const unsigned char classes[128] = {
    ['\t'] = VALUE, [' '] = VALUE, ['!'] = 7, ['"'] = 6, ['#'] = TOKEN | VALUE, ['$'] = 7,
    ['%'] = 7, ['&'] = 7, ['\''] = 7, ['('] = 6, [')'] = 6, ['*'] = 7, ['+'] = 7, [','] = 6,
    ['-'] = 7, ['.'] = 7, ['/'] = 6, ['0'] = 7, ['1'] = 7, ['2'] = 7, ['3'] = 7, ['4'] = 7,
    ['5'] = 7, ['6'] = 7, ['7'] = 7, ['8'] = 7, ['9'] = 7, [':'] = 6, [';'] = 6, ['<'] = 6,
    ['='] = 6, ['>'] = 6, ['?'] = 6, ['@'] = 6, ['A'] = 7, ['B'] = 7, ['C'] = 7, ['D'] = 7,
    ['E'] = 7, ['F'] = 7, ['G'] = 7, ['H'] = 7, ['I'] = 7, ['J'] = 7, ['K'] = 7, ['L'] = 7,
    ['M'] = 7, ['N'] = 7, ['O'] = 7, ['P'] = 7, ['Q'] = 7, ['R'] = 7, ['S'] = 7, ['T'] = 7,
    ['U'] = 7, ['V'] = 7, ['W'] = 7, ['X'] = 7, ['Y'] = 7, ['Z'] = 7, ['['] = 6, ['\\'] = 6,
    [']'] = 6, ['^'] = 7, ['_'] = 7, ['`'] = 7, ['a'] = 7, ['b'] = 7, ['c'] = 7, ['d'] = 7,
    ['e'] = 7, ['f'] = 7, ['g'] = 7, ['h'] = 7, ['i'] = 7, ['j'] = 7, ['k'] = 7, ['l'] = 7,
    ['m'] = 7, ['n'] = 7, ['o'] = 7, ['p'] = 7, ['q'] = 7, ['r'] = 7, ['s'] = 7, ['t'] = 7,
    ['u'] = 7, ['v'] = 7, ['w'] = 7, ['x'] = 7, ['y'] = 7, ['z'] = 7, ['{'] = 6, ['|'] = 7,
    ['}'] = 6, ['~'] = 7,
};

static bool in_class(char c, unsigned char wanted)
{
    unsigned char u = (unsigned char)c;
    return u >= 128 ? wanted == VALUE : (classes[u] & wanted) != 0;
}

static const char *scan_slow(const char *at, const char *end, unsigned char wanted)
{
    while (at < end && in_class(*at, wanted))
        at++;
    return at;
}

bool hc_is_token_char(char c)
{
    return in_class(c, TOKEN);
}

const char *hc_scan_token(const char *at, const char *end)
{
    return scan_slow(at, end, TOKEN);
}

#ifdef __SSE2__

/* A bit for each of 16 bytes that is at most `highest`, DEL or `other`. */
static unsigned stops(const char *at, char highest, char other)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i limit = _mm_set1_epi8(highest);
    __m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, limit), bytes);
    __m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
    __m128i more = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(other));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(del, more)));
}

static unsigned above_ascii(const char *at)
{
    return (unsigned)_mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)at));
}

const char *hc_scan_value(const char *at, const char *end)
{
    while (end - at >= 16) {
        unsigned found = stops(at, 0x1f, 0x7f);
        if (found == 0) {
            at += 16;
            continue;
        }
        at += __builtin_ctz(found);
        if (*at != '\t')
            return at;
        at++;
    }
    return scan_slow(at, end, VALUE);
}

const char *hc_scan_target(const char *at, const char *end)
{
    for (; end - at >= 16; at += 16) {
        unsigned found = stops(at, 0x20, '#') | above_ascii(at);
        if (found)
            return at + __builtin_ctz(found);
    }
    return scan_slow(at, end, TARGET);
}

#else

const char *hc_scan_value(const char *at, const char *end)
{
    return scan_slow(at, end, VALUE);
}

const char *hc_scan_target(const char *at, const char *end)
{
    return scan_slow(at, end, TARGET);
}

#endif
