/* What PXE puts into DHCP; the contract is in format/lease_pxe.h. */
#include "format/lease_pxe.h"

#include <string.h>

enum {
	CONTROL = 6,
	MULTICAST = 7,
	SERVERS = 8,
	MENU = 9,
	PROMPT = 10,
	CHOSEN = 71,
	END = 255,
};

enum { NO_BROADCAST = 1, NO_MULTICAST = 2 };

#define ADDRESS 4
/* A type that no server has: the machine boots by itself. */
#define OWN_DISK 0

bool lease_is_of_pxe(const char *vendor_class)
{
	static const char name[] = "PXEClient";

	return !strncmp(vendor_class, name, sizeof(name) - 1);
}

/* --- lists ------------------------------------------------------------------
 */

struct item {
	uint16_t type;
	struct span of; /* addresses, or text */
};

/* Cuts the first off a list in which each has a type, a count, and so many
 * units. False at the end, and if it is not whole. */
static bool next_item(struct span *list, size_t unit, struct item *ret)
{
	struct cursor c = cursor_over(*list);

	ret->type = cursor_be16(&c);
	ret->of = cursor_take(&c, cursor_u8(&c) * unit);
	if (!cursor_ok(&c))
		return false;
	*list = cursor_take(&c, cursor_left(&c));
	return true;
}

static bool find_type(struct span list, size_t unit, uint16_t type,
		      struct item *ret)
{
	while (next_item(&list, unit, ret))
		if (ret->type == type && ret->of.len)
			return true;
	return false;
}

/* --- each sub-option --------------------------------------------------------
 */

static enum status check_length(uint8_t code, struct span value, size_t want,
				struct error *err)
{
	if (value.len == want)
		return OK;
	return fail(err, E_LEASE_PXE_LENGTH,
		    "sub-option %u of PXE has %zu bytes, it takes %zu", code,
		    value.len, want);
}

static enum status take_multicast(struct span value, struct lease_pxe *pxe,
				  struct error *err)
{
	enum status s = check_length(MULTICAST, value, ADDRESS, err);

	if (s != OK)
		return s;
	if (value.ptr[0] >> 4 != 0xe)
		return fail(err, E_LEASE_PXE_MULTICAST,
			    "PXE's multicast address is %u.%u.%u.%u, those "
			    "are 224.0.0.0 to 239.255.255.255",
			    value.ptr[0], value.ptr[1], value.ptr[2],
			    value.ptr[3]);
	pxe->has_multicast = true;
	memcpy(pxe->multicast, value.ptr, ADDRESS);
	return OK;
}

static enum status check_addresses(const struct item *server, struct error *err)
{
	for (size_t i = 0; i < server->of.len; i += ADDRESS) {
		const uint8_t *a = server->of.ptr + i;

		if (!a[0] || a[0] == 127 || a[0] >= 224)
			return fail(err, E_LEASE_PXE_ADDRESS,
				    "PXE's boot server of type %u has the "
				    "address %u.%u.%u.%u, which no host can "
				    "have",
				    server->type, a[0], a[1], a[2], a[3]);
	}
	return OK;
}

static enum status take_servers(struct span value, struct lease_pxe *pxe,
				struct error *err)
{
	struct span rest = value;
	struct item server;
	enum status s = OK;

	while (s == OK && next_item(&rest, ADDRESS, &server))
		s = check_addresses(&server, err);
	if (s == OK && rest.len)
		s = fail(err, E_LEASE_PXE_SERVERS,
			 "PXE's list of boot servers, %zu bytes, ends within "
			 "the one at byte %zu",
			 value.len, value.len - rest.len);
	pxe->servers = value;
	return s;
}

static enum status take_menu(struct span value, struct lease_pxe *pxe,
			     struct error *err)
{
	struct span rest = value;
	struct item item;

