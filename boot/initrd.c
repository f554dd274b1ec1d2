#include "initrd.h"

#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void initrd_plan_drop(struct initrd_plan *plan)
{
	for (uint32_t i = 0; i < plan->owned_count; i++)
		free(plan->owned[i]);
	free(plan->owned);
	free(plan->parts);
	free(plan->pieces);
	memset(plan, 0, sizeof(*plan));
}

/* Room for one more; NULL without memory. */
static void *grow(void *array, uint32_t count, size_t item_size)
{
	/* At 0, 8, 16, 32, … items there is no room left. */
	if (count && (count < 8 || (count & (count - 1))))
		return array;
	return realloc(array, (count ? count * 2 : 8) * item_size);
}

static enum status fail_memory(const char *source, struct error *err)
{
	return fail(err, E_NO_MEMORY, "no memory to plan %s", source);
}

static enum status add_part(struct initrd_plan *plan, struct span bytes,
			    uint64_t zero_tail, struct error *err)
{
	struct initrd_piece *piece = &plan->pieces[plan->count - 1];
	struct initrd_part *parts =
		grow(plan->parts, plan->part_count, sizeof(*parts));
	uint64_t len = (uint64_t)bytes.len + zero_tail;

	if (!len)
		return OK;
	if (!parts)
		return fail_memory(piece->source.text, err);
	plan->parts = parts;
	if (!add_size(piece->len, len, &piece->len))
		return fail(err, E_INITRD_TOO_LARGE, "%s would pass %llu bytes",
			    piece->source.text, INITRD_SIZE_MAX);
	parts[plan->part_count++] = (struct initrd_part){ bytes, zero_tail };
	piece->count++;
	return OK;
}

static enum status begin_piece(struct initrd_plan *plan, const char *source,
			       struct error *err)
{
	struct initrd_piece *pieces;

	if (plan->count == INITRD_PIECES_MAX)
		return fail(err, E_INITRD_TOO_LARGE,
			    "%s would be initrd piece %d, the most is %d",
			    source, INITRD_PIECES_MAX + 1, INITRD_PIECES_MAX);
	pieces = grow(plan->pieces, plan->count, sizeof(*pieces));
	if (!pieces)
		return fail_memory(source, err);
	plan->pieces = pieces;
	pieces[plan->count++] = (struct initrd_piece){
		.source = display_of_text(source),
		.first = plan->part_count,
	};
	return OK;
}

enum status initrd_plan_add(struct initrd_plan *plan, const char *source,
			    struct trusted_span bytes, struct error *err)
{
	enum status s;

	if (!bytes.in.len && !bytes.zero_tail)
		return OK;
	s = begin_piece(plan, source, err);
	return s == OK ? add_part(plan, bytes.in, bytes.zero_tail, err) : s;
}

/* Memory that lives as long as the plan, or NULL. */
static uint8_t *own(struct initrd_plan *plan, uint64_t size)
{
	uint8_t **owned = grow(plan->owned, plan->owned_count, sizeof(*owned));

	if (!owned)
		return NULL;
	plan->owned = owned;
	owned[plan->owned_count] = malloc(size ? size : 1);
	return owned[plan->owned_count] ? owned[plan->owned_count++] : NULL;
}

/* The frame and the contents, in turn. */
static enum status add_framed(struct initrd_plan *plan, struct span frame,
			      const uint32_t *cuts,
			      const struct cpio_file *files, size_t count,
			      struct error *err)
{
	size_t from = 0;
	enum status s = OK;

	for (size_t i = 0; s == OK && i < count; i++) {
		s = add_part(plan, span_slice(frame, from, cuts[i] - from), 0,
			     err);
		if (s == OK)
			s = add_part(plan, files[i].content,
				     cpio_padding(files[i].content.len), err);
		from = cuts[i];
	}
	if (s == OK)
		s = add_part(plan, span_slice(frame, from, frame.len - from), 0,
			     err);
	return s;
}

enum status initrd_plan_archive(struct initrd_plan *plan, const char *source,
				const struct cpio_layout *layout,
				const struct cpio_file *files, size_t count,
				struct error *err)
{
	uint64_t size = cpio_frame_size(layout, files, count);
	uint32_t *cuts = calloc(count + 1, sizeof(*cuts));
	uint8_t *frame = own(plan, size);
	enum status s;

	s = cuts && frame ? OK : fail_memory(source, err);
	if (s == OK)
		s = cpio_frame(layout, files, count, frame, size, cuts, err);
	if (s == OK)
		s = begin_piece(plan, source, err);
	if (s == OK)
		s = add_framed(plan, span_of(frame, size), cuts, files, count,
			       err);
	free(cuts);
	return s;
}

static uint64_t padding(const struct initrd_plan *plan, uint64_t len)
{
	return plan->count > 1 ? -len & 3 : 0;
}

enum status initrd_plan_size(const struct initrd_plan *plan, uint64_t *ret,
			     struct error *err)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < plan->count; i++) {
		const struct initrd_piece *p = &plan->pieces[i];

		if (!add_size(total, p->len + padding(plan, p->len), &total) ||
		    total >= INITRD_SIZE_MAX)
			return fail(err, E_INITRD_TOO_LARGE,
				    "the initrd would pass %llu bytes with %s "
				    "of %llu",
				    INITRD_SIZE_MAX, p->source.text,
				    (unsigned long long)p->len);
	}
	*ret = total;
	return OK;
}

uint64_t initrd_plan_offset(const struct initrd_plan *plan, uint32_t index)
{
	uint64_t offset = 0;

	for (uint32_t i = 0; i < index; i++)
		offset += plan->pieces[i].len +
			  padding(plan, plan->pieces[i].len);
	return offset;
}

/* In steps; size is that of the whole initrd. */
static enum status write_bytes(struct blob_writer *w, struct span bytes,
			       uint64_t size, struct error *err)
{
	enum status s = OK;

	while (s == OK && bytes.len) {
		size_t len =
			bytes.len < PROGRESS_STEP ? bytes.len : PROGRESS_STEP;

		s = blob_append(w, span_slice(bytes, 0, len), err);
		bytes = span_slice(bytes, len, bytes.len - len);
		progress_step("copying the initrd", w->len, size);
	}
	return s;
}

static enum status write_piece(const struct initrd_plan *plan, uint32_t index,
			       uint64_t size, struct blob_writer *w,
			       struct error *err)
{
	const struct initrd_piece *p = &plan->pieces[index];
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < p->count; i++) {
		const struct initrd_part *part = &plan->parts[p->first + i];

		s = write_bytes(w, part->bytes, size, err);
		if (s == OK)
			s = blob_append_zeros(w, part->zero_tail, err);
	}
	if (s == OK)
		s = blob_append_zeros(w, padding(plan, p->len), err);
	return s;
}

enum status initrd_build(const struct initrd_plan *plan, struct blob *ret,
			 struct error *err)
{
	struct blob_writer w;
	uint64_t size;
	enum status s;

	s = initrd_plan_size(plan, &size, err);
	if (s != OK)
		return s;
	if (!size) {
		*ret = BLOB_NONE;
		return OK;
	}
	s = blob_begin("initrd", &w, err);
	for (uint32_t i = 0; s == OK && i < plan->count; i++) {
		s = write_piece(plan, i, size, &w, err);
		if (s != OK)
			blob_abandon(&w);
	}
	return s == OK ? blob_finish(&w, ret, err) : s;
}
