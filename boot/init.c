#include "init.h"

#include "base/log.h"
#include "base/text.h"
#include "init_children.h"
#include "init_parts.h"
#include "kexec_syscall.h"
#include "sys/file.h"
#include "sys/module.h"
#include "sys/mount.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RETRY_DELAY_MS	10000
#define WORKER_RUNS_MAX 3

/* --- children ------------------------------------------------------------- */

static int run_worker(void *context)
{
	(void)context;
	return module_worker(-1);
}

static void start_worker(struct init *init)
{
	struct error why;

	init->worker_runs++;
	if (proc_spawn("keelboot-mods", run_worker, NULL, &init->log_fd, 1,
		       &init->worker, &why) != OK)
		log_error("%s", why.text);
}

static void worker_ended(struct init *init, int status)
{
	char text[64];
	struct text t = text_over(text, sizeof(text));

	init->worker = -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	proc_describe_end(status, &t);
	log_error("the module worker ended: %s", text);
	if (init->worker_runs < WORKER_RUNS_MAX)
		start_worker(init);
}

/* Takes every child that has ended. True if the awaited one is among them. */
bool init_reap(struct init *init, int *ret_status)
{
	bool found = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == init->child) {
			init->child = -1;
			*ret_status = status;
			found = true;
		} else if (pid == init->worker) {
			worker_ended(init, status);
		} else if (pid == init->feeder) {
			init->feeder = -1;
		}
	}
	return found;
}

