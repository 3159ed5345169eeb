/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shoot BUILDDIR DIRECTORY - pictures of real runs: launches a program as twintop does, or plays a
 * recording, feeds the moments to the app as the curses screen does, presses keys, and writes the
 * canvas as SVG.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/fixtures/tape.h"
#include "twintop/app/app.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/proc/caps.h"
#include "twintop/sample/launch.h"
#include "twintop/sample/sampler.h"
#include "twintop/screen/svg.h"

#define COLUMNS	    120
#define ROWS	    36
#define MILLISECOND 1000000u
#define FIRST_NS    (5000u * (uint64_t)MILLISECOND)
#define STEP_MS	    900	 /* a step of the program, and some samples of it */
#define SETTLE_MS   3600 /* marks of what changed fade after three seconds */

/* A run: which demo is launched, or which recording is played, how many of its steps are taken, and
 * the pictures to take then. */
struct scene {
	const char *name;
	unsigned enters;
	struct {
		const char *name;   /* of the file */
		const char *view;   /* id of its view */
		const char keys[8]; /* pressed there, then undone by Escape, or by the same key
				       again */
	} picture[8];
};

static const struct scene scenes[] = {
	{"fork-cow", 6,
		{{"overview", "overview", ""}, {"memory", "memory", ""}, {"pages", "pages", ""},
			{"explain", "pages", "e"}, {"textbook", "overview", "T"},
			{"lecture", "pages", "L"}, {"help", "overview", "?"}}},
	{"threads-share", 6, {{"stacks", "stacks", ""}}},
	{"deadlock", 2, {{"threads", "threads", ""}}},
	{"pipe", 2, {{"files", "files", ""}, {"sharing", "sharing", ""}}},
	{"writers", 2, {{"writers", "writers", ""}}},
	{"signals", 5, {{"signals", "signals", ""}}},
};

/* The same of recordings, at their end. */
static const struct scene tapes[] = {
	{"cow", 0, {{"replay", "pages", "[[[[[["}}},
	{"family", 0, {{"family", "family", ""}}},
};

struct shooter {
	struct app *app;
	struct sampler *sampler;
	struct source *source;
	struct launch *launch;
	struct comparer *comparer;
	const char *directory;
};

static void die(const char *what, int error)
{
	fprintf(stderr, "shoot: %s: %s\n", what, strerror(-error));
	exit(1);
}

static const struct pair *make_pair(void *context, struct snapshot *snapshot)
{
	return comparer_pair(context, snapshot);
}

/* What the app wants of the outside, as far as a picture needs it. */
static void serve(struct shooter *s)
{
	struct app_request request;
	unsigned need, beside;

	while (app_next_request(s->app, &request))
		if (request.kind == REQUEST_STEP_ON && launch_go(s->launch))
			fputs("shoot: the program does not listen\n", stderr);
	need = app_need(s->app, &beside);
	source_need(s->source, need, beside);
}

static void take(struct shooter *s)
{
	const struct moment *m;
	char bytes[4096];
	ssize_t n;

	while ((m = source_next(s->source))) {
		app_moment(s->app, m);
		moment_put(m);
	}
	while (s->launch && (n = read(launch_fd(s->launch), bytes, sizeof bytes)) > 0)
		app_console(s->app, bytes, (size_t)n);
}

/* Lets time pass as on a screen: moments come, and what is drawn ages. */
static void pass(struct shooter *s, unsigned ms)
{
	uint64_t end = clock_monotonic_ns() + (uint64_t)ms * MILLISECOND, now;
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);

	while ((now = clock_monotonic_ns()) < end) {
		struct pollfd p[] = {{source_fd(s->source), POLLIN, 0},
			{s->launch ? launch_fd(s->launch) : -1, POLLIN, 0}};

		poll(p, 2, 50);
		take(s);
		serve(s);
		app_draw(s->app, c, now, 0);
	}
	canvas_free(c);
}

static void press(struct shooter *s, uint32_t key)
{
	app_key(s->app, key, clock_monotonic_ns());
	serve(s);
}

static void save(const struct shooter *s, const char *name)
{
	struct canvas *c = canvas_new(COLUMNS, ROWS, false);
	struct picture_words words = {0};
	struct textbuf svg = {0};
	char path[4096];
	FILE *f;

	app_picture(s->app, c, clock_monotonic_ns(), 0);
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
	for (size_t i = 0; i < view_table_n; i++)
		if (strcmp(view_table[i]->id, id) == 0)
			return (uint32_t)view_table[i]->key;
	return 0;
}

