#include "net_fetch_parts.h"

#include "base/own.h"
#include "sys/proc.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* Of the first pause; each one is twice the one before. */
#define PAUSE_MS     1000
#define PAUSE_MAX_MS 64000

void net_note(const struct net_fetcher *f, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX], clean[ERROR_TEXT_MAX];
	struct text t = text_over(clean, sizeof(clean));
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_add_safe(&t, span_of_text(text));
	f->setup.note(f->setup.ctx, clean);
}

enum status net_fetch_open(const struct net_fetch_setup *setup,
			   struct net_fetcher **ret, struct error *err)
{
	const char *proxy = setup->settings->proxy;
	_free_ struct net_fetcher *f = calloc(1, sizeof(*f));
	enum status s = OK;

	if (!f)
		return fail(err, E_NO_MEMORY, "no memory to fetch with");
	f->setup = *setup;
	f->has_proxy = proxy[0] != '\0';
	if (f->has_proxy)
		s = url_parse(span_of_text(proxy), &f->proxy, err);
	if (s != OK)
		return fail_in(err, s, "proxy");
	*ret = take_ptr(f);
	return OK;
}

static void close_http(struct net_fetcher *f)
{
	fetch_close(&f->http);
	net_secrets_drop(&f->secrets);
}

void net_fetch_close(struct net_fetcher **fetcher)
{
	if (!*fetcher)
		return;
	close_http(*fetcher);
	free(*fetcher);
	*fetcher = NULL;
}

/* --- HTTP ----------------------------------------------------------------- */

static bool is_known_origin(const struct net_secrets *secrets,
			    const struct url *url)
{
	for (size_t i = 0; i < secrets->origin_count; i++)
		if (url_same_origin(&secrets->origins[i], url))
			return true;
	return false;
}

/* Whether what is open is for this request: no server more, none less. */
static bool is_open_for(const struct net_fetcher *f,
			const struct net_request *request, bool has_clock)
{
	size_t found = 0;

	if (!f->http || f->entry != request->entry || f->has_clock != has_clock)
		return false;
	for (uint32_t i = 0; i < request->url_count; i++) {
		struct url url;

		if (url_parse(span_of_text(request->urls[i]), &url, NULL) !=
			    OK ||
		    url.scheme == URL_TFTP)
			continue;
		if (!is_known_origin(&f->secrets, &url))
			return false;
		found++;
	}
	return found >= f->secrets.origin_count;
}

static enum status open_http(struct net_fetcher *f,
			     const struct net_request *request, bool may_ask,
			     struct error *err)
{
	const struct net_entry *entry =
		request->entry < f->setup.entry_count
			? &f->setup.entries[request->entry]
			: NULL;
	struct fetch_settings settings = {
		.interface = "",
		.keyring = f->setup.keyring,
		.clock = net_clock(f, may_ask),
		.proxy = f->has_proxy ? &f->proxy : NULL,
		.connect_ms = NET_CONNECT_MS,
		.stall_ms = NET_STALL_MS,
		.slow_ms = f->setup.slow_ms,
		.slow_bytes = f->setup.slow_bytes,
	};
	enum status s;

	if (is_open_for(f, request, settings.clock.is_known))
		return OK;
	close_http(f);
	s = net_secrets_read(f->setup.folder, entry, request, &f->secrets, err);
	if (s != OK)
		return s;
	if (f->secrets.has_ca)
		settings.keyring = &f->secrets.ca;
	settings.secrets = f->secrets.of;
	settings.secret_count = f->secrets.origin_count;
	f->entry = request->entry;
	f->has_clock = settings.clock.is_known;
	s = fetch_open(&settings, &f->http, err);
	if (s != OK)
		net_secrets_drop(&f->secrets);
	return s;
}

static enum status get_by_http(struct net_visit *v, const struct url *url,
			       struct error *err)
{
	struct fetch_facts facts;
	struct text t;
	enum status s;

	s = open_http(v->f, v->request, url->scheme == URL_HTTPS, err);
	if (s == OK)
		s = fetch_get(v->f->http, url, v->request->max_size,
			      v->deadline_ms, &v->sink, &v->progress, &facts,
			      err);
	if (s != OK)
		return s;
	t = text_over(v->facts->url, sizeof(v->facts->url));
	url_add_text(&t, &facts.url);
	t = text_over(v->facts->address, sizeof(v->facts->address));
	tcp_add_address(&t, &facts.address);
	t = text_over(v->facts->tls, sizeof(v->facts->tls));
	text_add(&t, facts.tls);
	return OK;
}

static enum status get_by_tftp(struct net_visit *v, const struct url *url,
			       struct error *err)
{
	struct tcp_address address;
	enum status s = net_fetch_tftp(v, url, &address, err);
	struct text t;

	if (s != OK) /* there is no going on */
		return s;
	t = text_over(v->facts->url, sizeof(v->facts->url));
	url_add_text(&t, url);
	t = text_over(v->facts->address, sizeof(v->facts->address));
	tcp_add_address(&t, &address);
	return OK;
}

/* --- waiting -------------------------------------------------------------- */

/* Until then, or the deadline of all. */
static void wait_until(const struct net_visit *v, uint64_t then_ms)
{
	const struct net_fetch_setup *setup = &v->f->setup;
	uint64_t now;

	while ((now = now_ms()) < then_ms && now < v->deadline_ms) {
		int left = ms_until(then_ms, now);

		setup->hear(setup->ctx);
		(void)poll(NULL, 0, left < NET_TICK_MS ? left : NET_TICK_MS);
	}
}

/* What has used up the time. */
static enum status fail_deadline(const char *why, struct error *err)
{
	return fail(err, E_NET_DEADLINE, "the time is over: %s", why);
}

