/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/draw/list.h"

#define SECOND 1000000000ull

/* Threads of one side: TIDs up to a 0, and the run time of each. */
struct spec {
	int tid[8];
	uint64_t switches[8];
};

static struct thread_list *threads_of(const struct spec *spec)
{
	struct thread_record record[8] = {{.self = {0}}};
	char name[32];
	size_t n = 0;

	for (; n < 8 && spec->tid[n]; n++) {
		record[n].self.tid = spec->tid[n];
		record[n].run.state = 'S';
		snprintf(name, sizeof name, "worker-%d", spec->tid[n]);
		threads_set_name(&record[n], name);
		record[n].run.voluntary_switches = spec->switches[n];
	}
	return threads_list(record, n);
}

/* Those of one place stand beside each other; a TID of -1 is none. */
static const struct pair_threads *rows_of(const struct spec *a, const struct spec *b)
{
	struct pair_threads *rows = part_make(PART_PAIR_THREADS);

	rows->row = arena_array(&rows->part.arena, 8, sizeof *rows->row);
	for (int i = 0; i < 8 && (a->tid[i] || b->tid[i]); i++)
		rows->row[rows->n++] =
			(struct pair_thread){a->tid[i] > 0 ? i : -1, b->tid[i] > 0 ? i : -1};
	part_seal(&rows->part, 0, 0);
	return rows;
}

static const struct moment *moment_of(const struct spec *a, const struct spec *b)
{
	struct snapshot *s = snapshot_new();
	struct pair *p = NULL;

	s->sides = b ? 2 : 1;
	s->side[0].id = (struct task_id){100, 1};
	s->side[0].threads = threads_of(a);
	if (b) {
		s->side[1].id = (struct task_id){200, 2};
		s->side[1].threads = threads_of(b);
		p = pair_new();
		pair_set_threads(p, rows_of(a, b));
		part_seal(&p->part, 0, 0);
	}
	part_seal(&s->part, 0, 0);
	return moment_new(s, p);
}

/* One moment shown at a time: the view's world in the tests. */
struct world {
	struct list *list;
	struct list_env env;
	struct canvas *canvas;
	char line[512];
};

static const struct list_column columns[] = {
	{.field = "thread.tid", .rank = 0},
	{.field = "thread.name", .rank = 1, .flags = LIST_GROW},
	{.field = "thread.voluntary_switches", .rank = 2},
	{.field = "thread.state", .rank = 2, .gone = "X", .lecture = {.width = 9, .gone = "ended"}},
};

static size_t rows(const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	const struct moment *m = env->moment;
	const struct thread_list *t = m->snapshot->side[0].threads,
				 *u = m->snapshot->side[1].threads;
	size_t n = m->pair ? m->pair->threads_n : t ? t->n : 0;
	struct list_row *row = arena_array(arena, n, sizeof *row);

	for (size_t i = 0; i < n; i++) {
		int a = m->pair ? m->pair->thread[i].a : (int)i,
		    b = m->pair ? m->pair->thread[i].b : -1;

		row[i] = (struct list_row){
			{a < 0 ? 0 : (uint64_t)thread_self_at(t, (size_t)a)->tid,
				b < 0 ? 0 : (uint64_t)thread_self_at(u, (size_t)b)->tid},
			{a, b}, m->pair ? (ptrdiff_t)i : -1,
			a < 0	? ROW_ONLY_B
			: b < 0 ? ROW_ONLY_A
				: ROW_SAME};
	}
	*ret_rows = row;
	return n;
}

static const struct list_ops ops = {
	.kind = RECORD_THREAD,
	.columns = columns,
	.columns_n = 4,
	.rows = rows,
	.ended = "ended",
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);

	w->list = list_new(&ops);
	w->canvas = canvas_new(80, 12, false);
	w->env.now_ns = 100 * SECOND;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	list_free(w->list);
	moment_put(w->env.moment);
	canvas_free(w->canvas);
	free(w);
	return 0;
}

static void draw(struct world *w)
{
	canvas_clear(w->canvas);
	list_draw(w->list, &w->env, w->canvas, (struct rect){0, 0, w->canvas->w, w->canvas->h});
}

static void show(struct world *w, const struct spec *a, const struct spec *b)
{
	const struct moment *old = w->env.moment;

	w->env.moment = moment_of(a, b);
	moment_put(old);
	list_update(w->list, &w->env);
	draw(w);
}