/* Sleeps until a child ends, at most budget_ms. */
void init_wait_child(unsigned budget_ms)
{
	struct timespec budget = { budget_ms / 1000,
				   (long)(budget_ms % 1000) * 1000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigtimedwait(&set, NULL, &budget);
}

/* Waits for the awaited child and returns its status. SIGCHLD wakes; the
 * second is for a signal that was merged with another. */
static int wait_end(struct init *init)
{
	int status;

	while (!init_reap(init, &status))
		init_wait_child(1000);
	return status;
}

/* Time passes; children are taken care of. */
void init_pause_ms(struct init *init, unsigned ms)
{
	uint64_t deadline = now_ms() + ms;
	int left, status;

	while ((left = deadline_left_ms(deadline)) > 0) {
		init_reap(init, &status);
		init_wait_child((unsigned)left);
	}
}

/* Starts a child and waits for its end. One that cannot be started ends as if
 * it had with status 125. */
int init_run_child(struct init *init, const char *name,
		   int (*run)(void *context), void *context)
{
	struct error why;

	if (proc_spawn(name, run, context, NULL, 0, &init->child, &why) == OK)
		return wait_end(init);
	init_say(init, "%s", why.text);
	return 125 << 8;
}

/* --- the ends ------------------------------------------------------------- */

/* Comes back only when the machine does not go. */
static void leave(struct init *init, enum status (*go)(struct error *err))
{
	struct error why = { .code = OK };

	for (size_t i = 0; i < init->console_count; i++)
		console_drain(&init->consoles[i], CONSOLE_DRAIN_MS);
	go(&why);
	init_say(init, "%s", why.text);
	init_pause_ms(init, RETRY_DELAY_MS);
}

static void count_down(struct init *init, const char *what, uint32_t seconds)
{
	char line[96];

	snprintf(line, sizeof(line), "%s in %" PRIu32 " s", what, seconds);
	init_log_unshown(line);
	for (; seconds; seconds--) {
		snprintf(line, sizeof(line),
			 "\rkeelboot: %s in %" PRIu32 " s \033[K", what,
			 seconds);
		init_say_bytes(init, line);
		init_pause_ms(init, 1000);
	}
	init_say_bytes(init, "\r\n");
}

static void carry_out_end(struct init *init)
{
	static const char *const what[] = {
		[INIT_END_REBOOT] = "restarting the machine",
		[INIT_END_POWER_OFF] = "switching the machine off",
		[INIT_END_HALT] = "halting",
		[INIT_END_SHELL] = "starting a rescue shell",
	};

	init_say(init, "the menu ended %d times within a minute",
		 INIT_CRASHES_MAX);
	count_down(init, what[init->end.action], init->end.delay_s);
	switch (init->end.action) {
	case INIT_END_REBOOT:
		leave(init, system_restart);
		break;
	case INIT_END_POWER_OFF:
		leave(init, system_power_off);
		break;
	case INIT_END_SHELL:
		if (!init_run_rescue(init))
			leave(init, system_restart);
		break;
	case INIT_END_HALT:
		init_say(init, "halted: reset the machine to start it again");
		for (;;)
			init_pause_ms(init, RETRY_DELAY_MS);
	}
}

/* --- the supervision of the menu ------------------------------------------ */

static void show_crash(struct init *init, int status, uint64_t ran_ms)
{
	char text[64];
	struct text t = text_over(text, sizeof(text));

	proc_describe_end(status, &t);
	init_say(init, "the menu ended after %" PRIu64 ".%03" PRIu64 " s: %s",
		 ran_ms / 1000, ran_ms % 1000, text);
}

static void act_on(struct init *init, enum init_step step)
{
	switch (step) {
	case INIT_MENU_AGAIN:
		break;
	case INIT_MENU_CRASHED:
		init_say(init,
			 "starting the menu again (%u of %d within a minute)",
			 init->crashes.count, INIT_CRASHES_MAX);
		init_pause_ms(init, RESTART_DELAY_MS);
		break;
	case INIT_REBOOT:
		leave(init, system_restart);
		break;
	case INIT_POWER_OFF:
		leave(init, system_power_off);
		break;
	case INIT_SHELL:
		init_start_feeder(init);
		init_run_rescue(init);
		init_stop_feeder(init);
		break;
	case INIT_END:
		init_start_feeder(init);
		carry_out_end(init);
		init_stop_feeder(init);
		break;
	}
}

static void supervise_once(struct init *init)
{
	uint64_t start = now_ms(), ran;
	int status = init_run_child(init, "keelboot", init_child_menu, NULL);
	enum init_step step = init_decide(&init->crashes, now_ms(), status);

	ran = now_ms() - start;
	if (step == INIT_MENU_CRASHED || step == INIT_END) {
		init_clean_consoles(init);
		show_crash(init, status, ran);
	}
	if (step == INIT_MENU_AGAIN && ran < RESTART_DELAY_MS)
		init_pause_ms(init, RESTART_DELAY_MS);
	act_on(init, step);
}

/* --- the start ------------------------------------------------------------ */

/* /dev/console for whatever a library may print, never waiting. */
static void open_standard(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		fd = open("/dev/null", O_RDWR);
	if (fd < 0)
		return;
	for (int to = STDIN_FILENO; to <= STDERR_FILENO; to++)
		if (fd != to)
			dup2(fd, to);
	if (fd > STDERR_FILENO)
		close(fd);
}

static int open_log(void)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK);

	/* The kernel would drop all but ten lines in five seconds. */
	if (!file_write_small("/proc/sys/kernel/printk_devkmsg", "on\n"))
		log_debug("the kernel's log has a limit on lines");
	log_to(fd, true, LOG_INFO);
	return fd;
}

static void start(struct init *init, void (*configure)(struct init_end *ret))
{
	enum status mounted;
	struct error why;
	sigset_t all;

	/* All signals wait; SIGCHLD is taken out, the others stay there. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(022);
	mounted = mount_api_filesystems(&why);
	open_standard();
	init->log_fd = open_log();
	if (mounted != OK)
		log_error("%s", why.text);
	/* Ctrl-Alt-Del is a signal to us, and not the end of the machine. */
	if (!file_write_small("/proc/sys/kernel/ctrl-alt-del", "0\n"))
		log_debug("Ctrl-Alt-Del stays as it is");
	file_make_folders("/run/keelboot");
	init_open_consoles(init);
	start_worker(init);
	if (configure && !init_ask_end(configure, init->log_fd, &init->end))
		log_warn("the configuration does not say what follows a crash, "
			 "so it is a restart after %" PRIu32 " s",
			 init->end.delay_s);
}

int init_run(void (*configure)(struct init_end *ret))
{
	struct init init = { .log_fd = -1,
			     .worker = -1,
			     .child = -1,
			     .feeder = -1,
			     .end = INIT_END_DEFAULT };

	if (getpid() != 1) {
		fputs("keelboot: init is PID 1 of a firmware's initramfs and "
		      "this is another process\n",
		      stderr);
		return 1;
	}
	start(&init, configure);
	for (;;)
		supervise_once(&init);
}
