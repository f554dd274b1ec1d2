#include "load_plan.h"

#include "console_hand_on.h"
#include "format/handover.h"
#include "verbose.h"

#include <stdio.h>
#include <string.h>

/* The path of a file on its volume as a piece's source, with what of it counts.
 */
#define SOURCE_LEN 320

bool load_stub_knows(const struct load_request *request, uint32_t since)
{
	const struct uki_view *uki = verified_uki(request->image);

	return !uki || uki->stub_version == UKI_STUB_UNKNOWN ||
	       uki->stub_version >= since;
}

enum status load_check_profile(const struct load_request *request,
			       struct error *err)
{
	const struct uki_view *uki = verified_uki(request->image);
	uint32_t count = uki ? uki->profile_count : 0;

	if (request->profile && request->profile >= count)
		return fail(err, E_LOAD_PROFILE,
			    "%s: profile %u was asked for, it has %u",
			    verified_name(request->image), request->profile,
			    count);
	return OK;
}

/* --- the command line ------------------------------------------------------
 */

static enum status add_addon_lines(const struct load_request *request,
				   struct cmdline *ret, struct error *err)
{
	enum status s = OK;

	if (!load_stub_knows(request, STUB_ADDONS))
		return OK;
	for (uint32_t i = 0; s == OK && i < request->addon_count; i++) {
		const struct verified_image *addon = request->addons[i];

		s = cmdline_add(ret, verified_name(addon),
				verified_section(addon, 0, UKI_CMDLINE).in,
				err);
	}
	return s;
}

enum status load_plan_cmdline(const struct load_request *request,
			      struct cmdline *ret, struct error *err)
{
	struct trusted_span section =
		verified_section(request->image, request->profile, UKI_CMDLINE);
	enum status s;

	memset(ret, 0, sizeof(*ret));
	if (request->edited)
		return cmdline_add(ret, "edited by the operator",
				   span_of_text(request->edited), err);
	if (request->options && request->options[0])
		s = cmdline_add(ret, request->options_source,
				span_of_text(request->options), err);
	else
		s = cmdline_add(ret, "the UKI's .cmdline", section.in, err);
	if (s == OK)
		s = add_addon_lines(request, ret, err);
	if (s == OK && request->extra)
		s = cmdline_add(ret, request->extra_source,
				span_of_text(request->extra), err);
	if (s == OK && request->drop_consoles)
		cmdline_remove(ret, console_is_word);
	if (s == OK && request->network)
		s = cmdline_add(ret, "hand-on in the configuration",
				span_of_text(request->network), err);
	if (s == OK && request->append)
		s = cmdline_add(ret, "append in the configuration",
				span_of_text(request->append), err);
	if (s == OK && request->consoles &&
	    !cmdline_count(ret, console_is_word))
		s = cmdline_insert(ret, "console = reuse of the configuration",
				   span_of_text(request->consoles), err);
	if (s == OK && request->is_verbose)
		s = verbose_apply(ret, err);
	return s;
}

/* --- the initrd --------------------------------------------------------------
 */

static enum status add_addon_section(const struct verified_image *addon,
				     enum uki_section section,
				     struct initrd_plan *plan,
				     struct error *err)
{
	char source[SOURCE_LEN];

	snprintf(source, sizeof(source), "%s of %s", uki_section_name(section),
		 verified_name(addon));
	return initrd_plan_add(plan, source,
			       verified_section(addon, 0, section), err);
}

/* The kernel takes the first update for a processor that it sees: so the last
 * addon's must be the first. */
static enum status add_microcode(const struct load_request *request,
				 struct initrd_plan *plan, struct error *err)
{
	uint32_t count = load_stub_knows(request, STUB_ADDON_INITRDS)
				 ? request->addon_count
				 : 0;
	enum status s = OK;

	for (uint32_t i = count; s == OK && i > 0; i--)
		s = add_addon_section(request->addons[i - 1], UKI_UCODE, plan,
				      err);
	if (s == OK)
		s = initrd_plan_add(plan, ".ucode",
				    verified_section(request->image,
						     request->profile,
						     UKI_UCODE),
				    err);
	return s;
}

static enum status add_addon_initrds(const struct load_request *request,
				     struct initrd_plan *plan,
				     struct error *err)
{
	enum status s = OK;

