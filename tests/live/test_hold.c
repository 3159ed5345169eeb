/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A thread that is held on a wish: whoever it is, it goes on, however who holds it ends. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "naming.h"
#include "sampling.h"
#include "twintop/base/arena.h"
#include "twintop/base/clock.h"
#include "twintop/proc/blocked.h"
#include "twintop/proc/hold.h"
#include "twintop/proc/nursery.h"

#define BOUND_NS 15000000000u
#define FLAGS	 "-g -O2 -D_GNU_SOURCE "

static void pass(unsigned ms)
{
	const struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

/* ---- what the kernel says of a thread ------------------------------------------------ */

struct state {
	char letter; /* X: it is no more */
	pid_t tracer;
};

static struct state state_of(pid_t pid, pid_t tid)
{
	struct state s = {'X', 0};
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)pid, (int)tid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file)) {
		sscanf(line, "State: %c", &s.letter);
		sscanf(line, "TracerPid: %d", &s.tracer);
	}
	if (file)
		fclose(file);
	return s;
}

/* Waits until it is in such a state, and nobody traces it. */
static void expect_state(pid_t pid, pid_t tid, const char *letters)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct state s = state_of(pid, tid);

	while ((!strchr(letters, s.letter) || s.tracer) && clock_monotonic_ns() < until) {
		pass(1);
		s = state_of(pid, tid);
	}
	if (!strchr(letters, s.letter) || s.tracer)
		fail_msg("%d is in %c, traced by %d", (int)tid, s.letter, (int)s.tracer);
}

static unsigned interrupted(struct specimen *s)
{
	specimen_say(s, "");
	return (unsigned)specimen_number(s, "interrupted");
}

/* ---- a specimen and a root ------------------------------------------------------------- */

struct trial {
	struct proc_root *root;
	struct specimen *s;
	struct held *held;
};

static void begin(struct trial *t)
{
	t->s = specimen_start("held", NULL);
	assert_int_equal(proc_root_open(NULL, &t->root), 0);
	t->held = mem_alloc(sizeof *t->held);
}

static void end(struct trial *t)
{
	proc_root_close(t->root);
	specimen_stop(t->s);
	free(t->held);
}

static pid_t tid_of(const struct trial *t, const char *name)
{
	return (pid_t)specimen_number(t->s, name);
}

static enum hold_end hold(struct trial *t, const char *name)
{
	return hold_thread(t->root, specimen_pid(t->s), tid_of(t, name), t->held);
}

/* ---- it is held, and goes on ------------------------------------------------------------ */

/* Registers and stack are what they are without a stop, too; calls that go on do so. */
static void run_blocked(void *context)
{
	static const char *const name[] = {"read", "sleep", "mutex", "cond", "poll", "deep"};
	struct trial t;

	(void)context;
	begin(&t);
	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		pid_t pid = specimen_pid(t.s), tid = tid_of(&t, name[i]);
		struct blocked b;

		expect_state(pid, tid, "S");
		assert_int_equal(blocked_look(t.root, pid, tid, &b), 0);
		assert_int_equal(hold(&t, name[i]), HOLD_DONE);
		assert_int_equal(t.held->stack_pointer, b.stack_pointer);
		assert_int_equal(t.held->registers.pc, b.program_counter);
		assert_true(t.held->stack_n > 64);
		assert_true(t.held->held_ns > 0 && t.held->held_ns < HOLD_DEADLINE_NS);
		expect_state(pid, tid, "S");
	}
	assert_int_equal(interrupted(t.s), 0);
	end(&t);
}

static void who_is_blocked_is_held_and_goes_on(void **state)
{
	(void)state;
	as_ourselves(run_blocked, NULL);
	as_nobody(run_blocked, NULL);
}

/* What a program may notice of it: as often as it was wished. */
static void run_noticed(void *context)
{
	struct trial t;
	pid_t pid, tid;

	(void)context;
	begin(&t);
	pid = specimen_pid(t.s);
	tid = tid_of(&t, "epoll");
	for (unsigned i = 1; i <= 3; i++) {
		uint64_t until = clock_monotonic_ns() + BOUND_NS;

		expect_state(pid, tid, "S");
		assert_int_equal(hold_thread(t.root, pid, tid, t.held), HOLD_DONE);
		while (interrupted(t.s) < i && clock_monotonic_ns() < until)
			pass(1);
		assert_int_equal(interrupted(t.s), i);
	}
	end(&t);
}

