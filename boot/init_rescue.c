#include "init_parts.h"

#include "base/log.h"
#include "init_children.h"
#include "sys/file.h"
#include "sys/proc.h"
#include "sys/watchdog.h"
#include "tpm_seal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define REFUSED_MS    5000 /* a sentence that the menu would wipe away */
#define FEEDER_END_MS 1000

/* The console the shell gets: the one the menu named, which may be one of the
 * configuration, else the last of the kernel's, which is the one /dev/console
 * means. Never another than the one it was asked for on: who sits there may be
 * somebody else. False if there is none. */
static bool choose_console(const struct init *init,
			   char ret[static CONSOLE_NAME_MAX])
{
	size_t count = init->console_count;
	bool is_named = file_read_line(AT_FDCWD, INIT_SHELL_CONSOLE_FILE, ret,
				       CONSOLE_NAME_MAX);

	unlink(INIT_SHELL_CONSOLE_FILE);
	if (is_named)
		return console_is_name(ret);
	return count &&
	       text_copy(ret, CONSOLE_NAME_MAX, init->consoles[count - 1].name);
}

/* The watchdog of a menu that is gone is fed by a process of its own: a driver
 * that hangs must not stop PID 1. */
void init_start_feeder(struct init *init)
{
	struct error why;

	if (access(WATCHDOG_ARMED_FILE, F_OK) != 0)
		return;
	if (proc_spawn("keelboot-feed", init_child_feed, NULL, &init->log_fd, 1,
		       &init->feeder, &why) != OK)
		log_error("%s", why.text);
}

/* One process may have the watchdog open, and the menu wants it next. */
void init_stop_feeder(struct init *init)
{
	uint64_t deadline = now_ms() + FEEDER_END_MS;
	int left, status;

	if (init->feeder < 0)
		return;
	proc_kill(init->feeder);
	while (init->feeder >= 0 && (left = deadline_left_ms(deadline)) > 0) {
		init_reap(init, &status);
		if (init->feeder >= 0)
			init_wait_child((unsigned)left);
	}
	init->feeder = -1;
}

/* What the next menu shall show, too. */
static void note(const char *text)
{
	if (!file_put_small(INIT_NOTE_FILE, text))
		log_warn("the menu will not show: %s", text);
}

/* Closes what is sealed to the boot, and says so. False: it could not be done,
 * and there must be no shell. */
static bool close_secrets(struct init *init)
{
	struct error why = { .code = OK };
	enum status s = init_forget_secrets(init->log_fd, &why);

	if (s == E_TPM_NONE) {
		init_say(init, "%s: no secret is sealed to its boot", why.text);
		return true;
	}
	if (s == OK) {
		init_say(init,
			 "PCR %d and %d were extended: secrets sealed to this "
			 "machine's boot stay sealed until it restarts",
			 TPM_PCR_IMAGE, TPM_PCR_OPTIONS);
		note("a rescue shell was open: what boots now does not get "
		     "secrets sealed to PCR 11 or 12, until the machine is "
		     "restarted");
		return true;
	}
	fail_in(&why, s,
		"no rescue shell, as what is sealed to this machine's "
		"boot cannot be closed");
	note(why.text);
	init_say(init, "%s", why.text);
	return false;
}

static void run_shell(struct init *init, char *name)
{
	int status;

	init_say(init, "rescue shell on %s, \"exit\" goes back to the menu",
		 name);
	status = init_run_child(init, "sh", init_child_shell, name);
	init_reopen_consoles(init);
	if (!WIFEXITED(status) || WEXITSTATUS(status) < 126)
		return;
	if (WEXITSTATUS(status) == 127)
		init_say(init, "there is no /bin/sh in the image");
	else
		init_say(init, "%s cannot be opened for a shell", name);
	init_pause_ms(init, RESTART_DELAY_MS);
}

/* False if there must be none. */
bool init_run_rescue(struct init *init)
{
	char console[CONSOLE_NAME_MAX];
	bool is_there = choose_console(init, console), may;

	init_clean_consoles(init);
	if (!is_there) {
		init_say(init, "there is no console for a shell");
		init_pause_ms(init, RESTART_DELAY_MS);
		return true;
	}
	may = close_secrets(init);
	if (may)
		run_shell(init, console);
	else
		init_pause_ms(init, REFUSED_MS);
	return may;
}
