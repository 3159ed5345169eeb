/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to the audience: what is hidden, what is guessed, and what is told then. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/app/quiz.h"
#include "tests/fixtures/play.h"
#include "twintop/compare/compare.h"
#include "twintop/model/alone.h"

#define ROWS 60

/* ---- guesses --------------------------------------------------------------- */

static void guesses_are_read_as_they_are_typed(void **state)
{
	static const struct {
		enum guess_kind kind;
		const char *text;
		int error;
		int64_t number;
	} row[] = {{GUESS_COUNT, "12", 0, 12}, {GUESS_COUNT, "  12 ", 0, 12},
		{GUESS_COUNT, "4K", 0, 4000}, {GUESS_COUNT, "4k", 0, 4000},
		{GUESS_COUNT, "2M", 0, 2000000}, {GUESS_COUNT, "1G", 0, 1000000000},
		{GUESS_COUNT, "+8", 0, 8}, {GUESS_COUNT, "-1", 0, -1},
		{GUESS_COUNT, "", -EINVAL, 0}, {GUESS_COUNT, "   ", -EINVAL, 0},
		{GUESS_COUNT, "x", -EINVAL, 0}, {GUESS_COUNT, "1x", -EINVAL, 0},
		{GUESS_COUNT, "1.5", -EINVAL, 0}, {GUESS_COUNT, "yes", -EINVAL, 0},
		{GUESS_COUNT, "99999999999999999999", -EINVAL, 0},
		{GUESS_COUNT, "9999999999999999G", -ERANGE, 0}, {GUESS_KIB, "12", 0, 12},
		{GUESS_KIB, "300K", 0, 300}, {GUESS_KIB, "2M", 0, 2048},
		{GUESS_KIB, "2MiB", 0, 2048}, {GUESS_KIB, "2MB", 0, 2048},
		{GUESS_KIB, "1G", 0, 1048576}, {GUESS_KIB, "2MX", -EINVAL, 0},
		{GUESS_TRUTH, "yes", 0, 1}, {GUESS_TRUTH, "Y", 0, 1}, {GUESS_TRUTH, "true", 0, 1},
		{GUESS_TRUTH, "no", 0, 0}, {GUESS_TRUTH, "n", 0, 0},
		{GUESS_TRUTH, "maybe", -EINVAL, 0}, {GUESS_TRUTH, "2", -EINVAL, 0},
		{GUESS_WORD, "sum=1", 0, 0}, {GUESS_WORD, " ", -EINVAL, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct guess guess = {.number = 77};

		assert_int_equal(guess_parse(row[i].kind, row[i].text, &guess), row[i].error);
		assert_int_equal(guess.number, row[i].error ? 77 : row[i].number);
		assert_non_null(guess_wanted(row[i].kind));
	}
}

static void guesses_are_right_near_or_wrong(void **state)
{
	static const struct {
		enum guess_kind kind;
		const char *guess;
		int64_t number; /* measured, where there is no word */
		const char *word;
		enum guess_verdict verdict;
	} row[] = {{GUESS_COUNT, "64", 64, NULL, GUESS_RIGHT},
		{GUESS_COUNT, "58", 64, NULL, GUESS_NEAR},
		{GUESS_COUNT, "70", 64, NULL, GUESS_NEAR},
		{GUESS_COUNT, "57", 64, NULL, GUESS_WRONG},
		{GUESS_COUNT, "71", 64, NULL, GUESS_WRONG},
		{GUESS_COUNT, "1", 0, NULL, GUESS_WRONG}, {GUESS_COUNT, "0", 1, NULL, GUESS_WRONG},
		{GUESS_COUNT, "-9", -10, NULL, GUESS_WRONG},
		{GUESS_COUNT, "-90", -99, NULL, GUESS_NEAR},
		{GUESS_COUNT, "-9223372036854775807", INT64_MAX, NULL, GUESS_WRONG},
		{GUESS_KIB, "1M", 1024, NULL, GUESS_RIGHT},
		{GUESS_TRUTH, "yes", 0, "true", GUESS_RIGHT},
		{GUESS_TRUTH, "yes", 0, "false", GUESS_WRONG},
		{GUESS_TRUTH, "no", 0, "false", GUESS_RIGHT},
		{GUESS_WORD, "s", 0, "S", GUESS_RIGHT}, {GUESS_WORD, "R", 0, "S", GUESS_WRONG},
		{GUESS_WORD, "1", 0, "sum=1", GUESS_RIGHT},
		{GUESS_WORD, "sum=1", 0, "sum=1", GUESS_RIGHT},
		{GUESS_WORD, "2", 0, "sum=1", GUESS_WRONG}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct measure m = {.kind = row[i].word ? MEASURE_WORD : MEASURE_NUMBER,
			.number = row[i].number};
		struct guess guess;

		snprintf(m.text, sizeof m.text, "%s", row[i].word ? row[i].word : "");
		assert_int_equal(guess_parse(row[i].kind, row[i].guess, &guess), 0);
		assert_int_equal(guess_judge(&guess, &m), row[i].verdict);
	}
}

/* ---- the table ------------------------------------------------------------- */

/* What follows from the parts that were read is the comparer's to put there. */
static void drop_derived(struct snapshot *s)
{
	for (unsigned side = 0; side < 2; side++)
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
			if (part_table[kind].origin == PART_DERIVED) {
				part_put(s->side[side].part[kind]);
				s->side[side].part[kind] = NULL;
			}
	for (unsigned kind = 0; kind < PAIR_PARTS; kind++) {
		part_put(s->pair_part[kind]);
		s->pair_part[kind] = NULL;
	}
	part_put(s->family_rates);
	s->family_rates = NULL;
}

/* The same parts once more, later, as those of two threads of the process that is A in m. */
static struct snapshot *again_as_threads(const struct moment *m, pid_t tid)
{
	struct snapshot *s = scene_again(m, SCENE_STEP_NS);

	for (unsigned kind = 0; kind < SIDE_PARTS; kind++) {
		part_put(s->side[1].part[kind]);
		s->side[1].part[kind] = part_get(s->side[0].part[kind]);
	}
	s->side[1].id = s->side[0].id;
	s->side[1].tid = tid;
	drop_derived(s);
	return s;
}

static const struct moment *threads_of_a(const struct moment *m, pid_t tid)
{
	struct comparer *c = comparer_new();
	struct snapshot *s = again_as_threads(m, tid);
	const struct moment *threads = moment_new(s, comparer_pair(c, s));

	comparer_free(c);
	return threads;
}

static void expect_question(const struct quiz_row *row, const struct moment *m)
{
	struct textbuf path = {0};

	quiz_path(row, m, &path);
	assert_null(strchr(path.bytes, '@'));
	if (!measure_source(path.bytes))
		fail_msg("%s: nobody says %s", row->text, path.bytes);
	textbuf_free(&path);
}

static void every_question_is_answered_by_a_measure(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	const struct moment *threads = threads_of_a(m, 4250);
	struct measures *ms = measures_of(m);

	(void)state;
	assert_int_equal(threads->pair->relation, RELATION_THREADS);
	for (size_t i = 0; i < quiz_rows_n; i++) {
		const struct quiz_row *row = &quiz_rows[i];
		bool of_threads = quiz_fits(row, row->view, threads);

		assert_non_null(view_find(row->view));
		assert_true(of_threads || quiz_fits(row, row->view, m));
		expect_question(row, of_threads ? threads : m);
		if (quiz_fits(row, row->view, m) &&
			quiz_measure(row, m, ms).kind == MEASURE_UNKNOWN)
			fail_msg("%s: not measured at %s", row->text, row->path);
	}
	measures_free(ms);
	moment_put(threads);
	moment_put(m);
}

static void every_view_has_a_question_to_every_pair(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	const struct moment *threads = threads_of_a(m, 4250);

	(void)state;
	for (size_t i = 0; i < quiz_rows_n; i++) {
		assert_true(quiz_next(i, quiz_rows[i].view, m) < quiz_rows_n);
		assert_true(quiz_next(i, quiz_rows[i].view, threads) < quiz_rows_n);
	}
	for (size_t i = 0; i < view_table_n; i++)
		assert_true(quiz_next(0, view_table[i]->id, m) < quiz_rows_n);
	moment_put(threads);
	moment_put(m);
}

static void sizes_are_asked_for_in_kib(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	struct measures *ms = measures_of(m);
	const struct quiz_row pages = {
		"memory", QUIZ_ANY, "", "pair.pages.used_by_both", QUIZ_PAGES, ""};
	const struct quiz_row bytes = {
		"memory", QUIZ_ANY, "", "processes.1.rss_bytes", QUIZ_BYTES, ""};

	(void)state;
	assert_int_equal(quiz_measure(&pages, m, ms).number,
		measure_at(ms, "pair.pages.used_by_both").number * 4);
	assert_string_equal(quiz_measure(&bytes, m, ms).text, "800");
	measures_free(ms);
	moment_put(m);
}

/* ---- what is hidden -------------------------------------------------------- */

static void text_of_screen(struct app *a, struct textbuf *out)
{
	struct canvas *c = canvas_new(PLAY_COLUMNS, ROWS, false);

	app_draw(a, c, PLAY_NOW, 0);
	canvas_write_text(c, out);
	canvas_free(c);
}

/* Whether the word stands in the text between blanks. */
static bool has_word(const char *text, const char *word, size_t len)
{
	for (const char *at = text; (at = strstr(at, word)) || false; at++)
		if ((at == text || strchr(" \n", at[-1])) && strchr(" \n", at[len]))
			return true;
	return false;
}

/* Bars and lines are drawn in what room there is. */
static bool says_something(const char *word)
{
	return word[strcspn(word,
		       "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] != '\0';
}

/* How many words of `all` are on the screen, though they are none of `known`. */
static unsigned count_leaks(const char *all, const char *known, const char *screen)
{
	unsigned words = 0, leaks = 0;
	char word[256];

	for (const char *at = all; *at;) {
		size_t len = strcspn(at, " \n");

		snprintf(word, sizeof word, "%.*s", (int)len, at);
		if (says_something(word) && !has_word(known, word, len)) {
			words++;
			if (has_word(screen, word, len)) {
				print_message("\"%s\" is seen\n", word);
				leaks++;
			}
		}
		at += len;
		at += *at != '\0';
	}
	assert_true(words > 0); /* else there is nothing to hide, and the test is none */
	return leaks;
}

static struct app *play_scene(const struct scene *scene, char view)
{
	const struct app_options options = {.delay_ns = SCENE_STEP_NS};
	struct app *a = app_new(&options);

	play_feed(a, *scene);
	play_keys(a, (char[]){view, '\0'});
	return a;
}

/* What the question's box, all below it, the tabs and the curtain say is ours. */
static void cut_ours(struct textbuf *text)
{
	static const char curtain[] = "B is hidden", identity[] = "▒ hidden ▒";
	char *box = strstr(text->bytes, "┌─ question"), *at, *last;

	assert_non_null(box);
	*box = '\0';
	at = strstr(text->bytes, "1 Overview");
	last = at ? strstr(at, "0 House") : NULL;
	if (last)
		memset(at, '#', (size_t)(last - at));
	while ((at = strstr(text->bytes, curtain)))
		memset(at, '#', strlen(curtain));
	while ((at = strstr(text->bytes, identity)))
		memset(at, '#', strlen(identity));
}

static void check_hidden(const struct scene *with_b, char view)
{
	struct scene without_b = *with_b;
	struct textbuf seen = {0}, alone = {0}, hidden = {0};
	struct app *a;

	without_b.alone = true;
	without_b.events = NULL;
	a = play_scene(&without_b, view);
	play_keys(a, " ");
	text_of_screen(a, &alone);
	app_free(a);
	a = play_scene(with_b, view);
	play_keys(a, " ");
	text_of_screen(a, &seen);
	play_keys(a, "Q");
	text_of_screen(a, &hidden);
	cut_ours(&hidden);
	assert_non_null(strstr(hidden.bytes, "▒▒▒"));
	if (count_leaks(seen.bytes, alone.bytes, hidden.bytes))
		fail_msg("view %c:\n%s", view, hidden.bytes);
	app_free(a);
	textbuf_free(&seen);
	textbuf_free(&alone);
	textbuf_free(&hidden);
}

static void nothing_of_b_is_seen_while_a_view_asks(void **state)
{
	static const struct scene scenes[] = {{.step = 3, .events = "fe"}, {.step = 5, .rows = 7},
		{.step = 2, .b_killed = true, .events = "e"}, {.step = 2, .estimated = true}};

	(void)state;
	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		for (size_t v = 0; v < view_table_n; v++)
			check_hidden(&scenes[i], view_table[v]->key);
}

/* B is a thread of A's process; in lecture mode nobody has a number. */
static void a_thread_is_hidden_among_its_likes(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3});
	const struct moment *threads = threads_of_a(m, 4250);

	(void)state;
	for (int lecture = 0; lecture < 2; lecture++) {
		struct app *a = play_scene(&(struct scene){.step = 1}, '2');

		app_moment(a, threads);
		play_keys(a, lecture ? "L" : "");
		assert_true(play_shows(a, "worker"));
		play_keys(a, "Q");
		assert_false(play_shows(a, "4250"));
		assert_false(play_shows(a, "worker"));
		assert_true(play_shows(a, "fork-cow"));
		app_key(a, KEYS_ESCAPE, PLAY_NOW);
		assert_true(play_shows(a, "worker"));
		app_free(a);
	}
	moment_put(threads);
	moment_put(m);
}

/* The main thread, and one in a later chunk. */
static void others_keep_what_they_have_without_that_thread(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3, .rows = 600});
	static const pid_t of[] = {4242, 4250, 5599};

	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
		const struct moment *threads = threads_of_a(m, of[i]);
		const struct moment *alone = moment_alone(threads);
		const struct side *a = &alone->snapshot->side[0];
		ptrdiff_t last = thread_find(a->threads, 5598);

		assert_int_equal(a->threads->n, threads->snapshot->side[0].threads->n - 1);
		assert_int_equal(thread_find(a->threads, of[i]), -1);
		assert_true(last > 0);
		assert_non_null(rates_thread(a->rates, a->threads, (size_t)last));
		assert_true(alone->snapshot->sides == 1 && !alone->pair);
		moment_put(alone);
		moment_put(threads);
	}
	moment_put(m);
}

