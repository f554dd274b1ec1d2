#include "format/authenticode.h"

#include "base/text.h"

/* Offsets and sizes of "PE Format" and of UEFI 2.10, 32.2.4. */
#define OPTIONAL_CHECKSUM     64
#define CHECKSUM_SIZE	      4
#define DIRECTORY_SIZE	      8
#define WIN_CERT_HEADER	      8
#define WIN_CERT_ALIGN	      8
#define WIN_CERT_REVISION_2_0 0x0200
#define WIN_CERT_TYPE_PKCS7   0x0002

static void add_range(struct authenticode_view *view, uint64_t begin,
		      uint64_t end)
{
	if (begin < end)
		view->ranges[view->range_count++] =
			(struct byte_range){ begin, end - begin };
}

/* The headers but for what a signature changes in them: the checksum and the
 * certificate table's directory entry. */
static void add_headers(struct authenticode_view *view,
			const struct pe_view *pe)
{
	uint64_t checksum = (uint64_t)pe->optional_offset + OPTIONAL_CHECKSUM;
	uint64_t behind = checksum + CHECKSUM_SIZE;

	add_range(view, 0, checksum);
	if (pe->cert_entry) {
		add_range(view, behind, pe->cert_entry);
		behind = (uint64_t)pe->cert_entry + DIRECTORY_SIZE;
	}
	add_range(view, behind, pe->size_of_headers);
}

/* Sections with bytes in the file, by their place in it. */
static uint32_t sort_sections(const struct pe_view *pe,
			      const struct pe_section **sorted)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < pe->section_count; i++) {
		const struct pe_section *section = &pe->sections[i];
		uint32_t at = count;

		if (!section->raw_size)
			continue;
		while (at > 0 &&
		       sorted[at - 1]->raw_offset > section->raw_offset) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = section;
		count++;
	}
	return count;
}

/* A signature covers as many bytes as the sections have, wherever they lie:
 * bytes between them would be handed on without being covered, and bytes that
 * two sections share would shift the end of what is. */
static enum status add_sections(struct authenticode_view *view,
				const struct pe_view *pe, uint64_t *ret_end,
				struct error *err)
{
	const struct pe_section *sorted[PE_SECTIONS_MAX];
	uint32_t count = sort_sections(pe, sorted);
	const char *what = "the headers";
	uint64_t end = pe->size_of_headers;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t begin = sorted[i]->raw_offset;
		struct display name = display_of_text(sorted[i]->name);

		if (begin > end)
			return fail(err, E_AUTHENTICODE_GAP,
				    "section %s begins at 0x%llx, %s end at "
				    "0x%llx: no signature covers the bytes "
				    "between them",
				    name.text, (unsigned long long)begin, what,
				    (unsigned long long)end);
		if (begin < end)
			return fail(err, E_AUTHENTICODE_OVERLAP,
				    "section %s begins at 0x%llx, %s end at "
				    "0x%llx: they overlap",
				    name.text, (unsigned long long)begin, what,
				    (unsigned long long)end);
		end = begin + sorted[i]->raw_size;
		add_range(view, begin, end);
		what = "the sections before it";
	}
	*ret_end = end;
	return OK;
}

/* Bytes behind the last section belong to no section, but are covered. */
static enum status add_rest(struct authenticode_view *view,
			    const struct pe_view *pe, uint64_t begin,
			    struct error *err)
{
	uint64_t table = pe->cert_offset;
	uint64_t table_end = table + pe->cert_size;

	if (!pe->cert_size) {
		add_range(view, begin, pe->file_size);
		return OK;
	}
	if (table < begin)
		return fail(err, E_AUTHENTICODE_TABLE_OVERLAP,
			    "the certificate table begins at 0x%llx, the last "
			    "section ends at 0x%llx",
			    (unsigned long long)table,
			    (unsigned long long)begin);
	if (table_end != pe->file_size)
		return fail(err, E_AUTHENTICODE_AFTER_TABLE,
			    "the certificate table ends at 0x%llx, the file "
			    "ends at 0x%llx",
			    (unsigned long long)table_end,
			    (unsigned long long)pe->file_size);
	add_range(view, begin, table);
	return OK;
}

