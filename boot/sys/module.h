/*
 * Kernel modules out of the image: /lib/modules/RELEASE with the modules.dep
 * and modules.alias that depmod(8) writes, and plain .ko files.
 *
 * finit_module(2) may wait for a device that never answers, so modules are
 * loaded by a process of their own, module_worker(), which then serves the
 * MODALIAS of every uevent.
 */
#ifndef KEELBOOT_SYS_MODULE_H
#define KEELBOOT_SYS_MODULE_H

#include "base/error.h"

#include <stddef.h>

/* Exists once everything that was there at the start has its driver. */
#define MODULE_DONE_FILE "/run/keelboot/coldplug-done"

/* Names of modules to load first, one a line, '#' starts a comment. */
#define MODULE_LIST_FILE "/etc/keelboot/modules-load"

struct module_tree;

/* What a load came to. */
struct module_result {
	unsigned loaded; /* modules that were not there before */
	unsigned failed; /* each has a line in the log */
};

/*
 * Reads the tables under root/lib/modules/release ("" is the running system's
 * root). The caller closes *ret. Errors: E_MODULE_NONE (no such directory or no
 * modules.dep in it: this kernel has no modules here), E_MODULE_READ,
 * E_MODULE_TABLE (a line without ':', a table beyond its limit), E_NO_MEMORY.
 */
enum status module_tree_open(const char *root, const char *release,
			     struct module_tree **ret, struct error *err);
void module_tree_close(struct module_tree *tree);

/*
 * Loads a module after those it depends on; '-' and '_' are the same in names.
 * A module that is loaded or was tried before is not tried again. Errors:
 * E_MODULE_UNKNOWN (not in modules.dep), E_MODULE_COMPRESSED (not a plain .ko),
 * E_MODULE_LOOP (it depends on itself), E_MODULE_LOAD (errno; ENODEV where
 * there is no such hardware). Counts are added to *result.
 */
enum status module_load_name(struct module_tree *tree, const char *name,
			     struct module_result *result, struct error *err);

/* Loads every module whose alias matches; none is no failure. */
void module_load_alias(struct module_tree *tree, const char *modalias,
		       struct module_result *result);

/* Loads every module of a list file (one name a line). A file that is not there
 * is an empty list. Errors: E_MODULE_READ. */
enum status module_load_list(struct module_tree *tree, const char *path,
			     struct module_result *result, struct error *err);

/* Loads for the modalias of every device in sysfs/bus (a tenth of the folders
 * of sysfs/devices), again and again until nothing new loads: a bus that comes
 * up has devices of its own. */
void module_coldplug(struct module_tree *tree, const char *sysfs,
		     struct module_result *result);

/* Loads what the kernel would ask modprobe(8) for, if it is in the image: an
 * alias like "fs-ext4". Nobody answers the kernel itself. */
void module_need(const char *alias);

/*
 * The whole life of the worker: loads the list, coldplugs, mounts efivarfs and
 * securityfs (which may wait for the firmware), makes MODULE_DONE_FILE, writes
 * one byte to ready_fd (-1: to nobody), then serves uevents for ever. Returns
 * what is for exit(3): 0 on a kernel without modules, 1 when it cannot go on.
 *
 * That drivers are loaded does not mean that they have found their devices:
 * they look for them on their own, and a disk may come at any time after.
 */
int module_worker(int ready_fd);

#endif
