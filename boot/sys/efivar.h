/*
 * EFI variables through efivarfs, where each is a file `<name>-<vendor>`: four
 * bytes of attributes, then the value (Documentation/filesystems/efivarfs.rst).
 *
 * A call may take as long as the firmware likes: whoever must not wait makes it
 * in a process that may be lost. root is /sys/firmware/efi/efivars, or a
 * directory that stands for it.
 */
#ifndef KEELBOOT_SYS_EFIVAR_H
#define KEELBOOT_SYS_EFIVAR_H

#include "base/error.h"
#include "base/span.h"

#define EFIVAR_ROOT "/sys/firmware/efi/efivars"

/* UEFI 2.10, 8.2.1 */
#define EFIVAR_NON_VOLATILE 0x1U
#define EFIVAR_BOOT_SERVICE 0x2U
#define EFIVAR_RUNTIME	    0x4U

/* What there is of variables. */
enum efivar_support {
	EFIVAR_NO_FIRMWARE = 1, /* this machine has none */
	EFIVAR_NOT_MOUNTED,	/* it has, efivarfs is not there (yet) */
	EFIVAR_THERE,
};

/* Of the machine; does not ask the firmware. */
enum efivar_support efivar_support(void);

/*
 * The value, of at most cap bytes. ret_attributes may be NULL. Errors:
 * E_EFIVAR_NONE (there is no such variable), E_EFIVAR_SHORT (no room for
 * attributes), E_EFIVAR_LONG (more than cap bytes), E_EFIVAR_READ.
 */
enum status efivar_read(const char *root, const char *name, void *buf,
			size_t cap, uint32_t *ret_attributes, size_t *ret_len,
			struct error *err);

/*
 * Gives a variable a value, or makes it, non-volatile and for boot services and
 * the running system. efivarfs is made writable for that, and read-only again
 * if it was; the immutable flag goes. Errors: E_EFIVAR_LONG, E_EFIVAR_WRITE.
 */
enum status efivar_write(const char *root, const char *name, struct span value,
			 struct error *err);

/* Deletes it in the same way; none to delete is no error. Errors:
 * E_EFIVAR_DELETE. */
enum status efivar_delete(const char *root, const char *name,
			  struct error *err);

#endif
