/*
 * Other files that a grub.cfg leads to: scripts it goes on with, and
 * environment blocks.
 */
#include "format/grub_state.h"

#include "format/grubenv.h"

#include <string.h>

static struct grub_file *known_file(struct grub_state *g,
				    const struct grub_path *path)
{
	for (uint32_t i = 0; i < g->file_count; i++)
		if (g->files[i].volume == path->volume &&
		    !strcmp(g->files[i].path, path->path))
			return &g->files[i];
	return NULL;
}

/* Reads a file, or finds it again. */
static enum grub_flow find_file(struct grub_state *g, const char *text,
				struct grub_file **ret)
{
	struct grub_path path;
	struct grub_file *file;

	if (grub_resolve(g, text, &path, &g->error) != OK)
		return GRUB_FAILED;
	file = known_file(g, &path);
	if (!file) {
		if (g->file_count == GRUB_FILES_MAX)
			return grub_fail(g, E_GRUB_FILES,
					 "%s would be file %d, the most are %d",
					 display_of_text(path.path).text,
					 GRUB_FILES_MAX + 1, GRUB_FILES_MAX);
		file = &g->files[g->file_count++];
		*file = (struct grub_file){ .volume = path.volume };
		memcpy(file->path, path.path, sizeof(file->path));
		file->is_read = g->ops->load(g->ops->ctx, path.volume,
					     path.path, &file->text);
		grub_work(g, 1000); /* a file is dearer than a command */
	}
	*ret = file;
	if (!file->is_read)
		return grub_fail(g, E_GRUB_READ, "%s cannot be read",
				 display_of_text(file->path).text);
	return GRUB_NEXT;
}

enum grub_flow grub_find_file(struct grub_state *g, const char *path,
			      uint32_t *ret_file)
{
	struct grub_file *file = NULL;
	enum grub_flow flow = find_file(g, path, &file);

	if (flow != GRUB_NEXT || !file)
		return flow;
	if (file->text.len > GRUB_TEXT_MAX)
		return grub_fail(g, E_GRUB_TOO_LONG,
				 "%s has %zu bytes, the most are %u",
				 display_of_text(file->path).text,
				 file->text.len, GRUB_TEXT_MAX);
	*ret_file = (uint32_t)(file - g->files);
	return GRUB_NEXT;
}

enum grub_flow grub_follow(struct grub_state *g, uint32_t file)
{
	uint32_t before = g->file;
	enum grub_flow flow;

	if (g->files[file].is_active)
		return grub_fail(g, E_GRUB_FILE_LOOP, "%s leads to itself",
				 display_of_text(g->files[file].path).text);
	g->files[file].is_active = true;
	g->file = file;
	flow = grub_run(g, g->files[file].text, 1);
	g->file = before;
	g->files[file].is_active = false;
	return flow;
}

/* What load_env is told: a file, and which variables are wanted. */
struct load {
	const char *file;
	uint32_t first_name; /* of the words; the count of them if all are */
};

static enum grub_flow take_options(struct grub_state *g,
				   const struct grub_command *c,
				   struct load *ret)
{
	uint32_t i;

	ret->file = NULL;
	for (i = 1; i < c->count && grub_word(g, c, i)[0] == '-'; i++) {
		const char *w = grub_word(g, c, i);

		if (!strcmp(w, "-s") || !strcmp(w, "--skip-sig"))
			continue;
		if (!strncmp(w, "--file=", 7))
			ret->file = w + 7;
		else if ((!strcmp(w, "-f") || !strcmp(w, "--file")) &&
			 i + 1 < c->count)
			ret->file = grub_word(g, c, ++i);
		else
			return grub_fail(g, E_GRUB_ARGUMENT,
					 "load_env has the option \"%s\", "
					 "which is not known",
					 display_of_text(w).text);
	}
	ret->first_name = i;
	return GRUB_NEXT;
}

static bool is_wanted(const struct grub_state *g, const struct grub_command *c,
		      const struct load *load, const char *name)
{
	for (uint32_t i = load->first_name; i < c->count; i++)
		if (!strcmp(grub_word(g, c, i), name))
			return true;
	return load->first_name == c->count;
}

static enum grub_flow set_variable(struct grub_state *g,
				   const struct grubenv_variable *v)
{
	if (!strcmp(v->name, "next_entry")) {
		struct text t = text_over(g->next_entry, sizeof(g->next_entry));

		if (g->source->ignore_once)
			return GRUB_NEXT;
		text_add(&t, v->value);
	}
	return grub_set_text(g, v->name, v->value);
}

static enum grub_flow load(struct grub_state *g, const struct grub_command *c,
			   const struct load *load, struct span block)
{
	struct grubenv_variable v;
	struct grubenv_cursor cur;
	enum grub_flow flow = GRUB_NEXT;

	if (grubenv_open(block, &cur, &g->error) != OK)
		return GRUB_FAILED;
	while (flow == GRUB_NEXT) {
		bool found;

		grub_work(g, 1);
		if (grubenv_next(&cur, &v, &found, &g->error) != OK) {
			grub_note(g, g->line);
			continue;
		}
		if (!found)
			return GRUB_NEXT;
		if (is_wanted(g, c, load, v.name))
			flow = set_variable(g, &v);
	}
	return flow;
}

enum grub_flow grub_load_env(struct grub_state *g, const struct grub_command *c)
{
	const char *prefix = grub_get_text(g, "prefix");
	char path[GRUB_PATH_MAX + 32];
	struct grub_file *file = NULL;
	struct load l = { 0 };
	enum grub_flow flow;

	flow = take_options(g, c, &l);
	if (flow == GRUB_NEXT && !l.file) {
		struct text t = text_over(path, sizeof(path));

		text_addf(&t, "%s/grubenv", prefix ? prefix : "");
		l.file = path;
	}
	if (flow == GRUB_NEXT)
		flow = find_file(g, l.file, &file);
	if (flow == GRUB_NEXT && file)
		flow = load(g, c, &l, file->text);
	return flow;
}
