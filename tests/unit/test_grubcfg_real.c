/* grub.cfg as distributions write it: tests/data/menus. */
#include "grub_rig.h"

#define DATA "tests/data/menus/"

static void debian_has_a_menu_and_a_submenu(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "debian-12.cfg");
	_drop_rig_ struct grub_rig rig = {
		.volumes = { [1] = { .uuid = "1b2c3d4e-0001-4a5b-9c8d-"
					     "000000000001" } }
	};
	const struct grub_entry *e;

	(void)state;
	rig_add_text(&rig, 0, "/boot/grub/custom.cfg",
		     "menuentry custom { linux /boot/mine custom }");
	rig_run(&rig, text);
	assert_int_equal(rig.entry_count, 5);
	assert_int_equal(rig.note_count, 0);
	e = rig_entry(&rig, "0");
	assert_int_equal(e->why, OK);
	assert_string_equal(e->title.text, "Debian GNU/Linux");
	assert_string_equal(e->ids, "gnulinux-simple-1b2c3d4e-0001-4a5b-9c8d-"
				    "000000000001");
	assert_int_equal(e->kernel.volume, 1);
	assert_string_equal(e->kernel.path, "/boot/vmlinuz-6.1.0-99-amd64");
	assert_int_equal(e->initrd_count, 1);
	assert_string_equal(e->initrds[0].path,
			    "/boot/initrd.img-6.1.0-99-amd64");
	assert_string_equal(e->options,
			    "root=UUID=1b2c3d4e-0001-4a5b-9c8d-000000000001 "
			    "ro console=ttyS0,115200 quiet");
	assert_int_equal(e->line, 71);
	e = rig_entry(&rig, "1>1");
	assert_string_equal(e->menu.text,
			    "Advanced options for Debian GNU/Linux");
	assert_string_equal(e->titles,
			    "Advanced options for Debian GNU/Linux>Debian "
			    "GNU/Linux, with Linux 6.1.0-99-amd64 (recovery "
			    "mode)");
	assert_int_equal(rig_entry(&rig, "2")->why, E_GRUB_KIND);
	assert_string_equal(rig_entry(&rig, "3")->options, "custom");
	assert_int_equal(rig_entry(&rig, "3")->kernel.volume, 0);
	assert_string_equal(rig.result.default_entry, "0");
	assert_int_equal(rig.result.timeout, 5);
	assert_string_equal(rig.result.timeout_style.text, "menu");
	assert_false(rig.result.uses_blscfg);
}

static void debian_remembers_an_entry(void **state)
{
	static const char path[] =
		"gnulinux-advanced-1b2c3d4e-0001-4a5b-9c8d-000000000001>"
		"gnulinux-6.1.0-99-amd64-recovery-1b2c3d4e-0001-4a5b-9c8d-"
		"000000000001";
	_drop_copy_ struct span text = test_read_file(DATA "debian-12.cfg");
	_drop_rig_ struct grub_rig rig = { 0 };
	char block[1025];
	struct text t = text_over(block, sizeof(block));

	(void)state;
	text_addf(&t, "# GRUB Environment Block\nrecordfail=1\nnext_entry=%s\n",
		  path);
	while (!t.cut)
		text_add(&t, "#");
	rig_add_text(&rig, 0, "/boot/grub/grubenv", block);
	rig_run(&rig, text);
	assert_string_equal(rig.result.default_entry, path);
	assert_true(rig.result.default_is_once);
	assert_int_equal(rig.result.timeout, 30);
	assert_string_equal(rig_named(&rig, rig.result.default_entry), "1>1");
	/* no volume was found here, which is why nothing boots */
	assert_int_equal(rig_entry(&rig, "0")->why, E_GRUB_SEARCH);
	assert_non_null(strstr(rig_entry(&rig, "0")->reason,
			       "/boot/grub/grub.cfg:84: linux: no volume here "
			       "has the file system UUID 1b2c3d4e-0001"));

	rig.ignore_once = true;
	rig_run(&rig, text);
	assert_string_equal(rig.result.default_entry, "0");
	assert_false(rig.result.default_is_once);
}

