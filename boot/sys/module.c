#include "sys/module.h"

#include "base/log.h"
#include "base/own.h"
#include "base/text.h"
#include "format/glob.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Debian's whole modules.alias is 1.4 MB for 25000 lines. */
#define TABLE_MAX ((size_t)16 << 20)

/* The longest chain of Debian's modules.dep is 8. */
#define DEPTH_MAX 32

/*
 * The driver looks at its devices in threads of the kernel: without this a disk
 * that never answers (its partition table is read as the driver starts) would
 * keep the call, and with it every other disk of that driver and of the drivers
 * after it. A parameter of every module since Linux 4.2.
 */
#define PARAMETERS "async_probe"

/* Longest file of a modules-load list. */
#define LIST_MAX 8192

enum state { UNTRIED = 0, LOADING, LOADED, FAILED };

struct module {
	char *path;   /* relative to the tree */
	char *needed; /* the paths of what it depends on, blanks between */
	enum state state;
};

struct alias {
	const char *pattern;
	size_t literal; /* bytes before the first wildcard */
	const char *module;
};

struct module_tree {
	int dir;
	char *dep_text, *alias_text;
	struct module *modules;
	size_t module_count;
	struct alias *aliases;
	size_t alias_count;
	/* Hashes of modaliases that were asked for already, 0 is free. */
	uint64_t *seen;
	size_t seen_cap, seen_count;
};

/* A whole table as NUL-terminated text. */
static enum status read_table(int dir, const char *name, char **ret,
			      struct error *err)
{
	_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	_free_ char *text = NULL;
	size_t len = 0;
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(err, E_MODULE_READ, errno, "unable to open %s",
				name);
	if (st.st_size < 0 || (uint64_t)st.st_size > TABLE_MAX)
		return fail(err, E_MODULE_TABLE,
			    "%s has %lld bytes, the limit is %zu", name,
			    (long long)st.st_size, TABLE_MAX);
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return fail(err, E_NO_MEMORY, "no memory for %s", name);
	while (len < (size_t)st.st_size) {
		got = read(fd, text + len, (size_t)st.st_size - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_sys(err, E_MODULE_READ, errno,
					"unable to read %s", name);
		if (got == 0)
			break;
		len += (size_t)got;
	}
	text[len] = '\0';
	*ret = take_ptr(text);
	return OK;
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* Cuts the next line off *rest and ends it with NUL; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (!*line)
		return NULL;
	end = line + strcspn(line, "\n");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* Cuts the next word off *rest and ends it with NUL; NULL at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t"), *end;

	if (!*word)
		return NULL;
	end = word + strcspn(word, " \t");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* modules.dep(5): "path: path path …" */
static enum status parse_dep(struct module_tree *tree, struct error *err)
{
	char *rest = tree->dep_text, *line, *colon;

	tree->modules = calloc(count_lines(rest), sizeof(*tree->modules));
	if (!tree->modules)
		return fail(err, E_NO_MEMORY, "no memory for modules.dep");
	while ((line = next_line(&rest))) {
		if (!*line || *line == '#')
			continue;
		colon = strchr(line, ':');
		if (!colon)
			return fail(err, E_MODULE_TABLE,
				    "modules.dep: \"%s\" has no colon",
				    display_of_text(line).text);
		*colon = '\0';
		tree->modules[tree->module_count++] = (struct module){
			.path = line,
			.needed = colon + 1,
		};
	}
	return OK;
}

/* modules.alias: "alias PATTERN MODULE" */
static enum status parse_alias(struct module_tree *tree, struct error *err)
{
	char *rest = tree->alias_text, *line, *word, *pattern, *module;

	tree->aliases = calloc(count_lines(rest), sizeof(*tree->aliases));
	if (!tree->aliases)
		return fail(err, E_NO_MEMORY, "no memory for modules.alias");
	while ((line = next_line(&rest))) {
		word = next_word(&line);
		if (!word || *word == '#')
			continue;
		pattern = next_word(&line);
		module = pattern ? next_word(&line) : NULL;
		if (!module || strcmp(word, "alias") != 0)
			return fail(err, E_MODULE_TABLE,
				    "modules.alias: a line begins with \"%s\" "
				    "and is not \"alias PATTERN MODULE\"",
				    display_of_text(word).text);
		tree->aliases[tree->alias_count++] = (struct alias){
			.pattern = pattern,
			.literal = strcspn(pattern, "*?[\\"),
			.module = module,
		};
	}
	return OK;
}

void module_tree_close(struct module_tree *tree)
{
	if (!tree)
		return;
	if (tree->dir >= 0)
		close(tree->dir);
	free(tree->dep_text);
	free(tree->alias_text);
	free(tree->modules);
	free(tree->aliases);
	free(tree->seen);
	free(tree);
}

static enum status read_tables(struct module_tree *tree, const char *path,
			       struct error *err)
{
	enum status s;

	tree->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tree->dir < 0)
		return fail_sys(err, E_MODULE_NONE, errno,
				"there are no modules in %s", path);
	if (faccessat(tree->dir, "modules.dep", F_OK, 0) < 0)
		return fail_sys(err, E_MODULE_NONE, errno,
				"there is no modules.dep in %s", path);
	s = read_table(tree->dir, "modules.dep", &tree->dep_text, err);
	if (s == OK)
		s = parse_dep(tree, err);
	if (s != OK || faccessat(tree->dir, "modules.alias", F_OK, 0) < 0)
		return s;
	s = read_table(tree->dir, "modules.alias", &tree->alias_text, err);
	if (s == OK)
		s = parse_alias(tree, err);
	return s;
}

enum status module_tree_open(const char *root, const char *release,
			     struct module_tree **ret, struct error *err)
{
	struct module_tree *tree = calloc(1, sizeof(*tree));
	char path[512];
	enum status s;

