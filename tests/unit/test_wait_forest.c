/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom as trees, and who has the other end of what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>

#include "tests/fixtures/scene.h"
#include "tests/fixtures/threads.h"
#include "twintop/model/connection.h"
#include "twintop/model/duty.h"
#include "twintop/model/wait_ends.h"
#include "twintop/model/wait_file.h"
#include "twintop/model/wait_forest.h"
#include "twintop/model/wait_words.h"

/* The node of a thread by its number. */
static const struct wait_node *node_of(const struct wait_forest *f, pid_t tid)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->node[i].link.tid == tid)
			return &f->node[i];
	fail_msg("%d is no node", (int)tid);
	return NULL;
}

static void expect_owner(const struct wait_forest *f, pid_t tid, pid_t owner, bool ring)
{
	const struct wait_node *n = node_of(f, tid);

	assert_int_not_equal(n->owner, WAIT_NO_NODE);
	assert_int_equal(f->node[n->owner].link.tid, owner);
	assert_int_equal(n->ring, ring);
}

/* The queue of a thread: tids that end with 0, in their order. */
static void expect_queue(const struct wait_forest *f, pid_t tid, const pid_t *tids)
{
	const struct wait_node *n = node_of(f, tid);
	size_t k = n->first;

	for (; *tids; tids++, k = f->node[k].next) {
		assert_int_not_equal(k, WAIT_NO_NODE);
		assert_int_equal(f->node[k].link.tid, *tids);
	}
	assert_int_equal(k, WAIT_NO_NODE);
}

static void all_hang_on_whom_they_wait_for(void **state)
{
	const struct moment *m = scene_moment(&(const struct scene){.waiting = true});
	struct arena arena = {0};
	struct wait_forest f = wait_forest_of(m->snapshot, &arena);

	(void)state;
	expect_owner(&f, 4300, 4301, true);
	expect_owner(&f, 4301, 4300, true);
	expect_owner(&f, 4302, 4300, false);
	expect_owner(&f, 4303, 4302, false);
	expect_owner(&f, 4304, 4400, true);
	expect_owner(&f, 4400, 4304, true);
	expect_owner(&f, 4307, 4307, true);
	expect_queue(&f, 4300, (const pid_t[]){4301, 4302, 0});
	expect_queue(&f, 4310, (const pid_t[]){4311, 4312, 4313, 0});
	assert_int_equal(node_of(&f, 4310)->owner, WAIT_NO_NODE);
	assert_int_equal(node_of(&f, 4310)->queue, 3);
	/* Who waits for nobody, and for whom nobody waits, is no part of it. */
	assert_int_equal(wait_forest_find(&f, 0, 0), WAIT_NO_NODE);
	arena_free(&arena);
	moment_put(m);
}

/* Without B its thread is a number in no list; a ring is none any more. */
static void whoever_is_not_watched_is_a_number(void **state)
{
	const struct moment *m =
		scene_moment(&(const struct scene){.waiting = true, .alone = true});
	struct arena arena = {0};
	struct wait_forest f = wait_forest_of(m->snapshot, &arena);

	(void)state;
	expect_owner(&f, 4304, 4400, false);
	assert_false(node_of(&f, 4400)->known);
	arena_free(&arena);
	moment_put(m);
}

/* ---- rings of locks on files ---------------------------------------------------------------- */

#define MS 1000000ull

/* Who waits in which call, of what kind the lock is that the other one holds. */
struct locker {
	const char *call;
	enum lock_kind other_holds;
	size_t threads;
};

static const struct thread_list *lockers(const struct locker *l, unsigned side)
{
	struct thread_record r[2] = {0};

	for (size_t i = 0; i < l->threads; i++) {
		r[i].self = (struct thread_self){.tid = 100 + (pid_t)(10 * side + i)};
		memset(r[i].self.source, VALUE_KNOWN, sizeof r[i].self.source);
		r[i].run = (struct thread_run){.state = 'S', .read_ns = 1 * MS};
		r[i].call = (struct thread_call){.syscall_number = i ? 35 : 73,
			.syscall_name = i ? "nanosleep" : l->call,
			.syscall_args_n = 2,
			.syscall_arg = {4}};
	}
	return threads_list(r, l->threads);
}

