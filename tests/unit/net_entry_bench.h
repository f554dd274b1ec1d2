/*
 * What the tests of entries from the network share: short good lines, and one
 * entry that is read again and again.
 */
#ifndef KEELBOOT_TESTS_UNIT_NET_ENTRY_BENCH_H
#define KEELBOOT_TESTS_UNIT_NET_ENTRY_BENCH_H

#include "format/net_entry.h"

#include "test.h"

#define URL "http://boot.example.org/"
#define DIGEST                                                                 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF"
#define KERNEL "linux " URL "k\n"
#define UKI    "uki-url " URL "k.efi\n"

static struct net_entry entry; /* too large for a stack with a sanitizer */

static inline enum status parse(const char *text, struct error *err)
{
	_drop_copy_ struct span copy = test_copy(span_of_text(text));

	return net_entry_parse(copy, true, NULL, NULL, &entry, err);
}

static inline void check_file(uint32_t at, enum net_role role, const char *urls)
{
	const struct net_file *f = &entry.files[at];
	char buf[512];
	struct text t = text_over(buf, sizeof(buf));

	assert_int_equal(f->role, role);
	for (uint32_t i = 0; i < f->url_count; i++)
		text_addf(&t, "%s%s", i ? " " : "",
			  net_entry_text(&entry, f->urls[i]));
	assert_string_equal(buf, urls);
}

static inline void check_defaults(void)
{
	assert_true(entry.max_size == NET_MAX_SIZE);
	assert_int_equal(entry.timeout_s, NET_TIMEOUT_S);
	assert_int_equal(entry.retry, NET_RETRY);
	assert_int_equal(entry.on_failure, NET_END_CONFIG);
	assert_false(entry.has_options);
	assert_string_equal(entry.options, "");
	assert_string_equal(entry.ca, "");
	assert_int_equal(entry.header_count, 0);
}

#endif
