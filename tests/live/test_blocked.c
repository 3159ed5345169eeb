/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How blocked threads came to where they stand, unwound without a stop, however they were built. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "blocked_cxx.h"
#include "denied.h"
#include "live.h"
#include "naming.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/model/backtraces.h"
#include "twintop/proc/nursery.h"
#include "watched.h"

#define DEPTH 40 /* of the specimen's recursion */
#define FLAGS "-g -D_GNU_SOURCE "

/* ---- a way --------------------------------------------------------------------------- */

/* Functions that follow each other somewhere in it, from the inner to the outer. */
static bool goes(const struct backtrace *b, const char *const function[], size_t n)
{
	struct backtrace_line line;
	size_t at = 0;

	for (size_t i = 0; at < n && backtrace_line(b, i, &line); i++)
		if (text_equal(line.function, text_of(function[at])))
			at++;
		else if (at)
			return false;
	return at == n;
}

static size_t times(const struct backtrace *b, const char *function)
{
	struct backtrace_line line;
	size_t n = 0;

	for (size_t i = 0; backtrace_line(b, i, &line); i++)
		n += text_equal(line.function, text_of(function));
	return n;
}

struct way {
	const char *thread;
	const char *function[6];
	size_t n;
};
static const struct way ways[] = {
	{"read", {"wait_read", "way_two", "way_one", "begin"}, 4},
	{"sleep", {"wait_sleep", "way_two", "way_one", "begin"}, 4},
	{"mutex", {"wait_mutex", "way_two", "way_one", "begin"}, 4},
	{"cond", {"wait_cond", "way_two", "way_one", "begin"}, 4},
	{"poll", {"wait_poll", "way_two", "way_one", "begin"}, 4},
	{"epoll", {"wait_epoll", "way_two", "way_one", "begin"}, 4},
	{"deep", {"wait_deep", "way_two", "way_one", "begin"}, 4},
	{"switch", {"switch_stack", "wait_switch", "way_two", "way_one", "begin"}, 5},
	{"wide", {"wait_read", "wait_wide", "way_two", "way_one", "begin"}, 5},
	{"handler", {"wait_signal", "way_two", "way_one", "begin"}, 4},
	{"other", {"wait_other", "way_two", "way_one", "begin"}, 4},
};
#define WAYS (sizeof ways / sizeof *ways)

static bool is_way(const struct watched *w, const struct way *way, bool named, bool report)
{
	const char *reason = NULL;
	const struct backtrace *b =
		backtraces_trace(watched_list(w), watched_tid(w, way->thread), &reason);
	bool is = watched_whole(b) && (!named || goes(b, way->function, way->n));

	if (is && named && !strcmp(way->thread, "deep"))
		is = times(b, "recurse") == DEPTH;
	if (!is && report) {
		print_message("%s: %s\n", way->thread, reason ? reason : "");
		watched_print(b);
	}
	return is;
}

/* All in one moment: they stand. */
static void expect_ways(struct watched *w, const char *name, bool named)
{
	uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
	size_t is = 0;

	while (is < WAYS && clock_monotonic_ns() < until) {
		watched_next(w);
		for (is = 0; is < WAYS && is_way(w, &ways[is], named, false);)
			is++;
	}
	if (is == WAYS)
		return;
	for (size_t i = 0; i < WAYS; i++)
		is_way(w, &ways[i], named, true);
	fail_msg("sp_%s: %s is not unwound whole", name, ways[is].thread);
}

static void expect_undisturbed(struct watched *w)
{
	specimen_say(w->s, "");
	assert_int_equal(specimen_number(w->s, "interrupted"), 0);
}

/* ---- however it is built ----------------------------------------------------------- */

struct build {
	const char *name, *flags;
	bool stripped;
};

static void run_build(void *context)
{
	const struct build *build = context;
	struct watched w;

	watched_begin(&w, build->name);
	expect_ways(&w, build->name, !build->stripped);
	expect_undisturbed(&w);
	watched_end(&w);
}

