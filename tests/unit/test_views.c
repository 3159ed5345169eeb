/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views over the fixed scene: what they say, and that nothing trips them. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/json_nulls.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/scene.h"
#include "twintop/report/report.h"
#include "twintop/view/view.h"

/* One view and what it draws. */
struct shown {
	const struct view_ops *ops;
	void *view;
	struct view_env env;
	struct canvas *canvas;
	struct textbuf text;
	struct view_focus focus;
};

static void open_view(struct shown *s, const char *id, int w, int h)
{
	memset(s, 0, sizeof *s);
	s->ops = view_find(id);
	assert_non_null(s->ops);
	s->view = s->ops->create();
	s->canvas = canvas_new(w, h, false);
	s->env.focus = &s->focus;
}

static void close_view(struct shown *s)
{
	s->ops->destroy(s->view);
	canvas_free(s->canvas);
	textbuf_free(&s->text);
	moment_put(s->env.moment);
}

static void redraw(struct shown *s)
{
	struct rect area = {0, 0, s->canvas->w, s->canvas->h};

	canvas_clear(s->canvas);
	s->ops->draw(s->view, &s->env, s->canvas, area);
	textbuf_clear(&s->text);
	canvas_write_text(s->canvas, &s->text);
}

static void step(struct shown *s, const struct scene *scene)
{
	const struct moment *old = s->env.moment;

	s->env.moment = scene_moment(scene);
	s->env.now_ns = s->env.moment->snapshot->monotonic_ns;
	moment_put(old);
	s->ops->update(s->view, &s->env);
	redraw(s);
}

static void act(struct shown *s, enum action action)
{
	s->ops->act(s->view, &s->env, action);
	redraw(s);
}

/* What a key of the view's own does. */
static void press(struct shown *s, uint32_t key)
{
	const struct action_row *row =
		keymap_find(s->ops->keymap, s->ops->keymap_n, key, SCOPE_VIEW);

	assert_non_null(row);
	act(s, row->action);
}

static void assert_says(const struct shown *s, const char *text)
{
	if (!s->text.bytes || !strstr(s->text.bytes, text)) {
		print_error("%s does not say “%s”:\n%s\n", s->ops->id, text,
			s->text.bytes ? s->text.bytes : "");
		fail();
	}
}

static void test_memory_says_who_wrote(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "memory", 160, 30);
	step(&s, &(struct scene){.step = 0});
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "B wrote 1 page  ●now");
	step(&s, &(struct scene){.step = 2});
	assert_says(&s, "B wrote 2 pages  ●now");
	assert_says(&s, "memfd, same frames");
	assert_says(&s, "only in B");
	s.env.now_ns += 3000000000ull;
	redraw(&s);
	assert_null(strstr(s.text.bytes, "●"));
	close_view(&s);
}

/* What a mapping is outlives where it lies; where it has no name, its address stands for it. */
static void test_paths_outlive_addresses(void **state)
{
	static const struct {
		int w;
		bool from;
	} row[] = {{200, true}, {120, true}, {80, false}};
	struct shown s;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		open_view(&s, "memory", row[i].w, 30);
		step(&s, &(struct scene){.step = 1});
		assert_says(&s, "PATH");
		assert_says(&s, "libc.so.6");
		assert_says(&s, "7f2c40000000");
		assert_int_equal(strstr(s.text.bytes, "FROM") != NULL, row[i].from);
		/* Of the selected row all is told, here or below. */
		assert_says(&s, "/home/u/fork-cow");
		close_view(&s);
	}
}

/* A system call keeps its name and what it is about; addresses go first, and stand below in full.
 */
static void test_calls_outlive_their_addresses(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "threads", 120, 20);
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "read(0,…,0x400)");
	assert_says(&s, "SYSCALL read(0, 0x7ffd5b1ff000, 0x400)");
	act(&s, ACTION_DOWN);
	assert_null(strstr(s.text.bytes, "SYSCALL read("));
	act(&s, ACTION_DOWN);
	assert_says(&s, "A NAME x\\e[31m\\n");
	close_view(&s);
	open_view(&s, "threads", 240, 20);
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, " read(0, 0x7ffd5b1ff000, 0x400)");
	assert_null(strstr(s.text.bytes, "SYSCALL read("));
	close_view(&s);
}

