/*
 * Images: what `kernel`, `initrd` and their kin name. Nothing is fetched for
 * them here; only what `chain` leads to is looked at, as it may be a script.
 */
#include "format/ipxe_state.h"

#include <string.h>

enum { IMAGE_NAME, IMAGE_TIMEOUT, IMAGE_QUIET, IMAGE_AUTOFREE, IMAGE_REPLACE };

static struct ipxe_image *find_image(struct ipxe_state *x, const char *name)
{
	for (uint32_t i = 0; i < x->image_count; i++)
		if (!strcmp(x->images[i].name, name))
			return &x->images[i];
	return NULL;
}

static enum ipxe_flow set_name(struct ipxe_state *x, struct ipxe_image *image,
			       const char *name)
{
	struct text t = text_over(image->name, sizeof(image->name));

	text_add(&t, name);
	if (ipxe_has_marks(name))
		return ipxe_halt(x, E_IPXE_UNSAFE,
				 "the name of an image has bytes from outside "
				 "of the script, or control characters");
	if (!t.cut)
		return IPXE_NEXT;
	return ipxe_halt(x, E_IPXE_NAME_LONG,
			 "the name of an image has %zu bytes, the most are %d",
			 strlen(name), IPXE_NAME_MAX - 1);
}

/* An image is called what stands last in its URL's path. */
static enum ipxe_flow set_name_of_url(struct ipxe_state *x,
				      struct ipxe_image *image)
{
	char path[URL_TEXT_MAX];
	char *slash;

	memcpy(path, image->url.target, sizeof(path));
	path[strcspn(path, "?")] = '\0';
	slash = strrchr(path, '/');
	return set_name(x, image, slash ? slash + 1 : path);
}

/* What a word means as a URL, in the script at work. */
static enum ipxe_flow resolve(struct ipxe_state *x, const char *marked,
			      struct url *ret)
{
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct error why;

	ipxe_add_url(&t, marked);
	if (t.cut)
		return ipxe_fail(x, E_IPXE_URL,
				 "the URL has more than %d bytes",
				 URL_TEXT_MAX - 1);
	if (url_resolve(&ipxe_frame(x)->url, span_of(t.buf, t.len), ret,
			&why) == OK)
		return IPXE_NEXT;
	return ipxe_fail(x, E_IPXE_URL, "%s", why.text);
}

static enum ipxe_flow reach(struct ipxe_state *x, const struct url *url)
{
	struct error why = { .code = OK };
	enum ipxe_flow flow = ipxe_count_fetch(x);

	if (flow != IPXE_NEXT || !x->ops->reach ||
	    x->ops->reach(x->ops->ctx, url, &why))
		return flow;
	return ipxe_fail(x, E_IPXE_FETCH, "%s", why.text);
}

/* Adds an image of that URL. */
static enum ipxe_flow add_image(struct ipxe_state *x, const char *marked,
				struct ipxe_image **ret)
{
	struct ipxe_image *image = &x->images[x->image_count];
	enum ipxe_flow flow;

	if (x->image_count == IPXE_IMAGES_MAX)
		return ipxe_halt(x, E_IPXE_IMAGES,
				 "there are more than %d images",
				 IPXE_IMAGES_MAX);
	memset(image, 0, sizeof(*image));
	flow = resolve(x, marked, &image->url);
	if (flow == IPXE_NEXT)
		flow = reach(x, &image->url);
	if (flow == IPXE_NEXT)
		flow = set_name_of_url(x, image);
	if (flow != IPXE_NEXT)
		return flow;
	x->image_count++;
	*ret = image;
	return IPXE_NEXT;
}

/* An image of that name, else one of that URL. */
static enum ipxe_flow acquire(struct ipxe_state *x, const char *marked,
			      struct ipxe_image **ret)
{
	*ret = find_image(x, marked);
	return *ret ? IPXE_NEXT : add_image(x, marked, ret);
}

static enum ipxe_flow set_args(struct ipxe_state *x, const struct ipxe_call *c,
			       char ret[static IPXE_OPTIONS_MAX])
{
	if (ipxe_join(x, c, 1, ret, IPXE_OPTIONS_MAX))
		return IPXE_NEXT;
	return ipxe_halt(x, E_IPXE_OPTIONS_LONG,
			 "the arguments of \"%s\" have more than %d bytes",
			 display_of_text(ipxe_argument(x, c, 0)).text,
			 IPXE_OPTIONS_MAX - 1);
}

/* What all of these commands do with an image: its name, its arguments. */
static enum ipxe_flow describe(struct ipxe_state *x, const struct ipxe_call *c,
			       struct ipxe_image *image)
{
	enum ipxe_flow flow = IPXE_NEXT;

	if (c->options[IMAGE_NAME])
		flow = set_name(x, image, c->options[IMAGE_NAME]);
	if (flow == IPXE_NEXT && c->count > 1)
		flow = set_args(x, c, image->args);
	return flow;
}

