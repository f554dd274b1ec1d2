/*
 * What stands beside a UKI: found by the probe, taken or left out by
 * prepare_companions.c, packed by load_plan.c.
 */
#include "prepare_bench.h"

static void everything_beside_a_uki_is_taken(void **state)
{
	static const char *const pieces[] = {
		".ucode of /EFI/Linux/x.efi.extra.d/a.addon.efi",
		".ucode of /loader/addons/z.addon.efi",
		".ucode",
		".initrd",
		"/.extra/credentials, 2 files",
		"/.extra/global_credentials, 1 file",
		"/.extra/sysext, 1 file",
		"/.extra/global_sysext, 1 file",
		"/.extra/confext, 1 file",
		"/.extra/global_confext, 1 file",
		"/.extra/tpm2-pcr-signature.json",
		"/.extra/os-release",
		".initrd of /EFI/Linux/x.efi.extra.d/a.addon.efi",
		".initrd of /EFI/Linux/x.efi.extra.d/b.addon.efi",
		"/.extra/keelboot/entry",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_companions(&s);
	put_addons(&s);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_pieces(pieces, test_count(pieces));
	assert_cmdline("quiet global first second");
	/* Bytewise: upper case first. */
	assert_string_equal(verified_name(request.companions[0].file),
			    "/EFI/Linux/x.efi.extra.d/A.CRED");
	assert_true(has_note("1 companion cannot be taken along: "
			     "/EFI/Linux/x.efi.extra.d/caf"));
	assert_non_null(strstr(request.handover, "\nid x.efi\n"));
	assert_non_null(
		strstr(request.handover, "\npath /EFI/Linux/x+2-2.efi\n"));
	assert_non_null(strstr(request.handover, "\ncounter yes\n"));
	load_request_drop(&request);
}

/* Where nothing may be written nothing is counted, and the name stays. */
static void the_hand_over_says_whether_it_was_counted(void **state)
{
	static const struct {
		const char *place;
		bool counted;
	} cases[] = {
		{ "", true },
		{ "kind=esp\n", true },
		{ "kind=xbootldr\nfs-type=vfat\n", true },
		{ "kind=xbootldr\nfs-type=ext4\n", false },
		{ "kind=md-member\n", false },
		{ "kind=foreign\n", false },
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	for (size_t i = 0; i < test_count(cases); i++) {
		const char *path = cases[i].counted
					   ? "\npath /EFI/Linux/x+2-2.efi\n"
					   : "\npath /EFI/Linux/x+3-1.efi\n";
		const char *counter =
			cases[i].counted ? "\ncounter yes\n" : "\ncounter no\n";

		scan.places.filesystems = ~0U;
		scratch_text(&s, PLACES_FILE, cases[i].place);
		assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
		assert_non_null(strstr(request.handover, path));
		assert_non_null(strstr(request.handover, counter));
	}
	load_request_drop(&request);
}

/* What a stub does not know is nothing to it, and every .raw is a system
 * extension to one that knows no others. */
static void the_stub_decides_what_counts(void **state)
{
	static const char *const pieces[] = {
		".initrd",
		"/.extra/credentials, 2 files",
		"/.extra/global_credentials, 1 file",
		"/.extra/sysext, 2 files",
		"/.extra/tpm2-pcr-signature.json",
		"/.extra/keelboot/entry",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_252);
	put_companions(&s);
	put_addons(&s);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_pieces(pieces, test_count(pieces));
	assert_cmdline("quiet");
	assert_true(has_note("e.sysext.raw: systemd-stub knows it since "
			     "version 258, the image has 252"));
	assert_true(has_note("a.addon.efi: systemd-stub knows it since "
			     "version 254"));
	load_request_drop(&request);
}

static void enforce_leaves_out_what_nothing_covers(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_companions(&s);
	put_addons(&s);
	put_addon(&s, BESIDE "c.addon.efi", "third", NULL, NULL, "6.9.9");
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(request.companion_count, 0);
	assert_int_equal(request.addon_count, 3);
	assert_cmdline("quiet global first second");
	assert_true(has_note("credential left out: "
			     "/EFI/Linux/x.efi.extra.d/b.cred: nothing "
			     "vouches for it"));
	assert_true(has_note("it is for kernel 6.9.9, the UKI has 6.1.0-test"));
	/* An addon nobody has signed. */
	keyring_drop(&keys);
	put_uki(&s, UKI_BUILD_MAGIC_262);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(request.addon_count, 0);
	assert_cmdline("quiet");
	assert_true(has_note("addon left out: /loader/addons/z.addon.efi: it "
			     "is not signed"));
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_WARN, &err));
	assert_int_equal(request.addon_count, 3);
	assert_int_equal(request.companion_count, 7);
	load_request_drop(&request);
}

static void addons_of_other_machines_are_left_out(void **state)
{
	static const struct section sections[] = { { ".cmdline", "arm" } };
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_image(&s, "loader/addons/arm.addon.efi", PE_MACHINE_ARM64,
		  UKI_BUILD_MAGIC_ADDON, false, sections, 1);
	put_image(&s, "loader/addons/uki.addon.efi", PE_MACHINE_X86_64,
		  UKI_BUILD_MAGIC_262, true, sections, 1);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_cmdline("quiet");
	assert_true(has_note("it is for aarch64, the UKI for x86_64"));
	assert_true(has_note("it is not a PE addon"));
	load_request_drop(&request);
}

