/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers read, hang by themselves, and come back. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/base/clock.h"
#include "twintop/proc/helper.h"

#define PAGE	    4096u
#define FAR	    (64 * PAGE) /* more than a fault brings at once */
#define SHORT_NS    50000000u
#define GENEROUS_NS 20000000000u

static int open_root(void **state)
{
	struct proc_root *root;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	*state = root;
	return 0;
}

static int close_root(void **state)
{
	proc_root_close(*state);
	return 0;
}

static bool has_page(const char *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	assert_int_equal(pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)at / PAGE * 8)), 8);
	close(fd);
	return entry >> 63;
}

static void ranges_come_but_for_those_that_are_not_there(void **state)
{
	enum { MANY = 3000 };
	static uint64_t here[MANY];
	static struct helper_range range[MANY];
	uint64_t *there =
		mmap(NULL, MANY * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(there != MAP_FAILED);
	for (size_t i = 0; i < MANY; i++) {
		uint64_t *at = there + i * (PAGE / sizeof *there);

		*at = i + 1;
		range[i] = (struct helper_range){
			(uintptr_t)at, &here[i], sizeof here[i], false, false};
	}
	for (size_t i = 7; i < MANY; i += 100)
		munmap((char *)there + i * PAGE, PAGE);
	assert_int_equal(helper_read_memory(*state, getpid(), range, MANY), 0);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(range[i].read, i % 100 != 7);
		assert_int_equal(here[i], range[i].read ? i + 1 : 0);
	}
	munmap(there, MANY * PAGE);
}

/* Memory, and a file in memory, of which the first page is touched. */
static void pages_that_nobody_touched_stay_so(void **state)
{
	static char here[PAGE], empty[FAR + PAGE];
	int fd = memfd_create("x", MFD_CLOEXEC);

	assert_int_equal(write(fd, empty, sizeof empty), sizeof empty);
	for (int i = 0; i < 2; i++) {
		char *there = mmap(NULL, sizeof empty, PROT_READ | PROT_WRITE,
			i ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, i ? fd : -1, 0);
		struct helper_range range[] = {
			{(uintptr_t)there + FAR, here, 16, false, false},
			{(uintptr_t)there, here, PAGE, false, false},
			{(uintptr_t)there + FAR - 8, here, 16, false, false},
		};

		assert_true(there != MAP_FAILED);
		there[0] = 'x';
		assert_int_equal(helper_read_memory(*state, getpid(), range, 3), 0);
		assert_true(range[1].read && here[0] == 'x' && !range[1].absent);
		assert_true(!range[0].read && range[0].absent);
		assert_true(!range[2].read && range[2].absent);
		assert_false(has_page(there + FAR));
		assert_true(has_page(there));
		munmap(there, sizeof empty);
	}
	close(fd);
}

static void a_file_larger_than_an_answer_is_whole(void **state)
{
	struct tree *t = tree_new();
	char *text = malloc(3 * HELPER_BYTES);
	struct textbuf out = {0};

	(void)state;
	for (size_t i = 0; i < 3 * HELPER_BYTES; i++)
		text[i] = (char)('a' + i % 23);
	text[3 * HELPER_BYTES - 1] = '\0';
	tree_file(t, "12/long", "%s", text);
	textbuf_adds(&out, "before");
	assert_int_equal(helper_read_file(tree_root(t), HELPER_DEADLINE_NS, &out, 12, "long"), 0);
	assert_int_equal(out.len, 6 + strlen(text));
	assert_string_equal(out.bytes + 6, text);
	assert_int_equal(
		helper_read_file(tree_root(t), HELPER_DEADLINE_NS, &out, 12, "none"), -ENOENT);
	assert_int_equal(out.len, 6 + strlen(text));
	textbuf_free(&out);
	free(text);
	tree_free(t);
}

static void a_piece_of_a_file_is_whole_or_not_at_all(void **state)
{
	struct tree *t = tree_new();
	char piece[8] = "";

	(void)state;
	tree_file(t, "12/long", "0123456789");
	assert_int_equal(helper_read_piece(tree_root(t), 3, piece, 5, 12, "long"), 0);
	assert_string_equal(piece, "34567");
	assert_int_equal(helper_read_piece(tree_root(t), 6, piece, 5, 12, "long"), -ENODATA);
	assert_int_equal(helper_read_piece(tree_root(t), 0, piece, 5, 12, "none"), -ENOENT);
	assert_string_equal(piece, "34567");
	tree_free(t);
}

/* A FIFO that nobody writes to: who opens it hangs. */
static void make_fifo(const struct tree *t, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", tree_path(t), name);
	assert_int_equal(mkfifo(path, 0600), 0);
}

