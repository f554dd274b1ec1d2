#include "ui/wrap.h"

struct wrap wrap_over(struct span text, unsigned width)
{
	return (struct wrap){ .rest = text, .width = width < 2 ? 2 : width };
}

/* Where to break instead so that words stay whole. */
static size_t break_at(struct span rest, size_t len)
{
	if (len == rest.len || rest.ptr[len] == '\n' || rest.ptr[len] == ' ')
		return len;
	for (size_t at = len; at > len / 3; at--)
		if (rest.ptr[at - 1] == ' ')
			return at;
	return len;
}

bool wrap_next(struct wrap *w, struct span *ret_line)
{
	size_t len, used;

	if (!w->rest.len)
		return false;
	used = len = break_at(w->rest, wrap_cut(w->rest, w->width).len);
	/* what separates the lines belongs to neither */
	while (used < w->rest.len && w->rest.ptr[used] == ' ')
		used++;
	if (used < w->rest.len && w->rest.ptr[used] == '\n')
		used++;
	while (len && w->rest.ptr[len - 1] == ' ')
		len--;
	*ret_line = span_slice(w->rest, 0, len);
	w->rest = span_slice(w->rest, used, w->rest.len - used);
	return true;
}

struct span wrap_cut(struct span text, unsigned width)
{
	return span_fit(span_cut_at(&text, '\n'), width);
}
