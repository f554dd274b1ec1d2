#include "prepare_parts.h"

#include "base/log.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum status prepare_read(struct preparation *p, const struct found_file *file,
			 enum hash_plan plan, struct raw_image *ret,
			 struct error *err)
{
	const struct image_request request = {
		.plan = p->verify->mode == VERIFY_OFF ? HASH_PLAN_NOTHING
						      : plan,
	};

	ret->blob = BLOB_NONE;
	return scan_read_with(p->scan, p->entry, file, &request, ret, err);
}

enum status prepare_only_warn(const struct preparation *p, enum status s,
			      const struct error *err)
{
	if (s == OK || p->verify->mode == VERIFY_ENFORCE)
		return s;
	log_warn("NOT VERIFIED, but verify = warn: %s", err->text);
	return OK;
}

void prepare_tell_warning(const struct verified_image *image)
{
	if (verified_warning(image)[0])
		log_warn("NOT VERIFIED, but verify = warn: %s: %s",
			 verified_name(image), verified_warning(image));
}

/* --- the manifest ------------------------------------------------------------
 */

static enum status read_manifest(struct preparation *p,
				 const struct found_file *file, uint64_t max,
				 struct raw_image *ret, struct error *err)
{
	if (file->size > max)
		return fail(err, E_MANIFEST_SIZE,
			    "%s has %llu bytes, the most is %llu", file->path,
			    (unsigned long long)file->size,
			    (unsigned long long)max);
	return prepare_read(p, file, HASH_PLAN_NOTHING, ret, err);
}

static enum status take_manifest(struct preparation *p,
				 const struct found_file *file,
				 const struct found_file *detached,
				 struct error *err)
{
	struct raw_image manifest, signature;
	enum status s =
		read_manifest(p, file, MANIFEST_SIZE_MAX, &manifest, err);

	if (s != OK)
		return s;
	s = read_manifest(p, detached, PKCS7_SIZE_MAX, &signature, err);
	if (s != OK) {
		raw_image_drop(&manifest);
		return s;
	}
	return verify_manifest(&manifest, &signature, p->verify, &p->manifest,
			       err);
}

/* An image that has a signature of its own can do without. */
static enum status open_manifest(struct preparation *p, struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file = found_file(found, FILE_MANIFEST, 0);
	const struct found_file *detached =
		found_file(found, FILE_MANIFEST_SIGNATURE, 0);
	enum status s;

	if (!file || !detached || p->verify->mode == VERIFY_OFF)
		return OK;
	s = take_manifest(p, file, detached, err);
	if (s != OK && p->is_image) {
		load_note(&p->request->notes,
			  "the manifest beside it does not count: %s",
			  err->text);
		return OK;
	}
	return prepare_only_warn(p, s, err);
}

static enum status close_manifest(struct preparation *p, struct error *err)
{
	const char *options = p->request->options;
	enum status s;

	if (!p->manifest)
		return OK;
	if (p->is_image) {
		prepare_companions_end(p);
		return OK;
	}
	s = verify_covered_options(p->manifest,
				   span_of_text(options ? options : ""), err);
	if (s == OK)
		s = verify_manifest_end(p->manifest, err);
	return prepare_only_warn(p, s, err);
}

/* --- files -------------------------------------------------------------------
 */

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

enum status prepare_part(struct preparation *p, const struct found_file *file,
			 enum manifest_role role, struct verified_image **ret,
			 struct error *err)
{
	enum hash_plan plan = p->manifest	       ? HASH_PLAN_WHOLE
			      : role == MANIFEST_LINUX ? HASH_PLAN_IMAGE
						       : HASH_PLAN_NOTHING;
	struct raw_image raw;
	enum status s = prepare_read(p, file, plan, &raw, err);

	if (s == OK)
		s = verify_part(p, &raw, role, ret, err);
	if (s == OK)
		prepare_tell_warning(*ret);
	return s;
}

/* A manifest that is about another image says nothing about this one. */
static void bind_manifest(struct preparation *p)
{
	struct error err;

	if (!p->manifest ||
	    verify_covered_image(p->request->image, p->manifest, &err) == OK)
		return;
	load_note(&p->request->notes,
		  "the manifest beside it does not count: %s", err.text);
	verified_manifest_drop(&p->manifest);
}

