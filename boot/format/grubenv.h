/*
 * GRUB's environment block: what it remembers between boots (saved_entry,
 * next_entry, boot_success, on Fedora kernelopts). A file of fixed size, 1024
 * bytes as a rule: the line "# GRUB Environment Block", lines NAME=VALUE in
 * which a backslash stands before a backslash or a line's end, and '#' up to
 * the end of the file. Read only: nothing here changes one.
 */
#ifndef KEELBOOT_FORMAT_GRUBENV_H
#define KEELBOOT_FORMAT_GRUBENV_H

#include "base/error.h"
#include "base/span.h"

#define GRUBENV_SIZE_MAX  (64U << 10)
#define GRUBENV_NAME_MAX  64   /* with its NUL */
#define GRUBENV_VALUE_MAX 4096 /* likewise */

/* Where the next variable is looked for; the block outlives it. */
struct grubenv_cursor {
	struct span block;
	size_t at;
	uint32_t line;
};

struct grubenv_variable {
	char name[GRUBENV_NAME_MAX];
	char value[GRUBENV_VALUE_MAX];
};

/*
 * Errors: E_GRUBENV_SIZE (more than GRUBENV_SIZE_MAX bytes),
 * E_GRUBENV_SIGNATURE (another first line).
 */
MUST_USE enum status grubenv_open(struct span block, struct grubenv_cursor *ret,
				  struct error *err);

/*
 * The next variable; *ret_found is false at the end. After an error the cursor
 * stands behind the line that is wrong, so a caller may go on.
 *
 * Errors: E_GRUBENV_LINE (a line without "="), E_GRUBENV_NAME (empty, too long
 * or with other than letters, digits and "_"), E_GRUBENV_LONG (the value),
 * E_GRUBENV_END (the block ends within a line), E_GRUBENV_NUL (a NUL).
 */
MUST_USE enum status grubenv_next(struct grubenv_cursor *c,
				  struct grubenv_variable *ret, bool *ret_found,
				  struct error *err);

/*
 * The value of one variable into ret, an array of cap bytes; *ret_found is
 * false, and ret "", if no line sets it. Lines that are wrong are passed over
 * when they set something else. The last line of a name counts, as it does
 * when GRUB loads the block.
 *
 * Errors: those of grubenv_open(); E_GRUBENV_LONG if the value does not fit.
 */
MUST_USE enum status grubenv_get(struct span block, const char *name, char *ret,
				 size_t cap, bool *ret_found,
				 struct error *err);

#endif