/* The moment of so many seconds. */
static void show_at(struct world *w, unsigned seconds, const struct spec *a, const struct spec *b)
{
	const struct moment *old = w->env.moment, *m = moment_of(a, b);
	struct snapshot *s = (struct snapshot *)(uintptr_t)m->snapshot;

	s->monotonic_ns = seconds * SECOND;
	w->env.now_ns = seconds * SECOND + SECOND / 100;
	w->env.moment = m;
	moment_put(old);
	list_update(w->list, &w->env);
	draw(w);
}

/* A row of the canvas as text. */
static const char *line(struct world *w, int y)
{
	struct textbuf b = {0};

	for (int x = 0; x < w->canvas->w; x++) {
		char utf8[4];
		const struct cell *cell = canvas_at(w->canvas, x, y);

		if (cell->width)
			textbuf_add(&b, utf8, text_encode(cell->code[0], utf8));
	}
	snprintf(w->line, sizeof w->line, "%s", b.bytes);
	textbuf_free(&b);
	return w->line;
}

static enum style style_of(struct world *w, int y, const char *text)
{
	const char *at = strstr(line(w, y), text);

	assert_non_null(at);
	return canvas_at(w->canvas, (int)text_width(w->line, (size_t)(at - w->line)), y)->style;
}

static int selected_tid(struct world *w)
{
	struct list_row row;

	assert_true(list_selected(w->list, &row));
	return (int)row.id[row.index[0] < 0 && row.index[1] >= 0];
}

static void test_selection_stays_on_its_row(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102}, {0}}, NULL);
	list_act(w->list, &w->env, ACTION_DOWN);
	assert_int_equal(selected_tid(w), 101);
	show(w, &(struct spec){{100, 95, 96, 101, 102}, {0}}, NULL);
	assert_int_equal(selected_tid(w), 101);
	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	assert_int_equal(selected_tid(w), 101);
	list_act(w->list, &w->env, ACTION_END);
	list_act(w->list, &w->env, ACTION_HOME);
	assert_int_equal(selected_tid(w), 100);
}

static void test_dead_rows_stay_until_dismissed(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102}, {0}}, NULL);
	show(w, &(struct spec){{100, 102}, {0}}, NULL);
	assert_int_equal(list_shown(w->list), 3);
	assert_non_null(strstr(line(w, 2), "worker-101"));
	assert_int_equal(style_of(w, 2, "worker-101"), STYLE_DIM);
	assert_non_null(strstr(line(w, 3), "worker-102"));
	/* They keep their places while others come and go. */
	show(w, &(struct spec){{100, 90, 102, 103}, {0}}, NULL);
	assert_int_equal(list_shown(w->list), 5);
	assert_non_null(strstr(line(w, 2), "worker-101"));
	list_act(w->list, &w->env, ACTION_DISMISS);
	draw(w);
	assert_int_equal(list_shown(w->list), 4);
	assert_null(strstr(line(w, 2), "worker-101"));
}

/* Of the dead a column may say so, in place of what it last showed; in lecture mode in words. */
static void test_the_dead_are_told_from_the_living(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	assert_null(strstr(line(w, 2), " X"));
	show(w, &(struct spec){{100}, {0}}, NULL);
	assert_null(strstr(line(w, 1), " X"));
	assert_non_null(strstr(line(w, 2), " X"));
	w->env.lecture = true;
	draw(w);
	assert_null(strstr(line(w, 1), "ended"));
	assert_non_null(strstr(line(w, 3), "ended")); /* rows stand apart there */
}

static void draw_bar(const struct list_env *env, const void *context, const struct record *r,
	struct canvas *c, struct rect cell)
{
	(void)env;
	(void)context;
	(void)r;
	canvas_text(c, cell.x, cell.y, cell.w, STYLE_NORMAL, "=====");
}

/* What stands for a field as a picture does so no more: not as the text that it would be either. */
static void test_the_dead_have_no_pictures(void **state)
{
	static const struct list_column drawn[] = {
		{.field = "thread.name", .rank = 0, .flags = LIST_GROW},
		{.field = "thread.tid", .rank = 0, .draw = draw_bar}};
	struct list_ops own = ops;
	struct world *w = *state;

	own.columns = drawn;
	own.columns_n = 2;
	list_free(w->list);
	w->list = list_new(&own);
	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	show(w, &(struct spec){{100}, {0}}, NULL);
	assert_non_null(strstr(line(w, 1), "====="));
	assert_non_null(strstr(line(w, 2), "worker-101"));
	assert_null(strstr(line(w, 2), "====="));
	assert_null(strstr(line(w, 2), " 101"));
	list_free(w->list);
	w->list = list_new(&ops);
}