static enum status add_signature(struct authenticode_view *view,
				 uint64_t offset, uint32_t len,
				 uint16_t revision, struct error *err)
{
	/* EDK2 does not look at the revision, Linux refuses any other: what
	 * one would hold is not defined, and no signer writes it. */
	if (revision != WIN_CERT_REVISION_2_0)
		return fail(err, E_AUTHENTICODE_REVISION,
			    "the certificate entry at 0x%llx has revision "
			    "0x%04x, it should be 0x%04x",
			    (unsigned long long)offset, revision,
			    WIN_CERT_REVISION_2_0);
	if (view->signature_count == AUTHENTICODE_SIGNATURES_MAX)
		return fail(err, E_AUTHENTICODE_TOO_MANY,
			    "the certificate table has a signature number %u "
			    "at 0x%llx, the most is %u",
			    view->signature_count + 1,
			    (unsigned long long)offset,
			    AUTHENTICODE_SIGNATURES_MAX);
	view->signatures[view->signature_count++] =
		(struct byte_range){ offset + WIN_CERT_HEADER,
				     len - WIN_CERT_HEADER };
	return OK;
}

bool authenticode_is_padding(struct span bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		if (bytes.ptr[i])
			return false;
	return true;
}

/* One WIN_CERTIFICATE and the padding up to the next; table is what is left of
 * the table, offset where that begins in the file. */
static enum status read_entry(struct cursor *table, uint64_t offset,
			      struct authenticode_view *view, struct error *err)
{
	size_t left = cursor_left(table), padding;
	uint32_t len = cursor_le32(table);
	uint16_t revision = cursor_le16(table), type = cursor_le16(table);
	enum status s = OK;

	if (left <= WIN_CERT_HEADER || len <= WIN_CERT_HEADER)
		return fail(err, E_AUTHENTICODE_ENTRY_SHORT,
			    "the certificate entry at 0x%llx has %llu bytes, "
			    "its header alone has %u",
			    (unsigned long long)offset,
			    left <= WIN_CERT_HEADER ? (unsigned long long)left
						    : len,
			    WIN_CERT_HEADER);
	if (len > left)
		return fail(err, E_AUTHENTICODE_ENTRY_PAST_END,
			    "the certificate entry at 0x%llx has %u bytes, the "
			    "table has %zu left",
			    (unsigned long long)offset, len, left);
	cursor_skip(table, len - WIN_CERT_HEADER);
	if (type == WIN_CERT_TYPE_PKCS7)
		s = add_signature(view, offset, len, revision, err);
	else
		view->passed_over++;
	if (s != OK || !cursor_left(table)) /* the last may lack padding */
		return s;
	padding = -(size_t)len % WIN_CERT_ALIGN;
	if (padding > cursor_left(table))
		return fail(err, E_AUTHENTICODE_WALK,
			    "the certificate entry at 0x%llx is padded with "
			    "%zu bytes up to the table's end, it should be "
			    "with %zu",
			    (unsigned long long)offset, cursor_left(table),
			    padding);
	if (!authenticode_is_padding(cursor_take(table, padding)))
		return fail(err, E_AUTHENTICODE_PADDING,
			    "the certificate entry at 0x%llx is padded with "
			    "%zu bytes that are not all 0",
			    (unsigned long long)offset, padding);
	return OK;
}

/* The walk of firmware: from entry to entry in steps of 8 bytes, and it has to
 * meet the table's end. Unlike there, the last entry may go without padding
 * where the table's size leaves it out, too (pesign writes that). */
static enum status read_table(struct span file, const struct pe_view *pe,
			      struct authenticode_view *view, struct error *err)
{
	struct cursor table =
		cursor_over(span_slice(file, pe->cert_offset, pe->cert_size));
	enum status s = OK;

	while (s == OK && cursor_left(&table))
		s = read_entry(&table, pe->cert_offset + (uint64_t)table.at,
			       view, err);
	return s;
}

enum status authenticode_ranges(const struct pe_view *pe,
				struct authenticode_view *ret,
				struct error *err)
{
	struct authenticode_view view = { 0 };
	uint64_t end = 0;
	enum status s;

	add_headers(&view, pe);
	s = add_sections(&view, pe, &end, err);
	if (s == OK)
		s = add_rest(&view, pe, end, err);
	if (s == OK)
		*ret = view;
	return s;
}

enum status authenticode_parse(struct span file, const struct pe_view *pe,
			       struct authenticode_view *ret, struct error *err)
{
	struct authenticode_view view;
	enum status s;

	if (file.len != pe->file_size)
		return fail(err, E_AUTHENTICODE_VIEW,
			    "the file has %zu bytes, its headers were read for "
			    "%llu",
			    file.len, (unsigned long long)pe->file_size);
	s = authenticode_ranges(pe, &view, err);
	if (s == OK)
		s = read_table(file, pe, &view, err);
	if (s == OK)
		*ret = view;
	return s;
}
