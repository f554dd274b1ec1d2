#include "config_console.h"

#include "config_values.h"

static bool is_console_name(struct span name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || (i && (c == '-' || c == '_'))))
			return false;
	}
	return true;
}

/* All the names or none: they become paths under /dev. */
bool config_set_consoles(struct config *c, struct span value)
{
	char names[CONFIG_CONSOLES_MAX];
	struct text t = text_over(names, sizeof(names));
	struct span name;

	while (config_next_word(&value, &name)) {
		if (!is_console_name(name))
			return false;
		text_add(&t, t.len ? " " : "");
		text_add_bytes(&t, name);
	}
	return t.len && !t.cut &&
	       text_copy(c->consoles, sizeof(c->consoles), names);
}

bool config_set_console(struct config *c, struct span value)
{
	static const struct config_word words[] = {
		{ "reuse", CONSOLE_REUSE },
		{ "entry", CONSOLE_ENTRY },
		{ "none", CONSOLE_NONE },
		{ NULL, 0 },
	};
	int hand_on;

	if (!config_pick_word(value, words, &hand_on))
		return false;
	c->console_hand_on = (enum console_hand_on)hand_on;
	return true;
}

bool config_set_watchdog(struct config *c, struct span value)
{
	if (!span_equal_text(value, "no"))
		return config_take_seconds(&c->watchdog_s, value);
	c->watchdog_s = 0;
	return true;
}

bool config_set_password(struct config *c, struct span value)
{
	struct password_hash ignored;

	if (password_parse(value, &ignored, NULL) == OK &&
	    config_take_text(c->password, sizeof(c->password), value))
		return true;
	(void)!text_copy(c->password, sizeof(c->password), "malformed");
	return false;
}

const char *config_password_expected(struct span value)
{
	struct password_hash ignored;

	switch ((int)password_parse(value, &ignored, NULL)) {
	case E_PASSWORD_ITERATIONS:
		return "1000 to 2000000 iterations";
	case E_PASSWORD_SALT:
		return "a salt of 16 to 128 hexadecimal digits";
	case E_PASSWORD_HASH:
		return "a hash of 128 hexadecimal digits";
	default:
		return "what `keelboot password` prints";
	}
}

bool config_set_password_for(struct config *c, struct span value)
{
	static const struct config_word words[] = {
		{ "edit", GATE_EDIT },	 { "shell", GATE_SHELL },
		{ "leave", GATE_LEAVE }, { "boot", GATE_BOOT },
		{ "write", GATE_WRITE }, { NULL, 0 },
	};
	struct span word;
	uint32_t gates = 0;
	int gate;

	c->password_for = GATE_ALL;
	while (config_next_word(&value, &word)) {
		if (!config_pick_word(word, words, &gate))
			return false;
		gates |= (uint32_t)gate;
	}
	if (gates)
		c->password_for = gates;
	return gates;
}
