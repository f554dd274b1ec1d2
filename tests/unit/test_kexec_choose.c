/* Which system call is taken, what is refused before it, and what each errno
 * means after it. */
#include "format/pe.h"
#include "kexec_choose.h"
#include "kexec_explain.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>

/* --- the choice ------------------------------------------------------------
 */

/* What has to come out, for every combination: written down from the rules in
 * words, not from the code. */
static enum status expected(enum kexec_mode asked, const struct kexec_facts *f,
			    enum kexec_mode *ret)
{
	if (asked == KEXEC_LOAD) {
		*ret = KEXEC_LOAD;
		return f->has_load ? OK : E_KEXEC_NO_LOAD;
	}
	if (asked == KEXEC_FILE) {
		*ret = KEXEC_FILE;
		if (f->has_dtb)
			return E_KEXEC_DTB;
		return f->has_file ? OK : E_KEXEC_NO_FILE;
	}
	if (!f->has_file && !f->has_load)
		return E_KEXEC_NONE;
	if (f->has_dtb) {
		*ret = KEXEC_LOAD;
		return f->has_load ? OK : E_KEXEC_NO_LOAD;
	}
	*ret = f->has_file ? KEXEC_FILE : KEXEC_LOAD;
	if (f->tree_needs_edit && f->has_load && !f->is_locked_down)
		*ret = KEXEC_LOAD;
	return OK;
}

static void chooses_by_the_facts(void **state)
{
	static const enum kexec_mode modes[] = { KEXEC_AUTO, KEXEC_FILE,
						 KEXEC_LOAD };

	(void)state;
	for (unsigned i = 0; i < 3 * 32; i++) {
		struct kexec_facts facts = {
			.has_file = i & 1,
			.has_load = i & 2,
			.is_locked_down = i & 4,
			.has_dtb = i & 8,
			.tree_needs_edit = i & 16,
		};
		enum kexec_mode want = KEXEC_AUTO, got = KEXEC_AUTO;
		enum status s = expected(modes[i / 32], &facts, &want);
		struct error err;

		if (s == OK) {
			assert_ok(&err, kexec_choose(modes[i / 32], &facts,
						     &got, &err));
			assert_int_equal(got, want);
		} else {
			assert_refused(s, &err,
				       kexec_choose(modes[i / 32], &facts, &got,
						    &err));
			assert_int_equal(got, KEXEC_AUTO);
		}
	}
}

/* --- what is refused before --------------------------------------------------
 */

static struct loadable_kernel kernel_of(enum kimage_kind kind)
{
	return (struct loadable_kernel){
		.view = {
			.kind = kind,
			.machine = PE_MACHINE_X86_64,
			.cmdline_size = 2047,
			.version = "6.1.0-test",
		},
		.kernel = { .fd = -1 },
		.initrd = { .fd = -1 },
		.dtb = { .fd = -1 },
	};
}

static void knows_the_longest_command_line(void **state)
{
	static const struct {
		enum kimage_kind kind;
		enum kexec_mode used;
		uint32_t limit;
	} limits[] = {
		{ KIMAGE_BZIMAGE, KEXEC_LOAD, 2047 },
		{ KIMAGE_BZIMAGE, KEXEC_FILE, 2016 },
		{ KIMAGE_ARM64, KEXEC_LOAD, 2047 },
		{ KIMAGE_ARM64, KEXEC_FILE, 2047 },
		{ KIMAGE_RISCV, KEXEC_FILE, 2047 },
		{ KIMAGE_LOONGARCH, KEXEC_FILE, 4095 },
	};

	(void)state;
	for (size_t i = 0; i < test_count(limits); i++) {
		struct loadable_kernel k = kernel_of(limits[i].kind);
		struct error err;

		assert_int_equal(kexec_cmdline_limit(&k.view, limits[i].used),
				 limits[i].limit);
		k.cmdline.len = limits[i].limit;
		assert_ok(&err, kexec_check_cmdline(&k, limits[i].used, &err));
		k.cmdline.len++;
		assert_refused(E_KEXEC_CMDLINE, &err,
			       kexec_check_cmdline(&k, limits[i].used, &err));
	}
}

