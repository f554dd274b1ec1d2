/*
 * filesystem_identify(), md_find() and mbr_read() on any bytes as a device:
 * what they read lies inside, what they say is bounded. The first four bytes
 * say where on a larger device the rest stands, so that a seed need not be as
 * long as the way to a btrfs; a checksum of RAID metadata is mended, or nothing
 * would get past it.
 */
#include "fuzz.h"

#include "format/filesystem.h"
#include "format/mbr.h"

#define SIZE (256 << 10)

struct device {
	uint8_t bytes[SIZE];
	uint64_t size;
};

static enum status read_device(const void *ctx, uint64_t offset, void *buf,
			       size_t len, struct error *err)
{
	const struct device *d = ctx;

	if (offset > d->size || len > d->size - offset)
		return fail(err, E_BLOCK_SHORT, "behind the end");
	memcpy(buf, d->bytes + offset, len);
	return OK;
}

static void check_text(const char *text, size_t cap)
{
	fuzz_must(memchr(text, 0, cap) != NULL);
	for (; *text; text++)
		fuzz_must((uint8_t)*text >= 0x20 && *text != 0x7f);
}

static void try_filesystem(const struct byte_reader *reader)
{
	struct filesystem fs;
	struct error err;
	enum status s = filesystem_identify(*reader, &fs, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return;
	}
	fuzz_must(fs.kind < FILESYSTEM_KIND_COUNT);
	check_text(fs.uuid, sizeof(fs.uuid));
	check_text(fs.label, sizeof(fs.label));
	if (fs.kind != FILESYSTEM_MD)
		return;
	fuzz_must(fs.md.data_offset <= reader->size);
	fuzz_must(fs.md.data_size <= reader->size - fs.md.data_offset);
	s = md_check_mirror(&fs.md, &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		fuzz_must(fs.md.level == 1);
}

static void try_mbr(const struct byte_reader *reader)
{
	static struct mbr_table t;
	struct error err;
	enum status s = mbr_read(*reader, 512, &t, &err);

	if (s != OK) {
		fuzz_check_error(s, &err);
		return;
	}
	fuzz_must(t.count <= MBR_PARTITIONS_MAX);
	for (uint32_t i = 0; i < t.count; i++) {
		const struct mbr_partition *a = &t.parts[i];

		fuzz_must(a->first_lba && a->sectors && a->number);
		fuzz_must(a->first_lba + a->sectors <= reader->size / 512);
		for (uint32_t j = 0; j < i; j++) {
			const struct mbr_partition *b = &t.parts[j];

			fuzz_must(a->first_lba + a->sectors <= b->first_lba ||
				  b->first_lba + b->sectors <= a->first_lba);
		}
	}
}

/* As metadata 1.x has it, where it stands at 0 or 4096. */
static void mend(struct device *d, size_t at)
{
	struct span sb = span_of(d->bytes + at, 4096);
	uint32_t max_dev = span_le32(sb, 220);
	uint64_t sum = 0;

	if (span_le32(sb, 0) != 0xa92b4efc || max_dev > 1920)
		return;
	store_le64(d->bytes + at + 144, at / 512);
	store_le32(d->bytes + at + 216, 0);
	for (uint64_t i = 0; i + 4 <= 256 + 2ULL * max_dev; i += 4)
		sum += span_le32(sb, i);
	if (max_dev % 2)
		sum += span_le16(sb, 254 + 2ULL * max_dev);
	store_le32(d->bytes + at + 216, (uint32_t)sum + (uint32_t)(sum >> 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct device d;
	const struct byte_reader zero = { .ctx = &d, .load = read_device };
	struct byte_reader reader = zero;
	size_t at, len;

	if (size < 4)
		return 0;
	at = span_le32(span_of(data, size), 0) % SIZE;
	len = size - 4 < SIZE - at ? size - 4 : SIZE - at;
	memset(d.bytes, 0, SIZE);
	memcpy(d.bytes + at, data + 4, len);
	reader.size = d.size = SIZE;
	try_filesystem(&reader);
	try_mbr(&reader);
	mend(&d, 0);
	mend(&d, 4096);
	try_filesystem(&reader);
	reader.size = d.size = at + len;
	try_filesystem(&reader);
	try_mbr(&reader);
	return 0;
}
