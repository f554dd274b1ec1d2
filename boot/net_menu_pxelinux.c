/* The labels of a PXELINUX file as entries. */
#include "net_menu_parts.h"

#include "base/own.h"
#include "format/pxelinux.h"

#include <stdio.h>
#include <string.h>

static const char config_folder[] = "/pxelinux.cfg/";

/* What became of a label. */
struct label {
	char name[EXTLINUX_LABEL_MAX];
	bool is_local;
	uint32_t at; /* of what is kept, or MENU_NO_ENTRY */
	char reason[ERROR_TEXT_MAX];
};

struct reading {
	struct menu_work *w;
	struct extlinux_result result;
	uint32_t label_count;
	struct label labels[EXTLINUX_ENTRIES_MAX];
};

/* --- who asks --- */

static void take_server(uint8_t to[static 4], const struct lease *l)
{
	if (l->next_server.count && !l->next_server.of[0].is_ipv6)
		memcpy(to, l->next_server.of[0].bytes, 4);
	else if (l->server.count && !l->server.of[0].is_ipv6)
		memcpy(to, l->server.of[0].bytes, 4);
}

struct pxelinux_client menu_pxelinux_client(const struct net_menu_machine *m)
{
	const struct net_state *s = m->state;
	struct pxelinux_client c = { .has_uuid = m->has_uuid,
				     .hardware_type = 1,
				     .config = s->lease.config_file,
				     .vendor = m->manufacturer,
				     .product = m->product,
				     .serial = m->serial };

	memcpy(c.uuid, m->uuid, sizeof(c.uuid));
	memcpy(c.mac, s->mac, sizeof(c.mac));
	take_server(c.server, &s->lease);
	if (!s->has_ipv4)
		return c;
	memcpy(c.ip, s->ipv4, sizeof(c.ip));
	memcpy(c.gateway, s->ipv4_gateway, sizeof(c.gateway));
	for (unsigned bit = 0; bit < s->ipv4_prefix && bit < 32; bit++)
		c.netmask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return c;
}

/* --- labels --- */

static enum status fill_in(struct net_entry *e, const struct pxelinux_entry *p,
			   struct error *err)
{
	const struct extlinux_entry *x = p->entry;
	bool has_more = x->initrd_count || x->devicetree[0] || p->options[0];
	enum status s = menu_add_file(e, has_more ? NET_LINUX : NET_ANY,
				      &p->kernel, err);

	for (uint32_t i = 0; s == OK && i < x->initrd_count; i++)
		s = menu_add_file(e, NET_INITRD, &p->initrds[i], err);
	if (s == OK && x->devicetree[0])
		s = menu_add_file(e, NET_DEVICETREE, &p->devicetree, err);
	menu_set_options(e, p->options);
	return s;
}

static enum status keep(struct menu_work *w, const struct pxelinux_entry *p,
			struct error *err)
{
	const struct extlinux_entry *x = p->entry;
	struct menu_kept *kept;
	enum status s;

	if (x->overlay_count)
		return fail(err, E_NET_MENU_FILES,
			    "it has overlays of a device tree, which cannot "
			    "come from the network");
	if (x->asks_password)
		return fail(err, E_NET_MENU_PASSWORD,
			    "it is behind a password of its own");
	s = menu_keep(w, x->label, &kept, err);
	if (s != OK)
		return s;
	kept->entry.title = x->title;
	s = fill_in(&kept->entry, p, err);
	if (s != OK)
		menu_forget(w);
	return s;
}

static void take_entry(void *ctx, const struct pxelinux_entry *p)
{
	struct reading *r = ctx;
	const struct extlinux_entry *x = p->entry;
	struct label *label = &r->labels[r->label_count];
	struct error why = { .code = p->why };

	if (r->label_count == EXTLINUX_ENTRIES_MAX)
		return;
	r->label_count++;
	memcpy(label->name, x->label, sizeof(label->name));
	label->is_local = x->boots_locally;
	label->at = MENU_NO_ENTRY;
	memcpy(why.text, p->reason, sizeof(why.text));
	if (why.code == OK && keep(r->w, p, &why) == OK) {
		label->at = r->w->count - 1;
		return;
	}
	if (p->why == OK)
		fail_in(&why, why.code, "%s:%u", x->file.text, x->line);
	memcpy(label->reason, why.text, sizeof(label->reason));
	if (!x->boots_locally)
		menu_refuse(r->w, &why);
}

