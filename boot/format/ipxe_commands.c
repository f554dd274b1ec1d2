/*
 * The table of commands, their options, and those of them that are simple.
 */
#include "format/ipxe_state.h"

#include <string.h>

#define MANY UINT32_MAX

struct command {
	const char *name;
	enum ipxe_flow (*run)(struct ipxe_state *x, const struct ipxe_call *c);
	const struct ipxe_option *options; /* NULL: all words are arguments */
	uint32_t least, most;		   /* arguments */
};

static const char *word(const struct ipxe_state *x, uint32_t i)
{
	return x->words.pool + x->words.at[i];
}

const char *ipxe_argument(const struct ipxe_state *x, const struct ipxe_call *c,
			  uint32_t i)
{
	return word(x, c->first + i);
}

bool ipxe_join(const struct ipxe_state *x, const struct ipxe_call *c,
	       uint32_t i, char *ret, size_t cap)
{
	struct text t = text_over(ret, cap);

	for (uint32_t first = i; i < c->count; i++) {
		if (i > first)
			text_add_char(&t, ' ');
		text_add(&t, ipxe_argument(x, c, i));
	}
	return !t.cut;
}

/* An argument as iPXE would see it, in the scratch memory. */
static const char *plain(struct ipxe_state *x, const char *marked)
{
	struct text t = text_over(x->scratch, sizeof(x->scratch));

	ipxe_add_plain(&t, marked);
	return x->scratch;
}

/* --- settings and conditions --- */

static enum ipxe_flow run_set(struct ipxe_state *x, const struct ipxe_call *c)
{
	char value[IPXE_VALUE_MAX];

	if (!ipxe_join(x, c, 1, value, sizeof(value)))
		return ipxe_halt(x, E_IPXE_WORDS_LONG,
				 "the value of \"%s\" has more than %d bytes",
				 ipxe_argument(x, c, 0), IPXE_VALUE_MAX - 1);
	return ipxe_set(x, ipxe_argument(x, c, 0), value);
}

static enum ipxe_flow run_clear(struct ipxe_state *x, const struct ipxe_call *c)
{
	return ipxe_clear(x, ipxe_argument(x, c, 0));
}

static enum ipxe_flow run_inc(struct ipxe_state *x, const struct ipxe_call *c)
{
	uint32_t by = 1;

	if (c->count > 1 && !ipxe_parse_number(ipxe_argument(x, c, 1), &by))
		return ipxe_fail(x, E_IPXE_VALUE, "\"%s\" is no number",
				 ipxe_argument(x, c, 1));
	return ipxe_increment(x, ipxe_argument(x, c, 0), by);
}

static enum ipxe_flow run_isset(struct ipxe_state *x, const struct ipxe_call *c)
{
	if (*ipxe_argument(x, c, 0))
		return IPXE_NEXT;
	return ipxe_fail(x, E_IPXE_FALSE, "isset: the value is empty");
}

static enum ipxe_flow run_iseq(struct ipxe_state *x, const struct ipxe_call *c)
{
	const char *a = ipxe_argument(x, c, 0), *b = ipxe_argument(x, c, 1);
	char buf[IPXE_VALUE_MAX];
	struct text t = text_over(buf, sizeof(buf));

	if (!strcmp(a, b))
		return IPXE_NEXT;
	ipxe_add_plain(&t, b);
	if (!t.cut && !strcmp(plain(x, a), buf))
		return IPXE_NEXT;
	return ipxe_fail(x, E_IPXE_FALSE, "iseq: \"%s\" is not \"%s\"",
			 display_of_text(plain(x, a)).text,
			 display_of_text(buf).text);
}

static enum ipxe_flow run_show(struct ipxe_state *x, const struct ipxe_call *c)
{
	struct text t = text_over(x->scratch, sizeof(x->scratch));
	enum ipxe_flow flow =
		ipxe_add_setting(x, span_of_text(ipxe_argument(x, c, 0)), &t);

	if (flow != IPXE_NEXT || t.len)
		return flow;
	return ipxe_fail(x, E_IPXE_FALSE, "show: \"%s\" is not set",
			 ipxe_argument(x, c, 0));
}

/* The one bit of the processor that scripts ask for is that of 64 bits. */
static enum ipxe_flow run_cpuid(struct ipxe_state *x, const struct ipxe_call *c)
{
	const char *bit = ipxe_argument(x, c, 0);

