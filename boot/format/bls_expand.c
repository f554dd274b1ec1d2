#include "format/bls_expand.h"

static bool is_name_byte(uint8_t c, bool is_first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!is_first && c >= '0' && c <= '9');
}

static size_t name_length(struct span s)
{
	size_t len = 0;

	while (len < s.len && is_name_byte(s.ptr[len], len == 0))
		len++;
	return len;
}

static struct span behind(struct span s, size_t len)
{
	return span_slice(s, len, s.len - len);
}

/* The reference at the front of s, and what is behind it; *ret_name is empty
 * where s starts with none. */
static enum status take_reference(const struct bls_expansion *x, struct span *s,
				  struct span *ret_name, struct error *err)
{
	bool has_brace = s->len > 1 && s->ptr[0] == '$' && s->ptr[1] == '{';
	struct span rest = behind(*s, has_brace ? 2 : 1);
	size_t len = name_length(rest);

	*ret_name = span_of(NULL, 0);
	if (s->ptr[0] != '$' || !len)
		return OK;
	*ret_name = span_slice(rest, 0, len);
	*s = behind(rest, len);
	if (!has_brace)
		return OK;
	if (!s->len || s->ptr[0] != '}')
		return fail(err, E_BLS_VARIABLE_OPEN,
			    "%s has \"${%s\" without its closing brace", x->key,
			    display_of(*ret_name).text);
	*s = behind(*s, 1);
	return OK;
}

/* blscfg does not leave two blanks around a variable that is empty. */
static void close_gap(const struct text *to, struct span *rest)
{
	bool at_start = !to->len || to->buf[to->len - 1] == ' ';

	if (at_start && rest->len && rest->ptr[0] == ' ')
		*rest = behind(*rest, 1);
}

static enum status add_variable(struct bls_expansion *x, struct span name,
				unsigned depth, struct text *to,
				struct error *err)
{
	struct span value;

	if (!x->vars->get(x->vars->ctx, name, &value)) {
		x->has_missed = true;
		if (x->may_miss)
			return OK;
		return fail(err, E_BLS_VARIABLE,
			    "%s needs the variable \"%s\", which is not set",
			    x->key, display_of(name).text);
	}
	if (depth > 1)
		return bls_expand(x, value, depth - 1, to, err);
	text_add_bytes(to, value);
	return OK;
}

enum status bls_expand(struct bls_expansion *x, struct span value,
		       unsigned depth, struct text *to, struct error *err)
{
	struct span name;
	enum status s = OK;

	while (s == OK && value.len) {
		size_t before = to->len;

		s = take_reference(x, &value, &name, err);
		if (s == OK && name.len) {
			s = add_variable(x, name, depth, to, err);
			if (to->len == before)
				close_gap(to, &value);
		} else if (s == OK) {
			if (value.len > 1 && value.ptr[0] == '\\' &&
			    value.ptr[1] == '$')
				value = behind(value, 1);
			text_add_char(to, (char)value.ptr[0]);
			value = behind(value, 1);
		}
	}
	if (s == OK && to->cut)
		return fail(err, E_BLS_VARIABLE_LENGTH,
			    "%s has more than %zu bytes once its variables are "
			    "replaced",
			    x->key, to->cap - 1);
	return s;
}
