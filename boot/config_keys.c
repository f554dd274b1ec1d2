#include "config_keys.h"

#include "config_console.h"
#include "config_network.h"
#include "config_values.h"
#include "format/net_entry.h"
#include "place_rules.h"

#include <string.h>

static bool lock_bit(struct span name, uint64_t *ret);

static bool set_verify(struct config *c, struct span value)
{
	static const struct config_word words[] = { { "enforce",
						      VERIFY_ENFORCE },
						    { "warn", VERIFY_WARN },
						    { "off", VERIFY_OFF },
						    { NULL, 0 } };
	int mode;

	if (!config_pick_word(value, words, &mode))
		return false;
	c->policy.verify = (enum verify_mode)mode;
	return true;
}

static bool choose_default(struct config_choices *c, struct span value)
{
	return config_take_text(c->default_entry, sizeof(c->default_entry),
				value);
}

static bool choose_preferred(struct config_choices *c, struct span value)
{
	return config_take_text(c->preferred, sizeof(c->preferred), value);
}

/* A word says how the menu behaves, too; a number only takes back what a word
 * has said before it. */
static bool choose_timeout(struct config_choices *c, struct span value)
{
	static const struct config_word words[] = {
		{ "menu-force", MENU_SHOWN },
		{ "menu-hidden", MENU_HIDDEN },
		{ "menu-disabled", MENU_DISABLED },
		{ NULL, 0 },
	};
	int manner = MENU_SHOWN;
	bool is_word = config_pick_word(value, words, &manner);

	if (is_word)
		c->timeout_s = manner == MENU_SHOWN ? CONFIG_TIMEOUT_FORCE : 0;
	else if (!config_take_seconds(&c->timeout_s, value))
		return false;
	if (is_word || c->is_manner_of_timeout) {
		c->manner = (enum menu_manner)manner;
		c->has_manner = c->is_manner_of_timeout = is_word;
	}
	c->has_timeout = true;
	return true;
}

static bool choose_menu(struct config_choices *c, struct span value)
{
	static const struct config_word words[] = {
		{ "show", MENU_SHOWN },
		{ "hidden", MENU_HIDDEN },
		{ "disabled", MENU_DISABLED },
		{ NULL, 0 },
	};
	int manner;

	if (!config_pick_word(value, words, &manner))
		return false;
	c->manner = (enum menu_manner)manner;
	c->has_manner = true;
	c->is_manner_of_timeout = false;
	return true;
}

static bool set_kexec(struct config *c, struct span value)
{
	static const struct config_word words[] = { { "auto", KEXEC_AUTO },
						    { "file", KEXEC_FILE },
						    { "load", KEXEC_LOAD },
						    { NULL, 0 } };
	int mode;

	if (!config_pick_word(value, words, &mode))
		return false;
	c->kexec = (enum kexec_mode)mode;
	return true;
}

static bool set_append(struct config *c, struct span value)
{
	return config_take_text(c->append, sizeof(c->append), value);
}

static bool set_probe_timeout(struct config *c, struct span value)
{
	return config_take_seconds(&c->probe_timeout_s, value) &&
	       c->probe_timeout_s;
}

static bool set_crash_action(struct config *c, struct span value)
{
	static const struct config_word words[] = {
		{ "reboot", END_REBOOT },
		{ "power-off", END_POWER_OFF },
		{ "poweroff", END_POWER_OFF },
		{ "shell", END_SHELL },
		{ NULL, 0 }
	};
	int action;

	if (!config_pick_word(value, words, &action))
		return false;
	c->crash_action = (enum end_action)action;
	return true;
}

static bool set_on_failure(struct config *c, struct span value)
{
	static const struct config_word words[] = {
		{ "next", FAILURE_NEXT },
		{ "menu", FAILURE_MENU },
		{ "reboot", FAILURE_REBOOT },
		{ "power-off", FAILURE_POWER_OFF },
		{ "poweroff", FAILURE_POWER_OFF },
		{ "hold", FAILURE_HOLD },
		{ NULL, 0 }
	};
	int action;

	if (!config_pick_word(value, words, &action))
		return false;
	c->on_failure = (enum failure_action)action;
	return true;
}

