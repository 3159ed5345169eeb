/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes the calling process one of n threads, itself among them. Of ten, six wait on a
 * condition, two read a pipe, one sleeps on and one wakes once in beat_ns: a tenth is active.
 * Each has its name, and a stack of 32 KiB below a guard.
 */
void load_threads(size_t n, uint64_t beat_ns);

#endif
