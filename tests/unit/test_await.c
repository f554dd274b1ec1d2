/* `wait-for` over lists made by hand. */
#include "await.h"
#include "test.h"

#include <stdio.h>

static void add_entry(struct scan *scan, const char *id, enum status why)
{
	struct boot_entry *e = test_calloc(1, sizeof(*e));

	snprintf(e->found.id, sizeof(e->found.id), "%s", id);
	e->found.why = why;
	snprintf(e->place.part_uuid, sizeof(e->place.part_uuid), "c0ffee00-%s",
		 id);
	snprintf(e->place.fs_uuid, sizeof(e->place.fs_uuid), "ABCD-%s", id);
	snprintf(e->place.fs_label, sizeof(e->place.fs_label), "MY %s", id);
	scan->entries[scan->entry_count++] = e;
}

static void make(struct scan *scan)
{
	struct error err;

	assert_ok(&err, scan_init(scan, 5, &err));
	add_entry(scan, "debian.efi", OK);
	add_entry(scan, "refused.efi", E_ENTRY_MACHINE);
	scan->probes[3] = (struct scan_probe){ .state = PROBE_READY,
					       .socket = -1,
					       .name = "nvme0n1",
					       .model.text = "Fast Disk 1T",
					       .serial.text = "S3R14L" };
	scan->probes[4] = (struct scan_probe){ .state = PROBE_LOOKING,
					       .socket = -1,
					       .name = "sda",
					       .serial.text = "SLOW" };
}

static void drop(struct scan *scan)
{
	for (uint32_t i = 0; i < scan->entry_count; i++)
		test_free(scan->entries[i]);
	scan->entry_count = 0;
	scan_end(scan);
}

static void every_word_is_understood(void **state)
{
	static const struct {
		const char *words;
		const char *missing; /* NULL: all is there */
	} cases[] = {
		{ "", NULL },
		{ " \t ", NULL },
		{ "disk", NULL },
		{ "PARTUUID=c0ffee00-debian.efi", NULL },
		{ "PARTUUID=C0FFEE00-DEBIAN.EFI", NULL },
		{ "PARTUUID=c0ffee00", "PARTUUID=c0ffee00" },
		{ "PARTUUID=", "PARTUUID=" },
		{ "UUID=abcd-Debian.efi", NULL },
		{ "UUID=abcd-other", "UUID=abcd-other" },
		{ "UUID=", "UUID=" },
		{ "UUID=*", "UUID=*" },
		{ "\"LABEL=MY debian.efi\"", NULL },
		{ "LABEL=\"MY debian.efi\"", NULL },
		{ "\"LABEL=my debian.efi\"", "LABEL=my debian.efi" },
		{ "LABEL=MY debian.efi", "LABEL=MY" },
		/* on a partition whose entry is refused */
		{ "UUID=ABCD-refused.efi", NULL },
		{ "nvme0n1", NULL },
		{ "nvme*", NULL },
		{ "\"Fast Disk*\"", NULL },
		{ "S3R14L", NULL },
		{ "sda", "sda" },
		{ "SLOW", "SLOW" },
		{ "debian.efi", NULL },
		{ "DEBIAN.*", NULL },
		{ "refused.efi", "refused.efi" },
		{ "disk nvme0n1 debian.efi", NULL },
		{ "disk sdz debian.efi later", "sdz" },
	};
	struct display missing;
	struct scan scan;

	(void)state;
	make(&scan);
	for (size_t i = 0; i < test_count(cases); i++) {
		bool there = await_is_there(cases[i].words, &scan, &missing);

		if (there != !cases[i].missing)
			fail_msg("\"%s\": %d", cases[i].words, there);
		if (!there)
			assert_string_equal(missing.text, cases[i].missing);
	}
	drop(&scan);
}

static void disk_is_an_entry_that_is_offered(void **state)
{
	struct display missing;
	struct scan scan;

	(void)state;
	make(&scan);
	scan.entries[0]->found.why = E_ENTRY_MACHINE;
	assert_false(await_is_there("disk", &scan, &missing));
	drop(&scan);
}

static void a_long_word_is_not_there(void **state)
{
	struct display missing;
	struct scan scan;
	char words[600];

	(void)state;
	make(&scan);
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	assert_false(await_is_there(words, &scan, &missing));
	drop(&scan);
}

static void the_wait_ends(void **state)
{
	struct display missing;
	struct scan scan;

	(void)state;
	make(&scan);
	assert_true(await_is_holding("sdz", 30, 0, &scan, &missing));
	assert_true(await_is_holding("sdz", 30, 29999, &scan, &missing));
	assert_false(await_is_holding("sdz", 30, 30000, &scan, &missing));
	assert_false(await_is_holding("sdz", 0, 0, &scan, &missing));
	assert_false(await_is_holding("disk", 30, 0, &scan, &missing));
	assert_false(await_is_holding("", 30, 0, &scan, &missing));
	drop(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_is_understood),
		cmocka_unit_test(disk_is_an_entry_that_is_offered),
		cmocka_unit_test(a_long_word_is_not_there),
		cmocka_unit_test(the_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
