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
#include "twintop/model/wait_ends.h"
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
		cmocka_unit_test(nothing_makes_nothing),
		cmocka_unit_test(who_has_the_other_end_is_told),
		cmocka_unit_test(types_of_mutexes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
