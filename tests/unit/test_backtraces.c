/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backtraces of all threads: found, put together by their way, told as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/json_nulls.h"
#include "tests/fixtures/json_text.h"
#include "tests/fixtures/scene.h"
#include "twintop/model/backtraces.h"
#include "twintop/proc/blocked.h"
#include "twintop/report/report.h"

#define TEXT(text)                                                                                 \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}

static const struct backtrace_frame waiting[] = {
	{.pc = 0x401000,
		.symbol = {.name = TEXT("futex_wait"), .offset = 2, .module = TEXT("libc")}},
	{.pc = 0x402000,
		.returns = true,
		.symbol = {.name = TEXT("wo\033rk"), .offset = 9, .module = TEXT("pool")}}};
static const struct backtrace_frame lost[] = {
	{.pc = 0x403000, .symbol = {.gap = SYMBOL_STRIPPED, .line_gap = SYMBOL_STRIPPED}}};
static const struct kernel_frame kernel[] = {{TEXT("futex_do_wait"), 0x53}};

/* Five threads: three came one way, one another, one runs. */
static struct backtraces *make(void)
{
	struct backtraces *b = part_make(PART_BACKTRACES);

	b->n = 5;
	b->thread = arena_array(&b->part.arena, b->n, sizeof *b->thread);
	b->traces_n = 2;
	b->trace = arena_array(&b->part.arena, 2, sizeof *b->trace);
	b->trace[0] = (struct backtrace){.n = 1, .frame = lost, .reason = "no unwind table"};
	b->trace[1] = (struct backtrace){.n = 2, .frame = waiting, .complete = true};
	b->kernels_n = 1;
	b->kernel = arena_array(&b->part.arena, 1, sizeof *b->kernel);
	b->kernel[0] = (struct kernel_trace){1, kernel};
	for (size_t i = 0; i < b->n; i++)
		b->thread[i] = (struct thread_backtrace){.tid = 4242 + (pid_t)i,
			.trace = i != 1,
			.taken_ns = 7 + i,
			.kernel_state = i == 1 ? VALUE_DENIED : VALUE_KNOWN};
	b->thread[4].gap = BACKTRACE_RUNS;
	return b;
}

static void a_thread_is_found_by_its_tid(void **state)
{
	struct backtraces *b = make();
	const char *reason = "";

	(void)state;
	assert_ptr_equal(backtraces_trace(b, 4242, &reason), &b->trace[1]);
	assert_null(reason);
	assert_ptr_equal(backtraces_trace(b, 4243, NULL), &b->trace[0]);
	assert_null(backtraces_trace(b, 4246, &reason));
	assert_non_null(strstr(reason, "it runs"));
	assert_null(backtraces_trace(b, 5, &reason));
	assert_non_null(reason);
	assert_null(backtraces_trace(NULL, 4242, &reason));
	assert_non_null(reason);
	assert_ptr_equal(backtraces_kernel(b, 4242, &reason), &b->kernel[0]);
	assert_null(backtraces_kernel(b, 4243, &reason));
	assert_string_equal(reason, "needs CAP_SYS_ADMIN");
	part_put(b);
}

static void each_gap_has_a_reason(void **state)
{
	struct thread_backtrace t = {.gap = BACKTRACE_NO_GAP};

	(void)state;
	assert_null(backtraces_gap(&t));
	for (unsigned gap = 1; gap < BACKTRACE_GAPS; gap++) {
		t.gap = (enum backtrace_gap)gap;
		t.hidden = gap == BACKTRACE_HIDDEN ? VALUE_DENIED : VALUE_KNOWN;
		assert_non_null(backtraces_gap(&t));
	}
}

static void those_of_one_way_are_one_group(void **state)
{
	struct backtraces *b = make();
	struct backtrace_group *group;
	struct arena arena = {0};

	(void)state;
	assert_int_equal(backtraces_groups(b, &arena, &group), 3);
	assert_int_equal(group[0].n, 3);
	assert_ptr_equal(group[0].trace, &b->trace[1]);
	assert_int_equal(group[0].thread[1]->tid, 4244);
	assert_int_equal(group[1].n, 1);
	assert_ptr_equal(group[1].trace, &b->trace[0]);
	assert_null(group[2].trace);
	assert_non_null(group[2].reason);
	assert_int_equal(backtraces_groups(NULL, &arena, &group), 0);
	arena_free(&arena);
	part_put(b);
}

static void a_way_is_told_in_a_line(void **state)
{
	struct backtraces *b = make();
	struct textbuf text = {0};

	(void)state;
	backtrace_way_print(&text, &b->trace[1], 5);
	assert_string_equal(text.bytes, "futex_wait ← wo\\erk");
	textbuf_clear(&text);
	backtrace_way_print(&text, &b->trace[1], 1);
	assert_string_equal(text.bytes, "futex_wait ← …");
	textbuf_clear(&text);
	backtrace_way_print(&text, &b->trace[0], 5);
	assert_string_equal(text.bytes, "0x403000");
	textbuf_free(&text);
	part_put(b);
}

/* ---- what the kernel shows ------------------------------------------------------- */

static struct kernel_trace parse(struct arena *arena, const char *text, size_t n)
{
	struct kernel_trace k;

	blocked_parse_kernel(scan_of(text, n), arena, &k);
	return k;
}
#define PARSE(arena, text) parse(arena, text, sizeof(text) - 1)

