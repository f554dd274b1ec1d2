#include "choice.h"

#include <string.h>

#define SAVED "@saved"

static bool wants_menu(const struct ipmi_boot *boot)
{
	return boot->device == IPMI_DEVICE_SETUP ||
	       boot->device == IPMI_DEVICE_SAFE;
}

bool choice_heeds_bmc(const struct config *config, const struct ipmi_boot *boot)
{
	if (!boot || !boot->is_valid ||
	    boot->device == IPMI_DEVICE_DIAGNOSTIC ||
	    !ipmi_device_name(boot->device)[0])
		return false;
	if (wants_menu(boot))
		return !config_is_locked(config, "timeout") &&
		       !config_is_locked(config, "menu");
	return !config_is_locked(config, boot->is_persistent
						 ? "preferred"
						 : CONFIG_LOCK_ONE_SHOT);
}

bool choice_bmc_wants_menu(const struct choices *in)
{
	return choice_heeds_bmc(in->config, in->ipmi) && wants_menu(in->ipmi);
}

/* Whether what a disk says could come before something that no disk has said.
 */
static bool disks_outrank(const struct choices *in, const struct choice *c)
{
	const struct config *config = in->config;

	if (!config_is_locked(config, CONFIG_LOCK_ONE_SHOT))
		return true;
	if (c->rank < CHOSEN_BY_PREFERRED ||
	    (c->rank == CHOSEN_BY_PREFERRED && c->is_of_variable))
		return false;
	if (!config_is_locked(config, "preferred"))
		return true;
	return c->rank == CHOSEN_BY_DEFAULT && !c->is_of_variable &&
	       !config_is_locked(config, "default");
}

bool choice_is_final(const struct choices *in, const struct choice *choice,
		     const struct choice_wait *wait)
{
	if (in->vars_pending || in->ipmi_pending)
		return false;
	if (choice->is_missing)
		return !wait->pending && !wait->more_come;
	if (choice->rank == CHOSEN_BY_ONE_SHOT && choice->is_of_variable)
		return true;
	if (!choice->text && choice->rank != CHOSEN_BY_NOBODY &&
	    !choice->is_of_bmc)
		return !wait->holding || !disks_outrank(in, choice);
	return !wait->holding && !wait->more_come;
}

static const struct config_choices *timeout_of_texts(const struct choices *in)
{
	for (uint32_t i = 0; i < in->text_count; i++)
		if (in->texts[i]->store_timeout.has_timeout)
			return &in->texts[i]->store_timeout;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (in->texts[i]->conf.has_timeout)
			return &in->texts[i]->conf;
	return NULL;
}

/* For an operator, who has the BMC to send for one. */
static const struct config_choices menu_stays = {
	.has_timeout = true,
	.timeout_s = CONFIG_TIMEOUT_FORCE,
	.manner = MENU_SHOWN,
};

const struct config_choices *choice_timeout(const struct choices *in)
{
	const struct config *config = in->config;
	const struct config_choices *of_texts;

	if (config_is_locked(config, "timeout"))
		return &config->builtin;
	if (choice_bmc_wants_menu(in))
		return &menu_stays;
	if (in->vars && in->vars->timeout_one_shot.has_timeout)
		return &in->vars->timeout_one_shot;
	if (config->cmdline.has_timeout)
		return &config->cmdline;
	if (in->vars && in->vars->timeout.has_timeout)
		return &in->vars->timeout;
	of_texts = timeout_of_texts(in);
	return of_texts ? of_texts : &config->builtin;
}

/* A word of `timeout` goes with the timeout that counts, and no other. */
static bool says_manner(const struct choices *in,
			const struct config_choices *c)
{
	return c->has_manner &&
	       (!c->is_manner_of_timeout || c == choice_timeout(in));
}

enum menu_manner choice_manner(const struct choices *in)
{
	const struct config *config = in->config;
	const struct config_choices *timeout = choice_timeout(in);

	if (config_is_locked(config, "menu"))
		return config->builtin.manner;
	if (timeout == &menu_stays)
		return MENU_SHOWN;
	if (in->vars && says_manner(in, &in->vars->timeout_one_shot))
		return timeout->manner;
	if (says_manner(in, &config->cmdline))
		return config->cmdline.manner;
	if (in->vars && says_manner(in, &in->vars->timeout))
		return timeout->manner;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (says_manner(in, &in->texts[i]->store_timeout))
			return timeout->manner;
	for (uint32_t i = 0; i < in->text_count; i++)
		if (says_manner(in, &in->texts[i]->conf))
			return in->texts[i]->conf.manner;
	return says_manner(in, &config->builtin) ? config->builtin.manner
						 : MENU_SHOWN;
}

static bool says_saved(const struct config_choices *c)
{
	return !strcmp(c->default_entry, SAVED) || !strcmp(c->preferred, SAVED);
}

bool choice_uses_saved(const struct choices *in)
{
	bool used = says_saved(&in->config->builtin) ||
		    says_saved(&in->config->cmdline) ||
		    (in->vars &&
		     !strcmp(in->vars->values[LOADER_DEFAULT], SAVED)) ||
		    (in->vars &&
		     !strcmp(in->vars->values[LOADER_PREFERRED], SAVED));

	for (uint32_t i = 0; !used && i < in->text_count; i++) {
		const struct scan_text *text = in->texts[i];

		used = says_saved(&text->conf) ||
		       !strcmp(text->store.default_entry, SAVED) ||
		       !strcmp(text->store.preferred, SAVED);
	}
	return used;
}
