/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/file_lock.h"

const char *lock_kind_name(enum lock_kind kind)
{
	static const char *const name[LOCK_KINDS] = {"posix", "flock", "ofd", "lease"};

	return kind < LOCK_KINDS ? name[kind] : "unknown";
}