	if (!tree)
		return fail(err, E_NO_MEMORY, "no memory for a module tree");
	tree->dir = -1;
	snprintf(path, sizeof(path), "%s/lib/modules/%s", root, release);
	s = read_tables(tree, path, err);
	if (s != OK) {
		module_tree_close(tree);
		return s;
	}
	*ret = tree;
	return OK;
}

/* A module's name is its file's up to ".ko"; '-' is '_' in it. */
static bool has_name(const struct module *module, const char *name)
{
	const char *base = strrchr(module->path, '/');

	base = base ? base + 1 : module->path;
	while (*name && (*base == *name || (*base == '-' && *name == '_') ||
			 (*base == '_' && *name == '-'))) {
		base++;
		name++;
	}
	return !*name && !strncmp(base, ".ko", 3);
}

static struct module *find_name(struct module_tree *tree, const char *name)
{
	for (size_t i = 0; i < tree->module_count; i++)
		if (has_name(&tree->modules[i], name))
			return &tree->modules[i];
	return NULL;
}

static struct module *find_path(struct module_tree *tree, struct span path)
{
	for (size_t i = 0; i < tree->module_count; i++)
		if (span_equal_text(path, tree->modules[i].path))
			return &tree->modules[i];
	return NULL;
}

static enum status insert(struct module_tree *tree, const struct module *module,
			  struct module_result *result, struct error *err)
{
	size_t len = strlen(module->path);
	_close_ int fd = -1;

	if (len < 3 || strcmp(module->path + len - 3, ".ko") != 0)
		return fail(err, E_MODULE_COMPRESSED,
			    "%s is compressed, only plain .ko files are loaded",
			    module->path);
	fd = openat(tree->dir, module->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys(err, E_MODULE_LOAD, errno, "unable to open %s",
				module->path);
	if (syscall(SYS_finit_module, fd, PARAMETERS, 0) == 0)
		result->loaded++;
	else if (errno != EEXIST)
		return fail_sys(err, E_MODULE_LOAD, errno,
				"the kernel does not take %s", module->path);
	return OK;
}

static enum status load(struct module_tree *tree, struct module *module,
			unsigned depth, struct module_result *result,
			struct error *err);

/* Loads what a module depends on, the last named first: that is the order in
 * which depmod(8) lists them. */
static enum status load_needed(struct module_tree *tree, struct module *module,
			       unsigned depth, struct module_result *result,
			       struct error *err)
{
	struct span rest = span_trim(span_of_text(module->needed));
	struct module *needed;
	enum status s;
	size_t at;

	while (rest.len) {
		for (at = rest.len; at && rest.ptr[at - 1] != ' ';)
			at--;
		needed = find_path(tree, span_slice(rest, at, rest.len - at));
		if (!needed)
			return fail(err, E_MODULE_UNKNOWN,
				    "%s needs a module that modules.dep does "
				    "not have",
				    module->path);
		s = load(tree, needed, depth + 1, result, err);
		if (s != OK)
			return s;
		rest = span_trim(span_slice(rest, 0, at));
	}
	return OK;
}

static enum status load(struct module_tree *tree, struct module *module,
			unsigned depth, struct module_result *result,
			struct error *err)
{
	enum status s;

