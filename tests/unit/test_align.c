/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which mapping, thread and descriptor of A stands beside which of B. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/compare/align.h"
#include "twintop/model/family.h"

#define RW (MAPPING_READ | MAPPING_WRITE)

/* Anonymous memory, a file's private or shared mapping; addresses in pages. */
#define ANON(from, to)                                                                             \
	{                                                                                          \
		.start = (from)*4096ull, .end = (to)*4096ull, .flags = RW,                         \
		.kind = MAPPING_ANONYMOUS                                                          \
	}
#define FILE_AT(from, to, file, off, mapping_flags)                                                \
	{                                                                                          \
		.start = (from)*4096ull, .end = (to)*4096ull, .offset = (off)*4096ull,             \
		.flags = (mapping_flags), .inode = (file), .kind = MAPPING_FILE                    \
	}

/* Two address spaces, in one IPC namespace as far as anybody knows. */
static const struct pair processes = {.relation = RELATION_UNRELATED};

static void align_maps(const struct memory_map *a, const struct memory_map *b, struct verdicts *v)
{
	const struct align_sides sides = {.memory = {a, b}};

	align_mappings(&sides, &processes, v);
}

/* The rows as text: "a0-b1 d 10..20; " for mapping 0 beside 1, diverged, pages 10 to 20. */
static const char *rows_of(
	const struct mapping *a, size_t an, const struct mapping *b, size_t bn, bool related)
{
	static char out[1024];
	struct memory_map ma = {.n = an, .mapping = (struct mapping *)(uintptr_t)a};
	struct memory_map mb = {.n = bn, .mapping = (struct mapping *)(uintptr_t)b};
	struct verdicts *v = part_make(PART_VERDICTS);
	size_t used = 0;

	out[0] = 0;
	v->fork_related = related;
	align_maps(&ma, &mb, v);
	for (size_t i = 0; i < v->mappings_n; i++) {
		const struct pair_mapping *row = &v->mapping[i];

		used += (size_t)snprintf(out + used, sizeof out - used, "%s%d,%d %s %d..%d",
			i ? "; " : "", row->a, row->b, row_state_name(row->state),
			(int)(row->start / 4096), (int)(row->end / 4096));
	}
	part_put(v);
	return out;
}

#define ROWS(a, b, related) rows_of(a, sizeof(a) / sizeof *(a), b, sizeof(b) / sizeof *(b), related)

static void test_same(void **state)
{
	static const struct mapping a[] = {ANON(10, 20), FILE_AT(30, 40, 5, 0, MAPPING_READ)};

	(void)state;
	assert_string_equal(ROWS(a, a, true), "0,0 same 10..20; 1,1 same 30..40");
}

static void test_split(void **state)
{
	static const struct mapping a[] = {ANON(10, 100)};
	static const struct mapping b[] = {ANON(20, 40), ANON(60, 80)};
	static const struct mapping halves[] = {ANON(10, 50), ANON(50, 100)};

	(void)state;
	assert_string_equal(ROWS(a, b, true), "0,0 diverged 10..60; 0,1 diverged 60..100");
	assert_string_equal(ROWS(b, a, true), "0,0 diverged 10..60; 1,0 diverged 60..100");
	assert_string_equal(ROWS(a, halves, true), "0,0 diverged 10..50; 0,1 diverged 50..100");
}

static void test_chain(void **state)
{
	static const struct mapping a[] = {ANON(0, 50), ANON(60, 110)};
	static const struct mapping b[] = {ANON(10, 100)};

	(void)state;
	assert_string_equal(ROWS(a, b, true), "0,0 diverged 0..60; 1,0 diverged 60..110");
}

static void test_grown_heap(void **state)
{
	static const struct mapping a[] = {ANON(10, 20), ANON(50, 60)};
	static const struct mapping b[] = {ANON(10, 35), ANON(50, 60)};

	(void)state;
	assert_string_equal(ROWS(a, b, true), "0,0 diverged 10..35; 1,1 same 50..60");
}

