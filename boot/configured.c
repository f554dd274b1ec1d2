#include "base/log.h"
#include "base/own.h"
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum status read_text(const struct volume *volume, const char *name,
			     char buf[static BLS_TEXT_MAX], struct span *ret,
			     struct error *err)
{
	_close_ int fd = -1;
	uint64_t size;
	enum status s = volume_open(volume, name, &fd, &size, err);

	if (s != OK)
		return s;
	if (size > BLS_TEXT_MAX)
		return fail(err, E_BLS_TOO_LONG,
			    "it has %llu bytes, the most is %d",
			    (unsigned long long)size, BLS_TEXT_MAX);
	*ret = span_of(buf, (size_t)size);
	return block_read_at(fd, 0, buf, (size_t)size, err);
}

static void leave_out(const char *name, const struct error *why)
{
	log_warn("configured entry %s is left out: %s", name, why->text);
}

/* Its files come from the network. */
static void add_of_network(struct scan *scan, const char *name,
			   struct span text)
{
	struct net_entry *entry = malloc(sizeof(*entry));
	struct error err = { .code = OK };
	uint32_t number = 0;
	enum status s;

	if (!entry) {
		log_error("no memory for %s", name);
		return;
	}
	s = net_entry_parse(text, true, NULL, NULL, entry, &err);
	if (s == OK && !candidate_is_for_us(entry->architecture)) {
		free(entry);
		return;
	}
	if (s == OK)
		s = net_add(scan->net, entry, name, &number, &err);
	if (s != OK) {
		leave_out(name, &err);
		free(entry);
		return;
	}
	scan_add_network(scan, number, true);
}

static void add_of_disk(struct scan *scan, const char *name, struct span text)
{
	struct configured *c = &scan->configured[scan->configured_count];
	struct error err = { .code = OK };

	if (scan->configured_count == SCAN_CONFIGURED_MAX) {
		log_warn("configured entry %s is left out: there are already "
			 "%d",
			 name, SCAN_CONFIGURED_MAX);
		return;
	}
	if (bls_parse(text, NULL, &c->entry, &err) != OK) {
		leave_out(name, &err);
		return;
	}
	if (!bls_is_for(&c->entry, candidate_architecture()))
		return;
	snprintf(c->id, sizeof(c->id), "%s", name);
	scan->configured_count++;
}

static void add_one(struct scan *scan, const struct volume *volume,
		    const char *name, char buf[static BLS_TEXT_MAX])
{
	struct error err = { .code = OK };
	struct span text;

	if (read_text(volume, name, buf, &text, &err) != OK)
		leave_out(name, &err);
	else if (!net_entry_is(text))
		add_of_disk(scan, name, text);
	else if (scan->net) /* no disk has it */
		add_of_network(scan, name, text);
}

void scan_add_configured(struct scan *scan, const char *directory)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	_close_volume_ struct volume volume = VOLUME_NONE;
	char *buf;

	if (volume_open_dir(directory, &volume, NULL) != OK ||
	    volume_list(&volume, "", &list, NULL) != OK)
		return;
	buf = malloc(BLS_TEXT_MAX);
	for (size_t i = 0; buf && i < list.count; i++) {
		const struct volume_entry *e = &list.entries[i];
		size_t len = strlen(e->name);

		if (e->type == VOLUME_FILE && e->is_text && len > 5 &&
		    len < FOUND_ID_MAX && !strcmp(e->name + len - 5, ".conf"))
			add_one(scan, &volume, e->name, buf);
	}
	free(buf);
}
