/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_PROC_HOLD_INTERNAL_H
#define TWINTOP_PROC_HOLD_INTERNAL_H

#include "twintop/proc/hold.h"

/*
 * Holds it from the calling thread, which is all that holds it: with its end the target goes on. 0
 * or negative errno, -ETIMEDOUT: it has not stopped by until_ns, and is not let go before the
 * caller's end. until_ns 0: there is no such time, and no other child of the caller is waited for.
 * Async-signal-safe.
 */
int hold_here(
	const struct proc_root *root, pid_t pid, pid_t tid, uint64_t until_ns, struct held *ret);
/* helpers.c: a helper does it. 0 or negative errno, -ETIMEDOUT: it was ended, as it had to wait. */
int helper_hold(const struct proc_root *root, pid_t pid, pid_t tid, struct held *ret);

#endif
