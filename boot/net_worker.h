/*
 * Who fetches for the network process: a process of its own, since names are
 * looked up and servers are waited for without anybody asking in between. It
 * serves one NET_FETCH after the other, so that a connection can be kept, and
 * is killed if one is not wanted any more.
 *
 * It has no capability but what setting the clock takes, if the settings name
 * an NTP server.
 */
#ifndef KEELBOOT_NET_WORKER_H
#define KEELBOOT_NET_WORKER_H

#include "net_process.h"

/* What it is told, one message each; what it says is a struct net_message:
 * NET_NOTE, NET_BEGIN, NET_PART, NET_END, NET_FAILED. */
struct net_job {
	enum { NET_JOB_ORDER = 1, NET_JOB_STATE } kind;
	union {
		struct net_request request; /* NET_FETCH, NET_TAKEN */
		struct net_state state;	    /* where the network stands now */
	};
};

/* Bytes of it that count. */
size_t net_job_size(const struct net_job *job);

struct net_worker_task {
	const struct net_task *task;
	const struct net_state *state;
	const struct net_request *tell; /* of the other one below */
	int socket;
};

/* proc_spawn()'s functions; context is a struct net_worker_task. The second one
 * serves one NET_TELL and ends. */
int net_worker_run(void *context);
int net_worker_tell(void *context);

#endif
