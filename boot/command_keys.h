/*
 * What verify and manifest share: whose signatures count.
 */
#ifndef KEELBOOT_COMMAND_KEYS_H
#define KEELBOOT_COMMAND_KEYS_H

#include "commands.h"
#include "authority.h"

/* The folder --keyring names, else what is built in, with --dbx and --sbat
 * added, under `verify = enforce`. *ret_verify refers to *ret. The caller drops
 * *ret also when it fails. */
MUST_USE enum status command_keys(const struct command_line *cl,
				  struct keyring *ret,
				  struct verify_context *ret_verify,
				  struct error *err);

#endif