static void test_pages_follow_the_memory_view(void **state)
{
	struct shown memory, pages;

	(void)state;
	open_view(&memory, "memory", 100, 30);
	step(&memory, &(struct scene){.step = 3});
	for (int i = 0; i < 4; i++)
		act(&memory, ACTION_DOWN);
	assert_int_equal(memory.focus.address, 0x55d0a3f10000);
	open_view(&pages, "pages", 100, 30);
	pages.env.focus = &memory.focus;
	step(&pages, &(struct scene){.step = 3});
	assert_says(&pages, "heap 55d0a3f10000");
	assert_says(&pages, "page 1 of");
	act(&pages, ACTION_PAGE_DOWN);
	assert_says(&pages, "anon 7f2c40000000");
	memory.focus.address = 0x55d0a3f12000; /* an address within leads to its page */
	step(&pages, &(struct scene){.step = 3});
	assert_says(&pages, "heap 55d0a3f10000");
	assert_says(&pages, "page 3 of");
	act(&pages, ACTION_RIGHT);
	step(&pages, &(struct scene){.step = 3});
	assert_says(&pages, "page 4 of"); /* and the cursor is free again */
	close_view(&pages);
	close_view(&memory);
}

static void test_pages_zoom_and_tell(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "pages", 100, 30);
	step(&s, &(struct scene){.step = 3});
	assert_says(&s, "anon 7f2c40000000");
	assert_says(&s, "copied by B, thread 4243 fork-cow, fill_row table.c:88, just now");
	assert_says(&s, "61 shared since fork   B 3 copied by B");
	assert_says(&s, "A frame 340000  B frame 440000");
	act(&s, ACTION_END);
	assert_says(&s, "page 64 of");
	assert_says(&s, "shared since fork — Both map the same frame");
	press(&s, '-');
	press(&s, '-');
	act(&s, ACTION_HOME);
	assert_says(&s, "a cell is 4");
	assert_says(&s, "3 copied by B, 1 shared since fork");
	press(&s, '+');
	press(&s, '+');
	press(&s, '+');
	assert_says(&s, "page 1 of");
	step(&s, &(struct scene){.step = 3, .estimated = true});
	assert_says(&s, "A frame ?, exclusive  B frame ?, exclusive  ?: needs CAP_SYS_ADMIN");
	step(&s, &(struct scene){.step = 3, .alone = true});
	assert_says(&s, "shared with someone");
	close_view(&s);
}

/* Every frame is mapped once. */
static void answer_one(void *context, const struct question *question, struct answer *ret)
{
	(void)context;
	assert_int_equal(question->kind, QUESTION_FRAME_USERS);
	*ret = (struct answer){.state = VALUE_KNOWN, .number = 1};
}

/* After a copy each maps a frame of its own, and both sides say so. */
static void test_pages_say_how_many_map_each(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "pages", 100, 30);
	s.env.ask = answer_one;
	step(&s, &(struct scene){.step = 3});
	assert_says(&s, "A frame 340000 mapped 1×  B frame 440000 mapped 1×");
	close_view(&s);
}

/* What Overview and Sharing say is in common is one number, whatever became of B. */
static void check_common(const struct scene *scene, const char *bytes)
{
	struct shown s;
	char text[64];

	open_view(&s, "overview", 120, 36);
	step(&s, scene);
	snprintf(text, sizeof text, "in common %s", bytes);
	assert_says(&s, text);
	close_view(&s);
	open_view(&s, "sharing", 120, 36);
	step(&s, scene);
	snprintf(text, sizeof text, "exists once       %s", bytes);
	assert_says(&s, text);
	close_view(&s);
}

static void test_what_is_in_common_is_one_number(void **state)
{
	(void)state;
	check_common(&(struct scene){.step = 0}, "588K");
	check_common(&(struct scene){.step = 3}, "576K");
	check_common(&(struct scene){.step = 3, .b_killed = true}, "256K");
}

#define PAGE_SIZE 4096u

/* A mapping of n pages of one kind. */
static void add_mapping(
	struct memory_map *m, struct page_map *p, uint64_t start, size_t n, uint64_t entry)
{
	uint64_t *entries = arena_array(&p->part.arena, n, sizeof *entries);

