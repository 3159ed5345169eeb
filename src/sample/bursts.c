/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first page that a pair copied, and bursts of copies, with what and who. */
#include <string.h>

#include "changes.h"

enum { BY_A, BY_B, BY_UNSEEN, BYS };

static void forget_verdicts(struct bursts *b)
{
	part_put(b->verdicts);
	b->verdicts = NULL;
}

void bursts_reset(struct bursts *b)
{
	for (unsigned by = 0; by < BYS; by++)
		part_put(b->burst[by].writers);
	part_put(b->writers);
	part_put(b->writers_before);
	part_put(b->names);
	forget_verdicts(b);
	*b = (struct bursts){0};
}

static uint64_t sum_of(const uint64_t pages[MAPPING_KINDS])
{
	uint64_t sum = 0;

	for (unsigned k = 0; k < MAPPING_KINDS; k++)
		sum += pages[k];
	return sum;
}

/* ---- what is told --------------------------------------------------------- */

/* "37 of heap, 12 of data": the most first. */
static void add_kinds(struct textbuf *out, const uint64_t pages[MAPPING_KINDS])
{
	bool told[MAPPING_KINDS] = {false};

	for (;;) {
		unsigned most = MAPPING_KINDS;

		for (unsigned k = 0; k < MAPPING_KINDS; k++)
			if (pages[k] && !told[k] &&
				(most == MAPPING_KINDS || pages[k] > pages[most]))
				most = k;
		if (most == MAPPING_KINDS)
			return;
		told[most] = true;
		textbuf_addf(out, "%s%llu of %s", out->len ? ", " : "",
			(unsigned long long)pages[most], mapping_kind_info[most].id);
	}
}

/* Pages that a place copied since; places keep theirs in the list. */
static uint64_t copied_since(const struct writers *before, const struct writers *now, size_t i)
{
	uint64_t had = before && i < before->n ? before->writer[i].copied : 0;

	return now->writer[i].copied > had ? now->writer[i].copied - had : 0;
}

static struct text function_of(const struct bursts *b, const struct writer *w)
{
	const struct symbol *s = writer_names_find(b->names, w->pid, w->ip);

	return s ? writer_function(s) : text_of(NULL);
}

/* The function that copied most since, of that process (0: of either); bytes NULL: not known. */
static struct text function_since(const struct bursts *b, const struct writers *before, pid_t pid)
{
	const struct writers *now = b->writers;
	struct text best = text_of(NULL);
	uint64_t most = 0;

	for (size_t i = 0; now && i < now->n; i++) {
		struct text name = function_of(b, &now->writer[i]);
		uint64_t pages = 0;

		if (!name.len || !copied_since(before, now, i))
			continue;
		for (size_t k = 0; k < now->n; k++)
			if ((!pid || now->writer[k].pid == pid) &&
				text_equal(function_of(b, &now->writer[k]), name))
				pages += copied_since(before, now, k);
		if (pages > most) {
			most = pages;
			best = name;
		}
	}
	return best;
}

static pid_t pid_of(const struct bursts *b, unsigned by)
{
	return by == BY_UNSEEN ? 0 : b->id[by].pid;
}

/* What a burst came to until now. */
static void tell(struct bursts *b, unsigned by, enum event_kind kind, const struct snapshot *s,
	struct event_sink *sink)
{
	const struct burst *burst = &b->burst[by];
	const struct event e = {.kind = kind,
		.pid = pid_of(b, by),
		.source = CHANGE_SOURCE,
		.realtime_ns = s->realtime_ns,
		.monotonic_ns = s->monotonic_ns,
		.count = sum_of(burst->pages),
		.span_ns = burst->last_ns - burst->begin_ns};
	struct textbuf kinds = {0};

	add_kinds(&kinds, burst->pages);
	event_sink_put(sink, e,
		&(const struct event_names){.name = {kinds.bytes, kinds.len},
			.function = function_since(b, burst->writers, e.pid)});
	textbuf_free(&kinds);
}

static void tell_burst(
	struct bursts *b, unsigned by, const struct snapshot *s, struct event_sink *sink)
{
	struct burst *burst = &b->burst[by];

