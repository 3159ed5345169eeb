/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process beside its own past: what is judged of pages, threads and descriptors, and the source.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "twintop/compare/past.h"
#include "twintop/model/field.h"

#define PAGES  8
#define START  0x10000000ull
#define P      PAGE_PRESENT
#define SECOND 1000000000ull

/* What A is at a moment. */
struct pose {
	uint64_t at_ns;
	struct task_id id; /* pid 0: 100 */
	uint64_t entry[PAGES];
	bool no_frames, no_pages;
	size_t pages; /* of its mapping; 0: PAGES */
	struct thread_record thread[3];
	size_t threads;
	struct fd_entry fd[4];
	size_t fds;
	const struct fault_batch *faults; /* a reference that it takes */
};

static const struct memory_map *maps_of(const struct pose *o)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = 1;
	m->mapping = arena_array(&m->part.arena, 1, sizeof *m->mapping);
	m->mapping[0] = (struct mapping){.start = START,
		.end = START + (o->pages ? o->pages : PAGES) * 4096,
		.flags = MAPPING_READ | MAPPING_WRITE,
		.kind = MAPPING_HEAP};
	part_seal(&m->part, 0, 0);
	return m;
}

static const struct page_map *pages_of(const struct pose *o, const struct memory_map *memory)
{
	struct page_map *p = part_make(PART_PAGES);
	struct page_run *run;

	p->memory = part_get(memory);
	p->page_size = 4096;
	p->frames_known = !o->no_frames;
	p->mapping = arena_array(&p->part.arena, 1, sizeof *p->mapping);
	p->run = run = arena_array(&p->part.arena, 1, sizeof *run);
	p->runs_n = 1;
	*run = (struct page_run){START, o->pages ? o->pages : PAGES,
		(void *)arena_copy(&p->part.arena, o->entry, sizeof o->entry)};
	part_seal(&p->part, 0, 0);
	p->part.begin_ns = o->at_ns - 20;
	p->part.end_ns = o->at_ns - 10;
	return p;
}

