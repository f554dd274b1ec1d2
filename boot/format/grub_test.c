/*
 * `test EXPRESSION` and `[ EXPRESSION ]` (GRUB manual, section "test"). -a
 * binds closer than -o; what is no operator is true unless it is empty.
 */
#include "format/grub_state.h"

#include <stdlib.h>
#include <string.h>

struct tester {
	struct grub_state *g;
	const struct grub_command *c;
	uint32_t at, end;
	bool is_unknown; /* an operator nobody here can judge was met */
};

/* What is known of the expression so far. */
struct value {
	bool either, both, invert;
};

static const char *word(const struct tester *t, uint32_t ahead)
{
	return grub_word(t->g, t->c, t->at + ahead);
}

static void update(struct value *v, bool is)
{
	v->both = v->both && is != v->invert;
	v->invert = false;
}

/* GRUB's strtoul(): digits as far as they go, 0x and 0 in front as in C. */
static int64_t number(const char *text)
{
	bool is_negative = *text == '-';
	uint64_t n = strtoull(text + is_negative, NULL, 0);

	n = n > INT64_MAX ? INT64_MAX : n;
	return is_negative ? -(int64_t)n : (int64_t)n;
}

/* -pgt, -plt: the numbers behind what both texts begin with. */
static int compare_behind_prefix(const char *a, const char *b)
{
	size_t i = 0;
	int64_t x, y;

	while (a[i] && a[i] == b[i])
		i++;
	while (i && a[i - 1] >= '0' && a[i - 1] <= '9')
		i--;
	x = number(a + i);
	y = number(b + i);
	return (x > y) - (x < y);
}

static int compare_numbers(const char *a, const char *b)
{
	int64_t x = number(a), y = number(b);

	return (x > y) - (x < y);
}

/* Operators between two words; false if op is none. */
static bool test_two(struct tester *t, const char *op, bool *ret)
{
	static const struct {
		const char *name;
		int (*compare)(const char *a, const char *b);
		bool less, equal, greater;
	} ops[] = {
		{ "=", strcmp, false, true, false },
		{ "==", strcmp, false, true, false },
		{ "!=", strcmp, true, false, true },
		{ "<", strcmp, true, false, false },
		{ "<=", strcmp, true, true, false },
		{ ">", strcmp, false, false, true },
		{ ">=", strcmp, false, true, true },
		{ "-eq", compare_numbers, false, true, false },
		{ "-ne", compare_numbers, true, false, true },
		{ "-lt", compare_numbers, true, false, false },
		{ "-le", compare_numbers, true, true, false },
		{ "-gt", compare_numbers, false, false, true },
		{ "-ge", compare_numbers, false, true, true },
		{ "-plt", compare_behind_prefix, true, false, false },
		{ "-pgt", compare_behind_prefix, false, false, true },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		int order;

		if (strcmp(op, ops[i].name) != 0)
			continue;
		order = ops[i].compare(word(t, 0), word(t, 2));
		*ret = order < 0 ? ops[i].less
				 : (order ? ops[i].greater : ops[i].equal);
		return true;
	}
	if (strncmp(op, "-nt", 3) != 0 && strncmp(op, "-ot", 3) != 0)
		return false;
	t->is_unknown = true; /* times of files */
	*ret = false;
	return true;
}

/* Operators before a word; false if op is none. */
static bool test_one(struct tester *t, const char *op, const char *arg,
		     bool *ret)
{
	enum grub_file_kind kind;

	if (op[0] != '-' || !op[1] || op[2])
		return false;
	if (op[1] == 'n' || op[1] == 'z') {
		*ret = (op[1] == 'n') == (arg[0] != '\0');
		return true;
	}
	if (!strchr("defs", op[1]))
		return false;
	kind = grub_kind_of(t->g, arg);
	switch (op[1]) {
	case 'd':
		*ret = kind == GRUB_FILE_FOLDER;
		break;
	case 'e':
		*ret = kind != GRUB_FILE_NONE;
		break;
	case 'f':
		*ret = kind == GRUB_FILE_FULL || kind == GRUB_FILE_EMPTY;
		break;
	default:
		*ret = kind == GRUB_FILE_FULL;
	}
	return true;
}

static bool parse(struct tester *t, unsigned depth);

/* One step at words that are no operator with operands. */
static void step(struct tester *t, struct value *v, unsigned depth)
{
	const char *w = word(t, 0);

	t->at++;
	if (!strcmp(w, "(")) {
		if (depth < GRUB_DEPTH_MAX)
			update(v, parse(t, depth + 1));
		else
			t->is_unknown = true;
	} else if (!strcmp(w, "!")) {
		v->invert = !v->invert;
	} else if (!strcmp(w, "-o")) {
		v->either = v->either || v->both;
		v->both = true;
	} else if (strcmp(w, "-a") != 0) {
		update(v, w[0] != '\0');
	}
}

static bool parse(struct tester *t, unsigned depth)
{
	struct value v = { .both = true };
	bool is;

	while (t->at < t->end) {
		uint32_t left = t->end - t->at;

		if (left > 2 && test_two(t, word(t, 1), &is)) {
			update(&v, is);
			t->at += 3;
		} else if (left > 1 &&
			   test_one(t, word(t, 0), word(t, 1), &is)) {
			update(&v, is);
			t->at += 2;
		} else if (!strcmp(word(t, 0), ")")) {
			t->at++;
			break;
		} else {
			step(t, &v, depth);
		}
	}
	return v.either || v.both;
}

enum grub_answer grub_test(struct grub_state *g, const struct grub_command *c)
{
	struct tester t = { .g = g, .c = c, .at = 1, .end = c->count };
	bool is;

	if (t.end > 1 && !strcmp(grub_word(g, c, t.end - 1), "]"))
		t.end--;
	is = parse(&t, 0);
	if (t.is_unknown)
		return GRUB_UNKNOWN;
	return is ? GRUB_TRUE : GRUB_FALSE;
}
