/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of tasks that a program holds are of its own PID namespace, and those that /proc tells
 * may be of another one than ours: who is meant, as twintop --json tells it.
 */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "denied.h"
#include "live.h"
#include "program.h"
#include "reach.h"
#include "twintop/base/num.h"
#include "twintop/proc/nspid.h"

/* The child of pid's main thread. */
static pid_t child_of(const struct proc_root *root, pid_t pid)
{
	struct textbuf text = {0};
	pid_t child;

	assert_int_equal(proc_read(root, &text, "%d/task/%d/children", (int)pid, (int)pid), 0);
	child = (pid_t)strtol(text.bytes, NULL, 10);
	textbuf_free(&text);
	assert_true(child > 0);
	return child;
}

static const json_t *thread_of(const json_t *sample, pid_t tid)
{
	const json_t *process = json_array_get(json_object_get(sample, "processes"), 0), *t;
	size_t i;

	json_array_foreach(json_object_get(process, "threads"), i,
		t) if (json_integer_value(json_object_get(t, "tid")) == tid) return t;
	fail_msg("no thread %d", (int)tid);
	return NULL;
}

static void expect_wait(const json_t *sample, pid_t tid, const char *kind, pid_t owner)
{
	const json_t *w = json_object_get(thread_of(sample, tid), "waiting_on");

	assert_string_equal(json_string_value(json_object_get(w, "kind")), kind);
	assert_int_equal(json_integer_value(json_object_get(w, "owner_tid")), owner);
}

/* What a pidfd of A leads to. */
static pid_t led_to(const json_t *sample, int number)
{
	const json_t *process = json_array_get(json_object_get(sample, "processes"), 0), *fd;
	size_t i;

	json_array_foreach(json_object_get(process, "fds"), i,
		fd) if (json_integer_value(json_object_get(fd, "fd")) ==
			number) return (pid_t)json_integer_value(json_object_get(fd, "pidfd_pid"));
	return 0;
}

/* A and B of a family, and how they count. */
struct family {
	struct specimen *specimen;
	struct proc_root *root;
	pid_t a, b;
	struct nspid_set of_a, of_b;
};

static bool family_start(struct family *f, const char *how)
{
	*f = (struct family){.specimen = specimen_start("pidns", how, NULL)};
	if (specimen_has(f->specimen, "error")) {
		print_message("no PID namespace: %s\n", specimen_text(f->specimen, "error"));
		specimen_stop(f->specimen);
		return false;
	}
	assert_int_equal(proc_root_open(NULL, &f->root), 0);
	f->a = (pid_t)specimen_number(f->specimen, "pid");
	f->b = child_of(f->root, f->a);
	assert_int_equal(nspid_set_read(f->root, f->a, &f->of_a), 0);
	assert_int_equal(nspid_set_read(f->root, f->b, &f->of_b), 0);
	return true;
}

static void family_stop(struct family *f)
{
	nspid_set_free(&f->of_a);
	nspid_set_free(&f->of_b);
	proc_root_close(f->root);
	specimen_stop(f->specimen);
}

static pid_t of_a(const struct family *f, const char *name)
{
	pid_t tid = nspid_set_find(&f->of_a, (pid_t)specimen_number(f->specimen, name));

	assert_true(tid > 0);
	return tid;
}

static void check_locks(const struct family *f, const json_t *sample)
{
	pid_t holder = nspid_set_find(&f->of_b, (pid_t)specimen_number(f->specimen, "holder"));

	expect_wait(sample, of_a(f, "left"), "mutex", of_a(f, "right"));
	expect_wait(sample, of_a(f, "right"), "mutex", of_a(f, "left"));
	expect_wait(sample, of_a(f, "joiner"), "join", of_a(f, "left"));
	expect_wait(sample, of_a(f, "plain"), "mutex", holder);
	expect_wait(sample, of_a(f, "robust"), "mutex", holder);
	expect_wait(sample, of_a(f, "inherit"), "pi_mutex", holder);
}

static void check_family(const char *how)
{
	struct family f;
	json_t *sample;

	if (!family_start(&f, how))
		skip();
	sample = sample_of(f.a, f.b);
	check_locks(&f, sample);
	assert_int_equal(led_to(sample, (int)specimen_number(f.specimen, "pidfd_child")), f.b);
	assert_int_equal(led_to(sample, (int)specimen_number(f.specimen, "pidfd_self")), f.a);
	json_decref(sample);
	family_stop(&f);
}

static void owners_of_our_own_namespace(void **state)
{
	(void)state;
	check_family("here");
}

static void owners_of_another_namespace(void **state)
{
	(void)state;
	check_family("apart");
}

/* A alone: what B holds is nobody's that is known; the rest stays. */
static void without_the_holder_there_is_no_owner(void **state)
{
	const char *argv[] = {"twintop", "--json", "-s", "none", NULL, NULL};
	char number[16];
	struct family f;
	json_t *sample;

	(void)state;
	assert_true(family_start(&f, "here"));
	snprintf(number, sizeof number, "%d", (int)f.a);
	argv[4] = number;
	sample = sample_by(argv);
	expect_wait(sample, of_a(&f, "left"), "mutex", of_a(&f, "right"));
	expect_wait(sample, of_a(&f, "plain"), "futex", 0);
	expect_wait(sample, of_a(&f, "inherit"), "pi_mutex", 0);
	json_decref(sample);
	family_stop(&f);
}

