/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ways of many threads as one tree, and its lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "src/view/trace_internal.h"

#define FRAMES 8u

/* A way of so many threads: functions from the inner to the outer, a letter each. */
struct way {
	const char *functions;
	unsigned threads;
	bool incomplete;
};

static const struct backtraces *make(const struct way *way, size_t n)
{
	struct backtraces *b = part_make(PART_BACKTRACES);
	struct arena *arena = &b->part.arena;
	pid_t tid = 1;

	b->traces_n = n;
	b->trace = arena_array(arena, n, sizeof *b->trace);
	b->thread = arena_array(arena, 100, sizeof *b->thread);
	for (size_t i = 0; i < n; i++) {
		struct backtrace_frame *frame = arena_array(arena, FRAMES, sizeof *frame);

		b->trace[i] = (struct backtrace){.n = strlen(way[i].functions),
			.frame = frame,
			.complete = !way[i].incomplete,
			.reason = way[i].incomplete ? "no unwind table" : NULL};
		for (size_t k = 0; k < b->trace[i].n; k++)
			frame[k].symbol.name = (struct text){&way[i].functions[k], 1};
		for (unsigned k = 0; k < way[i].threads; k++)
			b->thread[b->n++] =
				(struct thread_backtrace){.tid = tid++, .trace = (uint32_t)i};
	}
	return b;
}

static void expect(const struct way *way, size_t n, const char *wanted)
{
	const struct backtraces *b = make(way, n);
	struct arena arena = {0};
	struct trace_tree tree = trace_tree_of(b, &arena);
	struct trace_line *line;
	struct textbuf text = {0};
	size_t lines = trace_tree_lines(&tree, &line);

	for (size_t i = 0; i < lines; i++)
		textbuf_addf(&text, "%*s%zu %s\n", (int)line[i].depth, "", line[i].threads,
			line[i].text.bytes);
	assert_string_equal(text.len ? text.bytes : "", wanted);
	trace_lines_free(line, lines);
	textbuf_free(&text);
	arena_free(&arena);
	part_put(b);
}

static void ways_part_where_they_part(void **state)
{
	static const struct way ways[] = {
		{"xba", 2, false}, {"yba", 30, false}, {"ca", 1, false}, {"m", 1, false}};

	(void)state;
	expect(ways, 4, "33 a\n 32 b\n  30 y\n  2 x\n 1 c\n1 m\n");
}

static void what_all_have_in_common_is_one_line(void **state)
{
	static const struct way one[] = {{"cba", 7, false}};
	static const struct way within[] = {{"ba", 1, false}, {"cba", 1, false}};

	(void)state;
	expect(one, 1, "7 a → b → c\n");
	expect(within, 2, "2 a → b\n 1 c\n");
	expect(NULL, 0, "");
}

static void who_calls_itself_is_counted(void **state)
{
	static const struct way ways[] = {{"wrrrra", 1, false}};

	(void)state;
	expect(ways, 1, "1 a → r ×4 → w\n");
}

static void what_ends_early_is_marked(void **state)
{
	static const struct way ways[] = {{"ba", 1, true}, {"ca", 2, false}};

	(void)state;
	expect(ways, 2, "2 a → c\n1 … → a → b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ways_part_where_they_part),
		cmocka_unit_test(what_all_have_in_common_is_one_line),
		cmocka_unit_test(who_calls_itself_is_counted),
		cmocka_unit_test(what_ends_early_is_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