	for (size_t i = 0; i < n; i++) {
		entries[i] = PAGE_PRESENT | entry;
		page_count(&p->mapping[m->n], entries[i]);
	}
	m->mapping[m->n++] = (struct mapping){.start = start,
		.end = start + n * PAGE_SIZE,
		.kind = MAPPING_ANONYMOUS,
		.flags = MAPPING_READ | MAPPING_WRITE};
	p->run[p->runs_n++] = (struct page_run){.start = start, .n = n, .entry = entries};
}

/*
 * One process with two mappings, the second 1 MiB behind the first and with a page more: whatever
 * folds address and size into one number is likely to take the two for one.
 */
static const struct moment *two_mappings(void)
{
	struct snapshot *s = snapshot_new();
	struct memory_map *m = part_make(PART_MAPPINGS);
	struct page_map *p = part_make(PART_PAGES);

	m->mapping = arena_array(&m->part.arena, 2, sizeof *m->mapping);
	p->memory = part_get(m);
	p->page_size = s->host.page_size = PAGE_SIZE;
	p->mapping = arena_array(&p->part.arena, 2, sizeof *p->mapping);
	p->run = arena_array(&p->part.arena, 2, sizeof *p->run);
	add_mapping(m, p, 0x7f0000000000, 64, PAGE_EXCLUSIVE);
	add_mapping(m, p, 0x7f0000100000, 65, PAGE_FILE);
	part_seal(&m->part, 0, 0);
	part_seal(&p->part, 0, 0);
	s->sides = 1;
	s->side[0].memory = m;
	s->side[0].pages = p;
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

/* A guard page has no memory, and is in no swap. */
static void test_pages_name_a_guard(void **state)
{
	const struct moment *m = two_mappings();
	uint64_t *entry = (uint64_t *)(uintptr_t)m->snapshot->side[0].pages->run[0].entry;
	struct shown s;

	(void)state;
	entry[63] = PAGE_GUARD;
	open_view(&s, "pages", 100, 30);
	s.env.moment = m;
	s.ops->update(s.view, &s.env);
	act(&s, ACTION_END);
	assert_says(&s, "A guard");
	assert_says(&s, "A touch ends the process");
	close_view(&s);
}

static void test_pages_are_counted_for_each_window(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "pages", 100, 30);
	s.env.moment = two_mappings();
	redraw(&s);
	assert_says(&s, "64 its own");
	act(&s, ACTION_PAGE_DOWN);
	assert_says(&s, "65 file or shared memory");
	act(&s, ACTION_PAGE_UP);
	assert_says(&s, "64 its own");
	close_view(&s);
}

/* A moment with nothing new updates no view: those that hold one still hold what they were made of.
 */
static void test_the_same_is_not_looked_at_again(void **state)
{
	size_t holders = 0;

	(void)state;
	for (size_t i = 0; i < view_table_n; i++) {
		const struct moment *m = scene_moment(&(struct scene){.step = 2});
		unsigned before = m->part.references, held;
		struct textbuf was = {0};
		struct shown s;

		open_view(&s, view_table[i]->id, 120, 36);
		s.env.moment = moment_get(m);
		s.ops->update(s.view, &s.env);
		redraw(&s);
		textbuf_adds(&was, s.text.bytes);
		moment_put(s.env.moment);
		held = m->part.references;
		s.env.moment = moment_new(scene_again(m, SCENE_STEP_NS), part_get(m->pair));
		redraw(&s);
		assert_string_equal(s.text.bytes, was.bytes);
		assert_int_equal(m->part.references, held);
		holders += held > before;
		act(&s, ACTION_DOWN);
		assert_int_equal(m->part.references, held);
		close_view(&s);
		textbuf_free(&was);
		moment_put(m);
	}
	assert_true(holders >= 7); /* but a sheet of text holds none */
}

/* What was counted is kept by a reference: no later moment can have its address meanwhile. */
static void test_what_was_counted_is_held(void **state)
{
	const struct moment *counted = scene_moment(&(struct scene){.step = 2});
	unsigned before = counted->part.references;
	struct shown s;

	(void)state;
	open_view(&s, "pages", 100, 30);
	s.env.moment = moment_get(counted);
	redraw(&s);
	moment_put(s.env.moment);
	s.env.moment = scene_moment(&(struct scene){.step = 3});
	s.ops->update(s.view, &s.env);
	assert_int_equal(counted->part.references, before + 1);
	redraw(&s);
	assert_int_equal(counted->part.references, before);
	close_view(&s);
	moment_put(counted);
}

