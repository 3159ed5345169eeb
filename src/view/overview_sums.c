/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "overview_internal.h"

/* The segment of each kind of mapping; SEGMENTS: in none (guards, the kernel's own). */
static const uint8_t segment_of[MAPPING_KINDS] = {
	[MAPPING_CODE] = SEGMENT_CODE,
	[MAPPING_RODATA] = SEGMENT_CODE,
	[MAPPING_DATA] = SEGMENT_DATA,
	[MAPPING_BSS] = SEGMENT_DATA,
	[MAPPING_HEAP] = SEGMENT_HEAP,
	[MAPPING_STACK] = SEGMENT_STACKS,
	[MAPPING_THREAD_STACK] = SEGMENT_STACKS,
	[MAPPING_GUARD] = SEGMENTS,
	[MAPPING_ANONYMOUS] = SEGMENT_ANONYMOUS,
	[MAPPING_LIBRARY_CODE] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_RODATA] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_DATA] = SEGMENT_LIBRARIES,
	[MAPPING_LIBRARY_OTHER] = SEGMENT_LIBRARIES,
	[MAPPING_SHARED_ANONYMOUS] = SEGMENT_SHARED,
	[MAPPING_POSIX_SHM] = SEGMENT_SHARED,
	[MAPPING_SYSV_SHM] = SEGMENT_SHARED,
	[MAPPING_MEMFD] = SEGMENT_SHARED,
	[MAPPING_FILE] = SEGMENT_FILES,
	[MAPPING_DEVICE] = SEGMENT_FILES,
	[MAPPING_VDSO] = SEGMENTS,
	[MAPPING_VVAR] = SEGMENTS,
	[MAPPING_VSYSCALL] = SEGMENTS,
	[MAPPING_HUGETLB] = SEGMENT_ANONYMOUS,
	[MAPPING_RESERVED] = SEGMENTS,
	[MAPPING_OTHER] = SEGMENTS,
};

static void sum_memory(const struct side *side, struct overview_sums *out)
{
	const struct memory_map *m = side->memory;

	for (size_t i = 0; i < m->n; i++) {
		const struct page_counts *pages = side_mapping_pages(side, i);
		unsigned segment = segment_of[side_mapping_kind(side, i)];

		if (segment >= SEGMENTS)
			continue;
		out->segment[segment].size_bytes += m->mapping[i].end - m->mapping[i].start;
		if (pages)
			out->segment[segment].resident_bytes +=
				pages->resident * side->pages->page_size;
	}
}

void overview_sum(const struct view_env *env, unsigned side, struct overview_sums *out)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct side *from = &s->side[side];

	memset(out, 0, sizeof *out);
	out->memory = out->pages = out->threads = out->fds = VALUE_UNREAD;
	if (side >= s->sides)
		return;
	if (from->memory) {
		out->memory = from->memory->part.state;
		sum_memory(from, out);
	}
	if (from->pages)
		out->pages = from->pages->part.state;
	if (from->threads) {
		out->threads = from->threads->part.state;
		out->threads_n = from->threads->n;
		for (size_t i = 0; i < from->threads->n; i++)
			out->by_state[thread_run_at(from->threads, i)->state & 0x7f]++;
	}
	if (from->fds) {
		out->fds = from->fds->part.state;
		out->fds_n = from->fds->n;
		for (size_t i = 0; i < from->fds->n; i++)
			if (from->fds->fd[i].kind < FD_KINDS)
				out->by_kind[from->fds->fd[i].kind]++;
	}
}

void overview_fill(
	const struct view_env *env, unsigned side, const char *template, struct textbuf *out)
{
	const struct record r = {env->moment, RECORD_PROCESS, side, 0};

	while (*template) {
		size_t plain = strcspn(template, "{"), name;
		char id[64];
		const struct field *f;

		textbuf_add(out, template, plain);
		template += plain;
		if (!*template)
			return;
		name = strcspn(++template, "}");
		snprintf(id, sizeof id, "process.%.*s", (int)name, template);
		template += name + (template[name] == '}');
		f = field_find(id);
		if (f) {
			struct value v = f->get(&r);

			field_format(f, env->moment, &v, out);
		} else {
			textbuf_adds(out, "?");
		}
	}
}
