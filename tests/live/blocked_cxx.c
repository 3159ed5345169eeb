/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "blocked_cxx.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "live.h"
#include "naming.h"
#include "twintop/base/clock.h"
#include "watched.h"

/* ---- ways: as sp_crossing.cpp says ------------------------------------------------- */

/* How functions that follow each other are called, but for what a compiler adds to a name. */
struct way {
	const char *thread;
	const char *function[5];
	size_t n, inlined; /* of these so many are inlined, behind the first */
};
static const struct way ways[] = {
	{"called",
		{"station::stand()", "station::Freight<unsigned long, 12>::leave(int)",
			"station::depart(station::Train&)", "station::called()"},
		4, 0},
	{"chosen",
		{"station::stand()", "station::choose(double)",
			"station::choose(char const*, station::Train*)", "station::chosen()"},
		4, 0},
	{"lambda",
		{"station::stand()",
			"station::lambda()::{lambda(unsigned int)#1}::operator()(unsigned int) "
			"const",
			"auto station::perform<station::lambda()::{lambda(unsigned int)#1}>(",
			"station::lambda()"},
		4, 0},
	{"inlined",
		{"station::stand()", "inner", "station::Track::outer() const",
			"station::inlined()"},
		4, 2},
	{"caught", {"station::stand()", "station::caught()"}, 2, 0},
	{"unwound",
		{"station::stand()", "station::Signal::~Signal()", "station::pass()",
			"station::unwound()"},
		4, 0},
};
#define WAYS (sizeof ways / sizeof *ways)

static bool begins(struct text name, const char *with)
{
	size_t len = strlen(with);

	return name.len >= len && !memcmp(name.bytes, with, len);
}

/* What an unnamed namespace holds has a name for the linker with some compilers alone. */
static bool is_called(const struct backtrace_line *line, const char *name)
{
	if (line->inlined && !strcmp(name, "inner"))
		return memmem(line->function.bytes, line->function.len, name, strlen(name));
	return begins(line->function, name);
}

static bool goes_from(const struct backtrace *b, const struct way *way, size_t first)
{
	struct backtrace_line line;

	for (size_t i = 0; i < way->n; i++)
		if (!backtrace_line(b, first + i, &line) || !is_called(&line, way->function[i]) ||
			line.inlined != (i >= 1 && i <= way->inlined) ||
			!text_equal(text_basename(line.file), text_of("sp_crossing.cpp")))
			return false;
	return true;
}

static bool goes(const struct backtrace *b, const struct way *way)
{
	struct backtrace_line line;

	for (size_t i = 0; watched_whole(b) && backtrace_line(b, i, &line); i++)
		if (is_called(&line, way->function[0]))
			return goes_from(b, way, i);
	return false;
}

static const struct backtrace *trace_of(const struct watched *w, pid_t tid)
{
	return backtraces_trace(watched_list(w), tid, NULL);
}

/* GCC and LLVM call a lambda otherwise: that name is GCC's. */
static bool is_of(const struct way *way, bool gcc)
{
	return gcc || strcmp(way->thread, "lambda") != 0;
}

static void expect_ways(struct watched *w, bool gcc)
{
	uint64_t until = clock_monotonic_ns() + WATCHED_BOUND_NS;
	size_t n = 0;

	while (n < WAYS && clock_monotonic_ns() < until) {
		watched_next(w);
		for (n = 0; n < WAYS; n++)
			if (is_of(&ways[n], gcc) &&
				!goes(trace_of(w, watched_tid(w, ways[n].thread)), &ways[n]))
				break;
	}
	if (n == WAYS)
		return;
	watched_print(trace_of(w, watched_tid(w, ways[n].thread)));
	fail_msg("%s: it did not come so", ways[n].thread);
}

/* ---- beside elfutils ------------------------------------------------------------------ */

/* A frame of theirs; in a library nothing but its address counts: of a function's many names, and
 * of its lines there, each takes its own. */
struct theirs {
	pid_t tid;
	unsigned i;
	unsigned long long pc;
	char name[400];
	bool ours; /* in the specimen */
	char file[400];
	unsigned line;
};

/* "#3  0x00007f2c46012345 read - /usr/lib/libc.so.6", or without a name. */
static bool parse_frame(const char *text, struct theirs *ret)
{
	const char *module = strstr(text, " - /");
	int name = 0;

	if (sscanf(text, "#%u 0x%llx%n", &ret->i, &ret->pc, &name) != 2 || !module)
		return false;
	ret->ours = strstr(module, "/sp_crossing");
	ret->name[0] = ret->file[0] = '\0';
	if (text + name < module)
		snprintf(ret->name, sizeof ret->name, "%.*s", (int)(module - text - name - 1),
			text + name + 1);
	return true;
}

/* "    /path/of/table.cpp:88:12": the line is behind the last colon but one, or the last. */
static bool parse_line(char *text, struct theirs *ret)
{
	char *base = strrchr(text, '/'), *colon = base ? strchr(base, ':') : NULL;

	if (strncmp(text, "    ", 4) != 0 || !colon)
		return false;
	*colon = '\0';
	snprintf(ret->file, sizeof ret->file, "%s", base + 1);
	ret->line = (unsigned)strtoul(colon + 1, NULL, 10);
	return true;
}

static void expect_equal(const struct theirs *t, const struct backtrace *b,
	const struct backtrace_line *line, const char *name, bool same)
{
	if (same)
		return;
	watched_print(b);
	fail_msg("thread %d, frame %u: elfutils has %#llx %s %s:%u, we %#llx %.*s", (int)t->tid,
		t->i, t->pc, name, t->file, t->line, (unsigned long long)line->frame->pc,
		(int)line->function.len, line->function.bytes);
}

