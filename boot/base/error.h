/*
 * What failed: a number for tests and programs, a sentence for people.
 *
 * Every check in keelboot has a status of its own (status.def), so a test
 * asserts the code and never the wording. The sentence names the thing, the
 * check and the two values that disagree; callers put what they were doing in
 * front with fail_in(), so that the menu can show one line:
 *
 *   unable to boot "Debian 12": /EFI/Linux/debian.efi: section .linux ends at
 *   0x3f2000, the file ends at 0x3e0000
 *
 * The buffer is fixed, so that reporting cannot fail for lack of memory; a
 * sentence that does not fit ends in "…".
 */
#ifndef KEELBOOT_BASE_ERROR_H
#define KEELBOOT_BASE_ERROR_H

#include "base/span.h"

enum status {
	OK = 0,
#define STATUS(code, slug) code,
#include "base/status.def"
#undef STATUS
	STATUS_COUNT
};

#define ERROR_TEXT_MAX 384

struct error {
	enum status code;
	int sys; /* errno where a system call failed, else 0 */
	char text[ERROR_TEXT_MAX];
};

/* Sets the error and returns code. err may be NULL. */
enum status fail(struct error *err, enum status code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and the text of sys (an
 * errno value) to the sentence. */
enum status fail_sys(struct error *err, enum status code, int sys,
		     const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Puts "<fmt>: " in front of the sentence, keeps the code and returns it.
 * err may be NULL, then fallback is returned. */
enum status fail_in(struct error *err, enum status fallback, const char *fmt,
		    ...) __attribute__((format(printf, 3, 4)));

/* The name of a code for JSON and logs, e.g. "pe-section-past-eof". */
const char *status_slug(enum status code);

#endif
