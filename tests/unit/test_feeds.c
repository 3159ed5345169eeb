/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The feeds' thread with feeds of our own: what they tell arrives once, whatever hangs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "twintop/base/clock.h"
#include "twintop/base/io.h"
#include "twintop/feed/feeds.h"

#define BOUND_NS 20000000000u
#define TELLERS	 4
#define EACH	 2000

/* ---- a feed that tells what the test lets it tell --------------------------- */

static struct fake {
	struct feed feed;
	int fd;
	pthread_mutex_t lock;
	/* Under the lock. */
	unsigned waiting, told; /* events, numbered as their pid */
	bool hangs;
	struct task_id watched[4];
	size_t watched_n;
	pid_t reaped;
	int status;
	unsigned need;
	sem_t hung, go_on, closed;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int fake_open(const struct feed_context *context, struct feed **ret_feed)
{
	(void)context;
	*ret_feed = &fake.feed;
	return 0;
}

static int fake_fd(const struct feed *feed)
{
	(void)feed;
	return fake.fd;
}

static bool fake_watch(struct feed *feed, const struct task_id *id, size_t n)
{
	(void)feed;
	pthread_mutex_lock(&fake.lock);
	fake.watched_n = n;
	for (size_t i = 0; i < n; i++)
		fake.watched[i] = id[i];
	pthread_mutex_unlock(&fake.lock);
	return true;
}

static void fake_reaped(struct feed *feed, pid_t pid, int status)
{
	(void)feed;
	pthread_mutex_lock(&fake.lock);
	fake.reaped = pid;
	fake.status = status;
	pthread_mutex_unlock(&fake.lock);
}

static void fake_need(struct feed *feed, unsigned bits)
{
	(void)feed;
	pthread_mutex_lock(&fake.lock);
	fake.need = bits;
	pthread_mutex_unlock(&fake.lock);
}

static void fake_drain(struct feed *feed, bool now, struct event_sink *sink)
{
	bool hangs;

	(void)feed;
	(void)now;
	pthread_mutex_lock(&fake.lock);
	io_announce(fake.fd, false);
	for (; fake.waiting; fake.waiting--)
		event_sink_add(sink,
			(struct event){
				.kind = EVENT_FORK, .source = "fake", .pid = (pid_t)++fake.told},
			text_of("fake"), text_of(NULL));
	hangs = fake.hangs;
	pthread_mutex_unlock(&fake.lock);
	if (!hangs)
		return;
	sem_post(&fake.hung);
	sem_wait(&fake.go_on);
}

static void fake_close(struct feed *feed)
{
	(void)feed;
	sem_post(&fake.closed);
}

static const struct feed_ops fake_ops = {
	.id = "fake",
	.blind = "All but what a test lets it see.",
	.open = fake_open,
	.fd = fake_fd,
	.watch = fake_watch,
	.reaped = fake_reaped,
	.need = fake_need,
	.drain = fake_drain,
	.close = fake_close,
};

static int refuse(const struct feed_context *context, struct feed **ret_feed)
{
	(void)context;
	(void)ret_feed;
	return -EPERM;
}

static const struct feed_ops refused_ops = {.id = "refused", .blind = "All.", .open = refuse};

/* Lets the fake feed tell n events; called: its descriptor says so. */
static void let_tell(unsigned n, bool called)
{
	pthread_mutex_lock(&fake.lock);
	fake.waiting += n;
	if (called)
		io_announce(fake.fd, true);
	pthread_mutex_unlock(&fake.lock);
}

static int setup(void **state)
{
	static const struct feed_ops *const table[] = {&refused_ops, &fake_ops};
	const struct feed_context context = {0};
	struct feeds *f;

	fake.feed.ops = &fake_ops;
	fake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.waiting = fake.told = 0;
	fake.watched_n = 0;
	fake.need = 0;
	fake.hangs = false;
	sem_init(&fake.hung, 0, 0);
	sem_init(&fake.go_on, 0, 0);
	sem_init(&fake.closed, 0, 0);
	assert_int_equal(feeds_new(&context, table, 2, &f), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	assert_true(feeds_free(*state));
	sem_wait(&fake.closed);
	close(fake.fd);
	return 0;
}

static void flush(struct feeds *f)
{
	assert_true(feeds_flush(f, clock_monotonic_ns() + BOUND_NS));
}

/* What is told without being asked for; NULL: nothing in 20 s. */
static const struct event_batch *await_events(struct feeds *f)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	const struct event_batch *batch;

	while (!(batch = feeds_take(f)) && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	return batch;
}

/* ---- tests ------------------------------------------------------------------ */

static void what_is_told_is_taken_once(void **state)
{
	struct feeds *f = *state;
	const struct event_batch *batch;

	assert_null(feeds_take(f));
	let_tell(3, true);
	batch = await_events(f);
	assert_int_equal(batch->n, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(batch->event[i].pid, i + 1);
	assert_string_equal(batch->event[0].source, "fake");
	assert_true(text_equal(event_name(batch, batch->event[2].name), text_of("fake")));
	part_put(batch);
	flush(f);
	assert_null(feeds_take(f));
}

static void a_flush_brings_what_no_descriptor_says(void **state)
{
	struct feeds *f = *state;
	const struct event_batch *batch;

	let_tell(1, false);
	flush(f);
	batch = feeds_take(f);
	assert_int_equal(batch->n, 1);
	part_put(batch);
}

/* To begin to listen takes a while: it is not put off until somebody waits for it. */
static void what_is_needed_is_begun_unasked(void **state)
{
	static const unsigned need[] = {NEED_FAULTS, 0, NEED_FAULTS};
	struct feeds *f = *state;

	for (size_t i = 0; i < sizeof need / sizeof *need; i++) {
		const struct event_batch *batch;

		let_tell(1, false);
		feeds_need(f, need[i]);
		batch = await_events(f);
		assert_non_null(batch);
		part_put(batch);
		pthread_mutex_lock(&fake.lock);
		assert_int_equal(fake.need, need[i]);
		pthread_mutex_unlock(&fake.lock);
	}
}

static void orders_arrive_before_a_flush_is_done(void **state)
{
	static const struct task_id first[] = {{1, 10}, {2, 20}}, second[] = {{3, 30}};
	struct feeds *f = *state;
	uint64_t begin_ns = clock_monotonic_ns(), since_ns;

	assert_int_equal(feeds_watched_ns(f), 0);
	feeds_watch(f, first, 2);
	feeds_watch(f, second, 1); /* the last one counts */
	feeds_reaped(f, 77, 0x300);
	flush(f);
	pthread_mutex_lock(&fake.lock);
	assert_int_equal(fake.watched_n, 1);
	assert_true(task_id_equal(fake.watched[0], second[0]));
	assert_int_equal(fake.reaped, 77);
	assert_int_equal(fake.status, 0x300);
	pthread_mutex_unlock(&fake.lock);
	since_ns = feeds_watched_ns(f);
	assert_in_range(since_ns, begin_ns, clock_monotonic_ns());
	flush(f);
	assert_int_equal(feeds_watched_ns(f), since_ns); /* no order to watch */
	feeds_watch(f, NULL, 0);
	flush(f);
	assert_in_range(feeds_watched_ns(f), since_ns + 1, clock_monotonic_ns());
	pthread_mutex_lock(&fake.lock);
	assert_int_equal(fake.watched_n, 0);
	pthread_mutex_unlock(&fake.lock);
}

/* Lets the feed tell while others do the same, give orders, and somebody takes. */
static void *teller(void *context)
{
	struct feeds *f = context;

	for (pid_t i = 1; i <= EACH; i++) {
		let_tell(1, true);
		if (i % 64 == 0)
			feeds_reaped(f, i, 0);
	}
	return NULL;
}

/* The events of a batch, whose pids go on from what was told before. */
static unsigned count(const struct event_batch *batch, unsigned before)
{
	for (size_t i = 0; batch && i < batch->n; i++)
		assert_int_equal(batch->event[i].pid, ++before);
	part_put(batch);
	return before;
}

static void many_threads_lose_and_double_nothing(void **state)
{
	uint64_t until = clock_monotonic_ns() + BOUND_NS;
	struct feeds *f = *state;
	pthread_t thread[TELLERS];
	unsigned told = 0;

	for (int i = 0; i < TELLERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, teller, f), 0);
	while (told < TELLERS * EACH && clock_monotonic_ns() < until)
		told = count(feeds_take(f), told);
	for (int i = 0; i < TELLERS; i++)
		pthread_join(thread[i], NULL);
	flush(f);
	assert_int_equal(count(feeds_take(f), told), TELLERS * EACH);
}

/* What nobody takes has a bound. */
static void too_much_is_counted_as_lost(void **state)
{
	struct feeds *f = *state;
	const struct event_batch *batch;

	let_tell(EVENT_SINK_MOST + 100, true);
	flush(f);
	batch = feeds_take(f);
	assert_int_equal(batch->n, EVENT_SINK_MOST);
	assert_int_equal(batch->event[batch->n - 1].kind, EVENT_LOST);
	assert_int_equal(batch->event[batch->n - 1].count, 101);
	part_put(batch);
}

static void one_that_hangs_holds_up_nobody(void **state)
{
	struct feeds *f = *state;

	pthread_mutex_lock(&fake.lock);
	fake.hangs = true;
	pthread_mutex_unlock(&fake.lock);
	let_tell(1, true);
	sem_wait(&fake.hung);
	assert_false(feeds_flush(f, clock_monotonic_ns() + 20000000));
	feeds_watch(f, NULL, 0);
	assert_int_equal(feeds_watched_ns(f), 0); /* it was not told yet */
	assert_null(feeds_take(f));
	/* It is left behind, and ends by itself when it comes home. */
	assert_false(feeds_free(f));
	sem_post(&fake.go_on);
	sem_wait(&fake.closed);
	close(fake.fd);
}

static void nothing_to_free(void **state)
{
	(void)state;
	assert_true(feeds_free(NULL));
}

static void the_table_names_its_feeds(void **state)
{
	(void)state;
	assert_in_range(feed_table_n, 1, FEEDS_MOST);
	for (size_t i = 0; i < feed_table_n; i++) {
		const struct feed_ops *ops = feed_table[i];

		assert_ptr_equal(feed_find(ops->id), ops);
		assert_int_equal(ops->blind[strlen(ops->blind) - 1], '.');
		assert_true(ops->open && ops->fd && ops->watch && ops->drain && ops->close);
	}
	assert_null(feed_find("no such feed"));
}

#define WITH_FEEDS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FEEDS(what_is_told_is_taken_once),
		WITH_FEEDS(a_flush_brings_what_no_descriptor_says),
		WITH_FEEDS(what_is_needed_is_begun_unasked),
		WITH_FEEDS(orders_arrive_before_a_flush_is_done),
		WITH_FEEDS(many_threads_lose_and_double_nothing),
		WITH_FEEDS(too_much_is_counted_as_lost),
		cmocka_unit_test_setup(one_that_hangs_holds_up_nobody, setup),
		cmocka_unit_test(nothing_to_free),
		cmocka_unit_test(the_table_names_its_feeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
