/* Looking at all disks again and again: a key that is held, noise, a disk that
 * comes and goes. */
#include "scan.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Also those that have ended and that nobody has asked about. */
static unsigned children(void)
{
	char path[64], line[8192];
	unsigned count = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	len = read(fd, line, sizeof(line));
	close(fd);
	assert_in_range(len, 0, sizeof(line) - 1);
	for (ssize_t i = 0; i < len; i++)
		count += line[i] == ' ';
	return count;
}

static void test_no_process_is_left(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	uint64_t deadline;
	struct scan scan;
	struct error err;

	(void)state;
	scratch_text(&dir, "loader/loader.conf", "timeout 7\n");
	assert_ok(&err, scan_init(&scan, 5, &err));
	assert_ok(&err, scan_begin_root(&scan, dir.dir, &err));
	/* in one go, as keys that were read together */
	for (unsigned i = 0; i < 500; i++)
		assert_ok(&err, scan_again(&scan, &err));
	assert_in_range(children(), 1, SCAN_ENDING_MAX + 2);
	for (unsigned i = 0; i < 200; i++) {
		scan_handle(&scan, now_ms());
		assert_ok(&err, scan_again(&scan, &err));
	}
	assert_in_range(children(), 1, SCAN_ENDING_MAX + 2);
	/* what was put off comes by itself */
	deadline = now_ms() + 10000;
	while ((scan.is_again_due || scan_pending(&scan) || children() > 1) &&
	       now_ms() < deadline) {
		poll(NULL, 0, 10);
		scan_handle(&scan, now_ms());
	}
	assert_false(scan.is_again_due);
	assert_int_equal(children(), 1);
	assert_int_equal(scan.texts.count, 1);
	scan_end(&scan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_process_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