/* What is inlined is a line of its own there, too. */
static void compare_line(const struct watched *w, const struct theirs *t)
{
	const struct backtrace *b = trace_of(w, t->tid);
	struct backtrace_line line;
	bool same;

	assert_true(backtrace_line(b, t->i, &line));
	same = line.frame->pc == t->pc &&
	       (!t->ours || (text_equal(text_basename(line.file), text_of(t->file)) &&
				    line.line == t->line));
	if (t->ours && line.inlined)
		same = same && text_equal(line.function, text_of(t->name));
	expect_equal(t, b, &line, t->name, same);
}

/* The line of the i-th frame itself. */
static bool line_of(const struct backtrace *b, unsigned i, struct backtrace_line *ret)
{
	for (size_t k = 0; backtrace_line(b, k, ret); k++)
		if (!ret->inlined && ret->frame == &b->frame[i])
			return true;
	return false;
}

static void compare_frame(const struct watched *w, const struct theirs *t)
{
	const struct backtrace *b = trace_of(w, t->tid);
	struct backtrace_line line;

	assert_true(b && t->i < b->n && line_of(b, t->i, &line));
	expect_equal(t, b, &line, t->name,
		line.frame->pc == t->pc &&
			(!t->ours || text_equal(line.function, text_of(t->name))));
}

/* How many frames of the specimen's own were compared, of the threads that stand. */
static unsigned compare_all(const struct watched *w, bool lines,
	void (*compare)(const struct watched *, const struct theirs *))
{
	struct theirs t = {0};
	unsigned n = 0;
	char text[4096];
	FILE *file;

	if (!naming_run("eu-stack %s -p %d >frames; grep -q '^#0' frames", lines ? "-mis" : "-m",
		    (int)specimen_pid(w->s)))
		return 0;
	file = watched_file("frames", "r");
	while (fgets(text, sizeof text, file)) {
		bool framed = sscanf(text, "TID %d:", &t.tid) != 1 && parse_frame(text, &t);

		/* The line follows its frame. */
		if (framed && lines && t.ours && fgets(text, sizeof text, file))
			assert_true(parse_line(text, &t));
		if (!framed || t.tid == specimen_pid(w->s))
			continue;
		compare(w, &t);
		n += t.ours;
	}
	fclose(file);
	return n;
}

static void add_places(const struct backtrace *b, struct textbuf *places, struct textbuf *addresses)
{
	struct backtrace_line line;

	for (size_t i = 0; backtrace_line(b, i, &line); i++) {
		if (line.inlined || !begins(line.function, "station::"))
			continue;
		backtrace_place_print(places, &line);
		textbuf_adds(places, "\n");
		textbuf_addf(addresses, " 0x%llx", (unsigned long long)line.frame->pc);
	}
}

/* "station::stand()+0x44", where each frame will return to. */
static void compare_offsets(const struct watched *w)
{
	struct textbuf places = {0}, addresses = {0};
	FILE *file = watched_file("ours", "w");

	for (size_t i = 0; i < WAYS; i++)
		add_places(trace_of(w, watched_tid(w, ways[i].thread)), &places, &addresses);
	fputs(places.bytes, file);
	fclose(file);
	assert_true(naming_run("eu-addr2line -S -C -p %d %s | awk 'NR %% 2' >theirs",
		(int)specimen_pid(w->s), addresses.bytes));
	if (!naming_run("cmp ours theirs"))
		fail_msg("elfutils has other places than: %s", places.bytes);
	textbuf_free(&places);
	textbuf_free(&addresses);
}

static void run(void *context)
{
	unsigned lines, frames;
	struct watched w;

	watched_begin(&w, context);
	expect_ways(&w, true);
	lines = compare_all(&w, true, compare_line);
	frames = compare_all(&w, false, compare_frame);
	if (frames)
		compare_offsets(&w);
	watched_end(&w);
	print_message("sp_%s: %u lines and %u frames as elfutils has them\n", (const char *)context,
		lines, frames);
	assert_true(frames ? frames >= 20 && lines == frames + 2 : !lines);
}

/* LLVM has functions within namespaces, where elfutils finds nothing that is inlined. */
static void run_llvm(void *context)
{
	struct watched w;

	watched_begin(&w, context);
	expect_ways(&w, false);
	watched_end(&w);
}

#define CXX "-g -O2 -fPIE -pie -fomit-frame-pointer -Wl,--build-id=none -pthread "

void blocked_cxx_in_namespaces_of_llvm(void **state)
{
	(void)state;
	watched_needs();
	if (!naming_run("clang++ " CXX "-o sp_crossing_llvm $(dirname $source)/sp_crossing.cpp")) {
		print_message("there is no clang++ that builds it here\n");
		skip();
	}
	as_ourselves(run_llvm, (void *)(uintptr_t) "crossing_llvm");
}

void blocked_cxx_beside_elfutils(void **state)
{
	(void)state;
	watched_needs();
	if (!naming_run("g++ " CXX "-o sp_crossing $(dirname $source)/sp_crossing.cpp")) {
		print_message("there is no g++ that builds it here\n");
		skip();
	}
	as_ourselves(run, (void *)(uintptr_t) "crossing");
	naming_strip("crossing_bare", "crossing");
	assert_true(naming_run("mv sp_crossing hidden && "
			       "objcopy --add-gnu-debuglink=sp_crossing_bare.debug "
			       "sp_crossing_bare && chmod a+rX . sp_crossing*"));
	as_ourselves(run, (void *)(uintptr_t) "crossing_bare");
}
