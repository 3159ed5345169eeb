/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Channels without descriptors: shared memory, signals. */
#include <inttypes.h>

#include "channels_internal.h"
#include "object.h"
#include "twintop/model/names.h"

/* ---- shared memory ------------------------------------------------------- */

static const char *memory_detail(
	struct channel_search *s, const struct pair_mapping *row, const struct mapping *m)
{
	const struct ipc_state *ipc = s->snapshot->ipc;
	const struct ipc_shm *shm =
		row->mechanism == MECHANISM_SYSV_SHM && ipc ? ipc_find_segment(ipc, s->a, m) : NULL;

	if (shm)
		return arena_printf(s->arena,
			"shmid %" PRId64 ", key 0x%08" PRIx32 ", %" PRIu64 " attached", shm->id,
			(uint32_t)shm->key, shm->attached);
	return arena_printf(
		s->arena, "0x%" PRIx64 ", %" PRIu64 " KiB", m->start, (m->end - m->start) / 1024);
}

/* A row of shared memory with what each may do to it. */
struct shared_row {
	const struct pair_mapping *row;
	const struct mapping *a;
	unsigned a_flags, b_flags;
};
VEC_STRUCT(shared_rows, struct shared_row);

static int order_by_object(const void *x, const void *y)
{
	return object_order_whole(
		((const struct shared_row *)x)->a, ((const struct shared_row *)y)->a);
}

/* All rows of one object: a segment that is mapped in parts is still one channel. */
static void add_memory(struct channel_search *s, const struct shared_row *row, size_t n)
{
	enum channel_direction direction;
	unsigned a = 0, b = 0;
	struct channel c;

	for (size_t i = 0; i < n; i++) {
		a |= row[i].a_flags;
		b |= row[i].b_flags;
	}
	if (!channel_direction_of(a & MAPPING_WRITE, a & MAPPING_READ, b & MAPPING_WRITE,
		    b & MAPPING_READ, &direction))
		return;
	c = channel_make(mechanism_name(row->row->mechanism), direction);
	c.detail = memory_detail(s, row->row, row->a);
	VEC_PUSH(s->list, c);
}

void channels_find_memory(struct channel_search *s)
{
	const struct mapping *a, *b;
	struct shared_rows rows = {0};

	for (size_t i = 0; !s->pair->one_space && i < s->pair->verdicts->shared_n; i++) {
		const struct pair_mapping *row = s->pair->verdicts->shared[i];

		a = &s->a->memory->mapping[row->a];
		b = &s->b->memory->mapping[row->b];
		VEC_PUSH(&rows, (struct shared_row){row, a, a->flags, b->flags});
	}
	if (rows.n)
		qsort(rows.item, rows.n, sizeof *rows.item, order_by_object);
	for (size_t i = 0, n; i < rows.n; i += n) {
		for (n = 1; i + n < rows.n && !order_by_object(&rows.item[i], &rows.item[i + n]);)
			n++;
		add_memory(s, &rows.item[i], n);
	}
	VEC_FREE(&rows);
}

/* ---- signals and tracing ------------------------------------------------- */

/* The child's end reaches its parent as the signal that clone(2) was told: SIGCHLD, or none. */
static void add_exit_signal(struct channel_search *s)
{
	bool is_child = s->pair->relation == RELATION_CHILD;
	const struct process_info *child = is_child ? s->b->info : s->a->info;
	const char *name;
	struct channel c;

	if (!is_child && s->pair->relation != RELATION_PARENT)
		return;
	name = child && child->exit_signal_known ? signal_name(child->exit_signal) : NULL;
	if (!name)
		return;
	c = channel_make("signal", is_child ? CHANNEL_B_TO_A : CHANNEL_A_TO_B);
	c.detail = arena_printf(s->arena, "%s from child to parent", name);
	VEC_PUSH(s->list, c);
}

void channels_find_control(struct channel_search *s)
{
	const struct process_info *a = s->a->info, *b = s->b->info;
	struct channel c;

	add_exit_signal(s);
	if (a && b && a->id.pid != b->id.pid &&
		(a->tracer == b->id.pid || b->tracer == a->id.pid)) {
		c = channel_make(
			"ptrace", b->tracer == a->id.pid ? CHANNEL_A_TO_B : CHANNEL_B_TO_A);
		c.detail = b->tracer == a->id.pid ? "A traces B" : "B traces A";
		VEC_PUSH(s->list, c);
	}
}
