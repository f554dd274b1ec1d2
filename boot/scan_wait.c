/* Who of the processes that look at disks is waited for, and how long. */
#include "scan.h"

#include "sys/proc.h"

/* How soon it is seen that those of the last look have ended. */
#define AGAIN_MS 100

static bool is_holding(const struct scan_probe *p, uint64_t now)
{
	return p->state == PROBE_LOOKING &&
	       now < p->started_ms + SCAN_PATIENCE_MS;
}

int scan_wait_ms(const struct scan *scan)
{
	uint64_t now = now_ms();
	uint64_t first = scan->is_again_due ? now + AGAIN_MS : UINT64_MAX;

	for (size_t i = 0; i < SCAN_PROBES_MAX; i++) {
		const struct scan_probe *p = &scan->probes[i];
		uint64_t next = p->deadline_ms;

		if (p->state != PROBE_LOOKING)
			continue;
		if (is_holding(p, now) &&
		    next > p->started_ms + SCAN_PATIENCE_MS)
			next = p->started_ms + SCAN_PATIENCE_MS;
		if (next < first)
			first = next;
	}
	return first == UINT64_MAX ? -1 : deadline_left_ms(first);
}

unsigned scan_holding(const struct scan *scan, uint64_t now)
{
	unsigned count = 0;

	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		count += is_holding(&scan->probes[i], now);
	return count;
}

unsigned scan_pending(const struct scan *scan)
{
	unsigned count = 0;

	for (size_t i = 0; i < SCAN_PROBES_MAX; i++)
		count += scan->probes[i].state == PROBE_LOOKING;
	return count;
}

void scan_settle(struct scan *scan)
{
	struct pollfd fds[SCAN_FDS_MAX];

	while (scan_pending(scan)) {
		size_t count = scan_poll_fds(scan, fds);

		poll(fds, count, scan_wait_ms(scan));
		scan_handle(scan, now_ms());
	}
}
