/* Superblocks of RAID members, built here word by word; what mdadm(8) makes is
 * read in a guest. */
#include "format/md.h"
#include "test.h"

#define SIZE	(1 << 20)
#define SECTORS (SIZE / 512)
#define V0_AT	(SIZE - 65536)
#define V10_AT	((SECTORS - 16) * 512)
#define MAX_DEV 8

struct member {
	uint8_t bytes[SIZE];
	size_t at; /* of the superblock */
	uint64_t size, fails_at;
};

static enum status read_member(const void *ctx, uint64_t offset, void *buf,
			       size_t len, struct error *err)
{
	const struct member *m = ctx;

	if (m->fails_at && offset == m->fails_at)
		return fail(err, E_BLOCK_READ, "unable to read");
	assert_true(offset + len <= m->size);
	memcpy(buf, m->bytes + offset, len);
	return OK;
}

static uint32_t sum_of(const uint8_t *sb, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i += 4)
		sum += (uint64_t)sb[i] | (uint64_t)sb[i + 1] << 8 |
		       (uint64_t)sb[i + 2] << 16 | (uint64_t)sb[i + 3] << 24;
	return (uint32_t)((sum & UINT32_MAX) + (sum >> 32));
}

static void seal(struct member *m)
{
	uint8_t *sb = m->bytes + m->at;
	bool v0 = m->at == V0_AT;
	size_t at = v0 ? 152 : 216, len = v0 ? 4096 : 256 + 2 * MAX_DEV;

	store_le32(sb + at, 0);
	store_le32(sb + at, sum_of(sb, len));
}

static struct member *make_v1(size_t at, uint64_t data, uint64_t sectors)
{
	struct member *m = test_calloc(1, sizeof(*m));
	uint8_t *sb = m->bytes + at;

	m->at = at;
	m->size = SIZE;
	store_le32(sb, 0xa92b4efc);
	store_le32(sb + 4, 1);
	for (uint8_t i = 0; i < 16; i++)
		sb[16 + i] = (uint8_t)(0x10 + i);
	strcpy((char *)sb + 32, "host:boot");
	store_le32(sb + 72, 1);
	store_le64(sb + 80, sectors);
	store_le32(sb + 92, 2);
	store_le64(sb + 128, data);
	store_le64(sb + 136, sectors);
	store_le64(sb + 144, at / 512);
	store_le32(sb + 160, 1);
	store_le64(sb + 200, 17);
	store_le64(sb + 208, UINT64_MAX);
	store_le32(sb + 220, MAX_DEV);
	store_le16(sb + 256, 0);
	store_le16(sb + 258, 1);
	for (unsigned i = 2; i < MAX_DEV; i++)
		store_le16(sb + 256 + 2 * i, 0xffff);
	seal(m);
	return m;
}

static struct member *make_v0(void)
{
	struct member *m = test_calloc(1, sizeof(*m));
	uint8_t *sb = m->bytes + V0_AT;

	m->at = V0_AT;
	m->size = SIZE;
	store_le32(sb, 0xa92b4efc);
	store_le32(sb + 8, 90);
	store_le32(sb + 4 * 5, 0x01020304);
	store_le32(sb + 4 * 7, 1);
	store_le32(sb + 4 * 8, V0_AT / 1024);
	store_le32(sb + 4 * 10, 2);
	store_le32(sb + 4 * 13, 0x11121314);
	store_le32(sb + 4 * 14, 0x21222324);
	store_le32(sb + 4 * 15, 0x31323334);
	store_le32(sb + 4 * 33, 1);
	store_le32(sb + 4 * 39, 5);
	store_le32(sb + 4 * 40, 1);
	store_le32(sb + 4 * 995, 1); /* position */
	store_le32(sb + 4 * 996, 6); /* active, in sync */
	seal(m);
	return m;
}

static enum status find(const struct member *m, struct md_member *ret,
			bool *found, struct error *err)
{
	const struct byte_reader reader = { .ctx = m,
					    .load = read_member,
					    .size = m->size };

	return md_find(reader, ret, found, err);
}

