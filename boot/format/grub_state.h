/*
 * What the parts of the reader of grub.cfg share: see format/grubcfg.h. One
 * struct of fixed size; nothing in it grows.
 *
 * Texts of commands, of variables and of entries that wait for their turn are
 * in three pools, each used as a stack.
 */
#ifndef KEELBOOT_FORMAT_GRUB_STATE_H
#define KEELBOOT_FORMAT_GRUB_STATE_H

#include "format/grub_lexer.h"
#include "format/grubcfg.h"

#define GRUB_WORDS_MAX	    2048
#define GRUB_WORD_POOL	    (64U << 10)
#define GRUB_VARIABLES_MAX  256
#define GRUB_VARIABLE_POOL  (32U << 10)
#define GRUB_KEPT_POOL	    (192U << 10)
#define GRUB_FUNCTIONS_MAX  64
#define GRUB_LOST_MAX	    32
#define GRUB_BLOCKS_MAX	    32	     /* of if, for and while in each other */
#define GRUB_WORK_MAX	    3000000U /* to find all entries */
#define GRUB_ENTRY_WORK_MAX 20000U   /* to look at one */

/* How a command or a condition went. */
enum grub_answer {
	GRUB_TRUE = 0,
	GRUB_FALSE,
	GRUB_UNKNOWN, /* a condition nobody here can judge */
};

/* How reading goes on after a command. */
enum grub_flow {
	GRUB_NEXT = 0,
	GRUB_BREAK,
	GRUB_CONTINUE,
	GRUB_RETURN, /* from a function or a file */
	GRUB_EXIT,
	GRUB_FAILED, /* this statement is over; why is in the state's error */
	GRUB_BROKEN, /* likewise, and nobody knows where the next one begins */
	GRUB_HALT,   /* a limit: nothing more is read */
};

struct grub_words {
	char pool[GRUB_WORD_POOL]; /* each with its NUL */
	uint32_t at[GRUB_WORDS_MAX];
	uint32_t count, used;
};

struct grub_variables {
	struct {
		uint32_t name, value; /* in pool */
		bool is_exported, is_unset;
	} list[GRUB_VARIABLES_MAX];
	char pool[GRUB_VARIABLE_POOL];
	uint32_t count, used;
	uint32_t scope; /* the first variable of the innermost scope */
	uint32_t menu;	/* the first of the innermost submenu: what is before it
			 * shows only if it is exported */
};

/* What a scope is left to. */
struct grub_scope {
	uint32_t count, used, scope, menu;
};

struct grub_function {
	struct span name, body;
	uint32_t line, file;
};

struct grub_file {
	int volume;
	char path[GRUB_PATH_MAX];
	struct span text;
	bool is_read;	/* else it could not be */
	bool is_active; /* it is being followed */
};

/* $1, $2, ...: texts one behind the other. */
struct grub_args {
	const char *first;
	uint32_t count;
};

/* A search for root that found nothing. */
struct grub_lost {
	enum grub_search_kind kind;
	struct display what;
};

/* A menuentry or submenu that was defined. */
struct grub_pending {
	uint32_t args, arg_count; /* in kept; the first one is the title */
	uint32_t id;		  /* likewise */
	uint32_t line, body_line, file;
	struct span body;
	bool is_submenu, asks_password;
	bool is_hidden;
	enum status why; /* it is broken */
};

/* A command: its words, and a block behind them. */
struct grub_command {
	uint32_t first, count; /* in words */
	uint32_t line;
	bool has_wildcard;
	bool has_block;
	struct span block;
	uint32_t block_line;
	size_t offset;		  /* where it begins in its text */
	enum status block_is_bad; /* the block has no end */
};

struct grub_state {
	const struct grub_source *source;
	const struct grub_ops *ops;
	struct grub_result *result;
	struct error error; /* why the last command failed */

	struct grub_words words;
	struct grub_variables variables;
	struct grub_function functions[GRUB_FUNCTIONS_MAX];
	uint32_t function_count;
	struct grub_file files[GRUB_FILES_MAX];
	uint32_t file_count;
	struct grub_lost lost[GRUB_LOST_MAX];
	uint32_t lost_count;
	uint8_t volumes[GRUB_VOLUMES_MAX / 8]; /* that were named to us */

	struct grub_pending pending[GRUB_ENTRIES_MAX];
	uint32_t pending_count;
	char kept[GRUB_KEPT_POOL];
	uint32_t kept_used;

	struct grub_args args;
	uint32_t file;	 /* that is being read */
	uint32_t line;	 /* of the command at work */
	uint32_t depth;	 /* of files, functions and submenus */
	uint32_t blocks; /* of if, for, while */
	uint32_t work_left;
	enum grub_answer answer;

	/* The entry at work. */
	bool in_entry, has_kernel, has_config;
	uint32_t config; /* the file that configfile named */
	struct grub_entry entry;

	/* The menu at work: what stands before its entries' own names. */
	struct text index, titles, ids, menu;
	char index_text[sizeof(((struct grub_entry *)NULL)->index)];
	char titles_text[GRUB_NAME_MAX], ids_text[GRUB_NAME_MAX];
	char menu_text[DISPLAY_MAX];
	uint32_t shown_count; /* entries defined in it so far */
	uint32_t index_next;  /* of those emitted */
	bool is_locked;	      /* a submenu that asks for a password */