static void ubuntu_runs_functions_in_entries(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "ubuntu-24.04.cfg");
	_drop_rig_ struct grub_rig rig = {
		.volumes = { [2] = { .uuid = "0badcafe-2404-4000-8000-"
					     "00000000b007" } }
	};
	const struct grub_entry *e;

	(void)state;
	rig_run(&rig, text);
	assert_int_equal(rig.entry_count, 6);
	assert_int_equal(rig.note_count, 0);
	e = rig_entry(&rig, "0");
	assert_int_equal(e->why, OK);
	assert_int_equal(e->kernel.volume, 2);
	assert_string_equal(e->options,
			    "root=UUID=0badcafe-2404-4000-8000-00000000beef "
			    "ro quiet splash vt.handoff=7");
	assert_int_equal(e->initrd_count, 2);
	assert_string_equal(e->initrds[0].path, "/early.cpio");
	assert_string_equal(e->initrds[1].path, "/initrd.img-6.8.0-31-generic");
	assert_string_equal(rig_entry(&rig, "1>0")->options, e->options);
	assert_string_equal(rig_entry(&rig, "2")->kernel.path,
			    "/memtest86+x64.efi");
	/* this one has no search, so it is on the volume of the file */
	assert_int_equal(rig_entry(&rig, "3")->kernel.volume, 0);
	assert_int_equal(rig_entry(&rig, "4")->why, E_GRUB_KIND);
	assert_int_equal(rig.result.timeout, 0);
	assert_string_equal(rig.result.timeout_style.text, "hidden");
	assert_string_equal(rig.result.default_entry, "");
}

static void opensuse_goes_on_in_snapshots(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "opensuse.cfg");
	_drop_copy_ struct span more =
		test_read_file(DATA "opensuse-snapshots.cfg");
	_drop_rig_ struct grub_rig rig = {
		.volumes = { { .uuid = "5e5e5e5e-0156-4000-8000-"
				       "000000000001" } }
	};
	const struct grub_entry *e;

	(void)state;
	rig_add(&rig, 0, "/.snapshots/grub-snapshot.cfg", more);
	rig_add(&rig, 0, "/.snapshots/12/snapshot/boot/grub2/grub.cfg", text);
	rig_run(&rig, text);
	assert_int_equal(rig.note_count, 0);
	e = rig_entry(&rig, "0");
	assert_int_equal(e->why, OK);
	assert_true(e->btrfs_relative);
	assert_non_null(strstr(e->options, "0001 splash=silent resume="));
	assert_int_equal(rig_entry(&rig, "1>0")->why, OK);
	assert_int_equal(rig_entry(&rig, "1>1")->why, E_GRUB_KIND);
	/* the menu of the snapshot, with its options */
	e = rig_entry(&rig, "2>0>1");
	assert_int_equal(e->why, OK);
	assert_string_equal(e->menu.text,
			    "Start bootloader from a read-only snapshot >  "
			    "snapshot 12 (6.4.0-150600.10,2024-06-01)");
	assert_non_null(strstr(e->options,
			       "rootflags=subvol=@/.snapshots/12/snapshot"));
	assert_int_equal(rig_entry(&rig, "2>0>0>0")->why, E_GRUB_NO_KERNEL);
	assert_int_equal(rig_entry(&rig, "2>1")->why, E_GRUB_READ);
	assert_int_equal(rig.entries[rig.entry_count - 1].why, E_GRUB_HIDDEN);
	assert_string_equal(rig.entries[rig.entry_count - 1].index, "");
}

static void fedora_has_a_stub_and_blscfg(void **state)
{
	static const char env[] = "# GRUB Environment Block\n"
				  "saved_entry=feed-6.8.5-301.fc40.x86_64\n"
				  "menu_auto_hide=1\nboot_success=1\n"
				  "boot_indeterminate=0\n"
				  "kernelopts=root=/dev/vda3 ro rhgb\n####";
	_drop_copy_ struct span text = test_read_file(DATA "fedora-40.cfg");
	_drop_copy_ struct span stub = test_read_file(DATA "fedora-esp.cfg");
	_drop_rig_ struct grub_rig rig = {
		.volumes = { [1] = { .uuid = "fed0fed0-0040-4000-8000-"
					     "00000000b007" } }
	};

	(void)state;
	rig_add(&rig, 0, "/EFI/fedora/grub.cfg", stub);
	rig_add(&rig, 1, "/grub2/grub.cfg", text);
	rig_add_text(&rig, 1, "/grub2/grubenv", env);
	rig_run_file(&rig, 0, "/EFI/fedora/grub.cfg");
	assert_int_equal(rig.note_count, 0);
	assert_true(rig.result.uses_blscfg);
	assert_int_equal(rig.result.bls_volume, 1);
	assert_int_equal(rig.result.bls_index, 0);
	assert_string_equal(rig.result.default_entry,
			    "feed-6.8.5-301.fc40.x86_64");
	assert_int_equal(rig.result.timeout, 1);
	assert_string_equal(rig.result.timeout_style.text, "hidden");
	assert_int_equal(rig.entry_count, 1);
	assert_int_equal(rig_entry(&rig, "0")->why, E_GRUB_KIND);
	assert_string_equal(rig_entry(&rig, "0")->file.text, "/grub2/grub.cfg");

	rig_run_file(&rig, 1, "/grub2/grub.cfg");
	assert_string_equal(grub_variable(rig.state, "kernelopts"),
			    "root=/dev/vda3 ro rhgb");
	assert_string_equal(grub_variable(rig.state, "boot_success"), "0");
}

