/*
 * A server with files, a machine, and somebody who is told of entries, for the
 * tests of net_menu.h.
 */
#ifndef KEELBOOT_TESTS_UNIT_NET_MENU_RIG_H
#define KEELBOOT_TESTS_UNIT_NET_MENU_RIG_H

#include "test.h"

#include "net_menu.h"

#include <stdio.h>

struct rig_file {
	const char *url, *text;
	enum status s; /* what fetching it says instead */
};

struct rig_entry {
	struct net_entry entry;
	char id[256];
	bool is_default;
};

struct rig {
	struct rig_file files[8];
	const char *every; /* what every other URL has; NULL: nothing */
	unsigned fetch_count, add_count, note_count;
	char fetched[16][URL_TEXT_MAX];
	struct rig_entry added[4]; /* the first of them */
	char notes[80][ERROR_TEXT_MAX];
	struct net_state state;
	struct net_menu_machine machine;
	enum net_menu_outcome outcome;
	struct error err;
};

static inline struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct net_state *s = &r->state;

	assert_non_null(r);
	*s = (struct net_state){ .stage = NET_UP,
				 .interface = "eth0",
				 .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
				 .has_ipv4 = true,
				 .ipv4 = { 192, 0, 2, 91 },
				 .ipv4_prefix = 20,
				 .ipv4_gateway = { 192, 0, 2, 254 } };
	r->machine = (struct net_menu_machine){
		.state = s,
		.has_uuid = true,
		.uuid = { 0xb8, 0x94, 0x5a, 0x1b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
			  10, 11 },
		.serial = "SN42",
		.product = "R640",
		.manufacturer = "Dell Inc.",
	};
	return r;
}

static inline void rig_drop(struct rig **r)
{
	free(*r);
}
#define _drop_rig_ __attribute__((cleanup(rig_drop)))

static const struct rig_file *rig_find(const struct rig *r, const char *url)
{
	for (size_t i = 0; i < test_count(r->files); i++)
		if (r->files[i].url && !strcmp(r->files[i].url, url))
			return &r->files[i];
	return NULL;
}

static enum status rig_fetch(void *ctx, const char *url, size_t max,
			     struct span *ret, struct error *err)
{
	struct rig *r = ctx;
	const struct rig_file *f = rig_find(r, url);

	if (r->fetch_count < test_count(r->fetched))
		snprintf(r->fetched[r->fetch_count], URL_TEXT_MAX, "%s", url);
	r->fetch_count++;
	assert_int_equal(max, NET_MENU_TEXT_MAX);
	if (f && f->s != OK)
		return fail(err, f->s, "%s: as the test has it", url);
	if (!f && !r->every)
		return fail(err, E_FETCH_STATUS, "%s: 404", url);
	*ret = span_of_text(f ? f->text : r->every);
	return OK;
}

static void rig_add(void *ctx, const struct net_entry *entry, const char *id,
		    bool is_default)
{
	struct rig *r = ctx;

	if (r->add_count < test_count(r->added)) {
		r->added[r->add_count].entry = *entry;
		r->added[r->add_count].is_default = is_default;
		snprintf(r->added[r->add_count].id, 256, "%s", id);
	}
	r->add_count++;
}

static void rig_note(void *ctx, const char *text)
{
	struct rig *r = ctx;

	assert_true(text[0]);
	assert_true(r->note_count < test_count(r->notes));
	snprintf(r->notes[r->note_count++], ERROR_TEXT_MAX, "%s", text);
}

static struct net_menu_ops rig_ops(struct rig *r)
{
	return (struct net_menu_ops){ r, rig_fetch, rig_add, rig_note };
}

static inline void rig_clear(struct rig *r)
{
	r->fetch_count = r->add_count = r->note_count = 0;
	r->outcome = 0;
	r->err = (struct error){ .code = OK };
}

static inline enum status rig_follow_bytes(struct rig *r, const char *url,
					   struct span text)
{
	const struct net_menu_ops ops = rig_ops(r);
	_drop_copy_ struct span copy = test_copy(text);

	rig_clear(r);
	return net_menu_follow(copy, url, &r->machine, &ops, &r->outcome,
			       &r->err);
}

static inline enum status rig_follow(struct rig *r, const char *url,
				     const char *text)
{
	print_message("%.200s\n", text);
	return rig_follow_bytes(r, url, span_of_text(text));
}

static inline enum status rig_search(struct rig *r, const char *prefix)
{
	const struct net_menu_ops ops = rig_ops(r);

	rig_clear(r);
	return net_menu_search(prefix, &r->machine, &ops, &r->outcome, &r->err);
}

/* Whether a note has that in it. */
static inline bool rig_noted(const struct rig *r, const char *what)
{
	for (unsigned i = 0; i < r->note_count; i++)
		if (strstr(r->notes[i], what))
			return true;
	return false;
}

#define assert_noted(r, what)                                                  \
	do {                                                                   \
		if (!rig_noted(r, what))                                       \
			fail_msg("no note has \"%s\"", what);                  \
	} while (0)

/* A file of an entry: its role and one URL. */
#define assert_file(e, at, want_role, want_url)                                \
	do {                                                                   \
		assert_true((at) < (e)->file_count);                           \
		assert_int_equal((e)->files[at].role, want_role);              \
		assert_int_equal((e)->files[at].url_count, 1);                 \
		assert_string_equal(net_entry_text(e, (e)->files[at].urls[0]), \
				    want_url);                                 \
	} while (0)

#endif
