#include "menu.h"

#include "base/log.h"
#include "menu_list.h"
#include "init.h"
#include "kexec_syscall.h"
#include "prepare.h"
#include "settings.h"
#include "sys/console.h"
#include "sys/file.h"
#include "sys/module.h"
#include "sys/proc.h"
#include "menu_consoles.h"
#include "zboot_load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long the reason of a failure stands before the next entry boots by
 * itself. */
#define FAILURE_SHOWN_MS 5000

/* Drivers find their disks one after the other. Which entry is the first is
 * only said when none has come for so long; an entry the configuration names
 * does not wait for that. */
#define DISKS_QUIET_MS 250

/* The longest the loop sleeps while it waits for drivers and disks. */
#define SETTLE_POLL_MS 50

struct menu {
	const char *root; /* NULL on the machine */
	struct config config;
	struct authority authority;
	struct scan scan;
	struct menu_list list;
	struct terminals terminals;
	uint64_t start_ms;
	bool has_deadline;
	uint64_t deadline_ms; /* when the default boots by itself */
	uint32_t failed_id;
	char failure[ERROR_TEXT_MAX];
};

/* --- from an entry to the next kernel ---------------------------------------
 */

/* What vouches for an image, for the line about its entry. */
static void note_verdict(struct boot_entry *entry,
			 const struct verified_image *image)
{
	struct text by =
		text_over(entry->verified.text, sizeof(entry->verified.text));

	verified_add_voucher(&by, verified_how(image), verified_signer(image));
	snprintf(entry->warning, sizeof(entry->warning), "%s",
		 verified_warning(image));
}

static enum status load_entry(struct scan *scan, const struct boot_entry *entry,
			      const struct config *config,
			      const struct verify_context *verify,
			      struct loadable_kernel *kernel, struct error *err)
{
	_drop_request_ struct load_request request = { 0 };
	uint32_t id = entry->id;
	enum status s =
		prepare_entry(scan, entry, config, verify, &request, err);
	/* reading may have let the entry go with its disk */
	struct boot_entry *still = scan_find(scan, id);

	if (s != OK)
		return s;
	if (still)
		note_verdict(still, request.image);
	return zboot_load(&request, kernel, err);
}

/* What goes before the signer's name. */
static const char *words_for_signer(const struct loadable_kernel *kernel)
{
	if (!kernel->signer.text[0])
		return "";
	return verified_proves_signer(kernel->how)
		       ? ", signed by "
		       : ", claims to be signed by ";
}

enum status boot_load(struct scan *scan, const struct boot_entry *entry,
		      const struct config *config,
		      const struct verify_context *verify,
		      struct kexec_loaded *ret, struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	struct display title = entry->found.title;
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	kernel->kernel = kernel->initrd = kernel->dtb = BLOB_NONE;
	log_info("starting %s from %s %s", title.text, entry->place.name,
		 entry->found.path);
	s = load_entry(scan, entry, config, verify, kernel, err);
	if (s == OK) {
		log_info("%s%s%s; command line: %s",
			 verified_how_text(kernel->how),
			 words_for_signer(kernel), kernel->signer.text,
			 kernel->cmdline.text);
		s = kexec_load_kernel(kernel, config->kexec, ret, err);
		loadable_kernel_drop(kernel);
	}
	free(kernel);
	if (s != OK)
		return fail_in(err, s, "unable to boot \"%s\"", title.text);
	log_info("loaded %llu bytes with %s in %llu ms",
		 (unsigned long long)ret->bytes,
		 ret->used == KEXEC_FILE ? "kexec_file_load" : "kexec_load",
		 (unsigned long long)ret->call_ms);
	return OK;
}

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

/* Everything of this kernel's that could hold up the jump is left behind as it
 * is: probes are killed, not waited for, and nothing is synced, for nothing was
 * written. */
