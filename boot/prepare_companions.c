#include "prepare_parts.h"

#include "load_plan.h"

#include <stdio.h>
#include <string.h>

/* --- credentials and extensions ----------------------------------------------
 */

static const struct {
	enum file_role role;
	enum manifest_role as;
	enum load_archive archive;
	uint32_t since; /* of systemd-stub */
} kinds[] = {
	{ FILE_CREDENTIAL, MANIFEST_CREDENTIAL, ARCHIVE_CREDENTIALS, 0 },
	{ FILE_CREDENTIAL_GLOBAL, MANIFEST_GLOBAL_CREDENTIAL,
	  ARCHIVE_GLOBAL_CREDENTIALS, 0 },
	{ FILE_SYSEXT, MANIFEST_SYSEXT, ARCHIVE_SYSEXT, 0 },
	{ FILE_SYSEXT_GLOBAL, MANIFEST_GLOBAL_SYSEXT, ARCHIVE_GLOBAL_SYSEXT,
	  STUB_GLOBAL_EXTENSIONS },
	/* To older stubs they are system extensions, as any .raw. */
	{ FILE_CONFEXT, MANIFEST_CONFEXT, ARCHIVE_CONFEXT, 0 },
	{ FILE_CONFEXT_GLOBAL, MANIFEST_GLOBAL_CONFEXT, ARCHIVE_GLOBAL_CONFEXT,
	  STUB_GLOBAL_EXTENSIONS },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

bool prepare_companion_role(enum file_role role, enum manifest_role *ret)
{
	for (size_t k = 0; k < KIND_COUNT; k++) {
		if (kinds[k].role != role)
			continue;
		*ret = kinds[k].as;
		return true;
	}
	return false;
}

static bool is_uki(const struct preparation *p)
{
	return verified_uki(p->request->image) != NULL;
}

static void note_left_out(struct preparation *p, const struct found_file *file,
			  const char *why)
{
	struct display path = display_of_text(file->path);

	/* A sentence of a door begins with the path. */
	if (!strncmp(why, file->path, strlen(file->path)))
		load_note(&p->request->notes, "%s left out: %s",
			  found_role_name(file->role), why);
	else
		load_note(&p->request->notes, "%s left out: %s: %s",
			  found_role_name(file->role), path.text, why);
}

static void note_too_old(struct preparation *p, const struct found_file *file,
			 uint32_t since)
{
	char why[128];

	snprintf(why, sizeof(why),
		 "systemd-stub knows it since version %u, the image has %u",
		 since, verified_uki(p->request->image)->stub_version);
	note_left_out(p, file, why);
}

static enum status take(struct preparation *p, const struct found_file *file,
			enum manifest_role role, struct load_companion *to,
			struct error *err)
{
	struct load_request *r = p->request;
	enum status s;

	if (r->companion_count == LOAD_COMPANIONS_MAX)
		return fail(err, E_ENTRY_NOT_BOOTABLE,
			    "it would be companion %d, the most is %d",
			    LOAD_COMPANIONS_MAX + 1, LOAD_COMPANIONS_MAX);
	s = prepare_part(p, file, role, &to->file, err);
	if (s == OK)
		r->companions[r->companion_count++] = *to;
	return s;
}

/* What the stub does not know has its row in the manifest all the same. */
static void pass_over(struct preparation *p, const struct found_file *file,
		      enum manifest_role role, uint32_t since)
{
	struct verified_image *image = NULL;
	struct error err;

	note_too_old(p, file, since);
	if (p->manifest && prepare_part(p, file, role, &image, &err) == OK)
		verified_image_drop(&image);
}

void prepare_companions(struct preparation *p)
{
	const struct found *found = &p->entry->found;
	const struct found_file *file;

	for (size_t k = 0; is_uki(p) && k < KIND_COUNT; k++) {
		for (uint32_t i = 0;
		     (file = found_file(found, kinds[k].role, i)); i++) {
			struct load_companion to = {
				.archive = kinds[k].archive,
			};
			struct error err;

			if (!load_stub_knows(p->request, kinds[k].since))
				pass_over(p, file, kinds[k].as, kinds[k].since);
			else if (take(p, file, kinds[k].as, &to, &err) != OK)
				note_left_out(p, file, err.text);
		}
	}
}

void prepare_companions_end(struct preparation *p)
{
	struct load_request *r = p->request;
	struct error err;

	if (verify_manifest_end(p->manifest, &err) == OK)
		return;
	if (p->verify->mode != VERIFY_ENFORCE) {
		load_note(&r->notes, "NOT VERIFIED, but verify = warn: %s",
			  err.text);
		return;
	}
	for (uint32_t i = 0; i < r->companion_count; i++) {
		load_note(&r->notes,
			  "%s left out, for the set counts as a whole: %s",
			  verified_name(r->companions[i].file), err.text);
		verified_image_drop(&r->companions[i].file);
	}
	r->companion_count = 0;
}

enum status prepare_extras(struct preparation *p, struct error *err)
{
	const struct found_file *file;
	enum status s = OK;

	for (uint32_t i = 0;
	     s == OK && (file = found_file(&p->entry->found, FILE_EXTRA, i));
	     i++) {
		struct load_companion to = { .is_extra = true };

		if (load_archive_of_extra(file->path, &to.archive))
			s = take(p, file, MANIFEST_EXTRA, &to, err);
		else
			note_left_out(p, file,
				      "its name ends neither in .cred, nor in "
				      ".sysext.raw, nor in .confext.raw");
	}
	return s;
}

/* --- addons
 * --------------------------------------------------------------------
 */

static struct span uname_of(const struct verified_image *image,
			    uint32_t profile)
{
	return span_until_nul(verified_section(image, profile, UKI_UNAME).in);
}

/* An addon can say which kernel it is for; one for another machine cannot be
 * for any here. */
static enum status check_addon(const struct preparation *p,
			       const struct verified_image *addon,
			       struct error *err)
{
	const struct load_request *r = p->request;
	struct span uki = uname_of(r->image, r->profile);
	struct span own = uname_of(addon, 0);
	uint16_t machine = verified_pe(addon)->machine;
	uint16_t wanted = verified_pe(r->image)->machine;

	if (machine != wanted)
		return fail(err, E_ENTRY_MACHINE,
			    "it is for %s, the UKI for %s",
			    pe_machine_name(machine), pe_machine_name(wanted));
	if (uki.len && own.len && !span_equal(uki, own)) {
		struct display have = display_of(own), want = display_of(uki);

		return fail(err, E_LOAD_ADDON_UNAME,
			    "it is for kernel %s, the UKI has %s", have.text,
			    want.text);
	}
	return OK;
}

static enum status read_addon(struct preparation *p,
			      const struct found_file *file,
			      struct verified_image **ret, struct error *err)
{
	struct raw_image raw;
	enum status s = prepare_read(p, file, HASH_PLAN_IMAGE, &raw, err);

	if (s == OK)
		s = verify_addon(&raw, p->verify, ret, err);
	if (s != OK)
		return s;
	prepare_tell_warning(*ret);
	s = check_addon(p, *ret, err);
	if (s != OK)
		verified_image_drop(ret);
	return s;
}

static void add_addons(struct preparation *p, enum file_role role)
{
	struct load_request *r = p->request;
	const struct found_file *file;

	for (uint32_t i = 0; (file = found_file(&p->entry->found, role, i));
	     i++) {
		struct error err;

		if (!load_stub_knows(r, STUB_ADDONS))
			note_too_old(p, file, STUB_ADDONS);
		else if (r->addon_count == LOAD_ADDONS_MAX)
			note_left_out(p, file, "there are too many addons");
		else if (read_addon(p, file, &r->addons[r->addon_count],
				    &err) != OK)
			note_left_out(p, file, err.text);
		else
			r->addon_count++;
	}
}

void prepare_addons(struct preparation *p)
{
	if (!is_uki(p))
		return;
	add_addons(p, FILE_ADDON_GLOBAL);
	add_addons(p, FILE_ADDON);
}

/* --- thin UKIs
 * -----------------------------------------------------------------
 */

/* The file must be the one that the verified image names, by its hash. */
static enum status add_thin(struct preparation *p, enum uki_section section,
			    const struct uki_part *hash, enum file_role role,
			    struct verified_image **ret, struct error *err)
{
	const struct verified_image *image = p->request->image;
	const struct found_file *file = found_file(&p->entry->found, role, 0);
	char path[UKI_THIN_PATH_MAX];
	struct raw_image raw;
	struct span sha256;
	enum status s;

	/* what is there and has no hash is not to be left out unnoticed */
	if (!hash->present &&
	    verified_section(image, p->request->profile, section).in.len)
		return fail(err, E_LOAD_THIN,
			    "%s is a thin UKI, but has no hash for its %s",
			    verified_name(image), uki_section_name(section));
	if (!hash->present)
		return OK;
	s = uki_thin_path(verified_section(image, 0, section).in, section, path,
			  err);
	if (s != OK)
		return s;
	sha256 = uki_part_bytes(verified_bytes(image).in, *hash);
	if (!file || strcmp(file->path, path) != 0 ||
	    sha256.len != UKI_THIN_HASH_LEN)
		return fail(err, E_LOAD_THIN,
			    "%s is a thin UKI: its %s names %s, found is %s",
			    verified_name(image), uki_section_name(section),
			    display_of_text(path).text,
			    file ? display_of_text(file->path).text
				 : "nothing");
	s = prepare_read(p, file, HASH_PLAN_WHOLE, &raw, err);
	if (s == OK)
		s = verify_pinned_file(&raw, section == UKI_LINUX, sha256.ptr,
				       p->verify, ret, err);
	return s;
}

enum status prepare_thin(struct preparation *p, struct error *err)
{
	const struct uki_view *uki = verified_uki(p->request->image);
	enum status s;

	if (!uki || !uki->is_thin)
		return OK;
	s = add_thin(p, UKI_LINUX, &uki->linux_hash, FILE_THIN_KERNEL,
		     &p->request->thin_kernel, err);
	if (s == OK)
		s = add_thin(p, UKI_INITRD, &uki->initrd_hash, FILE_THIN_INITRD,
			     &p->request->thin_initrd, err);
	return s;
}
