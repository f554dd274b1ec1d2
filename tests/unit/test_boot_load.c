/*
 * What an operator may change of a boot: its words, and nothing else.
 */
#include "boot_load.h"

#include "base/log.h"
#include "base/progress.h"
#include "kexec_choose.h"
#include "prepare_bench.h"
#include "prepare_parts.h"

#include <unistd.h>

/* The only entry of the directory, with scan left as it is for end(). */
static const struct boot_entry *find(const struct scratch *s, const char *id)
{
	struct boot_entry *entry;
	struct error err;

	assert_ok(&err, scan_begin_root(&scan, s->dir, &err));
	scan_settle(&scan);
	entry = scan_match(&scan, id);
	assert_non_null(entry);
	return entry;
}

static enum status rehearse(const struct scratch *s, const char *id,
			    const struct boot_wish *wish, struct error *err)
{
	const struct verify_context context = {
		.mode = config.policy.verify,
		.keyring = &keys,
	};
	enum status result =
		boot_rehearse(&scan, find(s, id), &config, &context, wish, err);

	scan_end(&scan);
	assert_ok(err, scan_init(&scan, 5, err));
	return result;
}

static struct cmdline got;
static size_t limit;

static enum status ask(const struct scratch *s, const char *id,
		       struct error *err)
{
	const struct verify_context context = {
		.mode = config.policy.verify,
		.keyring = &keys,
	};
	enum status result;

	limit = 0;
	result = boot_command_line(&scan, find(s, id), &config, &context, &got,
				   &limit, err);
	scan_end(&scan);
	assert_ok(err, scan_init(&scan, 5, err));
	return result;
}

/* kexec_file_load(2) keeps 31 of the 2047 bytes that the kernel says it takes,
 * whether it is there or not. */
#define LIMIT (2047 - 31)

static void the_line_is_given_with_its_pieces(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_addons(&s);
	config.editor = CHOICE_YES;
	config.kexec = KEXEC_FILE;
	snprintf(config.append, sizeof(config.append), "more");
	assert_ok(&err, ask(&s, "x.efi", &err));
	assert_string_equal(got.text, "quiet global first second more");
	assert_int_equal(got.piece_count, 5);
	assert_string_equal(got.pieces[0].source.text, "the UKI's .cmdline");
	assert_string_equal(got.pieces[4].source.text,
			    "append in the configuration");
	assert_int_equal(limit, LIMIT);
}

static void lines_of_loose_entries_too(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\noptions root=/dev/vda1 ro\n");
	config.policy.verify = VERIFY_OFF;
	config.kexec = KEXEC_FILE;
	assert_ok(&err, ask(&s, "x.conf", &err));
	assert_string_equal(got.text, "root=/dev/vda1 ro");
	assert_int_equal(limit, LIMIT);
	/* what cannot be read cannot be edited */
	assert_int_equal(unlink(scratch_path(&s, "vmlinuz")), 0);
	assert_refused(E_ENTRY_NOT_BOOTABLE, &err, ask(&s, "x.conf", &err));
}

/* Of the kernel inside, packed or not; the refusal goes by the same number. */
static void the_limit_is_that_of_the_kernel(void **state)
{
	const struct verify_context off = { .mode = VERIFY_OFF };
	static struct loadable_kernel kernel;
	_drop_pe_ struct pe_build arm, b;
	struct raw_image raw;
	struct error err;

	(void)state;
	image_build(&arm, PE_MACHINE_ARM64);
	pe_build_begin(&b, PE_MACHINE_ARM64, UKI_BUILD_HEADERS);
	pe_build_text(&b, ".osrel", "ID=test\n");
	pe_build_text(&b, ".cmdline", "ro");
	pe_build_section(&b, ".linux", pe_build_file(&arm));
	raw = image_build_raw(pe_build_file(&b));
	assert_ok(&err, verify_image(&raw, &off, &request.image, &err));
	assert_ok(&err, zboot_load_kernel(&request, &kernel, &err));
	assert_int_equal(kernel.view.kind, KIMAGE_ARM64);
	assert_int_equal(kernel.initrd.fd, -1);
	limit = kexec_cmdline_room(&kernel, KEXEC_AUTO);
	assert_int_equal(limit, 2047);
	kernel.cmdline.len = (uint32_t)limit + 1;
	assert_refused(E_KEXEC_CMDLINE, &err,
		       kexec_check_cmdline(&kernel, KEXEC_FILE, &err));
	kernel.cmdline.len--;
	assert_ok(&err, kexec_check_cmdline(&kernel, KEXEC_FILE, &err));
	/* one that does not say has none that is known */
	kernel.view = (struct kimage_view){ .kind = KIMAGE_NONE };
	assert_int_equal(kexec_cmdline_room(&kernel, KEXEC_AUTO),
			 CMDLINE_MAX - 1);
	loadable_kernel_drop(&kernel);
}

