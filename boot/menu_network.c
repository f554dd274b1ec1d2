/*
 * Texts that network entries turn out to be: verified, followed to entries, and
 * those offered; and what becomes of keys while the network is waited for.
 */
#include "menu_parts.h"

#include "base/log.h"
#include "base/own.h"
#include "init.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNATURE_END ".p7s"
#define TEXTS_MAX     64 /* of one entry, menus and scripts together */

struct following {
	struct menu *menu;
	struct net *net;
	uint32_t number; /* of the entry whose text it is */
	const struct net_slot *slot;
	uint64_t deadline_ms;
	bool is_search; /* a name that is not there is the next one's turn */
	struct error stopped; /* E_NET_STOPPED once somebody wants it */
	uint32_t text_count;
	struct verified_image *texts[TEXTS_MAX];
	uint32_t added;
	uint32_t first_id, default_id; /* in the list, 0 for none */
	bool is_default_lost;	       /* it could not be added */
	struct net_request wish;
	struct net_facts facts;
};

/* --- verified texts ----------------------------------------------------------
 */

/* The signature lies beside the text: a query says which text, not where. */
static enum status name_signature(const char *url,
				  char ret[static URL_TEXT_MAX],
				  struct error *err)
{
	size_t path = strcspn(url, "?");

	if ((size_t)snprintf(ret, URL_TEXT_MAX, "%.*s%s%s", (int)path, url,
			     SIGNATURE_END, url + path) < URL_TEXT_MAX)
		return OK;
	return fail(err, E_URL_LENGTH,
		    "%s has %zu bytes, with %s there would be more than %d",
		    url, strlen(url), SIGNATURE_END, URL_TEXT_MAX - 1);
}

static enum status read_url(struct following *f, const char *url, size_t max,
			    struct raw_image *ret, struct error *err)
{
	f->wish = (struct net_request){
		.max_size = max,
		.retry = f->is_search	  ? 0
			 : f->slot->entry ? f->slot->entry->retry
					  : NET_RETRY,
		.url_count = 1,
	};
	(void)!text_copy(f->wish.urls[0], URL_TEXT_MAX, url);
	f->wish.entry = net_secrets_for(f->net, f->number, &f->wish);
	return net_read(f->net, &f->wish, f->deadline_ms, NULL, ret, &f->facts,
			err);
}

/* Consumes raw. */
static enum status verify_text(struct following *f, const char *url,
			       struct raw_image *raw,
			       struct verified_image **ret, struct error *err)
{
	const struct verify_context *verify = &f->menu->authority.verify;
	struct raw_image signature = { .blob = BLOB_NONE };
	struct error missing = { .code = OK };
	char name[URL_TEXT_MAX];
	enum status s;

	if (verify->mode == VERIFY_OFF)
		return verify_signed_text(raw, NULL, &missing, verify, ret,
					  err);
	s = name_signature(url, name, &missing);
	if (s == OK)
		s = read_url(f, name, PKCS7_SIZE_MAX, &signature, &missing);
	if (s == E_NET_STOPPED) {
		raw_image_drop(raw);
		*err = missing;
		return s;
	}
	if (s != OK) { /* the text itself is there */
		fail_in(&missing, s, "no signature at %s", name);
		missing.code = E_VERIFY_UNCOVERED;
	}
	s = verify_signed_text(raw, s == OK ? &signature : NULL, &missing,
			       verify, ret, err);
	if (s == OK && verified_warning(*ret)[0])
		log_warn("NOT VERIFIED, but verify = warn: %s",
			 verified_warning(*ret));
	return s;
}

static void tell_text(const struct following *f, const char *url,
		      const struct verified_image *text)
{
	char line[URL_TEXT_MAX + DISPLAY_MAX + 32];
	const char *signer = verified_signer(text);

	snprintf(line, sizeof(line), "%s is %s%s", url,
		 signer[0] ? "signed by " : "NOT VERIFIED", signer);
	net_note_text(f->net, line);
}

static enum status keep_text(struct following *f, const char *url,
			     struct raw_image *raw, struct span *ret,
			     struct error *err)
{
	enum status s;

