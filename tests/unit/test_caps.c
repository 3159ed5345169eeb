/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/fixtures/zero_page.h"
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
		assert_int_equal(frame != 0, maps_zero_page());
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

static const struct caps_program open_to_all = {.path = "/opt/twintop", .mode = S_IFREG | 0755};

static void deny_all(struct access *ret_access)
{
	for (int i = 0; i < ACCESS_ITEMS; i++)
		ret_access->state[i] = VALUE_DENIED;
}

static void the_report_tells_each_remedy_once(void **state)
{
	struct access access;
	struct textbuf out = {0};

	(void)state;
	deny_all(&access);
	caps_report(&access, &open_to_all, &out);
	assert_int_equal(occurrences(out.bytes, "sudo setcap"), 1);
	assert_int_equal(occurrences(out.bytes, ":\n      sudo /opt/twintop\n"), 2);
	assert_int_equal(occurrences(out.bytes, "kernel.yama.ptrace_scope=0"), 1);
	assert_int_equal(occurrences(out.bytes, "kernel.perf_event_paranoid=2"), 1);
	for (int i = 0; i < ACCESS_ITEMS; i++)
		assert_non_null(strstr(out.bytes, access_item_name[i]));
	textbuf_free(&out);
}

static void the_report_asks_for_nothing_where_all_works(void **state)
{
	struct access access = {.state = {VALUE_KNOWN}};
	struct textbuf out = {0};

	(void)state;
	caps_report(&access, &open_to_all, &out);
	assert_null(strstr(out.bytes, "sudo"));
	assert_non_null(strstr(out.bytes, "exact"));
	textbuf_clear(&out);
	access.state[ACCESS_FRAMES] = VALUE_DENIED;
	caps_report(&access, &open_to_all, &out);
	assert_non_null(strstr(out.bytes, "flags only"));
	assert_non_null(strstr(out.bytes, "sudo setcap"));
	textbuf_free(&out);
}

/* Text that stands there, or not. */
static void expect(const struct caps_program *program, const char *text, bool there)
{
	struct access access;
	struct textbuf out = {0};

	deny_all(&access);
	caps_report(&access, program, &out);
	if (!strstr(out.bytes, text) == there)
		fail_msg("'%s' %s: %s", text, there ? "is missing" : "stands there", out.bytes);
	textbuf_free(&out);
}

/* What capabilities of a file give is said, and to whom; one that all may run is closed first. */
static void capabilities_of_a_file_say_to_whom(void **state)
{
	const struct caps_program unknown = {.path = "twintop"};
	const struct caps_program one_group = {
		.path = "/opt/twintop", .mode = S_IFREG | 0750, .owner = 0, .group = 27};
	const struct caps_program others_too = {.path = "/opt/twintop", .mode = S_IFREG | 0701};

	(void)state;
	expect(&open_to_all, "every user of this machine", true);
	expect(&open_to_all,
		"sudo chown root:GROUP /opt/twintop\n      sudo chmod 0750 /opt/twintop\n"
		"      sudo setcap",
		true);
	expect(&others_too, "every user of this machine", true);
	expect(&unknown, "every user of this machine", true);
	expect(&one_group, "every user of this machine", false);
	expect(&one_group, "(mode 0750), that is root, user 0 and group 27", true);
	expect(&one_group, "chmod", false);
	expect(&one_group, "sudo setcap", true);
	expect(&open_to_all, "cap_net_admin", false); /* nothing that is not used */
}

static void root_is_told_of_no_sudo(void **state)
{
	const struct caps_program by_root = {
		.path = "/opt/twintop", .mode = S_IFREG | 0755, .root = true};

	(void)state;
	expect(&by_root, "setcap", false);
	expect(&by_root, "sudo /opt/twintop", false);
	expect(&by_root, "container or service", true);
}

static void commands_name_our_path_as_one_word(void **state)
{
	const struct caps_program plain = {.path = "/usr/local/bin/twintop-1.0_x+y"};
	const struct caps_program blank = {.path = "/opt/two words;reboot/twintop"};
	const struct caps_program quoted = {.path = "/opt/it's/twintop"};
	const struct caps_program hostile = {.path = "/opt/x\x1b[2J/twintop"};

	(void)state;
	expect(&plain, "+ep /usr/local/bin/twintop-1.0_x+y\n", true);
	expect(&blank, "+ep '/opt/two words;reboot/twintop'\n", true);
	expect(&quoted, "+ep '/opt/it'\\''s/twintop'\n", true);
	expect(&hostile, "+ep '/opt/x\\e[2J/twintop'\n", true);
	expect(&hostile, "\x1b", false);
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
		cmocka_unit_test(capabilities_of_a_file_say_to_whom),
		cmocka_unit_test(root_is_told_of_no_sudo),
		cmocka_unit_test(commands_name_our_path_as_one_word),
		cmocka_unit_test(every_item_has_its_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
