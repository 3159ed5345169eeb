/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixtures/play.h"
#include "twintop/draw/layout.h"

/* ---- layout --------------------------------------------------------------- */

static void mark(char *map, int w, int h, struct rect r)
{
	assert_true(r.x >= 0 && r.y >= 0 && r.w >= 0 && r.h >= 0);
	assert_true(r.x + r.w <= w && r.y + r.h <= h);
	for (int y = r.y; y < r.y + r.h; y++)
		for (int x = r.x; x < r.x + r.w; x++)
			assert_int_equal(map[y * w + x]++, 0);
}

static void parts_cover_every_size(void **state)
{
	static char map[300 * 100];

	(void)state;
	for (int w = 1; w <= 300; w++)
		for (int h = 1; h <= 100; h++) {
			const struct layout_wish wish = {(w + h) % 2, (w + h) % 4 > 1, (w + h) % 9,
				(w + h) % 8 > 3, (w + h) % 16 > 7};
			struct layout l = layout_of(w, h, &wish);

			assert_int_equal(l.fits, w >= LAYOUT_LEAST_W && h >= LAYOUT_LEAST_H);
			if (!l.fits)
				continue;
			memset(map, 0, (size_t)w * (size_t)h);
			mark(map, w, h, l.identity[0]);
			mark(map, w, h, l.identity[1]);
			mark(map, w, h, l.separator);
			mark(map, w, h, l.live);
			mark(map, w, h, l.tabs);
			mark(map, w, h, l.view);
			mark(map, w, h, l.step_title);
			mark(map, w, h, l.step);
			mark(map, w, h, l.console_title);
			mark(map, w, h, l.console);
			mark(map, w, h, l.time_bar);
			mark(map, w, h, l.footer);
			assert_int_equal(l.time_bar.h, wish.time_bar);
			assert_null(memchr(map, 0, (size_t)w * (size_t)h));
			assert_true(l.view.h >= 6);
			if (wish.lecture && wish.step_lines && !wish.typing)
				assert_true(l.step.h >= 1);
		}
}

/* ---- drawing ---------------------------------------------------------------- */

#define GUARD 1024
static const struct cell guard_cell = {.code = {0x5a5a}, .width = 90, .style = 90};

/* A canvas with guard cells before and behind its own. */
static struct canvas guarded(struct cell *room, int w, int h, bool ascii)
{
	size_t n = (size_t)w * (size_t)h;

	for (size_t i = 0; i < GUARD; i++)
		room[i] = room[GUARD + n + i] = guard_cell;
	return (struct canvas){.w = w, .h = h, .cell = room + GUARD, .ascii = ascii};
}

static void expect_guards(const struct cell *room, int w, int h)
{
	size_t n = (size_t)w * (size_t)h;

	for (size_t i = 0; i < GUARD; i++)
		if (memcmp(&room[i], &guard_cell, sizeof guard_cell) != 0 ||
			memcmp(&room[GUARD + n + i], &guard_cell, sizeof guard_cell) != 0)
			fail_msg("cells outside of %dx%d were written", w, h);
}

/* A cell holds what a terminal may be given, a wide one whole. */
static bool cell_sound(const struct canvas *c, int x, int y)
{
	const struct cell *cell = canvas_at(c, x, y);
	uint32_t code = cell->code[0];

	if (cell->style >= STYLES || (cell->width == 2 && x + 1 >= c->w))
		return false;
	if (cell->width == 0)
		return x > 0 && canvas_at(c, x - 1, y)->width == 2;
	return code >= ' ' && code != 0x7f && !(code >= 0x80 && (code < 0xa0 || c->ascii));
}

static void expect_sound(const struct canvas *c)
{
	for (int y = 0; y < c->h; y++)
		for (int x = 0; x < c->w; x++)
			if (!cell_sound(c, x, y))
				fail_msg("the cell at %d,%d of %dx%d is unsound", x, y, c->w, c->h);
	assert_in_range(c->cursor_x, 0, c->w - 1);
	assert_in_range(c->cursor_y, 0, c->h - 1);
}

/* What lies over the view in turn; each closes what the one before opened. */
static void next_overlay(struct app *a, unsigned turn)
{
	static const char *const open[] = {"", "?", "e", "P", "/x", "f", "L", "T"};

	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	play_keys(a, open[turn % (sizeof open / sizeof *open)]);
}

