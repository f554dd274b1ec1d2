/* Volumes: a path never leaves its volume, whatever is in it, and a folder that
 * swarms or runs in a circle ends. All of it with openat2(2) and without. */
#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel without openat2(2), and folders that misbehave. */
static long fault_syscall(long number, int dir, const char *name, void *how,
			  size_t len);
static struct dirent *fault_readdir(DIR *stream);
#define syscall fault_syscall
#define readdir fault_readdir
#include "boot/sys/volume.c"
#undef syscall
#undef readdir

#include "scratch.h"
#include "test.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct {
	int openat2; /* errno of openat2(2), 0: it works */
	int readdir; /* errno of readdir(3) after readdir_after names */
	unsigned after;
	bool circle; /* the first name comes again and again */
} fault;

static long fault_syscall(long number, int dir, const char *name, void *how,
			  size_t len)
{
	if (fault.openat2) {
		errno = fault.openat2;
		return -1;
	}
	return syscall(number, dir, name, how, len);
}

static struct dirent *fault_readdir(DIR *stream)
{
	if (fault.readdir && !fault.after--) {
		errno = fault.readdir;
		return NULL;
	}
	if (fault.circle)
		rewinddir(stream);
	for (;;) {
		struct dirent *at = readdir(stream);

		if (!fault.circle || !at || at->d_name[0] != '.')
			return at;
	}
}

static int with_openat2(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	return 0;
}

static int without_openat2(void **state)
{
	with_openat2(state);
	fault.openat2 = ENOSYS;
	return 0;
}

static struct volume open_volume(const struct scratch *s, const char *dir)
{
	struct volume vol;
	struct error err;

	assert_ok(&err, volume_open_dir(scratch_path(s, dir), &vol, &err));
	return vol;
}

static void assert_reads(const struct volume *vol, const char *path,
			 const char *want)
{
	_close_ int fd = -1;
	struct error err;
	char buf[64] = "";
	uint64_t size = 0;

	assert_ok(&err, volume_open(vol, path, &fd, &size, &err));
	assert_int_equal(size, strlen(want));
	assert_int_equal(read(fd, buf, sizeof(buf)), strlen(want));
	assert_string_equal(buf, want);
}

static void assert_open_refused(const struct volume *vol, const char *path,
				enum status want)
{
	uint64_t size = 77;
	struct error err;
	int fd = -5;

	assert_refused(want, &err, volume_open(vol, path, &fd, &size, &err));
	assert_int_equal(fd, -5);
	assert_int_equal(size, 77);
}

static void assert_list_refused(const struct volume *vol, const char *path,
				enum status want)
{
	struct volume_list list = { .count = 77 };
	struct error err;

	assert_refused(want, &err, volume_list(vol, path, &list, &err));
	assert_int_equal(list.count, 77);
}

/* --- what is there -------------------------------------------------------- */

static void test_list(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	scratch_text(&s, "v/EFI/Linux/b.efi", "four");
	scratch_text(&s, "v/EFI/Linux/a.efi", "");
	scratch_folder(&s, "v/EFI/Linux/Z");
	assert_int_equal(
		symlink("a.efi", scratch_path(&s, "v/EFI/Linux/link.efi")), 0);
	vol = open_volume(&s, "v");
	assert_ok(&err, volume_list(&vol, "/EFI//Linux/", &list, &err));
	assert_int_equal(list.count, 4);
	assert_false(list.cut);
	assert_string_equal(list.entries[0].name, "Z");
	assert_int_equal(list.entries[0].type, VOLUME_FOLDER);
	assert_int_equal(list.entries[0].size, 0);
	assert_string_equal(list.entries[1].name, "a.efi");
	assert_int_equal(list.entries[1].type, VOLUME_FILE);
	assert_int_equal(list.entries[1].size, 0);
	assert_string_equal(list.entries[2].name, "b.efi");
	assert_int_equal(list.entries[2].size, 4);
	assert_true(list.entries[2].is_text);
	assert_string_equal(list.entries[3].name, "link.efi");
	assert_int_equal(list.entries[3].type, VOLUME_OTHER);
}

