/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process-versus-thread table over tasks of which it is known what they share. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "denied.h"
#include "live.h"
#include "sampling.h"
#include "twintop/compare/textbook.h"

/* What a row must say: '=' one, '#' own, '~' alike, '?' unknown, '.' a demo shows it. */
struct expectation {
	const char *id;
	const char *letters; /* any of them will do */
};

static char letter_of(enum textbook_verdict verdict)
{
	static const char letters[TEXTBOOK_VERDICTS] = {[TEXTBOOK_ONE] = '=',
		[TEXTBOOK_OWN] = '#',
		[TEXTBOOK_ALIKE] = '~',
		[TEXTBOOK_NONE] = '-',
		[TEXTBOOK_UNKNOWN] = '?',
		[TEXTBOOK_ELSEWHERE] = '.'};

	return letters[verdict];
}

static const struct textbook_row *row_of(const char *id)
{
	for (size_t i = 0; i < textbook_table_n; i++)
		if (!strcmp(textbook_table[i].id, id))
			return &textbook_table[i];
	fail_msg("no row %s", id);
	return NULL;
}

static struct sampling *sampling; /* of the test that runs */

static bool is_of(const struct moment *m, pid_t a, pid_t b)
{
	const struct snapshot *s = m->snapshot;

	return m->pair && s->side[0].tid == a && s->side[1].tid == b && s->shares &&
	       s->side[0].threads && s->side[1].threads && s->side[0].fds && s->side[1].fds &&
	       s->side[0].pages && s->side[1].pages;
}

/* A moment of the two in which all that the table needs was read. */
static const struct moment *watch_pair(pid_t a, pid_t b)
{
	const struct moment *m;

	sampling->need = textbook_need();
	if (sampling->sampler)
		assert_int_equal(source_watch(sampling->source, a, b, NULL), 0);
	else
		sampling_begin(sampling, a, b);
	for (m = sampling_next(sampling); !is_of(m, a, b); m = sampling_next(sampling))
		moment_put(m);
	return m;
}

static void expect_row(const struct moment *m, const char *who, const struct expectation *want)
{
	struct arena arena = {0};
	struct textbook_answer a;

	textbook_ask(row_of(want->id), m, &arena, &a);
	if (!strchr(want->letters, letter_of(a.verdict)))
		fail_msg("%s: %s: %s %s (%s), not one of %s", who, want->id,
			textbook_sign(a.verdict), a.measured.text ? a.measured.text : "",
			a.measured.reason ? a.measured.reason : "", want->letters);
	/* What is not known says why, and is none of what is. */
	assert_true(a.verdict != TEXTBOOK_UNKNOWN || a.measured.reason);
	arena_free(&arena);
}

static void expect_rows(pid_t a, pid_t b, const char *who, const struct expectation *want, size_t n)
{
	const struct moment *m = watch_pair(a, b);

	for (size_t i = 0; i < n; i++)
		expect_row(m, who, &want[i]);
	moment_put(m);
}
#define EXPECT(a, b, who, want) expect_rows(a, b, who, want, sizeof(want) / sizeof *(want))

/* ---- a flag of clone(2) at a time ------------------------------------------- */

static const struct {
	const char *flag[4];
	struct expectation want[8];
} clones[] = {
	{{NULL}, {{"identity", "#"}, {"address_space", "#"}, {"globals", "~#"},
			 {"before_fork", "~#"}, {"open_files", "#"}, {"directory", "#"},
			 {"handlers", "~#"}, {"family", "#"}}},
	{{"files"}, {{"identity", "#"}, {"address_space", "#"}, {"globals", "~#"},
			    {"before_fork", "~#"}, {"open_files", "="}, {"directory", "#"},
			    {"handlers", "~#"}, {"races", "#"}}},
	{{"fs"}, {{"address_space", "#"}, {"heap", "~#."}, {"open_files", "#"}, {"directory", "="},
			 {"handlers", "~#"}, {"signal_mask", "~#"}, {"scheduling", "#"},
			 {"tasks", "#"}}},
	{{"vm"}, {{"identity", "#"}, {"address_space", "="}, {"globals", "="}, {"before_fork", "="},
			 {"open_files", "#"}, {"directory", "#"}, {"handlers", "~#"},
			 {"races", "="}}},
	{{"vm", "vfork"}, {{"identity", "#"}, {"address_space", "="}, {"heap", "="}, {"code", "="},
				  {"open_files", "#"}, {"directory", "#"}, {"handlers", "~#"},
				  {"channels", "="}}},
	{{"vm", "sighand", "thread", "files"},
		{{"identity", "#"}, {"address_space", "="}, {"globals", "="}, {"before_fork", "."},
			{"open_files", "="}, {"directory", "#"}, {"handlers", "="},
			{"family", "="}}},
};

