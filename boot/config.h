/*
 * keelboot.conf(5): `key value` or `key = value` lines, keys of systemd-boot's
 * loader.conf as they are, plus a few of our own. Nothing in it is executed.
 *
 * Keys that change what may boot stand in struct config itself: the last
 * trusted source wins, and while signatures are enforced the image alone is
 * trusted. Keys that choose among what may boot count from every source, each
 * source has a struct config_choices of its own, and choice.h says who wins.
 * What stands on a disk only ever chooses, whatever `verify` is: disks answer
 * in any order, and none of them shall change how the others are treated. Where
 * the machine finds its network is no matter of disks, and a disk may say it.
 */
#ifndef KEELBOOT_CONFIG_H
#define KEELBOOT_CONFIG_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"
#include "format/net_settings.h"
#include "kexec_syscall.h"
#include "policy.h"
#include "trust/password.h"

#define CONFIG_LINE_MAX	      4096
#define CONFIG_PATTERN_MAX    256
#define CONFIG_APPEND_MAX     2048
#define CONFIG_WAIT_FOR_MAX   512
#define CONFIG_CONSOLES_MAX   128
#define CONFIG_BOOT_ORDER_MAX 512
#define CONFIG_UKI_URL_MAX    1024
#define CONFIG_TIMEOUT_FORCE  UINT32_MAX

/* Words for the next system's command line: of `hand-on`. */
#define CONFIG_HAND_ON_IP	1U
#define CONFIG_HAND_ON_BOOTIF	2U
#define CONFIG_HAND_ON_VLAN	4U
#define CONFIG_HAND_ON_ROOTPATH 8U
#define CONFIG_HAND_ON_IFNAME	16U

enum end_action { END_REBOOT = 0, END_POWER_OFF, END_SHELL };

/* What follows when an entry that booted by itself has failed. */
enum failure_action {
	FAILURE_NEXT = 0, /* the next good entry is tried */
	FAILURE_MENU,	  /* somebody has to come */
	FAILURE_REBOOT,
	FAILURE_POWER_OFF,
	FAILURE_HOLD, /* nothing more, until somebody comes */
};

/* How the menu behaves while the timeout runs. */
enum menu_manner {
	MENU_SHOWN = 0,
	MENU_HIDDEN,   /* until a key is pressed */
	MENU_DISABLED, /* keys do not call it */
};

/* Which `console=` words the next kernel is given. */
enum console_hand_on {
	CONSOLE_ENTRY = 0, /* those that the entry has */
	CONSOLE_REUSE,	   /* all of the firmware's where the entry has none */
	CONSOLE_NONE,	   /* none but those of `append` */
};

/* What one source says of which entry boots, and when. */
struct config_choices {
	char default_entry[CONFIG_PATTERN_MAX]; /* pattern, "" for none */
	char preferred[CONFIG_PATTERN_MAX];
	bool has_timeout;
	uint32_t timeout_s; /* or CONFIG_TIMEOUT_FORCE: wait for ever */
	bool has_manner;
	bool is_manner_of_timeout; /* a word of `timeout` said it */
	enum menu_manner manner;   /* choice_manner() has the one that counts */
};

