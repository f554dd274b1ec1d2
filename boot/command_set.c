/*
 * keelboot set-default, set-oneshot: choices for the next boot, into keelboot's
 * store on the ESP.
 */
#include "command_bless.h"

#include "base/log.h"
#include "base/text.h"
#include "sys/writable.h"
#include "writing.h"

#include <stdio.h>
#include <string.h>

/* The ESP of the entry that runs, else the usual one. */
static enum status find_esp(const struct command_line *cl,
			    char ret[static ESP_TARGET_MAX], struct error *err)
{
	struct handover entry = { .counter = false };
	enum status s;

	if (cl->esp || bless_read_entry(cl, &entry, NULL) != OK)
		return bless_find_esp(cl, "", ret, err);
	s = bless_find_esp(cl, entry.partition, ret, err);
	return s == E_ESP_NOT_MOUNTED ? bless_find_esp(cl, "", ret, err) : s;
}

/* Every other value of the store stays. */
static enum status change(const char *esp, size_t field, const char *value,
			  struct error *err)
{
	_close_volume_ struct volume volume = VOLUME_NONE;
	struct write_place place = { .may_write = true, .volume = &volume };
	enum write_way way;
	unsigned long flags = 0;
	struct store store;
	enum status s = volume_open_dir(esp, &volume, err);

	if (s != OK)
		return s;
	s = writing_load_store(&volume, &store, err);
	if (s == E_WRITE_NO_STORE && !*value)
		return OK;
	if (s != OK && s != E_WRITE_NO_STORE)
		log_warn("the store was not valid and is made anew: %s",
			 err->text);
	if (!text_copy((char *)&store + field, STORE_VALUE_MAX + 1, value))
		return fail(err, E_STORE_VALUE,
			    "an id of %zu bytes is given, the most is %d",
			    strlen(value), STORE_VALUE_MAX);
	writable_begin_synchronous(esp, &flags);
	s = writing_store(&place, &store, &way, err);
	writable_end_synchronous(esp, flags);
	return s;
}

static int run(int argc, char **argv, size_t field)
{
	char esp[ESP_TARGET_MAX];
	struct command_line cl;
	struct error err;

	if (!command_parse(argc, argv,
			   OPTION_ESP | OPTION_CLEAR | OPTION_MAY_ARGUMENT,
			   &cl))
		return 2;
	if (!cl.argument == !cl.clear) {
		fprintf(stderr,
			"keelboot: %s: an id or --clear is wanted, and not "
			"both\n",
			argv[0]);
		return 2;
	}
	if (find_esp(&cl, esp, &err) != OK ||
	    change(esp, field, cl.clear ? "" : cl.argument, &err) != OK)
		return command_fail(&err);
	return 0;
}

int command_set_default(int argc, char **argv)
{
	return run(argc, argv, offsetof(struct store, default_entry));
}

int command_set_oneshot(int argc, char **argv)
{
	return run(argc, argv, offsetof(struct store, oneshot));
}