static void test_list_root(void **state)
{
	static const char *const roots[] = { "", "/", "///", ".", "/./" };

	(void)state;
	for (size_t i = 0; i < test_count(roots); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		_drop_volume_list_ struct volume_list list = { 0 };
		_close_volume_ struct volume vol = VOLUME_NONE;
		struct error err;

		scratch_text(&s, "v/vmlinuz", "x");
		vol = open_volume(&s, "v");
		assert_ok(&err, volume_list(&vol, roots[i], &list, &err));
		assert_int_equal(list.count, 1);
		assert_string_equal(list.entries[0].name, "vmlinuz");
	}
}

/* Listing twice gives the same: no offset is shared between the calls. */
static void test_list_again(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	scratch_text(&s, "v/a", "");
	scratch_text(&s, "v/b", "");
	vol = open_volume(&s, "v");
	for (int i = 0; i < 3; i++) {
		_drop_volume_list_ struct volume_list list = { 0 };

		assert_ok(&err, volume_list(&vol, "/", &list, &err));
		assert_int_equal(list.count, 2);
	}
}

static void test_open(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;

	(void)state;
	scratch_text(&s, "v/EFI/Linux/a.efi", "hello");
	scratch_text(&s, "v/top", "");
	vol = open_volume(&s, "v");
	assert_reads(&vol, "/EFI/Linux/a.efi", "hello");
	assert_reads(&vol, "EFI/Linux/a.efi", "hello");
	assert_reads(&vol, "//EFI/./Linux//a.efi", "hello");
	assert_reads(&vol, "/top", "");
}

static void test_case(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	scratch_text(&s, "v/EFI/Linux/Debian.EFI", "debian");
	scratch_text(&s, "v/EFI/Linux/both", "lower");
	scratch_text(&s, "v/EFI/Linux/BOTH", "upper");
	scratch_text(&s, "v/EFI/Linux/\xc3\x84", "umlaut");
	vol = open_volume(&s, "v");
	assert_reads(&vol, "/efi/LINUX/debian.efi", "debian");
	assert_reads(&vol, "/EFI/Linux/both", "lower");
	assert_reads(&vol, "/efi/linux/BOTH", "upper");
	assert_open_refused(&vol, "/EFI/Linux/Both", E_VOLUME_AMBIGUOUS);
	assert_open_refused(&vol, "/EFI/Linux/\xc3\xa4", E_VOLUME_NOT_FOUND);
	assert_open_refused(&vol, "/efi/linux/debian.ef", E_VOLUME_NOT_FOUND);
	assert_ok(&err, volume_list(&vol, "/efi/linux", &list, &err));
	assert_int_equal(list.count, 4);
}

/* --- names that are no text ----------------------------------------------- */

static void test_odd_names(void **state)
{
	static const char *const names[] = { "\x01\x02", "\xff.efi",
					     "a\x1b[2J.efi", "b\n.efi",
					     "c\xe2\x80\xae.efi" };
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(names); i++) {
		char path[64];

		snprintf(path, sizeof(path), "v/%s", names[i]);
		scratch_text(&s, path, "odd");
	}
	scratch_text(&s, "v/\xe6\xbc\xa2.efi", "text");
	vol = open_volume(&s, "v");
	assert_ok(&err, volume_list(&vol, "/", &list, &err));
	assert_int_equal(list.count, 6);
	for (size_t i = 0; i < list.count; i++) {
		struct volume_entry *e = &list.entries[i];

		assert_int_equal(e->is_text, e->name[0] == '\xe6');
		assert_reads(&vol, e->name, e->is_text ? "text" : "odd");
	}
	/* Nothing of such a name reaches the operator's terminal. */
	assert_refused(E_VOLUME_NOT_FOUND, &err,
		       volume_list(&vol, "no\x1b[2J\n", &list, &err));
	assert_null(strpbrk(err.text, "\x1b\n"));
}

/* --- a path stays inside -------------------------------------------------- */