static void tells_both_lengths(void **state)
{
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	struct error err;

	(void)state;
	k.cmdline.len = 2020;
	assert_refused(E_KEXEC_CMDLINE, &err,
		       kexec_check_cmdline(&k, KEXEC_FILE, &err));
	assert_non_null(strstr(err.text, "2020"));
	assert_non_null(strstr(err.text, "2016"));
	/* A kernel that says 0 takes next to nothing, not everything. */
	k.view.cmdline_size = 0;
	assert_int_equal(kexec_cmdline_limit(&k.view, KEXEC_FILE), 1);
}

static void refuses_another_machine(void **state)
{
	struct loadable_kernel k = kernel_of(KIMAGE_ARM64);
	struct error err;

	(void)state;
	k.view.machine = PE_MACHINE_ARM64;
	assert_ok(&err, kexec_check_machine(&k, PE_MACHINE_ARM64, &err));
	assert_refused(E_KEXEC_MACHINE, &err,
		       kexec_check_machine(&k, PE_MACHINE_X86_64, &err));
	assert_non_null(strstr(err.text, "aarch64"));
	assert_non_null(strstr(err.text, "x86_64"));
}

static void refuses_more_than_half_of_memory(void **state)
{
	struct meminfo memory = { 100 << 20, 100 << 20 };
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	struct error err;

	(void)state;
	k.view.image_size = 40 << 20;
	k.initrd.bytes.len = 10 << 20;
	assert_ok(&err, kexec_check_file_memory(&k, &memory, &err));
	memory.total_bytes -= 2;
	assert_refused(E_KEXEC_HALF_RAM, &err,
		       kexec_check_file_memory(&k, &memory, &err));
	assert_non_null(strstr(err.text, "51200 KiB"));
	assert_non_null(strstr(err.text, "102399 KiB"));
	/* The file is the larger one. */
	memory.total_bytes = 100 << 20;
	k.kernel.bytes.len = 41 << 20;
	assert_refused(E_KEXEC_HALF_RAM, &err,
		       kexec_check_file_memory(&k, &memory, &err));
	k.initrd.bytes.len = SIZE_MAX;
	memory.total_bytes = UINT64_MAX;
	assert_refused(E_KEXEC_HALF_RAM, &err,
		       kexec_check_file_memory(&k, &memory, &err));
}

/* Both files twice, and the kernel's own memory; each page has an entry. */
static void refuses_what_memory_cannot_hold(void **state)
{
	struct meminfo memory = { 1 << 30, 0 };
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	uint64_t need = (40U << 20) + (14U << 20) + 2 * (10U << 20);
	struct error err;

	(void)state;
	k.view.image_size = 40 << 20;
	k.kernel.bytes.len = 14 << 20;
	k.initrd.bytes.len = 10 << 20;
	memory.available_bytes = need + need / 128;
	assert_ok(&err, kexec_check_file_memory(&k, &memory, &err));
	assert_ok(&err, kexec_check_available(need, &memory, &err));
	memory.available_bytes--;
	assert_refused(E_KEXEC_MEMORY, &err,
		       kexec_check_file_memory(&k, &memory, &err));
	assert_non_null(strstr(err.text, "76368 KiB"));
	assert_non_null(strstr(err.text, "76367 KiB"));
	assert_refused(E_KEXEC_MEMORY, &err,
		       kexec_check_available(need, &memory, &err));
}

/* --- what an errno means
 * ------------------------------------------------------ */

static enum status explain(const struct kexec_refusal *r, struct error *err)
{
	enum status s = kexec_explain(r, err);

	assert_int_equal(err->sys, r->sys);
	return s;
}

