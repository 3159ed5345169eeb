/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "twintop/feed/feeds.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/base/log.h"
#include "twintop/base/thread.h"

#define GRACE_NS 300000000u /* for the thread when all ends */

struct reaped {
	pid_t pid;
	int status;
};

/* One that is watched, and who told of its end: another one is not to do so again. */
struct watched_one {
	struct task_id id;
	const struct feed_ops *ended_by; /* NULL: nobody yet */
};

/* What the thread is asked to do. */
struct orders {
	bool stop, watch, whole;     /* whole: a flush is of all feeds */
	VEC(struct task_id) watched; /* when watch */
	VEC(struct reaped) reaped;
	unsigned need;
	uint64_t delay_ns; /* 0: nobody said */
	uint64_t flush;	   /* the number of the last flush that was asked for */
};

struct feeds {
	struct feed_context context;
	int wake_fd; /* eventfd: there are orders */
	pthread_mutex_t lock;
	pthread_cond_t changed;

	/* Under the lock. */
	unsigned references; /* the owner and the thread */
	struct orders orders;
	uint64_t flushed;	   /* the number of the last flush that was done */
	uint64_t watched_ns;	   /* see feeds_watched_ns() */
	struct event_sink pending; /* that nobody took yet */
	struct fault_sink faults;  /* the same */
	struct lane_sink lanes;	   /* the same */
	const struct feed_ops *lifecycle;
	const char *lacks, *ends_lack; /* the same one */

	/* The thread alone. */
	const struct feed_ops *const *table;
	size_t table_n;
	struct feed *feed[FEEDS_MOST];
	size_t n, life; /* life: which tells of births and ends; n: none */
	unsigned need;	/* as the feeds were told last */
	struct event_sink drained;
	VEC(struct watched_one) watched;
};

static void orders_free(struct orders *o)
{
	VEC_FREE(&o->watched);
	VEC_FREE(&o->reaped);
}

/* One reference less; the lock is held, and given back. */
static void feeds_put(struct feeds *f)
{
	unsigned left = --f->references;

	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	if (left)
		return;
	orders_free(&f->orders);
	event_sink_free(&f->pending);
	fault_sink_free(&f->faults);
	lane_sink_free(&f->lanes);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	close(f->wake_fd);
	free(f);
}

/* ---- the thread ---------------------------------------------------------- */

static int open_feed(const struct feeds *f, const struct feed_ops *ops, struct feed **ret_feed)
{
	int error = ops->open(&f->context, ret_feed);

	if (error && error != -ENOENT)
		log_line("feed %s: %s", ops->id, strerror(-error));
	return error;
}

static struct feed *lifecycle_of(const struct feeds *f)
{
	return f->life < f->n ? f->feed[f->life] : NULL;
}

static void publish_lifecycle(struct feeds *f)
{
	const struct feed *life = lifecycle_of(f);

	pthread_mutex_lock(&f->lock);
	f->lifecycle = life ? life->ops : NULL;
	f->lacks = life && life->ops->lacks ? life->ops->lacks(life) : NULL;
	f->ends_lack = life && life->ops->ends_lack ? life->ops->ends_lack(life) : NULL;
	pthread_mutex_unlock(&f->lock);
}

static void open_feeds(struct feeds *f)
{
	size_t life = FEEDS_MOST;

	for (size_t i = 0; i < f->table_n; i++) {
		const struct feed_ops *ops = f->table[i];

		if ((ops->lifecycle && life < FEEDS_MOST) || open_feed(f, ops, &f->feed[f->n]))
			continue;
		life = ops->lifecycle ? f->n : life;
		f->n++;
	}
	f->life = life;
	publish_lifecycle(f);
}

/* All orders since the last time; theirs is what they point to. */
static struct orders take_orders(struct feeds *f)
{
	struct orders o;

	pthread_mutex_lock(&f->lock);
	io_announce(f->wake_fd, false);
	o = f->orders;
	f->orders = (struct orders){
		.stop = o.stop, .flush = o.flush, .need = o.need, .delay_ns = o.delay_ns};
	pthread_mutex_unlock(&f->lock);
	return o;
}

/* Whose ends are among what was drained. */
static void note_ends(struct feeds *f)
{
	const struct feed *life = lifecycle_of(f);

	for (size_t i = 0; life && f->watched.n && i < f->drained.event.n; i++) {
		const struct event *e = &f->drained.event.item[i];

		for (size_t k = 0; k < f->watched.n && e->kind == EVENT_EXIT; k++)
			if (f->watched.item[k].id.pid == e->pid)
				f->watched.item[k].ended_by = life->ops;
	}
}

static void keep_watched(struct feeds *f, const struct orders *o)
{
	VEC(struct watched_one) now = {0};

	for (size_t i = 0; i < o->watched.n; i++) {
		struct watched_one one = {.id = o->watched.item[i]};

		for (size_t k = 0; k < f->watched.n; k++)
			if (task_id_equal(f->watched.item[k].id, one.id))
				one.ended_by = f->watched.item[k].ended_by;
		VEC_PUSH(&now, one);
	}
	f->watched.n = 0;
	for (size_t i = 0; i < now.n; i++)
		VEC_PUSH(&f->watched, now.item[i]);
	VEC_FREE(&now);
}

