/*
 * What the tests of prepare.c share: entries in a scratch directory, looked at
 * by real probes, and images built in memory that are vouched for by their
 * enrolled digest.
 */
#ifndef KEELBOOT_TESTS_UNIT_PREPARE_BENCH_H
#define KEELBOOT_TESTS_UNIT_PREPARE_BENCH_H

#include "image_build.h"
#include "load_plan.h"
#include "prepare.h"
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

static inline int begin(void **state)
{
	struct error err;

	(void)state;
	keys = KEYRING_NONE;
	memset(&request, 0, sizeof(request));
	config_defaults(&config);
	assert_ok(&err, scan_init(&scan, 5, &err));
	return 0;
}

static inline int end(void **state)
{
	(void)state;
	load_request_drop(&request);
	scan_end(&scan);
	keyring_drop(&keys);
	return 0;
}

static inline void enroll(struct span file)
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
static inline enum status prepare(const struct scratch *s, const char *id,
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
	entry = scan_match(&scan, id);
	assert_non_null(entry);
	result = prepare_entry(&scan, entry, &config, &context, &request, err);
	scan_end(&scan);
	assert_ok(err, scan_init(&scan, 5, err));
	return result;
}

static inline void put_kernel(const struct scratch *s, const char *entry)
{
	_drop_pe_ struct pe_build kernel;

	bzimage_build(&kernel);
	enroll(pe_build_file(&kernel));
	scratch_file(s, "vmlinuz", pe_build_file(&kernel));
	scratch_text(s, "loader/entries/x.conf", entry);
}

#define SBAT "sbat,1,SBAT Version,sbat,1,https://example.org/\n"

struct section {
	const char *name, *content;
};

static inline void put_image(const struct scratch *s, const char *path,
			     uint16_t machine, const char *magic,
			     bool has_kernel, const struct section *sections,
			     size_t count)
{
	_drop_pe_ struct pe_build kernel, b;

	bzimage_build(&kernel);
	pe_build_begin(&b, machine, UKI_BUILD_HEADERS);
	pe_build_text(&b, ".sdmagic", magic);
	pe_build_text(&b, ".sbat", SBAT);
	for (size_t i = 0; i < count; i++)
		pe_build_text(&b, sections[i].name, sections[i].content);
	if (has_kernel)
		pe_build_section(&b, ".linux", pe_build_file(&kernel));
	enroll(pe_build_file(&b));
	scratch_file(s, path, pe_build_file(&b));
}

static inline void put_uki(const struct scratch *s, const char *magic)
{
	static const struct section sections[] = {
		{ ".osrel", "ID=test\n" },  { ".cmdline", "quiet" },
		{ ".initrd", "initrd" },    { ".ucode", "ucode" },
		{ ".uname", "6.1.0-test" }, { ".pcrsig", "{}" },
	};
	/* A stub that does not know .ucode is told nothing of it. */
	put_image(s, "EFI/Linux/x+3-1.efi", PE_MACHINE_X86_64, magic, true,
		  sections, test_count(sections));
}

static inline void put_addon(const struct scratch *s, const char *path,
			     const char *cmdline, const char *initrd,
			     const char *ucode, const char *uname)
{
	const struct section all[] = { { ".cmdline", cmdline },
				       { ".initrd", initrd },
				       { ".ucode", ucode },
				       { ".uname", uname } };
	struct section used[test_count(all)];
	size_t count = 0;

	for (size_t i = 0; i < test_count(all); i++)
		if (all[i].content)
			used[count++] = all[i];
	put_image(s, path, PE_MACHINE_X86_64, UKI_BUILD_MAGIC_ADDON, false,
		  used, count);
}

#define BESIDE "EFI/Linux/x.efi.extra.d/"

static inline void put_companions(const struct scratch *s)
{
	scratch_text(s, BESIDE "b.cred", "b");
	scratch_text(s, BESIDE "A.CRED", "a");
	scratch_text(s, BESIDE ".hidden.cred", "no");
	scratch_text(s, BESIDE "caf\xc3\xa9.cred", "no");
	scratch_text(s, BESIDE "s.raw", "s");
	scratch_text(s, BESIDE "c.confext.raw", "c");
	scratch_text(s, BESIDE "note.txt", "no");
	scratch_folder(s, BESIDE "folder.cred");
	scratch_text(s, "loader/credentials/g.cred", "g");
	scratch_text(s, "loader/extensions/e.sysext.raw", "e");
	scratch_text(s, "loader/extensions/f.confext.raw", "f");
}

static inline void put_addons(const struct scratch *s)
{
	put_addon(s, "loader/addons/z.addon.efi", "global", NULL, "gz", NULL);
	put_addon(s, BESIDE "a.addon.efi", "first", "ia", "ua", "6.1.0-test");
	put_addon(s, BESIDE "b.addon.efi", "second", "ib", NULL, NULL);
}

static inline void assert_pieces(const char *const *sources, size_t count)
{
	_drop_plan_ struct initrd_plan plan = { 0 };
	struct error err;

	assert_ok(&err, load_plan_initrd(&request, &plan, &err));
	for (uint32_t i = 0; i < plan.count && i < count; i++)
		assert_string_equal(plan.pieces[i].source.text, sources[i]);
	assert_int_equal(plan.count, count);
}

static struct cmdline line;

static inline void assert_cmdline(const char *want)
{
	struct error err;

	assert_ok(&err, load_plan_cmdline(&request, &line, &err));
	assert_string_equal(line.text, want);
}

static inline bool has_note(const char *words)
{
	for (uint32_t i = 0; i < request.notes.count; i++)
		if (strstr(request.notes.text[i], words))
			return true;
	return false;
}

static inline __attribute__((format(printf, 1, 2))) void run(const char *fmt,
							     ...)
{
	char text[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (system(text))
		fail_msg("failed (scripts/setup.sh test installs it): %s",
			 text);
}

/* The roles of these files, in this order, signed by a key of the keyring. */
static inline void sign(const struct scratch *s, const char *name,
			const char *const *rows)
{
	_drop_copy_ struct span pem = { 0 };
	char list[2048] = "";
	struct error err;

	for (; *rows; rows += 2)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
			 "echo %s $(sha256sum <%s/'%s' | cut -d' ' -f1) "
			 "'/%s';",
			 rows[0], s->dir, rows[1], rows[1]);
	run("cd %s && mkdir -p loader/entries && { %s } >loader/entries/%s && "
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
	    "-nodes -keyout key -out pem -days 2 -subj /CN=test 2>err && "
	    "openssl cms -sign -binary -md sha256 -in loader/entries/%s "
	    "-signer pem -inkey key -outform DER -out loader/entries/%s.p7s",
	    s->dir, list, name, name, name);
	pem = test_read_file(scratch_path(s, "pem"));
	assert_ok(&err, keyring_add_file(&keys, KEYRING_FOLDER_MANIFEST, "test",
					 pem, &err));
}

#endif