static void however_it_is_built(void **state)
{
	static const struct build builds[] = {
		{"plain", FLAGS "-O0", false},
		{"clash", FLAGS "-O0 -fstack-clash-protection", false},
		{"fast", FLAGS "-O2", false},
		{"frameless", FLAGS "-O2 -fPIE -pie -fomit-frame-pointer", false},
		{"framed", FLAGS "-O2 -fno-omit-frame-pointer", false},
		{"fixed", FLAGS "-O1 -no-pie -fno-pie", false},
	};

	(void)state;
	watched_needs();
	for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
		if (naming_can_build(builds[i].name, builds[i].flags))
			as_ourselves(run_build, (void *)(uintptr_t)&builds[i]);
}

static void stripped(void **state)
{
	static const struct build bare = {"bare", NULL, true};

	(void)state;
	watched_needs();
	naming_build("nameless", FLAGS "-O2 -Wl,--build-id=none");
	naming_strip("bare", "nameless");
	assert_true(naming_run("chmod a+rX . sp_bare; rm -f sp_bare.debug"));
	as_ourselves(run_build, (void *)(uintptr_t)&bare);
}

static void by_an_ordinary_user(void **state)
{
	static const struct build fast = {"fast", NULL, false};

	(void)state;
	watched_needs();
	naming_build("fast", FLAGS "-O2");
	as_nobody(run_build, (void *)(uintptr_t)&fast);
}

/* ---- beside a debugger, which stops it ----------------------------------------------- */

/*
 * A line a thread: its TID, and the address of each frame: not of what is inlined, nor of functions
 * that ended by a jump to the next, which the debugger thinks up and of which nothing is left.
 */
static const char script[] = "import gdb\n"
			     "none = gdb.INLINE_FRAME, gdb.TAILCALL_FRAME\n"
			     "for t in gdb.selected_inferior().threads():\n"
			     "  t.switch()\n"
			     "  f = gdb.newest_frame()\n"
			     "  pcs = []\n"
			     "  while f and len(pcs) < 256:\n"
			     "    if f.type() not in none: pcs.append('%x' % f.pc())\n"
			     "    f = f.older()\n"
			     "  print('thread', t.ptid[1], ' '.join(pcs))\n";

struct sums {
	unsigned frames, equal;
};

/* One wakes up now and then, one runs; the bounds of one that is made at run time nobody knows. */
static bool is_moving(const struct watched *w, pid_t tid)
{
	return tid == watched_tid(w, "busy") || tid == watched_tid(w, "runs") ||
	       tid == watched_tid(w, "made");
}

static void compare_frame(const struct backtrace *b, const char *whose, pid_t tid, size_t i,
	uint64_t pc, struct sums *sums)
{
	bool equal = b && i < b->n && b->frame[i].pc == pc;

	sums->frames++;
	sums->equal += equal;
	if (!equal)
		print_message("thread %d, frame %zu: %s has %llx\n", (int)tid, i, whose,
			(unsigned long long)pc);
}

static void compare_thread(struct watched *w, char *line, struct sums *sums)
{
	char *at = line + sizeof "thread", *end;
	pid_t tid = (pid_t)strtol(at, &end, 10);
	const struct backtrace *b = backtraces_trace(watched_list(w), tid, NULL);

	if (is_moving(w, tid))
		return;
	for (size_t i = 0; *end == ' '; i++) {
		uint64_t pc = strtoull(end + 1, &at, 16);

		if (at == end + 1)
			break;
		compare_frame(b, "gdb", tid, i, pc, sums);
		end = at;
	}
}

static void compare_with_gdb(struct watched *w, struct sums *sums)
{
	FILE *file = watched_file("frames.py", "w");
	char line[16384];

	fputs(script, file);
	fclose(file);
	if (!naming_run("gdb -nx -batch -iex 'set debuginfod enabled off' -p %d "
			"-ex 'set backtrace past-main on' -ex 'source frames.py' "
			">frames && grep -q ^thread frames",
		    (int)specimen_pid(w->s))) {
		print_message("no gdb here, or it may not attach\n");
		return;
	}
	file = watched_file("frames", "r");
	while (fgets(line, sizeof line, file))
		if (!strncmp(line, "thread ", 7))
			compare_thread(w, line, sums);
	fclose(file);
}

