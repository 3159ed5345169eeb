/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/app/habits.h"

#include <ctype.h>
#include <string.h>

#include "twintop/base/text.h"
#include "twintop/view/view.h"

static bool alike(struct text t, const char *word)
{
	return t.len == strlen(word) && !strncasecmp(t.bytes, word, t.len);
}

static uint32_t arrow_named(struct text name)
{
	static const struct {
		const char *word;
		uint32_t key;
	} row[] = {
		{"Up", KEYS_UP}, {"Down", KEYS_DOWN}, {"Left", KEYS_LEFT}, {"Right", KEYS_RIGHT}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		if (alike(name, row[i].word))
			return row[i].key;
	return 0;
}

uint32_t key_named(struct text name)
{
	char room[8];
	uint32_t code;

	if (name.len && text_decode(name.bytes, name.len, &code) == name.len)
		return code > ' ' && text_code_width(code) > 0 ? code : 0;
	if (name.len == 2 && *name.bytes == '^' && name.bytes[1] >= '@' && name.bytes[1] <= '_')
		return (uint32_t)name.bytes[1] & 0x1f;
	if (alike(name, "Space"))
		return ' ';
	for (uint32_t key = KEYS_UP; key <= KEYS_F10; key++)
		if (*key_title(key, room) && alike(name, key_title(key, room)))
			return key;
	return arrow_named(name);
}

static bool offered(enum action_scope scope)
{
	return scope != SCOPE_CHOOSER && scope != SCOPE_PALETTE && scope != SCOPE_QUIZ &&
	       scope != SCOPE_TYPING;
}

/* The tables' own text of an id; NULL: nothing is called so. */
static const char *lasting_id(struct text id)
{
	for (size_t i = 0; i < action_table_n; i++)
		if (offered(action_table[i].scope) && text_equal(id, text_of(action_table[i].id)))
			return action_table[i].id;
	for (size_t v = 0; v < view_table_n; v++) {
		const struct view_ops *view = view_table[v];

		if (text_equal(id, text_of(view->id)))
			return view->id;
		for (size_t i = 0; i < view->keymap_n; i++)
			if (text_equal(id, text_of(view->keymap[i].id)))
				return view->keymap[i].id;
	}
	return NULL;
}

static enum action action_in(const char *id, enum action_scope scope, const struct view_ops *view)
{
	const struct action_row *row = scope == SCOPE_VIEW ? view->keymap : action_table;
	size_t n = scope == SCOPE_VIEW ? view->keymap_n : action_table_n;

	for (size_t i = 0; i < n; i++)
		if (row[i].scope == scope && !strcmp(row[i].id, id))
			return row[i].action;
	for (size_t i = 0; scope == SCOPE_ALL && i < view_table_n; i++)
		if (!strcmp(view_table[i]->id, id))
			return ACTION_VIEW(i);
	return ACTION_NONE;
}

/* Whether both would be done by one key somewhere: in one scope, of views in one keymap. */
static bool meet(const char *id, const char *other)
{
	for (enum action_scope scope = SCOPE_ALL; scope <= SCOPE_TYPING; scope++)
		for (size_t v = 0; v < (scope == SCOPE_VIEW ? view_table_n : 1); v++)
			if (offered(scope) && action_in(id, scope, view_table[v]) != ACTION_NONE &&
				action_in(other, scope, view_table[v]) != ACTION_NONE)
				return true;
	return false;
}

static const char *refusal(const struct habits *h, const char *id, uint32_t key)
{
	if (!key)
		return "that is no key: give one character, ^A, F5, Space, PgUp and the like";
	if (h->bindings_n == HABITS_BINDINGS)
		return "too many keys";
	for (size_t i = 0; i < h->bindings_n; i++)
		if (h->binding[i].key == key && meet(h->binding[i].id, id))
			return "a key of it is taken above already: each does one thing";
	return NULL;
}

/* The next word of a value; blanks alone stand between, for a comma is a key. */
static bool next_key(struct text *rest, struct text *ret)
{
	size_t from = 0, to;

	while (from < rest->len && (rest->bytes[from] == ' ' || rest->bytes[from] == '\t'))
		from++;
	to = from;
	while (to < rest->len && rest->bytes[to] != ' ' && rest->bytes[to] != '\t')
		to++;
	*ret = (struct text){rest->bytes + from, to - from};
	*rest = (struct text){rest->bytes + to, rest->len - to};
	return to > from;
}

const char *habits_bind(struct habits *h, struct text id, struct text keys)
{
	struct key_binding b = {.id = lasting_id(id)};
	size_t before = h->bindings_n;
	const char *why = NULL;
	struct text word;

	if (!b.id)
		return "no action or view has that name: the man page lists them";
	if (habits_key(h, b.id, 0))
		return "it has its keys above already: one line lists all of them";
	while (!why && next_key(&keys, &word)) {
		b.key = key_named(word);
		why = refusal(h, b.id, b.key);
		if (!why)
			h->binding[h->bindings_n++] = b;
	}
	if (why)
		h->bindings_n = before;
	return why;
}

uint32_t habits_key(const struct habits *h, const char *id, size_t n)
{
	for (size_t i = 0; h && i < h->bindings_n; i++)
		if (!strcmp(h->binding[i].id, id) && !n--)
			return h->binding[i].key;
	return 0;
}

enum action habits_action(
	const struct habits *h, uint32_t key, enum action_scope scope, const struct view_ops *view)
{
	enum action action = ACTION_NONE;

	for (size_t i = h ? h->bindings_n : 0; i > 0 && action == ACTION_NONE; i--)
		if (h->binding[i - 1].key == key)
			action = action_in(h->binding[i - 1].id, scope, view);
	return action;
}
