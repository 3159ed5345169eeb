/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/example.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/arena.h"

static struct fault_example *own(const struct fault_example *e)
{
	return (struct fault_example *)(uintptr_t)e;
}

const struct fault_example *fault_example_new(
	const struct fault_example *head, const char *stack, size_t stack_n)
{
	struct fault_example *e = mem_alloc(sizeof *e + stack_n);

	memcpy(e, head, sizeof *e);
	atomic_init(&e->references, 1);
	e->stack_n = stack_n;
	if (stack_n)
		memcpy(e->stack, stack, stack_n);
	return e;
}

const struct fault_example *fault_example_get(const struct fault_example *e)
{
	if (e)
		atomic_fetch_add_explicit(&own(e)->references, 1, memory_order_relaxed);
	return e;
}

void fault_example_put(const struct fault_example *e)
{
	if (e && atomic_fetch_sub_explicit(&own(e)->references, 1, memory_order_acq_rel) == 1)
		free(own(e));
}
