/*
 * The words about one entry, for menu_list.c.
 */
#ifndef KEELBOOT_MENU_LIST_WORDS_H
#define KEELBOOT_MENU_LIST_WORDS_H

#include "base/text.h"
#include "menu_list.h"

/* What goes with the title: "verified, 2 tries left". */
void menu_list_mark(const struct boot_entry *entry, const struct policy *policy,
		    struct text *mark);

/* The line about the marked one: version, signer, tries left. */
void menu_list_summarize(const struct boot_entry *entry,
			 const struct policy *policy, struct text *ret);

/* All about one, in lines. Goes through the whole list where it has copies. */
void menu_list_describe(const struct scan *scan, const struct boot_entry *entry,
			struct text *about);

/* "revoked", "unknown signer", …: the word for a verdict, NULL for what is not
 * a refusal of verification. */
const char *menu_list_refusal(enum status code);

#endif