	if (f->text_count == TEXTS_MAX) {
		raw_image_drop(raw);
		return fail(err, E_NET_MENU_DEPTH,
			    "%s would be text %d of %s, the most is %d", url,
			    TEXTS_MAX + 1, f->slot->id, TEXTS_MAX);
	}
	s = verify_text(f, url, raw, &f->texts[f->text_count], err);
	if (s != OK)
		return s;
	tell_text(f, url, f->texts[f->text_count]);
	*ret = verified_bytes(f->texts[f->text_count++]).in;
	return OK;
}

/* --- what a text asks for ----------------------------------------------------
 */

static enum status fetch(void *ctx, const char *url, size_t max,
			 struct span *ret, struct error *err)
{
	struct raw_image raw = { .blob = BLOB_NONE };
	struct following *f = ctx;
	struct error why = f->stopped;
	enum status s = why.code;

	if (s == OK)
		s = read_url(f, url, max, &raw, &why);
	if (s == OK)
		s = keep_text(f, url, &raw, ret, &why);
	if (s == E_NET_STOPPED) /* what has the next URL's turn ends too */
		f->stopped = why;
	if (err)
		*err = why;
	return s;
}

static void add(void *ctx, const struct net_entry *entry, const char *id,
		bool is_default)
{
	struct following *f = ctx;
	struct net_entry *copy = malloc(sizeof(*copy));
	uint32_t number, in_list;
	struct error err;

	if (!copy) {
		f->is_default_lost |= is_default;
		return;
	}
	*copy = *entry;
	if (net_add_child(f->net, copy, id, f->number, &number, &err) != OK) {
		log_warn("%s", err.text);
		free(copy);
		f->is_default_lost |= is_default;
		return;
	}
	in_list = scan_add_network(&f->menu->scan, number, false);
	if (!in_list) {
		f->is_default_lost |= is_default;
		return;
	}
	f->added++;
	if (!f->first_id)
		f->first_id = in_list;
	if (is_default)
		f->default_id = in_list;
}

static void note(void *ctx, const char *text)
{
	const struct following *f = ctx;

	log_warn("%s: %s", f->slot->id, text);
}

static void forget(void *ctx, uint32_t number)
{
	scan_remove_network(ctx, number);
}

static struct net_menu_machine machine_of(const struct net *net)
{
	struct net_menu_machine m = {
		.state = &net->state,
		.has_uuid = net->machine.has_uuid,
		.serial = net->machine.serial,
		.product = net->machine.product,
		.manufacturer = net->machine.manufacturer,
		.asset = net->machine.asset,
	};

	memcpy(m.uuid, net->machine.uuid, sizeof(m.uuid));
	return m;
}

/* --- following ---------------------------------------------------------------
 */

/* A URL becomes an entry like any other: what is there tells itself. */
static enum status add_url(struct following *f, const char *url,
			   struct error *err)
{
	_free_ struct net_entry *e = malloc(sizeof(*e));
	enum status s;

	if (!e)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	net_entry_begin(e);
	e->title = display_of_text(url);
	s = net_entry_add_file(e, NET_ANY, url, err);
	if (s == OK)
		add(f, e, "dhcp-file", true);
	return s;
}

static enum status follow_dhcp(struct following *f,
			       const struct net_menu_machine *machine,
			       const struct net_menu_ops *ops,
			       enum net_menu_outcome *ret, struct error *err)
{
	char url[URL_TEXT_MAX];
	bool is_search = false;
	enum status s = net_menu_of_dhcp(&f->net->state, url, &is_search, err);

	if (s != OK)
		return s;
	log_info("DHCP tells to boot %s", url);
	f->is_search = is_search;
	if (is_search)
		return net_menu_search(url, machine, ops, ret, err);
	*ret = NET_MENU_ENTRIES;
	return add_url(f, url, err);
}

static enum status follow_text(struct following *f,
			       const struct net_menu_machine *machine,
			       const struct net_menu_ops *ops,
			       enum net_menu_outcome *ret, struct error *err)
{
	struct raw_image raw = f->net->text;
	char url[URL_TEXT_MAX];
	struct span text;
	enum status s;

