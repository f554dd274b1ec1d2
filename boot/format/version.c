#include "format/version.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_mark(uint8_t c)
{
	return c == '~' || c == '-' || c == '^' || c == '.';
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static struct span behind(struct span s, size_t len)
{
	return span_of(s.ptr + len, s.len - len);
}

static struct span skip_separators(struct span s)
{
	while (s.len && !is_digit(s.ptr[0]) && !is_letter(s.ptr[0]) &&
	       !is_mark(s.ptr[0]))
		s = behind(s, 1);
	return s;
}

static bool starts_with(struct span s, uint8_t c)
{
	return s.len && s.ptr[0] == c;
}

/* The side that alone has the mark is older; where both have it, it is passed
 * over. */
static int pass_mark(struct span *a, struct span *b, uint8_t mark)
{
	bool a_has = starts_with(*a, mark), b_has = starts_with(*b, mark);

	if (a_has && b_has) {
		*a = behind(*a, 1);
		*b = behind(*b, 1);
	}
	return order(b_has, a_has);
}

static int pass_marks(struct span *a, struct span *b)
{
	static const uint8_t marks[] = { '-', '^', '.' };
	int result = 0;

	for (size_t i = 0; !result && i < sizeof(marks); i++)
		result = pass_mark(a, b, marks[i]);
	return result;
}

/* Cuts the run of such characters off the front. */
static struct span take_run(struct span *s, bool (*is_part)(uint8_t c))
{
	struct span run = { .ptr = s->ptr };

	while (run.len < s->len && is_part(s->ptr[run.len]))
		run.len++;
	*s = behind(*s, run.len);
	return run;
}

static struct span without_zeros(struct span digits)
{
	while (starts_with(digits, '0'))
		digits = behind(digits, 1);
	return digits;
}

/* Numbers of any length, so by their digits: the longer is the larger. */
static int compare_numbers(struct span a, struct span b)
{
	int result = order(a.len != 0, b.len != 0);

	if (result)
		return result;
	a = without_zeros(a);
	b = without_zeros(b);
	result = order(a.len, b.len);
	return result ? result : span_compare(a, b);
}

static int compare_runs(struct span *a, struct span *b)
{
	bool is_number = (a->len && is_digit(a->ptr[0])) ||
			 (b->len && is_digit(b->ptr[0]));
	bool (*is_part)(uint8_t) = is_number ? is_digit : is_letter;
	struct span run_a = take_run(a, is_part), run_b = take_run(b, is_part);

	return is_number ? compare_numbers(run_a, run_b)
			 : span_compare(run_a, run_b);
}

int version_compare(struct span a, struct span b)
{
	for (;;) {
		int result;

		a = skip_separators(a);
		b = skip_separators(b);
		result = pass_mark(&a, &b, '~');
		if (result)
			return result;
		if (!a.len || !b.len)
			return order(a.len != 0, b.len != 0);
		result = pass_marks(&a, &b);
		if (!result)
			result = compare_runs(&a, &b);
		if (result)
			return result;
	}
}
