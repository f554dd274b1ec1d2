/*
 * The line of password.h, without the arithmetic: that part is also in the tool
 * that is built before anything of BearSSL is.
 */
#include "base/text.h"
#include "trust/password.h"

static bool cut_prefix(struct span *rest, const char *prefix)
{
	size_t len = span_of_text(prefix).len;

	if (!span_starts_with(*rest, prefix, len))
		return false;
	*rest = span_slice(*rest, len, rest->len - len);
	return true;
}

enum status password_parse(struct span stored, struct password_hash *ret,
			   struct error *err)
{
	struct password_hash h = { .salt_len = 0 };
	struct span field;
	uint64_t iterations;
	char separator = ':';

	if (!stored.len)
		return fail(err, E_PASSWORD_NONE,
			    "the configuration has no password");
	if (!cut_prefix(&stored, "pbkdf2-sha512:")) {
		if (!cut_prefix(&stored, "grub.pbkdf2.sha512."))
			return fail(err, E_PASSWORD_KIND,
				    "the configured password is not of the "
				    "form pbkdf2-sha512:ITERATIONS:SALT:HASH");
		separator = '.';
	}
	if (!text_parse_number(span_cut_at(&stored, separator),
			       PASSWORD_ITERATIONS_MAX, &iterations) ||
	    iterations < PASSWORD_ITERATIONS_MIN)
		return fail(err, E_PASSWORD_ITERATIONS,
			    "the configured password has no iterations from %d "
			    "to %d",
			    PASSWORD_ITERATIONS_MIN, PASSWORD_ITERATIONS_MAX);
	h.iterations = (uint32_t)iterations;
	field = span_cut_at(&stored, separator);
	h.salt_len = field.len / 2;
	if (h.salt_len < PASSWORD_SALT_MIN || h.salt_len > PASSWORD_SALT_MAX ||
	    !text_parse_hex(field, h.salt, h.salt_len))
		return fail(err, E_PASSWORD_SALT,
			    "the salt of the configured password has %zu "
			    "characters, it takes %d to %d hexadecimal digits",
			    field.len, 2 * PASSWORD_SALT_MIN,
			    2 * PASSWORD_SALT_MAX);
	if (!text_parse_hex(stored, h.hash, PASSWORD_HASH))
		return fail(err, E_PASSWORD_HASH,
			    "the hash of the configured password has %zu "
			    "characters, it takes %d hexadecimal digits",
			    stored.len, 2 * PASSWORD_HASH);
	*ret = h;
	return OK;
}
