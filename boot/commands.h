/*
 * The subcommands for people and programs on an ordinary host (and in the
 * rescue shell). Each takes its own name as argv[0] and returns an exit status:
 * 0 for success, 1 for a failure that was told on standard error, 2 for wrong
 * use.
 */
#ifndef KEELBOOT_COMMANDS_H
#define KEELBOOT_COMMANDS_H

#include "base/error.h"

#include <stdbool.h>

int command_inspect(int argc, char **argv);
int command_unpack(int argc, char **argv);
int command_list(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_boot(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_manifest(int argc, char **argv);
int command_check_config(int argc, char **argv);
int command_password(int argc, char **argv);
int command_bless(int argc, char **argv);
int command_set_default(int argc, char **argv);
int command_set_oneshot(int argc, char **argv);

/* The options every command draws from, and its one argument. */
struct command_line {
	const char *argument; /* NULL if none was given */
	const char *root;     /* --root DIR */
	const char *out;      /* --out DIR */
	const char *profile;  /* --profile N */
	const char *keyring;  /* --keyring DIR */
	const char *dbx;      /* --dbx FILE */
	const char *sbat;     /* --sbat FILE */
	const char *esp;      /* --esp DIR */
	const char *entry;    /* --entry FILE */
	bool json;	      /* --json */
	bool clear;	      /* --clear */
	bool check;	      /* --check */
	char **arguments;     /* with OPTION_ARGUMENTS: all of them, */
	int argument_count;   /* at the front of argv, in order */
};

enum command_option {
	OPTION_ROOT = 1,
	OPTION_OUT = 2,
	OPTION_PROFILE = 4,
	OPTION_JSON = 8,
	OPTION_ARGUMENT = 16, /* the argument is required */
	OPTION_ARGUMENTS = 32 /* one or more */ | OPTION_ARGUMENT,
	OPTION_KEYRING = 64, /* --keyring, --dbx and --sbat */
	OPTION_CHECK = 128,
	OPTION_ESP = 256, /* --esp and --entry */
	OPTION_CLEAR = 512,
	OPTION_MAY_ARGUMENT = 1024, /* the argument can be left out */
};

/* Parses argv against the options a command takes; on wrong use a sentence goes
 * to standard error and false is returned. */
bool command_parse(int argc, char **argv, unsigned options,
		   struct command_line *ret);

/* "keelboot: <sentence>" on standard error; returns 1. */
int command_fail(const struct error *err);

#endif
