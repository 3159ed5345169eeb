/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TWINTOP_FEED_GLANCE_H
#define TWINTOP_FEED_GLANCE_H

#include "twintop/model/example.h"
#include "twintop/model/value.h"
#include "twintop/proc/root.h"

/*
 * One sample each of n threads that run: registers and stack of its program's side, by a perf event
 * that fires once after half a millisecond of its time on a CPU. Nothing of it stops; rings are
 * there for as long as it takes, few at a time, and end with us however we end. Waits until that
 * CLOCK_MONOTONIC time at most. ret_sample: of each a reference for the caller, or NULL: it ran no
 * more, was in the kernel, or had no CPU. Set of it are time_ns, tid, ip, registers and the stack,
 * GLANCE_STACK bytes at most.
 * VALUE_KNOWN; else why none of them can be sampled: VALUE_DENIED, VALUE_UNSUPPORTED or what
 * value_state_of_error() says.
 */
#define GLANCE_STACK (32u * 1024 - 8)
enum value_state glance_sample(const struct proc_root *root, const pid_t *tid, size_t n,
	uint64_t until_ns, const struct fault_example **ret_sample);

#endif
