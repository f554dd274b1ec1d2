#include "format/ipxe.h"

#include "format/ipxe_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

size_t ipxe_state_size(void)
{
	return sizeof(struct ipxe_state);
}

/* --- ends --- */

static void set_error(struct ipxe_state *x, enum status code, const char *fmt,
		      va_list args)
{
	char text[ERROR_TEXT_MAX];
	struct text safe = text_over(x->error.text, sizeof(x->error.text));

	vsnprintf(text, sizeof(text), fmt, args);
	text_add_safe(&safe, span_of_text(text));
	x->error.code = code;
	x->error.sys = 0;
	x->error_has_place = false;
}

enum ipxe_flow ipxe_fail(struct ipxe_state *x, enum status code,
			 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_error(x, code, fmt, args);
	va_end(args);
	return IPXE_FAILED;
}

enum ipxe_flow ipxe_halt(struct ipxe_state *x, enum status code,
			 const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_error(x, code, fmt, args);
	va_end(args);
	return IPXE_HALT;
}

enum ipxe_flow ipxe_step(struct ipxe_state *x)
{
	if (x->steps == IPXE_STEPS_MAX)
		return ipxe_halt(x, E_IPXE_STEPS,
				 "the script goes on after %u lines and "
				 "commands",
				 IPXE_STEPS_MAX);
	x->steps++;
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_work(struct ipxe_state *x, size_t bytes)
{
	if (bytes > IPXE_WORK_MAX - x->work)
		return ipxe_halt(x, E_IPXE_WORK,
				 "more than %u bytes were looked through for "
				 "labels and settings",
				 IPXE_WORK_MAX);
	x->work += bytes;
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_count_fetch(struct ipxe_state *x)
{
	if (x->fetches == IPXE_FETCHES_MAX)
		return ipxe_halt(x, E_IPXE_FETCHES,
				 "it asks for more than %d files",
				 IPXE_FETCHES_MAX);
	x->fetches++;
	return IPXE_NEXT;
}

struct ipxe_frame *ipxe_frame(struct ipxe_state *x)
{
	return &x->frames[x->depth - 1];
}

static struct display name_of(const struct url *url)
{
	char buf[URL_TEXT_MAX];
	struct text t = text_over(buf, sizeof(buf));

	url_add_text(&t, url);
	return display_of_text(buf);
}

/* Says where it was, in the script at work; once. */
static void place_error(struct ipxe_state *x)
{
	struct ipxe_frame *f = ipxe_frame(x);

	if (!x->error_has_place)
		fail_in(&x->error, x->error.code, "%s:%u",
			name_of(&f->url).text, f->line);
	x->error_has_place = true;
}

enum ipxe_flow ipxe_decide(struct ipxe_state *x, enum ipxe_outcome outcome)
{
	struct ipxe_frame *f = ipxe_frame(x);

	x->result->outcome = outcome;
	x->result->script = name_of(&f->url);
	x->result->line = f->line;
	return IPXE_DECIDED;
}

/* --- lines --- */

/* Cuts a line off the text, with those that go on from it; adds it to t unless
 * that is NULL. False at the end. */
static bool next_line(struct span *rest, struct text *t, struct span *ret_first,
		      uint32_t *lines)
{
	struct span line;
	bool is_first = true;

	while (span_next_line(rest, &line)) {
		bool goes_on = line.len && line.ptr[line.len - 1] == '\\';

		if (goes_on)
			line.len--;
		if (is_first)
			*ret_first = line;
		is_first = false;
		++*lines;
		if (t)
			ipxe_add_marked(t, line, false);
		if (!goes_on)
			return true;
	}
	return !is_first;
}

/* The label of a line, and what is behind it; an empty one with a null pointer
 * if it has none. */
static struct span label_of(struct span line, struct span *ret_rest)
{
	struct span none = { 0 }, rest = span_trim(line);

	*ret_rest = rest;
	if (!rest.len || rest.ptr[0] != ':')
		return none;
	rest = span_slice(rest, 1, rest.len - 1);
	none = span_next_word(&rest);
	*ret_rest = rest;
	return none;
}

enum ipxe_flow ipxe_goto(struct ipxe_state *x, const char *label)
{
	struct ipxe_frame *f = ipxe_frame(x);
	struct span rest = f->text, before = rest, first, behind;
	uint32_t line = 1, at = line;

	if (ipxe_work(x, f->text.len) != IPXE_NEXT)
		return IPXE_HALT;
	while (next_line(&rest, NULL, &first, &line)) {
		struct span found = label_of(first, &behind);

		if (found.ptr && span_equal_text(found, label)) {
			f->rest = before;
			f->next_line = at;
			return IPXE_JUMP;
		}
		before = rest;
		at = line;
	}
	return ipxe_fail(x, E_IPXE_LABEL, "there is no label \"%s\"", label);
}

static enum ipxe_flow take_line(struct ipxe_state *x, struct ipxe_frame *f)
{
	struct text t = text_over(f->buf, sizeof(f->buf));
	struct span first, rest;

	f->line = f->next_line;
	if (!next_line(&f->rest, &t, &first, &f->next_line))
		return IPXE_OVER;
	if (ipxe_step(x) != IPXE_NEXT)
		return IPXE_HALT;
	if (t.cut)
		return ipxe_halt(x, E_IPXE_LINE_LONG,
				 "the line has more than %d bytes",
				 IPXE_LINE_MAX - 1);
	label_of(span_of(t.buf, t.len), &rest);
	if (!rest.len)
		return IPXE_NEXT;
	return ipxe_run_line(x, (const char *)rest.ptr);
}

/* --- scripts --- */

bool ipxe_is_script(struct span begin)
{
	return begin.len > 6 &&
	       (span_starts_with(begin, "#!ipxe", 6) ||
		span_starts_with(begin, "#!gpxe", 6)) &&
	       memchr(" \t\r\n\v\f", begin.ptr[6], 6);
}

static enum ipxe_flow begin(struct ipxe_state *x, const struct url *url,
			    struct span text)
{
	struct ipxe_frame *f;

	if (x->depth == IPXE_DEPTH_MAX)
		return ipxe_halt(x, E_IPXE_DEPTH,
				 "more than %d scripts lead to each other",
				 IPXE_DEPTH_MAX);
	f = &x->frames[x->depth++];
	f->url = *url;
	f->text = f->rest = text;
	f->line = f->next_line = 1;
	if (text.len > IPXE_TEXT_MAX)
		return ipxe_halt(x, E_IPXE_TOO_LONG,
				 "the script has %zu bytes, the most are %u",
				 text.len, IPXE_TEXT_MAX);
	if (!ipxe_is_script(text))
		return ipxe_fail(x, E_IPXE_MAGIC,
				 "it does not begin with \"#!ipxe\"");
	return IPXE_NEXT;
}

static enum ipxe_flow run(struct ipxe_state *x, const struct url *url,
			  struct span text)
{
	enum ipxe_flow flow = begin(x, url, text);

	while (flow == IPXE_NEXT || flow == IPXE_JUMP)
		flow = take_line(x, ipxe_frame(x));
	if (flow == IPXE_LEAVE && x->exit_status)
		flow = ipxe_fail(x, E_IPXE_EXIT, "the script ends with exit %d",
				 x->exit_status);
	if (flow == IPXE_FAILED || flow == IPXE_HALT)
		place_error(x);
	return flow;
}

enum ipxe_flow ipxe_run_script(struct ipxe_state *x, const struct url *url,
			       struct span text)
{
	uint32_t depth = x->depth;
	enum ipxe_flow flow = run(x, url, text);

	x->depth = depth;
	return flow;
}

enum status ipxe_evaluate(struct ipxe_state *state,
			  const struct ipxe_source *source,
			  const struct ipxe_ops *ops, struct ipxe_result *ret,
			  struct error *err)
{
	struct ipxe_state *x = state;
	enum ipxe_flow flow;

	memset(x, 0, sizeof(*x));
	memset(ret, 0, sizeof(*ret));
	x->machine = source->machine;
	x->ops = ops;
	x->result = ret;
	x->selected = IPXE_IMAGES_MAX;
	flow = run(x, source->url, source->text);
	if (flow == IPXE_LEAVE)
		flow = ipxe_decide(x, IPXE_EXITS);
	if (flow == IPXE_OVER) {
		ipxe_fail(x, E_IPXE_END,
			  "the script is over and has neither boot nor exit");
		place_error(x);
	}
	if (flow == IPXE_DECIDED)
		return OK;
	memset(ret, 0, sizeof(*ret));
	if (err)
		*err = x->error;
	return x->error.code;
}