static enum status boot_for_real(struct menu *menu, struct boot_entry *entry,
				 struct error *err)
{
	struct kexec_loaded loaded;
	uint32_t id = entry->id;
	char line[128];
	enum status s = boot_load(&menu->scan, entry, &menu->config,
				  &menu->authority.verify, &loaded, err);

	if (s != OK)
		return s;
	say_verdict(menu, id);
	snprintf(line, sizeof(line),
		 "Loaded %llu bytes with %s in %llu ms. Jumping.",
		 (unsigned long long)loaded.bytes,
		 loaded.used == KEXEC_FILE ? "kexec_file_load" : "kexec_load",
		 (unsigned long long)loaded.call_ms);
	terminals_say(&menu->terminals, line);
	terminals_close(&menu->terminals);
	s = kexec_go(&loaded, err);
	terminals_open(&menu->terminals, false, NULL);
	return s;
}

/* What a host can do of it: everything but the last two steps. */
static enum status rehearse(struct menu *menu, struct boot_entry *entry,
			    struct error *err)
{
	struct loadable_kernel *kernel = calloc(1, sizeof(*kernel));
	enum status s;

	if (!kernel)
		return fail(err, E_NO_MEMORY, "no memory for a kernel");
	s = load_entry(&menu->scan, entry, &menu->config,
		       &menu->authority.verify, kernel, err);
	if (s != OK) {
		free(kernel);
		return fail_in(err, s, "unable to boot \"%s\"",
			       entry->found.title.text);
	}
	s = fail(err, E_UNSUPPORTED,
		 "rehearsal: \"%s\" would boot, %zu bytes of kernel, %zu of "
		 "initrd",
		 entry->found.title.text, kernel->kernel.bytes.len,
		 kernel->initrd.bytes.len);
	loadable_kernel_drop(kernel);
	free(kernel);
	return s;
}

/* --- what happens without an operator
 * ------------------------------------------ */

static uint32_t timeout_s(const struct menu *menu)
{
	const struct config *c = &menu->config;

	return c->cmdline.has_timeout ? c->cmdline.timeout_s
				      : c->builtin.timeout_s;
}

static const char *default_entry(const struct menu *menu)
{
	const struct config *c = &menu->config;

	return c->cmdline.default_entry[0] ? c->cmdline.default_entry
					   : c->builtin.default_entry;
}

static void start_countdown(struct menu *menu, uint64_t delay_ms)
{
	menu->has_deadline = timeout_s(menu) != CONFIG_TIMEOUT_FORCE;
	menu->deadline_ms = now_ms() + delay_ms;
}

static bool drivers_are_loaded(const struct menu *menu)
{
	return menu->root || !access(MODULE_DONE_FILE, F_OK);
}

/* A driver that never comes to its end must not keep the machine from booting
 * what the others have found. */
static bool drivers_are_awaited(const struct menu *menu, uint64_t now)
{
	return !drivers_are_loaded(menu) &&
	       now < menu->start_ms + menu->config.probe_timeout_s * 1000ULL;
}

static bool disks_still_come(const struct menu *menu, uint64_t now)
{
	return drivers_are_awaited(menu, now) ||
	       (!menu->root && now < menu->scan.came_ms + DISKS_QUIET_MS);
}

/* The entry that boots by itself, and whether it can be said already: the one
 * the configuration names as soon as it is there; without it, or when every
 * disk has answered or is given up, the first of the list. A disk that does not
 * answer holds up the first of the list only for a while. */
static struct boot_entry *automatic_entry(struct menu *menu, uint64_t now,
					  bool *ret_final)
{
	bool has_default = default_entry(menu)[0];
	struct boot_entry *e = NULL;
	unsigned awaited;

	if (has_default)
		e = scan_match(&menu->scan, default_entry(menu), true);
	awaited = has_default ? scan_pending(&menu->scan)
			      : scan_holding(&menu->scan, now);
	*ret_final = e || (!awaited && !disks_still_come(menu, now));
	return e ? e : scan_first_automatic(&menu->scan);
}

