/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is not known is null and says truly why: where a call is refused, where a privilege is held
 * back, where no more files can be opened, where a side is hidden, where it has ended.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "tests/fixtures/json_nulls.h"

/* The sample of one or two processes (b 0: the nearest), whether or not all of it may be read. */
static json_t *look(pid_t a, pid_t b)
{
	char pid_a[16], pid_b[16];
	const char *argv[] = {"twintop", "--json", pid_a, b ? pid_b : NULL, NULL};
	struct run r;
	json_t *sample;

	snprintf(pid_a, sizeof pid_a, "%d", (int)a);
	snprintf(pid_b, sizeof pid_b, "%d", (int)b);
	r = program_run(argv);
	sample = sample_parse(r.out.bytes, r.out.len);
	program_run_free(&r);
	if (json_unexplained(sample))
		fail_msg("%s: null or missing, and no reason", json_unexplained(sample));
	return sample;
}

/* A value by its path; "processes[0]" may stand for the first process. */
static json_t *at(json_t *sample, const char *path)
{
	char part[40];
	json_t *o = sample;

	if (!strncmp(path, "processes[", 10)) {
		o = json_array_get(json_object_get(sample, "processes"), (size_t)(path[10] - '0'));
		path += strlen("processes[0].");
	}
	while (*path) {
		size_t len = strcspn(path, ".");

		snprintf(part, sizeof part, "%.*s", (int)len, path);
		o = json_object_get(o, part);
		path += len + (path[len] == '.');
	}
	return o;
}

static void assert_unknown(json_t *sample, const char *path, const char *why)
{
	const char *reason;

	if (!json_is_null(at(sample, path)))
		fail_msg("%s is no null", path);
	reason = json_reason(sample, path);
	if (!strstr(reason, why))
		fail_msg("%s: %s, not %s", path, reason, why);
}

/* Runs the body in a child of ours and fails the test when that fails. */
static void apart(void (*body)(void *), void *context)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(context);
		fflush(NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* ---- a call is refused ------------------------------------------------------- */

struct refusal {
	int error; /* that kcmp(2) gives */
	pid_t a, b;
	const char *reason;
};

/* As the seccomp filters of containers do. */
static void refuse_kcmp(int error)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kcmp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void look_refused(void *context)
{
	static const char *const nulls[] = {"pair.shares.vm", "pair.shares.files",
		"pair.one_address_space", "pair.one_fd_table", "pair.pages", "pair.pages_are",
		"pair.copied_is_upper_bound", "pair.frames.common"};
	const struct refusal *r = context;
	json_t *sample, *row;
	size_t i;

	refuse_kcmp(r->error);
	sample = look(r->a, r->b);
	for (i = 0; i < sizeof nulls / sizeof *nulls; i++)
		assert_unknown(sample, nulls[i], "");
	assert_unknown(sample, "pair.shares.vm", r->reason);
	assert_unknown(sample, "pair.one_address_space", r->reason);
	assert_unknown(sample, "pair.one_fd_table", r->reason);
	json_array_foreach(at(sample, "pair.mappings"), i, row)
	{
		assert_true(json_is_null(json_object_get(row, "pages")));
	}
	assert_true(denied(ACCESS_PAGEMAP) ||
		    json_is_integer(at(sample, "processes[0].page_totals.resident")));
	assert_true(denied(ACCESS_PAGEMAP) ||
		    json_is_null(at(sample, "processes[0].page_totals.cow_shared")));
	json_decref(sample);
}

static void where_kcmp_is_refused_two_may_be_one(void **state)
{
	static const struct {
		int error;
		const char *reason;
	} row[] = {{EPERM, "refused to twintop itself"}, {ENOSYS, "there is no kcmp(2)"}};
	struct specimen *one = specimen_start("clone", "vm", "files", NULL);
	struct specimen *two = specimen_start("cow", "anon", "16", NULL);

	(void)state;
	needs_allowed(ACCESS_KCMP);
	specimen_say(two, "fork");
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct refusal r = {row[i].error, specimen_pid(one),
			(pid_t)specimen_number(one, "child"), row[i].reason};

		apart(look_refused, &r);
		r.a = specimen_pid(two);
		r.b = (pid_t)specimen_number(two, "child");
		apart(look_refused, &r);
	}
	specimen_stop(two);
	specimen_stop(one);
}

