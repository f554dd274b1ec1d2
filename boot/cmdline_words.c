#include "cmdline_words.h"

#include <string.h>

/* --- words -------------------------------------------------------------------
 */

/* The kernel's: it takes the no-break space of Latin-1 for one, too. */
static bool is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

static struct span without_end_quote(struct span s)
{
	if (s.len && s.ptr[s.len - 1] == '"')
		s.len--;
	return s;
}

/* name and value of the word; equals is where its sign is, or its end. */
static void divide(struct span text, size_t equals, struct cmdline_word *w)
{
	bool is_quoted = text.ptr[w->start] == '"';
	size_t first = w->start + is_quoted;

	w->has_value = equals < w->end;
	w->name = span_slice(text, first, equals - first);
	w->value = span_of(NULL, 0);
	if (!w->has_value) {
		if (is_quoted)
			w->name = without_end_quote(w->name);
		return;
	}
	w->value = span_slice(text, equals + 1, w->end - equals - 1);
	if (w->value.len && w->value.ptr[0] == '"') {
		w->value = span_slice(w->value, 1, w->value.len - 1);
		w->value = without_end_quote(w->value);
	} else if (is_quoted) {
		w->value = without_end_quote(w->value);
	}
}

bool cmdline_next_word(struct span text, size_t *at, struct cmdline_word *ret)
{
	bool in_quotes = false;
	size_t start = *at, end, equals = 0;

	while (start < text.len && is_space(text.ptr[start]))
		start++;
	if (start >= text.len) {
		*at = text.len;
		return false;
	}
	for (end = start; end < text.len; end++) {
		uint8_t c = text.ptr[end];

		if (is_space(c) && !in_quotes)
			break;
		if (c == '"')
			in_quotes = !in_quotes;
		/* one in front is part of a name */
		else if (c == '=' && !equals && end > start)
			equals = end;
	}
	*ret = (struct cmdline_word){ .start = start, .end = end };
	divide(text, equals ? equals : end, ret);
	if (!ret->has_value && span_equal_text(ret->name, "--")) {
		*at = start;
		return false;
	}
	*at = end;
	return true;
}

bool cmdline_word_is(const struct cmdline_word *word, const char *name)
{
	if (word->name.len != strlen(name))
		return false;
	for (size_t i = 0; i < word->name.len; i++) {
		char a = (char)word->name.ptr[i], b = name[i];

		if ((a == '-' ? '_' : a) != (b == '-' ? '_' : b))
			return false;
	}
	return true;
}

static struct span text_of(const struct cmdline *line)
{
	return span_of(line->text, line->len);
}

unsigned cmdline_count(const struct cmdline *line, cmdline_match_fn *match)
{
	struct cmdline_word word;
	unsigned count = 0;
	size_t at = 0;

	while (cmdline_next_word(text_of(line), &at, &word))
		count += match(&word);
	return count;
}

/* --- taking away -------------------------------------------------------------
 */

static bool is_blank(const struct cmdline *line, uint32_t at)
{
	return line->text[at] == ' ';
}

/* A piece has no blanks at its ends. */
static void trim_piece(const struct cmdline *line, struct cmdline_piece *p)
{
	while (p->len && is_blank(line, p->start)) {
		p->start++;
		p->len--;
	}
	while (p->len && is_blank(line, p->start + p->len - 1))
		p->len--;
}

static void trim_pieces(struct cmdline *line)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < line->piece_count; i++) {
		trim_piece(line, &line->pieces[i]);
		if (line->pieces[i].len)
			line->pieces[kept++] = line->pieces[i];
	}
	line->piece_count = kept;
}

/* Where a byte is once those from start to end are gone. */
static uint32_t moved(uint32_t at, uint32_t start, uint32_t end)
{
	if (at < start)
		return at;
	return at < end ? start : at - (end - start);
}

/* Takes bytes away, with the blanks behind them; at the end of the line those
 * before them. */
static void cut(struct cmdline *line, uint32_t start, uint32_t end)
{
	while (end < line->len && is_blank(line, end))
		end++;
	while (end == line->len && start && is_blank(line, start - 1))
		start--;
	memmove(line->text + start, line->text + end, line->len - end + 1UL);
	line->len -= end - start;
	for (uint32_t i = 0; i < line->piece_count; i++) {
		struct cmdline_piece *p = &line->pieces[i];
		uint32_t to = moved(p->start + p->len, start, end);

		p->start = moved(p->start, start, end);
		p->len = to - p->start;
	}
	trim_pieces(line);
}

unsigned cmdline_remove(struct cmdline *line, cmdline_match_fn *match)
{
	struct cmdline_word word;
	unsigned count = 0;
	size_t at = 0;

	while (cmdline_next_word(text_of(line), &at, &word)) {
		if (!match(&word))
			continue;
		cut(line, (uint32_t)word.start, (uint32_t)word.end);
		at = word.start < line->len ? word.start : line->len;
		count++;
	}
	return count;
}

/* --- adding ------------------------------------------------------------------
 */

/* Room for a piece in front of the one at an index. */
static struct cmdline_piece *make_room(struct cmdline *line, uint32_t index)
{
	struct cmdline_piece *p = &line->pieces[index];

	memmove(p + 1, p, (line->piece_count - index) * sizeof(*p));
	line->piece_count++;
	return p;
}

/* The index of the piece that begins at a byte, which may have to be divided
 * for that. There is room for one more. */
static uint32_t divide_pieces(struct cmdline *line, uint32_t at)
{
	for (uint32_t i = 0; i < line->piece_count; i++) {
		struct cmdline_piece *p = &line->pieces[i];
		uint32_t end = p->start + p->len;

		if (at >= end)
			continue;
		if (p->start >= at)
			return i;
		p = make_room(line, i);
		*p = p[1];
		p->len = at - p->start;
		trim_piece(line, p);
		p[1].start = at;
		p[1].len = end - at;
		return i + 1;
	}
	return line->piece_count;
}

enum status cmdline_insert(struct cmdline *line, const char *source,
			   struct span words, struct error *err)
{
	struct cmdline_word word;
	struct cmdline_piece *piece;
	size_t end = 0;
	uint32_t at, index, gap = (uint32_t)words.len + 1;

	while (cmdline_next_word(text_of(line), &end, &word))
		;
	at = (uint32_t)end;
	if (at == line->len)
		return cmdline_add(line, source, words, err);
	if (words.len >= sizeof(line->text) - 1 - line->len ||
	    line->piece_count + 2 > CMDLINE_PIECES)
		return fail(err, E_CMDLINE_TOO_LONG,
			    "command line with %s would be %zu bytes long, "
			    "the most is %d",
			    source, line->len + 1 + words.len, CMDLINE_MAX - 1);
	index = divide_pieces(line, at);
	memmove(line->text + at + gap, line->text + at, line->len - at + 1UL);
	memcpy(line->text + at, words.ptr, words.len);
	line->text[at + words.len] = ' ';
	line->len += gap;
	for (uint32_t i = index; i < line->piece_count; i++)
		line->pieces[i].start += gap;
	piece = make_room(line, index);
	*piece = (struct cmdline_piece){ display_of_text(source), at,
					 (uint32_t)words.len };
	return OK;
}
