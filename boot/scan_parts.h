/*
 * What starts probes. Used by scan*.c alone.
 */
#ifndef KEELBOOT_SCAN_PARTS_H
#define KEELBOOT_SCAN_PARTS_H

#include "scan.h"

/* Starts a probe, with the scan's rules in its task. Errors: E_PROBE_START
 * (SCAN_PROBES_MAX are there), those of msg_pair() and proc_spawn(). */
enum status scan_start_probe(struct scan *scan, struct probe_task *task,
			     struct error *err);

#endif