static void test_links(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;

	(void)state;
	scratch_text(&s, "secret", "secret");
	scratch_text(&s, "v/dir/file", "inside");
	assert_int_equal(symlink("dir", scratch_path(&s, "v/in")), 0);
	assert_int_equal(symlink("..", scratch_path(&s, "v/up")), 0);
	assert_int_equal(symlink("../secret", scratch_path(&s, "v/out")), 0);
	assert_int_equal(symlink("/etc/passwd", scratch_path(&s, "v/abs")), 0);
	assert_int_equal(symlink("nothing", scratch_path(&s, "v/hang")), 0);
	assert_int_equal(symlink("loop", scratch_path(&s, "v/loop")), 0);
	assert_int_equal(symlink("file", scratch_path(&s, "v/dir/also")), 0);
	vol = open_volume(&s, "v");
	assert_open_refused(&vol, "/in/file", E_VOLUME_LINK);
	assert_open_refused(&vol, "/up/secret", E_VOLUME_LINK);
	assert_open_refused(&vol, "/out", E_VOLUME_LINK);
	assert_open_refused(&vol, "/abs", E_VOLUME_LINK);
	assert_open_refused(&vol, "/hang", E_VOLUME_LINK);
	assert_open_refused(&vol, "/loop", E_VOLUME_LINK);
	assert_open_refused(&vol, "/dir/also", E_VOLUME_LINK);
	assert_open_refused(&vol, "/DIR/ALSO", E_VOLUME_LINK);
	assert_list_refused(&vol, "/in", E_VOLUME_LINK);
	assert_list_refused(&vol, "/up", E_VOLUME_LINK);
	assert_reads(&vol, "/dir/file", "inside");
}

static void test_paths(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;
	char name[VOLUME_NAME_MAX + 2], path[VOLUME_PATH_MAX + 2];
	char deep[VOLUME_DEPTH_MAX * 2 + 3] = "";

	(void)state;
	scratch_text(&s, "secret", "secret");
	scratch_text(&s, "v/dir/file", "inside");
	vol = open_volume(&s, "v");
	assert_open_refused(&vol, "..", E_VOLUME_PATH);
	assert_open_refused(&vol, "/../secret", E_VOLUME_PATH);
	assert_open_refused(&vol, "/dir/../../secret", E_VOLUME_PATH);
	assert_open_refused(&vol, "/dir/../dir/file", E_VOLUME_PATH);
	assert_list_refused(&vol, "/dir/..", E_VOLUME_PATH);
	memset(name, 'n', sizeof(name));
	name[VOLUME_NAME_MAX + 1] = '\0';
	assert_open_refused(&vol, name, E_VOLUME_PATH);
	name[VOLUME_NAME_MAX] = '\0';
	assert_open_refused(&vol, name, E_VOLUME_NOT_FOUND);
	memset(path, '/', sizeof(path));
	path[VOLUME_PATH_MAX + 1] = '\0';
	assert_list_refused(&vol, path, E_VOLUME_PATH);
	for (int i = 0; i <= VOLUME_DEPTH_MAX; i++)
		strcat(deep, "d/");
	assert_open_refused(&vol, deep, E_VOLUME_PATH);
	deep[VOLUME_DEPTH_MAX * 2] = '\0';
	assert_open_refused(&vol, deep, E_VOLUME_NOT_FOUND);
}

/* Another file system below: /proc is one on every machine that runs this. */
static void test_crossing(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, volume_open_dir("/", &vol, &err));
	assert_open_refused(&vol, "/proc/version", E_VOLUME_CROSSES);
	assert_list_refused(&vol, "/proc", E_VOLUME_CROSSES);
}

