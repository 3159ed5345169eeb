/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of records in plain words with their own values, known or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "tests/fixtures/scene.h"
#include "tests/fixtures/threads.h"
#include "twintop/draw/panes.h"
#include "twintop/model/names.h"
#include "twintop/model/tell.h"

/* ---- sentences ---------------------------------------------------------------------- */

#define DENIED	  1u
#define ALONE	  2u
#define ESTIMATED 4u
#define KILLED	  8u
#define LACKS	  16u /* descriptors and pages */
#define PAST	  32u
#define ROOT	  64u

static const struct expected {
	const char *field;
	unsigned side;
	size_t index;
	unsigned flags;
	const char *part; /* of the sentence */
} expected[] = {
	{"process.pid", 0, 0, 0, "4242 “fork-cow”."},
	{"process.ppid", 1, 0, 0, "4242 “fork-cow” is its parent, the process beside it here (A)."},
	{"process.ppid", 0, 0, 0, "1000 is its parent."},
	{"process.cmdline", 0, 0, 0, "It was started as “./fork-cow --pages=64 x\\e[31m\\n\\xff"},
	{"process.state", 0, 0, 0,
		"S: its main thread is asleep in read: it waits for something to "
		"read from descriptor 0, the terminal /dev/pts/3."},
	{"process.start_ticks", 0, 0, 0, "500000 clock ticks after the machine started"},
	{"process.exit.signal", 1, 0, KILLED, "SIGSEGV (number 11) ended it"},
	{"process.exit.code", 1, 0, KILLED, "Does not apply here: a signal ended it."},
	{"process.exit.code", 0, 0, 0, "Does not apply here: it has not ended."},
	{"process.thread_count", 0, 0, 0, "3 threads: several flows of control in one memory."},
	{"process.thread_count", 1, 0, 0, "1 thread: one flow of control"},
	{"process.minor_faults", 0, 0, 0, "313 page faults: first touches of a page"},
	{"process.rss_bytes", 0, 0, 0, "800K (819200 bytes) are in memory, of 3M in addresses"},
	{"process.rss_anon_bytes", 0, 0, 0, "500K (512000 bytes), 125 pages."},
	{"process.user_ticks", 0, 0, 0, "210ms of processor time: 21 clock ticks"},
	{"process.page_totals.cow_shared", 0, 0, 0,
		"resident pages are still one with the other "
		"side's: "},
	{"process.children", 0, 0, 0, "1 child: 4243 “fork-cow”."},
	{"process.children", 1, 0, 0, "It has no children."},
	{"process.signals.caught", 0, 0, 0, "A function of its own runs for: SIGINT."},
	{"process.signals.ignored", 0, 0, 0, "It ignores no signal."},
	{"process.namespaces.pid", 0, 0, 0, "whoever has the same number is in the same one."},
	{"process.exe", 0, 0, DENIED,
		"Hidden; needs ptrace read access: same user and dumpable, or "
		"CAP_SYS_PTRACE. Run twintop as the same user or as root"},
	{"process.exe", 0, 0, DENIED | PAST, "This moment is over, so it stays unknown."},
	{"process.exe", 0, 0, DENIED | ROOT, "Even this root may not"},
	{"thread.tid", 0, 0, 0, "4242 “fork-cow”: the main thread, whose number is the process's."},
	{"thread.state", 0, 1, 0, "R: it runs, or is ready and waits for a processor"},
	{"thread.state", 0, 2, 0,
		"on a mutex at 0x55d0a1c35040, in the data of fork-cow, held by "
		"4250 “worker”, which runs and may let go at any time."},
	{"thread.waiting_on.owner_tid", 0, 2, 0, "It waits on a mutex at 0x55d0a1c35040"},
	{"thread.waiting_on.kind", 0, 0, 0,
		"It is in read: it waits for something to read from descriptor 0"},
	{"thread.waiting_on.address", 0, 0, 0, "Does not apply here: it does not wait on a futex."},
	{"thread.waiting_on.fd", 0, 0, 0, "It is in read: it waits for something to read from"},
	{"thread.syscall.name", 0, 1, 0, "Does not apply here; it runs: only a blocked thread"},
	{"thread.syscall.args", 0, 0, 0,
		"Argument 1 is 0; 2 is 0x7ffd5b1ff000, in the main thread's "
		"stack; 3 is 1024."},
	{"thread.cpu_percent", 0, 0, 0, "of the last second it was on a processor"},
	{"thread.voluntary_switches", 0, 0, 0, "it waits more than it computes."},
	{"thread.wait_channel", 0, 0, 0, "The kernel's function wait_woken() put it to sleep."},
	{"thread.stack.used_bytes", 0, 0, 0, "12K of 132K are in use: a stack grows downwards"},
	{"thread.stack.deepest_bytes", 0, 0, 0, "It was never deeper than 20K of 132K (15%)"},
	{"thread.stack.guard_bytes", 0, 1, 0, "4K (4096 bytes) that nobody may touch"},
	{"thread.signals_blocked", 0, 0, 0, "It blocks no signal"},
	{"mapping.start", 0, 0, 0,
		"From 0x55d0a1c2e000 to just below 0x55d0a1c32000: 16K, 4 pages."},
	{"mapping.permissions", 0, 0, 0, "r-xp: may be read and executed, not written; private"},
	{"mapping.permissions", 0, 6, 0, "; shared (s): who else maps it sees every write."},
	{"mapping.kind", 0, 4, 0, "heap, "},
	{"mapping.pages.cow_shared", 0, 0, 0, "None: it cannot be written"},
	{"mapping.pages.cow_shared", 0, 6, 0, "None: it is shared memory"},
	{"mapping.pages.cow_shared", 0, 5, 0, "are still one with the other side's"},
	{"mapping.pages.cow_shared", 0, 5, ESTIMATED, "Estimated: frame numbers are hidden."},
	{"mapping.copied_bytes", 0, 5, ESTIMATED, "Estimated: frame numbers are hidden."},
	{"process.page_totals.cow_shared", 1, 0, ESTIMATED, "Estimated: frame numbers are"},
	{"mapping.pages.copied", 0, 5, 0, "copied"},
	{"mapping.pages.resident", 0, 0, 0, "4 of 4 pages (16K): all of it was touched."},
	{"mapping.pages.cow_shared", 0, 5, ALONE, "Does not apply here: needs a sibling."},
	{"mapping.path", 0, 5, 0, "Does not apply here; anonymous memory: no file backs it."},
	{"mapping.deleted", 0, 0, 0, "No: its name still leads to it."},
	{"fd.fd", 0, 0, 0, "Number 0, by custom standard input: the terminal /dev/pts/3."},
	{"fd.target", 0, 4, 0,
		"It leads to the writing end of the pipe pipe:[9001]; the other end B "
		"has as descriptor 4."},
	{"fd.target", 1, 4, 0,
		"It leads to the reading end of the pipe pipe:[9001]; the other end A "
		"has as descriptor 4."},
	{"fd.access", 0, 3, 0, "r. Opened for reading alone (O_RDONLY)."},
	{"fd.offset", 0, 3, 0, "whoever reads moves it for both."},
	{"fd.offset", 0, 0, 0, "Does not apply here: this kind of file has no position."},
	{"fd.dup_of", 0, 1, 0, "a second number for what descriptor 0 is"},
	{"fd.description", 0, 0, 0, "3 descriptors of A lead to it, and the other side has it"},
	{"fd.fd", 0, 0, LACKS,
		"Not known; not read: nothing that is shown needs it. It is read when "
		"a view that shows it is open."},
	{"fd.fd", 0, 0, LACKS | PAST, "Not known: it was not read at this moment."},
	{"signal.disposition", 0, 1, 0, "Caught: on SIGINT a function of the program runs"},
	{"signal.disposition", 0, 10, 0,
		"Default: on SIGSEGV the process ends and may leave a core"},
	{"signal.disposition", 0, 8, 0, "SIGKILL can neither be caught nor ignored"},
	{"signal.name", 0, 16, 0,
		"SIGCHLD, number 17: unless somebody says otherwise, nothing happens."},
	{"signal.blocked_threads", 0, 1, 0, "0 of 3 threads block SIGINT."},
};

