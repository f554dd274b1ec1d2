/*
 * Menus, of which only names matter: nobody sees them.
 */
#include "format/ipxe_state.h"

#include <string.h>

enum { ITEM_MENU, ITEM_FORM, ITEM_KEY, ITEM_DEFAULT, ITEM_SECRET, ITEM_GAP };
enum {
	CHOOSE_MENU,
	CHOOSE_DEFAULT,
	CHOOSE_TIMEOUT,
	CHOOSE_RETIMEOUT,
	CHOOSE_KEEP
};
enum { MENU_NAME };

static bool add_text(struct ipxe_items *all, const char *text, uint32_t *ret)
{
	size_t len = strlen(text) + 1;

	if (len > sizeof(all->pool) - all->used)
		return false;
	*ret = all->used;
	memcpy(all->pool + all->used, text, len);
	all->used += (uint32_t)len;
	return true;
}

/* Forgets a menu's items; the texts of the last ones make room. */
static void drop(struct ipxe_items *all, const char *menu)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < all->count; i++)
		if (strcmp(all->pool + all->list[i].menu, menu) != 0)
			all->list[kept++] = all->list[i];
	all->count = kept;
	if (!kept)
		all->used = 0;
}

static const char *menu_of(const char *name)
{
	return name ? name : "";
}

enum ipxe_flow ipxe_menu(struct ipxe_state *x, const struct ipxe_call *c)
{
	drop(&x->items, menu_of(c->options[MENU_NAME]));
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_item(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct ipxe_items *all = &x->items;
	const char *menu = menu_of(c->options[ITEM_MENU]);
	uint32_t i = all->count;

	if (c->options[ITEM_FORM])
		menu = c->options[ITEM_FORM];
	if (c->options[ITEM_GAP] || !c->count)
		return IPXE_NEXT;
	if (i == IPXE_ITEMS_MAX || !add_text(all, menu, &all->list[i].menu) ||
	    !add_text(all, ipxe_argument(x, c, 0), &all->list[i].name))
		return ipxe_halt(x, E_IPXE_ITEMS,
				 "there are more items of menus than %d, or of "
				 "more than %d bytes",
				 IPXE_ITEMS_MAX, IPXE_ITEM_POOL);
	all->list[i].is_default = c->options[ITEM_DEFAULT] != NULL;
	all->count++;
	return IPXE_NEXT;
}

/* What iPXE would have under its bar when the menu comes up: the item that is
 * asked for, else the first one. */
static const char *find_choice(const struct ipxe_items *all, const char *menu,
			       const char *wanted, bool *ret_is_default)
{
	const char *found = NULL;

	*ret_is_default = false;
	for (uint32_t i = 0; i < all->count; i++) {
		const char *name = all->pool + all->list[i].name;
		bool is_default = wanted ? !strcmp(name, wanted)
					 : all->list[i].is_default;

		if (strcmp(all->pool + all->list[i].menu, menu) != 0)
			continue;
		if (!found || is_default)
			found = name;
		*ret_is_default |= is_default;
	}
	return found;
}

enum ipxe_flow ipxe_choose(struct ipxe_state *x, const struct ipxe_call *c)
{
	const char *menu = menu_of(c->options[CHOOSE_MENU]);
	const char *timeout = c->options[CHOOSE_TIMEOUT];
	uint32_t wait = 0;
	enum ipxe_flow flow;
	const char *choice;
	bool is_default;

	if (timeout && !ipxe_parse_number(timeout, &wait))
		return ipxe_fail(x, E_IPXE_VALUE,
				 "choose: the timeout \"%s\" is no number",
				 display_of_text(timeout).text);
	choice = find_choice(&x->items, menu, c->options[CHOOSE_DEFAULT],
			     &is_default);
	if (!choice)
		flow = ipxe_fail(x, E_IPXE_CHOICE,
				 "choose: the menu has no items");
	else if (!is_default && !wait) /* whatever stands first may erase */
		flow = ipxe_fail(x, E_IPXE_CHOICE,
				 "choose: nobody is there to choose, and the "
				 "menu has neither a default nor a timeout");
	else
		flow = ipxe_set(x, ipxe_argument(x, c, 0), choice);
	if (!c->options[CHOOSE_KEEP])
		drop(&x->items, menu);
	return flow;
}
