#include "candidate.h"

#include "claims.h"
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
struct look {
	const struct candidate_sink *sink;
	const struct volume *volume;
	int fd;
	uint64_t size;
	struct span prefix;
	struct pe_view pe;
	struct uki_view uki;
	struct zboot_view zboot;
	struct kimage_view kimage;
	struct found found;
};

static enum status refuse(struct found *found, const struct error *err)
{
	found->why = err->code;
	memcpy(found->reason, err->text, sizeof(found->reason));
	return err->code;
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len >= tail && !strcasecmp(name + len - tail, suffix);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Bytes of a section for display: from the prefix, else from the file. */
static struct span section_text(struct look *look, struct uki_part part,
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

static void name_profile(struct look *look, uint32_t profile,
			 const char *file_name)
{
	uint8_t buf[SECTION_LOOK_MAX];
	struct found *found = &look->found;
	struct text id = text_over(found->id, sizeof(found->id));
	struct text title;
	struct span name, label, section;

	found->profile = profile;
	text_add_safe(&id, span_of_text(file_name));
	if (!look->uki.profile_count)
		return;
	section = section_text(
		look, uki_part_of(&look->uki, profile, UKI_PROFILE), buf);
	uki_profile_names(section, &name, &label);
	if (profile) {
		text_add_char(&id, '@');
		if (name.len)
			text_add_safe(&id, name);
		else
			text_addf(&id, "%u", profile);
	}
	title = (struct text){ .buf = found->title.text,
			       .cap = sizeof(found->title.text),
			       .len = strlen(found->title.text) };
	if (label.len || (profile && name.len)) {
		text_add(&title, " (");
		text_add_safe(&title, label.len ? label : name);
		text_add(&title, ")");
	}
}

static void title_uki(struct look *look, uint32_t profile)
{
	uint8_t buf[SECTION_LOOK_MAX];
	struct found *found = &look->found;
	struct display id;
	struct span osrel = section_text(
		look, uki_part_of(&look->uki, profile, UKI_OSREL), buf);

	if (!osrel_title(osrel, &found->title))
		found->title = display_of_text(base_name(found->kernel.path));
	if (osrel_get(osrel, "ID", &id) && !strcmp(id.text, "keelboot")) {
		found->kind = CANDIDATE_OWN;
		found->is_automatic = false;
	}
	found->version = display_of(span_until_nul(section_text(
		look, uki_part_of(&look->uki, profile, UKI_UNAME), buf)));
}

static enum status check_uki(struct look *look, struct error *err)
{
	if (look->uki.is_addon)
		return fail(err, E_ENTRY_ADDON,
			    "it is an addon for UKIs and has no kernel");
	if (look->uki.is_thin)
		return fail(err, E_LOAD_THIN,
			    "it is a thin UKI: its kernel is another file, "
			    "named in .linux, which is not supported yet");
	return OK;
}

static enum status check_machine(uint16_t machine, struct error *err)
{
	if (machine == pe_machine_native())
		return OK;
	return fail(err, E_ENTRY_MACHINE, "it is for %s, this machine is %s",
		    pe_machine_name(machine),
		    pe_machine_name(pe_machine_native()));
}

static void emit(struct look *look)
{
	look->sink->found(look->sink->ctx, &look->found);
}

static void emit_uki(struct look *look, enum status s, struct error *err)
{
	uint32_t profiles =
		look->uki.profile_count ? look->uki.profile_count : 1;
	const char *file_name = base_name(look->found.kernel.path);

	look->found.kind = CANDIDATE_UKI;
	look->found.companion_count = companions_find(
		look->volume, look->found.kernel.path, &look->found.companions);
	if (s == OK)
		s = check_uki(look, err);
	if (s == OK)
		s = check_machine(look->pe.machine, err);
	if (s != OK) {
		refuse(&look->found, err);
		profiles = 1;
	}
	for (uint32_t profile = 0; profile < profiles; profile++) {
		/* A profile other than the first is a choice somebody makes. */
		look->found.is_automatic = s == OK && profile == 0;
		title_uki(look, profile);
		name_profile(look, profile, file_name);
		emit(look);
	}
}

static void emit_kernel(struct look *look, uint16_t machine, enum status s,
			struct error *err)
{
	struct text title = text_over(look->found.title.text, DISPLAY_MAX);

	look->found.kind = CANDIDATE_KERNEL;
	look->found.is_automatic = false;
	if (s == OK)
		s = check_machine(machine, err);
	if (s != OK)
		refuse(&look->found, err);
	text_add_safe(&title, span_of_text(base_name(look->found.kernel.path)));
	if (s == OK)
		text_add(&title, " (kernel without an entry)");
	emit(look);
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
 * "claims", so a table that cannot be read costs only that. */
static void look_at_signature(struct look *look)
{
	const struct pe_view *pe = &look->pe;
	struct found *found = &look->found;
	uint8_t *table;

	found->signature = pe->cert_size ? FOUND_SIGNED : FOUND_UNSIGNED;
	if (!pe->cert_size || pe->cert_size > CLAIMS_TABLE_MAX)
		return;
	table = malloc(pe->cert_size);
	if (table && block_read_at(look->fd, pe->cert_offset, table,
				   pe->cert_size, NULL) == OK)
		claims_of_table(span_of(table, pe->cert_size), &found->claims);
	free(table);
}

/* What the file is decides what is checked and how it is shown. */
static void look_at_prefix(struct look *look)
{
	struct span prefix = look->prefix;
	struct error err = { .code = OK };
	enum status s = OK;

	if (pe_is_candidate(prefix))
		s = pe_parse(prefix, look->size, &look->pe, &err);
	if (s == OK && pe_is_candidate(prefix))
		look_at_signature(look);
	if (s == OK && zboot_is_candidate(prefix)) {
		s = zboot_parse(prefix, &look->pe, &look->zboot, &err);
		/* The size field stands behind the payload, beyond what was
		 * read here; the whole file is parsed when it is chosen. */
		if (s == E_ZBOOT_PREFIX)
			s = OK;
		emit_kernel(look, look->pe.machine, s, &err);
	} else if (s == OK && pe_is_candidate(prefix) &&
		   uki_is_candidate(&look->pe)) {
		s = uki_parse(prefix, &look->pe, &look->uki, &err);
		emit_uki(look, s, &err);
	} else if (s == OK && kimage_identify(prefix) != KIMAGE_NONE) {
		emit_kernel(look, machine_of(kimage_identify(prefix)), OK,
			    &err);
	} else {
		if (s == OK)
			s = fail(&err, E_VERIFY_NOT_AN_IMAGE,
				 "neither a UKI, nor a zboot image, nor a "
				 "kernel");
		emit_kernel(look, 0, s, &err);
	}
}

static bool set_path(struct found_file *file, const char *path)
{
	return text_copy(file->path, sizeof(file->path), path);
}

/* Opens a file and hands it to the sink; false with the reason in err. */
static enum status keep_file(const struct volume *volume, const char *path,
			     const struct candidate_sink *sink, int *ret_fd,
			     struct found_file *ret, struct error *err)
{
	enum status s = volume_open(volume, path, ret_fd, &ret->size, err);

	if (s != OK)
		return s;
	if (!set_path(ret, path) ||
	    !sink->keep(sink->ctx, *ret_fd, ret->size, &ret->handle)) {
		close(*ret_fd);
		return fail(err, E_ENTRY_NOT_BOOTABLE,
			    "%s: no room for more files of this volume", path);
	}
	return OK;
}

static void look_at_file(const struct volume *volume, const char *path,
			 const struct candidate_sink *sink)
{
	struct look *look = calloc(1, sizeof(*look));
	uint8_t *buf = malloc(LOOK_MAX);
	struct error err = { .code = OK };
	enum status s = OK;
	size_t len = 0;

	if (!look || !buf) {
		sink->note(sink->ctx, "no memory to look at a file");
		goto out;
	}
	look->sink = sink;
	look->volume = volume;
	snprintf(look->found.id, sizeof(look->found.id), "%s",
		 display_of_text(base_name(path)).text);
	look->found.title = display_of_text(base_name(path));
	s = keep_file(volume, path, sink, &look->fd, &look->found.kernel, &err);
	if (s == OK) {
		look->size = look->found.kernel.size;
		len = look->size < LOOK_MAX ? (size_t)look->size : LOOK_MAX;
		s = block_read_at(look->fd, 0, buf, len, &err);
	}
	if (s != OK) {
		emit_kernel(look, 0, s, &err);
		goto out;
	}
	look->prefix = span_of(buf, len);
	look_at_prefix(look);
out:
	free(buf);
	free(look);
}

/* Calls look_at_file() for the names of a folder that begin and end so. */
static void look_at_folder(const struct volume *volume, const char *folder,
			   const char *prefix, const char *suffix,
			   const struct candidate_sink *sink)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	char path[CANDIDATE_PATH_MAX];
	struct error err;
	enum status s = volume_list(volume, folder, &list, &err);

	if (s != OK) {
		if (s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
			sink->note(sink->ctx, err.text);
		return;
	}
	for (size_t i = 0; i < list.count; i++) {
		const struct volume_entry *e = &list.entries[i];

		if (e->type != VOLUME_FILE || e->name[0] == '.' ||
		    strncasecmp(e->name, prefix, strlen(prefix)) != 0 ||
		    !has_suffix(e->name, suffix) ||
		    has_suffix(e->name, ".addon.efi"))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
				     e->name) < sizeof(path))
			look_at_file(volume, path, sink);
	}
	if (list.cut)
		sink->note(sink->ctx, "a folder has too many names; only the "
				      "first were looked at");
}

/* vmlinuz* in each /EFI/<vendor>/. */
static void look_at_vendors(const struct volume *volume,
			    const struct candidate_sink *sink)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	char folder[CANDIDATE_PATH_MAX];