/*
 * Under a sanitizer, one size in eight beyond those where parts come and go; in an emulator
 * (TEST_SLOWLY in the environment) fewer.
 */
static int stride(int n, int from)
{
#ifdef __SANITIZE_ADDRESS__
	bool sanitized = true;
#else
	bool sanitized = false;
#endif

	if (getenv("TEST_SLOWLY"))
		return n < 8 ? 1 : 17;
	return n < from || !sanitized ? 1 : 8;
}

/* Every size from 1x1 to 300x100, with views and overlays in turn. */
static void every_size_is_drawn_in_bounds(void **state)
{
	struct cell *room = calloc(2 * GUARD + 300 * 100, sizeof *room);
	struct app *app[2] = {play_start(false, false), play_start(true, true)};
	unsigned turn = 0;

	(void)state;
	for (int w = 1; w <= 300; w += stride(w, 124))
		for (int h = 1; h <= 100; h += stride(h, 26)) {
			struct app *a = app[turn % 2];
			struct canvas c = guarded(room, w, h, turn % 2);

			if (turn % 16 == 0)
				next_overlay(a, turn / 16);
			app_draw(a, &c, PLAY_NOW, 0);
			expect_guards(room, w, h);
			expect_sound(&c);
			if (++turn % 2 == 0)
				for (int i = 0; i < 2; i++)
					app_key(app[i], 'v', PLAY_NOW);
		}
	app_free(app[0]);
	app_free(app[1]);
	free(room);
}

/* ---- behaviour ---------------------------------------------------------------- */

static struct app_request last_request(struct app *a)
{
	struct app_request r, last = {0};

	while (app_next_request(a, &r))
		last = r;
	return last;
}

static void keys_become_requests(void **state)
{
	struct app *a = play_start(false, true);
	struct app_request r;

	(void)state;
	play_keys(a, "+");
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_DELAY);
	assert_int_equal(r.delay_ns, 50000000);
	play_keys(a, "x");
	assert_int_equal(last_request(a).kind, REQUEST_SWAP);
	play_keys(a, "S");
	assert_int_equal(last_request(a).kind, REQUEST_SAVE_SVG);
	play_keys(a, ">");
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_SEND);
	assert_memory_equal(r.bytes, "\r", 1);
	play_keys(a, "iq");
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_SEND);
	assert_memory_equal(r.bytes, "q", 1);
	app_key(a, 0x1d, PLAY_NOW);
	play_keys(a, "q");
	assert_int_equal(last_request(a).kind, REQUEST_QUIT);
	app_free(a);
}

/* While typing every key is the program's, Ctrl-C and a single Esc too; Ctrl-] or Esc Esc end it.
 */
static void typing_leaves_nothing_to_us(void **state)
{
	static const uint32_t keys[] = {'q', '?', 0x03, 0x1a, 0x1c, 0x0c, KEYS_F10, KEYS_TAB, ' ',
		KEYS_ESCAPE, 'x', KEYS_ESCAPE, KEYS_UP};
	struct app *a = play_start(false, true);
	uint64_t now_ns = PLAY_NOW;

	(void)state;
	for (int way = 0; way < 3; way++) {
		app_key(a, 'i', now_ns);
		for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
			assert_true(app_typing(a));
			app_key(a, keys[i], now_ns);
			assert_int_equal(last_request(a).kind, REQUEST_SEND);
		}
		assert_true(play_shows(a, "^] end typing"));
		assert_true(play_shows(a, "every key goes to the program"));
		if (way == 0)
			app_key(a, 0x1d, now_ns);
		else
			app_key(a, KEYS_ESCAPE, now_ns);
		assert_int_equal(app_typing(a), way > 0);
		now_ns += way == 2 ? 5000000000u : 100000000u;
		if (way > 0)
			app_key(a, KEYS_ESCAPE, now_ns);
		assert_int_equal(app_typing(a), way == 2);
		last_request(a);
	}
	app_console_ended(a, 0);
	assert_false(app_typing(a));
	app_free(a);
}