static void fedora_counts_down(void **state)
{
	static const struct {
		const char *before, *after, *default_entry;
	} cases[] = {
		{ "3", "2", "x" },
		{ "1", "0", "x" },
		{ "0", "-1", "1" },
		{ "-1", "-1", "1" },
	};
	_drop_copy_ struct span text = test_read_file(DATA "fedora-40.cfg");

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		_drop_rig_ struct grub_rig rig = { 0 };
		char env[200];
		struct text t = text_over(env, sizeof(env));

		text_addf(&t,
			  "# GRUB Environment Block\nsaved_entry=x\n"
			  "boot_success=0\nboot_counter=%s\n##",
			  cases[i].before);
		rig_add_text(&rig, 0, "/boot/grub/grubenv", env);
		rig_run(&rig, text);
		assert_string_equal(grub_variable(rig.state, "boot_counter"),
				    cases[i].after);
		assert_string_equal(rig.result.default_entry,
				    cases[i].default_entry);
	}
}

static void rhel_has_options_of_its_own(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "rhel-9.cfg");
	_drop_rig_ struct grub_rig rig = {
		.volumes = { [3] = { .uuid = "4e4e4e4e-0009-4000-8000-"
					     "00000000b007" } }
	};

	(void)state;
	rig_run(&rig, text);
	assert_true(rig.result.uses_blscfg);
	assert_int_equal(rig.result.bls_volume, 3);
	assert_string_equal(grub_variable(rig.state, "kernelopts"),
			    "root=/dev/mapper/rhel-root ro "
			    "crashkernel=1G-4G:192M "
			    "resume=/dev/mapper/rhel-swap "
			    "rd.lvm.lv=rhel/root ");
	assert_null(grub_variable(rig.state, "early_initrd"));
	assert_int_equal(rig.entry_count, 0);
}

static void arch_quotes_its_options(void **state)
{
	_drop_copy_ struct span text = test_read_file(DATA "arch.cfg");
	_drop_rig_ struct grub_rig rig = { .volumes = {
						   { .uuid = "A4C4-0001" } } };
	const struct grub_entry *e;

	(void)state;
	rig_run(&rig, text);
	e = rig_entry(&rig, "0");
	assert_string_equal(e->options,
			    "root=/dev/mapper/root rw cryptdevice=UUID="
			    "a4c4a4c4-0000-4000-8000-000000000002:root:"
			    "allow-discards loglevel=3 "
			    "\"dyndbg=module btrfs +p\"");
	assert_int_equal(e->initrd_count, 2);
	assert_int_equal(rig_entry(&rig, "1")->initrd_count, 2);
	assert_string_equal(rig_entry(&rig, "1")->initrds[1].path,
			    "/initramfs-linux-fallback.img");
	assert_int_equal(rig_entry(&rig, "2")->why, E_GRUB_KIND);
	assert_string_equal(rig.result.fallback, "1 2");
}

/* A cut file has what stands before the cut, and never crashes. */
static void a_cut_keeps_what_is_before_it(void **state)
{
	static const char *const files[] = { DATA "debian-12.cfg",
					     DATA "arch.cfg",
					     DATA "opensuse.cfg" };

	(void)state;
	for (size_t i = 0; i < test_count(files); i++) {
		_drop_copy_ struct span text = test_read_file(files[i]);
		_drop_rig_ struct grub_rig rig = { 0 };
		size_t ends = 0; /* menuentries that are whole */
		unsigned least = 0;

		rig.volumes[0] = (struct rig_volume){
			"1b2c3d4e-0001-4a5b-9c8d-000000000001", NULL, NULL
		};
		rig.volumes[1].uuid = "A4C4-0001";
		rig.volumes[2].uuid = "5e5e5e5e-0156-4000-8000-000000000001";
		for (size_t len = 0; len <= text.len; len++) {
			unsigned good = 0;

			rig_run(&rig, span_slice(text, 0, len));
			for (unsigned k = 0; k < rig.entry_count; k++)
				good += rig.entries[k].why == OK;
			assert_true(good >= least);
			least = good;
			ends = len;
		}
		assert_int_equal(ends, text.len);
		assert_in_range(least, 2, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian_has_a_menu_and_a_submenu),
		cmocka_unit_test(debian_remembers_an_entry),
		cmocka_unit_test(ubuntu_runs_functions_in_entries),
		cmocka_unit_test(opensuse_goes_on_in_snapshots),
		cmocka_unit_test(fedora_has_a_stub_and_blscfg),
		cmocka_unit_test(fedora_counts_down),
		cmocka_unit_test(rhel_has_options_of_its_own),
		cmocka_unit_test(arch_quotes_its_options),
		cmocka_unit_test(a_cut_keeps_what_is_before_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
