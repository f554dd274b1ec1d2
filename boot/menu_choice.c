#include "menu_choice.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/efivar.h"
#include "sys/proc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How often somebody looks whether efivarfs is mounted by now. */
#define MOUNT_POLL_MS 50

/* Whether the image leaves anything to the variables. */
static bool variables_count(const struct config *config)
{
	return config->efi_variables &&
	       !(config_is_locked(config, CONFIG_LOCK_ONE_SHOT) &&
		 config_is_locked(config, "preferred") &&
		 config_is_locked(config, "default") &&
		 config_is_locked(config, "timeout"));
}

static void read_variables(struct menu_choice *c)
{
	struct error err;

	c->is_waiting = false;
	if (loader_vars_begin(&c->reader, c->efivars, &err) != OK)
		log_error("unable to read EFI variables: %s", err.text);
}

static void look_for_variables(struct menu_choice *c, bool drivers_come)
{
	switch (efivar_support()) {
	case EFIVAR_THERE:
		read_variables(c);
		return;
	case EFIVAR_NOT_MOUNTED:
		c->is_waiting = drivers_come;
		return;
	case EFIVAR_NO_FIRMWARE:
		c->is_waiting = false;
		return;
	}
}

/* --- the BMC -----------------------------------------------------------------
 */

/* Whether the image leaves anything to its boot flags. */
static bool flags_count(const struct config *config)
{
	return config->ipmi &&
	       !(config_is_locked(config, CONFIG_LOCK_ONE_SHOT) &&
		 config_is_locked(config, "preferred") &&
		 (config_is_locked(config, "timeout") ||
		  config_is_locked(config, "menu")));
}

/* Its device may come with the drivers; whoever may not open it does without.
 */
static void look_for_bmc(struct menu_choice *c, bool drivers_come)
{
	struct error err;
	bool is_there;

	if (!c->looks_for_bmc)
		return;
	is_there = !access(c->bmc.path, R_OK | W_OK);
	c->looks_for_bmc = !is_there && drivers_come;
	if (!is_there)
		return;
	if (ipmi_begin(&c->bmc_reader, &c->bmc, &err) != OK)
		log_error("unable to ask the BMC what to boot: %s", err.text);
}

static void tell_flags(const struct menu_choice *c)
{
	const struct ipmi_boot *boot = &c->ipmi;
	const struct choices in = { .config = c->config, .ipmi = boot };

	if (!boot->is_valid || boot->device == IPMI_DEVICE_NONE)
		return;
	log_info("the BMC asks for a boot from %s, %s%s",
		 ipmi_device_name(boot->device),
		 boot->is_persistent ? "until it says otherwise" : "once",
		 choice_bmc_wants_menu(&in) ? ": the menu stays"
		 : choice_heeds_bmc(c->config, boot)
			 ? ""
			 : ", which means nothing here or is locked");
}

static void hear_bmc(struct menu_choice *c)
{
	struct error err;
	enum status s;

	if (c->bmc_reader.socket < 0)
		return;
	s = ipmi_take(&c->bmc_reader, now_ms(), &c->ipmi, &err);
	if (s == OK)
		tell_flags(c);
	else if (s == E_IPMI_UNSUPPORTED || s == E_IPMI_NONE)
		log_info("%s", err.text);
	else if (s != E_MSG_NONE)
		log_error("the BMC's boot flags do not count: %s", err.text);
}

/* A one-shot of a BMC is for the next boot, whatever that is. It does not count
 * any more, even where it stays. */
static enum status use_up_flags(struct menu_choice *c, struct error *err)
{
	bool is_there =
		choice_heeds_bmc(c->config, &c->ipmi) && !c->ipmi.is_persistent;
	struct error why;

	if (!is_there)
		return OK;
	c->ipmi.is_valid = false;
	if (ipmi_use_up(&c->bmc, &why) != OK)
		return fail(err, E_ATTEMPT_ONE_SHOT,
			    "the BMC's one-shot is not taken back and would "
			    "boot for ever: %.300s",
			    why.text);
	log_info("the BMC's one-shot is taken back");
	return OK;
}

/* --- all of them -------------------------------------------------------------
 */

void menu_choice_begin(struct menu_choice *c, const struct config *config,
		       bool on_machine)
{
	memset(c, 0, sizeof(*c));
	c->config = config;
	c->reader.socket = c->bmc_reader.socket = -1;
	c->on_machine = on_machine;
	if (!on_machine)
		return;
	c->bmc = (struct ipmi_bmc){ IPMI_DEVICE_PATH, ipmi_ask };
	c->looks_for_bmc = flags_count(config);
	look_for_bmc(c, true);
	if (!variables_count(config))
		return;
	c->efivars = EFIVAR_ROOT;
	look_for_variables(c, true);
}