static bool set_crash_delay(struct config *c, struct span value)
{
	return config_take_seconds(&c->crash_delay_s, value);
}

static bool set_choice(enum policy_choice *dst, struct span value)
{
	bool on;

	if (!config_take_bool(&on, value))
		return false;
	*dst = on ? CHOICE_YES : CHOICE_NO;
	return true;
}

static bool set_rescue_shell(struct config *c, struct span value)
{
	return set_choice(&c->rescue_shell, value);
}

static bool set_editor(struct config *c, struct span value)
{
	return set_choice(&c->editor, value);
}

static bool set_verify_dates(struct config *c, struct span value)
{
	return config_take_bool(&c->policy.verify_dates, value);
}

static bool set_efi_variables(struct config *c, struct span value)
{
	return config_take_bool(&c->efi_variables, value);
}

static bool set_ipmi(struct config *c, struct span value)
{
	return config_take_bool(&c->ipmi, value);
}

static bool set_last_booted(struct config *c, struct span value)
{
	return config_take_bool(&c->last_booted, value);
}

/* Of all the names or none. */
static bool set_lock(struct config *c, struct span value)
{
	uint64_t bits = 0, bit;
	struct span name;

	while (config_next_word(&value, &name)) {
		if (!lock_bit(name, &bit))
			return false;
		bits |= bit;
	}
	c->locked |= bits;
	return bits != 0;
}

static bool set_file_systems(struct config *c, struct span value)
{
	return place_filesystems_parse(value, &c->file_systems);
}

static bool set_removable(struct config *c, struct span value)
{
	return set_choice(&c->removable, value);
}

static bool set_wait_for(struct config *c, struct span value)
{
	return config_take_text(c->wait_for, sizeof(c->wait_for), value);
}

static bool set_wait_for_timeout(struct config *c, struct span value)
{
	return config_take_seconds(&c->wait_for_timeout_s, value);
}

static bool set_idle_timeout(struct config *c, struct span value)
{
	return config_take_seconds(&c->idle_timeout_s, value);
}

static bool set_colour(struct config *c, struct span value)
{
	return config_take_bool(&c->colour, value);
}

/* The program is this table; docs/man/keelboot.conf.5 has a paragraph on each
 * key, and a test compares the two. */