static const struct boot_wish edited = { .options = "single" };
static const struct boot_wish verbose = { .is_verbose = true };
static const struct boot_wish empty = { .options = NULL };

static void a_locked_editor_refuses_wishes(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	for (int i = 0; i < 2; i++) {
		/* by default under enforce, and when the image says so */
		config.policy.verify = i ? VERIFY_OFF : VERIFY_ENFORCE;
		config.editor = i ? CHOICE_NO : CHOICE_DEFAULT;
		assert_refused(E_POLICY_EDITOR, &err,
			       rehearse(&s, "x.efi", &edited, &err));
		assert_refused(E_POLICY_EDITOR, &err,
			       rehearse(&s, "x.efi", &verbose, &err));
		assert_refused(E_POLICY_EDITOR, &err, ask(&s, "x.efi", &err));
		/* while the entry as it is boots */
		assert_refused(E_REHEARSED, &err,
			       rehearse(&s, "x.efi", &empty, &err));
		assert_refused(E_REHEARSED, &err,
			       rehearse(&s, "x.efi", NULL, &err));
	}
}

static bool is_logged(const char *words)
{
	struct span log = log_kept();

	return memmem(log.ptr, log.len, words, strlen(words)) != NULL;
}

static void wishes_are_logged(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	config.editor = CHOICE_YES;
	assert_refused(E_REHEARSED, &err, rehearse(&s, "x.efi", &edited, &err));
	assert_true(is_logged("the operator edited the command line, nothing "
			      "vouches for it: single"));
	assert_refused(E_REHEARSED, &err,
		       rehearse(&s, "x.efi", &verbose, &err));
	assert_true(is_logged("the operator asked for a verbose boot"));
}

/* What is signed stays to be verified, whatever the words are. */
static void an_edited_line_opens_no_door(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /initrd\noptions ro\n");
	scratch_text(&s, "initrd", "nobody vouches for it");
	config.editor = CHOICE_YES;
	assert_refused(E_VERIFY_UNCOVERED, &err,
		       rehearse(&s, "x.conf", &edited, &err));
	assert_refused(E_VERIFY_UNCOVERED, &err, ask(&s, "x.conf", &err));
}

/* --- the words ---------------------------------------------------------------
 */

static void an_edited_line_is_the_whole_line(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	static struct loadable_kernel kernel;
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_companions(&s);
	put_addons(&s);
	snprintf(config.append, sizeof(config.append), "more");
	config.console_hand_on = CONSOLE_NONE;
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	request.edited = "single console=ttyS1";
	request.is_verbose = true;
	assert_cmdline("single console=ttyS1");
	assert_int_equal(line.piece_count, 1);
	assert_string_equal(line.pieces[0].source.text,
			    "edited by the operator");
	request.edited = "";
	assert_cmdline("");
	assert_int_equal(request.addon_count, 3);
	assert_ok(&err, zboot_load(&request, &kernel, &err));
	assert_string_equal(kernel.cmdline.text, "");
	loadable_kernel_drop(&kernel);
}

static void a_verbose_line_is_the_planned_one(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	put_addons(&s);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	request.is_verbose = true;
	assert_cmdline("global first second loglevel=7 systemd.show_status=1 "
		       "plymouth.enable=0");
	load_request_drop(&request);
}

static void consoles_come_where_there_are_none(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\noptions ro earlycon -- init\n");
	config.console_hand_on = CONSOLE_REUSE;
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	/* a directory has no consoles: as if the machine had had these */
	assert_true(has_note("a directory has none"));
	assert_null(request.consoles);
	request.consoles = strdup("console=tty0 console=ttyS0,115200n8");
	assert_cmdline("ro earlycon console=tty0 console=ttyS0,115200n8 "
		       "-- init");
	assert_int_equal(line.piece_count, 3);
	assert_string_equal(line.pieces[1].source.text,
			    "console = reuse of the configuration");
	/* one that the entry or the configuration names is enough */
	request.append = "console=hvc0";
	request.options[0] = '\0';
	assert_cmdline("console=hvc0");
	load_request_drop(&request);
	scratch_text(&s, "loader/entries/x.conf",
		     "linux /vmlinuz\noptions console=ttyS9 ro\n");
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	request.consoles = strdup("console=tty0");
	assert_cmdline("console=ttyS9 ro");
	load_request_drop(&request);
}

static void consoles_of_the_entry_go(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\noptions console=ttyS0 ro console=tty0 "
		       "earlycon=efifb -- console=x\n");
	config.console_hand_on = CONSOLE_NONE;
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	assert_cmdline("ro earlycon=efifb -- console=x");
	assert_true(has_note("2 console= words of the command line: console = "
			     "none in the configuration"));
	load_request_drop(&request);
	/* not those of the configuration itself */
	scratch_text(&s, "loader/entries/x.conf",
		     "linux /vmlinuz\noptions console=ttyS0 ro\n");
	snprintf(config.append, sizeof(config.append), "console=hvc0");
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	assert_cmdline("ro console=hvc0");
	assert_true(has_note("1 console= word of"));
	config.console_hand_on = CONSOLE_ENTRY;
	assert_ok(&err, prepare(&s, "x.conf", VERIFY_OFF, &err));
	assert_cmdline("console=ttyS0 ro console=hvc0");
	load_request_drop(&request);
}

