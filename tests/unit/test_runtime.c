/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runtimes by what shows them, roles by names and functions, and limits by what is measured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/model/backtraces.h"
#include "twintop/model/runtime.h"
#include "twintop/model/snapshot.h"
#include "twintop/proc/maps.h"

#define LIBC "1000-2000 r-xp 00000000 fe:00 1 /lib/libc.so.6\n"
#define CXX  LIBC "3000-4000 r-xp 00000000 fe:00 2 /lib/libstdc++.so.6.0.30\n"
#define JVM                                                                                        \
	CXX "5000-6000 r-xp 00000000 fe:00 3 "                                                     \
	    "/usr/lib/jvm/java-17-openjdk-amd64/lib/server/libjvm.so\n"
#define GO_HEAP "c000000000-c000400000 rw-p 00000000 00:00 0 \n"
#define PYTHON	LIBC "7000-8000 r-xp 00000000 fe:00 4 /lib/libpython3.11.so.1.0\n"
#define GOMP	LIBC "9000-a000 r-xp 00000000 fe:00 5 /lib/libgomp.so.1.0.0\n"

static struct memory_map *parse(const char *text, const char *exe)
{
	struct memory_map *m = part_new(sizeof *m);

	assert_int_equal(maps_parse(scan_of(text, strlen(text)), m, NULL), 0);
	maps_classify(m, text_of(exe), NULL);
	return m;
}

/* A program whose image was read: it shows that pattern, and nothing else. NULL: nothing. */
static struct program_signs program_with(const char *pattern)
{
	struct program_signs p = {0};

	for (size_t i = 0; i < runtime_signs_n; i++) {
		enum runtime_sign by = runtime_sign_table[i].by;

		if (by != SIGN_SYMBOL && by != SIGN_NOTE && by != SIGN_NEEDED)
			continue;
		p.known |= UINT64_C(1) << i;
		if (pattern && !strcmp(pattern, runtime_sign_table[i].pattern))
			p.shown |= UINT64_C(1) << i;
	}
	return p;
}

/* "python 3.11 embedded, c": what is found, and how sure that is. */
static void expect(
	const char *maps, const char *exe, const struct program_signs *program, const char *want)
{
	struct memory_map *m = parse(maps, exe);
	struct runtime_found found[RUNTIMES];
	size_t n = runtimes_find(m, text_of(exe), program, found);
	struct textbuf got = {0};

	for (size_t i = 0; i < n; i++) {
		textbuf_addf(&got, "%s%s", i ? ", " : "", runtime_id(found[i].runtime));
		if (found[i].version.len)
			textbuf_addf(
				&got, " %.*s", (int)found[i].version.len, found[i].version.bytes);
		textbuf_adds(&got, found[i].embedded ? " embedded" : "");
		textbuf_adds(&got, found[i].unproven ? " ?" : "");
	}
	assert_string_equal(got.len ? got.bytes : "none", want);
	textbuf_free(&got);
	part_put(m);
}

static void mappings_show_them(void **state)
{
	(void)state;
	expect(LIBC, "/bin/x", NULL, "c");
	expect(CXX, "/bin/x", NULL, "c++ ?");
	expect(JVM, "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", NULL, "java 17");
	expect(JVM, "/opt/ide/launcher", NULL, "java 17 embedded, c++ ?");
	expect(GO_HEAP, "/x", NULL, "go ?");
	expect("c000000000-c000400000 rw-p 00000000 00:00 0 [anon: Go: heap]\n", "/x", NULL, "go");
	expect(PYTHON, "/usr/bin/python3.11", NULL, "python 3.11");
	expect(GOMP, "/bin/x", NULL, "c, openmp");
	expect(LIBC "9000-a000 r-xp 00000000 fe:00 5 /numpy.libs/libgomp-a34b3233.so.1.0.0\n",
		"/bin/x", NULL, "c, openmp");
	expect("1000-2000 r-xp 00000000 fe:00 1 /x\n", "/x", NULL, "none");
}

