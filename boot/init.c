#include "init.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "init_children.h"
#include "kexec_syscall.h"
#include "sys/console.h"
#include "sys/file.h"
#include "sys/module.h"
#include "sys/mount.h"
#include "sys/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* A menu that dies at once must not fill the log, and its reason be read. */
#define RESTART_DELAY_MS 1000
#define RETRY_DELAY_MS	 10000
#define WRITE_MS	 100
#define WORKER_RUNS_MAX	 3

struct init {
	struct console consoles[CONSOLES_MAX];
	bool has_modes[CONSOLES_MAX]; /* its saved modes are those to restore */
	size_t console_count;
	int log_fd;
	pid_t worker;
	unsigned worker_runs;
	pid_t child; /* the menu or the shell: what is waited for */
	struct init_end end;
	struct init_crashes crashes;
};

/* --- what a menu's end means ---------------------------------------------- */

static enum init_step count_crash(struct init_crashes *crashes, uint64_t now)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < crashes->count; i++)
		if (now - crashes->at_ms[i] < INIT_CRASH_WINDOW_MS)
			crashes->at_ms[kept++] = crashes->at_ms[i];
	crashes->at_ms[kept++] = now;
	crashes->count = kept;
	if (kept < INIT_CRASHES_MAX)
		return INIT_MENU_CRASHED;
	crashes->count = 0;
	return INIT_END;
}

enum init_step init_decide(struct init_crashes *crashes, uint64_t now,
			   int status)
{
	if (!WIFEXITED(status))
		return count_crash(crashes, now);
	switch (WEXITSTATUS(status)) {
	case INIT_EXIT_RESTART:
		return INIT_MENU_AGAIN;
	case INIT_EXIT_REBOOT:
		return INIT_REBOOT;
	case INIT_EXIT_POWER_OFF:
		return INIT_POWER_OFF;
	case INIT_EXIT_SHELL:
		return INIT_SHELL;
	default:
		return count_crash(crashes, now);
	}
}

/* --- saying something ----------------------------------------------------- */

/* The modes of now are the ones to come back to. */
static void open_consoles(struct init *init)
{
	struct error why;

	if (console_open_all("/sys", "/dev", init->consoles, CONSOLES_MAX,
			     &init->console_count, &why) != OK) {
		init->console_count = 0;
		log_warn("%s", why.text);
	}
	for (size_t i = 0; i < init->console_count; i++)
		init->has_modes[i] = tcgetattr(init->consoles[i].fd,
					       &init->consoles[i].saved) == 0;
}

/* To every console; one that does not take it loses it. */
static void say_bytes(struct init *init, const char *text)
{
	for (size_t i = 0; i < init->console_count; i++)
		console_write(&init->consoles[i], span_of_text(text), WRITE_MS);
}

/* For what the operator is told anyway: the kernel would show the line of the
 * log on the same consoles. */
static void log_unshown(const char *text)
{
	console_mute_kernel();
	log_warn("%s", text);
	console_unmute_kernel();
}

static void say(struct init *init, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct init *init, const char *fmt, ...)
{
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_unshown(text);
	if (!init->console_count)
		open_consoles(init);
	say_bytes(init, "\r\nkeelboot: ");
	say_bytes(init, text);
	say_bytes(init, "\r\n");
}

/* A hangup, such as the end of a shell's session, cuts off every descriptor of
 * a terminal. The new one is opened before the old one is closed: the last
 * close of a serial line would drop it. */
static void reopen_consoles(struct init *init)
{
	char path[CONSOLE_NAME_MAX + 8];

	for (size_t i = 0; i < init->console_count; i++) {
		struct console *console = &init->consoles[i];
		struct console fresh;
		struct error why;

		snprintf(path, sizeof(path), "/dev/%s", console->name);
		if (console_open(path, &fresh, &why) != OK) {
			log_warn("%s", why.text);
			continue;
		}
		close(console->fd);
		console->fd = fresh.fd;
	}
}

/* What a menu that died leaves behind: modes, an alternate screen, colours, a
 * hidden cursor, a silent kernel. */
static void clean_consoles(struct init *init)
{
	reopen_consoles(init);
	for (size_t i = 0; i < init->console_count; i++) {
		init->consoles[i].is_raw = init->has_modes[i];
		console_restore(&init->consoles[i]);
	}
	say_bytes(init, "\033[?1049l\033[0m\033[?25h\033[999H");
	console_unmute_kernel();
}

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
static bool reap(struct init *init, int *ret_status)
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
		}
	}
	return found;
}

/* Sleeps until a child ends, at most budget_ms. */
static void wait_child(unsigned budget_ms)
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

	while (!reap(init, &status))
		wait_child(1000);
	return status;
}

/* Time passes; children are taken care of. */
static void pause_ms(struct init *init, unsigned ms)
{
	uint64_t deadline = now_ms() + ms;
	int left, status;

	while ((left = deadline_left_ms(deadline)) > 0) {
		reap(init, &status);
		wait_child((unsigned)left);
	}
}

/* Starts a child and waits for its end. One that cannot be started ends as if
 * it had with status 125. */
static int run_child(struct init *init, const char *name,
		     int (*run)(void *context), void *context)
{
	struct error why;

	if (proc_spawn(name, run, context, NULL, 0, &init->child, &why) == OK)
		return wait_end(init);
	say(init, "%s", why.text);
	return 125 << 8;
}

