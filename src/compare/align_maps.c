/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "object.h"
#include "twintop/base/vec.h"
#include "twintop/compare/align.h"

static bool anonymous(const struct mapping *m)
{
	return !mapping_has_object(m) && !(m->flags & MAPPING_SHARED) && m->kind != MAPPING_VDSO &&
	       m->kind != MAPPING_VVAR && m->kind != MAPPING_VSYSCALL;
}

/* Whether both may map the same file or object, at whatever offset; in a row they do. */
static bool same_file(const struct mapping *a, const struct mapping *b)
{
	return object_is(a) && object_is(b) && !object_order(a, b);
}

/* The file offset of address 0, so to speak: equal where a file lies at the same addresses. */
static uint64_t origin(const struct mapping *m)
{
	return m->start - m->offset;
}

uint64_t align_shift(const struct mapping *a, const struct mapping *b)
{
	return same_file(a, b) ? origin(b) - origin(a) : 0;
}

/* Whether both may map the same thing: the same object, or both private anonymous memory. */
static bool same_backing(const struct mapping *a, const struct mapping *b)
{
	if (anonymous(a) || anonymous(b))
		return anonymous(a) && anonymous(b);
	if ((a->flags ^ b->flags) & MAPPING_SHARED)
		return false;
	if (!object_is(a))
		return !object_is(b) && a->kind == b->kind;
	return same_file(a, b) && origin(a) == origin(b);
}

enum mechanism align_mechanism(const struct mapping *a, const struct mapping *b)
{
	const struct mapping *m = a ? a : b;
	bool shared = (a ? a : b)->flags & (b ? b : a)->flags & MAPPING_SHARED;
	bool copied = a && b && (a->flags & b->flags & MAPPING_WRITE);

	switch (m->kind) {
	case MAPPING_SHARED_ANONYMOUS:
		return MECHANISM_SHARED_ANONYMOUS;
	case MAPPING_POSIX_SHM:
		if (shared)
			return MECHANISM_POSIX_SHM;
		break;
	case MAPPING_SYSV_SHM:
		return MECHANISM_SYSV_SHM;
	case MAPPING_MEMFD:
		if (shared)
			return MECHANISM_MEMFD;
		break;
	case MAPPING_CODE:
		return MECHANISM_TEXT;
	case MAPPING_RODATA:
		return MECHANISM_RODATA;
	case MAPPING_LIBRARY_CODE:
	case MAPPING_LIBRARY_RODATA:
	case MAPPING_LIBRARY_OTHER:
		return MECHANISM_LIBRARY;
	case MAPPING_VDSO:
		return MECHANISM_VDSO;
	case MAPPING_VVAR:
	case MAPPING_VSYSCALL:
		return MECHANISM_NONE;
	default:
		break;
	}
	if (shared)
		return mapping_has_object(m) ? MECHANISM_FILE : MECHANISM_SHARED_ANONYMOUS;
	if (copied || (a && b && !mapping_has_object(m)))
		return MECHANISM_COW;
	return mapping_has_object(m) ? MECHANISM_FILE : MECHANISM_NONE;
}

/* Rows while they are found, and which mappings have one. */
struct rows {
	const struct memory_map *a, *b;
	bool *a_used, *b_used;
	bool *doubtful[2]; /* it may be the object of one of the other side's */
	const bool *hidden;
	struct object_search objects;
	VEC(struct pair_mapping) row;
};

