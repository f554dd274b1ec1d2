/* What real mkfs tools make, told as blkid(8) tells it; and the same broken,
 * field by field. */
#include "base/text.h"
#include "format/filesystem.h"
#include "scratch.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct image {
	uint8_t *bytes;
	size_t len;
	uint64_t fails_at; /* offset, 0 if none does */
};

static enum status read_image(const void *ctx, uint64_t offset, void *buf,
			      size_t len, struct error *err)
{
	const struct image *image = ctx;

	if (image->fails_at && offset <= image->fails_at &&
	    image->fails_at < offset + len)
		return fail(err, E_BLOCK_READ, "unable to read at %llu",
			    (unsigned long long)offset);
	/* Whoever asks for more than there is has not looked at the size. */
	assert_true(offset + len <= image->len);
	memcpy(buf, image->bytes + offset, len);
	return OK;
}

static enum status identify(const struct image *image, struct filesystem *ret,
			    struct error *err)
{
	const struct byte_reader reader = { .ctx = image,
					    .load = read_image,
					    .size = image->len };

	return filesystem_identify(reader, ret, err);
}

/* How each is made, in a scratch directory; the image is `i`. */
static const struct recipe {
	const char *name, *command;
} recipes[] = {
	{ "fat12", "truncate -s 1M i; mkfs.vfat -F 12 -n TWELVE i" },
	{ "fat16", "truncate -s 16M i; mkfs.vfat -F 16 -i c0ffee01 i" },
	{ "fat32", "truncate -s 64M i; mkfs.vfat -F 32 -n 'MY ESP' i" },
	{ "fat4k", "truncate -s 300M i; mkfs.vfat -F 32 -S 4096 i" },
	{ "exfat", "truncate -s 8M i; mkfs.exfat -L pl\xc3\xa4tze i" },
	{ "exfat2", "truncate -s 8M i; mkfs.exfat i" },
	{ "ext2", "truncate -s 8M i; mkfs.ext2 -q -F -L two i" },
	{ "ext3", "truncate -s 16M i; mkfs.ext3 -q -F i" },
	{ "ext4", "truncate -s 16M i; mkfs.ext4 -q -F -L sixteencharsnowx i" },
	{ "ext4big", "truncate -s 64M i; mkfs.ext4 -q -F -b 4096 -O 64bit,"
		     "metadata_csum i" },
	{ "ext4old", "truncate -s 16M i; mkfs.ext4 -q -F -O ^metadata_csum i" },
	{ "journal", "truncate -s 16M i; mkfs.ext4 -q -F -O journal_dev i" },
	{ "xfs", "truncate -s 320M i; mkfs.xfs -q -f -L boot i" },
	{ "xfs4", "truncate -s 320M i; mkfs.xfs -q -f -m crc=0 i" },
	{ "xfs4k", "truncate -s 320M i; mkfs.xfs -q -f -s size=4096 i" },
	{ "btrfs", "truncate -s 120M i; mkfs.btrfs -q -f -L 'a label' i" },
	{ "btrfsx", "truncate -s 120M i; mkfs.btrfs -q -f --csum xxhash i" },
	{ "luks1", "truncate -s 20M i; echo x | cryptsetup luksFormat -q "
		   "--type luks1 --iter-time 1 i -" },
	{ "luks2", "truncate -s 20M i; echo x | cryptsetup luksFormat -q "
		   "--type luks2 --label secret --pbkdf pbkdf2 "
		   "--pbkdf-force-iterations 1000 i -" },
	{ "swap", "truncate -s 1M i; chmod 600 i; mkswap -L exchange i" },
	{ "swap64", "truncate -s 2M i; chmod 600 i; mkswap -p 65536 i" },
	{ "ntfs", "truncate -s 4M i; mkntfs -q -F -f i" },
	{ "f2fs", "truncate -s 64M i; mkfs.f2fs -q -l flash i" },
	{ "squash", "echo x >x; mksquashfs x i -quiet -no-progress" },
	{ "erofs", "mkdir d; echo x >d/x; mkfs.erofs -x0 i d" },
	{ "iso", "mkdir d; echo x >d/x; genisoimage -quiet -V INSTALL "
		 "-o i d" },
	{ "nothing", "truncate -s 1M i" },
	{ "noise", "head -c 300000 /dev/urandom >i" },
	{ "text", "yes LUKS | head -c 100000 >i" },
};