/* Each side has the file that it holds as 3, and as 4 the one that it waits for, which has inode
 * 7 + side. */
static struct snapshot *two_lockers(const struct locker who[2])
{
	struct snapshot *s = snapshot_new();
	struct lock_table *t = part_make(PART_LOCKS);

	s->sides = 2;
	t->n = 4;
	t->lock = arena_array(&t->part.arena, 4, sizeof *t->lock);
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = part_make(PART_FDS);
		struct file_lock *held = &t->lock[2 * side], *wish = held + 1;

		s->side[side].id.pid = 100 + 10 * (pid_t)side;
		s->side[side].threads = lockers(&who[side], side);
		*held = (struct file_lock){.number = 1 + side,
			.kind = who[!side].other_holds,
			.pid = s->side[side].id.pid,
			.write = true,
			.inode = 8 - side};
		*wish = *held;
		wish->waiting = true;
		wish->pid = 100 + 10 * (pid_t)!side;
		l->fd = arena_array(&l->part.arena, 2, sizeof *l->fd);
		l->n = 2;
		l->fd[0] = (struct fd_entry){.fd = 3, .kind = FD_FILE, .inode = 8 - side};
		l->fd[1] = (struct fd_entry){.fd = 4,
			.kind = FD_FILE,
			.inode = 7 + side,
			.target = text_of(side ? "/tmp/b" : "/tmp/\033[31ma")};
		l->fd[0].locks = held;
		l->fd[0].locks_n = 1;
		part_seal(&l->part, 0, 0);
		s->side[side].fds = l;
	}
	part_seal(&t->part, 0, 0);
	s->locks = t;
	return s;
}

static void expect_locked(struct locker a, struct locker b, bool ring)
{
	const struct locker who[2] = {a, b};
	struct snapshot *s = two_lockers(who);
	struct textbuf text = {0};
	struct wait_cycle cycle;

	assert_int_equal(wait_cycle_of(s, 0, 0, &cycle), ring);
	assert_int_equal(wait_is_dead(s, 0, 0), ring);
	assert_int_equal(wait_is_dead(s, 1, 0), ring);
	if (ring) {
		assert_int_equal(cycle.n, 2);
		assert_int_equal(cycle.link[0].wait.owner, 110);
		assert_int_equal(cycle.link[1].wait.owner, 100);
		wait_link_tell(s, &cycle.link[0], &text);
		assert_non_null(strstr(text.bytes, "(fd 4 /tmp/"));
		assert_null(strchr(text.bytes, '\033'));
		assert_non_null(strstr(text.bytes, " of 110"));
	}
	textbuf_free(&text);
	part_put(s);
}

static void locks_on_files_make_rings(void **state)
{
	const struct locker flocks = {"flock", LOCK_FLOCK, 1}, records = {"fcntl", LOCK_POSIX, 1},
			    ofd = {"fcntl", LOCK_OFD, 1};

	(void)state;
	expect_locked(flocks, flocks, true);
	expect_locked(flocks, records, true);
	expect_locked(records, flocks, true);
	expect_locked(ofd, flocks, true);
	/* Which of its threads would let go is not known. */
	expect_locked((struct locker){"flock", LOCK_FLOCK, 2}, flocks, false);
	/* It waits for something else. */
	expect_locked((struct locker){"read", LOCK_FLOCK, 1}, flocks, false);
}

/* Both have a descriptor of the lock: either may let go. */
static void a_lock_that_both_have_is_nobodys(void **state)
{
	const struct locker who[2] = {{"flock", LOCK_FLOCK, 1}, {"flock", LOCK_FLOCK, 1}};
	struct snapshot *s = two_lockers(who);

	(void)state;
	assert_true(wait_is_dead(s, 0, 0));
	part_put(s);
	s = two_lockers(who);
	s->side[0].fds->fd[1].locks = s->side[1].fds->fd[0].locks;
	s->side[0].fds->fd[1].locks_n = 1;
	assert_false(wait_is_dead(s, 0, 0));
	part_put(s);
}

