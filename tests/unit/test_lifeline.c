/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lives of a family's members: what is known of them, and how they look in columns of time. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/draw/life.h"

#define MS     1000000ull
#define SECOND (1000 * MS)
#define NOW    (100 * SECOND)
#define FIRST  100 /* the parent of all, born at 10 s */

/* What is there to draw, and what draws it. */
struct scene {
	struct event_log log;
	struct event_sink sink;
	struct member member[8];
	size_t n;
	const struct moment *moment;
};

static void tell(struct scene *s, enum event_kind kind, pid_t pid, pid_t other, uint64_t ns)
{
	event_sink_add(&s->sink,
		(struct event){.kind = kind, .pid = pid, .other = other, .monotonic_ns = ns},
		text_of(NULL), text_of(NULL));
}

/* Those are its events up to then, told by the moment of that time. */
static void told_at(struct scene *s, uint64_t ns)
{
	struct snapshot *snapshot = snapshot_new();
	const struct moment *m;

	snapshot->sequence = snapshot->monotonic_ns = ns;
	snapshot->events = event_sink_seal(&s->sink);
	m = moment_new(snapshot, NULL);
	event_log_add(&s->log, m);
	moment_put(m);
}

static struct member *add(struct scene *s, pid_t pid, uint64_t start_ns)
{
	struct member *m = &s->member[s->n++];

	*m = (struct member){.id = {pid, start_ns / (10 * MS)},
		.parent_id = {pid == FIRST ? 1 : FIRST, pid == FIRST ? 1 : 1000},
		.ppid = pid == FIRST ? 1 : FIRST,
		.parent = pid == FIRST ? FAMILY_NO_PARENT : 0,
		.state = 'S',
		.start_ns = start_ns / (10 * MS) * (10 * MS),
		.status_state = VALUE_GONE};
	return m;
}

static void end(struct member *m, uint64_t ns, int status)
{
	m->ended = true;
	m->end_ns = ns;
	m->status = status;
	m->status_state = VALUE_KNOWN;
}

static void setup(struct scene *s)
{
	*s = (struct scene){0};
	add(s, FIRST, 10 * SECOND);
}

static const struct moment *moment_of(struct scene *s, uint64_t ns)
{
	struct snapshot *snapshot = snapshot_new();
	struct family *f = part_make(PART_FAMILY);

	f->n = s->n;
	f->member = arena_array(&f->part.arena, s->n, sizeof *f->member);
	memcpy(f->member, s->member, s->n * sizeof *f->member);
	part_seal(&f->part, 0, 0);
	snapshot->family = f;
	snapshot->sequence = snapshot->monotonic_ns = ns;
	snapshot->host.clock_ticks = 100;
	moment_put(s->moment);
	return s->moment = moment_new(snapshot, NULL);
}

static void teardown(struct scene *s)
{
	moment_put(s->moment);
	event_log_clear(&s->log);
	event_sink_free(&s->sink);
}

/* The line of a member from `from` to the moment, 20 columns. */
static void expect_line(
	struct scene *s, size_t i, uint64_t from, uint64_t now, bool ascii, const char *wanted)
{
	struct canvas *c = canvas_new(20, 1, ascii);
	struct time_axis axis = {from, now, 20};
	struct lifeline l = lifeline_of(moment_of(s, now), i, &s->log);
	struct textbuf text = {0};

	life_draw(&l, &axis, c, (struct rect){0, 0, 20, 1}, STYLE_NORMAL);
	canvas_write_text(c, &text);
	textbuf_chomp(&text);
	assert_string_equal(text.bytes ? text.bytes : "", wanted);
	textbuf_free(&text);
	canvas_free(c);
}

/* ---- what is known ------------------------------------------------------------- */

/* A start time is cut to a tick: who told of the fork knows better, but none that is far off. */
static void births_are_as_exact_as_they_were_told(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	tell(&s, EVENT_FORK, FIRST, 101, 90 * SECOND + 7 * MS);
	tell(&s, EVENT_FORK, FIRST, 102, 91 * SECOND + 70 * MS);
	told_at(&s, 92 * SECOND);
	add(&s, 101, 90 * SECOND + 7 * MS);
	add(&s, 102, 91 * SECOND);
	end(add(&s, 103, 91 * SECOND), 90 * SECOND, 0);
	assert_int_equal(lifeline_of(moment_of(&s, NOW), 1, &s.log).born_ns, 90 * SECOND + 7 * MS);
	assert_int_equal(lifeline_of(moment_of(&s, NOW), 2, &s.log).born_ns, 91 * SECOND);
	assert_int_equal(lifeline_of(moment_of(&s, NOW), 1, NULL).born_ns, 90 * SECOND);
	/* Nobody ends before his birth, whatever clocks say. */
	assert_int_equal(lifeline_of(moment_of(&s, NOW), 3, NULL).ended_ns, 91 * SECOND);
	assert_int_equal(lifelines_begin(s.moment, &s.log), 90 * SECOND);
	teardown(&s);
}

