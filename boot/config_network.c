#include "config_network.h"

#include "config_values.h"
#include "format/net_entry.h"
#include "format/url.h"

#include <stdlib.h>
#include <string.h>

/* --- interfaces -------------------------------------------------------------
 */

/* The first line of a source takes the place of all lines of those before it:
 * the image has its configuration twice, in the program and as a file. */
static enum status take_network(struct config *c, struct span value,
				struct error *err)
{
	struct net_settings *n = &c->network;
	uint32_t before = n->interface_count;
	enum status s;

	if (c->network_is_of_before)
		n->interface_count = 0;
	s = net_settings_add(n, value, err);
	if (s != OK)
		n->interface_count = before;
	else
		c->network_is_of_before = false;
	return s;
}

/* --- servers ----------------------------------------------------------------
 */

static enum status take_dns(struct config *c, struct span value,
			    struct error *err)
{
	struct net_address all[NET_DNS_MAX] = { { .prefix = 0 } };
	uint32_t count = 0;
	struct span word;
	enum status s;

	while (config_next_word(&value, &word)) {
		if (count == NET_DNS_MAX)
			return fail(err, E_NET_MANY, "there are at most %d",
				    NET_DNS_MAX);
		s = net_address_parse(word, &all[count++], err);
		if (s != OK)
			return s;
	}
	if (!count)
		return fail(err, E_NET_ADDRESS, "there is no address");
	memcpy(c->network.dns, all, sizeof(all));
	c->network.dns_count = count;
	return OK;
}

static enum status keep(char *dst, size_t cap, struct span value,
			struct error *err)
{
	if (!config_take_text(dst, cap, value))
		return fail(err, E_NET_VALUE, "%zu bytes, the most is %zu",
			    value.len, cap - 1);
	return OK;
}

static enum status check_url(struct span value, struct url *ret,
			     struct error *err)
{
	struct error why = { .code = OK };

	if (url_parse(value, ret, &why) != OK)
		return fail(err, E_NET_VALUE, "%s", why.text);
	return OK;
}

/* A name, an address, and maybe a port behind it; where there may be one, an
 * IPv6 address stands in brackets. */
static enum status check_host(struct span value, bool may_have_port,
			      struct error *err)
{
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));
	struct net_address a;
	struct url url;

	if (net_address_parse(value, &a, NULL) == OK &&
	    !(a.is_ipv6 && may_have_port))
		return OK;
	for (size_t i = 0; i < value.len; i++)
		if (memchr("/?#@", value.ptr[i], 4) ||
		    (!may_have_port && memchr(":[]", value.ptr[i], 3)))
			return fail(err, E_NET_VALUE,
				    "it takes a name or an address%s, and "
				    "there is a '%c'",
				    may_have_port ? ", with :PORT or without"
						  : "",
				    value.ptr[i]);
	text_add(&t, "http://");
	text_add_bytes(&t, value);
	return check_url(span_of(buf, t.len), &url, err);
}

static enum status take_ntp(struct config *c, struct span value,
			    struct error *err)
{
	enum status s = check_host(value, false, err);

	return s == OK ? keep(c->network.ntp, sizeof(c->network.ntp), value,
			      err)
		       : s;
}

static enum status take_syslog(struct config *c, struct span value,
			       struct error *err)
{
	enum status s = check_host(value, true, err);

	return s == OK ? keep(c->network.syslog, sizeof(c->network.syslog),
			      value, err)
		       : s;
}

static enum status take_proxy(struct config *c, struct span value,
			      struct error *err)
{
	struct url url;
	enum status s = check_url(value, &url, err);

	if (s != OK)
		return s;
	if (url.scheme != URL_HTTP || strcmp(url.target, "/") != 0)
		return fail(err, E_NET_VALUE,
			    "a proxy is http://HOST:PORT with nothing behind "
			    "it");
	return keep(c->network.proxy, sizeof(c->network.proxy), value, err);
}

static enum status take_status_url(struct config *c, struct span value,
				   struct error *err)
{
	struct url url;
	enum status s = check_url(value, &url, err);

	if (s != OK)
		return s;
	if (url.scheme == URL_TFTP)
		return fail(err, E_NET_VALUE,
			    "nothing can be posted to a tftp server");
	return keep(c->network.status_url, sizeof(c->network.status_url), value,
		    err);
}

/* --- what boots -------------------------------------------------------------
 */

/* Read as the entry that it becomes. */
static enum status take_uki_url(struct config *c, struct span value,
				struct error *err)
{
	char line[sizeof("uki-url ") + CONFIG_UKI_URL_MAX];
	struct text t = text_over(line, sizeof(line));
	struct net_entry *entry;
	struct error why = { .code = OK };
	enum status s;

	if (value.len >= sizeof(c->uki_url))
		return fail(err, E_NET_VALUE, "%zu bytes, the most is %zu",
			    value.len, sizeof(c->uki_url) - 1);
	entry = malloc(sizeof(*entry));
	if (!entry)
		return fail(err, E_NO_MEMORY, "no memory for an entry");
	text_add(&t, "uki-url ");
	text_add_bytes(&t, value);
	s = net_entry_parse(span_of(line, t.len), false, NULL, NULL, entry,
			    &why);
	free(entry);
	if (s != OK)
		return fail(err, E_NET_VALUE, "%s", why.text);
	return keep(c->uki_url, sizeof(c->uki_url), value, err);
}

