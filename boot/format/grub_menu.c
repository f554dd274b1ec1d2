/*
 * Menus. `menuentry` and `submenu` only note what they define; bodies are
 * looked at when the text they stand in has been read, each with the variables
 * of that moment. A submenu is a menu of its own: its body defines entries.
 */
#include "format/grub_state.h"

#include <stdio.h>
#include <string.h>

/* --- definitions --- */

/* The words of a menuentry by what they are. */
struct definition {
	const char *id; /* NULL if it has none */
	bool unrestricted;
	uint32_t args[16];
	uint32_t arg_count;
};

static enum grub_flow keep(struct grub_state *g, const char *text,
			   uint32_t *ret)
{
	size_t len = strlen(text) + 1;

	if (len > sizeof(g->kept) - g->kept_used) {
		fail(&g->error, E_GRUB_ENTRIES,
		     "the entries' names are more than the %u bytes that are "
		     "kept",
		     GRUB_KEPT_POOL);
		return GRUB_HALT;
	}
	*ret = g->kept_used;
	memcpy(g->kept + g->kept_used, text, len);
	g->kept_used += (uint32_t)len;
	return GRUB_NEXT;
}

/* Options that take a value which means nothing here; *i goes behind it. */
static bool take_ignored(const struct grub_state *g,
			 const struct grub_command *c, uint32_t *i)
{
	static const char *const names[] = { "--class", "--users", "--hotkey",
					     "--id" };
	const char *w = grub_word(g, c, *i);

	for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		size_t len = strlen(names[k]);

		if (strncmp(w, names[k], len) != 0)
			continue;
		if (w[len] == '=')
			return true;
		if (w[len])
			continue;
		if (*i + 1 < c->count && grub_word(g, c, *i + 1)[0] != '-')
			++*i;
		return true;
	}
	return false;
}

static enum grub_flow take_words(struct grub_state *g,
				 const struct grub_command *c,
				 struct definition *d)
{
	for (uint32_t i = 1; i < c->count; i++) {
		const char *w = grub_word(g, c, i);

		if (w[0] != '-') {
			if (d->arg_count < 16)
				d->args[d->arg_count++] = i;
		} else if (!strcmp(w, "--unrestricted")) {
			d->unrestricted = true;
		} else if (!strncmp(w, "--id=", 5)) {
			d->id = w + 5;
		} else if (!take_ignored(g, c, &i)) {
			return grub_fail(g, E_GRUB_ARGUMENT,
					 "%s has the option \"%s\", which is "
					 "not known",
					 grub_word(g, c, 0),
					 display_of_text(w).text);
		} else if (!strcmp(w, "--id") && grub_word(g, c, i) != w) {
			d->id = grub_word(g, c, i);
		}
	}
	if (!d->arg_count || !c->has_block)
		return grub_fail(g, E_GRUB_ARGUMENT, "%s has no %s",
				 grub_word(g, c, 0),
				 d->arg_count ? "block" : "title");
	return GRUB_NEXT;
}

static enum grub_flow keep_words(struct grub_state *g,
				 const struct grub_command *c,
				 const struct definition *d,
				 struct grub_pending *p)
{
	const char *title = grub_word(g, c, d->args[0]);
	enum grub_flow flow = keep(g, title, &p->args);
	uint32_t at;

	p->arg_count = d->arg_count;
	for (uint32_t i = 1; i < d->arg_count && flow == GRUB_NEXT; i++)
		flow = keep(g, grub_word(g, c, d->args[i]), &at);
	if (flow == GRUB_NEXT)
		flow = keep(g, d->id ? d->id : title, &p->id);
	return flow;
}

enum grub_flow grub_define(struct grub_state *g, const struct grub_command *c)
{
	struct grub_pending p = { .line = c->line, .file = g->file };
	struct definition d = { 0 };
	enum grub_flow flow;

	if (g->in_entry)
		return grub_fail(g, E_GRUB_NESTED, "%s stands within an entry",
				 grub_word(g, c, 0));
	flow = take_words(g, c, &d);
	if (flow != GRUB_NEXT)
		return flow;
	if (g->pending_count == GRUB_ENTRIES_MAX) {
		fail(&g->error, E_GRUB_ENTRIES,
		     "there are more entries than the %d that are kept",
		     GRUB_ENTRIES_MAX);
		return GRUB_HALT;
	}
	flow = keep_words(g, c, &d, &p);
	p.is_submenu = !strcmp(grub_word(g, c, 0), "submenu");
	p.is_hidden = !strcmp(grub_word(g, c, 0), "hiddenentry");
	p.asks_password = !d.unrestricted;
	p.body = c->block;
	p.body_line = c->block_line;
	p.why = c->block_is_bad;
	if (flow == GRUB_NEXT)
		g->pending[g->pending_count++] = p;
	g->shown_count += !p.is_hidden;
	return flow;
}

/* --- what an entry is called --- */

/* Puts a name behind those of the menus it is in; ">" is doubled. */
static void add_name(struct text *t, const char *name)
{
	if (t->len)
		text_add_char(t, '>');
	for (; *name; name++) {
		if (*name == '>')
			text_add_char(t, '>');
		text_add_char(t, *name);
	}
}

