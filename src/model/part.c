/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/model/part.h"

#include "twintop/base/clock.h"

void *part_new(size_t size)
{
	struct arena arena = {0};
	struct part *part = arena_alloc(&arena, size);

	part->arena = arena;
	atomic_init(&part->references, 1);
	part->begin_ns = clock_monotonic_ns();
	return part;
}

void part_seal(struct part *part, uint64_t cpu_start_ns, int error)
{
	part->end_ns = clock_monotonic_ns();
	part->cpu_ns = clock_thread_cpu_ns() - cpu_start_ns;
	part->error = error;
	part->state = error ? value_state_of_error(error) : VALUE_KNOWN;
}

void part_same_times(struct part *part, const struct part *as)
{
	part->begin_ns = as->begin_ns;
	part->end_ns = as->end_ns;
	part->cpu_ns = as->cpu_ns;
	part->state = as->state;
	part->error = as->error;
}

/* Sealed parts are const to their readers; the count of references alone still moves. */
static struct part *part_of(const void *sealed)
{
	return (struct part *)(uintptr_t)sealed;
}

const void *part_get(const void *sealed)
{
	if (sealed)
		atomic_fetch_add_explicit(&part_of(sealed)->references, 1, memory_order_relaxed);
	return sealed;
}

void part_put(const void *sealed)
{
	struct part *part = part_of(sealed);
	struct arena arena;

	if (!part || atomic_fetch_sub_explicit(&part->references, 1, memory_order_acq_rel) != 1)
		return;
	if (part->release)
		part->release(part);
	arena = part->arena;
	arena_free(&arena);
}