static void an_epoll_wait_notices_each(void **state)
{
	(void)state;
	as_ourselves(run_noticed, NULL);
}

static void run_running(void *context)
{
	struct trial t;

	(void)context;
	begin(&t);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(hold(&t, i % 2 ? "runs" : "busy"), HOLD_DONE);
		assert_true(t.held->stack_n > 64);
	}
	expect_state(specimen_pid(t.s), tid_of(&t, "runs"), "R");
	expect_state(specimen_pid(t.s), tid_of(&t, "busy"), "RSD");
	end(&t);
}

static void who_runs_is_held_and_goes_on(void **state)
{
	(void)state;
	as_ourselves(run_running, NULL);
}

/* Stopped by a signal: it stays so until somebody continues it. */
static void run_stopped(void *context)
{
	struct trial t;
	pid_t pid;

	(void)context;
	begin(&t);
	pid = specimen_pid(t.s);
	kill(pid, SIGSTOP);
	expect_state(pid, tid_of(&t, "read"), "T");
	expect_state(pid, tid_of(&t, "runs"), "T");
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(hold(&t, i % 2 ? "runs" : "read"), HOLD_DONE);
		assert_true(t.held->stack_n > 64);
	}
	expect_state(pid, tid_of(&t, "read"), "T");
	expect_state(pid, tid_of(&t, "runs"), "T");
	kill(pid, SIGCONT);
	expect_state(pid, tid_of(&t, "read"), "S");
	expect_state(pid, tid_of(&t, "runs"), "R");
	end(&t);
}

static void who_is_stopped_stays_stopped(void **state)
{
	(void)state;
	as_ourselves(run_stopped, NULL);
}

/* ---- it cannot be held ------------------------------------------------------------------- */

