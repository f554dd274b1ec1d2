/*
 * The way from a configuration to the jump on this host, in whatever network
 * namespace it is started in, with the system calls of the jump replaced:
 *
 *	net_boot --config FILE --entries DIR --folder DIR --keys DIR
 *		 --busybox PATH --script PATH [--disk DIR] [--timeout S]
 *		 [--stamps]
 *
 * The menu is the real one without a console, and without disks but for --disk,
 * a directory that stands for one. --folder has
 * what entries name (CAs, keys), --keys is laid out like keys/, --script is
 * called keelboot-lease and leads to keelboot. It makes itself a mount
 * namespace, whose /etc is empty, so that names are asked for where DHCP says.
 *
 * Standard error has the log, and what the next system gets to know of its
 * files behind a line HANDED ON; with --stamps standard output has it again in
 *the end, with times. Its last line is the outcome:
 *
 *	BOOTED <ms> <bytes> <SHA-256 of the kernel>	exit status 0
 *	END <status that init would get>		3
 *	HELD						4, on-failure says so
 *	HUNG						5, not within --timeout
 */
#include "base/log.h"
#include "keyring_dir.h"
#include "menu_parts.h"
#include "sys/module.h"
#include "sys/proc.h"
#include "trust/digest.h"

#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

struct arguments {
	const char *config, *entries, *folder, *keys, *busybox, *script, *disk;
	unsigned timeout_s;
};

static uint64_t begin_ms;
static bool has_stamps;
static uint8_t kernel_digest[DIGEST_MAX];

static void print_stamps(void)
{
	struct span log = log_kept();

	if (has_stamps)
		fwrite(log.ptr, 1, log.len, stdout);
}

/* --- in place of kexec_syscall.c --------------------------------------------
 */

/* What the next system is told of where its files are from: a member of the
 * archives, whose magic is before each. */
static void print_network(struct span initrd)
{
	static const char name[] = "/keelboot/network";
	const char *end = (const char *)initrd.ptr + initrd.len, *at, *next;

	at = memmem(initrd.ptr, initrd.len, name, sizeof(name));
	if (!at)
		return;
	for (at += sizeof(name); at < end && !*at;) /* to its data */
		at++;
	next = memmem(at, (size_t)(end - at), "070701", 6);
	fprintf(stderr, "HANDED ON\n%.*s", (int)((next ? next : end) - at), at);
}

enum status kexec_load_kernel(const struct loadable_kernel *kernel,
			      enum kexec_mode mode, struct kexec_loaded *ret,
			      struct error *err)
{
	(void)mode;
	(void)err;
	digest_of(DIGEST_SHA256, kernel->kernel.bytes, kernel_digest);
	print_network(kernel->initrd.bytes);
	*ret = (struct kexec_loaded){
		.used = KEXEC_LOAD,
		.bytes = kernel->kernel.bytes.len + kernel->initrd.bytes.len,
	};
	return OK;
}

uint32_t kexec_cmdline_room(const struct loadable_kernel *kernel,
			    enum kexec_mode mode)
{
	(void)kernel;
	(void)mode;
	return CMDLINE_MAX - 1;
}

void kexec_unload(void)
{
}

enum status kexec_go(const struct kexec_loaded *loaded, struct error *err)
{
	(void)err;
	print_stamps();
	printf("BOOTED %llu %llu ", (unsigned long long)(now_ms() - begin_ms),
	       (unsigned long long)loaded->bytes);
	for (size_t i = 0; i < 32; i++)
		printf("%02x", kernel_digest[i]);
	printf("\n");
	fflush(stdout);
	_exit(0);
}

enum status system_restart(struct error *err)
{
	return fail(err, E_REHEARSED, "nothing restarts here");
}

enum status system_power_off(struct error *err)
{
	return fail(err, E_REHEARSED, "nothing is switched off here");
}

/* --- the machine ------------------------------------------------------------
 */

static void stop(const char *what)
{
	perror(what);
	exit(2);
}

