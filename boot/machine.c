#include "machine.h"

#include "base/log.h"
#include "sys/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Fewer columns than that say nothing about a firmware. */
#define FIRMWARE_MIN 8

/* --- what the kernel has in memory ------------------------------------------
 */

/* An attribute as words to show, "" if it is not there. */
static void add_line(struct text *t, const char *root, const char *path)
{
	char full[512], line[256];
	struct span words;

	snprintf(full, sizeof(full), "%s%s", root, path);
	if (!file_read_line(AT_FDCWD, full, line, sizeof(line)))
		return;
	words = span_trim(span_of_text(line));
	if (words.len && t->len)
		text_add_char(t, ' ');
	text_add_safe(t, words);
}

static void read_host(struct machine *m)
{
	struct text t = text_over(m->host, sizeof(m->host));
	struct utsname name;

	if (uname(&name) == 0 && strcmp(name.nodename, "(none)") != 0)
		text_add_safe(&t, span_of_text(name.nodename));
}

static void read_names(const char *root, struct machine *m)
{
	struct text t = text_over(m->firmware, sizeof(m->firmware));

	add_line(&t, root, "/sys/class/dmi/id/bios_vendor");
	add_line(&t, root, "/sys/class/dmi/id/bios_version");
	t = text_over(m->model, sizeof(m->model));
	add_line(&t, root, "/sys/class/dmi/id/sys_vendor");
	add_line(&t, root, "/sys/class/dmi/id/product_name");
	if (!t.len)
		add_line(&t, root, "/proc/device-tree/model");
}

/* Linux says it in a file of its own from 5.6 on, a TPM 1.2 in one more before
 * that. */
static void read_tpm(const char *root, struct machine *m)
{
	struct text t = text_over(m->tpm, sizeof(m->tpm));
	char path[512];
	uint64_t major = 0;

	snprintf(path, sizeof(path), "%s/sys/class/tpm/tpm0", root);
	if (access(path, F_OK) != 0) {
		text_add(&t, "no TPM");
		return;
	}
	snprintf(path, sizeof(path), "%s/sys/class/tpm/tpm0/tpm_version_major",
		 root);
	if (!file_read_number(AT_FDCWD, path, &major)) {
		snprintf(path, sizeof(path), "%s/sys/class/tpm/tpm0/caps",
			 root);
		major = access(path, F_OK) == 0;
	}
	text_add(&t, "TPM");
	if (major == 2)
		text_add(&t, " 2.0");
	else if (major == 1)
		text_add(&t, " 1.2");
}

void machine_read(const char *root, struct machine *machine)
{
	read_host(machine);
	read_names(root, machine);
	read_tpm(root, machine);
}

/* --- the network ------------------------------------------------------------
 */

void machine_take_network(struct machine *machine,
			  const struct network *network)
{
	struct text t = text_over(machine->address, sizeof(machine->address));
	const struct network_address *address;
	const struct network_link *link;

	machine->network = *network;
	machine->has_network = true;
	if (!network_first_address(network, &link, &address)) {
		text_add(&t, "no network");
		return;
	}
	text_add_safe(&t, span_of_text(link->name));
	text_add_char(&t, ' ');
	network_add_address(&t, address);
}

void machine_begin(struct machine *machine)
{
	struct error err;

	memset(machine, 0, sizeof(*machine));
	machine_read("", machine);
	if (network_watch_begin(&machine->watch, &err) != OK)
		log_warn("%s: the network is not shown", err.text);
}

size_t machine_poll_fds(const struct machine *machine, struct pollfd *fds)
{
	return network_watch_poll_fds(&machine->watch, fds);
}

bool machine_handle(struct machine *machine)
{
	struct network network;
	struct error err;
	enum status s = network_watch_take(&machine->watch, &network, &err);

	if (s == OK)
		machine_take_network(machine, &network);
	else if (s != E_MSG_NONE)
		log_warn("%s: the network is not shown anew", err.text);
	return s == OK;
}

void machine_end(struct machine *machine)
{
	network_watch_end(&machine->watch);
}

/* --- words ------------------------------------------------------------------
 */

static void add_part(struct text *t, const char *words)
{
	if (words[0])
		text_addf(t, "%s%s", t->len ? "; " : "", words);
}

/* As much of it as has room. */
static void add_cut(struct text *t, const char *words, unsigned columns)
{
	if (text_columns(words) <= columns) {
		text_add(t, words);
		return;
	}
	text_add_bytes(t, span_fit(span_of_text(words), columns - 1));
	text_add(t, "…");
}

void machine_program_line(struct text *ret)
{
	struct utsname name = { .release = "" };

	(void)!uname(&name);
	text_addf(ret, "keelboot %s, Linux ", KEELBOOT_VERSION);
	text_add_safe(ret, span_of_text(name.release));
}

void machine_facts_line(const struct machine *machine, const char *watchdog,
			struct text *ret)
{
	char rest[256];
	struct text t = text_over(rest, sizeof(rest));
	const char *name =
		machine->firmware[0] ? machine->firmware : machine->model;
	const char *label = machine->firmware[0] ? "Firmware " : "";
	unsigned taken;

	add_part(&t, machine->tpm);
	add_part(&t, machine->address);
	add_part(&t, watchdog);
	taken = (unsigned)strlen(label) + (t.len ? 2 : 0) + text_columns(rest);
	if (name[0] && taken + FIRMWARE_MIN <= MACHINE_FACTS_COLUMNS) {
		text_add(ret, label);
		add_cut(ret, name, MACHINE_FACTS_COLUMNS - taken);
		text_add(ret, t.len ? "; " : "");
	}
	add_cut(ret, rest, MACHINE_FACTS_COLUMNS);
}

static void add_state(const struct network_link *link, struct text *t)
{
	if (!link->is_up)
		text_add(t, "off");
	else if (!link->has_carrier)
		text_add(t, "no link");
	else if (!link->speed)
		text_add(t, "link");
	else if (link->speed % 1000)
		text_addf(t, "link at %u Mbit/s", link->speed);
	else
		text_addf(t, "link at %u Gbit/s", link->speed / 1000);
}

static void add_link(const struct network_link *link, struct text *t)
{
	text_add_safe(t, span_of_text(link->name));
	text_add(t, ": ");
	add_state(link, t);
	for (uint32_t i = 0; i < link->mac_len; i++)
		text_addf(t, "%s%02x", i ? ":" : ", MAC ", link->mac[i]);
	if (link->driver[0]) {
		text_add(t, ", driver ");
		text_add_safe(t, span_of_text(link->driver));
	}
	text_add(t, "\n");
	for (uint32_t i = 0; i < link->address_count; i++) {
		const struct network_address *a = &link->addresses[i];

		text_add(t, "  ");
		network_add_address(t, a);
		text_addf(t, "/%u%s\n", a->prefix,
			  a->is_global ? "" : ", this link only");
	}
	if (!link->address_count)
		text_add(t, "  no address\n");
}

void machine_network_text(const struct machine *machine, struct text *ret)
{
	const struct network *n = &machine->network;

	if (!machine->has_network)
		text_add(ret, "Nothing is known of the network.\n");
	else if (!n->count)
		text_add(ret, "No network interface was found.\n");
	for (uint32_t i = 0; machine->has_network && i < n->count; i++)
		add_link(&n->links[i], ret);
	if (machine->has_network && n->left_out)
		text_addf(ret, "%u more interfaces are not shown.\n",
			  n->left_out);
}