static enum status await_network(struct net_visit *v, struct error *err)
{
	const struct net_fetch_setup *setup = &v->f->setup;
	const struct net_state *state;

	setup->hear(setup->ctx);
	while (!(state = setup->state(setup->ctx)) || state->stage != NET_UP) {
		if (now_ms() >= v->deadline_ms)
			return fail_deadline(state && state->line[0]
						     ? state->line
						     : "there is no network",
					     err);
		wait_until(v, now_ms() + NET_TICK_MS);
	}
	return OK;
}

/* Half of it and a part of the rest by chance: many machines lose the same
 * server at once. */
static uint64_t pause_of(uint32_t doubles)
{
	uint64_t pause = PAUSE_MS;
	uint32_t random = 0;

	while (doubles-- && pause < PAUSE_MAX_MS)
		pause *= 2;
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	return pause / 2 + random % (pause / 2 + 1);
}

/* --- the sink, with an ear ------------------------------------------------ */

static enum status hear_begin(void *context, bool has_size, uint64_t size,
			      struct error *err)
{
	struct net_visit *v = context;
	enum status s;

	v->facts->mirror = v->index;
	s = v->inner->begin(v->inner->context, has_size, size, err);
	v->sources = 0;
	v->is_resuming = false;
	v->sink_failed = s != OK;
	return s;
}

static enum status hear_take(void *context, struct span bytes,
			     struct error *err)
{
	struct net_visit *v = context;
	enum status s;

	v->f->setup.hear(v->f->setup.ctx);
	v->facts->resumed += v->is_resuming;
	v->is_resuming = false;
	v->sources |= 1U << v->index;
	s = v->inner->take(v->inner->context, bytes, err);
	v->sink_failed = s != OK;
	return s;
}

/* --- mirrors and rounds --------------------------------------------------- */

static enum status try_mirror(struct net_visit *v, struct error *err)
{
	struct url url;
	enum status s = await_network(v, err);

	if (s == OK)
		s = url_parse(span_of_text(v->request->urls[v->index]), &url,
			      err);
	if (s != OK)
		return s;
	return url.scheme == URL_TFTP ? get_by_tftp(v, &url, err)
				      : get_by_http(v, &url, err);
}

/* No other mirror and no other time would change it. */
static bool is_final(const struct net_visit *v, enum status s)
{
	return v->sink_failed || s == E_NET_DEADLINE || s == E_FETCH_DEADLINE ||
	       s == E_NET_FILE || s == E_NO_MEMORY;
}

static enum status fail_finally(struct net_visit *v, enum status s,
				struct error *err)
{
	struct error why = *err;

	if (s != E_FETCH_DEADLINE)
		return s;
	return fail_deadline(v->last.code ? v->last.text : why.text, err);
}

/* With a reason in *err if all have failed. *ret_final: it is not to be tried
 * again. */
static enum status try_mirrors(struct net_visit *v, uint32_t round,
			       bool *ret_final, struct error *err)
{
	const struct net_request *request = v->request;
	enum status s = E_INTERNAL;
	uint64_t before;

	v->has_gained = false;
	for (uint32_t i = 0; i < request->url_count; i++) {
		if (request->is_whole)
			v->progress = (struct fetch_progress){ 0 };
		before = v->progress.taken;
		v->is_resuming = before > 0;
		v->index = i;
		s = try_mirror(v, err);
		if (s == OK)
			return s;
		v->has_gained |=
			v->progress.taken > before && s != E_FETCH_SLOW;
		*ret_final = is_final(v, s);
		if (*ret_final)
			return fail_finally(v, s, err);
		v->last = *err;
		net_note(v->f, "try %u at %s: %s", round + 1,
			 display_of_text(request->urls[i]).text, err->text);
	}
	return s;
}

static enum status fetch(struct net_visit *v, struct error *err)
{
	uint32_t failures = 0;

	for (uint32_t round = 0;; round++) {
		uint64_t before = v->progress.taken;
		bool is_over = false;
		enum status s = try_mirrors(v, round, &is_over, err);

		if (s == OK || is_over)
			return s;
		/* as long as more comes it has not failed */
		failures++;
		if (v->has_gained && v->progress.taken > before &&
		    !v->request->is_whole)
			failures = 0;
		if (failures > v->request->retry)
			return s;
		wait_until(v, now_ms() + pause_of(failures ? failures - 1 : 0));
		if (now_ms() >= v->deadline_ms)
			return fail_deadline(v->last.text, err);
	}
}

enum status net_fetch_file(struct net_fetcher *fetcher,
			   const struct net_request *request,
			   const struct fetch_sink *sink, struct net_facts *ret,
			   struct error *err)
{
	_free_ struct net_visit *v = calloc(1, sizeof(*v));
	struct error why = { .code = OK };
	enum status s;

	if (!v)
		return fail(err, E_NO_MEMORY, "no memory to fetch with");
	if (!request->url_count || request->url_count > NET_MIRRORS_MAX)
		return fail(err, E_NET_NO_URL, "%u URLs, one to %u can be",
			    request->url_count, NET_MIRRORS_MAX);
	memset(ret, 0, sizeof(*ret));
	*v = (struct net_visit){
		.f = fetcher,
		.request = request,
		.inner = sink,
		.sink = { .context = v,
			  .begin = hear_begin,
			  .take = hear_take },
		.deadline_ms = now_ms() + (uint64_t)request->timeout_s * 1000,
		.facts = ret,
	};
	s = fetch(v, &why);
	if (s != OK) {
		if (err)
			*err = why;
		return s;
	}
	ret->size = v->progress.taken;
	ret->mirror = v->index;
	ret->is_of_mirrors = v->sources & (v->sources - 1);
	return OK;
}
