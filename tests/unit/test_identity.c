/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/proc/births.h"
#include "twintop/proc/identity.h"

/* proc(5) stat from field 3 on: state, parent, threads, start time, exit code. */
#define STAT_TAIL                                                                                  \
	"%c %d 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 %d 21 %d 23 24 18446744073709551615 26 27 " \
	"28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 %d\n"

static struct identity_stat parsed(const char *line)
{
	struct identity_stat stat;

	memset(&stat, 0, sizeof stat);
	assert_int_equal(identity_stat_parse(line, strlen(line), &stat), 0);
	return stat;
}

static void stat_is_parsed_behind_the_last_parenthesis(void **state)
{
	static const char *const name[] = {"bash", "a) R 1 2 (b", ") ", "", "x\ny", "((("};

	(void)state;
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		struct textbuf b = {0};
		struct identity_stat s;

		textbuf_addf(&b, "42 (%s) " STAT_TAIL, name[i], 'Z', 7, 3, 123456, 1792);
		s = parsed(b.bytes);
		assert_int_equal(s.pending, 31);
		assert_int_equal(s.pid, 42);
		assert_int_equal(s.state, 'Z');
		assert_int_equal(s.ppid, 7);
		assert_int_equal(s.flags, 9);
		assert_int_equal(s.threads, 3);
		assert_int_equal(s.start_ticks, 123456);
		assert_int_equal(s.exit_code, 1792);
		assert_int_equal(s.start_code, 26);
		assert_int_equal(s.start_stack, 28);
		assert_int_equal(s.exit_signal, 38);
		assert_true(text_equal(s.name, text_of(name[i])));
		textbuf_free(&b);
	}
}

static void cut_stat_lines_are_refused(void **state)
{
	struct textbuf b = {0};
	struct identity_stat s;
	size_t start_field_end;

	(void)state;
	textbuf_addf(&b, "42 (x) " STAT_TAIL, 'S', 1, 1, 99, 0);
	start_field_end = (size_t)(strstr(b.bytes, " 99 ") - b.bytes) + 2;
	for (size_t len = 0; len < start_field_end; len++)
		assert_int_equal(identity_stat_parse(b.bytes, len, &s), -EINVAL);
	assert_int_equal(identity_stat_parse(b.bytes, b.len, &s), 0);
	assert_int_equal(identity_stat_parse("x (y) S 1", 9, &s), -EINVAL);
	assert_int_equal(identity_stat_parse(")", 1, &s), -EINVAL);
	textbuf_free(&b);
}

struct collected {
	pid_t pid[8];
	size_t n;
};

static void collect(void *data, pid_t pid)
{
	struct collected *c = data;

	assert_true(c->n < 8);
	c->pid[c->n++] = pid;
}

static void children_are_numbers_between_blanks(void **state)
{
	static const char *const bad[] = {"12 x", "-1", "12,13", "99999999999 "};
	struct collected c = {0};

	(void)state;
	assert_true(identity_children_parse("12 34 2147483647 ", 17, collect, &c));
	assert_int_equal(c.n, 3);
	assert_int_equal(c.pid[1], 34);
	assert_int_equal(c.pid[2], 2147483647);
	assert_true(identity_children_parse("", 0, collect, &c));
	assert_true(identity_children_parse(NULL, 0, collect, &c));
	assert_int_equal(c.n, 3);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(identity_children_parse(bad[i], strlen(bad[i]), collect, &c));
}

static void tgid_is_a_line_of_status(void **state)
{
	static const char status[] = "Name:\tTgid: 5\nUmask:\t0022\nTgid:\t4242\nPid:\t7\n";

	(void)state;
	assert_int_equal(identity_tgid_parse(status, sizeof status - 1), 4242);
	assert_int_equal(identity_tgid_parse("Tgid:\tx\n", 8), 0);
	assert_int_equal(identity_tgid_parse("Pid:\t7\n", 7), 0);
	assert_int_equal(identity_tgid_parse(NULL, 0), 0);
}

static struct proc_root *kernel_root(void)
{
	struct proc_root *root;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	return root;
}

static void we_are_ourselves_and_alive(void **state)
{
	struct proc_root *root = kernel_root();
	struct identity i;
	struct ending ending;

	(void)state;
	assert_int_equal(identity_open(root, getpid(), &i), 0);
	assert_int_equal(i.id.pid, getpid());
	assert_int_equal(i.tid, getpid());
	assert_true(i.id.start_ticks > 0);
	assert_true(i.pidfd >= 0 || i.pidfd_error < 0);
	assert_int_equal(identity_alive(root, &i, &ending), 1);
	identity_close(&i);
	assert_int_equal(i.pidfd, -1);
	proc_root_close(root);
}

struct other_thread {
	pid_t tid;
	int go[2], said[2];
};

