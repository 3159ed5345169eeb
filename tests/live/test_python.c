/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forked child of Python that collects garbage: the collector writes into each object, and so it
 * is the first of who copied, until gc.freeze() before the fork keeps the objects from it. With
 * -X perf the functions of the program that called it are told, too.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "guest.h"
#include "live.h"
#include "twintop/base/clock.h"
#include "twintop/compare/writer_rows.h"
#include "witness.h"

#define FEW  200u  /* pages that a child copies anyway, at most */
#define MANY 1000u /* of those of 200,000 lists */

static const char program[] = "import gc, os, sys\n"
			      "gc.disable()\n"
			      "lists = [[i] for i in range(200000)]\n"
			      "def tidy():\n"
			      "    gc.collect()\n"
			      "def by_key(n):\n"
			      "    return sorted([n], key=lambda n: tidy())\n"
			      "def work():\n"
			      "    by_key(1)\n"
			      "if sys.argv[1] == 'freeze':\n"
			      "    gc.freeze()\n"
			      "orders, tell = os.pipe()\n"
			      "hear, answers = os.pipe()\n"
			      "child = os.fork()\n"
			      "if child == 0:\n"
			      "    os.close(tell)\n"
			      "    os.read(orders, 1)\n"
			      "    work()\n"
			      "    os.write(answers, b'x')\n"
			      "    os.read(orders, 1)\n"
			      "    os._exit(0)\n"
			      "print(child, flush=True)\n"
			      "sys.stdin.readline()\n"
			      "os.write(tell, b'x')\n"
			      "os.read(hear, 1)\n"
			      "print('collected', flush=True)\n"
			      "sys.stdin.readline()\n";

/* As it is called in the versions of CPython, with what may be inlined into it. */
static bool is_collector(struct text function)
{
	static const char *const part[] = {
		"gc_", "GC_", "collect", "update_refs", "subtract_refs", "reachable"};
	bool is = false;

	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		is |= function.len &&
		      memmem(function.bytes, function.len, part[i], strlen(part[i]));
	return is;
}

/* What the child copied, in all and by the collector, and whether that is the first of all. */
struct verdict {
	uint64_t copied, by_collector;
	bool first, named; /* first: the greatest; named: the greatest has a name */
};

static struct verdict judge(const struct moment *m)
{
	struct verdict v = {.copied = m->snapshot->writers->copies};
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);

	for (size_t i = 0; i < n; i++)
		if (row[i].side == 1 && is_collector(row[i].function))
			v.by_collector += row[i].copied;
	v.named = n && row[0].function.len;
	v.first = v.named && row[0].side == 1 && is_collector(row[0].function);
	arena_free(&arena);
	return v;
}

/* What it wrote of its code, which stays behind. */
static void remove_map(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)pid);
	unlink(path);
}

/* Once it has collected, until that is seen; false: nothing can be seen here. */
static bool watch(
	const char *const argv[], bool (*see)(const struct moment *m, void *ret), void *ret)
{
	struct guest g = guest_start(argv);
	struct sampling *f = sampling_make();
	bool sees, seen = false;
	uint64_t until;
	char line[64];
	pid_t child;

	guest_hear(&g, line, sizeof line);
	child = (pid_t)strtol(line, NULL, 10);
	sampling_begin(f, g.pid, child);
	sees = witness_sees(f);
	if (sees) {
		guest_say(&g, "collect\n");
		guest_hear(&g, line, sizeof line);
		until = clock_monotonic_ns() + 3000000000u;
		do {
			const struct moment *m = witness_begun(f);

			seen = see(m, ret);
			moment_put(m);
		} while (clock_monotonic_ns() < until && !seen);
	}
	sampling_unmake(f);
	guest_end(&g, SIGTERM);
	remove_map(g.pid);
	remove_map(child);
	return sees;
}

static bool see_collector(const struct moment *m, void *ret)
{
	struct verdict *v = ret;

	*v = judge(m);
	return v->first;
}