enum ipxe_flow ipxe_imgfetch(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct ipxe_image *image = NULL;
	enum ipxe_flow flow = add_image(x, ipxe_argument(x, c, 0), &image);

	return flow == IPXE_NEXT ? describe(x, c, image) : flow;
}

enum ipxe_flow ipxe_imgselect(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct ipxe_image *image = NULL;
	enum ipxe_flow flow = acquire(x, ipxe_argument(x, c, 0), &image);

	if (flow == IPXE_NEXT)
		flow = describe(x, c, image);
	if (flow != IPXE_NEXT)
		return flow;
	image->is_kernel = true;
	x->selected = (uint32_t)(image - x->images);
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_imgargs(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct ipxe_image *image = NULL;
	enum ipxe_flow flow = acquire(x, ipxe_argument(x, c, 0), &image);

	if (flow != IPXE_NEXT)
		return flow;
	image->args[0] = '\0';
	return describe(x, c, image);
}

static void free_image(struct ipxe_state *x, uint32_t i)
{
	x->image_count--;
	memmove(&x->images[i], &x->images[i + 1],
		(x->image_count - i) * sizeof(x->images[0]));
	if (x->selected == i)
		x->selected = IPXE_IMAGES_MAX;
	else if (x->selected < IPXE_IMAGES_MAX && x->selected > i)
		x->selected--;
}

static enum ipxe_flow no_image(struct ipxe_state *x, const char *name)
{
	return ipxe_fail(x, E_IPXE_IMAGE, "there is no image \"%s\"",
			 display_of_text(name).text);
}

enum ipxe_flow ipxe_imgfree(struct ipxe_state *x, const struct ipxe_call *c)
{
	if (!c->count) {
		x->image_count = 0;
		x->selected = IPXE_IMAGES_MAX;
		x->has_devicetree = false;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		const char *name = ipxe_argument(x, c, i);
		struct ipxe_image *image = find_image(x, name);

		if (!image)
			return no_image(x, name);
		free_image(x, (uint32_t)(image - x->images));
	}
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_imgstat(struct ipxe_state *x, const struct ipxe_call *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (!find_image(x, ipxe_argument(x, c, i)))
			return no_image(x, ipxe_argument(x, c, i));
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_fdt(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct url url;
	enum ipxe_flow flow;

	x->has_devicetree = false;
	if (!c->count)
		return IPXE_NEXT;
	flow = resolve(x, ipxe_argument(x, c, 0), &url);
	if (flow == IPXE_NEXT)
		flow = reach(x, &url);
	if (flow != IPXE_NEXT)
		return flow;
	x->has_devicetree = true;
	x->devicetree = url;
	return IPXE_NEXT;
}

/* --- chain --- */

/* Follows a script, or boots what is none. */
static enum ipxe_flow chain(struct ipxe_state *x, const struct ipxe_call *c,
			    const struct url *url, const char *args,
			    struct ipxe_image *image)
{
	bool is_replacement = c->options[IMAGE_REPLACE] != NULL;
	struct error why = { .code = OK };
	struct span text = { 0 };
	enum ipxe_flow flow = ipxe_count_fetch(x);

	if (flow != IPXE_NEXT)
		return flow;
	switch (x->ops->fetch(x->ops->ctx, url, &text, &why)) {
	case IPXE_FETCH_IMAGE:
		return ipxe_boot(x, url, args, image);
	case IPXE_FETCH_SCRIPT:
		if (image)
			image->is_script = true;
		flow = ipxe_run_script(x, url, text);
		/* the script that chained to it goes on when it is over */
		if (!is_replacement &&
		    (flow == IPXE_OVER || flow == IPXE_LEAVE))
			flow = IPXE_NEXT;
		return flow;
	case IPXE_FETCH_FAILED:
		break;
	}
	return ipxe_fail(x, E_IPXE_FETCH, "%s", why.text);
}

static enum ipxe_flow boot_selected(struct ipxe_state *x,
				    const struct ipxe_call *c)
{
	const struct ipxe_image *image;

	if (x->selected == IPXE_IMAGES_MAX)
		return ipxe_fail(x, E_IPXE_IMAGE, "%s: no image is selected",
				 c->name);
	image = &x->images[x->selected];
	return ipxe_boot(x, &image->url, image->args, image);
}

enum ipxe_flow ipxe_imgexec(struct ipxe_state *x, const struct ipxe_call *c)
{
	char args[IPXE_OPTIONS_MAX];
	struct ipxe_image *image = NULL;
	enum ipxe_flow flow = IPXE_NEXT;
	struct url url;

	if (!c->count)
		return boot_selected(x, c);
	args[0] = '\0';
	image = find_image(x, ipxe_argument(x, c, 0));
	if (image) {
		url = image->url;
		memcpy(args, image->args, sizeof(args));
	} else {
		flow = resolve(x, ipxe_argument(x, c, 0), &url);
	}
	if (flow == IPXE_NEXT && c->count > 1)
		flow = set_args(x, c, args);
	if (flow != IPXE_NEXT)
		return flow;
	if (image && image->is_kernel)
		return ipxe_boot(x, &url, args, image);
	return chain(x, c, &url, args, image);
}