static void test_fresh_copies_flash_three_seconds(void **state)
{
	struct shown s;
	int x, y;

	(void)state;
	open_view(&s, "pages", 100, 30);
	step(&s, &(struct scene){.step = 1});
	step(&s, &(struct scene){.step = 2});
	act(&s, ACTION_END);
	for (x = y = 0; y < 30; y++)
		for (int i = 0; i < 100; i++)
			x += canvas_at(s.canvas, i, y)->style == STYLE_CHANGED;
	assert_true(x > 0);
	s.env.now_ns += 3000000000ull;
	s.ops->update(s.view, &s.env);
	redraw(&s);
	for (x = y = 0; y < 30; y++)
		for (int i = 0; i < 100; i++)
			x += canvas_at(s.canvas, i, y)->style == STYLE_CHANGED;
	assert_int_equal(x, 0);
	close_view(&s);
}

static void test_files_join_the_ends(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "files", 140, 20);
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "pipe A → B");
	assert_says(&s, "same description");
	assert_says(&s, "only in A");
	close_view(&s);
}

/* What is marked as changed, one run of cells after the other: "12288|12288". */
static void changed_text(const struct shown *s, struct textbuf *out)
{
	textbuf_clear(out);
	for (int y = 0; y < s->canvas->h; y++) {
		bool before = false;

		for (int x = 0; x < s->canvas->w; x++) {
			const struct cell *c = canvas_at(s->canvas, x, y);
			bool changed = c->style == STYLE_CHANGED && c->code[0] && c->code[0] != ' ';
			char letter = (char)c->code[0];

			if (changed && !before && out->len)
				textbuf_adds(out, "|");
			if (changed)
				textbuf_add(out, &letter, 1);
			before = changed;
		}
	}
}

/* One open file description has one offset: when it moves, both sides' cells are marked. */
static void test_a_common_offset_flashes_on_both_sides(void **state)
{
	struct textbuf marked = {0};
	struct shown s;

	(void)state;
	open_view(&s, "files", 140, 20);
	step(&s, &(struct scene){.step = 1});
	changed_text(&s, &marked);
	assert_int_equal(marked.len, 0);
	step(&s, &(struct scene){.step = 2});
	act(&s, ACTION_END); /* off the row: the selection has a style of its own */
	changed_text(&s, &marked);
	assert_string_equal(marked.bytes, "12288|12288");
	s.env.now_ns += 3000000000ull;
	s.ops->update(s.view, &s.env);
	redraw(&s);
	changed_text(&s, &marked);
	assert_int_equal(marked.len, 0);
	textbuf_free(&marked);
	close_view(&s);
}

/* A description that is the same within one process, too, comes of dup(2). */
static void test_files_name_the_dup(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "files", 140, 20);
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "same description, dup of 0");
	close_view(&s);
}

static void test_stacks_say_what_is_unknown(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "stacks", 140, 20);
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "◆");
	assert_says(&s, "╳");
	assert_says(&s, "A runs: SP not told");
	assert_says(&s, "? stack not found");
	step(&s, &(struct scene){.step = 1, .off_stack = true});
	assert_says(&s, "? off its own stack");
	close_view(&s);
	open_view(&s, "stacks", 200, 20);
	step(&s, &(struct scene){.step = 1, .off_stack = true, .alone = true});
	assert_says(&s, "? off its own stack, SP 7ffd5b1fe100");
	close_view(&s);
}

static void test_overview_counts_what_became_of_the_fork(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "overview", 120, 36);
	step(&s, &(struct scene){.step = 3});
	assert_says(&s, "80 of 92 shared 320K 87%");
	assert_says(&s, "3: 1 running, 2 sleeping");
	step(&s, &(struct scene){.step = 3, .b_killed = true});
	assert_says(&s, "killed by SIGSEGV");
	assert_says(&s, "released");
	step(&s, &(struct scene){.step = 3, .denied = true});
	assert_says(&s, "? pages hidden: needs the same user, or root");
	assert_null(strstr(s.text.bytes, "0/0"));
	close_view(&s);
}

/* The mark of a view over the scene. */
static void assert_marked(const char *id, const struct scene *scene, const char *mark)
{
	struct textbuf out = {0};
	struct shown s;

	open_view(&s, id, 100, 30);
	step(&s, scene);
	s.ops->honesty(s.view, &s.env, &out);
	assert_string_equal(out.bytes, mark);
	textbuf_free(&out);
	close_view(&s);
}