static void the_chooser_finds_a_process(void **state)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	(void)state;
	play_keys(a, "P");
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_LIST);
	assert_true(r.on);
	play_keys(a, "SSHD");
	assert_true(play_shows(a, "sshd: u [priv]"));
	assert_false(play_shows(a, "kworker"));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	r = last_request(a);
	assert_int_equal(r.kind, REQUEST_WATCH);
	assert_int_equal(r.side, 1);
	assert_int_equal(r.pid, 900);
	play_keys(a, "p4243");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	r = last_request(a);
	assert_int_equal(r.side, 0);
	assert_int_equal(r.pid, 4243);
	play_keys(a, "pnosuch");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	assert_true(play_shows(a, "no process matches"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_false(last_request(a).on);
	assert_false(play_shows(a, "no process matches"));
	app_free(a);
}

/* A loop of parents, itself its own parent, and a parent that is not there: all are listed. */
static void the_chooser_survives_odd_trees(void **state)
{
	static const pid_t pids[][2] = {{1, 0}, {5, 6}, {6, 5}, {7, 7}, {8, 4}};
	const size_t n = sizeof pids / sizeof *pids;
	struct process_list *list = part_new(sizeof *list);
	struct app *a = play_start(false, false);

	(void)state;
	list->entry = arena_array(&list->part.arena, n, sizeof *list->entry);
	for (; list->n < n; list->n++) {
		struct process_entry *e = &list->entry[list->n];

		e->id = (struct task_id){pids[list->n][0], 1};
		e->ppid = pids[list->n][1];
		e->comm = text_of(list->n % 2 ? "odd" : "even");
	}
	app_process_list(a, list);
	part_put(list);
	play_keys(a, "pdd");
	assert_true(play_shows(a, "     5 "));
	assert_true(play_shows(a, "     7 "));
	assert_false(play_shows(a, "     8 "));
	app_free(a);
}

/* The visible view's needs, and beside them those of all others but for the dearest. */
static void every_view_has_what_it_needs(void **state)
{
	const unsigned listening = NEED_LISTEN | NEED_FAULTS, dear = NEED_PAGE_COUNTS | listening;
	struct app *a = play_start(false, false);
	unsigned now, beside;

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		const struct view_ops *seen = view_table[i];

		app_key(a, (unsigned char)seen->key, PLAY_NOW);
		now = app_need(a, &beside);
		assert_int_equal(now, NEED_PROCESS | seen->need);
		assert_int_equal(beside & dear & ~(now | (now & listening ? listening : 0)), 0);
		for (size_t k = 0; k < view_table_n; k++)
			assert_int_equal(view_table[k]->need & ~(now | beside | dear), 0);
	}
	play_keys(a, "2e"); /* what a panel shows of a thread is fresh, too */
	now = app_need(a, &beside);
	assert_true(now & NEED_PAGES);
	assert_false(view_find("threads")->need & NEED_PAGES);
	app_free(a);
}

/* The next moment after m, n steps later, of the same parts; whether it wants to be drawn. */
static bool feed_same(struct app *a, const struct moment *m, unsigned steps)
{
	const struct moment *same =
		moment_new(scene_again(m, steps * SCENE_STEP_NS), part_get(m->pair));
	bool drawn = app_moment(a, same);

	moment_put(same);
	return drawn;
}

/* A moment that has nothing new to show is no reason to draw. */
static void an_unchanged_moment_is_not_drawn(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1});
	const struct moment *late = scene_moment(&(struct scene){.late = 1u << PART_FDS});
	struct app *a = play_start(false, false);

	(void)state;
	assert_true(app_moment(a, m));
	for (unsigned i = 1; i < 100; i++)
		assert_false(feed_same(a, m, i));
	assert_true(play_shows(a, "A 4242 fork-cow"));
	assert_false(app_fading(a));
	/* While it is held, the others pass by. */
	play_keys(a, " ");
	assert_true(feed_same(a, m, 100));
	assert_true(play_shows(a, "0.1 s back, moment 102 of 103"));
	app_key(a, KEYS_END, PLAY_NOW);
	assert_false(feed_same(a, m, 101));
	/* The age of what nobody found to be so any more grows. */
	assert_true(app_moment(a, late));
	assert_true(app_moment(a, late));
	assert_true(app_moment(a, m));
	moment_put(m);
	moment_put(late);
	app_free(a);
}

