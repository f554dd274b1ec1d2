/* Directories in the place of partitions: which count, what their file says,
 * and that those of one disk are looked at together. */
#include "places.h"
#include "scan.h"
#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <sys/stat.h>

#define FAT_ONLY (1U << PLACE_FS_VFAT)
#define ALL	 UINT32_MAX

struct heard {
	unsigned refused, notes;
	enum status why; /* of the last one */
	char note[256];
};

static void hear_refused(void *ctx, const struct place *place,
			 const struct error *why)
{
	struct heard *h = ctx;

	(void)place;
	h->refused++;
	h->why = why->code;
}

static void hear_note(void *ctx, const struct place *place, const char *text)
{
	struct heard *h = ctx;

	(void)place;
	h->notes++;
	snprintf(h->note, sizeof(h->note), "%s", text);
}

static struct places places;

static enum status open_one(const struct scratch *s, uint32_t filesystems,
			    bool removable, struct heard *heard)
{
	const struct place_rules rules = { .filesystems = filesystems,
					   .removable = removable };
	const struct places_sink sink = { heard, hear_refused, hear_note };
	char paths[1][PLACES_PATH_MAX];
	struct error err;

	*heard = (struct heard){ .refused = 0 };
	snprintf(paths[0], sizeof(paths[0]), "%s", s->dir);
	return places_open_directories(paths, 1, "disk", &rules, &sink, &places,
				       &err);
}

static void drop(void)
{
	for (uint32_t i = 0; i < places.count; i++)
		volume_close(&places.volumes[i].volume);
	places.count = 0;
}

/* What makes a directory count where more than vfat is allowed. */
static void foreign_ones_need_something_to_boot(void **state)
{
	static const struct {
		const char *file;
		bool foreign, counts;
	} cases[] = {
		{ "EFI/Linux/x.efi", false, true },
		{ "loader/entries/x.conf", false, true },
		{ "Loader/x", false, true },
		{ "boot/loader/entries/x.conf", true, true },
		{ "boot/EFI/Linux/x.efi", true, true },
		{ "boot/grub/grub.cfg", true, true },
		{ "grub/grub.cfg", true, true },
		{ "boot/grub2/grub.cfg", true, true },
		{ "grub2/grub.cfg", true, true },
		{ "boot/extlinux/extlinux.conf", true, true },
		{ "extlinux/extlinux.conf", true, true },
		{ "syslinux/syslinux.cfg", true, true },
		{ "@/boot/grub/grub.cfg", true, true },
		{ "root/boot/grub2/grub.cfg", true, true },
		{ "@/boot/loader/entries/x.conf", true, true },
		{ "vmlinuz", true, false },
		{ "home/loader/entries/x.conf", true, false },
		{ "boot/loader/entries", true, false },
		{ "boot/grub/grub.cfg/x", true, false },
	};
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_scratch_ struct scratch s = scratch_make();

		scratch_text(&s, cases[i].file, "x");
		assert_status(OK, open_one(&s, ALL, true, &heard));
		if (places.count != cases[i].counts)
			fail_msg("%s: %u", cases[i].file, places.count);
		if (places.count)
			assert_int_equal(places.volumes[0].place.kind,
					 cases[i].foreign ? PLACE_FOREIGN
							  : PLACE_DIRECTORY);
		drop();
		assert_status(OK, open_one(&s, FAT_ONLY, true, &heard));
		assert_int_equal(places.count, !cases[i].foreign);
		assert_int_equal(heard.refused, 0);
		drop();
	}
}

static void the_file_says_what_it_is(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	const struct place *p = &places.volumes[0].place;
	struct heard heard;

	(void)state;
	scratch_text(&s, "loader/entries/x.conf", "x");
	scratch_text(&s, PLACES_FILE,
		     "# a comment\n\nkind=xbootldr\nfs-type = ext4\n"
		     "fs-uuid=ABCD-1234\nfs-label=MY LABEL\n"
		     "part-uuid=c0ffee00-01\nremovable=yes\n");
	assert_status(OK, open_one(&s, ALL, true, &heard));
	assert_int_equal(heard.notes, 0);
	assert_int_equal(places.count, 1);
	assert_int_equal(p->kind, PLACE_XBOOTLDR);
	assert_string_equal(p->name, "disk");
	assert_string_equal(p->fs_type, "ext4");
	assert_string_equal(p->fs_uuid, "ABCD-1234");
	assert_string_equal(p->fs_label, "MY LABEL");
	assert_string_equal(p->part_uuid, "c0ffee00-01");
	assert_true(p->is_removable);
	assert_false(p->may_write);
	drop();
	assert_status(OK, open_one(&s, FAT_ONLY, true, &heard));
	assert_int_equal(places.count, 0);
	assert_int_equal(heard.why, E_PLACE_NOT_ALLOWED);
	assert_status(OK, open_one(&s, ALL, false, &heard));
	assert_int_equal(places.count, 0);
	assert_int_equal(heard.why, E_PLACE_REMOVABLE);
}

