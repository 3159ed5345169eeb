/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any keys, clicks, sizes and moments, in any order: the app draws in bounds and asks for sound
 * things. Two bytes an event: what, and which. And the same bytes as a terminal sends them, with
 * pauses: of an answer between them no key comes, and no key is made up or lost for ever.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/screen/answer.h"
#include "tests/fixtures/scene.h"
#include "twintop/app/app.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENTS_MAX 512

struct play {
	struct app *app;
	struct canvas *canvas;
	unsigned step;
	uint64_t now_ns;
};

/* The scene as the byte says: its bits are what is special about it, and steps are told in it. */
static void moment(struct play *p, uint8_t which)
{
	static const char *const told[] = {NULL, "sqcw", "d", "swe"};
	const struct scene scene = {
		.step = p->step++ % 64,
		.estimated = which & 1,
		.alone = which & 2,
		.b_killed = which & 4,
		.denied = which & 8,
		.rows = which >> 4,
		.events = told[which >> 4 & 3],
	};
	const struct moment *m = scene_moment(&scene);

	app_moment(p->app, m);
	moment_put(m);
}

static void resize(struct play *p, uint8_t which)
{
	bool ascii = p->canvas->ascii;

	canvas_free(p->canvas);
	p->canvas = canvas_new(1 + which * 2 % 160, 1 + which % 50, ascii);
}

static void serve(struct play *p)
{
	const struct process_list *list;
	struct app_request r;

	while (app_next_request(p->app, &r)) {
		if (r.side > 1 || r.bytes_n > sizeof r.bytes)
			abort();
		if (r.kind != REQUEST_LIST || !r.on)
			continue;
		list = scene_list();
		app_process_list(p->app, list);
		part_put(list);
	}
}

static void event(struct play *p, uint8_t what, uint8_t which)
{
	unsigned beside;

	switch (what % 8) {
	case 0:
	case 1:
	case 2:
		app_key(p->app, which, p->now_ns);
		break;
	case 3:
		app_key(p->app, KEYS_UP + which % (KEYS_WHEEL_DOWN - KEYS_UP + 1), p->now_ns);
		break;
	case 4:
		app_click(p->app, which, what / 8, p->now_ns);
		app_drag(p->app, which / 2 * 3 - 20, what);
		if (which % 2)
			app_drop(p->app);
		break;
	case 5:
		moment(p, which);
		break;
	case 6:
		resize(p, which);
		break;
	default:
		p->now_ns += (uint64_t)which * 50000000;
		break;
	}
	serve(p);
	app_draw(p->app, p->canvas, p->now_ns, which);
	(void)app_need(p->app, &beside);
}

/* Keys come in the order of the bytes, and none that was not among them. */
static void expect_among(const uint8_t *data, size_t end, size_t *at, const uint32_t *key, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		while (*at < end && data[*at] != key[i])
			++*at;
		if ((*at)++ >= end)
			abort();
	}
}

static void expect_swallowed(struct sync_answer *a)
{
	static const char whole[] = "\033[?2026;3$y";
	uint32_t out[ANSWER_KEYS_MOST];
	bool answered = false;

	answer_break(a, out);
	for (size_t i = 0; i < sizeof whole - 1; i++)
		if (answered || answer_take(a, (unsigned char)whole[i], 0, out, &answered))
			abort();
	if (!answered || a->mode != 3)
		abort();
}

static void read_as_typed(const uint8_t *data, size_t size)
{
	struct sync_answer a = {0};
	uint64_t now_ns = 1;
	size_t at = 0, n;

	for (size_t i = 0; i < size; i++) {
		uint32_t out[ANSWER_KEYS_MOST];
		bool answered;

		n = answer_take(&a, data[i], now_ns, out, &answered);
		if (n > ANSWER_KEYS_MOST || (answered && n) || a.mode > 4)
			abort();
		expect_among(data, i + 1, &at, out, n);
		now_ns += data[i] % 3 * (ANSWER_PAUSE_NS / 2);
		n = answer_wait(&a, now_ns, ANSWER_PAUSE_NS / 4, out);
		expect_among(data, i + 1, &at, out, n);
	}
	expect_swallowed(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct app_options options = {
		.ascii = size % 2,
		.launched = size % 3,
		.choose = size % 5 == 0,
		.delay_ns = SCENE_STEP_NS,
	};
	struct play p = {.now_ns = SCENE_BEGIN_NS};

	read_as_typed(data, size);
	p.app = app_new(&options);
	p.canvas = canvas_new(80, 24, options.ascii);
	for (size_t i = 0; i + 1 < size && i / 2 < EVENTS_MAX; i += 2)
		event(&p, data[i], data[i + 1]);
	if (p.canvas->cursor_x >= p.canvas->w || p.canvas->cursor_y >= p.canvas->h)
		abort();
	canvas_free(p.canvas);
	app_free(p.app);
	return 0;
}