	f->net->text.blob = BLOB_NONE;
	memcpy(url, f->net->text_url, sizeof(url));
	s = keep_text(f, url, &raw, &text, err);
	return s == OK ? net_menu_follow(text, url, machine, ops, ret, err) : s;
}

/* The entry that is meant, or why there is none. Who has chosen by hand decides
 * by hand whether the machine goes down, and may need a password for it. */
static enum status choose(struct following *f, enum net_menu_outcome outcome,
			  uint32_t *ret_id, struct error *err)
{
	struct menu *menu = f->menu;

	*ret_id = f->default_id ? f->default_id : f->first_id;
	switch (outcome) {
	case NET_MENU_ENTRIES:
		if (f->added > 1 && !menu->is_by_itself)
			return fail(err, E_NET_MENU_SHOWN,
				    "%u entries of %s are in the list now",
				    f->added, f->slot->id);
		if (*ret_id && !f->is_default_lost)
			return OK;
		return fail(err, E_NET_SLOTS, "%s: no room for its %s",
			    f->slot->id,
			    f->is_default_lost ? "default" : "entries");
	case NET_MENU_REBOOTS:
		if (menu->is_by_itself)
			menu->clock.end_status = INIT_EXIT_REBOOT;
		return fail(err, E_NET_MENU_END, "%s says to reboot",
			    f->slot->id);
	case NET_MENU_POWERS_OFF:
		if (menu->is_by_itself)
			menu->clock.end_status = INIT_EXIT_POWER_OFF;
		return fail(err, E_NET_MENU_END, "%s says to power off",
			    f->slot->id);
	case NET_MENU_EXITS:
	case NET_MENU_DISK:
		break;
	}
	return fail(err, E_NET_MENU_EXIT, "%s says to go on without it",
		    f->slot->id);
}

static enum status follow(struct following *f, uint32_t *ret_id,
			  struct error *err)
{
	const struct net_menu_machine machine = machine_of(f->net);
	const struct net_menu_ops ops = {
		.ctx = f, .fetch = fetch, .add = add, .note = note
	};
	enum net_menu_outcome outcome = NET_MENU_EXITS;
	enum status s;

	net_forget_children(f->net, f->number, forget, &f->menu->scan);
	s = f->slot->entry ? follow_text(f, &machine, &ops, &outcome, err)
			   : follow_dhcp(f, &machine, &ops, &outcome, err);
	for (uint32_t i = 0; i < f->text_count; i++)
		verified_image_drop(&f->texts[i]);
	if (f->stopped.code == E_NET_STOPPED) {
		net_forget_children(f->net, f->number, forget, &f->menu->scan);
		*err = f->stopped;
		return E_NET_STOPPED;
	}
	if (s != OK)
		return s;
	scan_fold(&f->menu->scan);
	return choose(f, outcome, ret_id, err);
}

/* The others are no failures of the entry. */
static enum status name_entry(const struct display *title, enum status s,
			      struct error *err)
{
	return s == OK || s == E_NET_STOPPED || s == E_NET_MENU_SHOWN ||
			       s == E_NET_MENU_END || s == E_NET_MENU_EXIT
		       ? s
		       : fail_in(err, s, "unable to boot \"%s\"", title->text);
}

enum status menu_follow_text(struct menu *menu, uint32_t id, uint32_t *ret_id,
			     struct error *err)
{
	_free_ struct following *f = calloc(1, sizeof(*f));
	const struct boot_entry *entry = scan_find(&menu->scan, id);
	struct display title;

	if (!f)
		return fail(err, E_NO_MEMORY, "no memory for a text");
	if (!entry || !scan_network_slot(&menu->scan, entry, &f->number))
		return fail(err, E_IMAGE_GONE, "the entry is gone");
	title = entry->found.title;
	f->menu = menu;
	f->net = &menu->net;
	f->slot = &menu->net.slots[f->number];
	f->deadline_ms = net_deadline_of(f->net, f->number);
	return name_entry(&title, follow(f, ret_id, err), err);
}

