#include "candidate_parts.h"

#include "companions.h"
#include "format/entry_name.h"
#include "found_network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A path as the entry has it, else as it would be seen from the folder that is
 * mounted as /boot on the running system. */
static enum status keep_path(const struct candidate_look *look,
			     const char *prefix, const char *path,
			     enum file_role role, struct found *found,
			     struct error *err)
{
	char under[FOUND_PATH_MAX];
	enum status s =
		candidate_keep(look, look->volume, path, role, found, err);

	if (s == E_VOLUME_NOT_FOUND && prefix[0] &&
	    (size_t)snprintf(under, sizeof(under), "%s%s", prefix, path) <
		    sizeof(under))
		s = candidate_keep(look, look->volume, under, role, found, err);
	if (s == E_VOLUME_NOT_FOUND)
		return fail(err, E_ENTRY_FILE_MISSING, "its %s %s is not there",
			    found_role_name(role), path);
	return s;
}

static enum status keep_paths(const struct candidate_look *look,
			      const char *prefix,
			      const char (*paths)[BLS_PATH_MAX], uint32_t count,
			      enum file_role role, struct found *found,
			      struct error *err)
{
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < count; i++)
		s = keep_path(look, prefix, paths[i], role, found, err);
	return s;
}

static enum status keep_loose_files(const struct candidate_look *look,
				    const char *prefix,
				    const struct bls_entry *e,
				    struct found *found, struct error *err)
{
	const char *kernel = e->uki[0] ? e->uki : e->kernel;
	enum status s;

	s = keep_path(look, prefix, kernel, FILE_KERNEL, found, err);
	if (s == OK)
		s = keep_paths(look, prefix, e->initrds, e->initrd_count,
			       FILE_INITRD, found, err);
	if (s == OK && e->devicetree[0])
		s = keep_path(look, prefix, e->devicetree, FILE_DEVICETREE,
			      found, err);
	if (s == OK)
		s = keep_paths(look, prefix, e->overlays, e->overlay_count,
			       FILE_OVERLAY, found, err);
	if (s == OK)
		s = keep_paths(look, prefix, e->extras, e->extra_count,
			       FILE_EXTRA, found, err);
	return s;
}

/* What stands beside them and may count. */
static void keep_companions(const struct candidate_look *look,
			    const struct bls_entry *e, struct found *found)
{
	candidate_keep_manifest(look, found);
	if (e->kind == BLS_UKI || e->kind == BLS_EFI)
		companions_add(look, found->files[0].path, found);
}

static void describe(struct found *found, const struct bls_entry *e)
{
	found->title = e->title;
	found->version = e->version;
	found->sort_key = e->sort_key;
	found->machine_id = e->machine_id;
	if (!found->title.text[0])
		found->title = display_of_text(found->id);
}

/* A configured entry is offered on every volume that has its kernel; one whose
 * kernel is there and another file is not gets listed with the reason. */
void candidate_look_at_configured(const struct candidate_look *look,
				  uint32_t index)
{
	const struct configured *configured = &look->rules->configured[index];
	struct found *found = candidate_make(look, FOUND_CONFIGURED);
	struct error err;

	if (!found)
		return;
	found->configured = index;
	found->profile = configured->entry.profile;
	found->is_automatic = true;
	snprintf(found->id, sizeof(found->id), "%s", configured->id);
	describe(found, &configured->entry);
	if (keep_loose_files(look, "", &configured->entry, found, &err) != OK ||
	    candidate_check_kernel(look->volume, found, &err) != OK)
		candidate_refuse(found, &err);
	if (found->file_count) {
		snprintf(found->path, sizeof(found->path), "%s",
			 found->files[0].path);
		keep_companions(look, &configured->entry, found);
		candidate_emit(look, found);
	}
	free(found);
}

/* --- type 1 ----------------------------------------------------------------
 */

static enum status check_architecture(const char *architecture,
				      struct error *err)
{
	if (candidate_is_for_us(architecture))
		return OK;
	return fail(err, E_ENTRY_MACHINE, "it is for %s, this machine is %s",
		    display_of_text(architecture).text,
		    candidate_architecture());
}

/* Beside it, with its name as it is without a counter. */
static void keep_signature(const struct candidate_look *look,
			   struct found *found)
{
	int folder = (int)(candidate_base_name(found->path) - found->path);
	char path[FOUND_PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%.*s%s%s", folder,
			     found->path, found->id,
			     CANDIDATE_SIGNATURE_END) < sizeof(path))
		(void)!candidate_keep(look, look->volume, path,
				      FILE_ENTRY_SIGNATURE, found, NULL);
}

