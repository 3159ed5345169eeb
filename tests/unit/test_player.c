/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded file that plays, and the same recording through a pipe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fixtures/tape.h"
#include "twintop/base/clock.h"
#include "twintop/record/stream.h"

#define DUE_NS 20000000000u /* what is due comes, whatever the machine does */
#define NOT_NS 50000000u    /* what is not due does not, for so long */

static uint64_t time_of_next(struct source *s, uint64_t wait_ns)
{
	const struct moment *m = source_wait(s, wait_ns);
	uint64_t ns = m ? m->snapshot->monotonic_ns : 0;

	moment_put(m);
	return ns;
}

static struct position position_of(const struct source *s)
{
	struct position p;

	assert_true(source_position(s, &p));
	return p;
}

/* No moment comes before its time; the machine may make it later. */
static void it_goes_at_its_pace(void **state)
{
	struct tape t;
	uint64_t begun, first, now;

	(void)state;
	tape_open("cow", &t);
	first = time_of_next(t.source, DUE_NS);
	begun = clock_monotonic_ns();
	for (int i = 0; i < 3; i++)
		now = time_of_next(t.source, DUE_NS);
	assert_true(now > first);
	assert_true(clock_monotonic_ns() - begun + 1000000 >= now - first);
	assert_int_equal(source_play(t.source, 4 * SOURCE_PACE), 0);
	begun = clock_monotonic_ns();
	first = now;
	now = time_of_next(t.source, DUE_NS);
	assert_true(clock_monotonic_ns() - begun + 1000000 >= (now - first) / 4);
	tape_close(&t);
}

static void it_stands_still(void **state)
{
	struct tape t;
	struct position p;

	(void)state;
	tape_open("cow", &t);
	assert_true(time_of_next(t.source, DUE_NS));
	assert_int_equal(source_play(t.source, 0), 0);
	assert_int_equal(time_of_next(t.source, 6 * NOT_NS), 0);
	assert_null(source_over(t.source));
	/* What is sought comes at once, and then nothing more. */
	p = position_of(t.source);
	assert_int_equal(source_seek(t.source, (struct seek){.kind = SEEK_LAST}), 0);
	assert_int_equal(time_of_next(t.source, DUE_NS), p.last_ns);
	assert_int_equal(position_of(t.source).at, p.n - 1);
	assert_int_equal(time_of_next(t.source, NOT_NS), 0);
	assert_int_equal(source_seek(t.source, (struct seek){.kind = SEEK_STEPS, .steps = -1}), 0);
	assert_true(time_of_next(t.source, DUE_NS) < p.last_ns);
	assert_int_equal(time_of_next(t.source, NOT_NS), 0);
	tape_close(&t);
}

/* Each moment comes once, in its order; at the end it says so, and takes up again from elsewhere.
 */
static void it_ends(void **state)
{
	uint64_t before = 0, now;
	struct tape t;
	size_t n = 0;

	(void)state;
	tape_open("cow", &t);
	assert_int_equal(source_play(t.source, 64 * SOURCE_PACE), 0);
	while ((now = time_of_next(t.source, DUE_NS))) {
		assert_true(now > before);
		before = now;
		n++;
	}
	assert_int_equal(n, position_of(t.source).n);
	assert_string_equal(source_over(t.source), "the recording ends here");
	assert_true(source_done(t.source));
	assert_int_equal(source_seek(t.source, (struct seek){.kind = SEEK_FIRST}), 0);
	assert_null(source_over(t.source));
	assert_int_equal(time_of_next(t.source, DUE_NS), position_of(t.source).first_ns);
	assert_true(time_of_next(t.source, DUE_NS) > position_of(t.source).first_ns);
	tape_close(&t);
}

/* ---- through a pipe ---------------------------------------------------------------- */

struct piped {
	int end[2];
	struct comparer *comparer;
	struct source *source;
	char bytes[128 << 10];
	size_t n;
};

static void pass_on(const struct piped *p, size_t from, size_t until)
{
	assert_int_equal(write(p->end[1], p->bytes + from, until - from), (ssize_t)(until - from));
}