static void each_flag_changes_its_row(void *context)
{
	(void)context;
	for (size_t i = 0; i < sizeof clones / sizeof *clones; i++) {
		const char *const *flag = clones[i].flag;
		struct specimen *s =
			specimen_start("clone", flag[0], flag[1], flag[2], flag[3], NULL);

		EXPECT(specimen_pid(s), (pid_t)specimen_number(s, "child"),
			flag[0] ? flag[0] : "fork", clones[i].want);
		specimen_stop(s);
	}
}

/* ---- what is a thread's own -------------------------------------------------- */

static const struct expectation of_threads[] = {
	{"identity", "#"},
	{"tasks", "#"},
	{"address_space", "="},
	{"code", "="},
	{"globals", "="},
	{"heap", "="},
	{"before_fork", "."},
	{"races", "="},
	{"stack", "#"},
	{"registers", "#?"},
	{"open_files", "="},
	{"directory", "="},
	{"handlers", "="},
	{"signal_mask", "~#"},
	{"pending", "#"},
	{"scheduling", "#"},
	{"cpu_time", "#"},
	{"family", "="},
	{"job", "="},
	{"end", "."},
	{"limits", "="},
	{"namespaces", "="},
	{"channels", "="},
	{"creating", "."},
};

/* Two threads of the C library's, whose stacks it tells. */
static void threads_have_what_is_theirs(void *context)
{
	struct specimen *s = specimen_start("tasks", NULL);

	(void)context;
	EXPECT((pid_t)specimen_number(s, "alpha"), (pid_t)specimen_number(s, "beta"), "two threads",
		of_threads);
	EXPECT(specimen_pid(s), (pid_t)specimen_number(s, "beta"), "the main one and another",
		of_threads);
	specimen_stop(s);
}

/* No fork relates two runs of a program, though a parent's child each. */
static void strangers_share_files_alone(void *context)
{
	static const struct expectation want[] = {
		{"identity", "#"},
		{"address_space", "#"},
		{"code", "=~"},
		{"libraries", "=~#"},
		{"globals", "#"},
		{"before_fork", "."},
		{"stack", "#"},
		{"open_files", "#"},
		{"directory", "#"},
		{"handlers", "~#"},
		{"family", "#"},
		{"limits", "~"},
		{"namespaces", "="},
		{"fork", "."},
		{"exec", "."},
	};
	struct specimen *a = specimen_start("clone", NULL), *b = specimen_start("clone", NULL);

	(void)context;
	EXPECT(specimen_pid(a), specimen_pid(b), "strangers", want);
	specimen_stop(a);
	specimen_stop(b);
}

/* ---- rights ------------------------------------------------------------------ */

static void what_needs_rights_is_unknown(void *context)
{
	static const struct expectation want[] = {
		{"identity", "#"},
		{"address_space", "?"},
		{"code", "?"},
		{"libraries", "?"},
		{"globals", "?"},
		{"heap", "?"},
		{"before_fork", "?"},
		{"shared_memory", "?"},
		{"races", "?"},
		{"stack", "?"},
		{"registers", "?"},
		{"thread_local", "?"},
		{"open_files", "?"},
		{"file_offsets", "?"},
		{"directory", "?"},
		{"handlers", "?"},
		{"signal_mask", "~#"},
		{"waiting", "?"},
		{"family", "#"},
		{"namespaces", "?"},
	};
	struct specimen *s = context;

	EXPECT(specimen_pid(s), (pid_t)specimen_number(s, "child"), "another user's", want);
}

static void needs_all(void)
{
	needs_allowed(ACCESS_KCMP);
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_SYSCALL);
	needs_allowed(ACCESS_ATTACH);
}

static void all_of_it(void *context)
{
	each_flag_changes_its_row(context);
	threads_have_what_is_theirs(context);
	strangers_share_files_alone(context);
}

static void as_we_are(void **state)
{
	sampling = *state;
	needs_all();
	all_of_it(NULL);
}

/* In a process of another user: what that may do is found out anew. */
static void all_of_it_as_nobody(void *context)
{
	denied_probe(sampling->root, NULL, &sampling->options.access);
	all_of_it(context);
}

static void nothing_as_nobody(void *context)
{
	denied_probe(sampling->root, NULL, &sampling->options.access);
	what_needs_rights_is_unknown(context);
}

static void as_an_ordinary_user(void **state)
{
	sampling = *state;
	needs_all();
	as_nobody(all_of_it_as_nobody, NULL);
}

static void without_rights(void **state)
{
	struct specimen *s;

	sampling = *state;
	if (geteuid()) {
		print_message("skipped: needs root, to be another user than the specimen's\n");
		skip();
	}
	s = specimen_start("clone", NULL);
	as_nobody(nothing_as_nobody, s);
	specimen_stop(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sampling_setup, sampling_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_we_are),
		TEST(as_an_ordinary_user),
		TEST(without_rights),
	};

	return live_run(tests, NULL, NULL);
}