/* Its files come from the network: its text is what the disk has. */
static enum status take_network_entry(const struct candidate_look *look,
				      struct span text, struct found *found,
				      struct error *err)
{
	struct net_entry *e = malloc(sizeof(*e));
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	s = net_entry_parse(text, false, NULL, NULL, e, err);
	if (s == OK)
		s = candidate_keep_sized(look, look->volume, found->path,
					 text.len, FILE_ENTRY, found, err);
	if (s == OK) {
		keep_signature(look, found);
		found_describe_network(found, e, found->files[0].handle);
		s = check_architecture(e->architecture, err);
	}
	free(e);
	return s;
}

static enum status take_entry(const struct candidate_look *look,
			      const char *prefix, struct span text,
			      const struct bls_variables *variables,
			      struct found *found, struct error *err)
{
	struct bls_entry *e = malloc(sizeof(*e));
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	s = bls_parse(text, variables, e, err);
	if (s == OK) {
		describe(found, e);
		found->is_file_default =
			candidate_grub_names(look->grub, look, found);
		found->profile = e->profile;
		found->has_options = e->options[0];
		snprintf(found->options, sizeof(found->options), "%s",
			 e->options);
		s = check_architecture(e->architecture, err);
	}
	if (s == OK)
		s = keep_loose_files(look, prefix, e, found, err);
	if (s == OK)
		s = candidate_check_kernel(look->volume, found, err);
	if (s == OK)
		keep_companions(look, e, found);
	free(e);
	return s;
}

static void look_at_entry(const struct candidate_look *look, const char *prefix,
			  const char *path,
			  const struct bls_variables *variables, char *buf)
{
	struct found *found = candidate_make(look, FOUND_TYPE1);
	struct span text;
	struct error err;
	enum status s;

	if (!found)
		return;
	candidate_name(found, path, span_of_text(""));
	found->title = display_of_text(found->id);
	found->is_automatic = true;
	s = candidate_read_text(look->volume, path, buf, BLS_TEXT_MAX, &text,
				&err);
	found->fingerprint = candidate_hash(CANDIDATE_HASH, text.ptr, text.len);
	if (s == OK && net_entry_is(text))
		s = take_network_entry(look, text, found, &err);
	else if (s == OK)
		s = take_entry(look, prefix, text, variables, found, &err);
	if (s != OK)
		candidate_refuse(found, &err);
	candidate_emit(look, found);
	free(found);
}

/* The variables that the entries of a folder may use, NULL for none: they are
 * GRUB's where a grub.cfg reads them and the folder does not say that it holds
 * plain entries. */
static const struct bls_variables *
variables_of(const struct candidate_look *look, const char *prefix,
	     struct bls_variables *room, char *buf)
{
	char path[64];
	struct span text;

	snprintf(path, sizeof(path), "%s/loader/entries.srel", prefix);
	if (candidate_read_text(look->volume, path, buf, BLS_TEXT_MAX, &text,
				NULL) == OK &&
	    bls_srel_is_type1(text))
		return NULL;
	return candidate_grub_variables(look->grub, look, room) ? room : NULL;
}

static void look_at_entries(const struct candidate_look *look,
			    const char *prefix)
{
	const struct bls_variables *variables = NULL;
	struct bls_variables room;
	_drop_volume_list_ struct volume_list list = { 0 };
	char folder[64], path[FOUND_PATH_MAX];
	char *buf = malloc(BLS_TEXT_MAX);
	struct error err;
	enum status s;

	snprintf(folder, sizeof(folder), "%s/loader/entries", prefix);
	s = buf ? volume_list(look->volume, folder, &list, &err)
		: fail(&err, E_NO_MEMORY, "no memory for entries");
	if (s != OK && s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
		look->sink->note(look->sink->ctx, err.text);
	if (s == OK)
		variables = variables_of(look, prefix, &room, buf);
	for (size_t i = 0;
	     s == OK && i < list.count && candidate_has_time(look); i++) {
		const struct volume_entry *e = &list.entries[i];

		if (e->type == VOLUME_FILE &&
		    entry_name_kind(span_of_text(e->name)) == ENTRY_NAME_CONF &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", folder,
				     e->name) < sizeof(path))
			look_at_entry(look, prefix, path, variables, buf);
	}
	if (list.cut)
		look->sink->note(look->sink->ctx,
				 "/loader/entries has too many names; only the "
				 "first were looked at");
	free(buf);
}

void candidate_look_at_type1(const struct candidate_look *look)
{
	/* Below a root, and below the subvolume of a btrfs that holds one. */
	static const char *const roots[] = { "/boot", "/@", "/@/boot", "/root",
					     "/root/boot" };

	look_at_entries(look, "");
	for (size_t i = 0; look->place->kind == PLACE_FOREIGN &&
			   i < sizeof(roots) / sizeof(*roots);
	     i++)
		look_at_entries(look, roots[i]);
}
