/* manifest_parse() on any text: rows in the order of their lines, with the
 * digests that stand in them. */
#include "fuzz.h"

#include "format/manifest.h"

static void check_digest(struct span line, const struct manifest_row *row)
{
	char hex[65];

	for (unsigned i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", row->sha256[i]);
	for (size_t i = 0; i + 64 <= line.len; i++)
		if (!strncasecmp((const char *)line.ptr + i, hex, 64))
			return;
	fuzz_must(!"the digest stands in the text");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of(data, size);
	static struct manifest_view v;
	unsigned roles[MANIFEST_ROLE_END] = { 0 };
	uint32_t line = 0;
	struct error err;
	enum status s = manifest_parse(text, &v, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return 0;
	}
	fuzz_must(v.count >= 1 && v.count <= MANIFEST_ROWS_MAX);
	for (uint32_t i = 0; i < v.count; i++) {
		const struct manifest_row *row = &v.rows[i];

		fuzz_must(row->role >= MANIFEST_LINUX &&
			  row->role < MANIFEST_ROLE_END);
		roles[row->role]++;
		fuzz_must(row->line > line);
		line = row->line;
		fuzz_must(row->path.ptr >= data && row->path.len > 0 &&
			  row->path.ptr + row->path.len <= data + size);
		fuzz_must(row->path.ptr[0] ==
			  (row->role == MANIFEST_OPTIONS ? '-' : '/'));
		check_digest(text, row);
	}
	fuzz_must(roles[MANIFEST_LINUX] == 1);
	fuzz_must(roles[MANIFEST_DEVICETREE] <= 1);
	fuzz_must(roles[MANIFEST_OPTIONS] <= 1);
	return 0;
}
