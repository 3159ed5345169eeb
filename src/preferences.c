/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preferences.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "twintop/base/log.h"
#include "twintop/base/own_file.h"
#include "twintop/base/setting.h"
#include "twintop/draw/theme_file.h"

#define COMPLAINTS_MOST	 20 /* on standard error */
#define CONFIG_VARIABLE	 "XDG_CONFIG_HOME"
#define CONFIG_OTHERWISE ".config"
#define STATE_VARIABLE	 "XDG_STATE_HOME"
#define STATE_OTHERWISE	 ".local/state"

/* ---- complaints ----------------------------------------------------------- */

/* "FILE:3: key: why"; the first one stands on the screen, too. */
static void complain(
	struct preferences *p, const char *file, unsigned line, struct text key, const char *why)
{
	struct textbuf text = {0};

	text_printable(&text, text_of(file));
	if (line)
		textbuf_addf(&text, ":%u", line);
	textbuf_adds(&text, ": ");
	if (key.len) {
		text_printable(&text, key);
		textbuf_adds(&text, ": ");
	}
	textbuf_adds(&text, why);
	if (p->complaints++ < COMPLAINTS_MOST)
		fprintf(stderr, "twintop: %s\n", text.bytes);
	if (p->complaints == 1)
		textbuf_adds(&p->say, text.bytes);
	textbuf_free(&text);
}

/* ---- settings ------------------------------------------------------------- */

static bool begins(struct text key, const char *prefix, struct text *ret_rest)
{
	size_t n = strlen(prefix);

	if (!text_has_prefix(key, prefix))
		return false;
	*ret_rest = (struct text){key.bytes + n, key.len - n};
	return true;
}

/* The place of a view in their table; view_table_n: there is none. */
static size_t view_place(struct text id)
{
	size_t i = 0;

	while (i < view_table_n && !text_equal(id, text_of(view_table[i]->id)))
		i++;
	return i;
}

/* Whether a view's list has a column of that name. */
static bool names_column(size_t place, struct text word)
{
	const struct list_ops *list = view_table[place]->list;

	for (size_t i = 0; list && i < list->columns_n; i++)
		if (word.len && text_equal(word, text_of(list_column_name(&list->columns[i]))))
			return true;
	return false;
}

/* "columns of its own have only threads, stacks, …" or "it has tid, name, …" */
static void add_names(struct textbuf *out, const struct list_ops *list)
{
	const char *between = "";

	for (size_t i = 0; list && i < list->columns_n; i++) {
		const char *name = list_column_name(&list->columns[i]);

		textbuf_addf(out, "%s%s", *name ? between : "", name);
		between = *name ? ", " : between;
	}
	for (size_t i = 0; !list && i < view_table_n; i++)
		if (view_table[i]->list) {
			textbuf_addf(out, "%s%s", between, view_table[i]->id);
			between = ", ";
		}
}

/* In why what is wrong with it. */
static void set_columns(
	struct preferences *p, struct text id, struct text value, struct textbuf *why)
{
	struct scan s = scan_of(value.bytes, value.len);
	size_t place = view_place(id);
	struct text word;

	if (place == view_table_n || place >= HABITS_VIEWS) {
		textbuf_adds(why, "no view has that name: see `twintop --help`");
		return;
	}
	if (!view_table[place]->list) {
		textbuf_adds(why, "that view has no columns to choose; those have ");
		add_names(why, NULL);
		return;
	}
	while (setting_word(&s, &word))
		if (!names_column(place, word)) {
			textbuf_adds(why, "it has no column ");
			text_printable(why, word);
			textbuf_adds(why, "; it has ");
			add_names(why, view_table[place]->list);
			return;
		}
	p->habits.taste[place].columns = arena_copy(&p->arena, value.bytes, value.len);
}

/* What is an option, too; the command line's goes before it. */
static void set_option(struct preferences *p, struct options *o, const char *file, unsigned line,
	const struct setting *s)
{
	const char *name = arena_copy(&p->arena, s->key.bytes, s->key.len);
	const char *value = arena_copy(&p->arena, s->value.bytes, s->value.len);
	struct textbuf why = {0};

	if (options_configure(o, name, value, &why))
		complain(p, file, line, s->key, why.bytes);
	textbuf_free(&why);
}

static void take_setting(struct preferences *p, struct options *o, const char *file, unsigned line,
	const struct setting *s)
{
	const char *why = NULL;
	struct textbuf said = {0};
	struct text rest;
	bool keeps = true;

	if (begins(s->key, "columns.", &rest)) {
		set_columns(p, rest, s->value, &said);
		why = said.bytes;
	} else if (begins(s->key, "key.", &rest)) {
		why = habits_bind(&p->habits, rest, s->value);
	} else if (text_equal(s->key, text_of("state"))) {
		why = setting_truth(s->value, &keeps) ? "give yes or no" : NULL;
		p->forgets |= !keeps;
	} else {
		set_option(p, o, file, line, s);
	}
	if (why)
		complain(p, file, line, s->key, why);
	textbuf_free(&said);
}

void preferences_take(struct preferences *p, struct options *o, const char *name, struct text bytes)
{
	struct settings all = settings_of(bytes);
	struct setting s;

	while (settings_next(&all, &s))
		if (s.damage)
			complain(p, name, all.line, text_of(NULL), s.damage);
		else
			take_setting(p, o, name, all.line, &s);
}

void preferences_take_theme(struct preferences *p, const char *name, struct text bytes)
{
	struct settings all = settings_of(bytes);
	struct setting s;

	p->theme = theme_table[0];
	while (settings_next(&all, &s)) {
		const char *why = s.damage ? s.damage : theme_set(&p->theme, s.key, s.value);

		if (why)
			complain(p, name, all.line, s.damage ? text_of(NULL) : s.key, why);
	}
	p->theme.name = "file";
}

