/*
 * One command: its words up to the end of its line, a block behind them, and
 * what becomes of it when it fails.
 */
#include "format/grub_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What running a command, and saying why it failed, costs in tokens. */
#define COMMAND_WORK 4
#define FAULT_WORK   40

void grub_work(struct grub_state *g, uint32_t units)
{
	g->work_left -= units < g->work_left ? units : g->work_left;
}

enum grub_flow grub_fail(struct grub_state *g, enum status code,
			 const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fail(&g->error, code, "%s", text);
	return GRUB_FAILED;
}

const char *grub_word(const struct grub_state *g, const struct grub_command *c,
		      uint32_t i)
{
	return g->words.pool + g->words.at[c->first + i];
}

enum grub_flow grub_broken(struct grub_reader *r, enum status code,
			   const char *what)
{
	fail(&r->g->error, code, "%s", what);
	return GRUB_BROKEN;
}

enum grub_flow grub_next(struct grub_reader *r, struct grub_token *ret)
{
	*ret = grub_lexer_next(&r->lx);
	grub_work(r->g, r->lx.work);
	r->lx.work = 0;
	if (r->g->work_left)
		return GRUB_NEXT;
	fail(&r->g->error, E_GRUB_STEPS,
	     "it takes more steps than the %u there are for %s",
	     r->g->in_entry ? GRUB_ENTRY_WORK_MAX : GRUB_WORK_MAX,
	     r->g->in_entry ? "an entry" : "a menu");
	return GRUB_HALT;
}

static const char *what_is_bad(enum status why)
{
	switch ((int)why) {
	case E_GRUB_NUL:
		return "the line has a NUL";
	case E_GRUB_DOLLAR:
		return "a \"$\" stands before no variable's name";
	default:
		return "a quote is not closed";
	}
}

/* The block behind a command's words; with a definition broken the text goes
 * on where the next entry is defined. */
static void take_block(struct grub_reader *r, struct grub_command *c,
		       const struct grub_token *first)
{
	bool is_menu = grub_token_is(first, "submenu");

	c->has_block = true;
	c->block_line = r->lx.line;
	if (grub_lexer_block(&r->lx, is_menu, &c->block))
		return;
	if (is_menu && grub_lexer_block_by_layout(&r->lx, c->offset, &c->block))
		return;
	c->block_is_bad = E_GRUB_BRACES;
	c->block = span_slice(r->lx.text, r->lx.at, 0);
	if (is_menu) {
		c->block = span_slice(r->lx.text, r->lx.at,
				      r->lx.text.len - r->lx.at);
		r->lx.at = r->lx.text.len;
	} else {
		grub_lexer_resume(&r->lx);
	}
}

void grub_skip_command(struct grub_reader *r)
{
	for (;;) {
		struct grub_lexer before = r->lx;
		struct grub_token t;

		if (grub_next(r, &t) != GRUB_NEXT)
			return;
		if (t.kind == GRUB_TOKEN_END || t.kind == GRUB_TOKEN_NEWLINE) {
			r->lx.at = before.at;
			r->lx.line = before.line;
			return;
		}
	}
}

/* Reads a command's words up to its end, and expands them if it is to be run.
 * A command that cannot be read is read to the end of its line. */
static enum grub_flow take_command(struct grub_reader *r, struct grub_token t,
				   bool is_live, struct grub_command *c)
{
	const struct grub_token first = t;
	enum grub_flow flow = GRUB_NEXT;

	for (;;) {
		struct grub_lexer before;

		if (t.kind == GRUB_TOKEN_WORD && is_live && flow == GRUB_NEXT)
			flow = grub_expand(r->g, &t, c);
		if (t.kind == GRUB_TOKEN_BAD)
			flow = grub_fail(r->g, t.why, "%s", what_is_bad(t.why));
		if (t.kind == GRUB_TOKEN_OTHER) {
			flow = grub_fail(r->g, E_GRUB_SYNTAX,
					 "\"%s\" is no part of a command",
					 display_of(t.text).text);
			grub_skip_command(r);
		}
		if (t.kind == GRUB_TOKEN_OPEN) {
			take_block(r, c, &first);
			return flow;
		}
		before = r->lx;
		if (grub_next(r, &t) == GRUB_HALT)
			return GRUB_HALT;
		if (t.kind == GRUB_TOKEN_END || t.kind == GRUB_TOKEN_NEWLINE ||
		    t.kind == GRUB_TOKEN_SEMICOLON ||
		    t.kind == GRUB_TOKEN_CLOSE) {
			r->lx.at = before.at;
			r->lx.line = before.line;
			return flow;
		}
	}
}

/* `! COMMAND` */
static enum grub_flow run_words(struct grub_state *g, struct grub_command *c)
{
	bool invert = !strcmp(grub_word(g, c, 0), "!");
	enum grub_flow flow;

	if (invert && c->count < 2)
		return grub_fail(g, E_GRUB_SYNTAX,
				 "\"!\" stands before no command");
	c->first += invert;
	c->count -= invert;
	flow = grub_run_command(g, c);
	if (invert && g->answer != GRUB_UNKNOWN)
		g->answer = g->answer == GRUB_TRUE ? GRUB_FALSE : GRUB_TRUE;
	return flow;
}

enum grub_flow grub_run_simple(struct grub_reader *r, struct grub_token t,
			       bool is_live)
{
	struct grub_state *g = r->g;
	uint32_t count = g->words.count, used = g->words.used;
	struct grub_command c = { .first = count, .line = t.line };
	enum grub_flow flow;

	c.offset = (size_t)(t.text.ptr - r->lx.text.ptr);
	flow = take_command(r, t, is_live, &c);
	if (flow == GRUB_HALT || !is_live)
		return flow == GRUB_HALT ? flow : GRUB_NEXT;
	g->line = c.line;
	grub_work(g, COMMAND_WORK);
	if (flow == GRUB_NEXT && c.count)
		flow = run_words(g, &c);
	g->words.count = count;
	g->words.used = used;
	if (flow != GRUB_FAILED || g->in_entry)
		return flow;
	/* Outside of entries a command that fails is no more than that. */
	g->answer = g->error.code == E_GRUB_COMMAND ? GRUB_UNKNOWN : GRUB_FALSE;
	grub_work(g, FAULT_WORK);
	grub_note(g, c.line);
	return GRUB_NEXT;
}
