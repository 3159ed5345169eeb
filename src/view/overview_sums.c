/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "overview_internal.h"
#include "twintop/base/table.h"

/* The segment of each kind of mapping; SEGMENTS: in none (guards, the kernel's own). */
static const uint8_t segment_of[] = {
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
TABLE_ROWS(segment_of, MAPPING_KINDS);

static void sum_memory(const struct side *side, struct overview_sums *out)
{
	const struct memory_map *m = side->memory;

	for (size_t i = 0; m && i < m->n; i++) {
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

static void sum_threads(const struct thread_list *threads, struct overview_sums *out)
{
	out->threads = threads->part.state;
	out->threads_n = threads->n;
	for (size_t i = 0; i < threads->n; i++)
		out->by_state[thread_run_at(threads, i)->state & 0x7f]++;
}

static void sum_fds(const struct fd_list *fds, struct overview_sums *out)
{
	out->fds = fds->part.state;
	out->fds_n = fds->n;
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i].kind < FD_KINDS)
			out->by_kind[fds->fd[i].kind]++;
}

/* Whether all that segments are made of is what it was. */
static bool is_same_memory(const struct side *now, const struct moment *was, unsigned side)
{
	const struct side *before = was ? &was->snapshot->side[side] : NULL;

	return before && side < was->snapshot->sides && before->memory == now->memory &&
	       before->pages == now->pages && before->marks == now->marks;
}

void overview_sum(const struct view_env *env, unsigned side, const struct moment *was,
	struct overview_sums *sums)
{
	const struct snapshot *s = env->moment->snapshot;
	const struct side *from = &s->side[side];
	const struct overview_sums before = *sums;

	memset(sums, 0, sizeof *sums);
	sums->memory = sums->pages = sums->threads = sums->fds = VALUE_UNREAD;
	if (side >= s->sides)
		return;
	if (is_same_memory(from, was, side))
		memcpy(sums->segment, before.segment, sizeof sums->segment);
	else
		sum_memory(from, sums);
	if (from->memory)
		sums->memory = from->memory->part.state;
	if (from->pages)
		sums->pages = from->pages->part.state;
	if (from->threads)
		sum_threads(from->threads, sums);
	if (from->fds)
		sum_fds(from->fds, sums);
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

			field_format(f, record_host(&r), &v, out);
		} else {
			textbuf_adds(out, "?");
		}
	}
}