/* The scene a moment later, in which B has that number. */
static struct app *play_with_b(pid_t number, char view)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 1}), *numbered;
	struct app *a = play_scene(&(struct scene){.step = 1}, view);
	struct snapshot *s = scene_again(m, SCENE_STEP_NS);

	s->side[1].id.pid = s->side[1].tid = number;
	numbered = moment_new(s, part_get(m->pair));
	app_moment(a, numbered);
	moment_put(numbered);
	moment_put(m);
	return a;
}

/* B is the parent, whose number A's own line tells. */
static void what_a_says_of_b_is_covered(void **state)
{
	struct app *a = play_with_b(1000, '1');

	(void)state;
	play_keys(a, "Q");
	assert_false(play_shows(a, "1000"));
	assert_false(play_shows(a, "group 4242"));
	assert_true(play_shows(a, "sleeping"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "group 4242"));
	app_free(a);
}

/* Arguments of calls are hexadecimal: of one that waits for B its number is. */
static void what_a_calls_with_b_is_covered(void **state)
{
	static const pid_t of_b[] = {0x400, 0x40, 400};

	(void)state;
	for (size_t i = 0; i < sizeof of_b / sizeof *of_b; i++) {
		struct app *a = play_with_b(of_b[i], '2');

		assert_true(play_shows(a, "0x400"));
		play_keys(a, "Q");
		assert_int_equal(play_shows(a, "0x400"), of_b[i] != 0x400);
		app_free(a);
	}
}