static void names_alone_are_no_proof(void **state)
{
	const struct program_signs plain = program_with(NULL);

	(void)state;
	/* Nobody could look into it: it may be linked statically. */
	expect(LIBC, "/usr/bin/python3.11", NULL, "python 3.11 ?");
	expect(LIBC, "/usr/bin/python3.13t (deleted)", NULL, "python 3.13 ?");
	expect(LIBC, "/usr/bin/pythonista", NULL, "c");
	expect(LIBC, "/usr/bin/node-exporter", NULL, "c");
	/* It was looked into, or would have mapped a library. */
	expect(LIBC, "/tmp/python3", &plain, "c");
	expect(LIBC, "/tmp/node", &plain, "c");
	expect(LIBC, "/tmp/java", NULL, "c");
	expect(LIBC GO_HEAP, "/tmp/x", &plain, "c");
}

static void images_show_them(void **state)
{
	const struct program_signs plain = program_with(NULL), cxx = program_with("libstdc++.so"),
				   python = program_with("Py_CompileString"),
				   node = program_with("napi_create_function"),
				   go = program_with("Go");
	const struct program_signs note = {go.shown, go.shown};

	(void)state;
	/* Another library, or a preloaded one, may have brought that of C++. */
	expect(CXX, "/bin/x", &plain, "c");
	expect(CXX, "/bin/x", &cxx, "c++");
	expect(LIBC, "/usr/bin/python3.11", &python, "python 3.11");
	expect(LIBC, "/opt/tool", &python, "python embedded, c");
	expect(PYTHON, "/usr/bin/gdb", &cxx, "python 3.11 embedded, c++");
	expect(CXX, "/usr/bin/node", &node, "node");
	expect(CXX, "/opt/electron", &node, "node embedded, c");
	expect("1000-2000 r-xp 00000000 fe:00 1 /x\n", "/x", &go, "go");
	/* Linked statically: of symbols nothing is known. */
	expect("1000-2000 r-xp 00000000 fe:00 1 /tmp/python3\n", "/tmp/python3", &note, "go");
}

static void versions_are_in_paths(void **state)
{
	(void)state;
	expect("1000-2000 r-xp 00000000 fe:00 1 /opt/jdk-21.0.2/lib/server/libjvm.so\n",
		"/opt/jdk-21.0.2/bin/java", NULL, "java 21.0.2");
	expect("1000-2000 r-xp 00000000 fe:00 1 "
	       "/usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/libcoreclr.so\n",
		"/srv/app", NULL, "dotnet 8.0.1");
	expect(LIBC, "/usr/lib/erlang/erts-13.1.5/bin/beam.smp", NULL, "beam 13.1.5 ?");
	expect("1000-2000 r-xp 00000000 fe:00 1 /lib/libruby-3.1.so.3.1.2\n", "/usr/bin/ruby3.1",
		NULL, "ruby 3.1");
	/* A folder with such a name is no version of what lies in it. */
	expect("1000-2000 r-xp 00000000 fe:00 1 /python2/lib/libpython3.so\n", "/usr/bin/python",
		NULL, "python 3");
}

static void hostile_names_are_printable(void **state)
{
	const char *path = "/lib/libpython3\033[31m\n.so";
	struct memory_map *m = parse("1000-2000 r-xp 00000000 fe:00 4 /lib/libpython3.so\n", "/x");
	struct runtime_found found[RUNTIMES];
	struct textbuf out = {0};

	(void)state;
	m->mapping[0].path = text_of(path);
	assert_int_equal(runtimes_find(m, text_of("/tmp/\033]0;x\007python"), NULL, found), 1);
	runtime_evidence(&found[0], &out);
	runtime_print(&found[0], &out);
	for (size_t i = 0; i < out.len; i++)
		assert_true((unsigned char)out.bytes[i] >= ' ' && out.bytes[i] != 0x7f);
	textbuf_free(&out);
	part_put(m);
}

static void every_row_has_its_words(void **state)
{
	struct textbuf out = {0};

	(void)state;
	for (unsigned i = 0; i < RUNTIME_SIGNS; i++) {
		struct runtime_found found = {.runtime = RUNTIME_C,
			.sign = (enum runtime_sign)i,
			.what = text_of("THAT")};

		textbuf_clear(&out);
		runtime_evidence(&found, &out);
		assert_non_null(strstr(out.bytes, "THAT"));
		assert_non_null(runtime_sign_id((enum runtime_sign)i));
	}
	for (unsigned i = 0; i < RUNTIMES; i++)
		assert_true(strlen(runtime_title((enum runtime)i)) > 0);
	for (unsigned i = 0; i < ROLE_SIGNS; i++)
		assert_true(strlen(role_sign_words((enum role_sign)i)) > 0);
	assert_string_equal(runtime_id(RUNTIMES), "unknown");
	textbuf_free(&out);
}

