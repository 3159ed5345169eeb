/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What moments have otherwise than those before: each told once, and nothing that is no change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../../src/sample/changes.h"
#include "tests/fixtures/hostile.h"

#define SECOND 1000000000ull
#define PAGE   4096ull
#define BASE   0x10000000ull
#define MANY   3000

#define ANON(from, to)                                                                             \
	{                                                                                          \
		.start = BASE + (from)*PAGE, .end = BASE + (to)*PAGE, .kind = MAPPING_ANONYMOUS    \
	}
#define FILED(from, to, page, number)                                                              \
	{                                                                                          \
		.start = BASE + (from)*PAGE, .end = BASE + (to)*PAGE, .kind = MAPPING_FILE,        \
		.offset = (page)*PAGE, .device_major = 8, .inode = (number), .path = {             \
			"/f",                                                                      \
			2                                                                          \
		}                                                                                  \
	}

struct world {
	struct changes *changes;
	struct event_sink sink;
	struct task_id id[2];
	const struct memory_map *memory[2];
	const struct fd_list *fds[2];
	const struct process_info *info[2];
	uint64_t ns;
	unsigned sides;
	bool ended;
	const struct event_batch *told;
	const struct pair *pair; /* NULL: none */
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){
		.changes = changes_new(), .id = {{10, 1}, {20, 1}}, .ns = 10 * SECOND, .sides = 1};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 2; i++) {
		part_put(w->memory[i]);
		part_put(w->fds[i]);
		part_put(w->info[i]);
	}
	part_put(w->told);
	changes_free(w->changes);
	event_sink_free(&w->sink);
	return 0;
}

/* The next moment, a tenth of a second later; n events are told. */
static void look(struct world *w, size_t n)
{
	struct snapshot *s = snapshot_new();
	struct textbuf b = {0};

	w->ns += SECOND / 10;
	s->sides = w->sides;
	s->monotonic_ns = s->realtime_ns = w->ns;
	for (unsigned i = 0; i < w->sides; i++) {
		struct side *side = &s->side[i];

		side->id = w->id[i];
		side->tid = w->id[i].pid;
		side->ending.ended = w->ended;
		side->memory = part_get(w->memory[i]);
		side->fds = part_get(w->fds[i]);
		side->info = part_get(w->info[i]);
		for (unsigned kind = 0; kind < SIDE_PARTS; kind++)
			side->read_ns[kind] = w->ns;
	}
	changes_follow(w->changes, s, w->pair, &w->sink);
	part_put(w->told);
	w->told = event_sink_seal(&w->sink);
	for (size_t i = 0; w->told && w->told->n != n && i < w->told->n; i++) {
		textbuf_clear(&b);
		event_sentence(w->told, &w->told->event[i], &b);
		print_error("told: %s\n", b.bytes);
	}
	textbuf_free(&b);
	assert_int_equal(w->told ? w->told->n : 0, n);
	part_put(&s->part);
}

static const struct event *told(const struct world *w, size_t i, enum event_kind kind)
{
	const struct event *e = &w->told->event[i];

	assert_int_equal(e->kind, kind);
	assert_string_equal(e->source, "sampler");
	assert_int_equal(e->monotonic_ns, w->ns);
	return e;
}

static void expect_name(const struct world *w, size_t i, const char *name)
{
	assert_true(text_equal(event_name(w->told, w->told->event[i].name), text_of(name)));
}

/* ---- mappings -------------------------------------------------------------- */

static void map_side(struct world *w, unsigned side, const struct mapping *mapping, size_t n)
{
	struct memory_map *m = part_make(PART_MAPPINGS);

	m->n = n;
	m->mapping = arena_array(&m->part.arena, n + 1, sizeof *mapping);
	memcpy(m->mapping, mapping, n * sizeof *mapping);
	part_seal(&m->part, 0, 0);
	part_put(w->memory[side]);
	w->memory[side] = m;
}

#define MAP(w, ...)                                                                                \
	do {                                                                                       \
		const struct mapping m_[] = {__VA_ARGS__};                                         \
                                                                                                   \
		map_side(w, 0, m_, sizeof m_ / sizeof *m_);                                        \
	} while (0)

static void mappings_come_and_go(void **state)
{
	struct world *w = *state;
	const struct event *e;

	MAP(w, ANON(0, 4), FILED(10, 12, 0, 7));
	look(w, 0);
	look(w, 0);
	MAP(w, ANON(0, 4), FILED(10, 12, 0, 7), ANON(20, 23));
	look(w, 1);
	e = told(w, 0, EVENT_MAPPED);
	assert_int_equal(e->pid, 10);
	assert_int_equal(e->count, 1);
	assert_int_equal(e->address, BASE + 20 * PAGE);
	assert_int_equal(e->bytes, 3 * PAGE);
	assert_int_equal(e->span_ns, SECOND / 10);
	expect_name(w, 0, "anonymous");
	MAP(w, ANON(0, 4), ANON(20, 23));
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_UNMAPPED)->bytes, 2 * PAGE);
	expect_name(w, 0, "/f");
	look(w, 0);
}

