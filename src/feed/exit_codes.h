/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_EXIT_CODES_H
#define TWINTOP_EXIT_CODES_H

#include "twintop/proc/root.h"

/*
 * How each process ended that perf events listened to, whoever's: a program of ours that the kernel
 * runs as the last thread of a process ends (bpf(2); CAP_BPF and CAP_PERFMON, Linux 5.8) notes it,
 * before the perf record of that end is written. Nobody waits for that, and nothing wakes us.
 */
struct exit_codes;

/* 0 or negative errno: -EPERM where that takes rights. PIDs are as our own namespace counts them.
 */
int exit_codes_open(const struct proc_root *root, struct exit_codes **ret_codes);
void exit_codes_close(struct exit_codes *c); /* NULL is fine */
/*
 * The status (of wait(2)) with which the process of that number ended that ended last, if it did
 * since then (CLOCK_MONOTONIC); negative: not noted. NULL is fine.
 */
int64_t exit_codes_find(const struct exit_codes *c, pid_t pid, uint64_t since_ns);

#endif