/* A process of ours that traces a thread until its pipe ends. */
static pid_t trace(pid_t tid, int *ret_pipe)
{
	int ready[2], until[2];
	char byte;
	pid_t pid;

	assert_false(pipe(ready) || pipe(until));
	pid = fork();
	if (pid == 0) {
		close(until[1]);
		byte = ptrace(PTRACE_SEIZE, tid, NULL, NULL) ? 'n' : 'y';
		if (write(ready[1], &byte, 1) == 1 && byte == 'y')
			while (read(until[0], &byte, 1) > 0)
				;
		_exit(0);
	}
	close(until[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	assert_int_equal(byte, 'y');
	*ret_pipe = until[1];
	return pid;
}

static void run_traced(void *context)
{
	struct textbuf text = {0};
	struct thread_backtrace told;
	int until;
	struct trial t;
	pid_t tracer;

	(void)context;
	begin(&t);
	tracer = trace(tid_of(&t, "read"), &until);
	assert_int_equal(hold(&t, "read"), HOLD_TRACED);
	assert_int_equal(t.held->tracer, tracer);
	assert_true(*t.held->tracer_name);
	/* The others of it are nobody's. */
	assert_int_equal(hold(&t, "mutex"), HOLD_DONE);
	told = (struct thread_backtrace){
		.hold = HOLD_TRACED, .tracer = tracer, .tracer_name = text_of(t.held->tracer_name)};
	hold_end_print(&text, &told);
	assert_non_null(strstr(text.bytes, "traced already, by "));
	textbuf_free(&text);
	close(until);
	waitpid(tracer, NULL, 0);
	assert_int_equal(hold(&t, "read"), HOLD_DONE);
	end(&t);
}

static void who_is_traced_by_another_says_so(void **state)
{
	(void)state;
	as_ourselves(run_traced, NULL);
}

/* A parent whose vfork lasts is not interrupted by anything but its end. */
static pid_t start_vfork(int *ret_pipe)
{
	int hang[2];
	pid_t pid;

	assert_int_equal(pipe(hang), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		close(hang[1]);
		if (syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) == 0) {
			while (read(hang[0], &byte, 1) > 0)
				;
			_exit(0);
		}
		for (;;)
			pause();
	}
	close(hang[0]);
	*ret_pipe = hang[1];
	return pid;
}

static void run_late(void *context)
{
	struct trial t;
	uint64_t began;
	pid_t pid;
	int hang;

	(void)context;
	begin(&t);
	pid = start_vfork(&hang);
	expect_state(pid, pid, "D");
	began = clock_monotonic_ns();
	assert_int_equal(hold_thread(t.root, pid, pid, t.held), HOLD_LATE);
	assert_true(clock_monotonic_ns() - began < BOUND_NS);
	expect_state(pid, pid, "D");
	close(hang);
	expect_state(pid, pid, "S");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	end(&t);
}

static void who_does_not_stop_is_let_go(void **state)
{
	(void)state;
	as_ourselves(run_late, NULL);
}

static void run_others(void *context)
{
	struct proc_root *root;
	struct held *h = mem_alloc(sizeof *h);

	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(hold_thread(root, *(pid_t *)context, *(pid_t *)context, h), HOLD_DENIED);
	assert_non_null(strstr(hold_end_words(HOLD_DENIED), "ptrace attach access"));
	proc_root_close(root);
	free(h);
}

static void whose_it_is_not_says_so(void **state)
{
	pid_t self = getpid();

	(void)state;
	if (geteuid()) {
		print_message("skipped: needs to be root, for somebody else's process\n");
		skip();
	}
	as_nobody(run_others, &self);
}

/* ---- somebody ends ------------------------------------------------------------------------- */

struct short_life {
	unsigned ms;
	int told; /* where it says who it is */
};

static void *end_soon(void *context)
{
	const struct short_life *life = context;
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (write(life->told, &tid, sizeof tid) == sizeof tid)
		pass(life->ms);
	return NULL;
}

/* Its second thread ends after so long; the process waits for it, and ends well. */
static pid_t start_short(unsigned ms, pid_t *ret_pid)
{
	int told[2];
	pid_t tid = 0;

	assert_int_equal(pipe(told), 0);
	*ret_pid = fork();
	if (*ret_pid == 0) {
		struct short_life life = {ms, told[1]};
		pthread_t thread;

		if (pthread_create(&thread, NULL, end_soon, &life))
			_exit(2);
		pthread_join(thread, NULL);
		_exit(0);
	}
	close(told[1]);
	assert_int_equal(read(told[0], &tid, sizeof tid), sizeof tid);
	close(told[0]);
	return tid;
}

static void run_dying(void *context)
{
	struct trial t;
	unsigned done = 0, left = 0;

	(void)context;
	begin(&t);
	for (unsigned i = 0; i < 12; i++) {
		pid_t pid, tid = start_short(i % 4, &pid);
		enum hold_end end = HOLD_DONE;
		int status;

		for (unsigned k = 0; k < 1000 && end == HOLD_DONE; k++) {
			end = hold_thread(t.root, pid, tid, t.held);
			done += end == HOLD_DONE;
		}
		left += end == HOLD_LEFT;
		assert_true(end == HOLD_LEFT || end == HOLD_DONE);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	print_message("held %u times; %u of 12 ended meanwhile\n", done, left);
	assert_true(left > 0);
	end(&t);
}

static void who_ends_meanwhile_ends(void **state)
{
	(void)state;
	as_ourselves(run_dying, NULL);
}

/* A process that holds it again and again, until it is killed at some moment. */
static void run_killed(void *context)
{
	struct trial t;

	(void)context;
	begin(&t);
	for (unsigned i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			struct proc_root *root;

			if (proc_root_open(NULL, &root))
				_exit(1);
			for (;;)
				hold_thread(root, specimen_pid(t.s), tid_of(&t, "runs"), t.held);
		}
		pass(5 + i % 3);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		expect_state(specimen_pid(t.s), tid_of(&t, "runs"), "R");
	}
	assert_int_equal(hold(&t, "runs"), HOLD_DONE);
	end(&t);
}

static void who_holds_it_is_killed_and_it_goes_on(void **state)
{
	(void)state;
	as_ourselves(run_killed, NULL);
}

/* ---- through the sampler --------------------------------------------------------------------- */

struct watched {
	struct sampling *f;
	struct specimen *s;
	const struct moment *m;
};

static const struct thread_backtrace *told_of(struct watched *w, pid_t tid)
{
	return backtraces_find(w->m ? w->m->snapshot->side[0].backtraces : NULL, tid);
}

/* Waits until the moments tell what became of a wish. */
static const struct thread_backtrace *await(struct watched *w, pid_t tid, bool wished)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	const struct thread_backtrace *t = NULL;

	do {
		moment_put(w->m);
		w->m = sampling_next(w->f);
		t = told_of(w, tid);
	} while ((!t || !t->hold == wished) && clock_monotonic_ns() < until);
	assert_non_null(t);
	assert_int_equal(t->hold != HOLD_NONE, wished);
	return t;
}

