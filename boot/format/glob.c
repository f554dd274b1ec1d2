#include "format/glob.h"

#include "base/text.h"

static uint8_t folded(uint8_t c, enum glob_case fold)
{
	if (fold == GLOB_FOLD && c >= 'A' && c <= 'Z')
		return (uint8_t)(c + ('a' - 'A'));
	return c;
}

/* Bytes of the set that begins at `at`, 0 if none does. A `]` that comes first
 * is one of the set. */
static size_t set_len(struct span pattern, size_t at)
{
	if (pattern.ptr[at] != '[')
		return 0;
	for (size_t end = at + 2; end < pattern.len; end++)
		if (pattern.ptr[end] == ']')
			return end + 1 - at;
	return 0;
}

static bool is_in_set(struct span set, uint8_t c, enum glob_case fold)
{
	c = folded(c, fold);
	for (size_t i = 1; i + 1 < set.len; i++) {
		uint8_t low = folded(set.ptr[i], fold), high = low;

		if (i + 3 < set.len && set.ptr[i + 1] == '-') {
			high = folded(set.ptr[i + 2], fold);
			i += 2;
		}
		if (c >= low && c <= high)
			return true;
	}
	return false;
}

static size_t character_len(struct span text, size_t at)
{
	unsigned width;
	bool valid;

	return utf8_next(span_slice(text, at, text.len - at), &width, &valid);
}

/* One element of the pattern that is no star against one character of the
 * text; both go on if they match. */
static bool step(struct span pattern, size_t *p, struct span text, size_t *t,
		 enum glob_case fold)
{
	size_t set;

	if (*p >= pattern.len || *t >= text.len)
		return false;
	if (pattern.ptr[*p] == '?') {
		*p += 1;
		*t += character_len(text, *t);
		return true;
	}
	set = set_len(pattern, *p);
	if (set ? !is_in_set(span_slice(pattern, *p, set), text.ptr[*t], fold)
		: folded(pattern.ptr[*p], fold) != folded(text.ptr[*t], fold))
		return false;
	*p += set ? set : 1;
	*t += 1;
	return true;
}

/* What a step may look at: the rest of a pattern where a set may begin. */
static uint64_t cost_of(struct span pattern, size_t p)
{
	return p < pattern.len && pattern.ptr[p] == '[' ? pattern.len - p : 1;
}

static bool spend(uint64_t *left, uint64_t cost)
{
	if (*left < cost)
		return false;
	*left -= cost;
	return true;
}

bool glob_match_within(struct span pattern, struct span text,
		       enum glob_case fold, uint64_t *left)
{
	size_t p = 0, t = 0, star = 0, from = 0;
	bool has_star = false;

	while (t < text.len || p < pattern.len) {
		if (!spend(left, cost_of(pattern, p)))
			return false;
		if (p < pattern.len && pattern.ptr[p] == '*') {
			has_star = true;
			star = ++p;
			from = t;
		} else if (!step(pattern, &p, text, &t, fold)) {
			/* the last star takes one more; those before it never
			 * have to */
			if (!has_star || from >= text.len)
				return false;
			t = ++from;
			p = star;
		}
	}
	return true;
}

bool glob_match(struct span pattern, struct span text, enum glob_case fold)
{
	uint64_t left = UINT64_MAX;

	return glob_match_within(pattern, text, fold, &left);
}

bool glob_is_pattern(struct span pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.ptr[i] == '*' || pattern.ptr[i] == '?' ||
		    set_len(pattern, i))
			return true;
	return false;
}
