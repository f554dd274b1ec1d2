/*
 * What the grub.cfg files of a disk offer. They are read before anything else
 * of it, for entries of the Boot Loader Specification may be written for GRUB's
 * variables.
 */
#include "candidate_files.h"
#include "candidate_parts.h"

#include "format/grubcfg.h"
#include "format/grubenv.h"
#include "format/pe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define CONFIGS_MAX 8 /* of one disk */

/* Where distributions have it on a volume of its own or a root file system. */
static const char *const usual_paths[] = {
	"/boot/grub/grub.cfg",
	"/grub/grub.cfg",
	"/boot/grub2/grub.cfg",
	"/grub2/grub.cfg",
	/* of a btrfs whose subvolume is the root */
	"/@/boot/grub/grub.cfg",
	"/root/boot/grub2/grub.cfg",
};

struct grub_item {
	struct grub_item *next;
	struct grub_entry entry;
};

/* One grub.cfg that nothing else leads to. */
struct grub_config {
	uint32_t volume;
	char path[GRUB_PATH_MAX];
	struct grub_state *state;
	struct grub_result result;
	struct grub_item *items, **last;
};

struct block_variables {
	struct span text;
	char value[GRUBENV_VALUE_MAX];
};

struct candidate_grub {
	const struct candidate_look *look;
	struct candidate_files files;
	uint32_t count;
	struct grub_config configs[CONFIGS_MAX];
	struct block_variables block;
	bool leads_elsewhere; /* the one being read, to one that was read */
};

/* --- what the script asks --------------------------------------------------
 */

static bool is_volume(const struct candidate_grub *g, int volume)
{
	return volume >= 0 && (uint32_t)volume < g->look->volume_count;
}

static bool read_file(void *ctx, int volume, const char *path, struct span *ret)
{
	struct candidate_grub *g = ctx;
	const struct candidate_file *f;

	if (!is_volume(g, volume) || !candidate_has_time(g->look) ||
	    candidate_files_get(&g->files, g->look->volumes, (uint32_t)volume,
				path, GRUB_TEXT_MAX, &f, NULL) != OK)
		return false;
	for (uint32_t i = 0; i < g->count; i++)
		if (g->configs[i].volume == (uint32_t)volume &&
		    !strcmp(g->configs[i].path, path))
			g->leads_elsewhere = true;
	*ret = f->text;
	return true;
}

static enum grub_file_kind kind_of(void *ctx, int volume, const char *path)
{
	struct candidate_grub *g = ctx;
	_drop_volume_list_ struct volume_list list = { 0 };
	const struct volume *v;
	uint64_t size;
	int fd;

	if (!is_volume(g, volume) || !candidate_has_time(g->look))
		return GRUB_FILE_NONE;
	v = &g->look->volumes[volume].volume;
	if (volume_open(v, path, &fd, &size, NULL) == OK) {
		close(fd);
		return size ? GRUB_FILE_FULL : GRUB_FILE_EMPTY;
	}
	return volume_list(v, path, &list, NULL) == OK ? GRUB_FILE_FOLDER
						       : GRUB_FILE_NONE;
}

static bool is_it(struct candidate_grub *g, uint32_t volume,
		  enum grub_search_kind kind, const char *what)
{
	const struct place *p = &g->look->volumes[volume].place;

	switch (kind) {
	case GRUB_SEARCH_UUID:
		return p->fs_uuid[0] && !strcasecmp(p->fs_uuid, what);
	case GRUB_SEARCH_LABEL:
		return p->fs_label[0] && !strcmp(p->fs_label, what);
	case GRUB_SEARCH_FILE:
		break;
	}
	return kind_of(g, (int)volume, what) != GRUB_FILE_NONE;
}

static int search(void *ctx, enum grub_search_kind kind, const char *what)
{
	struct candidate_grub *g = ctx;

	for (uint32_t i = 0; i < g->look->volume_count; i++)
		if (is_it(g, i, kind, what))
			return (int)i;
	return -1;
}

/* The digits a name ends with, 0 for none. */
static unsigned long number_at_end(const char *name)
{
	const char *end = name + strlen(name), *at = end;

	while (at > name && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return at < end ? strtoul(at, NULL, 10) : 0;
}

/* GRUB numbers disks in its firmware's order, which is not known here; a
 * partition is looked for on the disk that the file is on. */
static int device(void *ctx, const char *name)
{
	struct candidate_grub *g = ctx;
	const char *comma = strchr(name, ',');
	unsigned long number = comma ? number_at_end(comma) : 0;

	if (strncmp(name, "hd", 2) != 0 || !number)
		return -1;
	for (uint32_t i = 0; i < g->look->volume_count; i++)
		if (number_at_end(g->look->volumes[i].place.name) == number)
			return (int)i;
	return -1;
}

static void take_entry(void *ctx, const struct grub_entry *entry)
{
	struct candidate_grub *g = ctx;
	struct grub_config *config = &g->configs[g->count];
	struct grub_item *item = malloc(sizeof(*item));

	if (!item) {
		g->look->sink->note(g->look->sink->ctx,
				    "no memory for an entry of grub.cfg");
		return;
	}
	item->entry = *entry;
	item->next = NULL;
	*config->last = item;
	config->last = &item->next;
}

static void take_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct candidate_grub *g = ctx;

	candidate_note(g->look, file, line, why);
}

