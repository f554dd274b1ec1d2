/*
 * Errors of kexec_file_load(2) and kexec_load(2) in words, see kexec_explain.h.
 * Which errno means what was read in the kernel's kexec_file.c, kexec.c,
 * kexec_core.c, verify_pefile.c and the loaders of each architecture.
 */
#include "kexec_explain.h"

#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const char *call_name(const struct kexec_refusal *r)
{
	return r->used == KEXEC_FILE ? "kexec_file_load(2)" : "kexec_load(2)";
}

/* The kernel said before that it has the call; then it is this machine or file
 * that it has no loader for. */
static enum status explain_missing(const struct kexec_refusal *r,
				   struct error *err)
{
	if (r->used == KEXEC_FILE)
		return fail_sys(err, E_KEXEC_NO_FILE, r->sys,
				"the running kernel's kexec_file_load(2) does "
				"not work: set \"kexec = load\"");
	return fail_sys(err, E_KEXEC_NO_LOAD, r->sys,
			"the running kernel's kexec_load(2) does not work: set "
			"\"kexec = file\"");
}

/* --- the second gate ------------------------------------------------------ */

#define VERDICT_MAX (DISPLAY_MAX + 64)

/* Two have judged this kernel. What keelboot said, for the same sentence. */
static void say_verdict(const struct loadable_kernel *kernel, char *buf,
			size_t cap)
{
	struct text t = text_over(buf, cap);

	if (kernel->how == VERIFIED_POLICY_OFF || kernel->how == VERIFIED_NOT) {
		text_add(&t, "keelboot asked for no signature");
		return;
	}
	text_add(&t, "keelboot trusts it (");
	verified_add_voucher(&t, kernel->how, kernel->signer.text);
	text_add_char(&t, ')');
}

/* What to change. The running kernel sees the kernel inside, not the image
 * around it that keelboot has checked, and what a zboot image unpacks to never
 * carries a signature. */
static const char *remedy(const struct loadable_kernel *kernel,
			  bool is_lockdown)
{
	static const char lockdown[] =
		"start the firmware's kernel without lockdown";
	static const char force[] =
		"build the firmware's kernel without CONFIG_KEXEC_SIG_FORCE";
	static const char lockdown_or_key[] =
		"start the firmware's kernel without lockdown, or build the "
		"signer's certificate into it";
	static const char force_or_key[] =
		"build the firmware's kernel without CONFIG_KEXEC_SIG_FORCE, "
		"or with the signer's certificate";

	if (kernel->codec[0])
		return is_lockdown ? lockdown : force;
	return is_lockdown ? lockdown_or_key : force_or_key;
}

static enum status explain_lockdown(const struct kexec_refusal *r,
				    struct error *err)
{
	const char *mode =
		r->locks.lockdown[0] ? r->locks.lockdown : "mode not known";
	char verdict[VERDICT_MAX];

	say_verdict(r->kernel, verdict, sizeof(verdict));
	if (r->used == KEXEC_FILE)
		return fail_sys(err, E_KEXEC_LOCKDOWN, r->sys,
				"%s, but the running kernel is locked down "
				"(%s) and trusts no signature of the %s in it: "
				"%s",
				verdict, mode,
				kimage_kind_name(r->kernel->view.kind),
				remedy(r->kernel, true));
	return fail_sys(err, E_KEXEC_LOCKDOWN, r->sys,
			"%s, but the running kernel is locked down (%s) and "
			"then allows no kexec_load(2): set \"kexec = file\" "
			"with a signed kernel, or start that one without "
			"lockdown",
			verdict, mode);
}

static enum status explain_denied(const struct kexec_refusal *r,
				  struct error *err)
{
	const struct platform_locks *locks = &r->locks;

	if (!locks->is_privileged)
		return fail_sys(err, E_KEXEC_PERMISSION, r->sys,
				"%s needs CAP_SYS_BOOT, which this process "
				"does not have",
				call_name(r));
	if (locks->load_disabled)
		return fail_sys(err, E_KEXEC_DISABLED, r->sys,
				"sysctl kernel.kexec_load_disabled is 1 and "
				"stays so until the machine restarts");
	if (locks->limit_reached)
		return fail_sys(err, E_KEXEC_DISABLED, r->sys,
				"sysctl kernel.kexec_load_limit_reboot is 0: "
				"as many kernels were loaded as it allows");
	return explain_lockdown(r, err);
}