/* Opening one of these would wait for ever, or do something. */
static void test_not_files(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_ int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	_close_volume_ struct volume vol = VOLUME_NONE;

	(void)state;
	scratch_folder(&s, "v/dir");
	scratch_text(&s, "v/file", "");
	assert_int_equal(mkfifo(scratch_path(&s, "v/fifo"), 0600), 0);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
		 scratch_path(&s, "v/socket"));
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	vol = open_volume(&s, "v");
	alarm(10);
	assert_open_refused(&vol, "/dir", E_VOLUME_NOT_FILE);
	assert_open_refused(&vol, "/", E_VOLUME_NOT_FILE);
	assert_open_refused(&vol, "/fifo", E_VOLUME_NOT_FILE);
	assert_open_refused(&vol, "/socket", E_VOLUME_NOT_FILE);
	assert_list_refused(&vol, "/file", E_VOLUME_NOT_FOLDER);
	assert_list_refused(&vol, "/fifo", E_VOLUME_NOT_FOLDER);
	assert_open_refused(&vol, "/file/below", E_VOLUME_NOT_FOLDER);
	assert_open_refused(&vol, "/fifo/below", E_VOLUME_NOT_FOLDER);
	assert_open_refused(&vol, "/dir/none", E_VOLUME_NOT_FOUND);
	assert_open_refused(&vol, "/none/none", E_VOLUME_NOT_FOUND);
	assert_list_refused(&vol, "/none", E_VOLUME_NOT_FOUND);
	alarm(0);
}

static void test_device(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	assert_ok(&err, volume_open_dir("/dev", &vol, &err));
	assert_open_refused(&vol, "null", E_VOLUME_NOT_FILE);
}

static void test_no_root(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	scratch_text(&s, "file", "");
	assert_refused(E_VOLUME_ROOT, &err,
		       volume_open_dir(scratch_path(&s, "no"), &vol, &err));
	assert_refused(E_VOLUME_ROOT, &err,
		       volume_open_dir(scratch_path(&s, "file"), &vol, &err));
	assert_int_equal(vol.dir, -1);
	volume_close(&vol);
}

/* --- folders that misbehave ----------------------------------------------- */

static void test_swarm(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;
	char path[64];

	(void)state;
	for (int i = 0; i <= VOLUME_ENTRIES_MAX; i++) {
		snprintf(path, sizeof(path), "v/%05d", i);
		scratch_text(&s, path, "");
	}
	vol = open_volume(&s, "v");
	assert_ok(&err, volume_list(&vol, "/", &list, &err));
	assert_true(list.cut);
	assert_int_equal(list.count, VOLUME_ENTRIES_MAX);
	volume_list_drop(&list);
	assert_int_equal(unlink(scratch_path(&s, "v/00007")), 0);
	assert_ok(&err, volume_list(&vol, "/", &list, &err));
	assert_false(list.cut);
	assert_int_equal(list.count, VOLUME_ENTRIES_MAX);
}

static void test_circle(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume vol = VOLUME_NONE;
	struct error err;

	(void)state;
	scratch_text(&s, "v/again.efi", "");
	vol = open_volume(&s, "v");
	fault.circle = true;
	alarm(10);
	assert_ok(&err, volume_list(&vol, "/", &list, &err));
	assert_true(list.cut);
	assert_int_equal(list.count, 1);
	assert_open_refused(&vol, "/other", E_VOLUME_NOT_FOUND);
	assert_reads(&vol, "/AGAIN.EFI", "");
	alarm(0);
}

static void test_read_error(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	_close_volume_ struct volume vol = VOLUME_NONE;

	(void)state;
	scratch_text(&s, "v/a", "");
	scratch_text(&s, "v/b", "");
	vol = open_volume(&s, "v");
	for (unsigned after = 0; after < 4; after++) {
		fault.readdir = EIO;
		fault.after = after;
		assert_list_refused(&vol, "/", E_VOLUME_READ);
		fault.after = after;
		assert_open_refused(&vol, "/C", E_VOLUME_READ);
	}
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup(name, with_openat2),                            \
		cmocka_unit_test_setup(name, without_openat2)
	const struct CMUnitTest tests[] = {
		T(test_list),	   T(test_list_root), T(test_list_again),
		T(test_open),	   T(test_case),      T(test_odd_names),
		T(test_links),	   T(test_paths),     T(test_crossing),
		T(test_not_files), T(test_device),    T(test_no_root),
		T(test_swarm),	   T(test_circle),    T(test_read_error),
	};
#undef T

	return cmocka_run_group_tests(tests, NULL, NULL);
}
