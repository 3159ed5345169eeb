/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What feeds tell of the watched processes, and what the sampler does, for the next moment. */
#include <stddef.h>

#include "sampler_internal.h"
#include "twintop/base/clock.h"

#define FLUSH_NS       100000000u  /* a round waits so long for what the feeds are asked */
#define FLUSH_WHOLE_NS 1000000000u /* and where each sample is to be whole */
#define LOOK_NS	       10000000u   /* between looks for the last event */

int told_open(struct sampler *s)
{
	const struct feed_context context = {
		.root = s->options.root,
		.access = s->options.access,
		.steps_fd = s->options.steps_fd,
		.steps_pid = s->options.steps_pid,
		.kin_threads = s->options.kin_threads,
		.brief = s->options.brief,
	};

	return feeds_new(&context, feed_table, feed_table_n, &s->feeds);
}

unsigned told_close(struct sampler *s)
{
	bool ended = feeds_free(s->feeds);

	event_sink_free(&s->events);
	fault_sink_free(&s->faults);
	lane_sink_free(&s->lanes);
	return !ended;
}

void told_watch(struct sampler *s)
{
	struct task_id id[2];
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++)
		if (s->side[i] && !(i && targets_same(s)))
			id[n++] = s->side[i]->identity.id;
	feeds_watch(s->feeds, id, n);
	s->ask_feeds = true;
}

/* What a fork or an end that was told means to us. */
static void heed(struct sampler *s, const struct event_batch *batch, const struct event *e)
{
	told_lives_heed(&s->lives, batch, e);
	if (e->kind == EVENT_FORK || e->kind == EVENT_EXIT || e->kind == EVENT_LOST)
		s->kin_told_ns = clock_monotonic_ns();
	if (e->kind == EVENT_FORK)
		siblings_born(s, e->pid, e->other);
	else if (e->kind == EVENT_EXIT)
		s->exit_told = e->pid;
}

bool told_take(struct sampler *s)
{
	const struct event_batch *batch = feeds_take(s->feeds);

	for (size_t i = 0; batch && i < batch->n; i++)
		heed(s, batch, &batch->event[i]);
	event_sink_add_batch(&s->events, batch);
	if (batch)
		s->stirred_ns = clock_monotonic_ns();
	part_put(batch);
	return batch != NULL;
}

void told_gather(struct sampler *s)
{
	uint64_t patience = s->options.whole ? FLUSH_WHOLE_NS : FLUSH_NS;

	if (s->ask_feeds || s->options.whole)
		feeds_flush(s->feeds, clock_monotonic_ns() + patience);
	s->ask_feeds = false;
	told_take(s);
}

/*
 * What is told beside events while somebody needs it. Who looks away for a moment finds what
 * happened meanwhile.
 */
static const struct told_row {
	unsigned need;
	size_t needed_ns; /* the sampler's: when a round last needed it; 0: nobody listens */
} told_rows[] = {
	{NEED_LISTEN, offsetof(struct sampler, faults_needed_ns)},
	{NEED_SWITCHES, offsetof(struct sampler, switches_needed_ns)},
};

static uint64_t *needed_ns(struct sampler *s, const struct told_row *row)
{
	return (uint64_t *)((char *)s + row->needed_ns);
}

static bool listens(const struct round *r, unsigned need, uint64_t needed_ns)
{
	return r->need & need || (needed_ns && r->begin_ns - needed_ns <= KEEP_UNNEEDED_NS);
}

void told_need(struct sampler *s, const struct round *r)
{
	unsigned listened = 0, listen = 0;

	if (r->delay_ns != s->paced_ns)
		feeds_pace(s->feeds, r->delay_ns);
	s->paced_ns = r->delay_ns;
	for (size_t i = 0; i < sizeof told_rows / sizeof *told_rows; i++) {
		const struct told_row *row = &told_rows[i];
		uint64_t *at = needed_ns(s, row);

		listened |= *at ? row->need : 0;
		if (!listens(r, row->need, *at))
			*at = 0;
		else if (r->need & row->need)
			*at = r->begin_ns;
		listen |= *at ? row->need : 0;
	}
	if (listen == listened)
		return;
	feeds_need(s->feeds, listen);
	s->ask_feeds = true;
}

void told_beside(struct sampler *s)
{
	uint64_t patience = s->options.whole ? FLUSH_WHOLE_NS : FLUSH_NS;
	const struct fault_batch *faults = s->host.faults;
	const struct lane_batch *switches = s->host.switches;

	s->host.faults = NULL;
	s->host.switches = NULL;
	if (s->faults_needed_ns || s->switches_needed_ns)
		feeds_catch_up(s->feeds, clock_monotonic_ns() + patience);
	if (s->faults_needed_ns) {
		feeds_take_faults(s->feeds, &s->faults);
		s->host.faults = fault_sink_seal(&s->faults, faults);
	}
	if (s->switches_needed_ns) {
		feeds_take_lanes(s->feeds, &s->lanes);
		s->host.switches = lane_sink_seal(&s->lanes, NULL);
	}
	part_put(faults);
	part_put(switches);
}

void told_last(struct sampler *s)
{
	uint64_t until = clock_monotonic_ns() + FLUSH_WHOLE_NS;
	pid_t pid = s->side[0]->identity.id.pid;

	told_gather(s);
	while (s->exit_told != pid && clock_monotonic_ns() < until) {
		clock_sleep_ns(LOOK_NS);
		told_gather(s);
	}
}

void sampler_event(struct sampler *s, struct event event, struct text name)
{
	event.source = "sampler";
	event_sink_add(&s->events, event, name, text_of(NULL));
}