	if (!burst->last_ns)
		return;
	tell(b, by, EVENT_COPIES, s, sink);
	part_put(burst->writers);
	*burst = (struct burst){0};
}

static void tell_first(struct bursts *b, unsigned by, unsigned kind, const struct snapshot *s,
	struct event_sink *sink)
{
	const struct event e = {.kind = EVENT_FIRST_COPY,
		.pid = pid_of(b, by),
		.other = by == BY_UNSEEN ? 0 : b->id[!by].pid,
		.source = CHANGE_SOURCE,
		.realtime_ns = s->realtime_ns,
		.monotonic_ns = s->monotonic_ns};

	event_sink_put(sink, e,
		&(const struct event_names){.name = text_of(mapping_kind_info[kind].id),
			.function = function_since(b, NULL, e.pid)});
}

/* ---- what the verdicts say ------------------------------------------------- */

static enum mapping_kind kind_of(const struct snapshot *s, const struct pair_mapping *row)
{
	unsigned side = row->a < 0;

	return side_mapping_kind(&s->side[side], (size_t)(side ? row->b : row->a));
}

static void count(
	const struct snapshot *s, const struct verdicts *v, uint64_t ret_copied[BYS][MAPPING_KINDS])
{
	memset(ret_copied, 0, BYS * sizeof *ret_copied);
	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_pages *p = &v->mapping[i].pages;
		enum mapping_kind kind;

		if (!p->copied)
			continue;
		kind = kind_of(s, &v->mapping[i]);
		ret_copied[BY_A][kind] += p->copied_by_a;
		ret_copied[BY_B][kind] += p->copied_by_b;
		ret_copied[BY_UNSEEN][kind] += p->copied - p->copied_by_a - p->copied_by_b;
	}
}

/* When the pages behind the verdicts were last read, of the older side. */
static uint64_t read_ns(const struct snapshot *s)
{
	uint64_t a = s->side[0].read_ns[PART_PAGES], b = s->side[1].read_ns[PART_PAGES];

	return a < b ? a : b;
}

static void add_copies(struct bursts *b, unsigned by, const uint64_t now[MAPPING_KINDS],
	const struct snapshot *s, struct event_sink *sink)
{
	struct burst *burst = &b->burst[by];

	for (unsigned k = 0; k < MAPPING_KINDS; k++) {
		if (now[k] <= b->copied[by][k])
			continue;
		if (!b->first_told)
			tell_first(b, by, k, s, sink);
		b->first_told = true;
		if (!burst->last_ns) {
			burst->begin_ns = b->read_ns;
			burst->writers = part_get(b->writers_before);
		}
		burst->pages[k] += now[k] - b->copied[by][k];
		burst->last_ns = s->monotonic_ns;
	}
}

/*
 * What was seen of pages before the pair was first judged is no change, unless the fork was: then
 * nothing was copied before.
 */
static void take_verdicts(struct bursts *b, const struct snapshot *s, const struct verdicts *v,
	struct event_sink *sink)
{
	uint64_t now[BYS][MAPPING_KINDS];

	if (v == b->verdicts)
		return;
	count(s, v, now);
	if (!b->begun && !v->fork_seen) {
		memcpy(b->copied, now, sizeof now);
		for (unsigned by = 0; by < BYS; by++)
			b->first_told |= sum_of(now[by]) > 0;
	}
	if (!b->begun)
		b->read_ns = read_ns(s);
	b->begun = true;
	for (unsigned by = 0; by < BYS; by++)
		add_copies(b, by, now[by], s, sink);
	memcpy(b->copied, now, sizeof now);
	forget_verdicts(b);
	b->verdicts = part_get(v);
}

/* ---- the pair --------------------------------------------------------------- */

static void tell_all(struct bursts *b, const struct snapshot *s, struct event_sink *sink)
{
	for (unsigned by = 0; by < BYS; by++)
		tell_burst(b, by, s, sink);
}