static ptrdiff_t one_before(const struct list_env *env, const struct list_row *row)
{
	(void)env;
	return row->index[0] - 1;
}

/* Each row hangs below the one before it, deeper than there is room for. */
static void test_deep_branches_are_counted(void **state)
{
	static const struct list_column tree[] = {
		{.field = "thread.name", .rank = 0, .width = 16, .flags = LIST_TREE}};
	static const char *const want[] = {"worker-100", "└ worker-101", "  └ work", "    └ wo",
		"      └ ", "+2    └ ", "+3    └ "};
	struct list_ops own = ops;
	struct world *w = *state;

	own.columns = tree;
	own.columns_n = 1;
	own.one = true;
	own.parent = one_before;
	list_free(w->list);
	w->list = list_new(&own);
	show(w, &(struct spec){{100, 101, 102, 103, 104, 105, 106}, {0}}, NULL);
	for (int i = 0; i < 7; i++)
		assert_non_null(strstr(line(w, 1 + i), want[i]));
	assert_null(strstr(line(w, 5), "+"));
	list_free(w->list);
	w->list = list_new(&ops);
}

static void test_dead_half_keeps_its_place(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101}, {0}}, &(struct spec){{200, 201}, {0}});
	assert_non_null(strstr(line(w, 2), "worker-201"));
	show(w, &(struct spec){{100, 101}, {0}}, &(struct spec){{200, -1}, {0}});
	assert_int_equal(list_shown(w->list), 2);
	assert_int_equal(style_of(w, 2, "worker-201"), STYLE_DIM);
	assert_int_equal(style_of(w, 2, "worker-101"), STYLE_NORMAL);
	/* A's half goes as well: the row goes on in B's identity, then it is dead whole. */
	show(w, &(struct spec){{100}, {0}}, &(struct spec){{200}, {0}});
	assert_int_equal(list_shown(w->list), 2);
	assert_int_equal(style_of(w, 2, "worker-101"), STYLE_DIM);
	/* Alive again: no dead row beside it. */
	show(w, &(struct spec){{100, 101}, {0}}, &(struct spec){{200, -1}, {0}});
	assert_int_equal(list_shown(w->list), 2);
	assert_int_equal(style_of(w, 2, "worker-101"), STYLE_NORMAL);
}

static void test_nothing_dies_when_nobody_read(void **state)
{
	struct world *w = *state;
	struct snapshot *s = snapshot_new();

	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	s->sides = 1;
	s->side[0].id = (struct task_id){100, 1};
	s->side[0].threads = NULL;
	part_seal(&s->part, 0, 0);
	moment_put(w->env.moment);
	w->env.moment = moment_new(s, NULL);
	list_update(w->list, &w->env);
	assert_int_equal(list_shown(w->list), 0);
	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	assert_int_equal(list_shown(w->list), 2);
}

static void test_changes_are_marked_three_seconds(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101}, {5, 77}}, NULL);
	assert_int_equal(style_of(w, 2, "77"), STYLE_NORMAL);
	show(w, &(struct spec){{100, 101}, {5, 78}}, NULL);
	assert_int_equal(style_of(w, 2, "78"), STYLE_CHANGED);
	assert_non_null(strstr(line(w, 2), "●"));
	assert_null(strstr(line(w, 1), "●"));
	w->env.now_ns += 2999999999ull;
	show(w, &(struct spec){{100, 101}, {5, 78}}, NULL);
	assert_int_equal(style_of(w, 2, "78"), STYLE_CHANGED);
	w->env.now_ns += 1;
	show(w, &(struct spec){{100, 101}, {5, 78}}, NULL);
	assert_int_equal(style_of(w, 2, "78"), STYLE_NORMAL);
	assert_null(strstr(line(w, 2), "●"));
}