/* A moment that cost so much and says that we take so much of a core. */
static bool feed_cost(
	struct app *a, const struct moment *m, unsigned steps, uint64_t read_ns, double own)
{
	struct snapshot *s = scene_again(m, steps * SCENE_STEP_NS);
	const struct moment *same = moment_new(s, part_get(m->pair));
	bool drawn;

	s->read_cpu_ns = read_ns;
	s->own_cpu_percent = own;
	drawn = app_moment(a, same);
	moment_put(same);
	return drawn;
}

static void what_sampling_costs_does_not_flicker(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1});
	const struct app_options options = {.delay_ns = SCENE_STEP_NS};
	struct app *a = app_new(&options);

	(void)state;
	app_moment(a, m);
	assert_true(play_shows(a, "exact · read 1.2ms · ours 0.9%"));
	for (unsigned i = 1; i < 10; i++) /* within the second: not yet, though it is much */
		assert_false(feed_cost(a, m, i, 20000000, 9.0));
	assert_true(play_shows(a, "read 1.2ms · ours 0.9%"));
	assert_true(feed_cost(a, m, 10, 20000000, 9.0)); /* then what it was in the mean */
	assert_true(play_shows(a, "read 20ms · ours 9.0%"));
	for (unsigned i = 11; i < 30; i++)
		assert_false(feed_cost(a, m, i, i % 2 ? 18000000 : 23000000, 9.9));
	assert_true(play_shows(a, "read 20ms · ours 9.0%"));
	for (unsigned i = 30; i < 40; i++)
		feed_cost(a, m, i, 1000000, 0.5);
	feed_cost(a, m, 40, 1000000, 0.5);
	assert_true(play_shows(a, "ours 0.5%"));
	moment_put(m);
	app_free(a);
}

static void the_dead_say_their_cause(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_feed(a, (struct scene){.step = 2, .b_killed = true});
	assert_true(play_shows(a, "killed by SIGSEGV"));
	play_feed(a, (struct scene){.step = 3, .alone = true});
	assert_true(play_shows(a, "B none: P chooses one"));
	app_free(a);
}

/* ---- two threads as A and B ----------------------------------------------- */

static bool next_watch(struct app *a, struct app_request *ret)
{
	while (app_next_request(a, ret))
		if (ret->kind == REQUEST_WATCH)
			return true;
	return false;
}

/* Whether a drawing of that size says so anywhere. */
static bool drawing_says(void (*draw)(struct app *, struct canvas *, uint64_t, uint64_t),
	struct app *a, int w, int h, const char *text)
{
	struct canvas *c = canvas_new(w, h, false);
	struct textbuf out = {0};
	bool says;

	draw(a, c, SCENE_BEGIN_NS, 0);
	canvas_write_text(c, &out);
	says = strstr(out.bytes, text) != NULL;
	textbuf_free(&out);
	canvas_free(c);
	return says;
}

static bool screen_says(struct app *a, int w, int h, const char *text)
{
	return drawing_says(app_draw, a, w, h, text);
}

static bool picture_says(struct app *a, const char *text)
{
	return drawing_says(app_picture, a, 80, 24, text);
}

/* A picture has no message in it, be it of the picture before or another's, no prompt and no keys:
 * it says in their place whom it shows and when. */
static void a_picture_is_without_footer(void **state)
{
	static const char *const said[] = {"saved ./twintop-1.svg", "a sample every 50ms"};
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	const struct moment *m = scene_moment(&(struct scene){0});
	struct app_request r;

	(void)state;
	assert_false(picture_says(a, "quit"));
	app_moment(a, m);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		app_message(a, said[i]);
		app_key(a, 'S', SCENE_BEGIN_NS);
		assert_true(app_next_request(a, &r));
		assert_int_equal(r.kind, REQUEST_SAVE_SVG);
		assert_true(screen_says(a, 80, 24, said[i]));
		assert_false(picture_says(a, said[i]));
	}
	app_key(a, '/', SCENE_BEGIN_NS);
	assert_true(screen_says(a, 80, 24, "search:"));
	assert_false(picture_says(a, "search:"));
	app_key(a, KEYS_ESCAPE, SCENE_BEGIN_NS);
	assert_false(picture_says(a, "quit"));
	assert_true(picture_says(a, "A 4242 fork-cow B 4243 fork-cow Overview"));
	app_free(a);
	moment_put(m);
}

