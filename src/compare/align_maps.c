/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/base/vec.h"
#include "twintop/compare/align.h"

static bool anonymous(const struct mapping *m)
{
	return !mapping_has_object(m) && !(m->flags & MAPPING_SHARED) && m->kind != MAPPING_VDSO &&
	       m->kind != MAPPING_VVAR && m->kind != MAPPING_VSYSCALL;
}

/* What has no inode is known by its name: each process has one of each of the kernel's. */
static bool of_kernel(const struct mapping *m)
{
	return m->kind == MAPPING_VDSO || m->kind == MAPPING_VVAR;
}

/* A file, a segment or a thing of the kernel. */
static bool has_object(const struct mapping *m)
{
	return mapping_has_object(m) || of_kernel(m);
}

static int compare_u64(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

/* Objects in some order; a shmid is no inode, though both stand in one column of maps. */
static int compare_objects(const struct mapping *a, const struct mapping *b)
{
	int order = compare_u64(a->device_major, b->device_major);

	if (!order)
		order = compare_u64(a->device_minor, b->device_minor);
	if (!order)
		order = compare_u64(a->inode, b->inode);
	if (!order)
		order = (a->kind == MAPPING_SYSV_SHM) - (b->kind == MAPPING_SYSV_SHM);
	if (!order)
		order = of_kernel(a) - of_kernel(b);
	return order || !of_kernel(a) ? order : text_compare(a->path, b->path);
}

/* Whether both map the same file or object, at whatever offset. */
static bool same_file(const struct mapping *a, const struct mapping *b)
{
	return has_object(a) && has_object(b) && !compare_objects(a, b);
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

/* Whether both map the same thing: the same object, or both private anonymous memory. */
static bool same_backing(const struct mapping *a, const struct mapping *b)
{
	if (anonymous(a) || anonymous(b))
		return anonymous(a) && anonymous(b);
	if ((a->flags ^ b->flags) & MAPPING_SHARED)
		return false;
	if (!has_object(a))
		return !has_object(b) && a->kind == b->kind;
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
	const bool *hidden;
	bool other_ipc; /* equal shmids are of different IPC namespaces */
	VEC(struct pair_mapping) row;
};

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
	row.state = a && b ? ROW_DIVERGED : row_state_of_one(a != NULL, r->hidden[a ? 1 : 0]);
	if (a && b) {
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

/* Equal backing at overlapping addresses. */
static void match_addresses(struct rows *r, bool fork_related)
{
	size_t i = 0, k = 0;

	while (i < r->a->n && k < r->b->n) {
		const struct mapping *a = &r->a->mapping[i], *b = &r->b->mapping[k];

		if (a->start < b->end && b->start < a->end && same_backing(a, b) &&
			(fork_related || !anonymous(a)) &&
			!(r->other_ipc && a->kind == MAPPING_SYSV_SHM))
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
	int order = compare_objects(a, b);

	if (!order)
		order = compare_u64(a->offset, b->offset);
	return order ? order : compare_u64(a->start, b->start);
}

/* The mappings of files and objects that have no row yet, sorted. */
static struct by_file *unmatched(
	const struct rows *r, const struct memory_map *m, const bool *used, size_t *ret_n)
{
	struct by_file *list = mem_alloc((m->n + 1) * sizeof *list);
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (!used[i] && has_object(&m->mapping[i]) &&
			!(r->other_ipc && m->mapping[i].kind == MAPPING_SYSV_SHM))
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

/* The same file and offset at other addresses. */
static void match_files(struct rows *r)
{
	size_t an, bn, i = 0, k = 0;
	struct by_file *a = unmatched(r, r->a, r->a_used, &an);
	struct by_file *b = unmatched(r, r->b, r->b_used, &bn);

	while (i < an && k < bn) {
		int order = compare_objects(a[i].m, b[k].m);

		if (!order && offsets_overlap(a[i].m, b[k].m)) {
			add_row(r, (ptrdiff_t)a[i++].index, (ptrdiff_t)b[k++].index);
			continue;
		}
		if (!order)
			order = compare_u64(a[i].m->offset, b[k].m->offset);
		i += order <= 0;
		k += order >= 0;
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

void align_mappings(const struct memory_map *a, const struct memory_map *b, const struct pair *p,
	struct verdicts *v)
{
	static const struct memory_map none;
	struct rows r = {.a = a ? a : &none, .b = b ? b : &none};

	r.hidden = v->hidden;
	r.other_ipc = align_other_ipc(p);
	r.a_used = mem_alloc(r.a->n + 1);
	r.b_used = mem_alloc(r.b->n + 1);
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
	VEC_FREE(&r.row);
	free(r.a_used);
	free(r.b_used);
}
