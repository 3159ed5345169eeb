/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kcmp(2)'s card over every combination of clone(2) flags that the kernel allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "twintop/proc/kcmp.h"

enum {
	VM = 1,
	FILES = 2,
	FS = 4,
	SIGHAND = 8,
	THREAD = 16,
	PARENT = 32,
	IO = 64,
	SEM = 128,
	FLAGS = 256
};

static const char *const flag_name[] = {
	"vm", "files", "fs", "sighand", "thread", "parent", "io", "sysvsem"};

/* clone(2): CLONE_SIGHAND needs CLONE_VM, CLONE_THREAD needs CLONE_SIGHAND. */
static bool allowed(int flags)
{
	return !((flags & SIGHAND) && !(flags & VM)) && !((flags & THREAD) && !(flags & SIGHAND));
}

static struct specimen *start(int flags)
{
	const char *name[9] = {0};
	int n = 0;

	for (int i = 0; i < 8; i++)
		if (flags >> i & 1)
			name[n++] = flag_name[i];
	return specimen_start("clone", name[0], name[1], name[2], name[3], name[4], name[5],
		name[6], name[7], NULL);
}

static void expect(const struct shares *s, enum share_item item, bool shared)
{
	assert_int_equal(s->state[item], VALUE_KNOWN);
	assert_int_equal(s->shared[item], shared);
}

/* What neither has is none, neither shared nor separate. */
static void expect_or_none(const struct shares *s, enum share_item item, bool shared)
{
	if (shared) {
		expect(s, item, true);
	} else {
		assert_int_equal(s->state[item], VALUE_NONE);
		assert_false(s->shared[item]);
	}
}

static void every_combination_of_flags(void **state)
{
	int tried = 0;

	(void)state;
	for (int flags = 0; flags < FLAGS; flags++) {
		struct specimen *sp;
		struct shares s;

		if (!allowed(flags))
			continue;
		sp = start(flags);
		kcmp_shares(specimen_pid(sp), (pid_t)specimen_number(sp, "child"), &s);
		expect(&s, SHARE_VM, flags & VM);
		expect(&s, SHARE_FILES, flags & FILES);
		expect(&s, SHARE_FS, flags & FS);
		expect(&s, SHARE_SIGHAND, flags & SIGHAND);
		expect_or_none(&s, SHARE_SYSVSEM, flags & SEM);
		expect_or_none(&s, SHARE_IO, flags & IO);
		specimen_stop(sp);
		tried++;
	}
	assert_int_equal(tried, 128);
}

static void vfork_lends_its_memory(void **state)
{
	struct specimen *sp = specimen_start("clone", "vm", "vfork", NULL);
	struct shares s;

	(void)state;
	kcmp_shares(specimen_pid(sp), (pid_t)specimen_number(sp, "child"), &s);
	expect(&s, SHARE_VM, true);
	expect(&s, SHARE_FILES, false);
	expect(&s, SHARE_SIGHAND, false);
	specimen_stop(sp);
}

static void look_at_pid_1(void *context)
{
	struct shares *s = context;

	kcmp_shares(1, getpid(), s);
	for (int i = 0; i < SHARE_ITEMS; i++)
		assert_int_equal(s->state[i], VALUE_DENIED);
}

static void another_users_process_is_denied(void **state)
{
	struct shares s;

	(void)state;
	if (geteuid()) {
		print_message("skipped: needs root to become another user\n");
		skip();
	}
	as_nobody(look_at_pid_1, &s);
}

static void the_gone_are_gone(void **state)
{
	struct specimen *sp = specimen_start("clone", NULL);
	pid_t child = (pid_t)specimen_number(sp, "child"), pid = specimen_pid(sp);
	struct shares s;

	(void)state;
	specimen_stop(sp);
	kcmp_shares(pid, child, &s);
	for (int i = 0; i < SHARE_ITEMS; i++)
		assert_int_equal(s.state[i], VALUE_GONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination_of_flags),
		cmocka_unit_test(vfork_lends_its_memory),
		cmocka_unit_test(another_users_process_is_denied),
		cmocka_unit_test(the_gone_are_gone),
	};

	return live_run(tests, NULL, NULL);
}
