#include "candidate_parts.h"

#include "claims.h"
#include "companions.h"
#include "format/kimage.h"
#include "format/osrel.h"
#include "format/uki.h"
#include "format/zboot.h"
#include "sys/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Holds the headers, and .sdmagic, .osrel and .profile of every UKI made with
 * systemd's stub, which come before the kernel. Sections that lie further back
 * are read by themselves. */
#define LOOK_MAX (256U << 10)

/* Of a section that is only shown. */
#define SECTION_LOOK_MAX 4096

/* One file while it is looked at. */
struct image_look {
	const struct candidate_look *at;
	const char *path;
	bool is_fallback; /* /EFI/BOOT: what is no kernel is no candidate */
	int fd;
	uint64_t size;
	struct span prefix;
	struct pe_view pe;
	struct uki_view uki;
	struct zboot_view zboot;
	struct found *found;
};

/* Bytes of a section for display: from the prefix, else from the file. */
static struct span section_text(struct image_look *look, struct uki_part part,
				uint8_t buf[static SECTION_LOOK_MAX])
{
	uint32_t len =
		part.stored < SECTION_LOOK_MAX ? part.stored : SECTION_LOOK_MAX;

	if (span_holds(look->prefix, part.offset, len))
		return span_slice(look->prefix, part.offset, len);
	if (block_read_at(look->fd, part.offset, buf, len, NULL) != OK)
		return span_of(buf, 0);
	return span_of(buf, len);
}

static void name_profile(struct image_look *look, uint32_t profile)
{
	uint8_t buf[SECTION_LOOK_MAX];
	struct found *found = look->found;
	char number[16];
	struct text title;
	struct span name, label, section;

	found->profile = profile;
	if (!look->uki.profile_count)
		return;
	section = section_text(
		look, uki_part_of(&look->uki, profile, UKI_PROFILE), buf);
	uki_profile_names(section, &name, &label);
	snprintf(number, sizeof(number), "%u", profile);
	if (profile)
		candidate_name(found, look->path,
			       name.len ? name : span_of_text(number));
	title = (struct text){ .buf = found->title.text,
			       .cap = sizeof(found->title.text),
			       .len = strlen(found->title.text) };
	if (label.len || profile) {
		text_add(&title, label.len || name.len ? " (" : " (@");
		text_add_safe(&title, label.len	 ? label
				      : name.len ? name
						 : span_of_text(number));
		text_add(&title, ")");
	}
}

static void title_uki(struct image_look *look, uint32_t profile)
{
	uint8_t buf[SECTION_LOOK_MAX];
	struct found *found = look->found;
	struct display id;
	struct span osrel = section_text(
		look, uki_part_of(&look->uki, profile, UKI_OSREL), buf);

	if (!osrel_title(osrel, &found->title))
		found->title = display_of_text(candidate_base_name(look->path));
	if (osrel_get(osrel, "ID", &id) && !strcmp(id.text, "keelboot")) {
		found->kind = FOUND_OWN;
		found->is_automatic = false;
	}
	if (!osrel_version(osrel, &found->version))
		found->version = (struct display){ .text = "" };
	if (!osrel_sort_key(osrel, &found->sort_key))
		found->sort_key = (struct display){ .text = "" };
	found->release = display_of(span_until_nul(section_text(
		look, uki_part_of(&look->uki, profile, UKI_UNAME), buf)));
}

/* A file that a thin UKI names, whose hash it has. */
static enum status keep_thin(struct image_look *look, enum uki_section section,
			     const struct uki_part *hash, enum file_role role,
			     struct error *err)
{
	uint8_t buf[SECTION_LOOK_MAX];
	char path[UKI_THIN_PATH_MAX];
	enum status s;

	if (!hash->present)
		return OK;
	s = uki_thin_path(
		section_text(look, uki_part_of(&look->uki, 0, section), buf),
		section, path, err);
	if (s == OK)
		s = candidate_keep(look->at, look->at->volume, path, role,
				   look->found, err);
	return s;
}

static enum status check_uki(struct image_look *look, struct error *err)
{
	const struct uki_view *uki = &look->uki;
	enum status s;

	if (uki->is_addon)
		return fail(err, E_ENTRY_ADDON,
			    "it is an addon for UKIs and has no kernel");
	s = keep_thin(look, UKI_LINUX, &uki->linux_hash, FILE_THIN_KERNEL, err);
	if (s == OK)
		s = keep_thin(look, UKI_INITRD, &uki->initrd_hash,
			      FILE_THIN_INITRD, err);
	return s == OK ? OK : fail_in(err, s, "it is a thin UKI");
}

