/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/record/event_log.h"

#include <string.h>

/* Whether the batch's moment comes before that time and sequence. */
static bool is_before(const struct logged_batch *b, uint64_t moment_ns, uint64_t sequence)
{
	return b->moment_ns != moment_ns ? b->moment_ns < moment_ns : b->sequence < sequence;
}

/* Index of the first batch whose moment is not before that one. */
static size_t find(const struct event_log *log, uint64_t moment_ns, uint64_t sequence)
{
	size_t low = 0, high = log->batch.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_before(&log->batch.item[middle], moment_ns, sequence))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Numbers the events anew from that batch on. */
static void number(struct event_log *log, size_t from)
{
	log->n = from ? log->batch.item[from - 1].first + log->batch.item[from - 1].batch->n : 0;
	for (size_t i = from; i < log->batch.n; i++) {
		log->batch.item[i].first = log->n;
		log->n += log->batch.item[i].batch->n;
	}
}

/* Anew: so seldom that it costs each event a few looks. */
static void index_all(struct event_log *log)
{
	event_index_free(&log->index);
	for (size_t i = 0; i < log->batch.n; i++)
		event_index_add(
			&log->index, log->batch.item[i].batch, log->batch.item[i].moment_ns);
}

/* Drops the oldest down to three quarters of the bound, so that it is seldom done. */
static void drop_oldest(struct event_log *log)
{
	size_t drop = 0, left = log->n;

	if (log->n <= EVENT_LOG_MOST)
		return;
	while (drop + 1 < log->batch.n && left > EVENT_LOG_MOST / 4 * 3) {
		left -= log->batch.item[drop].batch->n;
		part_put(log->batch.item[drop++].batch);
	}
	log->batch.n -= drop;
	memmove(log->batch.item, log->batch.item + drop, log->batch.n * sizeof log->batch.item[0]);
	number(log, 0);
	log->renumbered += drop > 0;
	if (drop)
		index_all(log);
}

/* What a step says beside its caption is shown with it: as events it would hide the others. */
static bool is_news(const struct event *e)
{
	return e->kind != EVENT_STEP_LINE;
}

/* The batch without what is no news, with a reference; NULL: nothing is left. */
static const struct event_batch *news_of(const struct event_batch *batch)
{
	struct event_sink sink = {0};
	size_t news = 0;

	for (size_t i = 0; i < batch->n; i++)
		news += is_news(&batch->event[i]);
	if (news == batch->n)
		return part_get(batch);
	for (size_t i = 0; i < batch->n; i++) {
		const struct event *e = &batch->event[i];

		if (is_news(e))
			event_sink_add(&sink, *e, event_name(batch, e->name),
				event_name(batch, e->before));
	}
	return event_sink_seal(&sink);
}

void event_log_add(struct event_log *log, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;
	size_t at = find(log, s->monotonic_ns, s->sequence);
	const struct event_batch *news;

	if (!s->events || (at < log->batch.n && log->batch.item[at].moment_ns == s->monotonic_ns &&
				  log->batch.item[at].sequence == s->sequence))
		return;
	news = news_of(s->events);
	if (!news)
		return;
	VEC_RESERVE(&log->batch, log->batch.n + 1);
	memmove(log->batch.item + at + 1, log->batch.item + at,
		(log->batch.n - at) * sizeof log->batch.item[0]);
	log->batch.n++;
	log->renumbered += at + 1 < log->batch.n;
	log->batch.item[at] = (struct logged_batch){
		.moment_ns = s->monotonic_ns,
		.sequence = s->sequence,
		.batch = news,
	};
	number(log, at);
	event_index_add(&log->index, news, s->monotonic_ns);
	drop_oldest(log);
}

void event_log_clear(struct event_log *log)
{
	for (size_t i = 0; i < log->batch.n; i++)
		part_put(log->batch.item[i].batch);
	VEC_FREE(&log->batch);
	event_index_free(&log->index);
	log->renumbered += log->n > 0;
	log->n = 0;
}

size_t event_log_known(const struct event_log *log, const struct moment *m)
{
	size_t at = find(log, m->snapshot->monotonic_ns, m->snapshot->sequence + 1);

	return at < log->batch.n ? log->batch.item[at].first : log->n;
}

bool event_log_at(const struct event_log *log, size_t number, struct logged_event *ret)
{
	size_t low = 0, high = log->batch.n;
	const struct logged_batch *b;

	if (number >= log->n)
		return false;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (log->batch.item[middle].first <= number)
			low = middle;
		else
			high = middle;
	}
	b = &log->batch.item[low];
	*ret = (struct logged_event){b->batch, &b->batch->event[number - b->first], b->moment_ns};
	return true;
}

const struct logged_batch *event_log_after(const struct event_log *log, uint64_t moment_ns)
{
	size_t at = find(log, moment_ns, UINT64_MAX);

	return at < log->batch.n ? &log->batch.item[at] : NULL;
}

const struct logged_batch *event_log_before(const struct event_log *log, uint64_t moment_ns)
{
	size_t at = find(log, moment_ns, 0);

	return at ? &log->batch.item[at - 1] : NULL;
}
