/*
 * What the parts of the reader of iPXE's scripts share: see format/ipxe.h. One
 * struct of fixed size; nothing in it grows.
 *
 * Expanded text is "marked": a byte of a value from outside that could do harm,
 * and every control character, is a mark and two hexadecimal digits. So it can
 * go through settings and be put together with other text, and where it is used
 * it is still known: in a URL it is percent-encoded, in a command line refused.
 */
#ifndef KEELBOOT_FORMAT_IPXE_STATE_H
#define KEELBOOT_FORMAT_IPXE_STATE_H

#include "format/ipxe.h"

#define IPXE_MARK	  '\x01' /* a byte as it is */
#define IPXE_MARK_ENCODED '\x02' /* one that :uristring has encoded */
#define IPXE_MARK_PLACE                                                        \
	'\x03' /* of the script's own URL: in a URL as it is                   \
		*/
#define IPXE_VALUE_MAX IPXE_OPTIONS_MAX

/* How a script goes on. */
enum ipxe_flow {
	IPXE_NEXT = 0,
	IPXE_FAILED, /* the command failed: why is in the state's error */
	IPXE_JUMP,   /* goto: the rest of the line does not count */
	IPXE_LEAVE,  /* exit, with the state's exit_status */
	IPXE_OVER,   /* the end of a script */
	IPXE_HALT,   /* a limit or a refusal: nothing more is done */
	IPXE_DECIDED,
};

enum ipxe_type {
	IPXE_STRING = 0, /* as marked text */
	IPXE_URISTRING,
	IPXE_IPV4,
	IPXE_IPV6,
	IPXE_INT8,
	IPXE_INT16,
	IPXE_INT32,
	IPXE_UINT8,
	IPXE_UINT16,
	IPXE_UINT32,
	IPXE_HEX,
	IPXE_HEXHYP,
	IPXE_HEXRAW,
	IPXE_BASE64,
	IPXE_UUID,
	IPXE_GUID,
	IPXE_TYPE_COUNT
};

struct ipxe_value {
	enum ipxe_type type;
	bool is_outside; /* a string has marks instead */
	size_t len;
	uint8_t bytes[IPXE_VALUE_MAX];
};

struct ipxe_settings {
	struct {
		uint32_t name, name_len; /* in pool */
		uint32_t value, len;
		enum ipxe_type type;
		bool is_outside;
	} list[IPXE_SETTINGS_MAX];
	uint8_t pool[IPXE_SETTINGS_POOL];
	uint32_t count, used;
};

struct ipxe_words {
	char pool[IPXE_WORD_POOL]; /* each with its NUL */
	uint32_t at[IPXE_WORDS_MAX];
	uint32_t count, used;
};

struct ipxe_frame {
	struct url url;
	struct span text, rest;
	uint32_t line, next_line;
	char buf[IPXE_LINE_MAX]; /* the line at work */
};

struct ipxe_image {
	struct url url;
	char name[IPXE_NAME_MAX];
	char args[IPXE_OPTIONS_MAX]; /* marked */
	bool is_kernel, is_script;   /* so no initrd, whatever is booted */
};

struct ipxe_items {
	struct {
		uint32_t menu, name; /* in pool */
		bool is_default;
	} list[IPXE_ITEMS_MAX];
	char pool[IPXE_ITEM_POOL];
	uint32_t count, used;
};

struct ipxe_state {
	const struct ipxe_machine *machine;
	const struct ipxe_ops *ops;
	struct ipxe_result *result;

	struct error error;
	bool error_has_place;
	int exit_status;

	struct ipxe_frame frames[IPXE_DEPTH_MAX];
	uint32_t depth;
	uint32_t steps, fetches;
	size_t work;

	struct ipxe_words words;
	struct ipxe_settings settings;
	struct ipxe_items items;
	struct ipxe_image images[IPXE_IMAGES_MAX];
	uint32_t image_count;
	uint32_t selected; /* IPXE_IMAGES_MAX if none is */
	bool has_devicetree;
	struct url devicetree;

	struct ipxe_value value; /* scratch of whoever reads or sets one */
	char scratch[IPXE_VALUE_MAX];
};

/* --- ends, ipxe.c --- */

