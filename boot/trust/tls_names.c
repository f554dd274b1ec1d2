#include "trust/tls_names.h"

#include <arpa/inet.h>
#include <string.h>

#define ADDRESS_TEXT_MAX INET6_ADDRSTRLEN
#define NAMES_SHOWN	 3
#define NAMES_TEXT_MAX	 200

/* --- what is asked for ---------------------------------------------------- */

static bool is_host_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

static bool is_host(const char *text)
{
	if (!*text || strlen(text) > TLS_HOST_MAX)
		return false;
	for (; *text; text++)
		if (!is_host_byte(*text))
			return false;
	return true;
}

enum status tls_name_parse(const char *text, struct tls_name *ret,
			   struct error *err)
{
	struct tls_name name = { .address_len = 0 };
	struct display shown = display_of_text(text);

	if (inet_pton(AF_INET, text, name.address) == 1)
		name.address_len = 4;
	else if (inet_pton(AF_INET6, text, name.address) == 1)
		name.address_len = 16;
	else if (!is_host(text))
		return fail(err, E_TLS_SERVER_NAME,
			    "'%s' is neither an address nor a name of 1 to %d "
			    "letters, digits, '-', '_' and '.'",
			    shown.text, TLS_HOST_MAX);
	if (!text_copy(name.host, sizeof(name.host), text))
		return fail(err, E_INTERNAL, "the name '%s' has no room",
			    shown.text);
	*ret = name;
	return OK;
}

/* --- comparing ------------------------------------------------------------ */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static bool equal_any_case(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.ptr[i]) != lower(b.ptr[i]))
			return false;
	return true;
}

static bool ends_with_any_case(struct span s, struct span end)
{
	return s.len >= end.len &&
	       equal_any_case(span_slice(s, s.len - end.len, end.len), end);
}

/* The name without its first label and dot; empty if there is no dot. */
static struct span parent_of(struct span name)
{
	const uint8_t *dot = name.len ? memchr(name.ptr, '.', name.len) : NULL;
	size_t head = dot ? (size_t)(dot - name.ptr) + 1 : name.len;

	return span_slice(name, head, name.len - head);
}

static bool matches_dns(struct span pattern, struct span host)
{
	struct span domain = parent_of(pattern);

	if (!span_starts_with(pattern, "*.", 2))
		return equal_any_case(pattern, host);
	return parent_of(domain).len && parent_of(host).len < host.len &&
	       host.ptr[0] != '.' && equal_any_case(domain, parent_of(host));
}

static bool matches(const struct x509_name *name, const struct tls_name *want)
{
	if (want->address_len)
		return name->kind == X509_NAME_ADDRESS &&
		       span_equal(name->value,
				  span_of(want->address, want->address_len));
	return name->kind == X509_NAME_DNS &&
	       matches_dns(name->value, span_of_text(want->host));
}

/* --- the certificate's names ---------------------------------------------- */

static struct display shown_name(const struct x509_name *name)
{
	char text[ADDRESS_TEXT_MAX];

	if (name->kind != X509_NAME_ADDRESS)
		return display_of(name->value);
	if (!inet_ntop(name->value.len == 4 ? AF_INET : AF_INET6,
		       name->value.ptr, text, sizeof(text)))
		text[0] = '\0';
	return display_of_text(text);
}

/* "a, b, c and 2 more", of the kinds that servers have. */
static void list_names(struct x509_names names, struct text *to)
{
	struct x509_name name;
	unsigned count = 0;

	while (x509_names_next(&names, &name)) {
		if (name.kind != X509_NAME_DNS &&
		    name.kind != X509_NAME_ADDRESS)
			continue;
		if (count++ < NAMES_SHOWN) {
			struct display shown = shown_name(&name);

			text_addf(to, "%s%.60s", count > 1 ? ", " : "",
				  shown.text);
		}
	}
	if (count > NAMES_SHOWN)
		text_addf(to, " and %u more", count - NAMES_SHOWN);
	else if (!count)
		text_add(to, "no server");
}

enum status tls_names_match(const struct x509_server *cert,
			    const struct tls_name *name, struct error *err)
{
	struct x509_names names = cert->names;
	char list[NAMES_TEXT_MAX];
	struct text text = text_over(list, sizeof(list));
	struct x509_name one;

	if (!cert->has_names)
		return fail(err, E_TLS_NAME_NONE,
			    "it has no subjectAltName, which is where %s "
			    "should stand",
			    name->host);
	while (x509_names_next(&names, &one))
		if (matches(&one, name))
			return OK;
	list_names(cert->names, &text);
	return fail(err, E_TLS_NAME_OTHER, "it is for %s, not for %s", list,
		    name->host);
}