static void assert_told(const struct scene *scene,
	void (*tell)(const struct moment *m, struct textbuf *out), const char *text, bool told)
{
	const struct moment *m = scene_moment(scene);
	struct textbuf out = {0};

	tell(m, &out);
	if ((strstr(out.bytes, text) != NULL) != told)
		fail_msg("%s is%s told in %s", text, told ? " not" : "", out.bytes);
	textbuf_free(&out);
	moment_put(m);
}

static void report_plain(const struct moment *m, struct textbuf *out)
{
	report_moment(m, NULL, false, out);
}

/* What --view names is told of, or why nothing is: a report of one view is never empty. */
static void test_each_view_has_its_report(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1});
	struct textbuf none = {0}, out = {0};

	(void)state;
	report_moment(m, "no such view", false, &none);
	for (size_t i = 0; i < view_table_n; i++) {
		textbuf_clear(&out);
		report_moment(m, view_table[i]->id, false, &out);
		if (out.len <= none.len)
			fail_msg("--once --view %s says nothing", view_table[i]->id);
	}
	textbuf_free(&out);
	textbuf_free(&none);
	moment_put(m);
}

/* The family is not exact where some members' pages could not be read, or only by flags. */
static void test_the_familys_mark_is_that_of_its_pages(void **state)
{
	(void)state;
	assert_told(&(struct scene){.step = 1}, report_plain, "Family   [exact]", true);
	assert_told(&(struct scene){.step = 1, .denied = true}, report_plain,
		"Family   [partly: needs", true);
	assert_told(&(struct scene){.step = 1, .estimated = true}, report_plain,
		"Family   [what is shared and copied is estimated", true);
}

/* Where frames are hidden nobody can tell who copied: no report and no JSON says that A did none.
 */
static void test_who_copied_is_not_told_without_frames(void **state)
{
	static const char *const path[] = {"pair.pages", "pair.mappings[].pages"};

	(void)state;
	assert_told(&(struct scene){.step = 3}, report_plain, PAGES_NEED_FRAMES, false);
	assert_told(&(struct scene){.step = 3, .estimated = true}, report_plain, PAGES_NEED_FRAMES,
		true);
	for (unsigned i = 0; i < 4; i++) {
		const struct moment *m =
			scene_moment(&(struct scene){.step = 3, .estimated = i % 2});
		json_t *told = json_text_read(m);
		const json_t *pages = json_object_get(json_object_get(told, "pair"), "pages");
		const char *reason;
		char by[64];

		snprintf(by, sizeof by, "%s.copied_by_%s", path[i / 2], i / 2 ? "b" : "a");
		assert_int_equal(json_is_null(json_object_get(pages, "copied_by_a")), i % 2);
		assert_int_equal(json_is_null(json_object_get(pages, "copied_by_b")), i % 2);
		reason = json_reason(told, by);
		assert_int_equal(reason && strcmp(reason, PAGES_NEED_FRAMES) == 0, i % 2);
		json_decref(told);
		moment_put(m);
	}
}

/* Parts that are late are told on the screen, in the report and in JSON, and no others are. */
static void test_the_late_are_told_everywhere(void **state)
{
	static const struct {
		const char *view, *path, *section;
		unsigned kind;
	} row[] = {
		{"overview", "processes[1]", "Processes A and B", PART_PROCESS},
		{"threads", "processes[1].threads", "Threads of B: 1", PART_THREADS},
		{"memory", "processes[1].mappings", NULL, PART_MAPPINGS},
		{"pages", "processes[1].page_totals", NULL, PART_PAGES},
		{"files", "processes[1].fds", "Files of B: 6", PART_FDS},
	};
	const struct scene fresh = {.step = 3};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		const struct scene late = {.step = 3, .late = 1u << row[i].kind};
		struct textbuf text = {0};

		assert_marked(row[i].view, &late, "stale 2.5s");
		assert_marked(row[i].view, &fresh, "exact");
		textbuf_addf(&text, "{\"path\":\"%s\",\"age_ns\":2500000000}", row[i].path);
		assert_told(&late, json_text, text.bytes, true);
		assert_told(&fresh, json_text, "age_ns", false);
		textbuf_clear(&text);
		textbuf_addf(&text, "%s   [stale: read 2.5s before]", row[i].section);
		if (row[i].section)
			assert_told(&late, report_plain, text.bytes, true);
		assert_told(&fresh, report_plain, "stale", false);
		textbuf_free(&text);
	}
}