/* What has other bounds or rights, and leads where it led, is no change. */
static void cut_mappings_are_no_change(void **state)
{
	struct world *w = *state;

	MAP(w, ANON(0, 8), FILED(10, 14, 0, 7));
	look(w, 0);
	MAP(w, ANON(0, 3), ANON(3, 8), FILED(10, 11, 0, 7), FILED(11, 14, 1, 7));
	look(w, 0);
	MAP(w, ANON(0, 8), FILED(10, 14, 0, 7));
	look(w, 0);
}

/* Of two that touch the kernel makes one: what is new of it is told all the same. */
static void merged_mappings_are_told(void **state)
{
	struct world *w = *state;

	MAP(w, ANON(10, 12));
	look(w, 0);
	MAP(w, ANON(5, 20));
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_MAPPED)->bytes, 13 * PAGE);
	assert_int_equal(told(w, 0, EVENT_MAPPED)->address, BASE + 5 * PAGE);
	MAP(w, ANON(5, 9), ANON(15, 20));
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_UNMAPPED)->address, BASE + 9 * PAGE);
	assert_int_equal(told(w, 0, EVENT_UNMAPPED)->bytes, 6 * PAGE);
}

/* Another file, or another place of it, at the same addresses. */
static void other_objects_are_told(void **state)
{
	struct world *w = *state;

	MAP(w, FILED(0, 4, 0, 7), ANON(10, 12));
	look(w, 0);
	MAP(w, FILED(0, 4, 0, 8), ANON(10, 12));
	look(w, 2);
	told(w, 0, EVENT_UNMAPPED);
	told(w, 1, EVENT_MAPPED);
	MAP(w, FILED(0, 4, 1, 8), ANON(10, 12));
	look(w, 2);
	MAP(w, FILED(0, 4, 1, 8), FILED(10, 12, 0, 9));
	look(w, 2);
}

static void heap_and_stack_grow(void **state)
{
	struct world *w = *state;
	struct mapping m[] = {ANON(0, 4), ANON(10, 12), ANON(20, 24)};

	m[0].kind = MAPPING_HEAP;
	m[2].kind = MAPPING_STACK;
	map_side(w, 0, m + 1, 2);
	look(w, 0);
	map_side(w, 0, m, 3);
	look(w, 1); /* the first of it is new */
	expect_name(w, 0, "heap");
	m[0].end += 3 * PAGE;
	m[2].start -= 4 * PAGE;
	map_side(w, 0, m, 3);
	look(w, 0);
	m[0].end -= 5 * PAGE;
	map_side(w, 0, m, 3);
	look(w, 0);
}

static void thousands_are_one(void **state)
{
	static struct mapping m[MANY + 1];
	struct world *w = *state;
	const struct event *e;

	for (size_t i = 0; i <= MANY; i++)
		m[i] = (struct mapping)ANON(8 * i, 8 * i + 1 + (i == 77));
	map_side(w, 0, m, 1);
	look(w, 0);
	map_side(w, 0, m, MANY + 1);
	look(w, 1);
	e = told(w, 0, EVENT_MAPPED);
	assert_int_equal(e->count, MANY);
	assert_int_equal(e->bytes, (MANY + 1) * PAGE);
	assert_int_equal(e->address, 0);
	map_side(w, 0, m, 4);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_UNMAPPED)->count, MANY - 3);
	map_side(w, 0, m, 1);
	look(w, 3); /* so few are told each */
}

/* Nothing is left of what was: that is the exec, which is told by itself. */
static void exec_is_not_told_again(void **state)
{
	struct world *w = *state;
	struct mapping m[] = {FILED(0, 4, 0, 7), ANON(10, 12)};

	m[0].kind = MAPPING_CODE;
	m[1].kind = MAPPING_VDSO;
	map_side(w, 0, m, 2);
	look(w, 0);
	m[1].start += PAGE;
	map_side(w, 0, m, 2);
	look(w, 0);
	m[0].inode = 8;
	map_side(w, 0, m, 2);
	look(w, 0);
	map_side(w, 0, m, 0); /* nor is that all is let go of, at the end */
	look(w, 0);
}

static void hostile_names_are_kept(void **state)
{
	struct world *w = *state;
	struct mapping m[] = {ANON(0, 4), FILED(10, 12, 0, 7)};

	m[1].path = (struct text){HOSTILE_NAME, sizeof HOSTILE_NAME - 1};
	map_side(w, 0, m, 1);
	look(w, 0);
	map_side(w, 0, m, 2);
	look(w, 1);
	assert_true(text_equal(event_name(w->told, w->told->event[0].name), m[1].path));
}