/* Mapped, as most of it are holes; changes stay here. */
static struct image load(const struct scratch *s)
{
	struct image image = { .fails_at = 0 };
	int fd = open(scratch_path(s, "i"), O_RDONLY);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	image.len = (size_t)st.st_size;
	image.bytes = mmap(NULL, image.len, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			   fd, 0);
	assert_ptr_not_equal(image.bytes, MAP_FAILED);
	close(fd);
	return image;
}

static struct image make(const struct scratch *s, const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line),
		 "export LC_ALL=C.UTF-8; cd %s && rm -rf i d x && { %s; } >log "
		 "2>&1 || "
		 "{ cat log >&2; false; }",
		 s->dir, command);
	assert_int_equal(system(line), 0);
	return load(s);
}

static void drop(struct image *image)
{
	munmap(image->bytes, image->len);
}

static void read_output(const struct scratch *s, const char *command, char *buf,
			size_t cap)
{
	char line[1024];
	size_t len;
	FILE *f;

	snprintf(line, sizeof(line), "cd %s && %s", s->dir, command);
	f = popen(line, "r");
	assert_non_null(f);
	len = fread(buf, 1, cap - 1, f);
	pclose(f);
	buf[len] = '\0';
	if (len && buf[len - 1] == '\n')
		buf[len - 1] = '\0';
}

/* One value of `blkid -p` against ours. */
static void check_value(const struct scratch *s, const char *name,
			const char *tag, const char *ours)
{
	char command[128], theirs[512];

	snprintf(command, sizeof(command),
		 "blkid -p -o value -s %s i 2>/dev/null", tag);
	read_output(s, command, theirs, sizeof(theirs));
	if (strcmp(theirs, ours) != 0)
		fail_msg("%s: %s is \"%s\", blkid says \"%s\"", name, tag, ours,
			 theirs);
}

static void blkid_agrees(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(recipes); i++) {
		struct image image = make(&s, recipes[i].command);
		struct filesystem fs;
		struct error err;

		if (identify(&image, &fs, &err) != OK)
			fail_msg("%s: %s", recipes[i].name, err.text);
		check_value(&s, recipes[i].name, "TYPE",
			    filesystem_name(fs.kind));
		check_value(&s, recipes[i].name, "UUID", fs.uuid);
		check_value(&s, recipes[i].name, "LABEL", fs.label);
		drop(&image);
	}
}

