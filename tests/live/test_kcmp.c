/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two tasks share, told by kcmp(2), where it is known what they share. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/model/card.h"
#include "twintop/proc/kcmp.h"

static void skip_without_kcmp(void)
{
	if (kcmp_files(getpid(), 0, getpid(), 0) >= 0)
		return;
	print_message("skipped: kcmp(2) is not to be had here\n");
	skip();
}

static void assert_item(
	const struct shares *s, enum share_item item, enum value_state state, bool shared)
{
	if (s->state[item] == state && s->shared[item] == shared)
		return;
	fail_msg("%s: %s, shared %d", card_info[item].id, value_state_name(s->state[item]),
		s->shared[item]);
}

static void threads_share_all_but_an_io_context(void **state)
{
	struct specimen *s;
	struct shares shares;

	(void)state;
	skip_without_kcmp();
	s = specimen_start("process", "family", NULL);
	kcmp_shares(specimen_pid(s), (pid_t)specimen_number(s, "tid"), &shares);
	assert_item(&shares, SHARE_VM, VALUE_KNOWN, true);
	assert_item(&shares, SHARE_FILES, VALUE_KNOWN, true);
	assert_item(&shares, SHARE_FS, VALUE_KNOWN, true);
	assert_item(&shares, SHARE_SIGHAND, VALUE_KNOWN, true);
	assert_item(&shares, SHARE_SYSVSEM, VALUE_KNOWN, true);
	/* Neither has made one yet, or each has its own: never "shared". */
	assert_false(shares.shared[SHARE_IO]);
	specimen_stop(s);
}

static void parent_and_child_share_none_of_it(void **state)
{
	struct specimen *s;
	struct shares shares;

	(void)state;
	skip_without_kcmp();
	s = specimen_start("process", "family", NULL);
	/* Twice: the second time the null pointers are known from the first. */
	for (int i = 0; i < 2; i++) {
		kcmp_shares((pid_t)specimen_number(s, "child"),
			(pid_t)specimen_number(s, "thread_child"), &shares);
		assert_item(&shares, SHARE_VM, VALUE_KNOWN, false);
		assert_item(&shares, SHARE_FILES, VALUE_KNOWN, false);
		assert_item(&shares, SHARE_FS, VALUE_KNOWN, false);
		assert_item(&shares, SHARE_SIGHAND, VALUE_KNOWN, false);
		/* Both lack an undo list: equal pointers, yet nothing is shared. */
		assert_item(&shares, SHARE_SYSVSEM, VALUE_NONE, false);
	}
	specimen_stop(s);
}

static void the_dead_share_nothing(void **state)
{
	struct specimen *s;
	struct shares shares;

	(void)state;
	skip_without_kcmp();
	s = specimen_start("process", "ending", NULL);
	specimen_say(s, "start");
	specimen_say(s, "exit");
	kcmp_shares(specimen_pid(s), (pid_t)specimen_number(s, "child"), &shares);
	assert_item(&shares, SHARE_VM, VALUE_KNOWN, false);
	specimen_say(s, "reap");
	kcmp_shares(specimen_pid(s), 2147483647, &shares);
	for (int i = 0; i < SHARE_ITEMS; i++)
		assert_item(&shares, i, VALUE_GONE, false);
	specimen_stop(s);
}

static void a_forked_descriptor_is_one_description(void **state)
{
	struct specimen *s;
	pid_t parent, child;

	(void)state;
	skip_without_kcmp();
	s = specimen_start("process", "family", NULL);
	parent = specimen_pid(s);
	child = (pid_t)specimen_number(s, "child");
	assert_int_equal(kcmp_files(parent, 0, child, 0), 0);
	assert_int_equal(kcmp_files(parent, 1, child, 1), 0);
	assert_int_not_equal(kcmp_files(parent, 0, child, 1), 0);
	assert_int_equal(kcmp_files(parent, 900, child, 0), -EBADF);
	specimen_stop(s);
}

static void compare_with_a_stranger(void *context)
{
	struct shares shares;

	kcmp_shares(getpid(), *(const pid_t *)context, &shares);
	for (int i = 0; i < SHARE_ITEMS; i++)
		assert_item(&shares, i, VALUE_DENIED, false);
	assert_int_equal(kcmp_files(getpid(), 0, *(const pid_t *)context, 0), -EPERM);
}

static void another_users_process_is_denied(void **state)
{
	struct specimen *s;
	pid_t pid;

	(void)state;
	skip_without_kcmp();
	if (geteuid() != 0) {
		print_message("skipped: only root can become another user\n");
		skip();
	}
	s = specimen_start("process", "plain", NULL);
	pid = specimen_pid(s);
	as_nobody(compare_with_a_stranger, &pid);
	specimen_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_all_but_an_io_context),
		cmocka_unit_test(parent_and_child_share_none_of_it),
		cmocka_unit_test(the_dead_share_nothing),
		cmocka_unit_test(a_forked_descriptor_is_one_description),
		cmocka_unit_test(another_users_process_is_denied),
	};

	return live_run(tests, NULL, NULL);
}