/* Plain C hides nothing; languages that run threads or code of their own do, and what tells it is
 * said. */
static void what_they_hide_is_told(void **state)
{
	static const enum runtime some[] = {RUNTIME_JAVA, RUNTIME_NODE, RUNTIME_PYTHON, RUNTIME_GO};
	struct runtime_hides hides;
	size_t told = 0;

	(void)state;
	for (unsigned i = 0; i < RUNTIMES; i++)
		for (size_t k = 0; runtime_hides((enum runtime)i, k, &hides); k++, told++) {
			assert_true(strlen(hides.what) > 0 && strlen(hides.told_by) > 0);
			assert_null(strchr(hides.what, '\n'));
		}
	for (size_t i = 0; i < sizeof some / sizeof *some; i++)
		assert_true(runtime_hides(some[i], 0, &hides));
	assert_false(runtime_hides(RUNTIME_C, 0, &hides));
	assert_false(runtime_hides(RUNTIME_PYTHON, told, &hides));
	assert_false(runtime_hides(RUNTIMES, 0, &hides));
}

/* ---- threads ------------------------------------------------------------------------ */

#define PID  100
#define MOST 10

/* A process of threads that are told one by one. */
struct process {
	struct snapshot *s;
	struct memory_map *m;
	struct thread_record thread[MOST];
	size_t n;
	struct symbol symbol[MOST];
	size_t symbols_n;
};

static struct process process_of(enum runtime runtime)
{
	struct process p = {.s = snapshot_new(), .m = part_make(PART_MAPPINGS)};

	p.m->found = arena_array(&p.m->part.arena, 1, sizeof *p.m->found);
	p.m->found[0] = (struct runtime_found){.runtime = runtime};
	p.m->runtimes_n = 1;
	part_seal(&p.m->part, 0, 0);
	p.s->sides = 1;
	p.s->side[0].id.pid = PID;
	p.s->side[0].memory = p.m;
	return p;
}

static struct thread_record *add(struct process *p, const char *name, const char *entry)
{
	struct thread_record *t = &p->thread[p->n];

	*t = (struct thread_record){.self.tid = PID + (pid_t)p->n, .run.state = 'S'};
	thread_set_name(&t->self, text_of(name));
	memset(t->self.source, VALUE_KNOWN, sizeof t->self.source);
	if (entry) {
		t->self.entry = 0x1000 * (p->n + 1);
		p->symbol[p->symbols_n++] =
			(struct symbol){.address = t->self.entry, .name = text_of(entry)};
	}
	p->n++;
	return t;
}

/* Each is half of the time on a CPU. */
static const struct rates *rates_of(const struct thread_list *list)
{
	static const struct thread_rates half = {.cpu_percent = 50};
	const void *record[MOST];
	struct rates *r = part_make(PART_RATES);
	const struct chunk **thread = arena_array(&r->part.arena, 1, sizeof *thread);

	for (size_t i = 0; i < MOST; i++)
		record[i] = &half;
	*thread = chunk_new(sizeof half, record, (unsigned)list->n);
	r->seats = part_get(list->seats);
	r->thread = thread;
	r->cpu_percent = 50.0 * (double)list->n;
	part_seal(&r->part, 0, 0);
	return r;
}

/* The threads together take so much. */
static void set_cpu(struct process *p, double percent)
{
	struct rates *r = part_make(PART_RATES);

	part_put(p->s->side[0].rates);
	r->cpu_percent = percent;
	part_seal(&r->part, 0, 0);
	p->s->side[0].rates = r;
}