/* Reading revocations lets the list change, so the entry is looked up anew. */
static void attempt(struct menu *menu, uint32_t id, struct error *err)
{
	struct boot_entry *entry;

	authority_narrow(&menu->authority, &menu->scan);
	entry = scan_find(&menu->scan, id);
	if (!entry)
		fail(err, E_IMAGE_GONE, "its disk is not there any more");
	else if (menu->root)
		rehearse(menu, entry, err);
	else
		boot_for_real(menu, entry, err);
}

/* Tries a copy of a line and keeps why it failed. */
static void try_copy(struct menu *menu, const struct boot_entry *entry)
{
	uint32_t id = entry->id;
	struct error err = { .code = OK };
	char text[DISPLAY_MAX + sizeof(entry->place.name) + 32];
	struct boot_entry *still;

	snprintf(text, sizeof(text), "Starting %s from %s",
		 entry->found.title.text, entry->place.name);
	terminals_say(&menu->terminals, text);
	attempt(menu, id, &err);
	log_error("%s", err.text);
	terminals_say(&menu->terminals, err.text);
	memcpy(menu->failure, err.text, sizeof(menu->failure));
	still = scan_find(&menu->scan, id);
	if (!still)
		return;
	still->failure_code = err.code;
	memcpy(still->failure, err.text, sizeof(still->failure));
	scan_fold(&menu->scan);
}

/* One copy of the line after the other, until none is left that has not failed.
 * A line that failed before is tried once more, when somebody asks for it. */
static void boot(struct menu *menu, uint32_t line)
{
	struct boot_entry *entry = scan_leader(&menu->scan, line);

	menu->has_deadline = false;
	menu->failed_id = line;
	terminals_pause(&menu->terminals);
	do {
		try_copy(menu, entry);
		entry = scan_leader(&menu->scan, line);
	} while (!menu->root && entry && entry->found.why == OK &&
		 entry->failure_code == OK);
	terminals_resume(&menu->terminals);
}

static void boot_when_due(struct menu *menu, uint64_t now)
{
	struct boot_entry *entry;
	bool final;

	if (!menu->has_deadline || now < menu->deadline_ms)
		return;
	entry = automatic_entry(menu, now, &final);
	if (!entry || !final)
		return;
	boot(menu, entry->line);
	start_countdown(menu, FAILURE_SHOWN_MS);
}

/* --- the screen
 * ------------------------------------------------------------------- */

static int countdown_s(struct menu *menu, uint64_t now)
{
	if (!menu->has_deadline)
		return -1;
	if (now >= menu->deadline_ms)
		return 0;
	return (int)((menu->deadline_ms - now + 999) / 1000);
}

static void show(struct menu *menu, uint64_t now)
{
	struct menu_list_state state = {
		.policy = &menu->config.policy,
		.failure = menu->failure,
		.failed_id = menu->failed_id,
		.countdown_s = countdown_s(menu, now),
		.shell_locked = menu->root ? "a rehearsal opens none"
					   : policy_shell_locked(&menu->config),
		.editor_locked = policy_editor_locked(&menu->config),
		.drivers_pending = !drivers_are_loaded(menu),
	};
	struct boot_entry *entry;
	bool final;

	entry = automatic_entry(menu, now, &final);
	if (!entry)
		state.countdown_s = -1;
	state.default_id = entry ? entry->line : 0;
	menu_list_fill(&menu->list, &menu->scan, &state);
	terminals_show(&menu->terminals, &menu->list.model, now);
}