static bool is_pair(const struct bursts *b, const struct snapshot *s, unsigned first)
{
	return s->sides == 2 && task_id_equal(b->id[0], s->side[first].id) &&
	       task_id_equal(b->id[1], s->side[!first].id) && b->tid[0] == s->side[first].tid &&
	       b->tid[1] == s->side[!first].tid;
}

/* A and B have changed places. */
static void turn(struct bursts *b)
{
	struct bursts was = *b;

	for (unsigned i = 0; i < 2; i++) {
		b->id[i] = was.id[!i];
		b->tid[i] = was.tid[!i];
		b->burst[i] = was.burst[!i];
		memcpy(b->copied[i], was.copied[!i], sizeof b->copied[i]);
	}
	forget_verdicts(b);
}

/* Another pair, or none: what was under way is told as far as it went. */
static void begin_pair(struct bursts *b, const struct snapshot *s, struct event_sink *sink)
{
	tell_all(b, s, sink);
	bursts_reset(b);
	for (unsigned i = 0; i < s->sides && s->sides == 2; i++) {
		b->id[i] = s->side[i].id;
		b->tid[i] = s->side[i].tid;
	}
}

/* Whether somebody may yet find the name of a place that copied in the burst. */
static bool is_unnamed(const struct bursts *b, const struct burst *burst)
{
	for (size_t i = 0; b->writers && i < b->writers->n; i++) {
		const struct writer *w = &b->writers->writer[i];

		if (w->ip && copied_since(burst->writers, b->writers, i) &&
			!writer_names_find(b->names, w->pid, w->ip))
			return true;
	}
	return false;
}

/*
 * Where the pages were not read since, nobody knows whether there was quiet; for a while. Names are
 * waited for a little, too.
 */
static bool is_over(const struct bursts *b, const struct burst *burst, const struct snapshot *s)
{
	uint64_t until = burst->last_ns + BURST_QUIET_NS;

	if (s->side[0].ending.ended || s->side[1].ending.ended)
		return true;
	if (is_unnamed(b, burst) && s->monotonic_ns < until + 2 * BURST_QUIET_NS)
		return false;
	return b->read_ns >= until || s->monotonic_ns >= until + 10 * BURST_QUIET_NS;
}

/* Tells of a burst that goes on, where it has lasted for long enough and who copies is named. */
static void tell_long(
	struct bursts *b, unsigned by, const struct snapshot *s, struct event_sink *sink)
{
	struct burst *burst = &b->burst[by];
	uint64_t lasted = burst->last_ns - burst->begin_ns;
	uint64_t due = burst->told_ns ? burst->told_ns * BURST_LONGER : BURST_LONG_NS;

	if (lasted < due || (is_unnamed(b, burst) && lasted < due + 2 * BURST_QUIET_NS))
		return;
	while (lasted >= due * BURST_LONGER)
		due *= BURST_LONGER;
	burst->told_ns = due;
	tell(b, by, EVENT_COPYING, s, sink);
}

static void keep_writers(struct bursts *b, const struct snapshot *s)
{
	const struct writers *writers = part_get(s->writers);
	const struct writer_names *names = part_get(s->names);

	part_put(b->writers_before);
	part_put(b->names);
	b->writers_before = b->writers;
	b->writers = writers;
	b->names = names;
}

void bursts_follow(struct bursts *b, const struct snapshot *s, const struct pair *pair,
	struct event_sink *sink)
{
	const struct verdicts *v = pair ? pair->verdicts : NULL;
	bool judged = v && value_state_has_value(v->pages_state) && v->fork_related;

	if (is_pair(b, s, 1) && !is_pair(b, s, 0))
		turn(b);
	else if (!is_pair(b, s, 0))
		begin_pair(b, s, sink);
	keep_writers(b, s);
	if (judged) {
		take_verdicts(b, s, v, sink);
		b->read_ns = read_ns(s);
	}
	for (unsigned by = 0; by < BYS; by++) {
		if (!b->burst[by].last_ns)
			continue;
		if (is_over(b, &b->burst[by], s))
			tell_burst(b, by, s, sink);
		else
			tell_long(b, by, s, sink);
	}
}