static void emit_uki(struct image_look *look, enum status s, struct error *err)
{
	uint32_t profiles =
		look->uki.profile_count ? look->uki.profile_count : 1;
	struct found *found = look->found;

	found->kind = look->is_fallback ? FOUND_FALLBACK : FOUND_UKI;
	if (s == OK)
		s = check_uki(look, err);
	if (s == OK)
		s = candidate_check_machine(look->pe.machine, err);
	if (s != OK) {
		candidate_refuse(found, err);
		profiles = 1;
	} else {
		candidate_keep_manifest(look->at, found);
		companions_add(look->at, look->path, found);
	}
	for (uint32_t profile = 0; profile < profiles; profile++) {
		/* A profile other than the first is a choice somebody makes. */
		found->is_automatic =
			s == OK && profile == 0 && !look->is_fallback;
		title_uki(look, profile);
		name_profile(look, profile);
		if (!look->is_fallback || found->kind != FOUND_OWN)
			candidate_emit(look->at, found);
	}
}

static void emit_kernel(struct image_look *look, uint16_t machine,
			enum status s, struct error *err)
{
	struct found *found = look->found;
	struct text title = text_over(found->title.text, DISPLAY_MAX);

	found->kind = look->is_fallback ? FOUND_FALLBACK : FOUND_KERNEL;
	if (s == OK)
		s = candidate_check_machine(machine, err);
	if (s != OK)
		candidate_refuse(found, err);
	text_add_safe(&title, span_of_text(candidate_base_name(look->path)));
	if (s == OK)
		text_add(&title, " (kernel without an entry)");
	candidate_emit(look->at, found);
}

static uint16_t machine_of(enum kimage_kind kind)
{
	switch (kind) {
	case KIMAGE_BZIMAGE:
		return PE_MACHINE_X86_64;
	case KIMAGE_ARM64:
		return PE_MACHINE_ARM64;
	case KIMAGE_RISCV:
		return PE_MACHINE_RISCV64;
	case KIMAGE_LOONGARCH:
		return PE_MACHINE_LOONGARCH64;
	case KIMAGE_NONE:
		break;
	}
	return 0;
}

/* Who the file says has signed it. The name goes to the screen with the word
 * "claims", so a table that cannot be read costs only that. The table holds the
 * claimed digest, so copies of a file have the same. */
static void look_at_signature(const struct pe_view *pe, int fd,
			      struct found *found)
{
	uint8_t *table;

	found->signature = pe->cert_size ? FOUND_SIGNED : FOUND_UNSIGNED;
	if (!pe->cert_size || pe->cert_size > CLAIMS_TABLE_MAX)
		return;
	table = malloc(pe->cert_size);
	if (table && block_read_at(fd, pe->cert_offset, table, pe->cert_size,
				   NULL) == OK) {
		claims_of_table(span_of(table, pe->cert_size), &found->claims);
		found->fingerprint = candidate_hash(found->fingerprint, table,
						    pe->cert_size);
	}
	free(table);
}

/* What the file is decides what is checked and how it is shown. */
static void look_at_prefix(struct image_look *look)
{
	struct span prefix = look->prefix;
	struct error err = { .code = OK };
	bool is_pe = pe_is_candidate(prefix);
	enum status s = OK;

	if (is_pe)
		s = pe_parse(prefix, look->size, &look->pe, &err);
	if (s == OK && is_pe)
		look_at_signature(&look->pe, look->fd, look->found);
	if (s == OK && zboot_is_candidate(prefix)) {
		s = zboot_parse(prefix, &look->pe, &look->zboot, &err);
		/* The size field stands behind the payload, beyond what was
		 * read here; the whole file is parsed when it is chosen. */
		if (s == E_ZBOOT_PREFIX)
			s = OK;
		emit_kernel(look, look->pe.machine, s, &err);
	} else if (s == OK && is_pe && uki_is_candidate(&look->pe)) {
		s = uki_parse(prefix, &look->pe, &look->uki, &err);
		emit_uki(look, s, &err);
	} else if (s == OK && kimage_identify(prefix) != KIMAGE_NONE) {
		emit_kernel(look, machine_of(kimage_identify(prefix)), OK,
			    &err);
	} else if (!look->is_fallback) {
		if (s == OK)
			s = fail(&err, E_VERIFY_NOT_AN_IMAGE,
				 "neither a UKI, nor a zboot image, nor a "
				 "kernel");
		emit_kernel(look, 0, s, &err);
	}
}

