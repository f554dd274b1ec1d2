/* Following what was fetched and is no image, network menus, and the search for
 * a PXELINUX file; the contract is in net_menu.h. */
#include "net_menu_parts.h"

#include "base/own.h"
#include "format/entry_name.h"
#include "format/glob.h"
#include "format/ipxe.h"
#include "format/pxelinux.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- what is kept ----------------------------------------------------------
 */

static void menu_drop(struct menu_work *w)
{
	while (w->count)
		menu_forget(w);
}

#define _menu_drop_ __attribute__((cleanup(menu_drop)))

enum status menu_keep(struct menu_work *w, const char *id,
		      struct menu_kept **ret, struct error *err)
{
	struct menu_kept *kept;
	struct text t;

	if (w->count == NET_MENU_ENTRIES_MAX)
		return fail(err, E_NET_MENU_MANY,
			    "there are more than %d entries",
			    NET_MENU_ENTRIES_MAX);
	kept = malloc(sizeof(*kept));
	if (!kept)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	net_entry_begin(&kept->entry);
	t = text_over(kept->id, sizeof(kept->id));
	text_add_safe(&t, span_of_text(id));
	w->kept[w->count++] = kept;
	*ret = kept;
	return OK;
}

void menu_forget(struct menu_work *w)
{
	free(w->kept[--w->count]);
}

void menu_note(struct menu_work *w, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	if (w->note_count == MENU_NOTES_MAX)
		w->ops->note(w->ops->ctx, "there is more to note");
	if (w->note_count++ >= MENU_NOTES_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	w->ops->note(w->ops->ctx, text);
}

void menu_refuse(struct menu_work *w, const struct error *why)
{
	if (w->why.code == OK)
		w->why = *why;
	menu_note(w, "%s", why->text);
}

void menu_id_of_url(const char *url, char ret[static MENU_ID_MAX])
{
	size_t len = strcspn(url, "?"), from = len;

	while (from && url[from - 1] != '/')
		from--;
	if (!entry_id_make(span_of(url + from, len - from), span_of("", 0), ret,
			   MENU_ID_MAX) ||
	    !ret[0])
		snprintf(ret, MENU_ID_MAX, "network");
}

enum status menu_add_file(struct net_entry *entry, enum net_role role,
			  const struct url *url, struct error *err)
{
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));

	url_add_text(&t, url);
	return net_entry_add_file(entry, role, text, err);
}

void menu_set_options(struct net_entry *entry, const char *options)
{
	entry->is_literal = true;
	entry->has_options = options[0];
	snprintf(entry->options, sizeof(entry->options), "%s", options);
}

/* Tells the entries of a text that was followed, with s. */
static enum status finish(struct menu_work *w, enum status s,
			  enum net_menu_outcome outcome, uint32_t is_default,
			  struct error *err)
{
	if (s != OK && s != E_NET_MENU_DEFAULT)
		return s;
	for (uint32_t i = 0; i < w->count; i++)
		w->ops->add(w->ops->ctx, &w->kept[i]->entry, w->kept[i]->id,
			    i == is_default);
	if (s != OK || w->count || outcome != NET_MENU_ENTRIES)
		return s;
	if (w->why.code == OK)
		return fail(err, E_NET_MENU_EMPTY, "%s has no entry", w->from);
	if (err)
		*err = w->why;
	return fail_in(err, w->why.code, "%s has nothing to boot", w->from);
}

/* --- network menus -----------------------------------------------------------
 */

struct menu_text {
	struct menu_work *w;
	const struct url *url;
	struct span wanted;   /* pattern of the default */
	struct display title; /* "" without one */
	bool has_title;
	uint32_t entry_count; /* lines; each is a fetch */
};

static enum status fetch_entry(struct menu_work *w, const struct url *url,
			       struct error *err)
{
	char text[URL_TEXT_MAX], id[MENU_ID_MAX];
	struct text t = text_over(text, sizeof(text));
	enum net_content content;
	const char *what;
	struct span bytes;
	enum status s;

