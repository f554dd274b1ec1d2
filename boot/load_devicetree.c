#include "load_devicetree.h"

#include "format/chid.h"
#include "format/fdt.h"
#include "format/fdt_overlay.h"
#include "format/hwids.h"
#include "load_plan.h"
#include "trust/sha1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- which one -------------------------------------------------------------
 */

/* `compatible` of the first record for one of this machine's ids, the most
 * specific first. */
static bool look_up(const struct hwids_view *hwids,
		    const struct chid_fields *fields, uint8_t *message,
		    struct span *ret)
{
	for (unsigned place = 0; place < CHID_PRIORITY_COUNT; place++) {
		uint8_t sha1[SHA1_LEN], id[CHID_LEN];
		size_t len;

		if (!chid_message(fields, place, message, &len))
			continue;
		sha1_of(span_of(message, len), sha1);
		chid_of_sha1(sha1, id);
		for (uint32_t i = 0; i < hwids->count; i++) {
			struct hwids_device device = hwids_get(hwids, i);

			if (device.kind != HWIDS_DEVICETREE ||
			    memcmp(device.chid, id, sizeof(id)) != 0)
				continue;
			*ret = device.value;
			return device.value.len > 0;
		}
	}
	return false;
}

static bool look_up_in(struct load_request *request, struct span section,
		       struct span *ret)
{
	struct hwids_view hwids;
	struct chid_fields fields;
	struct error err;
	uint8_t *message;
	bool found;

	if (!section.len)
		return false;
	if (hwids_parse(section, &hwids, &err) != OK) {
		load_note(&request->notes, "%s: its .hwids chooses nothing: %s",
			  verified_name(request->image), err.text);
		return false;
	}
	message = malloc(CHID_MESSAGE_MAX);
	if (!message)
		return false;
	chid_fields_of(firmware_smbios(&request->firmware), &fields);
	found = look_up(&hwids, &fields, message, ret);
	free(message);
	return found;
}

/* One slice of an image while a tree for this machine is looked for in it. */
struct search {
	const struct verified_image *image;
	uint32_t slice;
};

/* What a tree has to be compatible with; false if nobody says. */
static bool wanted(struct load_request *request, const struct search *in,
		   struct span *ret)
{
	struct trusted_span hwids;
	uint32_t at = 0;

	if (request->firmware.compatible[0]) {
		*ret = span_of_text(request->firmware.compatible);
		return true;
	}
	return verified_next_section(in->image, in->slice, UKI_HWIDS, &at,
				     &hwids) &&
	       look_up_in(request, hwids.in, ret);
}

static bool find_auto(struct load_request *request, const struct search *in,
		      struct trusted_span *ret)
{
	struct span compatible, have;
	uint32_t at = 0;

	if (!wanted(request, in, &compatible))
		return false;
	while (verified_next_section(in->image, in->slice, UKI_DTBAUTO, &at,
				     ret)) {
		if (!fdt_first_compatible(ret->in, &have))
			load_note(&request->notes,
				  "%s: a .dtbauto of %zu bytes is no device "
				  "tree with a `compatible`",
				  verified_name(in->image), ret->in.len);
		else if (span_equal(have, compatible))
			return true;
	}
	return false;
}

static void choose(struct devicetree_plan *plan,
		   const struct verified_image *image, const char *section,
		   struct trusted_span tree)
{
	char source[320];

	snprintf(source, sizeof(source), "%s of %s", section,
		 verified_name(image));
	plan->source = display_of_text(source);
	plan->tree = tree;
	plan->has_overlays = false;
}

/* .dtbauto of the profile, then of the base; then .dtb. */
static void choose_of_uki(struct load_request *request,
			  struct devicetree_plan *plan)
{
	const struct verified_image *uki = request->image;
	struct search profile = { uki, request->profile };
	struct search base = { uki, UKI_SLICE_BASE };
	struct trusted_span tree;

	if (find_auto(request, &profile, &tree) ||
	    find_auto(request, &base, &tree)) {
		choose(plan, uki, ".dtbauto", tree);
		return;
	}
	tree = verified_section(uki, request->profile, UKI_DTB);
	if (tree.in.len)
		choose(plan, uki, ".dtb", tree);
}

