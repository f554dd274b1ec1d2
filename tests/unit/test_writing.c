/* Writing where it does not go in place: through a file system, which is a
 * folder here. In place has tests/host/test_writes.py, mounts and power cuts
 * tests/qemu/test_power_cut.py. */
#include "test.h"
#include "scratch.h"

#include "sys/writable.h"
#include "writing.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct stage {
	struct scratch scratch;
	struct volume volume;
	struct write_place place;
};

static void put(struct stage *st, const char *name, const char *content)
{
	scratch_text(&st->scratch, name, content);
}

static bool has(struct stage *st, const char *name, const char *content)
{
	char buf[64] = "";

	return writable_get(st->volume.dir, name, buf, strlen(content)) &&
	       !strcmp(buf, content);
}

static bool is_gone(struct stage *st, const char *name)
{
	struct stat sb;

	return fstatat(st->volume.dir, name, &sb, AT_SYMLINK_NOFOLLOW) < 0;
}

static int open_stage(void **state)
{
	struct stage *st = calloc(1, sizeof(*st));
	struct error err;

	assert_non_null(st);
	st->scratch = scratch_make();
	assert_ok(&err, volume_open_dir(st->scratch.dir, &st->volume, &err));
	st->place = (struct write_place){ .may_write = true,
					  .volume = &st->volume };
	scratch_folder(&st->scratch, "EFI");
	*state = st;
	return 0;
}

static int close_stage(void **state)
{
	struct stage *st = *state;

	volume_close(&st->volume);
	scratch_drop(&st->scratch);
	free(st);
	return 0;
}

static void a_name_changes_in_its_folder(void **state)
{
	struct stage *st = *state;
	enum write_way way = 0;
	struct error err;

	put(st, "EFI/a+3.efi", "content");
	assert_ok(&err, writing_count(&st->place, "/EFI/a+3.efi", "a+2-1.efi",
				      &way, &err));
	assert_int_equal(way, WRITE_THROUGH_MOUNT);
	assert_true(is_gone(st, "EFI/a+3.efi"));
	assert_true(has(st, "EFI/a+2-1.efi", "content"));
	put(st, "top+1-0.efi", "top");
	assert_ok(&err, writing_count(&st->place, "top+1-0.efi", "top+0-1.efi",
				      &way, &err));
	assert_true(has(st, "top+0-1.efi", "top"));
}

static void no_file_is_replaced(void **state)
{
	struct stage *st = *state;
	enum write_way way = 0;
	struct error err;

	put(st, "EFI/a+3.efi", "content");
	put(st, "EFI/a+2-1.efi", "other");
	assert_refused(E_WRITE_EXISTS, &err,
		       writing_count(&st->place, "/EFI/a+3.efi", "a+2-1.efi",
				     &way, &err));
	assert_int_equal(way, 0);
	assert_true(has(st, "EFI/a+3.efi", "content"));
	assert_true(has(st, "EFI/a+2-1.efi", "other"));
	/* but what a cut rename leaves is */
	put(st, "EFI/a+2-1.efi", "");
	assert_ok(&err, writing_count(&st->place, "/EFI/a+3.efi", "a+2-1.efi",
				      &way, &err));
	assert_true(has(st, "EFI/a+2-1.efi", "content"));
	assert_true(is_gone(st, "EFI/a+3.efi"));
	/* and never for a file that is not there */
	put(st, "EFI/empty+1.efi", "");
	assert_refused(E_WRITE_RENAME, &err,
		       writing_count(&st->place, "/EFI/none+2.efi",
				     "empty+1.efi", &way, &err));
	assert_false(is_gone(st, "EFI/empty+1.efi"));
}

static void what_may_not_be_written(void **state)
{
	static const char *const names[] = { "",    ".",    "..",
					     "a/b", "a\\b", "../a" };
	char long_name[300];
	struct stage *st = *state;
	struct store store = { .sequence = 0 };
	enum write_way way;
	struct error err;

	put(st, "EFI/a+3.efi", "content");
	for (size_t i = 0; i < test_count(names); i++)
		assert_refused(E_WRITE_NAME, &err,
			       writing_count(&st->place, "/EFI/a+3.efi",
					     names[i], &way, &err));
	memset(long_name, 'x', 256);
	long_name[256] = '\0';
	assert_refused(E_WRITE_NAME, &err,
		       writing_count(&st->place, "/EFI/a+3.efi", long_name,
				     &way, &err));
	assert_refused(E_WRITE_PATH, &err,
		       writing_count(&st->place, "/none/a+3.efi", "a+2-1.efi",
				     &way, &err));
	assert_refused(E_WRITE_PATH, &err,
		       writing_count(&st->place, "/EFI/../../x/a", "a+2-1.efi",
				     &way, &err));
	st->place.may_write = false;
	assert_refused(E_WRITE_FORBIDDEN, &err,
		       writing_count(&st->place, "/EFI/a+3.efi", "a+2-1.efi",
				     &way, &err));
	assert_refused(E_WRITE_FORBIDDEN, &err,
		       writing_store(&st->place, &store, &way, &err));
	assert_true(has(st, "EFI/a+3.efi", "content"));
}

static void links_are_not_followed(void **state)
{
	struct stage *st = *state;
	enum write_way way;
	struct error err;

	put(st, "EFI/a+3.efi", "content");
	assert_int_equal(symlinkat("EFI", st->volume.dir, "link"), 0);
	assert_refused(E_WRITE_PATH, &err,
		       writing_count(&st->place, "/link/a+3.efi", "a+2-1.efi",
				     &way, &err));
	assert_true(has(st, "EFI/a+3.efi", "content"));
}