static void seal(struct process *p)
{
	struct thread_list *list = part_make(PART_THREADS);
	struct symbol_list *symbols = part_make(PART_SYMBOLS);

	thread_list_fill(list, p->thread, p->n);
	part_seal(&list->part, 0, 0);
	symbols->n = p->symbols_n;
	symbols->symbol = arena_array(&symbols->part.arena, p->symbols_n, sizeof *symbols->symbol);
	if (p->symbols_n)
		memcpy(symbols->symbol, p->symbol, p->symbols_n * sizeof *symbols->symbol);
	part_seal(&symbols->part, 0, 0);
	p->s->side[0].threads = list;
	p->s->side[0].symbols = symbols;
}

static const char *role_of(const struct process *p, size_t i, enum role_sign by)
{
	struct thread_role role;
	const char *reason;
	static char text[64];

	if (!side_role(&p->s->side[0], i, &role, &reason)) {
		assert_true(strlen(reason) > 0);
		return NULL;
	}
	assert_int_equal(role.by, by);
	snprintf(text, sizeof text, "%.*s", (int)role.title.len, role.title.bytes);
	return text;
}

static void threads_have_roles_by_name(void **state)
{
	struct process p = process_of(RUNTIME_JAVA);

	(void)state;
	add(&p, "java", NULL);
	add(&p, "GC Thread#0", NULL);
	add(&p, "C2 CompilerThre", NULL);
	add(&p, "Finalizer", NULL);
	add(&p, "Signal Dispatch", NULL);
	add(&p, "main", NULL);
	add(&p, "mainland", NULL);
	seal(&p);
	assert_string_equal(role_of(&p, 0, ROLE_BY_MAIN), "launcher");
	assert_string_equal(role_of(&p, 1, ROLE_BY_NAME), "GC");
	assert_string_equal(role_of(&p, 2, ROLE_BY_NAME), "C2 compiler");
	assert_string_equal(role_of(&p, 3, ROLE_BY_NAME), "finaliser");
	assert_string_equal(role_of(&p, 4, ROLE_BY_NAME), "signal handler");
	assert_string_equal(role_of(&p, 5, ROLE_BY_NAME), "Java main");
	assert_null(role_of(&p, 6, ROLE_BY_NAME));
	part_put(p.s);
}

/* Erlang numbered its threads in front until its release 25, behind from 26 on. */
static void numbers_may_stand_in_front(void **state)
{
	struct process p = process_of(RUNTIME_BEAM);

	(void)state;
	add(&p, "beam.smp", NULL);
	add(&p, "10_scheduler", NULL);
	add(&p, "1_dirty_cpu_sch", NULL);
	add(&p, "12_dirty_io_sch", NULL);
	add(&p, "0_poller", NULL);
	add(&p, "erts_sched_1", NULL);
	add(&p, "_scheduler", NULL);
	add(&p, "1_scheming", NULL);
	seal(&p);
	assert_string_equal(role_of(&p, 1, ROLE_BY_NAME), "scheduler");
	assert_string_equal(role_of(&p, 2, ROLE_BY_NAME), "dirty CPU");
	assert_string_equal(role_of(&p, 3, ROLE_BY_NAME), "dirty I/O");
	assert_string_equal(role_of(&p, 4, ROLE_BY_NAME), "poll");
	assert_string_equal(role_of(&p, 5, ROLE_BY_NAME), "scheduler");
	assert_null(role_of(&p, 6, ROLE_BY_NAME));
	assert_null(role_of(&p, 7, ROLE_BY_NAME));
	part_put(p.s);
}

/* What calls itself as another runtime's threads do is none of those. */
static void other_names_are_names(void **state)
{
	struct process p = process_of(RUNTIME_C);

	(void)state;
	add(&p, "GC Thread#0", NULL);
	add(&p, "GC Thread#0", NULL);
	add(&p, ".NET Finalizer", "worker_loop");
	add(&p, "tokio-runtime-w", NULL);
	seal(&p);
	assert_string_equal(role_of(&p, 0, ROLE_BY_MAIN), "main");
	assert_null(role_of(&p, 1, ROLE_BY_NAME));
	assert_string_equal(role_of(&p, 2, ROLE_BY_ENTRY), "worker_loop");
	assert_string_equal(role_of(&p, 3, ROLE_BY_NAME), "tokio thread");
	part_put(p.s);
}

