/*
 * What the build puts into the program as data (scripts/embed.sh).
 */
#ifndef KEELBOOT_BUILTIN_H
#define KEELBOOT_BUILTIN_H

/* config/keelboot.conf, or the file given as CONFIG= to make. */
extern const unsigned char builtin_config[];
extern const unsigned long builtin_config_len;

#endif
