#include "format/zboot.h"

#include "base/text.h"

/* The header of zboot-header.S; it is the DOS header of the PE file. */
#define HEADER_SIZE    0x40
#define AT_TYPE	       0x04
#define AT_PAYLOAD     0x08
#define AT_LABEL       0x18
#define LABEL_SIZE     32
#define SIZE_FIELD_LEN 4
#define GZIP_LEN_MIN   18 /* RFC 1952: 10 bytes of header, 8 of trailer */

static bool has_type(struct span file, const char *type)
{
	return span_starts_with(file, "MZ", 2) &&
	       span_equal(span_slice(file, AT_TYPE, 4), span_of(type, 4));
}

bool zboot_is_candidate(struct span file)
{
	return has_type(file, "zimg") || has_type(file, "zelf");
}

static enum status check_magic(struct span file, struct error *err)
{
	if (file.len < HEADER_SIZE)
		return fail(err, E_ZBOOT_SHORT,
			    "the file has %zu bytes, a zboot header has %u",
			    file.len, HEADER_SIZE);
	if (has_type(file, "zelf"))
		return fail(err, E_ZBOOT_ELF,
			    "the zboot image is of type zelf (a compressed ELF "
			    "file), only zimg is supported");
	if (!has_type(file, "zimg"))
		return fail(err, E_ZBOOT_MAGIC,
			    "the image type at 0x%x is 0x%08x, that of a zboot "
			    "image is 0x676d697a (zimg)",
			    AT_TYPE, span_le32(file, AT_TYPE));
	return OK;
}

/* The whole label counts: "zstd" and "zstd22" are two names of one codec, and
 * a prefix would take "zstdXYZ" for it, too. */
static enum status read_label(struct span file, struct zboot_view *view,
			      struct error *err)
{
	static const struct {
		const char *label;
		enum zboot_codec codec;
	} known[] = {
		{ "gzip", ZBOOT_GZIP },	  { "zstd", ZBOOT_ZSTD },
		{ "zstd22", ZBOOT_ZSTD }, { "xzkern", ZBOOT_XZ },
		{ "lzma", ZBOOT_LZMA },	  { "lz4", ZBOOT_LZ4 },
		{ "lzo", ZBOOT_LZO },
	};
	struct span field = span_slice(file, AT_LABEL, LABEL_SIZE);
	struct span label = span_until_nul(field);
	struct text t = text_over(view->label, sizeof(view->label));
	struct display shown;

	if (label.len == field.len)
		return fail(err, E_ZBOOT_LABEL_END,
			    "the codec's label has no end in its %u bytes",
			    LABEL_SIZE);
	text_add_bytes(&t, label);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_equal_text(label, known[i].label)) {
			view->codec = known[i].codec;
			return OK;
		}
	shown = display_of(label);
	return fail(err, E_ZBOOT_LABEL,
		    "the codec is called '%s', known are gzip, zstd, zstd22, "
		    "xzkern, lzma, lz4 and lzo",
		    shown.text);
}

static bool is_in_one_section(const struct pe_view *pe, uint64_t begin,
			      uint64_t end)
{
	for (uint32_t i = 0; i < pe->section_count; i++) {
		const struct pe_section *s = &pe->sections[i];

		if (begin >= s->raw_offset &&
		    end <= (uint64_t)s->raw_offset + s->raw_size)
			return true;
	}
	return false;
}

/* [payload_offset, end) holds the payload and its size field. */
static enum status check_place(const struct pe_view *pe,
			       const struct zboot_view *view, uint64_t end,
			       struct error *err)
{
	if (!view->payload_offset)
		return fail(err, E_ZBOOT_NO_OFFSET,
			    "the payload's offset is 0, its size %u",
			    view->payload_len);
	if (!view->payload_len)
		return fail(err, E_ZBOOT_NO_PAYLOAD,
			    "the payload at 0x%x has 0 bytes",
			    view->payload_offset);
	if (view->payload_offset < pe->size_of_headers)
		return fail(err, E_ZBOOT_IN_HEADERS,
			    "the payload begins at 0x%x, the headers end at "
			    "0x%x",
			    view->payload_offset, pe->size_of_headers);
	if (end > pe->file_size)
		return fail(err, E_ZBOOT_PAST_EOF,
			    "the payload ends at 0x%llx, the file ends at "
			    "0x%llx",
			    (unsigned long long)end,
			    (unsigned long long)pe->file_size);
	if (pe->cert_size && end > pe->cert_offset)
		return fail(err, E_ZBOOT_IN_CERT,
			    "the payload ends at 0x%llx, the certificate table "
			    "begins at 0x%x",
			    (unsigned long long)end, pe->cert_offset);
	if (!is_in_one_section(pe, view->payload_offset, end))
		return fail(err, E_ZBOOT_NOT_IN_SECTION,
			    "the payload (0x%x-0x%llx) lies in none of the %u "
			    "sections",
			    view->payload_offset, (unsigned long long)end,
			    pe->section_count);
	return OK;
}

static enum status check_out_len(uint32_t out_len, struct error *err)
{
	if (out_len < ZBOOT_OUT_MIN)
		return fail(err, E_ZBOOT_OUT_SMALL,
			    "the kernel is said to unpack to %u bytes, the "
			    "least is %u",
			    out_len, ZBOOT_OUT_MIN);
	if (out_len > ZBOOT_OUT_MAX)
		return fail(err, E_ZBOOT_OUT_LARGE,
			    "the kernel is said to unpack to %u bytes, the "
			    "most is %u",
			    out_len, ZBOOT_OUT_MAX);
	return OK;
}

enum status zboot_parse(struct span file, const struct pe_view *pe,
			struct zboot_view *ret_view, struct error *err)
{
	struct zboot_view view = { .machine = pe->machine };
	enum status s = check_magic(file, err);
	uint64_t end;

	if (s == OK)
		s = read_label(file, &view, err);
	if (s != OK)
		return s;
	view.payload_offset = span_le32(file, AT_PAYLOAD);
	view.payload_len = span_le32(file, AT_PAYLOAD + 4);
	/* gzip counts its own size field into the payload; for every other
	 * codec the kernel's build appends one and does not count it. */
	end = (uint64_t)view.payload_offset + view.payload_len +
	      (view.codec == ZBOOT_GZIP ? 0 : SIZE_FIELD_LEN);
	s = check_place(pe, &view, end, err);
	if (s != OK)
		return s;
	if (view.codec == ZBOOT_GZIP && view.payload_len < GZIP_LEN_MIN)
		return fail(err, E_ZBOOT_PAYLOAD_SHORT,
			    "the gzip payload has %u bytes, a member has at "
			    "least %u",
			    view.payload_len, GZIP_LEN_MIN);
	if (end > file.len)
		return fail(err, E_ZBOOT_PREFIX,
			    "the payload ends at 0x%llx, only 0x%zx bytes were "
			    "read",
			    (unsigned long long)end, file.len);
	view.out_len = span_le32(file, end - SIZE_FIELD_LEN);
	s = check_out_len(view.out_len, err);
	if (s == OK)
		*ret_view = view;
	return s;
}
