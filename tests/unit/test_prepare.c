/*
 * boot_entry -> load_request: which files and options of an entry count, under
 * enforce, warn and off. What stands beside UKIs is in test_companions.c.
 */
#include "prepare_bench.h"
#include "prepare_parts.h"

static void a_trusted_kernel_alone_boots(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\n");
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	load_request_drop(&request);
}

/* A signed kernel with somebody's init=/bin/sh is no signed boot. */
static void options_of_a_disk_need_a_manifest(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\noptions init=/bin/sh\n");
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_WARN, &err));
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	load_request_drop(&request);
}

static void an_initrd_of_a_disk_needs_a_manifest(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /initrd\n");
	scratch_text(&s, "initrd", "initrd");
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_WARN, &err));
	load_request_drop(&request);
}

/* --- options -----------------------------------------------------------------
 */

static void options_take_the_place_of_the_command_line(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	scratch_text(&s, "loader/entries/u.conf",
		     "uki /EFI/Linux/x+3-1.efi\noptions own options\n");
	put_companions(&s);
	assert_ok(&err, prepare(&s, "u.conf", VERIFY_OFF, &err));
	assert_cmdline("own options");
	assert_int_equal(request.companion_count, 7);
	assert_ok(&err, prepare(&s, "u.conf", VERIFY_ENFORCE, &err));
	assert_cmdline("quiet");
	assert_true(has_note("its 11 bytes of options are left out: nothing "
			     "vouches for them, and /EFI/Linux/x+3-1.efi has "
			     "a command line"));
	load_request_drop(&request);
}

static void a_uki_without_a_line_refuses_uncovered_options(void **state)
{
	static const struct section sections[] = { { ".osrel", "ID=test\n" } };
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_image(&s, "EFI/Linux/x.efi", PE_MACHINE_X86_64, UKI_BUILD_MAGIC_262,
		  true, sections, 1);
	scratch_text(&s, "loader/entries/u.conf",
		     "uki /EFI/Linux/x.efi\noptions init=/bin/sh\n");
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare(&s, "u.conf", VERIFY_ENFORCE, &err));
	assert_ok(&err, prepare(&s, "u.conf", VERIFY_WARN, &err));
	assert_cmdline("init=/bin/sh");
	load_request_drop(&request);
}

static void extras_become_archives(void **state)
{
	static const char *const pieces[] = {
		"/one",
		"/.extra/credentials, 2 files of the entry",
		"/.extra/confext, 1 file of the entry",
		"/.extra/keelboot/entry",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /one\nextra /z.cred\n"
		       "extra /a.cred\nextra /c.confext.raw\nextra /d.raw\n");
	scratch_text(&s, "one", "1");
	scratch_text(&s, "z.cred", "z");
	scratch_text(&s, "a.cred", "a");
	scratch_text(&s, "c.confext.raw", "c");
	scratch_text(&s, "d.raw", "d");
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	assert_pieces(pieces, test_count(pieces));
	assert_true(has_note("/d.raw: its name ends neither"));
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       prepare(&s, "x.conf", VERIFY_ENFORCE, &err));
}

/* --- thin UKIs ---------------------------------------------------------------
 */

