/*
 * lowmem FILE: writes MemTotal and each new lowest MemAvailable, in kB, to FILE
 * (a serial line) until the machine is gone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned long field(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	const struct timespec pause = { .tv_nsec = 3000000 };
	unsigned long lowest = ~0UL;
	char text[4096];
	int in = open("/proc/meminfo", O_RDONLY), out;

	if (argc != 2 || in < 0)
		return 1;
	out = open(argv[1], O_WRONLY | O_NOCTTY);
	for (;;) {
		ssize_t len = pread(in, text, sizeof(text) - 1, 0);
		unsigned long now;

		if (len <= 0 || out < 0)
			return 1;
		text[len] = '\0';
		now = field(text, "MemAvailable:");
		if (now < lowest) {
			lowest = now;
			dprintf(out, "lowest %lu of %lu kB\n", lowest,
				field(text, "MemTotal:"));
		}
		nanosleep(&pause, NULL);
	}
}