static void maps_each_errno(void **state)
{
	static const struct {
		enum kexec_mode used;
		int sys;
		enum status want;
	} map[] = {
		{ KEXEC_FILE, ENOSYS, E_KEXEC_NO_FILE },
		{ KEXEC_FILE, EOPNOTSUPP, E_KEXEC_NO_FILE },
		{ KEXEC_LOAD, ENOSYS, E_KEXEC_NO_LOAD },
		{ KEXEC_FILE, EKEYREJECTED, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, EKEYEXPIRED, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, EKEYREVOKED, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, ENOKEY, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, EBADMSG, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, ENODATA, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, ENOPKG, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, ELIBBAD, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, EMSGSIZE, E_KEXEC_SIGNATURE },
		{ KEXEC_LOAD, EACCES, E_KEXEC_SIGNATURE },
		{ KEXEC_FILE, EPERM, E_KEXEC_LOCKDOWN },
		{ KEXEC_LOAD, EPERM, E_KEXEC_LOCKDOWN },
		{ KEXEC_FILE, ENOEXEC, E_KEXEC_FORMAT },
		{ KEXEC_FILE, EINVAL, E_KEXEC_INVALID },
		{ KEXEC_LOAD, EINVAL, E_KEXEC_INVALID },
		{ KEXEC_LOAD, EADDRNOTAVAIL, E_KEXEC_ADDRESS },
		{ KEXEC_FILE, ENOMEM, E_KEXEC_MEMORY },
		{ KEXEC_LOAD, ENOMEM, E_KEXEC_MEMORY },
		{ KEXEC_FILE, ETXTBSY, E_KEXEC_WRITABLE },
		{ KEXEC_FILE, EBUSY, E_KEXEC_BUSY },
		{ KEXEC_LOAD, EIO, E_KEXEC_FAILED },
	};
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	struct kexec_segments list = {
		.at = { { "kernel", { 0 }, 0x1000000, 0x2f00000 },
			{ "boot data", { 0 }, 0x100000, 0x3000 } },
		.count = 2,
	};

	(void)state;
	for (size_t i = 0; i < test_count(map); i++) {
		struct kexec_refusal r = {
			.used = map[i].used,
			.sys = map[i].sys,
			.kernel = &k,
			.segments = map[i].used == KEXEC_LOAD ? &list : NULL,
			.locks = { .is_privileged = true },
		};
		struct error err;

		assert_refused(map[i].want, &err, explain(&r, &err));
	}
}

/* The longest list there can be leaves a whole sentence. */
static void names_the_segments(void **state)
{
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	struct kexec_segments list = { .count = 4 };
	struct kexec_refusal r = {
		.used = KEXEC_LOAD,
		.sys = EADDRNOTAVAIL,
		.kernel = &k,
		.segments = &list,
	};
	struct error err;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		list.at[i] = (struct kexec_segment){
			i ? "device tree" : "kernel",
			{ 0 },
			0xfffffff000000000 + i,
			0xfffffff0000000,
		};
	assert_refused(E_KEXEC_ADDRESS, &err, explain(&r, &err));
	assert_non_null(strstr(err.text, "kernel 0xfffffff000000000"));
	assert_non_null(strstr(err.text, "tree 0xfffffff000000003"));
}

static void tells_apart_what_is_denied(void **state)
{
	static const struct {
		struct platform_locks locks;
		enum status want;
		const char *says;
	} cases[] = {
		{ { .is_privileged = false, .lockdown = "integrity" },
		  E_KEXEC_PERMISSION,
		  "CAP_SYS_BOOT" },
		{ { .is_privileged = true,
		    .load_disabled = true,
		    .lockdown = "integrity" },
		  E_KEXEC_DISABLED,
		  "kexec_load_disabled" },
		{ { .is_privileged = true, .limit_reached = true },
		  E_KEXEC_DISABLED,
		  "kexec_load_limit_reboot" },
		{ { .is_privileged = true, .lockdown = "integrity" },
		  E_KEXEC_LOCKDOWN,
		  "(integrity)" },
		{ { .is_privileged = true }, E_KEXEC_LOCKDOWN, "not known" },
	};
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);

	(void)state;
	for (unsigned i = 0; i < 2 * test_count(cases); i++) {
		struct kexec_refusal r = {
			.used = i & 1 ? KEXEC_FILE : KEXEC_LOAD,
			.sys = EPERM,
			.kernel = &k,
			.locks = cases[i / 2].locks,
		};
		struct error err;

		assert_refused(cases[i / 2].want, &err, explain(&r, &err));
		assert_non_null(strstr(err.text, cases[i / 2].says));
	}
}

/* Two have judged the kernel: the sentence has both verdicts and what to
 * change, whoever refused it and why. */
