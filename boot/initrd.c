#include "initrd.h"

#include "format/cpio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the stub passes on as a file of its own, since which version. */
static const struct {
	enum uki_section section;
	uint32_t since;
	const char *name;
} extras[] = {
	{ UKI_PCRSIG, 252, "tpm2-pcr-signature.json" },
	{ UKI_PCRPKEY, 252, "tpm2-pcr-public-key.pem" },
	{ UKI_OSREL, 257, "os-release" },
	{ UKI_PROFILE, 257, "profile" },
};

void initrd_plan_drop(struct initrd_plan *plan)
{
	for (uint32_t i = 0; i < plan->count; i++)
		free(plan->pieces[i].owned);
	plan->count = 0;
}

static enum status next_piece(struct initrd_plan *plan, const char *source,
			      struct initrd_piece **ret, struct error *err)
{
	if (plan->count == INITRD_PIECES_MAX)
		return fail(err, E_INITRD_TOO_LARGE,
			    "%s would be initrd piece %d, the most is %d",
			    source, INITRD_PIECES_MAX + 1, INITRD_PIECES_MAX);
	*ret = &plan->pieces[plan->count++];
	memset(*ret, 0, sizeof(**ret));
	snprintf((*ret)->source, sizeof((*ret)->source), "%s", source);
	return OK;
}

enum status initrd_plan_add(struct initrd_plan *plan, const char *source,
			    struct trusted_span bytes, struct error *err)
{
	struct initrd_piece *piece;
	enum status s;

	if (!bytes.in.len && !bytes.zero_tail)
		return OK;
	s = next_piece(plan, source, &piece, err);
	if (s != OK)
		return s;
	piece->bytes = bytes.in;
	piece->zero_tail = bytes.zero_tail;
	return OK;
}

static enum status add_extra(struct initrd_plan *plan, const char *name,
			     struct trusted_span section, struct error *err)
{
	struct cpio_file file = { .name = name, .content = section.in };
	struct initrd_piece *piece;
	char source[64];
	uint64_t size;
	enum status s;

	if (!section.in.len)
		return OK;
	snprintf(source, sizeof(source), "/.extra/%s", name);
	s = next_piece(plan, source, &piece, err);
	if (s != OK)
		return s;
	size = cpio_size(".extra", &file, 1);
	piece->owned = malloc(size);
	if (!piece->owned)
		return fail(err, E_NO_MEMORY, "no memory for %llu bytes of %s",
			    (unsigned long long)size, source);
	piece->bytes = span_of(piece->owned, size);
	return cpio_build(".extra", 0555, 0444, &file, 1, piece->owned, size,
			  err);
}

enum status initrd_plan_uki(struct initrd_plan *plan,
			    const struct verified_image *image,
			    uint32_t profile, struct error *err)
{
	const struct uki_view *uki = verified_uki(image);
	enum status s;

	s = initrd_plan_add(plan, ".ucode",
			    verified_section(image, profile, UKI_UCODE), err);
	if (s == OK)
		s = initrd_plan_add(
			plan, ".initrd",
			verified_section(image, profile, UKI_INITRD), err);
	for (size_t i = 0; s == OK && i < sizeof(extras) / sizeof(extras[0]);
	     i++)
		if (uki->stub_version >= extras[i].since)
			s = add_extra(plan, extras[i].name,
				      verified_section(image, profile,
						       extras[i].section),
				      err);
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
		uint64_t len = (uint64_t)p->bytes.len + p->zero_tail;

		if (!add_size(total, len + padding(plan, len), &total) ||
		    total >= INITRD_SIZE_MAX)
			return fail(err, E_INITRD_TOO_LARGE,
				    "the initrd would pass %llu bytes with %s "
				    "of %llu",
				    INITRD_SIZE_MAX, p->source,
				    (unsigned long long)len);
	}
	*ret = total;
	return OK;
}

static enum status write_pieces(const struct initrd_plan *plan,
				struct blob_writer *w, struct error *err)
{
	enum status s = OK;

	for (uint32_t i = 0; s == OK && i < plan->count; i++) {
		const struct initrd_piece *p = &plan->pieces[i];
		uint64_t len = (uint64_t)p->bytes.len + p->zero_tail;

		s = blob_append(w, p->bytes, err);
		if (s == OK)
			s = blob_append_zeros(
				w, p->zero_tail + padding(plan, len), err);
	}
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
	if (s != OK)
		return s;
	s = write_pieces(plan, &w, err);
	if (s != OK) {
		blob_abandon(&w);
		return s;
	}
	return blob_finish(&w, ret, err);
}
