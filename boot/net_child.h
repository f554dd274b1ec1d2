/*
 * A busybox applet as a child without privileges, whose output is read through
 * a pipe: TFTP, and the time of day. What it says to standard error is kept for
 * the sentence about its end. Runs in the network process alone.
 */
#ifndef KEELBOOT_NET_CHILD_H
#define KEELBOOT_NET_CHILD_H

#include "base/error.h"
#include "base/text.h"

#include <sys/types.h>

struct net_child {
	pid_t pid;
	int out, err;	/* -1 once it has closed them */
	char last[160]; /* line of standard error that has anything in it */
	size_t last_len;
	bool is_new; /* that line is over: the next one takes its place */
};

#define NET_CHILD_NONE ((struct net_child){ .out = -1, .err = -1 })

/* words: the applet's name and its arguments, NULL at the end. caps: all that
 * it has (sys/caps.h). Errors: E_PROC_FORK with errno. */
MUST_USE enum status net_child_begin(const char *busybox,
				     const char *const *words, uint64_t caps,
				     struct net_child *ret, struct error *err);

/* Waits for at most wait_ms; what there is of its output goes to to. False once
 * it has closed its output: then it ends. */
MUST_USE bool net_child_read(struct net_child *child, int wait_ms, uint8_t *to,
			     size_t cap, size_t *ret_len);

/* Kills it if it has not ended, and forgets it. True if it had, with exit
 * status 0. why gets its last words, or how it ended. */
bool net_child_end(struct net_child *child, struct text *why);
void net_child_drop(struct net_child *child);
#define _drop_child_ __attribute__((cleanup(net_child_drop)))

#endif