	bool has_result;		/* of a configfile */
	char next_entry[GRUB_NAME_MAX]; /* that an environment block named */
};

/* Argument i of a command; 0 is the command itself. */
const char *grub_word(const struct grub_state *g, const struct grub_command *c,
		      uint32_t i);

/* Takes that much from what may still be done. */
void grub_work(struct grub_state *g, uint32_t units);

/* --- variables, grub_variables.c --- */

/* NULL if it is not set. */
const char *grub_get(const struct grub_state *g, struct span name);
const char *grub_get_text(const struct grub_state *g, const char *name);
enum grub_flow grub_set(struct grub_state *g, struct span name,
			struct span value);
enum grub_flow grub_set_text(struct grub_state *g, const char *name,
			     const char *value);
enum grub_flow grub_unset(struct grub_state *g, struct span name);
enum grub_flow grub_export(struct grub_state *g, struct span name);

/* What is set from now on is forgotten by grub_leave(). */
struct grub_scope grub_enter(struct grub_state *g, bool is_menu);
void grub_leave(struct grub_state *g, struct grub_scope before);

/* --- words, grub_words.c --- */

/* Adds the words that a token becomes when its variables are replaced. */
enum grub_flow grub_expand(struct grub_state *g, const struct grub_token *t,
			   struct grub_command *c);

/* --- devices and paths, grub_path.c --- */

/* A path as GRUB writes it, "(DEVICE)/PATH" or "/PATH" on $root. */
enum status grub_resolve(struct grub_state *g, const char *text,
			 struct grub_path *ret, struct error *err);

/* The volume of $root, -1 if it is none. */
int grub_root_volume(struct grub_state *g);

/* $root is nowhere from now on. */
enum grub_flow grub_lose_root(struct grub_state *g, enum grub_search_kind kind,
			      const char *what);

/* Lets "volN" be a name from now on, for a number that came from the caller;
 * false if it is none. */
bool grub_know_volume(struct grub_state *g, int volume);

/* What is at a path; GRUB_FILE_NONE, too, if the path is none. */
enum grub_file_kind grub_kind_of(struct grub_state *g, const char *text);

/* --- commands --- */

/* `test` and `[`, grub_test.c */
enum grub_answer grub_test(struct grub_state *g, const struct grub_command *c);

/* `search` and its kin, grub_search.c */
enum grub_flow grub_search(struct grub_state *g, const struct grub_command *c);

/* `linux`, `initrd`, `devicetree` in an entry, grub_linux.c */
enum grub_flow grub_linux(struct grub_state *g, const struct grub_command *c);
enum grub_flow grub_initrd(struct grub_state *g, const struct grub_command *c);
enum grub_flow grub_devicetree(struct grub_state *g,
			       const struct grub_command *c);

/* `load_env`, grub_files.c */
enum grub_flow grub_load_env(struct grub_state *g,
			     const struct grub_command *c);

/* A file by its path as GRUB writes it; read once. */
enum grub_flow grub_find_file(struct grub_state *g, const char *path,
			      uint32_t *ret_file);

/* Follows a file, which must not be followed already. */
enum grub_flow grub_follow(struct grub_state *g, uint32_t file);

/* A command of GRUB's or a function, grub_commands.c */
enum grub_flow grub_run_command(struct grub_state *g,
				const struct grub_command *c);

/* --- the language, grub_simple.c and grub_run.c --- */

/* A text and the place in it. */
struct grub_reader {
	struct grub_state *g;
	struct grub_lexer lx;
};

/* The next token: GRUB_NEXT, or GRUB_HALT when there were too many. */
enum grub_flow grub_next(struct grub_reader *r, struct grub_token *ret);

/* Sets the state's error: GRUB_BROKEN. */
enum grub_flow grub_broken(struct grub_reader *r, enum status code,
			   const char *what);

/* Goes to the end of the line. */
void grub_skip_command(struct grub_reader *r);

/* The command that begins with a token: read to its end, and run if is_live.
 * Outside of entries one that fails is noted, and that is all. */
enum grub_flow grub_run_simple(struct grub_reader *r, struct grub_token t,
			       bool is_live);

/* Runs a text: a file, or a block of one. */
enum grub_flow grub_run(struct grub_state *g, struct span text, uint32_t line);

/* --- menus, grub_menu.c --- */

/* `menuentry`, `submenu`, `hiddenentry`: keeps it for grub_emit(). */
enum grub_flow grub_define(struct grub_state *g, const struct grub_command *c);

/* Emits the entries that wait from the one of number from on, and forgets
 * them. */
enum grub_flow grub_emit(struct grub_state *g, uint32_t from);

/* What the variables say of the menu, into the result. */
void grub_capture(struct grub_state *g);

/* A file whose menu takes the place of the one being read. */
enum grub_flow grub_follow_config(struct grub_state *g, uint32_t file);

/* --- notes --- */

/* Sets the state's error: GRUB_FAILED. */
enum grub_flow grub_fail(struct grub_state *g, enum status code,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Tells the caller of the state's error at a line of the file being read. */
void grub_note(struct grub_state *g, uint32_t line);

#endif