static void threads_have_roles_by_function(void **state)
{
	struct process p = process_of(RUNTIME_NODE), q = process_of(RUNTIME_OPENMP);

	(void)state;
	add(&p, "node", NULL);
	add(&p, "node", "worker");
	add(&p, "node", "_ZN4node12_GLOBAL__N_1L20PlatformWorkerThreadEPv");
	add(&p, "node", "workers");
	seal(&p);
	assert_string_equal(role_of(&p, 1, ROLE_BY_ENTRY), "libuv pool");
	assert_string_equal(role_of(&p, 2, ROLE_BY_ENTRY), "V8 worker");
	assert_string_equal(role_of(&p, 3, ROLE_BY_ENTRY), "workers");
	part_put(p.s);
	add(&q, "x", NULL);
	add(&q, "x", "gomp_thread_start");
	seal(&q);
	assert_string_equal(role_of(&q, 0, ROLE_BY_MAIN), "main");
	assert_string_equal(role_of(&q, 1, ROLE_BY_ENTRY), "OpenMP worker");
	part_put(q.s);
}

/* Distributions take the names of such functions out: whose library it is tells enough. */
static void threads_have_roles_by_library(void **state)
{
	static const char maps[] = "5000-6000 r-xp 00000000 fe:00 5 /lib/libgomp.so.1.0.0\n"
				   "7000-8000 r-xp 00000000 fe:00 6 /lib/libother.so\n";
	struct process p = process_of(RUNTIME_OPENMP);
	struct memory_map *m = parse(maps, "/x");

	(void)state;
	m->found = p.m->found;
	m->runtimes_n = 1;
	p.s->side[0].memory = m;
	add(&p, "x", NULL)->self.entry = 0x5800;
	add(&p, "x", NULL)->self.entry = 0x5800;
	add(&p, "x", NULL)->self.entry = 0x7800;
	add(&p, "x", NULL)->self.entry = 0x9000;
	seal(&p);
	assert_string_equal(role_of(&p, 0, ROLE_BY_MAIN), "main");
	assert_string_equal(role_of(&p, 1, ROLE_BY_ENTRY), "OpenMP worker");
	assert_null(role_of(&p, 2, ROLE_BY_ENTRY));
	assert_null(role_of(&p, 3, ROLE_BY_ENTRY));
	p.s->side[0].memory = p.m;
	part_put(m);
	part_put(p.s);
}

/* "libuv\nworker", from the inner function to the outer; "?" has no name. */
static void came_by(struct process *p, size_t i, const char *functions)
{
	struct backtraces *b = (struct backtraces *)p->s->side[0].backtraces;
	struct backtrace *trace;
	struct backtrace_frame *frame;

	if (!b) {
		p->s->side[0].backtraces = b = part_make(PART_BACKTRACES);
		b->thread = arena_array(&b->part.arena, MOST, sizeof *b->thread);
		b->trace = arena_array(&b->part.arena, MOST, sizeof *b->trace);
	}
	frame = arena_array(&b->part.arena, MOST, sizeof *frame);
	trace = &b->trace[b->traces_n];
	*trace = (struct backtrace){.frame = frame, .complete = true};
	while (*functions) {
		size_t len = strcspn(functions, "\n");
		struct symbol *symbol = &frame[trace->n++].symbol;

		symbol->name = (struct text){functions, len};
		if (*functions == '?')
			*symbol = (struct symbol){.gap = SYMBOL_STRIPPED};
		functions += len + (functions[len] == '\n');
	}
	b->thread[b->n++] =
		(struct thread_backtrace){.tid = PID + (pid_t)i, .trace = (uint32_t)b->traces_n++};
}