static void every_version_is_found(void **state)
{
	static const struct {
		size_t at;
		uint64_t data;
		const char *version;
	} cases[] = { { 0, 8, "1.1" },
		      { 4096, 16, "1.2" },
		      { V10_AT, 0, "1.0" } };
	struct md_member md;
	struct error err;
	bool found;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		struct member *m = make_v1(cases[i].at, cases[i].data, 1000);

		assert_ok(&err, find(m, &md, &found, &err));
		assert_true(found);
		assert_string_equal(md.version, cases[i].version);
		assert_string_equal(md.uuid,
				    "10111213-1415-1617-1819-1a1b1c1d1e1f");
		assert_string_equal(md.name, "host:boot");
		assert_int_equal(md.data_offset, cases[i].data * 512);
		assert_int_equal(md.data_size, 1000 * 512);
		assert_int_equal(md.events, 17);
		assert_int_equal(md.role, 1);
		assert_true(md.is_clean);
		assert_ok(&err, md_check_mirror(&md, &err));
		test_free(m);
	}
}

static void the_old_version_is_found(void **state)
{
	struct member *m = make_v0();
	struct md_member md;
	struct error err;
	bool found;

	(void)state;
	assert_ok(&err, find(m, &md, &found, &err));
	assert_true(found);
	assert_string_equal(md.version, "0.90");
	assert_string_equal(md.uuid, "01020304-1112-1314-2122-232431323334");
	assert_int_equal(md.data_offset, 0);
	assert_int_equal(md.data_size, V0_AT);
	assert_int_equal(md.events, 0x100000005);
	assert_ok(&err, md_check_mirror(&md, &err));
	test_free(m);
}

/* One field of the superblock changed, with the checksum right. */
static void every_field_is_checked(void **state)
{
	static const struct {
		size_t sb, at;
		uint32_t value;
		enum status find, mirror;
	} cases[] = {
		{ 4096, 4, 2, E_MD_VERSION, 0 },
		{ 4096, 220, 0, E_MD_MAX_DEV, 0 },
		{ 4096, 220, 1921, E_MD_MAX_DEV, 0 },
		{ 4096, 160, MAX_DEV, E_MD_DEV_NUMBER, 0 },
		{ 4096, 132, 1, E_MD_DATA_PAST_END, 0 },
		{ 4096, 128, SECTORS - 999, E_MD_DATA_PAST_END, 0 },
		{ 4096, 128, SECTORS - 1000, OK, OK },
		{ 4096, 128, 8, E_MD_DATA_OFFSET, 0 },
		{ 4096, 128, 0, E_MD_DATA_OFFSET, 0 },
		{ 0, 128, 0, E_MD_DATA_OFFSET, 0 },
		{ V10_AT, 128, 1100, E_MD_DATA_PAST_END, 0 },
		{ V10_AT, 128, 1040, E_MD_DATA_OFFSET, 0 },
		{ 4096, 72, 0, OK, E_MD_LEVEL },
		{ 4096, 72, 5, OK, E_MD_LEVEL },
		{ 4096, 72, UINT32_MAX, OK, E_MD_LEVEL },
		{ 4096, 160, 2, OK, E_MD_ROLE },
		{ 4096, 256, 0xfffe0000, OK, E_MD_ROLE },
		{ 4096, 256, 0x00020000, OK, E_MD_ROLE },
		{ 4096, 8, 0x200, OK, E_MD_ROLE },
		{ 4096, 8, 2, OK, E_MD_RECOVERY },
		{ 4096, 8, 4, OK, E_MD_RESHAPE },
		{ 4096, 8, 8, OK, E_MD_BAD_BLOCKS },
		{ 4096, 8, 0x80000000, OK, E_MD_FEATURE },
		{ 4096, 8, 1, OK, OK }, /* a bitmap */
		{ V0_AT, 4 * 1, 2, E_MD_VERSION, 0 },
		{ V0_AT, 4 * 2, 89, E_MD_VERSION, 0 },
		{ V0_AT, 4 * 8, V0_AT / 1024 + 1, E_MD_DATA_PAST_END, 0 },
		{ V0_AT, 4 * 7, 4, OK, E_MD_LEVEL },
		{ V0_AT, 4 * 995, 2, OK, E_MD_ROLE },
		{ V0_AT, 4 * 996, 1, OK, E_MD_ROLE },
		{ V0_AT, 4 * 996, 14, OK, E_MD_ROLE },
	};
	struct md_member md;
	bool found;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		size_t at = cases[i].sb;
		struct member *m =
			at == V0_AT ? make_v0()
				    : make_v1(at, at == V10_AT ? 0 : 16, 1000);
		struct error err = { .code = OK };
		enum status s;

		store_le32(m->bytes + at + cases[i].at, cases[i].value);
		seal(m);
		s = find(m, &md, &found, &err);
		if (s != cases[i].find || !found)
			fail_msg("case %zu: %s, %s", i, status_slug(s),
				 err.text);
		if (s == OK) {
			s = md_check_mirror(&md, &err);
			if (s != cases[i].mirror)
				fail_msg("case %zu: %s, %s", i, status_slug(s),
					 err.text);
		}
		if (s != OK)
			test_check_sentence(s, &err, __FILE__, __LINE__);
		test_free(m);
	}
}