/* Sets the state's error: IPXE_FAILED. */
enum ipxe_flow ipxe_fail(struct ipxe_state *x, enum status code,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Likewise: IPXE_HALT. */
enum ipxe_flow ipxe_halt(struct ipxe_state *x, enum status code,
			 const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A step of the work that may be done. */
enum ipxe_flow ipxe_step(struct ipxe_state *x);

/* Bytes that were looked through. */
enum ipxe_flow ipxe_work(struct ipxe_state *x, size_t bytes);

/* One more file that is asked for. */
enum ipxe_flow ipxe_count_fetch(struct ipxe_state *x);

struct ipxe_frame *ipxe_frame(struct ipxe_state *x);

/* Goes to the first line of the script at work with that label. */
enum ipxe_flow ipxe_goto(struct ipxe_state *x, const char *label);

/* Follows a script from within another: IPXE_NEXT, IPXE_FAILED, IPXE_LEAVE,
 * IPXE_OVER, IPXE_HALT or IPXE_DECIDED. */
enum ipxe_flow ipxe_run_script(struct ipxe_state *x, const struct url *url,
			       struct span text);

enum ipxe_flow ipxe_decide(struct ipxe_state *x, enum ipxe_outcome outcome);

/* --- lines and words, ipxe_line.c --- */

/* Runs the commands of a line. */
enum ipxe_flow ipxe_run_line(struct ipxe_state *x, const char *line);

/* --- marked text, ipxe_mark.c --- */

/* Adds bytes with marks in front of control characters; with is_outside of
 * every byte that is not harmless, and of the first if there are too many. */
void ipxe_add_marked(struct text *t, struct span bytes, bool is_outside);

/* The same of a URL, which stays one in a URL. */
void ipxe_add_place(struct text *t, struct span url);

/* True if the text at *at stands for a byte by a mark; then *at is behind it,
 * else behind the one byte of the text. */
bool ipxe_next_byte(const char **at, char *ret_mark, uint8_t *ret);

bool ipxe_has_marks(const char *marked);

/* As iPXE would have it: for comparisons and for people. */
void ipxe_add_plain(struct text *t, const char *marked);

/* Percent-encoded where it is marked. */
void ipxe_add_url(struct text *t, const char *marked);

/* --- settings, ipxe_settings.c, and their types, ipxe_types.c --- */

/* Adds a setting's value, nothing if it is not set; the name is that between
 * "${" and "}". */
enum ipxe_flow ipxe_add_setting(struct ipxe_state *x, struct span name,
				struct text *t);

/* Keeps marked text under a name that may have a type. */
enum ipxe_flow ipxe_set(struct ipxe_state *x, const char *name,
			const char *marked);
enum ipxe_flow ipxe_clear(struct ipxe_state *x, const char *name);
enum ipxe_flow ipxe_increment(struct ipxe_state *x, const char *name,
			      uint32_t by);

/* The interface of a name as net0 or netX; NULL if there is none. */
const struct ipxe_interface *ipxe_find_interface(const struct ipxe_machine *m,
						 struct span name);

/* IPXE_TYPE_COUNT if there is no such type. */
enum ipxe_type ipxe_type_of(struct span name);

/* Reads marked text as a value of ret->type; false if it is none. */
bool ipxe_parse_value(const char *marked, struct ipxe_value *ret);

/* Adds a value as a type writes it; false if it cannot. */
bool ipxe_format_value(const struct ipxe_value *v, enum ipxe_type type,
		       struct text *t);

/* A number with a sign or a base (0x10) as scripts write it. */
bool ipxe_parse_number(const char *text, uint32_t *ret);

/* --- commands, ipxe_commands.c --- */

#define IPXE_CALL_OPTIONS_MAX 6

struct ipxe_option {
	const char *name;
	char letter;
	bool has_value;
};

/* A command's words, and what its options say. */
struct ipxe_call {
	const char *name;
	uint32_t first, count;			    /* arguments, in words */
	const char *options[IPXE_CALL_OPTIONS_MAX]; /* NULL: not given */
};

const char *ipxe_argument(const struct ipxe_state *x, const struct ipxe_call *c,
			  uint32_t i);

/* Runs the command in the words. */
enum ipxe_flow ipxe_run_command(struct ipxe_state *x);

/* Joins arguments from number i on with blanks; false if they do not fit. */
bool ipxe_join(const struct ipxe_state *x, const struct ipxe_call *c,
	       uint32_t i, char *ret, size_t cap);

/* --- images, ipxe_images.c --- */

/* `kernel`, `initrd` and their kin. */
enum ipxe_flow ipxe_imgfetch(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_imgselect(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_imgargs(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_imgexec(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_imgfree(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_imgstat(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_fdt(struct ipxe_state *x, const struct ipxe_call *c);

/* What is booted, ipxe_boot.c. NULL boots none of the images: an URL. */
enum ipxe_flow ipxe_boot(struct ipxe_state *x, const struct url *url,
			 const char *args, const struct ipxe_image *image);

/* --- menus, ipxe_menu.c --- */

enum ipxe_flow ipxe_menu(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_item(struct ipxe_state *x, const struct ipxe_call *c);
enum ipxe_flow ipxe_choose(struct ipxe_state *x, const struct ipxe_call *c);

#endif
