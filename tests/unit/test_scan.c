/*
 * The list of entries: what probes may say, in which order it is shown, what
 * boots by itself; and the whole way over real probe processes of directories.
 */
#include "scan.h"
#include "scan_list.h"
#include "sys/proc.h"

#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scan scan;
static struct probe_message message;

static int begin(void **state)
{
	struct error err;

	(void)state;
	memset(&message, 0, sizeof(message));
	assert_ok(&err, scan_init(&scan, 5, &err));
	return 0;
}

static int end(void **state)
{
	(void)state;
	scan_end(&scan);
	return 0;
}

static void say_found(enum found_kind kind, const char *id, const char *version)
{
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_FOUND;
	snprintf(message.place.name, sizeof(message.place.name), "vda1");
	message.found.kind = kind;
	message.found.is_automatic =
		kind == FOUND_UKI || kind == FOUND_CONFIGURED;
	snprintf(message.found.id, sizeof(message.found.id), "%s", id);
	snprintf(message.found.path, sizeof(message.found.path),
		 "/EFI/Linux/%s", id);
	message.found.title = display_of_text(id);
	message.found.version = display_of_text(version);
}

static void hear(void)
{
	scan_take_message(&scan, 0, &message,
			  offsetof(struct probe_message, found) +
				  found_size(&message.found));
}

static void strings_of_a_turned_probe_end(void **state)
{
	(void)state;
	say_found(FOUND_UKI, "x", "");
	memset(message.place.name, 'v', sizeof(message.place.name));
	memset(message.found.id, 'i', sizeof(message.found.id));
	memset(message.found.title.text, '\x1b', DISPLAY_MAX);
	memset(message.found.reason, 'r', sizeof(message.found.reason));
	memset(message.found.claims.text, '\x1b', DISPLAY_MAX);
	memset(message.found.path, 'p', FOUND_PATH_MAX);
	message.found.file_count = 2;
	memset(message.found.files[1].path, 'p', FOUND_PATH_MAX);
	hear();
	assert_int_equal(scan.entry_count, 1);
	assert_int_equal(strlen(scan.entries[0]->place.name), 47);
	assert_int_equal(strlen(scan.entries[0]->found.id), FOUND_ID_MAX - 1);
	assert_null(strchr(scan.entries[0]->found.title.text, '\x1b'));
	assert_null(strchr(scan.entries[0]->found.claims.text, '\x1b'));
	assert_int_equal(strlen(scan.entries[0]->found.files[1].path),
			 FOUND_PATH_MAX - 1);
}

/* The sanitizers stop at a bool that is neither. */
static void bools_of_a_turned_probe_are_true_or_false(void **state)
{
	const struct boot_entry *entry;

	(void)state;
	say_found(FOUND_UKI, "x", "");
	memset(&message.found.is_counted, 0x80, sizeof(bool));
	memset(&message.found.is_automatic, 0x80, sizeof(bool));
	memset(&message.found.is_file_default, 0x80, sizeof(bool));
	memset(&message.found.has_options, 0x80, sizeof(bool));
	memset(&message.place.is_removable, 0x80, sizeof(bool));
	memset(&message.place.may_write, 0x80, sizeof(bool));
	hear();
	assert_int_equal(scan.entry_count, 1);
	entry = scan.entries[0];
	assert_true(entry->found.is_counted && entry->found.is_automatic &&
		    entry->found.is_file_default && entry->found.has_options);
	assert_true(entry->place.is_removable && entry->place.may_write);
}

/* It served files a moment ago. */
static void a_probe_that_goes_on_is_cast_out(void **state)
{
	static const enum probe_kind kinds[] = { PROBE_FOUND, PROBE_TEXT,
						 PROBE_NOTE,  PROBE_PLACE,
						 PROBE_DONE,  PROBE_FAILED };
	struct scan_probe *p = &scan.probes[0];

	(void)state;
	for (size_t i = 0; i < test_count(kinds); i++) {
		struct error err;
		int other = -1;

		p->state = PROBE_LOOKING;
		p->deadline_ms = UINT64_MAX;
		say_found(FOUND_UKI, "x", "");
		hear();
		assert_int_equal(scan.entry_count, 1);
		p->state = PROBE_READY;
		assert_ok(&err, msg_pair(&p->socket, &other, &err));
		message.kind = kinds[i];
		assert_ok(&err,
			  msg_send(other, span_of(&message, sizeof(message)),
				   -1, &err));
		scan_handle(&scan, now_ms());
		assert_int_equal(p->state, PROBE_LOST);
		assert_int_equal(scan.entry_count, 0);
		close(other);
	}
	p->state = PROBE_FREE;
}