	if (volume_list(volume, "/EFI", &list, NULL) != OK)
		return;
	for (size_t i = 0; i < list.count; i++) {
		if (list.entries[i].type != VOLUME_FOLDER)
			continue;
		if ((size_t)snprintf(folder, sizeof(folder), "/EFI/%s",
				     list.entries[i].name) < sizeof(folder))
			look_at_folder(volume, folder, "vmlinuz", "", sink);
	}
}

static enum status keep_loose_files(const struct volume *volume,
				    const struct bls_entry *e,
				    const struct candidate_sink *sink,
				    struct found *found, struct error *err)
{
	const char *kernel = e->uki[0] ? e->uki : e->kernel;
	enum status s;
	int fd;

	s = keep_file(volume, kernel, sink, &fd, &found->kernel, err);
	for (uint32_t i = 0; s == OK && i < e->initrd_count; i++) {
		s = keep_file(volume, e->initrds[i], sink, &fd,
			      &found->initrds[i], err);
		found->initrd_count = i + 1;
	}
	if (s == OK && e->devicetree[0])
		s = keep_file(volume, e->devicetree, sink, &fd,
			      &found->devicetree, err);
	return s;
}

/* A manifest without its signature, or the other way round, is as good as none:
 * the entry then says what it lacks when it is chosen. */
