/*
 * The manifest of a loose entry: what it boots, all of it, in boot order. One
 * line for each part, as sha256sum prints it with a role in front:
 *
 *   linux     SHA256  /vmlinuz-6.1
 *   initrd    SHA256  /initrd.img-6.1
 *   devicetree SHA256 /board.dtb
 *   options   SHA256  -
 *
 * and, where they are found beside a UKI or named by `extra`:
 *
 *   extra             SHA256  /tokens/web.cred
 *   credential        SHA256  /EFI/Linux/x.efi.extra.d/web.cred
 *   global-credential SHA256  /loader/credentials/all.cred
 *   sysext, global-sysext, confext, global-confext: the same
 *
 * The name at the end of such a path is covered, too: it says what the file is
 * used for.
 *
 * The options line is the digest of the entry's options joined with single
 * blanks, without a line end. `#` starts a comment line; blank lines are passed
 * over. A set signed together cannot be mixed with parts of another, put in
 * another order, added to or shortened.
 */
#ifndef KEELBOOT_FORMAT_MANIFEST_H
#define KEELBOOT_FORMAT_MANIFEST_H

#include "base/error.h"
#include "base/span.h"

#define MANIFEST_ROWS_MAX 64
#define MANIFEST_SIZE_MAX (64U << 10)

enum manifest_role {
	MANIFEST_LINUX = 1,
	MANIFEST_INITRD,
	MANIFEST_DEVICETREE,
	MANIFEST_OVERLAY,
	MANIFEST_OPTIONS,
	/* From here on the file's name counts, too. */
	MANIFEST_EXTRA,
	MANIFEST_CREDENTIAL,
	MANIFEST_GLOBAL_CREDENTIAL,
	MANIFEST_SYSEXT,
	MANIFEST_GLOBAL_SYSEXT,
	MANIFEST_CONFEXT,
	MANIFEST_GLOBAL_CONFEXT,
	MANIFEST_ROLE_END
};

struct manifest_row {
	enum manifest_role role;
	uint8_t sha256[32];
	struct span path; /* "-" for options */
	uint32_t line;
};

struct manifest_view {
	uint32_t count;
	struct manifest_row rows[MANIFEST_ROWS_MAX];
};

/* "linux", "initrd", … */
const char *manifest_role_name(enum manifest_role role);

/*
 * Exactly one linux row, at most one devicetree and one options row. A path
 * begins with "/" and may have blanks inside.
 *
 * Errors:
 * E_MANIFEST_SIZE      more than MANIFEST_SIZE_MAX bytes
 * E_MANIFEST_CONTROL   a control character other than a tab or a line's end
 * E_MANIFEST_LINE      a line without role, digest and path
 * E_MANIFEST_ROLE      not one of the roles above
 * E_MANIFEST_DIGEST    not 64 hexadecimal digits
 * E_MANIFEST_PATH      a path without "/" at its begin, or options without "-"
 * E_MANIFEST_TWICE     a second linux, devicetree or options row
 * E_MANIFEST_TOO_MANY  more than MANIFEST_ROWS_MAX rows
 * E_MANIFEST_NO_LINUX  no linux row
 */
MUST_USE enum status manifest_parse(struct span text, struct manifest_view *ret,
				    struct error *err);

#endif
