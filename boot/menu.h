/*
 * The story of one boot: discover, show, choose, read, verify, unpack, load,
 * go. The only part that knows every step.
 */
#ifndef KEELBOOT_MENU_H
#define KEELBOOT_MENU_H

/*
 * The menu on every console. root is NULL on the machine itself; on a host it
 * is the directory that stands for the machine's partitions, the menu is on the
 * terminal it was started from, and a choice is carried out up to the point
 * where the running kernel would be asked to load something.
 *
 * Returns an exit status for init (init.h) or, on a host, for the shell.
 */
int menu_run(const char *root);

#endif