	while (next_item(&rest, 1, &item))
		;
	pxe->menu = value;
	if (!rest.len)
		return OK;
	return fail(err, E_LEASE_PXE_MENU,
		    "PXE's menu, %zu bytes, ends within the item at byte %zu",
		    value.len, value.len - rest.len);
}

static enum status take(uint8_t code, struct span value, struct lease_pxe *pxe,
			struct error *err)
{
	enum status s;

	switch (code) {
	case CONTROL:
		s = check_length(code, value, 1, err);
		if (s != OK)
			return s;
		pxe->no_broadcast = value.ptr[0] & NO_BROADCAST;
		pxe->no_multicast = value.ptr[0] & NO_MULTICAST;
		return OK;
	case MULTICAST:
		return take_multicast(value, pxe, err);
	case SERVERS:
		return take_servers(value, pxe, err);
	case MENU:
		return take_menu(value, pxe, err);
	case PROMPT:
		return value.len ? OK : check_length(code, value, 1, err);
	case CHOSEN:
		s = check_length(code, value, 4, err);
		if (s != OK)
			return s;
		pxe->has_chosen = true;
		pxe->chosen = (uint16_t)(value.ptr[0] << 8 | value.ptr[1]);
		return OK;
	default:
		return OK;
	}
}

/* --- the option -------------------------------------------------------------
 */

static bool is_looked_at(uint8_t code)
{
	return (code >= CONTROL && code <= PROMPT) || code == CHOSEN;
}

enum status lease_pxe_parse(struct span option, struct lease_pxe *ret,
			    struct error *err)
{
	struct cursor c = cursor_over(option);
	struct lease_pxe pxe = { .chosen = 0 };
	bool seen[END + 1] = { false };

	while (cursor_left(&c)) {
		size_t at = c.at;
		uint8_t code = cursor_u8(&c), len;
		struct span value;
		enum status s;

		if (code == END)
			break;
		if (!code)
			continue;
		len = cursor_u8(&c);
		value = cursor_take(&c, len);
		if (!cursor_ok(&c))
			return fail(err, E_LEASE_PXE_CUT,
				    "sub-option %u of PXE, at byte %zu, takes "
				    "%u bytes, %zu are left",
				    code, at, len + 2U, option.len - at);
		if (is_looked_at(code) && seen[code])
			return fail(err, E_LEASE_PXE_TWICE,
				    "sub-option %u of PXE stands there twice",
				    code);
		seen[code] = true;
		s = take(code, value, &pxe, err);
		if (s != OK)
			return s;
	}
	*ret = pxe;
	return OK;
}

static bool find_type_to_ask(const struct lease_pxe *pxe, uint16_t *ret)
{
	struct span menu = pxe->menu, servers = pxe->servers;
	struct item item;

	*ret = pxe->chosen;
	if (pxe->has_chosen)
		return pxe->chosen != OWN_DISK;
	while (next_item(&menu, 1, &item)) {
		*ret = item.type;
		if (item.type != OWN_DISK)
			return true;
	}
	if (pxe->menu.len || !next_item(&servers, ADDRESS, &item))
		return false;
	*ret = item.type;
	return true;
}

bool lease_pxe_find_server(const struct lease_pxe *pxe,
			   struct lease_pxe_server *ret)
{
	struct item item;

	memset(ret, 0, sizeof(*ret));
	if (!find_type_to_ask(pxe, &ret->type))
		return false;
	if (find_type(pxe->menu, 1, ret->type, &item))
		ret->name = item.of;
	if (find_type(pxe->servers, ADDRESS, ret->type, &item)) {
		ret->way = LEASE_PXE_UNICAST;
		memcpy(ret->address, item.of.ptr, ADDRESS);
	} else if (pxe->has_multicast && !pxe->no_multicast) {
		ret->way = LEASE_PXE_MULTICAST;
		memcpy(ret->address, pxe->multicast, ADDRESS);
	} else if (!pxe->no_broadcast) {
		ret->way = LEASE_PXE_BROADCAST;
	}
	return ret->way != 0;
}
