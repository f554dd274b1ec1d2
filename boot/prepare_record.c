#include "prepare_parts.h"

#include <string.h>

/* What a probe says is not believed, and most of it need not be: bytes are
 * verified, and a manifest knows the set. Two kinds count without one: an image
 * by its own signature, a configured entry by the image's configuration. For
 * them the record must not have other parts than those. */

static enum status fail_record(const struct found *found, const char *says,
			       const char *is, struct error *err)
{
	return fail(err, E_PROBE_PROTOCOL, "%s: its probe says %s, %s",
		    display_of_text(found->path).text,
		    display_of_text(says).text, display_of_text(is).text);
}

/* --- images ------------------------------------------------------------------
 */

/* Nothing but what stands beside it: no part of a loose entry. */
static enum status check_image(const struct found *found, struct error *err)
{
	static const enum file_role loose[] = { FILE_INITRD, FILE_DEVICETREE,
						FILE_OVERLAY, FILE_EXTRA };
	static const char none[] = "an image has none of its own entry's";

	for (size_t i = 0; i < sizeof(loose) / sizeof(loose[0]); i++)
		if (found_file(found, loose[i], 0))
			return fail_record(found, found_role_name(loose[i]),
					   none, err);
	return found->has_options ? fail_record(found, "options", none, err)
				  : OK;
}

/* --- configured entries ------------------------------------------------------
 */

/* The files of a role are those of the entry, in its order. */
static enum status check_paths(const struct found *found, enum file_role role,
			       const char (*paths)[BLS_PATH_MAX],
			       uint32_t count, struct error *err)
{
	uint32_t have = found_file_count(found, role);

	if (have != count)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: its probe names %u files that are %s, the "
			    "configured entry has %u",
			    display_of_text(found->path).text, have,
			    found_role_name(role), count);
	for (uint32_t i = 0; i < count; i++) {
		const char *path = found_file(found, role, i)->path;

		if (strcmp(path, paths[i]) != 0)
			return fail_record(found, path, paths[i], err);
	}
	return OK;
}

static enum status check_configured(const struct found *found,
				    const struct bls_entry *e,
				    struct error *err)
{
	const char(*kernel)[BLS_PATH_MAX] =
		e->kind == BLS_UKI ? &e->uki : &e->kernel;
	enum status s = check_paths(found, FILE_KERNEL, kernel, 1, err);

	if (s == OK)
		s = check_paths(found, FILE_INITRD, e->initrds, e->initrd_count,
				err);
	if (s == OK)
		s = check_paths(found, FILE_DEVICETREE, &e->devicetree,
				e->devicetree[0] ? 1 : 0, err);
	if (s == OK)
		s = check_paths(found, FILE_OVERLAY, e->overlays,
				e->overlay_count, err);
	if (s == OK)
		s = check_paths(found, FILE_EXTRA, e->extras, e->extra_count,
				err);
	if (s == OK && found->profile != e->profile)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: its probe says profile %u, the configured "
			    "entry has %u",
			    display_of_text(found->path).text, found->profile,
			    e->profile);
	return s;
}

enum status prepare_check_record(const struct preparation *p, struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct configured *all = p->scan->configured;

	if (p->is_image)
		return check_image(found, err);
	switch (found->kind) {
	case FOUND_CONFIGURED:
		return check_configured(found, &all[found->configured].entry,
					err);
	case FOUND_TYPE1:
	case FOUND_GRUB:
	case FOUND_EXTLINUX:
		return OK;
	case FOUND_UKI:
	case FOUND_FALLBACK:
	case FOUND_KERNEL:
	case FOUND_NETWORK:
	case FOUND_OWN:
	case FOUND_PLACE:
	case FOUND_REVOCATIONS:
	case FOUND_KIND_COUNT:
		break;
	}
	return fail(err, E_PROBE_PROTOCOL, "%s: its record is not of an entry",
		    display_of_text(found->path).text);
}
