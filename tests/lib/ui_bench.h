/*
 * An operator's seat for tests: a menu, the model it shows, a clock that moves
 * when told to, and a terminal that keeps the picture and counts the bytes.
 */
#ifndef KEELBOOT_TESTS_LIB_UI_BENCH_H
#define KEELBOOT_TESTS_LIB_UI_BENCH_H

#include "ui/view.h"
#include "vt100.h"

#define BENCH_ITEMS_MAX 6000
#define BENCH_TEXT_MAX	65536

struct ui_bench {
	struct ui_menu menu;
	struct ui_model model;
	struct ui_item items[BENCH_ITEMS_MAX];
	struct keys keys;
	uint64_t now_ms;
	struct screen screen;
	const char *operator_name;
	struct vt vt;
	char plain[BENCH_TEXT_MAX]; /* what a dumb terminal got so far */
};

/* A machine with a host name, nothing verified, two disks looked at, and no
 * entry yet; the screen is a VT100. Freed with free(). */
struct ui_bench *ui_bench_new(unsigned rows, unsigned cols);
struct ui_bench *ui_bench_new_dumb(void);

/* The same again without any entry, no key typed and the same picture. */
void ui_bench_reset(struct ui_bench *b);

/* Adds an entry with the next id (1, 2, …) and that title, before the refused
 * ones. */
struct ui_item *ui_bench_add(struct ui_bench *b, const char *title,
			     const char *where);

/* The same, refused for a reason, at the end. */
struct ui_item *ui_bench_add_refused(struct ui_bench *b, const char *title,
				     const char *where, const char *reason);

/* Entries as a real machine has them: four to boot, two refused. */
void ui_bench_add_usual(struct ui_bench *b);

/* For groups of tests: 24 rows and 80 columns, the usual entries, and no key
 * typed yet; the same once more; with two disks (7 and 9) and a password before
 * what these bits say. */
int ui_bench_set_up(void **state);
int ui_bench_tear_down(void **state);
void ui_bench_start_over(struct ui_bench *b);
void ui_bench_start_gated(struct ui_bench *b, uint32_t password_for);

/* Answers UI_EDIT; the editor is open then. */
void ui_bench_give_line(struct ui_bench *b, uint32_t id, const char *text,
			size_t limit);

/* The id counts where there is an action. */
void assert_action(struct ui_action got, enum ui_action_code code, uint32_t id);
void assert_page(const struct ui_bench *b, enum ui_page page);

/* Takes the entry with that id away. */
void ui_bench_remove(struct ui_bench *b, uint32_t id);

/* Types bytes; the model is brought up to date before each, as in a loop that
 * reads one at a time. Returns the last action that was not UI_NONE; fails the
 * test if there were two. */
struct ui_action ui_bench_type(struct ui_bench *b, const char *bytes);
struct ui_action ui_bench_type_span(struct ui_bench *b, struct span bytes);

/* Lets time pass, with ticks for whoever is due. */
void ui_bench_wait(struct ui_bench *b, uint64_t ms);

/* Draws and sends everything; returns how many bytes that took. */
size_t ui_bench_show(struct ui_bench *b);

/* The title of the marked entry, or "" if none is. */
const char *ui_bench_marked(const struct ui_bench *b);

/* The sizes of ui_bench_compare_sizes(). */
#define BENCH_SIZES 4
extern const struct ui_bench_size {
	const char *name;
	unsigned rows, cols;
} ui_bench_sizes[BENCH_SIZES];

/* Shows the usual entries, changed by change (which may be NULL), types keys
 * and compares the picture with tests/golden/ui/PAGE-SIZE.txt, at each size. */
void ui_bench_compare_sizes(const char *page, const char *keys,
			    void (*change)(struct ui_bench *b));

/* Compares what the terminal shows with tests/golden/ui/NAME.txt and fails the
 * test with both if they differ. With KEELBOOT_GOLDEN=write in the environment
 * the file is written first: look at what git says has changed. */
void ui_bench_compare(struct ui_bench *b, const char *name);

#endif
