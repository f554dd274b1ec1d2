#include "sys/module.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/file.h"
#include "sys/mount.h"
#include "sys/uevent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* Each pass finds the children of what the one before brought up. */
#define PASSES_MAX 16

/* One page, as every attribute. */
#define MODALIAS_MAX 4096

/* The next name but those that begin with a dot. */
static const char *next_name(DIR *stream)
{
	const struct dirent *at;

	do {
		at = readdir(stream);
	} while (at && at->d_name[0] == '.');
	return at ? at->d_name : NULL;
}

static DIR *open_folder(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (!stream && fd >= 0)
		close(fd);
	return stream;
}

/* The devices of one bus: links to wherever they are in the tree. */
static void load_for_bus(struct module_tree *tree, int buses, const char *bus,
			 struct module_result *result)
{
	char path[NAME_MAX + 16], modalias[MODALIAS_MAX + 1];
	const char *name;
	DIR *devices;

	snprintf(path, sizeof(path), "%s/devices", bus);
	devices = open_folder(buses, path);
	while (devices && (name = next_name(devices))) {
		snprintf(path, sizeof(path), "%s/modalias", name);
		if (file_read_line(dirfd(devices), path, modalias,
				   sizeof(modalias)))
			module_load_alias(tree, modalias, result);
	}
	if (devices)
		closedir(devices);
}

void module_coldplug(struct module_tree *tree, const char *sysfs,
		     struct module_result *result)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus", sysfs);
	for (unsigned pass = 0; pass < PASSES_MAX; pass++) {
		unsigned before = result->loaded;
		DIR *buses = open_folder(AT_FDCWD, path);
		const char *bus;

		if (!buses) {
			log_warn("unable to look for devices in %s: %s", path,
				 strerror(errno));
			return;
		}
		while ((bus = next_name(buses)))
			load_for_bus(tree, dirfd(buses), bus, result);
		closedir(buses);
		if (result->loaded == before)
			return;
	}
}

void module_need(const char *alias)
{
	struct module_result result = { 0 };
	struct module_tree *tree = NULL;
	struct utsname system;

	uname(&system); /* cannot fail with a valid buffer */
	if (module_tree_open("", system.release, &tree, NULL) != OK)
		return;
	module_load_alias(tree, alias, &result);
	module_tree_close(tree);
}

/* Tells whoever waits that what was there at the start has its driver. */
static void mark_done(int ready_fd)
{
	int fd;

	file_make_folders("/run/keelboot");
	fd = open(MODULE_DONE_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		log_warn("unable to make %s: %s", MODULE_DONE_FILE,
			 strerror(errno));
	else
		close(fd);
	if (ready_fd >= 0 && write(ready_fd, "", 1) != 1)
		log_debug("nobody waits for the modules");
}

static void take_event(struct module_tree *tree, const struct uevent *event,
		       struct module_result *result)
{
	if (event->modalias && strcmp(event->action, "remove") != 0)
		module_load_alias(tree, event->modalias, result);
}

/* Serves events until the socket fails; *err says how. */
static void serve(struct module_tree *tree, int events, struct error *err)
{
	struct pollfd ready = { .fd = events, .events = POLLIN };
	struct module_result result = { 0 };
	char buf[UEVENT_MAX];
	struct uevent event;
	enum status s;

	for (;;) {
		if (poll(&ready, 1, -1) < 0 && errno != EINTR) {
			fail_sys(err, E_UEVENT_SOCKET, errno,
				 "unable to wait for device events");
			return;
		}
		s = uevent_receive(events, buf, &event, err);
		if (s == OK)
			take_event(tree, &event, &result);
		else if (s == E_UEVENT_LOST)
			module_coldplug(tree, "/sys", &result);
		else if (s != E_UEVENT_NONE)
			return;
	}
}

/* Everything up to the point from which only events bring work. */
static void catch_up(struct module_tree *tree)
{
	struct module_result result = { 0 };
	struct error why;

	if (module_load_list(tree, MODULE_LIST_FILE, &result, &why) != OK)
		log_warn("%s", why.text);
	module_coldplug(tree, "/sys", &result);
	log_info("modules: %u loaded, %u not", result.loaded, result.failed);
}

/* After the disks' drivers: mounting efivarfs reads every variable from the
 * firmware, which takes its time, and efivarfs can be a module itself. */
static void finish(int ready_fd)
{
	mount_optional_filesystems();
	mark_done(ready_fd);
}

int module_worker(int ready_fd)
{
	struct module_tree *tree = NULL;
	_close_ int events = -1;
	struct utsname system;
	struct error err;
	enum status s;

	uname(&system); /* cannot fail with a valid buffer */
	s = module_tree_open("", system.release, &tree, &err);
	if (s != OK) {
		log_line(s == E_MODULE_NONE ? LOG_DEBUG : LOG_ERROR, "%s",
			 err.text);
		finish(ready_fd);
		return s == E_MODULE_NONE ? 0 : 1;
	}
	/* Before the walk, so that nothing falls in between. */
	s = uevent_open(&events, &err);
	catch_up(tree);
	finish(ready_fd);
	if (s == OK)
		serve(tree, events, &err);
	log_error("modules: %s", err.text);
	module_tree_close(tree);
	return 1;
}