static void test_other_permissions(void **state)
{
	struct mapping a[] = {ANON(10, 20)}, b[] = {ANON(10, 20)};

	(void)state;
	b[0].flags = MAPPING_READ;
	assert_string_equal(ROWS(a, b, true), "0,0 diverged 10..20");
	/* A shared mapping of one and a private one of the other are not the same thing. */
	b[0] = (struct mapping)FILE_AT(10, 20, 7, 0, RW | MAPPING_SHARED);
	assert_string_equal(ROWS(a, b, true), "0,-1 only_a 10..20; -1,0 only_b 10..20");
}

/* What B has is not known: nothing of A's is A's alone for that. */
static void test_hidden(void **state)
{
	static const struct mapping a[] = {ANON(10, 20), FILE_AT(30, 40, 5, 0, MAPPING_READ)};
	struct memory_map ma = {.n = 2, .mapping = (struct mapping *)(uintptr_t)a};

	(void)state;
	for (int side = 0; side < 2; side++) {
		const struct memory_map *denied = NULL;
		struct verdicts *v = part_make(PART_VERDICTS);

		v->hidden[!side] = true;
		align_maps(side ? denied : &ma, side ? &ma : denied, v);
		assert_int_equal(v->mappings_n, 2);
		assert_int_equal(v->mapping[0].state, ROW_UNKNOWN);
		assert_int_equal(v->mapping[1].state, ROW_UNKNOWN);
		part_put(v);
	}
}

static void test_hidden_descriptors(void **state)
{
	struct fd_entry e[] = {{.fd = 3, .kind = FD_FILE, .inode = 7}};
	struct fd_list known = {.n = 1, .fd = e}, denied = {.part.state = VALUE_DENIED};
	struct snapshot s = {.sides = 2};
	struct pair *p;

	(void)state;
	for (int side = 0; side < 2; side++) {
		p = pair_new();
		s.side[side].fds = &known;
		s.side[!side].fds = side ? &denied : NULL; /* refused, and never read */
		align_fds(&s, p);
		assert_int_equal(p->fds_n, 1);
		assert_int_equal(p->fd[0].state, ROW_UNKNOWN);
		part_put(p);
	}
}

static void test_unrelated(void **state)
{
	static const struct mapping a[] = {ANON(10, 20), FILE_AT(30, 40, 5, 0, MAPPING_READ),
		FILE_AT(40, 50, 5, 10, RW), FILE_AT(60, 61, 6, 0, MAPPING_READ)};
	static const struct mapping b[] = {ANON(10, 20), FILE_AT(130, 140, 5, 0, MAPPING_READ),
		FILE_AT(140, 150, 5, 10, RW), FILE_AT(160, 161, 8, 0, MAPPING_READ)};

	(void)state;
	assert_string_equal(ROWS(a, b, false),
		"0,-1 only_a 10..20; -1,0 only_b 10..20; 1,1 same 30..40; 2,2 same 40..50; "
		"3,-1 only_a 60..61; -1,3 only_b 160..161");
}

/* The same file at the same address but another offset is not the same page. */
static void test_other_offset(void **state)
{
	static const struct mapping a[] = {FILE_AT(10, 20, 5, 0, MAPPING_READ)};
	static const struct mapping b[] = {FILE_AT(10, 20, 5, 100, MAPPING_READ)};
	static const struct mapping c[] = {FILE_AT(10, 20, 5, 5, MAPPING_READ)};

	(void)state;
	assert_string_equal(ROWS(a, b, true), "0,-1 only_a 10..20; -1,0 only_b 10..20");
	assert_string_equal(ROWS(a, c, true), "0,0 diverged 10..20");
	assert_int_equal((int64_t)align_shift(a, c), -5 * 4096);
}