/* --- reading ---------------------------------------------------------------
 */

static const char *grub_cpu(void)
{
	return pe_machine_native() == PE_MACHINE_ARM64 ? "arm64" : "x86_64";
}

static void drop_config(struct grub_config *config)
{
	while (config->items) {
		struct grub_item *next = config->items->next;

		free(config->items);
		config->items = next;
	}
	free(config->state);
	memset(config, 0, sizeof(*config));
}

static void evaluate(struct candidate_grub *g, uint32_t volume,
		     const struct candidate_file *file)
{
	const struct grub_ops ops = { .ctx = g,
				      .load = read_file,
				      .kind = kind_of,
				      .search = search,
				      .device = device,
				      .entry = take_entry,
				      .note = take_note };
	/* what GRUB would take once it would also forget, which is a write to
	 * a file system that is not ours */
	const struct grub_source source = { .volume = (int)volume,
					    .path = file->path,
					    .text = file->text,
					    .cpu = grub_cpu(),
					    .ignore_once = true };
	struct grub_config *config = &g->configs[g->count];
	struct error err;

	config->volume = volume;
	g->leads_elsewhere = false;
	if (!text_copy(config->path, sizeof(config->path), file->path))
		return;
	config->last = &config->items;
	config->state = malloc(grub_state_size());
	if (!config->state) {
		g->look->sink->note(g->look->sink->ctx,
				    "no memory to read a grub.cfg");
		return;
	}
	if (grub_evaluate(config->state, &source, &ops, &config->result,
			  &err) != OK)
		g->look->sink->note(g->look->sink->ctx, err.text);
	/* An ESP's grub.cfg that only finds the real one adds nothing. */
	if (g->leads_elsewhere)
		drop_config(config);
	else
		g->count++;
}

/* A file that another one has led to is part of that. */
static void look_at_config(struct candidate_grub *g, uint32_t volume,
			   const char *path)
{
	const struct candidate_file *file;
	struct error err;
	enum status s;

	if (g->count == CONFIGS_MAX || !candidate_has_time(g->look) ||
	    candidate_files_known(&g->files, volume, path))
		return;
	s = candidate_files_get(&g->files, g->look->volumes, volume, path,
				GRUB_TEXT_MAX, &file, &err);
	if (s == OK)
		evaluate(g, volume, file);
	else if (s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
		g->look->sink->note(g->look->sink->ctx, err.text);
}

static void look_at_vendors(struct candidate_grub *g, uint32_t volume)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	char path[GRUB_PATH_MAX];

	if (volume_list(&g->look->volumes[volume].volume, "/EFI", &list,
			NULL) != OK)
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.entries[i].type == VOLUME_FOLDER &&
		    (size_t)snprintf(path, sizeof(path), "/EFI/%s/grub.cfg",
				     list.entries[i].name) < sizeof(path))
			look_at_config(g, volume, path);
}

struct candidate_grub *candidate_grub_read(const struct candidate_look *look)
{
	struct candidate_grub *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->look = look;
	for (uint32_t i = 0; i < look->volume_count; i++)
		for (size_t k = 0;
		     k < sizeof(usual_paths) / sizeof(usual_paths[0]); k++)
			look_at_config(g, i, usual_paths[k]);
	for (uint32_t i = 0; i < look->volume_count; i++)
		look_at_vendors(g, i);
	g->look = NULL;
	return g;
}

void candidate_grub_drop(struct candidate_grub *g)
{
	if (!g)
		return;
	for (uint32_t i = 0; i < g->count; i++)
		drop_config(&g->configs[i]);
	candidate_files_drop(&g->files);
	free(g);
}

/* --- variables of BLS entries ----------------------------------------------
 */

static bool get_variable(void *ctx, struct span name, struct span *ret_value)
{
	const struct grub_config *config = ctx;
	char text[64];
	const char *value;

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	value = grub_variable(config->state, text);
	if (value)
		*ret_value = span_of_text(value);
	return value != NULL;
}

/* Where there is no grub.cfg to be seen: what its environment block says.
 * tuned's two variables are set in grub.cfg and empty as a rule. */
static bool get_from_block(void *ctx, struct span name, struct span *ret_value)
{
	struct block_variables *block = ctx;
	char text[GRUBENV_NAME_MAX];
	bool found = false;

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	if (grubenv_get(block->text, text, block->value, sizeof(block->value),
			&found, NULL) != OK)
		return false;
	if (!found && strncmp(text, "tuned_", 6) != 0)
		return false;
	*ret_value = span_of_text(block->value);
	return true;
}

