#include "base/json.h"

#include "base/text.h"

#include <inttypes.h>

struct json json_to(FILE *to)
{
	return (struct json){ .to = to };
}

static void indent(struct json *j)
{
	fputc('\n', j->to);
	for (unsigned i = 0; i < j->depth; i++)
		fputs("  ", j->to);
}

static void put_escaped(struct json *j, struct span s)
{
	unsigned width;
	bool valid;
	size_t len;

	fputc('"', j->to);
	while ((len = utf8_next(s, &width, &valid)) > 0) {
		if (s.ptr[0] == '"' || s.ptr[0] == '\\')
			fprintf(j->to, "\\%c", s.ptr[0]);
		else if (len == 1 && (s.ptr[0] < 0x20 || s.ptr[0] == 0x7f))
			fprintf(j->to, "\\u%04x", s.ptr[0]);
		else if (len == 1 && !valid)
			fputs("\\ufffd", j->to);
		else
			fwrite(s.ptr, 1, len, j->to);
		s = span_slice(s, len, s.len - len);
	}
	fputc('"', j->to);
}

static void begin(struct json *j, const char *key)
{
	if (!j->depth)
		return;
	if (j->has_item[j->depth - 1])
		fputc(',', j->to);
	j->has_item[j->depth - 1] = true;
	indent(j);
	if (key) {
		put_escaped(j, span_of_text(key));
		fputs(": ", j->to);
	}
}

static void open_level(struct json *j, const char *key, bool is_object)
{
	begin(j, key);
	fputc(is_object ? '{' : '[', j->to);
	if (j->depth >= JSON_DEPTH_MAX)
		return;
	j->is_object[j->depth] = is_object;
	j->has_item[j->depth] = false;
	j->depth++;
}

void json_object(struct json *j, const char *key)
{
	open_level(j, key, true);
}

void json_array(struct json *j, const char *key)
{
	open_level(j, key, false);
}

void json_close(struct json *j)
{
	if (!j->depth)
		return;
	j->depth--;
	if (j->has_item[j->depth])
		indent(j);
	fputc(j->is_object[j->depth] ? '}' : ']', j->to);
}

void json_text(struct json *j, const char *key, const char *value)
{
	json_bytes(j, key, span_of_text(value));
}

void json_bytes(struct json *j, const char *key, struct span value)
{
	begin(j, key);
	put_escaped(j, value);
}

void json_hex(struct json *j, const char *key, struct span value)
{
	begin(j, key);
	fputc('"', j->to);
	for (size_t i = 0; i < value.len; i++)
		fprintf(j->to, "%02x", value.ptr[i]);
	fputc('"', j->to);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	begin(j, key);
	fprintf(j->to, "%" PRIu64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	fputs(value ? "true" : "false", j->to);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	fputs("null", j->to);
}

void json_end(struct json *j)
{
	fputc('\n', j->to);
}
