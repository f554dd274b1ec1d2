/*
 * The entries of a scan: their order, their lifetime. Used by scan.c alone; the
 * searches are in scan.h.
 */
#ifndef KEELBOOT_SCAN_LIST_H
#define KEELBOOT_SCAN_LIST_H

#include "scan.h"

/* Checks what a probe found and adds it at its place in the menu. Without room
 * or memory the entry is left out with a line in the log. */
void scan_list_add(struct scan *scan, uint32_t probe,
		   struct probe_message *message, size_t len);

/* The same for one that is known to make sense. Returns its id, or 0. */
uint32_t scan_list_insert(struct scan *scan, uint32_t probe,
			  const struct probe_message *message);

/* Whether anything that a probe found may still be read or written. */
bool scan_list_uses(const struct scan *scan, uint32_t probe);

/* Forgets an entry of scan->net. */
void scan_list_remove_network(struct scan *scan, uint32_t number);

/* Forgets what a probe found. */
void scan_list_remove(struct scan *scan, uint32_t probe);

#endif
