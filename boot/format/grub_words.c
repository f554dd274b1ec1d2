/*
 * From tokens to words: quotes and backslashes go, variables are replaced by
 * what they hold. Outside of quotes a value is split at its blanks, and a word
 * of nothing but empty variables is none.
 */
#include "format/grub_state.h"

#include <stdio.h>
#include <string.h>

/* The word at work, at the end of the pool. */
struct builder {
	struct grub_state *g;
	struct grub_command *c;
	bool is_word; /* it counts although it may be empty */
	bool is_full;
};

static void add(struct builder *b, const void *bytes, size_t len)
{
	struct grub_words *w = &b->g->words;

	b->is_word = true;
	if (len >= sizeof(w->pool) - w->used) {
		b->is_full = true;
		return;
	}
	if (len)
		memcpy(w->pool + w->used, bytes, len);
	w->used += (uint32_t)len;
	w->pool[w->used] = '\0';
}

/* Ends the word at work, if it is one. */
static void end_word(struct builder *b, uint32_t *from)
{
	struct grub_words *w = &b->g->words;

	if (!b->is_word || b->is_full)
		return;
	if (w->count == GRUB_WORDS_MAX || w->used + 1 >= sizeof(w->pool)) {
		b->is_full = true;
		return;
	}
	w->at[w->count++] = *from;
	b->c->count++;
	*from = ++w->used;
	w->pool[w->used] = '\0';
	b->is_word = false;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void add_value(struct builder *b, const char *value, bool is_quoted,
		      uint32_t *from)
{
	if (is_quoted) {
		add(b, value, strlen(value));
		return;
	}
	while (*value && !b->is_full) {
		size_t blanks = 0, len = 0;

		while (is_space(value[blanks]))
			blanks++;
		if (blanks)
			end_word(b, from);
		value += blanks;
		while (value[len] && !is_space(value[len]))
			len++;
		if (len)
			add(b, value, len);
		if (memchr(value, '*', len) || memchr(value, '?', len))
			b->c->has_wildcard = true;
		value += len;
	}
}

/* $* and $@: all arguments; the second makes a word of each. */
static void add_arguments(struct builder *b, bool is_quoted, bool is_split,
			  uint32_t *from)
{
	const char *arg = b->g->args.first;

	for (uint32_t i = 0; i < b->g->args.count && !b->is_full; i++) {
		if (i && is_quoted && !is_split)
			add(b, " ", 1);
		else if (i)
			end_word(b, from);
		add_value(b, arg, is_quoted, from);
		arg += strlen(arg) + 1;
	}
}

static const char *argument(const struct grub_state *g, struct span digits)
{
	const char *arg = g->args.first;
	uint64_t n;

	if (!text_parse_number(digits, g->args.count, &n) || !n)
		return "";
	while (--n)
		arg += strlen(arg) + 1;
	return arg;
}

static void add_variable(struct builder *b, struct span name, bool is_quoted,
			 uint32_t *from)
{
	const char *value;
	char number[16];

	grub_work(b->g, 10); /* all variables are compared */
	switch (name.ptr[0]) {
	case '*':
	case '@':
		add_arguments(b, is_quoted, name.ptr[0] == '@', from);
		return;
	case '#':
		snprintf(number, sizeof(number), "%u", b->g->args.count);
		value = number;
		break;
	case '?':
		value = b->g->answer == GRUB_TRUE ? "0" : "1";
		break;
	default:
		value = name.ptr[0] >= '0' && name.ptr[0] <= '9'
				? argument(b->g, name)
				: grub_get(b->g, name);
	}
	if (value)
		add_value(b, value, is_quoted, from);
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

/* A backslash outside of quotes: what is behind it stands for itself. But for
 * \xHH, which is udev's way to write a byte and stays as it is. */
static size_t add_escaped(struct builder *b, struct span s, size_t at)
{
	if (at + 1 >= s.len) {
		add(b, s.ptr + at, 1);
		return 1;
	}
	if (at + 3 < s.len && s.ptr[at + 1] == 'x' && is_hex(s.ptr[at + 2]) &&
	    is_hex(s.ptr[at + 3])) {
		add(b, s.ptr + at, 4);
		return 4;
	}
	if (s.ptr[at + 1] != '\n')
		add(b, s.ptr + at + 1, 1);
	return 2;
}

static size_t add_single_quoted(struct builder *b, struct span s, size_t at)
{
	const uint8_t *end = memchr(s.ptr + at + 1, '\'', s.len - at - 1);
	size_t len = end ? (size_t)(end - s.ptr) - at - 1 : s.len - at - 1;

	add(b, s.ptr + at + 1, len);
	return len + 2;
}

static size_t add_double_quoted(struct builder *b, struct span s, size_t from,
				uint32_t *word)
{
	size_t at = from + 1;

	add(b, "", 0);
	while (at < s.len && s.ptr[at] != '"') {
		struct span rest = span_slice(s, at, s.len - at), name;
		size_t len = 1;

		if (rest.ptr[0] == '\\' && rest.len > 1 && rest.ptr[1] &&
		    strchr("$\\\"\n", rest.ptr[1])) {
			if (rest.ptr[1] != '\n')
				add(b, rest.ptr + 1, 1);
			len = 2;
		} else if (rest.ptr[0] == '$' &&
			   grub_variable_name(rest, &name, &len)) {
			add_variable(b, name, true, word);
		} else {
			add(b, rest.ptr, 1);
			len = 1;
		}
		at += len;
	}
	return at + 1 - from;
}

/* One piece of a word; how many bytes it takes. */
static size_t add_piece(struct builder *b, struct span s, size_t at,
			uint32_t *from)
{
	struct span rest = span_slice(s, at, s.len - at), name;
	size_t len;

	switch (rest.ptr[0]) {
	case '\\':
		return add_escaped(b, s, at);
	case '\'':
		return add_single_quoted(b, s, at);
	case '"':
		return add_double_quoted(b, s, at, from);
	case '$':
		if (rest.len > 1 && rest.ptr[1] == '"')
			return 1; /* "..." to be translated */
		if (!grub_variable_name(rest, &name, &len))
			break;
		add_variable(b, name, false, from);
		return len;
	default:
		b->c->has_wildcard |= rest.ptr[0] == '*' || rest.ptr[0] == '?';
	}
	add(b, rest.ptr, 1);
	return 1;
}

enum grub_flow grub_expand(struct grub_state *g, const struct grub_token *t,
			   struct grub_command *c)
{
	struct builder b = { .g = g, .c = c };
	uint32_t from = g->words.used, begin = from;

	for (size_t at = 0; at < t->text.len && !b.is_full;)
		at += add_piece(&b, t->text, at, &from);
	end_word(&b, &from);
	grub_work(g, 1 + (g->words.used - begin) / 64);
	if (b.is_full)
		return grub_fail(g, E_GRUB_WORDS,
				 "the command has more than %d words, or more "
				 "than %u bytes",
				 GRUB_WORDS_MAX, GRUB_WORD_POOL);
	return GRUB_NEXT;
}