static void test_one_map(void **state)
{
	static const struct mapping a[] = {ANON(10, 20)};
	struct memory_map ma = {.n = 1, .mapping = (struct mapping *)(uintptr_t)a};
	struct verdicts *v = part_make(PART_VERDICTS);

	(void)state;
	align_maps(&ma, NULL, v);
	assert_int_equal(v->mappings_n, 1);
	assert_int_equal(v->mapping[0].b, -1);
	align_maps(NULL, NULL, v);
	assert_int_equal(v->mappings_n, 0);
	part_put(v);
}

/* Any two maps: every mapping is in a row, rows ascend, no page of a side is in two. */
static void test_any_two_maps(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct mapping m[2][8];
		struct memory_map maps[2];
		struct verdicts *v = part_make(PART_VERDICTS);
		uint64_t pages[2] = {0, 0}, counted[2] = {0, 0};

		for (int side = 0; side < 2; side++) {
			uint64_t at = 1;

			for (int i = 0; i < 8; i++) {
				seed = seed * 1103515245u + 12345u;
				at += seed >> 16 & 3;
				m[side][i] = (struct mapping)ANON(at, at + 1 + (seed >> 20 & 7));
				if (seed >> 25 & 1)
					m[side][i].inode = 1 + (seed >> 26 & 1);
				at = m[side][i].end / 4096;
				pages[side] += (m[side][i].end - m[side][i].start) / 4096;
			}
			maps[side] = (struct memory_map){.n = 8, .mapping = m[side]};
		}
		v->fork_related = round & 1;
		align_maps(&maps[0], &maps[1], v);
		for (size_t i = 0; i < v->mappings_n; i++) {
			const struct pair_mapping *row = &v->mapping[i];
			const struct mapping *of[2] = {row->a < 0 ? NULL : &m[0][row->a],
				row->b < 0 ? NULL : &m[1][row->b]};
			bool moved = of[0] && of[1] && align_shift(of[0], of[1]);

			assert_true(i == 0 || row[-1].start <= row->start);
			for (int side = 0; side < 2; side++) {
				uint64_t from, to;

				if (!of[side])
					continue;
				from = of[side]->start;
				to = of[side]->end;
				if (!moved && row->start > from)
					from = row->start;
				if (!moved && row->end < to)
					to = row->end;
				assert_true(from < to);
				counted[side] += (to - from) / 4096;
			}
		}
		assert_int_equal(counted[0], pages[0]);
		assert_int_equal(counted[1], pages[1]);
		part_put(v);
	}
}