/* The others are heard in between. */
static void a_flood_holds_up_nobody(void **state)
{
	struct scan_probe *p = &scan.probes[0];
	unsigned sent = 0, turns = 0;
	struct pollfd fd;
	int other = -1;
	struct error err;

	(void)state;
	assert_ok(&err, msg_pair(&p->socket, &other, &err));
	p->state = PROBE_LOOKING;
	p->deadline_ms = UINT64_MAX;
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_FILE;
	assert_int_equal(fcntl(other, F_SETFL, O_NONBLOCK), 0);
	while (msg_send(
		       other,
		       span_of(&message, offsetof(struct probe_message, found)),
		       -1, NULL) == OK)
		sent++;
	assert_true(sent > 150);
	fd = (struct pollfd){ .fd = p->socket, .events = POLLIN };
	for (; poll(&fd, 1, 0) == 1; turns++)
		scan_handle(&scan, now_ms());
	assert_true(turns > 1);
	close(other);
	p->state = PROBE_FREE;
}

static void records_that_make_no_sense_are_dropped(void **state)
{
	(void)state;
	say_found((enum found_kind)77, "x", "");
	hear();
	say_found(FOUND_UKI, "x", "");
	message.found.file_count = 1; /* which is not sent */
	scan_take_message(&scan, 0, &message,
			  offsetof(struct probe_message, found) +
				  offsetof(struct found, files));
	say_found(FOUND_UKI, "x", "");
	message.found.file_count = FOUND_FILES_MAX + 1;
	hear();
	say_found(FOUND_UKI, "x", "");
	message.found.file_count = 1;
	message.found.files[0].role = FILE_ROLE_COUNT;
	hear();
	say_found(FOUND_UKI, "x", "");
	message.found.why = (enum status)STATUS_COUNT;
	hear();
	say_found(FOUND_UKI, "x", "");
	message.found.signature = (enum found_signature)3;
	hear();
	say_found(FOUND_CONFIGURED, "x", "");
	message.found.configured = 0; /* there is none */
	hear();
	say_found(FOUND_NETWORK, "x", ""); /* is the menu's alone */
	hear();
	say_found(FOUND_UKI, "x", "");
	scan_take_message(&scan, 0, &message,
			  offsetof(struct probe_message, found) + 3);
	assert_int_equal(scan.entry_count, 0);
}

/* A disk is no network, whatever its probe calls itself. */
static void no_probe_is_of_the_network(void **state)
{
	(void)state;
	say_found(FOUND_UKI, "x", "");
	message.place.kind = PLACE_NETWORK;
	hear();
	assert_int_equal(scan.entry_count, 1);
	assert_int_equal(scan.entries[0]->place.kind, PLACE_FOREIGN);
}

static void offers_come_in_order(void **state)
{
	static const char *const order[] = { "b-6.10.efi", "a-6.9.efi",
					     "vmlinuz", "own", "bad" };

	(void)state;
	say_found(FOUND_OWN, "own", "");
	hear();
	say_found(FOUND_UKI, "bad", "");
	message.found.why = E_ENTRY_MACHINE;
	hear();
	say_found(FOUND_KERNEL, "vmlinuz", "");
	hear();
	say_found(FOUND_UKI, "a-6.9.efi", "6.9");
	hear();
	say_found(FOUND_UKI, "b-6.10.efi", "6.10");
	hear();
	assert_int_equal(scan.entry_count, test_count(order));
	for (size_t i = 0; i < test_count(order); i++)
		assert_string_equal(scan.entries[i]->found.id, order[i]);
}

static void names_find_entries(void **state)
{
	(void)state;
	say_found(FOUND_KERNEL, "vmlinuz", "");
	hear();
	say_found(FOUND_UKI, "good.efi", "");
	message.found.title = display_of_text("vmlinuz");
	hear();
	assert_int_equal(scan_match(&scan, "vmlinuz")->found.kind,
			 FOUND_KERNEL); /* an id comes before a title */
	assert_string_equal(scan_match(&scan, "GOOD*")->found.id, "good.efi");
	scan_match(&scan, "good.efi")->failure_code = E_JUDGE_UNKNOWN_SIGNER;
	assert_non_null(scan_match(&scan, "good.efi"));
	assert_null(scan_match(&scan, "none"));
}

