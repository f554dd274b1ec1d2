/*
 * Draws the menu: state and model -> a page of cells. Works from 20 columns
 * and 6 rows up; made for 80x24.
 */
#ifndef KEELBOOT_UI_VIEW_H
#define KEELBOOT_UI_VIEW_H

#include "ui/menu.h"
#include "ui/screen.h"

/* Draws the current page, all of it. Changes nothing but the screen's drawing;
 * what reaches the terminal is up to screen_flush(). The model must be the one
 * of the last ui_menu_update(). operator_name is NULL on the console the last
 * key came from (or while none has come), elsewhere that console's name: the
 * screen says so and follows. */
void ui_menu_draw(const struct ui_menu *m, const struct ui_model *model,
		  struct screen *s, const char *operator_name);

#endif
