#include "prepare.h"

#include <stdlib.h>
#include <string.h>

static enum status read_kernel(struct scan *scan,
			       const struct boot_entry *entry,
			       const struct config *config,
			       struct load_request *request, struct error *err)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	enum status s = scan_read(scan, entry, &entry->found.kernel, &raw, err);

	if (s != OK)
		return s;
	return verify_image(&raw, &config->policy, &request->image, err);
}

static enum status read_loose(struct scan *scan, const struct boot_entry *entry,
			      const struct found_file *file,
			      const struct config *config,
			      struct verified_image **ret, struct error *err)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	enum status s = scan_read(scan, entry, file, &raw, err);

	if (s != OK)
		return s;
	return verify_loose_file(&raw, &config->policy, ret, err);
}

static enum status read_files(struct scan *scan, const struct boot_entry *entry,
			      const struct config *config,
			      struct load_request *request, struct error *err)
{
	const struct found *found = &entry->found;
	enum status s = read_kernel(scan, entry, config, request, err);

	for (uint32_t i = 0; s == OK && i < found->initrd_count; i++) {
		s = read_loose(scan, entry, &found->initrds[i], config,
			       &request->initrds[i], err);
		if (s == OK)
			request->initrd_count = i + 1;
	}
	if (s == OK && found->devicetree.path[0])
		s = read_loose(scan, entry, &found->devicetree, config,
			       &request->dtb, err);
	return s;
}

enum status prepare_entry(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config, struct load_request *ret,
			  struct error *err)
{
	/* Reading lets the list change, and the entry go with its disk. */
	struct boot_entry *copy;
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (entry->found.why != OK)
		return fail(err, E_ENTRY_NOT_BOOTABLE, "%s: %s",
			    entry->found.kernel.path, entry->found.reason);
	copy = malloc(sizeof(*copy));
	if (!copy)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	memcpy(copy, entry, sizeof(*copy));
	ret->profile = copy->found.profile;
	ret->append = config->append;
	if (copy->found.kind == CANDIDATE_CONFIGURED) {
		const char *options =
			scan->configured[copy->found.configured].entry.options;

		ret->options = span_of_text(options);
		ret->options_source = "options of the configured entry";
	}
	s = read_files(scan, copy, config, ret, err);
	free(copy);
	if (s != OK)
		load_request_drop(ret);
	return s;
}