static enum status add_image(struct preparation *p, struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file = found_file(found, FILE_KERNEL, 0);
	struct raw_image raw;
	enum status s;

	if (!file)
		return fail(err, E_PROBE_PROTOCOL,
			    "%s: its probe names no kernel", found->path);
	if (!p->is_image)
		return prepare_part(p, file, MANIFEST_LINUX, &p->request->image,
				    err);
	s = prepare_read(p, file, HASH_PLAN_IMAGE, &raw, err);
	if (s == OK)
		s = verify_image(&raw, p->verify, &p->request->image, err);
	if (s != OK)
		return s;
	prepare_tell_warning(p->request->image);
	bind_manifest(p);
	return OK;
}

/* All files of a role, of a loose entry. */
static enum status add_parts(struct preparation *p, enum file_role role,
			     enum manifest_role as, struct verified_image **ret,
			     uint32_t max, uint32_t *ret_count,
			     struct error *err)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file;
	enum status s = OK;

	while (s == OK && (file = found_file(found, role, *ret_count))) {
		if (*ret_count == max)
			return fail(err, E_ENTRY_NOT_BOOTABLE,
				    "%s: %s would be %s %u, the most is %u",
				    found->path, file->path,
				    found_role_name(role), max + 1, max);
		s = prepare_part(p, file, as, &ret[*ret_count], err);
		if (s == OK)
			++*ret_count;
	}
	return s;
}

static enum status add_loose(struct preparation *p, struct error *err)
{
	struct load_request *r = p->request;
	uint32_t dtbs = 0;
	enum status s = add_parts(p, FILE_INITRD, MANIFEST_INITRD, r->initrds,
				  LOAD_INITRDS_MAX, &r->initrd_count, err);

	if (s == OK)
		s = add_parts(p, FILE_DEVICETREE, MANIFEST_DEVICETREE, &r->dtb,
			      1, &dtbs, err);
	if (s == OK)
		s = add_parts(p, FILE_OVERLAY, MANIFEST_OVERLAY, r->overlays,
			      LOAD_OVERLAYS_MAX, &r->overlay_count, err);
	if (s == OK)
		s = prepare_extras(p, err);
	return s;
}

/* --- the order ---------------------------------------------------------------
 */

static enum status prepare_of_disk(struct preparation *p, struct error *err)
{
	enum status s = prepare_check_record(p, err);

	if (s == OK)
		s = open_manifest(p, err);
	if (s == OK)
		s = add_image(p, err);
	if (s == OK)
		s = prepare_thin(p, err);
	if (s == OK)
		s = prepare_options(p, err);
	if (s == OK)
		s = prepare_check_options(p, err);
	if (s == OK)
		s = add_loose(p, err);
	if (s == OK)
		prepare_companions(p);
	if (s == OK)
		s = close_manifest(p, err);
	if (s == OK)
		prepare_addons(p);
	return s;
}

static enum status prepare(struct preparation *p, struct error *err)
{
	enum status s = found_is_of_network(&p->entry->found)
				? prepare_network(p, err)
				: prepare_of_disk(p, err);

	if (s == OK)
		s = prepare_firmware(p, err);
	if (s == OK)
		s = prepare_consoles(p, err);
	if (s == OK)
		s = prepare_handover(p, err);
	verified_manifest_drop(&p->manifest);
	return s;
}

static bool is_image_of_its_own(enum found_kind kind)
{
	return kind == FOUND_UKI || kind == FOUND_FALLBACK ||
	       kind == FOUND_KERNEL || kind == FOUND_OWN;
}

/* Reading lets the list change, and the entry go with its disk. */
static struct boot_entry *copy_of(const struct boot_entry *entry)
{
	size_t len =
		offsetof(struct boot_entry, found) + found_size(&entry->found);
	struct boot_entry *copy = malloc(len);

	if (copy)
		memcpy(copy, entry, len);
	return copy;
}

enum status prepare_entry(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config,
			  const struct verify_context *verify,
			  struct load_request *ret, struct error *err)
{
	struct preparation p = {
		.scan = scan,
		.config = config,
		.verify = verify,
		.request = ret,
		.is_image = is_image_of_its_own(entry->found.kind),
	};
	struct boot_entry *copy;
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (entry->found.why != OK)
		return fail(err, E_ENTRY_NOT_BOOTABLE, "%s: %s",
			    entry->found.path, entry->found.reason);
	copy = copy_of(entry);
	if (!copy)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	p.entry = copy;
	if (copy->found.left_out_count)
		load_note(&ret->notes,
			  "%u companion%s cannot be taken along: %s",
			  copy->found.left_out_count,
			  copy->found.left_out_count == 1 ? "" : "s",
			  copy->found.left_out.text);
	ret->profile = copy->found.profile;
	ret->append = config->append;
	s = prepare(&p, err);
	free(copy);
	if (s != OK)
		load_request_drop(ret);
	return s;
}
