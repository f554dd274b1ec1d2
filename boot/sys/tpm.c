#include "sys/tpm.h"

#include "base/own.h"
#include "base/text.h"
#include "sys/file.h"
#include "sys/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 256

/* A node of a TPM is on a bus, which is in a node for the chip: "soc", "bus",
 * "spi", "cs". */
#define TREE_DEPTH_MAX 8

/* --- which there are ------------------------------------------------------ */

static bool has(const char *sysfs, const char *path)
{
	char all[PATH_SIZE];

	return snprintf(all, sizeof(all), "%s/%s", sysfs, path) <
		       (int)sizeof(all) &&
	       access(all, F_OK) == 0;
}

/* "tpm@0", "tpm_tis@c000000", "tpm"; and it is in use. */
static bool is_tpm_node(int folder, const char *name)
{
	char path[PATH_SIZE], status[16];
	size_t len;

	if (strncmp(name, "tpm", 3) != 0 ||
	    snprintf(path, sizeof(path), "%s/compatible", name) >=
		    (int)sizeof(path) ||
	    faccessat(folder, path, F_OK, 0) != 0)
		return false;
	snprintf(path, sizeof(path), "%s/status", name);
	return !file_read_small(folder, path, status, sizeof(status), &len) ||
	       strcmp(status, "disabled") != 0;
}

/* Takes the folder fd. */
static bool tree_has_tpm(int fd, unsigned depth)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		found = is_tpm_node(fd, entry->d_name) ||
			(depth < TREE_DEPTH_MAX &&
			 tree_has_tpm(
				 openat(fd, entry->d_name,
					O_RDONLY | O_DIRECTORY | O_CLOEXEC),
				 depth + 1));
	}
	closedir(dir);
	return found;
}

/* What speaks for a TPM that the kernel knows nothing of, or NULL. */
static const char *find_trace(const char *sysfs)
{
	char path[PATH_SIZE];

	if (has(sysfs, "firmware/acpi/tables/TPM2"))
		return "firmware's table TPM2";
	if (has(sysfs, "firmware/acpi/tables/TCPA"))
		return "firmware's table TCPA";
	snprintf(path, sizeof(path), "%s/firmware/devicetree/base", sysfs);
	if (tree_has_tpm(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0))
		return "the device tree";
	return NULL;
}

static enum status read_class(DIR *dir, struct tpm_list *ret, struct error *err)
{
	struct dirent *entry;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if (entry->d_name[0] == '.')
			continue;
		if (ret->count == TPMS_MAX ||
		    !text_copy(ret->names[ret->count], TPM_NAME_MAX,
			       entry->d_name))
			return fail(err, E_TPM_LIST,
				    "%s is one TPM more than the %d that are "
				    "known",
				    entry->d_name, TPMS_MAX);
		ret->count++;
	}
	if (errno)
		return fail_sys(err, E_TPM_LIST, errno,
				"unable to list the TPMs");
	return OK;
}

enum status tpm_find(const char *sysfs, struct tpm_list *ret, struct error *err)
{
	struct tpm_list list = { .count = 0 };
	char path[PATH_SIZE];
	const char *trace;
	DIR *dir;
	enum status s = OK;

	snprintf(path, sizeof(path), "%s/class/tpm", sysfs);
	dir = opendir(path);
	if (dir) {
		s = read_class(dir, &list, err);
		closedir(dir);
	} else if (errno != ENOENT) {
		s = fail_sys(err, E_TPM_LIST, errno, "unable to open %s", path);
	}
	if (s != OK)
		return s;
	if (!list.count) {
		trace = find_trace(sysfs);
		if (trace)
			return fail(err, E_TPM_NO_DRIVER,
				    "there is a TPM by %s, and the kernel has "
				    "no driver for it",
				    trace);
		return fail(err, E_TPM_NONE, "this machine has no TPM");
	}
	*ret = list;
	return OK;
}

/* --- one of them ---------------------------------------------------------- */

enum status tpm_open(const char *sysfs, const char *dev, const char *name,
		     struct tpm *ret, struct error *err)
{
	char path[PATH_SIZE];
	uint64_t version;
	int fd;

	/* Kernels before 5.6 do not say it; the tag of an answer does. */
	snprintf(path, sizeof(path), "%s/class/tpm/%s/tpm_version_major", sysfs,
		 name);
	if (file_read_number(AT_FDCWD, path, &version) && version != 2)
		return fail(err, E_TPM_VERSION,
			    "%s is a TPM 1.2, which keelboot cannot extend",
			    name);
	snprintf(path, sizeof(path), "%s/%s", dev, name);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail_sys(err, E_TPM_OPEN, errno, "unable to open %s",
				path);
	ret->fd = fd;
	if (!text_copy(ret->name, sizeof(ret->name), name))
		ret->name[0] = '\0';
	return OK;
}

