/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls of 32-bit programs on x86-64. */
#include "syscalls_internal.h"

#ifdef __x86_64__
#include <asm/unistd_32.h>

#define ROW(number, name, args, args32) {number, name, args32},
static const struct syscall_row rows[] = {
#include "src/model/syscall_rows.h"
};

const struct syscall_table syscalls_i386 = {rows, sizeof rows / sizeof *rows};
#else
const struct syscall_table syscalls_i386;
#endif