/* What the next one with its number does is not drawn on the line of the dead. */
static void numbers_are_used_again(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	tell(&s, EVENT_FORK, FIRST, 101, 81 * SECOND);
	tell(&s, EVENT_EXEC, 101, 0, 83 * SECOND);
	tell(&s, EVENT_EXIT, 101, 0, 85 * SECOND);
	tell(&s, EVENT_FORK, FIRST, 101, 91 * SECOND);
	tell(&s, EVENT_COMM, 101, 0, 93 * SECOND);
	told_at(&s, 94 * SECOND);
	end(add(&s, 101, 81 * SECOND), 85 * SECOND, 0);
	add(&s, 101, 91 * SECOND);
	assert_int_equal(lifeline_of(moment_of(&s, NOW), 1, &s.log).marks_until_ns, 91 * SECOND);
	expect_line(&s, 1, 80 * SECOND, NOW, false, " ┣━E━┫");
	expect_line(&s, 2, 80 * SECOND, NOW, false, "           ┣━N━━━━━━");
	teardown(&s);
}

static void ends_of_every_kind_are_told_apart(void **state)
{
	static const struct {
		int status;
		enum value_state known;
		enum life_end end;
	} row[] = {{0, VALUE_KNOWN, LIFE_EXITED}, {3 << 8, VALUE_KNOWN, LIFE_FAILED},
		{11, VALUE_KNOWN, LIFE_KILLED}, {0x80 | 6, VALUE_KNOWN, LIFE_KILLED},
		{0, VALUE_GONE, LIFE_ENDED}, {0, VALUE_DENIED, LIFE_ENDED}};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct scene s;

		setup(&s);
		end(add(&s, 101, 90 * SECOND), 95 * SECOND, row[i].status);
		s.member[1].status_state = row[i].known;
		assert_int_equal(lifeline_of(moment_of(&s, NOW), 0, NULL).end, LIFE_GOES_ON);
		assert_int_equal(lifeline_of(moment_of(&s, NOW), 1, NULL).end, row[i].end);
		teardown(&s);
	}
}

/* ---- how they look --------------------------------------------------------------- */

static void a_life_is_drawn_from_fork_to_end(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	tell(&s, EVENT_FORK, FIRST, 101, 82 * SECOND);
	tell(&s, EVENT_EXEC, 101, 0, 84 * SECOND);
	tell(&s, EVENT_THREAD, 101, 0, 86 * SECOND);
	told_at(&s, 90 * SECOND);
	end(add(&s, 101, 82 * SECOND), 88 * SECOND, 3 << 8);
	end(add(&s, 102, 82 * SECOND), 82 * SECOND + 1 * MS, 11);
	end(add(&s, 103, 60 * SECOND), 70 * SECOND, 0);
	expect_line(&s, 0, 80 * SECOND, NOW, false, "◂━┳━━━━━━━━━━━━━━━━━");
	expect_line(&s, 0, 80 * SECOND, NOW, true, "<=F=================");
	expect_line(&s, 1, 80 * SECOND, NOW, false, "  ┣━E━t━◆");
	expect_line(&s, 1, 80 * SECOND, NOW, true, "  [=E=t=#");
	expect_line(&s, 2, 80 * SECOND, NOW, false, "  ✗");
	expect_line(&s, 2, 80 * SECOND, NOW, true, "  X");
	expect_line(&s, 3, 80 * SECOND, NOW, true, "<");
	expect_line(&s, 1, 86 * SECOND, NOW, true, "t=#");
	teardown(&s);
}

static void zombies_and_orphans_are_seen(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	end(add(&s, 101, 82 * SECOND), 86 * SECOND, 0);
	s.member[1].state = 'Z';
	add(&s, 102, 84 * SECOND)->ppid = 1;
	s.member[2].parent = 1;
	end(add(&s, 103, 84 * SECOND), 94 * SECOND, 0);
	s.member[3].ppid = 1;
	s.member[3].parent = 1;
	add(&s, 104, 84 * SECOND)->ppid = 1; /* when its parent ended nobody knows */
	expect_line(&s, 1, 80 * SECOND, NOW, false, "  ┣━━━┫░░░░░░░░░░░░░");
	expect_line(&s, 1, 80 * SECOND, NOW, true, "  [===]zzzzzzzzzzzzz");
	expect_line(&s, 2, 80 * SECOND, NOW, false, "    ┣━╍╍╍╍╍╍╍╍╍╍╍╍╍╍");
	expect_line(&s, 3, 80 * SECOND, NOW, true, "    [=--------]");
	expect_line(&s, 4, 80 * SECOND, NOW, true, "    [==============-");
	teardown(&s);
}

/* Events tell when an orphan got another parent and when somebody waited for a zombie; those of the
 * next one with its number are not its own. */
