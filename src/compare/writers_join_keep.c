/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for its verdict and what was told last, written down and read back. */
#include <string.h>

#include "writers_internal.h"

/* A verdict's page size is one, where anything goes by it. */
static void look_keep(struct look *l, struct keep *k)
{
	uint64_t size;

	KEEP_PART(k, PART_VERDICTS, 0, l->verdicts);
	for (unsigned i = 0; i < 2; i++)
		KEEP_PART(k, PART_PAGES, i, l->pages[i]);
	KEEP(k, l->until_ns);
	KEEP_BOOL(k, l->turned);
	size = l->verdicts ? l->verdicts->page_size : 1;
	if (!size || size >= PAGE_SIZE_MOST || (size & (size - 1)))
		keep_fail(k);
}

static void looks_keep(struct writers_join *j, struct keep *k)
{
	KEEP_BELOW(k, j->looks_n, LOOKS_MOST);
	for (size_t i = 0; i < j->looks_n; i++) {
		look_keep(&j->look[i], k);
		for (unsigned side = 0; side < 2; side++)
			if (!j->look[i].verdicts || !j->look[i].pages[side])
				keep_fail(k);
	}
	look_keep(&j->judged, k);
	KEEP_PART(k, PART_VERDICTS, 0, j->newest);
}

static void waiting_keep(struct writers_join *j, struct keep *k)
{
	struct arena arena = {0};
	size_t n;
	const struct fault *fault =
		keep_records(k, SHAPE_OF_fault, j->waiting.item, j->waiting.n, &arena, &n);

	if (n > WAITING_MOST)
		keep_fail(k);
	for (size_t i = 0; i < n && keep_reads(k) && !k->error; i++)
		VEC_PUSH(&j->waiting, fault[i]);
	arena_free(&arena);
	n = keep_count(k, j->example.n, EXAMPLES);
	for (size_t i = 0; i < n && !k->error; i++) {
		if (keep_reads(k))
			VEC_PUSH(&j->example, NULL);
		j->example.item[i] = keep_example(k, j->example.item[i]);
		if (!j->example.item[i])
			keep_fail(k);
	}
}

static void watches_keep(struct fault_watch *watch, struct keep *k)
{
	struct arena arena = {0};
	size_t n;
	const struct fault_watch *read =
		keep_records(k, SHAPE_OF_fault_watch, watch, 2, &arena, &n);

	if (n != 2)
		keep_fail(k);
	else if (keep_reads(k))
		memcpy(watch, read, 2 * sizeof *watch);
	arena_free(&arena);
}

/* What is told of each place as of that time: when it fades it is told anew. */
static void recent_keep(struct writers_join *j, struct writers *made, struct keep *k)
{
	const struct writers *last = made ? made : j->last;
	size_t n = keep_count(k, last ? last->n : 0, WRITERS_MOST);

	for (size_t i = 0; i < n; i++) {
		uint64_t recent =
			keep_number(k, i < (last ? last->n : 0) ? last->writer[i].recent : 0, 0);

		if (made && i < made->n)
			((struct writer *)(uintptr_t)&made->writer[i])->recent = recent;
	}
}

/* What was told last is made anew, as of the watches at that time. */
static void told_keep(struct writers_join *j, struct keep *k)
{
	struct fault_watch now[2], then[2];
	struct writers *made = NULL;
	bool told = j->last != NULL;

	memcpy(now, j->watch, sizeof now);
	memcpy(then, told ? j->last->watch : now, sizeof then);
	KEEP_BOOL(k, told);
	watches_keep(now, k);
	watches_keep(then, k);
	if (keep_reads(k) && !k->error) {
		memcpy(j->watch, then, sizeof then);
		made = told ? writers_join_make(j, k->beside) : NULL;
		memcpy(j->watch, now, sizeof now);
		j->last = made;
	}
	recent_keep(j, made, k);
}

void writers_join_keep(struct writers_join *j, struct keep *k)
{
	looks_keep(j, k);
	waiting_keep(j, k);
	writer_table_keep(&j->table, k);
	KEEP(k, j->copies);
	KEEP(k, j->told);
	KEEP(k, j->since_ns);
	KEEP_BOOL(k, j->changed);
	told_keep(j, k);
}
