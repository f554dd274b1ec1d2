/*
 * `search` and `search.fs_uuid`, `search.fs_label`, `search.file` (GRUB manual,
 * section "search"): which volume a variable, as a rule root, names from now
 * on. Hints are about disks as firmware numbers them and are passed over.
 */
#include "format/grub_state.h"

#include "format/path.h"

#include <stdio.h>
#include <string.h>

struct search {
	enum grub_search_kind kind;
	const char *set;  /* the variable, NULL for none */
	const char *what; /* NULL if it is not named */
};

/* The text behind "--NAME=" or, in the next word, "--NAME"; NULL if the option
 * has none. */
static const char *option_value(const struct grub_state *g,
				const struct grub_command *c, uint32_t *i)
{
	const char *equals = strchr(grub_word(g, c, *i), '=');

	if (equals)
		return equals + 1;
	if (*i + 1 >= c->count || grub_word(g, c, *i + 1)[0] == '-')
		return NULL;
	return grub_word(g, c, ++*i);
}

static bool option_is(const char *word, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(word, name, len) && (!word[len] || word[len] == '=');
}

/* --fs-uuid, -u and the like; also with the value behind "=". */
static bool take_kind(const char *w, struct search *s)
{
	static const struct {
		const char *name;
		enum grub_search_kind kind;
	} kinds[] = {
		{ "--fs-uuid", GRUB_SEARCH_UUID },
		{ "-u", GRUB_SEARCH_UUID },
		{ "--label", GRUB_SEARCH_LABEL },
		{ "--fs-label", GRUB_SEARCH_LABEL },
		{ "-l", GRUB_SEARCH_LABEL },
		{ "--file", GRUB_SEARCH_FILE },
		{ "-f", GRUB_SEARCH_FILE },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!option_is(w, kinds[i].name))
			continue;
		s->kind = kinds[i].kind;
		if (strchr(w, '='))
			s->what = strchr(w, '=') + 1;
		return true;
	}
	return false;
}

static enum grub_flow take_option(struct grub_state *g,
				  const struct grub_command *c, uint32_t *i,
				  struct search *s)
{
	static const char *const ignored[] = { "--no-floppy", "-n",
					       "--efidisk-only", "-r",
					       "--root-dev-only" };
	const char *w = grub_word(g, c, *i);

	if (take_kind(w, s))
		return GRUB_NEXT;
	if (option_is(w, "--set") || option_is(w, "-s")) {
		s->set = option_value(g, c, i);
		if (!s->set)
			s->set = "root";
		return GRUB_NEXT;
	}
	if (!strncmp(w, "--hint", 6) || option_is(w, "-h")) {
		option_value(g, c, i);
		return GRUB_NEXT;
	}
	for (size_t k = 0; k < sizeof(ignored) / sizeof(ignored[0]); k++)
		if (!strcmp(w, ignored[k]))
			return GRUB_NEXT;
	return grub_fail(g, E_GRUB_ARGUMENT,
			 "search has the option \"%s\", which is not known",
			 display_of_text(w).text);
}

static enum grub_flow take_words(struct grub_state *g,
				 const struct grub_command *c, struct search *s)
{
	for (uint32_t i = 1; i < c->count; i++) {
		enum grub_flow flow;

		if (grub_word(g, c, i)[0] != '-') {
			if (!s->what)
				s->what = grub_word(g, c, i);
			continue;
		}
		flow = take_option(g, c, &i, s);
		if (flow != GRUB_NEXT)
			return flow;
	}
	if (!s->what && s->set) {
		s->what = s->set; /* --set VALUE, as GRUB once had it */
		s->set = "root";
	}
	return GRUB_NEXT;
}

static enum grub_search_kind kind_by_name(const char *command)
{
	return !strcmp(command, "search.fs_uuid")    ? GRUB_SEARCH_UUID
	       : !strcmp(command, "search.fs_label") ? GRUB_SEARCH_LABEL
						     : GRUB_SEARCH_FILE;
}

static int find(struct grub_state *g, const struct search *s)
{
	char path[GRUB_PATH_MAX];
	int volume;

	if (s->kind != GRUB_SEARCH_FILE)
		volume = g->ops->search(g->ops->ctx, s->kind, s->what);
	else if (s->what[0] != '/' ||
		 path_resolve("", span_of_text(s->what), path, sizeof(path)))
		volume = -1;
	else
		volume = g->ops->search(g->ops->ctx, s->kind, path);
	return grub_know_volume(g, volume) ? volume : -1;
}

static enum grub_flow search(struct grub_state *g, const struct search *s)
{
	char value[16];
	int volume;

	if (!s->kind || !s->what || !*s->what)
		return grub_fail(g, E_GRUB_ARGUMENT, "search lacks %s",
				 s->kind ? "what to search for"
					 : "--fs-uuid, --label or --file");
	grub_work(g, 100); /* all of them are asked */
	volume = find(g, s);
	g->answer = volume < 0 ? GRUB_FALSE : GRUB_TRUE;
	if (!s->set)
		return GRUB_NEXT;
	if (volume >= 0) {
		snprintf(value, sizeof(value), "vol%d", volume);
		return grub_set_text(g, s->set, value);
	}
	/* GRUB would go on with the root it had: another system's, maybe. */
	return strcmp(s->set, "root") != 0
		       ? GRUB_NEXT
		       : grub_lose_root(g, s->kind, s->what);
}

enum grub_flow grub_search(struct grub_state *g, const struct grub_command *c)
{
	struct search s = { 0 };
	enum grub_flow flow;

	if (!strcmp(grub_word(g, c, 0), "search")) {
		flow = take_words(g, c, &s);
		return flow == GRUB_NEXT ? search(g, &s) : flow;
	}
	s.kind = kind_by_name(grub_word(g, c, 0));
	s.what = c->count > 1 ? grub_word(g, c, 1) : NULL;
	s.set = c->count > 2 ? grub_word(g, c, 2) : NULL;
	return search(g, &s);
}
