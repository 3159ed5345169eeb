/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/writers.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/clock.h"
#include "writers_internal.h"

#define GRACE_NS   50000000u /* from a fault's begin until its page is there */
#define OTHERS_NS  10000000000u
#define HUGE_PAGES 512u /* of a huge page, at most */

/* ---- looks ----------------------------------------------------------------- */

static void look_put(struct look *l)
{
	part_put(l->verdicts);
	part_put(l->pages[0]);
	part_put(l->pages[1]);
	*l = (struct look){0};
}

static struct look look_of(const struct snapshot *s, const struct pair *p)
{
	struct look l = {.verdicts = part_get(p->verdicts)};

	for (unsigned i = 0; i < 2; i++) {
		l.pages[i] = part_get(s->side[i].pages);
		if (l.pages[i] && l.pages[i]->part.end_ns > l.until_ns)
			l.until_ns = l.pages[i]->part.end_ns;
	}
	return l;
}

static void forget_looks(struct writers_join *j)
{
	for (size_t i = 0; i < j->looks_n; i++)
		look_put(&j->look[i]);
	j->looks_n = 0;
	look_put(&j->judged);
	part_put(j->newest);
	j->newest = NULL;
}

/* ---- what became of a page --------------------------------------------------- */

/* Faults of one page, of each side. */
struct touch {
	uint64_t address;
	const struct fault *first[2], *last[2]; /* first: since it was shared; NULL: none */
};

/* One judging. */
struct judging {
	struct writers_join *j;
	const struct snapshot *s;
	const struct look *look;
	VEC(struct writer_deed) deed;
	uint64_t copied;      /* pages of which a fault was seen */
	uint64_t stood;	      /* pages that these faults stand for */
	uint64_t huge_end[2]; /* up to there a huge page of that side was counted */
	uint64_t since_ns[2]; /* what that side faulted before was shared behind it */
};

static bool is_copied(unsigned v)
{
	return v == PAGE_VERDICT_COPIED || v == PAGE_VERDICT_COPIED_BY_A ||
	       v == PAGE_VERDICT_COPIED_BY_B;
}

static unsigned plain_at(const struct look *l, uint64_t address)
{
	unsigned v = l->verdicts ? verdicts_at(l->verdicts, address) & ~VERDICT_FRESH
				 : (unsigned)PAGE_VERDICT_ABSENT;

	if (l->turned && (v == PAGE_VERDICT_ONLY_A || v == PAGE_VERDICT_ONLY_B))
		return v == PAGE_VERDICT_ONLY_A ? PAGE_VERDICT_ONLY_B : PAGE_VERDICT_ONLY_A;
	return v;
}

/* Whether it was shared before this look. */
static bool was_copied_now(const struct judging *g, uint64_t address)
{
	unsigned v = verdicts_at(g->look->verdicts, address);

	return is_copied(v & ~VERDICT_FRESH) && ((v & VERDICT_FRESH) || !g->j->judged.verdicts);
}

/* Whether the side had nothing there before, and now has a page that it never shared. */
static bool was_touched_now(const struct judging *g, unsigned side, uint64_t address)
{
	const unsigned alone[2] = {PAGE_VERDICT_ONLY_A, PAGE_VERDICT_ONLY_B};
	unsigned now = plain_at(g->look, address), was = plain_at(&g->j->judged, address);

	if (now != alone[side] && now != PAGE_VERDICT_BORN_APART)
		return false;
	if (was != PAGE_VERDICT_ABSENT && was != PAGE_VERDICT_ZERO && was != alone[!side])
		return false;
	return !(page_map_entry(g->look->pages[side], address) & PAGE_FILE);
}

/*
 * Of two that wrote, the first one copied: the other kept the original. Where the frames say who
 * did, no fault of the other counts.
 */
