/*
 * From an entry to the next kernel: what is said, what is used up, the jump,
 * and what becomes of a failure.
 */
#include "menu_parts.h"

#include "base/log.h"
#include "base/progress.h"
#include "kexec_syscall.h"
#include "sys/proc.h"

#include <stdio.h>
#include <string.h>

/* One line on what vouches for what is about to start, or what does not. */
static void say_verdict(struct menu *menu, uint32_t id)
{
	const struct boot_entry *entry = scan_find(&menu->scan, id);
	char line[ERROR_TEXT_MAX + 32];

	if (!entry || menu->config.policy.verify == VERIFY_OFF)
		return;
	if (entry->warning[0])
		snprintf(line, sizeof(line), "WARNING: not verified: %s",
			 entry->warning);
	else
		snprintf(line, sizeof(line), "Verified: %s.",
			 entry->verified.text);
	terminals_say(&menu->terminals, line);
}

static enum status fail_gone(struct error *err)
{
	return fail(err, E_IMAGE_GONE, "its disk is not there any more");
}

enum status menu_use_up(struct menu *menu, uint32_t id, unsigned parts,
			struct error *err)
{
	return menu_choice_use_up(&menu->choice, &menu->scan, id,
				  menu->is_by_itself ? &menu->chosen : NULL,
				  parts, err);
}

/* A one-shot goes before its entry is even read: whatever becomes of that, it
 * is not tried again. The rest is written at the last moment. Everything of
 * this kernel's that could hold up the jump is left behind as it is: probes are
 * killed, not waited for, and what was written is on its disk. */
static enum status boot_for_real(struct menu *menu, struct boot_entry *entry,
				 const struct boot_wish *wish,
				 struct error *err)
{
	struct kexec_loaded loaded;
	uint32_t id = entry->id;
	char line[128];
	enum status s = OK;

	if (menu->is_by_itself && menu->chosen.rank == CHOSEN_BY_ONE_SHOT)
		s = menu_use_up(menu, id, ATTEMPT_ONE_SHOTS, err);
	entry = scan_find(&menu->scan, id);
	if (s == OK && !entry)
		s = fail_gone(err);
	if (s == OK)
		s = boot_load(&menu->scan, entry, &menu->config,
			      &menu->authority.verify, wish, &loaded, err);
	terminals_end_progress(&menu->terminals);
	if (s == OK)
		s = menu_use_up(menu, id, ATTEMPT_ALL, err);
	if (s != OK)
		return s;
	say_verdict(menu, id);
	snprintf(line, sizeof(line),
		 "Loaded %llu bytes with %s in %llu ms. Jumping.",
		 (unsigned long long)loaded.bytes,
		 loaded.used == KEXEC_FILE ? "kexec_file_load" : "kexec_load",
		 (unsigned long long)loaded.call_ms);
	terminals_say(&menu->terminals, line);
	net_tell(&menu->net, RFC5424_NOTICE, "jump", line);
	net_flush(&menu->net);
	terminals_close(&menu->terminals);
	watchdog_feed_now(&menu->watchdog);
	s = kexec_go(&loaded, err);
	terminals_reopen(&menu->terminals, NULL);
	return s;
}

/* Texts of texts: scripts and menus that name each other. */
#define TEXTS_DEEP 8

/* Reading revocations lets the list change, so the entry is looked up anew. */
static void attempt(struct menu *menu, uint32_t id,
		    const struct boot_wish *wish, struct error *err)
{
	struct boot_entry *entry;

	authority_narrow(&menu->authority, &menu->scan);
	entry = scan_find(&menu->scan, id);
	if (!entry)
		fail_gone(err);
	else if (menu->root)
		boot_rehearse(&menu->scan, entry, &menu->config,
			      &menu->authority.verify, wish, err);
	else
		boot_for_real(menu, entry, wish, err);
}

/* Of what was tried before nothing counts for what is tried now. */
static void begin_way(struct net *net)
{
	net->end_ms = 0;
	net->has_text = false;
	net->provenance[0] = '\0';
}

/* An entry of the network may be a text, which names the one that is meant. */
static void attempt_through(struct menu *menu, uint32_t id,
			    const struct boot_wish *wish, struct error *err)
{
	begin_way(&menu->net);
	attempt(menu, id, wish, err);
	for (int i = 0; err->code == E_NET_TEXT && i < TEXTS_DEEP; i++)
		if (menu_follow_text(menu, id, &id, err) == OK)
			attempt(menu, id, wish, err);
}

/* Not the entry's: somebody came, or has to choose. */
static bool is_for_somebody(enum status code)
{
	return code == E_NET_STOPPED || code == E_NET_MENU_SHOWN;
}

/* What is kept of a failure, for the pages of the menu. A rehearsal that comes
 * to its end is none. */
static void keep_failure(struct menu *menu, const struct error *err)
{
	if (err->code == E_REHEARSED || is_for_somebody(err->code)) {
		menu->failed_id = 0;
		menu->failure[0] = '\0';
		ui_menu_tell(&menu->terminals.ui, err->text);
		log_info("%s", err->text);
		return;
	}
	menu->failed_code = err->code;
	memcpy(menu->failure, err->text, sizeof(menu->failure));
	log_error("%s", err->text);
}

