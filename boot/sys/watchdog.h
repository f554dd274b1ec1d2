/*
 * The hardware watchdog: a timer that resets the machine unless it is fed. It
 * is armed while the menu stands and while an entry is loaded, and still runs
 * when the next kernel starts, so that a kernel which hangs does not keep the
 * machine.
 *
 * Facts of the kernel (6.1, drivers/watchdog and char/ipmi), by which this was
 * written:
 * - Closing the device without writing "V" first leaves the timer running; with
 *   nowayout even "V" does. One process may have it open.
 * - kexec counts as a restart: the reboot notifiers run with SYS_RESTART, then
 *   the drivers' shutdown functions. The core stops a timer in its notifier if
 *   the driver asked for it (i6300esb, iTCO_wdt, wdat_wdt, sp5100_tco,
 *   sbsa_gwdt, softdog and most others do) unless the core's parameter
 *   stop_on_reboot is 0, which is read when the driver registers: for a
 *   built-in one that is the kernel's command line and nothing later. None of
 *   these drivers has a shutdown function that stops the timer. nowayout makes
 *   no difference there: the notifier does not ask for it.
 * - The parameter is in sysfs also where the core is built in.
 * - ipmi_watchdog is not of the core: on a restart it sets at least 120 s, and
 *   runs on. Old drivers without the core (pcwd_pci, wdt_pci, it8712f_wdt …)
 *   stop at a restart, and nothing prevents it.
 * - The next kernel's driver decides what becomes of the running timer:
 *   i6300esb stops it when it is initialised; iTCO_wdt, wdat_wdt and sbsa_gwdt
 *   let it run and feed it until somebody opens it, where the kernel has
 *   WATCHDOG_HANDLE_BOOT_ENABLED. A kernel without a driver is reset when the
 *   time is over: arm it only where the installed systems have one.
 */
#ifndef KEELBOOT_SYS_WATCHDOG_H
#define KEELBOOT_SYS_WATCHDOG_H

#include "base/error.h"

/* While a timer that this program started runs: a line with its seconds. Who
 * takes over from a menu that died knows from it that there is one to feed. */
#define WATCHDOG_ARMED_FILE "/run/keelboot/watchdog"

struct watchdog {
	bool is_armed; /* zeroed: not armed, and all calls but arm do nothing */
	int fd;
	uint32_t seconds; /* what the hardware made of the request */
	uint64_t due_ms;  /* when to feed it next, of now_ms() */
	char driver[33];  /* "i6300ESB timer" */
};

/*
 * Opens /dev/watchdog, sets the time, starts the timer and feeds it once. The
 * driver may round: both values are logged where they differ. One that is
 * armed is armed anew. Errors: E_WATCHDOG_NONE (the machine has none that this
 * kernel knows), E_WATCHDOG_OPEN (EBUSY: somebody has it), E_WATCHDOG_TIMEOUT
 * (it cannot count so long; the timer is stopped again where it can be).
 */
enum status watchdog_arm(struct watchdog *w, uint32_t seconds,
			 struct error *err);

/* Feeds it when a third of the time has passed, else costs a comparison. One
 * that cannot be fed is logged once per try. */
void watchdog_feed(struct watchdog *w, uint64_t now_ms);

/* Feeds it whatever the time is: before the jump, so that the next kernel has
 * all of it. */
void watchdog_feed_now(struct watchdog *w);

/* When it wants to be fed: milliseconds from now_ms for poll(2), or -1. */
int watchdog_wait_ms(const struct watchdog *w, uint64_t now_ms);

/* Stops the timer. E_WATCHDOG_RUNS: it cannot be stopped (nowayout), and resets
 * the machine when nobody feeds it; init then does while a shell runs. */
enum status watchdog_disarm(struct watchdog *w, struct error *err);

/* Closes it and lets the timer run: for who will be followed by somebody that
 * arms it again. The end of a process does the same. */
void watchdog_leave(struct watchdog *w);

/* Arms again what a process before this one armed and did not disarm
 * (WATCHDOG_ARMED_FILE). Without such a file it does nothing and is OK. */
enum status watchdog_take_over(struct watchdog *w, struct error *err);

/* Why the armed timer would not run on in the next kernel: E_WATCHDOG_STOPS,
 * with what to add to the firmware kernel's command line. OK also when it is
 * not armed. sysfs is "/sys". */
enum status watchdog_check_jump(const struct watchdog *w, const char *sysfs,
				struct error *err);

#endif