static const struct moment *moment_of(unsigned flags)
{
	const struct scene scene = {.step = 3,
		.denied = flags & DENIED,
		.alone = flags & ALONE,
		.estimated = flags & ESTIMATED,
		.b_killed = flags & KILLED,
		.lacks = flags & LACKS ? 1u << PART_FDS | 1u << PART_PAGES : 0};
	const struct moment *m = scene_moment(&scene);
	struct snapshot *s = (struct snapshot *)m->snapshot;

	s->host.root = flags & ROOT;
	return m;
}

/* Printable, a whole sentence, and without the signs of a hole in it. */
static void check_told(const struct field *f, const char *told)
{
	size_t len = strlen(told);

	if (len < 3 || (told[len - 1] != '.' && told[len - 1] != ')'))
		fail_msg("%s is told as “%s”", f->id, told);
	for (size_t i = 0; i < len; i++)
		assert_true((unsigned char)told[i] >= ' ' && told[i] != 0x7f);
	if (strstr(told, "(null)") || strstr(told, "  ") || strstr(told, " .") ||
		strstr(told, ".."))
		fail_msg("%s is told as “%s”", f->id, told);
}

static void sentences_have_their_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		const struct expected *e = &expected[i];
		const struct field *f = field_find(e->field);
		const struct moment *m = moment_of(e->flags);
		const struct record r = {m, f->kind, e->side, e->index};
		struct textbuf told = {0};

		field_tell(f, &r, e->flags & PAST, &told);
		if (!strstr(told.bytes, e->part))
			fail_msg("%s of %c: “%s”, not “%s”", e->field, 'A' + (int)e->side,
				told.bytes, e->part);
		textbuf_free(&told);
		moment_put(m);
	}
}