static void put_thin(const struct scratch *s, const char *linux_path)
{
	_drop_pe_ struct pe_build kernel, b;
	uint8_t sum[DIGEST_MAX];

	bzimage_build(&kernel);
	scratch_file(s, "EFI/nixos/kernel.efi", pe_build_file(&kernel));
	scratch_text(s, "EFI/nixos/initrd", "initrd");
	pe_build_begin(&b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(&b, ".osrel", "ID=nixos\n");
	pe_build_text(&b, ".cmdline", "init=/nix/store/x");
	pe_build_text(&b, ".linux", linux_path);
	digest_of(DIGEST_SHA256, pe_build_file(&kernel), sum);
	pe_build_section(&b, ".linuxh", span_of(sum, 32));
	pe_build_text(&b, ".initrd", "\\EFI\\nixos\\initrd");
	digest_of(DIGEST_SHA256, span_of_text("initrd"), sum);
	pe_build_section(&b, ".initrdh", span_of(sum, 32));
	pe_build_text(&b, ".sbat", SBAT);
	enroll(pe_build_file(&b));
	scratch_file(s, "EFI/Linux/nixos.efi", pe_build_file(&b));
}

static void thin_ukis_take_the_files_they_name(void **state)
{
	static const char *const pieces[] = {
		"/EFI/nixos/initrd",
		"/.extra/keelboot/entry",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	static struct loadable_kernel kernel;
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span file = { 0 };
	struct error err;

	(void)state;
	put_thin(&s, "\\EFI\\nixos\\kernel.efi");
	assert_ok(&err, prepare(&s, "nixos.efi", VERIFY_ENFORCE, &err));
	assert_int_equal(verified_how(request.thin_kernel), VERIFIED_HASH_PIN);
	assert_pieces(pieces, test_count(pieces));
	assert_ok(&err, zboot_load(&request, &kernel, &err));
	file = test_read_file(scratch_path(&s, "EFI/nixos/kernel.efi"));
	assert_span_equal(kernel.kernel.bytes, file);
	assert_string_equal(kernel.cmdline.text, "init=/nix/store/x");
	loadable_kernel_drop(&kernel);
	scratch_text(&s, "EFI/nixos/initrd", "Initrd");
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare(&s, "nixos.efi", VERIFY_ENFORCE, &err));
	assert_refused(E_VERIFY_DIGEST, &err,
		       prepare(&s, "nixos.efi", VERIFY_OFF, &err));
}

/* Without its initrd the kernel would boot something else. */
static void a_thin_uki_hashes_all_that_it_has(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_pe_ struct pe_build kernel, b;
	uint8_t sum[DIGEST_MAX];
	struct error err;

	(void)state;
	bzimage_build(&kernel);
	scratch_file(&s, "kernel.efi", pe_build_file(&kernel));
	pe_build_begin(&b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(&b, ".osrel", "ID=nixos\n");
	pe_build_text(&b, ".linux", "\\kernel.efi");
	digest_of(DIGEST_SHA256, pe_build_file(&kernel), sum);
	pe_build_section(&b, ".linuxh", span_of(sum, 32));
	pe_build_text(&b, ".initrd", "the initrd itself");
	pe_build_text(&b, ".sbat", SBAT);
	enroll(pe_build_file(&b));
	scratch_file(&s, "EFI/Linux/nixos.efi", pe_build_file(&b));
	assert_refused(E_LOAD_THIN, &err,
		       prepare(&s, "nixos.efi", VERIFY_ENFORCE, &err));
	assert_non_null(strstr(err.text, "has no hash for its .initrd"));
}

static void thin_ukis_name_files_of_their_volume(void **state)
{
	static const struct {
		const char *path;
		enum status want;
	} bad[] = {
		{ "\\EFI\\..\\..\\kernel.efi", E_BLS_PATH_DOTS },
		{ "\\EFI\\nixos\\other.efi", E_VOLUME_NOT_FOUND },
		{ "\\", E_BLS_PATH_LENGTH },
	};

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct boot_entry *entry;
		struct error err;

		put_thin(&s, bad[i].path);
		assert_ok(&err, scan_begin_root(&scan, s.dir, &err));
		scan_settle(&scan);
		entry = scan_match(&scan, "nixos.efi");
		if (!entry && scan.entry_count)
			entry = scan.entries[0];
		assert_non_null(entry);
		assert_int_equal(entry->found.why, bad[i].want);
		assert_non_null(strstr(entry->found.reason, "thin UKI"));
		scan_end(&scan);
		assert_ok(&err, scan_init(&scan, 5, &err));
	}
}

/* --- the firmware
 * --------------------------------------------------------------
 */

/* A machine of which the firmware says that, beside some strings. */
static void put_smbios(const struct scratch *s, const char *text)
{
	static const char head[] = "\1\4\0\0Maker\0\0\13\5\0\0\2a=b";
	char table[256];
	size_t len = sizeof(head) - 1;

	memcpy(table, head, len);
	table[len++] = '\0';
	memcpy(table + len, text, strlen(text) + 1);
	len += strlen(text) + 1;
	table[len++] = '\0';
	scratch_file(s, "machine/sys/firmware/dmi/tables/DMI",
		     span_of(table, len));
	scratch_file(s, "machine/proc/device-tree/compatible",
		     span_of("a,board\0b,soc", 14));
}

static enum status take_lines(const struct scratch *s, enum verify_mode mode,
			      enum found_kind kind)
{
	static struct boot_entry entry;
	const struct verify_context context = { .mode = mode };
	struct preparation p = { .scan = &scan,
				 .entry = &entry,
				 .verify = &context,
				 .request = &request };
	struct error err;

	entry.found.kind = kind;
	firmware_facts_drop(&request.firmware);
	firmware_facts_read(scratch_path(s, "machine"), &request.firmware);
	free(request.extra);
	request.extra = NULL;
	return prepare_firmware_lines(&p, &err);
}

static void the_firmware_adds_to_the_command_line(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_null(request.extra);
	put_smbios(&s, "io.systemd.stub.kernel-cmdline-extra=one two");
	assert_int_equal(take_lines(&s, VERIFY_WARN, FOUND_UKI), OK);
	assert_string_equal(request.firmware.compatible, "a,board");
	assert_cmdline("quiet one two");
	assert_int_equal(take_lines(&s, VERIFY_ENFORCE, FOUND_UKI), OK);
	assert_cmdline("quiet");
	assert_true(has_note("SMBIOS string io.systemd.stub.kernel-cmdline-"
			     "extra of 7 bytes left out"));
	put_smbios(&s, "io.systemd.boot.kernel-cmdline-extra=three");
	assert_int_equal(take_lines(&s, VERIFY_OFF, FOUND_UKI), OK);
	assert_cmdline("quiet");
	put_kernel(&s, "linux /vmlinuz\noptions own\n");
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	assert_int_equal(take_lines(&s, VERIFY_OFF, FOUND_TYPE1), OK);
	assert_cmdline("own three");
	assert_int_equal(take_lines(&s, VERIFY_OFF, FOUND_GRUB), OK);
	assert_cmdline("own");
	load_request_drop(&request);
}

static void an_old_stub_knows_no_smbios(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_252);
	put_smbios(&s, "io.systemd.stub.kernel-cmdline-extra=one");
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_OFF, &err));
	assert_int_equal(take_lines(&s, VERIFY_OFF, FOUND_UKI), OK);
	assert_cmdline("quiet");
	load_request_drop(&request);
}

