/*
 * Field: the names of HTTP header fields that occur all the time, as small numbers.
 *
 * So that a binding can keep a ready-made key for each ("HTTP_ACCEPT") and the engine can switch
 * on one. Names compare without regard to case (RFC 9110, 5.1).
 *
 * Thread-safety: pure functions over a static table.
 * Ownership: the names are static.
 * Fork: no state.
 */
#ifndef HC_FIELD_H
#define HC_FIELD_H

#include "hc/bytes.h"

enum hc_field {
    HC_FIELD_OTHER = 0,
    HC_FIELD_ACCEPT,
    HC_FIELD_ACCEPT_CHARSET,
    HC_FIELD_ACCEPT_ENCODING,
    HC_FIELD_ACCEPT_LANGUAGE,
    HC_FIELD_AUTHORIZATION,
    HC_FIELD_CACHE_CONTROL,
    HC_FIELD_CONNECTION,
    HC_FIELD_CONTENT_ENCODING,
    HC_FIELD_CONTENT_LANGUAGE,
    HC_FIELD_CONTENT_LENGTH,
    HC_FIELD_CONTENT_TYPE,
    HC_FIELD_COOKIE,
    HC_FIELD_DATE,
    HC_FIELD_DNT,
    HC_FIELD_EXPECT,
    HC_FIELD_FORWARDED,
    HC_FIELD_FROM,
    HC_FIELD_HOST,
    HC_FIELD_IF_MATCH,
    HC_FIELD_IF_MODIFIED_SINCE,
    HC_FIELD_IF_NONE_MATCH,
    HC_FIELD_IF_RANGE,
    HC_FIELD_IF_UNMODIFIED_SINCE,
    HC_FIELD_KEEP_ALIVE,
    HC_FIELD_ORIGIN,
    HC_FIELD_PRAGMA,
    HC_FIELD_PRIORITY,
    HC_FIELD_PROXY_AUTHENTICATE,
    HC_FIELD_PROXY_AUTHORIZATION,
    HC_FIELD_PROXY_CONNECTION,
    HC_FIELD_RANGE,
    HC_FIELD_REFERER,
    HC_FIELD_SEC_CH_UA,
    HC_FIELD_SEC_CH_UA_MOBILE,
    HC_FIELD_SEC_CH_UA_PLATFORM,
    HC_FIELD_SEC_FETCH_DEST,
    HC_FIELD_SEC_FETCH_MODE,
    HC_FIELD_SEC_FETCH_SITE,
    HC_FIELD_SEC_FETCH_USER,
    HC_FIELD_SERVER,
    HC_FIELD_TE,
    HC_FIELD_TRAILER,
    HC_FIELD_TRANSFER_ENCODING,
    HC_FIELD_UPGRADE,
    HC_FIELD_UPGRADE_INSECURE_REQUESTS,
    HC_FIELD_USER_AGENT,
    HC_FIELD_VIA,
    HC_FIELD_X_CSRFTOKEN,
    HC_FIELD_X_FORWARDED_FOR,
    HC_FIELD_X_FORWARDED_HOST,
    HC_FIELD_X_FORWARDED_PORT,
    HC_FIELD_X_FORWARDED_PROTO,
    HC_FIELD_X_REAL_IP,
    HC_FIELD_X_REQUEST_ID,
    HC_FIELD_X_REQUESTED_WITH,
    HC_FIELD_COUNT
};

/* The number of a name, HC_FIELD_OTHER when it is not in the list. The name is a token: the
 * parser and hc_response_head have seen to that. */
enum hc_field hc_field_find(struct hc_bytes name);

/* The lower-case name of a number; empty for HC_FIELD_OTHER. */
struct hc_bytes hc_field_name(enum hc_field field);

#endif
