#include "boot_load.h"

#include "base/log.h"
#include "base/progress.h"
#include "load_plan.h"
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

static enum status fail_locked(const struct config *config, struct error *err)
{
	return fail(err, E_POLICY_EDITOR,
		    "the command line cannot be edited: %s",
		    policy_editor_locked(config));
}

/* Said before anything else, so that the log that the booted system gets has
 * it. */
static enum status check_wish(const struct config *config,
			      const struct boot_wish *wish, struct error *err)
{
	if (!wish || (!wish->options && !wish->is_verbose))
		return OK;
	if (!policy_editor_allowed(config))
		return fail_locked(config, err);
	if (wish->options)
		log_warn("the operator edited the command line, nothing "
			 "vouches for it: %s",
			 wish->options);
	else
		log_warn("the operator asked for a verbose boot, nothing "
			 "vouches for its words");
	return OK;
}

static void take_wish(const struct boot_wish *wish, struct load_request *ret)
{
	if (!wish)
		return;
	ret->edited = wish->options;
	ret->is_verbose = wish->is_verbose;
}

static enum status load_entry(struct scan *scan, const struct boot_entry *entry,
			      const struct config *config,
			      const struct verify_context *verify,
			      const struct boot_wish *wish,
			      struct loadable_kernel *kernel, struct error *err)
{
	_drop_request_ struct load_request request = { 0 };
	uint32_t id = entry->id;
	struct boot_entry *still;
	enum status s = check_wish(config, wish, err);

	if (s == OK)
		s = prepare_entry(scan, entry, config, verify, &request, err);
	if (s != OK)
		return s;
	take_wish(wish, &request);
	/* reading may have let the entry go with its disk */
	still = scan_find(scan, id);
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

/* The one step that cannot say how far it is. */
static enum status hand_over(const struct loadable_kernel *kernel,
			     enum kexec_mode mode, struct kexec_loaded *ret,
			     struct error *err)
{
	uint64_t size = kernel->kernel.bytes.len + kernel->initrd.bytes.len;
	enum status s;

	progress_step("loading", 0, size);
	s = kexec_load_kernel(kernel, mode, ret, err);
	if (s == OK)
		progress_step("loading", size, size);
	return s;
}

enum status boot_load(struct scan *scan, const struct boot_entry *entry,
		      const struct config *config,
		      const struct verify_context *verify,
		      const struct boot_wish *wish, struct kexec_loaded *ret,
		      struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	struct display title = entry->found.title;
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	kernel->kernel = kernel->initrd = kernel->dtb = BLOB_NONE;
	log_info("starting %s from %s %s", title.text, entry->place.name,
		 entry->found.path);
	s = load_entry(scan, entry, config, verify, wish, kernel, err);
	if (s == OK) {
		log_info("%s%s%s; command line: %s",
			 verified_how_text(kernel->how),
			 words_for_signer(kernel), kernel->signer.text,
			 kernel->cmdline.text);
		s = hand_over(kernel, config->kexec, ret, err);
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
			  const struct boot_wish *wish, struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	s = load_entry(scan, entry, config, verify, wish, kernel, err);
	if (s != OK) {
		free(kernel);
		return fail_in(err, s, "unable to boot \"%s\"",
			       entry->found.title.text);
	}
	s = fail(err, E_REHEARSED,
		 "rehearsal: \"%s\" would boot, %zu bytes of kernel, %zu "
		 "bytes of initrd",
		 entry->found.title.text, kernel->kernel.bytes.len,
		 kernel->initrd.bytes.len);
	loadable_kernel_drop(kernel);
	free(kernel);
	return s;
}

/* The line and the limit of the kernel that the entry has. */
static enum status plan_line(struct scan *scan, const struct boot_entry *entry,
			     const struct config *config,
			     const struct verify_context *verify,
			     struct cmdline *ret, size_t *ret_limit,
			     struct error *err)
{
	_drop_request_ struct load_request request = { 0 };
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	s = prepare_entry(scan, entry, config, verify, &request, err);
	if (s == OK)
		s = load_plan_cmdline(&request, ret, err);
	if (s == OK)
		s = zboot_load_kernel(&request, kernel, err);
	if (s == OK) {
		*ret_limit = kexec_cmdline_room(kernel, config->kexec);
		loadable_kernel_drop(kernel);
	}
	free(kernel);
	return s;
}

enum status boot_command_line(struct scan *scan, const struct boot_entry *entry,
			      const struct config *config,
			      const struct verify_context *verify,
			      struct cmdline *ret, size_t *ret_limit,
			      struct error *err)
{
	struct display title = entry->found.title;
	enum status s;

	if (!policy_editor_allowed(config))
		return fail_locked(config, err);
	s = plan_line(scan, entry, config, verify, ret, ret_limit, err);
	if (s != OK)
		return fail_in(err, s, "unable to edit \"%s\"", title.text);
	return OK;
}