/* A word that stands there already would never have its turn. */
static bool has_word(const char *words, struct span word)
{
	struct span rest = span_of_text(words), one;

	while (config_next_word(&rest, &one))
		if (one.len == word.len && !memcmp(one.ptr, word.ptr, word.len))
			return true;
	return false;
}

static enum status take_boot_order(struct config *c, struct span value,
				   struct error *err)
{
	char words[CONFIG_BOOT_ORDER_MAX] = "";
	struct text t = text_over(words, sizeof(words));
	struct span word;

	while (config_next_word(&value, &word)) {
		if (has_word(words, word))
			return fail(err, E_NET_TWICE, "%s stands twice",
				    display_of(word).text);
		if (!utf8_is_clean(word))
			return fail(err, E_NET_VALUE,
				    "\"%s\" is no text: ids are UTF-8",
				    display_of(word).text);
		text_add(&t, t.len ? " " : "");
		text_add_bytes(&t, word);
	}
	if (!t.len)
		return fail(err, E_NET_VALUE, "there is no word");
	if (t.cut)
		return fail(err, E_NET_VALUE, "it is longer than %d bytes",
			    CONFIG_BOOT_ORDER_MAX - 1);
	memcpy(c->boot_order, words, sizeof(words));
	return OK;
}

static enum status take_hand_on(struct config *c, struct span value,
				struct error *err)
{
	static const struct config_word words[] = {
		{ "none", 0 },
		{ "ip", CONFIG_HAND_ON_IP },
		{ "ifname", CONFIG_HAND_ON_IFNAME },
		{ "bootif", CONFIG_HAND_ON_BOOTIF },
		{ "vlan", CONFIG_HAND_ON_VLAN },
		{ "rootpath", CONFIG_HAND_ON_ROOTPATH },
		{ NULL, 0 },
	};
	bool has_none = false;
	unsigned count = 0, bits = 0;
	struct span word;
	int bit;

	for (; config_next_word(&value, &word); count++) {
		if (!config_pick_word(word, words, &bit))
			return fail(err, E_NET_WORD,
				    "\"%s\" is none of ip, ifname, bootif, "
				    "vlan, rootpath and none",
				    display_of(word).text);
		has_none = has_none || !bit;
		bits |= (unsigned)bit;
	}
	if (!count)
		return fail(err, E_NET_VALUE, "there is no word");
	if (has_none && bits)
		return fail(err, E_NET_TOGETHER,
			    "none stands with other words");
	c->hand_on = bits;
	return OK;
}

/* --- the table's side -------------------------------------------------------
 */

bool config_set_network(struct config *c, struct span value)
{
	return take_network(c, value, NULL) == OK;
}

bool config_set_dns(struct config *c, struct span value)
{
	return take_dns(c, value, NULL) == OK;
}

bool config_set_ntp(struct config *c, struct span value)
{
	return take_ntp(c, value, NULL) == OK;
}

bool config_set_proxy(struct config *c, struct span value)
{
	return take_proxy(c, value, NULL) == OK;
}

bool config_set_syslog(struct config *c, struct span value)
{
	return take_syslog(c, value, NULL) == OK;
}

bool config_set_status_url(struct config *c, struct span value)
{
	return take_status_url(c, value, NULL) == OK;
}

bool config_set_boot_from_dhcp(struct config *c, struct span value)
{
	return config_take_bool(&c->network.boot_from_dhcp, value);
}

bool config_set_uki_url(struct config *c, struct span value)
{
	return take_uki_url(c, value, NULL) == OK;
}

bool config_set_boot_order(struct config *c, struct span value)
{
	return take_boot_order(c, value, NULL) == OK;
}

bool config_set_network_timeout(struct config *c, struct span value)
{
	uint32_t seconds;

	if (!config_take_seconds(&seconds, value) || !seconds)
		return false;
	c->network.timeout_s = seconds;
	return true;
}

bool config_set_hand_on(struct config *c, struct span value)
{
	return take_hand_on(c, value, NULL) == OK;
}

bool config_network_is_for_disks(bool (*set)(struct config *, struct span))
{
	static bool (*const those[])(struct config *, struct span) = {
		config_set_network,
		config_set_dns,
		config_set_ntp,
		config_set_proxy,
		config_set_syslog,
		config_set_status_url,
		config_set_boot_from_dhcp,
		config_set_uki_url,
		config_set_boot_order,
		config_set_network_timeout,
	};

	for (size_t i = 0; i < sizeof(those) / sizeof(those[0]); i++)
		if (those[i] == set)
			return true;
	return false;
}

/* Asked again, as a value that is not taken changes nothing. */
bool config_network_why(struct config *c,
			bool (*set)(struct config *, struct span),
			struct span value, struct error *ret)
{
	static const struct {
		bool (*set)(struct config *, struct span);
		enum status (*take)(struct config *, struct span,
				    struct error *);
	} keys[] = {
		{ config_set_network, take_network },
		{ config_set_dns, take_dns },
		{ config_set_ntp, take_ntp },
		{ config_set_proxy, take_proxy },
		{ config_set_syslog, take_syslog },
		{ config_set_status_url, take_status_url },
		{ config_set_uki_url, take_uki_url },
		{ config_set_boot_order, take_boot_order },
		{ config_set_hand_on, take_hand_on },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].set == set)
			return keys[i].take(c, value, ret) != OK;
	return false;
}
