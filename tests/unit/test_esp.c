/* Where the ESP is mounted: mounts, sysfs and a disk that the test makes. */
#include "test.h"
#include "scratch.h"

#include "esp.h"

#include <stdio.h>
#include <unistd.h>

static struct scratch make_tree(void)
{
	struct scratch top = scratch_make();

	scratch_text(&top, "proc/self/mountinfo",
		     "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
		     "noise\n"
		     "30 22 8:1 / /boot rw shared:2 - vfat /dev/sda1 rw\n"
		     "31 22 8:1 /EFI /mnt/part rw - vfat /dev/sda1 rw\n"
		     "32 22 8:17 / /srv/second\\040esp rw - vfat /dev/sdb1 rw\n"
		     "33 22 8:33 / /boot/efi rw - vfat /dev/sdc1 rw\n"
		     "34 22 0:30 / /efi rw - autofs systemd-1 rw\n");
	scratch_text(&top, "sys/devices/sda/sda1/uevent",
		     "DEVNAME=sda1\nPARTN=1\n"
		     "PARTUUID=aaaaaaaa-0000-4000-8000-000000000001\n");
	scratch_text(&top, "sys/devices/sdb/sdb1/uevent",
		     "DEVNAME=sdb1\nPARTUUID=6b65656c-01\n");
	scratch_folder(&top, "sys/dev/block");
	assert_int_equal(symlink("../../devices/sda/sda1",
				 scratch_path(&top, "sys/dev/block/8:1")),
			 0);
	assert_int_equal(symlink("../../devices/sdb/sdb1",
				 scratch_path(&top, "sys/dev/block/8:17")),
			 0);
	return top;
}

static enum status find(const struct scratch *top, const char *partition,
			char *target, struct error *err)
{
	return esp_find((struct esp_roots){ .proc = scratch_path(top, "proc"),
					    .sysfs = scratch_path(top, "sys"),
					    .dev = scratch_path(top, "dev") },
			partition, target, err);
}

static void a_partition_is_found_by_its_uuid(void **state)
{
	static const struct {
		const char *partition, *target;
	} cases[] = {
		{ "aaaaaaaa-0000-4000-8000-000000000001", "/boot" },
		{ "AAAAAAAA-0000-4000-8000-000000000001", "/boot" },
		{ "6b65656c-01", "/srv/second esp" },
		{ "", "/boot" },
	};
	_drop_scratch_ struct scratch top = make_tree();
	char target[ESP_TARGET_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		assert_ok(&err, find(&top, cases[i].partition, target, &err));
		assert_string_equal(target, cases[i].target);
	}
	assert_refused(E_ESP_NOT_MOUNTED, &err,
		       find(&top, "aaaaaaaa-0000-4000-8000-000000000002",
			    target, &err));
}

static void without_an_esp(void **state)
{
	_drop_scratch_ struct scratch top = make_tree();
	char target[ESP_TARGET_MAX];
	struct error err;

	(void)state;
	scratch_text(&top, "proc/self/mountinfo",
		     "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n"
		     "23 1 8:3 / /boot rw - ext4 /dev/sda3 rw\n"
		     "24 1 8:1 / /boot/efi2 rw - vfat /dev/sda1 rw\n");
	assert_refused(E_ESP_NOT_MOUNTED, &err, find(&top, "", target, &err));
	scratch_text(&top, "proc/self/mountinfo", "");
	assert_refused(E_ESP_NOT_MOUNTED, &err, find(&top, "", target, &err));
	assert_int_equal(unlink(scratch_path(&top, "proc/self/mountinfo")), 0);
	assert_refused(E_ESP_MOUNTS, &err, find(&top, "", target, &err));
}

/* Of the line's end nothing is missed but where the file system comes from. */
static void lines_cut_anywhere(void **state)
{
	static const char line[] = "33 22 8:1 / /boot/efi rw shared:3 master:1 "
				   "- vfat /dev/sda1 rw";
	static const size_t enough = sizeof("33 22 8:1 / /boot/efi rw shared:3 "
					    "master:1 - vfat") -
				     1;
	_drop_scratch_ struct scratch top = make_tree();
	char target[ESP_TARGET_MAX];
	struct error err;

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		scratch_file(&top, "proc/self/mountinfo", span_of(line, len));
		if (len >= enough) {
			assert_ok(&err, find(&top, "", target, &err));
			assert_string_equal(target, "/boot/efi");
		} else {
			assert_refused(E_ESP_NOT_MOUNTED, &err,
				       find(&top, "", target, &err));
		}
	}
}

static void what_is_escaped(void **state)
{
	static const struct {
		const char *escaped, *target;
	} cases[] = {
		{ "/a\\040b", "/a b" },	  { "/\\011\\134", "/\t\\" },
		{ "/a\\0407", "/a 7" },	  { "/a\\04", "/a\\04" },
		{ "/a\\048", "/a\\048" }, { "/a\\", "/a\\" },
	};
	_drop_scratch_ struct scratch top = make_tree();
	char line[256], target[ESP_TARGET_MAX];
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		snprintf(line, sizeof(line),
			 "30 22 8:17 / %s rw - vfat /dev/sdb1 rw\n",
			 cases[i].escaped);
		scratch_text(&top, "proc/self/mountinfo", line);
		assert_ok(&err, find(&top, "6b65656c-01", target, &err));
		assert_string_equal(target, cases[i].target);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_partition_is_found_by_its_uuid),
		cmocka_unit_test(without_an_esp),
		cmocka_unit_test(lines_cut_anywhere),
		cmocka_unit_test(what_is_escaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
