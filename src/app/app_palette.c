/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The palette: what it offers, and doing what was chosen. */
#include "app_internal.h"

/* Scopes of which the palette has rows: those of other overlays hold in these alone. */
static const enum action_scope offered_scope[] = {SCOPE_ALL, SCOPE_PAUSED, SCOPE_STEP,
	SCOPE_LAUNCHED, SCOPE_PAST, SCOPE_THREAD, SCOPE_MEMBER, SCOPE_EVENT};

static void add_keymap(struct app *a, size_t view)
{
	const struct view_ops *ops = a->view[view].ops;

	for (size_t i = 0; i < ops->keymap_n; i++)
		palette_add(&a->palette, (struct palette_item){ops->keymap[i].action,
						 &ops->keymap[i], view, true, 0});
}

static void add_scope(struct app *a, enum action_scope scope)
{
	bool holds = app_scope_holds(a, scope);

	for (size_t i = 0; i < action_table_n; i++)
		if (action_table[i].scope == scope && action_table[i].action != ACTION_PALETTE)
			palette_add(&a->palette, (struct palette_item){action_table[i].action,
							 &action_table[i], view_table_n, holds, 0});
}

void app_palette_open(struct app *a)
{
	palette_begin(&a->palette);
	a->palette.habits = a->options.habits;
	add_keymap(a, a->current);
	for (size_t i = 0; i < a->views_n; i++)
		palette_add(&a->palette, (struct palette_item){ACTION_VIEW(i), NULL, i, true, 0});
	for (size_t i = 0; i < sizeof offered_scope / sizeof *offered_scope; i++)
		if (app_scope_holds(a, offered_scope[i]))
			add_scope(a, offered_scope[i]);
	for (size_t i = 0; i < a->views_n; i++)
		if (i != a->current)
			add_keymap(a, i);
	for (size_t i = 0; i < sizeof offered_scope / sizeof *offered_scope; i++)
		if (!app_scope_holds(a, offered_scope[i]))
			add_scope(a, offered_scope[i]);
	palette_ready(&a->palette);
	a->overlay = OVERLAY_PALETTE;
}

/* "mark: only in a thread's details" */
static void say_elsewhere(struct app *a, const struct palette_item *item)
{
	struct textbuf text = {0};

	palette_name(item, &text);
	textbuf_addf(&text, ": only %s", action_scope_title(item->row->scope));
	app_message(a, text.bytes);
	textbuf_free(&text);
}

static void answered(
	struct app *a, enum palette_answer answer, const struct palette_item *item, uint64_t now_ns)
{
	struct view_env env;

	if (answer == PALETTE_OPEN)
		return;
	a->overlay = OVERLAY_NONE;
	if (answer == PALETTE_CLOSED)
		return;
	if (!item->holds) {
		say_elsewhere(a, item);
		return;
	}
	if (item->row && item->view < a->views_n)
		app_open_view(a, item->view);
	env = app_env(a, now_ns);
	app_do(a, &env, item->action);
}

void app_palette_key(struct app *a, uint32_t key, uint64_t now_ns)
{
	struct palette_item item = {0};

	answered(a, palette_key(&a->palette, key, &item), &item, now_ns);
}

void app_palette_click(struct app *a, int x, int y, uint64_t now_ns)
{
	struct palette_item item = {0};

	answered(a, palette_click(&a->palette, x, y, &item), &item, now_ns);
}
