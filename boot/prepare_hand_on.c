#include "prepare_parts.h"

#include "sys/network.h"

#include <string.h>

/* The words are those of dracut.cmdline(7), most of which initramfs-tools and
 * the kernel's own ip= (nfsroot.rst) know, too. */

#define WORDS_MAX 1024

/* What ifname= calls the port: no name of the kernel's own (eth0), which
 * another port may have by then. */
#define IFNAME "bootnet"

#define OF_NAMES                                                               \
	(CONFIG_HAND_ON_IP | CONFIG_HAND_ON_IFNAME | CONFIG_HAND_ON_VLAN)

struct words {
	struct preparation *p;
	const struct net_state *state;
	unsigned wanted;
	char name[16]; /* that ip= has, "" for none */
	const char *port;
	struct text text;
};

static void begin_word(struct words *w)
{
	if (w->text.len)
		text_add_char(&w->text, ' ');
}

static void add_address(struct words *w, const uint8_t *bytes, bool is_ipv6)
{
	static const uint8_t none[16];
	struct network_address a = { .is_ipv6 = is_ipv6 };

	if (!memcmp(bytes, none, is_ipv6 ? 16 : 4))
		return;
	memcpy(a.bytes, bytes, is_ipv6 ? 16 : 4);
	text_add(&w->text, is_ipv6 ? "[" : "");
	network_add_address(&w->text, &a);
	text_add(&w->text, is_ipv6 ? "]" : "");
}

/* The process that talks to the network names the interface, too: a quote in it
 * would swallow the words behind. */
static bool is_plain(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return name[0] && !name[strspn(name, plain)];
}

/* What interfaces are called there: initramfs-tools looks for the one of
 * BOOTIF= only where ip= names none, and with a VLAN two have that address. */
static void choose_names(struct words *w)
{
	const struct net_state *s = w->state;
	struct text name = text_over(w->name, sizeof(w->name));

	w->port = s->port;
	if (w->wanted & CONFIG_HAND_ON_IFNAME) {
		w->port = IFNAME;
		text_add(&name, IFNAME);
		if (s->vlan)
			text_addf(&name, ".%u", s->vlan);
	} else if (s->vlan || !(w->wanted & CONFIG_HAND_ON_BOOTIF)) {
		text_add(&name, s->interface);
	}
}

/* Takes back what cannot be said. */
static void weigh_names(struct words *w)
{
	const struct net_state *s = w->state;
	struct load_notes *notes = &w->p->request->notes;

	if (!(w->wanted & OF_NAMES))
		return;
	if (s->is_bond)
		load_note(notes,
			  "hand-on: \"%s\" is a bond, whose members are not "
			  "known here: ip, ifname and vlan are left out; "
			  "options of the entry can have them, with bond=",
			  display_of_text(s->port).text);
	else if (is_plain(s->interface) && is_plain(s->port))
		return;
	else
		load_note(notes,
			  "the interface \"%s\" is left out: a command line "
			  "takes letters, digits, '.', '_' and '-' of its name",
			  display_of_text(s->interface).text);
	w->wanted &= ~(unsigned)OF_NAMES;
}

static void add_mask(struct words *w, uint8_t prefix)
{
	uint32_t mask = prefix ? UINT32_MAX << (32 - prefix) : 0;

	text_addf(&w->text, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255,
		  mask >> 8 & 255, mask & 255);
}

/* All know dhcp in the last field. */
static void add_dhcp(struct words *w)
{
	if (!w->name[0])
		text_add(&w->text, "ip=dhcp");
	else
		text_addf(&w->text, "ip=:::::%s:dhcp", w->name);
}

/* ip=ADDRESS::GATEWAY:MASK::INTERFACE:none for what this machine was told by
 * its configuration; an IPv4 address that was leased is leased again. One of
 * IPv6 goes as it is, as nobody says here where it came from. */
static void add_ip(struct words *w)
{
	const struct net_state *s = w->state;

	begin_word(w);
	if (s->has_ipv4 && !s->is_static4) {
		add_dhcp(w);
	} else if (s->has_ipv4) {
		text_add(&w->text, "ip=");
		add_address(w, s->ipv4, false);
		text_add(&w->text, "::");
		add_address(w, s->ipv4_gateway, false);
		text_add(&w->text, ":");
		add_mask(w, s->ipv4_prefix);
		text_addf(&w->text, "::%s:none", w->name);
	} else if (s->has_ipv6) {
		text_add(&w->text, "ip=");
		add_address(w, s->ipv6, true);
		text_add(&w->text, "::");
		add_address(w, s->ipv6_gateway, true);
		text_addf(&w->text, ":%u::%s:none", s->ipv6_prefix, w->name);
	}
}

static void add_with_mac(struct words *w, const char *word, char between)
{
	begin_word(w);
	text_add(&w->text, word);
	for (size_t i = 0; i < sizeof(w->state->mac); i++)
		text_addf(&w->text, "%c%02x", between, w->state->mac[i]);
}

static void add_vlan(struct words *w)
{
	if (!w->state->vlan)
		return;
	begin_word(w);
	text_addf(&w->text, "vlan=%s:%s", w->name, w->port);
}

/* From a DHCP server: what it may be is template.h's to say. */
static void add_rootpath(struct words *w)
{
	const char *path = w->state->lease.root_path;
	struct template_values values = { .of = { { NULL, 0 } } };
	struct error err;
	char word[TEMPLATE_WORD_MAX + 1];
	struct text t = text_over(word, sizeof(word));

	if (!path[0])
		return;
	values.of[TEMPLATE_HOSTNAME] = span_of_text(path);
	if (template_expand(span_of_text("${hostname}"), &values,
			    TEMPLATE_CMDLINE, &t, &err) != OK) {
		load_note(&w->p->request->notes,
			  "the root path of DHCP is left out: %s", err.text);
		return;
	}
	begin_word(w);
	text_addf(&w->text, "rootpath=%s", word);
}

enum status prepare_hand_on(struct preparation *p, struct error *err)
{
	char buf[WORDS_MAX];
	struct words w = { .p = p,
			   .state = &p->scan->net->state,
			   .wanted = p->config->hand_on,
			   .text = text_over(buf, sizeof(buf)) };

	weigh_names(&w);
	choose_names(&w);
	if (w.wanted & CONFIG_HAND_ON_IP)
		add_ip(&w);
	if (w.wanted & CONFIG_HAND_ON_IFNAME)
		add_with_mac(&w, "ifname=" IFNAME, ':');
	if (w.wanted & CONFIG_HAND_ON_BOOTIF)
		add_with_mac(&w, "BOOTIF=01", '-');
	if (w.wanted & CONFIG_HAND_ON_VLAN)
		add_vlan(&w);
	if (w.wanted & CONFIG_HAND_ON_ROOTPATH)
		add_rootpath(&w);
	if (!w.text.len)
		return OK;
	p->request->network = strdup(buf);
	return p->request->network
		       ? OK
		       : fail(err, E_NO_MEMORY, "no memory for %zu bytes",
			      w.text.len);
}