	if (!c->options[0] || strcmp(bit, "29") != 0)
		return ipxe_fail(x, E_IPXE_KIND,
				 "cpuid %s%s is not known, only --ext 29",
				 c->options[0] ? "--ext " : "", bit);
	if (!strcmp(x->machine->arch, "x86_64"))
		return IPXE_NEXT;
	return ipxe_fail(x, E_IPXE_FALSE, "cpuid: the machine is of %s",
			 x->machine->arch);
}

/* --- the way through the script --- */

static enum ipxe_flow run_goto(struct ipxe_state *x, const struct ipxe_call *c)
{
	return ipxe_goto(x, plain(x, ipxe_argument(x, c, 0)));
}

static enum ipxe_flow run_exit(struct ipxe_state *x, const struct ipxe_call *c)
{
	uint32_t status = 0;

	if (c->count && !ipxe_parse_number(ipxe_argument(x, c, 0), &status))
		return ipxe_fail(x, E_IPXE_VALUE, "exit: \"%s\" is no number",
				 ipxe_argument(x, c, 0));
	x->exit_status = (int)status;
	return IPXE_LEAVE;
}

static enum ipxe_flow run_reboot(struct ipxe_state *x,
				 const struct ipxe_call *c)
{
	(void)c;
	return ipxe_decide(x, IPXE_REBOOTS);
}

static enum ipxe_flow run_poweroff(struct ipxe_state *x,
				   const struct ipxe_call *c)
{
	(void)c;
	return ipxe_decide(x, IPXE_POWERS_OFF);
}

/* Without a URL it is how scripts say "the local disk". */
static enum ipxe_flow run_sanboot(struct ipxe_state *x,
				  const struct ipxe_call *c)
{
	if (!c->count)
		return ipxe_decide(x, IPXE_BOOTS_DISK);
	return ipxe_fail(x, E_IPXE_KIND,
			 "sanboot: disks of the network cannot be booted");
}

/* --- what has to do with people --- */

static enum ipxe_flow run_echo(struct ipxe_state *x, const struct ipxe_call *c)
{
	char joined[IPXE_WORD_POOL / 2];
	struct display line;

	if (!x->ops->say)
		return IPXE_NEXT;
	(void)ipxe_join(x, c, 0, joined, sizeof(joined)); /* shown as it fits */
	line = display_of_text(plain(x, joined));
	x->ops->say(x->ops->ctx, &line);
	return IPXE_NEXT;
}

/* With a time, iPXE would say so when it is over; without, it waits on. */
static enum ipxe_flow run_nobody(struct ipxe_state *x,
				 const struct ipxe_call *c)
{
	return ipxe_fail(x, E_IPXE_NOBODY,
			 "%s: there is nobody at the keyboard", c->name);
}

/* --- what is as it is --- */

/* keelboot has brought up the network, set the clock, verifies the images and
 * has a screen of its own. */
static enum ipxe_flow run_nothing(struct ipxe_state *x,
				  const struct ipxe_call *c)
{
	(void)x;
	(void)c;
	return IPXE_NEXT;
}

static bool has_address(const struct ipxe_interface *i)
{
	static const uint8_t none[16];

	return memcmp(i->ip, none, sizeof(i->ip)) != 0 ||
	       memcmp(i->ip6, none, sizeof(i->ip6)) != 0;
}

static const struct ipxe_interface *
interface_of(struct ipxe_state *x, const struct ipxe_call *c, uint32_t i)
{
	return ipxe_find_interface(
		x->machine,
		span_of_text(c->count ? ipxe_argument(x, c, i) : "netX"));
}

static enum ipxe_flow check_interfaces(struct ipxe_state *x,
				       const struct ipxe_call *c,
				       bool with_address)
{
	for (uint32_t i = 0; i < c->count || !i; i++) {
		const struct ipxe_interface *f = interface_of(x, c, i);

		if (!f)
			return ipxe_fail(
				x, E_IPXE_INTERFACE,
				"%s: there is no interface \"%s\"", c->name,
				c->count ? ipxe_argument(x, c, i) : "netX");
		if (with_address && !has_address(f))
			return ipxe_fail(x, E_IPXE_INTERFACE,
					 "%s: the interface %s has no address",
					 c->name, f->name ? f->name : "");
	}
	return IPXE_NEXT;
}