/* Lets a feed tell of all but those of whose end another one told. */
static bool watch_with(const struct feeds *f, struct feed *feed)
{
	VEC(struct task_id) id = {0};
	bool can;

	for (size_t i = 0; i < f->watched.n; i++)
		if (!f->watched.item[i].ended_by || f->watched.item[i].ended_by == feed->ops)
			VEC_PUSH(&id, f->watched.item[i].id);
	can = feed->ops->watch(feed, id.item, id.n);
	VEC_FREE(&id);
	return can;
}

/* Of those that tell of births and ends the first in the table that can tell of all of them does.
 */
static void watch_lives(struct feeds *f, const struct orders *o)
{
	struct feed *now = lifecycle_of(f), *feed = NULL;

	now->ops->drain(now, true, &f->drained);
	note_ends(f);
	keep_watched(f, o);
	for (size_t i = 0; i < f->table_n; i++) {
		const struct feed_ops *ops = f->table[i];

		feed = now;
		if (!ops->lifecycle || (ops != now->ops && open_feed(f, ops, &feed)))
			continue;
		if (watch_with(f, feed))
			break;
		if (feed != now)
			ops->close(feed);
		feed = now;
	}
	if (feed == now)
		return;
	now->ops->close(now);
	f->feed[f->life] = feed;
}

static void obey(struct feeds *f, size_t i, const struct orders *o)
{
	const struct feed_ops *ops = f->feed[i]->ops;

	for (size_t k = 0; ops->reaped && k < o->reaped.n; k++)
		ops->reaped(f->feed[i], o->reaped.item[k].pid, o->reaped.item[k].status);
	if (o->watch && i == f->life)
		watch_lives(f, o);
	else if (o->watch)
		ops->watch(f->feed[i], o->watched.item, o->watched.n);
	if (ops->need)
		ops->need(f->feed[i], o->need);
	if (ops->pace && o->delay_ns)
		ops->pace(f->feed[i], o->delay_ns);
}