/* The names of the menu before an entry's own were put behind them. */
struct names {
	struct text index, titles, ids, menu;
};

static struct names push_names(struct grub_state *g,
			       const struct grub_pending *p)
{
	struct names before = { g->index, g->titles, g->ids, g->menu };
	char number[16] = "";

	if (!p->is_hidden)
		snprintf(number, sizeof(number), "%u", g->index_next++);
	add_name(&g->index, number);
	add_name(&g->titles, g->kept + p->args);
	add_name(&g->ids, g->kept + p->id);
	return before;
}

static void cut(struct text *t, const struct text *before)
{
	*t = *before;
	t->buf[t->len] = '\0';
}

static void pop_names(struct grub_state *g, const struct names *before)
{
	cut(&g->index, &before->index);
	cut(&g->titles, &before->titles);
	cut(&g->ids, &before->ids);
	cut(&g->menu, &before->menu);
}

/* --- entries --- */

static void begin_entry(struct grub_state *g, const struct grub_pending *p)
{
	struct grub_entry *e = &g->entry;
	const char *relative = grub_get_text(g, "btrfs_relative_path");
	const char *superusers = grub_get_text(g, "superusers");

	memset(e, 0, sizeof(*e));
	e->kernel.volume = e->devicetree.volume = -1;
	for (unsigned i = 0; i < GRUB_INITRDS_MAX; i++)
		e->initrds[i].volume = -1;
	memcpy(e->index, g->index.buf, g->index.len);
	if (p->is_hidden)
		e->index[0] = '\0';
	memcpy(e->titles, g->titles.buf, g->titles.len);
	memcpy(e->ids, g->ids.buf, g->ids.len);
	e->title = display_of_text(g->kept + p->args);
	e->menu = display_of_text(g->menu.buf);
	e->asks_password =
		superusers && *superusers && (g->is_locked || p->asks_password);
	e->btrfs_relative = relative && *relative && strchr("1yYtT", *relative);
	e->file = display_of_text(g->files[p->file].path);
	e->line = p->line;
}

/* Refuses the entry at work for what the state's error says. */
static void refuse(struct grub_state *g, uint32_t line)
{
	struct grub_entry *e = &g->entry;
	struct text t = text_over(e->reason, sizeof(e->reason));

	e->why = g->error.code;
	text_addf(&t, "%s:%u: ", e->file.text, line);
	text_add_safe(&t, span_of_text(g->error.text));
}

static enum grub_flow emit(struct grub_state *g)
{
	if (g->result->entry_count == GRUB_ENTRIES_MAX) {
		fail(&g->error, E_GRUB_ENTRIES,
		     "there are more entries than the %d that are told",
		     GRUB_ENTRIES_MAX);
		return GRUB_HALT;
	}
	g->result->entry_count++;
	g->ops->entry(g->ops->ctx, &g->entry);
	return GRUB_NEXT;
}

/* Is something wrong with an entry before its body is looked at? */
static bool is_refused(struct grub_state *g, const struct grub_pending *p)
{
	if (p->why == E_GRUB_BRACES && !p->is_submenu)
		grub_fail(g, E_GRUB_BRACES, "\"%s\" has no \"}\"",
			  g->entry.title.text);
	else if (p->is_hidden)
		grub_fail(g, E_GRUB_HIDDEN, "GRUB does not show \"%s\"",
			  g->entry.title.text);
	else if (g->titles.cut || g->ids.cut || g->index.cut)
		grub_fail(g, E_GRUB_ARGUMENT,
			  "\"%s\" has a title or id of more than %d bytes",
			  g->entry.title.text, GRUB_NAME_MAX - 1);
	else
		return false;
	return true;
}

/* Runs the body of an entry: what it boots is in g->entry. */
static enum grub_flow run_body(struct grub_state *g,
			       const struct grub_pending *p)
{
	uint32_t work_left = g->work_left;
	enum grub_flow flow;

	g->work_left = GRUB_ENTRY_WORK_MAX;
	g->has_kernel = g->has_config = false;
	g->in_entry = true;
	g->line = p->body_line;
	flow = grub_run(g, p->body, p->body_line);
	g->in_entry = false;
	g->work_left = work_left;
	return flow;
}

static enum grub_flow emit_entry(struct grub_state *g,
				 const struct grub_pending *p)
{
	begin_entry(g, p);
	if (is_refused(g, p)) {
		refuse(g, p->line);
		return emit(g);
	}
	if (run_body(g, p) >= GRUB_FAILED) {
		refuse(g, g->line);
	} else if (g->has_config) {
		return GRUB_NEXT;
	} else if (!g->has_kernel) {
		grub_fail(g, E_GRUB_NO_KERNEL, "\"%s\" boots nothing",
			  g->entry.title.text);
		refuse(g, p->line);
	}
	return emit(g);
}

/* --- menus in menus --- */

/* The body of a submenu, or a file that configfile named. A file counts as
 * followed until its entries are told: none of them leads to it again. */
