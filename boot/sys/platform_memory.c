/*
 * Lists of memory ranges and the text of /proc/iomem, see platform_parts.h.
 *
 * Each line of /proc/iomem is "START-END : NAME" in hexadecimal, END inclusive,
 * indented by two blanks for each level of nesting (kernel/resource.c).
 */
#include "sys/platform_parts.h"

#include "base/text.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status platform_ranges_add(struct platform_ranges *list, uint64_t start,
				uint64_t end, uint32_t type, struct error *err)
{
	if (list->count == PLATFORM_RANGES_MAX)
		return fail(err, E_PLATFORM_TOO_MANY,
			    "the machine has more than %d memory ranges",
			    PLATFORM_RANGES_MAX);
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		void *at = realloc(list->at, cap * sizeof(*list->at));

		if (!at)
			return fail(err, E_NO_MEMORY,
				    "no memory for %zu memory ranges", cap);
		list->at = at;
		list->cap = cap;
	}
	list->at[list->count++] = (struct platform_range){
		.start = start,
		.end = end,
		.type = type,
	};
	return OK;
}

static int compare_start(const void *a, const void *b)
{
	const struct platform_range *left = a, *right = b;

	return (left->start > right->start) - (left->start < right->start);
}

void platform_ranges_sort(struct platform_ranges *list, bool merge)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->at, list->count, sizeof(*list->at), compare_start);
	for (size_t i = 1; merge && i < list->count; i++) {
		struct platform_range *last = &list->at[kept];

		if (list->at[i].start > last->end)
			list->at[++kept] = list->at[i];
		else if (list->at[i].end > last->end)
			last->end = list->at[i].end;
	}
	if (merge)
		list->count = kept + 1;
}

enum status platform_ranges_intersect(struct platform_ranges *ram,
				      const struct platform_ranges *firmware,
				      struct error *err)
{
	struct platform_ranges both = { 0 };
	enum status s = OK;

	for (size_t i = 0; s == OK && i < ram->count; i++) {
		const struct platform_range *a = &ram->at[i];

		for (size_t j = 0; s == OK && j < firmware->count; j++) {
			const struct platform_range *b = &firmware->at[j];
			uint64_t start =
				a->start > b->start ? a->start : b->start;
			uint64_t end = a->end < b->end ? a->end : b->end;

			if (b->type == PLATFORM_RAM && start < end)
				s = platform_ranges_add(&both, start, end,
							PLATFORM_RAM, err);
		}
	}
	if (s != OK) {
		free(both.at);
		return s;
	}
	platform_ranges_sort(&both, true);
	free(ram->at);
	*ram = both;
	return OK;
}

bool platform_parse_hex(struct span s, uint64_t *ret)
{
	uint64_t value = 0;

	if (span_starts_with(s, "0x", 2))
		s = span_slice(s, 2, s.len - 2);
	if (!s.len || s.len > 16)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.ptr[i];
		unsigned digit = 16;

		if (c >= '0' && c <= '9')
			digit = c - (unsigned)'0';
		else if (c >= 'a' && c <= 'f')
			digit = c - (unsigned)'a' + 10;
		if (digit > 15)
			return false;
		value = value << 4 | digit;
	}
	*ret = value;
	return true;
}

struct iomem_line {
	size_t depth;
	uint64_t start, end; /* end exclusive */
	struct span name;
};

static bool parse_line(struct span line, struct iomem_line *ret)
{
	size_t indent = 0;
	const uint8_t *dash, *blank;
	uint64_t last;

	while (indent < line.len && line.ptr[indent] == ' ')
		indent++;
	ret->depth = indent / 2;
	line = span_slice(line, indent, line.len - indent);
	dash = line.len ? memchr(line.ptr, '-', line.len) : NULL;
	blank = line.len ? memchr(line.ptr, ' ', line.len) : NULL;
	if (!dash || !blank || dash > blank)
		return false;
	ret->name = span_slice(line, (size_t)(blank - line.ptr),
			       line.len - (size_t)(blank - line.ptr));
	if (!span_starts_with(ret->name, " : ", 3))
		return false;
	ret->name = span_slice(ret->name, 3, ret->name.len - 3);
	if (!platform_parse_hex(span_of(line.ptr, (size_t)(dash - line.ptr)),
				&ret->start))
		return false;
	if (!platform_parse_hex(span_of(dash + 1, (size_t)(blank - dash - 1)),
				&last))
		return false;
	return last >= ret->start && add_size(last, 1, &ret->end);
}

static bool is_kernel_name(struct span name)
{
	return span_equal_text(name, "Kernel code") ||
	       span_equal_text(name, "Kernel rodata") ||
	       span_equal_text(name, "Kernel data") ||
	       span_equal_text(name, "Kernel bss");
}

static enum status sort_lists(struct platform *platform, bool has_address,
			      size_t lines, struct error *err)
{
	if (lines && !has_address)
		return fail(err, E_PLATFORM_IOMEM_HIDDEN,
			    "/proc/iomem shows 0 for every address: this "
			    "process needs CAP_SYS_ADMIN");
	if (!platform->ram.count)
		return fail(err, E_PLATFORM_NO_RAM,
			    "/proc/iomem has %zu lines, none is \"System "
			    "RAM\"",
			    lines);
	platform_ranges_sort(&platform->ram, true);
	platform_ranges_sort(&platform->reserved, true);
	platform_ranges_sort(&platform->kernel, true);
	return OK;
}

enum status platform_parse_iomem(struct span text, struct platform *platform,
				 struct error *err)
{
	size_t lines = 0, ram_depth = SIZE_MAX;
	bool has_address = false;
	enum status s = OK;
	struct span line;

	while (s == OK && span_next_line(&text, &line)) {
		struct platform_ranges *list;
		struct iomem_line at;

		lines++;
		if (!parse_line(line, &at))
			return fail(err, E_PLATFORM_IOMEM,
				    "line %zu of /proc/iomem is not "
				    "\"START-END : NAME\": \"%s\"",
				    lines, display_of(line).text);
		has_address |= at.start || at.end > 1;
		if (at.depth <= ram_depth)
			ram_depth = SIZE_MAX;
		if (ram_depth != SIZE_MAX)
			list = is_kernel_name(at.name) ? &platform->kernel
						       : &platform->reserved;
		else if (span_equal_text(at.name, "System RAM"))
			list = &platform->ram;
		else
			continue;
		if (list == &platform->ram)
			ram_depth = at.depth;
		s = platform_ranges_add(list, at.start, at.end, PLATFORM_RAM,
					err);
	}
	return s != OK ? s : sort_lists(platform, has_address, lines, err);
}

bool platform_read_hex(int root, const char *path, uint64_t *ret)
{
	char line[32];

	return file_read_line(root, path, line, sizeof(line)) &&
	       platform_parse_hex(span_of_text(line), ret);
}

void platform_close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

DIR *platform_open_folder(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);

	if (!folder && fd >= 0)
		close(fd);
	return folder;
}
