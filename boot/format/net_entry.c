/* Entries whose files come from the network; the contract is in
 * format/net_entry.h. */
#include "format/net_entry_parts.h"

#include "format/bls.h"
#include "format/url.h"

#include <string.h>
#include <strings.h>

/* --- texts and files --------------------------------------------------------
 */

const char *net_entry_text(const struct net_entry *entry, uint32_t at)
{
	return entry->pool + at;
}

const char *net_role_name(enum net_role role)
{
	static const char *const names[] = { "", "uki-url", "linux", "initrd",
					     "devicetree" };

	return names[role];
}

enum status net_entry_put_text(struct net_entry *e, struct span text,
			       uint32_t *ret, struct error *err)
{
	if (text.len >= sizeof(e->pool) - e->pool_len)
		return fail(err, E_NET_ENTRY_LENGTH,
			    "the URLs and headers of the entry have more than "
			    "%d bytes",
			    NET_POOL_MAX);
	*ret = e->pool_len;
	memcpy(e->pool + e->pool_len, text.ptr, text.len);
	e->pool_len += (uint32_t)text.len;
	e->pool[e->pool_len++] = '\0';
	return OK;
}

bool net_role_is_kernel(enum net_role role)
{
	return role == NET_ANY || role == NET_LINUX;
}

enum status net_entry_put_file(struct net_entry *e, const struct net_file *file,
			       struct net_file **ret, struct error *err)
{
	uint32_t max = file->role == NET_INITRD ? NET_INITRDS_MAX : 1;
	uint32_t of_role = 0, at = e->file_count;

	for (uint32_t i = 0; i < e->file_count; i++)
		of_role += e->files[i].role == file->role ||
			   (net_role_is_kernel(e->files[i].role) &&
			    net_role_is_kernel(file->role));
	if (of_role == max)
		return fail(err, E_NET_ENTRY_MANY,
			    "the entry has more than %u %s", max,
			    net_role_name(file->role));
	if (net_role_is_kernel(file->role)) {
		memmove(&e->files[1], &e->files[0], at * sizeof(e->files[0]));
		at = 0;
	}
	e->files[at] = *file;
	e->file_count++;
	*ret = &e->files[at];
	return OK;
}

void net_entry_begin(struct net_entry *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->max_size = NET_MAX_SIZE;
	ret->timeout_s = NET_TIMEOUT_S;
	ret->retry = NET_RETRY;
}

enum status net_entry_add_file(struct net_entry *entry, enum net_role role,
			       const char *url, struct error *err)
{
	struct net_file file = { .role = role, .url_count = 1 }, *at;
	enum status s = net_entry_put_text(entry, span_of_text(url),
					   &file.urls[0], err);

	return s == OK ? net_entry_put_file(entry, &file, &at, err) : s;
}

/* --- lines ------------------------------------------------------------------
 */

void net_entry_cut_line(struct span line, struct span *ret_key,
			struct span *ret_value)
{
	size_t len = 0;

	while (len < line.len && line.ptr[len] != ' ' &&
	       line.ptr[len] != '\t' && line.ptr[len] != '=')
		len++;
	*ret_key = span_slice(line, 0, len);
	line = span_trim(span_slice(line, len, line.len - len));
	if (line.len && line.ptr[0] == '=')
		line = span_trim(span_slice(line, 1, line.len - 1));
	*ret_value = line;
}

bool net_entry_next_line(struct span *text, uint32_t *number,
			 struct span *ret_key, struct span *ret_value)
{
	struct span line;

	do {
		if (!span_next_line(text, &line))
			return false;
		++*number;
		line = span_trim(line);
	} while (!line.len || line.ptr[0] == '#');
	net_entry_cut_line(line, ret_key, ret_value);
	return true;
}

bool net_entry_is(struct span text)
{
	struct span key, value;
	uint32_t line = 0;

	text = span_without_mark(text);
	while (net_entry_next_line(&text, &line, &key, &value))
		if (span_equal_text(key, "uki-url") ||
		    (span_equal_text(key, "linux") && url_has_scheme(value)))
			return true;
	return false;
}

static enum status take_line(struct net_entry_parser *p, struct span name,
			     struct span value, struct error *err)
{
	uint32_t bit;
	const struct net_entry_key *key = net_entry_find_key(name, &bit);
	enum status s;

	if (!key)
		return fail(err, E_NET_ENTRY_UNKNOWN,
			    "the key \"%s\" is not known",
			    display_of(name).text);
	if (key->is_secret && !p->may_have_secrets)
		s = fail(err, E_NET_ENTRY_SECRET,
			 "only an entry of the image may have it");
	else if (p->seen & bit && !key->repeats)
		s = fail(err, E_NET_ENTRY_TWICE, "it stands twice");
	else
		s = key->take(p, key, value, err);
	p->seen |= bit;
	return s == OK ? OK : fail_in(err, s, "%s", key->name);
}

static bool has_authorization(const struct net_entry *e)
{
	for (uint32_t i = 0; i < e->header_count; i++)
		if (!strncasecmp(net_entry_text(e, e->headers[i]),
				 "authorization:", 14))
			return true;
	return false;
}

static enum status check_whole(const struct net_entry *e, struct error *err)
{
	int auths =
		!!e->auth_basic[0] + !!e->auth_bearer[0] + has_authorization(e);

	if (!e->file_count || !net_role_is_kernel(e->files[0].role))
		return fail(err, E_NET_ENTRY_KERNEL,
			    "the entry has neither uki-url nor linux");
	if (e->files[0].role == NET_ANY && e->file_count > 1)
		return fail(err, E_NET_ENTRY_FILE,
			    "the entry has %s beside uki-url, which comes with "
			    "all it needs",
			    net_role_name(e->files[1].role));
	if (!e->client_cert[0] != !e->client_key[0])
		return fail(err, E_NET_ENTRY_TOGETHER,
			    "the entry has %s, and no %s",
			    e->client_key[0] ? "client-key" : "client-cert",
			    e->client_key[0] ? "client-cert" : "client-key");
	if (auths > 1)
		return fail(err, E_NET_ENTRY_TOGETHER,
			    "the entry has %d of auth-basic, auth-bearer and a "
			    "header Authorization, it can send one",
			    auths);
	return OK;
}

enum status net_entry_parse(struct span text, bool may_have_secrets,
			    net_entry_report_fn *report, void *ctx,
			    struct net_entry *ret, struct error *err)
{
	struct net_entry_parser p = { .entry = ret,
				      .may_have_secrets = may_have_secrets };
	struct span key, value;
	struct error why;
	enum status first = bls_check_text(text, err), s;
	uint32_t line = 0;

	net_entry_begin(ret);
	if (first != OK)
		return first;
	text = span_without_mark(text);
	while ((first == OK || report) &&
	       net_entry_next_line(&text, &line, &key, &value)) {
		s = take_line(&p, key, value, &why);
		if (s != OK && report)
			report(ctx, line, &why);
		if (s == E_NET_ENTRY_UNKNOWN) {
			ret->unknown_keys++;
		} else if (s != OK && first == OK) {
			first = fail_in(&why, s, "line %u", line);
			if (err)
				*err = why;
		}
	}
	if (first != OK)
		return first;
	s = check_whole(ret, &why);
	if (s != OK && report)
		report(ctx, 0, &why);
	if (s != OK && err)
		*err = why;
	return s;
}
