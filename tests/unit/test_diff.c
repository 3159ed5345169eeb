/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two recordings side by side: which moments, mappings, threads and descriptors stand together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "twintop/compare/diff.h"

#define SECOND 1000000000ull

/* ---- what stands beside what ----------------------------------------------------- */

/* A of a recording. */
struct pose {
	const struct mapping *mapping;
	size_t mappings;
	const struct fd_entry *fd;
	size_t fds;
	uint64_t page_size;
};

static const struct moment *moment_of(const struct pose *o)
{
	struct snapshot *s = snapshot_new();
	struct memory_map *m = part_make(PART_MAPPINGS);
	struct fd_list *l = part_make(PART_FDS);

	s->sides = 1;
	s->host.page_size = o->page_size;
	s->monotonic_ns = 5 * SECOND;
	s->side[0].id = (struct task_id){100, 1};
	s->side[0].tid = 100;
	m->n = o->mappings;
	m->mapping = (void *)arena_copy(
		&m->part.arena, (const char *)o->mapping, o->mappings * sizeof *o->mapping);
	part_seal(&m->part, 0, 0);
	s->side[0].memory = m;
	l->n = o->fds;
	l->fd = (void *)arena_copy(&l->part.arena, (const char *)o->fd, o->fds * sizeof *o->fd);
	part_seal(&l->part, 0, 0);
	s->side[0].fds = l;
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

static const struct moment *beside(const struct pose *a, const struct pose *b)
{
	const struct moment *x = moment_of(a), *y = moment_of(b), *both = diff_beside(x, y);

	moment_put(x);
	moment_put(y);
	return both;
}

static struct mapping mapping_at(
	uint64_t start, unsigned pages, enum mapping_kind kind, const char *path)
{
	return (struct mapping){.start = start,
		.end = start + pages * 4096,
		.kind = kind,
		.path = text_of(path),
		.inode = start / 4096};
}

/* Neither address nor inode are the same on another machine. */
static void mappings_by_kind_and_path(void **state)
{
	const struct mapping a[] = {mapping_at(0x1000, 1, MAPPING_CODE, "/bin/x"),
		mapping_at(0x9000, 3, MAPPING_HEAP, "[heap]"),
		mapping_at(0x70000, 2, MAPPING_ANONYMOUS, ""),
		mapping_at(0x80000, 2, MAPPING_ANONYMOUS, ""),
		mapping_at(0x90000, 1, MAPPING_LIBRARY_CODE, "/lib/a.so")};
	const struct mapping b[] = {mapping_at(0x5000, 1, MAPPING_CODE, "/bin/x"),
		mapping_at(0x6000, 2, MAPPING_HEAP, "[heap]"),
		mapping_at(0x50000, 1, MAPPING_LIBRARY_CODE, "/lib/b.so"),
		mapping_at(0x60000, 2, MAPPING_ANONYMOUS, "")};
	static const struct {
		int a, b;
		enum row_state state;
	} want[] = {{0, 0, ROW_SAME}, {1, 1, ROW_DIVERGED}, {2, 3, ROW_SAME}, {3, -1, ROW_ONLY_A},
		{4, -1, ROW_ONLY_A}, {-1, 2, ROW_ONLY_B}};
	const struct moment *m = beside(&(struct pose){.mapping = a, .mappings = 5},
		&(struct pose){.mapping = b, .mappings = 4});
	const struct verdicts *v = m->pair->verdicts;

	(void)state;
	assert_int_equal(v->mappings_n, sizeof want / sizeof *want);
	for (size_t i = 0; i < v->mappings_n; i++) {
		assert_int_equal(v->mapping[i].a, want[i].a);
		assert_int_equal(v->mapping[i].b, want[i].b);
		assert_int_equal(v->mapping[i].state, want[i].state);
	}
	assert_non_null(pair_apart(m->pair));
	assert_false(pair_is_past(m->pair));
	assert_false(pair_judged(m->pair));
	assert_string_equal(pair_pages_reason(m->pair), pair_apart(m->pair));
	moment_put(m);
}

static void descriptors_by_number(void **state)
{
	const struct fd_entry a[] = {{.fd = 0, .kind = FD_FILE, .target = text_of("/x")},
		{.fd = 1, .kind = FD_PIPE, .target = text_of("pipe:[1]")},
		{.fd = 5, .kind = FD_FILE, .target = text_of("/y")}};
	const struct fd_entry b[] = {{.fd = 0, .kind = FD_FILE, .target = text_of("/x")},
		{.fd = 1, .kind = FD_PIPE, .target = text_of("pipe:[2]")},
		{.fd = 4, .kind = FD_FILE, .target = text_of("/y")}};
	static const struct pair_fd want[] = {{0, 0, FD_SAME_NAME, ROW_SAME},
		{1, 1, FD_UNRELATED, ROW_DIVERGED}, {-1, 2, FD_UNRELATED, ROW_ONLY_B},
		{2, -1, FD_UNRELATED, ROW_ONLY_A}};
	const struct moment *m =
		beside(&(struct pose){.fd = a, .fds = 3}, &(struct pose){.fd = b, .fds = 3});

	(void)state;
	assert_int_equal(m->pair->fds_n, 4);
	assert_memory_equal(m->pair->fd, want, sizeof want);
	moment_put(m);
}

static void each_side_has_its_own_machine(void **state)
{
	const struct moment *m =
		beside(&(struct pose){.page_size = 4096}, &(struct pose){.page_size = 65536});

	(void)state;
	assert_int_equal(side_host(m->snapshot, 0)->page_size, 4096);
	assert_int_equal(side_host(m->snapshot, 1)->page_size, 65536);
	moment_put(m);
}

/* ---- which moments stand together ------------------------------------------------- */

/* Moments so many tenths of a second apart, from a begin on its clocks. */
struct fake {
	struct source source;
	uint64_t begin_ns, real_ns;
	unsigned step, n, at;
	bool seeks;
};

static const struct moment *fake_next(struct source *source)
{
	struct fake *f = (struct fake *)source;
	struct snapshot *s;

	if (f->at == f->n)
		return NULL;
	s = snapshot_new();
	s->sides = 1;
	s->side[0].id = (struct task_id){100, 1};
	s->monotonic_ns = f->begin_ns + f->at * f->step * SECOND / 10;
	s->realtime_ns = f->real_ns + f->at * f->step * SECOND / 10;
	f->at++;
	part_seal(&s->part, 0, 0);
	return moment_new(s, NULL);
}

static bool fake_done(const struct source *source)
{
	const struct fake *f = (const struct fake *)source;

	return f->at == f->n;
}

static int fake_seek(struct source *source, struct seek seek)
{
	struct fake *f = (struct fake *)source;

	if (!f->seeks)
		return -EOPNOTSUPP;
	f->at = seek.kind == SEEK_FIRST ? 0 : f->at;
	return 0;
}

static void fake_free(struct source *source)
{
	(void)source;
}

static const struct source_ops fake_ops = {
	.id = "fake", .next = fake_next, .done = fake_done, .seek = fake_seek, .free = fake_free};

/* Tenths of a second from its begin of what stands beside the next moment; -1: nothing does. */
static int next_beside(struct source *diff, const struct fake *b)
{
	const struct moment *m = source_next(diff);
	int at = -1;

	assert_non_null(m);
	if (m->snapshot->sides == 2)
		at = (int)((side_moment_ns(m->snapshot, 1) - b->begin_ns) * 10 / SECOND);
	else
		assert_non_null(m->snapshot->alone);
	moment_put(m);
	return at;
}

static void as_long_after_each_begin(void **state)
{
	struct fake a = {{&fake_ops}, 70 * SECOND, 900 * SECOND, 3, 5, 0, true};
	struct fake b = {{&fake_ops}, 5 * SECOND, 100 * SECOND, 2, 5, 0, true};
	static const int want[] = {0, 2, 6, 8, 8};
	struct source *s = diff_source_new(&a.source, &b.source, DIFF_BY_BEGIN);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(next_beside(s, &b), want[i]);
	assert_null(source_next(s));
	assert_true(source_done(s));
	/* Where the one goes back the other goes, too. */
	assert_int_equal(source_seek(s, (struct seek){.kind = SEEK_FIRST}), 0);
	assert_int_equal(next_beside(s, &b), 0);
	assert_int_equal(next_beside(s, &b), 2);
	source_free(s);
}

static void at_one_time_by_the_clock(void **state)
{
	struct fake a = {{&fake_ops}, 70 * SECOND, 100 * SECOND, 5, 5, 0, true};
	struct fake b = {{&fake_ops}, 5 * SECOND, 101 * SECOND, 2, 9, 0, true};
	static const int want[] = {-1, -1, 0, 4, 10};
	struct source *s = diff_source_new(&a.source, &b.source, DIFF_BY_CLOCK);

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(next_beside(s, &b), want[i]);
	source_free(s);
}

/* What leads may stand on either side. */
static void the_other_may_be_a(void **state)
{
	struct fake a = {{&fake_ops}, 70 * SECOND, 900 * SECOND, 3, 5, 0, true};
	struct fake b = {{&fake_ops}, 5 * SECOND, 100 * SECOND, 2, 5, 0, true};
	static const unsigned want[] = {0, 2, 6, 8, 8};
	struct source *s = diff_source_new(&a.source, &b.source, DIFF_BY_BEGIN);

	(void)state;
	diff_source_turn(s);
	for (unsigned i = 0; i < 5; i++) {
		const struct moment *m = source_next(s);

		assert_int_equal(m->snapshot->sides, 2);
		assert_int_equal(m->snapshot->monotonic_ns, b.begin_ns + want[i] * (SECOND / 10));
		assert_int_equal(
			side_moment_ns(m->snapshot, 1), a.begin_ns + i * 3 * (SECOND / 10));
		moment_put(m);
	}
	assert_null(source_next(s));
	source_free(s);
}

/* Before the first moment of the one that is A there is none. */
static void it_begins_with_the_other(void **state)
{
	struct fake a = {{&fake_ops}, 70 * SECOND, 100 * SECOND, 5, 5, 0, true};
	struct fake b = {{&fake_ops}, 5 * SECOND, 101 * SECOND, 2, 9, 0, true};
	struct source *s = diff_source_new(&a.source, &b.source, DIFF_BY_CLOCK);
	const struct moment *m;
	unsigned n = 0;

	(void)state;
	diff_source_turn(s);
	for (; (m = source_next(s)); n++) {
		assert_int_equal(m->snapshot->sides, 2);
		moment_put(m);
	}
	assert_int_equal(n, 3);
	source_free(s);
}

/* A stream beside a file is a stream. */
static void what_cannot_be_sought_stays_so(void **state)
{
	static const struct source_ops stream_ops = {
		.id = "fake", .next = fake_next, .done = fake_done, .free = fake_free};
	struct fake a = {{&stream_ops}, 70 * SECOND, 900 * SECOND, 3, 5, 0, false};
	struct fake b = {{&fake_ops}, 5 * SECOND, 100 * SECOND, 2, 5, 0, true};
	struct source *s = diff_source_new(&a.source, &b.source, DIFF_BY_BEGIN);
	struct position p;

	(void)state;
	assert_int_equal(source_play(s, SOURCE_PACE), -EOPNOTSUPP);
	assert_int_equal(source_seek(s, (struct seek){.kind = SEEK_FIRST}), -EOPNOTSUPP);
	assert_false(source_position(s, &p));
	assert_int_equal(next_beside(s, &b), 0);
	assert_int_equal(next_beside(s, &b), 2);
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_by_kind_and_path),
		cmocka_unit_test(descriptors_by_number),
		cmocka_unit_test(each_side_has_its_own_machine),
		cmocka_unit_test(as_long_after_each_begin),
		cmocka_unit_test(at_one_time_by_the_clock),
		cmocka_unit_test(what_cannot_be_sought_stays_so),
		cmocka_unit_test(the_other_may_be_a),
		cmocka_unit_test(it_begins_with_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