static void noise_in_the_file_is_told(void **state)
{
	static const char *const bad[] = { "kind",	  "kind=usb",
					   "fs-type=",	  "fs-type=reiser",
					   "removable=1", "what=else",
					   "=esp" };
	_drop_scratch_ struct scratch s = scratch_make();
	struct heard heard;
	char text[64];

	(void)state;
	scratch_text(&s, "loader/entries/x.conf", "x");
	for (size_t i = 0; i < test_count(bad); i++) {
		snprintf(text, sizeof(text), "\n%s\nkind=esp\n", bad[i]);
		scratch_text(&s, PLACES_FILE, text);
		assert_status(OK, open_one(&s, FAT_ONLY, false, &heard));
		assert_int_equal(heard.notes, 1);
		assert_non_null(strstr(heard.note, ":2: "));
		assert_int_equal(places.volumes[0].place.kind, PLACE_ESP);
		drop();
	}
}

/* As on the machine: what is foretold is what would happen there. */
static void what_it_stands_for_says_whether_it_is_written(void **state)
{
	static const struct {
		const char *text;
		bool may_write;
	} cases[] = {
		{ "", true },
		{ "kind=directory\n", true },
		{ "kind=esp\n", true },
		{ "kind=xbootldr\n", true },
		{ "kind=mbr\n", true },
		{ "kind=whole-disk\nfs-type=vfat\n", true },
		{ "kind=esp\nremovable=yes\n", true },
		{ "kind=xbootldr\nfs-type=ext4\n", false },
		{ "kind=md-member\n", false },
		{ "kind=foreign\n", false },
	};
	_drop_scratch_ struct scratch s = scratch_make();
	struct heard heard;

	(void)state;
	scratch_text(&s, "loader/entries/x.conf", "x");
	for (size_t i = 0; i < test_count(cases); i++) {
		scratch_text(&s, PLACES_FILE, cases[i].text);
		assert_status(OK, open_one(&s, ALL, true, &heard));
		assert_int_equal(heard.notes, 0);
		assert_int_equal(places.count, 1);
		if (places.volumes[0].place.may_write != cases[i].may_write)
			fail_msg("%s", cases[i].text);
		drop();
	}
}

static void what_is_no_directory_is_an_error(void **state)
{
	struct scratch s = { .dir = "/nowhere/at/all" };
	struct heard heard;

	(void)state;
	assert_status(E_VOLUME_ROOT, open_one(&s, ALL, true, &heard));
}

/* Through real probes: partitions of one disk share one. */
static void directories_of_one_disk_share_a_probe(void **state)
{
	static const char *const names[] = { "a.1", "a.2", "a.10", "b",
					     "c.d", "c.e", "d.1",  "e.1x" };
	_drop_scratch_ struct scratch s = scratch_make();
	unsigned probes = 0;
	struct error err;
	struct scan scan;
	char path[64];

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		snprintf(path, sizeof(path), "%s/loader/entries/x.conf",
			 names[i]);
		scratch_text(&s, path, "title x\nlinux /k\n");
	}
	assert_ok(&err, scan_init(&scan, 5, &err));
	assert_ok(&err, scan_begin_root(&scan, s.dir, &err));
	scan_settle(&scan);
	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		probes += scan.probes[i].state == PROBE_READY;
	assert_int_equal(probes, 6);
	assert_int_equal(scan.entry_count, test_count(names));
	for (uint32_t i = 0; i < scan.entry_count; i++) {
		const struct boot_entry *e = scan.entries[i];
		const char *disk = scan.probes[e->probe].name;

		if (e->place.name[0] == 'a')
			assert_string_equal(disk, "a");
		else
			assert_string_equal(disk, e->place.name);
	}
	scan_end(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(foreign_ones_need_something_to_boot),
		cmocka_unit_test(the_file_says_what_it_is),
		cmocka_unit_test(noise_in_the_file_is_told),
		cmocka_unit_test(what_it_stands_for_says_whether_it_is_written),
		cmocka_unit_test(what_is_no_directory_is_an_error),
		cmocka_unit_test(directories_of_one_disk_share_a_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