/* What a view of a scene and its mark say, and do not. */
static void assert_words(const char *id, const struct scene *scene, bool past, const char *said)
{
	static const char *const word[] = {
		"not read at this moment", "not read yet", "not read before it ended"};
	static const char *const never[] = {"not found", "it has ended", "nothing that is shown"};
	struct textbuf mark = {0};
	struct shown s;

	open_view(&s, id, 160, 60);
	s.env.past = past;
	step(&s, scene);
	s.ops->honesty(s.view, &s.env, &mark);
	textbuf_addf(&s.text, "marked %s", mark.bytes);
	textbuf_free(&mark);
	assert_says(&s, said);
	for (size_t i = 0; i < sizeof word / sizeof *word; i++)
		if (word[i] != said && strcmp(word[i], said) && strstr(s.text.bytes, word[i]))
			fail_msg("%s says “%s”:\n%s", id, word[i], s.text.bytes);
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (strstr(s.text.bytes, never[i]))
			fail_msg("%s says “%s”:\n%s", id, never[i], s.text.bytes);
	close_view(&s);
}

/* What nobody read is told as just that: now it may come, of the past and of the ended it will not.
 */
static void test_the_unread_are_told_as_that(void **state)
{
	static const struct {
		const char *view;
		unsigned lacks;
	} row[] = {
		{"overview", 1u << PART_MAPPINGS | 1u << PART_PAGES},
		{"overview", 1u << PART_THREADS},
		{"overview", 1u << PART_FDS},
		{"threads", 1u << PART_THREADS},
		{"stacks", 1u << PART_THREADS},
		{"memory", 1u << PART_MAPPINGS | 1u << PART_PAGES},
		{"pages", 1u << PART_MAPPINGS | 1u << PART_PAGES},
		{"pages", 1u << PART_PAGES},
		{"files", 1u << PART_FDS},
		{"sharing", 1u << PART_MAPPINGS | 1u << PART_PAGES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct scene scene = {.step = 1, .lacks = row[i].lacks, .alone = true};

		scene.alone = strcmp(row[i].view, "sharing") != 0;
		assert_words(row[i].view, &scene, false, "not read yet");
		assert_words(row[i].view, &scene, true, "not read at this moment");
	}
	assert_words("files", &(struct scene){.lacks = 1u << PART_FDS, .b_killed = true}, true,
		"not read at this moment");
}

/* Beside a living one, one that ended before anybody read it. */
static void test_the_ended_will_not_be_read(void **state)
{
	const struct scene scene = {.lacks = 1u << PART_FDS, .b_killed = true};
	struct shown s;

	(void)state;
	open_view(&s, "files", 160, 30);
	step(&s, &scene);
	assert_says(&s, "not read yet");
	assert_says(&s, "not read before it ended");
	close_view(&s);
}

/* A thread whose stack nobody looked for is told from one whose stack was sought in vain. */
static void test_a_stack_that_nobody_looked_for(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "stacks", 200, 20);
	step(&s, &(struct scene){.step = 1, .rows = 1});
	assert_says(&s, "not read yet");
	assert_says(&s, "? stack not found");
	s.env.past = true;
	redraw(&s);
	assert_says(&s, "not read at this moment");
	close_view(&s);
}

static const struct scene scenes[] = {
	{.step = 0},
	{.step = 4},
	{.step = 1, .alone = true},
	{.step = 2, .estimated = true},
	{.step = 3, .b_killed = true},
	{.step = 3, .denied = true},
	{.step = 2, .rows = 50},
};

/*
 * Every action over every scene at many sizes, also with no moment and no room; in an emulator
 * (TEST_SLOWLY in the environment) at fewer.
 */
