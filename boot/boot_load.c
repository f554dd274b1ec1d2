#include "boot_load.h"

#include "base/log.h"
#include "prepare.h"
#include "zboot_load.h"

#include <stdio.h>
#include <stdlib.h>

/* What vouches for an image, for the line about its entry. */
static void note_verdict(struct boot_entry *entry,
			 const struct verified_image *image)
{
	struct text by =
		text_over(entry->verified.text, sizeof(entry->verified.text));

	verified_add_voucher(&by, verified_how(image), verified_signer(image));
	snprintf(entry->warning, sizeof(entry->warning), "%s",
		 verified_warning(image));
}

static enum status load_entry(struct scan *scan, const struct boot_entry *entry,
			      const struct config *config,
			      const struct verify_context *verify,
			      struct loadable_kernel *kernel, struct error *err)
{
	_drop_request_ struct load_request request = { 0 };
	uint32_t id = entry->id;
	enum status s =
		prepare_entry(scan, entry, config, verify, &request, err);
	/* reading may have let the entry go with its disk */
	struct boot_entry *still = scan_find(scan, id);

	if (s != OK)
		return s;
	if (still)
		note_verdict(still, request.image);
	return zboot_load(&request, kernel, err);
}

/* What goes before the signer's name. */
static const char *words_for_signer(const struct loadable_kernel *kernel)
{
	if (!kernel->signer.text[0])
		return "";
	return verified_proves_signer(kernel->how)
		       ? ", signed by "
		       : ", claims to be signed by ";
}

enum status boot_load(struct scan *scan, const struct boot_entry *entry,
		      const struct config *config,
		      const struct verify_context *verify,
		      struct kexec_loaded *ret, struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	struct display title = entry->found.title;
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	kernel->kernel = kernel->initrd = kernel->dtb = BLOB_NONE;
	log_info("starting %s from %s %s", title.text, entry->place.name,
		 entry->found.path);
	s = load_entry(scan, entry, config, verify, kernel, err);
	if (s == OK) {
		log_info("%s%s%s; command line: %s",
			 verified_how_text(kernel->how),
			 words_for_signer(kernel), kernel->signer.text,
			 kernel->cmdline.text);
		s = kexec_load_kernel(kernel, config->kexec, ret, err);
		loadable_kernel_drop(kernel);
	}
	free(kernel);
	if (s != OK)
		return fail_in(err, s, "unable to boot \"%s\"", title.text);
	log_info("loaded %llu bytes with %s in %llu ms",
		 (unsigned long long)ret->bytes,
		 ret->used == KEXEC_FILE ? "kexec_file_load" : "kexec_load",
		 (unsigned long long)ret->call_ms);
	return OK;
}

enum status boot_rehearse(struct scan *scan, const struct boot_entry *entry,
			  const struct config *config,
			  const struct verify_context *verify,
			  struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	s = load_entry(scan, entry, config, verify, kernel, err);
	if (s != OK) {
		free(kernel);
		return fail_in(err, s, "unable to boot \"%s\"",
			       entry->found.title.text);
	}
	s = fail(err, E_UNSUPPORTED,
		 "rehearsal: \"%s\" would boot, %zu bytes of kernel, %zu of "
		 "initrd",
		 entry->found.title.text, kernel->kernel.bytes.len,
		 kernel->initrd.bytes.len);
	loadable_kernel_drop(kernel);
	free(kernel);
	return s;
}
