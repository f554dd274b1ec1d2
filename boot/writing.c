#include "writing.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "sys/writable.h"
#include "writing_parts.h"

#include <errno.h>
#include <string.h>

/* What no other way would mend. Everything else means that nothing was
 * written. */
static bool is_final(enum status s)
{
	return s == OK || s == E_WRITE_IO || s == E_WRITE_READ_BACK ||
	       s == E_STORE_VALUE;
}

static enum status check_place(const struct write_place *place,
			       struct error *err)
{
	if (!place->may_write)
		return fail(err, E_WRITE_FORBIDDEN,
			    "%s is one that is never written",
			    place->node ? place->node : "the volume");
	return OK;
}

static enum status check_name(const char *name, struct error *err)
{
	size_t len = strlen(name);

	if (!len || len > VOLUME_NAME_MAX || strpbrk(name, "/\\") ||
	    !strcmp(name, ".") || !strcmp(name, ".."))
		return fail(err, E_WRITE_NAME,
			    "\"%s\" (%zu bytes) is not the name of a file",
			    display_of_text(name).text, len);
	return OK;
}

/* --- counters ----------------------------------------------------------------
 */

static enum status begin_mount(const struct write_place *place,
			       struct error *err)
{
	return place->mount ? writable_remount(place->node, place->mount, err)
			    : OK;
}

/* s is what came of the step; a failure to end it counts if it went well. */
static enum status end_mount(const struct write_place *place, enum status s,
			     struct error *err)
{
	enum status t = OK;

	if (place->mount)
		t = writable_settle(place->node, place->mount,
				    s == OK ? err : NULL);
	return s == OK ? t : s;
}

enum status writing_count(const struct write_place *place, const char *path,
			  const char *new_name, enum write_way *ret_way,
			  struct error *err)
{
	enum write_way way = WRITE_THROUGH_MOUNT;
	enum status s = check_place(place, err);
	struct error reason;

	if (s == OK)
		s = check_name(new_name, err);
	if (s != OK)
		return s;
	if (place->node) {
		s = writing_count_in_place(place->node, path, new_name, &way,
					   &reason);
		if (is_final(s)) {
			if (s == OK)
				*ret_way = way;
			else if (err)
				*err = reason;
			return s;
		}
		log_debug("%s: %s", path, reason.text);
	}
	s = begin_mount(place, err);
	if (s != OK)
		return s;
	s = writable_rename(place->volume->dir, path, new_name, err);
	s = end_mount(place, s, err);
	if (s == OK)
		*ret_way = WRITE_THROUGH_MOUNT;
	return s;
}

/* --- the store ---------------------------------------------------------------
 */

enum status writing_next_slot(struct span file, const struct store *store,
			      uint8_t ret[static STORE_SLOT_SIZE],
			      uint32_t *ret_start, struct error *err)
{
	struct store next = *store, now;
	enum status s = store_parse(file, &now, NULL);

	next.sequence = store_next_sequence(now.sequence);
	*ret_start = s == OK && now.slot == 0 ? STORE_SLOT_SIZE : 0;
	return store_encode(&next, ret, err);
}

/* Through the file system: one slot of a store, or a new one. */
static enum status put_store(const struct write_place *place,
			     const struct store *store, struct error *err)
{
	uint8_t bytes[STORE_SIZE] = { 0 }, slot[STORE_SLOT_SIZE];
	int root = place->volume->dir;
	bool is_there = writable_get(root, STORE_PATH, bytes, sizeof(bytes));
	uint32_t start = 0;
	enum status s = writing_next_slot(span_of(bytes, sizeof(bytes)), store,
					  slot, &start, err);

	if (s != OK)
		return s;
	if (is_there)
		return writable_patch(root, STORE_PATH, start,
				      span_of(slot, sizeof(slot)), err);
	memset(bytes, 0, sizeof(bytes));
	memcpy(bytes, slot, sizeof(slot));
	return writable_put(root, STORE_PATH, span_of(bytes, sizeof(bytes)),
			    err);
}

enum status writing_store(const struct write_place *place,
			  const struct store *store, enum write_way *ret_way,
			  struct error *err)
{
	enum status s = check_place(place, err);
	struct error reason;

	if (s != OK)
		return s;
	if (place->node) {
		s = writing_store_in_place(place->node, store, &reason);
		if (is_final(s)) {
			if (s == OK)
				*ret_way = WRITE_IN_PLACE;
			else if (err)
				*err = reason;
			writable_forget(place->volume->dir, STORE_PATH);
			return s;
		}
		log_debug(STORE_PATH ": %s", reason.text);
	}
	s = begin_mount(place, err);
	if (s != OK)
		return s;
	s = put_store(place, store, err);
	s = end_mount(place, s, err);
	if (s == OK)
		*ret_way = WRITE_THROUGH_MOUNT;
	return s;
}

/* --- files that an operator asks for ----------------------------------------
 */

bool writing_name_is_free(const struct volume *volume, const char *name)
{
	_close_ int fd = -1;
	uint64_t size = 0;

	return volume_open(volume, name, &fd, &size, NULL) ==
	       E_VOLUME_NOT_FOUND;
}

enum status writing_new_file(const struct write_place *place, const char *name,
			     struct span bytes, struct error *err)
{
	enum status s = check_place(place, err);

	if (s == OK)
		s = check_name(name, err);
	if (s == OK && !writing_name_is_free(place->volume, name))
		s = fail(err, E_WRITE_EXISTS, "%s is there already", name);
	if (s == OK)
		s = begin_mount(place, err);
	if (s != OK)
		return s;
	s = writable_put(place->volume->dir, name, bytes, err);
	return end_mount(place, s, err);
}

enum status writing_load_store(const struct volume *volume, struct store *ret,
			       struct error *err)
{
	uint8_t bytes[STORE_SIZE + 1];
	_close_ int fd = -1;
	uint64_t size = 0;
	ssize_t got;
	enum status s = volume_open(volume, STORE_PATH, &fd, &size, err);

	*ret = (struct store){ .sequence = 0 };
	if (s == E_VOLUME_NOT_FOUND)
		return fail(err, E_WRITE_NO_STORE, "there is no " STORE_PATH);
	if (s != OK)
		return s;
	got = read(fd, bytes, sizeof(bytes));
	if (got < 0)
		return fail_sys(err, E_WRITE_IO, errno,
				"unable to read " STORE_PATH);
	return store_parse(span_of(bytes, (size_t)got), ret, err);
}
