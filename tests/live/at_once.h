/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_LIVE_AT_ONCE_H
#define TESTS_LIVE_AT_ONCE_H

#include <stddef.h>

/*
 * Runs test bodies beside each other, each in a child, for what takes long since it waits. The test
 * fails when one of them does; it skips when all do, else one that does only says so.
 */
void at_once(void (*const body[])(void *), size_t n);

#endif