static void a_machine_without_firmware_says_nothing(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct firmware_facts facts;

	(void)state;
	firmware_facts_read(s.dir, &facts);
	assert_string_equal(facts.compatible, "");
	assert_int_equal(firmware_smbios(&facts).len, 0);
	firmware_facts_drop(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_trusted_kernel_alone_boots,
						begin, end),
		cmocka_unit_test_setup_teardown(
			options_of_a_disk_need_a_manifest, begin, end),
		cmocka_unit_test_setup_teardown(
			an_initrd_of_a_disk_needs_a_manifest, begin, end),
		cmocka_unit_test_setup_teardown(
			options_take_the_place_of_the_command_line, begin, end),
		cmocka_unit_test_setup_teardown(
			a_uki_without_a_line_refuses_uncovered_options, begin,
			end),
		cmocka_unit_test_setup_teardown(extras_become_archives, begin,
						end),
		cmocka_unit_test_setup_teardown(
			thin_ukis_take_the_files_they_name, begin, end),
		cmocka_unit_test_setup_teardown(
			a_thin_uki_hashes_all_that_it_has, begin, end),
		cmocka_unit_test_setup_teardown(
			thin_ukis_name_files_of_their_volume, begin, end),
		cmocka_unit_test_setup_teardown(
			the_firmware_adds_to_the_command_line, begin, end),
		cmocka_unit_test_setup_teardown(an_old_stub_knows_no_smbios,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_machine_without_firmware_says_nothing, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
