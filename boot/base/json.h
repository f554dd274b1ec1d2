/*
 * A JSON writer (RFC 8259) that produces valid output by construction: it
 * places commas, quotes and escapes, and closes what was opened in order.
 * Bytes that are not valid UTF-8 become U+FFFD. Nothing may be nested deeper
 * than JSON_DEPTH_MAX.
 */
#ifndef KEELBOOT_BASE_JSON_H
#define KEELBOOT_BASE_JSON_H

#include "base/span.h"

#include <stdio.h>

#define JSON_DEPTH_MAX 16

struct json {
	FILE *to;
	unsigned depth;
	bool is_object[JSON_DEPTH_MAX];
	bool has_item[JSON_DEPTH_MAX];
};

struct json json_to(FILE *to);

/* key is NULL inside an array and at the top, else the member's name. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);
void json_text(struct json *j, const char *key, const char *value);
void json_bytes(struct json *j, const char *key, struct span value);
void json_hex(struct json *j, const char *key, struct span value);
void json_number(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

/* Ends the line; every object and array must be closed. */
void json_end(struct json *j);

#endif
