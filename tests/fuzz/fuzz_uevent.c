/* Fuzz target: device events. What is accepted must point into the message and
 * end inside it. */
#include "sys/uevent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, size_t size, const char *value)
{
	const char *begin = (const char *)data;

	if (!value)
		return;
	if (value < begin || value >= begin + size ||
	    value + strlen(value) >= begin + size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct uevent event;
	struct error err;

	if (uevent_parse(span_of(data, size), &event, &err) != OK)
		return 0;
	if (!event.action || !event.devpath)
		abort();
	check(data, size, event.action);
	check(data, size, event.devpath);
	check(data, size, event.subsystem);
	check(data, size, event.devtype);
	check(data, size, event.devname);
	check(data, size, event.modalias);
	return 0;
}