static void test_sort_is_stable_and_turns(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102, 103}, {7, 9, 7, 9}}, NULL);
	list_act(w->list, &w->env, ACTION_RIGHT);
	list_act(w->list, &w->env, ACTION_RIGHT);
	list_act(w->list, &w->env, ACTION_RIGHT);
	list_act(w->list, &w->env, ACTION_SORT);
	draw(w);
	assert_non_null(strstr(line(w, 0), "↓"));
	assert_non_null(strstr(line(w, 1), "worker-101"));
	assert_non_null(strstr(line(w, 2), "worker-103"));
	assert_non_null(strstr(line(w, 3), "worker-100"));
	assert_non_null(strstr(line(w, 4), "worker-102"));
	list_act(w->list, &w->env, ACTION_SORT_REVERSE);
	draw(w);
	assert_non_null(strstr(line(w, 1), "worker-100"));
	assert_non_null(strstr(line(w, 2), "worker-102"));
	/* After the last column natural order comes again. */
	list_act(w->list, &w->env, ACTION_SORT);
	draw(w);
	assert_non_null(strstr(line(w, 1), "worker-100"));
	assert_non_null(strstr(line(w, 2), "worker-101"));
}

/* What one sorts for stands on top: there the selection goes, by key, turned round and by click. */
static void test_sorting_goes_to_the_top(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102, 103}, {7, 9, 6, 8}}, NULL);
	list_act(w->list, &w->env, ACTION_END);
	assert_int_equal(selected_tid(w), 103);
	for (int i = 0; i < 3; i++)
		list_act(w->list, &w->env, ACTION_RIGHT);
	list_act(w->list, &w->env, ACTION_SORT);
	assert_int_equal(selected_tid(w), 101);
	list_act(w->list, &w->env, ACTION_DOWN);
	list_act(w->list, &w->env, ACTION_SORT_REVERSE);
	assert_int_equal(selected_tid(w), 102);
	list_act(w->list, &w->env, ACTION_END);
	draw(w);
	list_click(w->list, &w->env, 5, 0);
	assert_int_equal(selected_tid(w), 100);
	/* Later moments do not take it from the row that it went to. */
	list_act(w->list, &w->env, ACTION_SORT_REVERSE);
	show(w, &(struct spec){{100, 101, 102, 103, 104}, {7, 9, 6, 8, 1}}, NULL);
	assert_int_equal(selected_tid(w), 103);
}

static void test_filter_and_search(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 112, 113}, {0}}, NULL);
	list_filter(w->list, &w->env, "WORKER-11");
	assert_int_equal(list_shown(w->list), 2);
	assert_int_equal(selected_tid(w), 112);
	assert_true(list_search(w->list, &w->env, "113", false));
	assert_int_equal(selected_tid(w), 113);
	assert_false(list_search(w->list, &w->env, "100", false));
	assert_true(list_act(w->list, &w->env, ACTION_BACK));
	assert_int_equal(list_shown(w->list), 4);
	assert_int_equal(selected_tid(w), 113);
	assert_true(list_search(w->list, &w->env, "worker", true));
	assert_int_equal(selected_tid(w), 100);
	assert_false(list_act(w->list, &w->env, ACTION_BACK));
}

static void test_click_selects_and_sorts(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102}, {1, 2, 3}}, NULL);
	list_click(w->list, &w->env, 3, 3);
	assert_int_equal(selected_tid(w), 102);
	list_click(w->list, &w->env, 5, 0);
	draw(w);
	assert_non_null(strstr(line(w, 0), "TID↑"));
	list_click(w->list, &w->env, 5, 0);
	draw(w);
	assert_non_null(strstr(line(w, 0), "TID↓"));
	assert_non_null(strstr(line(w, 1), "worker-102"));
}

static void test_another_process_starts_afresh(void **state)
{
	struct world *w = *state;
	struct snapshot *s = snapshot_new();

	show(w, &(struct spec){{100, 101}, {0}}, NULL);
	s->sides = 1;
	s->side[0].id = (struct task_id){300, 9};
	s->side[0].threads = threads_of(&(struct spec){{300}, {0}});
	part_seal(&s->part, 0, 0);
	moment_put(w->env.moment);
	w->env.moment = moment_new(s, NULL);
	list_update(w->list, &w->env);
	assert_int_equal(list_shown(w->list), 1);
	assert_int_equal(selected_tid(w), 300);
}