/* What hangs is late, once; the same of that process at once, of another one it is asked. */
static void what_hangs_is_not_waited_for_twice(void **state)
{
	struct tree *t = tree_new();
	struct textbuf out = {0};
	uint64_t begin_ns;

	(void)state;
	tree_file(t, "12/stat", "12");
	tree_file(t, "13/cmdline", "thirteen");
	make_fifo(t, "12/cmdline");
	assert_int_equal(helper_read_file(tree_root(t), SHORT_NS, &out, 12, "cmdline"), -ETIMEDOUT);
	begin_ns = clock_monotonic_ns();
	assert_int_equal(
		helper_read_file(tree_root(t), GENEROUS_NS, &out, 12, "cmdline"), -ETIMEDOUT);
	assert_true(clock_monotonic_ns() - begin_ns < GENEROUS_NS / 2);
	assert_int_equal(helper_read_file(tree_root(t), GENEROUS_NS, &out, 13, "cmdline"), 0);
	assert_string_equal(out.bytes, "thirteen");
	textbuf_free(&out);
	tree_free(t);
}

/* Our newest child, by its name. */
static pid_t helper_pid(const struct proc_root *root)
{
	struct textbuf children = {0}, name = {0};
	pid_t pid = 0;

	assert_int_equal(proc_read(root, &children, "self/task/%d/children", (int)getpid()), 0);
	for (char *at = strtok(children.bytes, " "); at; at = strtok(NULL, " "))
		pid = (pid_t)atoi(at);
	assert_true(pid > 0);
	assert_int_equal(proc_read(root, &name, "%d/comm", (int)pid), 0);
	assert_string_equal(name.bytes, "twintop-helper\n");
	textbuf_free(&children);
	textbuf_free(&name);
	return pid;
}

static int read_self(const struct proc_root *root)
{
	struct textbuf out = {0};
	int error = helper_read_file(root, GENEROUS_NS, &out, getpid(), "stat");

	assert_true(error || out.len > 0);
	textbuf_free(&out);
	return error;
}

static void one_that_somebody_ends_is_replaced(void **state)
{
	pid_t first, second;

	assert_int_equal(read_self(*state), 0);
	first = helper_pid(*state);
	assert_int_equal(read_self(*state), 0);
	assert_int_equal(helper_pid(*state), first);
	assert_int_equal(kill(first, SIGKILL), 0);
	assert_int_equal(read_self(*state), 0);
	second = helper_pid(*state);
	assert_int_not_equal(second, first);
}

/* What it held open nobody else could see the end of, while it hangs. */
static void it_holds_nothing_of_ours_open(void **state)
{
	int pipe_end[2], *fd = NULL;
	size_t n = 0, below = 0;
	struct rlimit limit;

	assert_int_equal(pipe(pipe_end), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(read_self(*state), 0);
	assert_int_equal(proc_list_numbers(*state, &fd, &n, "%d/fd", (int)helper_pid(*state)), 0);
	/* Valgrind has its own beyond the limit that it leaves us. */
	while (below < n && (rlim_t)fd[below] < limit.rlim_cur)
		below++;
	assert_int_equal(below, 2); /* /proc, and the way to us */
	for (size_t i = 0; i < below; i++)
		assert_true(fd[i] > 2 && fd[i] != pipe_end[0] && fd[i] != pipe_end[1]);
	free(fd);
	close(pipe_end[0]);
	close(pipe_end[1]);
}

/* It ends with its root, without being killed. */
static void it_ends_with_the_root(void **state)
{
	uint64_t until = clock_monotonic_ns() + GENEROUS_NS;
	struct proc_root *root;
	struct textbuf state_line = {0};
	pid_t pid;
	bool ended = false;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_int_equal(read_self(root), 0);
	pid = helper_pid(root);
	proc_root_close(root);
	while (!ended && clock_monotonic_ns() < until) {
		textbuf_clear(&state_line);
		ended = proc_read(*state, &state_line, "%d/stat", (int)pid) ||
			strstr(state_line.bytes, ") Z ") || strstr(state_line.bytes, ") X ");
		clock_sleep_ns(1000000);
	}
	assert_true(ended);
	textbuf_free(&state_line);
}

static void file_systems_have_their_type(void **state)
{
	uint64_t type = 0;
	int fd = memfd_create("x", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(helper_fs_type(*state, getpid(), fd, &type), 0);
	assert_int_equal(type, 0x01021994); /* TMPFS_MAGIC */
	close(fd);
	assert_int_equal(helper_fs_type(*state, getpid(), fd, &type), -ENOENT);
}

#define WITH_ROOT(test) cmocka_unit_test_setup_teardown(test, open_root, close_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ROOT(ranges_come_but_for_those_that_are_not_there),
		WITH_ROOT(pages_that_nobody_touched_stay_so),
		cmocka_unit_test(a_file_larger_than_an_answer_is_whole),
		cmocka_unit_test(a_piece_of_a_file_is_whole_or_not_at_all),
		cmocka_unit_test(what_hangs_is_not_waited_for_twice),
		WITH_ROOT(one_that_somebody_ends_is_replaced),
		WITH_ROOT(it_holds_nothing_of_ours_open),
		WITH_ROOT(it_ends_with_the_root),
		WITH_ROOT(file_systems_have_their_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
