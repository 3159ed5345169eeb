/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_LIVE_H
#define TESTS_LIVE_LIVE_H

#include <stddef.h>

#include "specimen.h"

struct CMUnitTest;

/*
 * As cmocka_run_group_tests(), for live tests. What a test started and, as an assertion
 * failed, did not end, has ended before the next test begins: specimens, children and theirs.
 * A test with a setup or teardown of its own calls live_begin() and live_end() there.
 */
#define live_run(tests, setup, teardown)                                                           \
	live_run_group(tests, sizeof(tests) / sizeof *(tests), setup, teardown)
int live_run_group(const struct CMUnitTest *tests, size_t n, int (*setup)(void **state),
	int (*teardown)(void **state));
/* cmocka's; where as_nobody()'s body failed or skipped in its child, that child ends here. */
int live_begin(void **state);
int live_end(void **state);
/* cmocka's skip() that as_nobody() hears of. */
#undef skip
#define skip() live_skip(__FILE__, __LINE__)
_Noreturn void live_skip(const char *file, int line);

#endif
