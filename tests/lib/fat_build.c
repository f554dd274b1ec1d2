#include "fat_build.h"

#include <stdlib.h>
#include <string.h>

static size_t table_bytes(const struct fat_build *b)
{
	size_t needed = ((size_t)b->clusters + 2) * b->bits / 8 + 1;

	return (needed + b->sector_size - 1) / b->sector_size * b->sector_size;
}

static void write_boot(struct fat_build *b, uint32_t cluster_sectors,
		       uint32_t root_entries)
{
	uint8_t *s = b->bytes;
	uint32_t table = (uint32_t)(table_bytes(b) / b->sector_size);

	s[0] = 0xeb;
	store_le16(s + FAT_B_SECTOR_SIZE, (uint16_t)b->sector_size);
	s[FAT_B_CLUSTER_SECTORS] = (uint8_t)cluster_sectors;
	store_le16(s + FAT_B_RESERVED, 1);
	s[FAT_B_COPIES] = 1;
	store_le16(s + FAT_B_ROOT_ENTRIES, (uint16_t)root_entries);
	store_le32(s + FAT_B_SECTORS32, (uint32_t)(b->len / b->sector_size));
	s[FAT_B_MEDIA] = 0xf8;
	if (b->bits == 32) {
		store_le32(s + FAT_B_TABLE32, table);
		store_le32(s + FAT_B_ROOT_CLUSTER, 2);
	} else {
		store_le16(s + FAT_B_TABLE16, (uint16_t)table);
	}
	s[FAT_B_SIGNATURE] = 0x55;
	s[FAT_B_SIGNATURE + 1] = 0xaa;
}

void fat_build_begin(struct fat_build *b, unsigned bits, uint32_t sector_size,
		     uint32_t cluster_sectors, uint32_t clusters,
		     uint32_t root_entries)
{
	*b = (struct fat_build){ .bits = bits,
				 .sector_size = sector_size,
				 .cluster_size = sector_size * cluster_sectors,
				 .clusters = clusters,
				 .table = sector_size,
				 .root_len = root_entries * FAT_SLOT_LEN,
				 .next_free = bits == 32 ? 3 : 2 };
	b->root = b->table + table_bytes(b);
	b->data = b->root + b->root_len;
	b->len = b->data + (size_t)clusters * b->cluster_size;
	b->bytes = calloc(1, b->len);
	if (!b->bytes)
		abort();
	write_boot(b, cluster_sectors, root_entries);
	fat_build_link(b, 0, 0x0ffffff8);
	fat_build_link(b, 1, 0x0fffffff);
	if (bits == 32)
		fat_build_end(b, 2);
}

void fat_build_drop(struct fat_build *b)
{
	free(b->bytes);
	b->bytes = NULL;
}

void fat_build_link(struct fat_build *b, uint32_t cluster, uint32_t value)
{
	uint8_t *to = b->bytes + b->table + (size_t)cluster * b->bits / 8;

	if (b->bits == 32) {
		store_le32(to, value);
	} else if (b->bits == 16) {
		store_le16(to, (uint16_t)value);
	} else if (cluster & 1) {
		to[0] = (uint8_t)((to[0] & 0x0f) | (value & 0x0f) << 4);
		to[1] = (uint8_t)(value >> 4);
	} else {
		to[0] = (uint8_t)value;
		to[1] = (uint8_t)((to[1] & 0xf0) | (value >> 8 & 0x0f));
	}
}

void fat_build_end(struct fat_build *b, uint32_t cluster)
{
	fat_build_link(b, cluster, 0x0fffffff);
}

void fat_build_chain(struct fat_build *b, const uint32_t *clusters,
		     uint32_t count)
{
	for (uint32_t i = 0; i + 1 < count; i++)
		fat_build_link(b, clusters[i], clusters[i + 1]);
	fat_build_end(b, clusters[count - 1]);
}

uint8_t *fat_build_cluster(struct fat_build *b, uint32_t cluster)
{
	return b->bytes + b->data + (size_t)(cluster - 2) * b->cluster_size;
}