static enum ipxe_flow run_ifopen(struct ipxe_state *x,
				 const struct ipxe_call *c)
{
	return check_interfaces(x, c, false);
}

static enum ipxe_flow run_dhcp(struct ipxe_state *x, const struct ipxe_call *c)
{
	return check_interfaces(x, c, true);
}

/* --- the table --- */

static const struct ipxe_option no_options[] = { { 0 } };
static const struct ipxe_option net_options[] = {
	{ "configurator", 'c', true },
	{ "timeout", 't', true },
	{ 0 },
};
static const struct ipxe_option image_options[] = {
	{ "name", 'n', true },	   { "timeout", 't', true },
	{ "quiet", 'q', false },   { "autofree", 'a', false },
	{ "replace", 'r', false }, { 0 },
};
static const struct ipxe_option menu_options[] = {
	{ "name", 'n', true },
	{ "delete", 'd', false },
	{ 0 },
};
static const struct ipxe_option item_options[] = {
	{ "menu", 'm', true },
	{ "form", 'f', true },
	{ "key", 'k', true },
	{ "default", 'd', false },
	{ "secret", 's', false },
	{ "gap", 'g', false },
	{ 0 },
};
static const struct ipxe_option choose_options[] = {
	{ "menu", 'm', true },	  { "default", 'd', true },
	{ "timeout", 't', true }, { "retimeout", 'r', true },
	{ "keep", 'k', false },	  { 0 },
};
static const struct ipxe_option sanboot_options[] = {
	{ "drive", 'd', true }, { "no-describe", 'n', false },
	{ "keep", 'k', false }, { "filename", 'f', true },
	{ "extra", 'e', true }, { 0 },
};
static const struct ipxe_option show_options[] = {
	{ "quiet", 'q', false },
	{ 0 },
};
static const struct ipxe_option cpuid_options[] = {
	{ "ext", 'e', false },
	{ "ecx", 'c', false },
	{ 0 },
};

/* clang-format off */
static const struct command commands[] = {
	{ "set", run_set, no_options, 1, MANY },
	{ "clear", run_clear, no_options, 1, 1 },
	{ "inc", run_inc, no_options, 1, 2 },
	{ "isset", run_isset, no_options, 1, 1 },
	{ "iseq", run_iseq, no_options, 2, 2 },
	{ "show", run_show, show_options, 1, 1 },
	{ "cpuid", run_cpuid, cpuid_options, 1, 1 },

	{ "goto", run_goto, no_options, 1, 1 },
	{ "exit", run_exit, no_options, 0, 1 },
	{ "reboot", run_reboot, NULL, 0, MANY },
	{ "poweroff", run_poweroff, NULL, 0, MANY },
	{ "sanboot", run_sanboot, sanboot_options, 0, 1 },

	{ "kernel", ipxe_imgselect, image_options, 1, MANY },
	{ "linux", ipxe_imgselect, image_options, 1, MANY },
	{ "imgselect", ipxe_imgselect, image_options, 1, MANY },
	{ "imgload", ipxe_imgselect, image_options, 1, MANY },
	{ "initrd", ipxe_imgfetch, image_options, 1, MANY },
	{ "module", ipxe_imgfetch, image_options, 1, MANY },
	{ "imgfetch", ipxe_imgfetch, image_options, 1, MANY },
	{ "imgargs", ipxe_imgargs, image_options, 1, MANY },
	{ "imgfree", ipxe_imgfree, no_options, 0, MANY },
	{ "imgstat", ipxe_imgstat, no_options, 0, MANY },
	{ "boot", ipxe_imgexec, image_options, 0, MANY },
	{ "chain", ipxe_imgexec, image_options, 0, MANY },
	{ "imgexec", ipxe_imgexec, image_options, 0, MANY },
	{ "fdt", ipxe_fdt, image_options, 0, MANY },

	{ "menu", ipxe_menu, menu_options, 0, MANY },
	{ "form", ipxe_menu, menu_options, 0, MANY },
	{ "item", ipxe_item, item_options, 0, MANY },
	{ "choose", ipxe_choose, choose_options, 1, 1 },
	{ "echo", run_echo, NULL, 0, MANY },
	{ "prompt", run_nobody, NULL, 0, MANY },
	{ "read", run_nobody, NULL, 0, MANY },
	{ "login", run_nobody, NULL, 0, MANY },
	{ "config", run_nobody, NULL, 0, MANY },
	{ "present", run_nobody, NULL, 0, MANY },
	{ "shell", run_nobody, NULL, 0, MANY },

	{ "dhcp", run_dhcp, net_options, 0, MANY },
	{ "ifconf", run_dhcp, net_options, 0, MANY },
	{ "ifopen", run_ifopen, no_options, 0, MANY },
	{ "iflinkwait", run_ifopen, net_options, 0, MANY },
	{ "ifclose", run_nothing, NULL, 0, MANY },
	{ "ifstat", run_nothing, NULL, 0, MANY },
	{ "ipstat", run_nothing, NULL, 0, MANY },
	{ "nstat", run_nothing, NULL, 0, MANY },
	{ "route", run_nothing, NULL, 0, MANY },
	{ "ntp", run_nothing, NULL, 0, MANY },
	{ "shim", run_nothing, NULL, 0, MANY },
	{ "sleep", run_nothing, NULL, 0, MANY },
	{ "sync", run_nothing, NULL, 0, MANY },
	{ "console", run_nothing, NULL, 0, MANY },
	{ "colour", run_nothing, NULL, 0, MANY },
	{ "color", run_nothing, NULL, 0, MANY },
	{ "cpair", run_nothing, NULL, 0, MANY },
};
/* clang-format on */

