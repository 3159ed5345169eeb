/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtimes of this machine at work, those that it has: each is recognised, its threads are named
 * for what they do, and what it limits is told: of a lock with a figure, which takes a second of
 * samples, of others with one, or with the reason why there is none yet.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "denied.h"
#include "guest.h"
#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/model/runtime.h"

#define ARGUMENTS 8

/* What a program says on a line of its own once it is at work; "no": it cannot be as is wanted. */
struct row {
	const char *argument[ARGUMENTS]; /* the first is what it is called */
	enum runtime runtime;
	const char *limit;
	bool kept;	  /* threads are seen to wait for its lock */
	const char *role; /* of so many threads at least */
	size_t threads;
};

#define PYTHON                                                                                     \
	"import sys, threading, time\n"                                                            \
	"def compute():\n"                                                                         \
	"    while True: sum(range(1000))\n"                                                       \
	"for i in range(3): threading.Thread(target=compute, daemon=True).start()\n"               \
	"print('yes' if getattr(sys, '_is_gil_enabled', lambda: True)() else 'no', flush=True)\n"  \
	"sys.stdin.read()\n"
#define RUBY                                                                                       \
	"3.times { Thread.new { loop { 1000.times { |i| i * i } } } }\n"                           \
	"puts 'yes'; $stdout.flush; $stdin.read"
#define NODE                                                                                       \
	"console.log('yes'); process.stdin.resume(); process.stdin.on('end', process.exit);"       \
	"setInterval(() => { for (const t = Date.now(); Date.now() - t < 5;); }, 10)"
#define ERLANG "io:format(\"yes~n\"), io:get_line(\"\"), halt()."

/* Go has no interpreter, and takes too long to build one; .NET and tokio are no packages. */
static const struct row python = {{"python3", "-c", PYTHON}, RUNTIME_PYTHON, "gil", true, "thread",
				3},
			ruby = {{"ruby", "-e", RUBY}, RUNTIME_RUBY, "gvl", true, "thread", 3},
			node = {{"node", "-e", NODE}, RUNTIME_NODE, "event_loop", false, "main", 1},
			erlang = {{"erl", "-noshell", "-eval", ERLANG}, RUNTIME_BEAM, "schedulers",
				false, "scheduler", 1},
			/* It waits for a debugger when all that the machine needs is there. */
	java = {{"java",
			"-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,"
			"address=127.0.0.1:0",
			"Nothing"},
		RUNTIME_JAVA, "help", false, "compiler", 1};

static size_t threads_of(const struct side *s, const char *role)
{
	struct thread_role of;
	const char *reason;
	size_t n = 0;

	for (size_t i = 0; s->threads && i < s->threads->n; i++)
		n += side_role(s, i, &of, &reason) && of.id && !strcmp(of.id, role);
	return n;
}

static bool limit_is_told(const struct row *row, const struct snapshot *s)
{
	struct runtime_limit limit[RUNTIMES];
	struct textbuf words = {0};

	if (!side_limits(s, 0, limit) || limit[0].runtime != row->runtime)
		return false;
	assert_string_equal(limit[0].id, row->limit);
	runtime_limit_print(&limit[0], &words);
	/* An unknown figure says why. */
	assert_int_equal(words.bytes[0] == '?', limit[0].reason != NULL);
	textbuf_free(&words);
	return !row->kept || (!limit[0].reason && limit[0].kept);
}

static bool is_told(const struct row *row, const struct moment *m)
{
	const struct side *s = &m->snapshot->side[0];
	struct runtime_found found[RUNTIMES];

	if (!side_runtimes(s, found) || found[0].runtime != row->runtime)
		return false;
	assert_false(found[0].embedded);
	return limit_is_told(row, m->snapshot) && threads_of(s, row->role) >= row->threads;
}

static void watch(const struct row *row, pid_t pid)
{
	struct sampling *f = sampling_make();
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	bool told;

	f->need = NEED_PROCESS | NEED_THREADS | NEED_THREAD_SYSCALL | NEED_MAPS | NEED_STACKS |
		  NEED_SYMBOLS | NEED_BACKTRACES;
	sampling_begin(f, pid, 0);
	do {
		const struct moment *m = sampling_next(f);

		assert_true(clock_monotonic_ns() < until);
		told = is_told(row, m);
		moment_put(m);
	} while (!told);
	sampling_unmake(f);
}

static void a_runtime_is_told(void **state)
{
	const struct row *row = *state;
	const char *argument[ARGUMENTS + 1] = {0};
	char path[256], line[64];
	struct guest g;

	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
	if (!guest_find(row->argument[0], path, sizeof path))
		skip();
	memcpy(argument, row->argument, sizeof row->argument);
	argument[0] = path;
	g = guest_start(argument);
	guest_hear(&g, line, sizeof line);
	if (!strcmp(line, "no")) {
		print_message("%s is not built as is wanted\n", path);
		guest_end(&g, SIGKILL);
		skip();
	}
	watch(row, g.pid);
	guest_end(&g, SIGKILL);
}

#define TOLD(row)                                                                                  \
	{                                                                                          \
		"a_runtime_is_told: " #row, a_runtime_is_told, NULL, NULL, (void *)&(row)          \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TOLD(python), TOLD(ruby), TOLD(node), TOLD(erlang), TOLD(java)};

	return live_run(tests, NULL, NULL);
}
