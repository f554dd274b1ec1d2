/*
 * What the configuration allows, as plain values.
 */
#ifndef KEELBOOT_POLICY_H
#define KEELBOOT_POLICY_H

#include <stdbool.h>

enum verify_mode {
	VERIFY_ENFORCE = 0, /* zeroed memory is the strict one */
	VERIFY_WARN,
	VERIFY_OFF,
};

struct policy {
	enum verify_mode verify;
};

const char *verify_mode_name(enum verify_mode mode);

#endif
