/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tree.h"

static int begin(void **state)
{
	struct tree *t = tree_new();

	tree_file(t, "12/comm", "twelve\n");
	tree_file(t, "12/empty", "%s", "");
	tree_file(t, "7/comm", "seven\n");
	tree_file(t, "100/task/101/comm", "thread\n");
	tree_file(t, "12x", "no number");
	tree_file(t, "99999999999", "no PID");
	tree_file(t, "self/comm", "x");
	tree_link(t, "12/exe", "/bin/odd\nname (deleted)");
	*state = t;
	return 0;
}

static int end(void **state)
{
	tree_free(*state);
	return 0;
}

static void reads_whole_files_below_the_root(void **state)
{
	const struct proc_root *root = tree_root(*state);
	struct textbuf b = {0};

	textbuf_adds(&b, "before ");
	assert_int_equal(proc_read(root, &b, "%d/%s", 12, "comm"), 0);
	assert_string_equal(b.bytes, "before twelve\n");
	assert_int_equal(proc_read(root, &b, "12/empty"), 0);
	assert_string_equal(b.bytes, "before twelve\n");
	textbuf_free(&b);
}

static void reads_files_larger_than_one_chunk(void **state)
{
	struct tree *t = *state;
	struct textbuf b = {0};
	char *large = malloc(100001);

	assert_non_null(large);
	memset(large, 'x', 100000);
	large[100000] = '\0';
	tree_file(t, "large", "%s", large);
	assert_int_equal(proc_read(tree_root(t), &b, "large"), 0);
	assert_int_equal(b.len, 100000);
	assert_string_equal(b.bytes, large);
	free(large);
	textbuf_free(&b);
}

static void leaves_the_output_alone_on_failure(void **state)
{
	const struct proc_root *root = tree_root(*state);
	struct textbuf b = {0};

	textbuf_adds(&b, "kept");
	assert_int_equal(proc_read(root, &b, "13/comm"), -ENOENT);
	assert_int_equal(proc_read(root, &b, "12"), -EISDIR);
	assert_int_equal(proc_read_fd(-1, &b), -EBADF);
	assert_int_equal(proc_readlink(root, &b, "12/comm"), -EINVAL);
	assert_int_equal(proc_readlink(root, &b, "13/exe"), -ENOENT);
	assert_string_equal(b.bytes, "kept");
	textbuf_free(&b);
}

static void opens_nothing_outside_by_absolute_or_endless_names(void **state)
{
	const struct proc_root *root = tree_root(*state);
	char endless[1000];
	int *numbers;
	size_t n;

	memset(endless, 'a', sizeof endless - 1);
	endless[sizeof endless - 1] = '\0';
	assert_int_equal(proc_open(root, O_RDONLY, "/etc/passwd"), -EINVAL);
	assert_int_equal(proc_open(root, O_RDONLY, "%s", endless), -ENAMETOOLONG);
	assert_int_equal(proc_list_numbers(root, &numbers, &n, "/proc"), -EINVAL);
}

static void descriptors_close_on_exec(void **state)
{
	int fd = proc_open(tree_root(*state), O_RDONLY, "12/comm");

	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void links_are_read_raw(void **state)
{
	struct textbuf b = {0};

	assert_int_equal(proc_readlink(tree_root(*state), &b, "%d/exe", 12), 0);
	assert_string_equal(b.bytes, "/bin/odd\nname (deleted)");
	textbuf_free(&b);
}

static void lists_numbers_in_order(void **state)
{
	const struct proc_root *root = tree_root(*state);
	int *numbers = NULL;
	size_t n = 77;

	assert_int_equal(proc_list_numbers(root, &numbers, &n, "."), 0);
	assert_int_equal(n, 3);
	assert_int_equal(numbers[0], 7);
	assert_int_equal(numbers[1], 12);
	assert_int_equal(numbers[2], 100);
	free(numbers);
	numbers = NULL;
	assert_int_equal(proc_list_numbers(root, &numbers, &n, "%d/task", 100), 0);
	assert_int_equal(n, 1);
	free(numbers);
	assert_int_equal(proc_list_numbers(root, &numbers, &n, "12"), 0);
	assert_int_equal(n, 0);
	free(numbers);
	assert_int_equal(proc_list_numbers(root, &numbers, &n, "12/comm"), -ENOTDIR);
	assert_int_equal(proc_list_numbers(root, &numbers, &n, "55"), -ENOENT);
}

static void knows_the_kernels_own(void **state)
{
	struct proc_root *root;

	assert_false(proc_root_is_kernel(tree_root(*state)));
	assert_int_equal(proc_root_open(NULL, &root), 0);
	assert_true(proc_root_is_kernel(root));
	proc_root_close(root);
	proc_root_close(NULL);
	assert_int_equal(proc_root_open("/nonexistent/proc", &root), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_whole_files_below_the_root, begin, end),
		cmocka_unit_test_setup_teardown(reads_files_larger_than_one_chunk, begin, end),
		cmocka_unit_test_setup_teardown(leaves_the_output_alone_on_failure, begin, end),
		cmocka_unit_test_setup_teardown(
			opens_nothing_outside_by_absolute_or_endless_names, begin, end),
		cmocka_unit_test_setup_teardown(descriptors_close_on_exec, begin, end),
		cmocka_unit_test_setup_teardown(links_are_read_raw, begin, end),
		cmocka_unit_test_setup_teardown(lists_numbers_in_order, begin, end),
		cmocka_unit_test_setup_teardown(knows_the_kernels_own, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