void tpm_close(struct tpm *tpm)
{
	if (tpm->fd >= 0)
		close(tpm->fd);
	tpm->fd = -1;
}

/* --- commands ------------------------------------------------------------- */

static enum status receive(const struct tpm *tpm, uint8_t *answer, size_t cap,
			   size_t *ret_len, struct error *err)
{
	uint64_t deadline = now_ms() + TPM_ANSWER_MS;
	struct pollfd ready = { .fd = tpm->fd, .events = POLLIN };
	ssize_t got;
	int n;

	do {
		n = poll(&ready, 1, deadline_left_ms(deadline));
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return fail(err, E_TPM_DEADLINE,
			    "%s has not answered within %d ms", tpm->name,
			    TPM_ANSWER_MS);
	got = n < 0 ? -1 : read(tpm->fd, answer, cap);
	if (got < 0)
		return fail_sys(err, E_TPM_RECEIVE, errno,
				"unable to read the answer of %s", tpm->name);
	*ret_len = (size_t)got;
	return OK;
}

static enum status send_command(const struct tpm *tpm, const uint8_t *command,
				size_t len, uint8_t *answer, size_t cap,
				size_t *ret_len, struct error *err)
{
	ssize_t sent;

	do {
		sent = write(tpm->fd, command, len);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return fail_sys(err, E_TPM_SEND, errno,
				"unable to send a command to %s", tpm->name);
	if ((size_t)sent != len)
		return fail(err, E_TPM_SEND,
			    "%s took %zd bytes of a command of %zu", tpm->name,
			    sent, len);
	return receive(tpm, answer, cap, ret_len, err);
}

/* What an answer is parsed to. */
typedef enum status parse_fn(struct span answer, void *ret, struct error *err);

static enum status ask(const struct tpm *tpm, const uint8_t *command,
		       size_t len, parse_fn *parse, void *ret,
		       struct error *err)
{
	uint8_t answer[TPM2_ANSWER_MAX];
	size_t got;
	enum status s = send_command(tpm, command, len, answer, sizeof(answer),
				     &got, err);

	return s == OK ? parse(span_of(answer, got), ret, err) : s;
}

static enum status parse_startup(struct span answer, void *ret,
				 struct error *err)
{
	(void)ret;
	return tpm2_parse_startup(answer, err);
}

static enum status parse_extend(struct span answer, void *ret,
				struct error *err)
{
	(void)ret;
	return tpm2_parse_extend(answer, err);
}

static enum status parse_banks(struct span answer, void *ret, struct error *err)
{
	return tpm2_parse_banks(answer, ret, err);
}

/* The kernel starts a TPM that firmware did not; a TPM that has lost power
 * since waits for it again. */
static enum status ask_started(const struct tpm *tpm, const uint8_t *command,
			       size_t len, parse_fn *parse, void *ret,
			       struct error *err)
{
	uint8_t startup[TPM2_COMMAND_MAX];
	enum status s = ask(tpm, command, len, parse, ret, err);

	if (s != E_TPM2_INITIALIZE)
		return s;
	s = ask(tpm, startup, tpm2_build_startup(startup), parse_startup, NULL,
		err);
	if (s != OK)
		return s;
	return ask(tpm, command, len, parse, ret, err);
}

enum status tpm_get_banks(const struct tpm *tpm, struct tpm2_banks *ret,
			  struct error *err)
{
	uint8_t command[TPM2_COMMAND_MAX];
	size_t len = tpm2_build_get_banks(command);
	enum status s = ask_started(tpm, command, len, parse_banks, ret, err);

	return s == OK ? OK
		       : fail_in(err, s, "unable to ask %s for its banks",
				 tpm->name);
}

enum status tpm_extend(const struct tpm *tpm, uint32_t pcr,
		       const struct tpm2_digest *digests, size_t count,
		       struct error *err)
{
	uint8_t command[TPM2_COMMAND_MAX];
	size_t len = tpm2_build_extend(pcr, digests, count, command);
	enum status s = ask_started(tpm, command, len, parse_extend, NULL, err);

	return s == OK ? OK
		       : fail_in(err, s, "unable to extend PCR %u of %s", pcr,
				 tpm->name);
}
