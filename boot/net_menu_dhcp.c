/* What a DHCP server told to boot, as a URL. */
#include "format/lease_pxe.h"
#include "net_menu_parts.h"

#include <string.h>

/* pxelinux.0, lpxelinux.0, gpxelinux.0, and what UEFI machines have of it */
static bool is_pxelinux(const char *file)
{
	static const char *const ends[] = { "pxelinux.0", "syslinux.efi" };
	size_t len = strcspn(file, "?");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);

		if (len >= end && !memcmp(file + len - end, ends[i], end))
			return true;
	}
	return false;
}

/* Cuts a URL behind its folder. */
static void cut_to_folder(struct url *url)
{
	url->target[strcspn(url->target, "?")] = '\0';
	strrchr(url->target, '/')[1] = '\0';
}

static void add_address(struct text *t, const struct lease_address *a)
{
	if (!a->is_ipv6) {
		text_addf(t, "%u.%u.%u.%u", a->bytes[0], a->bytes[1],
			  a->bytes[2], a->bytes[3]);
		return;
	}
	text_add_char(t, '[');
	for (unsigned i = 0; i < 16; i += 2)
		text_addf(t, "%s%x", i ? ":" : "",
			  (unsigned)a->bytes[i] << 8 | a->bytes[i + 1]);
	text_add_char(t, ']');
}

/* A file of the TFTP server that was told; one whose name no host can have
 * does not count if another was told. */
static enum status of_tftp(const struct lease *l, const char *file,
			   struct url *ret, struct error *err)
{
	const struct lease_addresses *lists[] = { &l->next_server, &l->server };
	enum status s = fail(err, E_NET_DHCP_SERVER,
			     "no server was told with it (option 66, siaddr, "
			     "54)");

	for (unsigned i = 0; s != OK && i < 3; i++) {
		char text[URL_TEXT_MAX + 1];
		struct text t = text_over(text, sizeof(text));

		if (i ? !lists[i - 1]->count : !l->boot_server[0])
			continue;
		text_add(&t, "tftp://");
		if (i)
			add_address(&t, &lists[i - 1]->of[0]);
		else
			url_add_encoded(&t, span_of_text(l->boot_server), ":");
		text_add_char(&t, '/');
		url_add_encoded(&t, span_of_text(file), "/");
		s = url_parse(span_of(t.buf, t.len), ret, err);
	}
	return s == OK ? OK
		       : fail_in(err, s, "DHCP told the file \"%s\"",
				 display_of_text(file).text);
}

static enum status of_file(const struct lease *l, const char *file,
			   struct url *ret, struct error *err)
{
	enum status s;

	if (!url_has_scheme(span_of_text(file)))
		return of_tftp(l, file, ret, err);
	s = url_parse(span_of_text(file), ret, err);
	return s == OK ? OK : fail_in(err, s, "the URL of DHCP");
}

/* "type 15 "Install" at 192.0.2.9" */
static void add_server(struct text *t, const struct lease_pxe_server *server)
{
	const uint8_t *a = server->address;

	text_addf(t, "type %u ", server->type);
	if (server->name.len)
		text_addf(t, "\"%s\" ", display_of(server->name).text);
	if (server->way == LEASE_PXE_BROADCAST) {
		text_add(t, "by broadcast");
		return;
	}
	text_addf(t, "%s %u.%u.%u.%u",
		  server->way == LEASE_PXE_UNICAST ? "at" : "by multicast to",
		  a[0], a[1], a[2], a[3]);
}

/* Who boots as PXE does would ask another server then, if it is told of one. */
static enum status say_nothing(const struct lease *l, struct error *err)
{
	struct span option = span_of(l->vendor, l->vendor_len);
	char text[DISPLAY_MAX + 64];
	struct text t = text_over(text, sizeof(text));
	struct lease_pxe_server server;
	struct lease_pxe pxe;

	if (!l->vendor_len || lease_pxe_parse(option, &pxe, NULL) != OK ||
	    !lease_pxe_find_server(&pxe, &server))
		return fail(err, E_NET_DHCP_NOTHING,
			    "no DHCP server told anything to boot (options 67, "
			    "209, 210, 59 of DHCPv6)");
	add_server(&t, &server);
	return fail(err, E_NET_DHCP_DISCOVERY,
		    "DHCP told no file, but to ask PXE's boot server of %s, "
		    "port %d, for one (option 43); keelboot does not, and "
		    "takes a file (options 66 and 67) or a URL (67)",
		    text, LEASE_PXE_PORT);
}

static enum status of_lease(const struct lease *l, struct url *ret,
			    bool *ret_is_search, struct error *err)
{
	bool has_config = url_has_scheme(span_of_text(l->config_file));
	enum status s;

	*ret_is_search = l->config_file[0] || l->path_prefix[0] ||
			 is_pxelinux(l->boot_file);
	if (!*ret_is_search && !l->boot_file[0])
		return say_nothing(l, err);
	if (l->path_prefix[0])
		return of_file(l, l->path_prefix, ret, err);
	s = of_file(l,
		    l->boot_file[0] || !has_config ? l->boot_file
						   : l->config_file,
		    ret, err);
	if (s == OK && *ret_is_search)
		cut_to_folder(ret);
	return s;
}

enum status net_menu_of_dhcp(const struct net_state *state,
			     char ret_url[static URL_TEXT_MAX],
			     bool *ret_is_search, struct error *err)
{
	struct text t = text_over(ret_url, URL_TEXT_MAX);
	const char *url6 = state->boot_url6;
	struct url url;
	enum status s = of_lease(&state->lease, &url, ret_is_search, err);

	if (s != OK && url6[0]) {
		s = url_parse(span_of_text(url6), &url, err);
		*ret_is_search = is_pxelinux(url6);
		if (s != OK)
			return fail_in(err, s, "the URL of DHCPv6");
		if (*ret_is_search)
			cut_to_folder(&url);
	}
	if (s == OK)
		url_add_text(&t, &url);
	return s;
}
