/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_SYSCALLS_INTERNAL_H
#define TWINTOP_SYSCALLS_INTERNAL_H

#include <stddef.h>
#include <stdint.h>

struct syscall_row {
	int64_t number;
	const char *name;
	unsigned args;
};
struct syscall_table {
	const struct syscall_row *row;
	size_t n;
};

/* Each is a file of its own, as the headers give one name another number for each. */
extern const struct syscall_table syscalls_i386, syscalls_x32;

#endif
