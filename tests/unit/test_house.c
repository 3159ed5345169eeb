/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Houses: what they hold follows from the moment, where it stands from the size. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/scene.h"
#include "twintop/draw/house_plan.h"
#include "twintop/model/house.h"
#include "twintop/view/view.h"

static uint64_t pieces_of(const struct house *h, enum furniture kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEGMENTS; i++)
		n += h->room[i].pieces[kind];
	return n;
}

static struct house house_at(const struct scene *scene, unsigned side)
{
	const struct moment *m = scene_moment(scene);
	struct house h;

	house_of(m, side, &h);
	moment_put(m);
	return h;
}

/* ---- what it holds -------------------------------------------------------------- */

static void furniture_is_what_the_verdicts_say(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	const struct pair_pages *p = &m->pair->verdicts->pages;

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		struct house h;

		house_of(m, side, &h);
		assert_true(h.compared);
		assert_null(h.why);
		assert_int_equal(pieces_of(&h, FURNITURE_BOTH), p->cow_shared);
		assert_int_equal(pieces_of(&h, FURNITURE_COPIED_A), p->copied_by_a);
		assert_int_equal(pieces_of(&h, FURNITURE_COPIED_B), p->copied_by_b);
	}
	moment_put(m);
}

/* In both houses where one piece was are two, and that is new; nothing else changes. */
static void a_piece_turns_into_two(void **state)
{
	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		struct house before = house_at(&(struct scene){.step = 3}, side);
		struct house after = house_at(&(struct scene){.step = 4}, side);

		assert_int_equal(
			pieces_of(&after, FURNITURE_BOTH), pieces_of(&before, FURNITURE_BOTH) - 1);
		assert_int_equal(pieces_of(&after, FURNITURE_COPIED_B),
			pieces_of(&before, FURNITURE_COPIED_B) + 1);
		assert_int_equal(
			pieces_of(&after, FURNITURE_OWN), pieces_of(&before, FURNITURE_OWN));
		assert_int_equal(after.room[SEGMENT_ANONYMOUS].fresh, 1);
	}
}

/* What could not be read is not empty, and what cannot be compared says why. */
static void unknown_is_not_empty(void **state)
{
	struct house h = house_at(&(struct scene){.denied = true}, 0);

	(void)state;
	assert_false(value_state_has_value(h.memory));
	assert_false(value_state_has_value(h.pages));
	assert_false(h.compared);
	h = house_at(&(struct scene){.alone = true}, 0);
	assert_false(h.compared);
	assert_null(h.why);
	assert_true(pieces_of(&h, FURNITURE_OWN) > 0);
	assert_int_equal(pieces_of(&h, FURNITURE_BOTH), 0);
}

static void all_people_are_counted(void **state)
{
	struct house h = house_at(&(struct scene){.waiting = true}, 0);
	size_t n = 0;

	(void)state;
	for (unsigned k = 0; k < PERSON_STATES; k++)
		n += h.by_state[k];
	assert_int_equal(n, h.persons_n);
	assert_true(h.by_state[PERSON_AWAKE] > 0);
	assert_true(h.by_state[PERSON_AT_DOOR] > 0);
	assert_true(h.by_state[PERSON_AT_BOX] > 0);
	assert_true(h.by_state[PERSON_AT_BELL] > 0);
	assert_true(h.by_state[PERSON_ASLEEP] > 0);
}

static void expect_told(
	const struct moment *m, pid_t tid, enum person_words words, const char *want)
{
	struct textbuf text = {0};
	ptrdiff_t i = thread_find(m->snapshot->side[0].threads, tid);

	assert_true(i >= 0);
	person_tell(m->snapshot, 0, (size_t)i, words, &text);
	assert_string_equal(text.bytes, want);
	textbuf_free(&text);
}

static void they_say_who_has_the_key(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.waiting = true});

	(void)state;
	expect_told(m, 4300, PERSON_BRIEF, "door lock_right, key 4301");
	expect_told(m, 4307, PERSON_BRIEF, "door lock_itself, key: itself");
	expect_told(m, 4303, PERSON_BRIEF, "bell: join of 4302");
	expect_told(m, 4304, PERSON_LECTURE, "door lock, key 4400");
	expect_told(m, 4250, PERSON_BRIEF, "awake, CPU 0");
	moment_put(m);
}