/* A longer table is not read at one instant: then two looks have to agree. */
static void a_long_table_is_no_proof(void **state)
{
	const struct locker who[2] = {{"flock", LOCK_FLOCK, 1}, {"flock", LOCK_FLOCK, 1}};
	struct snapshot *s = two_lockers(who);
	struct lock_table *t = (struct lock_table *)(uintptr_t)s->locks;
	struct file_lock *lock = arena_array(&t->part.arena, 100, sizeof *lock);
	struct wait_cycle cycle;

	(void)state;
	memcpy(lock, t->lock, t->n * sizeof *lock);
	for (; t->n < 100; t->n++)
		lock[t->n] = (struct file_lock){.number = t->n, .inode = 99, .pid = 7};
	t->lock = lock;
	t->part.begin_ns = 2 * MS;
	t->part.end_ns = 3 * MS;
	for (unsigned side = 0; side < 2; side++)
		s->side[side].read_ns[PART_THREADS] = UINT64_MAX;
	assert_true(wait_cycle_of(s, 0, 0, &cycle) && cycle.proved);
	t->part.begin_ns = 0;
	assert_true(wait_cycle_of(s, 0, 0, &cycle) && !cycle.proved);
	assert_true(wait_cycles_open(s));
	part_put(s);
}

static void nothing_makes_nothing(void **state)
{
	struct snapshot *s = snapshot_new();
	struct arena arena = {0};

	(void)state;
	assert_int_equal(wait_forest_of(s, &arena).n, 0);
	arena_free(&arena);
	part_put(s);
}

/* ---- ends ------------------------------------------------------------------------- */

struct open {
	int fd, access;
	uint64_t inode;
};

static const struct fd_list *list_of(const struct open *open, size_t n)
{
	struct fd_list *l = part_make(PART_FDS);

	l->fd = arena_array(&l->part.arena, n, sizeof *l->fd);
	for (l->n = 0; l->n < n; l->n++)
		l->fd[l->n] = (struct fd_entry){.fd = open[l->n].fd,
			.kind = FD_PIPE,
			.flags = (unsigned)open[l->n].access,
			.inode = open[l->n].inode,
			.device = 13};
	part_seal(&l->part, 0, 0);
	return l;
}

static void expect_sentence(const struct open *a, size_t a_n, const struct open *b, size_t b_n,
	struct wait w, const char *wanted)
{
	struct snapshot *s = snapshot_new();
	struct textbuf text = {0};
	struct wait_ends ends;

	s->sides = b ? 2 : 1;
	s->side[0].id.pid = 1;
	s->side[1].id.pid = 2;
	s->side[0].fds = list_of(a, a_n);
	s->side[1].fds = b ? list_of(b, b_n) : NULL;
	if (wait_ends_of(s, 0, &w, &ends))
		wait_ends_sentence(&ends, 0, &text);
	assert_string_equal(text.len ? text.bytes : "", wanted);
	textbuf_free(&text);
	part_put(s);
}

static void who_has_the_other_end_is_told(void **state)
{
	const struct wait reads = {.kind = WAIT_READ, .fd = 7},
			  writes = {.kind = WAIT_WRITE, .fd = 8};
	const struct open both[] = {{7, O_RDONLY, 42}, {8, O_WRONLY, 42}, {9, O_WRONLY, 43}};
	const struct open b[] = {{3, O_RDONLY, 42}, {4, O_WRONLY, 42}, {5, O_RDWR, 42}};

	(void)state;
	expect_sentence(both, 3, b, 2, reads,
		"its writing end is open in B as descriptor 4 and in itself as descriptor 8: as "
		"long as it has that open itself, it never sees end of file");
	expect_sentence(both, 1, b, 3, reads, "its writing end is open in B as descriptors 4, 5");
	expect_sentence(both, 2, NULL, 0, reads,
		"its writing end is open in itself as descriptor 8: as long as it has that open "
		"itself, it never sees end of file");
	expect_sentence(
		both, 1, b, 1, reads, "its writing end is open elsewhere, in none of the watched");
	expect_sentence(both, 3, b, 3, writes,
		"its reading end is open in B as descriptors 3, 5 and in itself as descriptor 7");
	/* No pipe of that number, and nothing to read from. */
	expect_sentence(both, 1, b, 1, writes, "");
	expect_sentence(both, 3, b, 3, (struct wait){.kind = WAIT_EPOLL, .fd = 7}, "");
}

