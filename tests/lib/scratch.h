/*
 * Scratch directories with trees of files, as stand-ins for /sys, /lib/modules
 * and volumes; and checks that a test leaves no descriptor open.
 */
#ifndef KEELBOOT_TESTS_LIB_SCRATCH_H
#define KEELBOOT_TESTS_LIB_SCRATCH_H

#include "base/span.h"

#define SCRATCH_PATH_MAX 512

struct scratch {
	char dir[SCRATCH_PATH_MAX];
	unsigned fds; /* open when it was made */
};

/* A new empty directory under $TMPDIR or /tmp. */
struct scratch scratch_make(void);

/* Removes it with all that is in it, and fails the test if more descriptors
 * are open than when it was made. */
void scratch_drop(struct scratch *s);
#define _drop_scratch_ __attribute__((cleanup(scratch_drop)))

/* "DIR/path" in a buffer that the next calls but seven reuse. */
const char *scratch_path(const struct scratch *s, const char *path);

/* Makes a file and the folders above it. */
void scratch_file(const struct scratch *s, const char *path, struct span bytes);
void scratch_text(const struct scratch *s, const char *path, const char *text);
void scratch_folder(const struct scratch *s, const char *path);

/* Open descriptors of this process. */
unsigned scratch_open_fds(void);

/* Ends the test as skipped, with the reason, where it is not root that runs it.
 */
#define scratch_needs_root(what)                                               \
	do {                                                                   \
		if (geteuid() != 0) {                                          \
			print_message("skipped: %s needs root\n", what);       \
			skip();                                                \
		}                                                              \
	} while (0)

#endif