static enum grub_flow run_menu(struct grub_state *g,
			       const struct grub_pending *p)
{
	uint32_t from = g->pending_count, file = g->config;
	enum grub_flow flow;

	if (p->is_submenu)
		flow = grub_run(g, p->body, p->body_line);
	else
		flow = grub_follow(g, file);
	if (flow == GRUB_FAILED)
		return flow;
	if (flow == GRUB_HALT) {
		g->result->ended = g->error.code;
		grub_note(g, g->line);
	}
	if (!p->is_submenu)
		g->files[file].is_active = true;
	flow = grub_emit(g, from);
	if (!p->is_submenu)
		g->files[file].is_active = false;
	return flow;
}

/* Tells a menu without entries as refused. */
static enum grub_flow emit_empty(struct grub_state *g,
				 const struct grub_pending *p)
{
	begin_entry(g, p);
	refuse(g, p->line);
	return emit(g);
}

/* Runs a menu one level deeper. */
static enum grub_flow descend(struct grub_state *g,
			      const struct grub_pending *p)
{
	uint32_t index_next = g->index_next, shown = g->shown_count;
	struct grub_scope scope = grub_enter(g, true);
	bool is_locked = g->is_locked;
	enum grub_flow flow;

	if (g->menu.len)
		text_add(&g->menu, " > ");
	text_add_safe(&g->menu, span_of_text(g->kept + p->args));
	g->depth++;
	g->index_next = g->shown_count = 0;
	g->is_locked |= p->asks_password;
	flow = run_menu(g, p);
	g->is_locked = is_locked;
	g->index_next = index_next;
	g->shown_count = shown;
	g->depth--;
	grub_leave(g, scope);
	return flow;
}

static enum grub_flow emit_menu(struct grub_state *g,
				const struct grub_pending *p)
{
	struct display title = display_of_text(g->kept + p->args);
	uint32_t told = g->result->entry_count;
	enum grub_flow flow;

	begin_entry(g, p);
	if (is_refused(g, p))
		flow = GRUB_FAILED;
	else if (g->depth == GRUB_DEPTH_MAX)
		flow = grub_fail(g, E_GRUB_DEPTH,
				 "\"%s\" is in more than %d menus and files",
				 title.text, GRUB_DEPTH_MAX);
	else
		flow = descend(g, p);
	if (flow == GRUB_HALT)
		return flow;
	if (p->why != OK) {
		fail(&g->error, p->why, "the submenu \"%s\" has no \"}\"",
		     title.text);
		grub_note(g, p->line);
	}
	if (g->result->entry_count > told)
		return GRUB_NEXT;
	if (flow == GRUB_NEXT)
		grub_fail(g, E_GRUB_NO_KERNEL, "the menu \"%s\" has no entries",
			  title.text);
	return emit_empty(g, p);
}

static enum grub_flow emit_pending(struct grub_state *g,
				   const struct grub_pending *p)
{
	struct grub_args args = g->args;
	struct grub_scope scope = grub_enter(g, false);
	struct names before = push_names(g, p);
	uint32_t file = g->file;
	enum grub_flow flow;
	bool is_menu;

	g->args.first = g->kept + p->args;
	g->args.count = p->arg_count;
	g->file = p->file;
	is_menu = p->is_submenu;
	flow = GRUB_NEXT;
	if (!is_menu) {
		g->has_config = false;
		flow = emit_entry(g, p);
		is_menu = flow == GRUB_NEXT && g->has_config;
	}
	if (is_menu)
		flow = emit_menu(g, p);
	pop_names(g, &before);
	g->args = args;
	g->file = file;
	grub_leave(g, scope);
	return flow;
}

enum grub_flow grub_emit(struct grub_state *g, uint32_t from)
{
	uint32_t to = g->pending_count;
	enum grub_flow flow = GRUB_NEXT;
	uint32_t kept = from < to ? g->pending[from].args : g->kept_used;

	for (uint32_t i = from; i < to && flow == GRUB_NEXT; i++) {
		struct grub_pending p = g->pending[i];

		flow = emit_pending(g, &p);
	}
	g->pending_count = from;
	g->kept_used = kept;
	return flow;
}

enum grub_flow grub_follow_config(struct grub_state *g, uint32_t file)
{
	uint32_t from = g->pending_count, told = g->result->entry_count;
	struct grub_scope scope = grub_enter(g, true);
	enum grub_flow flow = grub_follow(g, file), emitted = GRUB_NEXT;

	if (flow == GRUB_HALT) {
		g->result->ended = g->error.code;
		grub_note(g, g->line);
	}
	if (flow != GRUB_FAILED) {
		g->files[file].is_active = true;
		emitted = grub_emit(g, from);
		g->files[file].is_active = false;
	}
	if (!g->has_result && !g->index.len &&
	    (g->result->entry_count > told || g->result->uses_blscfg)) {
		grub_capture(g);
		g->has_result = true;
	}
	grub_leave(g, scope);
	return emitted == GRUB_NEXT ? flow : emitted;
}
