/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_MODEL_EXAMPLE_H
#define TWINTOP_MODEL_EXAMPLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Registers of a thread's user side, by DWARF's numbers of this machine. */
#define REGISTERS_MOST 32u
struct registers {
	uint64_t pc;
	uint64_t value[REGISTERS_MOST];
	uint32_t known; /* a bit each of value; 0: nothing is */
};

/* Those that have a meaning of their own: the stack pointer and the frame pointer. */
#if defined __x86_64__
#define REGISTER_SP 7u
#define REGISTER_FP 6u
#elif defined __aarch64__
#define REGISTER_SP 31u
#define REGISTER_FP 29u
#else
#define REGISTER_SP 0u
#define REGISTER_FP 0u
#endif

/*
 * A page fault of which more was told than of others: the registers of its thread and the piece of
 * its stack from the stack pointer on, as they were then. Const once it is made, and shared.
 */
struct fault_example {
	atomic_uint references;
	uint64_t time_ns; /* CLOCK_MONOTONIC */
	uint64_t address; /* the page's */
	uint64_t ip;	  /* as struct fault's */
	pid_t pid, tid;
	bool kernel; /* the kernel touched it, for a system call */
	struct registers registers;
	size_t stack_n;
	char stack[]; /* raw bytes */
};

/* A copy of one, with so many bytes of a stack; references and stack_n are set. */
const struct fault_example *fault_example_new(
	const struct fault_example *head, const char *stack, size_t stack_n);
const struct fault_example *fault_example_get(const struct fault_example *e); /* NULL is fine */
void fault_example_put(const struct fault_example *e);			      /* NULL is fine */

#endif
