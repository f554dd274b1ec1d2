/* What a DHCP server gives; the contract is in format/lease.h. */
#include "format/lease.h"

#include "format/lease_parts.h"
#include "format/lease_pxe.h"

#include <arpa/inet.h>
#include <string.h>

#define MTU_MIN 576 /* what every host must take: RFC 791, 3.1 */

/* --- what is left out -------------------------------------------------------
 */

/* Where the reason goes: of the first only. */
static struct error *why(struct lease_reader *r)
{
	return r->lease->left_out++ ? NULL : &r->lease->why;
}

static void leave_out(struct lease_reader *r, enum status code,
		      const char *name, struct span value, const char *wanted)
{
	fail(why(r), code, "DHCP: %s \"%s\" is left out: %s", name,
	     display_of(value).text, wanted);
}

/* --- addresses --------------------------------------------------------------
 */

static uint32_t host32(const uint8_t bytes[4])
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t mask_of(unsigned prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

static bool parse_address(struct span text, bool is_ipv6,
			  struct lease_address *ret)
{
	char buf[INET6_ADDRSTRLEN];
	struct text t = text_over(buf, sizeof(buf));

	memset(ret, 0, sizeof(*ret));
	ret->is_ipv6 = is_ipv6;
	text_add_bytes(&t, text);
	return !t.cut && t.len == text.len &&
	       inet_pton(is_ipv6 ? AF_INET6 : AF_INET, buf, ret->bytes) == 1;
}

/* RFC 6890: what no host has for its own or answers at. */
static bool is_host(const struct lease_address *a)
{
	static const struct lease_address none = { { 0 }, true };
	uint8_t first = a->bytes[0];

	if (!a->is_ipv6)
		return first != 0 && first != 127 && first < 224;
	if (memcmp(a->bytes, none.bytes, 15) == 0)
		return a->bytes[15] > 1;
	return first != 0xff;
}

static enum status take_address6(struct lease_reader *r, struct span value)
{
	struct lease *l = r->lease;

	if (!parse_address(value, true, &l->address) || !is_host(&l->address) ||
	    (l->address.bytes[0] == 0xfe &&
	     l->address.bytes[1] < 0xc0)) /* only here */
		return fail(r->err, E_LEASE_ADDRESS,
			    "DHCP gives %s the address \"%s\", which no host "
			    "can have",
			    l->interface, display_of(value).text);
	l->prefix = 128;
	return OK;
}

static enum status take_mask(struct lease_reader *r)
{
	struct lease *l = r->lease;
	struct lease_address mask;
	uint8_t first = l->address.bytes[0];
	struct span value;
	unsigned prefix = 0;

	if (!lease_find(r, "subnet", &value)) {
		l->prefix = first < 128 ? 8 : first < 192 ? 16 : 24;
		return OK;
	}
	if (parse_address(value, false, &mask))
		prefix = (unsigned)__builtin_popcount(host32(mask.bytes));
	if (!prefix || host32(mask.bytes) != mask_of(prefix))
		return fail(r->err, E_LEASE_MASK,
			    "DHCP gives %s the network mask \"%s\", which is "
			    "not ones and then zeros",
			    l->interface, display_of(value).text);
	l->prefix = (uint8_t)prefix;
	return OK;
}

static enum status take_address4(struct lease_reader *r, struct span value)
{
	struct lease *l = r->lease;
	uint32_t host, mask;
	enum status s;

	if (!parse_address(value, false, &l->address) || !is_host(&l->address))
		return fail(r->err, E_LEASE_ADDRESS,
			    "DHCP gives %s the address \"%s\", which no host "
			    "can have",
			    l->interface, display_of(value).text);
	s = take_mask(r);
	if (s != OK || l->prefix >= 31) /* RFC 3021 */
		return s;
	mask = mask_of(l->prefix);
	host = host32(l->address.bytes) & ~mask;
	if (!host || host == ~mask)
		return fail(r->err, E_LEASE_ADDRESS,
			    "DHCP gives %s the address %s/%u, which is that "
			    "of a network, not of a host",
			    l->interface, display_of(value).text, l->prefix);
	return OK;
}

static enum status take_address(struct lease_reader *r)
{
	struct span value;

	if (lease_find(r, "ip", &value))
		return take_address4(r, value);
	if (lease_find(r, "ipv6", &value))
		return take_address6(r, value);
	return fail(r->err, E_LEASE_NO_ADDRESS,
		    "DHCP gives %s a lease without an address",
		    r->lease->interface);
}

static void take_list(struct lease_reader *r, const char *name, uint32_t max,
		      struct lease_addresses *ret)
{
	struct span value, rest, word;
	struct lease_address a;

	if (!lease_find(r, name, &value))
		return;
	rest = span_trim(value);
	while ((word = span_next_word(&rest)).len) {
		if (!parse_address(word, r->lease->address.is_ipv6, &a) ||
		    !is_host(&a))
			leave_out(r, E_LEASE_LIST, name, word,
				  "no host has such an address");
		else if (ret->count < max)
			ret->of[ret->count++] = a;
		rest = span_trim(rest);
	}
}

/* --- routes -----------------------------------------------------------------
 */

static bool parse_route(struct span to, struct span gateway,
			struct lease_route *ret)
{
	struct lease_address target, through;
	struct span network = span_cut_at(&to, '/');
	uint64_t prefix;

	if (!text_parse_number(to, 32, &prefix) ||
	    !parse_address(network, false, &target) ||
	    !parse_address(gateway, false, &through))
		return false;
	if (host32(target.bytes) & ~mask_of((unsigned)prefix))
		return false;
	if (host32(through.bytes) && !is_host(&through))
		return false;
	memcpy(ret->to, target.bytes, sizeof(ret->to));
	memcpy(ret->gateway, through.bytes, sizeof(ret->gateway));
	ret->prefix = (uint8_t)prefix;
	return true;
}

static void keep_route(struct lease *l, const struct lease_route *route)
{
	if (l->route_count < LEASE_ROUTES_MAX)
		l->routes[l->route_count++] = *route;
}

/* Who reads option 121 must not look at option 3: RFC 3442. */
static void take_routes(struct lease_reader *r)
{
	struct lease_addresses routers = { .count = 0 };
	struct lease_route route = { .prefix = 0 };
	struct span rest, to, gateway;

	if (lease_find(r, "staticroutes", &rest)) {
		rest = span_trim(rest);
		while ((to = span_next_word(&rest)).len) {
			rest = span_trim(rest);
			gateway = span_next_word(&rest);
			rest = span_trim(rest);
			if (parse_route(to, gateway, &route))
				keep_route(r->lease, &route);
			else
				leave_out(r, E_LEASE_ROUTE, "staticroutes", to,
					  "not a network and a router");
		}
		return;
	}
	take_list(r, "router", LEASE_LIST_MAX, &routers);
	for (uint32_t i = 0; i < routers.count; i++) {
		memcpy(route.gateway, routers.of[i].bytes, 4);
		keep_route(r->lease, &route);
	}
}

/* --- numbers and text -------------------------------------------------------
 */

static void take_number(struct lease_reader *r, const char *name, uint32_t min,
			uint32_t max, uint32_t *ret)
{
	struct span value;
	uint64_t number;

	if (!lease_find(r, name, &value))
		return;
	if (text_parse_number(value, max, &number) && number >= min)
		*ret = (uint32_t)number;
	else
		fail(why(r), E_LEASE_NUMBER,
		     "DHCP: %s \"%s\" is left out: it takes %u to %u", name,
		     display_of(value).text, min, max);
}

static bool is_name_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
}