static void test_mechanisms(void **state)
{
	static const struct {
		enum mapping_kind kind;
		unsigned flags;
		uint64_t inode;
		enum mechanism both, alone;
	} row[] = {
		{MAPPING_CODE, MAPPING_READ | MAPPING_EXEC, 1, MECHANISM_TEXT, MECHANISM_TEXT},
		{MAPPING_RODATA, MAPPING_READ, 1, MECHANISM_RODATA, MECHANISM_RODATA},
		{MAPPING_DATA, RW, 1, MECHANISM_COW, MECHANISM_FILE},
		{MAPPING_HEAP, RW, 0, MECHANISM_COW, MECHANISM_NONE},
		{MAPPING_STACK, RW, 0, MECHANISM_COW, MECHANISM_NONE},
		{MAPPING_LIBRARY_CODE, MAPPING_READ, 1, MECHANISM_LIBRARY, MECHANISM_LIBRARY},
		{MAPPING_LIBRARY_DATA, RW, 1, MECHANISM_COW, MECHANISM_FILE},
		{MAPPING_SHARED_ANONYMOUS, RW | MAPPING_SHARED, 9, MECHANISM_SHARED_ANONYMOUS,
			MECHANISM_SHARED_ANONYMOUS},
		{MAPPING_POSIX_SHM, RW | MAPPING_SHARED, 9, MECHANISM_POSIX_SHM,
			MECHANISM_POSIX_SHM},
		{MAPPING_SYSV_SHM, RW | MAPPING_SHARED, 9, MECHANISM_SYSV_SHM, MECHANISM_SYSV_SHM},
		{MAPPING_MEMFD, RW | MAPPING_SHARED, 9, MECHANISM_MEMFD, MECHANISM_MEMFD},
		{MAPPING_FILE, RW | MAPPING_SHARED, 9, MECHANISM_FILE, MECHANISM_FILE},
		{MAPPING_FILE, MAPPING_READ, 9, MECHANISM_FILE, MECHANISM_FILE},
		{MAPPING_VVAR, MAPPING_READ, 0, MECHANISM_NONE, MECHANISM_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct mapping m = {.start = 4096,
			.end = 8192,
			.kind = row[i].kind,
			.flags = row[i].flags,
			.inode = row[i].inode};

		assert_int_equal(align_mechanism(&m, &m), row[i].both);
		assert_int_equal(align_mechanism(&m, NULL), row[i].alone);
		assert_int_equal(align_mechanism(NULL, &m), row[i].alone);
	}
}

/* Who has been handed to another parent is whose it was born. */
static void orphans_are_whose_they_were_born(void **state)
{
	struct process_info a = {.ppid = 1}, b = {.ppid = 1};
	struct snapshot s = {.sides = 2};
	struct member m[] = {{.id = {50, 5}}, {.id = {100, 10}, .parent_id = {50, 5}},
		{.id = {200, 20}, .parent_id = {100, 10}}, {.id = {300, 30}, .parent_id = {50, 5}}};
	struct family f = {.n = 4, .member = m};

	(void)state;
	s.side[0] = (struct side){.id = {100, 10}, .tid = 100, .info = &a};
	s.side[1] = (struct side){.id = {200, 20}, .tid = 200, .info = &b};
	assert_int_equal(align_relation(&s), RELATION_UNRELATED);
	s.family = &f;
	assert_int_equal(align_relation(&s), RELATION_CHILD);
	assert_true(pair_is_orphan(&s, RELATION_CHILD, 1));
	assert_false(pair_is_orphan(&s, RELATION_CHILD, 0));
	b.ppid = 100;
	assert_false(pair_is_orphan(&s, RELATION_CHILD, 1));
	b.ppid = 1;
	s.side[1].id = (struct task_id){300, 30};
	assert_int_equal(align_relation(&s), RELATION_SIBLINGS);
	s.side[1].id = (struct task_id){50, 5};
	assert_int_equal(align_relation(&s), RELATION_PARENT);
	assert_true(pair_is_orphan(&s, RELATION_PARENT, 0));
	s.side[1].id = (struct task_id){200, 21}; /* another one of that number */
	assert_int_equal(align_relation(&s), RELATION_UNRELATED);
}

/* One that process 1 took in may be anybody's of its program; one that executed its own is not. */
static void kin_may_be_unknown(void **state)
{
	struct process_info old = {.ppid = 7, .execed = true, .exe = text_of("/bin/server")},
			    young = {.ppid = 1, .exe = text_of("/bin/server")};
	struct snapshot s = {.sides = 2};

	(void)state;
	for (unsigned side = 0; side < 2; side++) {
		s.side[!side] = (struct side){.id = {100, 10}, .info = &old};
		s.side[side] = (struct side){.id = {90, 20}, .info = &young};
		assert_non_null(align_unknown_kin(&s));
		young.execed = true;
		assert_null(align_unknown_kin(&s));
		young.execed = false;
		young.ppid = 8;
		assert_null(align_unknown_kin(&s));
		young.ppid = 1;
		young.exe = text_of("/bin/other");
		assert_null(align_unknown_kin(&s));
		young.exe = text_of("/bin/server");
		young.source[PROCESS_STAT] = VALUE_DENIED;
		assert_null(align_unknown_kin(&s));
		young.source[PROCESS_STAT] = VALUE_KNOWN;
	}
}

static void test_relations(void **state)
{
	struct process_info a = {.ppid = 1}, b = {.ppid = 100};
	struct snapshot s = {.sides = 2};

	(void)state;
	s.side[0].id.pid = 100;
	s.side[1].id.pid = 200;
	s.side[0].info = &a;
	s.side[1].info = &b;
	assert_int_equal(align_relation(&s), RELATION_CHILD);
	a.ppid = 200;
	b.ppid = 1;
	assert_int_equal(align_relation(&s), RELATION_PARENT);
	a.ppid = 1;
	assert_int_equal(align_relation(&s), RELATION_UNRELATED);
	a.ppid = b.ppid = 50;
	assert_int_equal(align_relation(&s), RELATION_SIBLINGS);
	s.side[1].id.pid = 100;
	assert_int_equal(align_relation(&s), RELATION_THREADS);
	s.side[1].id.pid = 300;
	s.side[0].info = s.side[1].info = NULL;
	assert_int_equal(align_relation(&s), RELATION_UNRELATED);
}

static struct thread_record thread_of(pid_t tid, const char *name, uint64_t start)
{
	struct thread_record t = {.self.tid = tid, .self.start_ticks = start};

	threads_set_name(&t, name);
	return t;
}

static void test_threads(void **state)
{
	struct thread_record a[] = {thread_of(10, "main", 1), thread_of(11, "io", 2),
		thread_of(12, "work", 3), thread_of(13, "work", 4), thread_of(14, "gone", 4)};
	struct thread_record b[] = {thread_of(20, "other", 9), thread_of(21, "work", 12),
		thread_of(22, "work", 11), thread_of(23, "new", 13), thread_of(24, "io", 14)};
	const struct thread_list *la = threads_list(a, 5), *lb = threads_list(b, 5);
	struct snapshot s = {.sides = 2};
	const struct pair_threads *p;
	static const struct pair_thread expected[] = {
		{0, 0}, {1, 4}, {2, 2}, {3, 1}, {4, -1}, {-1, 3}};

	(void)state;
	s.side[0].threads = la;
	s.side[1].threads = lb;
	p = align_threads(&s, false);
	assert_int_equal(p->n, 6);
	assert_memory_equal(p->row, expected, sizeof expected);
	part_put(p);
	s.side[1].threads = NULL;
	p = align_threads(&s, false);
	assert_int_equal(p->n, 5);
	assert_int_equal(p->row[3].b, -1);
	part_put(p);
	part_put(la);
	part_put(lb);
}

/* Indexes of two threads side by side. */
struct beside {
	int a, b;
};

static void expect_rows(
	const struct snapshot *s, enum relation relation, const struct beside *expected, size_t n)
{
	const struct pair_threads *p = align_threads(s, relation == RELATION_THREADS);

	assert_int_equal(p->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p->row[i].a, expected[i].a);
		assert_int_equal(p->row[i].b, expected[i].b);
	}
	part_put(p);
}

