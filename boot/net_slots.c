#include "net.h"

#include <stdlib.h>
#include <string.h>

static enum status add(struct net *net, uint32_t at, struct net_slot slot,
		       const char *id, uint32_t *ret, struct error *err)
{
	struct text t;

	while (at < NET_SLOTS_MAX && net->slots[at].is_used)
		at++;
	if (at == NET_SLOTS_MAX)
		return fail(err, E_NET_SLOTS,
			    "%s would be network entry %d, the most is %d", id,
			    NET_SLOTS_MAX + 1, NET_SLOTS_MAX);
	slot.is_used = true;
	net->slots[at] = slot;
	t = text_over(net->slots[at].id, sizeof(slot.id));
	text_add_safe(&t, span_of_text(id));
	*ret = at;
	net->is_wanted = true;
	return OK;
}

enum status net_add(struct net *net, struct net_entry *entry, const char *id,
		    uint32_t *ret, struct error *err)
{
	const struct net_slot slot = { .entry = entry,
				       .is_of_image = true,
				       .parent = NET_NO_PARENT };
	enum status s = add(net, net->image_count, slot, id, ret, err);

	if (s == OK)
		net->image_count = *ret + 1;
	return s;
}

enum status net_add_child(struct net *net, struct net_entry *entry,
			  const char *id, uint32_t parent, uint32_t *ret,
			  struct error *err)
{
	const struct net_slot slot = { .entry = entry, .parent = parent };

	return add(net, net->image_count, slot, id, ret, err);
}

void net_forget_children(struct net *net, uint32_t parent,
			 void (*gone)(void *ctx, uint32_t number), void *ctx)
{
	for (uint32_t i = net->image_count; i < NET_SLOTS_MAX; i++) {
		struct net_slot *slot = &net->slots[i];

		if (!slot->is_used || slot->parent != parent)
			continue;
		gone(ctx, i);
		free(slot->entry);
		memset(slot, 0, sizeof(*slot));
		net_forget_children(net, i, gone, ctx);
	}
}

void net_remove(struct net *net, uint32_t number,
		void (*gone)(void *ctx, uint32_t number), void *ctx)
{
	struct net_slot *slot = &net->slots[number];

	net_forget_children(net, number, gone, ctx);
	gone(ctx, number);
	free(slot->entry);
	memset(slot, 0, sizeof(*slot));
}

uint32_t net_set_of_disk(struct net *net, struct net_entry *entry,
			 const char *id, uint32_t of_disk,
			 void (*gone)(void *ctx, uint32_t number), void *ctx)
{
	struct net_slot *slot = &net->slots[NET_OF_DISK];
	struct text t;

	if (slot->of_disk != of_disk)
		net_forget_children(net, NET_OF_DISK, gone, ctx);
	free(slot->entry);
	*slot = (struct net_slot){ .is_used = true,
				   .entry = entry,
				   .of_disk = of_disk,
				   .parent = NET_NO_PARENT };
	t = text_over(slot->id, sizeof(slot->id));
	text_add_safe(&t, span_of_text(id));
	net->is_wanted = true;
	return NET_OF_DISK;
}
