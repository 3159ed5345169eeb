/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls of x32 programs on x86-64. */
#include "syscalls_internal.h"
#include "twintop/model/names.h"

#ifdef __x86_64__
/* asm/unistd.h, which goes before it elsewhere, has the native numbers, too. */
#define __X32_SYSCALL_BIT SYSCALL_X32_NUMBERS
#include <asm/unistd_x32.h>

#define ROW(number, name, args, args32) {number, name, args},
static const struct syscall_row rows[] = {
#include "src/model/syscall_rows.h"
};

const struct syscall_table syscalls_x32 = {rows, sizeof rows / sizeof *rows};
#else
const struct syscall_table syscalls_x32;
#endif