static const struct config_key keys[] = {
	{ "verify", set_verify, NULL, "enforce, warn or off" },
	{ "verify-dates", set_verify_dates, NULL, "yes or no" },
	{ CONFIG_KEY_LOCK, set_lock, NULL, "names of keys, or one-shot" },
	{ "default", NULL, choose_default, "an entry id or a pattern" },
	{ "preferred", NULL, choose_preferred, "an entry id or a pattern" },
	{ "timeout", NULL, choose_timeout,
	  "0 to 86400 seconds, menu-force, menu-hidden or menu-disabled" },
	{ "menu", NULL, choose_menu, "show, hidden or disabled" },
	{ "idle-timeout", set_idle_timeout, NULL,
	  "0 to 86400 seconds; 0 is never" },
	{ "efi-variables", set_efi_variables, NULL, "yes or no" },
	{ "ipmi", set_ipmi, NULL, "yes or no" },
	{ "last-booted", set_last_booted, NULL, "yes or no" },
	{ "kexec", set_kexec, NULL, "auto, file or load" },
	{ "append", set_append, NULL, "text of at most 2047 bytes" },
	{ "probe-timeout", set_probe_timeout, NULL, "1 to 86400 seconds" },
	{ "on-failure", set_on_failure, NULL,
	  "next, menu, reboot, power-off or hold" },
	{ "crash-action", set_crash_action, NULL,
	  "reboot, power-off or shell" },
	{ "crash-delay", set_crash_delay, NULL, "0 to 86400 seconds" },
	{ "rescue-shell", set_rescue_shell, NULL, "yes or no" },
	{ "editor", set_editor, NULL, "yes or no" },
	{ "file-systems", set_file_systems, NULL,
	  "names of vfat, exfat, ext4, xfs, btrfs, iso9660, squashfs and "
	  "erofs" },
	{ "removable", set_removable, NULL, "yes or no" },
	{ "wait-for", set_wait_for, NULL,
	  "disk, PARTUUID=, UUID=, LABEL=, a disk's name, model or serial, an "
	  "entry's id" },
	{ "wait-for-timeout", set_wait_for_timeout, NULL,
	  "0 to 86400 seconds" },
	{ "consoles", config_set_consoles, NULL,
	  "names as ttyS1, of at most 127 bytes in all" },
	{ "colour", set_colour, NULL, "yes or no" },
	{ "console", config_set_console, NULL, "reuse, entry or none" },
	{ "watchdog", config_set_watchdog, NULL,
	  "1 to 86400 seconds; 0 or no is none" },
	{ CONFIG_KEY_PASSWORD, config_set_password, NULL,
	  "what `keelboot password` prints" },
	{ "password-for", config_set_password_for, NULL,
	  "words of edit, shell, leave, boot and write" },
	{ "network", config_set_network, NULL,
	  "an interface, and words as address=192.0.2.7/24" },
	{ "dns", config_set_dns, NULL, "addresses" },
	{ "ntp", config_set_ntp, NULL, "a name or an address" },
	{ "proxy", config_set_proxy, NULL, "http://HOST:PORT" },
	{ "syslog", config_set_syslog, NULL, "HOST or HOST:PORT" },
	{ "status-url", config_set_status_url, NULL, "a URL" },
	{ "boot-from-dhcp", config_set_boot_from_dhcp, NULL, "yes or no" },
	{ "uki-url", config_set_uki_url, NULL, "URLs of one file" },
	{ "network-timeout", config_set_network_timeout, NULL,
	  "1 to 86400 seconds" },
	{ "boot-order", config_set_boot_order, NULL,
	  "ids of entries or patterns, disk, network and dhcp" },
	{ "hand-on", config_set_hand_on, NULL,
	  "words of ip, ifname, bootif, vlan and rootpath, or none" },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* The bit after the last key's. */
_Static_assert(KEYS < 64, "a bit for each key, and one for one-shot");

/* Keys of loader.conf(5) that steer what only a UEFI boot loader has. */
static const char *const no_effect[] = {
	"auto-entries",
	"auto-firmware",
	"auto-poweroff",
	"auto-reboot",
	"beep",
	"console-mode",
	"log-level",
	"random-seed-mode",
	"reboot-for-bitlocker",
	"reboot-on-error",
	"secure-boot-enroll",
	"secure-boot-enroll-action",
	"secure-boot-enroll-timeout-sec",
	NULL,
};

const struct config_key *config_key_find(struct span name, uint64_t *ret_bit)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (!span_equal_text(name, keys[i].name))
			continue;
		*ret_bit = UINT64_C(1) << i;
		return &keys[i];
	}
	return NULL;
}

static bool lock_bit(struct span name, uint64_t *ret)
{
	if (config_key_find(name, ret))
		return true;
	*ret = UINT64_C(1) << KEYS;
	return span_equal_text(name, CONFIG_LOCK_ONE_SHOT);
}

bool config_is_locked(const struct config *config, const char *key)
{
	uint64_t bit;

	return lock_bit(span_of_text(key), &bit) && (config->locked & bit);
}

const char *config_key_meant(struct span name)
{
	return span_equal_text(name, "color") ? "colour" : NULL;
}

bool config_key_is_without_effect(struct span name)
{
	for (unsigned i = 0; no_effect[i]; i++)
		if (span_equal_text(name, no_effect[i]))
			return true;
	return false;
}

const char *config_key_name(unsigned index)
{
	return index < KEYS ? keys[index].name : NULL;
}

void config_defaults(struct config *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->policy.verify = VERIFY_ENFORCE;
	ret->builtin.has_timeout = true;
	ret->builtin.timeout_s = 5;
	ret->efi_variables = true;
	ret->ipmi = true;
	ret->kexec = KEXEC_AUTO;
	ret->probe_timeout_s = 15;
	ret->crash_action = END_REBOOT;
	ret->crash_delay_s = 60;
	ret->wait_for_timeout_s = 30;
	ret->idle_timeout_s = 600;
	ret->colour = true;
	ret->console_hand_on = CONSOLE_ENTRY;
	ret->password_for = GATE_EDIT | GATE_SHELL;
	ret->network.timeout_s = NET_TIMEOUT_S;
}
