/*
 * Words of a command line: what is taken away is gone and nothing else, what is
 * put in is there, and pieces stay within the line, in order, without blanks at
 * their ends. The input is lines: each a piece, the last one a
 * /sys/class/tty/console/active.
 */
#include "fuzz.h"

#include "console_hand_on.h"
#include "verbose.h"

static void check_pieces(const struct cmdline *line)
{
	uint32_t at = 0;

	fuzz_must(line->len < CMDLINE_MAX && !line->text[line->len]);
	fuzz_must(!memchr(line->text, '\0', line->len));
	fuzz_must(line->piece_count <= CMDLINE_PIECES);
	for (uint32_t i = 0; i < line->piece_count; i++) {
		const struct cmdline_piece *p = &line->pieces[i];

		fuzz_must(p->len && p->start >= at);
		for (; at < p->start; at++)
			fuzz_must(line->text[at] == ' ');
		at += p->len;
		fuzz_must(at <= line->len);
		fuzz_must(line->text[p->start] != ' ');
		fuzz_must(line->text[at - 1] != ' ');
	}
	fuzz_must(at == line->len);
}

static bool is_any(const struct cmdline_word *word)
{
	fuzz_must(word->start < word->end);
	fuzz_must(word->name.len + word->value.len <= word->end - word->start);
	return true;
}

/* Each byte is in a word, between two, or init's. */
static void check_words(struct span text)
{
	struct cmdline_word word;
	size_t at = 0, before = 0;

	while (cmdline_next_word(text, &at, &word)) {
		fuzz_must(word.start >= before && word.end <= text.len);
		fuzz_must(at == word.end);
		before = at;
	}
	fuzz_must(at >= before && at <= text.len);
}

static void check_hand_on(struct span text, struct span active)
{
	struct load_notes notes = { .count = 0 };
	char words[CONSOLE_TEXT_MAX];

	console_hand_on_words(text, active, words, &notes);
	fuzz_must(strlen(words) < sizeof(words));
	for (const char *c = words; *c; c++)
		fuzz_must((*c >= '0' && *c <= '9') ||
			  (*c >= 'A' && *c <= 'Z') ||
			  (*c >= 'a' && *c <= 'z') || strchr("._,:- =", *c));
	load_notes_drop(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cmdline line, other;
	struct span rest = span_of(data, size), active = rest, piece;
	struct error err;
	unsigned count, consoles;

	line = (struct cmdline){ .len = 0 };
	check_words(rest);
	while (span_next_line(&rest, &piece)) {
		active = piece;
		if (cmdline_add(&line, "piece", piece, &err) != OK)
			break;
	}
	check_pieces(&line);
	check_words(span_of(line.text, line.len));
	check_hand_on(span_of(line.text, line.len), active);
	count = cmdline_count(&line, is_any);

	other = line;
	consoles = cmdline_count(&other, console_is_word);
	fuzz_must(cmdline_remove(&other, console_is_word) == consoles);
	check_pieces(&other);
	fuzz_must(cmdline_count(&other, is_any) == count - consoles);
	fuzz_must(cmdline_remove(&other, is_any) == count - consoles);
	fuzz_must(cmdline_count(&other, is_any) == 0);

	if (verbose_apply(&line, &err) == OK)
		check_pieces(&line);
	else
		fuzz_check_error(err.code, &err);
	return 0;
}
