/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_internal.h"
#include "twintop/model/page.h"

/* Those of his own; whether there are any, which stand in place of the others. */
static bool add_own(const struct habits *h, const char *id, struct textbuf *out)
{
	uint32_t own;
	char name[8];
	size_t n = 0;

	while ((own = habits_key(h, id, n)))
		textbuf_addf(out, "%s%s", n++ ? " " : "", key_title(own, name));
	return n > 0;
}

/* A key that he gave to something else there is this one's no more. */
static void add_key(const struct habits *h, uint32_t key, enum action_scope scope,
	const struct view_ops *view, struct textbuf *out)
{
	char name[8];

	if ((scope == SCOPE_VIEW && !view) || habits_action(h, key, scope, view) == ACTION_NONE)
		textbuf_addf(out, "%s%s", out->len ? " " : "", key_title(key, name));
}

void app_key_names(const struct habits *h, const struct action_row *row,
	const struct view_ops *view, struct textbuf *out)
{
	if (add_own(h, row->id, out))
		return;
	for (size_t i = 0; i < ACTION_KEYS && row->keys[i]; i++)
		add_key(h, row->keys[i], row->scope, view, out);
}

void app_view_keys(const struct habits *h, const struct view_ops *view, struct textbuf *out)
{
	if (!add_own(h, view->id, out))
		add_key(h, (unsigned char)view->key, SCOPE_ALL, view, out);
}

static void add_action(struct panel *p, const struct habits *h, const struct action_row *row,
	const struct view_ops *view)
{
	struct textbuf keys = {0};

	app_key_names(h, row, view, &keys);
	panel_add(p, keys.bytes, row->help, NULL)->style[0] = STYLE_KEY;
	textbuf_free(&keys);
}

/* The keys that open the views. */
static void add_views(struct panel *p, const struct habits *h)
{
	for (size_t i = 0; i < view_table_n; i++) {
		struct textbuf keys = {0};

		app_view_keys(h, view_table[i], &keys);
		panel_add(p, keys.bytes, view_table[i]->help, NULL)->style[0] = STYLE_KEY;
		textbuf_free(&keys);
	}
}

static void add_scope(struct panel *p, const struct habits *h, enum action_scope scope)
{
	struct textbuf title = {0};

	textbuf_addf(&title, "Keys %s", action_scope_title(scope));
	panel_heading(p, title.bytes);
	for (size_t i = 0; i < action_table_n; i++) {
		if (action_table[i].scope != scope)
			continue;
		if (action_table[i].action == ACTION_VIEW_NEXT)
			add_views(p, h);
		add_action(p, h, &action_table[i], NULL);
	}
	textbuf_free(&title);
}

/* What each view has of its own. */
static void add_keymap(struct panel *p, const struct habits *h, const struct view_ops *view)
{
	struct textbuf title = {0};

	if (!view->keymap_n)
		return;
	textbuf_addf(&title, "Keys in the %s view", view->title);
	panel_heading(p, title.bytes);
	for (size_t i = 0; i < view->keymap_n; i++)
		add_action(p, h, &view->keymap[i], view);
	textbuf_free(&title);
}

static void add_verdict(struct panel *p, enum page_verdict verdict)
{
	const struct page_verdict_info *info = &page_verdict_info[verdict];
	struct textbuf sign = {0};

	textbuf_addf(&sign, "%s", info->glyph);
	panel_add(p, sign.bytes, info->meaning, NULL)->style[0] = STYLE_STRONG;
	textbuf_free(&sign);
}

void help_fill(struct panel *p, const struct habits *h, bool launched)
{
	panel_begin(p, 2, 14, 0);
	add_scope(p, h, SCOPE_ALL);
	add_scope(p, h, SCOPE_PAUSED);
	add_scope(p, h, SCOPE_PAST);
	for (size_t i = 0; i < view_table_n; i++)
		add_keymap(p, h, view_table[i]);
	add_scope(p, h, SCOPE_THREAD);
	add_scope(p, h, SCOPE_MEMBER);
	add_scope(p, h, SCOPE_EVENT);
	add_scope(p, h, SCOPE_CHOOSER);
	add_scope(p, h, SCOPE_PALETTE);
	add_scope(p, h, SCOPE_QUIZ);
	if (launched) {
		add_scope(p, h, SCOPE_LAUNCHED);
		add_scope(p, h, SCOPE_STEP);
		add_scope(p, h, SCOPE_TYPING);
	}
	panel_heading(p, "Rows and marks");
	panel_add(p, "A  B", "left and right; rows side by side are the same thing in both", NULL);
	panel_add(p, "=", "the same in A and B", NULL);
	panel_add(p, "—", "does not apply here", NULL);
	panel_add(p, "?", "unknown; e tells why", NULL);
	panel_heading(p, "Pages of a pair");
	for (int v = 0; v < PAGE_VERDICTS; v++)
		add_verdict(p, (enum page_verdict)v);
}
