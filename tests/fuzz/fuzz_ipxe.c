/* ipxe_evaluate() on any script; what follows a NUL is what every chain gives,
 * and behind another one the name of the host. */
#include "fuzz.h"

#include "format/ipxe.h"

/* What is in no input must not come out of the machine into a command line. */
#define EVIL "E=VIL"

struct world {
	struct span chained;
	unsigned fetches;
};

static void check_text(const char *text)
{
	for (; *text; text++)
		fuzz_must((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_url(const struct url *url)
{
	char text[URL_TEXT_MAX];
	struct text t = text_over(text, sizeof(text));
	struct error err;
	struct url again;

	url_add_text(&t, url);
	fuzz_must(!t.cut);
	fuzz_must(url_parse(span_of_text(text), &again, &err) == OK);
	fuzz_must(!strcmp(url->target, again.target));
}

static enum ipxe_fetched fetch(void *ctx, const struct url *url,
			       struct span *ret, struct error *err)
{
	struct world *w = ctx;

	check_url(url);
	fuzz_must(++w->fetches <= IPXE_FETCHES_MAX);
	*ret = w->chained;
	if (ipxe_is_script(w->chained))
		return IPXE_FETCH_SCRIPT;
	if (w->chained.len)
		return IPXE_FETCH_IMAGE;
	fail(err, E_VOLUME_NOT_FOUND, "there is nothing");
	return IPXE_FETCH_FAILED;
}

static bool reach(void *ctx, const struct url *url, struct error *err)
{
	struct world *w = ctx;

	check_url(url);
	fuzz_must(++w->fetches <= IPXE_FETCHES_MAX);
	if (!strstr(url->target, "gone"))
		return true;
	fail(err, E_VOLUME_NOT_FOUND, "it is gone");
	return false;
}

static void say(void *ctx, const struct display *text)
{
	(void)ctx;
	check_text(text->text);
}

static void note(void *ctx, const struct display *script, uint32_t line,
		 const struct error *why)
{
	(void)ctx;
	check_text(script->text);
	fuzz_must(line > 0);
	fuzz_check_error(why->code, why);
}

static void check_result(const struct ipxe_result *r)
{
	fuzz_must(r->outcome >= IPXE_BOOTS && r->outcome <= IPXE_POWERS_OFF);
	fuzz_must(r->line > 0 && r->script.text[0]);
	if (r->outcome != IPXE_BOOTS)
		return;
	check_url(&r->kernel);
	check_text(r->options);
	fuzz_must(!strstr(r->options, EVIL));
	fuzz_must(strncmp(r->options, "initrd=", 7) != 0);
	fuzz_must(!strstr(r->options, " initrd="));
	fuzz_must(r->initrd_count <= IPXE_INITRDS_MAX);
	for (uint32_t i = 0; i < r->initrd_count; i++) {
		check_url(&r->initrds[i].url);
		check_text(r->initrds[i].path);
		fuzz_must(!strstr(r->initrds[i].path, "/../"));
		fuzz_must(!strstr(r->initrds[i].path, EVIL));
		fuzz_must(r->initrds[i].mode <= 07777);
	}
	if (r->has_devicetree)
		check_url(&r->devicetree);
}

static struct span cut(struct span *rest)
{
	return span_cut_at(rest, '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ipxe_state *state;
	static struct ipxe_result result;
	struct span rest = span_of(data, size), text = cut(&rest);
	struct world w = { .chained = cut(&rest) };
	const struct ipxe_ops ops = { &w, fetch, reach, say, note };
	char name[300];
	struct text t = text_over(name, sizeof(name));
	struct ipxe_interface net[2] = {
		{ .name = "eth0",
		  .mac = { 2, 0, 0, 0, 0, 1 },
		  .ip = { 192, 0, 2, 7 },
		  .hostname = name,
		  .filename = EVIL "/%41" },
		{ .name = "eth1", .mac = { 2, 0, 0, 0, 0, 2 } },
	};
	const struct ipxe_machine machine = {
		.interfaces = net,
		.interface_count = 2,
		.arch = "x86_64",
		.has_uuid = true,
		.uuid = { 1, 2, 3, 4 },
		.serial = EVIL " ${mac}",
		.product = "../" EVIL,
	};
	struct url url;
	struct ipxe_source source = { &url, text, &machine };
	struct error err;
	enum status s;

	if (size && memmem(data, size, EVIL, strlen(EVIL)))
		return 0;
	text_add_bytes(&t, rest);
	if (!state)
		state = malloc(ipxe_state_size());
	fuzz_must(url_parse(span_of_text("http://h.example/a/b.ipxe"), &url,
			    &err) == OK);
	s = ipxe_evaluate(state, &source, &ops, &result, &err);
	if (s == OK)
		check_result(&result);
	else
		fuzz_check_error(s, &err);
	return 0;
}
