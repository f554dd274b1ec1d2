/* Saving the log: where it may go, which name it gets, and what becomes of a
 * process that does not come back. Real disks have the tests of QEMU. */
#include "save_log.c"

#include "scratch.h"
#include "test.h"

static struct scan scan;
static struct probe_message message;
static struct places places;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, scan_init(&scan, 5, &err));
	for (uint32_t i = 0; i < 3; i++) {
		struct scan_probe *p = &scan.probes[i];

		snprintf(p->name, sizeof(p->name), "nosuch%u", i);
		p->diskseq = 100 + i;
		p->state = PROBE_LOOKING;
	}
	scan.probes[0].model = display_of_text("Samsung SSD 870");
	scan.probes[2].model = display_of_text("Kingston");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < places.count; i++)
		volume_close(&places.volumes[i].volume);
	places.count = 0;
	scan_end(&scan);
	return 0;
}

/* --- where -----------------------------------------------------------------
 */

/* A probe says that a volume may be written, or that it may not. */
static void tell(uint32_t probe, const char *name, enum place_kind kind,
		 bool may_write, bool is_removable)
{
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_PLACE;
	message.place.kind = kind;
	message.place.may_write = may_write;
	message.place.is_removable = is_removable;
	snprintf(message.place.name, sizeof(message.place.name), "%s", name);
	scan_take_message(&scan, probe, &message,
			  offsetof(struct probe_message, found));
}

static void add_stick(uint32_t probe, bool removable, bool on_usb,
		      bool read_only, uint64_t sectors)
{
	struct block_disk disk = { .removable = removable,
				   .on_usb = on_usb,
				   .read_only = read_only,
				   .sectors = sectors };

	memcpy(disk.name, scan.probes[probe].name, sizeof(disk.name));
	scan_places_add_disk(&scan, probe, &disk);
}

static void removable_disks_come_first(void **state)
{
	struct save_place all[SAVE_PLACES_MAX];

	(void)state;
	assert_string_equal(save_log_locked(&scan),
			    "no disk with FAT was found that may be written");
	tell(0, "sda1", PLACE_ESP, true, false);
	tell(0, "sda1", PLACE_ESP, true, false); /* once is enough */
	tell(0, "sda2", PLACE_XBOOTLDR, true, false);
	tell(0, "sda3", PLACE_ESP, false, false);
	tell(1, "sdb", PLACE_WHOLE_DISK, true, false);
	add_stick(2, false, true, false, 1000);
	tell(2, "sdc1", PLACE_ESP, true, true); /* the disk is there */
	assert_int_equal(save_log_places(&scan, all), 4);
	assert_string_equal(all[0].name, "nosuch2, removable disk Kingston");
	assert_string_equal(all[1].name, "sda1, ESP of disk Samsung SSD 870");
	assert_string_equal(all[2].name,
			    "sda2, XBOOTLDR of disk Samsung SSD 870");
	assert_string_equal(all[3].name, "sdb, FAT of disk nosuch1");
	assert_string_equal(save_log_locked(&scan), "");
	/* of a host nothing is written */
	strcpy(scan.root, "/x");
	assert_int_equal(save_log_places(&scan, all), 0);
	assert_string_equal(save_log_locked(&scan),
			    "a rehearsal writes nothing");
}

static void not_every_disk_may_be_written(void **state)
{
	(void)state;
	add_stick(0, false, false, false, 1000);
	add_stick(0, true, true, true, 1000);
	add_stick(0, true, false, false, 0);
	assert_int_equal(scan.writable_count, 0);
	add_stick(0, true, false, false, 1000);
	assert_int_equal(scan.writable_count, 1);
}

