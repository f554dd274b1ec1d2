#include "cmdline.h"

#include <string.h>

static bool is_edge(uint8_t c)
{
	return c <= 0x20 || c == 0x7f;
}

static struct span without_padding(struct span s)
{
	while (s.len && s.ptr[s.len - 1] == 0)
		s.len--;
	return s;
}

static struct span without_edges(struct span s)
{
	while (s.len && is_edge(s.ptr[0]))
		s = span_of(s.ptr + 1, s.len - 1);
	while (s.len && is_edge(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

static void append(struct cmdline *line, struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		line->text[line->len + i] =
			is_edge(bytes.ptr[i]) ? ' ' : (char)bytes.ptr[i];
	line->len += (uint32_t)bytes.len;
	line->text[line->len] = '\0';
}

enum status cmdline_add(struct cmdline *line, const char *source,
			struct span bytes, struct error *err)
{
	uint32_t gap = line->len ? 1 : 0;
	const uint8_t *nul;

	bytes = without_padding(bytes);
	nul = bytes.len ? memchr(bytes.ptr, 0, bytes.len) : NULL;
	if (nul)
		return fail(err, E_CMDLINE_NUL,
			    "command line from %s has a NUL at byte %zu of %zu",
			    source, (size_t)(nul - bytes.ptr), bytes.len);
	bytes = without_edges(bytes);
	if (!bytes.len)
		return OK;
	if (bytes.len + gap > sizeof(line->text) - 1 - line->len ||
	    line->piece_count == CMDLINE_PIECES)
		return fail(err, E_CMDLINE_TOO_LONG,
			    "command line with %s would be %zu bytes long, "
			    "the most is %d",
			    source, line->len + gap + bytes.len,
			    CMDLINE_MAX - 1);
	if (gap)
		line->text[line->len++] = ' ';
	line->pieces[line->piece_count++] =
		(struct cmdline_piece){ display_of_text(source), line->len,
					(uint32_t)bytes.len };
	append(line, bytes);
	return OK;
}