static void where_kcmp_tells_they_are_known(void **state)
{
	struct specimen *one = specimen_start("clone", "vm", NULL);
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_KCMP);
	sample = look(specimen_pid(one), (pid_t)specimen_number(one, "child"));
	if (json_is_null(at(sample, "pair.shares.vm"))) { /* as inside such a container */
		json_decref(sample);
		print_message("skipped: no kcmp(2) here\n");
		skip();
	}
	assert_true(json_is_true(at(sample, "pair.one_address_space")));
	assert_true(json_is_false(at(sample, "pair.one_fd_table")));
	json_decref(sample);
	specimen_stop(one);
}

/* ---- a privilege is held back --------------------------------------------------- */

/* What each denial makes unknown, of a fork pair and of threads that wait. */
static const struct {
	enum access_item item;
	const char *path; /* null then */
} denials[] = {
	{ACCESS_PAGEMAP, "processes[0].page_totals"},
	{ACCESS_PAGEMAP_SCAN, "processes[0].page_totals.zero"},
	{ACCESS_PAGEMAP_SCAN, "processes[0].page_totals.huge"},
	{ACCESS_PAGEMAP_SCAN, "processes[0].page_totals.guard"},
	{ACCESS_PAGEMAP_SCAN, "pair.pages.zero"},
	{ACCESS_FRAMES, "processes[0].page_totals.ksm"},
	{ACCESS_FRAMES, "pair.frames.common"},
	{ACCESS_FRAMES, "pair.pages.copied_by_a"},
	{ACCESS_FRAMES, "pair.pages.copied_by_b"},
	{ACCESS_PAGE_FLAGS, "processes[0].page_totals.ksm"},
	{ACCESS_PAGE_COUNT, "pair.frames.others"},
	{ACCESS_KCMP, "pair.shares.vm"},
	{ACCESS_KCMP, "pair.one_address_space"},
};

static void what_is_held_back_is_unknown(void **state)
{
	struct specimen *s = specimen_start("cow", "anon", "16", NULL);
	char *before = denied_names() ? strdup(denied_names()) : NULL;

	(void)state;
	specimen_say(s, "fork");
	for (size_t i = 0; i < sizeof denials / sizeof *denials; i++) {
		const char *name = access_item_name[denials[i].item], *word;
		char access[40];
		json_t *sample;

		setenv("TWINTOP_DENY", name, 1);
		sample = look(specimen_pid(s), (pid_t)specimen_number(s, "child"));
		snprintf(access, sizeof access, "access.%s", name);
		word = json_string_value(at(sample, access));
		assert_true(!word || strcmp(word, "available") != 0);
		if (!json_is_null(at(sample, "processes[0].page_totals")) ||
			denials[i].item == ACCESS_PAGEMAP)
			assert_unknown(sample, denials[i].path, "");
		json_decref(sample);
	}
	if (before)
		setenv("TWINTOP_DENY", before, 1);
	else
		unsetenv("TWINTOP_DENY");
	free(before);
	specimen_stop(s);
}

/* The member of each thread that has one; how many there are. */
static size_t told_of_threads(json_t *sample, const char *group, const char *member)
{
	json_t *thread;
	size_t i, n = 0;

	json_array_foreach(at(sample, "processes[0].threads"), i, thread)
	{
		json_t *v = json_object_get(thread, group);

		v = member ? json_object_get(v, member) : v;
		n += v && !json_is_null(v);
	}
	return n;
}

