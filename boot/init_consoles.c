#include "init_parts.h"

#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WRITE_MS 100

void init_open_consoles(struct init *init)
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

void init_say_bytes(struct init *init, const char *text)
{
	for (size_t i = 0; i < init->console_count; i++)
		console_write(&init->consoles[i], span_of_text(text), WRITE_MS);
}

/* For what the operator is told anyway: the kernel would show the line of the
 * log on the same consoles. */
void init_log_unshown(const char *text)
{
	console_mute_kernel();
	log_warn("%s", text);
	console_unmute_kernel();
}

void init_say(struct init *init, const char *fmt, ...)
{
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	init_log_unshown(text);
	if (!init->console_count)
		init_open_consoles(init);
	init_say_bytes(init, "\r\nkeelboot: ");
	init_say_bytes(init, text);
	init_say_bytes(init, "\r\n");
}

/* The new one is opened before the old one is closed: the last close of a
 * serial line would drop it. */
void init_reopen_consoles(struct init *init)
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

void init_clean_consoles(struct init *init)
{
	init_reopen_consoles(init);
	for (size_t i = 0; i < init->console_count; i++) {
		init->consoles[i].is_raw = init->has_modes[i];
		console_restore(&init->consoles[i]);
	}
	init_say_bytes(init, "\033[?1049l\033[0m\033[?25h\033[999H");
	console_unmute_kernel();
}
