/* What a fetched file is; the contract is in net_menu.h. */
#include "net_menu.h"

#include "format/ipxe.h"
#include "format/kimage.h"

#include <string.h>
#include <strings.h>

struct magic {
	const char *bytes;
	size_t len;
	const char *what;
	bool is_image;
};

static const struct magic magics[] = {
	{ "MZ", 2, "a PE file", true },
	{ "\x1f\x8b", 2, "a gzip file", true },
	{ "\x28\xb5\x2f\xfd", 4, "a zstd file", true },
	{ "\xfd"
	  "7zXZ",
	  6, "an xz file", true },
	{ "\x02\x21\x4c\x18", 4, "an lz4 file", true },
	{ "\x7f"
	  "ELF",
	  4, "an ELF file", false },
	{ "070701", 6, "a cpio archive", false },
	{ "{", 1, "JSON", false },
};

static const struct magic *find_magic(struct span begin)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (span_starts_with(begin, magics[i].bytes, magics[i].len))
			return &magics[i];
	return NULL;
}

static bool is_word(struct span key, const char *word)
{
	return key.len == strlen(word) &&
	       !strncasecmp((const char *)key.ptr, word, key.len);
}

/* A text: the first line that tells decides. */
static enum net_content content_of_text(struct span text, const char **ret_what)
{
	static const char *const kernels[] = { "linux", "efi", "uki",
					       "uki-url" };
	bool has_default = false;
	struct span key, value;
	uint32_t line = 0;

	while (net_entry_next_line(&text, &line, &key, &value)) {
		if (span_equal_text(key, "entry")) {
			*ret_what = "a network menu";
			return NET_IS_MENU;
		}
		*ret_what = "an entry";
		for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]);
		     i++)
			if (span_equal_text(key, kernels[i]))
				return NET_IS_ENTRY;
		*ret_what = "a PXELINUX file";
		if (is_word(key, "label") || is_word(key, "include"))
			return NET_IS_PXELINUX;
		has_default = has_default || is_word(key, "default");
	}
	if (has_default)
		return NET_IS_PXELINUX;
	*ret_what = "a text of no known kind";
	return NET_IS_UNKNOWN;
}

/* The first byte that is none of blanks and line ends. */
static struct span without_blanks(struct span s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t' ||
			 s.ptr[0] == '\r' || s.ptr[0] == '\n'))
		s = span_slice(s, 1, s.len - 1);
	return s;
}

enum net_content net_content_of(struct span begin, const char **ret_what)
{
	struct span text = without_blanks(span_without_mark(begin));
	enum kimage_kind kernel = kimage_identify(begin);
	const struct magic *magic = find_magic(begin);

	if (magic || kernel != KIMAGE_NONE) {
		*ret_what = magic ? magic->what : "a kernel";
		return magic && !magic->is_image ? NET_IS_UNKNOWN
						 : NET_IS_IMAGE;
	}
	if (ipxe_is_script(begin)) {
		*ret_what = "an iPXE script";
		return NET_IS_IPXE;
	}
	*ret_what = text.len	? "a file of no known kind"
		    : begin.len ? "a file of blanks"
				: "an empty file";
	if (!text.len || memchr(text.ptr, '\0', text.len))
		return NET_IS_UNKNOWN;
	*ret_what = "an HTML page";
	if (text.ptr[0] == '<')
		return NET_IS_UNKNOWN;
	return content_of_text(text, ret_what);
}
