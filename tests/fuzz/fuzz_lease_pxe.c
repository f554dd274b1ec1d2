/* Fuzz target: option 43 of PXE. What is taken lies in the option, and who is
 * to be asked has an address that fits the way. */
#include "format/lease_pxe.h"
#include "fuzz.h"

static void check_inside(struct span all, struct span part)
{
	fuzz_must(!part.len || (part.ptr >= all.ptr &&
				part.ptr + part.len <= all.ptr + all.len));
}

static void check(struct span option, const struct lease_pxe *pxe)
{
	struct lease_pxe_server server;

	check_inside(option, pxe->servers);
	check_inside(option, pxe->menu);
	if (!lease_pxe_find_server(pxe, &server))
		return;
	check_inside(option, server.name);
	switch (server.way) {
	case LEASE_PXE_UNICAST:
		fuzz_must(server.address[0] && server.address[0] != 127 &&
			  server.address[0] < 224);
		break;
	case LEASE_PXE_MULTICAST:
		fuzz_must(!pxe->no_multicast && server.address[0] >= 224 &&
			  server.address[0] < 240);
		break;
	case LEASE_PXE_BROADCAST:
		fuzz_must(!pxe->no_broadcast && !server.address[0]);
		break;
	default:
		fuzz_must(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = OK };
	struct span option = span_of(data, size);
	struct lease_pxe pxe;
	enum status s = lease_pxe_parse(option, &pxe, &err);

	if (s == OK)
		check(option, &pxe);
	else
		fuzz_check_error(s, &err);
	return 0;
}