	if (module->state == LOADED)
		return OK;
	if (module->state == FAILED)
		return fail(err, E_MODULE_LOAD, "%s was tried before",
			    module->path);
	if (module->state == LOADING || depth > DEPTH_MAX)
		return fail(err, E_MODULE_LOOP,
			    "%s depends on itself, or on a chain of more than "
			    "%d modules",
			    module->path, DEPTH_MAX);
	module->state = LOADING;
	s = load_needed(tree, module, depth, result, err);
	if (s == OK)
		s = insert(tree, module, result, err);
	module->state = s == OK ? LOADED : FAILED;
	return s;
}

/* Loads and notes a failure, once, in the log. That the hardware is not there
 * is what a driver says that matched an alias by chance. */
static enum status load_noted(struct module_tree *tree, struct module *module,
			      struct module_result *result, struct error *err)
{
	bool is_new = module->state == UNTRIED;
	struct error why = { .code = OK };
	enum status s = load(tree, module, 0, result, &why);

	if (s == OK)
		return OK;
	fail_in(&why, s, "unable to load %s", module->path);
	if (is_new) {
		result->failed++;
		log_line(why.sys == ENODEV ? LOG_DEBUG : LOG_WARN, "%s",
			 why.text);
	}
	if (err)
		*err = why;
	return s;
}

enum status module_load_name(struct module_tree *tree, const char *name,
			     struct module_result *result, struct error *err)
{
	struct module *module = find_name(tree, name);

	if (!module)
		return fail(err, E_MODULE_UNKNOWN,
			    "there is no module %s in modules.dep",
			    display_of_text(name).text);
	return load_noted(tree, module, result, err);
}

enum status module_load_list(struct module_tree *tree, const char *path,
			     struct module_result *result, struct error *err)
{
	char text[LIST_MAX], *rest = text, *line, *name;
	struct error why;
	size_t len;

	if (!file_read_small(AT_FDCWD, path, text, sizeof(text), &len)) {
		if (errno == ENOENT)
			return OK;
		return fail_sys(err, E_MODULE_READ, errno, "unable to read %s",
				path);
	}
	while ((line = next_line(&rest))) {
		line[strcspn(line, "#\r")] = '\0';
		name = next_word(&line);
		if (name && module_load_name(tree, name, result, &why) ==
				    E_MODULE_UNKNOWN) {
			result->failed++;
			log_warn("%s: %s", path, why.text);
		}
	}
	return OK;
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3;
	return hash ? hash : 1;
}

static void seen_put(uint64_t *seen, size_t cap, uint64_t hash)
{
	size_t at = (size_t)hash & (cap - 1);

	while (seen[at] && seen[at] != hash)
		at = (at + 1) & (cap - 1);
	seen[at] = hash;
}

/* True if the modalias was asked for before; without memory for the table it
 * never was, which only costs time. */
static bool seen_before(struct module_tree *tree, const char *modalias)
{
	uint64_t hash = hash_text(modalias), *more;
	size_t cap = tree->seen_cap ? tree->seen_cap * 2 : 512, at;

	for (at = (size_t)hash & (tree->seen_cap - 1);
	     tree->seen_cap && tree->seen[at];
	     at = (at + 1) & (tree->seen_cap - 1))
		if (tree->seen[at] == hash)
			return true;
	if (tree->seen_count * 2 >= tree->seen_cap) {
		more = calloc(cap, sizeof(*more));
		if (!more)
			return false;
		for (size_t i = 0; i < tree->seen_cap; i++)
			if (tree->seen[i])
				seen_put(more, cap, tree->seen[i]);
		free(tree->seen);
		tree->seen = more;
		tree->seen_cap = cap;
	}
	seen_put(tree->seen, tree->seen_cap, hash);
	tree->seen_count++;
	return false;
}

void module_load_alias(struct module_tree *tree, const char *modalias,
		       struct module_result *result)
{
	const struct span text = span_of_text(modalias);
	struct module *module;

	if (!*modalias || seen_before(tree, modalias))
		return;
	for (size_t i = 0; i < tree->alias_count; i++) {
		const struct alias *alias = &tree->aliases[i];

		if (strncmp(alias->pattern, modalias, alias->literal) != 0 ||
		    !glob_match(span_of_text(alias->pattern), text, GLOB_EXACT))
			continue;
		module = find_name(tree, alias->module);
		if (module)
			load_noted(tree, module, result, NULL);
	}
}