	url_add_text(&t, url);
	s = w->ops->fetch(w->ops->ctx, text, NET_MENU_TEXT_MAX, &bytes, err);
	if (s != OK)
		return s;
	content = net_content_of(bytes, &what);
	if (content == NET_IS_MENU)
		return fail(err, E_NET_MENU_DEPTH,
			    "%s is a network menu, inside of another one",
			    text);
	if (content != NET_IS_ENTRY)
		return fail(err, E_NET_MENU_KIND,
			    "%s is %s, and no entry of a menu", text, what);
	menu_id_of_url(text, id);
	s = menu_read_entry(w, bytes, url, id, err);
	return s == OK ? OK : fail_in(err, s, "%s", text);
}

static enum status take_entry(struct menu_text *m, struct span value,
			      struct error *err)
{
	struct url url;
	enum status s;

	if (m->entry_count++ >= NET_MENU_ENTRIES_MAX)
		return fail(err, E_NET_MENU_MANY,
			    "there are more than %d entries",
			    NET_MENU_ENTRIES_MAX);
	s = url_resolve(m->url, value, &url, err);
	return s == OK ? fetch_entry(m->w, &url, err)
		       : fail_in(err, s, "its URL");
}

static enum status take_line(struct menu_text *m, struct span key,
			     struct span value, struct error *err)
{
	if (!value.len)
		return fail(err, E_NET_MENU_LINE, "\"%s\" has no value",
			    display_of(key).text);
	if (span_equal_text(key, "entry"))
		return take_entry(m, value, err);
	if (span_equal_text(key, "default") && !m->wanted.len) {
		m->wanted = value;
		return OK;
	}
	if (span_equal_text(key, "title") && !m->has_title) {
		m->title = display_of(value);
		m->has_title = true;
		return OK;
	}
	if (span_equal_text(key, "default") || span_equal_text(key, "title"))
		return fail(err, E_NET_MENU_LINE, "%s stands twice",
			    display_of(key).text);
	return fail(err, E_NET_MENU_LINE, "a menu has no key \"%s\"",
		    display_of(key).text);
}

/* As of keelboot.conf: ids first, then titles. */
static uint32_t find_default(const struct menu_work *w, struct span pattern)
{
	uint64_t left = 1000000;

	for (uint32_t i = 0; i < 2 * w->count; i++) {
		const struct menu_kept *k = w->kept[i % w->count];
		const char *name = i < w->count ? k->id : k->entry.title.text;

		if (glob_match_within(pattern, span_of_text(name), GLOB_FOLD,
				      &left))
			return i % w->count;
	}
	return MENU_NO_ENTRY;
}

static enum status follow_menu(struct menu_work *w, struct span text,
			       const struct url *url, uint32_t *ret_default,
			       struct error *err)
{
	struct menu_text m = { .w = w, .url = url };
	struct span key, value;
	uint32_t line = 0;
	struct error why;
	enum status s;

	text = span_without_mark(text);
	while (net_entry_next_line(&text, &line, &key, &value)) {
		s = take_line(&m, key, value, &why);
		if (s == OK)
			continue;
		fail_in(&why, s, "%s:%u", w->from, line);
		if (s == E_NET_MENU_LINE)
			menu_note(w, "%s", why.text);
		else
			menu_refuse(w, &why);
	}
	for (uint32_t i = 0; i < w->count; i++)
		w->kept[i]->entry.menu = m.title;
	if (!m.wanted.len || !w->count)
		return OK;
	*ret_default = find_default(w, m.wanted);
	if (*ret_default != MENU_NO_ENTRY)
		return OK;
	return fail(err, E_NET_MENU_DEFAULT,
		    "%s: its default \"%s\" is none of the entries that can be "
		    "booted",
		    w->from, display_of(m.wanted).text);
}

/* --- all of them -------------------------------------------------------------
 */

