/*
 * A look at volumes whose folders and menus have no end: what it takes, and
 * that it ends in time for what else is there. What is found on sound volumes
 * is in the tests of scan, prepare and listings.
 */
#include "candidate.h"

#include "candidate_files.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOW_MS 10

static struct {
	uint32_t volume;
	unsigned found[2]; /* by volume */
	bool has_image[2];
	unsigned late, unread;
	uint32_t files;
} seen;

static void at(void *ctx, uint32_t index)
{
	(void)ctx;
	seen.volume = index;
}

static bool keep(void *ctx, const struct volume *volume, const char *path,
		 uint64_t size, uint32_t *ret_handle)
{
	(void)ctx;
	(void)volume;
	(void)path;
	(void)size;
	*ret_handle = seen.files++;
	return true;
}

/* Stands for what a large folder makes each question take. */
static void found(void *ctx, const struct found *found)
{
	(void)ctx;
	seen.found[seen.volume]++;
	seen.has_image[seen.volume] |= found->kind == FOUND_KERNEL;
	usleep(SLOW_MS * 1000);
}

static void text(void *ctx, enum found_text_kind kind, struct span bytes)
{
	(void)ctx;
	(void)kind;
	(void)bytes;
}

static void note(void *ctx, const char *text)
{
	(void)ctx;
	seen.late += strstr(text, "there was no time") != NULL;
	seen.unread += strstr(text, " cannot be read") != NULL;
}

/* Returns how long it took. */
static uint64_t look(const struct scratch *s, uint64_t budget_ms)
{
	static const char *const names[2] = { "a", "b" };
	const struct candidate_rules rules = { .budget_ms = budget_ms };
	const struct candidate_sink sink = { .at = at,
					     .keep = keep,
					     .found = found,
					     .text = text,
					     .note = note };
	struct candidate_volume volumes[2] = { 0 };
	uint64_t begin;
	struct error err;

	memset(&seen, 0, sizeof(seen));
	for (unsigned i = 0; i < 2; i++)
		assert_ok(&err, volume_open_dir(scratch_path(s, names[i]),
						&volumes[i].volume, &err));
	begin = now_ms();
	candidate_scan(volumes, 2, &rules, &sink);
	for (unsigned i = 0; i < 2; i++)
		volume_close(&volumes[i].volume);
	return now_ms() - begin;
}

static void a_slow_kind_leaves_time_for_others(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char path[64];

	(void)state;
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "a/loader/entries/%d.conf", i);
		scratch_text(&s, path, "linux /nothing\n");
	}
	scratch_text(&s, "a/EFI/Linux/x.efi", "x");
	scratch_text(&s, "b/EFI/Linux/x.efi", "x");
	assert_true(look(&s, 400) < 200 * SLOW_MS);
	assert_in_range(seen.found[0], 2, 150);
	assert_true(seen.has_image[0]);
	assert_int_equal(seen.found[1], 1);
	assert_true(seen.has_image[1]);
	assert_int_equal(seen.late, 1);
	/* Without a budget all of it counts. */
	look(&s, 0);
	assert_int_equal(seen.found[0], 201);
	assert_int_equal(seen.found[1], 1);
	assert_int_equal(seen.late, 0);
}

/* Each of them would be read as long as a menu may take. */
static void menus_without_end_leave_time(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	char path[64];

	(void)state;
	scratch_text(&s, "a/grub/grub.cfg", "set a=1\n");
	for (int i = 0; i < 400; i++) {
		snprintf(path, sizeof(path), "a/EFI/%d/grub.cfg", i);
		scratch_text(&s, path,
			     "source /grub/grub.cfg\nwhile true; do\ntrue\n"
			     "done\n");
	}
	scratch_text(&s, "a/EFI/Linux/x.efi", "x");
	scratch_text(&s, "b/EFI/Linux/x.efi", "x");
	look(&s, 2000);
	assert_true(seen.late >= 1);
	assert_true(seen.has_image[0] && seen.has_image[1]);
}

static void menus_have_their_share_of_the_memory(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	static char comment[1 << 20], menu[2048];
	char path[64];

	(void)state;
	memset(comment, '#', sizeof(comment) - 1);
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "a/f%d", i);
		scratch_text(&s, path, comment);
		snprintf(menu + strlen(menu), sizeof(menu) - strlen(menu),
			 "source /f%d\n", i);
	}
	scratch_text(&s, "a/grub/grub.cfg", menu);
	scratch_folder(&s, "b");
	look(&s, 0);
	/* the menu itself counts, too */
	assert_int_equal(seen.unread, 21 - CANDIDATE_FILES_LEN / (1 << 20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slow_kind_leaves_time_for_others),
		cmocka_unit_test(menus_without_end_leave_time),
		cmocka_unit_test(menus_have_their_share_of_the_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
