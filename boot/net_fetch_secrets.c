/* The files of the image that an entry of the network names. */
#include "net_fetch_parts.h"

#include "base/own.h"
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX ((size_t)256 << 10)
#define AUTH_MAX ((size_t)4 << 10) /* of a field */

/* The wiping kind of a buffer. */
struct secret_file {
	char *bytes;
	size_t len;
	char path[256];
};

static void drop_file(struct secret_file *file)
{
	if (file->bytes)
		explicit_bzero(file->bytes, FILE_MAX);
	free(file->bytes);
}
#define _drop_file_ __attribute__((cleanup(drop_file)))

static enum status read_file(const char *folder, const char *name,
			     struct secret_file *ret, struct error *err)
{
	ret->bytes = malloc(FILE_MAX);
	if (!ret->bytes)
		return fail(err, E_NET_FILE, "no memory for the file %s", name);
	snprintf(ret->path, sizeof(ret->path), "%s/%s", folder, name);
	if (!file_read_small(AT_FDCWD, ret->path, ret->bytes, FILE_MAX,
			     &ret->len))
		return fail_sys(err, E_NET_FILE, errno, "unable to read %s",
				ret->path);
	return OK;
}

/* What is wrong with what a file has in it. */
static enum status fail_file(const struct secret_file *file,
			     const struct error *why, struct error *err)
{
	return fail(err, E_NET_FILE, "%s: %s", file->path, why->text);
}

static struct span content(const struct secret_file *file)
{
	return span_of(file->bytes, file->len);
}

static enum status read_ca(const char *folder, const char *name,
			   struct net_secrets *ret, struct error *err)
{
	_drop_file_ struct secret_file file = { 0 };
	struct error why = { .code = OK };
	enum status s = read_file(folder, name, &file, err);

	if (s != OK)
		return s;
	ret->has_ca = true;
	if (keyring_add_file(&ret->ca, KEYRING_FOLDER_TLS, name, content(&file),
			     &why) != OK)
		return fail_file(&file, &why, err);
	return OK;
}

static enum status read_identity(const char *folder,
				 const struct net_entry *entry,
				 struct net_secrets *ret, struct error *err)
{
	_drop_file_ struct secret_file cert = { 0 }, key = { 0 };
	struct error why = { .code = OK };
	enum status s = read_file(folder, entry->client_cert, &cert, err);

	if (s == OK)
		s = read_file(folder, entry->client_key, &key, err);
	if (s == OK && tls_identity_read(content(&cert), content(&key),
					 &ret->identity, &why) != OK)
		s = fail_file(&cert, &why, err);
	return s;
}

/* The first line, whatever ends it. */
static struct span first_line(const struct secret_file *file)
{
	struct span rest = content(file), line = rest;

	(void)span_next_line(&rest, &line);
	return span_trim(line);
}

static enum status read_auth(const char *folder, const struct net_entry *entry,
			     struct net_secrets *ret, struct error *err)
{
	bool is_basic = entry->auth_basic[0];
	_drop_file_ struct secret_file file = { 0 };
	struct error why = { .code = OK };
	struct span line;
	struct text t;
	enum status s = read_file(
		folder, is_basic ? entry->auth_basic : entry->auth_bearer,
		&file, err);

	if (s != OK)
		return s;
	line = first_line(&file);
	if (!line.len || (is_basic && !memchr(line.ptr, ':', line.len)))
		return fail(err, E_NET_FILE, "%s: its first line is %s",
			    file.path,
			    line.len ? "not user:password" : "empty");
	ret->auth = calloc(1, AUTH_MAX);
	if (!ret->auth)
		return fail(err, E_NET_FILE, "no memory for %s", file.path);
	t = text_over(ret->auth, AUTH_MAX);
	text_add(&t, "Authorization: ");
	if (is_basic) {
		http_add_basic(&t, line);
	} else {
		text_add(&t, "Bearer ");
		text_add_bytes(&t, line);
	}
	if (t.cut)
		return fail(err, E_NET_FILE, "%s: its first line has %zu bytes",
			    file.path, line.len);
	ret->fields[ret->field_count++] = span_of(ret->auth, t.len);
	if (http_check_field(ret->fields[ret->field_count - 1], &why) != OK)
		return fail_file(&file, &why, err);
	return OK;
}

/* Each origin once: a field must not come twice. */
static void add_origins(const struct net_request *request,
			struct net_secrets *ret)
{
	for (uint32_t i = 0; i < request->url_count; i++) {
		struct url *url = &ret->origins[ret->origin_count];
		bool is_known = false;

		if (url_parse(span_of_text(request->urls[i]), url, NULL) !=
			    OK ||
		    url->scheme == URL_TFTP)
			continue;
		for (size_t j = 0; j < ret->origin_count; j++)
			is_known |= url_same_origin(&ret->origins[j], url);
		if (is_known)
			continue;
		ret->of[ret->origin_count++] = (struct fetch_secret){
			.origin = url,
			.fields = ret->fields,
			.field_count = ret->field_count,
			.identity = ret->identity,
		};
	}
}

enum status net_secrets_read(const char *folder, const struct net_entry *entry,
			     const struct net_request *request,
			     struct net_secrets *ret, struct error *err)
{
	enum status s = OK;

	memset(ret, 0, sizeof(*ret));
	if (entry && entry->ca[0])
		s = read_ca(folder, entry->ca, ret, err);
	if (s == OK && entry && entry->client_cert[0])
		s = read_identity(folder, entry, ret, err);
	if (s == OK && entry && (entry->auth_basic[0] || entry->auth_bearer[0]))
		s = read_auth(folder, entry, ret, err);
	for (uint32_t i = 0; entry && i < entry->header_count; i++)
		ret->fields[ret->field_count++] =
			span_of_text(net_entry_text(entry, entry->headers[i]));
	if (s == OK)
		add_origins(request, ret);
	else
		net_secrets_drop(ret);
	return s;
}

void net_secrets_drop(struct net_secrets *secrets)
{
	keyring_drop(&secrets->ca);
	tls_identity_drop(&secrets->identity);
	if (secrets->auth)
		explicit_bzero(secrets->auth, AUTH_MAX);
	free(secrets->auth);
	memset(secrets, 0, sizeof(*secrets));
}