static const struct moment *moment_of(const struct pose *o)
{
	struct snapshot *s = snapshot_new();
	struct side *a = &s->side[0];
	struct thread_list *threads = part_make(PART_THREADS);
	struct fd_list *fds = part_make(PART_FDS);

	s->sides = 1;
	s->host.page_size = 4096;
	s->monotonic_ns = o->at_ns;
	s->realtime_ns = o->at_ns + 77;
	a->id = o->id.pid ? o->id : (struct task_id){100, 1};
	a->tid = a->id.pid;
	a->memory = maps_of(o);
	a->pages = o->no_pages ? NULL : pages_of(o, a->memory);
	thread_list_fill(threads, o->thread, o->threads);
	part_seal(&threads->part, 0, 0);
	a->threads = threads;
	fds->n = o->fds;
	fds->fd = (void *)arena_copy(&fds->part.arena, o->fd, sizeof o->fd);
	part_seal(&fds->part, 0, 0);
	a->fds = fds;
	s->faults = o->faults;
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

/* The pair of two poses, and the moment that holds it: moment_put. */
static const struct moment *beside(
	const struct pose *now, const struct pose *then, const struct fault_trace *faults)
{
	static const struct fault_trace none;
	const struct moment *n = moment_of(now), *t = moment_of(then), *both;
	struct past *p = past_new();

	assert_true(past_fits(n, t));
	both = past_beside(p, n, t, faults ? faults : &none);
	past_free(p);
	moment_put(n);
	moment_put(t);
	return both;
}

/* Faults of pages from one on, told at that time. */
static const struct fault_batch *faults_of(
	uint64_t at_ns, unsigned first, unsigned n, enum value_state state)
{
	struct fault_sink sink = {0};
	const struct fault_batch *batch;

	sink.watches_n = 1;
	sink.watch[0] = (struct fault_watch){.pid = 100,
		.state = state,
		.reason = value_state_has_value(state) ? NULL : "a reason",
		.kernel = true,
		.period = 1};
	sink.said = true;
	for (unsigned i = 0; i < n; i++)
		fault_sink_add(&sink, &(struct fault){.time_ns = at_ns,
					      .address = START + (first + i) * 4096 + 5,
					      .pid = 100,
					      .tid = 100,
					      .weight = 1});
	batch = fault_sink_seal(&sink, NULL);
	fault_sink_free(&sink);
	return batch;
}

/* ---- pages ------------------------------------------------------------------- */

/* What the field says of the mapping of that side; UINT64_MAX: nothing is known, and why is said.
 */
static uint64_t since(const struct moment *m, unsigned side, const char *name)
{
	const struct field *f;
	struct value v;
	char id[64];

	snprintf(id, sizeof id, "mapping.since.%s", name);
	f = field_find(id);
	assert_non_null(f);
	v = f->get(&(const struct record){m, RECORD_MAPPING, side, 0});
	if (value_state_has_value(v.state))
		return v.u;
	assert_non_null(v.reason);
	return UINT64_MAX;
}

static void check_fields(const struct moment *m, bool frames)
{
	for (unsigned side = 0; side < 2; side++) {
		assert_int_equal(since(m, side, "same_frame"), frames ? 1 : UINT64_MAX);
		assert_int_equal(since(m, side, "replaced"), frames ? 2 : UINT64_MAX);
		assert_int_equal(since(m, side, "new"), 1);
		assert_int_equal(since(m, side, "gone"), 1);
		/* No fault was listened for. */
		assert_int_equal(since(m, side, "faulted"), UINT64_MAX);
	}
}

static void each_page_has_its_verdict(void **state)
{
	static const struct {
		uint64_t now, then;
		enum page_verdict exact, flags;
	} row[PAGES] = {
		{P | 5, P | 5, PAGE_VERDICT_KEPT, PAGE_VERDICT_UNTOLD},
		{P | 5, P | 6, PAGE_VERDICT_REPLACED, PAGE_VERDICT_UNTOLD},
		{P | 5, 0, PAGE_VERDICT_CAME, PAGE_VERDICT_CAME},
		{0, P | 5, PAGE_VERDICT_GONE, PAGE_VERDICT_GONE},
		{0, 0, PAGE_VERDICT_ABSENT, PAGE_VERDICT_ABSENT},
		{PAGE_SWAPPED | 9, P | 5, PAGE_VERDICT_SWAPPED, PAGE_VERDICT_SWAPPED},
		{P | 5, P | PAGE_ZERO | 1, PAGE_VERDICT_REPLACED, PAGE_VERDICT_REPLACED},
		{P | PAGE_ZERO | 1, P | PAGE_ZERO | 1, PAGE_VERDICT_ZERO, PAGE_VERDICT_ZERO},
	};

	(void)state;
	for (unsigned frames = 0; frames < 2; frames++) {
		struct pose now = {.at_ns = 9 * SECOND, .no_frames = !frames}, then = now;
		const struct moment *m;
		const struct verdicts *v;

		then.at_ns = SECOND;
		for (size_t i = 0; i < PAGES; i++) {
			now.entry[i] = row[i].now;
			then.entry[i] = row[i].then;
		}
		m = beside(&now, &then, NULL);
		v = m->pair->verdicts;
		for (size_t i = 0; i < PAGES; i++)
			assert_int_equal(verdicts_at(v, START + i * 4096),
				frames ? row[i].exact : row[i].flags);
		assert_int_equal(v->pages.came, 1);
		assert_int_equal(v->pages.gone, 1);
		assert_int_equal(v->pages_exact, frames);
		assert_int_equal(verdicts_hide(v, &v->pages, PAGE_VERDICT_KEPT) == NULL, frames);
		assert_int_equal(v->mapping[0].state, ROW_DIVERGED);
		check_fields(m, frames);
		moment_put(m);
	}
}

static void nothing_is_shared_with_the_past(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND, .entry = {P | 5}}, then = now;
	const struct moment *m;

	(void)state;
	then.at_ns = SECOND;
	m = beside(&now, &then, NULL);
	assert_int_equal(m->pair->relation, RELATION_OWN_PAST);
	assert_non_null(pair_apart(m->pair));
	assert_string_equal(pair_pages_reason(m->pair), pair_apart(m->pair));
	assert_false(m->pair->one_space);
	for (size_t i = 0; i < CARD_ITEMS; i++)
		assert_string_equal(m->pair->card.line[i].reason, pair_apart(m->pair));
	assert_int_equal(m->pair->channels_n, 0);
	assert_int_equal(m->pair->verdicts->mapping[0].state, ROW_SAME);
	assert_int_equal(m->snapshot->side[1].was_ns, SECOND);
	assert_int_equal(m->snapshot->side[1].was_realtime_ns, SECOND + 77);
	/* What is of then is not late: it is as old as then. */
	assert_false(part_age(m->snapshot, PART_PAGES, 1).old);
	moment_put(m);
}

