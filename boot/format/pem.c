#include "format/pem.h"

#include "base/text.h"

#include <string.h>

static const char dashes[] = "-----";
static const char begin[] = "-----BEGIN";
static const char end[] = "-----END";

/* One group of four characters of six bits each. */
struct decoder {
	uint8_t *room;
	size_t cap, len;
	uint32_t bits;
	unsigned chars;	  /* of the present group, padding included */
	unsigned padding; /* "=" seen */
};

static bool line_starts(struct span line, const char *prefix)
{
	return span_starts_with(line, prefix, strlen(prefix));
}

bool pem_is_candidate(struct span text)
{
	struct span line;

	while (span_next_line(&text, &line))
		if (line_starts(span_trim(line), begin))
			return true;
	return false;
}

/* The label between prefix and a blank, and the dashes at the line's end. */
static enum status read_boundary(struct span line, const char *prefix,
				 struct span *ret_label, struct error *err)
{
	size_t head = strlen(prefix) + 1, tail = strlen(dashes);
	struct display shown = display_of(line);

	if (line.len < head + tail || line.ptr[head - 1] != ' ' ||
	    memcmp(line.ptr + line.len - tail, dashes, tail) != 0)
		return fail(err, E_PEM_BOUNDARY,
			    "the line '%s' is not '%s', a name and '%s'",
			    shown.text, prefix, dashes);
	*ret_label = span_slice(line, head, line.len - head - tail);
	return OK;
}

/* Passes over text up to a BEGIN line. */
static enum status find_begin(struct span *rest, struct span *ret_label,
			      bool *ret_found, struct error *err)
{
	struct display shown;
	struct span line;

	*ret_found = false;
	while (span_next_line(rest, &line)) {
		line = span_trim(line);
		if (line_starts(line, end)) {
			shown = display_of(line);
			return fail(err, E_PEM_NO_BEGIN,
				    "the line '%s' has no BEGIN before it",
				    shown.text);
		}
		if (line_starts(line, begin)) {
			*ret_found = true;
			return read_boundary(line, begin, ret_label, err);
		}
	}
	return OK;
}

/* 0 to 63, or -1. */
static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* The group is whole: out go three bytes, less one for each padding. */
static enum status end_group(struct decoder *d, struct error *err)
{
	uint8_t bytes[3] = { (uint8_t)(d->bits >> 16), (uint8_t)(d->bits >> 8),
			     (uint8_t)d->bits };
	size_t len = 3 - d->padding;

	for (size_t i = len; i < sizeof(bytes); i++)
		if (bytes[i])
			return fail(err, E_PEM_PADDING,
				    "the unused bits before the padding are "
				    "0x%02x, not 0",
				    bytes[i]);
	if (len > d->cap - d->len)
		return fail(err, E_PEM_ROOM,
			    "the block has more bytes than the %zu there is "
			    "room for",
			    d->cap);
	memcpy(d->room + d->len, bytes, len);
	d->len += len;
	d->bits = 0;
	d->chars = 0;
	return OK;
}

static enum status decode_char(struct decoder *d, uint8_t c, struct error *err)
{
	int value = sextet(c);

	if (c == '=' && d->chars >= 2) {
		d->padding++;
		value = 0;
	} else if (value < 0) {
		return fail(err, c == '=' ? E_PEM_PADDING : E_PEM_CHARACTER,
			    "the byte 0x%02x does not belong at this place of "
			    "base64",
			    c);
	} else if (d->padding) {
		return fail(err, E_PEM_PADDING,
			    "the byte 0x%02x follows the padding", c);
	}
	d->bits = d->bits << 6 | (uint32_t)value;
	d->chars++;
	return d->chars == 4 ? end_group(d, err) : OK;
}

static enum status decode_line(struct decoder *d, struct span line,
			       struct error *err)
{
	enum status s = OK;

	for (size_t i = 0; i < line.len && s == OK; i++)
		s = decode_char(d, line.ptr[i], err);
	return s;
}

static enum status check_end(const struct decoder *d, struct span line,
			     struct span label, struct error *err)
{
	struct display opened = display_of(label), closed;
	struct span other;
	enum status s = read_boundary(line, end, &other, err);

	if (s != OK)
		return s;
	closed = display_of(other);
	if (!span_equal(label, other))
		return fail(err, E_PEM_LABELS,
			    "a block begins as '%s' and ends as '%s'",
			    opened.text, closed.text);
	if (d->chars)
		return fail(err, E_PEM_PADDING,
			    "the last group of base64 has %u of its 4 "
			    "characters",
			    d->chars);
	if (!d->len)
		return fail(err, E_PEM_EMPTY, "the block '%s' is empty",
			    opened.text);
	return OK;
}

enum status pem_next(struct span *rest, uint8_t *room, size_t cap,
		     struct pem_block *ret, bool *ret_found, struct error *err)
{
	struct decoder d = { .room = room, .cap = cap };
	struct display shown;
	struct span label, line;
	bool found;
	enum status s = find_begin(rest, &label, &found, err);

	if (s != OK || !found) {
		if (s == OK)
			*ret_found = false;
		return s;
	}
	shown = display_of(label);
	while (span_next_line(rest, &line)) {
		line = span_trim(line);
		if (line_starts(line, begin))
			break;
		if (line_starts(line, end)) {
			s = check_end(&d, line, label, err);
			if (s != OK)
				return s;
			*ret = (struct pem_block){
				.label = label, .der = span_of(room, d.len)
			};
			*ret_found = true;
			return OK;
		}
		s = decode_line(&d, line, err);
		if (s != OK)
			return fail_in(err, s, "the block '%s'", shown.text);
	}
	return fail(err, E_PEM_NO_END, "the block '%s' has no END line",
		    shown.text);
}