/* Long work shows how far it is, and keeps the watchdog quiet. */
static void take_progress(void *ctx, const char *what, uint64_t done,
			  uint64_t total)
{
	struct menu *menu = ctx;
	uint64_t now = now_ms();

	watchdog_feed(&menu->watchdog, now);
	if (menu->is_starting)
		terminals_progress(&menu->terminals, what, done, total, now);
	else
		terminals_tell_progress(&menu->terminals, &menu->list.model,
					what, done, total, now);
}

void menu_listen(struct menu *menu)
{
	progress_to(take_progress, menu);
}

/* For those who are not there. */
static void tell_failure(struct menu *menu, const struct error *err)
{
	if (err->code != E_REHEARSED)
		net_tell(&menu->net, RFC5424_ERROR, "failed", err->text);
}

/* Keeps why the copy failed. False if the reason is not the copy's. */
static bool try_copy(struct menu *menu, const struct boot_entry *entry,
		     const struct boot_wish *wish)
{
	uint32_t id = entry->id;
	struct error err = { .code = OK };
	char text[DISPLAY_MAX + sizeof(entry->place.name) + 32];
	struct boot_entry *still;

	snprintf(text, sizeof(text), "Starting %s from %s",
		 entry->found.title.text, entry->place.name);
	terminals_say(&menu->terminals, text);
	if (found_is_of_network(&entry->found) && !menu->root)
		terminals_say(&menu->terminals,
			      menu->is_by_itself
				      ? "Any key stops this and opens the menu."
				      : "Esc stops this.");
	net_tell(&menu->net, RFC5424_NOTICE, "boot", text);
	menu->failed_id = entry->line;
	attempt_through(menu, id, wish, &err);
	keep_failure(menu, &err);
	terminals_end_progress(&menu->terminals);
	terminals_say(&menu->terminals, err.text);
	if (is_for_somebody(err.code)) {
		menu_let_in(menu);
		return false;
	}
	tell_failure(menu, &err);
	still = scan_find(&menu->scan, id);
	if (err.code == E_ATTEMPT_ONE_SHOT || err.code == E_REHEARSED || !still)
		return err.code != E_ATTEMPT_ONE_SHOT;
	still->failed_ms = now_ms();
	still->failure_code = err.code;
	still->is_text_refused = still->found.kind != FOUND_NETWORK &&
				 found_is_of_network(&still->found) &&
				 !menu->net.has_text;
	memcpy(still->failure, err.text, sizeof(still->failure));
	scan_fold(&menu->scan);
	return true;
}

static void begin_lines(struct menu *menu)
{
	terminals_pause(&menu->terminals);
	menu->is_starting = true;
}

static void end_lines(struct menu *menu)
{
	menu->is_starting = false;
	terminals_end_progress(&menu->terminals);
	terminals_resume(&menu->terminals);
}

bool menu_boot(struct menu *menu, uint32_t line, const struct boot_wish *wish)
{
	struct boot_entry *entry = scan_leader(&menu->scan, line);
	bool go_on;

	menu_stop_counting(menu);
	begin_lines(menu);
	do {
		go_on = try_copy(menu, entry, wish);
		entry = scan_leader(&menu->scan, line);
	} while (go_on && !menu->root && entry && entry->found.why == OK &&
		 entry->failure_code == OK);
	end_lines(menu);
	return go_on;
}

/* The command line of a text is that of the entry it leads to. */
static enum status read_command_line(struct menu *menu, uint32_t id,
				     struct cmdline *ret, size_t *ret_limit,
				     struct error *err)
{
	enum status s = OK;

	begin_way(&menu->net);
	for (int i = 0; s == OK && i <= TEXTS_DEEP; i++) {
		const struct boot_entry *entry = scan_find(&menu->scan, id);

		if (!entry)
			return fail_gone(err);
		s = boot_command_line(&menu->scan, entry, &menu->config,
				      &menu->authority.verify, ret, ret_limit,
				      err);
		if (s != E_NET_TEXT || i == TEXTS_DEEP)
			return s;
		s = menu_follow_text(menu, id, &id, err);
	}
	return s;
}

bool menu_read_command_line(struct menu *menu, uint32_t line,
			    struct cmdline *ret, size_t *ret_limit)
{
	struct boot_entry *entry;
	bool is_network = false;
	struct error err;
	enum status s;

	authority_narrow(&menu->authority, &menu->scan);
	entry = scan_leader(&menu->scan, line);
	if (!entry) {
		s = fail_gone(&err);
	} else {
		line = entry->line;
		/* it may take long, and Esc ends it then as it does a boot */
		is_network = found_is_of_network(&entry->found);
		if (is_network)
			begin_lines(menu);
		s = read_command_line(menu, entry->id, ret, ret_limit, &err);
		if (is_network)
			end_lines(menu);
	}
	if (s != OK) {
		menu->failed_id = line;
		keep_failure(menu, &err);
	}
	return s == OK;
}
