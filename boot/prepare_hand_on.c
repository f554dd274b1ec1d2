#include "prepare_parts.h"

#include "sys/network.h"

#include <string.h>

/* The words are those of dracut.cmdline(7), most of which initramfs-tools and
 * the kernel's own ip= (nfsroot.rst) know, too. */

#define WORDS_MAX 1024

struct words {
	struct preparation *p;
	const struct net_state *state;
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
static bool has_plain_name(struct words *w)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *name = w->state->interface;

	if (name[0] && !name[strspn(name, plain)])
		return true;
	load_note(&w->p->request->notes,
		  "the interface \"%s\" is left out: a command line takes "
		  "letters, digits, '.', '_' and '-' of its name",
		  display_of_text(name).text);
	return false;
}

static void add_mask(struct words *w, uint8_t prefix)
{
	uint32_t mask = prefix ? UINT32_MAX << (32 - prefix) : 0;

	text_addf(&w->text, "%u.%u.%u.%u", mask >> 24, mask >> 16 & 255,
		  mask >> 8 & 255, mask & 255);
}

/* ip=ADDRESS::GATEWAY:MASK::INTERFACE:none for what this machine was told by
 * its configuration; an IPv4 address that was leased is leased again. One of
 * IPv6 goes as it is, as nobody says here where it came from. */
static void add_ip(struct words *w)
{
	const struct net_state *s = w->state;

	begin_word(w);
	if (s->has_ipv4 && !s->is_static4) {
		text_addf(&w->text, "ip=%s:dhcp", s->interface);
	} else if (s->has_ipv4) {
		text_add(&w->text, "ip=");
		add_address(w, s->ipv4, false);
		text_add(&w->text, "::");
		add_address(w, s->ipv4_gateway, false);
		text_add(&w->text, ":");
		add_mask(w, s->ipv4_prefix);
		text_addf(&w->text, "::%s:none", s->interface);
	} else if (s->has_ipv6) {
		text_add(&w->text, "ip=");
		add_address(w, s->ipv6, true);
		text_add(&w->text, "::");
		add_address(w, s->ipv6_gateway, true);
		text_addf(&w->text, ":%u::%s:none", s->ipv6_prefix,
			  s->interface);
	}
}

static void add_bootif(struct words *w)
{
	begin_word(w);
	text_add(&w->text, "BOOTIF=01");
	for (size_t i = 0; i < sizeof(w->state->mac); i++)
		text_addf(&w->text, "-%02x", w->state->mac[i]);
}

/* The interface's own name stands in front of the tag: eth0.7. */
static void add_vlan(struct words *w)
{
	const char *name = w->state->interface;
	size_t parent = strcspn(name, ".");

	if (!w->state->vlan)
		return;
	begin_word(w);
	text_addf(&w->text, "vlan=%s:%.*s", name, (int)parent, name);
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
	unsigned wanted = p->config->hand_on;
	char buf[WORDS_MAX];
	struct words w = { .p = p,
			   .state = &p->scan->net->state,
			   .text = text_over(buf, sizeof(buf)) };

	if (wanted & (CONFIG_HAND_ON_IP | CONFIG_HAND_ON_VLAN) &&
	    !has_plain_name(&w))
		wanted &= ~(unsigned)(CONFIG_HAND_ON_IP | CONFIG_HAND_ON_VLAN);
	if (wanted & CONFIG_HAND_ON_IP)
		add_ip(&w);
	if (wanted & CONFIG_HAND_ON_BOOTIF)
		add_bootif(&w);
	if (wanted & CONFIG_HAND_ON_VLAN)
		add_vlan(&w);
	if (wanted & CONFIG_HAND_ON_ROOTPATH)
		add_rootpath(&w);
	if (!w.text.len)
		return OK;
	p->request->network = strdup(buf);
	return p->request->network
		       ? OK
		       : fail(err, E_NO_MEMORY, "no memory for %zu bytes",
			      w.text.len);
}
