/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys that do nothing where they are pressed: each says so, and where it would do something. */
#include "app_internal.h"

/* Scopes that are about a place or a state one may be in, the nearest to try first. */
static const enum action_scope other_scope[] = {SCOPE_LAUNCHED, SCOPE_STEP, SCOPE_PAST,
	SCOPE_MEMBER, SCOPE_EVENT, SCOPE_THREAD, SCOPE_PAUSED};

/* "Threads, Stacks": views that have the key; "" where none has. */
static void add_views(uint32_t key, struct textbuf *out)
{
	for (size_t i = 0; i < view_table_n; i++) {
		const struct view_ops *ops = view_table[i];

		if (keymap_find(ops->keymap, ops->keymap_n, key, SCOPE_VIEW))
			textbuf_addf(out, "%s%s", out->len ? ", " : "", ops->title);
	}
}

/* Where the key does something; "" where nowhere. */
static void add_places(uint32_t key, struct textbuf *out)
{
	struct textbuf views = {0};

	add_views(key, &views);
	if (views.len)
		textbuf_addf(out, "in %s", views.bytes);
	textbuf_free(&views);
	for (size_t i = 0; !out->len && i < sizeof other_scope / sizeof *other_scope; i++)
		if (action_of_key(key, other_scope[i]) != ACTION_NONE)
			textbuf_adds(out, action_scope_title(other_scope[i]));
}

/* A key to move or to close with has just nowhere to go. */
static bool is_quiet(uint32_t key)
{
	return key == KEY_NONE || key == KEYS_ESCAPE || key == KEYS_WHEEL_UP ||
	       key == KEYS_WHEEL_DOWN;
}

void app_idle_key(struct app *a, uint32_t key)
{
	struct textbuf places = {0}, text = {0};
	char room[8];

	if (is_quiet(key))
		return;
	add_places(key, &places);
	if (places.len)
		textbuf_addf(&text, "%s: only %s", key_title(key, room), places.bytes);
	else
		textbuf_addf(&text, "%s is no key here: ? tells of all", key_title(key, room));
	app_message(a, text.bytes);
	textbuf_free(&places);
	textbuf_free(&text);
}
