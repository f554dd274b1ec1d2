#include "commands.h"

#include <stdio.h>
#include <string.h>

static bool wrong(const char *command, const char *what, const char *word)
{
	fprintf(stderr, "keelboot: %s: %s%s; see `keelboot --help`\n", command,
		what, word);
	return false;
}

static const char **option_slot(const char *name, unsigned options,
				struct command_line *cl)
{
	if (!strcmp(name, "--root") && (options & OPTION_ROOT))
		return &cl->root;
	if (!strcmp(name, "--out") && (options & OPTION_OUT))
		return &cl->out;
	if (!strcmp(name, "--profile") && (options & OPTION_PROFILE))
		return &cl->profile;
	if (!strcmp(name, "--keyring") && (options & OPTION_KEYRING))
		return &cl->keyring;
	if (!strcmp(name, "--dbx") && (options & OPTION_KEYRING))
		return &cl->dbx;
	if (!strcmp(name, "--sbat") && (options & OPTION_KEYRING))
		return &cl->sbat;
	if (!strcmp(name, "--esp") && (options & OPTION_ESP))
		return &cl->esp;
	if (!strcmp(name, "--entry") && (options & OPTION_ESP))
		return &cl->entry;
	return NULL;
}

static bool *flag_slot(const char *name, unsigned options,
		       struct command_line *cl)
{
	if (!strcmp(name, "--json") && (options & OPTION_JSON))
		return &cl->json;
	if (!strcmp(name, "--check") && (options & OPTION_CHECK))
		return &cl->check;
	if (!strcmp(name, "--clear") && (options & OPTION_CLEAR))
		return &cl->clear;
	return NULL;
}

/* Arguments move to the front of argv; the caller reads them there. */
static bool take_argument(char **argv, int at, unsigned options,
			  struct command_line *cl)
{
	bool several = (options & OPTION_ARGUMENTS) == OPTION_ARGUMENTS;

	if (!(options & (OPTION_ARGUMENT | OPTION_MAY_ARGUMENT)) ||
	    (cl->argument && !several))
		return wrong(argv[0], "one argument too many: ", argv[at]);
	if (!cl->argument)
		cl->argument = argv[at];
	cl->arguments[cl->argument_count++] = argv[at];
	return true;
}

bool command_parse(int argc, char **argv, unsigned options,
		   struct command_line *ret)
{
	bool only_arguments = false;

	memset(ret, 0, sizeof(*ret));
	ret->arguments = argv + 1;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char **slot = option_slot(word, options, ret);
		bool *flag = flag_slot(word, options, ret);

		if (!only_arguments && !strcmp(word, "--")) {
			only_arguments = true;
		} else if (!only_arguments && flag) {
			*flag = true;
		} else if (!only_arguments && slot) {
			if (++i == argc)
				return wrong(argv[0], "no value for ", word);
			*slot = argv[i];
		} else if (!only_arguments && word[0] == '-' && word[1]) {
			return wrong(argv[0], "unknown option ", word);
		} else if (!take_argument(argv, i, options, ret)) {
			return false;
		}
	}
	if ((options & OPTION_ARGUMENT) && !ret->argument)
		return wrong(argv[0], "its argument is missing", "");
	return true;
}

int command_fail(const struct error *err)
{
	fprintf(stderr, "keelboot: %s\n", err->text);
	return 1;
}
