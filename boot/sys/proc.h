/*
 * Processes that may be lost, and how to talk to them: a child that runs one
 * function with the descriptors it was given and no others, deadlines, and
 * messages that can carry a descriptor.
 */
#ifndef KEELBOOT_SYS_PROC_H
#define KEELBOOT_SYS_PROC_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#include <stdint.h>
#include <sys/types.h>

/* Milliseconds of a clock that never jumps. */
uint64_t now_ms(void);

/* What the machine takes for the time of day: seconds since 1970. */
int64_t wall_clock_s(void);

/* Milliseconds until deadline_ms for poll(2): 0 when it has passed, at most
 * INT_MAX. */
int deadline_left_ms(uint64_t deadline_ms);

/* The same for a clock of which it is now_ms. */
int ms_until(uint64_t then_ms, uint64_t now_ms);

/* The sooner of two waits, of which -1 is for ever. */
int ms_sooner(int a, int b);

#define PROC_KEEP_MAX 16

/*
 * A child runs run(context) and exits with what it returns. It keeps standard
 * input, output and error and the keep_count descriptors of keep (-1 is
 * passed over), has default signals, is called name (15 bytes count) and is
 * killed when the thread that made it ends. Errors: E_PROC_FORK, E_PROC_KEEP
 * (more than PROC_KEEP_MAX).
 */
enum status proc_spawn(const char *name, int (*run)(void *context),
		       void *context, const int *keep, size_t keep_count,
		       pid_t *ret_pid, struct error *err);

/* This process may have so many descriptors, as far as the kernel lets it: the
 * limit it starts with is low, since select(2) ends there. */
void proc_allow_descriptors(unsigned count);

/* Lets others go first: this process is nicer by that much (nice(2)), and what
 * it starts from then on. */
void proc_yield(int by);

/* SIGKILL. A process in uninterruptible sleep lives on until it wakes: do not
 * wait for it. */
void proc_kill(pid_t pid);

/* True, once, if the child has ended; *ret_status is waitpid's. Never waits. */
bool proc_reap(pid_t pid, int *ret_status);

/* How it ended, for people: "exit status 3", "signal 11 (SIGSEGV)". */
void proc_describe_end(int status, struct text *to);

/*
 * A pair of sockets that keep the borders of messages (SOCK_SEQPACKET): ours
 * does not block, theirs does. Errors: E_MSG_SOCKET.
 */
enum status msg_pair(int *ret_ours, int *ret_theirs, struct error *err);

/*
 * Sends one message, not empty, with a descriptor if pass_fd is not -1; pass_fd
 * stays the caller's. Errors: E_MSG_FULL (would block), E_MSG_CLOSED (nobody at
 * the other end), E_MSG_SEND.
 */
enum status msg_send(int fd, struct span message, int pass_fd,
		     struct error *err);

/*
 * Receives one message of at most cap bytes. *ret_fd is its descriptor, the
 * caller's, or -1. Errors: E_MSG_NONE (nothing there now), E_MSG_CLOSED,
 * E_MSG_TOO_LONG (longer than cap; it is dropped), E_MSG_DESCRIPTORS (more than
 * one, or they did not fit; all are closed), E_MSG_RECEIVE.
 */
enum status msg_receive(int fd, void *buf, size_t cap, size_t *ret_len,
			int *ret_fd, struct error *err);

#endif
