/*
 * What each command means to keelboot. Those that only change how GRUB looks
 * and feels mean nothing; those that start something other than Linux are why
 * an entry is refused.
 */
#include "format/grub_state.h"

#include <string.h>

enum meaning {
	PASSED_OVER = 1, /* it works, and nothing here changes */
	FALSE_HERE,	 /* passed over; as a condition it is false */
	ANOTHER_KIND,	 /* it boots something else, or nothing */
};

static enum meaning meaning_of(const char *name)
{
	static const struct {
		const char *names; /* each between blanks */
		enum meaning meaning;
	} table[] = {
		{ " insmod rmmod load_video loadfont gfxmode gfxpayload "
		  "terminal terminal_input terminal_output serial clear echo "
		  "play sleep background_image background_color keymap "
		  "savedefault recordfail save_env list_env password "
		  "password_pbkdf2 true videoinfo sendkey usb_keyboard "
		  "badram cutmem nativedisk cat ls lsmod hiddenmenu pager "
		  "cpuid menu_reload set_pager trust distrust verify_detached "
		  "check_signatures efi-watchdog initrd_unload ",
		  PASSED_OVER },
		{ " false keystatus cryptomount authenticate lsefisystab ",
		  FALSE_HERE },
		{ " chainloader multiboot multiboot2 module module2 "
		  "xen_hypervisor xen_module xen_initrd kernel kfreebsd "
		  "knetbsd kopenbsd kfreebsd_loadenv xnu_kernel xnu_kernel64 "
		  "xnu_kext ntldr freedos plan9 truecrypt loopback fwsetup "
		  "reboot halt poweroff drivemap parttool acpi "
		  "legacy_kernel legacy_initrd legacy_source "
		  "legacy_configfile ",
		  ANOTHER_KIND },
	};
	char wanted[40];
	struct text t = text_over(wanted, sizeof(wanted));

	text_addf(&t, " %s ", name);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!t.cut && strstr(table[i].names, wanted))
			return table[i].meaning;
	return 0;
}

/* --- variables --- */

static enum grub_flow run_set(struct grub_state *g,
			      const struct grub_command *c)
{
	const char *w = c->count > 1 ? grub_word(g, c, 1) : "";
	const char *equals = strchr(w, '=');

	if (c->count == 1)
		return GRUB_NEXT; /* shows all variables */
	if (!equals || equals == w)
		return grub_fail(g, E_GRUB_ARGUMENT,
				 "set \"%s\" is no assignment",
				 display_of_text(w).text);
	return grub_set(g, span_of(w, (size_t)(equals - w)),
			span_of_text(equals + 1));
}

/* unset and export: one thing for each name. */
static enum grub_flow run_names(struct grub_state *g,
				const struct grub_command *c)
{
	bool is_export = !strcmp(grub_word(g, c, 0), "export");
	enum grub_flow flow = GRUB_NEXT;

	for (uint32_t i = 1; i < c->count && flow == GRUB_NEXT; i++) {
		struct span name = span_of_text(grub_word(g, c, i));

		flow = is_export ? grub_export(g, name) : grub_unset(g, name);
	}
	return flow;
}

/* increment and decrement, of Fedora's counting of failed boots. */
static enum grub_flow run_count(struct grub_state *g,
				const struct grub_command *c)
{
	bool is_up = !strcmp(grub_word(g, c, 0), "increment");
	const char *value;
	uint64_t n = 0;
	char digits[24];
	struct text t = text_over(digits, sizeof(digits));

	if (c->count != 2)
		return grub_fail(
			g, E_GRUB_ARGUMENT, "%s has %u arguments, it takes 1",
			is_up ? "increment" : "decrement", c->count - 1);
	value = grub_get_text(g, grub_word(g, c, 1));
	if (value && !text_parse_number(span_of_text(value), INT32_MAX, &n))
		n = 0;
	text_addf(&t, "%lld", (long long)n + (is_up ? 1 : -1));
	return grub_set_text(g, grub_word(g, c, 1), digits);
}

/* --- files --- */

