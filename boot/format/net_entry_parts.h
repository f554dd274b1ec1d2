/*
 * Entries whose files come from the network: what net_entry.c and
 * net_entry_values.c share.
 */
#ifndef KEELBOOT_FORMAT_NET_ENTRY_PARTS_H
#define KEELBOOT_FORMAT_NET_ENTRY_PARTS_H

#include "format/net_entry.h"

struct net_entry_parser {
	struct net_entry *entry;
	struct net_file *last; /* that sha256 is of, or NULL */
	struct net_file file;  /* the one that is being read */
	bool may_have_secrets;
	uint32_t seen; /* bits of net_entry_find_key() */
};

struct net_entry_key {
	const char *name;
	enum status (*take)(struct net_entry_parser *p,
			    const struct net_entry_key *key, struct span value,
			    struct error *err);
	size_t at; /* what it is about: in struct net_entry, or a role */
	bool repeats, is_secret;
};

/* NULL if it is not known. *ret is a bit of its own for each key. */
const struct net_entry_key *net_entry_find_key(struct span name, uint32_t *ret);

/* Of NET_ANY and NET_LINUX. */
bool net_role_is_kernel(enum net_role role);

/* Puts a text into the pool. Errors: E_NET_ENTRY_LENGTH. */
enum status net_entry_put_text(struct net_entry *e, struct span text,
			       uint32_t *ret, struct error *err);

/* A kernel goes to the front. *ret is where the file is now. Errors:
 * E_NET_ENTRY_MANY. */
enum status net_entry_put_file(struct net_entry *e, const struct net_file *file,
			       struct net_file **ret, struct error *err);

#endif
