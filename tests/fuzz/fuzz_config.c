#include "config.h"
#include "format/bls.h"

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

/* Every text format of the configuration, over the same bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bls_entry entry;
	static char source[] = "fuzz";
	struct span text = span_of(data, size);
	static struct config_choices choices;
	static struct config config;

	config_defaults(&config);
	config_parse(&config, text, describe, source);
	check_kept(&config);
	config.policy.verify = size % 2 ? VERIFY_OFF : VERIFY_ENFORCE;
	config_parse_cmdline(&config, text, describe, source);
	check_kept(&config);
	config_parse_esp(&choices, text, describe, source);
	(void)!bls_parse(text, NULL, &entry, NULL);
	return 0;
}
