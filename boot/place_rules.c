#include "place_rules.h"

#include "config.h"

static const char *const names[PLACE_FS_COUNT] = {
	[PLACE_FS_VFAT] = "vfat",	  [PLACE_FS_EXFAT] = "exfat",
	[PLACE_FS_EXT4] = "ext4",	  [PLACE_FS_XFS] = "xfs",
	[PLACE_FS_BTRFS] = "btrfs",	  [PLACE_FS_ISO9660] = "iso9660",
	[PLACE_FS_SQUASHFS] = "squashfs", [PLACE_FS_EROFS] = "erofs",
};

#define ALL_FILESYSTEMS ((1U << PLACE_FS_COUNT) - 1)

static bool add_name(struct span name, uint32_t *bits)
{
	if (span_equal_text(name, "ext2") || span_equal_text(name, "ext3"))
		name = span_of_text("ext4");
	for (uint32_t i = 0; i < PLACE_FS_COUNT; i++) {
		if (!span_equal_text(name, names[i]))
			continue;
		*bits |= 1U << i;
		return true;
	}
	return false;
}

static bool is_gap(uint8_t c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool place_filesystems_parse(struct span words, uint32_t *ret)
{
	uint32_t bits = 0;
	size_t at = 0, end;

	while (at < words.len) {
		end = at;
		while (end < words.len && !is_gap(words.ptr[end]))
			end++;
		if (end > at &&
		    !add_name(span_slice(words, at, end - at), &bits))
			return false;
		at = end + 1;
	}
	if (bits)
		*ret = bits;
	return bits != 0;
}

const char *place_filesystem_name(enum place_filesystem fs)
{
	return names[fs];
}

bool place_filesystem_allowed(const struct place_rules *rules,
			      enum place_filesystem fs)
{
	return rules->filesystems & 1U << fs;
}

struct place_rules place_rules_of(const struct config *config)
{
	bool enforce = config->policy.verify == VERIFY_ENFORCE;
	struct place_rules rules = {
		.filesystems = enforce ? 1U << PLACE_FS_VFAT : ALL_FILESYSTEMS,
		.removable = !enforce,
	};

	if (config->file_systems)
		rules.filesystems = config->file_systems;
	if (config->removable != CHOICE_DEFAULT)
		rules.removable = config->removable == CHOICE_YES;
	return rules;
}
