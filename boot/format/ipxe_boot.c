/*
 * What comes out of a script that boots: a kernel, every other image as an
 * initrd, and a command line.
 */
#include "format/ipxe_state.h"

#include <stdlib.h>
#include <string.h>

/* Adds the words of a command line but for initrd=, which names an image; they
 * are there all, in their order, and a kernel would take it for an address. */
static enum ipxe_flow add_options(struct ipxe_state *x, const char *args)
{
	struct text t =
		text_over(x->result->options, sizeof(x->result->options));
	struct span rest = span_of_text(args), word;

	if (ipxe_has_marks(args))
		return ipxe_halt(x, E_IPXE_UNSAFE,
				 "the command line has a value from outside "
				 "that is no word of at most %d bytes of "
				 "[A-Za-z0-9._:-], or a control character",
				 IPXE_OUTSIDE_MAX);
	for (word = span_next_word(&rest); word.len;
	     word = span_next_word(&rest)) {
		if (span_starts_with(word, "initrd=", 7))
			continue;
		if (t.len)
			text_add_char(&t, ' ');
		text_add_bytes(&t, word);
	}
	return IPXE_NEXT;
}

static bool has_dots(struct span path)
{
	while (path.len) {
		struct span part = span_next_component(&path);

		if (span_equal_text(part, "..") || span_equal_text(part, "."))
			return true;
	}
	return false;
}

static bool take_mode(struct span digits, uint32_t *ret)
{
	uint32_t mode = 0;

	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '7')
			return false;
		mode = mode << 3 | (uint32_t)(digits.ptr[i] - '0');
		if (mode > 07777)
			return false;
	}
	*ret = mode;
	return digits.len > 0;
}

static bool take_makes(struct span digits, uint32_t *ret)
{
	uint64_t n = UINT32_MAX; /* -1: all of them */

	if (!span_equal_text(digits, "-1") &&
	    !text_parse_number(digits, UINT32_MAX, &n))
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* "PATH [mode=0755] [mkdir=1]" */
static bool take_path(const char *args, struct ipxe_initrd *ret)
{
	struct span rest = span_of_text(args);
	struct span path = span_next_word(&rest), word;
	struct text t = text_over(ret->path, sizeof(ret->path));

	ret->mode = 0644;
	text_add_bytes(&t, path);
	if (t.cut || has_dots(path))
		return false;
	for (word = span_next_word(&rest); word.len;
	     word = span_next_word(&rest)) {
		struct span value = word;
		struct span key = span_cut_at(&value, '=');

		if (span_equal_text(key, "mode") &&
		    !take_mode(value, &ret->mode))
			return false;
		if (span_equal_text(key, "mkdir") &&
		    !take_makes(value, &ret->makes))
			return false;
	}
	return true;
}

static enum ipxe_flow add_initrd(struct ipxe_state *x,
				 const struct ipxe_image *image)
{
	struct ipxe_result *r = x->result;
	struct ipxe_initrd *initrd = &r->initrds[r->initrd_count];

	if (r->initrd_count == IPXE_INITRDS_MAX)
		return ipxe_halt(x, E_IPXE_INITRDS,
				 "there are more than %d initrds",
				 IPXE_INITRDS_MAX);
	if (ipxe_has_marks(image->args))
		return ipxe_halt(x, E_IPXE_UNSAFE,
				 "the arguments of \"%s\" have bytes from "
				 "outside of the script, or control characters",
				 image->name);
	if (!take_path(image->args, initrd))
		return ipxe_halt(x, E_IPXE_INITRD,
				 "\"%s\" has the arguments \"%s\": there may "
				 "be a path of at most %d bytes without dots "
				 "alone, an octal mode= and a number mkdir=",
				 image->name, display_of_text(image->args).text,
				 IPXE_PATH_MAX - 1);
	initrd->url = image->url;
	r->initrd_count++;
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_boot(struct ipxe_state *x, const struct url *url,
			 const char *args, const struct ipxe_image *image)
{
	struct ipxe_result *r = x->result;
	enum ipxe_flow flow = add_options(x, args);

	r->kernel = *url;
	for (uint32_t i = 0; flow == IPXE_NEXT && i < x->image_count; i++)
		if (&x->images[i] != image && !x->images[i].is_kernel &&
		    !x->images[i].is_script)
			flow = add_initrd(x, &x->images[i]);
	r->has_devicetree = x->has_devicetree;
	if (x->has_devicetree)
		r->devicetree = x->devicetree;
	return flow == IPXE_NEXT ? ipxe_decide(x, IPXE_BOOTS) : flow;
}