void menu_choice_handle(struct menu_choice *c, bool drivers_come)
{
	struct error err;
	enum status s;

	if (c->is_waiting)
		look_for_variables(c, drivers_come);
	look_for_bmc(c, drivers_come);
	hear_bmc(c);
	if (c->reader.socket < 0)
		return;
	s = loader_vars_take(&c->reader, now_ms(), &c->vars, &err);
	c->has_vars = s == OK;
	if (s != OK && s != E_MSG_NONE)
		log_error("%s: the boot goes on without them", err.text);
}

void menu_choice_settle(struct menu_choice *c)
{
	struct pollfd fds[MENU_CHOICE_FDS_MAX];
	size_t count;

	menu_choice_handle(c, false);
	while ((count = menu_choice_poll_fds(c, fds)) != 0) {
		poll(fds, count, menu_choice_wait_ms(c));
		menu_choice_handle(c, false);
	}
}

size_t menu_choice_poll_fds(const struct menu_choice *c, struct pollfd *fds)
{
	const struct efivar_process *const readers[] = { &c->reader,
							 &c->bmc_reader };
	size_t count = 0;

	for (size_t i = 0; i < MENU_CHOICE_FDS_MAX; i++)
		if (readers[i]->socket >= 0)
			fds[count++] =
				(struct pollfd){ .fd = readers[i]->socket,
						 .events = POLLIN };
	return count;
}

static int left_ms(const struct efivar_process *reader)
{
	return reader->socket < 0 ? -1 : deadline_left_ms(reader->deadline_ms);
}

int menu_choice_wait_ms(const struct menu_choice *c)
{
	return ms_sooner(c->is_waiting ? MOUNT_POLL_MS : left_ms(&c->reader),
			 left_ms(&c->bmc_reader));
}

struct choices menu_choice_sources(const struct menu_choice *c,
				   const struct scan *scan)
{
	return (struct choices){
		.config = c->config,
		.vars = c->has_vars ? &c->vars : NULL,
		.vars_pending = c->is_waiting || c->reader.socket >= 0,
		.is_spent = c->is_spent,
		.ipmi = &c->ipmi,
		.ipmi_pending = c->bmc_reader.socket >= 0,
		.texts = scan->texts.all,
		.text_count = scan->texts.count,
		.entries = scan->entries,
		.entry_count = scan->entry_count,
	};
}

static void say(struct menu_choice *c, const struct choice *choice)
{
	char line[sizeof(c->said)];
	struct text t = text_over(line, sizeof(line));

	text_add_safe(&t, span_of_text(choice->entry->found.id));
	text_addf(&t, ": %s", choice->why);
	if (!strcmp(line, c->said))
		return;
	memcpy(c->said, line, sizeof(line));
	log_info("boots by itself: %s", line);
}

void menu_choice_make(struct menu_choice *c, const struct scan *scan,
		      const struct choice_wait *wait, struct choice *ret,
		      bool *ret_final)
{
	struct choices in = menu_choice_sources(c, scan);

	choice_make(&in, ret);
	*ret_final = choice_is_final(&in, ret, wait);
	if (*ret_final && ret->entry && !wait->is_over)
		say(c, ret);
}

enum status menu_choice_use_up(struct menu_choice *c, struct scan *scan,
			       uint32_t entry_id, const struct choice *choice,
			       unsigned parts, struct error *err)
{
	_free_ struct attempt_plan *plan = calloc(1, sizeof(*plan));
	struct choices in = menu_choice_sources(c, scan);
	const struct boot_entry *entry = scan_find(scan, entry_id);
	bool is_of_flags = (parts & ATTEMPT_ONE_SHOTS) && choice &&
			   choice->is_of_bmc &&
			   choice->rank == CHOSEN_BY_ONE_SHOT;
	enum status s = OK;
	struct error why;

	if (!plan)
		return fail(err, E_NO_MEMORY, "no memory for a plan");
	if (!entry) /* its disk is gone, and it has been read */
		parts &= ATTEMPT_ONE_SHOTS;
	if (is_of_flags)
		s = use_up_flags(c, err);
	if (s == OK)
		s = attempt_make(&in, choice, entry, parts, plan, err);
	if (s == OK)
		s = attempt_carry_out(plan, scan, entry_id, c->efivars,
				      &c->vars, err);
	if (s != OK && plan->is_change_required)
		c->is_spent = true;
	if (s == OK && (parts & ATTEMPT_ONE_SHOTS) &&
	    use_up_flags(c, &why) != OK)
		log_warn("%s", why.text);
	return s;
}

void menu_choice_end(struct menu_choice *c)
{
	loader_vars_end(&c->reader);
	ipmi_end(&c->bmc_reader);
}
