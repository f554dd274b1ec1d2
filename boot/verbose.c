#include "verbose.h"

#include "cmdline_words.h"

/* Hide the kernel's messages, or the screen they are on, or the messages of
 * what comes after it. */
static bool is_quiet(const struct cmdline_word *word)
{
	static const char *const names[] = {
		"quiet",
		"loglevel",
		"splash",
		"rhgb",
		"vt.handoff",
		"rd.plymouth",
		"systemd.show_status",
		"rd.systemd.show_status",
		"udev.log_level",
		"udev.log_priority",
		"rd.udev.log_level",
		"rd.udev.log_priority",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (cmdline_word_is(word, names[i]))
			return true;
	return span_starts_with(word->name, "plymouth", 8);
}

static bool says_more(const struct cmdline_word *word)
{
	return (!word->has_value && cmdline_word_is(word, "debug")) ||
	       cmdline_word_is(word, "ignore_loglevel");
}

enum status verbose_apply(struct cmdline *line, struct error *err)
{
	static const char talk[] =
		"loglevel=7 systemd.show_status=1 plymouth.enable=0";
	size_t level = sizeof("loglevel=7 ") - 1;
	struct span words = span_of_text(talk);

	cmdline_remove(line, is_quiet);
	if (cmdline_count(line, says_more))
		words = span_slice(words, level, words.len - level);
	return cmdline_insert(line, "verbose boot", words, err);
}
