/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/compare/copies.h"

#include <stdlib.h>
#include <string.h>

#include "twintop/base/vec.h"

#define SAMPLES_MOST 65536u /* that are read back; there are as many as in a window */

/* All copies that were seen up to a read. */
struct copies_sample {
	uint64_t read_ns, pages;
};

struct copies {
	/* By time; the first is the youngest that lies a window before the last, else the oldest.
	 */
	VEC(struct copies_sample) sample;
	uint64_t counted; /* in the last read: what it adds to the pages seen is new */
	double peak;
};

struct copies *copies_new(void)
{
	return memset(mem_alloc(sizeof(struct copies)), 0, sizeof(struct copies));
}

void copies_reset(struct copies *c)
{
	VEC_FREE(&c->sample);
	*c = (struct copies){0};
}

void copies_free(struct copies *c)
{
	if (!c)
		return;
	copies_reset(c);
	free(c);
}

uint64_t copies_read_ns(const struct snapshot *s)
{
	uint64_t last = 0;

	if (s->side[0].ending.ended || s->side[1].ending.ended)
		return s->monotonic_ns;

	for (unsigned i = 0; i < 2; i++) {
		const struct page_map *pages = s->side[i].pages;
		uint64_t ns = s->side[i].read_ns[PART_PAGES];

		if (pages && pages->part.end_ns > ns)
			ns = pages->part.end_ns;
		last = ns > last ? ns : last;
	}
	return last;
}

/* Lets go of what lies more than a window back, but for the last of it. */
static void forget_old(struct copies *c, uint64_t now_ns)
{
	size_t old = 0;

	while (old + 1 < c->sample.n && now_ns - c->sample.item[old + 1].read_ns >= RATE_WINDOW_NS)
		old++;
	c->sample.n -= old;
	memmove(c->sample.item, c->sample.item + old, c->sample.n * sizeof *c->sample.item);
}

static void take(struct copies *c, uint64_t now_ns, uint64_t counted)
{
	struct copies_sample next = {.read_ns = now_ns};

	if (c->sample.n)
		next.pages = c->sample.item[c->sample.n - 1].pages +
			     (counted > c->counted ? counted - c->counted : 0);
	c->counted = counted;
	VEC_PUSH(&c->sample, next);
	forget_old(c, now_ns);
}

static double rate(const struct copies *c)
{
	const struct copies_sample *first = c->sample.item, *last = first + c->sample.n - 1;
	uint64_t ns = last->read_ns - first->read_ns;

	ns = ns > RATE_WINDOW_NS ? ns : RATE_WINDOW_NS;
	return (double)(last->pages - first->pages) * 1e9 / (double)ns;
}

/* Takes the counts of a pair; false: it has none. */
static bool remember(struct copies *c, const struct snapshot *s, const struct pair *p)
{
	uint64_t now_ns = copies_read_ns(s);

	if (p->one_space || !value_state_has_value(p->verdicts->pages_state))
		return false;
	if (!c->sample.n || now_ns > c->sample.item[c->sample.n - 1].read_ns)
		take(c, now_ns, p->verdicts->pages.copied);
	return true;
}

void copies_see(struct copies *c, struct snapshot *s, const struct pair *p)
{
	s->copies.gap = RATE_FIRST;
	if (!remember(c, s, p) || c->sample.n < 2)
		return;
	s->copies.now = rate(c);
	c->peak = s->copies.now > c->peak ? s->copies.now : c->peak;
	s->copies.peak = c->peak;
	s->copies.gap = RATE_KNOWN;
}

void copies_seed(struct copies *c, const struct snapshot *s, const struct pair *p)
{
	remember(c, s, p);
	c->peak = s->copies.gap ? 0 : s->copies.peak;
}

void copies_keep(struct copies *c, struct keep *k)
{
	size_t n = keep_count(k, c->sample.n, SAMPLES_MOST);

	for (size_t i = 0; i < n; i++) {
		if (keep_reads(k))
			VEC_PUSH(&c->sample, (struct copies_sample){0});
		KEEP(k, c->sample.item[i].read_ns);
		KEEP(k, c->sample.item[i].pages);
	}
	KEEP(k, c->counted);
	c->peak = keep_real(k, c->peak);
}
