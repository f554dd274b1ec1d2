/*
 * The menu's side of the network: the process that does what can wait
 * (net_process.h), what it has said, the entries whose files come from there,
 * and those files as raw images, copied and hashed as they arrive.
 *
 * Entries of the image come first and stay; those of fetched menus are added
 * behind them. An entry's number is its index.
 */
#ifndef KEELBOOT_NET_H
#define KEELBOOT_NET_H

#include "format/net_settings.h"
#include "format/template.h"
#include "image.h"
#include "net_menu.h"
#include "net_wire.h"
#include "trust/keyring.h"

#include <poll.h>
#include <sys/types.h>

#define NET_SLOTS_MAX 128
/* Of a disk one at a time is tried, and takes no other's room. */
#define NET_OF_DISK    NET_SLOTS_MAX
#define NET_ID_MAX     256
#define NET_DHCP_ID    "dhcp"	 /* the entry that boots what DHCP tells */
#define NET_UKI_URL_ID "uki-url" /* that of the configuration's key */

#define NET_NO_PARENT UINT32_MAX

struct net_slot {
	bool is_used;
	struct net_entry *entry; /* NULL of NET_DHCP_ID */
	bool is_of_image;
	uint32_t of_disk; /* a disk's: its id in the list, else 0 */
	uint32_t parent;  /* whose text named it, or NET_NO_PARENT */
	char id[NET_ID_MAX];
};

/* What the machine says of itself, "" where it does not. */
struct net_machine {
	bool has_uuid;
	uint8_t uuid[16]; /* in the order it is written */
	char uuid_text[40];
	char serial[128], product[128], manufacturer[128], asset[128];
	char mac[18], ip[48], hostname[LEASE_TEXT_MAX]; /* of net_state */
};

struct net {
	pid_t pid;
	pid_t killed;	   /* one before, until it has gone */
	int socket;	   /* -1 if it does not run */
	bool is_wanted;	   /* something is to come from the network */
	bool was_begun;	   /* there may be addresses of one before */
	unsigned ends;	   /* how often by itself since its last file */
	uint64_t again_ms; /* when it is started again, 0 for never */
	struct net_state state;
	struct net_machine machine;
	struct net_settings settings;
	const struct keyring *keyring;
	/* net_init() sets those of the image. */
	const char *busybox, *script, *folder, *resolv_conf;
	uint64_t end_ms; /* of what is tried now, 0 before its first file */
	bool has_text;	 /* NET_OF_DISK is of what is tried now */
	/* How long after a deadline the process is still waited for. */
	uint32_t grace_ms;
	uint64_t lines_ms;   /* what it has said in the log, as time to come */
	uint32_t lines_lost; /* that were too many for it */
	uint32_t last_request;
	uint32_t last_tell, told; /* numbers: sent, and gone out */
	uint32_t image_count;	  /* entries of the image are the first slots */
	struct net_slot slots[NET_SLOTS_MAX + 1];

	/* Asked while the link or a file is waited for: true ends that with
	 * E_NET_STOPPED. */
	bool (*is_stopped)(void *ctx);
	/* Told of each try that failed, and of what links do; may be NULL. */
	void (*say)(void *ctx, const char *line);
	void *stop_ctx; /* of both */

	/* What the last attempt got in place of an image (E_NET_TEXT), and
	 * where from: nobody has verified it. */
	struct raw_image text;
	char text_url[URL_TEXT_MAX];

	/* Of the files of what is tried now, texts on the way to it included,
	 * for whoever asks where they are from: whole lines, and one that says
	 * so where others are left out. Emptied by whoever begins anew. */
	char provenance[16384];
};

void net_init(struct net *net);

/* Reads what `root` ("" for the machine) has of SMBIOS. */
void net_read_machine(struct net *net, const char *root);

/* Adds an entry of the image, before anything else is added (entry NULL: the
 * one that boots what DHCP tells); takes it over, if there is room. Errors:
 * E_NET_SLOTS. */
MUST_USE enum status net_add(struct net *net, struct net_entry *entry,
			     const char *id, uint32_t *ret, struct error *err);

/* The same for one that a text of entry `parent` named. */
MUST_USE enum status net_add_child(struct net *net, struct net_entry *entry,
				   const char *id, uint32_t parent,
				   uint32_t *ret, struct error *err);

/* The same for an entry of a disk, which has that number in the list: the slot
 * NET_OF_DISK is it from now on. If it was another one, what texts of that one
 * named is gone, as in net_forget_children(). */
uint32_t net_set_of_disk(struct net *net, struct net_entry *entry,
			 const char *id, uint32_t of_disk,
			 void (*gone)(void *ctx, uint32_t number), void *ctx);