static enum grub_flow run_source(struct grub_state *g,
				 const struct grub_command *c)
{
	bool is_config = !strcmp(grub_word(g, c, 0), "configfile");
	enum grub_flow flow;
	uint32_t file;

	if (c->count < 2)
		return grub_fail(g, E_GRUB_ARGUMENT, "%s names no file",
				 display_of_text(grub_word(g, c, 0)).text);
	flow = grub_find_file(g, grub_word(g, c, 1), &file);
	if (flow != GRUB_NEXT)
		return flow;
	if (is_config && g->in_entry) {
		g->has_config = true; /* a menu, as a submenu is */
		g->config = file;
		return GRUB_EXIT;
	}
	if (g->depth == GRUB_DEPTH_MAX)
		return grub_fail(g, E_GRUB_DEPTH,
				 "%s would be %d deep, the most is %d",
				 display_of_text(grub_word(g, c, 1)).text,
				 GRUB_DEPTH_MAX + 1, GRUB_DEPTH_MAX);
	g->depth++;
	flow = is_config ? grub_follow_config(g, file) : grub_follow(g, file);
	g->depth--;
	if (flow >= GRUB_FAILED && g->in_entry) {
		fail_in(&g->error, E_INTERNAL, "%s:%u",
			display_of_text(g->files[file].path).text, g->line);
		g->line = c->line;
	}
	return flow == GRUB_RETURN ? GRUB_NEXT : flow;
}

static enum grub_flow run_blscfg(struct grub_state *g)
{
	if (g->in_entry)
		return grub_fail(g, E_GRUB_NESTED,
				 "blscfg stands within an entry");
	if (g->result->uses_blscfg)
		return GRUB_NEXT;
	g->result->uses_blscfg = true;
	g->result->bls_volume = grub_root_volume(g);
	g->result->bls_index = g->shown_count;
	return GRUB_NEXT;
}

/* --- flow --- */

static enum grub_flow run_flow(struct grub_state *g,
			       const struct grub_command *c)
{
	const char *name = grub_word(g, c, 0);
	uint64_t n;

	if (!strcmp(name, "break"))
		return GRUB_BREAK;
	if (!strcmp(name, "continue"))
		return GRUB_CONTINUE;
	if (!strcmp(name, "return")) {
		if (c->count > 1 &&
		    text_parse_number(span_of_text(grub_word(g, c, 1)),
				      UINT32_MAX, &n))
			g->answer = n ? GRUB_FALSE : GRUB_TRUE;
		return GRUB_RETURN;
	}
	if (g->in_entry && !g->has_kernel && strcmp(name, "boot") != 0)
		return grub_fail(g, E_GRUB_KIND, "%s leaves GRUB", name);
	return GRUB_EXIT;
}

/* shift: $2 becomes $1. */
static enum grub_flow run_shift(struct grub_state *g)
{
	if (!g->args.count) {
		g->answer = GRUB_FALSE;
		return GRUB_NEXT;
	}
	g->args.first += strlen(g->args.first) + 1;
	g->args.count--;
	return GRUB_NEXT;
}

static const struct grub_function *find_function(const struct grub_state *g,
						 const char *name)
{
	for (uint32_t i = 0; i < g->function_count; i++)
		if (span_equal_text(g->functions[i].name, name))
			return &g->functions[i];
	return NULL;
}

static enum grub_flow call(struct grub_state *g, const struct grub_function *f,
			   const struct grub_command *c)
{
	struct grub_args args = g->args;
	uint32_t file = g->file;
	enum grub_flow flow;

	if (g->depth == GRUB_DEPTH_MAX)
		return grub_fail(g, E_GRUB_DEPTH,
				 "the function %s would be %d deep, the most "
				 "is %d",
				 display_of(f->name).text, GRUB_DEPTH_MAX + 1,
				 GRUB_DEPTH_MAX);
	g->depth++;
	g->file = f->file;
	g->args.count = c->count - 1;
	g->args.first = c->count > 1 ? grub_word(g, c, 1) : NULL;
	flow = grub_run(g, f->body, f->line);
	if (flow >= GRUB_FAILED) {
		fail_in(&g->error, E_INTERNAL, "function %s, line %u",
			display_of(f->name).text, g->line);
		g->line = c->line;
	}
	g->args = args;
	g->file = file;
	g->depth--;
	return flow == GRUB_RETURN ? GRUB_NEXT : flow;
}

