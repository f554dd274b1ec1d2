#include "lan.h"

#include "dhcp.h"
#include "sys/proc.h"
#include "test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 32

static int run(const char *prefix, const char *format, va_list args)
{
	char command[2048];
	int len = snprintf(command, sizeof(command), "%s", prefix);

	vsnprintf(command + len, sizeof(command) - (size_t)len, format, args);
	return system(command);
}

void lan_run(const struct lan *lan, const char *format, ...)
{
	va_list args;

	(void)lan;
	va_start(args, format);
	if (run("", format, args) != 0)
		fail_msg("a command failed: %s", format);
	va_end(args);
}

void lan_far(const struct lan *lan, const char *format, ...)
{
	char prefix[64];
	va_list args;

	snprintf(prefix, sizeof(prefix), "nsenter -n -t %d ", lan->far);
	va_start(args, format);
	if (run(prefix, format, args) != 0)
		fail_msg("a command failed at the far end: %s", format);
	va_end(args);
}

/* --- the two ends ----------------------------------------------------------*/

static void find_busybox(struct lan *lan)
{
	struct utsname uts;
	char command[128];
	FILE *pipe;

	assert_int_equal(uname(&uts), 0);
	snprintf(command, sizeof(command), "scripts/deps.sh %s | tail -n 1",
		 uts.machine);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_non_null(fgets(lan->busybox, 400, pipe));
	assert_int_equal(pclose(pipe), 0);
	lan->busybox[strcspn(lan->busybox, "\n")] = '\0';
	strcat(lan->busybox, "/busybox");
	assert_int_equal(access(lan->busybox, X_OK), 0);
}

static void stay(int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) != 0 || write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