static enum status follow_content(struct menu_work *w, struct span text,
				  const struct url *url,
				  enum net_menu_outcome *ret,
				  uint32_t *ret_default, struct error *err)
{
	char id[MENU_ID_MAX];
	const char *what;

	switch (net_content_of(text, &what)) {
	case NET_IS_IPXE:
		return menu_follow_ipxe(w, text, url, ret, err);
	case NET_IS_PXELINUX:
		return menu_follow_pxelinux(w, text, url, NULL, ret,
					    ret_default, err);
	case NET_IS_MENU:
		return follow_menu(w, text, url, ret_default, err);
	case NET_IS_ENTRY:
		menu_id_of_url(w->from, id);
		return menu_read_entry(w, text, url, id, err);
	case NET_IS_IMAGE:
	case NET_IS_UNKNOWN:
	default:
		return fail(err, E_NET_MENU_KIND,
			    "%s is %s, and nothing that leads to entries",
			    w->from, what);
	}
}

enum status net_menu_follow(struct span text, const char *url,
			    const struct net_menu_machine *machine,
			    const struct net_menu_ops *ops,
			    enum net_menu_outcome *ret, struct error *err)
{
	_menu_drop_ struct menu_work w = { .machine = machine,
					   .ops = ops,
					   .from = url };
	uint32_t is_default = MENU_NO_ENTRY;
	struct url parsed;
	enum status s = url_parse(span_of_text(url), &parsed, err);

	if (s != OK)
		return s;
	if (text.len > NET_MENU_TEXT_MAX)
		return fail(err, E_NET_MENU_LENGTH,
			    "%s has %zu bytes, a text has at most %u", url,
			    text.len, NET_MENU_TEXT_MAX);
	*ret = NET_MENU_ENTRIES;
	s = follow_content(&w, text, &parsed, ret, &is_default, err);
	return finish(&w, s, *ret, is_default, err);
}

/* --- the search for a PXELINUX file -----------------------------------------
 */

static bool is_missing(enum status s)
{
	return s == E_FETCH_STATUS || s == E_NET_TFTP_MISSING;
}

static enum status follow_found(struct menu_work *w, struct span text,
				const struct url *prefix, const char *name,
				enum net_menu_outcome *ret, struct error *err)
{
	uint32_t is_default = MENU_NO_ENTRY;
	const char *what;
	enum status s;

	if (net_content_of(text, &what) != NET_IS_PXELINUX)
		return net_menu_follow(text, w->from, w->machine, w->ops, ret,
				       err);
	*ret = NET_MENU_ENTRIES;
	s = menu_follow_pxelinux(w, text, prefix, name, ret, &is_default, err);
	return finish(w, s, *ret, is_default, err);
}

enum status net_menu_search(const char *prefix,
			    const struct net_menu_machine *machine,
			    const struct net_menu_ops *ops,
			    enum net_menu_outcome *ret, struct error *err)
{
	struct pxelinux_client client = menu_pxelinux_client(machine);
	_menu_drop_ struct menu_work w = { .machine = machine, .ops = ops };
	char name[PXELINUX_NAME_MAX], url[URL_TEXT_MAX];
	struct url below, found;
	struct span text;
	struct error why;
	enum status s = url_parse(span_of_text(prefix), &below, err);

	for (unsigned i = 0; s == OK && i < PXELINUX_NAME_COUNT; i++) {
		struct text t = text_over(url, sizeof(url));

		if (!pxelinux_config_name(&client, i, name))
			continue;
		s = pxelinux_resolve(&below, name, &found, err);
		if (s != OK)
			return s;
		url_add_text(&t, &found);
		w.from = url;
		s = ops->fetch(ops->ctx, url, NET_MENU_TEXT_MAX, &text, &why);
		if (s == OK)
			return follow_found(&w, text, &below, name, ret, err);
		menu_note(&w, "%s", why.text);
		if (!is_missing(s) && err)
			*err = why;
		if (is_missing(s))
			s = OK;
	}
	if (s != OK)
		return s;
	return fail(err, E_NET_MENU_NOT_FOUND,
		    "there is no PXELINUX file below %s", prefix);
}