/* A state that stands for itself, whatever the thread was blocked in. */
static void states_of_threads(void **state)
{
	static const struct {
		char letter;
		enum person_state want;
	} row[] = {{'R', PERSON_AWAKE}, {'T', PERSON_STOPPED}, {'t', PERSON_STOPPED},
		{'Z', PERSON_ENDED}, {'X', PERSON_ENDED}, {'S', PERSON_BLOCKED},
		{'D', PERSON_BLOCKED}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct thread_list list = {.n = 1};
		struct thread_run run = {.state = row[i].letter};
		struct thread_call call = {.syscall_number = -1};
		struct thread_self self = {.tid = 7};
		const struct thread t = {.run = &run, .call = &call, .self = &self, .list = &list};

		for (unsigned k = 0; k < THREAD_SOURCES; k++)
			list.source[k] = self.source[k] = VALUE_KNOWN;
		self.source[THREAD_SYSCALL] = VALUE_DENIED;
		assert_int_equal(person_state_of(&t), row[i].want);
		self.source[THREAD_SYSCALL] = VALUE_KNOWN;
		if (row[i].want == PERSON_BLOCKED)
			assert_int_equal(person_state_of(&t), PERSON_ASLEEP);
	}
}

static void each_likeness_ends_somewhere(void **state)
{
	(void)state;
	for (unsigned k = 0; k < HOUSE_THINGS; k++) {
		const struct house_likeness *l = house_likeness((enum house_thing)k);

		assert_true(strlen(l->ends) > 0 && strlen(l->holds) > 0);
		/* "Person = thread. …" in a line of 80 columns. */
		assert_true(strlen(l->thing) + strlen(l->stands) + strlen(l->brief) + 5 <= 80);
	}
}

/* ---- where it stands ------------------------------------------------------------- */

static bool lies_in(const struct rect *a, const struct rect *b)
{
	return !a->w || !a->h ||
	       (a->x >= b->x && a->y >= b->y && a->x + a->w <= b->x + b->w &&
		       a->y + a->h <= b->y + b->h);
}

static bool meet(const struct rect *a, const struct rect *b)
{
	return a->w && a->h && b->w && b->h && a->x < b->x + b->w && b->x < a->x + a->w &&
	       a->y < b->y + b->h && b->y < a->y + a->h;
}

static void check_plan(struct rect area, const struct house_wish *wish)
{
	struct house_plan p = house_plan_of(area, wish);
	const struct rect *all[] = {
		&p.roof[0], &p.walls[0], &p.roof[1], &p.walls[1], &p.street, &p.legend, &p.caption};
	const size_t n = sizeof all / sizeof *all;

	for (size_t i = 0; i < n; i++) {
		assert_true(lies_in(all[i], &area));
		for (size_t k = i + 1; k < n; k++)
			assert_false(meet(all[i], all[k]));
	}
	for (unsigned house = 0; house < p.houses; house++) {
		assert_true(lies_in(&p.hall[house], &p.walls[house]));
		for (unsigned i = 0; i < p.rooms; i++) {
			assert_true(lies_in(&p.room[house][i], &p.walls[house]));
			assert_false(meet(&p.room[house][i], &p.hall[house]));
			assert_false(i && meet(&p.room[house][i], &p.room[house][i - 1]));
		}
		for (size_t i = 0; i < house_plan_fits(&p, wish->persons); i++) {
			struct rect person = house_plan_person(&p, house, i);

			assert_true(lies_in(&person, &p.hall[house]));
		}
	}
	assert_true(house_plan_fits(&p, wish->persons) <= wish->persons);
}

static void plans_never_overlap(void **state)
{
	static const size_t persons[] = {0, 1, 3, 7, 26, 10000};

	(void)state;
	for (int w = 24; w <= 220; w += 7)
		for (int h = 5; h <= 60; h += 3)
			for (size_t i = 0; i < 2 * sizeof persons / sizeof *persons; i++) {
				const struct house_wish wish = {.houses = 1 + i % 2,
					.persons = persons[i / 2],
					.channels = i,
					.lecture = w % 2};

				check_plan((struct rect){0, 2, w, h}, &wish);
			}
}

