/*
 * What requests and responses of HTTP are made of (RFC 9110, 5.6).
 */
#ifndef KEELBOOT_FORMAT_HTTP_SYNTAX_H
#define KEELBOOT_FORMAT_HTTP_SYNTAX_H

#include "base/span.h"

/* A control character that stands in no field: all but the tab. */
bool http_is_control(uint8_t c);

/* One byte or more, none but a token's. */
bool http_is_token(struct span s);

/* The same name, of any case. */
bool http_is_name(struct span s, const char *name);

#endif
