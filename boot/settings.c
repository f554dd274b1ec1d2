#include "settings.h"

#include "base/log.h"
#include "builtin.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdlib.h>

#define SETTINGS_MAX 65536

static void log_finding(void *ctx, const struct config_finding *f)
{
	char line[512];
	struct text t = text_over(line, sizeof(line));

	if (f->result == CONFIG_SET)
		return;
	config_describe(f, ctx, &t);
	log_warn("%s", line);
}

void settings_load_builtin(struct config *ret)
{
	static char source[] = "built-in configuration";

	config_defaults(ret);
	config_parse(ret, span_of(builtin_config, builtin_config_len),
		     log_finding, source);
}

void settings_load(struct config *ret)
{
	static char file_source[] = SETTINGS_FILE;
	static char cmdline_source[] = "kernel command line";
	char *buf = malloc(SETTINGS_MAX);
	size_t len;

	settings_load_builtin(ret);
	if (!buf) {
		log_error("no memory for the configuration");
		return;
	}
	if (file_read_small(AT_FDCWD, SETTINGS_FILE, buf, SETTINGS_MAX, &len))
		config_parse(ret, span_of(buf, len), log_finding, file_source);
	if (file_read_small(AT_FDCWD, "/proc/cmdline", buf, SETTINGS_MAX, &len))
		config_parse_cmdline(ret, span_of(buf, len), log_finding,
				     cmdline_source);
	free(buf);
}
