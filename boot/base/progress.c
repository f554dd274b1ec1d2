#include "base/progress.h"

#include <stddef.h>

static struct {
	progress_fn *fn;
	void *ctx;
} listener;

void progress_to(progress_fn *fn, void *ctx)
{
	listener.fn = fn;
	listener.ctx = ctx;
}

void progress_step(const char *what, uint64_t done, uint64_t total)
{
	if (listener.fn)
		listener.fn(listener.ctx, what, done, total);
}

int progress_wait_ms(const char *what, int left_ms)
{
	progress_step(what, 0, 0);
	return left_ms < PROGRESS_STEP_MS ? left_ms : PROGRESS_STEP_MS;
}