/* The console the shell gets: the one the menu named, else the last, which is
 * the one /dev/console means. */
static const char *choose_console(struct init *init)
{
	char wanted[CONSOLE_NAME_MAX];

	if (!file_read_line(AT_FDCWD, INIT_SHELL_CONSOLE_FILE, wanted,
			    sizeof(wanted)))
		wanted[0] = '\0';
	unlink(INIT_SHELL_CONSOLE_FILE);
	for (size_t i = 0; i < init->console_count; i++)
		if (!strcmp(init->consoles[i].name, wanted))
			return init->consoles[i].name;
	return init->console_count
		       ? init->consoles[init->console_count - 1].name
		       : NULL;
}

static void run_rescue(struct init *init)
{
	const char *console = choose_console(init);
	char name[CONSOLE_NAME_MAX];
	int status;

	clean_consoles(init);
	if (!console || !text_copy(name, sizeof(name), console)) {
		say(init, "there is no console for a shell");
		pause_ms(init, RESTART_DELAY_MS);
		return;
	}
	say(init, "rescue shell on %s, \"exit\" goes back to the menu", name);
	status = run_child(init, "sh", init_child_shell, name);
	reopen_consoles(init);
	if (!WIFEXITED(status) || WEXITSTATUS(status) < 126)
		return;
	if (WEXITSTATUS(status) == 127)
		say(init, "there is no /bin/sh in the image");
	else
		say(init, "%s cannot be opened for a shell", name);
	pause_ms(init, RESTART_DELAY_MS);
}

/* --- the ends ------------------------------------------------------------- */

/* Comes back only when the machine does not go. */
static void leave(struct init *init, enum status (*go)(struct error *err))
{
	struct error why = { .code = OK };

	for (size_t i = 0; i < init->console_count; i++)
		console_drain(&init->consoles[i], CONSOLE_DRAIN_MS);
	go(&why);
	say(init, "%s", why.text);
	pause_ms(init, RETRY_DELAY_MS);
}

static void count_down(struct init *init, const char *what, uint32_t seconds)
{
	char line[96];

	snprintf(line, sizeof(line), "%s in %" PRIu32 " s", what, seconds);
	log_unshown(line);
	for (; seconds; seconds--) {
		snprintf(line, sizeof(line),
			 "\rkeelboot: %s in %" PRIu32 " s \033[K", what,
			 seconds);
		say_bytes(init, line);
		pause_ms(init, 1000);
	}
	say_bytes(init, "\r\n");
}

static void carry_out_end(struct init *init)
{
	static const char *const what[] = {
		[INIT_END_REBOOT] = "restarting the machine",
		[INIT_END_POWER_OFF] = "switching the machine off",
		[INIT_END_HALT] = "halting",
		[INIT_END_SHELL] = "starting a rescue shell",
	};

	say(init, "the menu ended %d times within a minute", INIT_CRASHES_MAX);
	count_down(init, what[init->end.action], init->end.delay_s);
	switch (init->end.action) {
	case INIT_END_REBOOT:
		leave(init, system_restart);
		break;
	case INIT_END_POWER_OFF:
		leave(init, system_power_off);
		break;
	case INIT_END_SHELL:
		run_rescue(init);
		break;
	case INIT_END_HALT:
		say(init, "halted: reset the machine to start it again");
		for (;;)
			pause_ms(init, RETRY_DELAY_MS);
	}
}

/* --- the supervision of the menu ------------------------------------------ */

static void show_crash(struct init *init, int status, uint64_t ran_ms)
{
	char text[64];
	struct text t = text_over(text, sizeof(text));

	proc_describe_end(status, &t);
	say(init, "the menu ended after %" PRIu64 ".%03" PRIu64 " s: %s",
	    ran_ms / 1000, ran_ms % 1000, text);
}

static void act_on(struct init *init, enum init_step step)
{
	switch (step) {
	case INIT_MENU_AGAIN:
		break;
	case INIT_MENU_CRASHED:
		say(init, "starting the menu again (%u of %d within a minute)",
		    init->crashes.count, INIT_CRASHES_MAX);
		pause_ms(init, RESTART_DELAY_MS);
		break;
	case INIT_REBOOT:
		leave(init, system_restart);
		break;
	case INIT_POWER_OFF:
		leave(init, system_power_off);
		break;
	case INIT_SHELL:
		run_rescue(init);
		break;
	case INIT_END:
		carry_out_end(init);
		break;
	}
}

static void supervise_once(struct init *init)
{
	uint64_t start = now_ms(), ran;
	int status = run_child(init, "keelboot", init_child_menu, NULL);
	enum init_step step = init_decide(&init->crashes, now_ms(), status);

	ran = now_ms() - start;
	if (step == INIT_MENU_CRASHED || step == INIT_END) {
		clean_consoles(init);
		show_crash(init, status, ran);
	}
	if (step == INIT_MENU_AGAIN && ran < RESTART_DELAY_MS)
		pause_ms(init, RESTART_DELAY_MS);
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
	open_consoles(init);
	start_worker(init);
	if (configure && !init_ask_end(configure, init->log_fd, &init->end))
		log_warn("the configuration does not say what follows a crash, "
			 "so it is a restart after %" PRIu32 " s",
			 init->end.delay_s);
}

int init_run(void (*configure)(struct init_end *ret))
{
	struct init init = {
		.log_fd = -1, .worker = -1, .child = -1, .end = INIT_END_DEFAULT
	};

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
