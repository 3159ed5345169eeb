/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/base/privilege.h"

static const char *const kept[] = {"TERM=xterm", "TERM=xterm-256color", "TERM=iTerm2.app",
	"TERM=xterm+256color", "COLORTERM=truecolor", "NO_COLOR=1", "LANG=C.UTF-8",
	"LC_ALL=de_DE.UTF-8@euro", "LC_CTYPE=POSIX"};

static const char *const dropped[] = {
	/* names */
	"TERMINFO=xterm", "TERMINFO_DIRS=x", "TERMCAP=x", "TERMPATH=x", "HOME=x", "PATH=x",
	"TWINTOP_DENY=frames", "TWINTOP_STEPS=x", "TWINTOP_=x", "NCURSES_TRACE=1",
	"NCURSES_NO_UTF8_ACS=1", "NCURSES_ASSUMED_COLORS=1", "ESCDELAY=1", "LINES=1", "COLUMNS=1",
	"LD_PRELOAD=x", "LOCPATH=x", "NLSPATH=x", "LC_MESSAGES=C", "LANGUAGE=de", "TMPDIR=x",
	"LIBPROC_HIDE_KERNEL=1", "POSIXLY_CORRECT=1", "ASAN_OPTIONS=x", "TERMX=xterm",
	"XTERM=xterm", "term=xterm",
	/* values */
	"TERM=", "TERM=/tmp/x", "TERM=../x", "TERM=.", "TERM=x/y", "TERM=x y", "TERM=\033[c",
	"TERM=x:y", "TERM=%s", "TERM=x\n", "TERM=\303\244", "LANG=/tmp/locale", "LC_ALL=../C",
	"LC_CTYPE=C/x", "NO_COLOR=", "COLORTERM=$(x)",
	/* no settings at all */
	"", "TERM", "=", "=TERM"};

static void names_and_plain_values_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (!privilege_keeps_variable(kept[i]))
			fail_msg("%s", kept[i]);
}

static void all_else_is_dropped(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
		if (privilege_keeps_variable(dropped[i]))
			fail_msg("%s", dropped[i]);
}

static void long_values_are_dropped(void **state)
{
	char entry[256];

	(void)state;
	snprintf(entry, sizeof entry, "TERM=%064d", 0);
	assert_true(privilege_keeps_variable(entry));
	snprintf(entry, sizeof entry, "TERM=%065d", 0);
	assert_false(privilege_keeps_variable(entry));
}

/* A test program has no rights that its caller has not: nothing changes. */
static void without_such_rights_nothing_is_given_up_at_first(void **state)
{
	(void)state;
	assert_false(privilege_raised());
	assert_int_equal(privilege_begin(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_plain_values_are_kept),
		cmocka_unit_test(all_else_is_dropped),
		cmocka_unit_test(long_values_are_dropped),
		cmocka_unit_test(without_such_rights_nothing_is_given_up_at_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
