#include "format/entry_name.h"

#include "base/text.h"
#include "format/boot_count.h"

#include <string.h>
#include <strings.h>

static bool ends_with(struct span name, const char *suffix)
{
	size_t len = strlen(suffix);

	return name.len >= len &&
	       !strncasecmp((const char *)name.ptr + name.len - len, suffix,
			    len);
}

static bool has_byte(struct span s, char c)
{
	return s.len && memchr(s.ptr, c, s.len);
}

enum entry_name_kind entry_name_kind(struct span name)
{
	if (!name.len || name.len > ENTRY_NAME_MAX || name.ptr[0] == '.' ||
	    has_byte(name, '\0') || has_byte(name, '/') || has_byte(name, '\\'))
		return ENTRY_NAME_NONE;
	if (name.len >= 5 && !strncasecmp((const char *)name.ptr, "auto-", 5))
		return ENTRY_NAME_NONE;
	if (ends_with(name, ".conf"))
		return ENTRY_NAME_CONF;
	return ends_with(name, ".efi") ? ENTRY_NAME_EFI : ENTRY_NAME_NONE;
}

bool entry_id_make(struct span name, struct span profile, char *ret, size_t cap)
{
	struct text t;

	if (!boot_count_without(name, ret, cap))
		return false;
	t = (struct text){ .buf = ret, .cap = cap, .len = strlen(ret) };
	if (profile.len) {
		text_add_char(&t, '@');
		text_add_bytes(&t, profile);
	}
	if (t.cut || has_byte(profile, '\0')) {
		ret[0] = '\0';
		return false;
	}
	for (char *c = ret; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return true;
}
