/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/proc/process_extra.h"
#include "../../src/proc/tty_name.h"
#include "tree.h"
#include "twintop/proc/identity.h"
#include "twintop/proc/libproc.h"
#include "twintop/proc/task.h"

static void io_is_read_by_its_keys(void **state)
{
	static const char io[] = "rchar: 3001\nwchar: 12\nsyscr: 9\nsyscw: 2\nread_bytes: 4096\n"
				 "write_bytes: 8192\ncancelled_write_bytes: 0\n";
	struct process_info info = {0};

	(void)state;
	process_io_parse(io, sizeof io - 1, &info);
	assert_int_equal(info.read_bytes, 3001);
	assert_int_equal(info.write_bytes, 12);
	assert_int_equal(info.read_calls, 9);
	assert_int_equal(info.write_calls, 2);
	process_io_parse(NULL, 0, &info);
	process_io_parse("rchar:", 6, &info);
	assert_int_equal(info.read_bytes, 3001);
}

static void status_gives_user_and_group(void **state)
{
	static const char status[] = "Name:\tUid:\nUid:\t7\t8\t9\t10\nGid:\t17\t18\t19\t20\n";
	static const char *const halves[] = {"Uid:\t1\t2\t3\t4\n", "Gid:\t1\t2\n", "Uid:\nGid:\n",
		"Uid:\t1\nGid:\t1\t2\n", "Uid:\t-1\t2\nGid:\t1\t2\n", ""};
	struct process_info info = {.uid = 99, .egid = 98};

	(void)state;
	for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
		assert_false(task_credentials_parse(halves[i], strlen(halves[i]), &info));
	assert_int_equal(info.uid, 99);
	assert_int_equal(info.egid, 98);
	assert_true(task_credentials_parse(status, sizeof status - 1, &info));
	assert_int_equal(info.uid, 7);
	assert_int_equal(info.euid, 8);
	assert_int_equal(info.gid, 17);
	assert_int_equal(info.egid, 18);
}

static void status_gives_tracer_and_page_tables(void **state)
{
	static const char status[] = "Name:\tTracerPid:\t9\nTracerPid:\t77\nVmPTE:\t     132 kB\n";
	struct process_info info = {0};

	(void)state;
	process_status_parse(status, sizeof status - 1, &info);
	assert_int_equal(info.tracer, 77);
	assert_int_equal(info.page_table_bytes, 132 * 1024);
	process_status_parse("VmPTE:\t18446744073709551615 kB\n", 31, &info);
	assert_int_equal(info.page_table_bytes, 132 * 1024);
}

static void arguments_end_in_nul(void **state)
{
	struct text argument[4];

	(void)state;
	assert_int_equal(process_cmdline_parse("ls\0\0a\nb\0", 8, argument), 3);
	assert_true(text_equal(argument[0], text_of("ls")));
	assert_true(text_equal(argument[1], text_of("")));
	assert_true(text_equal(argument[2], text_of("a\nb")));
	assert_int_equal(process_cmdline_parse("title", 5, argument), 1);
	assert_true(text_equal(argument[0], text_of("title")));
	assert_int_equal(process_cmdline_parse("", 0, argument), 0);
	assert_int_equal(process_cmdline_parse(NULL, 0, NULL), 0);
}

/* argc and argv as they lie on the stack tell empty arguments from what a title leaves over. */
static void the_stack_tells_of_empty_arguments(void **state)
{
	static const uint64_t wide[] = {3, 0x7ff0, 0x7ff3, 0x7ff4, 0};
	static const uint32_t narrow[] = {3, 0xfff0, 0xfff3, 0xfff4, 0};
	static const uint64_t title[] = {3, 0x7ff0, 0x7ff1, 0x7ff4, 0}, more[] = {4, 0x7ff0};
	struct text argument[3];

	(void)state;
	assert_int_equal(process_cmdline_parse("ls\0\0\0", 5, argument), 3);
	assert_true(process_arguments_agree(argument, 3, wide, sizeof wide));
	assert_true(process_arguments_agree(argument, 3, narrow, sizeof narrow));
	assert_false(process_arguments_agree(argument, 3, title, sizeof title));
	assert_false(process_arguments_agree(argument, 3, more, sizeof more));
	assert_false(process_arguments_agree(argument, 3, wide, 16));
}