/* Of every record in every state of knowledge. */
static void every_field_is_told(void **state)
{
	(void)state;
	for (unsigned flags = 0; flags < 64; flags++) {
		const struct moment *m = moment_of(flags);

		for (size_t i = 0; i < field_table_n; i++)
			for (unsigned side = 0; side < m->snapshot->sides; side++) {
				const struct field *f = &field_table[i];
				size_t n = record_count(m, f->kind, side);

				for (size_t k = 0; k < n + (n == 0); k++) {
					const struct record r = {m, f->kind, side, k};
					struct textbuf told = {0};

					field_tell(f, &r, flags & PAST, &told);
					check_told(f, told.bytes);
					textbuf_free(&told);
				}
			}
		moment_put(m);
	}
}

static void ages_are_told(void **state)
{
	const struct moment *m = moment_of(0), *alone = moment_of(ALONE), *lacks = moment_of(LACKS);
	struct textbuf told = {0};

	(void)state;
	field_tell_when(m, RECORD_THREAD, &told);
	assert_string_equal(
		told.bytes, "Read just before this moment. A and B were read together.");
	textbuf_clear(&told);
	field_tell_when(alone, RECORD_THREAD, &told);
	assert_string_equal(told.bytes, "Read just before this moment.");
	textbuf_clear(&told);
	field_tell_when(lacks, RECORD_FD, &told);
	assert_int_equal(told.len, 0);
	textbuf_free(&told);
	moment_put(m);
	moment_put(alone);
	moment_put(lacks);
}

static void exactness_is_that_of_the_moment(void **state)
{
	const struct moment *m = moment_of(0), *estimated = moment_of(ESTIMATED),
			    *alone = moment_of(ALONE);

	(void)state;
	assert_memory_equal(exactness_here(EXACT_FRAMES, m), "Exact: ", 7);
	assert_memory_equal(exactness_here(EXACT_FRAMES, estimated), "Estimated: ", 11);
	assert_string_equal(exactness_here(EXACT_FRAMES, alone), exactness_text(EXACT_FRAMES));
	for (unsigned i = 0; i < EXACTNESSES; i++)
		if (i != EXACT_FRAMES)
			assert_string_equal(exactness_here((enum exactness)i, m),
				exactness_text((enum exactness)i));
	moment_put(m);
	moment_put(estimated);
	moment_put(alone);
}

/* ---- system calls ------------------------------------------------------------------------ */

#define NO_CALL (-1)

