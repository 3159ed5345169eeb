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

/* How many of its events are main ones, and what those tell. */
static void count_main(struct logged_batch *b)
{
	b->main_n = 0;
	b->telling = EVENT_KINDS;
	for (size_t i = 0; i < b->batch->n; i++) {
		enum event_kind kind = b->batch->event[i].kind;

		b->main_n += event_is_main(kind);
		if (event_weight(kind) > event_weight(b->telling))
			b->telling = kind;
	}
}

/* Numbers the events anew from that batch on. */
static void number(struct event_log *log, size_t from)
{
	size_t n = 0, main_n = 0;

	if (from) {
		const struct logged_batch *before = &log->batch.item[from - 1];

		n = before->first + before->batch->n;
		main_n = before->first_main + before->main_n;
	}
	for (size_t i = from; i < log->batch.n; i++) {
		struct logged_batch *b = &log->batch.item[i];

		b->first = n;
		b->first_main = main_n;
		count_main(b);
		n += b->batch->n;
		main_n += b->main_n;
	}
	log->n = n;
	log->main_n = main_n;
}

/* What a step says beside its caption is shown with it: as events it would hide the others. */
static bool is_news(const struct event *e)
{
	return e->kind != EVENT_STEP_LINE;
}

static bool is_main_news(const struct event *e)
{
	return event_is_main(e->kind) && is_news(e);
}

/* The batch's events of that sort, with a reference; NULL: there are none. */
static const struct event_batch *events_of(
	const struct event_batch *batch, bool (*wanted)(const struct event *e))
{
	struct event_sink sink = {0};
	size_t n = 0;

	for (size_t i = 0; i < batch->n; i++)
		n += wanted(&batch->event[i]);
	if (n == batch->n)
		return part_get(batch);
	for (size_t i = 0; i < batch->n; i++)
		if (wanted(&batch->event[i]))
			event_sink_copy(&sink, batch, &batch->event[i]);
	return event_sink_seal(&sink);
}

/* Events of that moment are left out. */
static void lacks_before(uint64_t *since_ns, uint64_t moment_ns)
{
	*since_ns = moment_ns >= *since_ns ? moment_ns + 1 : *since_ns;
}

/* Leaves the main ones of the oldest moments, of all but the newest if need be; so many are left.
 */
static size_t thin_oldest(struct event_log *log, size_t left)
{
	size_t kept = 0;

	for (size_t i = 0; i < log->batch.n; i++) {
		struct logged_batch b = log->batch.item[i];

		if (left > EVENT_LOG_MOST / 4 * 3 && i + 1 < log->batch.n) {
			const struct event_batch *main = events_of(b.batch, is_main_news);

			lacks_before(&log->all_ns, b.moment_ns);
			left -= b.batch->n - (main ? main->n : 0);
			part_put(b.batch);
			b.batch = main;
		}
		if (b.batch)
			log->batch.item[kept++] = b;
	}
	log->batch.n = kept;
	return left;
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
	left = thin_oldest(log, left);
	while (drop + 1 < log->batch.n && left > EVENT_LOG_MOST / 4 * 3) {
		lacks_before(&log->all_ns, log->batch.item[drop].moment_ns);
		lacks_before(&log->main_ns, log->batch.item[drop].moment_ns);
		left -= log->batch.item[drop].batch->n;
		part_put(log->batch.item[drop++].batch);
	}
	log->batch.n -= drop;
	memmove(log->batch.item, log->batch.item + drop, log->batch.n * sizeof log->batch.item[0]);
	number(log, 0);
	log->renumbered++;
	index_all(log);
}

void event_log_add_batch(struct event_log *log, const struct told_batch *told)
{
	size_t at = find(log, told->moment_ns, told->sequence);
	const struct event_batch *news;

	if (at < log->batch.n && log->batch.item[at].moment_ns == told->moment_ns &&
		log->batch.item[at].sequence == told->sequence)
		return;
	news = events_of(told->batch, is_news);
	if (!news)
		return;
	VEC_RESERVE(&log->batch, log->batch.n + 1);
	memmove(log->batch.item + at + 1, log->batch.item + at,
		(log->batch.n - at) * sizeof log->batch.item[0]);
	log->batch.n++;
	log->renumbered += at + 1 < log->batch.n;
	log->batch.item[at] = (struct logged_batch){
		.moment_ns = told->moment_ns,
		.sequence = told->sequence,
		.batch = news,
	};
	number(log, at);
	event_index_add(&log->index, news, told->moment_ns);
	drop_oldest(log);
}

void event_log_add(struct event_log *log, const struct moment *m)
{
	const struct snapshot *s = m->snapshot;

	if (s->events)
		event_log_add_batch(
			log, &(const struct told_batch){s->monotonic_ns, s->sequence, s->events});
}

void event_log_add_told(struct event_log *log, const struct told_events *told)
{
	for (size_t i = 0; i < told->n; i++)
		event_log_add_batch(log, &told->item[i]);
}

void event_log_clear(struct event_log *log)
{
	for (size_t i = 0; i < log->batch.n; i++)
		part_put(log->batch.item[i].batch);
	VEC_FREE(&log->batch);
	event_index_free(&log->index);
	log->renumbered += log->n > 0;
	log->n = log->main_n = 0;
	log->all_ns = log->main_ns = 0;
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

size_t event_log_main_known(const struct event_log *log, const struct moment *m)
{
	size_t at = find(log, m->snapshot->monotonic_ns, m->snapshot->sequence + 1);

	return at < log->batch.n ? log->batch.item[at].first_main : log->main_n;
}

/* The batch's main event of that number among them. */
static const struct event *main_at(const struct event_batch *batch, size_t number)
{
	size_t i = 0;

	while (!event_is_main(batch->event[i].kind) || number--)
		i++;
	return &batch->event[i];
}

bool event_log_main_at(const struct event_log *log, size_t number, struct logged_event *ret)
{
	size_t low = 0, high = log->batch.n;
	const struct logged_batch *b;

	if (number >= log->main_n)
		return false;
	/* Of batches with one number it is the last: those before have none. */
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (log->batch.item[middle].first_main <= number)
			low = middle;
		else
			high = middle;
	}
	b = &log->batch.item[low];
	*ret = (struct logged_event){
		b->batch, main_at(b->batch, number - b->first_main), b->moment_ns};
	return true;
}

const struct logged_batch *event_log_after(const struct event_log *log, uint64_t moment_ns)
{
	for (size_t at = find(log, moment_ns, UINT64_MAX); at < log->batch.n; at++)
		if (log->batch.item[at].main_n)
			return &log->batch.item[at];
	return NULL;
}

const struct logged_batch *event_log_before(const struct event_log *log, uint64_t moment_ns)
{
	for (size_t at = find(log, moment_ns, 0); at-- > 0;)
		if (log->batch.item[at].main_n)
			return &log->batch.item[at];
	return NULL;
}

const struct logged_batch *event_log_telling(
	const struct event_log *log, uint64_t from_ns, uint64_t until_ns)
{
	const struct logged_batch *best = NULL;

	for (size_t at = find(log, from_ns, 0);
		at < log->batch.n && log->batch.item[at].moment_ns < until_ns; at++) {
		const struct logged_batch *b = &log->batch.item[at];

		if (event_weight(b->telling) > event_weight(best ? best->telling : EVENT_KINDS))
			best = b;
	}
	return best;
}
