/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_NAMES_H
#define TWINTOP_MODEL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "twintop/base/text.h"

/* "SIGTERM", "SIGRTMIN+2"; NULL outside 1..64. Static text. */
const char *signal_name(int number);
/* Appends "SIGINT SIGTERM" for a mask whose bit n-1 is signal n; "none" when it is 0. */
void signal_set_names(struct textbuf *out, uint64_t mask);
/* Numbers in a mask, ascending, into out[64]; returns how many. */
size_t signal_set_numbers(uint64_t mask, int64_t out[64]);
/* "exited with 3", "killed by SIGSEGV (core dumped)" from a wait(2) status word. */
void wait_status_text(struct textbuf *out, int status);
/* "running", "sleeping", … for the state letter of proc(5). */
const char *task_state_name(char state);
const char *task_state_words(char state); /* as one says it: "asleep" */
/* By which table a system call's number counts. */
enum syscall_abi {
	SYSCALL_ABI_UNKNOWN,
	SYSCALL_ABI_NATIVE, /* that of this machine's own programs */
	SYSCALL_ABI_I386,   /* of 32-bit programs on x86-64 */
	SYSCALL_ABI_X32,    /* of 64-bit ones there that have 32-bit addresses: numbers from 0x40000000 */
	SYSCALL_ABIS
};
#define SYSCALL_X32_NUMBERS 0x40000000 /* __X32_SYSCALL_BIT of asm/unistd.h */
const char *syscall_abi_name(enum syscall_abi abi); /* "native", …; NULL: unknown */
/* Name and number of meaningful arguments of a system call; NULL: not in the table. Static text. */
const char *syscall_name(enum syscall_abi abi, int64_t number, unsigned *ret_args);

#endif