static void test_named_threads(void **state)
{
	struct thread_record t[] = {thread_of(10, "x", 1), thread_of(11, "x", 2),
		thread_of(12, "x", 3), thread_of(13, "y", 4)};
	struct thread_record u[] = {thread_of(20, "x", 1), thread_of(21, "y", 2)};
	const struct thread_list *l = threads_list(t, 4), *m = threads_list(u, 2);
	struct snapshot s = {.sides = 2};
	static const struct beside two[] = {{1, 3}, {0, 0}, {2, 2}, {3, 1}},
				   with_main[] = {{0, 2}, {1, 1}, {2, 0}, {3, 3}},
				   back[] = {{2, 0}, {0, 2}, {1, 1}, {3, 3}},
				   one[] = {{2, 2}, {0, 0}, {1, 1}, {3, 3}},
				   gone[] = {{0, 0}, {1, 1}, {2, 2}, {3, 3}},
				   strangers[] = {{2, 1}, {0, 0}, {1, -1}, {3, -1}},
				   half[] = {{1, 0}, {0, -1}, {2, -1}, {3, 1}};

	(void)state;
	s.side[0] = s.side[1] = (struct side){.id = {10, 1}, .tid = 10, .threads = l};
	s.side[0].tid = 11;
	s.side[1].tid = 13;
	expect_rows(&s, RELATION_THREADS, two, 4);
	s.side[0].tid = 10;
	s.side[1].tid = 12;
	expect_rows(&s, RELATION_THREADS, with_main, 4);
	s.side[0].tid = 12;
	s.side[1].tid = 10;
	expect_rows(&s, RELATION_THREADS, back, 4);
	s.side[1].tid = 12;
	expect_rows(&s, RELATION_THREADS, one, 4);
	s.side[1].tid = 99;
	expect_rows(&s, RELATION_THREADS, gone, 4);
	s.side[1] = (struct side){.id = {20, 1}, .tid = 21, .threads = m};
	expect_rows(&s, RELATION_UNRELATED, strangers, 4);
	s.side[0].tid = 11;
	s.side[1].tid = 20;
	expect_rows(&s, RELATION_UNRELATED, half, 4);
	part_put(l);
	part_put(m);
}