/* Lines as "TID 4242:" and "#3  0x00007f2c46012345 read". */
static void compare_with_eu_stack(struct watched *w, struct sums *sums)
{
	const struct backtrace *b = NULL;
	char line[4096];
	pid_t tid = 0;
	FILE *file;

	if (!naming_run("eu-stack -p %d >frames 2>/dev/null; grep -q '^#0' frames",
		    (int)specimen_pid(w->s))) {
		print_message("no eu-stack here, or it may not attach\n");
		return;
	}
	file = watched_file("frames", "r");
	while (fgets(line, sizeof line, file)) {
		unsigned long long pc;
		unsigned i;

		if (sscanf(line, "TID %d:", &tid) == 1)
			b = backtraces_trace(watched_list(w), tid, NULL);
		else if (sscanf(line, "#%u 0x%llx", &i, &pc) == 2 && !is_moving(w, tid))
			compare_frame(b, "eu-stack", tid, i, pc, sums);
	}
	fclose(file);
}

static void run_beside_gdb(void *context)
{
	const struct build *build = context;
	struct sums gdb = {0}, eu_stack = {0};
	struct watched w;

	watched_begin(&w, build->name);
	expect_ways(&w, build->name, !build->stripped);
	compare_with_gdb(&w, &gdb);
	compare_with_eu_stack(&w, &eu_stack);
	watched_end(&w);
	if (!gdb.frames && !eu_stack.frames)
		skip();
	print_message("sp_%s: %u of %u frames are gdb's, %u of %u eu-stack's\n", build->name,
		gdb.equal, gdb.frames, eu_stack.equal, eu_stack.frames);
	assert_true(gdb.frames > 80 || eu_stack.frames > 80);
	assert_true(gdb.equal * 100 >= gdb.frames * 99);
	assert_true(eu_stack.equal * 100 >= eu_stack.frames * 99);
}

static void frame_by_frame_as_those_who_stop_it_have_them(void **state)
{
	static const struct build builds[] = {{"plain", FLAGS "-O0", false},
		{"frameless", FLAGS "-O2 -fPIE -pie -fomit-frame-pointer", false}};
	static const struct build linked = {"linked", NULL, false};

	(void)state;
	watched_needs();
	naming_build("nameless", FLAGS "-O2 -Wl,--build-id=none");
	naming_strip("linked", "nameless");
	assert_true(naming_run("objcopy --add-gnu-debuglink=sp_linked.debug sp_linked && "
			       "chmod a+rX . sp_linked*"));
	as_ourselves(run_beside_gdb, (void *)(uintptr_t)&linked);
	for (size_t i = 0; i < sizeof builds / sizeof *builds; i++)
		if (naming_can_build(builds[i].name, builds[i].flags))
			as_ourselves(run_beside_gdb, (void *)(uintptr_t)&builds[i]);
}

/* ---- where a way ends, and what is no part of it ---------------------------------------- */

static const struct backtrace *await_trace(struct watched *w, const char *thread)
{
	uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
	const struct backtrace *b = NULL;

	while (!b && clock_monotonic_ns() < until) {
		watched_next(w);
		b = backtraces_trace(watched_list(w), watched_tid(w, thread), NULL);
	}
	assert_non_null(b);
	return b;
}

/* Ten thousand frames: as many as are told, and it says so. */
static void run_abyss(void *context)
{
	const struct backtrace *b;
	struct watched w;

	(void)context;
	watched_begin(&w, "fast");
	b = await_trace(&w, "abyss");
	assert_int_equal(b->n, BACKTRACE_MOST);
	assert_false(b->complete);
	assert_non_null(strstr(b->reason, "only 256 frames"));
	assert_true(times(b, "sink") > BACKTRACE_MOST - 8);
	watched_end(&w);
}

static void ten_thousand_frames_are_bounded(void **state)
{
	(void)state;
	watched_needs();
	naming_build("fast", FLAGS "-O2");
	as_ourselves(run_abyss, NULL);
}

/* Where Go goes to another stack the tables lead nowhere. */
static void run_switch(void *context)
{
	const struct backtrace *b;
	struct watched w;

	(void)context;
	watched_begin(&w, "goes");
	b = await_trace(&w, "switch");
	if (!b->reason || !strstr(b->reason, "another stack") || times(b, "wait_switch")) {
		watched_print(b);
		fail_msg("it goes on beyond runtime.mcall");
	}
	assert_int_equal(times(b, "switch_stack"), 1);
	watched_end(&w);
}