struct config {
	struct policy policy;
	struct config_choices builtin; /* of the image */
	struct config_choices cmdline; /* of the firmware kernel's words */
	uint64_t locked;     /* what only the image sets: config_is_locked() */
	uint64_t of_cmdline; /* what the kernel command line has set */
	bool efi_variables;  /* are read and written */
	bool ipmi;	     /* a BMC's boot flags are */
	bool last_booted;    /* is written where something says @saved */
	enum failure_action on_failure;
	enum kexec_mode kexec;
	char append[CONFIG_APPEND_MAX];
	uint32_t probe_timeout_s;
	enum end_action crash_action;
	uint32_t crash_delay_s;
	enum policy_choice rescue_shell;
	enum policy_choice editor;
	uint32_t file_systems; /* bits of place_rules.h, 0 for the default */
	enum policy_choice removable;
	char wait_for[CONFIG_WAIT_FOR_MAX]; /* words of await.h, "" for none */
	uint32_t wait_for_timeout_s;
	uint32_t idle_timeout_s; /* 0: never */
	bool colour;
	/* Names under /dev with one blank between them, beside the kernel's
	 * own; "" for none. */
	char consoles[CONFIG_CONSOLES_MAX];
	enum console_hand_on console_hand_on;
	uint32_t watchdog_s; /* 0: none is armed */
	/* As password_check() takes it, "" for none. One that is not well
	 * formed stays in here, and nothing opens what it is for. */
	char password[PASSWORD_LINE_MAX];
	uint32_t password_for; /* policy_password_for() says what counts */
	struct net_settings network;
	bool network_is_of_before; /* its interfaces: of another source */
	/* Patterns of ids, `disk`, `network` and `dhcp` with one blank between
	 * them, each once; "" for none. */
	char boot_order[CONFIG_BOOT_ORDER_MAX];
	uint32_t hand_on; /* CONFIG_HAND_ON_IP ... */
	/* Mirrors and templates as of format/net_entry.h, "" for none. */
	char uki_url[CONFIG_UKI_URL_MAX];
};

/* Of `lock`, which takes names of keys and this one. */
#define CONFIG_LOCK_ONE_SHOT "one-shot"

/* What became of a line. */
enum config_result {
	CONFIG_SET,
	CONFIG_NO_EFFECT, /* a loader.conf key that means nothing here */
	CONFIG_UNKNOWN,
	CONFIG_BAD_VALUE,
	CONFIG_BAD_LINE, /* no value, NUL or control characters, too long */
	CONFIG_LOCKED,	 /* the source may not set that key */
};

struct config_finding {
	enum config_result result;
	uint32_t line; /* from 1 */
	struct display key;
	struct display value;
	/* For people: what a value may be; of CONFIG_LOCKED why it is, of
	 * CONFIG_UNKNOWN the key that may be meant, or NULL. */
	const char *expected;
	/* Of some bad values: what is wrong with this one, until the report
	 * returns; else NULL. */
	const char *why;
};

typedef void config_report_fn(void *ctx, const struct config_finding *f);

void config_defaults(struct config *ret);

/* Parses all of text, a part of the image; each line that is not blank or a
 * comment is reported. report may be NULL. Returns the number of lines that
 * were not understood. */
unsigned config_parse(struct config *config, struct span text,
		      config_report_fn *report, void *ctx);

/* The same for a loader.conf on a disk, which only chooses. Locks are not
 * looked at here. */
unsigned config_parse_esp(struct config_choices *ret, struct span text,
			  config_report_fn *report, void *ctx);

/* The same for a disk's keelboot.conf, which the caller has found to be vouched
 * for, or not to need it: keys of the network, but for those that are locked or
 * that the kernel command line has set. */
unsigned config_parse_disk(struct config *config, struct span text,
			   config_report_fn *report, void *ctx);

/* Takes a value of `timeout`; false, with nothing changed, if it is none. */
MUST_USE bool config_set_timeout(struct config_choices *choices,
				 struct span value);

/* Takes the `keelboot.KEY=VALUE` words of a kernel command line; a value may
 * stand in double quotes. */
unsigned config_parse_cmdline(struct config *config, struct span cmdline,
			      config_report_fn *report, void *ctx);

/* Whether the image alone sets a key, or CONFIG_LOCK_ONE_SHOT. */
bool config_is_locked(const struct config *config, const char *key);

/* One sentence on a finding, e.g. for a log. */
void config_describe(const struct config_finding *f, const char *source,
		     struct text *out);

/* The table of keys, for the manual page's test: NULL ends it. */
const char *config_key_name(unsigned index);

#endif
