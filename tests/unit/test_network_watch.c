/* The process that asks for interfaces: this machine's kernel is understood,
 * nothing is said while nothing changes, and what it says is not believed. */
#include "sys/network.h"

#include "sys/proc.h"
#include "test.h"

#include <fcntl.h>
#include <linux/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct network network;

static enum status await(struct network_watch *watch, int timeout_ms,
			 struct error *err)
{
	struct pollfd fd;

	if (network_watch_poll_fds(watch, &fd) != 1 ||
	    poll(&fd, 1, timeout_ms) != 1)
		return E_MSG_NONE;
	return network_watch_take(watch, &network, err);
}

static void set_up(const char *name, bool is_up)
{
	struct ifreq request = { .ifr_flags = is_up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, 0x8914 /* SIOCSIFFLAGS */, &request), 0);
	close(fd);
}

/* In a network of its own there is only the loopback, which is left out: but
 * its address may come and go, and nothing has to be said of it. */
static void nothing_is_said_while_nothing_changes(void **state)
{
	struct network_watch watch = NETWORK_WATCH_NONE;
	struct error err = { .code = OK };
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) != 0)
			_exit(2);
		if (network_watch_begin(&watch, &err) != OK ||
		    await(&watch, 5000, &err) != OK || network.count != 0)
			_exit(3);
		set_up("lo", true);
		if (await(&watch, 700, &err) != E_MSG_NONE)
			_exit(4);
		network_watch_end(&watch);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == 2 << 8) {
		print_message("skipped: no right to a network of its own\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* Leaves with 2 where there is no way to make an interface. */
static void make_and_lose_an_interface(void)
{
	struct network_watch watch = NETWORK_WATCH_NONE;
	struct ifreq request = { .ifr_flags = 0x1002 /* a TAP, no header */ };
	struct error err = { .code = OK };
	int tun;

	if (unshare(CLONE_NEWNET) != 0)
		_exit(2);
	tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	strcpy(request.ifr_name, "tap7");
	if (network_watch_begin(&watch, &err) != OK ||
	    await(&watch, 5000, &err) != OK || network.count != 0)
		_exit(3);
	if (tun < 0 || ioctl(tun, 0x400454ca /* TUNSETIFF */, &request) != 0)
		_exit(2);
	if (await(&watch, 5000, &err) != OK || network.count != 1 ||
	    strcmp(network.links[0].name, "tap7") != 0 ||
	    network.links[0].mac_len != 6 || network.links[0].is_up)
		_exit(4);
	set_up("tap7", true);
	if (await(&watch, 5000, &err) != OK || !network.links[0].is_up)
		_exit(5);
	close(tun);
	/* it may go in two steps */
	for (int i = 0; i < 2 && network.count; i++)
		if (await(&watch, 5000, &err) != OK)
			_exit(6);
	_exit(network.count ? 7 : 0);
}

static void an_interface_that_comes_and_goes_is_told(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		make_and_lose_an_interface();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status == 2 << 8) {
		print_message("skipped: no way to make an interface\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void the_kernel_of_this_machine_is_understood(void **state)
{
	struct network_watch watch;
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, network_watch_begin(&watch, &err));
	assert_ok(&err, await(&watch, 5000, &err));
	for (uint32_t i = 0; i < network.count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/sys/class/net/%s",
			 network.links[i].name);
		assert_int_equal(access(path, F_OK), 0);
	}
	assert_refused(E_MSG_NONE, &err,
		       network_watch_take(&watch, &network, &err));
	network_watch_end(&watch);
	network_watch_end(&watch);
	assert_int_equal(await(&watch, 0, &err), E_MSG_NONE);
}

static void one_that_dies_is_not_asked_again(void **state)
{
	struct network_watch watch;
	struct error err = { .code = OK };

	(void)state;
	assert_ok(&err, network_watch_begin(&watch, &err));
	assert_ok(&err, await(&watch, 5000, &err));
	proc_kill(watch.pid);
	assert_int_equal(await(&watch, 5000, &err), E_NETWORK_ENDED);
	assert_int_equal(watch.socket, -1);
	assert_refused(E_MSG_NONE, &err,
		       network_watch_take(&watch, &network, &err));
}

/* One that was turned may say anything. */
static void what_it_says_is_checked(void **state)
{
	struct network_watch watch = NETWORK_WATCH_NONE;
	static struct {
		struct error error;
		struct network network;
	} answer;
	struct error err;
	int theirs = -1;

	(void)state;
	for (int what = 0; what < 5; what++) {
		memset(&answer, 0, sizeof(answer));
		answer.network.count = 1;
		memset(answer.network.links[0].name, 'x', 16);
		if (what == 0)
			answer.network.count = NETWORK_LINKS_MAX + 1;
		else if (what == 1)
			answer.network.links[0].mac_len = NETWORK_MAC_MAX + 1;
		else if (what == 2)
			answer.network.links[0].address_count =
				NETWORK_ADDRESSES_MAX + 1;
		else if (what == 3)
			answer.error.code = STATUS_COUNT;
		assert_ok(&err, msg_pair(&watch.socket, &theirs, &err));
		assert_ok(&err,
			  msg_send(theirs, span_of(&answer, sizeof(answer)), -1,
				   &err));
		if (what < 4) {
			assert_refused(
				E_NETWORK_ENDED, &err,
				network_watch_take(&watch, &network, &err));
		} else {
			assert_ok(&err,
				  network_watch_take(&watch, &network, &err));
			assert_int_equal(strlen(network.links[0].name), 15);
			network_watch_end(&watch);
		}
		close(theirs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_while_nothing_changes),
		cmocka_unit_test(an_interface_that_comes_and_goes_is_told),
		cmocka_unit_test(the_kernel_of_this_machine_is_understood),
		cmocka_unit_test(one_that_dies_is_not_asked_again),
		cmocka_unit_test(what_it_says_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