static void without_attach_no_lock_has_an_owner(void **state)
{
	struct specimen *s = specimen_start("threads", NULL);
	char *before = denied_names() ? strdup(denied_names()) : NULL;
	json_t *sample;

	(void)state;
	needs_allowed(ACCESS_SYSCALL);
	setenv("TWINTOP_DENY", "attach", 1);
	sample = look(specimen_pid(s), 0);
	assert_int_equal(told_of_threads(sample, "waiting_on", "owner_tid"), 0);
	assert_int_equal(told_of_threads(sample, "tls_base", NULL), 0);
	if (told_of_threads(sample, "waiting_on", "kind"))
		assert_non_null(json_reason(sample, "processes[0].threads[].waiting_on.owner_tid"));
	json_decref(sample);
	if (before)
		setenv("TWINTOP_DENY", before, 1);
	else
		unsetenv("TWINTOP_DENY");
	free(before);
	specimen_stop(s);
}

/* ---- every null says why ---------------------------------------------------------- */

static void look_at(void *context)
{
	json_decref(look(*(const pid_t *)context, 0));
}

/* Of several kinds of programs, as ourselves and as an ordinary user whose processes they are not.
 */
static void every_null_has_its_reason(void **state)
{
	static const char *const kind[][3] = {{"threads"}, {"process", "family"},
		{"process", "plain"}, {"channels"}, {"tasks"}, {"signals"}, {"limits", "names"}};

	(void)state;
	for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
		struct specimen *s = specimen_start(kind[i][0], kind[i][1], kind[i][2], NULL);
		pid_t pid = specimen_pid(s);

		look_at(&pid);
		as_nobody(look_at, &pid);
		specimen_stop(s);
	}
}

/* ---- no more files can be opened --------------------------------------------------- */

struct few {
	pid_t a, b;
	rlim_t files;
};

/* A gap may be of the kernel's or of an end only where it is with files enough, too. */
static void assert_no_false_reason(json_t *sample, rlim_t files)
{
	static const char *const false_reasons[] = {"kernel does not offer", "has ended",
		"it ended before", "no relative lives", "no second process"};
	json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i, gap)
	{
		const char *reason = json_string_value(json_object_get(gap, "reason"));

		for (size_t k = 0; k < sizeof false_reasons / sizeof *false_reasons; k++)
			if (strstr(reason, false_reasons[k]))
				fail_msg("%d files: %s: %s", (int)files,
					json_string_value(json_object_get(gap, "path")), reason);
	}
}

static void look_with_few(void *context)
{
	const struct few *few = context;
	const struct rlimit limit = {few->files, few->files};
	char a[16], b[16];
	struct run r;

	snprintf(a, sizeof a, "%d", (int)few->a);
	snprintf(b, sizeof b, "%d", (int)few->b);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	r = program_run((const char *[]){"twintop", "--json", a, few->b ? b : NULL, NULL});
	if (r.out.len) {
		json_t *sample = sample_parse(r.out.bytes, r.out.len);

		if (json_unexplained(sample))
			fail_msg("%s: null, and no reason", json_unexplained(sample));
		assert_no_false_reason(sample, few->files);
		json_decref(sample);
	} else {
		assert_non_null(strstr(r.err.bytes, "open files"));
	}
	program_run_free(&r);
}

static void too_few_files_are_no_end_and_no_kernel(void **state)
{
	struct specimen *s = specimen_start("cow", "anon", "16", NULL);
	struct few few = {.a = specimen_pid(s)};

	(void)state;
	specimen_say(s, "fork");
	for (few.files = 14; few.files < 40; few.files += 2) {
		few.b = (pid_t)specimen_number(s, "child");
		apart(look_with_few, &few);
		few.b = 0; /* it is to be looked for */
		apart(look_with_few, &few);
	}
	specimen_stop(s);
}

/* ---- a side is hidden, or has ended ------------------------------------------------- */

