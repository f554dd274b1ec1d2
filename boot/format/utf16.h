/*
 * Texts of EFI variables: UTF-16LE with a NUL at the end (UEFI 2.10, 2.3.1,
 * CHAR16) <-> UTF-8. RFC 2781 has the encoding.
 */
#ifndef KEELBOOT_FORMAT_UTF16_H
#define KEELBOOT_FORMAT_UTF16_H

#include "base/error.h"
#include "base/span.h"

/*
 * Decodes all of s into a NUL-terminated string. The NUL at the end of s may be
 * missing, as systemd-boot has it; "" is nothing but a NUL, or no bytes at all.
 * Bytes of ret may be written when it fails; cap is at least 1.
 *
 * Errors: E_UTF16_ODD (half a character), E_UTF16_AFTER_NUL (more than one NUL,
 * or something behind it), E_UTF16_CONTROL (a control character),
 * E_UTF16_SURROGATE (half a pair), E_UTF16_LONG (more than cap bytes with its
 * NUL).
 */
enum status utf16_decode(struct span s, char *ret, size_t cap,
			 struct error *err);

/*
 * The way back, with the NUL; *ret_len counts bytes. Errors: E_UTF16_TEXT (not
 * UTF-8, or a character no screen should get), E_UTF16_LONG (more than cap
 * bytes).
 */
enum status utf16_encode(const char *text, uint8_t *ret, size_t cap,
			 size_t *ret_len, struct error *err);

#endif