/* ---- where we are the ones apart ----------------------------------------- */

static int namespace_of(pid_t pid, const char *kind)
{
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/*
 * One sample as twintop takes it in a namespace of inside: in its PID namespace ("pid") with our
 * /proc, or in its mount namespace ("mnt") with its /proc.
 */
static json_t *sample_from(pid_t inside, const char *kind, const char *const argv[])
{
	int there = namespace_of(inside, kind), back = namespace_of(getpid(), kind);
	struct run r;
	json_t *sample;

	reach_open();
	assert_int_equal(setns(there, 0), 0);
	r = program_run(argv);
	assert_int_equal(setns(back, 0), 0);
	close(there);
	close(back);
	program_expect(&r, 0);
	sample = sample_parse(r.out.bytes, r.out.len);
	program_run_free(&r);
	return sample;
}

static bool is_null_because(const json_t *sample, const char *path, const char *because)
{
	const json_t *gap;
	size_t i;

	json_array_foreach(json_object_get(json_object_get(sample, "access"), "unknown"), i,
		gap) if (!strcmp(json_string_value(json_object_get(gap, "path")), path) &&
			 strstr(json_string_value(json_object_get(gap, "reason")),
				 because)) return true;
	return false;
}

static struct specimen *start_beside(void)
{
	struct specimen *s = specimen_start("pidns", "beside", NULL);

	if (!specimen_has(s, "error"))
		return s;
	print_message("needs root: %s\n", specimen_text(s, "error"));
	specimen_stop(s);
	return NULL;
}

/* kcmp(2) by A's and B's numbers would speak of the two inside. */
static void nothing_is_asked_by_anothers_number(void **state)
{
	struct specimen *s = start_beside();
	const char *argv[] = {"twintop", "--json", NULL, NULL, NULL};
	const json_t *shares;
	json_t *sample;

	(void)state;
	if (!s)
		skip();
	argv[2] = specimen_text(s, "pid");
	argv[3] = specimen_text(s, "child");
	sample = sample_from((pid_t)specimen_number(s, "inside"), "pid", argv);
	shares = json_object_get(json_object_get(sample, "pair"), "shares");
	assert_true(json_is_null(json_object_get(shares, "vm")));
	assert_true(json_is_null(json_object_get(shares, "files")));
	assert_true(is_null_because(sample, "pair.shares.vm", "another PID namespace"));
	assert_true(is_null_because(sample, "pair.shares.files", "another PID namespace"));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(sample, "access"), "kcmp")),
		"unsupported");
	json_decref(sample);
	specimen_stop(s);
}

/* fork(2) tells a number that /proc knows another process by. */
static void what_is_started_is_found_by_its_number_in_proc(void **state)
{
	static const char *const argv[] = {
		"twintop", "--json", "-n", "1", "-s", "none", "--", "/bin/sleep", "5", NULL};
	struct specimen *s = start_beside();
	const json_t *process;
	json_t *sample;

	(void)state;
	if (!s)
		skip();
	sample = sample_from((pid_t)specimen_number(s, "inside"), "pid", argv);
	process = json_array_get(json_object_get(sample, "processes"), 0);
	assert_string_equal(json_string_value(json_object_get(process, "comm")), "sleep");
	assert_int_equal(json_array_size(json_object_get(process, "threads")), 1);
	json_decref(sample);
	specimen_stop(s);
}

/* A /proc that does not see us: what is read in it is told all the same, and of whom it says. */
static void a_proc_that_does_not_see_us_is_read(void **state)
{
	static const char *const argv[] = {"twintop", "--json", "-s", "none", "1", NULL};
	struct family f;
	const json_t *process, *call;
	json_t *sample;

	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	print_message("sanitizers need a /proc that sees them\n");
	skip();
#endif
	if (!family_start(&f, "within"))
		skip();
	sample = sample_from(f.a, "mnt", argv);
	process = json_array_get(json_object_get(sample, "processes"), 0);
	assert_string_equal(json_string_value(json_object_get(process, "comm")), "sp_pidns");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(sample, "access"), "frames")),
		"exact");
	call = json_object_get(thread_of(sample, 1), "syscall");
	assert_true(json_is_object(call));
	/* In there its threads bear the numbers that they know themselves by; its memory is not
	 * to be had by them. */
	call = thread_of(sample, (pid_t)specimen_number(f.specimen, "left"));
	assert_false(
		json_is_integer(json_object_get(json_object_get(call, "waiting_on"), "owner_tid")));
	json_decref(sample);
	family_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_of_our_own_namespace),
		cmocka_unit_test(owners_of_another_namespace),
		cmocka_unit_test(without_the_holder_there_is_no_owner),
		cmocka_unit_test(nothing_is_asked_by_anothers_number),
		cmocka_unit_test(what_is_started_is_found_by_its_number_in_proc),
		cmocka_unit_test(a_proc_that_does_not_see_us_is_read),
	};

	if (denied_skips(ACCESS_SYSCALL) || denied_skips(ACCESS_ATTACH) ||
		denied_skips(ACCESS_KCMP) || denied_skips(ACCESS_PAGEMAP))
		return 77;
	return live_run(tests, NULL, NULL);
}
