/*
 * main(): the table of subcommands.
 */
#include "base/log.h"
#include "commands.h"
#include "dhcp.h"
#include "init.h"
#include "menu.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What init has to know of the configuration. */
static void configure_end(struct init_end *ret)
{
	static const enum init_action actions[] = {
		[END_REBOOT] = INIT_END_REBOOT,
		[END_POWER_OFF] = INIT_END_POWER_OFF,
		[END_SHELL] = INIT_END_SHELL,
	};
	struct config config;

	settings_load(&config);
	ret->action = actions[config.crash_action];
	if (ret->action == INIT_END_SHELL && !policy_shell_allowed(&config)) {
		log_warn("crash-action = shell: %s; the machine restarts "
			 "instead",
			 policy_shell_locked(&config));
		ret->action = INIT_END_REBOOT;
	}
	ret->delay_s = config.crash_delay_s;
}

static int command_init(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return init_run(configure_end);
}

static int command_menu(int argc, char **argv)
{
	struct command_line cl;

	if (!command_parse(argc, argv, OPTION_ROOT, &cl))
		return 2;
	return menu_run(cl.root);
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *help;
} commands[] = {
	{ "list", command_list, "[--json] [--root DIR]",
	  "every entry found, offered or refused, with the reason" },
	{ "inspect", command_inspect, "FILE [--json]",
	  "what an image is: headers, sections, profiles, digests" },
	{ "verify", command_verify,
	  "FILE... [--keyring DIR] [--dbx FILE] [--sbat FILE] [--json]",
	  "who vouches for an image: exit 0 trusted, 1 refused, 2 no image" },
	{ "manifest", command_manifest,
	  "ENTRY.conf|UKI.efi [--root DIR] [--check [--keyring DIR]]",
	  "writes or checks what is to be signed for an entry or beside a "
	  "UKI" },
	{ "unpack", command_unpack, "FILE --out DIR [--profile N]",
	  "kernel, initrd and command line as kexec would get them" },
	{ "explain", command_explain, "ENTRY [--root DIR] [--json]",
	  "dry run of a boot: every piece and where it comes from" },
	{ "check-config", command_check_config, "FILE [--json]",
	  "every line of a configuration, understood or not" },
	{ "password", command_password, "",
	  "makes the line of keelboot.conf that holds a password" },
	{ "bless", command_bless,
	  "[good|bad|indeterminate|status] [--esp DIR] [--entry FILE]",
	  "says how the boot of this system went: its boot counter" },
	{ "set-default", command_set_default, "ID|--clear [--esp DIR]",
	  "the entry that boots by itself, a pattern, or @saved" },
	{ "set-oneshot", command_set_oneshot, "ID|--clear [--esp DIR]",
	  "the entry that boots the next time only" },
	{ "menu", command_menu, "[--root DIR]",
	  "discover, show, choose, boot (rehearsed with --root)" },
	{ "boot", command_boot, "ENTRY", "boot one entry without the menu" },
	{ "init", command_init, "", "PID 1 of the firmware's initramfs" },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(FILE *to)
{
	fputs("keelboot " KEELBOOT_VERSION
	      ", the boot loader of servers whose firmware is Linux\n\n",
	      to);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  keelboot %s %s\n      %s\n", commands[i].name,
			commands[i].usage, commands[i].help);
	fputs("\nWith --root DIR, DIR stands for the machine's partitions: an "
	      "ESP, or a\ndirectory of them. keelboot(8) has the rest.\n",
	      to);
	return to == stdout ? 0 : 2;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;
	const char *self = slash ? slash + 1 : argc ? argv[0] : "";
	const struct command *command;

	log_to(STDERR_FILENO, false, LOG_WARN);
	if (!strcmp(self, "init") || getpid() == 1)
		return command_init(argc, argv);
	if (!strcmp(self, DHCP_SCRIPT_NAME))
		return dhcp_script(argc, argv);
	if (argc < 2)
		return help(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(stdout);
	if (!strcmp(argv[1], "--version")) {
		puts("keelboot " KEELBOOT_VERSION);
		return 0;
	}
	command = find_command(argv[1]);
	if (!command) {
		fprintf(stderr,
			"keelboot: there is no command %s; see `keelboot "
			"--help`\n",
			argv[1]);
		return 2;
	}
	return command->run(argc - 1, argv + 1);
}