static void functions_of_the_kernel_are_taken(void **state)
{
	struct arena arena = {0};
	struct kernel_trace k = PARSE(&arena,
		"[<0>] futex_do_wait+0x53/0x80\n[<ffffffff81000000>] poll.constprop.0+0x1/0x2 "
		"[a_module]\n[<0>] last+0xff/0x100");

	(void)state;
	assert_int_equal(k.n, 3);
	assert_true(text_equal(k.frame[0].function, text_of("futex_do_wait")));
	assert_int_equal(k.frame[0].offset, 0x53);
	assert_true(text_equal(k.frame[1].function, text_of("poll.constprop.0")));
	assert_int_equal(k.frame[2].offset, 0xff);
	arena_free(&arena);
}

static void other_lines_are_left_out(void **state)
{
	static const char nul[] = "[<0>] a\0b+0x1/0x2\n";
	struct arena arena = {0};
	struct textbuf many = {0};

	(void)state;
	assert_int_equal(PARSE(&arena, "").n, 0);
	assert_int_equal(PARSE(&arena, "\n\n]\n] \n] +0x1\n[<0>] \n[<0>] name\n[<0>] f+\n").n, 0);
	assert_int_equal(PARSE(&arena, "[<0>] f+zz/0x1\n[<0>] +0x1/0x2\nno bracket+0x1\n").n, 0);
	assert_int_equal(parse(&arena, nul, sizeof nul - 1).n, 1);
	for (unsigned i = 0; i < 600; i++)
		textbuf_adds(&many, i ? "x" : "[<0>] ");
	textbuf_adds(&many, "+0x1/0x2\n");
	assert_int_equal(parse(&arena, many.bytes, many.len).n, 0);
	textbuf_clear(&many);
	for (unsigned i = 0; i < 2 * KERNEL_FRAMES_MOST; i++)
		textbuf_adds(&many, "[<0>] f+0x1/0x2\n");
	assert_int_equal(parse(&arena, many.bytes, many.len).n, KERNEL_FRAMES_MOST);
	textbuf_free(&many);
	arena_free(&arena);
}

/* Whatever moved: it ran meanwhile. */
static void who_moved_has_run(void **state)
{
	const struct blocked was = {.has_registers = true,
		.run_known = true,
		.stack_pointer = 16,
		.program_counter = 32,
		.run_ns = 48};
	struct blocked is[6];

	(void)state;
	assert_true(blocked_same(&was, &was));
	for (unsigned i = 0; i < 6; i++)
		is[i] = was;
	is[0].stack_pointer++;
	is[1].program_counter++;
	is[2].run_ns++;
	is[3].run_known = false;
	is[4].has_registers = false;
	is[5] = (struct blocked){.running = true};
	for (unsigned i = 0; i < 6; i++)
		assert_false(blocked_same(&was, &is[i]));
}

/* ---- told ----------------------------------------------------------------------- */

static const struct moment *moment_with(struct backtraces *b)
{
	const struct scene scene = {.step = 2};
	const struct moment *m = scene_moment(&scene), *with;
	struct snapshot *s = scene_again(m, SCENE_STEP_NS);

	s->side[0].backtraces = b;
	with = moment_new(s, part_get(m->pair));
	moment_put(m);
	return with;
}

static void json_tells_them_with_each_thread(void **state)
{
	const struct moment *m = moment_with(make());
	json_t *object = json_text_read(m), *thread, *trace, *frame;

	(void)state;
	assert_non_null(object);
	assert_null(json_unexplained(object));
	thread = json_array_get(
		json_object_get(json_array_get(json_object_get(object, "processes"), 0), "threads"),
		0);
	trace = json_object_get(thread, "backtrace");
	assert_true(json_is_true(json_object_get(trace, "complete")));
	assert_true(json_is_null(json_object_get(trace, "reason")));
	assert_int_equal(json_integer_value(json_object_get(trace, "time_ns")), 7);
	assert_int_equal(json_array_size(json_object_get(trace, "frames")), 2);
	frame = json_array_get(json_object_get(trace, "frames"), 0);
	assert_string_equal(json_string_value(json_object_get(frame, "pc")), "0x401000");
	assert_string_equal(json_string_value(json_object_get(frame, "function")), "futex_wait");
	assert_int_equal(json_integer_value(json_object_get(frame, "offset")), 2);
	frame = json_array_get(json_object_get(trace, "kernel_frames"), 0);
	assert_string_equal(json_string_value(json_object_get(frame, "function")), "futex_do_wait");
	json_decref(object);
	moment_put(m);
}

static void the_report_tells_each_way_once(void **state)
{
	const struct moment *m = moment_with(make());
	struct textbuf text = {0};

	(void)state;
	report_moment(m, "threads", false, &text);
	assert_non_null(strstr(text.bytes, "Backtraces of A: 5 threads, 2 ways"));
	assert_non_null(strstr(text.bytes, "3 threads: futex_wait ← wo\\erk\n"));
	assert_non_null(strstr(text.bytes, "kernel: futex_do_wait\n"));
	assert_non_null(strstr(text.bytes, "not complete: no unwind table\n"));
	assert_non_null(strstr(text.bytes, "1 thread: it runs"));
	assert_non_null(strstr(text.bytes, "Backtraces of B   [hidden: "));
	assert_null(strchr(text.bytes, '\033'));
	textbuf_free(&text);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_is_found_by_its_tid),
		cmocka_unit_test(each_gap_has_a_reason),
		cmocka_unit_test(those_of_one_way_are_one_group),
		cmocka_unit_test(a_way_is_told_in_a_line),
		cmocka_unit_test(functions_of_the_kernel_are_taken),
		cmocka_unit_test(other_lines_are_left_out),
		cmocka_unit_test(who_moved_has_run),
		cmocka_unit_test(json_tells_them_with_each_thread),
		cmocka_unit_test(the_report_tells_each_way_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