static void what_the_program_prints_is_covered(void **state)
{
	struct app *a = play_start(false, true);

	(void)state;
	app_console(a, "secret", 6);
	assert_true(play_shows(a, "secret"));
	play_keys(a, "Q");
	assert_false(play_shows(a, "secret"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "secret"));
	app_free(a);
}

/* ---- asking a view --------------------------------------------------------- */

static void enter(struct app *a, const char *guess)
{
	play_keys(a, guess);
	app_key(a, KEYS_ENTER, PLAY_NOW);
}

static void a_guess_is_held_against_the_measure(void **state)
{
	static const struct {
		const char *guess, *told;
	} row[] = {{"1", "✓ right: your guess 1, measured 1 thread"},
		{"2", "≠ wrong: your guess 2, measured 1 thread"}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct app *a = play_scene(&(struct scene){.step = 1}, '2');

		play_keys(a, "Q");
		assert_true(play_shows(a, "How many threads does B have?"));
		assert_false(play_shows(a, "measured"));
		enter(a, row[i].guess);
		assert_true(play_shows(a, row[i].told));
		assert_true(play_shows(a, "said by /proc/PID/task"));
		assert_true(play_shows(a, "B is hidden"));
		app_free(a);
	}
}

static void what_is_no_guess_gets_a_line(void **state)
{
	struct app *a = play_scene(&(struct scene){.step = 1}, '2');

	(void)state;
	play_keys(a, "Q");
	enter(a, "many");
	assert_true(play_shows(a, "that is no answer: type a whole number"));
	assert_true(play_shows(a, "your guess: many"));
	app_key(a, KEYS_BACKSPACE, PLAY_NOW);
	assert_false(play_shows(a, "that is no answer"));
	app_key(a, 0x15, PLAY_NOW); /* ^U */
	enter(a, "");
	assert_true(play_shows(a, "that is no answer"));
	enter(a, "1");
	assert_true(play_shows(a, "right"));
	app_free(a);
}

