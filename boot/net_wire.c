#include "net_wire.h"

#include "sys/transfer.h"

#include <string.h>

#define HEAD offsetof(struct net_message, state)

size_t net_message_size(enum net_kind kind)
{
	const struct net_message *m = NULL;

	switch (kind) {
	case NET_STATE:
		return HEAD + sizeof(m->state);
	case NET_NOTE:
		return HEAD + sizeof(m->note);
	case NET_BEGIN:
		return HEAD + sizeof(m->begin);
	case NET_PART:
		return HEAD + sizeof(m->part);
	case NET_END:
		return HEAD + sizeof(m->facts);
	case NET_FAILED:
		return HEAD + sizeof(m->error);
	case NET_TOLD:
		return HEAD;
	}
	return 0;
}

/* Text for people: it ends, and drives no terminal. */
static void tame_text(char *text, size_t cap)
{
	char copy[URL_TEXT_MAX];
	struct text t;

	text[cap - 1] = '\0';
	memcpy(copy, text, cap);
	t = text_over(text, cap);
	text_add_safe(&t, span_of_text(copy));
}

/* What format/lease.h promises of a text: printable ASCII. */
static void tame_ascii(char *text, size_t cap)
{
	text[cap - 1] = '\0';
	for (; *text; text++)
		if (*text < 0x20 || *text > 0x7e)
			*text = '?';
}

/* Another byte than 0 or 1 in a bool is whatever the compiler makes of it. */
static void tame_bool(bool *value)
{
	uint8_t byte;

	memcpy(&byte, value, sizeof(byte));
	*value = byte != 0;
}

/* What the menu says to itself, and acts on: that somebody came, that there is
 * a text to follow, that nothing has failed. No server leads to it. */
static bool is_of_menu(enum status code)
{
	return code == E_MSG_NONE || code == E_REHEARSED ||
	       code == E_ATTEMPT_ONE_SHOT ||
	       (code >= E_NET_SLOTS && code <= E_NET_MENU_END) ||
	       (code >= E_NET_MENU_LENGTH && code <= E_NET_MENU_NOT_FOUND);
}

static bool tame_error(struct error *err)
{
	tame_text(err->text, sizeof(err->text));
	return (unsigned)err->code < STATUS_COUNT;
}

static bool tame_name(char name[static 16])
{
	tame_ascii(name, 16);
	return !strpbrk(name, " /");
}

static bool tame_addresses(struct lease_addresses *list)
{
	if (list->count > LEASE_LIST_MAX)
		return false;
	for (uint32_t i = 0; i < LEASE_LIST_MAX; i++)
		tame_bool(&list->of[i].is_ipv6);
	return true;
}

#define TAME_ASCII(array) tame_ascii(array, sizeof(array))

static void tame_lease_texts(struct lease *l)
{
	TAME_ASCII(l->hostname);
	TAME_ASCII(l->domain);
	TAME_ASCII(l->search);
	TAME_ASCII(l->boot_server);
	TAME_ASCII(l->boot_file);
	TAME_ASCII(l->root_path);
	TAME_ASCII(l->vendor_class);
	TAME_ASCII(l->config_file);
	TAME_ASCII(l->path_prefix);
	TAME_ASCII(l->message);
}

static bool tame_lease(struct lease *l)
{
	if ((unsigned)l->event > LEASE_FAIL || l->prefix > 128 ||
	    l->route_count > LEASE_ROUTES_MAX ||
	    l->vendor_len > LEASE_VENDOR_MAX)
		return false;
	for (uint32_t i = 0; i < l->route_count; i++)
		if (l->routes[i].prefix > 32)
			return false;
	tame_bool(&l->address.is_ipv6);
	tame_lease_texts(l);
	return tame_name(l->interface) && tame_addresses(&l->dns) &&
	       tame_addresses(&l->ntp) && tame_addresses(&l->server) &&
	       tame_addresses(&l->next_server) && tame_error(&l->why);
}

static bool tame_state(struct net_state *state)
{
	if ((unsigned)state->stage > NET_UP || state->vlan > 4094 ||
	    state->ipv4_prefix > 32 || state->ipv6_prefix > 128)
		return false;
	tame_text(state->line, sizeof(state->line));
	tame_bool(&state->has_ipv4);
	tame_bool(&state->has_ipv6);
	tame_bool(&state->is_static4);
	tame_bool(&state->is_bond);
	TAME_ASCII(state->boot_url6);
	return tame_name(state->interface) && tame_name(state->port) &&
	       tame_lease(&state->lease);
}

static bool tame_facts(struct net_facts *facts)
{
	tame_text(facts->url, sizeof(facts->url));
	tame_text(facts->address, sizeof(facts->address));
	tame_text(facts->tls, sizeof(facts->tls));
	tame_bool(&facts->is_of_mirrors);
	return facts->mirror < NET_MIRRORS_MAX;
}

bool net_tame(struct net_message *message, size_t len)
{
	if (len < HEAD || len != net_message_size(message->kind))
		return false;
	switch (message->kind) {
	case NET_STATE:
		return tame_state(&message->state);
	case NET_NOTE:
		tame_text(message->note, sizeof(message->note));
		return true;
	case NET_BEGIN:
		tame_bool(&message->begin.has_size);
		return message->begin.mirror < NET_MIRRORS_MAX;
	case NET_PART:
		return message->part.offset % TRANSFER_SLOT_LEN == 0 &&
		       message->part.len &&
		       message->part.len <= TRANSFER_SLOT_LEN;
	case NET_END:
		return tame_facts(&message->facts);
	case NET_FAILED:
		return tame_error(&message->error) &&
		       message->error.code != OK &&
		       !is_of_menu(message->error.code);
	case NET_TOLD:
		return true;
	}
	return false;
}