/* --- the log -----------------------------------------------------------------
 */

static void the_log_goes_along(void **state)
{
	struct boot_entry *entry = calloc(1, sizeof(*entry));
	struct preparation p = { .scan = &scan,
				 .entry = entry,
				 .request = &request };
	struct error err;

	(void)state;
	log_info("a line for the booted system");
	/* an entry that cannot be told of */
	assert_ok(&err, prepare_handover(&p, &err));
	assert_null(request.handover);
	assert_non_null(strstr(request.log, "a line for the booted system\n"));
	assert_true(strlen(request.log) <= 32768);
	load_request_drop(&request);
	assert_null(request.log);
	free(entry);
}

static void the_log_is_for_root_alone(void **state)
{
	static const char *const pieces[] = {
		".ucode",
		".initrd",
		"/.extra/tpm2-pcr-signature.json",
		"/.extra/os-release",
		"/.extra/keelboot/entry",
		"/.extra/keelboot/log",
		"/usr/lib/tmpfiles.d/keelboot.conf",
	};
	_drop_scratch_ struct scratch s = scratch_make();
	static struct loadable_kernel kernel;
	struct error err;
	struct span all;

	(void)state;
	put_uki(&s, UKI_BUILD_MAGIC_262);
	assert_ok(&err, prepare(&s, "x.efi", VERIFY_ENFORCE, &err));
	/* a dry run has no log of a boot */
	assert_null(request.log);
	request.log = strdup("[    1.000] line\n");
	assert_pieces(pieces, test_count(pieces));
	assert_ok(&err, zboot_load(&request, &kernel, &err));
	scratch_file(&s, "initrd", kernel.initrd.bytes);
	all = kernel.initrd.bytes;
	assert_non_null(memmem(all.ptr, all.len, "[    1.000] line\n", 17));
	assert_non_null(memmem(all.ptr, all.len,
			       "C /run/keelboot/log 0400 root root - "
			       "/.extra/keelboot/log\n",
			       58));
	loadable_kernel_drop(&kernel);
}

/* --- progress ----------------------------------------------------------------
 */

struct told {
	unsigned reading, verifying, copying, other;
	uint64_t last_done, last_total;
	char last[64];
};

static void note_progress(void *ctx, const char *what, uint64_t done,
			  uint64_t total)
{
	struct told *t = ctx;

	assert_true(done <= total);
	if (!strcmp(what, t->last) && total == t->last_total)
		assert_true(done >= t->last_done);
	snprintf(t->last, sizeof(t->last), "%s", what);
	t->last_done = done;
	t->last_total = total;
	if (!strncmp(what, "reading /", 9))
		t->reading++;
	else if (!strcmp(what, "verifying"))
		t->verifying++;
	else if (!strcmp(what, "copying the initrd"))
		t->copying++;
	else
		t->other++;
}

static void long_work_says_how_far_it_is(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_copy_ struct span big = test_make_bytes(3 * PROGRESS_STEP + 5);
	struct told told = { .reading = 0 };
	struct error err;

	(void)state;
	put_kernel(&s, "linux /vmlinuz\ninitrd /initrd\n");
	scratch_file(&s, "initrd", big);
	config.policy.verify = VERIFY_WARN;
	progress_to(note_progress, &told);
	assert_refused(E_REHEARSED, &err, rehearse(&s, "x.conf", NULL, &err));
	progress_to(NULL, NULL);
	assert_true(told.reading >= 5); /* of the kernel one, of the initrd 4 */
	assert_true(told.verifying >= 1);
	assert_true(told.copying >= 4);
	assert_int_equal(told.other, 0);
	/* and to nobody any more */
	told = (struct told){ .reading = 0 };
	progress_step("x", 1, 2);
	assert_int_equal(told.other, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_line_is_given_with_its_pieces),
		TEST(lines_of_loose_entries_too),
		TEST(the_limit_is_that_of_the_kernel),
		TEST(a_locked_editor_refuses_wishes),
		TEST(wishes_are_logged),
		TEST(an_edited_line_opens_no_door),
		TEST(an_edited_line_is_the_whole_line),
		TEST(a_verbose_line_is_the_planned_one),
		TEST(consoles_come_where_there_are_none),
		TEST(consoles_of_the_entry_go),
		TEST(the_log_goes_along),
		TEST(the_log_is_for_root_alone),
		TEST(long_work_says_how_far_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
