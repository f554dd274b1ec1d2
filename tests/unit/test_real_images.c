/*
 * Every real EFI file and kernel this host has, through the parsers: what is
 * strict has to be strict about broken files only. The stubs come with the
 * packages that scripts/setup.sh installs; kernels and zboot images are there
 * once a test or a run has made or fetched them.
 */
#include "test.h"

#include "format/kimage.h"
#include "format/uki.h"
#include "format/zboot.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Mapped, not read: a kernel has tens of megabytes and its header has one page.
 */
static struct span map_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *at;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail_msg("unable to open %s", path);
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		fail_msg("unable to map %s", path);
	close(fd);
	return span_of(at, (size_t)st.st_size);
}

static void unmap_file(struct span file)
{
	munmap(test_bytes(file), file.len);
}

/* The files of a pattern; {cache} at its begin is scripts/lib.sh's cache. */
static void find_files(glob_t *found, const char *pattern)
{
	static const char mark[] = "{cache}";
	const char *cache = getenv("KEELBOOT_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char path[4096];

	if (strncmp(pattern, mark, strlen(mark)) != 0)
		snprintf(path, sizeof(path), "%s", pattern);
	else if (cache)
		snprintf(path, sizeof(path), "%s%s", cache,
			 pattern + strlen(mark));
	else
		snprintf(path, sizeof(path), "%s%s/keelboot%s",
			 xdg	? xdg
			 : home ? home
				: "",
			 xdg ? "" : "/.cache", pattern + strlen(mark));
	if (glob(path, 0, NULL, found))
		found->gl_pathc = 0;
}

static void check_zboot(struct span file, const struct pe_view *pe)
{
	struct zboot_view v;
	struct error err;

	assert_ok(&err, zboot_parse(file, pe, &v, &err));
	/* a compressed kernel is smaller than it was, but not a hundred times
	 */
	assert_in_range(v.out_len, v.payload_len, 100ULL * v.payload_len);
	assert_int_equal(kimage_identify(file), KIMAGE_NONE);
}

static void check_kernel(struct span file)
{
	struct kimage_view v;
	struct error err;

	assert_ok(&err, kimage_parse(file, &v, &err));
	/* as it comes from a package, nothing stands behind the signature */
	assert_int_equal(v.file_len, file.len);
	assert_true(v.image_size >= file.len / 2);
	if (v.kind == KIMAGE_BZIMAGE)
		assert_true(strlen(v.version) > 0);
}

static void check_uki(struct span file, const struct pe_view *pe)
{
	struct uki_view v;
	struct error err;

	assert_ok(&err, uki_parse(file, pe, &v, &err));
	assert_true(v.stub_version >= 252);
}

static void check_file(const char *path)
{
	struct span file = map_file(path);
	struct pe_view pe;
	struct error err;

	print_message("%s\n", path);
	assert_ok(&err, pe_parse(file, file.len, &pe, &err));
	assert_string_not_equal(pe_machine_name(pe.machine), "unknown");
	if (zboot_is_candidate(file))
		check_zboot(file, &pe);
	else if (kimage_identify(file) != KIMAGE_NONE)
		check_kernel(file);
	else if (uki_is_candidate(&pe))
		check_uki(file, &pe);
	unmap_file(file);
}

static size_t check_pattern(const char *pattern)
{
	glob_t found = { 0 };
	size_t count;

	find_files(&found, pattern);
	count = found.gl_pathc;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		if (!access(found.gl_pathv[i], R_OK)) {
			check_file(found.gl_pathv[i]);
			continue;
		}
		/* some distributions keep kernels to root */
		print_message("%s: not readable, left out\n",
			      found.gl_pathv[i]);
		count--;
	}
	globfree(&found);
	return count;
}

static void every_stub_is_parsed(void **state)
{
	(void)state;
	if (!check_pattern("/usr/lib/systemd/boot/efi/*.efi.stub"))
		fail_msg("no stub in /usr/lib/systemd/boot/efi: run "
			 "scripts/setup.sh test");
	(void)check_pattern("/usr/lib/systemd/boot/efi/*.efi");
	(void)check_pattern("{cache}/fetch/stub-*/stub");
}

static void every_other_image_of_the_host_is_parsed(void **state)
{
	static const char *const patterns[] = {
		"/boot/vmlinuz*",
		"/boot/memtest86+x64.efi",
		"/usr/lib/shim/*.efi*",
		"/usr/lib/grub/*-efi-signed/*.efi.signed",
		"/usr/libexec/fwupd/efi/*.efi*",
		"{cache}/fetch/debian-*/vmlinuz",
		"{cache}/kernel-*/vmlinuz",
		"{cache}/zboot-*/*.efi",
		"{cache}/zboot-*/Image",
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < test_count(patterns); i++)
		count += check_pattern(patterns[i]);
	print_message("%zu images\n", count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_stub_is_parsed),
		cmocka_unit_test(every_other_image_of_the_host_is_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
