/*
 * verified_image -> loadable_kernel on images built in memory: what unpacking
 * makes of them. What the doors let through is in test_verify.c.
 */
#include "zboot_load.h"

#include "image_build.h"
#include "test.h"
#include "uki_build.h"

#include <stdio.h>
#include <zlib.h>

static const struct verify_context off = { .mode = VERIFY_OFF };

/* Several structures here are too large for a stack frame. */
static struct loadable_kernel kernel;

static struct verified_image *verified_of(struct span bytes)
{
	struct raw_image raw = image_build_raw(bytes);
	struct verified_image *image = NULL;
	struct error err;

	assert_ok(&err, verify_image(&raw, &off, &image, &err));
	return image;
}

static enum status load(struct span file, uint32_t profile, struct error *err)
{
	struct load_request request = { .image = verified_of(file),
					.profile = profile,
					.append = "" };

	return zboot_load(&request, &kernel, err);
}

/* A UKI of an x86_64 kernel; sections follow. */
static void begin_uki(struct pe_build *b, struct span linux_section,
		      const char *magic)
{
	pe_build_begin(b, PE_MACHINE_X86_64, UKI_BUILD_HEADERS);
	pe_build_text(b, ".sdmagic", magic);
	pe_build_section(b, ".linux", linux_section);
}

static void what_is_no_image_is_refused(void **state)
{
	static const char *const texts[] = { "", "M", "hello",
					     "ELF or something else" };

	(void)state;
	for (size_t i = 0; i < test_count(texts); i++) {
		struct raw_image raw = image_build_raw(span_of_text(texts[i]));
		struct verified_image *image = NULL;
		struct error err;

		assert_refused(E_VERIFY_NOT_AN_IMAGE, &err,
			       verify_image(&raw, &off, &image, &err));
	}
}

static void a_bare_kernel_is_handed_on(void **state)
{
	_drop_pe_ struct pe_build b;
	struct error err;

	(void)state;
	bzimage_build(&b);
	assert_ok(&err, load(pe_build_file(&b), 0, &err));
	assert_span_equal(kernel.kernel.bytes, pe_build_file(&b));
	assert_int_equal(kernel.initrd.fd, -1);
	assert_int_equal(kernel.how, VERIFIED_POLICY_OFF);
	loadable_kernel_drop(&kernel);
}

static void a_uki_is_taken_apart(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct error err;

	(void)state;
	bzimage_build(&inner);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_252);
	pe_build_text(&uki, ".initrd", "initrd");
	pe_build_text(&uki, ".cmdline", " quiet\n");
	pe_build_text(&uki, ".osrel", "ID=x\n");
	assert_ok(&err, load(pe_build_file(&uki), 0, &err));
	assert_span_equal(kernel.kernel.bytes, pe_build_file(&inner));
	assert_span_text(kernel.initrd.bytes, "initrd");
	assert_string_equal(kernel.cmdline.text, "quiet");
	loadable_kernel_drop(&kernel);
}

/* Two pieces are padded to four bytes, and the newer stub adds os-release. */
static void initrd_pieces_are_padded(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct error err;

	(void)state;
	bzimage_build(&inner);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_262);
	pe_build_text(&uki, ".ucode", "u");
	pe_build_text(&uki, ".initrd", "abcdef");
	assert_ok(&err, load(pe_build_file(&uki), 0, &err));
	assert_span_equal(kernel.initrd.bytes,
			  span_of("u\0\0\0abcdef\0\0", 12));
	loadable_kernel_drop(&kernel);
	pe_build_text(&uki, ".osrel", "ID=x\n");
	assert_ok(&err, load(pe_build_file(&uki), 0, &err));
	assert_true(span_starts_with(span_slice(kernel.initrd.bytes, 12, 6),
				     "070701", 6));
	assert_int_equal(kernel.initrd.bytes.len % 4, 0);
	loadable_kernel_drop(&kernel);
}

static void profiles_choose_their_sections(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct load_request request = { .profile = 2, .append = "" };
	struct error err;

	(void)state;
	bzimage_build(&inner);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_262);
	pe_build_text(&uki, ".cmdline", "base");
	pe_build_text(&uki, ".profile", "ID=a\n");
	pe_build_text(&uki, ".profile", "ID=b\n");
	pe_build_text(&uki, ".cmdline", "own");
	assert_ok(&err, load(pe_build_file(&uki), 0, &err));
	assert_string_equal(kernel.cmdline.text, "base");
	loadable_kernel_drop(&kernel);
	assert_ok(&err, load(pe_build_file(&uki), 1, &err));
	assert_string_equal(kernel.cmdline.text, "own");
	loadable_kernel_drop(&kernel);
	request.image = verified_of(pe_build_file(&uki));
	assert_refused(E_LOAD_PROFILE, &err,
		       zboot_load(&request, &kernel, &err));
	assert_null(request.image);
}

