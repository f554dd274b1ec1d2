/*
 * In which order entries are listed, and which of them are copies of one.
 */
#ifndef KEELBOOT_SCAN_ORDER_H
#define KEELBOOT_SCAN_ORDER_H

#include "scan.h"

/*
 * Below 0 if a comes first. Offered entries before refused ones; those that
 * attempts have used up last; then configured ones as they are configured, BLS
 * entries of both types as the specification sorts them (entry_order.h), those
 * of grub.cfg and extlinux.conf as they stand there, what has no entry, and
 * keelboot itself. Copies are next to each other, by the names of their
 * volumes.
 */
int scan_order(const struct boot_entry *a, const struct boot_entry *b);

/*
 * Whether they are the same entry: of the same kind, id, size and claimed
 * digest. On one volume the id is enough where one has a counter: a power cut
 * while it was changed can leave a file under its old and its new name.
 */
bool scan_is_copy(const struct boot_entry *a, const struct boot_entry *b);

#endif