static int compare_u64(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

static uint64_t least(uint64_t x, uint64_t y)
{
	return x < y ? x : y;
}

static uint64_t most(uint64_t x, uint64_t y)
{
	return x > y ? x : y;
}

static void add_row(struct rows *r, ptrdiff_t i, ptrdiff_t k)
{
	const struct mapping *a = i < 0 ? NULL : &r->a->mapping[i];
	const struct mapping *b = k < 0 ? NULL : &r->b->mapping[k];
	const struct mapping *first = a ? a : b;
	struct pair_mapping row = {
		.a = (int)i, .b = (int)k, .start = first->start, .end = first->end};

	row.mechanism = align_mechanism(a, b);
	if (!a)
		row.state = row_state_of_one(false, r->hidden[0] || r->doubtful[1][k]);
	else if (!b)
		row.state = row_state_of_one(true, r->hidden[1] || r->doubtful[0][i]);
	else {
		row.state = ROW_DIVERGED;
		if (a->end - a->start == b->end - b->start && a->flags == b->flags &&
			a->offset == b->offset)
			row.state = ROW_SAME;
		if (!align_shift(a, b)) {
			row.start = least(a->start, b->start);
			row.end = most(a->end, b->end);
		}
		r->b_used[k] = r->a_used[i] = true;
	}
	VEC_PUSH(&r->row, row);
}

/*
 * Rows of one split mapping share its addresses out: each begins where both have it, the first
 * with what comes before, the last with what comes behind.
 */
static void share_out(struct rows *r)
{
	for (size_t n = 1; n < r->row.n; n++) {
		struct pair_mapping *before = &r->row.item[n - 1], *row = &r->row.item[n];
		uint64_t border = most(r->a->mapping[row->a].start, r->b->mapping[row->b].start);

		if (before->a != row->a && before->b != row->b)
			continue;
		before->end = border;
		row->start = border;
		before->state = row->state = ROW_DIVERGED;
	}
}

/* Whether two that may be of one object are; where nothing tells, that is noted of both. */
static bool same_object(struct rows *r, size_t i, size_t k)
{
	const struct mapping *a = &r->a->mapping[i], *b = &r->b->mapping[k];
	enum object_verdict verdict =
		object_is(a) ? object_compare(&r->objects, a, b) : OBJECT_SAME;

	if (verdict == OBJECT_UNKNOWN)
		r->doubtful[0][i] = r->doubtful[1][k] = true;
	return verdict == OBJECT_SAME;
}

/* Equal backing at overlapping addresses. */
static void match_addresses(struct rows *r, bool fork_related)
{
	size_t i = 0, k = 0;

	while (i < r->a->n && k < r->b->n) {
		const struct mapping *a = &r->a->mapping[i], *b = &r->b->mapping[k];

		if (a->start < b->end && b->start < a->end && same_backing(a, b) &&
			(fork_related || !anonymous(a)) && same_object(r, i, k))
			add_row(r, (ptrdiff_t)i, (ptrdiff_t)k);
		if (a->end <= b->end)
			i++;
		if (b->end <= a->end)
			k++;
	}
	share_out(r);
}

struct by_file {
	const struct mapping *m;
	size_t index;
};

static int by_file_and_offset(const void *x, const void *y)
{
	const struct mapping *a = ((const struct by_file *)x)->m;
	const struct mapping *b = ((const struct by_file *)y)->m;
	int order = object_order(a, b);

	if (!order)
		order = compare_u64(a->offset, b->offset);
	return order ? order : compare_u64(a->start, b->start);
}

/* The mappings of files and objects that have no row yet, sorted. */
static struct by_file *unmatched(const struct memory_map *m, const bool *used, size_t *ret_n)
{
	struct by_file *list = mem_alloc((m->n + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (!used[i] && object_is(&m->mapping[i]))
			list[n++] = (struct by_file){&m->mapping[i], i};
	qsort(list, n, sizeof *list, by_file_and_offset);
	*ret_n = n;
	return list;
}

static bool offsets_overlap(const struct mapping *a, const struct mapping *b)
{
	return a->offset < b->offset + (b->end - b->start) &&
	       b->offset < a->offset + (a->end - a->start);
}

/* Those of a sorted list whose object has no order to that of the first. */
static size_t group_of(const struct by_file *list, size_t n)
{
	size_t i = 1;

	while (i < n && !object_order(list[0].m, list[i].m))
		i++;
	return i;
}

/* Mappings of one object, by offset: each of A's beside the first of B's that has some of it. */
static void match_offsets(
	struct rows *r, const struct by_file *a, size_t an, const struct by_file *b, size_t bn)
{
	size_t i = 0, k = 0;

	while (i < an && k < bn) {
		int order = compare_u64(a[i].m->offset, b[k].m->offset);

		if (offsets_overlap(a[i].m, b[k].m) && same_object(r, a[i].index, b[k].index)) {
			add_row(r, (ptrdiff_t)a[i++].index, (ptrdiff_t)b[k++].index);
			continue;
		}
		i += order <= 0;
		k += order >= 0;
	}
}

/* Mappings of several objects that maps does not tell apart: each may be any. */
static void match_each(
	struct rows *r, const struct by_file *a, size_t an, const struct by_file *b, size_t bn)
{
	for (size_t i = 0; i < an; i++)
		for (size_t k = 0; k < bn; k++) {
			if (r->b_used[b[k].index] || !offsets_overlap(a[i].m, b[k].m) ||
				!same_object(r, a[i].index, b[k].index))
				continue;
			add_row(r, (ptrdiff_t)a[i].index, (ptrdiff_t)b[k].index);
			break;
		}
}

#define EACH_MOST 65536 /* pairs that are tried each: else only those of neighbouring offsets */

/* The same file and offset at other addresses. */
static void match_files(struct rows *r)
{
	size_t an, bn, i = 0, k = 0;
	struct by_file *a = unmatched(r->a, r->a_used, &an);
	struct by_file *b = unmatched(r->b, r->b_used, &bn);

	while (i < an && k < bn) {
		int order = object_order(a[i].m, b[k].m);
		size_t a_group = order <= 0 ? group_of(a + i, an - i) : 0;
		size_t b_group = order >= 0 ? group_of(b + k, bn - k) : 0;

		if (!order && !object_is_plain(a[i].m) && a_group * b_group <= EACH_MOST)
			match_each(r, a + i, a_group, b + k, b_group);
		else if (!order)
			match_offsets(r, a + i, a_group, b + k, b_group);
		i += a_group;
		k += b_group;
	}
	free(a);
	free(b);
}

static int by_address(const void *x, const void *y)
{
	const struct pair_mapping *a = x, *b = y;
	int order = compare_u64(a->start, b->start);

	/* Where both have something else at one address, A's row goes first. */
	return order ? order : (a->a < 0) - (b->a < 0);
}

void align_shared(const struct memory_map *a, const struct memory_map *b, struct verdicts *v)
{
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			v->shared = arena_array(&v->part.arena, n, sizeof *v->shared);
		for (size_t i = 0; i < v->mappings_n; i++) {
			const struct pair_mapping *row = &v->mapping[i];

			if (row->a < 0 || row->b < 0 ||
				!(a->mapping[row->a].flags & b->mapping[row->b].flags &
					MAPPING_SHARED))
				continue;
			if (pass)
				v->shared[v->shared_n++] = row;
			else
				n++;
		}
	}
}

bool align_other_ipc(const struct pair *p)
{
	const struct card_line *ipc = &p->card.line[CARD_NS_IPC];

	return p->card_known && value_state_has_value(ipc->state) && !ipc->shared;
}

bool align_one_mount_namespace(const struct pair *p)
{
	const struct card_line *mounts = &p->card.line[CARD_NS_MNT];

	return p->card_known && value_state_has_value(mounts->state) && mounts->shared;
}

static void begin_rows(struct rows *r, const struct align_sides *sides, const struct pair *p,
	const struct verdicts *v)
{
	static const struct memory_map none;

	r->a = sides->memory[0] ? sides->memory[0] : &none;
	r->b = sides->memory[1] ? sides->memory[1] : &none;
	r->hidden = v->hidden;
	r->objects.other_ipc = align_other_ipc(p);
	r->a_used = mem_alloc(r->a->n + 1);
	r->b_used = mem_alloc(r->b->n + 1);
	r->doubtful[0] = mem_alloc(r->a->n + 1);
	r->doubtful[1] = mem_alloc(r->b->n + 1);
	r->objects.fork_related = v->fork_related;
	r->objects.one_mount_namespace = align_one_mount_namespace(p);
	for (unsigned i = 0; i < 2; i++)
		if (page_map_known(sides->pages[i]) && sides->pages[i]->memory == sides->memory[i])
			r->objects.pages[i] = sides->pages[i];
}

static void end_rows(struct rows *r)
{
	VEC_FREE(&r->row);
	free(r->a_used);
	free(r->b_used);
	free(r->doubtful[0]);
	free(r->doubtful[1]);
}

void align_mappings(const struct align_sides *sides, const struct pair *p, struct verdicts *v)
{
	struct rows r = {0};

	begin_rows(&r, sides, p, v);
	match_addresses(&r, v->fork_related || p->one_space);
	match_files(&r);
	for (size_t i = 0; i < r.a->n; i++)
		if (!r.a_used[i])
			add_row(&r, (ptrdiff_t)i, -1);
	for (size_t k = 0; k < r.b->n; k++)
		if (!r.b_used[k])
			add_row(&r, -1, (ptrdiff_t)k);
	if (r.row.n)
		qsort(r.row.item, r.row.n, sizeof *r.row.item, by_address);
	v->mappings_n = r.row.n;
	v->mapping = (void *)arena_copy(&v->part.arena, r.row.item, r.row.n * sizeof *r.row.item);
	align_shared(r.a, r.b, v);
	end_rows(&r);
}
