#include "menu_choice.h"

#include "base/log.h"
#include "base/own.h"
#include "sys/efivar.h"
#include "sys/proc.h"

#include <stdio.h>
#include <string.h>

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

void menu_choice_begin(struct menu_choice *c, const struct config *config,
		       bool on_machine)
{
	memset(c, 0, sizeof(*c));
	c->config = config;
	c->reader.socket = -1;
	c->on_machine = on_machine;
	if (!on_machine || !variables_count(config))
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
	if (c->reader.socket < 0)
		return;
	s = loader_vars_take(&c->reader, now_ms(), &c->vars, &err);
	c->has_vars = s == OK;
	if (s != OK && s != E_MSG_NONE)
		log_error("%s: the boot goes on without them", err.text);
}

void menu_choice_settle(struct menu_choice *c)
{
	struct pollfd fd;

	menu_choice_handle(c, false);
	while (menu_choice_poll_fds(c, &fd)) {
		poll(&fd, 1, menu_choice_wait_ms(c));
		menu_choice_handle(c, false);
	}
}

size_t menu_choice_poll_fds(const struct menu_choice *c, struct pollfd *fds)
{
	if (c->reader.socket < 0)
		return 0;
	*fds = (struct pollfd){ .fd = c->reader.socket, .events = POLLIN };
	return 1;
}

int menu_choice_wait_ms(const struct menu_choice *c)
{
	if (c->is_waiting)
		return MOUNT_POLL_MS;
	return c->reader.socket < 0 ? -1
				    : deadline_left_ms(c->reader.deadline_ms);
}

struct choices menu_choice_sources(const struct menu_choice *c,
				   const struct scan *scan)
{
	return (struct choices){
		.config = c->config,
		.vars = c->has_vars ? &c->vars : NULL,
		.vars_pending = c->is_waiting || c->reader.socket >= 0,
		.is_spent = c->is_spent,
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
	if (*ret_final && ret->entry)
		say(c, ret);
}

enum status menu_choice_use_up(struct menu_choice *c, struct scan *scan,
			       uint32_t entry_id, const struct choice *choice,
			       unsigned parts, struct error *err)
{
	_free_ struct attempt_plan *plan = calloc(1, sizeof(*plan));
	struct choices in = menu_choice_sources(c, scan);
	const struct boot_entry *entry = scan_find(scan, entry_id);
	enum status s;

	if (!plan)
		return fail(err, E_NO_MEMORY, "no memory for a plan");
	if (!entry) /* its disk is gone, and it has been read */
		parts &= ATTEMPT_ONE_SHOTS;
	s = attempt_make(&in, choice, entry, parts, plan, err);
	if (s == OK)
		s = attempt_carry_out(plan, scan, entry_id, c->efivars,
				      &c->vars, err);
	if (s != OK && plan->is_change_required)
		c->is_spent = true;
	return s;
}

void menu_choice_end(struct menu_choice *c)
{
	loader_vars_end(&c->reader);
}
