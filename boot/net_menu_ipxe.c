/* Following an iPXE script to the one entry that it would boot. */
#include "net_menu_parts.h"

#include "base/own.h"
#include "format/ipxe.h"
#include "format/pe.h"

#include <string.h>

static enum ipxe_fetched fetch(void *ctx, const struct url *url,
			       struct span *ret, struct error *err)
{
	struct menu_work *w = ctx;
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	enum status s;

	url_add_text(&t, url);
	s = w->ops->fetch(w->ops->ctx, text, IPXE_TEXT_MAX, ret, err);
	if (s == E_FETCH_TOO_LARGE)
		return IPXE_FETCH_IMAGE;
	if (s != OK)
		return IPXE_FETCH_FAILED;
	return ipxe_is_script(*ret) ? IPXE_FETCH_SCRIPT : IPXE_FETCH_IMAGE;
}

static void say(void *ctx, const struct display *text)
{
	struct menu_work *w = ctx;

	menu_note(w, "%s says: %s", w->from, text->text);
}

static void note(void *ctx, const struct display *script, uint32_t line,
		 const struct error *why)
{
	menu_note(ctx, "%s:%u: %s", script->text, line, why->text);
}

/* --- the machine --- */

static void take_ip(uint8_t to[static 4], const struct lease_addresses *from)
{
	for (uint32_t i = 0; i < from->count; i++) {
		if (from->of[i].is_ipv6)
			continue;
		memcpy(to, from->of[i].bytes, 4);
		return;
	}
}

static void set_netmask(uint8_t to[static 4], unsigned prefix)
{
	for (unsigned bit = 0; bit < prefix && bit < 32; bit++)
		to[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static const char *or_none(const char *text)
{
	return text[0] ? text : NULL;
}

static struct ipxe_interface interface_of(const struct net_state *s)
{
	const struct lease *l = &s->lease;
	struct ipxe_interface net = { .name = s->interface,
				      .hostname = or_none(l->hostname),
				      .domain = or_none(l->domain),
				      .filename = or_none(l->boot_file),
				      .root_path = or_none(l->root_path) };

	memcpy(net.mac, s->mac, sizeof(net.mac));
	if (s->has_ipv4) {
		memcpy(net.ip, s->ipv4, sizeof(net.ip));
		memcpy(net.gateway, s->ipv4_gateway, sizeof(net.gateway));
		set_netmask(net.netmask, s->ipv4_prefix);
	}
	if (s->has_ipv6)
		memcpy(net.ip6, s->ipv6, sizeof(net.ip6));
	take_ip(net.dns, &l->dns);
	take_ip(net.next_server, &l->next_server);
	take_ip(net.dhcp_server, &l->server);
	return net;
}

static enum status evaluate(struct menu_work *w, struct span text,
			    const struct url *url, struct ipxe_result *ret,
			    struct error *err)
{
	const struct net_menu_machine *m = w->machine;
	const struct ipxe_interface net = interface_of(m->state);
	struct ipxe_machine machine = {
		.interfaces = &net,
		.interface_count = 1,
		.arch = pe_machine_native() == PE_MACHINE_ARM64 ? "arm64"
								: "x86_64",
		.has_uuid = m->has_uuid,
		.serial = m->serial,
		.asset = m->asset,
		.manufacturer = m->manufacturer,
		.product = m->product,
	};
	const struct ipxe_source source = { url, text, &machine };
	const struct ipxe_ops ops = { w, fetch, NULL, say, note };
	_free_ void *state = malloc(ipxe_state_size());

	memcpy(machine.uuid, m->uuid, sizeof(machine.uuid));
	if (!state)
		return fail(err, E_NO_MEMORY, "no memory for a script");
	return ipxe_evaluate(state, &source, &ops, ret, err);
}

/* --- what comes out --- */

static enum status check_initrds(const struct ipxe_result *r, struct error *err)
{
	for (uint32_t i = 0; i < r->initrd_count; i++)
		if (r->initrds[i].path[0])
			return fail(err, E_NET_MENU_WRAPPED,
				    "%s:%u: initrd %u is a file that is to "
				    "stand at %s in an archive, which is not "
				    "made here",
				    r->script.text, r->line, i + 1,
				    display_of_text(r->initrds[i].path).text);
	return OK;
}

static enum status fill_in(struct net_entry *e, const struct ipxe_result *r,
			   struct error *err)
{
	bool has_more = r->initrd_count || r->has_devicetree || r->options[0];
	enum status s = menu_add_file(e, has_more ? NET_LINUX : NET_ANY,
				      &r->kernel, err);

	for (uint32_t i = 0; s == OK && i < r->initrd_count; i++)
		s = menu_add_file(e, NET_INITRD, &r->initrds[i].url, err);
	if (s == OK && r->has_devicetree)
		s = menu_add_file(e, NET_DEVICETREE, &r->devicetree, err);
	menu_set_options(e, r->options);
	return s;
}

static enum status keep(struct menu_work *w, const struct ipxe_result *r,
			struct error *err)
{
	char id[MENU_ID_MAX];
	struct menu_kept *kept;
	enum status s = check_initrds(r, err);

	menu_id_of_url(w->from, id);
	if (s == OK)
		s = menu_keep(w, id, &kept, err);
	if (s != OK)
		return s;
	kept->entry.title = display_of_text(id);
	s = fill_in(&kept->entry, r, err);
	if (s == OK)
		return OK;
	menu_forget(w);
	return fail_in(err, s, "%s:%u", r->script.text, r->line);
}

enum status menu_follow_ipxe(struct menu_work *w, struct span text,
			     const struct url *url, enum net_menu_outcome *ret,
			     struct error *err)
{
	static const enum net_menu_outcome outcomes[] = {
		[IPXE_BOOTS] = NET_MENU_ENTRIES,
		[IPXE_EXITS] = NET_MENU_EXITS,
		[IPXE_BOOTS_DISK] = NET_MENU_DISK,
		[IPXE_REBOOTS] = NET_MENU_REBOOTS,
		[IPXE_POWERS_OFF] = NET_MENU_POWERS_OFF,
	};
	_free_ struct ipxe_result *r = malloc(sizeof(*r));
	enum status s;

	if (!r)
		return fail(err, E_NO_MEMORY, "no memory for a script");
	s = evaluate(w, text, url, r, err);
	if (s != OK)
		return s;
	*ret = outcomes[r->outcome];
	return r->outcome == IPXE_BOOTS ? keep(w, r, err) : OK;
}