static void sweep(const struct view_ops *ops, const struct scene *scene, bool ascii)
{
	int i = 0, stride = getenv("TEST_SLOWLY") ? 2 : 1;
	struct shown s;

	open_view(&s, ops->id, 80, 24);
	redraw(&s);
	for (int w = 1; w < 210; w += stride * (w < 50 ? 7 : 31))
		for (int h = 1; h < 52; h += stride * (h < 14 ? 2 : 13)) {
			struct view_selection selection;

			canvas_free(s.canvas);
			s.canvas = canvas_new(w, h, ascii);
			s.env.side = (unsigned)i % 2;
			step(&s, i % 11 == 10 ? &scenes[2] : scene);
			act(&s, (enum action)(i++ % ACTIONS));
			ops->filter(s.view, &s.env, i % 13 == 12 ? "li" : "");
			ops->search(s.view, &s.env, "e", i & 1);
			ops->click(s.view, &s.env, i % w, i % h);
			ops->draw(s.view, &s.env, s.canvas, (struct rect){w / 2, h / 2, w, h});
			ops->selection(s.view, &s.env, &selection);
			textbuf_clear(&s.text);
			ops->honesty(s.view, &s.env, &s.text);
			assert_true(s.text.len > 0);
			assert_true(s.canvas->cursor_x < w && s.canvas->cursor_y < h);
		}
	moment_put(s.env.moment);
	s.env.moment = NULL;
	redraw(&s);
	act(&s, ACTION_DOWN);
	close_view(&s);
}

static void test_nothing_trips_a_view(void **state)
{
	(void)state;
	for (size_t v = 0; v < view_table_n; v++)
		for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
			sweep(view_table[v], &scenes[i], i & 1);
}

static void count_users(void *context, const struct question *question, struct answer *ret)
{
	(void)context;
	*ret = (struct answer){
		.state = question->kind == QUESTION_FRAME_USERS ? VALUE_KNOWN : VALUE_UNREAD,
		.number = 7};
}

/* Of the ended, who maps its frames now is no word on it: they may be another's. */
static void test_frames_of_the_ended_are_past(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "pages", 100, 20);
	s.env.ask = count_users;
	step(&s, &(struct scene){.step = 1});
	assert_says(&s, "  B frame ");
	assert_says(&s, " mapped 7×  B");
	step(&s, &(struct scene){.step = 1, .b_killed = true});
	assert_says(&s, " mapped 7×  B had frame ");
	close_view(&s);
}

/* What is found far above comes with lines around it. */
static void test_lines_above_come_along(void **state)
{
	struct shown s;

	(void)state;
	open_view(&s, "sharing", 80, 12);
	step(&s, &(struct scene){.step = 1});
	act(&s, ACTION_END);
	assert_null(strstr(s.text.bytes, "signal handlers"));
	assert_true(s.ops->search(s.view, &s.env, "signal handlers", false));
	redraw(&s);
	assert_says(&s, "signal handlers");
	assert_says(&s, "file descriptors");
	assert_says(&s, "address space");
	close_view(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_says_who_wrote),
		cmocka_unit_test(test_paths_outlive_addresses),
		cmocka_unit_test(test_calls_outlive_their_addresses),
		cmocka_unit_test(test_pages_follow_the_memory_view),
		cmocka_unit_test(test_pages_zoom_and_tell),
		cmocka_unit_test(test_pages_say_how_many_map_each),
		cmocka_unit_test(test_what_is_in_common_is_one_number),
		cmocka_unit_test(test_pages_name_a_guard),
		cmocka_unit_test(test_pages_are_counted_for_each_window),
		cmocka_unit_test(test_the_same_is_not_looked_at_again),
		cmocka_unit_test(test_what_was_counted_is_held),
		cmocka_unit_test(test_fresh_copies_flash_three_seconds),
		cmocka_unit_test(test_files_join_the_ends),
		cmocka_unit_test(test_a_common_offset_flashes_on_both_sides),
		cmocka_unit_test(test_files_name_the_dup),
		cmocka_unit_test(test_stacks_say_what_is_unknown),
		cmocka_unit_test(test_overview_counts_what_became_of_the_fork),
		cmocka_unit_test(test_each_view_has_its_report),
		cmocka_unit_test(test_the_familys_mark_is_that_of_its_pages),
		cmocka_unit_test(test_who_copied_is_not_told_without_frames),
		cmocka_unit_test(test_the_late_are_told_everywhere),
		cmocka_unit_test(test_the_unread_are_told_as_that),
		cmocka_unit_test(test_the_ended_will_not_be_read),
		cmocka_unit_test(test_a_stack_that_nobody_looked_for),
		cmocka_unit_test(test_nothing_trips_a_view),
		cmocka_unit_test(test_frames_of_the_ended_are_past),
		cmocka_unit_test(test_lines_above_come_along),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
