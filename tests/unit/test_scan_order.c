/*
 * The order of the list, and the same entry on several disks as one line.
 */
#include "scan.h"
#include "scan_list.h"
#include "scan_order.h"

#include "test.h"

#include <stddef.h>
#include <stdio.h>

static struct scan scan;
static struct probe_message message;

static int begin(void **state)
{
	struct error err;

	(void)state;
	assert_ok(&err, scan_init(&scan, 5, &err));
	return 0;
}

static int end(void **state)
{
	(void)state;
	scan_end(&scan);
	return 0;
}

static struct found *say(enum found_kind kind, const char *id)
{
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_FOUND;
	snprintf(message.place.name, sizeof(message.place.name), "vda1");
	message.found.kind = kind;
	message.found.is_automatic = true;
	snprintf(message.found.id, sizeof(message.found.id), "%s", id);
	message.found.file_id_len = (uint32_t)strlen(id);
	message.found.title = display_of_text(id);
	snprintf(message.found.path, sizeof(message.found.path), "/%s", id);
	return &message.found;
}

static void hear(uint32_t probe)
{
	scan_take_message(&scan, probe, &message,
			  offsetof(struct probe_message, found) +
				  found_size(&message.found));
	scan_fold(&scan);
}

static void on_disk(uint32_t probe, const char *name)
{
	snprintf(message.place.name, sizeof(message.place.name), "%s", name);
	hear(probe);
}

static void count(struct found *f, uint32_t left, uint32_t done)
{
	f->is_counted = true;
	f->tries_left = left;
	f->tries_done = done;
	snprintf(f->path, sizeof(f->path), "/%.99s+%u-%u", f->id, left, done);
}

static void assert_order(const char *const *ids, uint32_t count)
{
	assert_int_equal(scan.entry_count, count);
	for (uint32_t i = 0; i < count; i++)
		assert_string_equal(scan.entries[i]->found.id, ids[i]);
}

static void kinds_have_their_places(void **state)
{
	static const char *const want[] = {
		"z.conf",  "a.efi",   "grub-b",	     "grub-a", "bootx64.efi",
		"vmlinuz", "own.efi", "used-up.efi", "no.efi"
	};
	struct found *f;

	(void)state;
	say(FOUND_OWN, "own.efi");
	hear(0);
	f = say(FOUND_UKI, "no.efi");
	f->why = E_ENTRY_MACHINE;
	hear(0);
	count(say(FOUND_UKI, "used-up.efi"), 0, 3);
	hear(0);
	say(FOUND_KERNEL, "vmlinuz");
	hear(0);
	say(FOUND_FALLBACK, "bootx64.efi");
	hear(0);
	say(FOUND_GRUB, "grub-a")->rank = 2;
	hear(0);
	say(FOUND_GRUB, "grub-b")->rank = 1;
	/* one file: its order, not that of the names */
	snprintf(message.found.path, sizeof(message.found.path), "/grub-a");
	hear(0);
	say(FOUND_UKI, "a.efi");
	hear(0);
	say(FOUND_TYPE1, "z.conf");
	hear(0);
	assert_order(want, 9);
}

/* The specification's keys decide, whichever type an entry is of. */
static void both_types_are_sorted_together(void **state)
{
	static const char *const want[] = { "2.conf", "1.efi", "9.efi" };
	struct found *f;

	(void)state;
	say(FOUND_UKI, "9.efi");
	hear(0);
	f = say(FOUND_UKI, "1.efi");
	f->sort_key = display_of_text("debian");
	f->version = display_of_text("6.9");
	hear(0);
	f = say(FOUND_TYPE1, "2.conf");
	f->sort_key = display_of_text("debian");
	f->version = display_of_text("6.10");
	hear(0);
	assert_order(want, 3);
}

static struct boot_entry *on(const char *volume)
{
	for (uint32_t i = 0; i < scan.entry_count; i++)
		if (!strcmp(scan.entries[i]->place.name, volume))
			return scan.entries[i];
	return NULL;
}

static void say_copies(void)
{
	struct found *f = say(FOUND_UKI, "x.efi");

	f->fingerprint = 7;
	on_disk(1, "vdb1");
	on_disk(0, "vda1");
}

