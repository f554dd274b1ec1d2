/* Fuzz target: what routers advertise, as the kernel passes it on. What is
 * taken stays in its limits. */
#include "fuzz.h"
#include "sys/link_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = OK };
	struct link_servers servers;
	enum status s = link_parse_servers(span_of(data, size), &servers, &err);

	if (s == OK)
		fuzz_must(servers.count <= LINK_SERVERS_MAX);
	else
		fuzz_check_error(s, &err);
	return 0;
}
