/* SPDX-License-Identifier: GPL-2.0-or-later */
/* twintop --once and --json as programs in a pipe, over a fork pair whose answer is known. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"

#define PAGES	  "512"
#define COPIES	  5
#define STILL	  (512 - COPIES)
#define STRAY	  32 /* pages that share the array's mapping, at most */
#define ARGUMENTS 9

/* A fork pair: the parent filled the array, the child wrote COPIES pages of it. */
static struct specimen *pair_start(char a[16], char b[16], uint64_t *ret_array)
{
	struct specimen *s = specimen_start("sp_cow", "anon", PAGES, NULL);
	char order[32];

	*ret_array = specimen_number(s, "array");
	specimen_say(s, "fork");
	snprintf(a, 16, "%d", (int)specimen_pid(s));
	snprintf(b, 16, "%s", specimen_text(s, "child"));
	snprintf(order, sizeof order, "B w 0 %d", COPIES);
	specimen_say(s, order);
	return s;
}

static const char *text_at(json_t *object, const char *outer, const char *inner)
{
	return json_string_value(json_object_get(json_object_get(object, outer), inner));
}

/* The pair's row of A's mapping that holds address. */
static json_t *row_of(json_t *object, uint64_t address)
{
	json_t *process = json_array_get(json_object_get(object, "processes"), 0), *mapping, *row;
	json_t *rows = json_object_get(json_object_get(object, "pair"), "mappings");
	size_t i, k;

	json_array_foreach(json_object_get(process, "mappings"), i, mapping)
	{
		const char *start = json_string_value(json_object_get(mapping, "start"));
		const char *end = json_string_value(json_object_get(mapping, "end"));

		if (strtoull(start, NULL, 16) > address || strtoull(end, NULL, 16) <= address)
			continue;
		json_array_foreach(rows, k, row)
		{
			if (json_integer_value(json_object_get(row, "a")) == (json_int_t)i)
				return row;
		}
	}
	fail_msg("no row holds the array");
	return NULL;
}

static json_int_t pages_of(json_t *row, const char *verdict)
{
	json_t *count = json_object_get(json_object_get(row, "pages"), verdict);

	assert_true(json_is_integer(count));
	return json_integer_value(count);
}

static void check_pair(json_t *object, uint64_t array)
{
	json_t *row = row_of(object, array);

	assert_string_equal(text_at(object, "pair", "relation"), "child");
	assert_true(json_is_false(
		json_object_get(json_object_get(json_object_get(object, "pair"), "shares"), "vm")));
	assert_true(pages_of(row, "cow_shared") >= STILL);
	assert_true(pages_of(row, "cow_shared") <= STILL + STRAY);
	assert_true(pages_of(row, "copied") >= COPIES);
	assert_true(pages_of(row, "copied") <= COPIES + STRAY);
}

static void json_tells_the_pair_line_by_line(void **state)
{
	char a[16], b[16];
	uint64_t array;
	struct specimen *s = pair_start(a, b, &array);
	struct run r = program_run((const char *[ARGUMENTS]){
		"twintop", "--json", "-n", "3", "-d", "0.01", a, b, NULL});
	const char *line = r.out.bytes, *end;
	unsigned lines = 0;

	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	program_expect(&r, 0);
	assert_int_equal(r.err.len, 0);
	for (; (end = strchr(line, '\n')); line = end + 1, lines++) {
		json_t *object = sample_parse(line, (size_t)(end - line));

		check_pair(object, array);
		json_decref(object);
	}
	assert_int_equal(lines, 3);
	assert_int_equal(*line, '\0');
	program_run_free(&r);
	specimen_stop(s);
}

static void the_report_is_plain_text(void **state)
{
	char a[16], b[16], identity[128];
	uint64_t array;
	struct specimen *s = pair_start(a, b, &array);
	struct run r =
		program_run((const char *[ARGUMENTS]){"twintop", "--once", "--ascii", a, b, NULL});

	(void)state;
	program_expect(&r, 0);
	snprintf(identity, sizeof identity, "A %s sp_cow  |  B %s sp_cow, child of A", a, b);
	assert_non_null(strstr(r.out.bytes, identity));
	assert_non_null(strstr(r.out.bytes, "Pages of A and B by verdict"));
	assert_non_null(strstr(r.out.bytes, "Threads of B: 1   [exact]"));
	for (size_t i = 0; i < r.out.len; i++)
		assert_true(r.out.bytes[i] == '\n' ||
			    (r.out.bytes[i] >= 0x20 && r.out.bytes[i] < 0x7f));
	program_run_free(&r);
	specimen_stop(s);
}