/* Each byte that the checksum covers. */
static void every_byte_counts(void **state)
{
	struct member *m = make_v1(4096, 16, 1000), *old = make_v0();
	struct md_member md;
	struct error err;
	bool found;

	(void)state;
	for (size_t i = 8; i < 256 + 2 * MAX_DEV; i++) {
		if ((i >= 144 && i < 152) || (i >= 220 && i < 224))
			continue; /* says where it stands; its own length */
		m->bytes[4096 + i] ^= 0x40;
		assert_refused(E_MD_CHECKSUM, &err, find(m, &md, &found, &err));
		m->bytes[4096 + i] ^= 0x40;
	}
	for (size_t i = 12; i < 4096; i++) {
		old->bytes[V0_AT + i] ^= 0x40;
		assert_refused(E_MD_CHECKSUM, &err,
			       find(old, &md, &found, &err));
		old->bytes[V0_AT + i] ^= 0x40;
	}
	test_free(m);
	test_free(old);
}

/* The superblock of a disk that ends where its last partition does. */
static void what_belongs_elsewhere_does_not_count(void **state)
{
	struct member *m = make_v1(V10_AT, 0, 1000);
	struct md_member md;
	struct error err;
	bool found = true;

	(void)state;
	store_le64(m->bytes + V10_AT + 144, V10_AT / 512 + 2048);
	seal(m);
	assert_ok(&err, find(m, &md, &found, &err));
	assert_false(found);
	test_free(m);
}

static void every_length_is_survived(void **state)
{
	struct member *m = make_v1(0, 8, 1000);
	struct md_member md;
	bool found;

	(void)state;
	for (m->size = 0; m->size < SIZE; m->size += m->size < 9000 ? 1 : 509)
		(void)!find(m, &md, &found, NULL);
	test_free(m);
}

static void what_cannot_be_read_is_told(void **state)
{
	static const uint64_t at[] = { 4096, V0_AT, V10_AT };
	struct member *m = test_calloc(1, sizeof(*m));
	struct md_member md;
	struct error err;
	bool found;

	(void)state;
	m->size = SIZE;
	for (size_t i = 0; i < test_count(at); i++) {
		m->fails_at = at[i];
		assert_refused(E_BLOCK_READ, &err, find(m, &md, &found, &err));
	}
	test_free(m);
}

static void a_stale_member_is_told(void **state)
{
	struct md_member a = { .uuid = "x", .events = 5 };
	struct md_member b = { .uuid = "x", .events = 6 };
	struct error err;

	(void)state;
	assert_refused(E_MD_STALE, &err, md_check_fresh(&a, &b, &err));
	assert_ok(&err, md_check_fresh(&b, &a, &err));
	assert_ok(&err, md_check_fresh(&a, &a, &err));
	b.uuid[0] = 'y';
	assert_ok(&err, md_check_fresh(&a, &b, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_is_found),
		cmocka_unit_test(the_old_version_is_found),
		cmocka_unit_test(every_field_is_checked),
		cmocka_unit_test(every_byte_counts),
		cmocka_unit_test(what_belongs_elsewhere_does_not_count),
		cmocka_unit_test(every_length_is_survived),
		cmocka_unit_test(what_cannot_be_read_is_told),
		cmocka_unit_test(a_stale_member_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
