/*
 * PID 1 of the initramfs: mounts, the log, the module worker; then it runs the
 * menu, shows when it dies, and runs it again. It allocates nothing after its
 * start, touches no disk, and never exits.
 */
#ifndef KEELBOOT_INIT_H
#define KEELBOOT_INIT_H

#include <stdint.h>

/*
 * Exit statuses with which the menu asks for something. Every other end,
 * status 0 included, counts as a crash.
 */
enum init_request {
	INIT_EXIT_RESTART = 10,	  /* run the menu again */
	INIT_EXIT_REBOOT = 11,	  /* reset the machine */
	INIT_EXIT_POWER_OFF = 12, /* switch it off */
	INIT_EXIT_SHELL = 13,	  /* a rescue shell on the console, then the
				   * menu again; asked for only where policy
				   * allows a shell, and not opened if secrets
				   * sealed to a TPM cannot be closed before */
};

/* The menu writes the name of the console ("ttyS0") that the shell shall have
 * here before it exits with INIT_EXIT_SHELL. If that cannot be opened there is
 * no shell; without the file it gets the one /dev/console means. */
#define INIT_SHELL_CONSOLE_FILE "/run/keelboot/shell-console"

/* A line that the menu logs and shows when it starts: that no shell was opened
 * and why, or that one was and what that means for the next boot. Its being
 * there is no fault; the menu leaves it. */
#define INIT_NOTE_FILE "/run/keelboot/init-note"

/* What happens after INIT_CRASHES_MAX crashes within INIT_CRASH_WINDOW_MS. */
enum init_action {
	INIT_END_REBOOT = 0,
	INIT_END_POWER_OFF,
	INIT_END_HALT,	/* say so and stay */
	INIT_END_SHELL, /* the config asks for one; a reboot if secrets cannot
			 * be closed */
};

struct init_end {
	enum init_action action;
	uint32_t delay_s; /* counted down on the console first */
};

#define INIT_CRASHES_MAX     3
#define INIT_CRASH_WINDOW_MS 60000
#define INIT_END_DEFAULT                                                       \
	((struct init_end){ .action = INIT_END_REBOOT, .delay_s = 60 })

/* The times of the last crashes; zeroed at the start. */
struct init_crashes {
	uint64_t at_ms[INIT_CRASHES_MAX];
	unsigned count;
};

enum init_step {
	INIT_MENU_CRASHED = 0, /* show it, run the menu again */
	INIT_MENU_AGAIN,
	INIT_REBOOT,
	INIT_POWER_OFF,
	INIT_SHELL,
	INIT_END, /* too many crashes: the configured end */
};

/* Pure: what to do about a menu that ended at now_ms with waitpid's status.
 * INIT_END starts the count anew. */
enum init_step init_decide(struct init_crashes *crashes, uint64_t now_ms,
			   int status);

/*
 * The life of PID 1. configure sets *ret from the configuration; it runs in a
 * process of its own, after the mounts, with 2 s to answer, so that no
 * configuration can stop PID 1; NULL and any failure mean INIT_END_DEFAULT.
 *
 * The menu is /proc/self/exe with argv[0] "keelboot" and the argument "menu";
 * its standard input, output and error are /dev/console, not blocking, it has
 * no other descriptors and opens the log and its consoles itself.
 *
 * Returns only where this process is not PID 1: 1, after a sentence on standard
 * error.
 */
int init_run(void (*configure)(struct init_end *ret));

#endif