static void copies_are_one_line(void **state)
{
	(void)state;
	say_copies();
	assert_int_equal(on("vda1")->line, on("vdb1")->line);
	assert_int_equal(on("vda1")->copies, 2);
	assert_int_equal(on("vdb1")->copies, 2);
	assert_true(on("vda1")->leads);
	assert_false(on("vdb1")->leads);
	assert_ptr_equal(scan_leader(&scan, on("vdb1")->line), on("vda1"));
}

static void the_next_copy_leads_when_one_failed(void **state)
{
	uint32_t line;

	(void)state;
	say_copies();
	line = on("vda1")->line;
	on("vda1")->failure_code = E_JUDGE_IMAGE_DIGEST;
	scan_fold(&scan);
	assert_ptr_equal(scan_leader(&scan, line), on("vdb1"));
	on("vdb1")->failure_code = E_IMAGE_DEADLINE;
	scan_fold(&scan);
	assert_ptr_equal(scan_leader(&scan, line), on("vda1"));
	assert_int_equal(on("vda1")->line, line);
}

static void the_other_copy_stays_when_a_disk_goes(void **state)
{
	(void)state;
	say_copies();
	scan_list_remove(&scan, 0);
	scan_fold(&scan);
	assert_int_equal(scan.entry_count, 1);
	assert_true(on("vdb1")->leads);
	assert_int_equal(on("vdb1")->copies, 1);
}

static void files_that_differ_are_no_copies(void **state)
{
	struct found *f;

	(void)state;
	say_copies();
	f = say(FOUND_UKI, "x.efi");
	f->fingerprint = 8;
	on_disk(2, "vdc1");
	f = say(FOUND_UKI, "x.efi");
	f->fingerprint = 7;
	assert_true(found_add_file(f, FILE_KERNEL, 0, 1, "/x.efi"));
	on_disk(3, "vdd1");
	f = say(FOUND_UKI, "x.efi");
	f->fingerprint = 7;
	f->profile = 1;
	on_disk(4, "vde1");
	assert_int_equal(on("vda1")->copies, 2);
	assert_int_equal(on("vdc1")->copies, 1);
	assert_int_equal(on("vdd1")->copies, 1);
	assert_int_equal(on("vde1")->copies, 1);
}

/* One counter each; the copy that attempts have used up does not lead. */
static void copies_count_for_themselves(void **state)
{
	struct found *f = say(FOUND_UKI, "x.efi");

	(void)state;
	f->fingerprint = 7;
	count(f, 0, 3);
	on_disk(0, "vda1");
	count(f, 2, 1);
	on_disk(1, "vdb1");
	assert_int_equal(on("vda1")->line, on("vdb1")->line);
	assert_true(on("vdb1")->leads);
}

/* What a power cut leaves of a name that was being changed: both names are one
 * entry, the one with fewer tries counts unless it is empty. */
static void two_names_of_a_power_cut_are_one_entry(void **state)
{
	struct found *f = say(FOUND_UKI, "x.efi");

	(void)state;
	count(f, 3, 0);
	hear(0);
	count(f, 2, 1);
	hear(0);
	assert_int_equal(scan.entries[0]->line, scan.entries[1]->line);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(scan.entries[i]->leads ==
			    (scan.entries[i]->found.tries_left == 2));
}

static void an_empty_new_name_does_not_hide_the_old(void **state)
{
	struct found *f = say(FOUND_UKI, "x.efi");

	(void)state;
	count(f, 3, 0);
	hear(0);
	count(f, 2, 1);
	f->why = E_VERIFY_NOT_AN_IMAGE;
	hear(0);
	assert_int_equal(scan.entry_count, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(scan.entries[i]->leads ==
			    (scan.entries[i]->found.tries_left == 3));
}

#define ORDER_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ORDER_TEST(kinds_have_their_places),
		ORDER_TEST(both_types_are_sorted_together),
		ORDER_TEST(copies_are_one_line),
		ORDER_TEST(the_next_copy_leads_when_one_failed),
		ORDER_TEST(the_other_copy_stays_when_a_disk_goes),
		ORDER_TEST(files_that_differ_are_no_copies),
		ORDER_TEST(copies_count_for_themselves),
		ORDER_TEST(two_names_of_a_power_cut_are_one_entry),
		ORDER_TEST(an_empty_new_name_does_not_hide_the_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