/* --- options --- */

static enum ipxe_flow bad_option(struct ipxe_state *x,
				 const struct ipxe_call *c, const char *option)
{
	return ipxe_fail(x, E_IPXE_OPTION,
			 "%s: the option \"%s\" is not known, or has no value "
			 "or one too many",
			 c->name, option);
}

/* The option that begins a word as "--name", "--name=VALUE", "-nVALUE"; its
 * number, or -1. */
static int find_option(const struct ipxe_option *options, const char *text,
		       const char **ret_value)
{
	*ret_value = NULL;
	for (int i = 0; options[i].name; i++) {
		size_t len = strlen(options[i].name);

		if (text[1] == '-' &&
		    !strncmp(text + 2, options[i].name, len) &&
		    (!text[2 + len] || text[2 + len] == '=')) {
			if (text[2 + len])
				*ret_value = text + 3 + len;
			return i;
		}
		if (text[1] == options[i].letter) {
			if (text[2])
				*ret_value = text + 2;
			return i;
		}
	}
	return -1;
}

/* Takes the options, up to the first word that is none. */
static enum ipxe_flow take_options(struct ipxe_state *x,
				   const struct ipxe_option *options,
				   struct ipxe_call *c)
{
	while (c->first < x->words.count) {
		const char *text = word(x, c->first), *value;
		int i;

		if (text[0] != '-')
			break;
		c->first++;
		if (!strcmp(text, "--"))
			break;
		i = find_option(options, text, &value);
		if (i < 0 || (value && !options[i].has_value))
			return bad_option(x, c, text);
		if (options[i].has_value && !value) {
			if (c->first == x->words.count)
				return bad_option(x, c, text);
			value = word(x, c->first++);
		}
		c->options[i] = value ? value : "";
	}
	return IPXE_NEXT;
}

enum ipxe_flow ipxe_run_command(struct ipxe_state *x)
{
	struct ipxe_call c = { .first = 1 };
	const struct command *k = commands;
	const struct command *end =
		commands + sizeof(commands) / sizeof(commands[0]);
	enum ipxe_flow flow = ipxe_step(x);

	if (flow != IPXE_NEXT || !x->words.count)
		return flow; /* no command at all is a good one */
	c.name = word(x, 0);
	while (k < end && strcmp(k->name, c.name) != 0)
		k++;
	if (k == end)
		return ipxe_fail(x, E_IPXE_COMMAND,
				 "the command \"%s\" is not known",
				 display_of_text(c.name).text);
	if (k->options)
		flow = take_options(x, k->options, &c);
	if (flow != IPXE_NEXT)
		return flow;
	c.count = x->words.count - c.first;
	if (c.count < k->least || c.count > k->most)
		return ipxe_fail(x, E_IPXE_ARGUMENTS,
				 "%s has %u arguments, it may have %u%s",
				 c.name, c.count, k->least,
				 k->most == MANY       ? " or more"
				 : k->most == k->least ? ""
						       : " or one more");
	return k->run(x, &c);
}
