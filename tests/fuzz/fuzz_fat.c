/* A volume of any bytes. The first one chooses the path; what is found lies
 * inside of the volume, and every unit of a name is where it is said to be. */
#include "fuzz.h"

#include "format/fat.h"

static enum status read_bytes(const void *ctx, uint64_t offset, void *buf,
			      size_t len, struct error *err)
{
	const struct span *all = ctx;

	if (!span_holds(*all, offset, len))
		return fail(err, E_BLOCK_SHORT, "the volume ends at %zu",
			    all->len);
	memcpy(buf, all->ptr + offset, len);
	return OK;
}

static void check_extents(const struct fat_volume *fat,
			  const struct fat_file *f)
{
	uint64_t offset = 0, at, len;
	struct error err;

	/* A size is a claim, and each step along it is a read. */
	while (offset < f->size && f->size <= 65536) {
		enum status s = fat_extent(fat, f, offset, &at, &len, &err);

		if (s != OK) {
			fuzz_check_error(s, &err);
			return;
		}
		fuzz_must(len > 0 && len <= f->size - offset);
		fuzz_must(at >= fat->data_offset);
		fuzz_must(at + len <=
			  fat_cluster_offset(fat, fat->last_cluster) +
				  fat->cluster_size);
		offset += len;
	}
}

static void check_file(const struct fat_volume *fat, struct span all,
		       const struct fat_file *f)
{
	fuzz_must(span_holds(all, f->entry, FAT_SLOT_LEN));
	fuzz_must(f->name_len <= FAT_NAME_MAX);
	fuzz_must(f->slot_count <= FAT_SLOTS_MAX);
	fuzz_must(f->slot_count == (f->name_len + 12) / 13);
	for (uint32_t n = 0; n < f->name_len; n++) {
		uint64_t at = fat_unit_offset(f, n);

		fuzz_must(span_holds(all, at, 2));
		fuzz_must(span_le16(all, at) == f->name[n]);
	}
	check_extents(fat, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = {
		"/EFI/Linux/debian-6.1.0-13+3-0.efi",
		"loader/keelboot/store",
		"/A/B",
		"a-name-of-three-slots-in-two-sectors+12-34.conf",
	};
	struct span all;
	struct fat_volume fat;
	struct fat_file f;
	struct error err;
	enum status s;

	if (!size)
		return 0;
	all = span_of(data + 1, size - 1);
	s = fat_open((struct fat_reader){ .ctx = &all, .load = read_bytes },
		     all.len, &fat, &err);
	if (s == OK) {
		fuzz_must(fat.bits == 12 || fat.bits == 16 || fat.bits == 32);
		fuzz_must(fat_cluster_offset(&fat, fat.last_cluster) +
				  fat.cluster_size <=
			  all.len);
		s = fat_find(&fat, paths[data[0] & 3], &f, &err);
	}
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		check_file(&fat, all, &f);
	return 0;
}
