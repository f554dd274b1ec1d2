/*
 * A server, a machine and somebody who listens, for the tests of iPXE scripts.
 */
#ifndef KEELBOOT_TESTS_UNIT_IPXE_RIG_H
#define KEELBOOT_TESTS_UNIT_IPXE_RIG_H

#include "test.h"

#include "format/ipxe.h"

#include <stdio.h>

struct rig_file {
	const char *url;
	const char *text; /* NULL: no script */
};

struct rig {
	struct rig_file files[4]; /* what chain finds */
	char said[8][DISPLAY_MAX];
	unsigned say_count, fetch_count, reach_count;
	enum status notes[8];
	uint32_t note_lines[8];
	unsigned note_count;
	bool chains_to_itself; /* every fetch gives the script again */
	struct span text;
	struct ipxe_machine machine;
	struct ipxe_result result;
	struct error err;
};

static const struct ipxe_interface rig_interfaces[] = {
	{ .name = "eth0",
	  .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
	  .ip = { 192, 0, 2, 7 },
	  .netmask = { 255, 255, 255, 0 },
	  .gateway = { 192, 0, 2, 254 },
	  .dns = { 192, 0, 2, 53 },
	  .next_server = { 192, 0, 2, 1 },
	  .dhcp_server = { 192, 0, 2, 2 },
	  .ip6 = { 0x20, 1, 0xd, 0xb8, [15] = 7 },
	  .hostname = "node7",
	  .domain = "dc1.example",
	  .filename = "boot/start.ipxe",
	  .root_path = "iscsi:192.0.2.1::::iqn" },
	{ .name = "eth1",
	  .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x57 },
	  .ip = { 198, 51, 100, 8 } },
	{ .name = "eth2", .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x58 } },
};

static inline struct rig *rig_new(void)
{
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	r->machine = (struct ipxe_machine){
		.interfaces = rig_interfaces,
		.interface_count = test_count(rig_interfaces),
		.arch = "x86_64",
		.has_uuid = true,
		.uuid = { 0x4c, 0x4c, 0x45, 0x44, 0x00, 0x35, 0x44, 0x10, 0x80,
			  0x51, 0xb2, 0xc0, 0x4f, 0x4a, 0x37, 0x32 },
		.serial = "SN /42",
		.manufacturer = "Dell Inc.",
		.product = "PowerEdge R640",
	};
	return r;
}

static void rig_drop(struct rig *r)
{
	free(r);
}

static void rig_url(const struct url *url, char ret[static URL_TEXT_MAX])
{
	struct text t = text_over(ret, URL_TEXT_MAX);

	url_add_text(&t, url);
}

static enum ipxe_fetched rig_fetch(void *ctx, const struct url *url,
				   struct span *ret, struct error *err)
{
	struct rig *r = ctx;
	char text[URL_TEXT_MAX];

	r->fetch_count++;
	if (r->chains_to_itself) {
		*ret = r->text;
		return IPXE_FETCH_SCRIPT;
	}
	rig_url(url, text);
	for (size_t i = 0; i < test_count(r->files); i++) {
		if (!r->files[i].url || strcmp(r->files[i].url, text) != 0)
			continue;
		if (!r->files[i].text)
			return IPXE_FETCH_IMAGE;
		*ret = span_of_text(r->files[i].text);
		return IPXE_FETCH_SCRIPT;
	}
	fail(err, E_VOLUME_NOT_FOUND, "%s is not there", text);
	return IPXE_FETCH_FAILED;
}

static bool rig_reach(void *ctx, const struct url *url, struct error *err)
{
	struct rig *r = ctx;

	r->reach_count++;
	if (!strstr(url->target, "gone"))
		return true;
	fail(err, E_VOLUME_NOT_FOUND, "%s is gone", url->target);
	return false;
}

static void rig_say(void *ctx, const struct display *text)
{
	struct rig *r = ctx;

	if (r->say_count < test_count(r->said))
		memcpy(r->said[r->say_count], text->text, DISPLAY_MAX);
	r->say_count++;
}

static void rig_note(void *ctx, const struct display *script, uint32_t line,
		     const struct error *why)
{
	struct rig *r = ctx;

	assert_true(script->text[0] && line > 0 && why->code && why->text[0]);
	if (r->note_count >= test_count(r->notes))
		return;
	r->note_lines[r->note_count] = line;
	r->notes[r->note_count++] = why->code;
}

static enum status rig_try(struct rig *r, struct span text)
{
	static const char where[] = "http://boot.example/menu/start.ipxe?x=/";
	const struct ipxe_ops ops = { r, rig_fetch, rig_reach, rig_say,
				      rig_note };
	struct ipxe_state *x = malloc(ipxe_state_size());
	_drop_copy_ struct span copy = test_copy(text);
	struct ipxe_source source = { .text = copy, .machine = &r->machine };
	struct error err;
	struct url url;
	enum status s;

	assert_ok(&err, url_parse(span_of_text(where), &url, &err));
	source.url = &url;
	r->text = copy;
	r->say_count = r->fetch_count = r->reach_count = r->note_count = 0;
	r->err = (struct error){ .code = OK };
	memset(x, 0xa5, ipxe_state_size());
	memset(&r->result, 0xa5, sizeof(r->result));
	s = ipxe_evaluate(x, &source, &ops, &r->result, &r->err);
	assert_int_equal(!s, r->result.outcome != 0);
	free(x);
	return s;
}

/* Runs a script that is a good one. */
static inline void rig_run(struct rig *r, const char *text)
{
	print_message("%s\n", text);
	assert_ok(&r->err, rig_try(r, span_of_text(text)));
}

#define assert_url(url, want)                                                  \
	do {                                                                   \
		char url_text[URL_TEXT_MAX];                                   \
		rig_url(url, url_text);                                        \
		assert_string_equal(url_text, want);                           \
	} while (0)

#endif