static void test_every_size_draws(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101, 102}, {1, 2, 3}}, &(struct spec){{200, 201}, {0}});
	for (int width = 1; width < 130; width += 3)
		for (int height = 1; height < 14; height++) {
			canvas_free(w->canvas);
			w->canvas = canvas_new(width, height, true);
			draw(w);
			assert_true(w->canvas->cursor_x < width && w->canvas->cursor_y < height);
		}
}

/* Back in time nothing is born and nothing dies: what is not there yet is not there. */
static void test_going_back_kills_nobody(void **state)
{
	const struct spec first = {{100, 101}, {0}}, born = {{100, 101, 102}, {0}},
			  died = {{100, 102}, {0}};
	struct world *w = *state;

	show_at(w, 10, &first, NULL);
	show_at(w, 20, &born, NULL);
	list_act(w->list, &w->env, ACTION_DOWN);
	assert_int_equal(selected_tid(w), 101);
	show_at(w, 30, &died, NULL);
	assert_int_equal(list_shown(w->list), 3);
	assert_non_null(strstr(line(w, 11), "1 ended"));
	show_at(w, 20, &born, NULL); /* it lives again, in the same row */
	assert_int_equal(list_shown(w->list), 3);
	assert_int_equal(selected_tid(w), 101);
	assert_null(strstr(line(w, 2), "●"));
	assert_null(strstr(line(w, 11), "ended"));
	show_at(w, 10, &first, NULL); /* 102 is not born yet */
	assert_int_equal(list_shown(w->list), 2);
	assert_null(strstr(line(w, 11), "ended"));
	/* And on again: it is born once more, and the other one dies. */
	show_at(w, 20, &born, NULL);
	assert_non_null(strstr(line(w, 3), "●"));
	show_at(w, 30, &died, NULL);
	assert_int_equal(list_shown(w->list), 3);
	assert_non_null(strstr(line(w, 11), "1 ended"));
	show_at(w, 20, &died, NULL); /* who was seen to die later is no dead of this moment */
	assert_int_equal(list_shown(w->list), 2);
}

/* The dead of before the moment that one goes back to stay. */
static void test_going_back_leaves_the_dead_of_before(void **state)
{
	const struct spec all = {{100, 101, 102}, {0}}, two = {{100, 102}, {0}}, one = {{100}, {0}};
	struct world *w = *state;

	show_at(w, 10, &all, NULL);
	show_at(w, 20, &two, NULL);
	show_at(w, 30, &one, NULL);
	assert_int_equal(list_shown(w->list), 3);
	show_at(w, 20, &two, NULL);
	assert_int_equal(list_shown(w->list), 3);
	assert_int_equal(style_of(w, 2, "worker-101"), STYLE_DIM);
	assert_int_equal(style_of(w, 3, "worker-102"), STYLE_NORMAL);
}

/* One half of a row is born, or dies, while the other lives on. */
static void test_going_back_minds_each_side(void **state)
{
	const struct spec a = {{100, 101}, {0}}, b = {{200, 201}, {0}}, b_none = {{200, -1}, {0}};
	struct world *w = *state;

	show_at(w, 10, &a, &b_none);
	show_at(w, 20, &a, &b);
	show_at(w, 30, &a, &b_none);
	assert_non_null(strstr(line(w, 2), "worker-201")); /* dead */
	show_at(w, 20, &a, &b);
	assert_int_equal(style_of(w, 2, "worker-201"), STYLE_NORMAL);
	show_at(w, 10, &a, &b_none);
	assert_null(strstr(line(w, 2), "worker-201"));
	assert_non_null(strstr(line(w, 2), "worker-101"));
}

/* ---- an update where nobody came or went ----------------------------------- */

static unsigned rows_asked;

static size_t counted_rows(
	const struct list_env *env, struct arena *arena, struct list_row **ret_rows)
{
	rows_asked++;
	return rows(env, arena, ret_rows);
}

