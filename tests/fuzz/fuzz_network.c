/* Fuzz target: rtnetlink's dumps of interfaces. What is taken stays in its
 * limits, also when it is taken twice, and can be told. */
#include "machine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct network *n)
{
	if (n->count > NETWORK_LINKS_MAX)
		abort();
	for (uint32_t i = 0; i < n->count; i++) {
		const struct network_link *link = &n->links[i];

		if (!link->index || !link->name[0] ||
		    strnlen(link->name, sizeof(link->name)) ==
			    sizeof(link->name) ||
		    link->mac_len > NETWORK_MAC_MAX ||
		    link->address_count > NETWORK_ADDRESSES_MAX)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine;
	static char page[MACHINE_NETWORK_TEXT_MAX];
	static struct network n;
	struct text t = text_over(page, sizeof(page));
	struct error err;
	bool done = false;

	memset(&n, 0, sizeof(n));
	(void)!network_parse(span_of(data, size), &n, &done, &err);
	check(&n);
	(void)!network_parse(span_of(data, size), &n, &done, &err);
	check(&n);
	machine_take_network(&machine, &n);
	machine_network_text(&machine, &t);
	if (t.cut)
		abort();
	return 0;
}