static void take_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct reading *r = ctx;

	menu_note(r->w, "%s:%u: %s", display_of_text(file).text, line,
		  why->text);
}

static bool load(void *ctx, const struct url *url, struct span *ret)
{
	struct reading *r = ctx;
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct error why;

	url_add_text(&t, url);
	if (r->w->ops->fetch(r->w->ops->ctx, text, NET_MENU_TEXT_MAX, ret,
			     &why) == OK)
		return true;
	menu_note(r->w, "%s", why.text);
	return false;
}

/* --- the file --- */

/* The label that boots when nobody chooses; NULL for the first that can. */
static const struct label *find_default(const struct reading *r)
{
	const char *wanted = r->result.default_entry;

	if (!wanted[0])
		return r->label_count && r->labels[0].is_local ? &r->labels[0]
							       : NULL;
	for (uint32_t i = 0; i < r->label_count; i++) {
		size_t len = strlen(r->labels[i].name);
		char end = wanted[strnlen(wanted, len)];

		/* as extlinux_entry_is_named() */
		if (len && !strncmp(wanted, r->labels[i].name, len) &&
		    (!end || end == ' ' || end == '\t'))
			return &r->labels[i];
	}
	return NULL;
}

/* A URL's prefix: the folder above pxelinux.cfg, or else its own. *ret_name is
 * the rest. */
static void split_url(const struct url *url, struct url *ret_prefix,
		      char ret_name[static PXELINUX_NAME_MAX])
{
	char *target = ret_prefix->target, *name;
	size_t len = strlen(config_folder);
	const char *folder;

	*ret_prefix = *url;
	target[strcspn(target, "?")] = '\0';
	folder = strstr(target, config_folder);
	name = strrchr(target, '/') + 1;
	if (folder && folder + len <= name)
		name = target + (folder - target) + 1;
	if (!name[0] || !text_copy(ret_name, PXELINUX_NAME_MAX, name))
		snprintf(ret_name, PXELINUX_NAME_MAX, "pxelinux.cfg/default");
	*name = '\0';
}

static enum status read_labels(struct reading *r, struct span text,
			       const struct url *prefix, const char *name,
			       struct error *err)
{
	const struct pxelinux_client client =
		menu_pxelinux_client(r->w->machine);
	const struct pxelinux_source source = { prefix, name, text, &client };
	const struct pxelinux_ops ops = { r, load, take_entry, take_note };
	_free_ struct pxelinux_state *state = malloc(pxelinux_state_size());

	if (!state)
		return fail(err, E_NO_MEMORY, "no memory for a PXELINUX file");
	return pxelinux_evaluate(state, &source, &ops, &r->result, err);
}

enum status menu_follow_pxelinux(struct menu_work *w, struct span text,
				 const struct url *prefix, const char *name,
				 enum net_menu_outcome *ret,
				 uint32_t *ret_default, struct error *err)
{
	_free_ struct reading *r = calloc(1, sizeof(*r));
	char own_name[PXELINUX_NAME_MAX];
	const struct label *label;
	struct url own_prefix;
	enum status s;

	if (!r)
		return fail(err, E_NO_MEMORY, "no memory for a PXELINUX file");
	r->w = w;
	if (!name) {
		split_url(prefix, &own_prefix, own_name);
		prefix = &own_prefix;
		name = own_name;
	}
	s = read_labels(r, text, prefix, name, err);
	if (s != OK)
		return s;
	label = find_default(r);
	if (label && label->is_local)
		*ret = NET_MENU_EXITS;
	else if (label && label->at == MENU_NO_ENTRY)
		return fail(err, E_NET_MENU_DEFAULT, "its default \"%s\": %s",
			    display_of_text(label->name).text, label->reason);
	else if (label)
		*ret_default = label->at;
	return OK;
}