/* What a volume says about the default comes and goes with its disk. */
static void texts_are_kept_with_their_disk(void **state)
{
	static const char text[] = "default good.efi\n";

	(void)state;
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_TEXT;
	snprintf(message.place.name, sizeof(message.place.name), "vda1");
	message.text.kind = TEXT_LOADER_CONF;
	message.text.len = sizeof(text) - 1;
	memcpy(message.text.bytes, text, message.text.len);
	scan_take_message(&scan, 3, &message,
			  offsetof(struct probe_message, text) +
				  offsetof(struct found_text, bytes) +
				  message.text.len);
	assert_int_equal(scan.texts.count, 1);
	assert_string_equal(scan.texts.all[0]->conf.default_entry, "good.efi");
	scan_list_remove(&scan, 3);
	assert_int_equal(scan.texts.count, 0);
}

/* However many a disk has, its best ones stay, and those of others. */
static void a_disk_has_its_share_of_the_list(void **state)
{
	(void)state;
	say_found(FOUND_KERNEL, "other", "");
	scan_take_message(&scan, 1, &message,
			  offsetof(struct probe_message, found) +
				  found_size(&message.found));
	for (int i = 0; i < SCAN_OF_A_DISK_MAX + 3; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d.efi", i);
		say_found(FOUND_UKI, id, "");
		hear();
	}
	assert_int_equal(scan.entry_count, SCAN_OF_A_DISK_MAX + 1);
	assert_string_equal(scan.entries[0]->found.id, "1026.efi");
	assert_string_equal(scan.entries[SCAN_OF_A_DISK_MAX]->found.id,
			    "other");
}

static void the_list_has_an_end(void **state)
{
	(void)state;
	for (int i = 0; i < SCAN_ENTRIES_MAX + 3; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%d.efi", i);
		say_found(FOUND_UKI, id, "");
		scan_take_message(&scan, (uint32_t)i / SCAN_OF_A_DISK_MAX,
				  &message,
				  offsetof(struct probe_message, found) +
					  found_size(&message.found));
	}
	assert_int_equal(scan.entry_count, SCAN_ENTRIES_MAX);
}

/* A machine of two partitions in a directory of its own. */
static void make_machine(char dir[static 64])
{
	char path[128];
	int fd;

	snprintf(dir, 64, "/tmp/keelboot-scan-XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/p%d", dir, i);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "%s/p%d/EFI", dir, i);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "%s/p%d/EFI/Linux", dir, i);
		assert_int_equal(mkdir(path, 0755), 0);
		snprintf(path, sizeof(path), "%s/p%d/EFI/Linux/x.efi", dir, i);
		fd = open(path, O_WRONLY | O_CREAT, 0644);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, "not an image", 12), 12);
		close(fd);
	}
}

static void remove_machine(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

static void probes_report_and_deliver(void **state)
{
	char dir[64];
	struct error err;

	(void)state;
	make_machine(dir);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	assert_int_equal(scan_pending(&scan), 2);
	assert_true(scan.came_ms && scan.came_ms <= now_ms());
	scan_settle(&scan);
	assert_int_equal(scan.entry_count, 2);
	for (int i = 0; i < 2; i++) {
		const struct boot_entry *e = scan.entries[i];
		_drop_raw_ struct raw_image raw = { .blob = BLOB_NONE };

		assert_int_equal(e->found.why, E_VERIFY_NOT_AN_IMAGE);
		assert_ok(&err,
			  scan_read(&scan, e, &e->found.files[0], &raw, &err));
		assert_span_text(raw.blob.bytes, "not an image");
	}
	remove_machine(dir);
}

static void a_file_that_was_not_offered_is_refused(void **state)
{
	char dir[64];
	struct raw_image raw = { .blob = BLOB_NONE };
	struct found_file file;
	struct error err;

	(void)state;
	make_machine(dir);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	scan_settle(&scan);
	file = scan.entries[0]->found.files[0];
	file.handle = 99;
	assert_refused(E_PROBE_PROTOCOL, &err,
		       scan_read(&scan, scan.entries[0], &file, &raw, &err));
	remove_machine(dir);
}

static void a_file_that_grew_is_refused(void **state)
{
	char dir[64], path[128];
	struct raw_image raw = { .blob = BLOB_NONE };
	struct error err;
	int fd;

	(void)state;
	make_machine(dir);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	scan_settle(&scan);
	snprintf(path, sizeof(path), "%s/%s/EFI/Linux/x.efi", dir,
		 scan.entries[0]->place.name);
	fd = open(path, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "!", 1), 1);
	close(fd);
	assert_refused(E_BLOB_GREW, &err,
		       scan_read(&scan, scan.entries[0],
				 &scan.entries[0]->found.files[0], &raw, &err));
	assert_int_equal(truncate(path, 3), 0);
	assert_refused(E_BLOB_SHRUNK, &err,
		       scan_read(&scan, scan.entries[0],
				 &scan.entries[0]->found.files[0], &raw, &err));
	remove_machine(dir);
}