static void where_go_goes_to_another_stack_it_ends(void **state)
{
	(void)state;
	watched_needs();
	naming_build("goes", FLAGS "-O2 -DGOES");
	as_ourselves(run_switch, NULL);
}

/* Of code made at run time the frame pointer leads on, and what merely lies there does not. */
static void run_made(void *context)
{
	struct backtrace_line line;
	const struct backtrace *b;
	struct watched w;
	size_t of_none = 0;

	(void)context;
	watched_begin(&w, "framed");
	b = await_trace(&w, "made");
	for (size_t i = 0; backtrace_line(b, i, &line); i++)
		of_none += !line.frame->symbol.module.len;
	if (of_none != 1 || times(b, "stale") || times(b, "wait_made") != 1 ||
		times(b, "begin") != 1) {
		watched_print(b);
		fail_msg("it is passed in a wrong way");
	}
	assert_non_null(strstr(b->reason, "code made at run time"));
	watched_end(&w);
}

static void what_lies_on_the_stack_of_made_code_is_no_frame(void **state)
{
	(void)state;
#if !defined __x86_64__
	print_message("skipped: the code is x86-64's\n");
	skip();
#endif
	watched_needs();
	naming_build("framed", FLAGS "-O2 -fno-omit-frame-pointer");
	as_ourselves(run_made, NULL);
}

/* ---- those that do not stand ----------------------------------------------------------- */

#define LOOKS 100u

/* Whether this kernel, and whoever runs the tests, may sample at all. */
static bool may_sample(void)
{
	struct proc_root *root;
	struct access access;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	denied_probe(root, NULL, &access);
	proc_root_close(root);
	return value_state_has_value(access.state[ACCESS_PERF]);
}

/* Where perf is allowed the one that runs is sampled as it ran; else it has none, and says why. */
static unsigned look_at_runner(struct watched *w)
{
	static const char *const way[] = {"wait_runs", "way_two", "way_one", "begin"};
	const struct thread_backtrace *t = backtraces_find(watched_list(w), watched_tid(w, "runs"));
	const char *reason = NULL;
	const struct backtrace *b =
		backtraces_trace(watched_list(w), watched_tid(w, "runs"), &reason);

	if (!b) {
		assert_non_null(reason);
		return 0;
	}
	assert_false(denied(ACCESS_PERF));
	if (t->means != BACKTRACE_SAMPLED || !watched_whole(b) || !goes(b, way, 4)) {
		watched_print(b);
		fail_msg("the one that runs never ran so");
	}
	assert_true(t->taken_ns && t->taken_ns <= w->m->snapshot->monotonic_ns);
	return 1;
}

/* The one that wakes up is told as it stood, or as void. */
static void run_moving(void *context)
{
	static const char *const left[] = {"busy_left", "wait_busy", "way_two", "way_one", "begin"};
	static const char *const right[] = {
		"busy_right", "wait_busy", "way_two", "way_one", "begin"};
	struct watched w;
	unsigned whole = 0, sampled = 0;

	(void)context;
	watched_begin(&w, "fast");
	for (unsigned i = 0; i < LOOKS; i++) {
		const struct backtrace *b;
		const char *reason = NULL;

		watched_next(&w);
		if (!watched_list(&w))
			continue;
		sampled += look_at_runner(&w);
		b = backtraces_trace(watched_list(&w), watched_tid(&w, "busy"), &reason);
		if (!b)
			continue;
		whole++;
		if (!watched_whole(b) || (!goes(b, left, 5) && !goes(b, right, 5))) {
			watched_print(b);
			fail_msg("the one that wakes up never stood so");
		}
	}
	print_message("%u of %u looks were whole, %u sampled\n", whole, LOOKS, sampled);
	assert_true(whole > 0);
	for (uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
		!sampled && may_sample() && clock_monotonic_ns() < until;) {
		watched_next(&w);
		sampled += look_at_runner(&w);
	}
	assert_true(sampled > 0 || !may_sample());
	expect_undisturbed(&w);
	watched_end(&w);
}

