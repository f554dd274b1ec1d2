/*
 * Paths as boot loaders' files write them, made absolute: what stands in a
 * grub.cfg or an extlinux.conf becomes one path on one volume, with single
 * slashes and without "." and "..".
 */
#ifndef KEELBOOT_FORMAT_PATH_H
#define KEELBOOT_FORMAT_PATH_H

#include "base/span.h"

enum path_fault {
	PATH_OK = 0,
	PATH_EMPTY,   /* nothing but slashes and dots */
	PATH_LONG,    /* does not fit with its NUL */
	PATH_CONTROL, /* a NUL or another control character */
	PATH_ABOVE,   /* ".." leads out of the volume */
};

/*
 * name, put behind folder ("" or an absolute path) unless it begins with "/",
 * into ret, an array of cap bytes; "" if there is a fault. ".." goes up by
 * name, not by what a link points to.
 */
MUST_USE enum path_fault path_resolve(const char *folder, struct span name,
				      char *ret, size_t cap);

/* "has \"..\" above its volume", ... to stand behind the path's name. */
const char *path_fault_text(enum path_fault fault);

#endif
