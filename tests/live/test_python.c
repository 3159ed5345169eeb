/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forked child of Python that collects garbage: the collector writes into each object, and so it
 * is the first of who copied, until gc.freeze() before the fork keeps the objects from it.
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
			      "if sys.argv[1] == 'freeze':\n"
			      "    gc.freeze()\n"
			      "orders, tell = os.pipe()\n"
			      "hear, answers = os.pipe()\n"
			      "child = os.fork()\n"
			      "if child == 0:\n"
			      "    os.close(tell)\n"
			      "    os.read(orders, 1)\n"
			      "    gc.collect()\n"
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

/* Once it has collected, and names were looked for; false: nothing can be seen here. */
static bool watch(const char *python, const char *how, struct verdict *ret)
{
	struct guest g = guest_start((const char *const[]){python, "-c", program, how, NULL});
	struct sampling *f = sampling_make();
	uint64_t until;
	char line[64];
	bool seen;

	guest_hear(&g, line, sizeof line);
	sampling_begin(f, g.pid, (pid_t)strtol(line, NULL, 10));
	seen = witness_sees(f);
	if (seen) {
		guest_say(&g, "collect\n");
		guest_hear(&g, line, sizeof line);
		until = clock_monotonic_ns() + 3000000000u;
		do {
			const struct moment *m = witness_begun(f);

			*ret = judge(m);
			moment_put(m);
		} while (clock_monotonic_ns() < until && !ret->first);
	}
	sampling_unmake(f);
	guest_end(&g, SIGTERM);
	return seen;
}

/* False: its functions have no names, or nothing can be seen here. */
static bool check(const char *name)
{
	struct verdict free = {0}, frozen = {0};
	char python[256];

	if (!guest_find(name, python, sizeof python) || !watch(python, "free", &free))
		return false;
	assert_true(free.copied > MANY);
	if (!free.named) {
		print_message("%s has no symbols: its functions have no names\n", python);
		return false;
	}
	assert_true(free.first);
	assert_true(free.by_collector > free.copied / 2);
	assert_true(watch(python, "freeze", &frozen));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_collector_is_who_copies_until_it_is_kept_off),
	};

	return live_run(tests, NULL, NULL);
}