static int writer_of(const struct judging *g, const struct touch *t)
{
	unsigned v = plain_at(g->look, t->address);

	if (v == PAGE_VERDICT_COPIED_BY_A || v == PAGE_VERDICT_COPIED_BY_B) {
		int side = v == PAGE_VERDICT_COPIED_BY_B;

		return t->last[side] ? side : -1;
	}
	if (t->first[0] && t->first[1])
		return t->first[1]->time_ns < t->first[0]->time_ns;
	if (t->first[0] || t->first[1])
		return t->first[1] != NULL;
	if (t->last[0] && t->last[1])
		return t->last[1]->time_ns > t->last[0]->time_ns;
	return t->last[1] != NULL;
}

static bool became(const struct judging *g, unsigned side, bool copied, uint64_t address)
{
	return copied ? was_copied_now(g, address) : was_touched_now(g, side, address);
}

static void deed(struct judging *g, unsigned side, const struct fault *fault, bool copied,
	uint64_t address, uint64_t pages)
{
	const struct writer_deed d = {.fault = fault,
		.address = address,
		.pages = pages,
		.counts = pages * fault->weight,
		.scaled = fault->weight > 1,
		.copied = copied,
		.side = &g->s->side[side],
		.memory = g->look->pages[side]->memory};

	VEC_PUSH(&g->deed, d);
	g->j->changed = true;
	g->copied += copied ? pages : 0;
	g->stood += copied ? d.counts : 0;
}

/* One fault makes a huge page; all parts of it that became the same are its. */
static void count_huge(
	struct judging *g, unsigned side, const struct fault *fault, bool copied, uint64_t address)
{
	uint64_t size = g->look->verdicts->page_size, bytes = HUGE_PAGES * size;
	uint64_t start = address / bytes * bytes, from = 0, n = 0;

	for (uint64_t at = start; at < start + bytes; at += size) {
		bool part = page_map_entry(g->look->pages[side], at) & PAGE_HUGE &&
			    became(g, side, copied, at);

		from = part && !n ? at : from;
		n += part;
		if (!part && n) {
			deed(g, side, fault, copied, from, n);
			n = 0;
		}
	}
	if (n)
		deed(g, side, fault, copied, from, n);
	g->huge_end[side] = start + bytes;
}

/* False where it did nothing that we count. */
static bool count_page(struct judging *g, unsigned side, const struct touch *t, bool copied)
{
	if (t->address < g->huge_end[side] &&
		page_map_entry(g->look->pages[side], t->address) & PAGE_HUGE)
		return true;
	if (!became(g, side, copied, t->address))
		return false;
	if (page_map_entry(g->look->pages[side], t->address) & PAGE_HUGE)
		count_huge(g, side, t->last[side], copied, t->address);
	else
		deed(g, side, t->last[side], copied, t->address, 1);
	return true;
}

static bool judge_touch(struct judging *g, const struct touch *t)
{
	bool counted = false;
	int side;

	if (was_copied_now(g, t->address)) {
		side = writer_of(g, t);
		return side >= 0 && count_page(g, (unsigned)side, t, true);
	}
	for (unsigned i = 0; i < 2; i++)
		if (t->last[i])
			counted |= count_page(g, i, t, false);
	return counted;
}

/* ---- all pages of a look ------------------------------------------------------ */

static int side_of(const struct snapshot *s, pid_t pid)
{
	for (unsigned i = 0; i < 2; i++)
		if (s->side[i].id.pid == pid)
			return (int)i;
	return -1;
}

static uint64_t page_of(const struct judging *g, const struct fault *f)
{
	return f->address & ~(g->look->verdicts->page_size - 1);
}