static void keep_manifest(const struct volume *volume,
			  const struct candidate_sink *sink,
			  struct found *found)
{
	const char *end = strrchr(found->id, '.');
	int len = end ? (int)(end - found->id) : (int)strlen(found->id);
	char path[CANDIDATE_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path),
		 CANDIDATE_MANIFESTS "/%.*s" CANDIDATE_MANIFEST_END, len,
		 found->id);
	if (keep_file(volume, path, sink, &fd, &found->manifest, NULL) != OK)
		return;
	strncat(path, CANDIDATE_SIGNATURE_END, sizeof(path) - strlen(path) - 1);
	if (keep_file(volume, path, sink, &fd, &found->manifest_signature,
		      NULL) != OK)
		found->manifest.path[0] = '\0';
}

/* A configured entry is offered on every volume that has its kernel; one whose
 * kernel is there and another file is not gets listed with the reason. */
static void look_at_configured(const struct volume *volume,
			       const struct configured *configured,
			       uint32_t index,
			       const struct candidate_sink *sink)
{
	const struct bls_entry *e = &configured->entry;
	struct found *found = calloc(1, sizeof(*found));
	struct error err;
	enum status s;

	if (!found) {
		sink->note(sink->ctx, "no memory for a configured entry");
		return;
	}
	found->kind = CANDIDATE_CONFIGURED;
	found->configured = index;
	found->title = e->title;
	found->version = e->version;
	found->is_automatic = true;
	snprintf(found->id, sizeof(found->id), "%s", configured->id);
	s = keep_loose_files(volume, e, sink, found, &err);
	if (s == OK)
		keep_manifest(volume, sink, found);
	if (s != OK && !found->kernel.path[0]) {
		free(found);
		return;
	}
	if (!found->title.text[0])
		found->title = display_of_text(configured->id);
	if (s != OK) {
		refuse(found, &err);
		found->is_automatic = false;
	}
	sink->found(sink->ctx, found);
	free(found);
}

static void look_at_revocations(const struct volume *volume,
				const struct candidate_sink *sink)
{
	struct found *found = calloc(1, sizeof(*found));
	int fd;

	if (!found) {
		sink->note(sink->ctx, "no memory for a revocation list");
		return;
	}
	found->kind = CANDIDATE_REVOCATIONS;
	if (keep_file(volume, CANDIDATE_REVOCATIONS_PATH, sink, &fd,
		      &found->kernel, NULL) == OK &&
	    keep_file(volume,
		      CANDIDATE_REVOCATIONS_PATH CANDIDATE_SIGNATURE_END, sink,
		      &fd, &found->manifest_signature, NULL) == OK)
		sink->found(sink->ctx, found);
	free(found);
}

void candidate_scan(const struct volume *volume,
		    const struct configured *configured,
		    uint32_t configured_count,
		    const struct candidate_sink *sink)
{
	/* First, so that nothing of a volume can boot before its list counts.
	 */
	look_at_revocations(volume, sink);
	for (uint32_t i = 0; i < configured_count; i++)
		look_at_configured(volume, &configured[i], i, sink);
	look_at_folder(volume, "/EFI/Linux", "", ".efi", sink);
	look_at_folder(volume, "", "vmlinuz", "", sink);
	look_at_vendors(volume, sink);
}