/* The list of t[] with one of its threads changed, on the seats of the list before. */
static struct thread_list *changed_list(
	const struct thread_list *before, struct thread_record *t, size_t n)
{
	struct thread_list *list = threads_list(t, n);

	part_put(list->seats);
	list->seats = part_get(before->seats);
	return list;
}

/* Rows are made anew only for other threads, other names and other named ones. */
static void test_rows_are_kept_while_the_threads_are_the_same(void **state)
{
	struct thread_record t[] = {thread_of(10, "x", 1), thread_of(11, "y", 2)};
	struct snapshot s = {.sides = 2};
	struct aligned_threads aligned = {0};
	struct thread_list *list[5] = {threads_list(t, 2)};
	const struct pair_threads *first, *next;

	(void)state;
	t[0].run.run_ns = 77;
	t[1].self.nice = 5;
	list[1] = changed_list(list[0], t, 2);
	threads_set_name(&t[1], "z");
	list[2] = changed_list(list[0], t, 2);
	t[1].self.start_ticks = 9;
	list[3] = changed_list(list[0], t, 2);
	list[4] = threads_list(t, 2); /* other seats */
	s.side[0] = (struct side){.id = {10, 1}, .tid = 10};
	s.side[1] = (struct side){.id = {20, 1}, .tid = 20};
	s.side[0].threads = s.side[1].threads = list[0];
	first = aligned_threads(&aligned, &s, false);
	s.side[1].threads = list[1];
	next = aligned_threads(&aligned, &s, false);
	assert_ptr_equal(next, first);
	part_put(next);
	for (int i = 2; i < 5; i++) {
		s.side[1].threads = list[i];
		next = aligned_threads(&aligned, &s, false);
		assert_ptr_not_equal(next, first);
		part_put(first);
		first = next;
	}
	s.side[1].tid = 11;
	next = aligned_threads(&aligned, &s, false);
	assert_ptr_not_equal(next, first);
	part_put(first);
	first = aligned_threads(&aligned, &s, true);
	assert_ptr_not_equal(next, first);
	part_put(first);
	part_put(next);
	aligned_clear(&aligned);
	for (int i = 0; i < 5; i++)
		part_put(list[i]);
}

