/* Fuzz target: what DHCP clients say. What is taken stays in its limits, has
 * addresses hosts can have and text that can be shown; what is left out is said
 * in one sentence. */
#include "format/lease.h"
#include "format/lease_pxe.h"
#include "fuzz.h"

static void check_text(const char *text, size_t cap)
{
	fuzz_must(memchr(text, '\0', cap) != NULL);
	for (; *text; text++)
		fuzz_must(*text >= ' ' && *text <= '~');
}

static void check_addresses(const struct lease_addresses *list, uint32_t max)
{
	fuzz_must(list->count <= max);
	for (uint32_t i = 0; i < list->count; i++)
		if (!list->of[i].is_ipv6)
			fuzz_must(list->of[i].bytes[0] &&
				  list->of[i].bytes[0] != 127 &&
				  list->of[i].bytes[0] < 224);
}

static void check_vendor(const struct lease *l)
{
	struct lease_pxe pxe;

	fuzz_must(l->vendor_len <= LEASE_VENDOR_MAX);
	if (!l->vendor_len)
		return;
	fuzz_must(lease_is_of_pxe(l->vendor_class));
	fuzz_must(lease_pxe_parse(span_of(l->vendor, l->vendor_len), &pxe,
				  NULL) == OK);
}

static void check(const struct lease *l)
{
	fuzz_must(l->event >= LEASE_DECONFIG && l->event <= LEASE_INFORMED);
	fuzz_must(l->interface[0] &&
		  memchr(l->interface, '\0', sizeof(l->interface)));
	fuzz_must(l->route_count <= LEASE_ROUTES_MAX);
	for (uint32_t i = 0; i < l->route_count; i++)
		fuzz_must(l->routes[i].prefix <= 32);
	fuzz_must((l->event == LEASE_BOUND || l->event == LEASE_RENEW) ==
		  (l->prefix != 0));
	fuzz_must(l->prefix <= (l->address.is_ipv6 ? 128 : 32));
	fuzz_must(!l->mtu || (l->mtu >= 576 && l->mtu <= 65535));
	check_addresses(&l->dns, LEASE_LIST_MAX);
	check_addresses(&l->ntp, LEASE_LIST_MAX);
	check_addresses(&l->server, 1);
	check_addresses(&l->next_server, 1);
	check_text(l->hostname, LEASE_TEXT_MAX);
	check_text(l->domain, LEASE_TEXT_MAX);
	check_text(l->search, LEASE_TEXT_MAX);
	check_text(l->boot_server, LEASE_TEXT_MAX);
	check_text(l->boot_file, LEASE_URL_MAX);
	check_text(l->root_path, LEASE_TEXT_MAX);
	check_text(l->vendor_class, LEASE_TEXT_MAX);
	check_text(l->config_file, LEASE_TEXT_MAX);
	check_text(l->path_prefix, LEASE_TEXT_MAX);
	check_text(l->message, LEASE_TEXT_MAX);
	check_vendor(l);
	fuzz_must(!l->left_out == (l->why.code == OK));
	if (l->left_out)
		fuzz_check_error(l->why.code, &l->why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { .code = OK };
	struct lease lease;
	enum status s = lease_parse(span_of(data, size), &lease, &err);

	if (s == OK)
		check(&lease);
	else
		fuzz_check_error(s, &err);
	return 0;
}