static bool is_printable(uint8_t c)
{
	return c >= ' ' && c <= '~';
}

static bool is_name_or_blank(uint8_t c)
{
	return is_name_byte(c) || c == ' ';
}

struct kind {
	bool (*takes)(uint8_t c);
	enum status code;
	const char *wanted;
};

static const struct kind KIND_TEXT = { is_printable, E_LEASE_TEXT_BYTE,
				       "it takes printable ASCII" };
static const struct kind KIND_NAME = {
	is_name_byte, E_LEASE_NAME, "it takes letters, digits, '-', '_' and '.'"
};
static const struct kind KIND_NAMES = {
	is_name_or_blank, E_LEASE_NAME,
	"it takes letters, digits, '-', '_' and '.'"
};

/* What busybox puts in the place of a name that is none, so that no shell is
 * told it. Nobody is called so. */
#define BUSYBOX_REFUSED "bad"

/* True if there is something now in ret. */
static bool take_text(struct lease_reader *r, const char *name,
		      const struct kind *kind, char *ret, size_t cap)
{
	struct span value;

	if (!lease_find(r, name, &value) || !value.len)
		return false;
	if (kind == &KIND_NAME && span_equal_text(value, BUSYBOX_REFUSED)) {
		leave_out(r, kind->code, name, value,
			  "the client says so of what is no host's name");
		return false;
	}
	for (size_t i = 0; i < value.len; i++)
		if (!kind->takes(value.ptr[i])) {
			leave_out(r, kind->code, name, value, kind->wanted);
			return false;
		}
	if (value.len >= cap) {
		fail(why(r), E_LEASE_TEXT_LENGTH,
		     "DHCP: %s of %zu bytes is left out: it takes at most %zu",
		     name, value.len, cap - 1);
		return false;
	}
	memcpy(ret, value.ptr, value.len);
	ret[value.len] = '\0';
	return true;
}

