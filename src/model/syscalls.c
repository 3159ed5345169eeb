/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/syscall.h>

#include "syscalls_internal.h"
#include "twintop/base/table.h"
#include "twintop/model/names.h"

/* src/model/syscall_rows.h is made from syscalls.list when building. */
#ifdef __i386__
#define ROW(number, name, args, args32) {number, name, args32},
#else
#define ROW(number, name, args, args32) {number, name, args},
#endif
static const struct syscall_row rows[] = {
#include "src/model/syscall_rows.h"
};
static const struct syscall_table native = {rows, sizeof rows / sizeof *rows};

static const struct {
	const char *name;
	const struct syscall_table *table;
} abis[] = {
	[SYSCALL_ABI_NATIVE] = {"native", &native},
	[SYSCALL_ABI_I386] = {"i386", &syscalls_i386},
	[SYSCALL_ABI_X32] = {"x32", &syscalls_x32},
};
TABLE_ROWS(abis, SYSCALL_ABIS);

const char *syscall_abi_name(enum syscall_abi abi)
{
	return abis[abi].name;
}

const char *syscall_name(enum syscall_abi abi, int64_t number, unsigned *ret_args)
{
	const struct syscall_table *table = abis[abi].table;

	for (size_t i = 0; table && i < table->n; i++) {
		if (table->row[i].number == number) {
			*ret_args = table->row[i].args;
			return table->row[i].name;
		}
	}
	return NULL;
}
