/*
 * What the files of net.h share. Used by net.c and net_read.c alone.
 */
#ifndef KEELBOOT_NET_PARTS_H
#define KEELBOOT_NET_PARTS_H

#include "net.h"

/* How often whoever waits looks whether it still should. */
#define NET_STEP_MS 100

/* The next message, tamed. Never waits. Errors: E_MSG_NONE, E_NET_ENDED (the
 * process ended, or makes no sense and was ended). */
MUST_USE enum status net_next(struct net *net, struct net_message *message,
			      struct error *err);

/* Takes one that is about no file; true if the state has changed. */
bool net_take(struct net *net, const struct net_message *message);

/* Ends the process, which is started again later. */
void net_lose(struct net *net);

/* Whether somebody wants that to end: E_NET_STOPPED is in *err then. */
bool net_is_stopped(const struct net *net, struct error *err);

#endif