static const struct call_case {
	const char *name; /* NULL: not in the table */
	uint64_t arg[3];
	const char *told;
} call_cases[] = {
	{"read", {3, 0, 0}, "in read: it waits for something to read from descriptor 3."},
	{"write", {1, 0, 0}, "in write: it waits until descriptor 1 takes what it writes."},
	{"wait4", {(uint64_t)-1, 0, 0}, "it waits until any of its children ends or stops."},
	{"wait4", {0, 0, 0}, "it waits until a child of its process group ends or stops."},
	{"wait4", {(uint64_t)-5, 0, 0}, "it waits until a child of process group 5 ends or stops."},
	{"wait4", {0xfffffffbu, 0, 0}, "it waits until a child of process group 5 ends or stops."},
	{"waitpid", {77, 0, 0}, "it waits until its child 77 ends or stops."},
	{"poll", {0x1000, 1, (uint64_t)-1},
		"its one descriptor is ready, for as long as it takes."},
	{"poll", {0x1000, 3, 2500}, "one of 3 descriptors is ready, for at most 2.5s."},
	{"ppoll", {0x1000, 2, 0}, "one of 2 descriptors is ready, or a time is over."},
	{"poll", {0, 0, 2500}, "it watches no descriptors: it waits for a time to pass."},
	{"poll", {0, 0, (uint64_t)-1}, "it watches no descriptors: it waits for a signal."},
	{"select", {0, 0, 0}, "it watches no descriptors: it waits for a signal."},
	{"epoll_wait", {4, 0x1000, 8}, "any of the descriptors that descriptor 4 watches, for"},
	{"select", {6, 0, 0}, "one of its descriptors below 6 is ready, or a time is over."},
	{"splice", {4, 0, 7}, "it moves data from descriptor 4 to descriptor 7, and one of them"},
	{"msgrcv", {9, 0, 0}, "it waits for a message in the System V queue 9."},
	{"getpid", {0, 0, 0}, "asleep in getpid."},
	{NULL, {0, 0, 0}, "asleep in the system call with number 999."},
};

/* A moment of one thread that is in that call; number NO_CALL: outside of any. */
static const struct moment *moment_in(const struct call_case *call, int64_t number)
{
	struct snapshot *s = snapshot_new();
	struct thread_record t = {.self = {.tid = 50}, .run = {.state = 'S'}};

	t.call.syscall_number = number;
	t.call.syscall_abi = SYSCALL_ABI_NATIVE;
	if (call) {
		t.call.syscall_name = call->name;
		memcpy(t.call.syscall_arg, call->arg, sizeof call->arg);
	}
	s->sides = 1;
	s->side[0].id.pid = s->side[0].tid = 50;
	s->side[0].threads = threads_list(&t, 1);
	return moment_new(s, NULL);
}

static void check_state(const struct call_case *call, int64_t number, const char *part)
{
	const struct moment *m = moment_in(call, number);
	const struct record r = {m, RECORD_THREAD, 0, 0};
	struct textbuf told = {0};

	field_tell(field_find("thread.state"), &r, false, &told);
	if (!strstr(told.bytes, part))
		fail_msg("“%s”, not “%s”", told.bytes, part);
	check_told(field_find("thread.state"), told.bytes);
	textbuf_free(&told);
	moment_put(m);
}

static void system_calls_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof call_cases / sizeof *call_cases; i++)
		check_state(&call_cases[i], call_cases[i].name ? 0 : 999, call_cases[i].told);
	check_state(NULL, NO_CALL, "asleep outside any system call: in a page fault, or held");
}

/* Nor is he hidden: the views say what he is. */
static void who_has_no_memory_has_not_ended(void **state)
{
	struct snapshot *s = snapshot_new();
	struct process_info *p = part_make(PART_PROCESS);
	const struct moment *m;

	(void)state;
	p->kernel_thread = true;
	p->state = 'S';
	s->sides = 1;
	s->side[0].info = p;
	m = moment_new(s, NULL);
	assert_memory_equal(panes_trouble(m, PART_MAPPINGS, 0, false), "kernel thread: ", 15);
	assert_string_equal(panes_trouble(m, PART_FDS, 0, false), "not read yet");
	p->kernel_thread = false;
	assert_string_equal(panes_trouble(m, PART_PAGES, 0, false), "not read yet");
	p->state = 'Z';
	assert_memory_equal(panes_trouble(m, PART_PAGES, 0, false), "zombie: ", 8);
	moment_put(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_have_their_values),
		cmocka_unit_test(every_field_is_told),
		cmocka_unit_test(ages_are_told),
		cmocka_unit_test(exactness_is_that_of_the_moment),
		cmocka_unit_test(system_calls_are_told),
		cmocka_unit_test(who_has_no_memory_has_not_ended),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