/* It means something to whom option 60 names. */
static void take_vendor(struct lease_reader *r)
{
	struct lease *l = r->lease;
	struct error err = { .code = OK }, *to;
	struct lease_pxe pxe;
	struct span value;
	size_t len;

	if (!lease_is_of_pxe(l->vendor_class) ||
	    !lease_find(r, "opt43", &value))
		return;
	len = value.len / 2;
	if (len > LEASE_VENDOR_MAX || !text_parse_hex(value, l->vendor, len)) {
		leave_out(r, E_LEASE_VENDOR, "option 43", value,
			  "it takes up to 255 bytes in hexadecimal");
	} else if (lease_pxe_parse(span_of(l->vendor, len), &pxe, &err) == OK) {
		l->vendor_len = (uint32_t)len;
		return;
	} else {
		to = why(r);
		if (to)
			*to = err;
		fail_in(to, err.code, "DHCP: option 43 is left out");
	}
	memset(l->vendor, 0, sizeof(l->vendor));
}

static void take_texts(struct lease_reader *r)
{
	struct lease *l = r->lease;
	const struct kind *any = &KIND_TEXT, *name = &KIND_NAME;

	if (!take_text(r, "hostname", name, l->hostname, LEASE_TEXT_MAX))
		take_text(r, "fqdn", name, l->hostname, LEASE_TEXT_MAX);
	take_text(r, "domain", name, l->domain, LEASE_TEXT_MAX);
	take_text(r, "search", &KIND_NAMES, l->search, LEASE_TEXT_MAX);
	if (!take_text(r, "tftp", any, l->boot_server, LEASE_TEXT_MAX))
		take_text(r, "sname", any, l->boot_server, LEASE_TEXT_MAX);
	if (!take_text(r, "bootfile", any, l->boot_file, LEASE_URL_MAX) &&
	    !take_text(r, "bootfile_url", any, l->boot_file, LEASE_URL_MAX))
		take_text(r, "boot_file", any, l->boot_file, LEASE_URL_MAX);
	take_text(r, "rootpath", any, l->root_path, LEASE_TEXT_MAX);
	take_text(r, "vendor", any, l->vendor_class, LEASE_TEXT_MAX);
	take_text(r, "pxeconffile", any, l->config_file, LEASE_TEXT_MAX);
	take_text(r, "pxepathprefix", any, l->path_prefix, LEASE_TEXT_MAX);
}

static enum status take_interface(struct lease_reader *r)
{
	struct lease *l = r->lease;
	struct span value = { NULL, 0 };
	bool is_name = lease_find(r, "interface", &value) &&
		       value.len < sizeof(l->interface);

	for (size_t i = 0; is_name && i < value.len; i++)
		is_name = value.ptr[i] > ' ' && value.ptr[i] <= '~' &&
			  value.ptr[i] != '/';
	if (!is_name || !value.len)
		return fail(r->err, E_LEASE_INTERFACE,
			    "a DHCP client has the interface \"%s\", a name "
			    "takes 1 to %zu bytes of ASCII without '/'",
			    display_of(value).text, sizeof(l->interface) - 1);
	memcpy(l->interface, value.ptr, value.len);
	return OK;
}

enum status lease_parse(struct span message, struct lease *ret,
			struct error *err)
{
	struct lease lease = { .prefix = 0 };
	struct lease_reader r = { { NULL, 0 }, &lease, err };
	struct span address;
	enum status s = lease_read_message(&r, message);

	if (s == OK)
		s = take_interface(&r);
	if (s != OK)
		return s;
	take_text(&r, "message", &KIND_TEXT, lease.message, LEASE_TEXT_MAX);
	if (lease.event == LEASE_RENEW && !lease_find(&r, "ip", &address) &&
	    !lease_find(&r, "ipv6", &address)) {
		lease.event = LEASE_INFORMED;
		lease.address.is_ipv6 = true;
	}
	if (lease.event == LEASE_BOUND || lease.event == LEASE_RENEW)
		s = take_address(&r);
	if (s != OK)
		return s;
	if (lease.event == LEASE_BOUND || lease.event == LEASE_RENEW ||
	    lease.event == LEASE_INFORMED) {
		take_number(&r, "lease", 0, UINT32_MAX, &lease.lease_s);
		take_number(&r, "mtu", MTU_MIN, UINT16_MAX, &lease.mtu);
		take_routes(&r);
		take_list(&r, "dns", LEASE_LIST_MAX, &lease.dns);
		take_list(&r, "ntpsrv", LEASE_LIST_MAX, &lease.ntp);
		take_list(&r, "serverid", 1, &lease.server);
		take_list(&r, "siaddr", 1, &lease.next_server);
		take_texts(&r);
		take_vendor(&r);
	}
	*ret = lease;
	return OK;
}