static void what_is_unknown_says_why(void **state)
{
	struct app *a = play_scene(&(struct scene){.step = 1, .denied = true}, '6');

	(void)state;
	play_keys(a, "Q");
	enter(a, "yes");
	assert_true(play_shows(a, "? your guess yes; not measured: not permitted"));
	assert_false(play_shows(a, "right"));
	assert_false(play_shows(a, "wrong"));
	app_free(a);
}

/* As kcmp(2) tells of two processes that share nothing. */
static const struct shares *own_memories(void)
{
	struct shares *shares = part_make(PART_SHARES);

	for (unsigned i = 0; i < SHARE_ITEMS; i++)
		shares->state[i] = VALUE_KNOWN;
	part_seal(&shares->part, 0, 0);
	return shares;
}

/* Who comes late cannot tell copied pages from those that were never shared, nor who did it. */
static void what_was_not_seen_is_told_with_doubt(void **state)
{
	const struct moment *m = scene_moment(&(struct scene){.step = 3}), *late;
	struct app *a = play_scene(&(struct scene){.step = 1}, '5');
	struct snapshot *s = scene_again(m, SCENE_STEP_NS);
	struct comparer *c = comparer_new();

	(void)state;
	drop_derived(s);
	s->shares = own_memories();
	late = moment_new(s, comparer_pair(c, s));
	app_moment(a, late);
	play_keys(a, "Q");
	enter(a, "5");
	assert_true(play_shows(a, "pages, as far as it was seen"));
	play_keys(a, "Q");
	enter(a, "5");
	assert_true(play_shows(a, "pages, at most"));
	app_free(a);
	comparer_free(c);
	moment_put(late);
	moment_put(m);
}

