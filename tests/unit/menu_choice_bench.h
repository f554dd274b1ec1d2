/*
 * A machine that chooses, for test_menu_choice.c and test_menu_choice_set.c:
 * entries without a disk, variables in a folder.
 */
#ifndef KEELBOOT_TESTS_UNIT_MENU_CHOICE_BENCH_H
#define KEELBOOT_TESTS_UNIT_MENU_CHOICE_BENCH_H

#include "menu_choice.h"

#include "base/log.h"
#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <stdio.h>
#include <unistd.h>

#define FILE_OF(name) name "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

struct bench {
	struct config config;
	struct scan scan;
	struct menu_choice c;
	struct probe_message message;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct error err;

	assert_non_null(b);
	config_defaults(&b->config);
	assert_ok(&err, scan_init(&b->scan, 5, &err));
	menu_choice_begin(&b->c, &b->config, false);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	menu_choice_end(&b->c);
	scan_end(&b->scan);
	free(b);
	return 0;
}

static void add(struct bench *b, const char *id)
{
	struct probe_message *m = &b->message;

	memset(m, 0, sizeof(*m));
	m->kind = PROBE_FOUND;
	strcpy(m->place.name, "vda1");
	m->found.kind = FOUND_UKI;
	m->found.is_automatic = true;
	snprintf(m->found.id, sizeof(m->found.id), "%s", id);
	snprintf(m->found.path, sizeof(m->found.path), "/EFI/Linux/%s", id);
	scan_take_message(&b->scan, 0, m,
			  offsetof(struct probe_message, found) +
				  found_size(&m->found));
}

static const char *choose(struct bench *b, struct choice *choice)
{
	const struct choice_wait wait = { .pending = 0 };
	bool final;

	menu_choice_make(&b->c, &b->scan, &wait, choice, &final);
	assert_true(final ==
		    !menu_choice_sources(&b->c, &b->scan).vars_pending);
	return choice->entry ? choice->entry->found.id : "";
}

static inline void start_reading(struct bench *b, const char *efivars)
{
	struct error err;

	b->c.efivars = efivars;
	assert_ok(&err, loader_vars_begin(&b->c.reader, efivars, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