static void choose_of_addon(struct load_request *request,
			    const struct verified_image *addon,
			    struct devicetree_plan *plan)
{
	struct search base = { addon, UKI_SLICE_BASE };
	struct trusted_span tree;

	if (find_auto(request, &base, &tree)) {
		choose(plan, addon, ".dtbauto", tree);
		return;
	}
	tree = verified_section(addon, 0, UKI_DTB);
	if (tree.in.len)
		choose(plan, addon, ".dtb", tree);
}

void load_plan_devicetree(struct load_request *request,
			  struct devicetree_plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (request->dtb) {
		ret->source = display_of_text(verified_name(request->dtb));
		ret->tree = verified_bytes(request->dtb);
		ret->has_overlays = request->overlay_count;
	}
	if (verified_uki(request->image))
		choose_of_uki(request, ret);
	if (!load_stub_knows(request, STUB_ADDON_DEVICETREES))
		return;
	for (uint32_t i = 0; i < request->addon_count; i++)
		choose_of_addon(request, request->addons[i], ret);
}

/* --- and with what on it ---------------------------------------------------
 */

/* A copy at a multiple of 8 that may be written to, or NULL. */
static uint8_t *copy_of(struct span bytes)
{
	uint8_t *copy = aligned_alloc(8, (bytes.len + 8) & ~(size_t)7);

	if (copy && bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	return copy;
}

static enum status check_overlay_size(const struct verified_image *overlay,
				      struct error *err)
{
	size_t len = verified_bytes(overlay).in.len;

	if (len <= FDT_SIZE_MAX)
		return OK;
	return fail(err, E_FDT_TOO_LARGE,
		    "%s has %zu bytes, a device tree can have %u",
		    verified_name(overlay), len, FDT_SIZE_MAX);
}

/* Puts one more overlay on *tree, which is replaced. */
static enum status put_on(const struct verified_image *overlay, uint8_t **tree,
			  size_t *len, struct error *err)
{
	struct span bytes = verified_bytes(overlay).in;
	size_t room = fdt_overlay_room(*len, bytes.len);
	uint8_t *copy = copy_of(bytes), *out = aligned_alloc(8, room);
	uint32_t size = 0;
	enum status s;

	if (!copy || !out)
		s = fail(err, E_NO_MEMORY, "no memory for a device tree");
	else
		s = fdt_overlay(span_of(*tree, *len), copy, bytes.len, out,
				room, &size, err);
	free(copy);
	if (s != OK) {
		free(out);
		return fail_in(err, s, "%s", verified_name(overlay));
	}
	free(*tree);
	*tree = out;
	*len = size;
	return OK;
}

static enum status put_in_blob(struct span bytes, struct blob *ret,
			       struct error *err)
{
	struct blob_writer w;
	enum status s = blob_begin("dtb", &w, err);

	if (s != OK)
		return s;
	s = blob_append(&w, bytes, err);
	if (s != OK) {
		blob_abandon(&w);
		return s;
	}
	return blob_finish(&w, ret, err);
}

enum status load_build_devicetree(const struct load_request *request,
				  const struct devicetree_plan *plan,
				  struct blob *ret, struct error *err)
{
	size_t len = plan->tree.in.len;
	uint8_t *tree;
	enum status s = OK;

	*ret = BLOB_NONE;
	if (!len)
		return OK;
	if (!plan->has_overlays)
		return put_in_blob(plan->tree.in, ret, err);
	tree = copy_of(plan->tree.in);
	if (!tree)
		return fail(err, E_NO_MEMORY, "no memory for a device tree");
	for (uint32_t i = 0; s == OK && i < request->overlay_count; i++) {
		s = check_overlay_size(request->overlays[i], err);
		if (s == OK)
			s = put_on(request->overlays[i], &tree, &len, err);
	}
	if (s == OK)
		s = put_in_blob(span_of(tree, len), ret, err);
	free(tree);
	return s;
}