static void begin_to_watch(struct watched *w, bool denies)
{
	*w = (struct watched){.f = sampling_make(), .s = specimen_start("held", NULL)};
	nursery_begin(w->f->root);
	if (denies)
		w->f->options.access.state[ACCESS_ATTACH] = VALUE_DENIED;
	sampling_begin(w->f, specimen_pid(w->s), SIBLING_NONE);
	w->f->need = NEED_BACKTRACES;
	source_need(w->f->source, NEED_BACKTRACES, 0);
	moment_put(sampling_next(w->f));
}

static void end_watching(struct watched *w)
{
	moment_put(w->m);
	sampling_unmake(w->f);
	specimen_stop(w->s);
}

static bool has(const struct backtrace *b, const char *function)
{
	struct backtrace_line line;

	for (size_t i = 0; backtrace_line(b, i, &line); i++)
		if (text_equal(line.function, text_of(function)))
			return true;
	return false;
}

/* The trace says that it was held, for how long, and stays until the next wish. */
static void run_watched(void *context)
{
	static const char *const name[][2] = {
		{"runs", "wait_runs"}, {"epoll", "wait_epoll"}, {"deep", "wait_deep"}};
	const struct thread_backtrace *t = NULL;
	struct watched w;

	(void)context;
	begin_to_watch(&w, false);
	w.m = sampling_next(w.f);
	for (size_t i = 0; i < 3; i++) {
		pid_t tid = (pid_t)specimen_number(w.s, name[i][0]);
		const struct backtrace *b;

		source_hold(w.f->source, w.m->snapshot->side[0].id, tid);
		t = await(&w, tid, true);
		assert_int_equal(t->hold, HOLD_DONE);
		assert_int_equal(t->means, BACKTRACE_HELD);
		assert_true(t->held_ns > 0 && t->taken_ns > 0);
		b = backtraces_trace(w.m->snapshot->side[0].backtraces, tid, NULL);
		assert_non_null(b);
		assert_true(b->complete);
		assert_true(has(b, name[i][1]) && has(b, "begin"));
		t = await(&w, tid, true);
		assert_int_equal(t->means, BACKTRACE_HELD);
	}
	source_hold(w.f->source, (struct task_id){0}, 0);
	t = await(&w, t->tid, false);
	assert_int_equal(t->means, BACKTRACE_STOOD);
	/* The wish above it was the only one that it noticed. */
	specimen_say(w.s, "");
	assert_int_equal(specimen_number(w.s, "interrupted"), 1);
	end_watching(&w);
}

static void what_came_of_a_wish_is_told(void **state)
{
	(void)state;
	as_ourselves(run_watched, NULL);
	as_nobody(run_watched, NULL);
}

/* Nobody is held where twintop itself may hold nobody. */
static void run_denied(void *context)
{
	const struct thread_backtrace *t;
	struct watched w;
	pid_t tid;

	(void)context;
	begin_to_watch(&w, true);
	tid = (pid_t)specimen_number(w.s, "epoll");
	w.m = sampling_next(w.f);
	source_hold(w.f->source, w.m->snapshot->side[0].id, tid);
	t = await(&w, tid, true);
	assert_int_equal(t->hold, HOLD_DENIED);
	assert_int_not_equal(t->means, BACKTRACE_HELD);
	specimen_say(w.s, "");
	assert_int_equal(specimen_number(w.s, "interrupted"), 0);
	end_watching(&w);
}

static void what_is_denied_holds_nobody(void **state)
{
	(void)state;
	as_ourselves(run_denied, NULL);
}

static int begin_group(void **state)
{
	int error;

	naming_source("sp_blocked.c");
	error = naming_begin_all(state);
	if (!error && !naming_can_build("held", FLAGS))
		return 1;
	return error;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_blocked_is_held_and_goes_on),
		cmocka_unit_test(an_epoll_wait_notices_each),
		cmocka_unit_test(who_runs_is_held_and_goes_on),
		cmocka_unit_test(who_is_stopped_stays_stopped),
		cmocka_unit_test(who_is_traced_by_another_says_so),
		cmocka_unit_test(who_does_not_stop_is_let_go),
		cmocka_unit_test(whose_it_is_not_says_so),
		cmocka_unit_test(who_ends_meanwhile_ends),
		cmocka_unit_test(who_holds_it_is_killed_and_it_goes_on),
		cmocka_unit_test(what_came_of_a_wish_is_told),
		cmocka_unit_test(what_is_denied_holds_nobody),
	};

	if (denied_skips(ACCESS_ATTACH))
		return 77;
	return live_run(tests, begin_group, naming_end_all);
}
