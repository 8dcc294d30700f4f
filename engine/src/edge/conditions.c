#include "hc/conditions.h"

#include <stdio.h>

enum { FIELDS_MAX = 8, DATE_MAX = 64 };

size_t hc_request_values(const struct hc_request *request, enum hc_field field,
                         struct hc_bytes *values, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (request->headers[i].field != field)
            continue;
        if (count < room)
            values[count] = request->headers[i].value;
        count++;
    }
    return count;
}

/* A field that comes once; two of them are none. */
static bool only_value(const struct hc_request *request, enum hc_field field,
                       struct hc_bytes *value)
{
    return hc_request_values(request, field, value, 1) == 1;
}

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++)
        if (memcmp(names + 3 * i, name, 3) == 0)
            return i;
    return -1;
}

/* strptime(3) would ask the locale for the names of months. */
static bool scan_date(const char *text, struct tm *parts, size_t *length)
{
    char month[4] = "";
    int end = 0;
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &parts->tm_mday, month,
               &parts->tm_year, &parts->tm_hour, &parts->tm_min, &parts->tm_sec, &end) != 6 ||
        end == 0) {
        end = 0;
        if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &parts->tm_mday,
                   month, &parts->tm_year, &parts->tm_hour, &parts->tm_min, &parts->tm_sec,
                   &end) == 6 && end > 0)
            parts->tm_year += parts->tm_year < 70 ? 2000 : 1900;
        else if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month,
                        &parts->tm_mday, &parts->tm_hour, &parts->tm_min, &parts->tm_sec,
                        &parts->tm_year, &end) != 6)
            return false;
    }
    *length = (size_t)end;
    parts->tm_mon = strlen(month) == 3 ? month_of(month) : -1;
    parts->tm_year -= 1900;
    return true;
}

static bool in_bounds(const struct tm *parts)
{
    return parts->tm_mon >= 0 && parts->tm_year >= 0 && parts->tm_mday >= 1 &&
           parts->tm_mday <= 31 && parts->tm_hour >= 0 && parts->tm_hour < 24 &&
           parts->tm_min >= 0 && parts->tm_min < 60 && parts->tm_sec >= 0 && parts->tm_sec <= 60;
}

enum hc_err hc_http_date_parse(struct hc_bytes text, time_t *when)
{
    char copy[DATE_MAX];
    struct tm parts = {0};
    size_t length;
    if (text.length >= sizeof(copy) || text.length == 0)
        return HC_INVALID;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    if (!scan_date(copy, &parts, &length) || length != text.length || !in_bounds(&parts))
        return HC_INVALID;
    *when = timegm(&parts);
    return HC_OK;
}

/* The next entity-tag of a list; false at its end, and where it is none. */
static bool next_tag(struct hc_bytes *list, struct hc_bytes *tag, bool *weak)
{
    const char *at = list->at, *end = list->at + list->length;
    while (at < end && (*at == ' ' || *at == '\t' || *at == ','))
        at++;
    *weak = end - at >= 2 && at[0] == 'W' && at[1] == '/';
    if (*weak)
        at += 2;
    if (at == end || *at != '"')
        return false;
    const char *close = memchr(at + 1, '"', (size_t)(end - at - 1));
    if (!close)
        return false;
    *tag = hc_bytes(at, (size_t)(close + 1 - at));
    *list = hc_bytes(close + 1, (size_t)(end - close - 1));
    return true;
}

/* Whether one of the tags is ours, or the field is "*". Ours is strong, so that the strong
 * comparison differs only in leaving out weak ones. */
static bool has_tag(const struct hc_bytes *values, size_t count, struct hc_bytes etag, bool strong)
{
    for (size_t i = 0; i < count; i++) {
        struct hc_bytes list = values[i], tag;
        bool weak;
        if (hc_bytes_equal(list, hc_bytes("*", 1)))
            return true;
        while (next_tag(&list, &tag, &weak))
            if (!(strong && weak) && hc_bytes_equal(tag, etag))
                return true;
    }
    return false;
}

static bool modified_since(const struct hc_request *request, enum hc_field field,
                           const struct hc_validators *validators, bool otherwise)
{
    struct hc_bytes value;
    time_t since;
    if (!only_value(request, field, &value))
        return otherwise;
    if (validators->date.length > 0 && hc_bytes_equal(value, validators->date))
        return false;
    return hc_http_date_parse(value, &since) ? otherwise : validators->modified > since;
}

int hc_conditions_check(const struct hc_request *request, const struct hc_validators *validators)
{
    struct hc_bytes tags[FIELDS_MAX];
    size_t count = hc_request_values(request, HC_FIELD_IF_MATCH, tags, FIELDS_MAX);
    if (count > FIELDS_MAX)
        return 412;
    if (count > 0 && !has_tag(tags, count, validators->etag, true))
        return 412;
    if (count == 0 &&
        modified_since(request, HC_FIELD_IF_UNMODIFIED_SINCE, validators, false))
        return 412;
    count = hc_request_values(request, HC_FIELD_IF_NONE_MATCH, tags, FIELDS_MAX);
    if (count > FIELDS_MAX)
        return 200;
    if (count > 0)
        return has_tag(tags, count, validators->etag, false) ? 304 : 200;
    return modified_since(request, HC_FIELD_IF_MODIFIED_SINCE, validators, true) ? 200 : 304;
}

bool hc_conditions_range(const struct hc_request *request, const struct hc_validators *validators)
{
    struct hc_bytes value, tag;
    bool weak;
    time_t when;
    size_t count = hc_request_values(request, HC_FIELD_IF_RANGE, &value, 1);
    if (count != 1)
        return count == 0;
    if (hc_http_date_parse(value, &when) == HC_OK)
        return when == validators->modified;
    return next_tag(&value, &tag, &weak) && value.length == 0 && !weak &&
           hc_bytes_equal(tag, validators->etag);
}
