/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tree.h"
#include "twintop/proc/caps.h"

static struct proc_root *kernel_root(void)
{
	struct proc_root *root;

	assert_int_equal(proc_root_open(NULL, &root), 0);
	return root;
}

static void every_item_is_settled_by_the_probe(void **state)
{
	struct proc_root *root = kernel_root();
	struct access access;

	(void)state;
	memset(&access, 0xff, sizeof access);
	assert_int_equal(caps_probe(root, NULL, &access), 0);
	for (int i = 0; i < ACCESS_ITEMS; i++)
		assert_true(access.state[i] == VALUE_KNOWN || access.state[i] == VALUE_DENIED ||
			    access.state[i] == VALUE_UNSUPPORTED);
	/* Every kernel that we run on gives us our own pagemap. */
	assert_int_equal(access.state[ACCESS_PAGEMAP], VALUE_KNOWN);
	proc_root_close(root);
}

static void each_item_can_be_held_back(void **state)
{
	struct proc_root *root = kernel_root();
	struct access free_access, access;

	(void)state;
	assert_int_equal(caps_probe(root, "", &free_access), 0);
	for (int i = 0; i < ACCESS_ITEMS; i++) {
		assert_int_equal(caps_probe(root, access_item_name[i], &access), 0);
		for (int j = 0; j < ACCESS_ITEMS; j++) {
			bool follows = i == ACCESS_PAGEMAP &&
				       (j == ACCESS_FRAMES || j == ACCESS_PAGEMAP_SCAN);

			if (i == j || follows)
				assert_int_equal(access.state[j], VALUE_DENIED);
			else
				assert_int_equal(access.state[j], free_access.state[j]);
		}
	}
	assert_int_equal(caps_probe(root, "kcmp,syscall,perf", &access), 0);
	assert_int_equal(access.state[ACCESS_KCMP], VALUE_DENIED);
	assert_int_equal(access.state[ACCESS_SYSCALL], VALUE_DENIED);
	assert_int_equal(access.state[ACCESS_PERF], VALUE_DENIED);
	proc_root_close(root);
}

static void a_name_that_is_none_is_an_error(void **state)
{
	static const char *const bad[] = {
		"frame", "framesx", "frames,", ",frames", "frames,,kcmp", "Frames", " frames"};
	struct proc_root *root = kernel_root();
	struct access access, untouched;

	(void)state;
	memset(&access, 0x5a, sizeof access);
	untouched = access;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(caps_probe(root, bad[i], &access), -EINVAL);
	assert_memory_equal(&access, &untouched, sizeof access);
	proc_root_close(root);
}

static void another_root_has_no_capabilities(void **state)
{
	struct tree *t = tree_new();
	struct access access;

	(void)state;
	assert_int_equal(caps_probe(tree_root(t), NULL, &access), 0);
	for (int i = 0; i < ACCESS_ITEMS; i++)
		assert_int_equal(access.state[i], VALUE_UNSUPPORTED);
	assert_int_equal(caps_zero_frame(tree_root(t), &access), 0);
	tree_free(t);
}

static void the_zero_page_has_one_frame(void **state)
{
	struct proc_root *root = kernel_root();
	struct access access;
	uint64_t frame;

	(void)state;
	assert_int_equal(caps_probe(root, NULL, &access), 0);
	frame = caps_zero_frame(root, &access);
	if (access.state[ACCESS_FRAMES] == VALUE_KNOWN)
		assert_int_not_equal(frame, 0);
	assert_int_equal(caps_zero_frame(root, &access), frame);
	access.state[ACCESS_FRAMES] = VALUE_DENIED;
	assert_int_equal(caps_zero_frame(root, &access), 0);
	proc_root_close(root);
}

/* How often part stands in whole. */
static int occurrences(const char *whole, const char *part)
{
	int n = 0;

	while ((whole = strstr(whole, part))) {
		whole += strlen(part);
		n++;
	}
	return n;
}

static void the_report_tells_each_remedy_once(void **state)
{
	struct access access;
	struct textbuf out = {0};

	(void)state;
	for (int i = 0; i < ACCESS_ITEMS; i++)
		access.state[i] = VALUE_DENIED;
	caps_report(&access, "/opt/x\x1b[2J/twintop", &out);
	assert_int_equal(occurrences(out.bytes, "setcap"), 1);
	assert_int_equal(occurrences(out.bytes, "kernel.yama.ptrace_scope=0"), 1);
	assert_int_equal(occurrences(out.bytes, "kernel.perf_event_paranoid=2"), 1);
	assert_non_null(strstr(out.bytes, "+ep /opt/x\\e[2J/twintop"));
	assert_null(strchr(out.bytes, '\x1b'));
	for (int i = 0; i < ACCESS_ITEMS; i++)
		assert_non_null(strstr(out.bytes, access_item_name[i]));
	textbuf_free(&out);
}

static void the_report_asks_for_nothing_where_all_works(void **state)
{
	struct access access = {.state = {VALUE_KNOWN}};
	struct textbuf out = {0};

	(void)state;
	caps_report(&access, "twintop", &out);
	assert_null(strstr(out.bytes, "sudo"));
	assert_non_null(strstr(out.bytes, "exact"));
	textbuf_clear(&out);
	access.state[ACCESS_FRAMES] = VALUE_DENIED;
	caps_report(&access, "twintop", &out);
	assert_non_null(strstr(out.bytes, "flags only"));
	assert_non_null(strstr(out.bytes, "sudo setcap"));
	textbuf_free(&out);
}

static void every_item_has_its_advice(void **state)
{
	(void)state;
	assert_int_equal(caps_advice_n, ACCESS_ITEMS);
	for (size_t i = 0; i < caps_advice_n; i++)
		assert_int_equal(caps_advice[i].item, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_item_is_settled_by_the_probe),
		cmocka_unit_test(each_item_can_be_held_back),
		cmocka_unit_test(a_name_that_is_none_is_an_error),
		cmocka_unit_test(another_root_has_no_capabilities),
		cmocka_unit_test(the_zero_page_has_one_frame),
		cmocka_unit_test(the_report_tells_each_remedy_once),
		cmocka_unit_test(the_report_asks_for_nothing_where_all_works),
		cmocka_unit_test(every_item_has_its_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
