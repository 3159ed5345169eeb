/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Very many of one sort, as a recording may hold that nobody recorded: four times as many take
 * about four times as long, whatever they have in common.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fixtures/threads.h"
#include "twintop/base/clock.h"
#include "twintop/compare/compare.h"
#include "twintop/model/event.h"
#include "twintop/model/family.h"
#include "twintop/record/event_log.h"

#define FEW	 4000u
#define MANY	 (4 * FEW)
#define MOMENTS	 3u
#define SLACK_MS 100.0
#define GROWTH	 10.0 /* four, and something for sorting and caches; a square takes 16 times */

/* A moment with so many of them; k: which moment. */
typedef void make_fn(struct snapshot *s, size_t n, unsigned k);

static struct snapshot *begin(unsigned k)
{
	struct snapshot *s = snapshot_new();

	s->sides = 2;
	s->sequence = k + 1;
	s->monotonic_ns = s->realtime_ns = (k + 1) * 1000000000ull;
	s->host.page_size = 4096;
	s->host.clock_ticks = 100;
	for (unsigned side = 0; side < 2; side++) {
		struct process_info *info = part_make(PART_PROCESS);

		info->id = s->side[side].id = (struct task_id){100 + (pid_t)side, 1};
		s->side[side].tid = info->id.pid;
		info->ppid = side ? 100 : 1;
		info->state = 'S';
		part_seal(&info->part, 0, 0);
		s->side[side].info = info;
	}
	return s;
}

/* ---- descriptors ------------------------------------------------------------ */

static struct fd_list *make_fds(size_t n)
{
	struct fd_list *l = part_make(PART_FDS);

	l->n = n;
	l->fd = arena_array(&l->part.arena, n, sizeof *l->fd);
	for (size_t i = 0; i < n; i++)
		l->fd[i] = (struct fd_entry){.fd = (int)i,
			.kind = FD_FILE,
			.inode = 7,
			.device = 1,
			.source = {[FD_SOCKET_INFO] = VALUE_KNOWN, [FD_STAT] = VALUE_KNOWN}};
	part_seal(&l->part, 0, 0);
	return l;
}

static void one_file(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	for (unsigned side = 0; side < 2; side++)
		s->side[side].fds = make_fds(n);
}

static void one_pipe(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = make_fds(n);

		/* The only end that sends comes last. */
		for (size_t i = 0; i < n; i++) {
			l->fd[i].kind = FD_PIPE;
			l->fd[i].flags = i + 1 < n ? O_RDONLY : O_WRONLY;
		}
		s->side[side].fds = l;
	}
}

/* A's sockets say that B's is their peer, of which there are many, and each has another one. */
static void one_peer(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = make_fds(n);

		for (size_t i = 0; i < n; i++) {
			l->fd[i].kind = FD_SOCKET;
			l->fd[i].protocol = "unix stream";
			l->fd[i].inode = side ? 5 : 100 + i;
			l->fd[i].peer_inode = side ? 6 : 5;
		}
		s->side[side].fds = l;
	}
}

static void one_name(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = make_fds(n);

		for (size_t i = 0; i < n; i++) {
			l->fd[i].kind = FD_SOCKET;
			l->fd[i].protocol = "tcp";
			l->fd[i].inode = 1 + 2 * i + side;
			l->fd[i].net_inode = 1 + side;
			l->fd[i].local = l->fd[i].remote = text_of("127.0.0.1:80");
		}
		s->side[side].fds = l;
	}
}

/* ---- locks -------------------------------------------------------------------- */

static void make_locks(struct snapshot *s, size_t n, enum lock_kind kind, bool apart)
{
	struct lock_table *t = part_make(PART_LOCKS);

	t->n = 2 * n;
	t->lock = arena_array(&t->part.arena, t->n, sizeof *t->lock);
	for (size_t i = 0; i < n; i++) {
		t->lock[2 * i] = (struct file_lock){.number = i,
			.kind = kind,
			.pid = kind == LOCK_POSIX ? 100 : -1,
			.inode = 7,
			.device = 1,
			.start = apart ? i : 0,
			.end = apart ? i : 1};
		t->lock[2 * i + 1] = t->lock[2 * i];
		t->lock[2 * i + 1].waiting = true;
	}
	part_seal(&t->part, 0, 0);
	s->locks = t;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = make_fds(n);

		for (size_t i = 0; i < n && !side; i++) {
			l->fd[i].locks = &t->lock[2 * i];
			l->fd[i].locks_n = 1;
		}
		s->side[side].fds = l;
	}
}

static void make_threads(struct snapshot *s, size_t n, unsigned k, bool blocked)
{
	struct thread_record *r = mem_alloc(n * sizeof *r);

	for (unsigned side = 0; side < 2; side++) {
		for (size_t i = 0; i < n; i++) {
			r[i].self = (struct thread_self){
				.tid = i ? (pid_t)(1000 + side * n + i) : 100 + (pid_t)side,
				.start_ticks = 1};
			threads_set_name(&r[i], "worker");
			r[i].run = (struct thread_run){.state = 'S', .run_ns = k * i};
			r[i].call = (struct thread_call){.syscall_name = blocked ? "fcntl" : "read",
				.syscall_args_n = 3,
				.syscall_arg = {n - 1, 38}};
		}
		s->side[side].threads = threads_list(r, n);
	}
	free(r);
}

static void locks_apart(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	make_locks(s, n, LOCK_POSIX, true);
}

static void locks_alike(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	make_locks(s, n, LOCK_FLOCK, false);
}

static void locks_waited_for(struct snapshot *s, size_t n, unsigned k)
{
	make_locks(s, n, LOCK_OFD, true);
	make_threads(s, n, k, true);
}

