/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells of each ring of waits once, as long as it stands. */
#include "changes.h"
#include "twintop/model/wait_graph.h"

struct telling {
	struct deadlocks *told, now;
	const struct snapshot *s;
	struct event_sink *sink;
};

/* What the ring is known by: its threads and what they wait for, wherever one begins. */
static uint64_t key_of(const struct wait_cycle *c)
{
	uint64_t key = 0;

	for (unsigned i = 0; i < c->n; i++)
		key += ((uint64_t)c->link[i].tid << 32 ^ c->link[i].wait.address ^
			       (uint64_t)c->link[i].wait.fd) *
		       0x9e3779b97f4a7c15u;
	return key;
}

static bool was_told(const struct deadlocks *d, uint64_t key)
{
	for (size_t i = 0; i < d->told.n; i++)
		if (d->told.item[i] == key)
			return true;
	return false;
}

static void tell(const struct telling *t, const struct wait_cycle *c)
{
	const struct event e = {.kind = EVENT_DEADLOCK,
		.pid = t->s->side[c->link[0].side].id.pid,
		.count = c->n,
		.source = CHANGE_SOURCE,
		.realtime_ns = t->s->realtime_ns,
		.monotonic_ns = t->s->monotonic_ns};
	struct textbuf words = {0};

	for (unsigned i = 0; i < c->n; i++) {
		textbuf_adds(&words, i ? ", " : "");
		wait_link_tell(t->s, &c->link[i], &words);
	}
	event_sink_add(t->sink, e, (struct text){words.bytes, words.len}, text_of(NULL));
	textbuf_free(&words);
}

static bool see(void *context, const struct wait_cycle *c)
{
	struct telling *t = context;
	uint64_t key = key_of(c);

	if (!wait_cycle_is_dead(c))
		return true;
	VEC_PUSH(&t->now.told, key);
	if (!was_told(t->told, key))
		tell(t, c);
	return true;
}

void deadlocks_follow(struct deadlocks *d, const struct snapshot *s, struct event_sink *sink)
{
	struct telling t = {.told = d, .s = s, .sink = sink};

	wait_cycles_each(s, see, &t);
	deadlocks_free(d);
	*d = t.now;
}

void deadlocks_free(struct deadlocks *d)
{
	VEC_FREE(&d->told);
}
