/* net_menu_follow() on any text; what follows a NUL is the file that is at
 * every other URL, and behind another one what DHCP told: server, file, config,
 * prefix and the URL of DHCPv6, each on a line. */
#include "fuzz.h"

#include "net_menu.h"

#define FETCHES_MAX 200

struct world {
	struct span other;
	unsigned fetches, adds, defaults;
};

static void check_text(const char *text, size_t room)
{
	fuzz_must(memchr(text, '\0', room) != NULL);
	for (; *text; text++)
		fuzz_must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_url(const char *text)
{
	struct error err;
	struct url url;

	fuzz_must(url_parse(span_of_text(text), &url, &err) == OK);
}

static enum status fetch(void *ctx, const char *url, size_t max,
			 struct span *ret, struct error *err)
{
	struct world *w = ctx;

	check_url(url);
	fuzz_must(++w->fetches <= FETCHES_MAX);
	if (!w->other.len)
		return fail(err, E_FETCH_STATUS, "there is nothing");
	if (w->other.len > max || w->other.ptr[0] == '!')
		return fail(err, E_FETCH_TOO_LARGE, "it is large");
	*ret = w->other;
	return OK;
}

static bool is_kernel(enum net_role role)
{
	return role == NET_ANY || role == NET_LINUX;
}

static void add(void *ctx, const struct net_entry *e, const char *id,
		bool is_default)
{
	struct world *w = ctx;

	fuzz_must(++w->adds <= NET_MENU_ENTRIES_MAX);
	w->defaults += is_default;
	fuzz_must(w->defaults <= 1);
	check_text(id, 256);
	check_text(e->title.text, sizeof(e->title.text));
	fuzz_must(memchr(e->options, '\0', sizeof(e->options)) != NULL);
	fuzz_must(!e->options[0] == !e->has_options);
	check_text(e->menu.text, sizeof(e->menu.text));
	fuzz_must(e->file_count >= 1 && e->file_count <= NET_FILES_MAX);
	for (uint32_t i = 0; i < e->file_count; i++) {
		const struct net_file *f = &e->files[i];

		fuzz_must(is_kernel(f->role) == !i);
		fuzz_must(f->url_count >= 1 && f->url_count <= NET_MIRRORS_MAX);
		for (uint32_t k = 0; k < f->url_count; k++) {
			const char *url = net_entry_text(e, f->urls[k]);

			check_text(url, e->pool_len - f->urls[k]);
			if (e->is_literal)
				check_url(url);
		}
	}
	fuzz_must(!e->ca[0] && !e->client_key[0] && !e->auth_basic[0] &&
		  !e->auth_bearer[0] && !e->header_count);
}

static void note(void *ctx, const char *text)
{
	(void)ctx;
	check_text(text, ERROR_TEXT_MAX);
}

/* A line into a text of DHCP, as lease.h has them: printable ASCII. */
static void take(struct span *rest, char *to, size_t cap)
{
	struct span line = span_cut_at(rest, '\n');
	struct text t = text_over(to, cap);

	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] >= ' ' && line.ptr[i] <= '~')
			text_add_char(&t, (char)line.ptr[i]);
}

static void check_dhcp(struct net_state *state, struct span rest)
{
	struct lease *l = &state->lease;
	char url[URL_TEXT_MAX];
	bool is_search = false;
	struct error err;
	enum status s;

	take(&rest, l->boot_server, sizeof(l->boot_server));
	take(&rest, l->boot_file, sizeof(l->boot_file));
	take(&rest, l->config_file, sizeof(l->config_file));
	take(&rest, l->path_prefix, sizeof(l->path_prefix));
	take(&rest, state->boot_url6, sizeof(state->boot_url6));
	l->vendor_len = rest.len < LEASE_VENDOR_MAX ? (uint32_t)rest.len
						    : LEASE_VENDOR_MAX;
	if (l->vendor_len)
		memcpy(l->vendor, rest.ptr, l->vendor_len);
	s = net_menu_of_dhcp(state, url, &is_search, &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		check_url(url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct net_state state;
	struct span rest = span_of(data, size);
	struct span text = span_cut_at(&rest, '\0');
	struct world w = { .other = span_cut_at(&rest, '\0') };
	const struct net_menu_ops ops = { &w, fetch, add, note };
	const struct net_menu_machine machine = {
		.state = &state,
		.has_uuid = true,
		.serial = "SN42",
		.product = "a b",
	};
	enum net_menu_outcome outcome = 0;
	const char *what = NULL;
	struct error err;
	enum status s;

	state = (struct net_state){ .interface = "eth0",
				    .mac = { 2, 0, 0, 0, 0, 1 },
				    .has_ipv4 = true,
				    .ipv4 = { 192, 0, 2, 7 },
				    .ipv4_prefix = 24 };
	check_dhcp(&state, rest);
	(void)net_content_of(span_of(data, size), &what);
	fuzz_must(what && what[0]);
	s = net_menu_follow(text, "http://h.example/loader/entries/x.conf",
			    &machine, &ops, &outcome, &err);
	fuzz_must(s == OK || s == E_NET_MENU_DEFAULT || !w.adds);
	if (s != OK)
		fuzz_check_error(s, &err);
	else
		fuzz_must(outcome >= NET_MENU_ENTRIES &&
			  outcome <= NET_MENU_POWERS_OFF &&
			  (w.adds || outcome != NET_MENU_ENTRIES));
	w.adds = w.defaults = w.fetches = 0;
	s = net_menu_search("tftp://h.example/p/", &machine, &ops, &outcome,
			    &err);
	if (s != OK)
		fuzz_check_error(s, &err);
	return 0;
}