/* It can be said wherever the program is: its loop may hang, too. */
static void hang(int sig)
{
	static const char text[] = "HUNG\n";

	(void)sig;
	(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
	_exit(5);
}

/* An /etc of its own, and drivers that have been loaded. */
static void make_mounts(void)
{
	int fd;

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("etc", "/etc", "tmpfs", 0, NULL) != 0 ||
	    mount("run", "/run", "tmpfs", 0, NULL) != 0 ||
	    mkdir("/run/keelboot", 0755) != 0)
		stop("mount");
	fd = open(MODULE_DONE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		stop(MODULE_DONE_FILE);
	close(fd);
}

static void log_finding(void *ctx, const struct config_finding *f)
{
	char line[512];
	struct text t = text_over(line, sizeof(line));

	if (f->result == CONFIG_SET)
		return;
	config_describe(f, ctx, &t);
	log_warn("%s", line);
}

static void read_config(const char *path, struct config *ret)
{
	static char source[] = "the configuration";
	static char buf[1 << 16];
	FILE *from = fopen(path, "rb");
	size_t len;

	if (!from)
		stop(path);
	len = fread(buf, 1, sizeof(buf), from);
	fclose(from);
	config_defaults(ret);
	config_parse(ret, span_of(buf, len), log_finding, source);
}

/* As menu.c does it. */
static enum status begin(struct menu *menu, const struct arguments *a,
			 struct error *err)
{
	const struct terminals_options none = { .sysfs = "/nowhere",
						.dev = "/nowhere" };
	enum status s;

	menu_choice_begin(&menu->choice, &menu->config, false);
	s = authority_open(&menu->authority, &menu->config.policy, false, err);
	if (s != OK)
		return s;
	keyring_drop(&menu->authority.keyring);
	s = keyring_add_dir(&menu->authority.keyring, a->keys, err);
	if (s == OK)
		s = scan_init(&menu->scan, menu->config.probe_timeout_s, err);
	if (s != OK)
		return s;
	menu->net.busybox = a->busybox;
	menu->net.script = a->script;
	menu->net.folder = a->folder;
	menu_network_init(menu);
	scan_add_configured(&menu->scan, a->entries);
	menu_network_begin(menu);
	machine_begin(&menu->machine);
	if (a->disk)
		s = scan_begin_root(&menu->scan, a->disk, err);
	if (s != OK)
		return s;
	menu_listen(menu);
	return terminals_open(&menu->terminals, &none, err);
}

static int loop(struct menu *menu)
{
	uint64_t now;
	int status;

	while ((status = menu_turn(menu, &now)) < 0) {
		if (menu->is_held) {
			net_flush(&menu->net); /* it would stay */
			print_stamps();
			printf("HELD\n");
			return 4;
		}
		menu_sleep(menu, now);
	}
	print_stamps();
	printf("END %d\n", status);
	return 3;
}

static int run(const struct arguments *a)
{
	struct menu *menu = calloc(1, sizeof(*menu));
	struct error err = { .code = OK };
	int status = 2;

	if (!menu)
		stop("memory");
	net_init(&menu->net);
	read_config(a->config, &menu->config);
	make_mounts();
	menu->start_ms = menu->key_ms = now_ms();
	menu->clock.is_counting = true;
	if (begin(menu, a, &err) == OK)
		status = loop(menu);
	else
		fprintf(stderr, "net_boot: %s\n", err.text);
	terminals_close(&menu->terminals);
	machine_end(&menu->machine);
	menu_choice_end(&menu->choice);
	net_end(&menu->net);
	scan_end(&menu->scan);
	authority_close(&menu->authority);
	menu_list_drop(&menu->list);
	free(menu);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "entries", required_argument, NULL, 'e' },
		{ "folder", required_argument, NULL, 'f' },
		{ "keys", required_argument, NULL, 'k' },
		{ "busybox", required_argument, NULL, 'b' },
		{ "script", required_argument, NULL, 's' },
		{ "disk", required_argument, NULL, 'd' },
		{ "timeout", required_argument, NULL, 't' },
		{ "stamps", no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .timeout_s = 60 };
	const char **const paths[] = {
		['c'] = &a.config, ['e'] = &a.entries, ['f'] = &a.folder,
		['k'] = &a.keys,   ['b'] = &a.busybox, ['s'] = &a.script,
		['d'] = &a.disk,
	};
	int option;

	begin_ms = now_ms();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return 2;
		if (option == 't')
			a.timeout_s = (unsigned)atoi(optarg);
		else if (option == 'm')
			has_stamps = true;
		else
			*paths[option] = optarg;
	}
	if (!a.config || !a.entries || !a.folder || !a.keys || !a.busybox ||
	    !a.script) {
		fprintf(stderr, "net_boot: an option is missing\n");
		return 2;
	}
	signal(SIGALRM, hang);
	alarm(a.timeout_s);
	log_to(STDERR_FILENO, false, LOG_DEBUG);
	return run(&a);
}
