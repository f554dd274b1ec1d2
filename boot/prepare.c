#include "prepare.h"

#include "base/log.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What the steps share. */
struct preparation {
	struct scan *scan;
	const struct boot_entry *entry;
	const struct verify_context *verify;
	struct verified_manifest *manifest; /* NULL if there is none */
};

/* What verify_part() will want to know of a file. */
static enum hash_plan plan_of(const struct preparation *p,
			      enum manifest_role role)
{
	if (p->verify->mode == VERIFY_OFF)
		return HASH_PLAN_NOTHING;
	if (p->manifest)
		return HASH_PLAN_WHOLE;
	return role == MANIFEST_LINUX ? HASH_PLAN_IMAGE : HASH_PLAN_NOTHING;
}

static enum status read_file(struct preparation *p,
			     const struct found_file *file, enum hash_plan plan,
			     struct raw_image *ret, struct error *err)
{
	const struct image_request request = { .plan = plan };

	ret->blob = BLOB_NONE;
	return scan_read_with(p->scan, p->entry, file, &request, ret, err);
}

/* Under `warn` a manifest that does not hold is told and done without. */
static enum status only_warn(const struct preparation *p, enum status s,
			     const struct error *err)
{
	if (s == OK || p->verify->mode == VERIFY_ENFORCE)
		return s;
	log_warn("NOT VERIFIED, but verify = warn: %s", err->text);
	return OK;
}

static enum status check_size(const struct found_file *file, uint64_t max,
			      struct error *err)
{
	if (file->size <= max)
		return OK;
	return fail(err, E_MANIFEST_SIZE, "%s has %llu bytes, the most is %llu",
		    file->path, (unsigned long long)file->size,
		    (unsigned long long)max);
}

static enum status open_manifest(struct preparation *p, struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file = found_file(found, FILE_MANIFEST, 0);
	const struct found_file *detached =
		found_file(found, FILE_MANIFEST_SIGNATURE, 0);
	struct raw_image manifest, signature;
	enum status s;

	if (!file || !detached || p->verify->mode == VERIFY_OFF)
		return OK;
	s = check_size(file, MANIFEST_SIZE_MAX, err);
	if (s == OK)
		s = check_size(detached, PKCS7_SIZE_MAX, err);
	if (s == OK)
		s = read_file(p, file, HASH_PLAN_NOTHING, &manifest, err);
	if (s != OK)
		return only_warn(p, s, err);
	s = read_file(p, detached, HASH_PLAN_NOTHING, &signature, err);
	if (s != OK) {
		raw_image_drop(&manifest);
		return only_warn(p, s, err);
	}
	s = verify_manifest(&manifest, &signature, p->verify, &p->manifest,
			    err);
	return only_warn(p, s, err);
}

static enum status verify_part(struct preparation *p, struct raw_image *raw,
			       enum manifest_role role,
			       struct verified_image **ret, struct error *err)
{
	if (p->manifest)
		return verify_covered_file(raw, p->manifest, role, p->verify,
					   ret, err);
	if (role == MANIFEST_LINUX)
		return verify_image(raw, p->verify, ret, err);
	return verify_loose_file(raw, p->verify, ret, err);
}

static enum status add_part(struct preparation *p,
			    const struct found_file *file,
			    enum manifest_role role,
			    struct verified_image **ret, struct error *err)
{
	struct raw_image raw;
	enum status s = read_file(p, file, plan_of(p, role), &raw, err);

	if (s == OK)
		s = verify_part(p, &raw, role, ret, err);
	if (s == OK && verified_warning(*ret)[0])
		log_warn("NOT VERIFIED, but verify = warn: %s: %s", file->path,
			 verified_warning(*ret));
	return s;
}

static enum status add_parts(struct preparation *p,
			     struct load_request *request, struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file = found_file(found, FILE_KERNEL, 0);
	enum status s;

	if (!file)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: its probe names no "
			    "kernel",
			    found->path);
	s = add_part(p, file, MANIFEST_LINUX, &request->image, err);
	for (uint32_t i = 0; s == OK && i < LOAD_INITRDS_MAX; i++) {
		file = found_file(found, FILE_INITRD, i);
		if (!file)
			break;
		s = add_part(p, file, MANIFEST_INITRD, &request->initrds[i],
			     err);
		if (s == OK)
			request->initrd_count = i + 1;
	}
	file = found_file(found, FILE_DEVICETREE, 0);
	if (s == OK && file)
		s = add_part(p, file, MANIFEST_DEVICETREE, &request->dtb, err);
	return s;
}

static enum status close_manifest(struct preparation *p, struct span options,
				  struct error *err)
{
	enum status s;

	if (!p->manifest)
		return OK;
	s = verify_covered_options(p->manifest, options, err);
	if (s == OK)
		s = verify_manifest_end(p->manifest, err);
	return only_warn(p, s, err);
}

/* What a file of a disk says is worth nothing by itself. */
static enum status check_options(const struct preparation *p,
				 const struct load_request *request,
				 struct error *err)
{
	if (p->verify->mode != VERIFY_ENFORCE || p->manifest ||
	    p->entry->found.kind == FOUND_CONFIGURED || !request->options.len)
		return OK;
	return fail(err, E_VERIFY_UNCOVERED,
		    "%s: nothing vouches for its %zu bytes of options: a "
		    "signed manifest of the entry would (docs/secure-boot.md)",
		    p->entry->found.path, request->options.len);
}

static enum status prepare(struct preparation *p, struct load_request *request,
			   struct error *err)
{
	enum status s = open_manifest(p, err);

	if (s == OK)
		s = check_options(p, request, err);
	if (s == OK)
		s = add_parts(p, request, err);
	if (s == OK)
		s = close_manifest(p, request->options, err);
	verified_manifest_drop(&p->manifest);
	return s;
}

enum status prepare_entry(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config,
			  const struct verify_context *verify,
			  struct load_request *ret, struct error *err)
{
	struct preparation p = { .scan = scan, .verify = verify };
	/* Reading lets the list change, and the entry go with its disk. */
	struct boot_entry *copy;
	size_t len =
		offsetof(struct boot_entry, found) + found_size(&entry->found);
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (entry->found.why != OK)
		return fail(err, E_ENTRY_NOT_BOOTABLE, "%s: %s",
			    entry->found.path, entry->found.reason);
	copy = malloc(len);
	if (!copy)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	memcpy(copy, entry, len);
	p.entry = copy;
	if (copy->found.left_out_count)
		log_warn("left out, for nothing vouches for them: %s",
			 copy->found.left_out.text);
	ret->profile = copy->found.profile;
	ret->append = config->append;
	if (copy->found.kind == FOUND_CONFIGURED) {
		const char *options =
			scan->configured[copy->found.configured].entry.options;

		ret->options = span_of_text(options);
		ret->options_source = "options of the configured entry";
	} else if (copy->found.has_options) {
		ret->own_options = strdup(copy->found.options);
		ret->options =
			span_of_text(ret->own_options ? ret->own_options : "");
		ret->options_source = "options of the entry";
	}
	s = prepare(&p, ret, err);
	free(copy);
	if (s != OK)
		load_request_drop(ret);
	return s;
}
