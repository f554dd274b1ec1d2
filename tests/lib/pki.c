#include "pki.h"

#define GROWTH_ROOM 4096 /* for what is around the element that grows */

struct span pki_read_signature(const char *file)
{
	_drop_copy_ struct span image = test_read_file(file);
	uint32_t at = span_le32(image, PKI_CERT_ENTRY);
	uint32_t len = span_le32(image, at);

	return test_copy(der_edit_find(span_slice(image, at + 8, len - 8), ""));
}

static struct span filled(size_t len, int byte)
{
	uint8_t *bytes = malloc(len);

	if (!bytes)
		fail_msg("no memory");
	memset(bytes, byte, len);
	return span_of(bytes, len);
}

void pki_check_broken(struct span der, const struct broken *broken,
		      size_t count, pki_parse_fn *parse, size_t view_size)
{
	_drop_copy_ struct span before = filled(view_size, 0xa5);

	for (size_t i = 0; i < count; i++) {
		_drop_copy_ struct span bad = der_edit_hex(
			der, broken[i].path, broken[i].what, broken[i].hex);
		_drop_copy_ struct span view = filled(view_size, 0xa5);
		struct error err;

		print_message("%s %d %s\n", broken[i].path, broken[i].what,
			      broken[i].hex);
		if (broken[i].want == OK) {
			assert_ok(&err, parse(bad, test_bytes(view), &err));
			continue;
		}
		assert_refused(broken[i].want, &err,
			       parse(bad, test_bytes(view), &err));
		assert_span_equal(view, before);
	}
}

void pki_check_size_limit(struct span der, const char *path, size_t limit,
			  enum status refusal, pki_parse_fn *parse,
			  size_t view_size)
{
	_drop_copy_ struct span value = filled(limit, 0);
	_drop_copy_ struct span view = filled(view_size, 0);
	size_t len = limit - GROWTH_ROOM;
	_drop_copy_ struct span large =
		der_edit(der, path, DER_CONTENT, span_of(value.ptr, len));
	struct error err;

	len += limit - large.len;
	for (size_t more = 0; more < 2; more++) {
		_drop_copy_ struct span big = der_edit(
			der, path, DER_CONTENT, span_of(value.ptr, len + more));

		assert_int_equal(big.len, limit + more);
		if (more)
			assert_refused(refusal, &err,
				       parse(big, test_bytes(view), &err));
		else
			assert_ok(&err, parse(big, test_bytes(view), &err));
	}
}

void pki_check_shortened(struct span der, pki_parse_fn *parse, size_t view_size)
{
	_drop_copy_ struct span view = filled(view_size, 0);
	struct span content = span_slice(der, 4, der.len - 4);

	for (size_t len = 0; len < content.len; len++) {
		_drop_copy_ struct span cut =
			der_edit_wrap(0x30, span_of(content.ptr, len));

		assert_int_not_equal(parse(cut, test_bytes(view), NULL), OK);
	}
}