static const char *signature_fault(int sys)
{
	switch (sys) {
	case ENODATA:
		return "there is none";
	case ENOKEY:
		return "its key is in none of that kernel's keyrings";
	case EKEYREJECTED:
		return "its key does not fit, or may not sign kernels";
	case EKEYEXPIRED:
	case EKEYREVOKED:
		return "its key is expired or revoked";
	case ENOPKG:
		return "its algorithm is not built into that kernel";
	case EACCES:
		return "its IMA policy appraises kernels";
	default:
		return "it has a fault";
	}
}

static enum status explain_signature(const struct kexec_refusal *r,
				     struct error *err)
{
	char verdict[VERDICT_MAX];

	say_verdict(r->kernel, verdict, sizeof(verdict));
	return fail_sys(err, E_KEXEC_SIGNATURE, r->sys,
			"%s, but the running kernel refuses the signature of "
			"the %s in it: %s; %s",
			verdict, kimage_kind_name(r->kernel->view.kind),
			signature_fault(r->sys),
			r->sys == EACCES
				? "change the policy of the firmware's kernel"
				: remedy(r->kernel, r->locks.lockdown[0]));
}

static enum status explain_format(const struct kexec_refusal *r,
				  struct error *err)
{
	const struct kimage_view *view = &r->kernel->view;

	return fail_sys(err, E_KEXEC_FORMAT, r->sys,
			"the running kernel's kexec_file_load(2) takes no %s "
			"for %s like this one (version %.*s, xloadflags 0x%x): "
			"set \"kexec = load\"",
			kimage_kind_name(view->kind),
			pe_machine_name(view->machine),
			(int)strcspn(view->version, " "), view->version,
			view->xloadflags);
}

/* "kernel 0x1000000+0x2f00000, initrd …": for what the kernel does not say. */
static void list_segments(const struct kexec_segments *segments,
			  struct text *to)
{
	for (uint32_t i = 0; segments && i < segments->count; i++) {
		const struct kexec_segment *seg = &segments->at[i];

		text_addf(to, "%s%s 0x%" PRIx64 "+0x%" PRIx64, i ? ", " : "",
			  seg->name, seg->mem, seg->memsz);
	}
}

static enum status explain_invalid(const struct kexec_refusal *r,
				   struct error *err)
{
	char buf[200];
	struct text list = text_over(buf, sizeof(buf));

	if (r->used == KEXEC_FILE)
		return fail_sys(err, E_KEXEC_INVALID, r->sys,
				"kexec_file_load(2) finds this %s of %zu "
				"bytes, its initrd of %zu or its command line "
				"of %u invalid",
				kimage_kind_name(r->kernel->view.kind),
				r->kernel->kernel.bytes.len,
				r->kernel->initrd.bytes.len,
				r->kernel->cmdline.len);
	list_segments(r->segments, &list);
	return fail_sys(
		err,
		r->sys == EADDRNOTAVAIL ? E_KEXEC_ADDRESS : E_KEXEC_INVALID,
		r->sys, "kexec_load(2) refuses one of the segments %s", buf);
}

static enum status explain_resources(const struct kexec_refusal *r,
				     struct error *err)
{
	uint64_t bytes =
		r->kernel->kernel.bytes.len + r->kernel->initrd.bytes.len;

	if (r->sys == ENOMEM)
		return fail_sys(err, E_KEXEC_MEMORY, r->sys,
				"%s got no memory for a copy of the kernel and "
				"initrd of %" PRIu64 " KiB",
				call_name(r), bytes / 1024);
	if (r->sys == ETXTBSY)
		return fail_sys(err, E_KEXEC_WRITABLE, r->sys,
				"the kernel or initrd is open for writing "
				"somewhere, so that its bytes are not certain");
	return fail_sys(err, E_KEXEC_BUSY, r->sys,
			"another process is loading a kernel, or processors "
			"are stuck in the running one");
}

enum status kexec_explain(const struct kexec_refusal *refusal,
			  struct error *err)
{
	switch (refusal->sys) {
	case ENOSYS:
	case EOPNOTSUPP:
		return explain_missing(refusal, err);
	case EPERM:
		return explain_denied(refusal, err);
	case EKEYREJECTED:
	case EKEYEXPIRED:
	case EKEYREVOKED:
	case ENOKEY:
	case EBADMSG:
	case ENODATA:
	case ENOPKG:
	case ELIBBAD:
	case EMSGSIZE:
	case EACCES:
		return explain_signature(refusal, err);
	case ENOEXEC:
		return explain_format(refusal, err);
	case EINVAL:
	case EADDRNOTAVAIL:
		return explain_invalid(refusal, err);
	case ENOMEM:
	case ETXTBSY:
	case EBUSY:
		return explain_resources(refusal, err);
	default:
		return fail_sys(err, E_KEXEC_FAILED, refusal->sys,
				"%s failed with an error it is not known for",
				call_name(refusal));
	}
}