static void ordinary_user(void *context)
{
	char a[16], b[16];
	uint64_t array;
	struct specimen *s = pair_start(a, b, &array);
	struct run r;
	json_t *object;

	(void)context;
	r = program_run((const char *[ARGUMENTS]){"twintop", "--json", a, b, NULL});
	program_expect(&r, 0);
	object = sample_parse(r.out.bytes, r.out.len);
	assert_string_equal(text_at(object, "access", "frames"), "estimated");
	assert_string_equal(text_at(object, "pair", "pages_are"), "estimated");
	check_pair(object, array);
	json_decref(object);
	program_run_free(&r);
	specimen_stop(s);
}

static void an_ordinary_user_gets_estimates(void **state)
{
	(void)state;
	needs_allowed(ACCESS_PAGEMAP);
	needs_allowed(ACCESS_KCMP);
	as_nobody(ordinary_user, NULL);
}

/* A child of ours whose name holds an escape, a newline and no UTF-8. */
static pid_t hostile_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "\033]0;\xff\n\"\x7f");
		for (;;)
			pause();
	}
	return pid;
}

static void hostile_names_come_out_harmless(void **state)
{
	char a[16];
	pid_t pid = hostile_child();
	struct run once, json;
	json_t *object;

	(void)state;
	snprintf(a, sizeof a, "%d", (int)pid);
	once = program_run(
		(const char *[ARGUMENTS]){"twintop", "--once", "--sibling", "none", a, NULL});
	json = program_run(
		(const char *[ARGUMENTS]){"twintop", "--json", "--sibling", "none", a, NULL});
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	program_expect(&once, 0);
	program_expect(&json, 0);
	assert_null(memchr(once.out.bytes, 033, once.out.len));
	assert_null(memchr(once.out.bytes, 0x7f, once.out.len));
	object = sample_parse(json.out.bytes, json.out.len);
	assert_true(json_is_null(json_object_get(object, "pair")));
	json_decref(object);
	program_run_free(&once);
	program_run_free(&json);
}

/* The reader of the pipe goes away: twintop ends, quietly. */
static void a_closed_pipe_ends_it_quietly(void **state)
{
	struct specimen *s = specimen_start("sp_cow", "anon", "4", NULL);
	struct textbuf first = {0}, complaint = {0};
	char a[16];
	int out, err, status;
	pid_t pid;

	(void)state;
	snprintf(a, sizeof a, "%d", (int)specimen_pid(s));
	pid = program_start(
		(const char *[ARGUMENTS]){"twintop", "--json", "-n", "0", "-d", "0.01", a, NULL},
		&out, &err);
	assert_true(program_read(out, &first));
	close(out);
	while (program_read(err, &complaint))
		;
	close(err);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(complaint.len, 0);
	textbuf_free(&first);
	textbuf_free(&complaint);
	specimen_stop(s);
}

/* One clear line on standard error, nothing on standard output. */
static void check_refusal(const char *const argv[], int status)
{
	struct run r = program_run(argv);

	program_expect(&r, status);
	assert_int_equal(r.out.len, 0);
	assert_true(r.err.len > 10);
	assert_ptr_equal(strchr(r.err.bytes, '\n'), r.err.bytes + r.err.len - 1);
	program_run_free(&r);
}

static void bad_input_is_refused_in_one_line(void **state)
{
	(void)state;
	check_refusal((const char *[ARGUMENTS]){"twintop", "--once", "abc", NULL}, 2);
	check_refusal((const char *[ARGUMENTS]){"twintop", "--once", "-d", "x", "1", NULL}, 2);
	check_refusal((const char *[ARGUMENTS]){"twintop", "--nothing", NULL}, 2);
	check_refusal((const char *[ARGUMENTS]){"twintop", "--once", "2147483646", NULL}, 1);
	check_refusal(
		(const char *[ARGUMENTS]){"twintop", "--once", "--", "/nonexistent/x", NULL}, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_tells_the_pair_line_by_line),
		cmocka_unit_test(the_report_is_plain_text),
		cmocka_unit_test(an_ordinary_user_gets_estimates),
		cmocka_unit_test(hostile_names_come_out_harmless),
		cmocka_unit_test(a_closed_pipe_ends_it_quietly),
		cmocka_unit_test(bad_input_is_refused_in_one_line),
	};

	return live_run(tests, NULL, NULL);
}