static void the_next_question_is_another_one(void **state)
{
	struct app *a = play_scene(&(struct scene){.step = 1}, '7');

	(void)state;
	play_keys(a, "Q");
	assert_true(play_shows(a, "same open file description"));
	app_key(a, KEYS_TAB, PLAY_NOW);
	assert_true(play_shows(a, "How many descriptors has B open?"));
	enter(a, "6");
	assert_true(play_shows(a, "right"));
	play_keys(a, "Q");
	assert_true(play_shows(a, "one table of descriptors"));
	assert_false(play_shows(a, "right"));
	play_keys(a, "Q");
	assert_true(play_shows(a, "same open file description")); /* round */
	assert_true(play_shows(a, "B is hidden"));
	app_free(a);
}

static void esc_shows_all_and_goes_on(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "2Q");
	play_feed(a, (struct scene){.step = 2});
	assert_true(play_shows(a, "paused"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "live"));
	assert_true(play_shows(a, "4243"));
	assert_false(play_shows(a, "▒▒▒"));
	play_keys(a, "Q");
	enter(a, "1");
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "live"));
	app_free(a);
}

/* Whoever had paused stays so, at the moment that was shown. */
static void a_pause_of_before_stays(void **state)
{
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "4 [Q");
	assert_true(play_shows(a, "B is hidden"));
	enter(a, "5");
	assert_true(play_shows(a, "wrong"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(a, "paused"));
	assert_true(play_shows(a, "4243"));
	app_free(a);
}

/* The view that was there comes back as it was: its row, its filter. */
static void a_view_comes_back_as_it_was(void **state)
{
	struct textbuf before = {0}, after = {0};
	struct app *a = play_start(false, false);

	(void)state;
	play_keys(a, "4jjjfli");
	app_key(a, KEYS_ENTER, PLAY_NOW);
	app_key(a, KEYS_TAB, PLAY_NOW);
	text_of_screen(a, &before);
	play_keys(a, "Q");
	assert_false(play_shows(a, "[heap]")); /* it is filtered still */
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	text_of_screen(a, &after);
	assert_string_equal(before.bytes, after.bytes);
	textbuf_free(&before);
	textbuf_free(&after);
	app_free(a);
}

static void without_b_nothing_is_asked(void **state)
{
	struct app *a = play_scene(&(struct scene){.step = 1, .alone = true}, '2');

	(void)state;
	play_keys(a, "Q");
	assert_true(play_shows(a, "a question needs a B: P chooses one"));
	assert_true(play_shows(a, "live"));
	app_free(a);
}

static void before_the_first_moment_nothing_is_asked(void **state)
{
	struct app *a = app_new(&(struct app_options){.delay_ns = SCENE_STEP_NS});

	(void)state;
	play_keys(a, "Q");
	assert_true(play_shows(a, "a question needs a B"));
	app_key(a, KEYS_ESCAPE, PLAY_NOW);
	app_free(a);
}

