/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking which terminals are known changes nothing for the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "twintop/screen/run.h"

#include <curses.h>
/* Last: it defines words such as columns as macros. */
#include <term.h>

static void the_terminal_that_is_asked_of_is_let_go(void **state)
{
	(void)state;
	assert_null(cur_term);
	assert_non_null(screen_program_term());
	assert_null(cur_term);
}

static void the_terminal_of_before_stays(void **state)
{
	TERMINAL *before;
	int error;

	(void)state;
	if (setupterm("xterm", STDOUT_FILENO, &error) != OK)
		skip(); /* terminfo has no xterm here */
	before = cur_term;
	assert_int_equal(strncmp(screen_program_term(), "xterm", 5), 0);
	assert_ptr_equal(cur_term, before);
	assert_non_null(tigetstr("cup"));
	del_curterm(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terminal_that_is_asked_of_is_let_go),
		cmocka_unit_test(the_terminal_of_before_stays),
	};

	return cmocka_run_group_tests_name("terminals", tests, NULL, NULL);
}