static void *tell_tid(void *data)
{
	struct other_thread *o = data;
	char byte;

	o->tid = (pid_t)syscall(SYS_gettid);
	if (write(o->said[1], "x", 1) == 1 && read(o->go[0], &byte, 1) < 0)
		abort();
	return NULL;
}

static void a_thread_stands_for_its_process(void **state)
{
	struct proc_root *root = kernel_root();
	struct other_thread o;
	struct identity i;
	pthread_t thread;
	char byte;

	(void)state;
	assert_int_equal(pipe(o.go), 0);
	assert_int_equal(pipe(o.said), 0);
	assert_int_equal(pthread_create(&thread, NULL, tell_tid, &o), 0);
	assert_int_equal(read(o.said[0], &byte, 1), 1);
	assert_int_equal(identity_open(root, o.tid, &i), 0);
	assert_int_equal(i.id.pid, getpid());
	assert_int_equal(i.tid, o.tid);
	assert_int_not_equal(i.tid, i.id.pid);
	identity_close(&i);
	close(o.go[1]);
	pthread_join(thread, NULL);
	close(o.go[0]);
	close(o.said[0]);
	close(o.said[1]);
	proc_root_close(root);
}

static void who_is_not_there_is_not_found(void **state)
{
	static const pid_t nobody[] = {0, -1, -4242, 2147483647};
	struct proc_root *root = kernel_root();
	struct identity i;

	(void)state;
	for (size_t n = 0; n < sizeof nobody / sizeof nobody[0]; n++)
		assert_int_equal(identity_open(root, nobody[n], &i), -ESRCH);
	proc_root_close(root);
}

static void write_task(struct tree *t, int start, char letter, int threads, int exit_code)
{
	tree_file(t, "50/status", "Name:\tx\nTgid:\t50\n");
	tree_file(t, "51/status", "Name:\tx\nTgid:\t50\n");
	tree_file(t, "50/task/50/stat", "50 (x) " STAT_TAIL, letter, 1, threads, start, exit_code);
}

static void a_reused_pid_is_somebody_else(void **state)
{
	struct tree *t = tree_new();
	struct identity i;
	struct ending ending;

	(void)state;
	write_task(t, 1000, 'S', 2, 0);
	assert_int_equal(identity_open(tree_root(t), 51, &i), 0);
	assert_int_equal(i.id.pid, 50);
	assert_int_equal(i.tid, 51);
	assert_int_equal(i.id.start_ticks, 1000);
	assert_int_equal(i.pidfd, -1);
	assert_true(i.pidfd_error < 0);
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 1);
	write_task(t, 1001, 'S', 2, 0);
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 0);
	assert_true(ending.ended);
	assert_false(ending.status_known);
	identity_close(&i);
	tree_free(t);
}

static void a_zombie_has_ended_but_not_while_threads_live(void **state)
{
	struct tree *t = tree_new();
	struct identity i;
	struct ending ending;

	(void)state;
	write_task(t, 1000, 'S', 2, 0);
	assert_int_equal(identity_open(tree_root(t), 50, &i), 0);
	write_task(t, 1000, 'Z', 2, 0);
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 1);
	write_task(t, 1000, 'Z', 1, 0);
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 0);
	/* Exit code 0 and no ns/user that proves we may see it: unknown, not "exited with 0". */
	assert_false(ending.status_known);
	tree_link(t, "50/ns/user", "user:[1]");
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 0);
	assert_true(ending.status_known);
	assert_int_equal(ending.status, 0);
	write_task(t, 1000, 'Z', 1, 7 << 8);
	assert_int_equal(identity_alive(tree_root(t), &i, &ending), 0);
	assert_int_equal(ending.status, 7 << 8);
	assert_string_equal(ending.source, "/proc/PID/stat exit_code");
	identity_close(&i);
	tree_free(t);
}