/* ---- threads, mappings ----------------------------------------------------------- */

static void one_thread_name(struct snapshot *s, size_t n, unsigned k)
{
	make_threads(s, n, k, false);
}

static void make_mappings(struct snapshot *s, size_t n, enum mapping_object_is is, uint64_t step)
{
	for (unsigned side = 0; side < 2; side++) {
		struct memory_map *m = part_make(PART_MAPPINGS);

		m->n = n;
		m->mapping = arena_array(&m->part.arena, n, sizeof *m->mapping);
		for (size_t i = 0; i < n; i++)
			m->mapping[i] = (struct mapping){.start = (1 + side * n + i) * 0x100000,
				.end = (1 + side * n + i) * 0x100000 + 0x2000,
				.offset = i * step,
				.flags = MAPPING_READ | MAPPING_SHARED,
				.inode = 7,
				.device_minor = 1,
				.object.is = is,
				.kind = MAPPING_FILE,
				.path = text_of("/tmp/one")};
		part_seal(&m->part, 0, 0);
		s->side[side].memory = m;
	}
}

static void one_object(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	make_mappings(s, n, MAPPING_OBJECT_PLAIN, 0);
}

static void one_of_many(struct snapshot *s, size_t n, unsigned k)
{
	(void)k;
	make_mappings(s, n, MAPPING_OBJECT_OF_MANY, 0x1000);
}

/* ---- members, events, faults -------------------------------------------------------- */

static void one_parent(struct snapshot *s, size_t n, unsigned k)
{
	struct family *f = part_make(PART_FAMILY);

	f->n = f->living = n;
	f->page_size = 4096;
	f->member = arena_array(&f->part.arena, n, sizeof *f->member);
	for (size_t i = 0; i < n; i++)
		f->member[i] = (struct member){.id = {100 + (pid_t)i, 1},
			.parent_id = {i ? 100 : 1, 1},
			.ppid = i ? 100 : 1,
			.parent = i ? 0 : FAMILY_NO_PARENT,
			.depth = i ? 1 : 0,
			.comm = text_of("worker"),
			.state = 'S',
			.start_ns = 1 + k};
	part_seal(&f->part, 0, 0);
	s->family = f;
}

static void one_instant(struct snapshot *s, size_t n, unsigned k)
{
	struct event_sink sink = {0};
	char name[32];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof name, "event %zu", i);
		event_sink_add(&sink,
			(struct event){.kind = EVENT_FORK,
				.pid = 100 + (pid_t)i,
				.monotonic_ns = (k + 1) * 1000000000ull},
			text_of(name), text_of(NULL));
	}
	s->events = event_sink_seal(&sink);
}

static void one_page(struct snapshot *s, size_t n, unsigned k)
{
	struct fault_sink sink = {0};

	make_mappings(s, 1, MAPPING_OBJECT_PLAIN, 0);
	for (size_t i = 0; i < n; i++)
		fault_sink_add(&sink, &(const struct fault){.time_ns = (k + 1) * 1000000000ull - 1,
					      .address = 0x100000,
					      .ip = 0x400000 + i * 16,
					      .pid = 100,
					      .tid = 100 + (pid_t)i,
					      .weight = 1});
	s->faults = fault_sink_seal(&sink, NULL);
	s->faults_until_ns = (k + 1) * 1000000000ull;
}

/* ---- how long it takes ---------------------------------------------------------------- */

/* ms of CPU for all moments, and for the seed of the last one. */
static double cost_of(make_fn *make, size_t n)
{
	struct comparer *comparer = comparer_new();
	struct event_log log = {0};
	struct textbuf seed = {0};
	uint64_t took = 0;

	for (unsigned k = 0; k < MOMENTS; k++) {
		struct snapshot *s = begin(k);
		const struct moment *m;
		uint64_t cpu_ns;

		make(s, n, k);
		part_seal(&s->part, 0, 0);
		cpu_ns = clock_thread_cpu_ns();
		if (k + 1 == MOMENTS)
			comparer_save(comparer, s, &(const struct record_out){.wire = &seed});
		m = moment_new(s, comparer_pair(comparer, s));
		event_log_add(&log, m);
		for (size_t i = 0; s->side[0].fds && i < s->side[0].fds->n; i++)
			assert_non_null(pair_find_fd(m->pair, 0, i));
		took += clock_thread_cpu_ns() - cpu_ns;
		moment_put(m);
	}
	event_log_clear(&log);
	comparer_free(comparer);
	textbuf_free(&seed);
	return (double)took / 1e6;
}

static const struct {
	const char *what;
	make_fn *make;
} cases[] = {
	{"descriptors of one file", one_file},
	{"descriptors of one pipe", one_pipe},
	{"sockets with one peer", one_peer},
	{"sockets with one name", one_name},
	{"locks apart on one file", locks_apart},
	{"locks all alike", locks_alike},
	{"OFD locks that all wait for", locks_waited_for},
	{"threads of one name", one_thread_name},
	{"mappings of one object", one_object},
	{"mappings of one of many objects", one_of_many},
	{"members of one parent", one_parent},
	{"events of one instant", one_instant},
	{"faults of one page", one_page},
};

static void many_take_as_many_times_as_long(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		double few = cost_of(cases[i].make, FEW), many = cost_of(cases[i].make, MANY);

		print_message("%s: %.1f ms, %.1f\n", cases[i].what, few, many);
		if (many > GROWTH * few + SLACK_MS)
			fail_msg("%s: %.1f ms of CPU, four times as many %.1f", cases[i].what, few,
				many);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_take_as_many_times_as_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