static void who_listens_is_told_of_a_connect(void **state)
{
	const struct wait w = {.kind = WAIT_CONNECT, .fd = 7};
	struct snapshot *s = snapshot_new();
	struct textbuf text = {0};
	struct wait_ends ends;
	struct connects *connects = part_make(PART_CONNECTS);

	(void)state;
	s->sides = 2;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = part_make(PART_FDS);

		l->n = 1;
		l->fd = arena_array(&l->part.arena, 1, sizeof *l->fd);
		l->fd[0] = (struct fd_entry){
			.fd = side ? 3 : 7, .kind = FD_SOCKET, .inode = 50 + side};
		part_seal(&l->part, 0, 0);
		s->side[side].id.pid = 1 + (pid_t)side;
		s->side[side].fds = l;
	}
	connects->n = 1;
	connects->connect = arena_array(&connects->part.arena, 1, sizeof *connects->connect);
	connects->connect[0] = (struct connect_wait){
		1, 7, text_of("/run/\033x"), .listener_inode = 51, .pending = 6, .backlog = 5};
	part_seal(&connects->part, 0, 0);
	s->side[0].connects = connects;
	assert_true(wait_ends_of(s, 0, &w, &ends));
	wait_ends_sentence(&ends, 0, &text);
	assert_string_equal(text.bytes,
		"who listens at /run/\\ex has not accepted 6 connections, of a backlog of 5; that "
		"socket is open in B as descriptor 3");
	textbuf_clear(&text);
	connects->connect[0].listener_inode = 0;
	assert_true(wait_ends_of(s, 0, &w, &ends));
	wait_ends_sentence(&ends, 0, &text);
	assert_non_null(strstr(text.bytes, "is not known"));
	textbuf_free(&text);
	part_put(s);
}

/* The same where a thread's time is told of. */
static void expect_duty(const struct open *a, size_t a_n, const struct open *b, size_t b_n,
	struct wait w, const char *wanted)
{
	struct snapshot *s = snapshot_new();
	struct thread_duty d = {.ns = 100};
	struct textbuf text = {0};

	s->sides = b ? 2 : 1;
	s->side[0].id.pid = 4242;
	s->side[1].id.pid = 4243;
	s->side[0].fds = list_of(a, a_n);
	s->side[1].fds = b ? list_of(b, b_n) : NULL;
	duty_block(&d, &w, 100);
	duty_say(&d, s, 0, &text);
	assert_string_equal(text.bytes, wanted);
	textbuf_free(&text);
	part_put(s);
}

static void whose_the_other_end_is_is_told_with_the_time(void **state)
{
	const struct wait reads = {.kind = WAIT_READ, .fd = 7},
			  writes = {.kind = WAIT_WRITE, .fd = 8};
	const struct open both[] = {{7, O_RDONLY, 42}, {8, O_WRONLY, 42}};
	const struct open b[] = {{3, O_RDONLY, 42}, {4, O_WRONLY, 42}};

	(void)state;
	expect_duty(both, 1, b, 2, reads, "waits: 100% in read on fd 7 (pipe from 4243)");
	expect_duty(
		both, 2, b, 2, reads, "waits: 100% in read on fd 7 (pipe from 4243 and itself)");
	expect_duty(both, 2, NULL, 0, reads, "waits: 100% in read on fd 7 (pipe from itself)");
	expect_duty(both, 1, b, 1, reads, "waits: 100% in read on fd 7 (pipe from elsewhere)");
	expect_duty(both + 1, 1, b, 1, writes, "waits: 100% in write on fd 8 (pipe to 4243)");
}

/* ---- ends, found as they would be one by one ----------------------------------------------- */

#define ROUNDS 200u
#define FDS    40u

static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

static struct fd_entry random_socket(uint32_t *seed, int fd)
{
	static const char *const protocol[] = {"tcp", "udp", "unix stream"},
				 *const name[] = {"", "127.0.0.1:80", "127.0.0.1:4242"};