/* Forgets what a text of that entry named, and what texts of those did, when
 * it is read again; tells of each. */
void net_forget_children(struct net *net, uint32_t parent,
			 void (*gone)(void *ctx, uint32_t number), void *ctx);

/* Starts the process, if anything is to come from the network: entries were
 * added, or settings have an interface or somebody to be told. One that ends is
 * started again, later each time. keyring has the CAs of servers. Errors: those
 * of msg_pair() and proc_spawn(), after which there is no network, E_NO_MEMORY.
 */
MUST_USE enum status net_begin(struct net *net,
			       const struct net_settings *settings,
			       const struct keyring *keyring,
			       struct error *err);

/* Starts it anew with other settings, where it was started, or net_begin() had
 * no reason to: what it had set up is taken away. Errors: as there, but that
 * without net_begin() the settings are taken and nothing is started. */
MUST_USE enum status net_begin_again(struct net *net,
				     const struct net_settings *settings,
				     struct error *err);

/* Starts it if net_begin() had no reason to, and a disk's entry is one. Errors:
 * as there; E_NET_ENDED (there was no net_begin()). */
MUST_USE enum status net_begin_late(struct net *net, struct error *err);

/* Until when an entry may take from now on. The first one since
 * net.end_ms was set to 0 bounds all that its texts lead to. */
uint64_t net_deadline_of(struct net *net, uint32_t number);

size_t net_poll_fds(const struct net *net, struct pollfd *fds);
int net_wait_ms(const struct net *net, uint64_t now_ms);

/* Takes what is there without waiting; true if the state has changed. */
bool net_handle(struct net *net, uint64_t now_ms);

/* Waits until an interface has an address; for a process that has ended, too,
 * until it was started again. Errors: E_NET_LINK (not until the deadline: where
 * it stands), E_NET_STOPPED, E_NET_ENDED (none was ever started). */
MUST_USE enum status net_await_up(struct net *net, uint64_t deadline_ms,
				  struct error *err);

/* What templates stand for now; the texts are net's. */
struct template_values net_values(const struct net *net);

/* Forgets an entry that no text named, and what texts of it did; tells of each.
 */
void net_remove(struct net *net, uint32_t number,
		void (*gone)(void *ctx, uint32_t number), void *ctx);

/*
 * Whose secrets and CAs count for the URLs of a request that entry, or a text
 * it led to, has named: those of the entry of the image that it began with, if
 * each URL is of an origin which that one names itself; else NET_NO_ENTRY. A
 * text, be it signed, sends nobody's token elsewhere.
 */
uint32_t net_secrets_for(const struct net *net, uint32_t entry,
			 const struct net_request *request);

/* Fills in urls of a request for a file of an entry, mirrors from `first` on,
 * with their places in the entry, and whose secrets count. Errors: those of
 * template_expand() and url_parse(), if no mirror can be used; others are lines
 * in the log. */
MUST_USE enum status net_ask_for(const struct net *net, uint32_t entry,
				 uint32_t file, uint32_t first,
				 struct net_request *ret, struct error *err);

/*
 * Fetches a file into a memory file of this process. Of wish count entry,
 * max_size, retry, is_whole and the URLs. Errors: E_NET_DEADLINE (it has
 * passed), E_NET_STOPPED, E_NET_ENDED,
 * E_NET_SILENT (the process says nothing long after the deadline),
 * E_IMAGE_MEMORY (before the download if the size is told, else when it would
 * be too much; facts->mirror is who the file began at, for the next ones may
 * have another), E_PROBE_PROTOCOL and E_IMAGE_SIZE (what it says does not go
 * together), E_NO_MEMORY, those of transfer_make(), meminfo_read() and blob.h,
 * and what the process says.
 */
MUST_USE enum status net_read(struct net *net, const struct net_request *wish,
			      uint64_t deadline_ms,
			      const struct image_request *request,
			      struct raw_image *ret, struct net_facts *facts,
			      struct error *err);

/* To the syslog server and the status URL, if there are any. Never waits. */
void net_tell(struct net *net, uint8_t severity, const char *stage,
	      const char *text);

/* Waits until it has gone out, NET_FLUSH_MS at most and not without a link:
 * before a jump. */
#define NET_FLUSH_MS 1500
void net_flush(struct net *net);

/* Adds a line to what is known of the file that came last. Of texts on the way
 * a half of the room is for, so that there is some for what boots. */
void net_note_file(struct net *net, const char *line);
void net_note_text(struct net *net, const char *line);

void net_end(struct net *net);

#endif
