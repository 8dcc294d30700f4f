#include "hc/encoding.h"

enum { UNSAID = 2000, LEAST = 1 };

static const struct {
    struct hc_bytes name;
    enum hc_coding coding;
} codings[] = {
    {{"identity", 8}, HC_CODING_IDENTITY}, {{"gzip", 4}, HC_CODING_GZIP},
    {{"x-gzip", 6}, HC_CODING_GZIP},       {{"br", 2}, HC_CODING_BR},
    {{"zstd", 4}, HC_CODING_ZSTD},
};

static struct hc_bytes trim(struct hc_bytes text)
{
    while (text.length > 0 && (*text.at == ' ' || *text.at == '\t'))
        text = hc_bytes(text.at + 1, text.length - 1);
    while (text.length > 0 &&
           (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
        text.length--;
    return text;
}

/* Cuts off what is before the next `separator`, or all; without the space around it. */
static struct hc_bytes next_part(struct hc_bytes *rest, char separator)
{
    const char *found = rest->length ? memchr(rest->at, separator, rest->length) : NULL;
    size_t length = found ? (size_t)(found - rest->at) : rest->length;
    size_t cut = found ? length + 1 : length;
    struct hc_bytes part = hc_bytes(rest->at, length);
    *rest = hc_bytes(rest->at + cut, rest->length - cut);
    return trim(part);
}

/* "0", "1", "0.125", "1.000" in thousandths; UNSAID for anything else. */
static unsigned parse_quality(struct hc_bytes text)
{
    if (text.length < 1 || text.length > 5 || (text.at[0] != '0' && text.at[0] != '1'))
        return UNSAID;
    unsigned quality = text.at[0] == '1' ? 1000 : 0, unit = 100;
    if (text.length > 1 && text.at[1] != '.')
        return UNSAID;
    for (size_t i = 2; i < text.length; i++, unit /= 10) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return UNSAID;
        quality += unit * (unsigned)(text.at[i] - '0');
    }
    return quality <= 1000 ? quality : UNSAID;
}

/* One element: a coding and perhaps ";q=". */
static void take(struct hc_bytes element, unsigned said[HC_CODING_COUNT], unsigned *others)
{
    struct hc_bytes name = next_part(&element, ';');
    unsigned quality = 1000;
    if (element.length > 0) {
        struct hc_bytes key = next_part(&element, '=');
        quality = hc_bytes_equal_nocase(key, hc_bytes("q", 1)) ? parse_quality(trim(element))
                                                               : UNSAID;
    }
    if (quality == UNSAID)
        return;
    if (hc_bytes_equal(name, hc_bytes("*", 1)))
        *others = quality;
    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
        if (hc_bytes_equal_nocase(name, codings[i].name))
            said[codings[i].coding] = quality;
}

void hc_encoding_accepted(const struct hc_bytes *values, size_t count,
                          struct hc_accepted *accepted)
{
    unsigned said[HC_CODING_COUNT] = {UNSAID, UNSAID, UNSAID, UNSAID}, others = UNSAID;
    for (size_t i = 0; i < count; i++) {
        struct hc_bytes rest = values[i];
        while (rest.length > 0)
            take(next_part(&rest, ','), said, &others);
    }
    for (int i = 0; i < HC_CODING_COUNT; i++) {
        unsigned quality = said[i] != UNSAID ? said[i] : others;
        if (quality == UNSAID)
            quality = i == HC_CODING_IDENTITY ? LEAST : 0;
        else if (i == HC_CODING_IDENTITY && said[i] == UNSAID && others > 0)
            quality = LEAST; /* "*" asks for no particular one */
        accepted->quality[i] = quality;
    }
}
