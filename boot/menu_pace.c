#include "menu_pace.h"

#include "base/log.h"
#include "sys/proc.h"

static uint32_t line_of(const struct choice *choice)
{
	return choice->entry ? choice->entry->line : 0;
}

bool menu_pace_may_wait(struct menu_pace *pace, const struct choice *choice,
			unsigned pending, uint64_t now_ms)
{
	bool is_new = line_of(choice) != pace->shown_default;

	pace->is_late = pending && now_ms < pace->shown_ms + MENU_PACE_MS &&
			!(is_new && choice->rank != CHOSEN_BY_NOBODY);
	return pace->is_late;
}

void menu_pace_shown(struct menu_pace *pace, const struct choice *choice,
		     uint64_t now_ms)
{
	uint32_t line = line_of(choice);

	pace->is_late = false;
	pace->shown_ms = now_ms;
	if (line && line != pace->shown_default)
		log_info(
			"%s is shown as the default, %llu ms after its disk "
			"told of it",
			display_of_text(choice->entry->found.id).text,
			(unsigned long long)(now_ms - choice->entry->found_ms));
	pace->shown_default = line;
}

int menu_pace_wait_ms(const struct menu_pace *pace, uint64_t now_ms)
{
	uint64_t end = pace->shown_ms + MENU_PACE_MS;

	if (!pace->is_late)
		return -1;
	return now_ms < end ? (int)(end - now_ms) : 0;
}