/* Hands what was told on, and says which orders that was for. */
static void hand_on(struct feeds *f, const struct orders *o)
{
	note_ends(f);
	publish_lifecycle(f);
	pthread_mutex_lock(&f->lock);
	fault_sink_move(&f->faults, &f->drained.faults);
	lane_sink_move(&f->lanes, &f->drained.lanes);
	event_sink_move(&f->pending, &f->drained);
	f->flushed = o->flush;
	if (o->watch && !f->orders.watch)
		f->watched_ns = clock_monotonic_ns();
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

/* Sleeps until a feed or an order calls; says in ret which feeds do. */
static void await(const struct feeds *f, bool ret_called[FEEDS_MOST])
{
	struct pollfd p[FEEDS_MOST + 1] = {{.fd = f->wake_fd, .events = POLLIN}};

	for (size_t i = 0; i < f->n; i++)
		p[i + 1] = (struct pollfd){.fd = f->feed[i]->ops->fd(f->feed[i]), .events = POLLIN};
	poll(p, f->n + 1, -1);
	for (size_t i = 0; i < f->n; i++)
		ret_called[i] = p[i + 1].revents;
}

/* Lets a feed tell; the others hear it. */
static void drain(struct feeds *f, size_t i, bool now)
{
	size_t told = f->drained.event.n;

	f->feed[i]->ops->drain(f->feed[i], now, &f->drained);
	for (; told < f->drained.event.n; told++)
		for (size_t k = 0; k < f->n; k++)
			if (k != i && f->feed[k]->ops->heard)
				f->feed[k]->ops->heard(f->feed[k], &f->drained.event.item[told]);
}

static void *feeds_main(void *context)
{
	struct feeds *f = context;
	bool called[FEEDS_MOST] = {0};

	open_feeds(f);
	for (;;) {
		struct orders o = take_orders(f);
		bool asked = o.flush != f->flushed || o.watch || o.reaped.n;
		bool whole = o.whole || o.watch || o.reaped.n;
		bool needs = o.need != f->need; /* listening takes a while to begin: at once */

		if (o.stop) {
			orders_free(&o);
			break;
		}
		for (size_t i = 0; i < f->n; i++) {
			const struct feed_ops *ops = f->feed[i]->ops;
			bool now = whole || (asked && ops->at_hand) || (needs && ops->need);

			obey(f, i, &o);
			if (now || called[i])
				drain(f, i, now);
		}
		f->need = o.need;
		orders_free(&o);
		hand_on(f, &o);
		await(f, called);
	}
	for (size_t i = 0; i < f->n; i++)
		f->feed[i]->ops->close(f->feed[i]);
	event_sink_free(&f->drained);
	VEC_FREE(&f->watched);
	pthread_mutex_lock(&f->lock);
	feeds_put(f);
	return NULL;
}

/* ---- outside ------------------------------------------------------------- */

int feeds_new(const struct feed_context *context, const struct feed_ops *const *table, size_t n,
	struct feeds **ret_feeds)
{
	struct feeds *f = mem_alloc(sizeof *f);
	pthread_t thread;
	int error;

	*f = (struct feeds){.context = *context, .table = table, .table_n = n, .references = 2};
	pthread_mutex_init(&f->lock, NULL);
	thread_cond_init(&f->changed);
	f->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	error = f->wake_fd < 0 ? -errno : thread_spawn("feeds", feeds_main, f, &thread);
	if (error) {
		pthread_mutex_lock(&f->lock);
		f->references = 1;
		feeds_put(f);
		return error;
	}
	pthread_detach(thread);
	*ret_feeds = f;
	return 0;
}

/* Wakes the thread for new orders; the lock is held, and given back. */
static void wake(struct feeds *f)
{
	io_announce(f->wake_fd, true);
	pthread_mutex_unlock(&f->lock);
}

void feeds_end(struct feeds *f)
{
	pthread_mutex_lock(&f->lock);
	f->orders.stop = true;
	wake(f);
}

bool feeds_free(struct feeds *f)
{
	uint64_t until = clock_monotonic_ns() + GRACE_NS;
	bool ended;

	if (!f)
		return true;
	feeds_end(f);
	pthread_mutex_lock(&f->lock);
	while (f->references > 1 && thread_cond_wait(&f->changed, &f->lock, until))
		;
	ended = f->references == 1;
	if (!ended)
		log_line("the feeds hang in a read and were left behind");
	feeds_put(f);
	return ended;
}

void feeds_watch(struct feeds *f, const struct task_id *id, size_t n)
{
	pthread_mutex_lock(&f->lock);
	f->orders.watch = true;
	f->orders.watched.n = 0;
	f->watched_ns = 0;
	for (size_t i = 0; i < n; i++)
		VEC_PUSH(&f->orders.watched, id[i]);
	wake(f);
}

void feeds_reaped(struct feeds *f, pid_t pid, int status)
{
	pthread_mutex_lock(&f->lock);
	VEC_PUSH(&f->orders.reaped, (struct reaped){pid, status});
	wake(f);
}

void feeds_need(struct feeds *f, unsigned need)
{
	pthread_mutex_lock(&f->lock);
	f->orders.need = need;
	wake(f);
}

void feeds_pace(struct feeds *f, uint64_t delay_ns)
{
	pthread_mutex_lock(&f->lock);
	f->orders.delay_ns = delay_ns;
	wake(f);
}

static bool flush(struct feeds *f, bool whole, uint64_t until_ns)
{
	uint64_t flush;
	bool done;

	pthread_mutex_lock(&f->lock);
	f->orders.whole |= whole;
	flush = ++f->orders.flush;
	wake(f);
	pthread_mutex_lock(&f->lock);
	while (f->flushed < flush && thread_cond_wait(&f->changed, &f->lock, until_ns))
		;
	done = f->flushed >= flush;
	pthread_mutex_unlock(&f->lock);
	return done;
}

bool feeds_flush(struct feeds *f, uint64_t until_ns)
{
	return flush(f, true, until_ns);
}

bool feeds_catch_up(struct feeds *f, uint64_t until_ns)
{
	return flush(f, false, until_ns);
}

void feeds_take_faults(struct feeds *f, struct fault_sink *sink)
{
	pthread_mutex_lock(&f->lock);
	fault_sink_move(sink, &f->faults);
	pthread_mutex_unlock(&f->lock);
}

void feeds_take_lanes(struct feeds *f, struct lane_sink *sink)
{
	pthread_mutex_lock(&f->lock);
	lane_sink_move(sink, &f->lanes);
	pthread_mutex_unlock(&f->lock);
}

const struct feed_ops *feeds_lifecycle(struct feeds *f)
{
	const struct feed_ops *ops;

	pthread_mutex_lock(&f->lock);
	ops = f->lifecycle;
	pthread_mutex_unlock(&f->lock);
	return ops;
}

uint64_t feeds_watched_ns(struct feeds *f)
{
	uint64_t ns;

	pthread_mutex_lock(&f->lock);
	ns = f->watched_ns;
	pthread_mutex_unlock(&f->lock);
	return ns;
}

const char *feeds_lacks(struct feeds *f)
{
	const char *lacks;

	pthread_mutex_lock(&f->lock);
	lacks = f->lacks;
	pthread_mutex_unlock(&f->lock);
	return lacks;
}

const char *feeds_ends_lack(struct feeds *f)
{
	const char *lack;

	pthread_mutex_lock(&f->lock);
	lack = f->ends_lack;
	pthread_mutex_unlock(&f->lock);
	return lack;
}

const struct event_batch *feeds_take(struct feeds *f)
{
	struct event_sink taken;

	pthread_mutex_lock(&f->lock);
	taken = f->pending;
	f->pending = (struct event_sink){0};
	pthread_mutex_unlock(&f->lock);
	return event_sink_seal(&taken);
}
