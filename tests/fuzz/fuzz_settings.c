/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of settings, of themes and of what was remembered: whatever they hold, what is taken of
 * them is sound, and what is said of them printable.
 */
#include <stdlib.h>
#include <string.h>

#include "../../src/preferences.h"
#include "twintop/base/setting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUIET 1000u /* no line of them on standard error any more */

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_lines(struct text bytes)
{
	struct settings all = settings_of(bytes);
	struct setting s;
	unsigned before = 0;

	while (settings_next(&all, &s)) {
		expect(all.line > before);
		before = all.line;
		expect(s.damage || (s.key.len && s.value.len));
		expect(!s.value.len ||
			(s.value.bytes >= bytes.bytes &&
				s.value.bytes + s.value.len <= bytes.bytes + bytes.len));
	}
}

static void expect_look(const struct look *l)
{
	expect(l->rgb >= COLOUR_DEFAULT && l->rgb <= 0xffffff);
	expect(l->rgb_back >= COLOUR_DEFAULT && l->rgb_back <= 0xffffff);
	expect(l->basic >= COLOUR_DEFAULT && l->basic < 16);
	expect(l->basic_back >= COLOUR_DEFAULT && l->basic_back < 16);
	expect(l->attributes < 16 && l->mono < 16);
}

static void expect_sound(const struct preferences *p, const struct options *o)
{
	expect(!o->view || view_find(o->view));
	expect(o->theme != NULL);
	expect(p->habits.bindings_n <= HABITS_BINDINGS);
	for (size_t i = 0; i < p->habits.bindings_n; i++)
		expect(p->habits.binding[i].id && p->habits.binding[i].key);
	for (size_t i = 0; i < HABITS_VIEWS; i++)
		expect(memchr(p->habits.taste[i].sort, 0, LIST_SORT_ID) != NULL);
	for (int style = 0; style < STYLES; style++)
		expect_look(&p->theme.look[style]);
}

/* What is remembered of what was taken up is taken up the same. */
static void expect_again(const struct preferences *p)
{
	struct preferences again = {.complaints = QUIET};
	struct options o = {.theme = theme_table};
	struct textbuf first = {0}, second = {0};

	preferences_tell_state(p, &first);
	preferences_take_state(&again, &o, (struct text){first.bytes, first.len});
	again.habits.view = o.view;
	preferences_tell_state(&again, &second);
	expect(!strcmp(first.bytes, second.bytes));
	textbuf_free(&first);
	textbuf_free(&second);
	again.forgets = true;
	preferences_end(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = {(const char *)data, size};
	struct preferences p = {.complaints = QUIET};
	struct options o = {.theme = theme_table};

	expect_lines(bytes);
	preferences_take(&p, &o, "config", bytes);
	preferences_take_theme(&p, "theme", bytes);
	o.view = NULL;
	preferences_take_state(&p, &o, bytes);
	expect_sound(&p, &o);
	p.habits.view = o.view ? o.view : view_table[0]->id;
	expect_again(&p);
	p.forgets = true;
	preferences_end(&p);
	return 0;
}
