/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_ABI_H
#define TWINTOP_PROC_ABI_H

#include "twintop/model/names.h"
#include "twintop/model/thread_roll.h"
#include "twintop/proc/root.h"

/*
 * Which table a blocked thread's system call counts by: the instruction before its program counter
 * tells. A program of 64 bits may make calls of 32-bit ones, and the other way round.
 */

#define ABI_CODE_MOST 4u /* bytes of such an instruction at most */

/* By the n bytes of code that end at the program counter. */
enum syscall_abi abi_of_code(const uint8_t *code, size_t n, int64_t number);
/*
 * Names the system call of each thread whose call was touched, by the code that /proc/PID/mem
 * shows without a stop, if that is permitted (attach); where that cannot be read, the table and the
 * name stay unknown. What did not come in time is tried again.
 */
void abi_name_calls(const struct proc_root *root, const struct thread_kepts *threads, pid_t pid,
	enum value_state attach);

#endif
