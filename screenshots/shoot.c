/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shoot DIRECTORY - pictures of real runs: plays recordings to their end, feeds the moments to the
 * app as the curses screen does, presses keys, and writes the canvas as SVG: those of the README,
 * and one of each demo.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/demos.h"
#include "tests/fixtures/tape.h"
#include "twintop/app/app.h"
#include "twintop/screen/svg.h"

#define COLUMNS	 120
#define ROWS	 36
#define PACE	 (512 * SOURCE_PACE / 8) /* as fast as it goes */
#define FIRST_MS 5000

/* A recording, and the pictures to take at its end. */
struct scene {
	const char *name;
	struct {
		const char *name;   /* of the file */
		const char *view;   /* id of its view */
		const char keys[8]; /* pressed there, then undone by Escape, or by the same key
				       again */
	} picture[8];
};

static const struct scene scenes[] = {
	{"demo-fork-cow",
		{{"overview", "overview", ""}, {"memory", "memory", ""}, {"pages", "pages", ""},
			{"explain", "pages", "e"}, {"textbook", "overview", "T"},
			{"lecture", "pages", "L"}, {"help", "overview", "?"}}},
	{"demo-threads-share", {{"stacks", "stacks", ""}}},
	{"demo-deadlock",
		{{"threads", "threads", ""}, {"waits", "threads", "W"}, {"house", "house", ""}}},
	{"demo-pipe", {{"files", "files", ""}, {"sharing", "sharing", ""}}},
	{"demo-writers", {{"writers", "writers", ""}}},
	{"demo-signals", {{"signals", "signals", ""}}},
	{"cow", {{"replay", "pages", "[[[[["}}},
	{"family", {{"family", "family", ""}}},
};

struct shooter {
	struct tape tape;
	struct app *app;
	const char *directory;
};

/* The time of what is recorded is its own: nobody's clock is asked. */
static void press(struct shooter *s, uint32_t key)
{
	struct app_request request;

	app_key(s->app, key, 0);
	while (app_next_request(s->app, &request))
		;
}

static void save(const struct shooter *s, const char *name)
{
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);
	struct picture_words words = {0};
	struct textbuf svg = {0};
	char path[4096];
	FILE *f;

	app_picture(s->app, c, 0, 0);
	app_picture_words(s->app, &words);
	svg_write(c, theme_find("dark"), words.title.bytes, words.description.bytes, &svg);
	snprintf(path, sizeof path, "%s/%s.svg", s->directory, name);
	f = fopen(path, "w");
	if (!f || fwrite(svg.bytes, 1, svg.len, f) != svg.len || fclose(f)) {
		perror(path);
		exit(1);
	}
	printf("%s\n", path);
	textbuf_free(&svg);
	picture_words_free(&words);
	canvas_free(c);
}

/* The key of a view; 0: there is no such view. */
static uint32_t view_key(const char *id)
{
	const struct view_ops *view = view_find(id);

	return view ? (uint32_t)view->key : 0;
}

/* Plays it to its end: the app sees every moment, and draws each as a screen would. */
static void begin(struct shooter *s, const char *name)
{
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);
	const struct moment *m;

	tape_open(name, &s->tape);
	s->app = app_new(&(struct app_options){
		.live = s->tape.source, .host = s->tape.host, .recorded = true});
	source_play(s->tape.source, PACE);
	while (!source_over(s->tape.source)) {
		struct pollfd p = {source_fd(s->tape.source), POLLIN, 0};

		poll(&p, 1, FIRST_MS);
		while ((m = source_next(s->tape.source))) {
			app_moment(s->app, m);
			moment_put(m);
			app_draw(s->app, c, 0, 0);
		}
	}
	app_over(s->app);
	canvas_free(c);
}

static void end(struct shooter *s)
{
	app_free(s->app);
	tape_close(&s->tape);
}

static void shoot(struct shooter *s, const struct scene *scene)
{
	begin(s, scene->name);
	for (size_t i = 0; i < sizeof scene->picture / sizeof scene->picture[0]; i++) {
		const char *name = scene->picture[i].name;
		uint32_t key = name ? view_key(scene->picture[i].view) : 0;

		if (!key)
			continue;
		press(s, key);
		for (const char *k = scene->picture[i].keys; *k; k++)
			press(s, (uint32_t)*k);
		save(s, name);
		for (const char *k = scene->picture[i].keys; *k; k++)
			press(s, *k == 'L' ? 'L' : KEYS_ESCAPE);
	}
	end(s);
}

/* In the view that its last step asked for. */
static void shoot_demo(struct shooter *s, const struct demo *demo)
{
	char name[64];

	snprintf(name, sizeof name, "demo-%s", demo->name);
	begin(s, name);
	save(s, name);
	end(s);
}

int main(int argc, char **argv)
{
	struct shooter s = {.directory = argv[argc - 1]};

	if (argc != 2) {
		fputs("usage: shoot DIRECTORY\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		shoot(&s, &scenes[i]);
	for (size_t i = 0; i < demo_table_n; i++)
		shoot_demo(&s, &demo_table[i]);
	return 0;
}
