/*
 * The script language itself: lists of commands, if, for, while, functions.
 * There is no tree: what is not to be run is read all the same, with is_live
 * false, to find where it ends.
 */
#include "format/grub_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Words that end a list of commands, by the statement they belong to. */
enum {
	ENDS_TEXT = 0,
	ENDS_THEN = 1,
	ENDS_ELSE = 2,
	ENDS_ELIF = 4,
	ENDS_FI = 8,
	ENDS_DO = 16,
	ENDS_DONE = 32,
};

struct reader {
	struct grub_state *g;
	struct grub_lexer lx;
};

static enum grub_flow run_list(struct reader *r, unsigned ends, bool is_live,
			       unsigned *ret_end);

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

static enum grub_flow broken(struct reader *r, enum status code,
			     const char *what)
{
	fail(&r->g->error, code, "%s", what);
	return GRUB_BROKEN;
}

static enum grub_flow next(struct reader *r, struct grub_token *ret)
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

static unsigned end_of(const struct grub_token *t)
{
	static const struct {
		const char *word;
		unsigned end;
	} ends[] = {
		{ "then", ENDS_THEN }, { "else", ENDS_ELSE },
		{ "elif", ENDS_ELIF }, { "fi", ENDS_FI },
		{ "do", ENDS_DO },     { "done", ENDS_DONE },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (grub_token_is(t, ends[i].word))
			return ends[i].end;
	return 0;
}

/* --- simple commands --- */

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
static void take_block(struct reader *r, struct grub_command *c,
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

static void skip_command(struct reader *r)
{
	for (;;) {
		struct grub_lexer before = r->lx;
		struct grub_token t;

		if (next(r, &t) != GRUB_NEXT)
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
static enum grub_flow take_command(struct reader *r, struct grub_token t,
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
			skip_command(r);
		}
		if (t.kind == GRUB_TOKEN_OPEN) {
			take_block(r, c, &first);
			return flow;
		}
		before = r->lx;
		if (next(r, &t) == GRUB_HALT)
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

static enum grub_flow run_simple(struct reader *r, struct grub_token t,
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
	if (flow == GRUB_NEXT && c.count)
		flow = run_words(g, &c);
	g->words.count = count;
	g->words.used = used;
	if (flow != GRUB_FAILED || g->in_entry)
		return flow;
	/* Outside of entries a command that fails is no more than that. */
	g->answer = g->error.code == E_GRUB_COMMAND ? GRUB_UNKNOWN : GRUB_FALSE;
	grub_note(g, c.line);
	return GRUB_NEXT;
}

/* --- statements --- */

static enum grub_flow run_if(struct reader *r, bool is_live)
{
	bool is_done = false; /* a branch was taken, or none can be */
	enum grub_flow flow = GRUB_NEXT;
	unsigned end = ENDS_ELIF;

	while (end != ENDS_FI && flow < GRUB_FAILED) {
		bool test = is_live && !is_done && flow == GRUB_NEXT;
		bool take = test;

		if (end == ENDS_ELIF) {
			flow = run_list(r, ENDS_THEN, test, &end);
			if (test && r->g->answer == GRUB_UNKNOWN)
				is_done = true;
			take = test && r->g->answer == GRUB_TRUE;
		}
		is_done |= take;
		if (flow < GRUB_FAILED)
			flow = run_list(
				r,
				ENDS_FI | (end == ENDS_ELSE
						   ? 0
						   : ENDS_ELIF | ENDS_ELSE),
				take && flow == GRUB_NEXT, &end);
	}
	if (is_live && !is_done)
		r->g->answer = GRUB_TRUE;
	return flow;
}

/* What a loop makes of how its body ended. */
static enum grub_flow after_pass(enum grub_flow flow, bool *ret_stop)
{
	*ret_stop = flow != GRUB_NEXT && flow != GRUB_CONTINUE;
	return flow == GRUB_BREAK || flow == GRUB_CONTINUE ? GRUB_NEXT : flow;
}

static enum grub_flow expect_word(struct reader *r, const char *word,
				  struct grub_token *ret)
{
	enum grub_flow flow = next(r, ret);

	if (flow != GRUB_NEXT)
		return flow;
	if (ret->kind != GRUB_TOKEN_WORD || !ret->is_plain ||
	    (word && !grub_token_is(ret, word)))
		return broken(r, E_GRUB_SYNTAX,
			      word ? "for has no \"in\""
				   : "for names no variable");
	return GRUB_NEXT;
}

/* The words of a for, up to its "do". */
static enum grub_flow take_for_words(struct reader *r, bool is_live,
				     struct grub_command *c)
{
	struct grub_token t;
	enum grub_flow flow;

	for (;;) {
		flow = next(r, &t);
		if (flow == GRUB_NEXT && t.kind == GRUB_TOKEN_WORD && is_live)
			flow = grub_expand(r->g, &t, c);
		if (flow != GRUB_NEXT)
			return flow == GRUB_FAILED ? GRUB_BROKEN : flow;
		if (t.kind == GRUB_TOKEN_NEWLINE ||
		    t.kind == GRUB_TOKEN_SEMICOLON)
			break;
		if (t.kind != GRUB_TOKEN_WORD)
			return broken(r, E_GRUB_SYNTAX,
				      "for has something other than words");
	}
	while (t.kind == GRUB_TOKEN_NEWLINE || t.kind == GRUB_TOKEN_SEMICOLON)
		if ((flow = next(r, &t)) != GRUB_NEXT)
			return flow;
	return grub_token_is(&t, "do")
		       ? GRUB_NEXT
		       : broken(r, E_GRUB_SYNTAX, "for has no \"do\"");
}

static enum grub_flow run_for(struct reader *r, bool is_live)
{
	struct grub_state *g = r->g;
	uint32_t count = g->words.count, used = g->words.used;
	struct grub_command c = { .first = count };
	enum grub_flow flow;
	struct grub_lexer body;
	struct grub_token name;
	bool stop = false;
	unsigned end;

	flow = expect_word(r, NULL, &name);
	if (flow == GRUB_NEXT)
		flow = expect_word(r, "in", &(struct grub_token){ 0 });
	if (flow == GRUB_NEXT)
		flow = take_for_words(r, is_live, &c);
	if (flow == GRUB_NEXT && c.has_wildcard) {
		grub_fail(g, E_GRUB_WILDCARD,
			  "for has a \"*\" or \"?\", which GRUB would replace "
			  "by the names of files");
		if (g->in_entry)
			return GRUB_FAILED;
		grub_note(g, name.line);
		c.count = 0;
	}
	body = r->lx;
	for (uint32_t i = 0; i < c.count && flow == GRUB_NEXT && !stop; i++) {
		r->lx.at = body.at;
		r->lx.line = body.line;
		flow = grub_set(g, name.text,
				span_of_text(grub_word(g, &c, i)));
		if (flow == GRUB_NEXT)
			flow = run_list(r, ENDS_DONE, true, &end);
		flow = after_pass(flow, &stop);
	}
	g->words.count = count;
	g->words.used = used;
	if (flow >= GRUB_FAILED || r->lx.at != body.at)
		return flow;
	return run_list(r, ENDS_DONE, false, &end);
}

static enum grub_flow run_while(struct reader *r, bool until, bool is_live)
{
	struct grub_lexer begin = r->lx;
	enum grub_flow flow;
	bool stop, take = is_live;
	unsigned end;

	do {
		r->lx.at = begin.at;
		r->lx.line = begin.line;
		flow = run_list(r, ENDS_DO, take, &end);
		take = take && flow == GRUB_NEXT &&
		       r->g->answer == (until ? GRUB_FALSE : GRUB_TRUE);
		if (flow < GRUB_FAILED) {
			enum grub_flow body =
				run_list(r, ENDS_DONE, take, &end);

			flow = flow == GRUB_NEXT ? body : flow;
		}
		flow = after_pass(flow, &stop);
	} while (take && !stop);
	return flow;
}

static enum grub_flow define_function(struct reader *r, bool is_live)
{
	struct grub_state *g = r->g;
	struct grub_token name, t;
	struct grub_function f = { .file = g->file };
	enum grub_flow flow = next(r, &name);
	uint32_t i = 0;

	do {
		if (flow == GRUB_NEXT)
			flow = next(r, &t);
		if (flow != GRUB_NEXT)
			return flow;
	} while (t.kind == GRUB_TOKEN_NEWLINE);
	if (name.kind != GRUB_TOKEN_WORD || t.kind != GRUB_TOKEN_OPEN)
		return broken(r, E_GRUB_SYNTAX,
			      "function has no name or no \"{\"");
	f.name = name.text;
	f.line = r->lx.line;
	if (!grub_lexer_block(&r->lx, true, &f.body) &&
	    !grub_lexer_block_by_layout(
		    &r->lx, (size_t)(name.text.ptr - r->lx.text.ptr), &f.body))
		return broken(r, E_GRUB_BRACES, "a function has no \"}\"");
	if (!is_live)
		return GRUB_NEXT;
	while (i < g->function_count &&
	       !span_equal(g->functions[i].name, f.name))
		i++;
	if (i == GRUB_FUNCTIONS_MAX) {
		fail(&g->error, E_GRUB_FUNCTIONS,
		     "%s would be function %d, the most are %d",
		     display_of(f.name).text, GRUB_FUNCTIONS_MAX + 1,
		     GRUB_FUNCTIONS_MAX);
		return GRUB_HALT;
	}
	g->functions[i] = f;
	g->function_count += i == g->function_count;
	return GRUB_NEXT;
}

static enum grub_flow run_compound(struct reader *r, const struct grub_token *t,
				   bool is_live, bool *ret_is)
{
	enum grub_flow flow;

	*ret_is = true;
	if (grub_token_is(t, "function"))
		return define_function(r, is_live);
	*ret_is = grub_token_is(t, "if") || grub_token_is(t, "for") ||
		  grub_token_is(t, "while") || grub_token_is(t, "until");
	if (!*ret_is)
		return GRUB_NEXT;
	if (r->g->blocks == GRUB_BLOCKS_MAX)
		return broken(r, E_GRUB_DEPTH,
			      "if, for and while are too deep in each other");
	r->g->blocks++;
	if (grub_token_is(t, "if"))
		flow = run_if(r, is_live);
	else if (grub_token_is(t, "for"))
		flow = run_for(r, is_live);
	else
		flow = run_while(r, grub_token_is(t, "until"), is_live);
	r->g->blocks--;
	return flow;
}

/* A token at which no command begins. Outside of entries, and of if, for and
 * while, it is passed over. */
static enum grub_flow stray(struct reader *r, const struct grub_token *t)
{
	struct span body;

	if (t->kind == GRUB_TOKEN_CLOSE)
		broken(r, E_GRUB_BRACES, "a \"}\" closes nothing");
	else if (t->kind == GRUB_TOKEN_OPEN)
		broken(r, E_GRUB_BRACES, "a \"{\" stands behind no command");
	else
		broken(r, E_GRUB_SYNTAX,
		       "then, else, elif, fi, do or done stands alone");
	if (r->g->in_entry || r->g->blocks)
		return GRUB_BROKEN;
	grub_note(r->g, t->line);
	if (t->kind == GRUB_TOKEN_OPEN)
		(void)grub_lexer_block(&r->lx, false, &body);
	return GRUB_NEXT;
}

/* One token at which a command may begin. */
static enum grub_flow run_statement(struct reader *r,
				    const struct grub_token *t, bool is_live)
{
	enum grub_flow flow;
	bool is_compound;

	if (t->kind == GRUB_TOKEN_NEWLINE || t->kind == GRUB_TOKEN_SEMICOLON)
		return GRUB_NEXT;
	if (t->kind == GRUB_TOKEN_CLOSE || t->kind == GRUB_TOKEN_OPEN ||
	    end_of(t))
		return stray(r, t);
	flow = run_compound(r, t, is_live, &is_compound);
	return is_compound ? flow : run_simple(r, *t, is_live);
}

static enum grub_flow run_list(struct reader *r, unsigned ends, bool is_live,
			       unsigned *ret_end)
{
	enum grub_flow flow = GRUB_NEXT, now;
	struct grub_token t;

	for (;;) {
		now = next(r, &t);
		if (now != GRUB_NEXT)
			return now;
		r->g->line = t.line;
		*ret_end = end_of(&t) & ends;
		if (*ret_end)
			return flow;
		if (t.kind == GRUB_TOKEN_END)
			return ends ? broken(r, E_GRUB_SYNTAX,
					     "if, for or while has no end")
				    : flow;
		now = run_statement(r, &t, is_live && flow == GRUB_NEXT);
		if (now >= GRUB_FAILED)
			return now;
		if (flow == GRUB_NEXT)
			flow = now;
	}
}

enum grub_flow grub_run(struct grub_state *g, struct span text, uint32_t line)
{
	struct reader r = { .g = g, .lx = grub_lexer_over(text, line) };
	uint32_t blocks = g->blocks;
	enum grub_flow flow;
	unsigned end;

	for (;;) {
		g->blocks = 0;
		flow = run_list(&r, ENDS_TEXT, true, &end);
		g->blocks = blocks;
		if (flow != GRUB_BROKEN)
			return flow;
		if (g->in_entry)
			return GRUB_FAILED;
		grub_note(g, g->line);
		grub_lexer_resume(&r.lx);
	}
}