/* All threads of tokio begin alike and are called alike. */
static void threads_have_roles_by_backtrace(void **state)
{
	struct process p = process_of(RUNTIME_C);

	(void)state;
	add(&p, "x", NULL);
	add(&p, "tokio-runtime-w", NULL);
	add(&p, "tokio-runtime-w", NULL);
	add(&p, "tokio-runtime-w", NULL);
	seal(&p);
	came_by(&p, 1,
		"syscall\n_ZN5tokio7runtime9scheduler12multi_thread6worker3run17h0E\n"
		"_ZN5tokio7runtime8blocking4pool5Inner3run17h0E");
	came_by(&p, 2, "syscall\ntokio::runtime::blocking::pool::Inner::run::h0");
	came_by(&p, 3, "syscall\n?");
	assert_string_equal(role_of(&p, 1, ROLE_BY_BACKTRACE), "tokio worker");
	assert_string_equal(role_of(&p, 2, ROLE_BY_BACKTRACE), "tokio blocking");
	assert_string_equal(role_of(&p, 3, ROLE_BY_NAME), "tokio thread");
	part_put(p.s);
}

/* Of code without a name it is told what would name it, by the runtime that made it. */
static void made_code_is_named_by_its_runtime(void **state)
{
	struct process node = process_of(RUNTIME_NODE), c = process_of(RUNTIME_C);
	const char *reason = side_gap_reason(&node.s->side[0], SYMBOL_PERF_MAP);

	(void)state;
	assert_non_null(strstr(reason, "/tmp/perf-PID.map: node --perf-basic-prof would"));
	assert_string_equal(side_map_how(&node.s->side[0]), "node --perf-basic-prof");
	assert_null(side_map_how(&c.s->side[0]));
	assert_string_equal(side_gap_reason(&c.s->side[0], SYMBOL_PERF_MAP),
		symbol_gap_reason(SYMBOL_PERF_MAP));
	assert_string_equal(
		side_gap_reason(NULL, SYMBOL_PERF_MAP), symbol_gap_reason(SYMBOL_PERF_MAP));
	assert_string_equal(side_gap_reason(&node.s->side[0], SYMBOL_STRIPPED),
		symbol_gap_reason(SYMBOL_STRIPPED));
	part_put(node.s);
	part_put(c.s);
}

/* ---- limits ----------------------------------------------------------------------------- */

#define GIL 0x9000u

static void wait_on(struct thread_record *t, uint64_t address)
{
	t->call.wait_kind = WAIT_CONDITION;
	t->call.wait_address = address;
}

static void expect_limit(struct process *p, const char *want)
{
	struct runtime_limit limit[RUNTIMES];
	struct textbuf out = {0};

	assert_int_equal(side_limits(p->s, 0, limit), 1);
	runtime_limit_print(&limit[0], &out);
	assert_string_equal(out.bytes, want);
	textbuf_free(&out);
}

static void the_lock_shows_by_who_waits(void **state)
{
	struct process p = process_of(RUNTIME_PYTHON);

	(void)state;
	add(&p, "python3", NULL);
	add(&p, "python3", NULL)->run.state = 'R';
	wait_on(add(&p, "python3", NULL), GIL);
	wait_on(add(&p, "python3", NULL), 0x5000); /* some other lock */
	p.symbol[p.symbols_n++] = (struct symbol){.address = GIL, .name = text_of("_PyRuntime")};
	seal(&p);
	expect_limit(&p, "? needs two samples");
	set_cpu(&p, 99.7);
	expect_limit(&p, "1.00 threads on CPU at once, of 2 runnable: the GIL");
	set_cpu(&p, 184);
	expect_limit(&p, "1.84 threads on CPU at once, of 2 runnable: some run without the GIL, 1 "
			 "wait for it");
	part_put(p.s);
}

static void no_lock_is_asserted(void **state)
{
	struct process p = process_of(RUNTIME_PYTHON), q = process_of(RUNTIME_PYTHON);

	(void)state;
	add(&p, "python3", NULL)->run.state = 'R';
	add(&p, "python3", NULL)->run.state = 'R';
	seal(&p);
	p.s->side[0].rates = rates_of(p.s->side[0].threads);
	expect_limit(&p, "1.00 threads on CPU at once, of 2 runnable: none waits for the GIL");
	part_put(p.s);
	add(&q, "python3", NULL)->run.state = 'R';
	add(&q, "python3", NULL);
	seal(&q);
	q.s->side[0].rates = rates_of(q.s->side[0].threads);
	expect_limit(&q, "? fewer than two of its threads want to run now");
	part_put(q.s);
}