static void a_thin_uki_is_named(void **state)
{
	_drop_pe_ struct pe_build uki;
	static const uint8_t hash[32];
	struct error err;

	(void)state;
	begin_uki(&uki, span_of_text("\\EFI\\nixos\\kernel.efi"), "x");
	pe_build_section(&uki, ".linuxh", span_of(hash, sizeof(hash)));
	assert_refused(E_LOAD_THIN, &err, load(pe_build_file(&uki), 0, &err));
}

static void a_kernel_for_another_machine_is_refused(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct error err;

	(void)state;
	image_build(&inner, PE_MACHINE_ARM64);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_252);
	assert_refused(E_LOAD_MACHINE, &err,
		       load(pe_build_file(&uki), 0, &err));
}

static void garbage_in_linux_is_refused(void **state)
{
	_drop_pe_ struct pe_build uki;
	struct error err;

	(void)state;
	begin_uki(&uki, span_of_text("not a kernel at all"),
		  UKI_BUILD_MAGIC_252);
	assert_refused(E_KIMAGE_UNKNOWN, &err,
		       load(pe_build_file(&uki), 0, &err));
}

static void a_nul_in_the_command_line_is_refused(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct error err;

	(void)state;
	bzimage_build(&inner);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_252);
	pe_build_section(&uki, ".cmdline", span_of("a\0b", 3));
	assert_refused(E_CMDLINE_NUL, &err, load(pe_build_file(&uki), 0, &err));
}

/* gzip of bytes, in a buffer the caller frees. */
static struct span gzip(struct span bytes)
{
	uLong cap = compressBound(bytes.len) + 64;
	uint8_t *out = malloc(cap);
	z_stream z = { 0 };

	assert_int_equal(
		deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
		Z_OK);
	z.next_in = (Bytef *)(uintptr_t)bytes.ptr;
	z.avail_in = (uInt)bytes.len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return span_of(out, cap - z.avail_out);
}

static void zboot_is_unpacked(void **state)
{
	_drop_pe_ struct pe_build inner, zboot;
	struct error err;
	struct span payload;

	(void)state;
	image_build(&inner, PE_MACHINE_ARM64);
	payload = gzip(pe_build_file(&inner));
	zboot_build(&zboot, PE_MACHINE_ARM64, "gzip", payload,
		    (uint32_t)inner.len);
	assert_ok(&err, load(pe_build_file(&zboot), 0, &err));
	assert_span_equal(kernel.kernel.bytes, pe_build_file(&inner));
	assert_string_equal(kernel.codec, "gzip");
	loadable_kernel_drop(&kernel);
	free((void *)(uintptr_t)payload.ptr);
}

static void zboot_inside_a_uki_is_unpacked(void **state)
{
	_drop_pe_ struct pe_build inner, zboot, uki;
	struct error err;
	struct span payload;

	(void)state;
	image_build(&inner, PE_MACHINE_ARM64);
	payload = gzip(pe_build_file(&inner));
	zboot_build(&zboot, PE_MACHINE_ARM64, "gzip", payload,
		    (uint32_t)inner.len);
	pe_build_begin(&uki, PE_MACHINE_ARM64, UKI_BUILD_HEADERS);
	pe_build_text(&uki, ".sdmagic", UKI_BUILD_MAGIC_257);
	pe_build_section(&uki, ".linux", pe_build_file(&zboot));
	assert_ok(&err, load(pe_build_file(&uki), 0, &err));
	assert_span_equal(kernel.kernel.bytes, pe_build_file(&inner));
	loadable_kernel_drop(&kernel);
	free((void *)(uintptr_t)payload.ptr);
}

/* An inner kernel that is signed and padded to its memory size
 * is cut at the end of its certificate table. */
static void a_signed_kernel_inside_is_cut(void **state)
{
	_drop_pe_ struct pe_build inner, zboot;
	static const uint8_t zeros[0x800];
	struct span payload;
	struct error err;
	size_t exact;

	(void)state;
	image_build(&inner, PE_MACHINE_ARM64);
	pe_build_sign(&inner, 64);
	exact = inner.len;
	pe_build_append(&inner, span_of(zeros, sizeof(zeros)));
	payload = gzip(pe_build_file(&inner));
	zboot_build(&zboot, PE_MACHINE_ARM64, "gzip", payload,
		    (uint32_t)inner.len);
	assert_ok(&err, load(pe_build_file(&zboot), 0, &err));
	assert_span_equal(kernel.kernel.bytes,
			  span_slice(pe_build_file(&inner), 0, exact));
	loadable_kernel_drop(&kernel);
	free((void *)(uintptr_t)payload.ptr);
}