/* At 80 columns all views' names and the state stand beside each other, whatever the mark says. */
static void names_and_state_stay(void **state)
{
	static const struct scene scene[] = {{0}, {.estimated = true}, {.denied = true},
		{.late = 1u << PART_PAGES | 1u << PART_MAPPINGS}};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof scene / sizeof *scene; i++) {
		struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
		const struct moment *m = scene_moment(&scene[i / 2]);

		app_moment(a, m);
		if (i % 2)
			app_key(a, ' ', SCENE_BEGIN_NS);
		for (size_t view = 0; view < view_table_n; view++) {
			app_key(a, (uint32_t)view_table[view]->key, SCENE_BEGIN_NS);
			for (size_t k = 0; k < view_table_n; k++)
				assert_true((view_table[k]->aside && k != view) ||
					    screen_says(a, 80, 24, view_table[k]->brief) ||
					    screen_says(a, 80, 24, view_table[k]->title));
			assert_true(screen_says(a, 80, 24, i % 2 ? "paused" : "live"));
		}
		app_free(a);
		moment_put(m);
	}
}

/* Names for ten views leave room for a state and a short mark. */
static void short_names_are_short(void **state)
{
	size_t sum = 0;

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		assert_true(strlen(view_table[i]->brief) <= 5);
		assert_int_equal(view_table[i]->brief[0], view_table[i]->title[0]);
		sum += strlen(view_table[i]->brief);
	}
	assert_true(sum <= 4 * view_table_n);
}

/* A key that sorts, filters or compares rows is offered where there are such rows alone. */
static void only_what_a_view_does_is_offered(void **state)
{
	static const struct {
		uint32_t key;
		unsigned offer;
		const char *offered;
	} row[] = {{'s', VIEW_SORTS, " s sort "}, {'f', VIEW_FILTERS, " f filter "},
		{'D', VIEW_DIFFERS, " D differing "}};
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	const struct moment *m = scene_moment(&(struct scene){0});

	(void)state;
	app_moment(a, m);
	for (size_t i = 0; i < view_table_n; i++)
		for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
			bool offers = view_table[i]->offers & row[k].offer;

			app_message(a, "");
			app_key(a, (uint32_t)view_table[i]->key, SCENE_BEGIN_NS);
			assert_int_equal(screen_says(a, 160, 40, row[k].offered), offers);
			app_key(a, row[k].key, SCENE_BEGIN_NS);
			assert_int_equal(screen_says(a, 160, 40, " view"), !offers);
			app_key(a, KEYS_ESCAPE, SCENE_BEGIN_NS);
		}
	app_free(a);
	moment_put(m);
}

/* Tab is offered where there is another side, or another pane, to go to. */
static void tab_is_offered_where_it_leads_somewhere(void **state)
{
	static const struct {
		uint32_t key;
		const char *offered;
	} row[] = {{'4', " Tab side "}, {'9', " Tab pane "}, {'w', NULL}, {'6', NULL}};
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	const struct moment *m = scene_moment(&(struct scene){0});

	(void)state;
	app_moment(a, m);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		app_key(a, row[i].key, SCENE_BEGIN_NS);
		assert_true(screen_says(a, 160, 40, row[i].offered ? row[i].offered : " q quit"));
		assert_int_equal(screen_says(a, 160, 40, " Tab "), row[i].offered != NULL);
	}
	app_free(a);
	moment_put(m);
}