static void too_many_files_are_told(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	for (int i = 0; i < FOUND_FILES_MAX; i++) {
		char path[64];

		snprintf(path, sizeof(path), "loader/credentials/%02d.cred", i);
		scratch_text(&s, path, "x");
	}
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_int_equal(request.companion_count, FOUND_FILES_MAX - 1);
	assert_true(has_note("1 companion cannot be taken along: "
			     "/loader/credentials/47.cred"));
	load_request_drop(&request);
}

/* --- manifests ---------------------------------------------------------------
 */

#define UKI_ROW "linux", "EFI/Linux/x+3-1.efi"

static void a_manifest_covers_companions(void **state)
{
	static const char *const rows[] = { UKI_ROW,
					    "credential",
					    BESIDE "b.cred",
					    "global-sysext",
					    "loader/extensions/e.sysext.raw",
					    NULL };
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_companions(&s);
	sign(&s, "x.efi.manifest", rows);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(verified_how(request.image), VERIFIED_ENROLLED_HASH);
	assert_int_equal(request.companion_count, 2);
	assert_int_equal(verified_how(request.companions[1].file),
			 VERIFIED_MANIFEST);
	assert_true(has_note("credential left out: "
			     "/EFI/Linux/x.efi.extra.d/A.CRED"));
	/* One of them changed, or gone: none of them. */
	scratch_text(&s, "loader/extensions/e.sysext.raw", "E");
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(request.companion_count, 0);
	assert_true(has_note("/EFI/Linux/x.efi.extra.d/b.cred left out, for "
			     "the set counts as a whole: "));
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_WARN, &err));
	assert_int_equal(request.companion_count, 7);
	load_request_drop(&request);
}

static void a_renamed_companion_is_another_one(void **state)
{
	static const char *const rows[] = { UKI_ROW, "credential",
					    BESIDE "b.cred", NULL };
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	scratch_text(&s, BESIDE "b.cred", "b");
	sign(&s, "x.efi.manifest", rows);
	run("mv %s/" BESIDE "b.cred %s/" BESIDE "root.cred", s.dir, s.dir);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(request.companion_count, 0);
	assert_true(has_note("has the credential "
			     "/EFI/Linux/x.efi.extra.d/b.cred in line 2 where "
			     "the entry has /EFI/Linux/x.efi.extra.d/"
			     "root.cred"));
	load_request_drop(&request);
}

static void a_manifest_of_another_uki_counts_for_nothing(void **state)
{
	static const char *const rows[] = { "linux", "other", "credential",
					    BESIDE "b.cred", NULL };
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	scratch_text(&s, BESIDE "b.cred", "b");
	scratch_text(&s, "other", "another UKI");
	sign(&s, "x.efi.manifest", rows);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(request.companion_count, 0);
	assert_true(has_note("the manifest beside it does not count: "));
	assert_true(has_note("nothing vouches for it"));
	load_request_drop(&request);
}

static void a_loose_entry_is_covered_with_its_extras(void **state)
{
	static const char *const rows[] = {
		"linux", "vmlinuz", "initrd", "one", "extra", "a.cred", NULL,
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /one\nextra /a.cred\n");
	scratch_text(&s, "one", "1");
	scratch_text(&s, "a.cred", "a");
	sign(&s, "x.manifest", rows);
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	assert_int_equal(request.companion_count, 1);
	assert_int_equal(verified_how(request.image), VERIFIED_MANIFEST);
	scratch_text(&s, "a.cred", "b");
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	scratch_text(&s, "a.cred", "a");
	put_kernel(&s, "linux /vmlinuz\ninitrd /one\n");
	assert_refused(E_VERIFY_LEFT_OVER, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	put_kernel(&s, "linux /vmlinuz\ninitrd /one\nextra /a.cred\n"
		       "options quiet\n");
	assert_refused(E_VERIFY_NOT_COVERED, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			everything_beside_a_uki_is_taken, begin, end),
		cmocka_unit_test_setup_teardown(
			the_hand_over_says_whether_it_was_counted, begin, end),
		cmocka_unit_test_setup_teardown(the_stub_decides_what_counts,
						begin, end),
		cmocka_unit_test_setup_teardown(
			enforce_leaves_out_what_nothing_covers, begin, end),
		cmocka_unit_test_setup_teardown(
			addons_of_other_machines_are_left_out, begin, end),
		cmocka_unit_test_setup_teardown(too_many_files_are_told, begin,
						end),
		cmocka_unit_test_setup_teardown(a_manifest_covers_companions,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_renamed_companion_is_another_one, begin, end),
		cmocka_unit_test_setup_teardown(
			a_manifest_of_another_uki_counts_for_nothing, begin,
			end),
		cmocka_unit_test_setup_teardown(
			a_loose_entry_is_covered_with_its_extras, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
