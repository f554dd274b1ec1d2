/*
 * What a turned probe may say of an entry that counts without a manifest: its
 * records are changed here as such a probe would send them.
 */
#include "prepare_bench.h"

static struct boot_entry *look(const struct scratch *s, const char *id)
{
	struct boot_entry *entry;
	struct error err;

	scan_add_configured(&scan, scratch_path(s, "configured"));
	assert_ok(&err, scan_begin_root(&scan, s->dir, &err));
	scan_settle(&scan);
	entry = scan_match(&scan, id);
	assert_non_null(entry);
	assert_int_equal(entry->found.why, OK);
	return entry;
}

static enum status try(const struct boot_entry *entry, struct error *err)
{
	const struct verify_context context = { .mode = VERIFY_ENFORCE,
						.keyring = &keys };

	load_request_drop(&request);
	return prepare_entry(&scan, entry, &config, &context, &request, err);
}

/* Probes hold the scratch folder. */
static void finish(void)
{
	struct error err;

	load_request_drop(&request);
	scan_end(&scan);
	assert_ok(&err, scan_init(&scan, 5, &err));
}

static struct found_file *file_of(struct boot_entry *entry, enum file_role role)
{
	struct found *found = &entry->found;

	for (uint32_t i = 0; i < found->file_count; i++)
		if (found->files[i].role == role)
			return &found->files[i];
	fail_msg("no %s", found_role_name(role));
	return NULL;
}

/* The signature of a UKI says nothing of options, and its manifest, which is
 * about what stands beside it, has none. */
static void an_image_has_no_options(void **state)
{
	static const char *const rows[] = { "linux", "EFI/Linux/x+3-1.efi",
					    "credential", BESIDE "b.cred",
					    NULL };
	_drop_scratch_ struct scratch s = scratch_make();
	struct boot_entry *entry;
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	scratch_text(&s, BESIDE "b.cred", "b");
	sign(&s, "x.efi.manifest", rows);
	entry = look(&s, "x.efi");
	assert_ok(&err, try(entry, &err));
	assert_int_equal(request.companion_count, 1);
	entry->found.has_options = true;
	strcpy(entry->found.options, "init=/bin/sh");
	assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
	assert_non_null(strstr(err.text, "/EFI/Linux/x+3-1.efi: its probe says "
					 "options"));
	finish();
}

/* Of a manifest that covers a loose entry, half would do. */
static void an_image_has_no_loose_parts(void **state)
{
	static const enum file_role roles[] = { FILE_INITRD, FILE_DEVICETREE,
						FILE_OVERLAY, FILE_EXTRA };
	_drop_scratch_ struct scratch s = scratch_make();
	struct boot_entry *entry;
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /one\n");
	scratch_text(&s, "one", "1");
	entry = look(&s, "x.conf");
	entry->found.kind = FOUND_KERNEL;
	for (size_t i = 0; i < test_count(roles); i++) {
		entry->found.files[1].role = roles[i];
		assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
		assert_non_null(strstr(err.text, found_role_name(roles[i])));
	}
	finish();
}

static void what_is_no_entry_does_not_boot(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct boot_entry *entry;
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\n");
	entry = look(&s, "x.conf");
	entry->found.kind = FOUND_PLACE;
	assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
	entry->found.kind = FOUND_REVOCATIONS;
	assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
	entry->found.kind = FOUND_TYPE1;
	assert_ok(&err, try(entry, &err));
	finish();
}

/* The configured options with another set of files are another entry: without
 * its initrd, root= is whatever lies there. */
static void a_configured_entry_is_whole(void **state)
{
	static const char *const rows[] = {
		"linux",      "vmlinuz", "initrd",
		"one",	      "initrd",	 "two",
		"devicetree", "dtb",	 "devicetree-overlay",
		"dtbo",	      "extra",	 "a.cred",
		"options",    "options", NULL,
	};
	static const enum file_role roles[] = { FILE_KERNEL, FILE_INITRD,
						FILE_DEVICETREE, FILE_OVERLAY,
						FILE_EXTRA };
	_drop_scratch_ struct scratch s = scratch_make();
	struct boot_entry *entry;
	struct found_file *file;
	char was[FOUND_PATH_MAX];
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\n");
	scratch_text(&s, "configured/c.conf",
		     "linux /vmlinuz\ninitrd /one\ninitrd /two\n"
		     "devicetree /dtb\ndevicetree-overlay /dtbo\n"
		     "extra /a.cred\noptions root=/dev/sda2\n");
	scratch_text(&s, "one", "1");
	scratch_text(&s, "two", "2");
	scratch_text(&s, "dtb", "d");
	scratch_text(&s, "dtbo", "o");
	scratch_text(&s, "a.cred", "a");
	scratch_text(&s, "options", "root=/dev/sda2");
	sign(&s, "c.manifest", rows);
	run("sed -i 's,/options$,-,' %s/loader/entries/c.manifest && "
	    "cd %s && openssl cms -sign -binary -md sha256 -in "
	    "loader/entries/c.manifest -signer pem -inkey key -outform DER "
	    "-out loader/entries/c.manifest.p7s",
	    s.dir, s.dir);
	entry = look(&s, "c.conf");
	assert_ok(&err, try(entry, &err));
	assert_cmdline("root=/dev/sda2");
	assert_int_equal(request.initrd_count, 2);
	/* Each of its files left out, with the manifest that would tell; and
	 * under another name. */
	file_of(entry, FILE_MANIFEST)->role = FILE_ADDON;
	for (size_t i = 0; i < test_count(roles); i++) {
		file = file_of(entry, roles[i]);
		file->role = FILE_ADDON;
		assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
		file->role = roles[i];
		memcpy(was, file->path, sizeof(was));
		strcpy(file->path, "/other");
		assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
		assert_non_null(strstr(err.text, "its probe says /other, /"));
		memcpy(file->path, was, sizeof(was));
	}
	entry->found.profile = 1;
	assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
	finish();
}

/* What the threat is: a kernel that is signed, and no initrd. */
static void a_configured_initrd_cannot_be_dropped(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct boot_entry *entry;
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\n");
	scratch_text(&s, "configured/c.conf",
		     "linux /vmlinuz\ninitrd /one\noptions root=/dev/sda2\n");
	scratch_text(&s, "one", "1");
	entry = look(&s, "c.conf");
	assert_refused(E_VERIFY_UNCOVERED, &err, try(entry, &err));
	assert_int_equal(entry->found.file_count, 2);
	entry->found.file_count = 1;
	assert_refused(E_PROBE_PROTOCOL, &err, try(entry, &err));
	assert_non_null(strstr(err.text, "its probe names 0 files that are "
					 "initrd, the configured entry has 1"));
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_image_has_no_options, begin,
						end),
		cmocka_unit_test_setup_teardown(an_image_has_no_loose_parts,
						begin, end),
		cmocka_unit_test_setup_teardown(what_is_no_entry_does_not_boot,
						begin, end),
		cmocka_unit_test_setup_teardown(a_configured_entry_is_whole,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_configured_initrd_cannot_be_dropped, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
