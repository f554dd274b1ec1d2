/*
 * Places and checks segments, see kexec_segments.h. The rules of kexec_load(2)
 * are those of sanity_check_segment_list() in the kernel's kexec_core.c.
 */
#include "kexec_segments.h"

#include <inttypes.h>

/* What one search may use. */
struct search {
	const struct platform *platform;
	const struct kexec_segments *list;
	bool keep_kernel; /* leave the running kernel's memory alone */
};

struct piece {
	uint64_t start, end;
};

static bool overlaps(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

/* Narrows a piece by one taken range: past it if it covers the start, before
 * it if it lies further on. True if the start moved. */
static bool keep_off(struct piece *piece, uint64_t start, uint64_t end)
{
	if (start < end && start <= piece->start && end > piece->start) {
		piece->start = end;
		return true;
	}
	if (start < end && start > piece->start && start < piece->end)
		piece->end = start;
	return false;
}

static bool keep_off_ranges(struct piece *piece,
			    const struct platform_ranges *ranges)
{
	bool moved = false;

	for (size_t i = 0; i < ranges->count; i++)
		moved |=
			keep_off(piece, ranges->at[i].start, ranges->at[i].end);
	return moved;
}

/* The first free piece at or above from; false if there is none. */
static bool next_piece(const struct search *in, uint64_t from,
		       struct piece *ret)
{
	const struct platform *platform = in->platform;

	for (size_t i = 0; i < platform->ram.count; i++) {
		const struct platform_range *ram = &platform->ram.at[i];
		struct piece piece = { ram->start, ram->end };
		bool moved = true;

		if (piece.start < from)
			piece.start = from;
		while (moved && piece.start < ram->end) {
			piece.end = ram->end;
			moved = keep_off_ranges(&piece, &platform->reserved);
			if (in->keep_kernel)
				moved |= keep_off_ranges(&piece,
							 &platform->kernel);
			for (uint32_t j = 0; j < in->list->count; j++) {
				const struct kexec_segment *other =
					&in->list->at[j];

				moved |= keep_off(&piece, other->mem,
						  other->mem + other->memsz);
			}
		}
		if (piece.start < piece.end && piece.start < ram->end) {
			*ret = piece;
			return true;
		}
	}
	return false;
}

/* The base a wish has in a free piece; false if there is no room. */
static bool base_in(const struct piece *piece, const struct kexec_wish *wish,
		    uint64_t align, uint64_t need, uint64_t *ret)
{
	uint64_t base, end;

	if (!round_up_size(piece->start, align, &base) ||
	    !add_size(base, need, &end) || end > piece->end)
		return false;
	if (wish->where == KEXEC_MIDDLE)
		base += (piece->end - end) / 2 & ~(align - 1);
	*ret = base;
	return true;
}

/* The aligned base the wish asks for with room for need bytes; *largest grows
 * to the largest free piece seen, for the message. */
static bool find_base(const struct search *in, const struct kexec_wish *wish,
		      uint64_t align, uint64_t need, uint64_t *largest,
		      uint64_t *ret)
{
	uint64_t from = wish->min, best = 0;
	struct piece piece;

	while (from < wish->end && (!best || wish->where == KEXEC_MIDDLE) &&
	       next_piece(in, from, &piece)) {
		uint64_t len;

		from = piece.end;
		if (piece.end > wish->end)
			piece.end = wish->end;
		len = piece.end > piece.start ? piece.end - piece.start : 0;
		if (len > *largest)
			*largest = len;
		if (len > best && base_in(&piece, wish, align, need, ret))
			best = len;
	}
	return best;
}

enum status kexec_segments_add(struct kexec_segments *list,
			       const struct platform *platform,
			       const struct kexec_wish *wish, uint64_t *ret_mem,
			       struct error *err)
{
	struct search in = { platform, list, true };
	uint64_t page = platform->page_size, largest = 0, base, memsz, need;
	uint64_t align = wish->align > page ? wish->align : page;

	if (list->count == KEXEC_SEGMENTS_MAX)
		return fail(err, E_KEXEC_TOO_MANY_SEGMENTS,
			    "the %s would be segment %u, the kernel takes %u",
			    wish->name, list->count + 1, KEXEC_SEGMENTS_MAX);
	if (!wish->memsz || wish->bytes.len > wish->memsz ||
	    !round_up_size(wish->memsz, page, &memsz) ||
	    !add_size(memsz, wish->skip, &need))
		return fail(err, E_KEXEC_SEGMENT_SIZE,
			    "the %s has 0x%zx bytes and wants 0x%" PRIx64
			    " bytes of memory",
			    wish->name, wish->bytes.len, wish->memsz);
	if (!find_base(&in, wish, align, need, &largest, &base)) {
		in.keep_kernel = false;
		if (!find_base(&in, wish, align, need, &largest, &base))
			return fail(err, E_KEXEC_NO_ROOM,
				    "the %s needs 0x%" PRIx64
				    " bytes of memory from 0x%" PRIx64
				    " to 0x%" PRIx64
				    " on a multiple of 0x%" PRIx64
				    ", the largest free piece has 0x%" PRIx64,
				    wish->name, need, wish->min, wish->end,
				    align, largest);
	}
	*ret_mem = base + wish->skip;
	list->at[list->count++] = (struct kexec_segment){
		.name = wish->name,
		.bytes = wish->bytes,
		.mem = *ret_mem,
		.memsz = memsz,
	};
	return OK;
}

/* --- the check ------------------------------------------------------------ */

static bool is_inside(const struct platform_ranges *ranges, uint64_t start,
		      uint64_t end)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (start >= ranges->at[i].start && end <= ranges->at[i].end)
			return true;
	}
	return false;
}

