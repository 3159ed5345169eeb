/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/syscall.h>

#include "twintop/model/names.h"

/* src/model/syscall_rows.h is made from syscalls.list when building. */
static const struct {
	long number;
	const char *name;
	unsigned args;
} syscalls[] = {
#include "src/model/syscall_rows.h"
};

const char *syscall_name(int64_t number, unsigned *ret_args)
{
	for (size_t i = 0; i < sizeof syscalls / sizeof *syscalls; i++) {
		if (syscalls[i].number == number) {
			*ret_args = syscalls[i].args;
			return syscalls[i].name;
		}
	}
	return NULL;
}