static void a_place_keeps_its_number_and_goes_with_its_disk(void **state)
{
	struct save_place all[SAVE_PLACES_MAX], again[SAVE_PLACES_MAX];
	char path[64];
	struct error err;

	(void)state;
	tell(0, "sda1", PLACE_ESP, true, false);
	tell(1, "sdb1", PLACE_ESP, true, false);
	assert_int_equal(save_log_places(&scan, all), 2);
	assert_true(all[0].id && all[1].id && all[0].id != all[1].id);
	scan_places_remove(&scan, 0);
	assert_int_equal(save_log_places(&scan, again), 1);
	assert_int_equal(again[0].id, all[1].id);
	assert_refused(E_SAVE_PLACE, &err,
		       save_log(&scan, all[0].id, span_of_text("x"), path,
				sizeof(path), &err));
	tell(0, "sda1", PLACE_ESP, true, false);
	assert_int_equal(save_log_places(&scan, again), 2);
	assert_int_equal(again[1].id, all[0].id);
	/* another disk of that name is another place */
	scan_places_remove(&scan, 0);
	scan.probes[0].diskseq++;
	tell(0, "sda1", PLACE_ESP, true, false);
	save_log_places(&scan, again);
	assert_true(again[1].id != all[0].id);
	/* there is no such disk here */
	assert_refused(E_SAVE_PLACE, &err,
		       save_log(&scan, again[1].id, span_of_text("x"), path,
				sizeof(path), &err));
	assert_non_null(strstr(err.text, "nosuch0"));
}

static void more_places_than_fit(void **state)
{
	struct save_place all[SAVE_PLACES_MAX];
	char name[32];

	(void)state;
	for (int i = 0; i < SCAN_PLACES_MAX + 5; i++) {
		snprintf(name, sizeof(name), "sda%d", i);
		tell(0, name, PLACE_ESP, true, false);
	}
	assert_int_equal(scan.writable_count, SCAN_PLACES_MAX);
	assert_int_equal(save_log_places(&scan, all), SAVE_PLACES_MAX);
}

/* --- what is written -------------------------------------------------------
 */

static void open_folder(const struct scratch *dir, bool may_write)
{
	struct error err;

	memset(&places, 0, sizeof(places));
	places.volumes[0].place.may_write = may_write;
	strcpy(places.volumes[0].place.name, "sda1");
	assert_ok(&err,
		  volume_open_dir(dir->dir, &places.volumes[0].volume, &err));
	places.count = 1;
}

static void close_folder(void)
{
	volume_close(&places.volumes[0].volume);
	places.count = 0;
}

static void no_file_is_replaced(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct answer a = { .path = "" };
	struct span text = span_of_text("all that was logged\n"), got;
	struct error err;
	char want[64];

	(void)state;
	open_folder(&dir, true);
	scratch_text(&dir, "keelboot-log-1.txt", "older");
	scratch_folder(&dir, "keelboot-log-3.txt");
	scratch_text(&dir, "KEELBOOT-LOG-4.TXT", "a FAT has no case");
	scratch_text(&dir, "keelboot-log-0.txt.new", "of a cut write");
	for (int i = 0; i < SAVE_LOG_FILES; i++) {
		if (i == 1 || i == 3 || i == 4)
			continue;
		assert_ok(&err, save_to(&places, 0, text, &a, &err));
		snprintf(want, sizeof(want), "/keelboot-log-%d.txt on sda1", i);
		assert_string_equal(a.path, want);
		snprintf(want, sizeof(want), "keelboot-log-%d.txt", i);
		got = test_read_file(scratch_path(&dir, want));
		assert_span_equal(got, text);
		test_drop(&got);
	}
	assert_int_not_equal(
		access(scratch_path(&dir, "keelboot-log-0.txt.new"), F_OK), 0);
	assert_refused(E_SAVE_FULL, &err, save_to(&places, 0, text, &a, &err));
	got = test_read_file(scratch_path(&dir, "keelboot-log-1.txt"));
	assert_span_text(got, "older");
	test_drop(&got);
	close_folder();
}

static void what_may_not_be_written_is_not(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct answer a = { .path = "" };
	struct error err;

	(void)state;
	open_folder(&dir, false);
	assert_refused(E_WRITE_FORBIDDEN, &err,
		       save_to(&places, 0, span_of_text("x"), &a, &err));
	assert_int_not_equal(
		access(scratch_path(&dir, "keelboot-log-0.txt"), F_OK), 0);
	close_folder();
}

static void the_place_is_the_one_that_was_asked_for(void **state)
{
	struct task task = { .place = "sda2" };
	uint32_t index = 77;
	struct error err;

	(void)state;
	memset(&places, 0, sizeof(places));
	places.count = 3;
	strcpy(places.volumes[0].place.name, "sda1");
	strcpy(places.volumes[1].place.name, "sda2");
	strcpy(places.volumes[2].place.name, "sda3");
	places.volumes[1].place.may_write = true;
	places.volumes[2].place.may_write = true;
	assert_ok(&err, find_place(&task, &places, &index, &err));
	assert_int_equal(index, 1);
	strcpy(task.place, "sda1"); /* not writable any more */
	assert_refused(E_SAVE_PLACE, &err,
		       find_place(&task, &places, &index, &err));
	task.any_fat = true;
	assert_ok(&err, find_place(&task, &places, &index, &err));
	assert_int_equal(index, 1);
	places.count = 1;
	assert_refused(E_SAVE_NO_FAT, &err,
		       find_place(&task, &places, &index, &err));
	places.count = 0;
}

