/*
 * verified_image -> loadable_kernel: the pieces as the kexec system calls want
 * them, each in a sealed blob of its exact size.
 */
#ifndef KEELBOOT_ZBOOT_LOAD_H
#define KEELBOOT_ZBOOT_LOAD_H

#include "cmdline.h"
#include "format/kimage.h"
#include "sys/blob.h"
#include "verify.h"

struct loadable_kernel {
	struct kimage_view view;  /* of kernel */
	struct blob kernel;	  /* bzImage or Image, unpacked, cut to size */
	struct blob initrd;	  /* all pieces in order; fd -1 if none */
	struct blob dtb;	  /* fd -1 if the running machine's tree is used */
	struct cmdline cmdline;	  /* final, NUL-terminated */
	enum verified_how how;
};

#endif
