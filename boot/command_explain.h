/*
 * What command_explain.c finds out about a boot, and command_explain_print.c
 * shows. Used by these two alone.
 */
#ifndef KEELBOOT_COMMAND_EXPLAIN_H
#define KEELBOOT_COMMAND_EXPLAIN_H

#include "digest_text.h"
#include "initrd.h"
#include "scan.h"
#include "zboot_load.h"

/* A file that goes along, and what vouches for it. */
struct explained_file {
	const char *what; /* "image", "addon", "initrd", … */
	struct display path;
	enum verified_how how;
	struct display signer;
};

#define EXPLAINED_FILES_MAX 224

struct explained_piece {
	struct display source;
	uint64_t offset, len; /* in the initrd, without padding */
	char digest[DIGEST_TEXT_LEN + 1];
};

/* Collected before zboot_load() takes the request apart. */
struct explanation {
	const struct boot_entry *entry;
	struct cmdline cmdline;
	uint32_t piece_count;
	struct explained_piece *pieces;
	uint32_t file_count;
	struct explained_file files[EXPLAINED_FILES_MAX]; /* the image first */
	struct display tree_source; /* "" if it is the running machine's */
	struct load_notes notes;
	struct loadable_kernel kernel;
	char kernel_digest[DIGEST_TEXT_LEN + 1];
	char initrd_digest[DIGEST_TEXT_LEN + 1];
	char tree_digest[DIGEST_TEXT_LEN + 1];
	char refusal[ERROR_TEXT_MAX]; /* under verify = enforce, or "" */
};

void explain_print_text(const struct explanation *x);
void explain_print_json(const struct explanation *x);

#endif