static void test_states_of_rows(void **state)
{
	struct thread_record t[] = {thread_of(10, "x", 1), thread_of(11, "y", 2)};
	struct thread_record u[] = {thread_of(20, "x", 1), thread_of(21, "y", 2)};
	static const struct pair_thread rows[] = {{0, 0}, {1, 1}, {1, -1}, {-1, 0}, {7, 0}};
	struct snapshot s = {.sides = 2};
	struct pair p = {.thread = rows, .threads_n = 5};
	struct moment m = {.snapshot = &s, .pair = &p};
	struct thread_list *a, *b;

	(void)state;
	t[0].call.wait_channel = "pipe_read";
	u[0].call.wait_channel = "pipe_read";
	t[1].run.state = 'S';
	u[1].run.state = 'R';
	s.side[0].threads = a = threads_list(t, 2);
	s.side[1].threads = b = threads_list(u, 2);
	assert_int_equal(align_row_state(&m, 0), ROW_SAME);
	assert_int_equal(align_row_state(&m, 1), ROW_DIVERGED);
	assert_int_equal(align_row_state(&m, 2), ROW_ONLY_A);
	assert_int_equal(align_row_state(&m, 3), ROW_ONLY_B);
	assert_int_equal(align_row_state(&m, 4), ROW_STATES);
	part_put(b);
	u[0].call.wait_channel = "futex_wait";
	s.side[1].threads = b = threads_list(u, 2);
	assert_int_equal(align_row_state(&m, 0), ROW_DIVERGED);
	part_put(b);
	u[0].call.wait_channel = "pipe_read";
	threads_set_name(&u[0], "z");
	s.side[1].threads = b = threads_list(u, 2);
	assert_int_equal(align_row_state(&m, 0), ROW_DIVERGED);
	/* Read twice, a thread may have moved on; it is the same one. */
	part_put(b);
	u[0].self.tid = t[0].self.tid;
	s.side[1].threads = b = threads_list(u, 2);
	assert_int_equal(align_row_state(&m, 0), ROW_SAME);
	part_put(b);
	u[0] = t[0];
	u[0].self.tid = 20;
	u[0].call.wait_channel = "futex_wait";
	s.side[1].threads = b = threads_list(u, 2);
	assert_int_equal(align_row_state(&m, 0), ROW_DIVERGED);
	/* What was not asked for at this moment tells nothing. */
	a->source[THREAD_WCHAN] = b->source[THREAD_WCHAN] = VALUE_UNREAD;
	assert_int_equal(align_row_state(&m, 0), ROW_SAME);
	part_put(a);
	part_put(b);
}

static struct fd_entry fd_of(int fd, enum fd_kind kind, uint64_t inode, uint64_t description)
{
	struct fd_entry e = {.fd = fd, .kind = kind, .inode = inode, .device = 3};

	e.description = description;
	return e;
}

static const char *fds_of(const struct fd_entry *a, size_t an, const struct fd_entry *b, size_t bn)
{
	static char out[1024];
	struct fd_list la = {.n = an, .fd = (struct fd_entry *)(uintptr_t)a};
	struct fd_list lb = {.n = bn, .fd = (struct fd_entry *)(uintptr_t)b};
	struct snapshot s = {.sides = 2};
	struct pair *p = pair_new();
	size_t used = 0;

	s.side[0].fds = &la;
	s.side[1].fds = &lb;
	align_fds(&s, p);
	out[0] = 0;
	for (size_t i = 0; i < p->fds_n; i++) {
		const struct pair_fd *row = &p->fd[i];

		used += (size_t)snprintf(out + used, sizeof out - used, "%s%d,%d %s", i ? "; " : "",
			row->a < 0 ? -1 : a[row->a].fd, row->b < 0 ? -1 : b[row->b].fd,
			fd_relation_name(row->relation));
	}
	part_put(p);
	return out;
}