/* --- name constraints ----------------------------------------------------- */

static bool is_below_dns(struct span name, struct span subtree)
{
	if (!subtree.len || equal_any_case(name, subtree))
		return true;
	if (name.len <= subtree.len || !ends_with_any_case(name, subtree))
		return false;
	return subtree.ptr[0] == '.' ||
	       name.ptr[name.len - subtree.len - 1] == '.';
}

static bool is_below_address(struct span address, struct span subtree)
{
	if (subtree.len != 2 * address.len)
		return false;
	for (size_t i = 0; i < address.len; i++)
		if ((address.ptr[i] ^ subtree.ptr[i]) &
		    subtree.ptr[address.len + i])
			return false;
	return true;
}

static struct span inside_name(struct span name)
{
	struct der_source source;
	struct der d = der_over(&source, name, NULL);

	return der_take(&d, DER_SEQUENCE, "a name").content;
}

static bool is_below_directory(struct span name, struct span subtree)
{
	struct span head = inside_name(subtree);

	return span_starts_with(inside_name(name), head.ptr, head.len);
}

static bool is_below(const struct x509_name *name,
		     const struct x509_name *subtree)
{
	switch (name->kind) {
	case X509_NAME_DNS:
		return is_below_dns(name->value, subtree->value);
	case X509_NAME_ADDRESS:
		return is_below_address(name->value, subtree->value);
	case X509_NAME_DIRECTORY:
		return is_below_directory(name->value, subtree->value);
	default:
		return false;
	}
}

static bool is_compared(uint8_t kind)
{
	return kind == X509_NAME_DNS || kind == X509_NAME_ADDRESS ||
	       kind == X509_NAME_DIRECTORY;
}

/* What a list says about a name: whether it has the name's kind at all, and
 * the name itself. */
static bool find(struct x509_names list, const struct x509_name *name,
		 bool *ret_has_kind)
{
	struct x509_name subtree;
	bool is_found = false;

	*ret_has_kind = false;
	while (x509_names_next(&list, &subtree)) {
		if (subtree.kind != name->kind)
			continue;
		*ret_has_kind = true;
		is_found = is_found || is_below(name, &subtree);
	}
	return is_found;
}

static enum status check_allowed(const struct x509_server *ca,
				 const struct x509_name *name,
				 struct error *err)
{
	bool has_permitted, has_excluded;
	bool is_permitted = find(ca->permitted, name, &has_permitted);
	bool is_excluded = find(ca->excluded, name, &has_excluded);
	struct display shown;

	if (!has_permitted && !has_excluded)
		return OK;
	if (!is_compared(name->kind))
		return fail(err, E_TLS_NAME_FORBIDDEN,
			    "it is limited to names of a kind (0x%02x) that "
			    "cannot be compared here",
			    name->kind);
	if (!is_excluded && (is_permitted || !has_permitted))
		return OK;
	if (name->kind == X509_NAME_DIRECTORY)
		x509_name_text(name->value, &shown);
	else
		shown = shown_name(name);
	return fail(err, E_TLS_NAME_FORBIDDEN, "its name constraints %s %s",
		    is_excluded ? "exclude" : "do not permit", shown.text);
}

/* The name asked for can be one that only a wildcard covers. */
static struct x509_name asked_name(const struct tls_name *name)
{
	if (name->address_len)
		return (struct x509_name){ X509_NAME_ADDRESS,
					   span_of(name->address,
						   name->address_len) };
	return (struct x509_name){ X509_NAME_DNS, span_of_text(name->host) };
}

enum status tls_names_allowed(const struct x509_server *ca,
			      const struct x509_server *cert,
			      struct span subject, const struct tls_name *name,
			      struct error *err)
{
	struct x509_names names = cert->names;
	struct x509_name one = asked_name(name);
	enum status s = check_allowed(ca, &one, err);

	while (s == OK && x509_names_next(&names, &one))
		s = check_allowed(ca, &one, err);
	one = (struct x509_name){ X509_NAME_DIRECTORY, subject };
	if (s == OK && inside_name(subject).len)
		s = check_allowed(ca, &one, err);
	return s;
}
