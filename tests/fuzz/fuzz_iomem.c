/* The text of /proc/iomem, and segments placed by what it says: the last 8
 * bytes choose size, alignment, limits and place of each. Whatever the text is,
 * what is placed passes the check. */
#include "kexec_segments.h"
#include "sys/platform_parts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const struct platform_ranges *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->at[i].start >= list->at[i].end)
			abort();
		if (i && list->at[i].start <= list->at[i - 1].end)
			abort();
	}
}

static void place(const struct platform *platform, const uint8_t choice[8])
{
	static const uint8_t content[16];
	struct kexec_segments list = { .count = 0 };
	struct error err;

	for (unsigned i = 0; i < KEXEC_SEGMENTS_MAX + 1; i++) {
		struct kexec_wish wish = {
			.name = "piece",
			.bytes = span_of(content, choice[0] % 17),
			.memsz = (uint64_t)choice[1] << (choice[2] % 64),
			.align = 1ULL << (choice[3] % 64),
			.skip = (uint64_t)choice[4] * platform->page_size,
			.min = (uint64_t)choice[5] << (choice[6] % 64),
			.end = UINT64_MAX >> (choice[7] % 64),
			.where = choice[7] & 64 ? KEXEC_MIDDLE : KEXEC_LOWEST,
		};
		uint64_t mem;

		if (kexec_segments_add(&list, platform, &wish, &mem, &err) ==
		    OK) {
			if ((mem - wish.skip) % wish.align ||
			    mem - wish.skip < wish.min ||
			    mem + wish.memsz > wish.end)
				abort();
		}
	}
	if (!list.count || !list.at[0].bytes.len)
		return;
	list.entry = list.at[0].mem;
	if (kexec_segments_check(&list, platform, &err) != OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct platform platform = {
		.page_size = 4096,
		.ram_bytes = UINT64_MAX,
	};
	struct error err = { .code = OK };

	if (size < 8)
		return 0;
	if (platform_parse_iomem(span_of(data, size - 8), &platform, &err) ==
	    OK) {
		check_ranges(&platform.ram);
		check_ranges(&platform.reserved);
		check_ranges(&platform.kernel);
		place(&platform, data + size - 8);
	}
	platform_drop(&platform);
	return 0;
}