static bool same_tids(const struct moment *now, const struct moment *before)
{
	const struct thread_list *a = now->snapshot->side[0].threads;
	const struct thread_list *b = before->snapshot->side[0].threads;

	if (!a || !b || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (thread_self_at(a, i)->tid != thread_self_at(b, i)->tid)
			return false;
	return true;
}

static enum row_state state_now(const struct list_env *env, const struct list_row *row)
{
	const struct thread_list *t = env->moment->snapshot->side[0].threads;

	return thread_run_at(t, (size_t)row->index[0])->voluntary_switches > 5 ? ROW_DIVERGED
									       : ROW_SAME;
}

static void say_state(const struct list_env *env, const struct list_row *row, struct textbuf *out)
{
	(void)env;
	textbuf_adds(out, row_state_name(row->state));
}

static int setup_same(void **state)
{
	static struct list_ops same;
	struct world *w;

	setup(state);
	w = *state;
	same = ops;
	same.rows = counted_rows;
	same.same = same_tids;
	same.state = state_now;
	same.note = say_state;
	list_free(w->list);
	w->list = list_new(&same);
	rows_asked = 0;
	return 0;
}

static void test_the_same_rows_are_not_asked_for(void **state)
{
	struct world *w = *state;

	show(w, &(struct spec){{100, 101}, {1, 2}}, NULL);
	show(w, &(struct spec){{100, 101}, {1, 9}}, NULL);
	assert_int_equal(rows_asked, 1);
	/* What they hold is of the newest moment, and so is their state. */
	assert_non_null(strstr(line(w, 2), "9"));
	assert_true(list_search(w->list, &w->env, "diverged", false));
	assert_int_equal(selected_tid(w), 101);
	show(w, &(struct spec){{100, 102}, {1, 9}}, NULL);
	assert_int_equal(rows_asked, 2);
	assert_int_equal(list_shown(w->list), 3);
	show(w, &(struct spec){{100, 102}, {1, 9}}, NULL);
	assert_int_equal(rows_asked, 2);
	assert_int_equal(list_shown(w->list), 3); /* the dead one stays */
	list_act(w->list, &w->env, ACTION_DISMISS);
	draw(w);
	assert_int_equal(list_shown(w->list), 2);
}

/* Whatever moved since the last time, the rows are in order; equal ones in their natural one. */
static void test_rows_are_sorted_anew_as_they_move(void **state)
{
	struct world *w = *state;

	srand(12);
	show(w, &(struct spec){{100, 101, 102, 103, 104, 105, 106, 107}, {0}}, NULL);
	for (int i = 0; i < 3; i++)
		list_act(w->list, &w->env, ACTION_RIGHT);
	list_act(w->list, &w->env, ACTION_SORT);
	for (int round = 0; round < 300; round++) {
		struct spec spec = {{100, 101, 102, 103, 104, 105, 106, 107}, {0}};
		const struct thread_list *t = w->env.moment->snapshot->side[0].threads;
		uint64_t before = UINT64_MAX;
		int tid = 0;

		for (size_t i = 0; i < 8; i++)
			spec.switches[i] = rand() % 3 ? thread_run_at(t, i)->voluntary_switches
						      : (uint64_t)rand() % 6;
		show(w, &spec, NULL);
		t = w->env.moment->snapshot->side[0].threads;
		list_act(w->list, &w->env, ACTION_HOME);
		for (int i = 0; i < 8; i++) {
			ptrdiff_t at = thread_find(t, selected_tid(w));
			uint64_t value = thread_run_at(t, (size_t)at)->voluntary_switches;

			assert_true(value <= before);
			assert_true(value < before || selected_tid(w) > tid);
			before = value;
			tid = selected_tid(w);
			list_act(w->list, &w->env, ACTION_DOWN);
		}
	}
	assert_int_equal(rows_asked, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_selection_stays_on_its_row, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_dead_rows_stay_until_dismissed, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_dead_are_told_from_the_living, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_dead_have_no_pictures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_deep_branches_are_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dead_half_keeps_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_changes_are_marked_three_seconds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sort_is_stable_and_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sorting_goes_to_the_top, setup, teardown),
		cmocka_unit_test_setup_teardown(test_filter_and_search, setup, teardown),
		cmocka_unit_test_setup_teardown(test_click_selects_and_sorts, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_another_process_starts_afresh, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_nothing_dies_when_nobody_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_going_back_kills_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_going_back_leaves_the_dead_of_before, setup, teardown),
		cmocka_unit_test_setup_teardown(test_going_back_minds_each_side, setup, teardown),
		cmocka_unit_test_setup_teardown(test_every_size_draws, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_same_rows_are_not_asked_for, setup_same, teardown),
		cmocka_unit_test_setup_teardown(
			test_rows_are_sorted_anew_as_they_move, setup_same, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