static bool watch_how(const char *python, const char *how, struct verdict *ret)
{
	return watch((const char *const[]){python, "-c", program, how, NULL}, see_collector, ret);
}

/* False: its functions have no names, or nothing can be seen here. */
static bool check(const char *name)
{
	struct verdict free = {0}, frozen = {0};
	char python[256];

	if (!guest_find(name, python, sizeof python) || !watch_how(python, "free", &free))
		return false;
	assert_true(free.copied > MANY);
	if (!free.named) {
		print_message("%s has no symbols: its functions have no names\n", python);
		return false;
	}
	assert_true(free.first);
	assert_true(free.by_collector > free.copied / 2);
	assert_true(watch_how(python, "freeze", &frozen));
	assert_false(frozen.first);
	assert_true(frozen.by_collector < FEW / 10);
	assert_true(frozen.copied < free.copied / 4);
	return true;
}

static void the_collector_is_who_copies_until_it_is_kept_off(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	if (!check("python3") && !check("python3-dbg"))
		skip();
}

/* ---- functions of the program -------------------------------------------------------- */

/* From the innermost out; others may stand between. The last one was made before the fork. */
static const char *const caller[] = {
	"py::tidy:", "py::by_key.<locals>.<lambda>:", "py::by_key:", "py::work:", "py::<module>:"};
#define CALLERS (sizeof caller / sizeof *caller)

struct callers {
	size_t found;	/* of them, in their order */
	size_t between; /* functions of C between the first and the last */
	bool certain;	/* one behind the first is told for certain */
	bool complete;
};

static void look(const struct backtrace *b, struct callers *ret)
{
	struct backtrace_line line;

	*ret = (struct callers){.complete = b->complete};
	for (size_t i = 0; ret->found < CALLERS && backtrace_line(b, i, &line); i++) {
		const char *wanted = caller[ret->found];

		if (ret->found)
			ret->certain |= !line.frame->guessed;
		if (line.function.len > strlen(wanted) &&
			!memcmp(line.function.bytes, wanted, strlen(wanted)))
			ret->found++;
		else if (ret->found && line.function.len)
			ret->between++;
	}
}

static bool see_callers(const struct moment *m, void *ret)
{
	struct callers *best = ret, one;
	const struct writer_row *row;
	struct arena arena = {0};
	size_t n = writer_rows(m->snapshot, &arena, &row);

	for (size_t i = 0; i < n; i++) {
		if (row[i].side != 1 || !row[i].trace)
			continue;
		look(&row[i].trace->backtrace, &one);
		if (one.found > best->found)
			*best = one;
	}
	arena_free(&arena);
	return best->found == CALLERS;
}

/* One whose functions can be told by perf. */
static bool find_python(char *python, size_t size)
{
	static const char *const name[] = {"python3", "python3.12", "python3.13", "python3.14"};
	static const char probe[] = "import os, sys\n"
				    "try: os.unlink(f\"/tmp/perf-{os.getpid()}.map\")\n"
				    "except OSError: pass\n"
				    "sys.exit(not sys.is_stack_trampoline_active())";
	char command[600];

	for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
		if (!guest_find(name[i], python, size))
			continue;
		snprintf(command, sizeof command, "%s -X perf -c '%s' >/dev/null 2>&1", python,
			probe);
		if (!system(command))
			return true;
		print_message("%s does not run with -X perf, which came with 3.12\n", python);
	}
	return false;
}

static void who_called_the_collector_is_told(void **state)
{
	struct callers callers = {0};
	char python[256];

	(void)state;
	needs_allowed(ACCESS_PERF);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	if (!find_python(python, sizeof python) ||
		!watch((const char *const[]){python, "-X", "perf", "-c", program, "free", NULL},
			see_callers, &callers))
		skip();
	assert_int_equal(callers.found, CALLERS);
	assert_true(callers.between >= CALLERS);
	assert_false(callers.certain);
	assert_false(callers.complete);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_collector_is_who_copies_until_it_is_kept_off),
		cmocka_unit_test(who_called_the_collector_is_told),
	};

	return live_run(tests, NULL, NULL);
}