static enum status read_prefix(struct image_look *look,
			       uint8_t buf[static LOOK_MAX], struct error *err)
{
	struct found *found = look->found;
	size_t len;
	enum status s = volume_open(look->at->volume, look->path, &look->fd,
				    &look->size, err);

	if (s == OK)
		s = candidate_keep_sized(look->at, look->at->volume, look->path,
					 look->size, FILE_KERNEL, found, err);
	if (s != OK)
		return s;
	len = look->size < LOOK_MAX ? (size_t)look->size : LOOK_MAX;
	s = block_read_at(look->fd, 0, buf, len, err);
	look->prefix = span_of(buf, s == OK ? len : 0);
	found->fingerprint =
		candidate_hash(CANDIDATE_HASH, buf, look->prefix.len);
	return s;
}

static void look_at(const struct candidate_look *at, const char *path,
		    bool is_fallback)
{
	struct image_look *look = calloc(1, sizeof(*look));
	struct found *found = candidate_make(at, FOUND_KERNEL);
	uint8_t *buf = malloc(LOOK_MAX);
	struct error err = { .code = OK };

	if (look && found && buf) {
		look->at = at;
		look->fd = -1;
		look->path = path;
		look->is_fallback = is_fallback;
		look->found = found;
		candidate_name(found, path, span_of_text(""));
		found->title = display_of_text(candidate_base_name(path));
		if (read_prefix(look, buf, &err) == OK)
			look_at_prefix(look);
		else
			emit_kernel(look, 0, err.code, &err);
	} else {
		at->sink->note(at->sink->ctx, "no memory to look at a file");
	}
	if (look && look->at && look->fd >= 0)
		close(look->fd);
	free(buf);
	free(found);
	free(look);
}

/* Enough for the headers of any kernel or UKI. */
#define HEADERS_MAX (16U << 10)

static enum status check_headers(struct span prefix, uint64_t size, int fd,
				 struct found *found, struct error *err)
{
	struct pe_view *pe;
	enum status s = OK;

	if (!pe_is_candidate(prefix)) {
		if (kimage_identify(prefix) == KIMAGE_NONE)
			return fail(err, E_VERIFY_NOT_AN_IMAGE,
				    "its kernel is neither a UKI, nor a zboot "
				    "image, nor a kernel");
		return candidate_check_machine(
			machine_of(kimage_identify(prefix)), err);
	}
	pe = malloc(sizeof(*pe));
	if (!pe)
		return fail(err, E_NO_MEMORY, "no memory for a view");
	s = pe_parse(prefix, size, pe, err);
	if (s == OK && !zboot_is_candidate(prefix) && !uki_is_candidate(pe) &&
	    kimage_identify(prefix) == KIMAGE_NONE)
		s = fail(err, E_VERIFY_NOT_AN_IMAGE,
			 "its kernel is a PE file, but neither a UKI, nor a "
			 "zboot image, nor a kernel");
	if (s == OK)
		s = candidate_check_machine(pe->machine, err);
	if (s == OK)
		look_at_signature(pe, fd, found);
	free(pe);
	return s;
}

enum status candidate_check_kernel(const struct volume *volume,
				   struct found *found, struct error *err)
{
	const struct found_file *file = found_file(found, FILE_KERNEL, 0);
	uint8_t *buf = malloc(HEADERS_MAX);
	uint64_t size;
	size_t len = 0;
	int fd = -1;
	enum status s;

	if (!buf)
		return fail(err, E_NO_MEMORY, "no memory for a kernel's head");
	s = volume_open(volume, file->path, &fd, &size, err);
	if (s == OK) {
		len = size < HEADERS_MAX ? (size_t)size : HEADERS_MAX;
		s = block_read_at(fd, 0, buf, len, err);
	}
	if (s == OK) {
		found->fingerprint =
			candidate_hash(found->fingerprint, buf, len);
		s = check_headers(span_of(buf, len), size, fd, found, err);
	}
	/* what vouches for a loose entry is more than its kernel's signature */
	found->signature = FOUND_NOT_ASKED;
	found->claims = display_of_text("");
	if (fd >= 0)
		close(fd);
	free(buf);
	return s;
}

void candidate_look_at_image(const struct candidate_look *look,
			     const char *path)
{
	/* Addons are no entries, and systemd-boot keeps names with auto- for
	 * what it makes up itself. */
	if (candidate_has_suffix(path, ".addon.efi") ||
	    !strncasecmp(candidate_base_name(path), "auto-", 5))
		return;
	look_at(look, path, false);
}

static void look_at_fallback_file(const struct candidate_look *look,
				  const char *path)
{
	look_at(look, path, true);
}

void candidate_look_at_fallback(const struct candidate_look *look)
{
	candidate_each_file(look, "/EFI/BOOT", "BOOT", ".EFI",
			    look_at_fallback_file);
}
