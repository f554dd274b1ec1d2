/*
 * keelboot password: makes the line of keelboot.conf that holds a password.
 */
#include "base/own.h"
#include "base/text.h"
#include "commands.h"
#include "trust/password.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* What was typed; a byte more than a password may have tells that it is too
 * long. */
struct secret {
	char bytes[PASSWORD_MAX + 1];
	size_t len;
};

static void secret_wipe(struct secret *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

#define _wipe_ __attribute__((cleanup(secret_wipe)))

static enum status await_input(int signals, struct error *err)
{
	struct pollfd fds[2] = { { STDIN_FILENO, POLLIN, 0 },
				 { signals, POLLIN, 0 } };

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return fail_sys(err, E_PASSWORD_INPUT, errno,
					"unable to wait for the password");
	return fds[1].revents ? fail(err, E_PASSWORD_INPUT, "interrupted") : OK;
}

/* Byte by byte, so that nothing of it stays in a buffer of the C library. */
static enum status read_line(int signals, struct secret *ret, struct error *err)
{
	enum status s;
	ssize_t n;
	char c;

	for (;;) {
		s = await_input(signals, err);
		if (s != OK)
			return s;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0)
			return fail_sys(err, E_PASSWORD_INPUT, errno,
					"unable to read the password");
		if (!n || c == '\n')
			break;
		if (ret->len < sizeof(ret->bytes))
			ret->bytes[ret->len++] = c;
	}
	c = 0;
	return OK;
}

/* What the menu's line cannot hold could never be typed there. */
static enum status check_text(const struct secret *secret, struct error *err)
{
	struct span rest = span_of(secret->bytes, secret->len);
	size_t at = 0, len;
	unsigned width;
	bool is_valid;

	while ((len = utf8_next(rest, &width, &is_valid)) > 0) {
		if (!is_valid || rest.ptr[0] < 0x20 || rest.ptr[0] == 0x7f)
			return fail(err, E_PASSWORD_INPUT,
				    "byte %zu of the password is no text that "
				    "the menu could be given",
				    at + 1);
		at += len;
		rest = span_slice(rest, len, rest.len - len);
	}
	return OK;
}

static enum status ask(const char *prompt, int signals, struct secret *ret,
		       struct error *err)
{
	enum status s;

	fputs(prompt, stderr);
	s = read_line(signals, ret, err);
	fputc('\n', stderr);
	return s;
}

static enum status ask_twice(int signals, struct secret *ret, struct error *err)
{
	_wipe_ struct secret again = { .len = 0 };
	enum status s = ask("Password: ", signals, ret, err);

	if (s == OK && ret->len)
		s = ask("The same again: ", signals, &again, err);
	if (s == OK && ret->len &&
	    (again.len != ret->len ||
	     memcmp(again.bytes, ret->bytes, ret->len) != 0))
		s = fail(err, E_PASSWORD_DIFFERS,
			 "the two passwords are not the same");
	return s;
}

/* Without echo. A signal that ends the program waits until there is an echo
 * again. */
static enum status ask_on_terminal(struct secret *ret, struct error *err)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	_close_ int signals = -1;
	struct termios was, quiet;
	enum status s;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaddset(&set, ends[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (signals = signalfd(-1, &set, SFD_CLOEXEC)) < 0 ||
	    tcgetattr(STDIN_FILENO, &was) < 0)
		return fail_sys(err, E_PASSWORD_INPUT, errno,
				"unable to prepare the terminal");
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) < 0)
		return fail_sys(err, E_PASSWORD_INPUT, errno,
				"unable to turn the echo off");
	s = ask_twice(signals, ret, err);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	return s;
}

static enum status read_secret(struct secret *ret, struct error *err)
{
	enum status s = isatty(STDIN_FILENO) ? ask_on_terminal(ret, err)
					     : read_line(-1, ret, err);

	return s == OK ? check_text(ret, err) : s;
}

int command_password(int argc, char **argv)
{
	_wipe_ struct secret secret = { .len = 0 };
	char line[PASSWORD_LINE_MAX];
	uint8_t salt[PASSWORD_SALT];
	struct command_line cl;
	struct error err;

	if (!command_parse(argc, argv, 0, &cl))
		return 2;
	if (read_secret(&secret, &err) != OK)
		return command_fail(&err);
	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt)) {
		fail_sys(&err, E_PASSWORD_INPUT, errno,
			 "unable to get random bytes for the salt");
		return command_fail(&err);
	}
	if (password_make(span_of(secret.bytes, secret.len),
			  span_of(salt, sizeof(salt)), PASSWORD_ITERATIONS,
			  line, &err) != OK)
		return command_fail(&err);
	printf("password = %s\n", line);
	return 0;
}
