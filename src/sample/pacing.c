/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pacing.h"

#include "twintop/base/clock.h"

#define ROWS_MILLE    30 /* of one core that a reader of rows may take … */
#define OTHERS_MILLE  15 /* … or one who reads of many others, and has turns besides … */
#define ROWS_DELAY_NS 1000000000u /* … but its rows never get older than this */
#define BESIDE_NS     1000000000u /* what nobody looks at is read so seldom … */
#define LARGE_NS      1400000000u /* … so seldom where a read costs more than that … */
#define LARGE_COST_NS 500000u
#define BESIDE_MILLE  3 /* … and takes so much of one core at most */

/* How long a reader that cost so much rests so that it takes no more than its share of a core. */
static uint64_t rest_ns(const struct sampler *s, uint64_t cost_ns, uint64_t permille)
{
	return s->options.whole || !permille ? 0 : cost_ns * 1000 / permille;
}

/* Of one core for page reading: its share, less what all else of ours takes, but a fifth of it. */
static uint64_t page_permille(const struct sampler *s)
{
	uint64_t share = s->options.page_cost_permille;
	uint64_t other = s->other_permille < share ? s->other_permille : share;

	return share - other > share / 5 ? share - other : share / 5;
}

/* Where pages of A and B are wanted as well, it has half. */
unsigned pacing_turns_permille(const struct sampler *s, const struct round *r)
{
	return (unsigned)(page_permille(s) / (r->need & NEED_PAGES ? 2 : 1));
}

static uint64_t beside_rest(const struct sampler *s, const struct post *post)
{
	uint64_t rest = rest_ns(s, post->all_cost_ns, BESIDE_MILLE);
	uint64_t least = post->all_cost_ns > LARGE_COST_NS ? LARGE_NS : BESIDE_NS;

	return rest > least ? rest : least;
}

void pacing_rest(struct sampler *s, const struct reader_ops *ops, struct post *post,
	const struct reading *reading)
{
	uint64_t turns_ns = reading->job.turns_ns;
	uint64_t rest =
		rest_ns(s, reading->cpu_ns - turns_ns, ops->others ? OTHERS_MILLE : ROWS_MILLE);

	if (!(post->beside & ~post->need)) {
		post->all_cost_ns = reading->cpu_ns;
		post->beside_ns = reading->end_ns + beside_rest(s, post);
	}
	s->page_cpu_ns += turns_ns;
	switch (ops->pace) {
	case PACE_ROUND:
		post->due_ns = 0;
		break;
	case PACE_ROWS:
		post->due_ns = reading->end_ns + (rest < ROWS_DELAY_NS ? rest : ROWS_DELAY_NS);
		break;
	case PACE_PAGES:
		s->pages_cost_ns += reading->cpu_ns;
		break;
	}
}

void stations_pace(struct sampler *s, uint64_t compare_ns)
{
	uint64_t cost = s->pages_cost_ns + compare_ns;

	if (!s->pages_cost_ns)
		return;
	s->page_cpu_ns += cost;
	s->pages_cost_ns = 0;
	s->pages_delay_ns = rest_ns(s, cost, page_permille(s));
	for (size_t i = 0; i < reader_table_n; i++)
		if (s->station[i].ops->pace == PACE_PAGES)
			s->station[i].post[0].due_ns = clock_monotonic_ns() + s->pages_delay_ns;
}