static uint8_t sum_of(const char *short_name)
{
	unsigned sum = 0;

	for (int i = 0; i < 11; i++)
		sum = ((sum & 1 ? 0x80u : 0) + (sum >> 1) +
		       (uint8_t)short_name[i]) &
		      0xff;
	return (uint8_t)sum;
}

static void write_long_slot(uint8_t *to, const char *name, size_t len,
			    unsigned number, bool is_last, uint8_t sum)
{
	static const uint8_t places[FAT_SLOT_UNITS] = { 1,  3,	5,  7,	9,
							14, 16, 18, 20, 22,
							24, 28, 30 };

	memset(to, 0, FAT_SLOT_LEN);
	to[0] = (uint8_t)(number | (is_last ? 0x40 : 0));
	to[11] = 0x0f;
	to[13] = sum;
	for (unsigned i = 0; i < FAT_SLOT_UNITS; i++) {
		size_t n = (number - 1) * FAT_SLOT_UNITS + i;

		store_le16(to + places[i], n < len    ? (uint8_t)name[n]
					   : n == len ? 0
						      : 0xffff);
	}
}

unsigned fat_build_name(uint8_t *to, const char *long_name,
			const char *short_name, uint8_t attributes,
			uint32_t first_cluster, uint32_t size)
{
	size_t len = long_name ? strlen(long_name) : 0;
	unsigned slots =
		(unsigned)((len + FAT_SLOT_UNITS - 1) / FAT_SLOT_UNITS);

	for (unsigned n = slots; n; n--, to += FAT_SLOT_LEN)
		write_long_slot(to, long_name, len, n, n == slots,
				sum_of(short_name));
	memset(to, 0, FAT_SLOT_LEN);
	memcpy(to, short_name, 11);
	to[11] = attributes;
	store_le16(to + 20, (uint16_t)(first_cluster >> 16));
	store_le16(to + 26, (uint16_t)first_cluster);
	store_le32(to + 28, size);
	return slots + 1;
}

uint8_t *fat_build_root(struct fat_build *b)
{
	return b->bits == 32 ? fat_build_cluster(b, 2) : b->bytes + b->root;
}

void fat_build_example(struct fat_build *b, unsigned bits)
{
	static const uint32_t folder[] = { 6, 12 }, file[] = { 10, 11, 20 };
	uint8_t slots[5 * FAT_SLOT_LEN], *at;

	fat_build_begin(b, bits, 512, 1, bits == 16 ? 5000 : 64,
			bits == 32 ? 0 : 64);
	at = fat_build_root(b);
	at += 32 * fat_build_name(at, NULL, "KEELBOOT   ", 0x08, 0, 0);
	fat_build_name(at, NULL, "EFI        ", 0x10, 5, 0);
	fat_build_end(b, 5);
	fat_build_chain(b, folder, 2);
	fat_build_chain(b, file, 3);
	at = fat_build_cluster(b, 5);
	at += 32 * fat_build_name(at, NULL, ".          ", 0x10, 5, 0);
	at += 32 * fat_build_name(at, NULL, "..         ", 0x10, 0, 0);
	fat_build_name(at, "Linux", "LINUX      ", 0x10, 6, 0);
	at = fat_build_cluster(b, 6);
	at += 32 * fat_build_name(at, FAT_BUILD_COUNTED, "DEBIAN~1EFI", 0x20,
				  10, 1300);
	memset(at, 0xe5, 32 * 11); /* deleted; slots 3 to 13 */
	at += 32 * 11;
	fat_build_name(slots, FAT_BUILD_STRADDLE, "A-NAME~1CON", 0x20, 0, 0);
	memcpy(at, slots, 64);
	memcpy(fat_build_cluster(b, 12), slots + 64, 96);
}

enum status fat_build_read(const void *ctx, uint64_t offset, void *buf,
			   size_t len, struct error *err)
{
	const struct span *all = ctx;

	if (!span_holds(*all, offset, len))
		return fail(err, E_BLOCK_SHORT,
			    "byte %llu is wanted, there are %zu",
			    (unsigned long long)(offset + len), all->len);
	memcpy(buf, all->ptr + offset, len);
	return OK;
}