/* A key that does nothing where it is pressed says so, and where it does something. */
static void a_key_that_does_nothing_says_so(void **state)
{
	static const struct {
		const char *keys, *said;
	} row[] = {
		{"4z", "z is no key here: ? tells of all"},
		{"1\x07", "^G is no key here"},
		{"4b", "b: only in "},
		{"1a", "a: only in "},
		{"1i", "i: only with a launched program"},
		{"2M", "M: only beside the own past of A"},
		{"4n", "nothing was searched for"},
		{"7dd", "nothing that has ended"},
		{"6\t", "no sides to go to"},
	};
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	const struct moment *m = scene_moment(&(struct scene){0});

	(void)state;
	app_moment(a, m);
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		app_message(a, "");
		for (const char *k = row[i].keys; *k; k++)
			app_key(a, *k == '\t' ? (uint32_t)KEYS_TAB : (uint32_t)*k, SCENE_BEGIN_NS);
		if (!screen_says(a, 160, 40, row[i].said))
			fail_msg("%s is not said of %s", row[i].said, row[i].keys);
	}
	app_message(a, "");
	app_key(a, KEYS_ESCAPE, SCENE_BEGIN_NS);
	assert_true(screen_says(a, 160, 40, " q quit"));
	app_free(a);
	moment_put(m);
	/* Alone, Tab has nowhere to go. */
	a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});
	m = scene_moment(&(struct scene){.alone = true});
	app_moment(a, m);
	app_key(a, '4', SCENE_BEGIN_NS);
	app_key(a, KEYS_TAB, SCENE_BEGIN_NS);
	assert_true(screen_says(a, 160, 40, "there is no B to go to"));
	app_free(a);
	moment_put(m);
}

static void enter(struct app *a, unsigned times)
{
	while (times--)
		app_key(a, KEYS_ENTER, PLAY_NOW);
}

static void enter_on_two_threads_makes_the_pair(void **state)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	(void)state;
	play_keys(a, "2j"); /* 4250 of A stands below the main threads */
	enter(a, 2);
	assert_false(next_watch(a, &r));
	play_keys(a, "k");
	app_key(a, KEYS_TAB, PLAY_NOW);
	enter(a, 1);
	assert_false(next_watch(a, &r));
	enter(a, 1);
	assert_true(next_watch(a, &r));
	assert_int_equal(r.pid, 4250);
	assert_int_equal(r.other, 4243);
	assert_false(next_watch(a, &r));
	/* The mark is used up: the next one is a first one again. */
	enter(a, 2);
	assert_false(next_watch(a, &r));
	app_free(a);
}

static void enter_takes_a_mark_away_again(void **state)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	(void)state;
	play_keys(a, "3");
	enter(a, 4); /* marked, and not any more */
	play_keys(a, "j");
	enter(a, 2);
	assert_false(next_watch(a, &r));
	app_key(a, KEYS_ENTER, PLAY_NOW);
	app_key(a, KEYS_ESCAPE, PLAY_NOW); /* closes the panel and leaves the mark */
	play_keys(a, "k");
	enter(a, 2);
	assert_true(next_watch(a, &r));
	assert_int_equal(r.pid, 4250);
	assert_int_equal(r.other, 4242);
	app_free(a);
}

static void enter_marks_nothing_but_threads(void **state)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	(void)state;
	for (const char *view = "1456780"; *view; view++) {
		app_key(a, (unsigned char)*view, PLAY_NOW);
		for (int i = 0; i < 6; i++) {
			enter(a, 1);
			app_key(a, KEYS_DOWN, PLAY_NOW);
		}
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
		assert_false(next_watch(a, &r));
	}
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_cover_every_size),
		cmocka_unit_test(every_size_is_drawn_in_bounds),
		cmocka_unit_test(keys_become_requests),
		cmocka_unit_test(typing_leaves_nothing_to_us),
		cmocka_unit_test(the_chooser_finds_a_process),
		cmocka_unit_test(the_chooser_survives_odd_trees),
		cmocka_unit_test(every_view_has_what_it_needs),
		cmocka_unit_test(an_unchanged_moment_is_not_drawn),
		cmocka_unit_test(what_sampling_costs_does_not_flicker),
		cmocka_unit_test(the_dead_say_their_cause),
		cmocka_unit_test(a_picture_is_without_footer),
		cmocka_unit_test(names_and_state_stay),
		cmocka_unit_test(short_names_are_short),
		cmocka_unit_test(only_what_a_view_does_is_offered),
		cmocka_unit_test(tab_is_offered_where_it_leads_somewhere),
		cmocka_unit_test(a_key_that_does_nothing_says_so),
		cmocka_unit_test(enter_on_two_threads_makes_the_pair),
		cmocka_unit_test(enter_takes_a_mark_away_again),
		cmocka_unit_test(enter_marks_nothing_but_threads),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