static void a_node_that_is_no_fat_is_no_harm(void **state)
{
	struct stage *st = *state;
	const char *node = scratch_path(&st->scratch, "node");
	enum write_way way = 0;
	struct error err;

	put(st, "node", "not a file system");
	put(st, "EFI/a+3.efi", "content");
	st->place.node = node;
	assert_ok(&err, writing_count(&st->place, "/EFI/a+3.efi", "a+2-1.efi",
				      &way, &err));
	assert_int_equal(way, WRITE_THROUGH_MOUNT);
	assert_true(has(st, "node", "not a file system"));
	st->place.node = "/nonexistent/node";
	assert_ok(&err, writing_count(&st->place, "/EFI/a+2-1.efi", "a+1-2.efi",
				      &way, &err));
	/* a mount that cannot be made writable */
	st->place.mount = st->scratch.dir;
	assert_refused(E_WRITE_OPEN, &err,
		       writing_count(&st->place, "/EFI/a+1-2.efi", "a+0-3.efi",
				     &way, &err));
	st->place.node = node;
	assert_refused(E_WRITE_READ_ONLY, &err,
		       writing_count(&st->place, "/EFI/a+1-2.efi", "a+0-3.efi",
				     &way, &err));
	assert_true(has(st, "EFI/a+1-2.efi", "content"));
}

static void the_store_is_made_and_written(void **state)
{
	struct stage *st = *state;
	struct store store = { .sequence = 99, .last = "a" }, got;
	enum write_way way = 0;
	struct error err;

	assert_refused(E_WRITE_NO_STORE, &err,
		       writing_load_store(&st->volume, &got, &err));
	for (unsigned i = 1; i < 6; i++) {
		snprintf(store.oneshot, sizeof(store.oneshot), "one-%u", i);
		assert_ok(&err, writing_store(&st->place, &store, &way, &err));
		assert_int_equal(way, WRITE_THROUGH_MOUNT);
		assert_ok(&err, writing_load_store(&st->volume, &got, &err));
		assert_int_equal(got.sequence, i);
		assert_int_equal(got.slot, (i + 1) % 2);
		assert_string_equal(got.oneshot, store.oneshot);
		assert_string_equal(got.last, "a");
	}
	assert_true(is_gone(st, "loader/keelboot/store.new"));
	strcpy(store.last, "a\n");
	assert_refused(E_STORE_VALUE, &err,
		       writing_store(&st->place, &store, &way, &err));
	assert_ok(&err, writing_load_store(&st->volume, &got, &err));
	assert_string_equal(got.oneshot, "one-5");
}

/* However it came to the greatest number. */
static void the_last_one_shot_is_taken_out(void **state)
{
	struct stage *st = *state;
	struct store store = { .sequence = UINT64_MAX, .oneshot = "again" };
	static uint8_t bytes[STORE_SIZE];
	enum write_way way = 0;
	struct store got;
	struct error err;

	assert_ok(&err, store_encode(&store, bytes, &err));
	assert_ok(&err, writable_put(st->volume.dir, STORE_PATH,
				     span_of(bytes, sizeof(bytes)), &err));
	store.oneshot[0] = '\0';
	assert_ok(&err, writing_store(&st->place, &store, &way, &err));
	assert_ok(&err, writing_load_store(&st->volume, &got, &err));
	assert_string_equal(got.oneshot, "");
}

static void a_broken_store_is_empty(void **state)
{
	struct stage *st = *state;
	struct store store = { .last = "b" }, got;
	enum write_way way;
	struct error err;

	put(st, "loader/keelboot/store", "noise");
	assert_refused(E_STORE_SIZE, &err,
		       writing_load_store(&st->volume, &got, &err));
	assert_int_equal(got.sequence, 0);
	assert_ok(&err, writing_store(&st->place, &store, &way, &err));
	assert_ok(&err, writing_load_store(&st->volume, &got, &err));
	assert_string_equal(got.last, "b");
}

/* Sectors of an image, and the end of it. */
static void sectors_are_written_whole(void **state)
{
	struct stage *st = *state;
	_close_writable_ struct writable w = WRITABLE_NONE;
	uint8_t sector[WRITABLE_SECTOR_MAX], got[WRITABLE_SECTOR_MAX];
	const char *path = scratch_path(&st->scratch, "image");
	struct error err;

	put(st, "image", "");
	assert_int_equal(truncate(path, 8192), 0);
	assert_ok(&err, writable_open(path, &w, &err));
	assert_int_equal(w.sector_size, 512);
	assert_int_equal(w.size, 8192);
	memset(sector, 0x5a, sizeof(sector));
	assert_ok(&err, writable_store(&w, 1024, sector, &err));
	assert_ok(&err, writable_load(&w, 1024, got, &err));
	assert_memory_equal(got, sector, 512);
	assert_ok(&err, writable_load(&w, 1536, got, &err));
	assert_int_equal(got[0], 0);
	assert_ok(&err, writable_read(&w, 1023, got, 2, &err));
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], 0x5a);
	assert_refused(E_WRITE_IO, &err, writable_load(&w, 8192, got, &err));
	assert_refused(E_WRITE_OPEN, &err,
		       writable_open("/dev/null", &w, &err));
	assert_refused(E_WRITE_OPEN, &err,
		       writable_open("/nonexistent", &w, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define STAGED(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)
		STAGED(a_name_changes_in_its_folder),
		STAGED(no_file_is_replaced),
		STAGED(what_may_not_be_written),
		STAGED(links_are_not_followed),
		STAGED(a_node_that_is_no_fat_is_no_harm),
		STAGED(the_store_is_made_and_written),
		STAGED(the_last_one_shot_is_taken_out),
		STAGED(a_broken_store_is_empty),
		STAGED(sectors_are_written_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