static int by_address(const void *a, const void *b)
{
	const struct fault *x = *(struct fault *const *)a, *y = *(struct fault *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x < y ? -1 : x > y;
}

VEC_STRUCT(fault_list, struct fault *);

/* Those that may have done something that the look shows, page by page. */
static struct fault_list candidates(struct judging *g)
{
	struct fault_list list = {0};

	for (size_t i = 0; i < g->j->waiting.n; i++) {
		struct fault *f = &g->j->waiting.item[i];
		int side = side_of(g->s, f->pid);

		if (side < 0 || !f->weight || !g->look->pages[side] ||
			f->time_ns > g->look->pages[side]->part.end_ns)
			continue;
		f->address = page_of(g, f);
		VEC_PUSH(&list, f);
	}
	if (list.n)
		qsort(list.item, list.n, sizeof *list.item, by_address);
	return list;
}

/* The faults of the page that item[0] is of; returns how many. */
static size_t gather(const struct judging *g, struct fault *const *item, size_t n, struct touch *t)
{
	size_t i = 0;

	*t = (struct touch){.address = item[0]->address};
	for (; i < n && item[i]->address == t->address; i++) {
		int side = side_of(g->s, item[i]->pid);

		if (!t->first[side] && item[i]->time_ns >= g->since_ns[side])
			t->first[side] = item[i];
		t->last[side] = item[i];
	}
	return i;
}

/*
 * When a page that was copied since had been shared: at the look before, or else at the fork, of
 * which the other's first fault tells.
 */
static void find_since(struct judging *g, const struct fault_list *list)
{
	const struct look *before = &g->j->judged;

	for (unsigned i = 0; i < 2; i++) {
		g->since_ns[i] = 0;
		if (before->verdicts && before->pages[i])
			g->since_ns[i] = before->pages[i]->part.begin_ns;
	}
	if (before->verdicts)
		return;
	for (size_t i = 0; i < list->n; i++) {
		unsigned other = side_of(g->s, list->item[i]->pid) == 0;
		uint64_t *since = &g->since_ns[other];

		if (!*since || list->item[i]->time_ns < *since)
			*since = list->item[i]->time_ns;
	}
}

/* A fault long enough before the read, of which nothing shows, was none that we count. */
static bool is_spent(const struct writers_join *j, const struct snapshot *s, const struct fault *f)
{
	int side = side_of(s, f->pid);
	const struct page_map *pages = side < 0 ? NULL : j->judged.pages[side];
	uint64_t begin = pages ? pages->part.begin_ns : 0;

	/* Found again as it was: what was faulted before that did nothing to it. */
	if (pages && pages == s->side[side].pages && s->side[side].read_ns[PART_PAGES] > begin)
		begin = s->side[side].read_ns[PART_PAGES];
	if (side < 0) /* of a child that may become B yet */
		return f->weight == 0 || f->time_ns + OTHERS_NS < s->monotonic_ns;
	return f->weight == 0 || f->time_ns + GRACE_NS < begin;
}

static void drop_spent(struct writers_join *j, const struct snapshot *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < j->waiting.n; i++)
		if (!is_spent(j, s, &j->waiting.item[i]))
			j->waiting.item[kept++] = j->waiting.item[i];
	j->waiting.n = kept;
}

/* ---- examples ------------------------------------------------------------------ */

/* Whether this look says what became of its page: then it is kept, or of no use. */
static bool judge_example(struct judging *g, const struct fault_example *e)
{
	uint64_t page = e->address & ~(g->look->verdicts->page_size - 1);
	int side = side_of(g->s, e->pid);
	bool copied;

	if (side < 0 || !g->look->pages[side] || e->time_ns > g->look->pages[side]->part.end_ns)
		return false;
	copied = was_copied_now(g, page);
	if (!copied && !was_touched_now(g, (unsigned)side, page) &&
		e->time_ns + GRACE_NS >= g->look->pages[side]->part.begin_ns)
		return false;
	g->j->changed |= writer_table_exemplify(&g->j->table, e, copied);
	return true;
}

static void judge_examples(struct judging *g)
{
	struct writers_join *j = g->j;
	size_t kept = 0;

	for (size_t i = 0; i < j->example.n; i++) {
		const struct fault_example *e = j->example.item[i];

		if (judge_example(g, e) || e->time_ns + OTHERS_NS < g->s->monotonic_ns)
			fault_example_put(e);
		else
			j->example.item[kept++] = e;
	}
	j->example.n = kept;
}

static void forget_examples(struct writers_join *j, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fault_example_put(j->example.item[i]);
	j->example.n -= n;
	if (j->example.n)
		memmove(j->example.item, j->example.item + n,
			j->example.n * sizeof *j->example.item);
}

