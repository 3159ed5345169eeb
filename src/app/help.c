/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_internal.h"
#include "twintop/model/page.h"

static void add_action(struct panel *p, const struct action_row *row)
{
	struct textbuf keys = {0};
	char name[8];

	for (size_t i = 0; i < ACTION_KEYS && row->keys[i]; i++)
		textbuf_addf(&keys, "%s%s", i ? " " : "", key_title(row->keys[i], name));
	panel_add(p, keys.bytes, row->help, NULL)->style[0] = STYLE_KEY;
	textbuf_free(&keys);
}

/* The keys that open the views. */
static void add_views(struct panel *p)
{
	for (size_t i = 0; i < view_table_n; i++) {
		const char key[] = {view_table[i]->key, 0};

		panel_add(p, key, view_table[i]->help, NULL)->style[0] = STYLE_KEY;
	}
}

static void add_scope(struct panel *p, enum action_scope scope)
{
	struct textbuf title = {0};

	textbuf_addf(&title, "Keys %s", action_scope_title(scope));
	panel_heading(p, title.bytes);
	for (size_t i = 0; i < action_table_n; i++) {
		if (action_table[i].scope != scope)
			continue;
		if (action_table[i].action == ACTION_VIEW_NEXT)
			add_views(p);
		add_action(p, &action_table[i]);
	}
	textbuf_free(&title);
}

/* What each view has of its own. */
static void add_keymap(struct panel *p, const struct view_ops *view)
{
	struct textbuf title = {0};

	if (!view->keymap_n)
		return;
	textbuf_addf(&title, "Keys in the %s view", view->title);
	panel_heading(p, title.bytes);
	for (size_t i = 0; i < view->keymap_n; i++)
		add_action(p, &view->keymap[i]);
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

void help_fill(struct panel *p, bool launched)
{
	panel_begin(p, 2, 14, 0);
	add_scope(p, SCOPE_ALL);
	add_scope(p, SCOPE_PAUSED);
	add_scope(p, SCOPE_PAST);
	for (size_t i = 0; i < view_table_n; i++)
		add_keymap(p, view_table[i]);
	add_scope(p, SCOPE_THREAD);
	add_scope(p, SCOPE_MEMBER);
	add_scope(p, SCOPE_EVENT);
	add_scope(p, SCOPE_CHOOSER);
	add_scope(p, SCOPE_PALETTE);
	add_scope(p, SCOPE_QUIZ);
	if (launched) {
		add_scope(p, SCOPE_LAUNCHED);
		add_scope(p, SCOPE_STEP);
		add_scope(p, SCOPE_TYPING);
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
