/*
 * A line of a script: words, what "${}" in them stands for, and the commands
 * between "||", "&&" and ";".
 */
#include "format/ipxe_state.h"

#include <string.h>

/* Which commands follow on one that went like this. */
enum link {
	LINK_NONE = 0, /* it is the last one */
	LINK_AND,
	LINK_OR,
	LINK_ALWAYS,
};

/* --- expansion --- */

struct expansion {
	struct ipxe_state *x;
	struct text t;
	size_t open[IPXE_NESTED_MAX]; /* where "${" stands in t */
	uint32_t depth;
};

/* What stands behind the innermost "${" is the name of a setting. */
static enum ipxe_flow close_name(struct expansion *e)
{
	struct text *t = &e->t;
	size_t at = e->open[--e->depth];
	char name[IPXE_NAME_MAX];
	struct text copy = text_over(name, sizeof(name));

	text_add_bytes(&copy, span_of(t->buf + at + 2, t->len - at - 2));
	if (copy.cut)
		return ipxe_halt(e->x, E_IPXE_NAME_LONG,
				 "\"%s...\" has more than %d bytes", name,
				 IPXE_NAME_MAX - 1);
	t->len = at;
	t->buf[at] = '\0';
	return ipxe_add_setting(e->x, span_of_text(name), t);
}

static enum ipxe_flow open_name(struct expansion *e)
{
	if (e->depth == IPXE_NESTED_MAX)
		return ipxe_halt(e->x, E_IPXE_NESTED,
				 "it has ${} %d deep, the most are %d",
				 IPXE_NESTED_MAX + 1, IPXE_NESTED_MAX);
	e->open[e->depth++] = e->t.len;
	text_add(&e->t, "${");
	return IPXE_NEXT;
}

/* Adds a word to the command's. A value is not looked through for more "${",
 * but may be part of a name, as in ${net${i}/mac}. */
static enum ipxe_flow add_word(struct ipxe_state *x, struct span word)
{
	struct ipxe_words *w = &x->words;
	struct expansion e = { .x = x };
	enum ipxe_flow flow = IPXE_NEXT;

	if (w->count == IPXE_WORDS_MAX)
		return ipxe_halt(x, E_IPXE_WORDS,
				 "the command has more than %d words",
				 IPXE_WORDS_MAX);
	e.t = text_over(w->pool + w->used, sizeof(w->pool) - w->used);
	for (size_t i = 0; flow == IPXE_NEXT && i < word.len; i++) {
		char c = (char)word.ptr[i];

		if (c == '$' && i + 1 < word.len && word.ptr[i + 1] == '{') {
			flow = open_name(&e);
			i++;
		} else if (c == '}' && e.depth && !e.t.cut) {
			flow = close_name(&e);
		} else {
			text_add_char(&e.t, c);
		}
	}
	if (flow != IPXE_NEXT)
		return flow;
	if (e.t.cut || w->used + e.t.len + 2 > sizeof(w->pool))
		return ipxe_halt(x, E_IPXE_WORDS_LONG,
				 "the command's words have more than %d bytes",
				 IPXE_WORD_POOL);
	w->at[w->count++] = w->used;
	w->used += (uint32_t)e.t.len + 1;
	return IPXE_NEXT;
}

/* --- commands --- */

/* The next word; true if it ends the command. */
static bool ends(struct span word, enum link *ret)
{
	*ret = LINK_NONE;
	if (!word.len || word.ptr[0] == '#')
		return true; /* so does a comment */
	if (span_equal_text(word, "||"))
		*ret = LINK_OR;
	else if (span_equal_text(word, "&&"))
		*ret = LINK_AND;
	else if (span_equal_text(word, ";"))
		*ret = LINK_ALWAYS;
	return *ret != LINK_NONE;
}

/* Cuts a command off the line; its words are expanded if it is to be run. */
static enum ipxe_flow take_command(struct ipxe_state *x, struct span *rest,
				   bool is_live, enum link *ret)
{
	enum ipxe_flow flow = IPXE_NEXT;

	x->words.count = x->words.used = 0;
	for (;;) {
		struct span word = span_next_word(rest);

		if (ends(word, ret))
			return flow;
		if (is_live && flow == IPXE_NEXT)
			flow = add_word(x, word);
		if (flow == IPXE_HALT)
			return flow;
	}
}

static void note_failure(struct ipxe_state *x)
{
	const struct ipxe_frame *f = ipxe_frame(x);
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));
	struct display name;

	if (!x->ops->note || x->error.code == E_IPXE_FALSE)
		return;
	url_add_text(&t, &f->url);
	name = display_of_text(buf);
	x->ops->note(x->ops->ctx, &name, f->line, &x->error);
}

static bool goes_on(enum ipxe_flow flow, enum link link)
{
	return link == LINK_ALWAYS || (link == LINK_AND) == (flow == IPXE_NEXT);
}

enum ipxe_flow ipxe_run_line(struct ipxe_state *x, const char *line)
{
	struct span rest = span_of_text(line);
	enum ipxe_flow flow = IPXE_NEXT;
	enum link link = LINK_ALWAYS;

	while (link != LINK_NONE) {
		bool is_live = goes_on(flow, link);

		if (is_live && flow == IPXE_FAILED)
			note_failure(x);
		if (!is_live) {
			(void)take_command(x, &rest, false, &link);
			continue;
		}
		flow = take_command(x, &rest, true, &link);
		if (flow == IPXE_NEXT)
			flow = ipxe_run_command(x);
		if (flow != IPXE_NEXT && flow != IPXE_FAILED)
			return flow;
	}
	return flow;
}