static void shoot(struct shooter *s, const struct scene *scene)
{
	for (size_t i = 0; i < sizeof scene->picture / sizeof scene->picture[0]; i++) {
		const char *name = scene->picture[i].name;
		uint32_t key = name ? view_key(scene->picture[i].view) : 0;

		if (!key)
			continue;
		press(s, key);
		pass(s, SETTLE_MS);
		for (const char *k = scene->picture[i].keys; *k; k++)
			press(s, (uint32_t)*k);
		save(s, name);
		for (const char *k = scene->picture[i].keys; *k; k++)
			press(s, *k == 'L' ? 'L' : KEYS_ESCAPE);
	}
}

static void open_sampler(struct shooter *s, const struct proc_root *root)
{
	struct sampler_options o = {.root = root,
		.delay_ns = 100 * MILLISECOND,
		.page_cost_permille = 200,
		.follow = FOLLOW_NEWEST,
		.steps_pid = launch_pid(s->launch),
		.steps_fd = launch_steps(s->launch)};
	int error = caps_probe(root, NULL, &o.access);

	s->comparer = comparer_new();
	o.pairing = (struct sampler_pairing){make_pair, s->comparer};
	if (!error)
		error = sampler_new(&o, &s->sampler);
	if (!error)
		error = sampler_source(s->sampler, false, &s->source);
	if (error)
		die("sampler", error);
}

static void launch(struct shooter *s, const char *builddir, const struct scene *scene)
{
	char path[4096], *argv[] = {path, NULL};
	int error;

	snprintf(path, sizeof path, "%s/src/demo/%s", builddir, scene->name);
	error = launch_start_stepped(argv, "dumb", COLUMNS, ROWS / 4, &s->launch);
	if (error)
		die(path, error);
}

/* Holds the program until the first moment is there, and lets it run. */
static void begin(struct shooter *s)
{
	const struct moment *m;
	unsigned need, beside;
	int error = source_watch(s->source, launch_pid(s->launch), SIBLING_CHILD, NULL);

	if (!error)
		error = sampler_start(s->sampler);
	if (error)
		die("sampler", error);
	need = app_need(s->app, &beside);
	source_need(s->source, need, beside);
	m = source_wait(s->source, FIRST_NS);
	if (m)
		app_moment(s->app, m);
	moment_put(m);
	error = launch_release(s->launch);
	if (error)
		die("exec", error);
}

static void run(const struct scene *scene, const char *builddir, const char *directory,
	const struct proc_root *root)
{
	struct shooter s = {.directory = directory};

	launch(&s, builddir, scene);
	open_sampler(&s, root);
	s.app = app_new(&(struct app_options){.view = "pages",
		.launched = scene->enters > 0,
		.delay_ns = 100 * MILLISECOND,
		.live = s.source});
	begin(&s);
	pass(&s, 2 * STEP_MS);
	for (unsigned i = 0; i < scene->enters; i++) {
		press(&s, KEYS_ENTER);
		pass(&s, STEP_MS);
	}
	shoot(&s, scene);
	source_free(s.source);
	sampler_free(s.sampler);
	launch_free(s.launch);
	app_free(s.app);
	comparer_free(s.comparer);
}

static void play(const struct scene *scene, const char *directory)
{
	struct shooter s = {.directory = directory};
	struct tape tape;

	tape_open(scene->name, &tape);
	s.source = tape.source;
	s.app = app_new(
		&(struct app_options){.live = tape.source, .host = tape.host, .recorded = true});
	pass(&s, STEP_MS);
	while (!source_over(tape.source))
		pass(&s, STEP_MS);
	shoot(&s, scene);
	app_free(s.app);
	tape_close(&tape);
}

int main(int argc, char **argv)
{
	struct proc_root *root;
	int error;

	/* What we inherited is none of the launched program's. */
	close_range(STDERR_FILENO + 1, ~0u, 0);
	error = proc_root_open("/proc", &root);
	if (argc != 3 || error) {
		fputs("usage: shoot BUILDDIR DIRECTORY\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof scenes / sizeof scenes[0]; i++)
		run(&scenes[i], argv[1], argv[2], root);
	for (size_t i = 0; i < sizeof tapes / sizeof tapes[0]; i++)
		play(&tapes[i], argv[2]);
	proc_root_close(root);
	return 0;
}