	if (!load_stub_knows(request, STUB_ADDON_INITRDS))
		return OK;
	for (uint32_t i = 0; s == OK && i < request->addon_count; i++)
		s = add_addon_section(request->addons[i], UKI_INITRD, plan,
				      err);
	return s;
}

static enum status add_own_initrd(const struct load_request *request,
				  struct initrd_plan *plan, struct error *err)
{
	if (verified_uki(request->image) &&
	    verified_uki(request->image)->is_thin) {
		if (!request->thin_initrd)
			return OK;
		return initrd_plan_add(
			plan, verified_name(request->thin_initrd),
			verified_bytes(request->thin_initrd), err);
	}
	return initrd_plan_add(
		plan, ".initrd",
		verified_section(request->image, request->profile, UKI_INITRD),
		err);
}

/* --- archives ----------------------------------------------------------------
 */

static const struct {
	const char *dir;
	unsigned dir_mode, file_mode;
	uint32_t since;
} archives[ARCHIVE_COUNT] = {
	[ARCHIVE_CREDENTIALS] = { ".extra/credentials", 0500, 0400, 0 },
	[ARCHIVE_GLOBAL_CREDENTIALS] = { ".extra/global_credentials", 0500,
					 0400, 0 },
	[ARCHIVE_SYSEXT] = { ".extra/sysext", 0555, 0444, 0 },
	[ARCHIVE_GLOBAL_SYSEXT] = { ".extra/global_sysext", 0555, 0444,
				    STUB_GLOBAL_EXTENSIONS },
	[ARCHIVE_CONFEXT] = { ".extra/confext", 0555, 0444, STUB_CONFEXTS },
	[ARCHIVE_GLOBAL_CONFEXT] = { ".extra/global_confext", 0555, 0444,
				     STUB_GLOBAL_EXTENSIONS },
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Before there were configuration extensions, every .raw was a system
 * extension. */
static bool is_in(const struct load_request *request,
		  const struct load_companion *c, enum load_archive archive)
{
	if (archive == ARCHIVE_SYSEXT && c->archive == ARCHIVE_CONFEXT &&
	    !c->is_extra)
		return !load_stub_knows(request, STUB_CONFEXTS);
	return c->archive == archive;
}

/* Puts a file at its place by name, or at the end: files that an entry names
 * keep its order. */
static void insert(struct cpio_file *files, size_t count,
		   const struct load_companion *c)
{
	struct cpio_file file = {
		.name = base_name(verified_name(c->file)),
		.content = verified_bytes(c->file).in,
	};
	size_t at = count;

	while (!c->is_extra && at > 0 &&
	       strcmp(files[at - 1].name, file.name) > 0) {
		files[at] = files[at - 1];
		at--;
	}
	files[at] = file;
}

static enum status add_archive(const struct load_request *request,
			       enum load_archive archive, bool is_extra,
			       struct initrd_plan *plan, struct error *err)
{
	const struct cpio_layout layout = {
		.dir = archives[archive].dir,
		.dir_mode = archives[archive].dir_mode,
		.file_mode = archives[archive].file_mode,
	};
	struct cpio_file files[LOAD_COMPANIONS_MAX];
	char source[64];
	size_t count = 0;

	if (!is_extra && !load_stub_knows(request, archives[archive].since))
		return OK;
	for (uint32_t i = 0; i < request->companion_count; i++)
		if (request->companions[i].is_extra == is_extra &&
		    is_in(request, &request->companions[i], archive))
			insert(files, count++, &request->companions[i]);
	if (!count)
		return OK;
	snprintf(source, sizeof(source), "/%s, %zu file%s%s", layout.dir, count,
		 count == 1 ? "" : "s", is_extra ? " of the entry" : "");
	return initrd_plan_archive(plan, source, &layout, files, count, err);
}

static enum status add_archives(const struct load_request *request,
				bool is_extra, struct initrd_plan *plan,
				struct error *err)
{
	enum status s = OK;

	for (unsigned i = 0; s == OK && i < ARCHIVE_COUNT; i++)
		s = add_archive(request, (enum load_archive)i, is_extra, plan,
				err);
	return s;
}

/* --- sections as files -------------------------------------------------------
 */

/* What the stub passes on as a file of its own, since which version. */
static const struct {
	enum uki_section section;
	uint32_t since;
	const char *name;
} passed_on[] = {
	{ UKI_PCRSIG, 252, "tpm2-pcr-signature.json" },
	{ UKI_PCRPKEY, 252, "tpm2-pcr-public-key.pem" },
	{ UKI_OSREL, 257, "os-release" },
	{ UKI_PROFILE, 257, "profile" },
};

static enum status add_sections(const struct load_request *request,
				struct initrd_plan *plan, struct error *err)
{
	static const struct cpio_layout layout = { ".extra", 0555, 0444,
						   false };
	const struct uki_view *uki = verified_uki(request->image);
	enum status s = OK;
	char source[64];

	for (size_t i = 0;
	     s == OK && uki && i < sizeof(passed_on) / sizeof(passed_on[0]);
	     i++) {
		struct cpio_file file = {
			.name = passed_on[i].name,
			.content = verified_section(request->image,
						    request->profile,
						    passed_on[i].section)
					   .in,
		};

		if (uki->stub_version < passed_on[i].since || !file.content.len)
			continue;
		snprintf(source, sizeof(source), "/.extra/%s", file.name);
		s = initrd_plan_archive(plan, source, &layout, &file, 1, err);
	}
	return s;
}

/* --- keelboot's own ----------------------------------------------------------
 */

/* systemd-tmpfiles of an initrd copies it to where the booted system finds it.
 */
static const char tmpfiles[] =
	"d /run/" HANDOVER_RUN " 0755 root root -\n"
	"C /run/" HANDOVER_RUN "/" HANDOVER_NAME
	" 0444 root root - /" HANDOVER_DIR "/" HANDOVER_NAME "\n"
	"C /run/" HANDOVER_RUN "/" HANDOVER_LOG
	" 0400 root root - /" HANDOVER_DIR "/" HANDOVER_LOG "\n";

/* A text as a file of its own, for those who may read it. */
static enum status add_own(const char *name, const char *text,
			   unsigned file_mode, struct initrd_plan *plan,
			   struct error *err)
{
	const struct cpio_layout layout = { HANDOVER_DIR, 0555, file_mode,
					    false };
	const struct cpio_file file = { name, span_of_text(text) };
	char source[64];

	snprintf(source, sizeof(source), "/%s/%s", layout.dir, name);
	return initrd_plan_archive(plan, source, &layout, &file, 1, err);
}

static enum status add_handover(const struct load_request *request,
				struct initrd_plan *plan, struct error *err)
{
	/* No records of directories here: those are the initrd's own, and
	 * records would change their modes. An initrd without that directory
	 * has no systemd-tmpfiles either, and then the kernel passes over the
	 * file. */
	static const struct cpio_layout theirs = { "usr/lib/tmpfiles.d", 0,
						   0644, true };
	const struct cpio_file config = { "keelboot.conf",
					  span_of_text(tmpfiles) };
	enum status s = OK;

	if (request->handover)
		s = add_own(HANDOVER_NAME, request->handover, 0444, plan, err);
	/* names disks, so it is for root alone */
	if (s == OK && request->log)
		s = add_own(HANDOVER_LOG, request->log, 0400, plan, err);
	if (s == OK && request->fetched)
		s = add_own(HANDOVER_NETWORK, request->fetched, 0444, plan,
			    err);
	if (s == OK && (request->handover || request->log))
		s = initrd_plan_archive(plan,
					"/usr/lib/tmpfiles.d/"
					"keelboot.conf",
					&theirs, &config, 1, err);
	return s;
}

enum status load_plan_initrd(const struct load_request *request,
			     struct initrd_plan *ret, struct error *err)
{
	enum status s = load_check_profile(request, err);

	memset(ret, 0, sizeof(*ret));
	if (s == OK)
		s = add_microcode(request, ret, err);
	for (uint32_t i = 0; s == OK && i < request->initrd_count; i++)
		s = initrd_plan_add(ret, verified_name(request->initrds[i]),
				    verified_bytes(request->initrds[i]), err);
	if (s == OK)
		s = add_archives(request, true, ret, err);
	if (s == OK)
		s = add_own_initrd(request, ret, err);
	if (s == OK)
		s = add_archives(request, false, ret, err);
	if (s == OK)
		s = add_sections(request, ret, err);
	if (s == OK)
		s = add_addon_initrds(request, ret, err);
	if (s == OK)
		s = add_handover(request, ret, err);
	return s;
}