static enum status check_place(const struct kexec_segment *seg,
			       const struct platform *platform,
			       struct error *err)
{
	uint64_t end;

	if (seg->mem % platform->page_size || seg->memsz % platform->page_size)
		return fail(err, E_KEXEC_SEGMENT_ALIGN,
			    "the %s takes 0x%" PRIx64 " bytes at 0x%" PRIx64
			    ", both have to be multiples of the page size %u",
			    seg->name, seg->memsz, seg->mem,
			    platform->page_size);
	if (!seg->memsz || seg->bytes.len > seg->memsz ||
	    !add_size(seg->mem, seg->memsz, &end))
		return fail(err, E_KEXEC_SEGMENT_SIZE,
			    "the %s has 0x%zx bytes for 0x%" PRIx64
			    " bytes of memory at 0x%" PRIx64,
			    seg->name, seg->bytes.len, seg->memsz, seg->mem);
	if (!is_inside(&platform->ram, seg->mem, end))
		return fail(err, E_KEXEC_SEGMENT_OUTSIDE,
			    "the %s would go to 0x%" PRIx64 "-0x%" PRIx64
			    ", which is not all memory",
			    seg->name, seg->mem, end - 1);
	for (size_t i = 0; i < platform->reserved.count; i++) {
		const struct platform_range *r = &platform->reserved.at[i];

		if (overlaps(seg->mem, end, r->start, r->end))
			return fail(err, E_KEXEC_SEGMENT_RESERVED,
				    "the %s would go to 0x%" PRIx64
				    "-0x%" PRIx64 ", of which 0x%" PRIx64
				    "-0x%" PRIx64 " is reserved",
				    seg->name, seg->mem, end - 1, r->start,
				    r->end - 1);
	}
	return OK;
}

static enum status check_pair(const struct kexec_segment *a,
			      const struct kexec_segment *b, struct error *err)
{
	if (!overlaps(a->mem, a->mem + a->memsz, b->mem, b->mem + b->memsz))
		return OK;
	return fail(err, E_KEXEC_SEGMENT_OVERLAP,
		    "the %s would go to 0x%" PRIx64 "-0x%" PRIx64
		    ", where the %s goes, to 0x%" PRIx64 "-0x%" PRIx64,
		    b->name, b->mem, b->mem + b->memsz - 1, a->name, a->mem,
		    a->mem + a->memsz - 1);
}

static enum status check_total(const struct kexec_segments *list,
			       const struct platform *platform,
			       struct error *err)
{
	const struct kexec_segment *largest = &list->at[0];
	uint64_t page = platform->page_size;
	uint64_t total = kexec_segments_total(list);

	for (uint32_t i = 1; i < list->count; i++) {
		if (list->at[i].memsz > largest->memsz)
			largest = &list->at[i];
	}
	if (total / page <= platform->ram_bytes / page / 2)
		return OK;
	return fail(err, E_KEXEC_HALF_RAM,
		    "the next kernel takes %" PRIu64 " KiB of memory (the %s "
		    "%" PRIu64 " KiB of it), and kexec allows half of this "
		    "machine's %" PRIu64 " KiB",
		    total / 1024, largest->name, largest->memsz / 1024,
		    platform->ram_bytes / 1024);
}

enum status kexec_segments_check(const struct kexec_segments *list,
				 const struct platform *platform,
				 struct error *err)
{
	bool has_entry = false;

	if (!list->count || list->count > KEXEC_SEGMENTS_MAX)
		return fail(err, E_KEXEC_TOO_MANY_SEGMENTS,
			    "there are %u segments, the kernel takes 1 to %u",
			    list->count, KEXEC_SEGMENTS_MAX);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct kexec_segment *seg = &list->at[i];
		enum status s = check_place(seg, platform, err);

		for (uint32_t j = 0; s == OK && j < i; j++)
			s = check_pair(&list->at[j], seg, err);
		if (s != OK)
			return s;
		has_entry |= list->entry >= seg->mem &&
			     list->entry - seg->mem < seg->bytes.len;
	}
	if (!has_entry)
		return fail(err, E_KEXEC_ENTRY,
			    "the entry point 0x%" PRIx64
			    " is in none of %u segments",
			    list->entry, list->count);
	return check_total(list, platform, err);
}

uint64_t kexec_segments_total(const struct kexec_segments *list)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < list->count; i++)
		total += list->at[i].memsz;
	return total;
}