/* No key and no click leads past the question. */
static void nothing_else_is_done_meanwhile(void **state)
{
	struct app *a = play_start(false, false);
	struct app_request r;

	(void)state;
	play_keys(a, "2Q");
	enter(a, "1");
	play_keys(a, "4PxseLhD 1");
	app_click(a, 60, 5, PLAY_NOW);
	for (int x = 0; x < PLAY_COLUMNS; x += 3)
		app_click(a, x, 1, PLAY_NOW);
	assert_true(play_shows(a, "B is hidden"));
	assert_true(play_shows(a, "[2 Threads]"));
	assert_false(app_next_request(a, &r));
	assert_false(app_quits_by_q(a));
	app_key(a, KEYS_F10, PLAY_NOW);
	assert_true(app_next_request(a, &r));
	assert_int_equal(r.kind, REQUEST_QUIT);
	app_free(a);
}

/* ---- asking a step --------------------------------------------------------- */

/* A program that tells steps, and whoever looks at it. */
struct lecture {
	struct app *a;
	const struct moment *m;
	uint64_t count;
};

static void hear(struct lecture *l, struct scene scene, const char *const *line, size_t n)
{
	const struct moment *of = scene_moment(&scene);
	struct snapshot *s = scene_again(
		of, l->m ? l->m->snapshot->monotonic_ns + SCENE_STEP_NS - of->snapshot->monotonic_ns
			 : 1);
	struct event_sink sink = {0};

	for (size_t i = 0; i < n; i++) {
		struct event e = {.kind = EVENT_STEP_LINE,
			.monotonic_ns = s->monotonic_ns - 1,
			.source = "steps"};

		if (*line[i] == '!') {
			e.kind = EVENT_STEP;
			l->count++;
		}
		e.count = l->count;
		event_sink_add(&sink, e, text_of(line[i] + (*line[i] == '!')), text_of(NULL));
	}
	s->events = event_sink_seal(&sink);
	moment_put(l->m);
	l->m = moment_new(s, part_get(of->pair));
	app_moment(l->a, l->m);
	moment_put(of);
}
#define HEAR(l, ...)                                                                               \
	hear(l, (struct scene){.step = 1}, (const char *const[]){__VA_ARGS__},                     \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static int set_up(void **state)
{
	struct lecture *l = mem_alloc(sizeof *l);

	*l = (struct lecture){.a = play_start(false, true)};
	*state = l;
	return 0;
}

static int tear_down(void **state)
{
	struct lecture *l = *state;

	app_free(l->a);
	moment_put(l->m);
	free(l);
	return 0;
}

static bool goes_on(struct app *a)
{
	struct app_request r;
	bool on = false;

	while (app_next_request(a, &r))
		on |= r.kind == REQUEST_STEP_ON;
	return on;
}

#define EXPECTED "expect processes.0.pid 4242 its number:"

static void a_step_is_guessed_before_it_happens(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!It says who it is.", "view threads", "ask Who is it?", EXPECTED, "wait");
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "Who is it?"));
	assert_true(play_shows(l->a, "To guess: its number …"));
	assert_false(play_shows(l->a, "B is hidden")); /* B has nothing to do with it */
	assert_false(goes_on(l->a));
	enter(l->a, "4242");
	assert_true(goes_on(l->a));
	assert_true(play_shows(l->a, "your guess 4242: being measured"));
	HEAR(l, "!Another one.", "view memory", "wait");
	assert_true(play_shows(l->a, "✓ right: your guess 4242, expected 4242, measured 4242"));
	assert_true(play_shows(l->a, "[2 Threads]")); /* the place of what was asked */
	app_key(l->a, KEYS_ESCAPE, PLAY_NOW);
	HEAR(l, "view memory");
	assert_true(play_shows(l->a, "[4 Memory]"));
	assert_true(play_shows(l->a, "Another one."));
}

static void a_step_that_happens_unseen_stays_hidden(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!It says who it is.", "view threads", EXPECTED, "wait");
	play_keys(l->a, "Q");
	enter(l->a, "");
	assert_true(goes_on(l->a));
	assert_true(play_shows(l->a, "the step goes on unseen"));
	HEAR(l, "!It was 4242, in words.", "view memory", "wait");
	assert_false(play_shows(l->a, "as expected"));
	assert_false(play_shows(l->a, "in words"));
	assert_true(play_shows(l->a, "▒ hidden ▒"));
	assert_true(play_shows(l->a, "paused")); /* it is looked at as it was before */
	enter(l->a, "4243");
	assert_true(play_shows(l->a, "≈ near: your guess 4243, expected 4242, measured 4242"));
	assert_true(play_shows(l->a, "as expected"));
	assert_true(play_shows(l->a, "in words"));
	assert_true(play_shows(l->a, "live"));
}