static void zboot_around_another_machine_is_refused(void **state)
{
	_drop_pe_ struct pe_build inner, zboot;
	struct error err;
	struct span payload;

	(void)state;
	image_build(&inner, PE_MACHINE_RISCV64);
	payload = gzip(pe_build_file(&inner));
	zboot_build(&zboot, PE_MACHINE_ARM64, "gzip", payload,
		    (uint32_t)inner.len);
	assert_refused(E_LOAD_MACHINE, &err,
		       load(pe_build_file(&zboot), 0, &err));
	free((void *)(uintptr_t)payload.ptr);
}

static void a_lying_size_field_is_refused(void **state)
{
	_drop_pe_ struct pe_build inner;
	struct error err;
	struct span payload;

	(void)state;
	image_build(&inner, PE_MACHINE_ARM64);
	payload = gzip(pe_build_file(&inner));
	for (int off_by = -1; off_by <= 1; off_by += 2) {
		_drop_pe_ struct pe_build zboot;
		uint8_t *copy = malloc(payload.len);

		memcpy(copy, payload.ptr, payload.len);
		store_le32(copy + payload.len - 4,
			   (uint32_t)((int)inner.len + off_by));
		zboot_build(&zboot, PE_MACHINE_ARM64, "gzip",
			    span_of(copy, payload.len), 0);
		assert_refused(off_by < 0 ? E_UNPACK_TOO_LONG
					  : E_UNPACK_CORRUPT,
			       &err, load(pe_build_file(&zboot), 0, &err));
		free(copy);
	}
	free((void *)(uintptr_t)payload.ptr);
}

static void loose_files_follow_in_order(void **state)
{
	_drop_pe_ struct pe_build b;
	struct load_request request = { .append = "tail",
					.options_source = "options" };
	struct error err;

	(void)state;
	bzimage_build(&b);
	request.image = verified_of(pe_build_file(&b));
	request.options = strdup("a b");
	for (int i = 0; i < 2; i++) {
		struct raw_image raw =
			image_build_raw(span_of_text(i ? "2" : "1"));

		assert_ok(&err, verify_loose_file(&raw, &off,
						  &request.initrds[i], &err));
		request.initrd_count++;
	}
	assert_ok(&err, zboot_load(&request, &kernel, &err));
	assert_string_equal(kernel.cmdline.text, "a b tail");
	assert_span_equal(kernel.initrd.bytes, span_of("1\0\0\0002\0\0\0", 8));
	loadable_kernel_drop(&kernel);
}

static void every_truncation_is_refused(void **state)
{
	_drop_pe_ struct pe_build inner, uki;
	struct span file;

	(void)state;
	bzimage_build(&inner);
	begin_uki(&uki, pe_build_file(&inner), UKI_BUILD_MAGIC_252);
	pe_build_text(&uki, ".cmdline", "quiet");
	file = pe_build_file(&uki);
	for (size_t len = 0; len < file.len; len += 7) {
		struct raw_image raw = image_build_raw(span_of(file.ptr, len));
		struct verified_image *image = NULL;

		assert_int_not_equal(verify_image(&raw, &off, &image, NULL),
				     OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_image_is_refused),
		cmocka_unit_test(a_bare_kernel_is_handed_on),
		cmocka_unit_test(a_uki_is_taken_apart),
		cmocka_unit_test(initrd_pieces_are_padded),
		cmocka_unit_test(profiles_choose_their_sections),
		cmocka_unit_test(a_thin_uki_is_named),
		cmocka_unit_test(a_kernel_for_another_machine_is_refused),
		cmocka_unit_test(garbage_in_linux_is_refused),
		cmocka_unit_test(a_nul_in_the_command_line_is_refused),
		cmocka_unit_test(zboot_is_unpacked),
		cmocka_unit_test(zboot_inside_a_uki_is_unpacked),
		cmocka_unit_test(a_signed_kernel_inside_is_cut),
		cmocka_unit_test(zboot_around_another_machine_is_refused),
		cmocka_unit_test(a_lying_size_field_is_refused),
		cmocka_unit_test(loose_files_follow_in_order),
		cmocka_unit_test(every_truncation_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