static void pages_that_were_not_read_are_not_judged(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND}, then = {.at_ns = SECOND, .no_pages = true};
	const struct moment *m = beside(&now, &then, NULL);

	(void)state;
	assert_false(value_state_has_value(m->pair->verdicts->since_state));
	assert_non_null(m->pair->verdicts->since_reason);
	assert_int_equal(m->pair->verdicts->mappings_n, 1);
	assert_int_equal(since(m, 0, "new"), UINT64_MAX);
	moment_put(m);
}

static void a_heap_that_grew_is_one_row(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND, .entry = {P | 1, P | 2, P | 3, P | 4}};
	struct pose then = {.at_ns = SECOND, .entry = {P | 1, P | 2}, .pages = 2};
	const struct moment *m = beside(&now, &then, NULL);
	const struct verdicts *v = m->pair->verdicts;

	(void)state;
	assert_int_equal(v->mappings_n, 1);
	assert_int_equal(v->mapping[0].state, ROW_DIVERGED);
	assert_int_equal(v->mapping[0].pages.kept, 2);
	assert_int_equal(v->mapping[0].pages.came, 2);
	moment_put(m);
}

/* ---- faults ------------------------------------------------------------------ */

/* Moments with faults of pages 0, 1 and 2 at 3, 5 and 7 s; told since 1 s. */
static void tell_faults(struct fault_trace *t, enum value_state state)
{
	for (unsigned i = 0; i < 4; i++) {
		struct pose o = {.at_ns = (1 + 2 * i) * SECOND + 100,
			.faults = faults_of((1 + 2 * i) * SECOND, i - 1, i > 0, state)};
		const struct moment *m = moment_of(&o);

		fault_trace_add(t, m->snapshot);
		fault_trace_add(t, m->snapshot); /* once more is none more */
		moment_put(m);
	}
}

static void a_fault_since_then_is_told(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND, .entry = {P | 1, P | 2, P | 3, P | 4}}, then = now;
	struct fault_trace t = {0};
	const struct moment *m;

	(void)state;
	then.at_ns = 4 * SECOND;
	tell_faults(&t, VALUE_KNOWN);
	assert_int_equal(t.touch.n, 3);
	m = beside(&now, &then, &t);
	assert_int_equal(m->pair->verdicts->pages.faulted, 2);
	assert_int_equal(m->pair->verdicts->pages.kept, 2);
	assert_int_equal(verdicts_at(m->pair->verdicts, START), PAGE_VERDICT_KEPT);
	assert_null(m->pair->verdicts->faults_gap);
	assert_false(m->pair->verdicts->faults_partial);
	moment_put(m);
	/* A moment between: what came after it is not of it. */
	now.at_ns = 6 * SECOND;
	m = beside(&now, &then, &t);
	assert_int_equal(m->pair->verdicts->pages.faulted, 1);
	moment_put(m);
	/* From before anybody listened: there may be more. */
	then.at_ns = SECOND / 2;
	m = beside(&now, &then, &t);
	assert_int_equal(m->pair->verdicts->pages.faulted, 2);
	assert_true(m->pair->verdicts->faults_partial);
	moment_put(m);
	fault_trace_clear(&t);
}

static void faults_that_nobody_told_are_unknown(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND, .entry = {P | 1}}, then = now;
	struct fault_trace t = {0};
	const struct moment *m;
	const struct verdicts *v;

	(void)state;
	then.at_ns = 4 * SECOND;
	m = beside(&now, &then, &t);
	assert_non_null(
		verdicts_hide(m->pair->verdicts, &m->pair->verdicts->pages, PAGE_VERDICT_FAULTED));
	moment_put(m);
	tell_faults(&t, VALUE_DENIED);
	m = beside(&now, &then, &t);
	v = m->pair->verdicts;
	assert_string_equal(verdicts_hide(v, &v->pages, PAGE_VERDICT_FAULTED), "a reason");
	assert_int_equal(v->pages.faulted, 0);
	moment_put(m);
	fault_trace_clear(&t);
}

static void a_trace_is_bounded(void **state)
{
	struct fault_trace t = {0};
	struct fault_pages pages;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		struct pose o = {.at_ns = (1 + i) * SECOND,
			.faults = faults_of((1 + i) * SECOND - 5, 0, 60000, VALUE_KNOWN)};
		const struct moment *m = moment_of(&o);

		fault_trace_add(&t, m->snapshot);
		moment_put(m);
	}
	assert_in_range(t.touch.n, FAULT_TRACE_MOST / 2, FAULT_TRACE_MOST);
	assert_true(t.since_ns > SECOND);
	pages = fault_trace_pages(&t, 7 * SECOND, 8 * SECOND);
	assert_int_equal(pages.n, 0);
	free(pages.page);
	fault_trace_clear(&t);
}

