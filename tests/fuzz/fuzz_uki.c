/* uki_parse() on any PE file: every part it gives lies inside the file, in the
 * base and in every profile, and its bounds hold. */
#include "fuzz.h"

#include "format/osrel.h"
#include "format/uki.h"

static void check_part(struct span file, struct uki_part part)
{
	struct span bytes = uki_part_bytes(file, part);

	fuzz_must(part.named || !part.present);
	fuzz_must(!part.present || part.stored || part.zero_tail);
	fuzz_must((uint64_t)part.stored + part.zero_tail <= file.len);
	fuzz_must(bytes.len == (part.present ? part.stored : 0));
	fuzz_must(!bytes.len || (bytes.ptr >= file.ptr &&
				 bytes.ptr + bytes.len <= file.ptr + file.len));
}

static void check_text(struct span file, const struct uki_view *v,
		       uint32_t profile)
{
	struct span osrel =
		uki_part_bytes(file, uki_part_of(v, profile, UKI_OSREL));
	struct span names =
		uki_part_bytes(file, uki_part_of(v, profile, UKI_PROFILE));
	struct span id, title;
	struct display shown;

	if (osrel_title(osrel, &shown))
		fuzz_must(strlen(shown.text) < sizeof(shown.text));
	uki_profile_names(names, &id, &title);
	fuzz_must(id.len <= names.len && title.len <= names.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct pe_view pe;
	struct uki_view v;
	struct error err;
	enum status s;

	if (!fuzz_parse_pe(file, &pe))
		return 0;
	(void)uki_is_candidate(&pe);
	s = uki_parse(file, &pe, &v, &err);
	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(v.has_linux != v.is_addon);
	fuzz_must(v.profile_count <= UKI_PROFILES_MAX);
	for (uint32_t p = 0; p <= v.profile_count; p++) {
		for (unsigned i = 0; i < UKI_SECTION_COUNT; i++)
			check_part(file,
				   uki_part_of(&v, p, (enum uki_section)i));
		check_text(file, &v, p);
	}
	check_part(file, v.linux_hash);
	check_part(file, v.initrd_hash);
	return 0;
}
