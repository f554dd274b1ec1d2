#include "format/http.h"
#include "format/http_syntax.h"

#include <inttypes.h>
#include <string.h>

/* Fields that are written here, or that would change what the bytes behind the
 * head mean. */
static const char *const our_fields[] = {
	"Host",
	"User-Agent",
	"Accept-Encoding",
	"Connection",
	"Proxy-Connection",
	"Keep-Alive",
	"Range",
	"If-Range",
	"Content-Type",
	"Content-Length",
	"Content-Encoding",
	"Content-Range",
	"Transfer-Encoding",
	"TE",
	"Trailer",
	"Upgrade",
	"Expect",
};

static bool is_ours(struct span name)
{
	for (size_t i = 0; i < sizeof(our_fields) / sizeof(our_fields[0]); i++)
		if (http_is_name(name, our_fields[i]))
			return true;
	return false;
}

enum status http_check_field(struct span field, struct error *err)
{
	struct span value = field, name;

	if (!field.len || !memchr(field.ptr, ':', field.len))
		return fail(err, E_HTTP_FIELD_COLON,
			    "the header has no ':' behind a name");
	name = span_cut_at(&value, ':');
	if (!http_is_token(name))
		return fail(err, E_HTTP_FIELD_NAME,
			    "the header \"%s\" has a name that is empty or has "
			    "other bytes than letters, digits, '-' and the "
			    "like",
			    display_of(name).text);
	if (is_ours(name))
		return fail(err, E_HTTP_FIELD_OURS,
			    "the header \"%s\" is keelboot's own to send",
			    display_of(name).text);
	value = span_trim(value);
	for (size_t i = 0; i < value.len; i++)
		if (http_is_control(value.ptr[i]) || value.ptr[i] >= 0x80)
			return fail(err, E_HTTP_FIELD_VALUE,
				    "the header \"%s\" has the byte 0x%02x in "
				    "its value",
				    display_of(name).text, value.ptr[i]);
	if (!value.len)
		return fail(err, E_HTTP_FIELD_VALUE,
			    "the header \"%s\" has no value",
			    display_of(name).text);
	return OK;
}

static const char *method_text(enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return "GET";
	case HTTP_POST:
		return "POST";
	case HTTP_CONNECT:
		return "CONNECT";
	}
	return "";
}

/* The first line and what is needed in every request (RFC 9112, 3.2). */
static void add_start(const struct http_request *r, struct text *t)
{
	text_addf(t, "%s ", method_text(r->method));
	if (r->method == HTTP_CONNECT)
		url_add_host_port(t, r->url);
	else if (r->is_absolute)
		url_add_text(t, r->url);
	else
		text_add(t, r->url->target);
	text_add(t, " HTTP/1.1\r\nHost: ");
	if (r->method == HTTP_CONNECT)
		url_add_host_port(t, r->url);
	else
		url_add_authority(t, r->url);
	text_add(t, "\r\nUser-Agent: keelboot/" KEELBOOT_VERSION "\r\n");
}

static void add_own_fields(const struct http_request *r, struct text *t)
{
	if (r->method != HTTP_CONNECT)
		text_add(t, "Accept-Encoding: identity\r\n");
	if (r->is_last)
		text_add(t, "Connection: close\r\n");
	if (r->method == HTTP_GET && r->from) {
		text_addf(t, "Range: bytes=%" PRIu64 "-\r\n", r->from);
		if (r->if_range && r->if_range[0])
			text_addf(t, "If-Range: %s\r\n", r->if_range);
	}
	if (r->method == HTTP_POST)
		text_addf(t,
			  "Content-Type: %s\r\nContent-Length: %" PRIu64 "\r\n",
			  r->content_type, r->content_length);
}

enum status http_write_request(const struct http_request *request,
			       struct text *to, struct error *err)
{
	enum status s;

	add_start(request, to);
	add_own_fields(request, to);
	for (size_t i = 0; i < request->field_count; i++) {
		s = http_check_field(request->fields[i], err);
		if (s != OK)
			return s;
		text_add_bytes(to, request->fields[i]);
		text_add(to, "\r\n");
	}
	text_add(to, "\r\n");
	if (to->cut)
		return fail(err, E_HTTP_REQUEST_LENGTH,
			    "the request to %s has more than %zu bytes",
			    display_of_text(request->url->host).text,
			    to->cap - 1);
	return OK;
}

/* --- RFC 7617, RFC 4648, 4 --------------------------------------------------
 */

static void add_base64(struct text *t, struct span s)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < s.len; at += 3) {
		size_t len = s.len - at < 3 ? s.len - at : 3;
		uint32_t bits = 0;

		for (size_t i = 0; i < 3; i++)
			bits = bits << 8 | (i < len ? s.ptr[at + i] : 0U);
		for (size_t i = 0; i < 4; i++)
			text_add_char(
				t, i > len ? '='
					   : digits[bits >> (18 - 6 * i) & 63]);
	}
}

void http_add_basic(struct text *t, struct span user_and_password)
{
	text_add(t, "Basic ");
	add_base64(t, user_and_password);
}