static void take_examples(struct writers_join *j, const struct fault_batch *batch)
{
	for (size_t i = 0; batch && i < batch->examples_n; i++)
		VEC_PUSH(&j->example, fault_example_get(batch->example[i]));
	if (j->example.n > EXAMPLES)
		forget_examples(j, j->example.n - EXAMPLES);
}

/*
 * Pages that were copied since the look before. Of those that were before anybody looked only what
 * faults tell counts, the rest is nobody's.
 */
static uint64_t copied_now(const struct judging *g)
{
	const struct pair_pages *pages = &g->look->verdicts->pages;
	uint64_t seen = g->j->judged.verdicts	   ? pages->fresh
			: g->stood < pages->copied ? g->stood
						   : pages->copied;

	return seen > g->copied ? seen : g->copied;
}

static void judge(struct writers_join *j, const struct snapshot *s, const struct look *look)
{
	struct judging g = {.j = j, .s = s, .look = look};
	struct fault_list list = candidates(&g);
	struct touch t;

	find_since(&g, &list);
	j->changed |= j->table.page_size != look->verdicts->page_size;
	j->table.page_size = look->verdicts->page_size;
	for (size_t i = 0, n; i < list.n; i += n) {
		n = gather(&g, list.item + i, list.n - i, &t);
		for (size_t k = 0, counted = judge_touch(&g, &t); counted && k < n; k++)
			list.item[i + k]->weight = 0;
	}
	j->copies += copied_now(&g);
	j->changed |= copied_now(&g) > 0;
	j->told += writer_table_add_all(&j->table, g.deed.item, g.deed.n, j->copies - j->told);
	VEC_FREE(&g.deed);
	VEC_FREE(&list);
	judge_examples(&g);
}

/* ---- from moment to moment ------------------------------------------------------ */

struct writers_join *writers_join_new(void)
{
	return memset(mem_alloc(sizeof(struct writers_join)), 0, sizeof(struct writers_join));
}

void writers_join_reset(struct writers_join *j)
{
	forget_looks(j);
	writer_table_free(&j->table);
	part_put(j->last);
	j->last = NULL;
	j->copies = j->told = j->since_ns = 0;
	j->changed = false;
	memset(j->watch, 0, sizeof j->watch);
}

void writers_join_turn(struct writers_join *j)
{
	const struct page_map *pages = j->judged.pages[0];
	const struct fault_watch watch = j->watch[0];

	while (j->looks_n)
		look_put(&j->look[--j->looks_n]);
	j->judged.turned = !j->judged.turned;
	j->judged.pages[0] = j->judged.pages[1];
	j->judged.pages[1] = pages;
	j->watch[0] = j->watch[1];
	j->watch[1] = watch;
	j->changed = true;
}

void writers_join_clear(struct writers_join *j)
{
	writers_join_reset(j);
	VEC_FREE(&j->waiting);
	forget_examples(j, j->example.n);
}

void writers_join_free(struct writers_join *j)
{
	if (!j)
		return;
	writers_join_clear(j);
	VEC_FREE(&j->example);
	free(j);
}

/* What a program touched before it executed another one is no page of this one's. */
static void forget_before(struct writers_join *j, const struct fault *exec)
{
	for (size_t i = 0; i < j->waiting.n; i++)
		if (j->waiting.item[i].pid == exec->pid)
			j->waiting.item[i].weight = 0;
}

static void take_faults(struct writers_join *j, const struct fault_batch *batch)
{
	size_t room = WAITING_MOST, over;

	take_examples(j, batch);
	for (size_t i = 0; batch && i < batch->n; i++) {
		if (batch->fault[i].exec)
			forget_before(j, &batch->fault[i]);
		else
			VEC_PUSH(&j->waiting, batch->fault[i]);
	}
	if (j->waiting.n <= room)
		return;
	over = j->waiting.n - room;
	memmove(j->waiting.item, j->waiting.item + over, room * sizeof *j->waiting.item);
	j->waiting.n = room;
}