/* ---- read or not ------------------------------------------------------------- */

/* What was not read for a while tells within how long it happened; what never was tells nothing. */
static void unread_parts_span_time(void **state)
{
	struct world *w = *state;

	look(w, 0);
	MAP(w, ANON(0, 4));
	look(w, 0);
	part_put(w->memory[0]);
	w->memory[0] = NULL;
	look(w, 0);
	w->ns += 60 * SECOND;
	MAP(w, ANON(0, 4), ANON(8, 9));
	look(w, 1);
	assert_in_range(told(w, 0, EVENT_MAPPED)->span_ns, 60 * SECOND, 61 * SECOND);
}

static void refused_parts_are_no_change(void **state)
{
	struct world *w = *state;
	struct memory_map *denied = part_make(PART_MAPPINGS);

	MAP(w, ANON(0, 4));
	look(w, 0);
	part_seal(&denied->part, 0, -13);
	part_put(w->memory[0]);
	w->memory[0] = denied;
	look(w, 0);
	MAP(w, ANON(0, 4));
	look(w, 0);
	w->ended = true;
	MAP(w, ANON(8, 9));
	look(w, 0);
}

/* Of two threads of one process it is told once; who is exchanged stays who it was. */
static void sides_are_told_apart(void **state)
{
	const struct mapping a[] = {ANON(0, 4), ANON(8, 9)}, b[] = {ANON(0, 4), ANON(20, 30)};
	struct world *w = *state;
	const struct memory_map *swapped;

	w->sides = 2;
	map_side(w, 0, a, 1);
	map_side(w, 1, b, 2);
	look(w, 0);
	swapped = w->memory[0];
	w->memory[0] = w->memory[1];
	w->memory[1] = swapped;
	w->id[0].pid = 20;
	w->id[1].pid = 10;
	look(w, 0);
	map_side(w, 1, a, 2);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_MAPPED)->pid, 10);
	w->id[1].start_ticks = 2; /* another process of that number */
	map_side(w, 1, a, 1);
	look(w, 0);
	w->id[1] = w->id[0];
	map_side(w, 0, b, 1);
	map_side(w, 1, b, 1);
	look(w, 1);
	told(w, 0, EVENT_UNMAPPED);
}

/* Of one address space and one table of descriptors A tells, though both are processes. */
static void what_is_one_is_told_once(void **state)
{
	const struct mapping m[] = {ANON(0, 4), ANON(8, 9)};
	struct world *w = *state;
	struct pair *p = pair_new();

	w->sides = 2;
	w->pair = p;
	for (unsigned one = 0; one < 2; one++) {
		p->one_space = one;
		map_side(w, 0, m, 1);
		map_side(w, 1, m, 1);
		look(w, one ? 1 : 0);
		map_side(w, 0, m, 2);
		map_side(w, 1, m, 2);
		look(w, one ? 1 : 2);
		assert_int_equal(told(w, 0, EVENT_MAPPED)->pid, 10);
	}
	/* When it is two again, what both had is no change. */
	p->one_space = false;
	look(w, 0);
	map_side(w, 1, m, 1);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_UNMAPPED)->pid, 20);
	part_put(&p->part);
}

/* ---- descriptors -------------------------------------------------------------- */

static struct fd_entry fd_of(int fd, uint64_t inode)
{
	return (struct fd_entry){
		.fd = fd, .kind = FD_FILE, .inode = inode, .device = 8, .target = {"/tmp/x", 6}};
}

static void open_fds(struct world *w, const struct fd_entry *fd, size_t n)
{
	struct fd_list *l = part_make(PART_FDS);

	l->n = n;
	l->fd = arena_array(&l->part.arena, n + 1, sizeof *fd);
	memcpy(l->fd, fd, n * sizeof *fd);
	part_seal(&l->part, 0, 0);
	part_put(w->fds[0]);
	w->fds[0] = l;
}

static void descriptors_come_and_go(void **state)
{
	struct fd_entry fd[] = {fd_of(0, 1), fd_of(3, 2), fd_of(5, 3), fd_of(9, 3)};
	struct world *w = *state;

	open_fds(w, fd, 2);
	look(w, 0);
	open_fds(w, fd, 4);
	look(w, 2);
	assert_int_equal(told(w, 0, EVENT_OPENED)->fd, 5);
	assert_int_equal(told(w, 1, EVENT_OPENED)->fd, 9);
	expect_name(w, 0, "/tmp/x");
	open_fds(w, fd + 1, 2);
	look(w, 2);
	assert_int_equal(told(w, 0, EVENT_CLOSED)->fd, 0);
	assert_int_equal(told(w, 1, EVENT_CLOSED)->fd, 9);
	open_fds(w, fd, 0);
	look(w, 2);
}

