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
#include "initrd.h"
#include "sys/blob.h"
#include "verify.h"

#define LOAD_INITRDS_MAX 16

/* Zeros behind a section's stored bytes are written out; more than this is not
 * what any tool makes but a way to fill the memory. */
#define LOAD_ZERO_TAIL_MAX (16U << 20)

struct loadable_kernel {
	struct kimage_view view; /* of kernel */
	struct blob kernel;	 /* bzImage or Image, unpacked, cut to size */
	struct blob initrd;	 /* all pieces in order; fd -1 if none */
	struct blob dtb;	 /* fd -1 if the running machine's is used */
	struct cmdline cmdline;	 /* final, NUL-terminated */
	enum verified_how how;
	struct display signer; /* who vouches for it, "" without a name */
	char codec[33];	       /* label of the zboot codec, "" if it was none */
};

/* What is to be loaded: a UKI (with its profile), or a kernel with the files
 * and options of a loose entry. */
struct load_request {
	struct verified_image *image;
	uint32_t profile;
	struct verified_image *initrds[LOAD_INITRDS_MAX];
	uint32_t initrd_count;
	struct verified_image *dtb; /* NULL if none */
	struct span options;
	char *own_options; /* backs them where nothing else does, or NULL */
	const char *options_source; /* for cmdline pieces; kept, not copied */
	const char *append;	    /* built-in config, "" for nothing */
};

/* Drops every image of the request. */
void load_request_drop(struct load_request *request);
#define _drop_request_ __attribute__((cleanup(load_request_drop)))

/* The command line the request gives. Errors: those of cmdline_add(). */
MUST_USE enum status load_plan_cmdline(const struct load_request *request,
				       struct cmdline *ret, struct error *err);

/* The initrd pieces the request gives, in order. They point into the request's
 * images. Errors: those of initrd_plan_uki(). */
MUST_USE enum status load_plan_initrd(const struct load_request *request,
				      struct initrd_plan *ret,
				      struct error *err);

/*
 * Puts everything together. The request's images are dropped as soon as their
 * bytes are copied, so that a boot needs little memory; nothing of them is used
 * afterwards.
 *
 * Errors: E_LOAD_… (thin UKI, no kernel in the image, no such profile, machine
 * inside and outside differ, zero tail too long, not enough memory), those of
 * unpack(), kimage_parse(), cmdline_add(), initrd_build().
 */
MUST_USE enum status zboot_load(struct load_request *request,
				struct loadable_kernel *ret, struct error *err);

void loadable_kernel_drop(struct loadable_kernel *kernel);
#define _drop_kernel_ __attribute__((cleanup(loadable_kernel_drop)))

#endif