/* ---- threads and descriptors ------------------------------------------------- */

static void a_number_used_again_is_another_thread(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND,
		.thread = {{.self = {.tid = 100, .start_ticks = 1}},
			{.self = {.tid = 105, .start_ticks = 50}}},
		.threads = 2};
	struct pose then = {.at_ns = SECOND,
		.thread = {{.self = {.tid = 100, .start_ticks = 1}},
			{.self = {.tid = 105, .start_ticks = 2}},
			{.self = {.tid = 106, .start_ticks = 2}}},
		.threads = 3};
	static const struct pair_thread want[] = {{0, 0}, {1, -1}, {-1, 1}, {-1, 2}};
	const struct moment *m = beside(&now, &then, NULL);

	(void)state;
	assert_int_equal(m->pair->threads_n, 4);
	assert_memory_equal(m->pair->thread, want, sizeof want);
	moment_put(m);
}

static void a_number_is_what_it_stands_for(void **state)
{
	struct pose now = {.at_ns = 9 * SECOND,
		.fd = {{.fd = 0, .kind = FD_FILE, .inode = 7, .device = 1},
			{.fd = 3, .kind = FD_PIPE, .inode = 9, .device = 2},
			{.fd = 4, .kind = FD_EPOLL, .target = text_of("anon_inode:[eventpoll]")},
			{.fd = 6, .kind = FD_FILE, .inode = 8, .device = 1}},
		.fds = 4};
	struct pose then = {.at_ns = SECOND,
		.fd = {{.fd = 0, .kind = FD_FILE, .inode = 7, .device = 1},
			{.fd = 3, .kind = FD_FILE, .inode = 9, .device = 2},
			{.fd = 4, .kind = FD_EPOLL, .target = text_of("anon_inode:[eventpoll]")},
			{.fd = 5, .kind = FD_FILE, .inode = 8, .device = 1}},
		.fds = 4};
	static const struct {
		int a, b;
		enum fd_relation relation;
	} want[] = {{0, 0, FD_SAME_OBJECT}, {1, -1, FD_UNRELATED}, {-1, 1, FD_UNRELATED},
		{2, 2, FD_SAME_KIND}, {-1, 3, FD_UNRELATED}, {3, -1, FD_UNRELATED}};
	const struct moment *m = beside(&now, &then, NULL);

	(void)state;
	assert_int_equal(m->pair->fds_n, sizeof want / sizeof *want);
	for (size_t i = 0; i < m->pair->fds_n; i++) {
		const struct pair_fd *row = &m->pair->fd[i];

		assert_int_equal(row->a, want[i].a);
		assert_int_equal(row->b, want[i].b);
		assert_int_equal(row->relation, want[i].relation);
		assert_int_equal(row->state, row->b < 0	  ? ROW_ONLY_A
					     : row->a < 0 ? ROW_ONLY_B
							  : ROW_SAME);
	}
	moment_put(m);
}

/* ---- once more ----------------------------------------------------------------- */

static void what_did_not_change_is_shared(void **state)
{
	struct pose then = {.at_ns = SECOND, .entry = {P | 1}}, now = then;
	struct fault_trace none = {0};
	struct past *p = past_new();
	const struct moment *t, *n, *one, *two;

	(void)state;
	now.at_ns = 5 * SECOND;
	t = moment_of(&then);
	n = moment_of(&now);
	one = past_beside(p, n, t, &none);
	two = past_beside(p, n, t, &none);
	assert_ptr_equal(one->pair, two->pair);
	moment_put(two);
	two = past_beside(p, n, n, &none);
	assert_ptr_not_equal(one->pair, two->pair);
	moment_put(one);
	moment_put(two);
	moment_put(n);
	moment_put(t);
	past_free(p);
}

/* ---- the source ---------------------------------------------------------------- */

/* Moments a second apart; A is another one from that moment on. */
struct fake {
	struct source source;
	unsigned at, n, other_from;
};

static const struct moment *fake_next(struct source *source)
{
	struct fake *f = (struct fake *)source;
	struct pose o = {.at_ns = (10 + f->at) * SECOND};

	if (f->at == f->n)
		return NULL;
	if (f->other_from && f->at >= f->other_from)
		o.id = (struct task_id){200, 3};
	f->at++;
	return moment_of(&o);
}