/* The recording's first bytes are in the pipe, its header among them. */
static void pipe_open(struct piped *p, size_t first)
{
	struct recording *r;
	struct source *replay;
	int fd = open(TWINTOP_SRCDIR "/tests/recordings/cow.twin", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	p->n = (size_t)read(fd, p->bytes, sizeof p->bytes);
	close(fd);
	assert_true(p->n > first && p->n < sizeof p->bytes);
	assert_int_equal(pipe2(p->end, O_CLOEXEC), 0);
	pass_on(p, 0, first);
	p->comparer = comparer_new();
	assert_int_equal(recording_new(p->end[0], &r), 0);
	assert_string_equal(recording_host(r), "example");
	assert_false(recording_is_file(r));
	assert_int_equal(replay_new(r, tape_pairing(p->comparer), &replay), 0);
	assert_int_equal(stream_new(replay, &p->source), 0);
}

static void pipe_close(struct piped *p)
{
	source_free(p->source);
	comparer_free(p->comparer);
	close(p->end[0]);
	if (p->end[1] >= 0)
		close(p->end[1]);
}

static void pipe_end(struct piped *p)
{
	close(p->end[1]);
	p->end[1] = -1;
}

/* How many moments the recording has, as its file tells. */
static size_t moments_in_file(void)
{
	struct tape t;
	size_t n;

	tape_open("cow", &t);
	n = position_of(t.source).n;
	tape_close(&t);
	return n;
}

#define BEGIN_BYTES 16000 /* the header and some moments, of all in cow.twin */

/* What came is there at once, whoever holds the rest back; and freeing waits for nobody. */
static void a_stream_that_stalls(void **state)
{
	static struct piped p;
	uint64_t begun, lag;

	(void)state;
	pipe_open(&p, BEGIN_BYTES);
	while (time_of_next(p.source, 10 * NOT_NS))
		assert_true(source_lag(p.source, &lag));
	assert_null(source_over(p.source));
	assert_false(source_done(p.source));
	assert_true(source_lag(p.source, &lag));
	assert_true(lag > 0); /* the next one is overdue */
	assert_int_equal(source_play(p.source, 0), -EOPNOTSUPP);
	assert_int_equal(source_swap(p.source), -EOPNOTSUPP);
	begun = clock_monotonic_ns();
	pipe_close(&p);
	assert_true(clock_monotonic_ns() - begun < DUE_NS);
}

static void a_stream_that_ends(void **state)
{
	static struct piped p;
	size_t n = 0;

	(void)state;
	pipe_open(&p, BEGIN_BYTES);
	pass_on(&p, BEGIN_BYTES, p.n);
	pipe_end(&p);
	while (time_of_next(p.source, DUE_NS))
		n++;
	assert_int_equal(n, moments_in_file());
	assert_string_equal(source_over(p.source), "the stream ended");
	pipe_close(&p);
}

static void a_stream_that_is_cut(void **state)
{
	static struct piped p;
	size_t n = 0;

	(void)state;
	pipe_open(&p, BEGIN_BYTES);
	pipe_end(&p);
	while (time_of_next(p.source, DUE_NS))
		n++;
	assert_in_range(n, 1, moments_in_file() - 1);
	assert_string_equal(source_over(p.source), "the stream was cut off");
	pipe_close(&p);
}

static void a_stream_that_is_damaged(void **state)
{
	static struct piped p;

	(void)state;
	pipe_open(&p, BEGIN_BYTES);
	memset(p.bytes + BEGIN_BYTES, 0x5a, p.n - BEGIN_BYTES);
	pass_on(&p, BEGIN_BYTES, p.n);
	while (time_of_next(p.source, DUE_NS))
		;
	assert_string_equal(source_over(p.source), "the stream is damaged: nothing more is shown");
	pipe_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_goes_at_its_pace),
		cmocka_unit_test(it_stands_still),
		cmocka_unit_test(it_ends),
		cmocka_unit_test(a_stream_that_stalls),
		cmocka_unit_test(a_stream_that_ends),
		cmocka_unit_test(a_stream_that_is_cut),
		cmocka_unit_test(a_stream_that_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
