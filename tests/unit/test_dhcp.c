/* The DHCP client, against busybox's server in networks of the test's own. The
 * script is this program, by its name, as keelboot is. Needs root, ip(8) and
 * busybox. */
#include "dhcp.h"

#include "sys/proc.h"
#include "test.h"

#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define CAPS	"CapBnd:\t0000000000002400" /* raw sockets, low ports */

static char folder[] = "/tmp/test_dhcp.XXXXXX";
static char script[64];
static pid_t server;

static void write_server_config(void)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/conf", folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"interface tb\nstart 192.0.2.10\nend 192.0.2.10\n"
		"lease_file %s/leases\npidfile %s/pid\nsiaddr 192.0.2.4\n"
		"boot_file linux.efi\nopt subnet 255.255.255.0\n"
		"opt router 192.0.2.1\nopt dns 192.0.2.2 192.0.2.3\n"
		"opt lease 600\nopt domain example.org\nopt mtu 1400\n"
		"opt bootfile http://192.0.2.4/a;reboot\n",
		folder, folder);
	fclose(f);
}

/* Waits in its network until it has its end of the cable. */
static void serve(int go)
{
	char path[64], c;

	snprintf(path, sizeof(path), "%s/conf", folder);
	if (read(go, &c, 1) != 1 ||
	    system("ip link set tb up && ip addr add 192.0.2.1/24 dev tb"))
		_exit(1);
	execl(BUSYBOX, "udhcpd", "-f", path, (char *)NULL);
	_exit(127);
}

static int make_networks(void **state)
{
	char command[128], self[512], c;
	int go[2], ready[2];
	ssize_t len;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(script, sizeof(script), "%s/" DHCP_SCRIPT_NAME, folder);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	assert_true(len > 0);
	self[len] = '\0';
	assert_int_equal(symlink(self, script), 0);
	write_server_config();
	assert_int_equal(pipe(go) | pipe(ready), 0);
	if (unshare(CLONE_NEWNET) != 0 ||
	    system("ip link add ta type veth peer name tb && "
		   "ip link set ta up") != 0) {
		print_error("no network of its own: run as root, with ip(8) "
			    "and a kernel that has veth\n");
		return -1;
	}
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		if (unshare(CLONE_NEWNET) != 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		serve(go[0]);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	snprintf(command, sizeof(command), "ip link set tb netns %d", server);
	assert_int_equal(system(command), 0);
	assert_int_equal(write(go[1], "", 1), 1);
	/* low numbers are free, which a client takes for its own */
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(go[i]) | close(ready[i]), 0);
	return 0;
}

static int drop_networks(void **state)
{
	char command[128];

	(void)state;
	proc_kill(server);
	waitpid(server, NULL, 0);
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static enum status await(struct dhcp *dhcp, int timeout_ms, struct lease *ret,
			 struct error *err)
{
	struct pollfd fd;

	if (dhcp_poll_fds(dhcp, &fd) != 1 || poll(&fd, 1, timeout_ms) != 1)
		return E_MSG_NONE;
	return dhcp_take(dhcp, ret, err);
}

static bool has_line(pid_t pid, const char *line)
{
	char path[64], page[4096];
	FILE *f;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "r");
	assert_non_null(f);
	len = fread(page, 1, sizeof(page) - 1, f);
	fclose(f);
	page[len] = '\0';
	return strstr(page, line) != NULL;
}

static void a_lease_is_taken(void **state)
{
	static const uint8_t us[] = { 192, 0, 2, 10 };
	struct dhcp_request request = { .busybox = BUSYBOX,
					.script = script,
					.interface = "ta",
					.class = DHCP_HTTP,
					.arch = 16,
					.has_uuid = true,
					.user_class = "keelboot" };
	struct error err = { .code = OK };
	struct dhcp dhcp = DHCP_NONE;
	struct lease l;

	(void)state;
	assert_ok(&err, dhcp_begin(&dhcp, &request, &err));
	assert_ok(&err, await(&dhcp, 5000, &l, &err));
	assert_int_equal(l.event, LEASE_DECONFIG);
	assert_string_equal(l.interface, "ta");
	assert_true(has_line(dhcp.pid, CAPS));
	assert_true(has_line(dhcp.pid, "NoNewPrivs:\t1"));
	do {
		assert_ok(&err, await(&dhcp, 15000, &l, &err));
	} while (l.event == LEASE_FAIL);
	assert_int_equal(l.event, LEASE_BOUND);
	assert_memory_equal(l.address.bytes, us, 4);
	assert_int_equal(l.prefix, 24);
	assert_int_equal(l.lease_s, 600);
	assert_int_equal(l.mtu, 1400);
	assert_int_equal(l.route_count, 1);
	assert_int_equal(l.dns.count, 2);
	assert_int_equal(l.next_server.of[0].bytes[3], 4);
	assert_string_equal(l.domain, "example.org");
	assert_string_equal(l.boot_file, "http://192.0.2.4/a;reboot");
	assert_int_equal(l.left_out, 0);
	dhcp_end(&dhcp);
	assert_int_equal(dhcp.socket, -1);
	assert_status(E_MSG_NONE, dhcp_take(&dhcp, &l, &err));
}

static void a_client_that_ends_is_told(void **state)
{
	struct dhcp_request request = { .busybox = "/nonexistent",
					.script = script,
					.interface = "ta" };
	struct error err = { .code = OK };
	struct dhcp dhcp = DHCP_NONE;
	struct lease l;

	(void)state;
	assert_ok(&err, dhcp_begin(&dhcp, &request, &err));
	assert_refused(E_DHCP_ENDED, &err, await(&dhcp, 5000, &l, &err));
	assert_int_equal(dhcp.socket, -1);
}

static void interfaces_have_names(void **state)
{
	static const char *const bad[] = { "", "-s", "a/b",
					   "0123456789abcdef" };
	struct dhcp_request request = { .busybox = BUSYBOX, .script = script };
	struct dhcp dhcp = DHCP_NONE;
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(bad); i++) {
		request.interface = bad[i];
		assert_refused(E_DHCP_INTERFACE, &err,
			       dhcp_begin(&dhcp, &request, &err));
	}
}

static void the_script_needs_its_client(void **state)
{
	char *argv[] = { script, (char *)(uintptr_t) "bound", NULL };

	(void)state;
	unsetenv(DHCP_SOCKET_VARIABLE);
	assert_int_equal(dhcp_script(2, argv), 2);
	setenv(DHCP_SOCKET_VARIABLE, "x", 1);
	assert_int_equal(dhcp_script(2, argv), 2);
	setenv(DHCP_SOCKET_VARIABLE, "1000", 1);
	assert_int_equal(dhcp_script(2, argv), 1);
	assert_int_equal(dhcp_script(1, argv), 2);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_taken),
		cmocka_unit_test(a_client_that_ends_is_told),
		cmocka_unit_test(interfaces_have_names),
		cmocka_unit_test(the_script_needs_its_client),
	};
	const char *slash = strrchr(argv[0], '/');

	if (slash && !strcmp(slash + 1, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	return cmocka_run_group_tests(tests, make_networks, drop_networks);
}
