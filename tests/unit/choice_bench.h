/* What the tests of choice.c share: sources and entries to choose from. */
#ifndef KEELBOOT_TESTS_UNIT_CHOICE_BENCH_H
#define KEELBOOT_TESTS_UNIT_CHOICE_BENCH_H

#include "choice.h"

#include "test.h"

#include <stdio.h>

#define ENTRIES_MAX 12
#define TEXTS_MAX   4

struct bench {
	struct config config;
	struct loader_vars vars;
	struct choices in;
	struct boot_entry *entries[ENTRIES_MAX];
	struct scan_text *texts[TEXTS_MAX];
	struct choice choice;
};

static inline int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	config_defaults(&b->config);
	b->in = (struct choices){ .config = &b->config,
				  .vars = &b->vars,
				  .texts = b->texts,
				  .entries = b->entries };
	*state = b;
	return 0;
}

static inline int tear_down(void **state)
{
	struct bench *b = *state;

	for (uint32_t i = 0; i < b->in.entry_count; i++)
		free(b->entries[i]);
	for (uint32_t i = 0; i < b->in.text_count; i++)
		free(b->texts[i]);
	free(b);
	return 0;
}

static inline struct boot_entry *add(struct bench *b, const char *id)
{
	struct boot_entry *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	assert_true(b->in.entry_count < ENTRIES_MAX);
	e->leads = true;
	e->copies = 1;
	e->id = e->line = b->in.entry_count + 1;
	e->found.kind = FOUND_UKI;
	e->found.is_automatic = true;
	snprintf(e->found.id, sizeof(e->found.id), "%s", id);
	snprintf(e->found.path, sizeof(e->found.path), "/EFI/Linux/%s", id);
	snprintf(e->place.name, sizeof(e->place.name), "vda1");
	b->entries[b->in.entry_count++] = e;
	return e;
}

static inline struct scan_text *add_volume(struct bench *b, const char *name)
{
	struct scan_text *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_true(b->in.text_count < TEXTS_MAX);
	snprintf(t->place.name, sizeof(t->place.name), "%s", name);
	t->place.may_write = true;
	b->texts[b->in.text_count++] = t;
	return t;
}

static inline const char *chosen(struct bench *b)
{
	choice_make(&b->in, &b->choice);
	assert_true(!b->choice.entry == !b->choice.why[0]);
	return b->choice.entry ? b->choice.entry->found.id : "";
}

#define assert_chosen(b, id) assert_string_equal(chosen(b), id)

static inline void set(char *to, size_t cap, const char *value)
{
	assert_true(text_copy(to, cap, value));
}

#define SET(field, value) set(field, sizeof(field), value)

/* Every source, first ones first, each with an entry of its own. */
enum {
	EFI_ONE_SHOT,
	STORE_ONE_SHOT,
	EFI_SYS_FAIL,
	STORE_SYS_FAIL,
	CMDLINE_PREFERRED,
	CMDLINE_DEFAULT,
	EFI_PREFERRED,
	STORE_PREFERRED,
	CONF_PREFERRED,
	IMAGE_PREFERRED,
	EFI_DEFAULT,
	STORE_DEFAULT,
	CONF_DEFAULT,
	IMAGE_DEFAULT,
	NOBODY,
	SOURCES
};

static inline char *slot_of(struct bench *b, unsigned source)
{
	struct scan_text *t = b->texts[0];

	switch (source) {
	case EFI_ONE_SHOT:
		return b->vars.values[LOADER_ONE_SHOT];
	case STORE_ONE_SHOT:
		return t->store.oneshot;
	case EFI_SYS_FAIL:
		return b->vars.values[LOADER_SYS_FAIL];
	case STORE_SYS_FAIL:
		return t->store.sysfail;
	case CMDLINE_PREFERRED:
		return b->config.cmdline.preferred;
	case CMDLINE_DEFAULT:
		return b->config.cmdline.default_entry;
	case EFI_PREFERRED:
		return b->vars.values[LOADER_PREFERRED];
	case STORE_PREFERRED:
		return t->store.preferred;
	case CONF_PREFERRED:
		return t->conf.preferred;
	case IMAGE_PREFERRED:
		return b->config.builtin.preferred;
	case EFI_DEFAULT:
		return b->vars.values[LOADER_DEFAULT];
	case STORE_DEFAULT:
		return t->store.default_entry;
	case CONF_DEFAULT:
		return t->conf.default_entry;
	default:
		return b->config.builtin.default_entry;
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
