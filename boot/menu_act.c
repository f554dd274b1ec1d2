/*
 * What an operator asks for.
 */
#include "menu_parts.h"

#include "base/log.h"
#include "init.h"

/* Returns the status to leave with, or -1 to go on. */
int menu_act(struct menu *menu, struct ui_action action)
{
	struct boot_entry *entry;

	switch (action.code) {
	case UI_BOOT:
		entry = scan_leader(&menu->scan, action.id);
		if (entry)
			menu_boot(menu, entry->line);
		return -1;
	case UI_RESCAN:
		log_info("looking at all disks again");
		scan_again(&menu->scan, NULL);
		return -1;
	case UI_REBOOT:
		return menu->root ? 0 : INIT_EXIT_REBOOT;
	case UI_POWER_OFF:
		return menu->root ? 0 : INIT_EXIT_POWER_OFF;
	case UI_SHELL:
		return menu->root ? 0 : INIT_EXIT_SHELL;
	case UI_BOOT_VERBOSE:
	case UI_BOOT_EDITED:
	case UI_EDIT:
	case UI_PASSWORD:
	case UI_SET_DEFAULT:
	case UI_SET_ONE_SHOT:
	case UI_SAVE_LOG:
	case UI_NONE:
		break;
	}
	return -1;
}
