/*
 * GRUB's devices and paths: "(DEVICE)/PATH", or "/PATH" on $root.
 *
 * A search for root that finds nothing leaves the name of no device in the
 * variable, "lost0", so that what would be read from there is refused with the
 * reason.
 */
#include "format/grub_state.h"

#include "format/path.h"

#include <stdio.h>
#include <string.h>

bool grub_know_volume(struct grub_state *g, int volume)
{
	if (volume < 0 || volume >= GRUB_VOLUMES_MAX)
		return false;
	g->volumes[volume / 8] |= (uint8_t)(1U << (volume % 8));
	return true;
}

/* N of "volN" or "lostN", if it is less than limit; else -1. */
static int own_name(struct span device, const char *prefix, unsigned limit)
{
	size_t len = strlen(prefix);
	uint64_t n;

	if (!limit || !span_starts_with(device, prefix, len) ||
	    !text_parse_number(span_slice(device, len, device.len - len),
			       limit - 1, &n))
		return -1;
	return (int)n;
}

static int own_volume(const struct grub_state *g, struct span device)
{
	int n = own_name(device, "vol", GRUB_VOLUMES_MAX);

	return n >= 0 && g->volumes[n / 8] >> (n % 8) & 1 ? n : -1;
}

enum grub_flow grub_lose_root(struct grub_state *g, enum grub_search_kind kind,
			      const char *what)
{
	struct grub_lost lost = { .kind = kind, .what = display_of_text(what) };
	char value[16];
	uint32_t i = 0;

	while (i < g->lost_count &&
	       (g->lost[i].kind != kind ||
		strcmp(g->lost[i].what.text, lost.what.text) != 0))
		i++;
	if (i == GRUB_LOST_MAX)
		i--; /* the last one of many */
	g->lost[i] = lost;
	g->lost_count += i == g->lost_count;
	snprintf(value, sizeof(value), "lost%u", i);
	return grub_set_text(g, "root", value);
}

static enum status say_lost(const struct grub_lost *lost, struct error *err)
{
	const char *kind = lost->kind == GRUB_SEARCH_UUID
				   ? "the file system UUID"
			   : lost->kind == GRUB_SEARCH_LABEL ? "the label"
							     : "the file";

	return fail(err, E_GRUB_SEARCH, "no volume here has %s %s", kind,
		    lost->what.text);
}

static bool is_network(struct span device)
{
	static const char *const names[] = { "http", "https", "tftp",  "pxe",
					     "nfs",  "ftp",   "efinet" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_starts_with(device, names[i], strlen(names[i])))
			return true;
	return false;
}

static enum status find_device(struct grub_state *g, struct span device,
			       int *ret, struct error *err)
{
	int lost = own_name(device, "lost", g->lost_count);
	int volume = own_volume(g, device);
	char name[GRUB_PATH_MAX];

	if (lost >= 0)
		return say_lost(&g->lost[lost], err);
	if (is_network(device))
		return fail(err, E_GRUB_DEVICE,
			    "the device (%s) is the network, which only "
			    "keelboot's own configuration names",
			    display_of(device).text);
	if (volume < 0 && device.len && device.len < sizeof(name) &&
	    !memchr(device.ptr, '\0', device.len)) {
		memcpy(name, device.ptr, device.len);
		name[device.len] = '\0';
		volume = g->ops->device(g->ops->ctx, name);
	}
	if (!grub_know_volume(g, volume))
		return fail(err, E_GRUB_DEVICE,
			    "no volume here is the device (%s)",
			    display_of(device).text);
	*ret = volume;
	return OK;
}

/* Splits "(DEVICE)/PATH"; the device is empty for $root. */
static bool split(struct span text, struct span *ret_device,
		  struct span *ret_path)
{
	const uint8_t *end;
	size_t len;

	*ret_device = span_slice(text, 0, 0);
	*ret_path = text;
	if (!text.len || text.ptr[0] != '(')
		return true;
	end = memchr(text.ptr, ')', text.len);
	if (!end)
		return false;
	len = (size_t)(end - text.ptr);
	*ret_device = span_slice(text, 1, len - 1);
	*ret_path = span_slice(text, len + 1, text.len - len - 1);
	return true;
}

static enum status device_of(struct grub_state *g, struct span device, int *ret,
			     struct error *err)
{
	const char *root;

	if (device.len)
		return find_device(g, device, ret, err);
	root = grub_get_text(g, "root");
	if (!root || !*root)
		return fail(err, E_GRUB_DEVICE,
			    "the variable root names no device");
	return find_device(g, span_of_text(root), ret, err);
}

enum status grub_resolve(struct grub_state *g, const char *text,
			 struct grub_path *ret, struct error *err)
{
	struct span device, path;
	enum path_fault fault;
	enum status s;

	*ret = (struct grub_path){ .volume = -1 };
	if (!split(span_of_text(text), &device, &path))
		return fail(err, E_GRUB_PATH, "\"%s\" has no \")\"",
			    display_of_text(text).text);
	if (!path.len || path.ptr[0] != '/')
		return fail(err, E_GRUB_PATH,
			    "\"%s\" has no \"/\" at the begin of its path",
			    display_of_text(text).text);
	fault = path_resolve("", path, ret->path, sizeof(ret->path));
	if (fault)
		return fail(err, E_GRUB_PATH, "\"%s\" %s",
			    display_of_text(text).text, path_fault_text(fault));
	s = device_of(g, device, &ret->volume, err);
	if (s != OK)
		*ret = (struct grub_path){ .volume = -1 };
	return s;
}

int grub_root_volume(struct grub_state *g)
{
	int volume = -1;

	if (device_of(g, span_of("", 0), &volume, NULL) != OK)
		return -1;
	return volume;
}

enum grub_file_kind grub_kind_of(struct grub_state *g, const char *text)
{
	struct span device, path;
	struct grub_path file;
	int volume;

	grub_work(g, 20); /* a file system is asked */
	if (grub_resolve(g, text, &file, NULL) == OK)
		return g->ops->kind(g->ops->ctx, file.volume, file.path);
	if (!split(span_of_text(text), &device, &path))
		return GRUB_FILE_NONE;
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] != '/')
			return GRUB_FILE_NONE;
	if (device_of(g, device, &volume, NULL) != OK)
		return GRUB_FILE_NONE;
	return GRUB_FILE_FOLDER; /* the root of a volume that is there */
}
