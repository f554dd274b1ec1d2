#include "config.h"
#include "format/bls.h"
#include "format/url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void describe(void *ctx, const struct config_finding *f)
{
	char line[256];
	struct text t = text_over(line, sizeof(line));

	config_describe(f, ctx, &t);
}

/* What is kept has been checked: names go into paths, a password opens. */
static void check_kept(const struct config *c)
{
	struct password_hash hash;

	if (c->consoles[strspn(c->consoles,
			       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
			       "TUVWXYZ0123456789-_ ")])
		abort();
	if (c->password[0] &&
	    password_parse(span_of_text(c->password), &hash, NULL) != OK &&
	    (strcmp(c->password, "malformed") != 0 || !policy_password_for(c)))
		abort();
	if (!c->password_for || c->password_for & ~(uint32_t)GATE_ALL ||
	    c->watchdog_s > 86400 || c->idle_timeout_s > 86400)
		abort();
}

static void check_url(const char *text)
{
	struct url url;

	if (text[0] && url_parse(span_of_text(text), &url, NULL) != OK)
		abort();
}

/* What the network takes for granted. */
static void check_network(const struct config *c)
{
	const struct net_settings *n = &c->network;

	if (n->interface_count > NET_INTERFACES_MAX ||
	    n->dns_count > NET_DNS_MAX || c->hand_on >= 32)
		abort();
	for (uint32_t i = 0; i < n->interface_count; i++)
		if (n->interfaces[i].address_count > NET_ADDRESSES_MAX ||
		    n->interfaces[i].route_count > NET_ROUTES_MAX ||
		    n->interfaces[i].dns_count > NET_DNS_MAX)
			abort();
	check_url(n->proxy);
	check_url(n->status_url);
	if (strpbrk(n->ntp, " /\t") || strpbrk(n->syslog, " /\t") ||
	    strstr(c->boot_order, "  ") ||
	    !utf8_is_clean(span_of_text(c->boot_order)))
		abort();
}

static void count(void *ctx, uint32_t line, const struct error *why)
{
	unsigned *bad = ctx;

	if (!line || !why->text[0])
		abort();
	*bad += why->code != E_BLS_UNKNOWN && why->code != E_BLS_UNUSED;
}

/* A check says what a boot would say, and has told of the line. */
static void check_bls(struct span text)
{
	static struct bls_entry entry;
	enum status s = bls_parse(text, NULL, &entry, NULL), told;
	unsigned bad = 0;

	told = bls_check(text, count, &bad, &entry, NULL);
	if (told != s || (bad && s == OK))
		abort();
}

/* Every text format of the configuration, over the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char source[] = "fuzz";
	struct span text = span_of(data, size);
	static struct config_choices choices;
	static struct config config;

	config_defaults(&config);
	config_parse(&config, text, describe, source);
	check_kept(&config);
	check_network(&config);
	config.policy.verify = size % 2 ? VERIFY_OFF : VERIFY_ENFORCE;
	config_parse_cmdline(&config, text, describe, source);
	check_kept(&config);
	check_network(&config);
	config_parse_disk(&config, text, describe, source);
	check_network(&config);
	config_parse_esp(&choices, text, describe, source);
	check_bls(text);
	return 0;
}
