/*
 * boot_entry -> load_request over real probes of directories: which files and
 * options of an entry count, under enforce, warn and off. Images are built in
 * memory and vouched for by their enrolled digest.
 */
#include "prepare.h"

#include "image_build.h"
#include "scratch.h"
#include "test.h"
#include "trust/digest.h"
#include "trust/image_digest.h"
#include "uki_build.h"

#include <stdio.h>

static struct scan scan;
static struct config config;
static struct keyring keys;
static struct load_request request;

static int begin(void **state)
{
	struct error err;

	(void)state;
	keys = KEYRING_NONE;
	memset(&request, 0, sizeof(request));
	config_defaults(&config);
	assert_ok(&err, scan_init(&scan, 5, &err));
	return 0;
}

static int end(void **state)
{
	(void)state;
	load_request_drop(&request);
	scan_end(&scan);
	keyring_drop(&keys);
	return 0;
}

static void enroll(struct span file)
{
	struct authenticode_view *view = calloc(1, sizeof(*view));
	struct pe_view *pe = calloc(1, sizeof(*pe));
	uint8_t digest[DIGEST_MAX];
	char line[65];
	struct error err;

	assert_ok(&err, pe_parse(file, file.len, pe, &err));
	assert_ok(&err, authenticode_parse(file, pe, view, &err));
	assert_ok(&err,
		  image_digest_of(file, view, DIGEST_SHA256, digest, &err));
	for (size_t i = 0; i < 32; i++)
		snprintf(line + 2 * i, 3, "%02x", digest[i]);
	assert_ok(&err, keyring_add_file(&keys, KEYRING_FOLDER_DB, "test",
					 span_of_text(line), &err));
	free(view);
	free(pe);
}

/* What becomes of the first entry of that id. */
static enum status prepare(const struct scratch *s, const char *id,
			   enum verify_mode mode, struct error *err)
{
	const struct verify_context context = { .mode = mode,
						.keyring = &keys };
	struct boot_entry *entry;
	enum status result;

	load_request_drop(&request);
	result = scan_begin_root(&scan, s->dir, err);
	if (result != OK)
		return result;
	scan_settle(&scan);
	entry = scan_match(&scan, id, false);
	assert_non_null(entry);
	result = prepare_entry(&scan, entry, &config, &context, &request, err);
	scan_end(&scan);
	assert_ok(err, scan_init(&scan, 5, err));
	return result;
}

static void put_kernel(const struct scratch *s, const char *entry)
{
	_drop_pe_ struct pe_build kernel;

	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	scratch_file(s, "vmlinuz", pe_build_file(&kernel));
	scratch_text(s, "loader/entries/x.conf", entry);
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_trusted_kernel_alone_boots,
						begin, end),
		cmocka_unit_test_setup_teardown(
			options_of_a_disk_need_a_manifest, begin, end),
		cmocka_unit_test_setup_teardown(
			an_initrd_of_a_disk_needs_a_manifest, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
