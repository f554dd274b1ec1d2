/*
 * Directories in the place of disks, for hosts.
 */
#include "scan_parts.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A disk whose partitions are directories below root: first to last in their
 * order; root itself if name is NULL. */
static void start_directories(struct scan *scan, const char *root,
			      const char *name,
			      const struct volume_entry *first, size_t count)
{
	struct probe_task *task = calloc(1, sizeof(*task));
	struct error err = { .code = OK };

	if (!task) {
		log_error("no memory for a probe of %s", root);
		return;
	}
	memcpy(task->name, display_of_text(name ? name : "root").text,
	       sizeof(task->name) - 1);
	if (!name)
		snprintf(task->directories[task->directory_count++],
			 PLACES_PATH_MAX, "%s", root);
	for (size_t i = 0; i < count; i++)
		if (first[i].type == VOLUME_FOLDER &&
		    task->directory_count < PLACES_MAX)
			snprintf(task->directories[task->directory_count++],
				 PLACES_PATH_MAX, "%s/%s", root, first[i].name);
	if (scan_start_probe(scan, task, &err) != OK)
		log_error("%s: %s", task->name, err.text);
	free(task);
}

/* "sda.1" is of the disk sda: how long that part of the name is, or all of it
 * where there is no number behind a dot. */
static size_t disk_len(const char *name)
{
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || !dot[1] ||
	    dot[1 + strspn(dot + 1, "0123456789")])
		return strlen(name);
	return (size_t)(dot - name);
}

static bool is_same_disk(const char *a, const char *b)
{
	size_t len = disk_len(a);

	return a[len] && b[len] && len == disk_len(b) && !strncmp(a, b, len);
}

/* Folders of one disk stand side by side, as the names are sorted. */
static void start_all_directories(struct scan *scan, const char *root,
				  const struct volume_list *list)
{
	size_t first = 0, next;

	for (; first < list->count; first = next) {
		const struct volume_entry *at = &list->entries[first];
		char name[VOLUME_NAME_MAX + 1];

		next = first + 1;
		if (at->type != VOLUME_FOLDER)
			continue;
		while (next < list->count &&
		       is_same_disk(at->name, list->entries[next].name))
			next++;
		snprintf(name, sizeof(name), "%.*s",
			 next > first + 1 ? (int)disk_len(at->name)
					  : VOLUME_NAME_MAX,
			 at->name);
		start_directories(scan, root, name, at, next - first);
	}
}

static bool is_partition(const struct volume_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->entries[i].type == VOLUME_FOLDER &&
		    (!strcasecmp(list->entries[i].name, "EFI") ||
		     !strcasecmp(list->entries[i].name, "loader")))
			return true;
	return false;
}

enum status scan_begin_root(struct scan *scan, const char *root,
			    struct error *err)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume volume = VOLUME_NONE;
	enum status s = volume_open_dir(root, &volume, err);

	if (s == OK)
		s = volume_list(&volume, "", &list, err);
	if (s != OK)
		return s;
	if (root != scan->root &&
	    !text_copy(scan->root, sizeof(scan->root), root))
		return fail(err, E_PROBE_START,
			    "the path of the root has %zu bytes, the most is "
			    "%zu",
			    strlen(root), sizeof(scan->root) - 1);
	if (is_partition(&list)) {
		start_directories(scan, root, NULL, NULL, 0);
		return OK;
	}
	start_all_directories(scan, root, &list);
	return OK;
}