static void children_of_all_threads_are_gathered(void **state)
{
	struct tree *t = tree_new();
	pid_t *child = NULL;
	size_t n = 0;

	(void)state;
	write_task(t, 1000, 'S', 3, 0);
	tree_file(t, "50/task/50/children", "70 60 ");
	tree_file(t, "50/task/51/children", "%s", "");
	tree_file(t, "50/task/52/children", "65 70 ");
	tree_file(t, "50/task/53/comm", "ended in mid-read\n");
	assert_int_equal(identity_children(tree_root(t), 50, &child, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(child[0], 60);
	assert_int_equal(child[1], 65);
	assert_int_equal(child[2], 70);
	free(child);
	tree_file(t, "50/task/51/children", "no number");
	assert_int_equal(identity_children(tree_root(t), 50, &child, &n), -EINVAL);
	assert_int_equal(identity_children(tree_root(t), 99, &child, &n), -ENOENT);
	tree_file(t, "80/task/80/comm", "x\n");
	tree_file(t, "80/task/80/stat", "80 (x) " STAT_TAIL, 'S', 1, 1, 5, 0);
	assert_int_equal(identity_children(tree_root(t), 80, &child, &n), -EOPNOTSUPP);
	tree_free(t);
}

/* A thread's children stand in the order of their birth, whatever their numbers. */
static void the_later_born_stands_behind(void **state)
{
	struct tree *t = tree_new();
	const struct proc_root *root = tree_root(t);

	(void)state;
	tree_file(t, "50/task/50/children", "900 100 500 ");
	tree_file(t, "50/task/51/children", "600 ");
	assert_true(identity_born_later(root, 50, 100, 900) > 0);
	assert_true(identity_born_later(root, 50, 900, 500) < 0);
	/* Of two threads, or none of its: not told. */
	assert_int_equal(identity_born_later(root, 50, 100, 600), 0);
	assert_int_equal(identity_born_later(root, 50, 100, 101), 0);
	assert_int_equal(identity_born_later(root, 60, 100, 900), 0);
	tree_free(t);
}

/* A birth counts when it is seen, and once more when the task stands in the lists. */
static void births_are_told_by_the_last_pid(void **state)
{
	struct tree *t = tree_new();
	struct births b;
	uint64_t count;
	char self[24];

	(void)state;
	snprintf(self, sizeof self, "%d", (int)getpid());
	tree_link(t, "self", self);
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/80 11206\n");
	births_open(&b, tree_root(t));
	count = births_look(&b, 1000);
	assert_int_equal(births_look(&b, 2000), count);
	assert_int_equal(births_look(&b, 30000000), count + 1);
	assert_int_equal(births_look(&b, 90000000), count + 1);
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/81 11207\n");
	assert_int_equal(births_look(&b, 100000000), count + 2);
	assert_int_equal(births_look(&b, 130000000), count + 3);
	assert_int_equal(births_look(&b, 200000000), count + 3);
	births_close(&b);
	tree_free(t);
}

static void a_born_child_is_found_by_its_number(void **state)
{
	struct tree *t = tree_new();
	struct births b;
	char self[24];
	pid_t since;

	(void)state;
	snprintf(self, sizeof self, "%d", (int)getpid());
	tree_link(t, "self", self);
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/80 100\n");
	births_open(&b, tree_root(t));
	births_look(&b, 1000);
	births_look(&b, 30000000);
	since = b.settled;
	assert_int_equal(since, 100);
	assert_false(births_had_child(&b, tree_root(t), since, 3, 50));
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/80 103\n");
	tree_file(t, "102/task/102/stat", "102 (x) " STAT_TAIL, 'S', 50, 1, 7, 0);
	births_look(&b, 40000000);
	assert_int_equal(b.settled, 100);
	assert_true(births_had_child(&b, tree_root(t), since, 3, 50));
	assert_false(births_had_child(&b, tree_root(t), since, 3, 51));
	/* Too many to ask, numbers that began anew, and too many once more. */
	assert_true(births_had_child(&b, tree_root(t), since, 2, 51));
	assert_true(births_had_child(&b, tree_root(t), 30000, 3, 51));
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/80 1103\n");
	births_look(&b, 50000000);
	assert_true(births_had_child(&b, tree_root(t), since, 3, 51));
	births_close(&b);
	tree_free(t);
}

static void of_another_namespace_births_are_not_told(void **state)
{
	struct tree *t = tree_new();
	struct births b;
	uint64_t count;

	(void)state;
	tree_link(t, "self", "1");
	tree_file(t, "loadavg", "0.20 0.18 0.12 1/80 11206\n");
	births_open(&b, tree_root(t));
	count = births_look(&b, 1000);
	assert_int_equal(births_look(&b, 2000), count + 1);
	births_close(&b);
	tree_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stat_is_parsed_behind_the_last_parenthesis),
		cmocka_unit_test(cut_stat_lines_are_refused),
		cmocka_unit_test(children_are_numbers_between_blanks),
		cmocka_unit_test(tgid_is_a_line_of_status),
		cmocka_unit_test(we_are_ourselves_and_alive),
		cmocka_unit_test(a_thread_stands_for_its_process),
		cmocka_unit_test(who_is_not_there_is_not_found),
		cmocka_unit_test(a_reused_pid_is_somebody_else),
		cmocka_unit_test(a_zombie_has_ended_but_not_while_threads_live),
		cmocka_unit_test(children_of_all_threads_are_gathered),
		cmocka_unit_test(the_later_born_stands_behind),
		cmocka_unit_test(births_are_told_by_the_last_pid),
		cmocka_unit_test(a_born_child_is_found_by_its_number),
		cmocka_unit_test(of_another_namespace_births_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
