/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_TERMINAL_H
#define TESTS_BENCH_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * A whole program in a terminal of its own, of 200 columns and 50 rows: what it
 * writes is counted and thrown away. It finds no settings of the user's.
 */
struct terminal {
	struct launch *launch; /* NULL: none runs */
	clockid_t clock; /* its CPU time: user and system of all its threads, ended ones, too */
	uint64_t bytes;	 /* that it wrote so far */
};

/*
 * Starts a program, given by path or by name, with pid as the last word. 0, -ENOENT where it is
 * not installed, or another negative errno.
 */
int terminal_start(struct terminal *t, const char *const argv[], pid_t pid);
/* For so long, takes what n programs write; those that do not run are passed over. */
void terminals_drain(struct terminal *t, size_t n, uint64_t ns);
/* CPU time so far. Where it ended by itself: 0. */
uint64_t terminal_cpu_ns(const struct terminal *t);
/* The same with the processes that it has started, and those that they have. */
uint64_t terminal_all_cpu_ns(const struct terminal *t);
/* How long it takes from a key until something is written, of what was written before nothing. */
double terminal_answer_ms(struct terminal *t, char key);
/* Ends it by `q`, or by SIGTERM where that did not do. 0, or 1 unless it ended in good order. */
int terminal_stop(struct terminal *t);

#endif
