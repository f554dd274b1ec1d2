/*
 * Servers with files, as the network's process would have them fetched.
 */
#ifndef KEELBOOT_TESTS_UNIT_NET_PAGES_H
#define KEELBOOT_TESTS_UNIT_NET_PAGES_H

#include "net_rig.h"

#define A "http://a.example/"
#define B "http://b.example/"
#define C "http://c.example/"

struct page {
	const char *url;
	struct span bytes;
	/* With the first half of this and the second of bytes, if a file may be
	 * of more than one mirror. */
	struct span half;
	uint64_t told; /* a lie about its size */
	bool is_endless;
	bool is_gone_whole; /* for who asks for it whole */
};

static struct page pages[16];
static size_t page_count;
static char requests[8192]; /* first URLs, '!' for whole ones */

static inline void put_page(const char *url, struct span bytes)
{
	assert_true(page_count < test_count(pages));
	pages[page_count++] = (struct page){ .url = url, .bytes = bytes };
}

static inline const struct page *find_page(const char *url)
{
	for (size_t i = 0; i < page_count; i++)
		if (!strcmp(pages[i].url, url))
			return &pages[i];
	return NULL;
}

static inline void serve_page(struct played *p, const struct page *page,
			      uint32_t mirror)
{
	_drop_copy_ struct span bytes = test_copy(page->bytes);
	bool is_mixed = page->half.len && !p->asked.is_whole;

	if (is_mixed)
		memcpy(test_bytes(bytes), page->half.ptr, bytes.len / 2);
	if (page->told || page->is_endless) {
		say_begin_at(p, mirror, page->told, page->told);
		if (page->is_endless)
			for (uint64_t at = 0; at <= p->asked.max_size;
			     at += TRANSFER_SLOT_LEN)
				say_part(p, at, TRANSFER_SLOT_LEN);
		return;
	}
	say_begin_at(p, mirror, true, bytes.len);
	put_parts(p, bytes);
	snprintf(anew(p)->facts.url, URL_TEXT_MAX, "%s", page->url);
	snprintf(p->message.facts.address, 64, "192.0.2.1");
	p->message.facts.size = bytes.len;
	p->message.facts.mirror = mirror;
	p->message.facts.is_of_mirrors = is_mixed;
	say(p, NET_END);
}

static inline void serve_pages(struct played *p)
{
	size_t len = strlen(requests);

	snprintf(requests + len, sizeof(requests) - len, "%s%s ",
		 p->asked.urls[0], p->asked.is_whole ? "!" : "");
	for (uint32_t i = 0; i < p->asked.url_count; i++) {
		const struct page *page = find_page(p->asked.urls[i]);

		if (page && !(page->is_gone_whole && p->asked.is_whole)) {
			serve_page(p, page, i);
			return;
		}
	}
	say_failed(p, E_FETCH_STATUS, "404 Not Found");
}

#endif
