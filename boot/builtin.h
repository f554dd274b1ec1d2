/*
 * What the build puts into the program as data (scripts/embed.sh,
 * tools/mkkeyring.c).
 */
#ifndef KEELBOOT_BUILTIN_H
#define KEELBOOT_BUILTIN_H

#include <stddef.h>
#include <stdint.h>

/* config/keelboot.conf, or the file given as CONFIG= to make. */
extern const unsigned char builtin_config[];
extern const unsigned long builtin_config_len;

/* The keys given as KEYS= to make, as keyring_read() takes them. */
extern const uint8_t builtin_keyring[];
extern const size_t builtin_keyring_len;

#endif
