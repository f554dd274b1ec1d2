/*
 * keelboot unpack: writes the pieces as kexec would get them, through the same
 * code that boots.
 */
#include "commands.h"
#include "base/text.h"
#include "digest_text.h"
#include "sys/hostfile.h"
#include "zboot_load.h"

#include <stdio.h>
#include <stdlib.h>

/* A person who unpacks a file has decided to look at it. */
static const struct verify_context host_context = { .mode = VERIFY_OFF };

static enum status load(const char *path, uint32_t profile,
			struct loadable_kernel *ret, struct error *err)
{
	_drop_request_ struct load_request request = { .profile = profile,
						       .append = "" };
	struct raw_image raw = { .blob = BLOB_NONE };
	enum status s = image_read_hostfile(path, NULL, &raw, err);

	if (s != OK)
		return s;
	s = verify_image(&raw, &host_context, &request.image, err);
	if (s != OK)
		return s;
	s = zboot_load(&request, ret, err);
	return s == OK ? OK : fail_in(err, s, "%s", path);
}

static enum status write_piece(const char *dir, const char *name,
			       struct span bytes, struct error *err)
{
	char digest[DIGEST_TEXT_LEN + 1];
	enum status s = hostfile_write(dir, name, bytes, err);

	if (s != OK)
		return s;
	digest_text(bytes, 0, digest);
	printf("%s  %s/%s\n", digest, dir, name);
	return OK;
}

static enum status write_all(const char *dir, const struct loadable_kernel *k,
			     struct error *err)
{
	enum status s = write_piece(dir, "kernel", k->kernel.bytes, err);

	if (s == OK && k->initrd.fd >= 0)
		s = write_piece(dir, "initrd", k->initrd.bytes, err);
	if (s == OK && k->cmdline.len)
		s = write_piece(dir, "cmdline",
				span_of(k->cmdline.text, k->cmdline.len), err);
	if (s == OK && k->dtb.fd >= 0)
		s = write_piece(dir, "dtb", k->dtb.bytes, err);
	return s;
}

int command_unpack(int argc, char **argv)
{
	struct loadable_kernel *kernel;
	struct command_line cl;
	struct error err = { .code = OK };
	uint64_t profile = 0;
	enum status s;

	if (!command_parse(argc, argv,
			   OPTION_ARGUMENT | OPTION_OUT | OPTION_PROFILE, &cl))
		return 2;
	if (!cl.out ||
	    (cl.profile && !text_parse_number(span_of_text(cl.profile),
					      UKI_PROFILES_MAX, &profile))) {
		fprintf(stderr, "keelboot: unpack needs --out DIR, and "
				"--profile takes a number\n");
		return 2;
	}
	kernel = calloc(1, sizeof(*kernel));
	if (!kernel)
		return 1;
	kernel->kernel = kernel->initrd = kernel->dtb = BLOB_NONE;
	s = load(cl.argument, (uint32_t)profile, kernel, &err);
	if (s == OK) {
		s = write_all(cl.out, kernel, &err);
		loadable_kernel_drop(kernel);
	}
	free(kernel);
	return s == OK ? 0 : command_fail(&err);
}
