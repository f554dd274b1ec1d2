/*
 * keelboot bless: says how the boot of the running system went, by the boot
 * counter in the name of the entry it was started from. As systemd-bless-boot
 * does it, but without EFI variables.
 */
#include "command_bless.h"

#include "base/own.h"
#include "base/text.h"
#include "format/boot_count.h"
#include "sys/file.h"
#include "sys/writable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum verdict { COUNTING, GOOD, BAD, VERDICTS };

/* The names a counted file can have from here on, by verdict. */
struct names {
	char folder[HANDOVER_PATH_MAX + 1]; /* with a '/' at its end */
	char names[VERDICTS][HANDOVER_PATH_MAX + 1];
	bool counted;
};

enum status bless_read_entry(const struct command_line *cl,
			     struct handover *ret, struct error *err)
{
	static const char *const places[] = {
		"/run/"
		"keelboot/" HANDOVER_NAME,
		"/" HANDOVER_DIR "/" HANDOVER_NAME,
	};
	const char *path = cl->entry ? cl->entry : places[0];
	char text[HANDOVER_TEXT_MAX + 2];
	enum status s;
	size_t len;
	bool found = file_read_small(AT_FDCWD, path, text, sizeof(text), &len);

	if (!found && !cl->entry && errno == ENOENT) {
		path = places[1];
		found = file_read_small(AT_FDCWD, path, text, sizeof(text),
					&len);
	}
	if (!found && errno == ENOENT && !cl->entry)
		return fail(err, E_BLESS_NO_ENTRY,
			    "this system was not started by keelboot, or its "
			    "initrd did not keep %s",
			    places[0]);
	if (!found)
		return fail_sys(err, E_BLESS_NO_ENTRY, errno,
				"unable to read %s", path);
	s = handover_parse(span_of(text, len), ret, err);
	return s == OK ? OK : fail_in(err, s, "%s", path);
}

enum status bless_find_esp(const struct command_line *cl, const char *partition,
			   char ret[static ESP_TARGET_MAX], struct error *err)
{
	if (!cl->esp)
		return esp_find(ESP_ROOTS, partition, ret, err);
	if (!text_copy(ret, ESP_TARGET_MAX, cl->esp))
		return fail(err, E_ESP_NOT_MOUNTED,
			    "--esp has %zu bytes, the most is %d",
			    strlen(cl->esp), ESP_TARGET_MAX - 1);
	return OK;
}

/* The counted name, the one without, and the one with no tries left. */
static void make_names(const struct handover *entry, struct names *ret)
{
	const char *name = strrchr(entry->path, '/') + 1;
	struct span span = span_of_text(name);
	struct boot_count count = boot_count_parse(span);

	*ret = (struct names){ .counted = count.counted };
	memcpy(ret->folder, entry->path, (size_t)(name - entry->path));
	memcpy(ret->names[COUNTING], name, span.len + 1);
	memcpy(ret->names[BAD], name, span.len + 1);
	if (count.counted)
		memset(ret->names[BAD] + count.at + 1, '0', count.left_digits);
	if (!boot_count_without(span, ret->names[GOOD],
				sizeof(ret->names[GOOD])))
		ret->counted = false;
}

static bool is_there(int root, const char *folder, const char *name)
{
	char path[2 * HANDOVER_PATH_MAX + 2];
	struct stat st;

	while (*folder == '/')
		folder++;
	snprintf(path, sizeof(path), "%s%s", folder, name);
	return fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_size > 0;
}

/* Which of the names the file has; of two, as a power cut can leave them, one
 * with a counter, so that the other step is done again. */
static enum status find_name(int root, const struct names *n, enum verdict *ret,
			     struct error *err)
{
	static const enum verdict order[] = { COUNTING, BAD, GOOD };

	for (unsigned i = 0; i < VERDICTS; i++) {
		if (!is_there(root, n->folder, n->names[order[i]]))
			continue;
		*ret = order[i];
		return OK;
	}
	return fail(err, E_BLESS_GONE,
		    "there is neither %s nor %s nor %s in %s",
		    display_of_text(n->names[COUNTING]).text,
		    display_of_text(n->names[BAD]).text,
		    display_of_text(n->names[GOOD]).text,
		    display_of_text(n->folder).text);
}

static enum status rename_to(int root, const struct names *n, enum verdict from,
			     enum verdict to, struct error *err)
{
	char path[2 * HANDOVER_PATH_MAX + 2];

	snprintf(path, sizeof(path), "%s%s", n->folder, n->names[from]);
	return writable_rename(root, path, n->names[to], err);
}

/* Changes the name, or, with to VERDICTS, only says it. */
static enum status bless(const char *esp, const struct names *n,
			 enum verdict to, struct error *err)
{
	static const char *const words[] = { "indeterminate", "good", "bad" };
	_close_ int root = open(esp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum verdict from = COUNTING;
	unsigned long flags = 0;
	enum status s;

	if (root < 0)
		return fail_sys(err, E_WRITE_OPEN, errno, "unable to open %s",
				display_of_text(esp).text);
	s = find_name(root, n, &from, err);
	if (s == OK && to == VERDICTS)
		to = from;
	if (s == OK && strcmp(n->names[from], n->names[to]) != 0) {
		writable_begin_synchronous(esp, &flags);
		s = rename_to(root, n, from, to, err);
		writable_end_synchronous(esp, flags);
	}
	if (s == OK)
		printf("%s: %s%s\n", words[to], display_of_text(n->folder).text,
		       display_of_text(n->names[to]).text);
	return s;
}

static bool parse_verdict(const char *word, enum verdict *ret)
{
	static const struct {
		const char *word;
		enum verdict verdict;
	} words[] = { { "good", GOOD },
		      { "bad", BAD },
		      { "indeterminate", COUNTING },
		      { "status", VERDICTS } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*ret = words[i].verdict;
		if (!strcmp(word, words[i].word))
			return true;
	}
	return false;
}

int command_bless(int argc, char **argv)
{
	char esp[ESP_TARGET_MAX];
	enum verdict verdict = GOOD;
	struct command_line cl;
	struct handover entry;
	struct names names;
	struct error err;

	if (!command_parse(argc, argv, OPTION_ESP | OPTION_MAY_ARGUMENT, &cl))
		return 2;
	if (cl.argument && !parse_verdict(cl.argument, &verdict)) {
		fprintf(stderr,
			"keelboot: bless: \"%s\" is none of good, bad, "
			"indeterminate and status\n",
			cl.argument);
		return 2;
	}
	if (bless_read_entry(&cl, &entry, &err) != OK)
		return command_fail(&err);
	make_names(&entry, &names);
	if (!entry.counter || !names.counted) {
		printf("not counted: %s\n", display_of_text(entry.path).text);
		return 0;
	}
	if (bless_find_esp(&cl, entry.partition, esp, &err) != OK ||
	    bless(esp, &names, verdict, &err) != OK)
		return command_fail(&err);
	return 0;
}