/* pvcreate(8) takes no file, so the label is made here; blkid reads it. */
static void a_physical_volume_is_told(void **state)
{
	static const char id[] = "AbCdEf0123456789ghijklmnopqrSTUV";
	_drop_scratch_ struct scratch s = scratch_make();
	struct image image = make(&s, "truncate -s 2M i");
	uint8_t *at = image.bytes + 512;
	struct filesystem fs;
	struct error err;
	uint32_t crc = 0xf597a6cf;
	FILE *f;

	(void)state;
	memcpy(at, "LABELONE", 8);
	store_le64(at + 8, 1);
	store_le32(at + 20, 32);
	memcpy(at + 24, "LVM2 001", 8);
	memcpy(at + 32, id, 32);
	store_le64(at + 64, image.len);
	for (size_t i = 20; i < 512; i++) {
		crc ^= at[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	store_le32(at + 16, crc);
	f = fopen(scratch_path(&s, "i"), "r+b");
	fwrite(image.bytes, 1, image.len, f);
	fclose(f);
	assert_ok(&err, identify(&image, &fs, &err));
	assert_int_equal(fs.kind, FILESYSTEM_LVM);
	check_value(&s, "lvm", "TYPE", filesystem_name(fs.kind));
	check_value(&s, "lvm", "UUID", fs.uuid);
	at[100] ^= 1;
	assert_refused(E_FS_LVM_CHECKSUM, &err, identify(&image, &fs, &err));
	at[8] = 2;
	assert_refused(E_FS_LVM_SECTOR, &err, identify(&image, &fs, &err));
	drop(&image);
}

static const char *recipe(const char *name)
{
	for (size_t i = 0; i < test_count(recipes); i++)
		if (!strcmp(recipes[i].name, name))
			return recipes[i].command;
	fail_msg("no recipe %s", name);
	return NULL;
}

/* One byte changed: what is said then. E_OK: it is not claimed any more. */
static void every_field_is_checked(void **state)
{
	static const struct {
		const char *recipe;
		size_t at;
		uint8_t value;
		enum status want;
		enum filesystem_kind kind;
	} cases[] = {
		{ "luks1", 7, 3, E_FS_LUKS_VERSION, 0 },
		{ "luks1", 0, 'l', OK, FILESYSTEM_NONE },
		{ "swap", 1024, 2, E_FS_SWAP_VERSION, 0 },
		{ "swap", 4090, 0, OK, FILESYSTEM_NONE },
		{ "exfat", 108, 8, E_FS_EXFAT_SHIFT, 0 },
		{ "exfat", 108, 13, E_FS_EXFAT_SHIFT, 0 },
		{ "exfat", 109, 17, E_FS_EXFAT_SHIFT, 0 },
		{ "exfat", 109, 255, E_FS_EXFAT_SHIFT, 0 },
		{ "exfat", 79, 1, E_FS_EXFAT_PAST_END, 0 },
		{ "exfat", 94, 1, E_FS_EXFAT_PAST_END, 0 },
		{ "exfat", 96, 1, E_FS_EXFAT_ROOT, 0 },
		{ "exfat", 99, 1, E_FS_EXFAT_ROOT, 0 },
		{ "exfat", 3, 'e', OK, FILESYSTEM_NONE },
		{ "ext4", 1024 + 0x38, 0, OK, FILESYSTEM_NONE },
		{ "ext4", 1024 + 0x4c, 2, OK, FILESYSTEM_NONE },
		{ "ext4", 1024 + 0x18, 7, E_FS_EXT_BLOCK_SIZE, 0 },
		{ "ext4", 1024 + 0x78, 'S', E_FS_EXT_CHECKSUM, 0 },
		{ "ext4", 1024 + 1020, 0, E_FS_EXT_CHECKSUM, 0 },
		{ "ext4old", 1024 + 6, 1, E_FS_EXT_PAST_END, 0 },
		{ "ext4old", 1024 + 0x18, 6, E_FS_EXT_PAST_END, 0 },
		{ "xfs", 0, 'x', OK, FILESYSTEM_NONE },
		{ "xfs", 101, 6, E_FS_XFS_VERSION, 0 },
		{ "xfs", 102, 1, E_FS_XFS_SIZES, 0 },
		{ "xfs", 103, 1, E_FS_XFS_SIZES, 0 },
		{ "xfs", 6, 1, E_FS_XFS_SIZES, 0 },
		{ "xfs", 5, 2, E_FS_XFS_SIZES, 0 },
		{ "xfs", 108, 'B', E_FS_XFS_CHECKSUM, 0 },
		{ "xfs", 224, 0, E_FS_XFS_CHECKSUM, 0 },
		{ "xfs4", 11, 1, E_FS_XFS_PAST_END, 0 },
		{ "btrfs", 65536 + 49, 2, E_FS_BTRFS_OFFSET, 0 },
		{ "btrfs", 65536 + 64, 0, OK, FILESYSTEM_NONE },
		{ "btrfs", 65536 + 0x12b, 'A', E_FS_BTRFS_CHECKSUM, 0 },
		{ "btrfs", 65536 + 4095, 1, E_FS_BTRFS_CHECKSUM, 0 },
		{ "btrfsx", 65536 + 4095, 1, OK, FILESYSTEM_BTRFS },
		{ "squash", 28, 3, E_FS_SQUASHFS_VERSION, 0 },
		{ "erofs", 1024 + 64, 'x', E_FS_EROFS_CHECKSUM, 0 },
		{ "fat16", 510, 0, OK, FILESYSTEM_NONE },
		{ "fat16", 16, 0, OK, FILESYSTEM_NONE },
		{ "fat16", 21, 0, OK, FILESYSTEM_NONE },
		{ "fat16", 22, 1, E_FAT_TABLE_LENGTH, 0 },
		{ "fat32", 44, 0, E_FAT_ROOT_CLUSTER, 0 },
		{ "iso", 32768 + 1, 'c', OK, FILESYSTEM_NONE },
	};
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		bool is_new =
			!i || strcmp(cases[i].recipe, cases[i - 1].recipe) != 0;
		struct image image =
			is_new ? make(&s, recipe(cases[i].recipe)) : load(&s);
		struct filesystem fs = { .kind = FILESYSTEM_KIND_COUNT };
		struct error err = { .code = OK };
		enum status got;

		assert_int_not_equal(image.bytes[cases[i].at], cases[i].value);
		image.bytes[cases[i].at] = cases[i].value;
		got = identify(&image, &fs, &err);
		if (got != cases[i].want ||
		    (got == OK && fs.kind != cases[i].kind))
			fail_msg("%s, byte %zu: %s, kind %d: %s",
				 cases[i].recipe, cases[i].at, status_slug(got),
				 (int)fs.kind, err.text);
		if (got != OK)
			test_check_sentence(cases[i].want, &err, __FILE__,
					    __LINE__);
		drop(&image);
	}
}

/* Every length up to 8 KiB, and some more: nothing is read behind the end. */
static void every_length_is_survived(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();

	(void)state;
	for (size_t i = 0; i < test_count(recipes); i++) {
		struct image image = make(&s, recipes[i].command), cut = image;
		struct filesystem fs;
		struct error err;

		for (cut.len = 0; cut.len < image.len;
		     cut.len += cut.len < 8192 ? 1 : cut.len / 7) {
			struct span copy = test_copy(span_of(
				image.bytes, cut.len < 8192 ? cut.len : 0));

			if (cut.len < 8192)
				cut.bytes = test_bytes(copy);
			else
				cut.bytes = image.bytes;
			(void)!identify(&cut, &fs, &err);
			test_drop(&copy);
		}
		drop(&image);
	}
}

static void what_cannot_be_read_is_told(void **state)
{
	static const uint64_t at[] = { 1,     4100,  65530,
				       65600, 32768, (1 << 20) - 65536 + 5 };
	_drop_scratch_ struct scratch s = scratch_make();
	struct image image = make(&s, "truncate -s 1M i");
	struct filesystem fs;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(at); i++) {
		image.fails_at = at[i];
		assert_refused(E_BLOCK_READ, &err, identify(&image, &fs, &err));
	}
	drop(&image);
}

/* A label with control characters is shown without them, one too long not at
 * all. */
static void labels_are_tamed(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct image image =
		make(&s, "truncate -s 120M i; mkfs.btrfs -q -f --csum xxhash "
			 "-L 12345678901234567890123456789012345678901234567890"
			 "123456789012345678901 i");
	struct filesystem fs;
	struct error err;

	(void)state;
	assert_ok(&err, identify(&image, &fs, &err));
	assert_int_equal(strlen(fs.label), 71);
	image.bytes[65536 + 0x12b + 71] = 'x';
	assert_ok(&err, identify(&image, &fs, &err));
	assert_string_equal(fs.label, "");
	memcpy(image.bytes + 65536 + 0x12b, "a\033[2Jb\0", 7);
	assert_ok(&err, identify(&image, &fs, &err));
	assert_null(strchr(fs.label, '\033'));
	assert_int_equal(fs.label[0], 'a');
	drop(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blkid_agrees),
		cmocka_unit_test(a_physical_volume_is_told),
		cmocka_unit_test(every_field_is_checked),
		cmocka_unit_test(every_length_is_survived),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(labels_are_tamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
