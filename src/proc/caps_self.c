/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all probes on ourselves begin and end with. */
#include <errno.h>
#include <sys/prctl.h>

#include "caps_internal.h"

enum value_state caps_state_of_error(int error)
{
	enum value_state state = value_state_of_error(error);

	/* No such file, no such operation: on ourselves it can only be the kernel's gap. */
	return state == VALUE_GONE || error == -EINVAL ? VALUE_UNSUPPORTED : state;
}

bool caps_begin_self(void)
{
	return prctl(PR_GET_DUMPABLE) != 1 && prctl(PR_SET_DUMPABLE, 1) == 0;
}

void caps_end_self(bool begun)
{
	if (begun)
		prctl(PR_SET_DUMPABLE, 0);
}