static void cgroup_prefers_the_unified_path(void **state)
{
	static const struct {
		const char *text, *path;
	} known[] = {
		{"0::/user.slice/a:b\n", "/user.slice/a:b"},
		{"4:memory:/m\n3:cpu,cpuacct:/\n0::/\n", "/m"},
		{"4:memory:/m\n0::/u\n", "/u"},
		{"1:name=systemd:/\n0::/\n", "/"},
		{"no cgroup line\n", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		struct text t = process_cgroup_parse(known[i].text, strlen(known[i].text));

		assert_true(text_equal(t, text_of(known[i].path)));
	}
}

static void namespace_is_the_inode_in_brackets(void **state)
{
	(void)state;
	assert_int_equal(process_namespace_parse("mnt:[4026531832]", 16), 4026531832u);
	assert_int_equal(process_namespace_parse("mnt:[4026531832", 15), 0);
	assert_int_equal(process_namespace_parse("mnt:[x]", 7), 0);
	assert_int_equal(process_namespace_parse("mnt", 3), 0);
	assert_int_equal(process_namespace_parse(NULL, 0), 0);
}

/* A family with known relations; the executable of each is a link in the tree. */
static struct process_entry member(pid_t pid, pid_t parent, uint64_t start, char letter)
{
	return (struct process_entry){
		.id = {.pid = pid, .start_ticks = start}, .ppid = parent, .state = letter};
}

static const struct {
	pid_t pid, parent;
	uint64_t start;
	char state;
} relatives[] = {
	{1, 0, 1, 'S'},
	{2, 0, 1, 'S'},
	{10, 1, 10, 'S'},
	{20, 10, 20, 'S'},
	{21, 10, 25, 'S'},
	{22, 10, 25, 'Z'},
	{30, 20, 30, 'S'},
	{40, 1, 40, 'S'},
	{41, 40, 41, 'S'},
	{42, 40, 42, 'S'},
	{43, 40, 43, 'S'},
	{50, 999, 50, 'S'},
	{60, 1, 60, 'S'},
	{70, 1, 70, 'S'},
	{71, 1, 71, 'S'},
	{80, 1, 80, 'S'},
};
#define RELATIVES (sizeof relatives / sizeof *relatives)

static void write_executables(struct tree *t)
{
	tree_link(t, "1/exe", "/sbin/init");
	tree_link(t, "70/exe", "/bin/daemon");
	tree_link(t, "71/exe", "/bin/daemon");
	tree_link(t, "80/exe", "/sbin/init");
	tree_link(t, "20/exe", "/bin/a");
	tree_link(t, "30/exe", "/bin/a");
	tree_link(t, "40/exe", "/bin/server");
	tree_link(t, "41/exe", "/bin/worker");
	tree_link(t, "42/exe", "/bin/worker");
	tree_link(t, "43/exe", "/bin/helper");
}

static void the_nearest_relative_is_chosen_in_order(void **state)
{
	struct process_entry entry[RELATIVES];
	const struct process_list list = {.n = RELATIVES, .entry = entry};
	struct tree *t = tree_new();
	const struct proc_root *root = tree_root(t);

	(void)state;
	for (size_t i = 0; i < RELATIVES; i++)
		entry[i] = member(relatives[i].pid, relatives[i].parent, relatives[i].start,
			relatives[i].state);
	write_executables(t);
	assert_int_equal(process_nearest(root, &list, 10), 21); /* newest child that lives */
	assert_int_equal(process_nearest(root, &list, 30), 20); /* parent, same executable */
	assert_int_equal(process_nearest(root, &list, 41), 42); /* sibling, same executable */
	assert_int_equal(process_nearest(root, &list, 43), 40); /* parent after all */
	assert_int_equal(process_nearest(root, &list, 60), 0);	/* a daemon: its parent is PID 1 */
	assert_int_equal(process_nearest(root, &list, 71), 70); /* two of one daemon */
	assert_int_equal(process_nearest(root, &list, 80), 1);	/* PID 1 forked itself */
	assert_int_equal(process_nearest(root, &list, 50), 0);	/* its parent cannot be seen */
	assert_int_equal(process_nearest(root, &list, 2), 0);
	assert_int_equal(process_nearest(root, &list, 12345), 0);
	tree_free(t);
}

static void write_stat(struct tree *t, pid_t pid, pid_t tid, pid_t parent, uint64_t start,
	char letter, int threads)
{
	char path[64];

	snprintf(path, sizeof path, "%d/task/%d/stat", (int)pid, (int)tid);
	tree_file(t, path,
		"%d (x) %c %d 1 1 0 -1 %u 0 0 0 0 0 0 0 0 20 0 %d 0 %llu 0 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		(int)tid, letter, (int)parent, letter == 'Z' ? TASK_EXITING : 0, threads,
		(unsigned long long)start);
}

/* Those whose parent it is, as the kernel writes them for its main thread. */
static void write_children(struct tree *t, pid_t pid)
{
	struct textbuf text = {0};
	char path[64];

	textbuf_adds(&text, "");
	for (size_t i = 0; i < RELATIVES; i++)
		if (relatives[i].parent == pid)
			textbuf_addf(&text, "%d ", (int)relatives[i].pid);
	snprintf(path, sizeof path, "%d/task/%d/children", (int)pid, (int)pid);
	tree_file(t, path, "%s", text.len ? text.bytes : "");
	textbuf_free(&text);
}

static struct tree *tree_of_relatives(void)
{
	struct tree *t = tree_new();

	for (size_t i = 0; i < RELATIVES; i++) {
		write_stat(t, relatives[i].pid, relatives[i].pid, relatives[i].parent,
			relatives[i].start, relatives[i].state, 1);
		write_children(t, relatives[i].pid);
	}
	write_executables(t);
	return t;
}

static pid_t find_nearest(const struct tree *t, pid_t pid)
{
	pid_t nearest = -1;

	assert_int_equal(process_nearest_find(tree_root(t), pid, &nearest), 0);
	return nearest;
}

/* However many others there are: the same one is found by a look at the family alone. */
static void the_nearest_relative_is_found_in_the_family(void **state)
{
	struct process_entry entry[RELATIVES];
	const struct process_list list = {.n = RELATIVES, .entry = entry};
	struct tree *t = tree_of_relatives();

	(void)state;
	for (size_t i = 0; i < RELATIVES; i++)
		entry[i] = member(relatives[i].pid, relatives[i].parent, relatives[i].start,
			relatives[i].state);
	for (size_t i = 0; i < RELATIVES; i++)
		assert_int_equal(find_nearest(t, relatives[i].pid),
			process_nearest(tree_root(t), &list, relatives[i].pid));
	assert_int_equal(find_nearest(t, 12345), 0);
	tree_free(t);
}

/* A main thread that has ended is no end while another thread lives. */
static void a_relative_whose_main_thread_has_ended_still_is_one(void **state)
{
	struct tree *t = tree_of_relatives();

	(void)state;
	write_stat(t, 21, 21, 10, 25, 'Z', 2);
	write_stat(t, 21, 29, 10, 26, 'S', 2);
	assert_int_equal(find_nearest(t, 10), 21);
	write_stat(t, 21, 29, 10, 26, 'Z', 2);
	assert_int_equal(find_nearest(t, 10), 20);
	tree_free(t);
}

static void who_could_not_be_read_may_have_been_the_nearest(void **state)
{
	struct tree *t = tree_of_relatives();
	pid_t nearest = -1;
	char path[256];

	(void)state;
	tree_file(t, "22/task/22/stat", "no stat line\n");
	assert_int_equal(find_nearest(t, 10), 21); /* there is one all the same */
	tree_file(t, "71/task/71/stat", "no stat line\n");
	assert_int_equal(process_nearest_find(tree_root(t), 60, &nearest), -EINVAL);
	snprintf(path, sizeof path, "%s/10/task/10/children", tree_path(t));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(process_nearest_find(tree_root(t), 10, &nearest), -EOPNOTSUPP);
	assert_int_equal(nearest, -1);
	tree_free(t);
}

/* Numbers wrapped between two births within one clock tick. */
static void of_two_of_one_tick_the_later_is_nearest(void **state)
{
	struct process_entry entry[] = {member(10, 1, 10, 'S'), member(20, 10, 30, 'S'),
		member(90, 10, 30, 'S'), member(95, 10, 29, 'S')};
	struct process_list list = {.n = 4, .entry = entry};
	struct tree *t = tree_new();

	(void)state;
	assert_int_equal(process_nearest(tree_root(t), &list, 10), 90); /* nothing tells */
	tree_file(t, "10/task/10/children", "95 90 20 ");
	assert_int_equal(process_nearest(tree_root(t), &list, 10), 20);
	tree_free(t);
}

static void we_are_never_the_nearest(void **state)
{
	struct process_entry entry[] = {member(1, 0, 1, 'S'), member(getpid(), 1, 9, 'R')};
	struct process_list list = {.n = 2, .entry = entry};
	struct tree *t = tree_new();

	char self[16];

	(void)state;
	snprintf(self, sizeof self, "%d", (int)getpid());
	tree_link(t, "self", self);
	assert_int_equal(process_nearest(tree_root(t), &list, 1), 0);
	assert_int_equal(process_nearest(tree_root(t), &list, getpid()), 0);
	tree_free(t);
}

static void libproc2_speaks_of_the_kernels_root_alone(void **state)
{
	struct tree *t = tree_new();
	struct process_reader *r;

	(void)state;
	assert_int_equal(process_reader_new(tree_root(t), &r), -EOPNOTSUPP);
	tree_free(t);
	process_reader_free(NULL);
}

static void terminals_are_named_by_their_numbers(void **state)
{
	static const char drivers[] =
		"/dev/tty             /dev/tty        5       0 system:/dev/tty\n"
		"/dev/console         /dev/console    5       1 system:console\n"
		"serial               /dev/ttyS       4 64-111 serial\n"
		"ttyUSB               /dev/ttyUSB   188 0-511 serial\n"
		"pty_slave            /dev/pts      136 0-1048575 pty:slave\n"
		"odd\n"
		"unknown              /dev/tty        4 1-63 console\n";
	static const struct {
		unsigned number;
		const char *name;
	} tty[] = {{0x8800, "pts/0"}, {0x8803, "pts/3"}, {0x108801, "pts/257"}, {0x0401, "tty1"},
		{0x043f, "tty63"}, {0x0440, "ttyS0"}, {0x0443, "ttyS3"}, {0xbc02, "ttyUSB2"},
		{0x0501, "console"}, {0x0600, ""}};
	struct textbuf name = {0};

	(void)state;
	for (size_t i = 0; i < sizeof tty / sizeof *tty; i++) {
		textbuf_clear(&name);
		tty_name(text_of(drivers), tty[i].number, &name);
		assert_true(text_equal((struct text){name.bytes, name.len}, text_of(tty[i].name)));
	}
	textbuf_clear(&name);
	tty_name(text_of(""), 0x8803, &name);
	assert_string_equal(name.bytes, "pts/3");
	textbuf_free(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terminals_are_named_by_their_numbers),
		cmocka_unit_test(io_is_read_by_its_keys),
		cmocka_unit_test(status_gives_user_and_group),
		cmocka_unit_test(status_gives_tracer_and_page_tables),
		cmocka_unit_test(arguments_end_in_nul),
		cmocka_unit_test(the_stack_tells_of_empty_arguments),
		cmocka_unit_test(cgroup_prefers_the_unified_path),
		cmocka_unit_test(namespace_is_the_inode_in_brackets),
		cmocka_unit_test(the_nearest_relative_is_chosen_in_order),
		cmocka_unit_test(the_nearest_relative_is_found_in_the_family),
		cmocka_unit_test(a_relative_whose_main_thread_has_ended_still_is_one),
		cmocka_unit_test(who_could_not_be_read_may_have_been_the_nearest),
		cmocka_unit_test(of_two_of_one_tick_the_later_is_nearest),
		cmocka_unit_test(we_are_never_the_nearest),
		cmocka_unit_test(libproc2_speaks_of_the_kernels_root_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