/* The same house is as high whatever else is asked, so nothing jumps. */
static void more_people_are_drawn_smaller(void **state)
{
	struct rect area = {0, 2, 120, 33};
	struct house_plan few =
		house_plan_of(area, &(struct house_wish){.houses = 2, .persons = 3});
	struct house_plan many =
		house_plan_of(area, &(struct house_wish){.houses = 2, .persons = 10000});

	(void)state;
	assert_int_equal(few.form, PERSON_FIGURE);
	assert_int_equal(house_plan_fits(&few, 3), 3);
	assert_int_equal(many.form, PERSON_LINE);
	assert_true(house_plan_fits(&many, 10000) < 10000);
	assert_true(house_plan_fits(&many, 10000) > 10);
	assert_memory_equal(&few.walls, &many.walls, sizeof few.walls);
}

/* ---- the view -------------------------------------------------------------------- */

struct shown {
	void *view;
	struct view_env env;
	struct canvas *canvas;
	struct textbuf text;
};

static void redraw(struct shown *s)
{
	canvas_clear(s->canvas);
	view_find("house")->draw(
		s->view, &s->env, s->canvas, (struct rect){0, 0, s->canvas->w, s->canvas->h});
	textbuf_clear(&s->text);
	canvas_write_text(s->canvas, &s->text);
}

static void open_view(struct shown *s, const struct scene *scene)
{
	*s = (struct shown){
		.view = view_find("house")->create(), .canvas = canvas_new(80, 21, false)};
	s->env.moment = scene_moment(scene);
	view_find("house")->update(s->view, &s->env);
	redraw(s);
}

static void close_view(struct shown *s)
{
	view_find("house")->destroy(s->view);
	canvas_free(s->canvas);
	textbuf_free(&s->text);
	moment_put(s->env.moment);
}

static struct view_selection after(struct shown *s, enum action action)
{
	struct view_selection selection;

	view_find("house")->act(s->view, &s->env, action);
	redraw(s);
	assert_true(view_find("house")->selection(s->view, &s->env, &selection));
	return selection;
}

/* People, rooms and channels are all to be reached, each with the record that tells more of it. */
static void arrows_reach_everything(void **state)
{
	struct view_selection got;
	struct shown s;

	(void)state;
	open_view(&s, &(struct scene){.step = 2});
	got = after(&s, ACTION_HOME);
	assert_int_equal(got.record[0].kind, RECORD_THREAD);
	assert_int_equal(got.record[0].index, 0);
	got = after(&s, ACTION_DOWN);
	assert_int_equal(got.record[0].index, 1);
	after(&s, ACTION_UP);
	got = after(&s, ACTION_UP);
	assert_int_equal(got.record[0].kind, RECORD_MAPPING);
	assert_true(got.has[0] && !got.has[1]);
	after(&s, ACTION_DOWN);
	got = after(&s, ACTION_RIGHT);
	assert_int_equal(got.record[0].kind, RECORD_FD);
	assert_true(got.has[0] && got.has[1]);
	got = after(&s, ACTION_RIGHT);
	assert_true(got.has[1] && !got.has[0]);
	assert_int_equal(got.record[1].kind, RECORD_THREAD);
	close_view(&s);
}

/* Who has no room is counted, and can be scrolled to. */
static void a_crowd_is_counted(void **state)
{
	struct shown s;
	const char *more;

	(void)state;
	open_view(&s, &(struct scene){.rows = 10000});
	more = strstr(s.text.bytes, "and ");
	assert_non_null(more);
	assert_in_range(strtoul(more + 4, NULL, 10), 9900, 10003);
	assert_null(strstr(s.text.bytes, "14999"));
	after(&s, ACTION_END);
	assert_non_null(strstr(s.text.bytes, "14999"));
	close_view(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(furniture_is_what_the_verdicts_say),
		cmocka_unit_test(a_piece_turns_into_two),
		cmocka_unit_test(unknown_is_not_empty),
		cmocka_unit_test(all_people_are_counted),
		cmocka_unit_test(they_say_who_has_the_key),
		cmocka_unit_test(states_of_threads),
		cmocka_unit_test(each_likeness_ends_somewhere),
		cmocka_unit_test(plans_never_overlap),
		cmocka_unit_test(more_people_are_drawn_smaller),
		cmocka_unit_test(arrows_reach_everything),
		cmocka_unit_test(a_crowd_is_counted),
	};

	if (!setlocale(LC_ALL, "C.UTF-8"))
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