/* A number may lead elsewhere; a file may have another name, a socket another state. */
static void numbers_are_compared_by_file(void **state)
{
	struct fd_entry fd = fd_of(3, 2);
	struct world *w = *state;

	open_fds(w, &fd, 1);
	look(w, 0);
	fd.target = text_of("/tmp/x (deleted)");
	fd.offset = 99;
	open_fds(w, &fd, 1);
	look(w, 0);
	fd.inode = 4;
	open_fds(w, &fd, 1);
	look(w, 2);
	told(w, 0, EVENT_CLOSED);
	told(w, 1, EVENT_OPENED);
	fd.kind = FD_TIMERFD;
	open_fds(w, &fd, 1);
	look(w, 2);
	/* Where device and inode are hidden the link tells; where that is, too, nothing does. */
	fd.source[FD_STAT] = VALUE_DENIED;
	open_fds(w, &fd, 1);
	look(w, 0);
	fd.target = text_of("/tmp/y");
	open_fds(w, &fd, 1);
	look(w, 2);
	fd.source[FD_LINK] = VALUE_DENIED;
	fd.target = text_of("/tmp/z");
	open_fds(w, &fd, 1);
	look(w, 0);
}

static void thousands_of_descriptors_are_one(void **state)
{
	static struct fd_entry fd[MANY];
	struct world *w = *state;

	for (int i = 0; i < MANY; i++)
		fd[i] = fd_of(i, (uint64_t)i + 1);
	open_fds(w, fd, 0);
	look(w, 0);
	open_fds(w, fd, MANY);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_OPENED)->count, MANY);
	assert_int_equal(told(w, 0, EVENT_OPENED)->fd, 0);
	open_fds(w, fd + 1, 0);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_CLOSED)->count, MANY);
}

/* ---- signals ---------------------------------------------------------------------- */

static void put_signals(
	struct world *w, uint64_t caught, uint64_t ignored, enum value_state signals_state)
{
	struct process_info *p = part_make(PART_PROCESS);

	p->signals_caught = caught;
	p->signals_ignored = ignored;
	p->source[PROCESS_SIGNALS] = signals_state;
	part_seal(&p->part, 0, 0);
	part_put(w->info[0]);
	w->info[0] = p;
}

static void expect_action(
	const struct world *w, size_t i, int number, const char *from, const char *to)
{
	const struct event *e = told(w, i, EVENT_SIGNAL_ACTION);

	assert_int_equal(e->signal, number);
	assert_true(text_equal(event_name(w->told, e->before), text_of(from)));
	expect_name(w, i, to);
}

static void actions_of_signals_change(void **state)
{
	const uint64_t usr1 = 1u << (SIGUSR1 - 1), last = 1ull << 63;
	struct world *w = *state;

	put_signals(w, 0, 0, VALUE_KNOWN);
	look(w, 0);
	put_signals(w, 0, 0, VALUE_KNOWN);
	look(w, 0);
	put_signals(w, usr1, last, VALUE_KNOWN);
	look(w, 2);
	expect_action(w, 0, SIGUSR1, "default", "caught");
	expect_action(w, 1, 64, "default", "ignored");
	put_signals(w, 0, usr1 | last, VALUE_KNOWN);
	look(w, 1);
	expect_action(w, 0, SIGUSR1, "caught", "ignored");
	put_signals(w, 0, 0, VALUE_DENIED); /* hidden is not default */
	look(w, 0);
	put_signals(w, 0, last, VALUE_KNOWN);
	look(w, 1);
	expect_action(w, 0, SIGUSR1, "ignored", "default");
	put_signals(w, UINT64_MAX, 0, VALUE_KNOWN);
	look(w, 1);
	assert_int_equal(told(w, 0, EVENT_SIGNAL_ACTION)->count, 64);
	assert_int_equal(told(w, 0, EVENT_SIGNAL_ACTION)->signal, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mappings_come_and_go),
		TEST(cut_mappings_are_no_change),
		TEST(merged_mappings_are_told),
		TEST(other_objects_are_told),
		TEST(heap_and_stack_grow),
		TEST(thousands_are_one),
		TEST(exec_is_not_told_again),
		TEST(hostile_names_are_kept),
		TEST(unread_parts_span_time),
		TEST(refused_parts_are_no_change),
		TEST(sides_are_told_apart),
		TEST(what_is_one_is_told_once),
		TEST(descriptors_come_and_go),
		TEST(numbers_are_compared_by_file),
		TEST(thousands_of_descriptors_are_one),
		TEST(actions_of_signals_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
