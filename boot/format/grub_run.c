/*
 * The script language itself: lists of commands, if, for, while, functions.
 * There is no tree: what is not to be run is read all the same, with is_live
 * false, to find where it ends.
 */
#include "format/grub_state.h"

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

static enum grub_flow run_list(struct grub_reader *r, unsigned ends,
			       bool is_live, unsigned *ret_end);

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

/* --- statements --- */

static enum grub_flow run_if(struct grub_reader *r, bool is_live)
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

static enum grub_flow expect_word(struct grub_reader *r, const char *word,
				  struct grub_token *ret)
{
	enum grub_flow flow = grub_next(r, ret);

	if (flow != GRUB_NEXT)
		return flow;
	if (ret->kind != GRUB_TOKEN_WORD || !ret->is_plain ||
	    (word && !grub_token_is(ret, word)))
		return grub_broken(r, E_GRUB_SYNTAX,
				   word ? "for has no \"in\""
					: "for names no variable");
	return GRUB_NEXT;
}

/* The words of a for, up to its "do". */
static enum grub_flow take_for_words(struct grub_reader *r, bool is_live,
				     struct grub_command *c)
{
	struct grub_token t;
	enum grub_flow flow;

	for (;;) {
		flow = grub_next(r, &t);
		if (flow == GRUB_NEXT && t.kind == GRUB_TOKEN_WORD && is_live)
			flow = grub_expand(r->g, &t, c);
		if (flow != GRUB_NEXT)
			return flow == GRUB_FAILED ? GRUB_BROKEN : flow;
		if (t.kind == GRUB_TOKEN_NEWLINE ||
		    t.kind == GRUB_TOKEN_SEMICOLON)
			break;
		if (t.kind != GRUB_TOKEN_WORD)
			return grub_broken(
				r, E_GRUB_SYNTAX,
				"for has something other than words");
	}
	while (t.kind == GRUB_TOKEN_NEWLINE || t.kind == GRUB_TOKEN_SEMICOLON)
		if ((flow = grub_next(r, &t)) != GRUB_NEXT)
			return flow;
	return grub_token_is(&t, "do")
		       ? GRUB_NEXT
		       : grub_broken(r, E_GRUB_SYNTAX, "for has no \"do\"");
}

static enum grub_flow run_for(struct grub_reader *r, bool is_live)
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

static enum grub_flow run_while(struct grub_reader *r, bool until, bool is_live)
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

static enum grub_flow define_function(struct grub_reader *r, bool is_live)
{
	struct grub_state *g = r->g;
	struct grub_token name, t;
	struct grub_function f = { .file = g->file };
	enum grub_flow flow = grub_next(r, &name);
	uint32_t i = 0;

	do {
		if (flow == GRUB_NEXT)
			flow = grub_next(r, &t);
		if (flow != GRUB_NEXT)
			return flow;
	} while (t.kind == GRUB_TOKEN_NEWLINE);
	if (name.kind != GRUB_TOKEN_WORD || t.kind != GRUB_TOKEN_OPEN)
		return grub_broken(r, E_GRUB_SYNTAX,
				   "function has no name or no \"{\"");
	f.name = name.text;
	f.line = r->lx.line;
	if (!grub_lexer_block(&r->lx, true, &f.body) &&
	    !grub_lexer_block_by_layout(
		    &r->lx, (size_t)(name.text.ptr - r->lx.text.ptr), &f.body))
		return grub_broken(r, E_GRUB_BRACES, "a function has no \"}\"");
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

static enum grub_flow run_compound(struct grub_reader *r,
				   const struct grub_token *t, bool is_live,
				   bool *ret_is)
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
		return grub_broken(
			r, E_GRUB_DEPTH,
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
static enum grub_flow stray(struct grub_reader *r, const struct grub_token *t)
{
	struct span body;

	if (t->kind == GRUB_TOKEN_CLOSE)
		grub_broken(r, E_GRUB_BRACES, "a \"}\" closes nothing");
	else if (t->kind == GRUB_TOKEN_OPEN)
		grub_broken(r, E_GRUB_BRACES,
			    "a \"{\" stands behind no command");
	else
		grub_broken(r, E_GRUB_SYNTAX,
			    "then, else, elif, fi, do or done stands alone");
	if (r->g->in_entry || r->g->blocks)
		return GRUB_BROKEN;
	grub_note(r->g, t->line);
	if (t->kind == GRUB_TOKEN_OPEN &&
	    !grub_lexer_block(&r->lx, false, &body))
		grub_skip_command(r);
	return GRUB_NEXT;
}

/* One token at which a command may begin. */
static enum grub_flow run_statement(struct grub_reader *r,
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
	return is_compound ? flow : grub_run_simple(r, *t, is_live);
}

static enum grub_flow run_list(struct grub_reader *r, unsigned ends,
			       bool is_live, unsigned *ret_end)
{
	enum grub_flow flow = GRUB_NEXT, now;
	struct grub_token t;

	for (;;) {
		now = grub_next(r, &t);
		if (now != GRUB_NEXT)
			return now;
		r->g->line = t.line;
		*ret_end = end_of(&t) & ends;
		if (*ret_end)
			return flow;
		if (t.kind == GRUB_TOKEN_END)
			return ends ? grub_broken(r, E_GRUB_SYNTAX,
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
	struct grub_reader r = { .g = g, .lx = grub_lexer_over(text, line) };
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