static void what_was_told_of_orphans_and_zombies_is_drawn(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	tell(&s, EVENT_REPARENTED, 101, 1, 90 * SECOND);
	tell(&s, EVENT_ZOMBIE, 102, FIRST, 85 * SECOND);
	tell(&s, EVENT_REAPED, 102, FIRST, 88 * SECOND);
	tell(&s, EVENT_FORK, FIRST, 103, 90 * SECOND);
	tell(&s, EVENT_REAPED, 103, FIRST, 95 * SECOND);
	told_at(&s, 96 * SECOND);
	add(&s, 101, 84 * SECOND)->ppid = 1;
	end(add(&s, 102, 82 * SECOND), 84 * SECOND, 0);
	end(add(&s, 103, 82 * SECOND), 84 * SECOND, 0);
	s.member[2].state = s.member[3].state = 'X';
	expect_line(&s, 1, 80 * SECOND, NOW, true, "    [=====P---------");
	expect_line(&s, 2, 80 * SECOND, NOW, true, "  [=]zzzz");
	expect_line(&s, 3, 80 * SECOND, NOW, true, "  [=]");
	teardown(&s);
}

/* Nobody looked at it since: the log tells of its end, from when on that is known. */
static void an_end_that_was_only_told_is_drawn(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	for (unsigned i = 0; i < 40; i++)
		tell(&s, EVENT_FORK, FIRST, 200 + (pid_t)i, 84 * SECOND + i);
	tell(&s, EVENT_EXIT, FIRST, 0, 86 * SECOND);
	told_at(&s, 87 * SECOND);
	tell(&s, EVENT_REAPED, FIRST, 1, 88 * SECOND);
	told_at(&s, 96 * SECOND);
	expect_line(&s, 0, 80 * SECOND, NOW, true, "<===+=)zz");
	expect_line(&s, 0, 66 * SECOND, 86 * SECOND, true, "<===================");
	expect_line(&s, 0, 70 * SECOND, 90 * SECOND, true, "<=============+=)");
	teardown(&s);
}

/* Many in a column are counted; however many there are, a line costs its columns. */
static void many_in_a_column_are_counted(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	for (unsigned i = 0; i < 3; i++)
		tell(&s, EVENT_FORK, FIRST, 200 + (pid_t)i, 82 * SECOND + i * MS);
	for (unsigned i = 0; i < 4000; i++)
		tell(&s, EVENT_FORK, FIRST, 300 + (pid_t)i, 90 * SECOND + i * 1000);
	tell(&s, EVENT_FORK, FIRST, 205, 95 * SECOND);
	told_at(&s, 96 * SECOND);
	expect_line(&s, 0, 80 * SECOND, NOW, false, "◂━3━━━━━━━+━━━━┳━━━━");
	expect_line(&s, 0, 80 * SECOND, NOW, true, "<=3=======+====F====");
	teardown(&s);
}

/* A moment that is gone by shows what it knew: not what later ones told. */
static void the_past_knows_no_more_than_it_did(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	tell(&s, EVENT_EXEC, FIRST, 0, 89 * SECOND);
	told_at(&s, 90 * SECOND);
	tell(&s, EVENT_EXEC, FIRST, 0, 88 * SECOND);
	tell(&s, EVENT_EXEC, FIRST, 0, 95 * SECOND);
	told_at(&s, 96 * SECOND);
	expect_line(&s, 0, 70 * SECOND, 90 * SECOND, true, "<==================E");
	expect_line(&s, 0, 80 * SECOND, NOW, true, "<=======EE=====E====");
	teardown(&s);
}

/* ---- signs ------------------------------------------------------------------------ */

/* Whatever kinds of events there are, each has a sign; no two that have their own share one. */
static void every_event_has_a_sign(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < EVENT_KINDS; kind++) {
		struct life_event_sign sign = life_event_sign((enum event_kind)kind);

		assert_true(sign.utf8 && *sign.utf8);
		assert_true(sign.ascii > ' ' && sign.ascii < 0x7f);
		for (unsigned other = 0; other < kind && sign.ascii != '.'; other++)
			assert_int_not_equal(
				life_event_sign((enum event_kind)other).ascii, sign.ascii);
	}
}

static void ends_look_different_without_colours(void **state)
{
	(void)state;
	for (size_t i = 0; i < life_lesson_count(); i++)
		for (size_t k = 0; k < i; k++) {
			struct sign_lesson a = life_lesson_at(i), b = life_lesson_at(k);

			assert_string_not_equal(a.utf8, b.utf8);
			assert_int_not_equal(a.ascii, b.ascii);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_of_every_kind_are_told_apart),
		cmocka_unit_test(what_was_told_of_orphans_and_zombies_is_drawn),
		cmocka_unit_test(births_are_as_exact_as_they_were_told),
		cmocka_unit_test(numbers_are_used_again),
		cmocka_unit_test(a_life_is_drawn_from_fork_to_end),
		cmocka_unit_test(zombies_and_orphans_are_seen),
		cmocka_unit_test(an_end_that_was_only_told_is_drawn),
		cmocka_unit_test(many_in_a_column_are_counted),
		cmocka_unit_test(the_past_knows_no_more_than_it_did),
		cmocka_unit_test(every_event_has_a_sign),
		cmocka_unit_test(ends_look_different_without_colours),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
