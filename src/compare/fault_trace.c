/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/fault_trace.h"

#include <string.h>

#define NOBODY_LISTENED "nobody listened to page faults then"

void fault_trace_clear(struct fault_trace *t)
{
	VEC_FREE(&t->touch);
	*t = (struct fault_trace){0};
}

/* The older half goes; what it told of is not known without a gap any more. */
static void make_room(struct fault_trace *t)
{
	size_t half = t->touch.n / 2;

	t->since_ns = t->touch.item[half - 1].time_ns + 1;
	t->touch.n -= half;
	memmove(t->touch.item, t->touch.item + half, t->touch.n * sizeof *t->touch.item);
}

static void add_fault(struct fault_trace *t, const struct fault *f, uint64_t page_size)
{
	if (f->pid != t->id.pid || f->exec)
		return;
	if (t->touch.n >= FAULT_TRACE_MOST)
		make_room(t);
	VEC_PUSH(&t->touch, (struct fault_touch){f->time_ns, f->address & ~(page_size - 1)});
}

/* How the faults of A are seen; a gap in that begins them anew. */
static void note_watch(struct fault_trace *t, const struct snapshot *s)
{
	/* What was told is of the snapshot's machine. */
	const struct fault_watch *watch =
		s->side[0].host ? NULL : fault_watch_of(s->faults, t->id.pid);

	if (!watch || !value_state_has_value(watch->state)) {
		t->since_ns = 0;
		t->reason = watch ? watch->reason : NULL;
		return;
	}
	if (!t->since_ns) {
		t->since_ns = s->monotonic_ns;
		t->partial = false;
		t->lost = watch->lost;
	}
	t->partial |= watch->period > 1 || !watch->kernel || watch->lost > t->lost ||
		      watch->threads < watch->threads_of;
	t->lost = watch->lost;
}

void fault_trace_add(struct fault_trace *t, const struct snapshot *s)
{
	if (!s->sides || s->monotonic_ns <= t->seen_ns)
		return;
	if (!task_id_equal(t->id, s->side[0].id)) {
		fault_trace_clear(t);
		t->id = s->side[0].id;
	}
	t->seen_ns = s->monotonic_ns;
	note_watch(t, s);
	for (size_t i = 0; s->faults && !s->side[0].host && s->host.page_size && i < s->faults->n;
		i++)
		add_fault(t, &s->faults->fault[i], s->host.page_size);
}

void fault_trace_break(struct fault_trace *t)
{
	t->since_ns = 0;
	t->reason = "not all moments between the two were seen";
}

static bool is_within(const struct fault_touch *f, uint64_t after_ns, uint64_t until_ns)
{
	return f->time_ns > after_ns && f->time_ns <= until_ns;
}

size_t fault_trace_count(const struct fault_trace *t, uint64_t after_ns, uint64_t until_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < t->touch.n; i++)
		n += is_within(&t->touch.item[i], after_ns, until_ns);
	return n;
}

static int by_page(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

static size_t drop_equal(uint64_t *page, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!kept || page[kept - 1] != page[i])
			page[kept++] = page[i];
	return kept;
}

struct fault_pages fault_trace_pages(
	const struct fault_trace *t, uint64_t after_ns, uint64_t until_ns)
{
	struct fault_pages p = {.partial = t->partial || t->since_ns > after_ns};

	if (!t->since_ns || t->since_ns >= until_ns) {
		p.gap = t->reason ? t->reason : NOBODY_LISTENED;
		return p;
	}
	p.page = mem_alloc((t->touch.n + 1) * sizeof *p.page);
	for (size_t i = 0; i < t->touch.n; i++)
		if (is_within(&t->touch.item[i], after_ns, until_ns))
			p.page[p.n++] = t->touch.item[i].page;
	qsort(p.page, p.n, sizeof *p.page, by_page);
	p.n = drop_equal(p.page, p.n);
	return p;
}
