/*
 * What the extlinux.conf or syslinux.cfg of a volume offers.
 */
#include "candidate_files.h"
#include "candidate_parts.h"

#include "format/extlinux.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where syslinux, extlinux and U-Boot look; the first that is there counts. */
static const char *const usual_paths[] = {
	"/extlinux/extlinux.conf",
	"/boot/extlinux/extlinux.conf",
	"/boot/extlinux.conf",
	"/extlinux.conf",
	"/boot/syslinux/syslinux.cfg",
	"/syslinux/syslinux.cfg",
	"/syslinux.cfg",
	"/EFI/syslinux/syslinux.cfg",
};

struct label {
	struct label *next;
	struct extlinux_entry entry;
};

struct reading {
	const struct candidate_look *look;
	struct candidate_files files;
	const char *path;
	struct extlinux_result result;
	struct label *labels, **last;
};

static bool load_file(void *ctx, const char *path, struct span *ret)
{
	struct reading *r = ctx;
	const struct candidate_file *f;

	if (candidate_files_get(&r->files, r->look->volumes, r->look->index,
				path, EXTLINUX_TEXT_MAX, &f, NULL) != OK)
		return false;
	*ret = f->text;
	return true;
}

static void take_entry(void *ctx, const struct extlinux_entry *entry)
{
	struct reading *r = ctx;
	struct label *label = malloc(sizeof(*label));

	if (!label) {
		r->look->sink->note(r->look->sink->ctx,
				    "no memory for a label of extlinux.conf");
		return;
	}
	label->entry = *entry;
	label->next = NULL;
	*r->last = label;
	r->last = &label->next;
}

static void take_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct reading *r = ctx;

	candidate_note(r->look, file, line, why);
}

static enum status keep(const struct candidate_look *look, const char *path,
			enum file_role role, struct found *found,
			struct error *err)
{
	return candidate_keep(look, look->volume, path, role, found, err);
}

static enum status keep_files(const struct candidate_look *look,
			      const struct extlinux_entry *e,
			      struct found *found, struct error *err)
{
	enum status s = keep(look, e->kernel, FILE_KERNEL, found, err);

	for (uint32_t i = 0; s == OK && i < e->initrd_count; i++)
		s = keep(look, e->initrds[i], FILE_INITRD, found, err);
	if (s == OK && e->devicetree[0])
		s = keep(look, e->devicetree, FILE_DEVICETREE, found, err);
	for (uint32_t i = 0; s == OK && i < e->overlay_count; i++)
		s = keep(look, e->overlays[i], FILE_OVERLAY, found, err);
	if (s == OK)
		s = candidate_check_kernel(look->volume, found, err);
	return s;
}

static void describe(const struct reading *r, const struct extlinux_entry *e,
		     struct found *found)
{
	struct text id = text_over(found->id, sizeof(found->id));

	found->title = e->title;
	text_add_safe(&id, span_of_text(e->label));
	found->file_id_len = (uint32_t)id.len;
	snprintf(found->path, sizeof(found->path), "%s", r->path);
	found->line = e->line;
	found->has_options = e->options[0];
	snprintf(found->options, sizeof(found->options), "%s", e->options);
	/* what stands in a submenu is a choice somebody makes */
	found->is_automatic = !e->menu.text[0] && !e->asks_password;
	if (r->result.default_entry[0] &&
	    extlinux_entry_is_named(e, r->result.default_entry)) {
		found->is_file_default = true;
		found->is_automatic = !e->asks_password;
	}
	found->fingerprint =
		candidate_hash(CANDIDATE_HASH, e->options, strlen(e->options));
}

static void emit(const struct reading *r, const struct extlinux_entry *e,
		 uint32_t rank)
{
	struct found *found = candidate_make(r->look, FOUND_EXTLINUX);
	struct error err = { .code = e->why };

	if (!found)
		return;
	found->rank = rank;
	describe(r, e, found);
	if (e->why != OK)
		snprintf(err.text, sizeof(err.text), "%s", e->reason);
	else if (keep_files(r->look, e, found, &err) == OK)
		candidate_keep_manifest(r->look, found);
	if (err.code != OK)
		candidate_refuse(found, &err);
	candidate_emit(r->look, found);
	free(found);
}

static void read_config(struct reading *r, struct span text)
{
	const struct extlinux_ops ops = { .ctx = r,
					  .load = load_file,
					  .entry = take_entry,
					  .note = take_note };
	struct extlinux_state *state = malloc(extlinux_state_size());
	struct error err;
	uint32_t rank = 0;

	if (!state)
		fail(&err, E_NO_MEMORY, "no memory to read %s", r->path);
	if (!state || extlinux_evaluate(state, r->path, text, &ops, &r->result,
					&err) != OK)
		r->look->sink->note(r->look->sink->ctx, err.text);
	free(state);
	if (r->labels && r->result.timeout >= 0)
		candidate_tell_timeout(r->look, (r->result.timeout + 9) / 10);
	for (struct label *label = r->labels, *next; label; label = next) {
		next = label->next;
		if (candidate_has_time(r->look))
			emit(r, &label->entry, rank++);
		free(label);
	}
}

void candidate_look_at_extlinux(const struct candidate_look *look)
{
	struct reading r = { .look = look };
	const struct candidate_file *file;
	struct error err;
	enum status s = E_VOLUME_NOT_FOUND;

	r.last = &r.labels;
	for (size_t i = 0;
	     i < sizeof(usual_paths) / sizeof(usual_paths[0]) &&
	     (s == E_VOLUME_NOT_FOUND || s == E_VOLUME_NOT_FOLDER);
	     i++) {
		r.path = usual_paths[i];
		s = candidate_files_get(&r.files, look->volumes, look->index,
					r.path, EXTLINUX_TEXT_MAX, &file, &err);
	}
	if (s == OK)
		read_config(&r, file->text);
	else if (s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
		look->sink->note(look->sink->ctx, err.text);
	candidate_files_drop(&r.files);
}