static void what_has_happened_may_be_asked_of_too(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!It says who it is.", "ask Who is it?", EXPECTED, "wait");
	app_key(l->a, KEYS_ENTER, PLAY_NOW);
	assert_true(goes_on(l->a));
	HEAR(l, "done");
	HEAR(l, "view threads");
	assert_true(play_shows(l->a, "as expected"));
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "Who is it?"));
	assert_false(play_shows(l->a, "as expected"));
	enter(l->a, "7");
	assert_true(play_shows(l->a, "≠ wrong: your guess 7, expected 4242, measured 4242"));
	assert_true(play_shows(l->a, "said by /proc/PID"));
}

static void each_expectation_is_asked_in_turn(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!Three.", EXPECTED, "expect pair.shares.vm false one space:",
		"expect processes.0.comm fork-cow its name:", "wait");
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "What will be measured?"));
	assert_true(play_shows(l->a, "To guess: its number …"));
	assert_true(play_shows(l->a, "a whole number"));
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "To guess: one space …"));
	assert_true(play_shows(l->a, "yes or no"));
	app_key(l->a, KEYS_TAB, PLAY_NOW);
	assert_true(play_shows(l->a, "To guess: its name …"));
	assert_true(play_shows(l->a, "a word"));
	enter(l->a, "fork-cow");
	assert_true(goes_on(l->a));
	HEAR(l, "done");
	assert_true(play_shows(l->a, "✓ right: your guess fork-cow"));
}

static void changes_and_bounds_are_guessed_as_such(void **state)
{
	static const struct {
		const char *expect, *guess, *told;
	} row[] = {{"expect processes.0.pid +0 more:", "0",
			   "✓ right: your guess 0, expected 0 more, measured +0"},
		{"expect processes.0.pid +0 more:", "1", "≠ wrong: your guess 1"},
		{"expect processes.0.pid -4 more:", "0",
			"✓ right: your guess 0, expected 4 less, measured +0"},
		{"expect processes.0.pid >4000 its number:", "4001",
			"✓ right: your guess 4001, expected more than 4000, measured 4242"},
		{"expect processes.0.pid >4000 its number:", "3000", "≠ wrong: your guess 3000"},
		{"expect processes.0.pid +>-1 more:", "5",
			"✓ right: your guess 5, expected more than -1 more, measured +0"},
		{"expect processes.0.pid <4000 its number:", "3999", "near: your guess 3999"}};

	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct lecture *l;

		set_up(state);
		l = *state;
		HEAR(l, "!One.", row[i].expect, "wait");
		play_keys(l->a, "Q");
		enter(l->a, row[i].guess);
		HEAR(l, "done");
		for (int k = 0; k < 12; k++)
			HEAR(l, "view threads");
		if (!play_shows(l->a, row[i].told))
			fail_msg("not told: %s", row[i].told);
		tear_down(state);
	}
}

static void a_step_without_a_figure_gives_no_verdict(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!It thinks.", "ask What about?", "wait");
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "What about?"));
	enter(l->a, "nothing");
	assert_true(goes_on(l->a));
	assert_true(play_shows(l->a, "your guess nothing; the step tells no figure"));
	HEAR(l, "done");
	assert_true(play_shows(l->a, "your guess nothing; the step tells no figure"));
}

static void what_a_step_cannot_have_measured_says_so(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!One.", "expect processes.0.nothing 1 nowhere:", "wait");
	play_keys(l->a, "Q");
	enter(l->a, "1");
	assert_true(goes_on(l->a));
	HEAR(l, "done");
	for (int i = 0; i < 12; i++)
		HEAR(l, "view threads");
	assert_true(play_shows(l->a, "? your guess 1, expected 1; not measured"));
}

static void steps_that_pass_by_end_the_question(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!One.", EXPECTED, "wait");
	play_keys(l->a, "Q");
	HEAR(l, "!Two.", "!Three.", "!Four.");
	enter(l->a, "4242");
	assert_true(play_shows(l->a, "the step is over, and was not measured"));
	app_key(l->a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(l->a, "Four."));
	assert_true(play_shows(l->a, "live"));
}

static void a_step_that_asks_nothing_leaves_it_to_the_view(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!One.", "view files", "wait");
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "same open file description"));
	assert_true(play_shows(l->a, "B is hidden"));
	app_key(l->a, KEYS_ESCAPE, PLAY_NOW);
	app_key(l->a, KEYS_ENTER, PLAY_NOW);
	assert_true(goes_on(l->a));
}