/* --- keys --------------------------------------------------------------------
 */

static bool is_called(void *ctx)
{
	struct menu *menu = ctx;

	return menu->is_starting &&
	       menu_manner(menu, now_ms()) != UI_DISABLED &&
	       terminals_are_called(&menu->terminals, !menu->is_by_itself,
				    now_ms());
}

/* The list has no room for it; its page of the network does. */
static void say(void *ctx, const char *line)
{
	struct menu *menu = ctx;

	if (menu->is_starting)
		terminals_say(&menu->terminals, line);
}

/* --- beginning ---------------------------------------------------------------
 */

void menu_network_init(struct menu *menu)
{
	menu->net.is_stopped = is_called;
	menu->net.say = say;
	menu->net.stop_ctx = menu;
	menu->scan.net = &menu->net;
}

/* entry may be NULL, as in net_add(). What came with the image comes first. */
static void add_configured(struct menu *menu, struct net_entry *entry,
			   const char *id)
{
	struct net *net = &menu->net;
	struct error err;
	uint32_t number;
	enum status s = net->was_begun
				? net_add_child(net, entry, id, NET_NO_PARENT,
						&number, &err)
				: net_add(net, entry, id, &number, &err);

	if (s == OK) {
		scan_add_network(&menu->scan, number, true);
		return;
	}
	log_error("%s", err.text);
	free(entry);
}

/* What `uki-url` of the configuration says, as an entry. */
static void add_uki_url(struct menu *menu)
{
	char line[sizeof("uki-url ") + CONFIG_UKI_URL_MAX];
	struct net_entry *entry = malloc(sizeof(*entry));
	struct error err;

	snprintf(line, sizeof(line), "uki-url %s", menu->config.uki_url);
	if (entry && net_entry_parse(span_of_text(line), false, NULL, NULL,
				     entry, &err) == OK) {
		entry->title = display_of_text(menu->config.uki_url);
		entry->timeout_s = menu->config.network.timeout_s;
		add_configured(menu, entry, NET_UKI_URL_ID);
		return;
	}
	log_error("uki-url: %s", entry ? err.text : "no memory for an entry");
	free(entry);
}

static void remove_own(struct menu *menu, const char *id)
{
	struct net *net = &menu->net;

	for (uint32_t i = 0; i < NET_SLOTS_MAX; i++)
		if (net->slots[i].is_used &&
		    net->slots[i].parent == NET_NO_PARENT &&
		    !strcmp(net->slots[i].id, id))
			net_remove(net, i, forget, &menu->scan);
}

/* What is the same stays, with what is known of it. */
void menu_network_change(struct menu *menu, const struct config *config)
{
	const struct config *old = &menu->config;
	bool has_other_url =
		strcmp(old->uki_url, config->uki_url) != 0 ||
		old->network.timeout_s != config->network.timeout_s;
	bool has_other_dhcp =
		old->network.boot_from_dhcp != config->network.boot_from_dhcp;

	if (has_other_url)
		remove_own(menu, NET_UKI_URL_ID);
	if (has_other_dhcp)
		remove_own(menu, NET_DHCP_ID);
	menu->config = *config;
	if (has_other_url && menu->config.uki_url[0])
		add_uki_url(menu);
	if (has_other_dhcp && menu->config.network.boot_from_dhcp)
		add_configured(menu, NULL, NET_DHCP_ID);
	scan_fold(&menu->scan);
}

/* A directory that stands for a machine has no network. */
void menu_network_begin(struct menu *menu)
{
	struct error err = { .code = OK };

	if (menu->root)
		return;
	net_read_machine(&menu->net, "");
	if (menu->config.uki_url[0])
		add_uki_url(menu);
	if (menu->config.network.boot_from_dhcp)
		add_configured(menu, NULL, NET_DHCP_ID);
	if (net_begin(&menu->net, &menu->config.network,
		      &menu->authority.keyring, &err) != OK)
		log_error("the network cannot be used: %s", err.text);
}