	return (struct fd_entry){.fd = fd,
		.kind = FD_SOCKET,
		.source = {[FD_SOCKET_INFO] = next_random(seed, 8) ? VALUE_KNOWN : VALUE_DENIED},
		.inode = next_random(seed, 4),
		.peer_inode = next_random(seed, 3),
		.net_inode = next_random(seed, 2),
		.protocol = next_random(seed, 8) ? protocol[next_random(seed, 3)] : NULL,
		.local = text_of(name[next_random(seed, 3)]),
		.remote = text_of(name[next_random(seed, 3)])};
}

static struct fd_entry random_pipe(uint32_t *seed, int fd)
{
	return (struct fd_entry){.fd = fd,
		.kind = next_random(seed, 4) ? FD_PIPE : FD_FIFO,
		.source = {[FD_INFO] = next_random(seed, 8) ? VALUE_KNOWN : VALUE_DENIED},
		.flags = next_random(seed, 4),
		.inode = next_random(seed, 3),
		.device = next_random(seed, 2)};
}

static const struct fd_list *random_list(uint32_t *seed)
{
	struct fd_list *l = part_make(PART_FDS);

	l->fd = arena_array(&l->part.arena, FDS, sizeof *l->fd);
	for (l->n = 0; l->n < FDS; l->n++)
		l->fd[l->n] = next_random(seed, 2) ? random_socket(seed, (int)l->n)
						   : random_pipe(seed, (int)l->n);
	part_seal(&l->part, 0, 0);
	return l;
}

static bool is_other_end(const struct fd_entry *own, bool reads, const struct fd_entry *e)
{
	if (own->kind == FD_SOCKET)
		return connection_joins(own, e);
	return (e->kind == FD_PIPE || e->kind == FD_FIFO) && e->source[FD_INFO] == VALUE_KNOWN &&
	       e->inode == own->inode && e->device == own->device &&
	       (e->flags & O_ACCMODE) != (reads ? O_RDONLY : O_WRONLY);
}

/* All of B and then of A, by number, looked at one by one. */
static void expect_ends(const struct snapshot *s, const struct wait *w)
{
	struct wait_ends found;
	size_t n = 0;

	if (!wait_ends_of(s, 0, w, &found))
		return;
	for (unsigned k = 0; k < 2; k++) {
		const struct fd_list *list = s->side[!k].fds;

		for (size_t i = 0; i < list->n; i++) {
			if (!is_other_end(found.own_fd, found.reads, &list->fd[i]))
				continue;
			if (n < found.n) {
				assert_int_equal(found.end[n].side, !k);
				assert_int_equal(found.end[n].fd, list->fd[i].fd);
			}
			n++;
		}
	}
	assert_int_equal(found.all, n);
	assert_int_equal(found.n, n < WAIT_ENDS_MOST ? n : WAIT_ENDS_MOST);
}

static void ends_are_found_as_one_by_one(void **state)
{
	static const enum wait_kind kinds[] = {
		WAIT_READ, WAIT_WRITE, WAIT_RECEIVE, WAIT_SEND, WAIT_CONNECT, WAIT_ACCEPT};
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct snapshot *s = snapshot_new();

		s->sides = 2;
		s->side[0].id.pid = 1;
		s->side[1].id.pid = 2;
		s->side[0].fds = random_list(&seed);
		s->side[1].fds = random_list(&seed);
		for (int fd = 0; fd < (int)FDS; fd++)
			expect_ends(s, &(const struct wait){
					       .kind = kinds[next_random(&seed, 6)], .fd = fd});
		part_put(s);
	}
}

/* ---- very many ----------------------------------------------------------------------- */

#define MANY  100000u
#define FEWER 20000u

/* A's thread i reads pipe i as descriptor i, or all read one; each is open to write in B. */
static struct snapshot *many_readers(size_t n, bool one_pipe)
{
	struct snapshot *s = snapshot_new();

	s->sides = 2;
	s->side[0].id.pid = 1;
	s->side[1].id.pid = 2;
	for (unsigned side = 0; side < 2; side++) {
		struct fd_list *l = part_make(PART_FDS);

		l->fd = arena_array(&l->part.arena, n, sizeof *l->fd);
		for (l->n = 0; l->n < n; l->n++)
			l->fd[l->n] = (struct fd_entry){.fd = (int)l->n,
				.kind = FD_PIPE,
				.flags = side ? O_WRONLY : O_RDONLY,
				.inode = one_pipe ? 7 : 1 + (l->n * 7919u) % n};
		part_seal(&l->part, 0, 0);
		s->side[side].fds = l;
	}
	return s;
}

