/*
 * The commands of an entry that say what it boots: `linux`, `initrd` and
 * `devicetree`, under all their names. As in GRUB the last of each counts.
 */
#include "format/grub_state.h"

#include <string.h>

static enum grub_flow resolve(struct grub_state *g, const char *what,
			      const char *text, struct grub_path *ret)
{
	if (strpbrk(text, "*?"))
		return grub_fail(g, E_GRUB_WILDCARD,
				 "%s \"%s\" has a \"*\" or \"?\", which GRUB "
				 "would replace by the names of files",
				 what, display_of_text(text).text);
	if (grub_resolve(g, text, ret, &g->error) == OK)
		return GRUB_NEXT;
	fail_in(&g->error, E_GRUB_PATH, "%s", what);
	return GRUB_FAILED;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

/* One word of the command line, as GRUB writes it: in quotes if it has a
 * blank, and with a backslash before each quote and each backslash that does
 * not begin \xHH. */
static void add_option(struct text *t, const char *word)
{
	bool has_blank = strchr(word, ' ') != NULL;

	if (t->len)
		text_add_char(t, ' ');
	if (has_blank)
		text_add_char(t, '"');
	for (; *word; word++) {
		if (word[0] == '\\' && word[1] == 'x' && is_hex(word[2]) &&
		    is_hex(word[3])) {
			text_add_bytes(t, span_of(word, 4));
			word += 3;
			continue;
		}
		if (*word == '\\' || *word == '\'' || *word == '"')
			text_add_char(t, '\\');
		text_add_char(t, *word);
	}
	if (has_blank)
		text_add_char(t, '"');
}

static enum grub_flow set_options(struct grub_state *g,
				  const struct grub_command *c)
{
	struct text t = text_over(g->entry.options, sizeof(g->entry.options));

	for (uint32_t i = 2; i < c->count; i++) {
		const char *word = grub_word(g, c, i);

		for (const char *p = word; *p; p++)
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				return grub_fail(g, E_GRUB_OPTIONS_CONTROL,
						 "the options have the control "
						 "character 0x%02x",
						 (unsigned char)*p);
		if (*word)
			add_option(&t, word);
		if (t.cut)
			return grub_fail(g, E_GRUB_OPTIONS_LONG,
					 "the options are longer than %d bytes",
					 GRUB_OPTIONS_MAX - 1);
	}
	return GRUB_NEXT;
}

static enum grub_flow need_argument(struct grub_state *g,
				    const struct grub_command *c)
{
	if (c->count > 1)
		return GRUB_NEXT;
	return grub_fail(g, E_GRUB_ARGUMENT, "%s names no file",
			 display_of_text(grub_word(g, c, 0)).text);
}

enum grub_flow grub_linux(struct grub_state *g, const struct grub_command *c)
{
	enum grub_flow flow = need_argument(g, c);

	if (flow != GRUB_NEXT)
		return flow;
	g->has_kernel = true;
	g->entry.initrd_count = 0;
	flow = resolve(g, "linux", grub_word(g, c, 1), &g->entry.kernel);
	return flow == GRUB_NEXT ? set_options(g, c) : flow;
}

enum grub_flow grub_initrd(struct grub_state *g, const struct grub_command *c)
{
	enum grub_flow flow = need_argument(g, c);

	if (flow != GRUB_NEXT)
		return flow;
	if (!g->has_kernel)
		return grub_fail(g, E_GRUB_INITRD_FIRST,
				 "%s stands before linux",
				 display_of_text(grub_word(g, c, 0)).text);
	if (c->count - 1 > GRUB_INITRDS_MAX)
		return grub_fail(g, E_GRUB_INITRDS,
				 "initrd names %u files, the most are %d",
				 c->count - 1, GRUB_INITRDS_MAX);
	g->entry.initrd_count = 0;
	for (uint32_t i = 1; i < c->count; i++) {
		const char *path = grub_word(g, c, i);

		if (!*path)
			continue;
		if (!strncmp(path, "newc:", 5))
			return grub_fail(g, E_GRUB_KIND,
					 "initrd \"%s\" has GRUB pack a file",
					 display_of_text(path).text);
		flow = resolve(g, "initrd", path,
			       &g->entry.initrds[g->entry.initrd_count]);
		if (flow != GRUB_NEXT)
			return flow;
		g->entry.initrd_count++;
	}
	return GRUB_NEXT;
}

enum grub_flow grub_devicetree(struct grub_state *g,
			       const struct grub_command *c)
{
	if (c->count == 1) { /* takes the one before back */
		g->entry.devicetree = (struct grub_path){ .volume = -1 };
		return GRUB_NEXT;
	}
	return resolve(g, "devicetree", grub_word(g, c, 1),
		       &g->entry.devicetree);
}