/* --- which one it is --- */

static enum grub_flow run_unknown(struct grub_state *g,
				  const struct grub_command *c)
{
	const char *name = grub_word(g, c, 0);
	const char *equals = strchr(name, '=');
	const struct grub_function *f = find_function(g, name);
	enum meaning meaning = meaning_of(name);

	if (f)
		return call(g, f, c);
	if (equals && equals != name)
		return grub_set(g, span_of(name, (size_t)(equals - name)),
				span_of_text(equals + 1));
	g->answer = meaning == FALSE_HERE ? GRUB_FALSE : GRUB_TRUE;
	if (meaning == PASSED_OVER || meaning == FALSE_HERE)
		return GRUB_NEXT;
	if (!strcmp(name, "fwsetup") && c->count > 1 &&
	    !strcmp(grub_word(g, c, 1), "--is-supported"))
		return GRUB_NEXT;
	g->answer = GRUB_UNKNOWN;
	if (meaning == ANOTHER_KIND)
		return grub_fail(g, E_GRUB_KIND,
				 "%s does not boot Linux as keelboot does",
				 name);
	return grub_fail(g, E_GRUB_COMMAND, "the command \"%s\" is not known",
			 display_of_text(name).text);
}

/* What an entry boots. A script may have these outside of entries, too, and
 * then boots at once; keelboot shows entries. */
static enum grub_flow run_in_entry(struct grub_state *g,
				   const struct grub_command *c, bool *ret_ran)
{
	static const struct {
		const char *name;
		enum grub_flow (*run)(struct grub_state *g,
				      const struct grub_command *c);
	} table[] = {
		{ "linux", grub_linux },	   { "linuxefi", grub_linux },
		{ "linux16", grub_linux },	   { "initrd", grub_initrd },
		{ "initrdefi", grub_initrd },	   { "initrd16", grub_initrd },
		{ "devicetree", grub_devicetree },
	};
	const char *name = grub_word(g, c, 0);

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		*ret_ran = !strcmp(name, table[i].name);
		if (*ret_ran && g->in_entry)
			return table[i].run(g, c);
		if (*ret_ran)
			return grub_fail(g, E_GRUB_KIND,
					 "%s stands outside of an entry", name);
	}
	return GRUB_NEXT;
}

enum grub_flow grub_run_command(struct grub_state *g,
				const struct grub_command *c)
{
	static const struct {
		const char *name;
		enum grub_flow (*run)(struct grub_state *g,
				      const struct grub_command *c);
	} table[] = {
		{ "set", run_set },
		{ "unset", run_names },
		{ "export", run_names },
		{ "increment", run_count },
		{ "decrement", run_count },
		{ "search", grub_search },
		{ "search.fs_uuid", grub_search },
		{ "search.fs_label", grub_search },
		{ "search.file", grub_search },
		{ "source", run_source },
		{ ".", run_source },
		{ "configfile", run_source },
		{ "load_env", grub_load_env },
		{ "menuentry", grub_define },
		{ "submenu", grub_define },
		{ "hiddenentry", grub_define },
		{ "break", run_flow },
		{ "continue", run_flow },
		{ "return", run_flow },
		{ "exit", run_flow },
		{ "boot", run_flow },
		{ "normal_exit", run_flow },
	};
	const char *name = grub_word(g, c, 0);
	enum grub_flow flow;
	bool ran;

	g->answer = GRUB_TRUE;
	flow = run_in_entry(g, c, &ran);
	if (ran)
		return flow;
	if (!strcmp(name, "test") || !strcmp(name, "[")) {
		g->answer = grub_test(g, c);
		if (g->answer != GRUB_UNKNOWN)
			return GRUB_NEXT;
		return grub_fail(g, E_GRUB_COMMAND,
				 "%s compares the times of files, or has too "
				 "many \"(\"",
				 name);
	}
	if (!strcmp(name, "blscfg"))
		return run_blscfg(g);
	if (!strcmp(name, "shift"))
		return run_shift(g);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(name, table[i].name))
			return table[i].run(g, c);
	return run_unknown(g, c);
}
