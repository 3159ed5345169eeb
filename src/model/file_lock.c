/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/file_lock.h"

#include "twintop/base/table.h"

const char *lock_kind_name(enum lock_kind kind)
{
	static const char *const name[] = {
		[LOCK_POSIX] = "posix",
		[LOCK_FLOCK] = "flock",
		[LOCK_OFD] = "ofd",
		[LOCK_LEASE] = "lease",
	};
	TABLE_ROWS(name, LOCK_KINDS);

	return kind < LOCK_KINDS ? name[kind] : "unknown";
}