static bool find_block(struct candidate_grub *g, uint32_t volume,
		       struct bls_variables *ret)
{
	static const char *const paths[] = { "/grub2/grubenv", "/grub/grubenv",
					     "/boot/grub2/grubenv",
					     "/boot/grub/grubenv" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const struct candidate_file *f;

		if (candidate_files_get(&g->files, g->look->volumes, volume,
					paths[i], GRUBENV_SIZE_MAX, &f,
					NULL) != OK)
			continue;
		g->block.text = f->text;
		*ret = (struct bls_variables){ .ctx = &g->block,
					       .get = get_from_block };
		return true;
	}
	return false;
}

static bool shows_entries_of(const struct grub_config *config, uint32_t volume)
{
	return config->result.uses_blscfg &&
	       (config->result.bls_volume < 0 ||
		(uint32_t)config->result.bls_volume == volume);
}

bool candidate_grub_names(const struct candidate_grub *g,
			  const struct candidate_look *look,
			  const struct found *found)
{
	const char *suffix = strrchr(found->id, '.');
	size_t len = suffix ? (size_t)(suffix - found->id) : strlen(found->id);

	for (uint32_t i = 0; g && i < g->count; i++) {
		const char *name = g->configs[i].result.default_entry;

		if (shows_entries_of(&g->configs[i], look->index) && name[0] &&
		    (!strcmp(name, found->title.text) ||
		     (strlen(name) == len &&
		      !strncasecmp(name, found->id, len))))
			return true;
	}
	return false;
}

bool candidate_grub_variables(struct candidate_grub *g,
			      const struct candidate_look *look,
			      struct bls_variables *ret)
{
	uint32_t volume = look->index;

	for (uint32_t i = 0; g && i < g->count; i++) {
		struct grub_config *config = &g->configs[i];

		if (!shows_entries_of(config, volume))
			continue;
		*ret = (struct bls_variables){ .ctx = config,
					       .get = get_variable,
					       .is_complete = true };
		return true;
	}
	if (!g)
		return false;
	g->look = look;
	return find_block(g, volume, ret);
}

/* --- entries ---------------------------------------------------------------
 */

static enum status keep(const struct candidate_look *look,
			const struct grub_path *path, enum file_role role,
			struct found *found, struct error *err)
{
	return candidate_keep(look, &look->volumes[path->volume].volume,
			      path->path, role, found, err);
}

static enum status keep_files(const struct candidate_look *look,
			      const struct grub_entry *e, struct found *found,
			      struct error *err)
{
	enum status s = keep(look, &e->kernel, FILE_KERNEL, found, err);

	for (uint32_t i = 0; s == OK && i < e->initrd_count; i++)
		s = keep(look, &e->initrds[i], FILE_INITRD, found, err);
	if (s == OK && e->devicetree.path[0])
		s = keep(look, &e->devicetree, FILE_DEVICETREE, found, err);
	return s;
}

static void describe(const struct grub_config *config,
		     const struct grub_entry *e, struct found *found)
{
	struct text title = text_over(found->title.text, DISPLAY_MAX);
	struct text id = text_over(found->id, sizeof(found->id));

	text_add_safe(&title, span_of_text(e->title.text));
	text_add_safe(&id, span_of_text(e->ids));
	found->file_id_len = (uint32_t)id.len;
	snprintf(found->path, sizeof(found->path), "%s", config->path);
	found->line = e->line;
	found->has_options = true;
	snprintf(found->options, sizeof(found->options), "%s", e->options);
	/* what stands in a submenu is a choice somebody makes */
	found->is_automatic = !e->menu.text[0] && !e->asks_password;
	if (config->result.default_entry[0] &&
	    grub_entry_is_named(e, config->result.default_entry)) {
		found->is_file_default = true;
		found->is_automatic = !e->asks_password;
	}
	found->fingerprint =
		candidate_hash(CANDIDATE_HASH, e->options, strlen(e->options));
}

static void emit(const struct candidate_look *look,
		 const struct grub_config *config, const struct grub_entry *e,
		 uint32_t rank)
{
	struct found *found = candidate_make(look, FOUND_GRUB);
	struct error err = { .code = e->why };

	if (!found)
		return;
	found->rank = rank;
	describe(config, e, found);
	if (e->why != OK)
		snprintf(err.text, sizeof(err.text), "%s", e->reason);
	else if (keep_files(look, e, found, &err) == OK &&
		 candidate_check_kernel(&look->volumes[e->kernel.volume].volume,
					found, &err) == OK)
		candidate_keep_manifest(look, found);
	if (err.code != OK)
		candidate_refuse(found, &err);
	candidate_emit(look, found);
	free(found);
}

void candidate_grub_emit(const struct candidate_grub *g,
			 const struct candidate_look *look, uint32_t volume)
{
	for (uint32_t i = 0; g && i < g->count; i++) {
		const struct grub_config *config = &g->configs[i];
		uint32_t rank = 0;

		if (config->volume != volume)
			continue;
		if (config->items)
			candidate_tell_timeout(look, config->result.timeout);
		for (const struct grub_item *item = config->items;
		     item && candidate_has_time(look); item = item->next)
			emit(look, config, &item->entry, rank++);
	}
}