static void the_head_says_what_machine_and_when(void **state)
{
	char head[HEAD_MAX];
	struct text t = text_over(head, sizeof(head));
	int year, month, day, hour, minute, second;
	const char *at;

	(void)state;
	add_head(&t);
	assert_false(t.cut);
	assert_non_null(strstr(head, "keelboot " KEELBOOT_VERSION ", Linux "));
	at = strstr(head, ", saved ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, ", saved %4d-%2d-%2d %2d:%2d:%2d UTC",
				&year, &month, &day, &hour, &minute, &second),
			 6);
	assert_true(year >= 2024 && month >= 1 && month <= 12 && day >= 1);
	assert_non_null(strstr(head, "TPM"));
	assert_string_equal(head + t.len - 2, "\n\n");
}

/* --- the process -----------------------------------------------------------
 */

static void its_reason_comes_back(void **state)
{
	struct task task = { .disk.name = "nosuch", .disk.sectors = 1000 };
	struct answer a = { .path = "" };
	struct error err = { .code = OK };
	enum status s;

	(void)state;
	s = save_text(&task, span_of_text("log\n"), &a, &err);
	/* without root it has no mounts of its own */
	assert_true(s == E_BLOCK_OPEN || s == E_MOUNT_NAMESPACE);
	assert_int_equal(err.code, s);
	assert_true(strlen(err.text) > 10);
}

static void one_that_does_not_come_back_is_given_up(void **state)
{
	struct task task = { .disk.name = "sdx" };
	struct answer a = { .path = "" };
	int ours, theirs;
	struct error err;

	(void)state;
	assert_ok(&err, msg_pair(&ours, &theirs, &err));
	assert_refused(E_SAVE_DEADLINE, &err,
		       await(ours, &task, now_ms() + 30, &a, &err));
	assert_ok(&err, msg_send(theirs, span_of_text("nonsense"), -1, &err));
	assert_refused(E_SAVE_ENDED, &err,
		       await(ours, &task, now_ms() + 5000, &a, &err));
	a.error.code = STATUS_COUNT;
	assert_ok(&err, msg_send(theirs, span_of(&a, sizeof(a)), -1, &err));
	assert_refused(E_SAVE_ENDED, &err,
		       await(ours, &task, now_ms() + 5000, &a, &err));
	close(theirs);
	assert_refused(E_SAVE_ENDED, &err,
		       await(ours, &task, now_ms() + 5000, &a, &err));
	close(ours);
}

static void count_step(void *ctx, const char *what, uint64_t done,
		       uint64_t total)
{
	assert_string_equal(what, "writing");
	assert_int_equal(done | total, 0);
	++*(unsigned *)ctx;
}

/* A stick that hangs must not have the watchdog reset the machine. */
static void who_waits_says_so(void **state)
{
	struct task task = { .disk.name = "sdx" };
	struct answer a = { .path = "" };
	unsigned steps = 0;
	int ours, theirs;
	struct error err;

	(void)state;
	assert_ok(&err, msg_pair(&ours, &theirs, &err));
	progress_to(count_step, &steps);
	assert_refused(
		E_SAVE_DEADLINE, &err,
		await(ours, &task, now_ms() + 5 * PROGRESS_STEP_MS, &a, &err));
	progress_to(NULL, NULL);
	assert_in_range(steps, 2, 8);
	close(theirs);
	close(ours);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(removable_disks_come_first),
		TEST(not_every_disk_may_be_written),
		TEST(a_place_keeps_its_number_and_goes_with_its_disk),
		TEST(more_places_than_fit),
		TEST(no_file_is_replaced),
		TEST(what_may_not_be_written_is_not),
		TEST(the_place_is_the_one_that_was_asked_for),
		TEST(the_head_says_what_machine_and_when),
		TEST(its_reason_comes_back),
		TEST(one_that_does_not_come_back_is_given_up),
		TEST(who_waits_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
