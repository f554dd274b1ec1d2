/*
 * The words of GRUB's script language: where they begin and end, not what they
 * mean. Quotes, backslashes, variables, comments and the characters that stand
 * for themselves are those of GRUB's own lexer ("The list of GRUB script
 * tokens", GRUB manual, section "Writing full configuration files directly").
 *
 * What is wrong costs the line it stands on: the token is GRUB_TOKEN_BAD, and
 * reading goes on with the next line.
 */
#ifndef KEELBOOT_FORMAT_GRUB_LEXER_H
#define KEELBOOT_FORMAT_GRUB_LEXER_H

#include "base/error.h"
#include "base/span.h"

/* A copy of it is a place to come back to. */
struct grub_lexer {
	struct span text; /* all of the file or of a block within it */
	size_t at;
	uint32_t line;
	uint32_t work; /* what was read so far, in units of a token or 64 bytes
			*/
};

enum grub_token_kind {
	GRUB_TOKEN_END, /* of the text */
	GRUB_TOKEN_WORD,
	GRUB_TOKEN_NEWLINE,
	GRUB_TOKEN_SEMICOLON,
	GRUB_TOKEN_OPEN,  /* { */
	GRUB_TOKEN_CLOSE, /* } */
	GRUB_TOKEN_OTHER, /* |, &, < or >: no command of GRUB's takes them */
	GRUB_TOKEN_BAD,	  /* why says what is wrong */
};

struct grub_token {
	enum grub_token_kind kind;
	struct span text;
	uint32_t line;
	bool is_plain;	 /* a word without quotes, variables and backslashes */
	enum status why; /* of GRUB_TOKEN_BAD: E_GRUB_NUL, E_GRUB_QUOTE (a
			  * quote that is not closed), E_GRUB_DOLLAR (a "$"
			  * without a variable's name) */
};

struct grub_lexer grub_lexer_over(struct span text, uint32_t line);
struct grub_token grub_lexer_next(struct grub_lexer *lx);
bool grub_token_is(const struct grub_token *t, const char *keyword);

/* The name of the variable behind the "$" that text begins with, "?", "#", "*"
 * and "@" among them, and how many bytes "$NAME" or "${NAME}" take; false if
 * there is none. */
bool grub_variable_name(struct span text, struct span *ret_name,
			size_t *ret_len);

/*
 * The block whose "{" was read last. True, and the lexer stands behind its
 * "}", if it is closed; else false, and the lexer stays where it was. A block
 * that holds entries (holds_entries) goes on at the word menuentry at the
 * begin of a line, another has lost its "}" there.
 */
bool grub_lexer_block(struct grub_lexer *lx, bool holds_entries,
		      struct span *ret_body);

/* Goes on at the next line that begins with menuentry or submenu, whatever
 * quotes and braces stand before it; the end of the text if there is none. */
void grub_lexer_resume(struct grub_lexer *lx);

/* Where a block ends by its layout: at the next line that holds "}" alone, as
 * far to the right as the line of the word at offset begins. False if there is
 * none. */
bool grub_lexer_block_by_layout(struct grub_lexer *lx, size_t offset,
				struct span *ret_body);

#endif