static void look_beside_hidden(void *context)
{
	struct specimen *own = specimen_start("cow", "anon", "16", NULL);
	const pid_t other = *(const pid_t *)context;
	json_t *sample = look(specimen_pid(own), other);
	char a[16], b[16];
	struct run r;

	assert_true(json_is_array(at(sample, "processes[0].mappings")));
	assert_unknown(sample, "processes[1].mappings", "ptrace read access");
	assert_unknown(sample, "pair.mappings", "ptrace read access");
	assert_unknown(sample, "pair.mechanisms", "ptrace read access");
	assert_unknown(sample, "pair.fds", "ptrace read access");
	assert_unknown(sample, "pair.channels", "could not be read");
	assert_unknown(sample, "pair.pages", "");
	json_decref(sample);
	snprintf(a, sizeof a, "%d", (int)specimen_pid(own));
	snprintf(b, sizeof b, "%d", (int)other);
	r = program_run((const char *[]){"twintop", "--once", "--view", "memory", a, b, NULL});
	assert_non_null(strstr(r.out.bytes, "[stack]"));
	for (const char *line = r.out.bytes; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		assert_true(strncmp(line, "  < ", 4) != 0 && strncmp(line, "  > ", 4) != 0);
	}
	program_run_free(&r);
	specimen_stop(own);
}

static void what_a_hidden_side_has_is_not_the_others_alone(void **state)
{
	struct specimen *s;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: only root can become another user\n");
		skip();
	}
	needs_allowed(ACCESS_PAGEMAP);
	s = specimen_start("cow", "anon", "16", NULL);
	pid = specimen_pid(s);
	as_nobody(look_beside_hidden, &pid);
	specimen_stop(s);
}

/* The age that access.stale tells of a path, in ns; 0: none. */
static json_int_t stale_ns(json_t *sample, const char *path)
{
	json_t *part;
	size_t i;

	json_array_foreach(at(sample, "access.stale"), i, part)
	{
		if (!strcmp(json_string_value(json_object_get(part, "path")), path))
			return json_integer_value(json_object_get(part, "age_ns"));
	}
	return 0;
}

/* Whether all that is still told of B is said to be old, and what follows from it. */
static bool all_stale(json_t *sample)
{
	static const char *const path[] = {"processes[1]", "processes[1].threads",
		"processes[1].mappings", "processes[1].fds", "pair.mappings", "pair.fds"};

	for (size_t i = 0; i < sizeof path / sizeof *path; i++)
		if (!stale_ns(sample, path[i]))
			return false;
	return true;
}

/* Reads samples until one of them says so; how old B's threads are. */
static json_int_t await_stale(int out)
{
	struct textbuf text = {0};
	json_int_t ns = 0;

	while (!ns && program_read(out, &text)) {
		char *end;

		while (!ns && (end = strchr(text.bytes, '\n'))) {
			json_t *sample = sample_parse(text.bytes, (size_t)(end - text.bytes));

			if (all_stale(sample))
				ns = stale_ns(sample, "processes[1].threads");
			json_decref(sample);
			text.len -= (size_t)(end + 1 - text.bytes);
			memmove(text.bytes, end + 1, text.len + 1);
		}
	}
	textbuf_free(&text);
	return ns;
}

/* What is still told of one that has ended is as old as its last read. */
static void the_ended_grow_stale(void **state)
{
	struct specimen *s = specimen_start("cow", "anon", "16", NULL);
	char a[16], b[16];
	pid_t pid, child;
	int out, err, status;

	(void)state;
	specimen_say(s, "fork");
	child = (pid_t)specimen_number(s, "child");
	snprintf(a, sizeof a, "%d", (int)specimen_pid(s));
	snprintf(b, sizeof b, "%d", (int)child);
	pid = program_start(
		(const char *[]){"twintop", "--json", "-n", "0", "-d", "0.2", a, b, NULL}, &out,
		&err);
	usleep(1000000);
	kill(child, SIGKILL);
	assert_in_range(await_stale(out), 1500000000, 60000000000);
	kill(pid, SIGTERM);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(out);
	close(err);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_kcmp_is_refused_two_may_be_one),
		cmocka_unit_test(where_kcmp_tells_they_are_known),
		cmocka_unit_test(what_is_held_back_is_unknown),
		cmocka_unit_test(without_attach_no_lock_has_an_owner),
		cmocka_unit_test(every_null_has_its_reason),
		cmocka_unit_test(too_few_files_are_no_end_and_no_kernel),
		cmocka_unit_test(what_a_hidden_side_has_is_not_the_others_alone),
		cmocka_unit_test(the_ended_grow_stale),
	};

	return live_run(tests, NULL, NULL);
}