static void who_moves_is_void_and_who_runs_is_sampled(void **state)
{
	(void)state;
	watched_needs();
	naming_build("fast", FLAGS "-O2");
	as_ourselves(run_moving, NULL);
}

/* ---- the kernel's part, and what is denied ---------------------------------------------- */

static void run_kernel(void *context)
{
	uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
	const struct kernel_trace *k = NULL;
	const char *reason = NULL;
	struct watched w;

	(void)context;
	watched_begin(&w, "fast");
	while (!k && !reason && clock_monotonic_ns() < until) {
		watched_next(&w);
		if (backtraces_find(watched_list(&w), watched_tid(&w, "read")))
			k = backtraces_kernel(watched_list(&w), watched_tid(&w, "read"), &reason);
	}
	if (denied(ACCESS_KERNEL_STACK) || geteuid()) {
		assert_null(k);
		assert_non_null(strstr(reason, "CAP_SYS_ADMIN"));
	} else if (k) {
		assert_true(k->n > 1);
	}
	watched_end(&w);
}

static void the_kernels_part_is_told_to_whom_it_may_be(void **state)
{
	(void)state;
	watched_needs();
	naming_build("fast", FLAGS "-O2");
	as_ourselves(run_kernel, NULL);
	as_nobody(run_kernel, NULL);
}

/* It may not stand yet, which is a reason, too. */
static const char *reason_of_read(const struct watched *w, const struct backtrace **ret_trace)
{
	const char *reason = NULL;

	*ret_trace = backtraces_trace(watched_list(w), watched_tid(w, "read"), &reason);
	return *ret_trace ? (*ret_trace)->reason : reason;
}

/* The reason is said: with the innermost frame where that is known, else without any. */
static void run_denied(void *context)
{
	uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
	enum access_item item = *(enum access_item *)context;
	const struct backtrace *b = NULL;
	const char *reason = NULL;
	struct watched w = {.f = sampling_make(), .s = specimen_start("fast", NULL)};

	nursery_begin(w.f->root);
	w.f->options.access.state[item] = VALUE_DENIED;
	w.f->need = NEED_BACKTRACES;
	sampling_begin(w.f, specimen_pid(w.s), SIBLING_NONE);
	while (!reason || !strstr(reason, "needs ptrace attach access")) {
		watched_next(&w);
		if (watched_list(&w))
			reason = reason_of_read(&w, &b);
		if (clock_monotonic_ns() > until)
			fail_msg("the reason is: %s", reason ? reason : "none");
	}
	if (item == ACCESS_ATTACH && !denied(ACCESS_SYSCALL)) {
		assert_non_null(b);
		assert_int_equal(b->n, 1);
		assert_false(b->complete);
	} else {
		assert_null(b);
	}
	watched_end(&w);
}

static void what_is_denied_says_why(void **state)
{
	static const enum access_item items[] = {ACCESS_ATTACH, ACCESS_SYSCALL};

	(void)state;
	naming_build("fast", FLAGS "-O2");
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		as_ourselves(run_denied, (void *)(uintptr_t)&items[i]);
}

static int begin_group(void **state)
{
	naming_source("sp_blocked.c");
	return naming_begin_all(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(however_it_is_built),
		cmocka_unit_test(stripped),
		cmocka_unit_test(by_an_ordinary_user),
		cmocka_unit_test(frame_by_frame_as_those_who_stop_it_have_them),
		cmocka_unit_test(blocked_cxx_beside_elfutils),
		cmocka_unit_test(blocked_cxx_in_namespaces_of_llvm),
		cmocka_unit_test(ten_thousand_frames_are_bounded),
		cmocka_unit_test(where_go_goes_to_another_stack_it_ends),
		cmocka_unit_test(what_lies_on_the_stack_of_made_code_is_no_frame),
		cmocka_unit_test(who_moves_is_void_and_who_runs_is_sampled),
		cmocka_unit_test(the_kernels_part_is_told_to_whom_it_may_be),
		cmocka_unit_test(what_is_denied_says_why),
	};

	return live_run(tests, begin_group, naming_end_all);
}