/* Returns the status to leave with, or -1 to go on. */
static int act(struct menu *menu, struct ui_action action)
{
	struct boot_entry *entry;

	switch (action.code) {
	case UI_BOOT:
		entry = scan_leader(&menu->scan, action.id);
		if (entry)
			boot(menu, entry->line);
		return -1;
	case UI_RESCAN:
		log_info("looking at all disks again");
		scan_again(&menu->scan, NULL);
		return -1;
	case UI_REBOOT:
		return menu->root ? 0 : INIT_EXIT_REBOOT;
	case UI_POWER_OFF:
		return menu->root ? 0 : INIT_EXIT_POWER_OFF;
	case UI_SHELL:
		return menu->root ? 0 : INIT_EXIT_SHELL;
	case UI_NONE:
		break;
	}
	return -1;
}

static int sooner(int a, int b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}

static int wait_ms(struct menu *menu, uint64_t now)
{
	int wait = sooner(scan_wait_ms(&menu->scan),
			  terminals_due(&menu->terminals, now));

	if (!menu->has_deadline)
		return wait;
	if (now < menu->deadline_ms) {
		/* The next full second is shown as it begins. */
		uint64_t left = menu->deadline_ms - now;

		return sooner(wait, (int)(left % 1000 ? left % 1000 : 1000));
	}
	if (scan_pending(&menu->scan) || disks_still_come(menu, now))
		return sooner(wait, SETTLE_POLL_MS);
	return wait;
}

static void sleep_until_something(struct menu *menu, uint64_t now)
{
	struct pollfd fds[SCAN_FDS_MAX + TERMINALS_FDS_MAX];
	size_t count = scan_poll_fds(&menu->scan, fds);

	count += terminals_poll_fds(&menu->terminals, fds + count);
	poll(fds, count, wait_ms(menu, now));
}

static int loop(struct menu *menu)
{
	for (;;) {
		uint64_t now = now_ms();
		struct ui_action action;
		int status = -1;

		scan_handle(&menu->scan, now);
		boot_when_due(menu, now);
		now = now_ms();
		show(menu, now);
		while (status < 0 &&
		       terminals_next(&menu->terminals, &menu->list.model, now,
				      &action)) {
			menu->has_deadline = false;
			status = act(menu, action);
			show(menu, now);
		}
		if (status >= 0)
			return status;
		sleep_until_something(menu, now);
	}
}

static enum status begin(struct menu *menu, struct error *err)
{
	enum status s;

	if (menu->root)
		settings_load_builtin(&menu->config);
	else
		settings_load(&menu->config);
	if (authority_open(&menu->authority, &menu->config.policy, !menu->root,
			   err) != OK)
		log_error("the keyring cannot be used: %s", err->text);
	s = scan_init(&menu->scan, menu->config.probe_timeout_s, err);
	if (s != OK)
		return s;
	menu->scan.places = place_rules_of(&menu->config);
	scan_add_configured(&menu->scan, SETTINGS_ENTRIES);
	s = menu->root ? scan_begin_root(&menu->scan, menu->root, err)
		       : scan_begin_machine(&menu->scan, err);
	if (s != OK)
		return s;
	return terminals_open(&menu->terminals, menu->root != NULL, err);
}

int menu_run(const char *root)
{
	struct menu *menu = calloc(1, sizeof(*menu));
	struct error err = { .code = OK };
	int status = 1;

	if (!menu)
		return 1;
	menu->root = root;
	if (!root)
		log_to(open("/dev/kmsg", O_WRONLY | O_CLOEXEC), true, LOG_INFO);
	else if (isatty(STDERR_FILENO))
		/* lines there would tear the screen; the log page has them */
		log_to(-1, false, LOG_INFO);
	if (begin(menu, &err) == OK) {
		menu->start_ms = now_ms();
		start_countdown(menu, timeout_s(menu) * 1000ULL);
		status = loop(menu);
	} else {
		fprintf(stderr, "keelboot: %s\n", err.text);
	}
	terminals_close(&menu->terminals);
	scan_end(&menu->scan);
	authority_close(&menu->authority);
	menu_list_drop(&menu->list);
	free(menu);
	return status;
}