/* ---- what is remembered --------------------------------------------------- */

/* "cpu_percent reverse"; what is damaged is forgotten: nobody wrote it by hand. */
static void take_sort(struct list_taste *t, size_t place, struct text value)
{
	struct scan s = scan_of(value.bytes, value.len);
	struct text name, turn;

	if (!setting_word(&s, &name) || !names_column(place, name) || name.len >= sizeof t->sort)
		return;
	memcpy(t->sort, name.bytes, name.len);
	t->sort[name.len] = '\0';
	t->reverse = setting_word(&s, &turn) && text_equal(turn, text_of("reverse"));
}

void preferences_take_state(struct preferences *p, struct options *o, struct text bytes)
{
	struct settings all = settings_of(bytes);
	struct setting s;
	struct text rest;

	while (settings_next(&all, &s)) {
		size_t place;

		if (s.damage)
			continue;
		if (text_equal(s.key, text_of("view")) && !o->view) {
			place = view_place(s.value);
			o->view = place < view_table_n ? view_table[place]->id : NULL;
		} else if (begins(s.key, "sort.", &rest)) {
			place = view_place(rest);
			if (place < view_table_n && place < HABITS_VIEWS)
				take_sort(&p->habits.taste[place], place, s.value);
		}
	}
}

void preferences_tell_state(const struct preferences *p, struct textbuf *out)
{
	textbuf_addf(out, "view = %s\n", p->habits.view);
	for (size_t i = 0; i < view_table_n && i < HABITS_VIEWS; i++) {
		const struct list_taste *t = &p->habits.taste[i];

		if (*t->sort)
			textbuf_addf(out, "sort.%s = %s%s\n", view_table[i]->id, t->sort,
				t->reverse ? " reverse" : "");
	}
}

/* ---- files ---------------------------------------------------------------- */

static int read_config(const char *name, struct textbuf *path, struct textbuf *out)
{
	if (!own_folder(CONFIG_VARIABLE, CONFIG_OTHERWISE, path))
		return -ENOENT;
	textbuf_addf(path, "/%s", name);
	return own_read(path->bytes, PREFERENCES_BYTES, out);
}

static int read_theme(const char *name, struct textbuf *path, struct textbuf *out)
{
	struct textbuf below = {0};
	int error = -ENOENT;

	textbuf_addf(&below, "themes/%s", name);
	if (theme_file_name(name))
		error = read_config(below.bytes, path, out);
	textbuf_free(&below);
	return error;
}

bool preferences_has_theme(const char *name)
{
	struct textbuf path = {0}, bytes = {0};
	int error = read_theme(name, &path, &bytes);

	textbuf_free(&path);
	textbuf_free(&bytes);
	return !error;
}

static void load_settings(struct preferences *p, struct options *o)
{
	struct textbuf path = {0}, bytes = {0};
	int error = read_config("config", &path, &bytes);

	if (!error)
		preferences_take(p, o, path.bytes, (struct text){bytes.bytes, bytes.len});
	else if (error != -ENOENT && error != -ENOTDIR)
		complain(p, path.bytes, 0, text_of(NULL),
			error == -EPERM	   ? "not read: it is somebody else's file"
			: error == -EINVAL ? "not read: it is no regular file"
					   : strerror(-error));
	textbuf_free(&path);
	textbuf_free(&bytes);
}

static void load_theme(struct preferences *p, struct options *o)
{
	struct textbuf path = {0}, bytes = {0};

	if (!o->theme_file)
		return;
	if (!read_theme(o->theme_file, &path, &bytes)) {
		preferences_take_theme(p, path.bytes, (struct text){bytes.bytes, bytes.len});
		o->theme = &p->theme;
	}
	textbuf_free(&path);
	textbuf_free(&bytes);
}

static bool state_folder(struct textbuf *out)
{
	return own_folder(STATE_VARIABLE, STATE_OTHERWISE, out);
}

static void load_state(struct preferences *p, struct options *o)
{
	struct textbuf path = {0};
	int error = -ENOENT;

	if (state_folder(&path)) {
		textbuf_adds(&path, "/state");
		error = own_read(path.bytes, PREFERENCES_BYTES, &p->read);
	}
	if (!error)
		preferences_take_state(p, o, (struct text){p->read.bytes, p->read.len});
	else if (error != -ENOENT)
		log_line("what was remembered is not read: %s", strerror(-error));
	textbuf_free(&path);
}

void preferences_load(struct preferences *p, struct options *o)
{
	const char *view = o->view;

	load_settings(p, o);
	load_theme(p, o);
	if (o->mode == RUN_DEMO) /* each begins where it is to be seen */
		o->view = view;
	p->forgets |= o->no_state || o->mode != RUN_WATCH;
	if (!p->forgets)
		load_state(p, o);
	p->habits.say = p->say.bytes;
}

static void save_state(const struct preferences *p)
{
	struct textbuf folder = {0}, text = {0};
	int error = 0;

	preferences_tell_state(p, &text);
	if (!text_equal((struct text){text.bytes, text.len},
		    (struct text){p->read.bytes, p->read.len}) &&
		state_folder(&folder))
		error = own_replace(folder.bytes, "state", (struct text){text.bytes, text.len});
	if (error)
		log_line("nothing is remembered: %s", strerror(-error));
	textbuf_free(&folder);
	textbuf_free(&text);
}

void preferences_end(struct preferences *p)
{
	if (!p->forgets && p->habits.view)
		save_state(p);
	arena_free(&p->arena);
	textbuf_free(&p->read);
	textbuf_free(&p->say);
}
