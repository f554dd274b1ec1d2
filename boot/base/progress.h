/*
 * How far long work is: reading, verifying, unpacking, loading. Whoever does it
 * says so at least every MiB, and there is one listener, who shows it and keeps
 * the machine's watchdog quiet.
 *
 * The listener is global, like the log's sink. It draws, so steps are told on
 * the main thread alone; what is done on another is told by the one that waits
 * for it.
 */
#ifndef KEELBOOT_BASE_PROGRESS_H
#define KEELBOOT_BASE_PROGRESS_H

#include <stdint.h>

/* How often a step is told at least, in bytes, and in ms by who waits. */
#define PROGRESS_STEP	 (1U << 20)
#define PROGRESS_STEP_MS 100

/* what: "reading /EFI/Linux/debian.efi", of unknown origin, valid during the
 * call. done and total are bytes, done at most total; total 0: not known. */
typedef void progress_fn(void *ctx, const char *what, uint64_t done,
			 uint64_t total);

/* Who is told from now on; NULL for nobody. */
void progress_to(progress_fn *fn, void *ctx);

/* Costs a call; the listener decides what is worth showing. */
void progress_step(const char *what, uint64_t done, uint64_t total);

/* For work whose end is waited for: tells a step of unknown length, and returns
 * how many of left_ms may pass before the next one is due. */
int progress_wait_ms(const char *what, int left_ms);

#endif
