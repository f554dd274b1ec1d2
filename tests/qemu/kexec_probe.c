/*
 * Starts a kernel through keelboot's own kexec code, without discovery, menu or
 * verification: what the QEMU tests of that code run as a program in the first
 * kernel's initramfs. Not installed.
 *
 *	kexec_probe [-n] [-d DTB] auto|file|load KERNEL INITRD|- COMMAND-LINE
 *
 * With -n the kernel is loaded and forgotten again. Prints one line
 * "probe: loaded file|load BYTES" before it jumps, or "probe: failed SLUG:
 * SENTENCE" and exits with 1.
 */
#include "base/log.h"
#include "format/kimage.h"
#include "kexec_syscall.h"
#include "zboot_load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static _Noreturn void die(const struct error *err)
{
	printf("probe: failed %s: %s\n", status_slug(err->code), err->text);
	exit(1);
}

static _Noreturn void usage(void)
{
	fprintf(stderr, "usage: kexec_probe [-n] [-d DTB] auto|file|load "
			"KERNEL INITRD|- COMMAND-LINE\n");
	exit(2);
}

/* The first len bytes of a file (all of it if len is 0) as a sealed blob. */
static struct blob read_blob(const char *path, uint64_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct blob blob = BLOB_NONE;
	struct blob_writer writer;
	struct error err = { 0 };
	enum status s;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		printf("probe: unable to read %s: %s\n", path, strerror(errno));
		exit(1);
	}
	s = blob_begin("probe", &writer, &err);
	if (s == OK)
		s = blob_append_file(&writer, fd, (uint64_t)st.st_size, &err);
	if (s == OK)
		s = blob_finish(&writer, &blob, &err);
	close(fd);
	if (s == OK && len && len < blob.bytes.len) {
		struct blob whole = blob_take(&blob);

		s = blob_begin("probe", &writer, &err);
		if (s == OK)
			s = blob_append(&writer,
					span_slice(whole.bytes, 0, len), &err);
		if (s == OK)
			s = blob_finish(&writer, &blob, &err);
		blob_drop(&whole);
	}
	if (s != OK)
		die(&err);
	return blob;
}

static void read_kernel(const char *path, struct loadable_kernel *kernel)
{
	struct blob whole = read_blob(path, 0);
	struct error err = { 0 };

	if (kimage_parse(whole.bytes, &kernel->view, &err) != OK)
		die(&err);
	blob_drop(&whole);
	kernel->kernel = read_blob(path, kernel->view.file_len);
}

static enum kexec_mode mode_of(const char *name)
{
	if (!strcmp(name, "file"))
		return KEXEC_FILE;
	if (!strcmp(name, "load"))
		return KEXEC_LOAD;
	if (strcmp(name, "auto"))
		usage();
	return KEXEC_AUTO;
}

int main(int argc, char **argv)
{
	static struct loadable_kernel kernel = {
		.initrd = { .fd = -1 },
		.dtb = { .fd = -1 },
	};
	struct kexec_loaded loaded;
	struct error err = { 0 };
	bool is_trial = false;
	int option;

	while ((option = getopt(argc, argv, "nd:")) != -1) {
		if (option == 'n')
			is_trial = true;
		else if (option == 'd')
			kernel.dtb = read_blob(optarg, 0);
		else
			usage();
	}
	if (argc - optind != 4)
		usage();
	argv += optind;
	setvbuf(stdout, NULL, _IOLBF, 0);
	log_to(STDERR_FILENO, false, LOG_DEBUG);
	read_kernel(argv[1], &kernel);
	if (strcmp(argv[2], "-"))
		kernel.initrd = read_blob(argv[2], 0);
	kernel.cmdline.len =
		(uint32_t)snprintf(kernel.cmdline.text,
				   sizeof(kernel.cmdline.text), "%s", argv[3]);
	if (kexec_load_kernel(&kernel, mode_of(argv[0]), &loaded, &err) != OK)
		die(&err);
	printf("probe: loaded %s %" PRIu64 "\n",
	       loaded.used == KEXEC_FILE ? "file" : "load", loaded.bytes);
	if (is_trial) {
		kexec_unload();
		return 0;
	}
	if (kexec_go(&loaded, &err) != OK)
		die(&err);
	return 1;
}
