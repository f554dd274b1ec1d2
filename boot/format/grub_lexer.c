#include "format/grub_lexer.h"

#include <string.h>

struct grub_lexer grub_lexer_over(struct span text, uint32_t line)
{
	return (struct grub_lexer){ .text = text, .line = line };
}

bool grub_token_is(const struct grub_token *t, const char *keyword)
{
	return t->kind == GRUB_TOKEN_WORD && t->is_plain &&
	       span_equal_text(t->text, keyword);
}

/* A carriage return is none of GRUB's characters: it drops them. */
static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_name_begin(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static size_t name_len(struct span s)
{
	size_t len = 1;

	if (!s.len)
		return 0;
	if (s.ptr[0] && strchr("?#*@", s.ptr[0]))
		return 1;
	if (!is_name_begin(s.ptr[0]) && !is_digit(s.ptr[0]))
		return 0;
	while (len < s.len &&
	       (is_digit(s.ptr[len]) ||
		(is_name_begin(s.ptr[0]) && is_name_begin(s.ptr[len]))))
		len++;
	return len;
}

bool grub_variable_name(struct span text, struct span *ret_name,
			size_t *ret_len)
{
	bool in_braces = text.len > 1 && text.ptr[1] == '{';
	size_t from = in_braces ? 2 : 1;
	size_t len = name_len(span_slice(text, from, text.len - from));

	*ret_name = span_slice(text, from, len);
	*ret_len = from + len + in_braces;
	if (!len)
		return false;
	return !in_braces ||
	       (*ret_len <= text.len && text.ptr[from + len] == '}');
}

static bool at_end(const struct grub_lexer *lx)
{
	return lx->at >= lx->text.len;
}

static uint8_t peek(const struct grub_lexer *lx)
{
	return lx->text.ptr[lx->at];
}

static struct span rest_of(const struct grub_lexer *lx)
{
	return span_slice(lx->text, lx->at, lx->text.len - lx->at);
}

static void skip_line(struct grub_lexer *lx)
{
	while (!at_end(lx) && peek(lx) != '\n')
		lx->at++;
}

/* Does a line that begins here, after blanks, define an entry? */
static bool is_entry_line(const struct grub_lexer *lx)
{
	static const char *const words[] = { "menuentry", "submenu" };
	struct grub_lexer at = *lx;

	while (!at_end(&at) && is_blank(peek(&at)))
		at.at++;
	for (size_t i = 0; i < 2; i++) {
		struct span rest = rest_of(&at);
		size_t len = strlen(words[i]);

		if (rest.len > len && !memcmp(rest.ptr, words[i], len) &&
		    (is_blank(rest.ptr[len]) || rest.ptr[len] == '"' ||
		     rest.ptr[len] == '\''))
			return true;
	}
	return false;
}

/* Up to the last byte of a variable in quotes. */
static enum status take_quoted_variable(struct grub_lexer *lx)
{
	struct span name;
	size_t len;

	if (!grub_variable_name(rest_of(lx), &name, &len))
		return E_GRUB_DOLLAR;
	lx->at += len - 1;
	return OK;
}

/* Reads up to the quote that closes the one at the lexer. A text in quotes may
 * go over lines, but not over the begin of an entry: that quote was forgotten.
 */
static enum status take_quoted(struct grub_lexer *lx)
{
	uint8_t quote = peek(lx);

	for (lx->at++; !at_end(lx); lx->at++) {
		bool is_escaped = quote == '"' && peek(lx) == '\\' &&
				  lx->at + 1 < lx->text.len;
		struct grub_lexer next;
		enum status s = OK;

		lx->at += is_escaped;
		if (peek(lx) == quote && !is_escaped) {
			lx->at++;
			return OK;
		}
		if (!peek(lx))
			return E_GRUB_NUL;
		if (peek(lx) == '$' && quote == '"' && !is_escaped)
			s = take_quoted_variable(lx);
		if (s != OK)
			return s;
		if (peek(lx) != '\n')
			continue;
		lx->line++;
		next = *lx;
		next.at++;
		if (is_entry_line(&next))
			return E_GRUB_QUOTE;
	}
	return E_GRUB_QUOTE;
}

static enum status take_variable(struct grub_lexer *lx)
{
	struct span name;
	size_t len;

	if (lx->at + 1 < lx->text.len && lx->text.ptr[lx->at + 1] == '"') {
		lx->at++; /* a text to be translated */
		return take_quoted(lx);
	}
	if (!grub_variable_name(rest_of(lx), &name, &len))
		return E_GRUB_DOLLAR;
	lx->at += len;
	return OK;
}

static bool ends_word(uint8_t c)
{
	return is_blank(c) || (c && strchr("\n;{}|&<>", c));
}

static enum status take_word(struct grub_lexer *lx, bool *is_plain)
{
	*is_plain = true;
	while (!at_end(lx) && !ends_word(peek(lx))) {
		enum status s = OK;
		uint8_t c = peek(lx);

		if (!c)
			return E_GRUB_NUL;
		if (c != '\'' && c != '"' && c != '$' && c != '\\') {
			lx->at++;
			continue;
		}
		*is_plain = false;
		if (c == '$') {
			s = take_variable(lx);
		} else if (c != '\\') {
			s = take_quoted(lx);
		} else {
			lx->at++;
			if (!at_end(lx)) {
				lx->line += peek(lx) == '\n';
				lx->at++;
			}
		}
		if (s != OK)
			return s;
	}
	return OK;
}

/* Blanks, comments, and lines that go on after a backslash. */
static void skip_blanks(struct grub_lexer *lx)
{
	while (!at_end(lx)) {
		uint8_t c = peek(lx);

		if (c == '#') {
			skip_line(lx);
		} else if (c == '\\' && lx->at + 1 < lx->text.len &&
			   lx->text.ptr[lx->at + 1] == '\n') {
			lx->at += 2;
			lx->line++;
		} else if (is_blank(c)) {
			lx->at++;
		} else {
			return;
		}
	}
}

static enum grub_token_kind kind_of(uint8_t c)
{
	switch (c) {
	case '\n':
		return GRUB_TOKEN_NEWLINE;
	case ';':
		return GRUB_TOKEN_SEMICOLON;
	case '{':
		return GRUB_TOKEN_OPEN;
	case '}':
		return GRUB_TOKEN_CLOSE;
	case '|':
	case '&':
	case '<':
	case '>':
		return GRUB_TOKEN_OTHER;
	default:
		return GRUB_TOKEN_WORD;
	}
}

struct grub_token grub_lexer_next(struct grub_lexer *lx)
{
	struct grub_token t = { .kind = GRUB_TOKEN_END };
	size_t begin = lx->at, from;
	struct grub_lexer before;

	skip_blanks(lx);
	from = lx->at;
	before = *lx;
	t.line = lx->line;
	if (!at_end(lx)) {
		t.kind = kind_of(peek(lx));
		if (t.kind == GRUB_TOKEN_WORD) {
			t.why = take_word(lx, &t.is_plain);
		} else {
			lx->line += t.kind == GRUB_TOKEN_NEWLINE;
			lx->at++;
		}
	}
	lx->work += 1 + (uint32_t)((lx->at - begin) / 64);
	if (t.why != OK) {
		t.kind = GRUB_TOKEN_BAD;
		lx->at = before.at;
		lx->line = before.line;
		skip_line(lx);
	}
	t.text = span_slice(lx->text, from, lx->at - from);
	return t;
}

bool grub_lexer_block(struct grub_lexer *lx, bool holds_entries,
		      struct span *ret_body)
{
	struct grub_lexer at = *lx;
	bool is_begin = false; /* of a line */
	unsigned depth = 1;

	for (;;) {
		struct grub_token t = grub_lexer_next(&at);

		if (t.kind == GRUB_TOKEN_END ||
		    (is_begin && !holds_entries &&
		     (grub_token_is(&t, "menuentry") ||
		      grub_token_is(&t, "submenu")))) {
			lx->work = at.work;
			return false;
		}
		is_begin = t.kind == GRUB_TOKEN_NEWLINE;
		depth += t.kind == GRUB_TOKEN_OPEN;
		if (t.kind != GRUB_TOKEN_CLOSE || --depth)
			continue;
		*ret_body = span_slice(lx->text, lx->at,
				       (size_t)(t.text.ptr - lx->text.ptr) -
					       lx->at);
		*lx = at;
		return true;
	}
}

void grub_lexer_resume(struct grub_lexer *lx)
{
	size_t from = lx->at;

	for (;;) {
		skip_line(lx);
		if (at_end(lx))
			break;
		lx->at++;
		lx->line++;
		if (is_entry_line(lx))
			break;
	}
	lx->work += 1 + (uint32_t)((lx->at - from) / 64);
}

static size_t line_begin(struct span text, size_t at)
{
	while (at && text.ptr[at - 1] != '\n')
		at--;
	return at;
}

/* Blanks that the line at an offset begins with. */
static size_t indent_at(struct span text, size_t at)
{
	size_t end = at;

	while (end < text.len && is_blank(text.ptr[end]))
		end++;
	return end - at;
}

bool grub_lexer_block_by_layout(struct grub_lexer *lx, size_t offset,
				struct span *ret_body)
{
	size_t indent = indent_at(lx->text, line_begin(lx->text, offset));
	struct grub_lexer at = *lx;

	for (;;) {
		size_t from, end;

		skip_line(&at);
		if (at_end(&at))
			return false;
		from = ++at.at;
		at.line++;
		if (indent_at(at.text, from) != indent)
			continue;
		end = from + indent;
		if (end >= at.text.len || at.text.ptr[end] != '}')
			continue;
		end += 1 + indent_at(at.text, end + 1);
		if (end < at.text.len && at.text.ptr[end] != '\n')
			continue;
		*ret_body = span_slice(at.text, lx->at, from + indent - lx->at);
		at.at = from + indent + 1;
		at.work += 1 + (uint32_t)((at.at - lx->at) / 64);
		*lx = at;
		return true;
	}
}
