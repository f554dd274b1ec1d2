/*
 * What the files of net_menu.h share: the entries that were met, which are told
 * when the whole text is known.
 */
#ifndef KEELBOOT_NET_MENU_PARTS_H
#define KEELBOOT_NET_MENU_PARTS_H

#include "net_menu.h"

#define MENU_ID_MAX    256
#define MENU_NO_ENTRY  UINT32_MAX
#define MENU_NOTES_MAX 64 /* of lines of one text */

struct menu_kept {
	struct net_entry entry;
	char id[MENU_ID_MAX];
};

/* One call of net_menu.h. */
struct menu_work {
	const struct net_menu_machine *machine;
	const struct net_menu_ops *ops;
	const char *from; /* the URL of the text that is followed */
	uint32_t count, note_count;
	struct menu_kept *kept[NET_MENU_ENTRIES_MAX];
	struct error why; /* of the first that was refused, else OK */
};

/* --- net_menu.c --- */

/* A new entry, the last, to be filled in. Errors: E_NET_MENU_MANY,
 * E_NO_MEMORY. */
MUST_USE enum status menu_keep(struct menu_work *w, const char *id,
			       struct menu_kept **ret, struct error *err);

/* Forgets the last one. */
void menu_forget(struct menu_work *w);

/* Notes why something cannot be booted; the first reason is kept. */
void menu_refuse(struct menu_work *w, const struct error *why);

void menu_note(struct menu_work *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "x.conf" of ".../x.conf?y"; never "". */
void menu_id_of_url(const char *url, char ret[static MENU_ID_MAX]);

/* Adds a file that is a struct url. Errors: net_entry_add_file(). */
MUST_USE enum status menu_add_file(struct net_entry *entry, enum net_role role,
				   const struct url *url, struct error *err);

/* The command line of a script, which is no template; before any file. */
void menu_set_options(struct net_entry *entry, const char *options);

/* --- one language each: they keep what they find --- */

/* An entry of url. Errors: E_NET_MENU_LENGTH, E_NET_MENU_FILES,
 * E_ENTRY_MACHINE, those of net_entry_parse(). */
MUST_USE enum status menu_read_entry(struct menu_work *w, struct span text,
				     const struct url *url, const char *id,
				     struct error *err);

MUST_USE enum status menu_follow_ipxe(struct menu_work *w, struct span text,
				      const struct url *url,
				      enum net_menu_outcome *ret,
				      struct error *err);

/* name is the one by which it was found below the prefix; without (NULL) prefix
 * is the URL of the text, and either is found from it. *ret_default becomes the
 * number of an entry, if one is named. */
MUST_USE enum status menu_follow_pxelinux(struct menu_work *w, struct span text,
					  const struct url *prefix,
					  const char *name,
					  enum net_menu_outcome *ret,
					  uint32_t *ret_default,
					  struct error *err);

/* Who asks, for format/pxelinux.h. */
struct pxelinux_client menu_pxelinux_client(const struct net_menu_machine *m);

#endif