static bool fake_done(const struct source *source)
{
	const struct fake *f = (const struct fake *)source;

	return f->at == f->n;
}

static void fake_free(struct source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = {
	.id = "fake", .next = fake_next, .done = fake_done, .free = fake_free};

/* The ages of B in seconds, of each moment that comes; how many there are. */
static unsigned ages(struct fake f, uint64_t against_ns, unsigned out[64])
{
	struct source *s;
	const struct moment *m;
	unsigned n = 0;

	f.source = (struct source){&fake_ops};
	s = past_source_new(&f.source, against_ns);
	while ((m = source_next(s))) {
		assert_int_equal(m->snapshot->sides, 2);
		assert_true(task_id_equal(m->snapshot->side[0].id, m->snapshot->side[1].id));
		out[n++] = (unsigned)((m->snapshot->monotonic_ns - side_moment_ns(m->snapshot, 1)) /
				      SECOND);
		moment_put(m);
	}
	assert_true(source_done(s));
	source_free(s);
	return n;
}

static void each_moment_is_beside_that_of_so_long_before(void **state)
{
	unsigned age[64];

	(void)state;
	assert_int_equal(ages((struct fake){.n = 10}, 3 * SECOND, age), 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(age[i], 3);
	/* None is missed where moments are further apart than that. */
	assert_int_equal(ages((struct fake){.n = 5}, SECOND / 2, age), 4);
	assert_int_equal(age[3], 1);
}

static void few_moments_are_held_for_a_long_time(void **state)
{
	unsigned age[64], n = ages((struct fake){.n = 300}, 250 * SECOND, age);

	(void)state;
	assert_int_equal(n, 50);
	for (unsigned i = 0; i < n; i++)
		assert_in_range(age[i], 250, 250 + 250 / 30 + 1);
}

static void what_is_too_short_ends_with_the_oldest(void **state)
{
	unsigned age[64];

	(void)state;
	assert_int_equal(ages((struct fake){.n = 4}, 100 * SECOND, age), 1);
	assert_int_equal(age[0], 3);
	assert_int_equal(ages((struct fake){.n = 0}, 100 * SECOND, age), 0);
}

/* A process that ended within one moment is told of all the same. */
static void the_only_moment_stands_alone(void **state)
{
	static const struct fake fakes[] = {{.n = 1}, {.n = 4, .other_from = 3}};

	(void)state;
	for (size_t i = 0; i < sizeof fakes / sizeof *fakes; i++) {
		struct fake f = fakes[i];
		struct source *s;
		const struct moment *m;

		f.source = (struct source){&fake_ops};
		s = past_source_new(&f.source, 100 * SECOND);
		m = source_next(s);
		assert_non_null(m);
		assert_int_equal(m->snapshot->sides, 1);
		assert_int_equal(m->snapshot->monotonic_ns, (9 + fakes[i].n) * SECOND);
		assert_non_null(m->snapshot->alone);
		assert_null(m->pair);
		moment_put(m);
		assert_null(source_next(s));
		assert_true(source_done(s));
		source_free(s);
	}
}

static void another_process_has_a_past_of_its_own(void **state)
{
	unsigned age[64];

	(void)state;
	assert_int_equal(ages((struct fake){.n = 10, .other_from = 5}, 3 * SECOND, age), 2 + 2);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(age[i], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_has_its_verdict),
		cmocka_unit_test(nothing_is_shared_with_the_past),
		cmocka_unit_test(pages_that_were_not_read_are_not_judged),
		cmocka_unit_test(a_heap_that_grew_is_one_row),
		cmocka_unit_test(a_fault_since_then_is_told),
		cmocka_unit_test(faults_that_nobody_told_are_unknown),
		cmocka_unit_test(a_trace_is_bounded),
		cmocka_unit_test(a_number_used_again_is_another_thread),
		cmocka_unit_test(a_number_is_what_it_stands_for),
		cmocka_unit_test(what_did_not_change_is_shared),
		cmocka_unit_test(each_moment_is_beside_that_of_so_long_before),
		cmocka_unit_test(few_moments_are_held_for_a_long_time),
		cmocka_unit_test(what_is_too_short_ends_with_the_oldest),
		cmocka_unit_test(the_only_moment_stands_alone),
		cmocka_unit_test(another_process_has_a_past_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
