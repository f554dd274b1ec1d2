/*
 * What starts probes, and what numbers the list. Used by scan*.c alone.
 */
#ifndef KEELBOOT_SCAN_PARTS_H
#define KEELBOOT_SCAN_PARTS_H

#include "scan.h"

/* Starts a probe, with the scan's rules in its task. Errors: E_PROBE_START
 * (SCAN_PROBES_MAX are there), those of msg_pair() and proc_spawn(). */
enum status scan_start_probe(struct scan *scan, struct probe_task *task,
			     struct error *err);

/* FNV-1a, for the numbers and tables of the list. It begins with the scan's
 * seed: nobody who writes a disk can choose names that come to the same. */
uint32_t scan_hash_begin(const struct scan *scan);
uint32_t scan_hash(uint32_t hash, const void *bytes, size_t len);

#endif