/* Ruby's lock has no address that is known: it shows by the functions that wait for it. */
static void the_lock_shows_by_functions(void **state)
{
	struct process p = process_of(RUNTIME_RUBY);

	(void)state;
	add(&p, "ruby", NULL)->run.state = 'R';
	for (unsigned i = 0; i < 4; i++)
		wait_on(add(&p, "ruby", NULL), 0x5000 + 64 * i);
	seal(&p);
	set_cpu(&p, 99);
	expect_limit(&p, "? which of its threads wait for its lock is not told: no backtrace, or "
			 "functions without names");
	came_by(&p, 1, "cond_wait\n?\n?\nrb_threadptr_execute_interrupts\n?\nrb_vm_exec");
	came_by(&p, 2, "cond_wait\n?\nrb_ensure\nrb_vm_exec");
	came_by(&p, 3, "cond_wait\nsleep_on\nrb_vm_exec\nrb_threadptr_execute_interrupts");
	came_by(&p, 4, "cond_wait\nthread_sched_to_running\nrb_vm_exec");
	expect_limit(&p, "0.99 threads on CPU at once, of 3 to 4 runnable: the GVL");
	part_put(p.s);
}

/* Which of tokio's threads are workers takes backtraces: without, the figure is the least. */
static void who_is_of_a_pool_may_be_unknown(void **state)
{
	struct process p = process_of(RUNTIME_TOKIO);

	(void)state;
	add(&p, "x", NULL);
	add(&p, "tokio-runtime-w", NULL);
	add(&p, "tokio-runtime-w", NULL);
	seal(&p);
	p.s->side[0].rates = rates_of(p.s->side[0].threads);
	expect_limit(&p, "? which of its threads they are is not known");
	came_by(&p, 1, "x\n_ZN5tokio7runtime9scheduler12multi_thread6worker3run17h0E");
	expect_limit(
		&p, "at least 0.50 on CPU at once, of 1 to 2 threads: tasks take turns on them");
	came_by(&p, 2, "x\n_ZN5tokio7runtime8blocking4pool5Inner3run17h0E");
	expect_limit(&p, "0.50 on CPU at once, of 1 thread: tasks take turns on them");
	part_put(p.s);
}

static void pools_are_counted(void **state)
{
	struct process p = process_of(RUNTIME_NODE), q = process_of(RUNTIME_JAVA);

	(void)state;
	add(&p, "node", NULL);
	add(&p, "node", "worker")->run.state = 'R';
	wait_on(add(&p, "node", "worker"), 0x5000);
	add(&p, "node", "worker")->call.wait_kind = WAIT_NOTHING; /* in a system call of its own */
	seal(&p);
	p.s->side[0].rates = rates_of(p.s->side[0].threads);
	expect_limit(&p, "0.50 of 2.00 on CPU is its event loop; libuv pool: 2 of 3 at work");
	part_put(p.s);
	add(&q, "java", NULL);
	add(&q, "GC Thread#0", NULL);
	add(&q, "C1 CompilerThre", NULL);
	seal(&q);
	q.s->side[0].rates = rates_of(q.s->side[0].threads);
	expect_limit(&q, "1.00 of 1.50 on CPU are GC and compilers");
	part_put(q.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_show_them),
		cmocka_unit_test(names_alone_are_no_proof),
		cmocka_unit_test(images_show_them),
		cmocka_unit_test(versions_are_in_paths),
		cmocka_unit_test(hostile_names_are_printable),
		cmocka_unit_test(every_row_has_its_words),
		cmocka_unit_test(what_they_hide_is_told),
		cmocka_unit_test(threads_have_roles_by_name),
		cmocka_unit_test(numbers_may_stand_in_front),
		cmocka_unit_test(other_names_are_names),
		cmocka_unit_test(threads_have_roles_by_function),
		cmocka_unit_test(threads_have_roles_by_library),
		cmocka_unit_test(threads_have_roles_by_backtrace),
		cmocka_unit_test(made_code_is_named_by_its_runtime),
		cmocka_unit_test(the_lock_shows_by_who_waits),
		cmocka_unit_test(no_lock_is_asserted),
		cmocka_unit_test(the_lock_shows_by_functions),
		cmocka_unit_test(who_is_of_a_pool_may_be_unknown),
		cmocka_unit_test(pools_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
