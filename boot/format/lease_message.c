/* The message that a DHCP client's script sends: an event and variables, each
 * once. */
#include "format/lease_parts.h"

static const char *const event_names[] = {
	[LEASE_DECONFIG] = "deconfig", [LEASE_BOUND] = "bound",
	[LEASE_RENEW] = "renew",       [LEASE_NAK] = "nak",
	[LEASE_FAIL] = "leasefail",    [LEASE_INFORMED] = "informed",
};

/* All that is looked at. */
static const char *const variables[] = {
	"interface", "ip",	 "subnet",	 "ipv6",
	"lease",     "mtu",	 "router",	 "dns",
	"ntpsrv",    "serverid", "siaddr",	 "hostname",
	"fqdn",	     "domain",	 "search",	 "tftp",
	"sname",     "bootfile", "boot_file",	 "bootfile_url",
	"rootpath",  "vendor",	 "pxeconffile",	 "pxepathprefix",
	"message",   "opt43",	 "staticroutes",
};

bool lease_knows(struct span variable)
{
	struct span name = span_cut_at(&variable, '=');

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (span_equal_text(name, variables[i]))
			return true;
	return false;
}

const char *lease_event_name(enum lease_event event)
{
	return event_names[event];
}

/* --- the message ------------------------------------------------------------
 */

static bool next_entry(struct span *rest, struct span *ret)
{
	if (!rest->len)
		return false;
	*ret = span_until_nul(*rest);
	*rest = span_slice(*rest, ret->len + 1, rest->len - ret->len - 1);
	return true;
}

bool lease_find(const struct lease_reader *r, const char *name,
		struct span *ret)
{
	struct span rest = r->entries, entry;

	while (next_entry(&rest, &entry)) {
		struct span value = entry;

		if (!span_equal_text(span_cut_at(&value, '='), name))
			continue;
		*ret = value;
		return true;
	}
	return false;
}

/* rest: what stands behind it. */
static enum status check_entry(struct span entry, struct span rest,
			       struct error *err)
{
	struct span value = entry, other;
	struct span name = span_cut_at(&value, '=');

	if (!name.len || name.len == entry.len)
		return fail(err, E_LEASE_VARIABLE,
			    "a DHCP client says \"%s\", which is no variable "
			    "with a name and '='",
			    display_of(entry).text);
	while (lease_knows(name) && next_entry(&rest, &other))
		if (span_equal(span_cut_at(&other, '='), name))
			return fail(err, E_LEASE_TWICE,
				    "a DHCP client says %s twice",
				    display_of(name).text);
	return OK;
}

static enum status take_event(struct span word, struct lease *lease,
			      struct error *err)
{
	for (int e = LEASE_DECONFIG; e <= LEASE_FAIL; e++)
		if (span_equal_text(word, event_names[e])) {
			lease->event = (enum lease_event)e;
			return OK;
		}
	return fail(err, E_LEASE_EVENT,
		    "a DHCP client says \"%s\", which is none of deconfig, "
		    "bound, renew, nak and leasefail",
		    display_of(word).text);
}

enum status lease_read_message(struct lease_reader *r, struct span message)
{
	struct span word, rest, entry;
	enum status s;

	if (message.len > LEASE_MESSAGE_MAX)
		return fail(r->err, E_LEASE_LENGTH,
			    "a DHCP client says %zu bytes, the limit is %d",
			    message.len, LEASE_MESSAGE_MAX);
	if (!message.len || message.ptr[message.len - 1])
		return fail(r->err, E_LEASE_END,
			    "what a DHCP client says, %zu bytes, does not end "
			    "in a NUL",
			    message.len);
	next_entry(&message, &word);
	s = take_event(word, r->lease, r->err);
	r->entries = rest = message;
	while (s == OK && next_entry(&rest, &entry))
		s = check_entry(entry, rest, r->err);
	return s;
}