static void expect_few_looks(size_t n, bool one_pipe)
{
	struct snapshot *s = many_readers(n, one_pipe);
	size_t compared = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct wait w = {.kind = WAIT_READ, .fd = (int)i};
		struct wait_ends ends;

		assert_true(wait_ends_of(s, 0, &w, &ends));
		assert_int_equal(ends.all, one_pipe ? n : 1);
		assert_int_equal(ends.end[0].side, 1);
		assert_int_equal(ends.end[0].fd, one_pipe ? 0 : i);
		compared += ends.compared;
	}
	/* Two lists, three runs, two bounds, each of at most 18 halvings. */
	assert_true(compared <= n * 2u * 3u * 2u * 18u);
	part_put(s);
}

static void ends_of_very_many_cost_their_logarithm(void **state)
{
	(void)state;
	expect_few_looks(MANY, false);
	expect_few_looks(FEWER, true);
}

/* Each waits in a line of its own: who has the lock is found, and through which descriptor. */
static void locks_of_very_many_cost_their_logarithm(void **state)
{
	struct snapshot *s = many_readers(FEWER, false);
	struct lock_table *t = part_make(PART_LOCKS);
	struct fd_entry *b = s->side[1].fds->fd;
	size_t compared = 0;

	(void)state;
	t->n = 2 * FEWER;
	t->lock = arena_array(&t->part.arena, t->n, sizeof *t->lock);
	for (unsigned i = 0; i < FEWER; i++) {
		t->lock[2 * i] = (struct file_lock){
			.number = i + 1, .kind = LOCK_FLOCK, .pid = 2, .inode = b[i].inode};
		t->lock[2 * i + 1] = t->lock[2 * i];
		t->lock[2 * i + 1].pid = 1;
		t->lock[2 * i + 1].waiting = true;
		b[i].locks = &t->lock[2 * i];
		b[i].locks_n = 1;
	}
	part_seal(&t->part, 0, 0);
	s->locks = t;
	for (unsigned i = 0; i < FEWER; i++) {
		const struct wait w = {.kind = WAIT_FILE_LOCK, .fd = (int)i};
		struct wait_holder holder;

		assert_true(wait_holder_of(s, 0, &w, &holder));
		assert_int_equal(holder.pid, 2);
		assert_int_equal(holder.held.all, 1);
		assert_int_equal(holder.held.end[0].fd, i);
		compared += holder.held.compared;
	}
	/* Two lists, two bounds. */
	assert_true(compared <= FEWER * 2u * 2u * 18u);
	part_put(s);
}

static void types_of_mutexes_have_names(void **state)
{
	(void)state;
	assert_string_equal(wait_mutex_type(0), "");
	assert_string_equal(wait_mutex_type(1), "recursive ");
	assert_string_equal(wait_mutex_type(2 | 128), "errorcheck ");
	assert_string_equal(wait_mutex_type(16), "robust ");
	assert_string_equal(wait_mutex_type(16 | 1), "robust recursive ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_hang_on_whom_they_wait_for),
		cmocka_unit_test(whoever_is_not_watched_is_a_number),
		cmocka_unit_test(locks_on_files_make_rings),
		cmocka_unit_test(a_lock_that_both_have_is_nobodys),
		cmocka_unit_test(a_long_table_is_no_proof),
		cmocka_unit_test(nothing_makes_nothing),
		cmocka_unit_test(who_has_the_other_end_is_told),
		cmocka_unit_test(who_listens_is_told_of_a_connect),
		cmocka_unit_test(whose_the_other_end_is_is_told_with_the_time),
		cmocka_unit_test(ends_are_found_as_one_by_one),
		cmocka_unit_test(ends_of_very_many_cost_their_logarithm),
		cmocka_unit_test(locks_of_very_many_cost_their_logarithm),
		cmocka_unit_test(types_of_mutexes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
