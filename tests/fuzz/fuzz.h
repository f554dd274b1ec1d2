/*
 * What fuzz targets of parsers share: a check that stays on whatever the build
 * flags are, and the promises of boot/format/pe.h as code.
 */
#ifndef KEELBOOT_TESTS_FUZZ_FUZZ_H
#define KEELBOOT_TESTS_FUZZ_FUZZ_H

#include "base/error.h"
#include "format/pe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the fuzzer, which then keeps the input. */
#define fuzz_must(condition)                                                   \
	fuzz_check((condition) != 0, #condition, __FILE__, __LINE__)

static inline void fuzz_check(bool holds, const char *what, const char *file,
			      int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: must hold: %s\n", file, line, what);
	abort();
}

/* A refusal has its code in the error, and one sentence without control
 * characters, whatever the file has in its names. */
static inline void fuzz_check_error(enum status s, const struct error *err)
{
	fuzz_must(err->code == s);
	fuzz_must(err->text[0] != '\0');
	fuzz_must(memchr(err->text, '\0', sizeof(err->text)) != NULL);
	for (const char *c = err->text; *c; c++)
		fuzz_must((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static inline void fuzz_check_sections(const struct pe_view *v)
{
	for (uint32_t i = 0; i < v->section_count; i++) {
		const struct pe_section *a = &v->sections[i];
		uint64_t raw_end = (uint64_t)a->raw_offset + a->raw_size;
		uint64_t end = (uint64_t)a->virtual_address + a->virtual_size;

		fuzz_must(memchr(a->name, '\0', sizeof(a->name)) != NULL);
		fuzz_must(raw_end <= v->file_size);
		fuzz_must(!a->raw_size || a->raw_offset >= v->size_of_headers);
		fuzz_must(!v->cert_size || raw_end <= v->cert_offset);
		fuzz_must(!a->virtual_size || end <= v->size_of_image);
		for (uint32_t j = 0; j < i; j++) {
			const struct pe_section *b = &v->sections[j];

			fuzz_must(!a->raw_size || !b->raw_size ||
				  raw_end <= b->raw_offset ||
				  a->raw_offset >= (uint64_t)b->raw_offset +
							   b->raw_size);
			fuzz_must(!a->virtual_size || !b->virtual_size ||
				  end <= b->virtual_address ||
				  a->virtual_address >=
					  (uint64_t)b->virtual_address +
						  b->virtual_size);
		}
	}
}

/* What boot/format/pe.h says holds for every view. */
static inline void fuzz_check_view(const struct pe_view *v)
{
	fuzz_must(v->section_count >= 1 && v->section_count <= PE_SECTIONS_MAX);
	fuzz_must(v->size_of_headers <= v->file_size);
	fuzz_must(!v->cert_size == !v->cert_offset);
	fuzz_must((uint64_t)v->cert_offset + v->cert_size <= v->file_size);
	fuzz_check_sections(v);
}

/* The view of a whole file, checked; false if it is refused. */
static inline bool fuzz_parse_pe(struct span file, struct pe_view *ret)
{
	struct error err;
	enum status s = pe_parse(file, file.len, ret, &err);

	if (s != OK)
		fuzz_check_error(s, &err);
	else
		fuzz_check_view(ret);
	return s == OK;
}

#endif