int lan_begin(void **state)
{
	struct lan *lan = calloc(1, sizeof(*lan));
	char self[256], c;
	int ready[2];
	ssize_t len;

	assert_non_null(lan);
	*state = lan;
	strcpy(lan->dir, "/tmp/test_lan.XXXXXX");
	assert_non_null(mkdtemp(lan->dir));
	snprintf(lan->script, sizeof(lan->script), "%s/" DHCP_SCRIPT_NAME,
		 lan->dir);
	snprintf(lan->resolv, sizeof(lan->resolv), "%s/resolv.conf", lan->dir);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(len > 0);
	self[len] = '\0';
	assert_int_equal(symlink(self, lan->script), 0);
	find_busybox(lan);
	if (unshare(CLONE_NEWNET) != 0) {
		print_error("no network of its own: run as root\n");
		return -1;
	}
	assert_int_equal(pipe(ready), 0);
	lan->far = fork();
	assert_true(lan->far >= 0);
	if (lan->far == 0)
		stay(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(close(ready[0]) | close(ready[1]), 0);
	return 0;
}

static void end_child(pid_t *pid)
{
	if (*pid <= 0)
		return;
	proc_kill(*pid);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

int lan_end(void **state)
{
	struct lan *lan = *state;

	net_links_end(&lan->links);
	end_child(&lan->dnsmasq);
	end_child(&lan->far);
	lan_run(lan, "rm -r %s", lan->dir);
	free(lan);
	return 0;
}

void lan_cable(const struct lan *lan, const char *here, const char *far,
	       const char *address)
{
	lan_run(lan, "ip link add %s type veth peer name %s netns %d", here,
		far, lan->far);
	if (address) {
		lan_far(lan, "ip addr add %s dev %s %s", address, far,
			strchr(address, ':') ? "nodad" : "");
		lan_far(lan, "ip link set %s up", far);
	}
}

void lan_write(const struct lan *lan, const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", lan->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void be_dnsmasq(const struct lan *lan, char *words)
{
	static const char *const fixed[] = {
		"dnsmasq",     "--keep-in-foreground", "--conf-file=/dev/null",
		"--no-ping",   "--no-resolv",	       "--no-hosts",
		"--user=root", "--group=root",	       "--pid-file",
		"--log-dhcp"
	};
	char *argv[WORDS_MAX + 16], *word, room[WORDS_MAX][256];
	char path[64], log[128], leases[128];
	size_t count = 0, rooms = 0;
	int fd;

	for (; count < test_count(fixed); count++)
		argv[count] = (char *)(uintptr_t)fixed[count];
	snprintf(log, sizeof(log), "--log-facility=%s/dnsmasq.log", lan->dir);
	snprintf(leases, sizeof(leases), "--dhcp-leasefile=%s/leases",
		 lan->dir);
	argv[count++] = log;
	argv[count++] = leases;
	for (word = strtok(words, " "); word && rooms < WORDS_MAX;
	     word = strtok(NULL, " ")) {
		snprintf(room[rooms], sizeof(room[0]), "--%s", word);
		argv[count++] = room[rooms++];
	}
	argv[count] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", lan->far);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		_exit(126);
	execvp("dnsmasq", argv);
	_exit(127);
}

void lan_dnsmasq(struct lan *lan, const char *options)
{
	char words[1024];

	end_child(&lan->dnsmasq);
	if (!options)
		return;
	assert_true(strlen(options) < sizeof(words));
	strcpy(words, options);
	lan->dnsmasq = fork();
	assert_true(lan->dnsmasq >= 0);
	if (lan->dnsmasq == 0)
		be_dnsmasq(lan, words);
}

void lan_play(struct lan *lan, const char *client)
{
	char text[4096];

	snprintf(text, sizeof(text),
		 "#!/bin/sh\n"
		 "while [ $# -gt 0 ]; do\n"
		 "case $1 in -s) s=$2 ;; -i) export interface=\"$2\" ;;\n"
		 "-V) class=$2 ;; esac; shift; done\n"
		 "d=%s; echo \"$interface $class\" >>$d/started\n"
		 "\"$s\" deconfig\n%s\n",
		 lan->dir, client);
	lan_write(lan, "client", text);
	snprintf(lan->busybox, sizeof(lan->busybox), "%s/client", lan->dir);
	assert_int_equal(chmod(lan->busybox, 0755), 0);
}

/* --- the links -------------------------------------------------------------*/

struct net_interface *lan_rule(struct lan *lan, const char *glob)
{
	struct net_interface *rule =
		&lan->settings.interfaces[lan->settings.interface_count++];

	rule->which = NET_BY_NAME;
	assert_true(text_copy(rule->text, sizeof(rule->text), glob));
	return rule;
}

struct net_address lan_address(const char *text)
{
	struct net_address a = { .is_ipv6 = strchr(text, ':') != NULL };
	char host[64];
	size_t len = strcspn(text, "/");

	memcpy(host, text, len);
	host[len] = '\0';
	if (text[len])
		a.prefix = (uint8_t)atoi(text + len + 1);
	assert_int_equal(
		inet_pton(a.is_ipv6 ? AF_INET6 : AF_INET, host, a.bytes), 1);
	return a;
}

static void note(void *ctx, const char *text)
{
	struct lan *lan = ctx;
	size_t len = strlen(lan->notes);

	snprintf(lan->notes + len, sizeof(lan->notes) - len, "%s\n", text);
	if (getenv("LAN_VERBOSE"))
		print_message("%s\n", text);
}

void lan_start(struct lan *lan)
{
	struct net_links_setup setup = { .settings = &lan->settings,
					 .busybox = lan->busybox,
					 .script = lan->script,
					 .resolv_conf = lan->resolv,
					 .http_arch = 16,
					 .pxe_arch = 7,
					 .note = note,
					 .ctx = lan };
	struct error err = { .code = OK };

	assert_ok(&err, net_links_begin(&setup, &lan->links, &err));
}

const struct net_state *lan_state(const struct lan *lan)
{
	return net_links_state(lan->links);
}

static void step(struct lan *lan, uint64_t deadline)
{
	struct pollfd fds[NET_LINKS_FDS_MAX];
	size_t count = net_links_poll_fds(lan->links, fds);
	int wait = net_links_wait_ms(lan->links, now_ms());

	wait = ms_sooner(wait, deadline_left_ms(deadline));
	assert_true(count <= NET_LINKS_FDS_MAX);
	poll(fds, count, wait);
	lan->handled++;
	if (net_links_handle(lan->links, now_ms()) && getenv("LAN_VERBOSE"))
		print_message("-- %s\n", lan_state(lan)->line);
}

bool lan_reaches(struct lan *lan, enum net_stage stage, int timeout_ms)
{
	uint64_t deadline = now_ms() + (uint64_t)timeout_ms;

	while (lan_state(lan)->stage != stage && now_ms() < deadline)
		step(lan, deadline);
	if (lan_state(lan)->stage != stage)
		print_message("it says: %s\n%s", lan_state(lan)->line,
			      lan->notes);
	return lan_state(lan)->stage == stage;
}

bool lan_says(struct lan *lan, const char *text, int timeout_ms)
{
	uint64_t deadline = now_ms() + (uint64_t)timeout_ms;

	while (!strstr(lan_state(lan)->line, text) && now_ms() < deadline)
		step(lan, deadline);
	if (!strstr(lan_state(lan)->line, text))
		print_message("it says: %s, not %s\n%s", lan_state(lan)->line,
			      text, lan->notes);
	return strstr(lan_state(lan)->line, text) != NULL;
}

bool lan_comes(struct lan *lan, int timeout_ms, const char *format, ...)
{
	uint64_t deadline = now_ms() + (uint64_t)timeout_ms;
	bool is_so = false;

	while (!is_so && now_ms() < deadline) {
		va_list args;

		lan_goes_on(lan, 50);
		va_start(args, format);
		is_so = run("", format, args) == 0;
		va_end(args);
	}
	return is_so;
}

void lan_goes_on(struct lan *lan, int for_ms)
{
	uint64_t deadline = now_ms() + (uint64_t)for_ms;

	while (now_ms() < deadline)
		step(lan, deadline);
}

bool lan_resolves(const struct lan *lan, const char *text)
{
	_drop_copy_ struct span file = test_read_file(lan->resolv);
	struct span rest = file, line;

	while (span_next_line(&rest, &line))
		if (span_equal_text(line, text))
			return true;
	return false;
}