static void take_look(struct writers_join *j, const struct snapshot *s, const struct pair *p)
{
	if (p->one_space || !value_state_has_value(p->verdicts->pages_state) ||
		p->verdicts == j->newest)
		return;
	part_put(j->newest);
	j->newest = part_get(p->verdicts);
	j->look[j->looks_n++] = look_of(s, p);
}

static void judge_oldest(struct writers_join *j, const struct snapshot *s)
{
	judge(j, s, &j->look[0]);
	look_put(&j->judged);
	j->judged = j->look[0];
	j->looks_n--;
	memmove(j->look, j->look + 1, j->looks_n * sizeof *j->look);
}

/* The looks of which all faults have been told, and those that have waited long enough. */
static void judge_ready(struct writers_join *j, const struct snapshot *s)
{
	while (j->looks_n && (!s->faults || j->looks_n == LOOKS_MOST ||
				     j->look[0].until_ns <= s->faults_until_ns))
		judge_oldest(j, s);
	drop_spent(j, s);
}

/* Of one that has ended stands what was said while it lived. */
static void take_watches(struct writers_join *j, const struct snapshot *s)
{
	for (unsigned i = 0; i < 2; i++) {
		const struct fault_watch *now = fault_watch_of(s->faults, s->side[i].id.pid);
		struct fault_watch *had = &j->watch[i];

		if (!now || (now->state == VALUE_GONE && had->pid == now->pid))
			continue;
		j->changed |= had->pid != now->pid || had->state != now->state ||
			      had->period != now->period || had->lost != now->lost ||
			      had->kernel != now->kernel || had->threads != now->threads ||
			      had->threads_of != now->threads_of ||
			      had->ring_bytes != now->ring_bytes || had->examples != now->examples;
		*had = *now;
	}
}

struct writers *writers_join_make(struct writers_join *j, const struct snapshot *s)
{
	const struct fault_watch *seen = &j->watch[j->watch[0].pid ? 0 : 1];
	uint64_t cpu_ns = clock_thread_cpu_ns();
	struct writers *w = part_make(PART_WRITERS);

	for (unsigned i = 0; i < 2; i++)
		if (j->watch[i].pid && value_state_has_value(j->watch[i].state))
			seen = &j->watch[i];
	w->state = seen->pid ? seen->state : VALUE_UNREAD;
	w->reason = value_state_has_value(w->state) ? NULL
		    : seen->pid			    ? seen->reason
						    : value_state_reason(VALUE_UNREAD);
	memcpy(w->watch, j->watch, sizeof w->watch);
	writer_table_fill(&j->table, s->monotonic_ns, w);
	w->copies = j->copies;
	w->untold = j->copies - j->told;
	w->since_ns = j->since_ns;
	part_seal(&w->part, cpu_ns, 0);
	return w;
}

void writers_join_see(struct writers_join *j, struct snapshot *s, const struct pair *p)
{
	if (!s->faults && !j->last)
		return;
	take_faults(j, s->faults);
	if (!p)
		return;
	if (!j->since_ns)
		j->since_ns = s->monotonic_ns;
	take_watches(j, s);
	take_look(j, s, p);
	judge_ready(j, s);
	if (!j->last || j->changed || writer_table_faded(&j->table, s->monotonic_ns, j->last)) {
		part_put(j->last);
		j->last = writers_join_make(j, s);
		j->changed = false;
	}
	s->writers = part_get(j->last);
}

void writers_join_seed(struct writers_join *j, const struct snapshot *s, const struct pair *p)
{
	const struct writers *w = s->writers;

	writers_join_reset(j);
	forget_examples(j, j->example.n);
	j->waiting.n = 0;
	take_faults(j, s->faults);
	if (value_state_has_value(p->verdicts->pages_state)) {
		j->judged = look_of(s, p);
		j->newest = part_get(p->verdicts);
	}
	drop_spent(j, s);
	if (!w)
		return;
	writer_table_seed(&j->table, w);
	memcpy(j->watch, w->watch, sizeof j->watch);
	j->copies = w->copies;
	j->told = w->copies - w->untold;
	j->since_ns = w->since_ns;
	j->last = part_get(w);
}