/* Enter belongs to the step then; o opens the row in its place, and Enter marks what is open. */
static void a_row_is_opened_while_a_step_waits(void **state)
{
	static const char *const title[] = {"thread: every field", "fd: every field"};
	struct lecture *l = *state;

	HEAR(l, "!One.", "view threads", "wait");
	for (size_t i = 0; i < 2; i++) {
		play_keys(l->a, i ? "7o" : "2o");
		assert_true(play_shows(l->a, title[i]));
		app_key(l->a, i ? KEYS_ESCAPE : KEYS_ENTER, PLAY_NOW);
		assert_false(play_shows(l->a, "every field"));
		assert_false(goes_on(l->a));
	}
	app_key(l->a, KEYS_ENTER, PLAY_NOW);
	assert_true(goes_on(l->a));
}

/* A view is asked of while it is held, or before a step that asks nothing. */
static void steps_tell_nothing_while_a_view_asks(void **state)
{
	struct lecture *l = *state;

	HEAR(l, "!It says who it is.", "view threads", EXPECTED, "wait");
	app_key(l->a, KEYS_ENTER, PLAY_NOW);
	HEAR(l, "done");
	HEAR(l, "view threads");
	assert_true(play_shows(l->a, "as expected"));
	play_keys(l->a, " Q");
	assert_true(play_shows(l->a, "B is hidden"));
	assert_false(play_shows(l->a, "as expected"));
	enter(l->a, "1");
	assert_false(play_shows(l->a, "as expected"));
	app_key(l->a, KEYS_ESCAPE, PLAY_NOW);
	assert_true(play_shows(l->a, "as expected"));
	play_keys(l->a, " ");
	HEAR(l, "!It has two threads.", "wait");
	HEAR(l, "!B has three of them.", "wait");
	assert_true(play_shows(l->a, "three of them"));
	play_keys(l->a, "Q");
	assert_true(play_shows(l->a, "B is hidden"));
	assert_false(play_shows(l->a, "three of them"));
}

int main(void)
{
#define STEP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses_are_read_as_they_are_typed),
		cmocka_unit_test(guesses_are_right_near_or_wrong),
		cmocka_unit_test(every_question_is_answered_by_a_measure),
		cmocka_unit_test(every_view_has_a_question_to_every_pair),
		cmocka_unit_test(sizes_are_asked_for_in_kib),
		cmocka_unit_test(nothing_of_b_is_seen_while_a_view_asks),
		cmocka_unit_test(a_thread_is_hidden_among_its_likes),
		cmocka_unit_test(others_keep_what_they_have_without_that_thread),
		cmocka_unit_test(what_a_says_of_b_is_covered),
		cmocka_unit_test(what_a_calls_with_b_is_covered),
		cmocka_unit_test(what_the_program_prints_is_covered),
		cmocka_unit_test(a_guess_is_held_against_the_measure),
		cmocka_unit_test(what_is_no_guess_gets_a_line),
		cmocka_unit_test(what_is_unknown_says_why),
		cmocka_unit_test(what_was_not_seen_is_told_with_doubt),
		cmocka_unit_test(the_next_question_is_another_one),
		cmocka_unit_test(esc_shows_all_and_goes_on),
		cmocka_unit_test(a_pause_of_before_stays),
		cmocka_unit_test(a_view_comes_back_as_it_was),
		cmocka_unit_test(without_b_nothing_is_asked),
		cmocka_unit_test(before_the_first_moment_nothing_is_asked),
		cmocka_unit_test(nothing_else_is_done_meanwhile),
		STEP_TEST(a_step_is_guessed_before_it_happens),
		STEP_TEST(a_step_that_happens_unseen_stays_hidden),
		STEP_TEST(what_has_happened_may_be_asked_of_too),
		STEP_TEST(each_expectation_is_asked_in_turn),
		cmocka_unit_test(changes_and_bounds_are_guessed_as_such),
		STEP_TEST(a_step_without_a_figure_gives_no_verdict),
		STEP_TEST(what_a_step_cannot_have_measured_says_so),
		STEP_TEST(steps_that_pass_by_end_the_question),
		STEP_TEST(a_step_that_asks_nothing_leaves_it_to_the_view),
		STEP_TEST(a_row_is_opened_while_a_step_waits),
		STEP_TEST(steps_tell_nothing_while_a_view_asks),
	};

	return cmocka_run_group_tests_name("quiz", tests, NULL, NULL);
}
