/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/maps: whatever parses is ordered, without overlap and classified; stacks are marked. */
#include <stdint.h>
#include <stdlib.h>

#include "twintop/compare/marks.h"
#include "twintop/proc/maps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A thread on each mapping: none is marked twice, and none that is not there. */
static void mark(const struct memory_map *m)
{
	struct thread_list *l = part_make(PART_THREADS);
	struct thread_record *t = arena_array(&l->part.arena, m->n, sizeof *t);
	const struct mapping_marks *marks;

	for (size_t i = 0; i < m->n; i++) {
		t[i].self.tid = 42 + (pid_t)i;
		t[i].self.stack_start = m->mapping[i].start;
		t[i].self.stack_end = m->mapping[i].end;
		t[i].self.robust_list = m->mapping[i].start;
	}
	thread_list_fill(l, t, m->n);
	marks = marks_find(m, l, NULL);
	for (size_t i = 0; marks && i < marks->n; i++)
		if (marks->mark[i].mapping >= m->n ||
			(i && marks->mark[i].mapping <= marks->mark[i - 1].mapping))
			abort();
	part_put(marks);
	part_put(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory_map *m = part_make(PART_MAPPINGS);
	struct runtime_found found[RUNTIMES];
	size_t bad_line = 0;

	if (maps_parse(scan_of((const char *)data, size), m, &bad_line) < 0) {
		if (!bad_line || m->n)
			abort();
		part_put(m);
		return 0;
	}
	maps_classify(m, text_of("/bin/prog"), NULL);
	runtimes_find(m, text_of("/bin/prog"), NULL, found);
	for (size_t i = 0; i < m->n; i++) {
		const struct mapping *v = &m->mapping[i];

		if (v->start >= v->end || (i && v->start < v[-1].end) || v->kind >= MAPPING_KINDS)
			abort();
	}
	mark(m);
	part_put(m);
	return 0;
}