static void tells_both_verdicts(void **state)
{
	static const struct {
		enum verified_how how;
		const char *says;
	} verdicts[] = {
		{ VERIFIED_SIGNATURE,
		  "keelboot trusts it (signed by Example CA)" },
		{ VERIFIED_ENROLLED_HASH,
		  "keelboot trusts it (its digest is enrolled)" },
		{ VERIFIED_MANIFEST,
		  "keelboot trusts it (manifest signed by Example CA)" },
		{ VERIFIED_HASH_PIN,
		  "keelboot trusts it (its digest is configured)" },
		{ VERIFIED_POLICY_OFF, "keelboot asked for no signature" },
	};
	static const struct {
		int sys;
		const char *lockdown, *codec;
		enum status want;
		const char *refuses, *change;
	} gates[] = {
		{ EPERM, "integrity", "", E_KEXEC_LOCKDOWN,
		  "locked down (integrity) and trusts no signature of the "
		  "bzImage in it",
		  "without lockdown, or build the signer's certificate into "
		  "it" },
		{ EPERM, "integrity", "zstd", E_KEXEC_LOCKDOWN,
		  "locked down (integrity)", "kernel without lockdown:" },
		{ ENOKEY, "", "", E_KEXEC_SIGNATURE,
		  "its key is in none of that kernel's keyrings",
		  "without CONFIG_KEXEC_SIG_FORCE, or with the signer's "
		  "certificate" },
		{ ENODATA, "", "gzip", E_KEXEC_SIGNATURE, "there is none",
		  "without CONFIG_KEXEC_SIG_FORCE:" },
		{ EKEYREJECTED, "integrity", "", E_KEXEC_SIGNATURE,
		  "may not sign kernels", "without lockdown, or" },
		{ EACCES, "", "", E_KEXEC_SIGNATURE,
		  "its IMA policy appraises kernels", "change the policy" },
	};
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);

	(void)state;
	k.signer = display_of_text("Example CA");
	for (size_t i = 0; i < test_count(verdicts) * test_count(gates); i++) {
		size_t gate = i % test_count(gates);
		size_t verdict = i / test_count(gates);
		struct kexec_refusal r = {
			.used = KEXEC_FILE,
			.sys = gates[gate].sys,
			.kernel = &k,
			.locks = { .is_privileged = true },
		};
		struct error err;

		k.how = verdicts[verdict].how;
		snprintf(k.codec, sizeof(k.codec), "%s", gates[gate].codec);
		snprintf(r.locks.lockdown, sizeof(r.locks.lockdown), "%s",
			 gates[gate].lockdown);
		assert_refused(gates[gate].want, &err, explain(&r, &err));
		assert_non_null(strstr(err.text, verdicts[verdict].says));
		assert_non_null(strstr(err.text, gates[gate].refuses));
		assert_non_null(strstr(err.text, gates[gate].change));
	}
}

/* The longest name there can be leaves a whole sentence. */
static void a_long_signer_leaves_room_for_the_remedy(void **state)
{
	struct loadable_kernel k = kernel_of(KIMAGE_BZIMAGE);
	struct kexec_refusal r = {
		.used = KEXEC_FILE,
		.sys = EPERM,
		.kernel = &k,
		.locks = { .is_privileged = true,
			   .lockdown = "confidentiality" },
	};
	struct error err;

	(void)state;
	k.how = VERIFIED_MANIFEST;
	memset(k.signer.text, 'x', DISPLAY_MAX - 1);
	k.signer.text[DISPLAY_MAX - 1] = '\0';
	assert_refused(E_KEXEC_LOCKDOWN, &err, explain(&r, &err));
	assert_non_null(strstr(err.text, "certificate into it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_by_the_facts),
		cmocka_unit_test(knows_the_longest_command_line),
		cmocka_unit_test(tells_both_lengths),
		cmocka_unit_test(refuses_another_machine),
		cmocka_unit_test(refuses_more_than_half_of_memory),
		cmocka_unit_test(refuses_what_memory_cannot_hold),
		cmocka_unit_test(maps_each_errno),
		cmocka_unit_test(names_the_segments),
		cmocka_unit_test(tells_apart_what_is_denied),
		cmocka_unit_test(tells_both_verdicts),
		cmocka_unit_test(a_long_signer_leaves_room_for_the_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