/* Whatever it stands for. */
static void a_directory_is_never_written(void **state)
{
	const struct store store = { .oneshot = "x.efi" };
	char dir[64];
	struct error err;

	(void)state;
	make_machine(dir);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	scan_settle(&scan);
	assert_true(scan.entries[0]->place.may_write);
	assert_refused(
		E_WRITE_FORBIDDEN, &err,
		scan_count_attempt(&scan, scan.entries[0], "y.efi", &err));
	assert_refused(E_WRITE_FORBIDDEN, &err,
		       scan_write_store(&scan, scan.entries[0]->probe,
					&scan.entries[0]->place, &store, &err));
	scan_end(&scan);
	assert_ok(&err, scan_init(&scan, 5, &err));
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	scan_settle(&scan);
	assert_string_equal(scan.entries[0]->found.id, "x.efi");
	assert_int_equal(scan.texts.count, 0);
	remove_machine(dir);
}

static void a_dead_probe_is_told(void **state)
{
	char dir[64];
	struct raw_image raw = { .blob = BLOB_NONE };
	struct error err;

	(void)state;
	make_machine(dir);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	scan_settle(&scan);
	for (int i = 0; i < 2; i++)
		kill(scan.probes[i].pid, SIGKILL);
	assert_refused(E_IMAGE_GONE, &err,
		       scan_read(&scan, scan.entries[0],
				 &scan.entries[0]->found.files[0], &raw, &err));
	remove_machine(dir);
}

/* And a disk without anything to boot keeps no process. */
static void many_disks_are_looked_at(void **state)
{
	char dir[64], command[160];
	struct error err;
	int serving = 0;

	(void)state;
	make_machine(dir);
	snprintf(command, sizeof(command),
		 "cd '%s' && for n in $(seq 300); do mkdir disk$n; done", dir);
	assert_int_equal(system(command), 0);
	assert_ok(&err, scan_begin_root(&scan, dir, &err));
	assert_int_equal(scan_pending(&scan), 302);
	scan_settle(&scan);
	assert_int_equal(scan.entry_count, 2);
	for (int i = 0; i < 302; i++) {
		assert_int_equal(scan.probes[i].state, PROBE_READY);
		serving += scan.probes[i].socket >= 0;
	}
	assert_int_equal(serving, 2);
	for (int i = 0; i < 302; i++)
		while (scan.probes[i].socket < 0 && scan.probes[i].pid) {
			usleep(1000);
			scan_handle(&scan, now_ms());
		}
	remove_machine(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strings_of_a_turned_probe_end,
						begin, end),
		cmocka_unit_test_setup_teardown(
			bools_of_a_turned_probe_are_true_or_false, begin, end),
		cmocka_unit_test_setup_teardown(
			a_probe_that_goes_on_is_cast_out, begin, end),
		cmocka_unit_test_setup_teardown(a_flood_holds_up_nobody, begin,
						end),
		cmocka_unit_test_setup_teardown(
			records_that_make_no_sense_are_dropped, begin, end),
		cmocka_unit_test_setup_teardown(no_probe_is_of_the_network,
						begin, end),
		cmocka_unit_test_setup_teardown(offers_come_in_order, begin,
						end),
		cmocka_unit_test_setup_teardown(names_find_entries, begin, end),
		cmocka_unit_test_setup_teardown(texts_are_kept_with_their_disk,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_disk_has_its_share_of_the_list, begin, end),
		cmocka_unit_test_setup_teardown(the_list_has_an_end, begin,
						end),
		cmocka_unit_test_setup_teardown(probes_report_and_deliver,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_file_that_was_not_offered_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_directory_is_never_written,
						begin, end),
		cmocka_unit_test_setup_teardown(a_file_that_grew_is_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(a_dead_probe_is_told, begin,
						end),
		cmocka_unit_test_setup_teardown(many_disks_are_looked_at, begin,
						end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
