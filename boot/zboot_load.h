/*
 * verified_image -> loadable_kernel: the pieces as the kexec system calls want
 * them, each in a sealed blob of its exact size. zboot images and zboot kernels
 * inside a UKI are unpacked here, and a signed kernel is cut to its exact size,
 * because its own signature check takes the certificate table for the end of
 * the file.
 */
#ifndef KEELBOOT_ZBOOT_LOAD_H
#define KEELBOOT_ZBOOT_LOAD_H

#include "cmdline.h"
#include "format/kimage.h"
#include "load_request.h"
#include "sys/blob.h"

/* Zeros behind a section's stored bytes are written out; more than this is not
 * what any tool makes but a way to fill the memory. */
#define LOAD_ZERO_TAIL_MAX (16U << 20)

struct loadable_kernel {
	struct kimage_view view; /* of kernel */
	struct blob kernel;	 /* bzImage or Image, unpacked, cut to size */
	struct blob initrd;	 /* all pieces in order; fd -1 if none */
	struct blob dtb;	 /* fd -1 if the running machine's is used */
	struct {
		char text[CMDLINE_MAX]; /* final, NUL-terminated */
		uint32_t len;
	} cmdline;
	enum verified_how how;
	struct display signer; /* who vouches for it, "" without a name */
	char codec[33];	       /* label of the zboot codec, "" if it was none */
};

/*
 * Puts everything together. The request's images are dropped as soon as their
 * bytes are copied, so that a boot needs little memory; nothing of them is used
 * afterwards.
 *
 * Errors: E_LOAD_… (no kernel in the image or to it, no such profile, machine
 * inside and outside differ, zero tail too long, not enough memory), those of
 * unpack(), kimage_parse(), load_plan.h, load_devicetree.h, initrd_build().
 */
MUST_USE enum status zboot_load(struct load_request *request,
				struct loadable_kernel *ret, struct error *err);

/* The same of the kernel and its device tree alone: without the initrd and the
 * command line it can be asked what it takes. Errors: those of zboot_load(). */
MUST_USE enum status zboot_load_kernel(struct load_request *request,
				       struct loadable_kernel *ret,
				       struct error *err);

void loadable_kernel_drop(struct loadable_kernel *kernel);
#define _drop_kernel_ __attribute__((cleanup(loadable_kernel_drop)))

#endif
