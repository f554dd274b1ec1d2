/*
 * What the tests of prepare_network.c share: an entry, and mirrors with what
 * its files are.
 */
#ifndef KEELBOOT_TESTS_UNIT_PREPARE_NETWORK_BENCH_H
#define KEELBOOT_TESTS_UNIT_PREPARE_NETWORK_BENCH_H

#include "net_pages.h"
#include "prepare_bench.h"

static struct net net;
static struct played played;

/* --- entries -----------------------------------------------------------------
 */

static inline int set_up(void **state)
{
	begin(state);
	net_init(&net);
	net.grace_ms = 100;
	net.state.stage = NET_UP;
	scan.net = &net;
	strcpy(scan.root,
	       "/nowhere"); /* this machine's firmware says nothing */
	page_count = 0;
	requests[0] = '\0';
	return 0;
}

static inline int tear_down(void **state)
{
	net_end(&net);
	return end(state);
}

static inline uint32_t add_entry(const char *text)
{
	struct net_entry *entry = NULL;
	uint32_t number = 0;
	struct error err;

	if (text) {
		entry = malloc(sizeof(*entry));
		assert_non_null(entry);
		assert_ok(&err, net_entry_parse(span_of_text(text), true, NULL,
						NULL, entry, &err));
	}
	assert_ok(&err, net_add(&net, entry, "n.conf", &number, &err));
	return scan_add_network(&scan, number, true);
}

static inline enum status prepare_text(const char *text, enum verify_mode mode,
				       struct error *err)
{
	const struct verify_context context = { .mode = mode,
						.keyring = &keys };
	const struct boot_entry *entry = scan_find(&scan, add_entry(text));
	enum status s;

	assert_non_null(entry);
	requests[0] = net.provenance[0] = '\0';
	load_request_drop(&request);
	played_begin(&played, &net, serve_pages);
	s = prepare_entry(&scan, entry, &config, &context, &request, err);
	played_end(&played);
	return s;
}

/* " sha256 …\n" of bytes, in one of four buffers. */
static inline const char *pin(struct span bytes)
{
	static char lines[4][80];
	static unsigned next;
	char *to = lines[next++ % 4];
	uint8_t digest[DIGEST_MAX];
	int len = sprintf(to, "\nsha256 ");

	digest_of(DIGEST_SHA256, bytes, digest);
	for (size_t i = 0; i < 32; i++)
		len += sprintf(to + len, "%02x", digest[i]);
	sprintf(to + len, "\n");
	return to;
}

static inline const char *entry_text(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
static inline const char *entry_text(const char *fmt, ...)
{
	static char text[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return text;
}

#endif