static void test_fds(void **state)
{
	struct fd_entry a[] = {fd_of(0, FD_TTY, 1, 1), fd_of(3, FD_FILE, 50, 2),
		fd_of(4, FD_FILE, 51, 3), fd_of(5, FD_PIPE, 60, 4), fd_of(6, FD_SOCKET, 70, 5),
		fd_of(9, FD_EVENTFD, 0, 6)};
	struct fd_entry b[] = {fd_of(0, FD_TTY, 1, 1), fd_of(3, FD_FILE, 52, 12),
		fd_of(5, FD_FILE, 51, 13), fd_of(7, FD_FILE, 50, 2), fd_of(8, FD_PIPE, 60, 14),
		fd_of(11, FD_SOCKET, 71, 15), fd_of(12, FD_EPOLL, 0, 16)};

	(void)state;
	a[4].peer_inode = 71;
	b[5].peer_inode = 70;
	assert_string_equal(fds_of(a, 6, b, 7),
		"0,0 same_description; 3,7 same_description; -1,3 unrelated; 4,5 same_file; "
		"5,8 pipe_end; 6,11 socket_peer; 9,-1 unrelated; -1,12 unrelated");
}

/* Two opens of one queue, terminal or device are two descriptions of one object; eventfds never. */
static void test_fds_of_one_object(void **state)
{
	struct fd_entry a[] = {
		fd_of(3, FD_MQUEUE, 50, 1), fd_of(4, FD_TTY, 51, 2), fd_of(5, FD_EVENTFD, 1038, 3)};
	struct fd_entry b[] = {fd_of(3, FD_EVENTFD, 1038, 11), fd_of(6, FD_TTY, 51, 12),
		fd_of(7, FD_MQUEUE, 50, 13)};

	(void)state;
	assert_string_equal(fds_of(a, 3, b, 3), "3,7 same_file; -1,3 unrelated; 4,6 same_file; "
						"5,-1 unrelated");
}

/* What /dev/tty and /dev/ptmx lead to is not the file that was opened. */
static void test_terminals_behind_one_file(void **state)
{
	struct fd_entry a[] = {fd_of(3, FD_TTY, 51, 1), fd_of(4, FD_TTY, 52, 0)};
	struct fd_entry b[] = {fd_of(5, FD_TTY, 51, 1), fd_of(6, FD_TTY, 52, 0)};

	(void)state;
	a[0].rdev = b[0].rdev = makedev(5, 0);
	a[1].rdev = b[1].rdev = makedev(5, 2);
	assert_string_equal(
		fds_of(a, 2, b, 2), "3,5 same_description; 4,-1 unrelated; -1,6 unrelated");
	a[0].description = b[0].description = 0;
	a[1].rdev = b[1].rdev = makedev(5, 1); /* the console is one */
	assert_string_equal(fds_of(a, 2, b, 2), "3,-1 unrelated; 4,6 same_file; -1,5 unrelated");
}

/* dup(2): several numbers for one description, equal numbers first. */
static void test_dups(void **state)
{
	struct fd_entry a[] = {fd_of(1, FD_TTY, 1, 1), fd_of(2, FD_TTY, 1, 1)};
	struct fd_entry b[] = {
		fd_of(0, FD_TTY, 1, 1), fd_of(2, FD_TTY, 1, 1), fd_of(5, FD_TTY, 1, 1)};

	(void)state;
	assert_string_equal(
		fds_of(a, 2, b, 3), "1,0 same_description; 2,2 same_description; -1,5 unrelated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_grown_heap),
		cmocka_unit_test(test_other_permissions),
		cmocka_unit_test(test_unrelated),
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_hidden_descriptors),
		cmocka_unit_test(test_other_offset),
		cmocka_unit_test(test_one_map),
		cmocka_unit_test(test_any_two_maps),
		cmocka_unit_test(test_mechanisms),
		cmocka_unit_test(test_relations),
		cmocka_unit_test(orphans_are_whose_they_were_born),
		cmocka_unit_test(kin_may_be_unknown),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_named_threads),
		cmocka_unit_test(test_rows_are_kept_while_the_threads_are_the_same),
		cmocka_unit_test(test_states_of_rows),
		cmocka_unit_test(test_fds),
		cmocka_unit_test(test_terminals_behind_one_file),
		cmocka_unit_test(test_fds_of_one_object),
		cmocka_unit_test(test_dups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
