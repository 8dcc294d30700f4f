/* What the files of the head parser share. */
#ifndef HC__HEAD_H
#define HC__HEAD_H

#include "hc/http.h"

enum hc_parse hc__head_bad(struct hc_head_parser *parser, size_t position, int status,
                           const char *reason);

/* The results of the parser point to the same bytes, which now begin at `data`. */
void hc__head_move(struct hc_head_parser *parser, const char *data);

/* The target is complete: path, query, host. BAD or MORE. */
enum hc_parse hc__target_split(struct hc_head_parser *parser);

/* headers[header_count] is complete. BAD or MORE. */
enum hc_parse hc__head_field_done(struct hc_head_parser *parser);

/* The empty line has come. OK or BAD. */
enum hc_parse hc__head_finish(struct hc_head_parser *parser);

/* uri-host [ ":" port ] (RFC 9110, 7.2); empty is good. */
bool hc__host_valid(struct hc_bytes host);

#endif
