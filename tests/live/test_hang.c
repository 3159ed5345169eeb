/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A read that hangs holds up nothing but itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"
#include "sampling.h"
#include "twintop/base/clock.h"
#include "twintop/sample/sampler.h"

/* A tree that shows one process by links to /proc, but for its maps. */
struct tree {
	char path[64], maps[128], fifo[128];
};

static void tree_link(const struct tree *t, pid_t pid, const char *name)
{
	char from[160], to[64];

	snprintf(from, sizeof from, "%s/%d/%s", t->path, pid, name);
	snprintf(to, sizeof to, "/proc/%d/%s", pid, name);
	assert_int_equal(symlink(to, from), 0);
}

static const char *const tree_names[] = {"stat", "status", "task", "pagemap", "fd", "fdinfo"};

static void tree_make(struct tree *t, pid_t pid)
{
	strcpy(t->path, "/tmp/twintop-tree-XXXXXX");
	assert_non_null(mkdtemp(t->path));
	snprintf(t->maps, sizeof t->maps, "%s/%d", t->path, pid);
	assert_int_equal(mkdir(t->maps, 0755), 0);
	snprintf(t->maps, sizeof t->maps, "%s/%d/maps", t->path, pid);
	snprintf(t->fifo, sizeof t->fifo, "%s/%d/fifo", t->path, pid);
	for (size_t i = 0; i < sizeof tree_names / sizeof *tree_names; i++)
		tree_link(t, pid, tree_names[i]);
	tree_link(t, pid, "maps");
	assert_int_equal(mkfifo(t->fifo, 0600), 0);
}

static void tree_remove(const struct tree *t, pid_t pid)
{
	char name[160];

	for (size_t i = 0; i < sizeof tree_names / sizeof *tree_names; i++) {
		snprintf(name, sizeof name, "%s/%d/%s", t->path, pid, tree_names[i]);
		unlink(name);
	}
	unlink(t->maps);
	unlink(t->fifo);
	snprintf(name, sizeof name, "%s/%d", t->path, pid);
	rmdir(name);
	assert_int_equal(rmdir(t->path), 0);
}

/* From now on whoever opens maps hangs, until tree_release. */
static void tree_hang(const struct tree *t)
{
	assert_int_equal(rename(t->fifo, t->maps), 0);
}

/* Lets the one that hangs read the end of the file; false when none does. */
static bool tree_release(const struct tree *t)
{
	uint64_t until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	int fd;

	while ((fd = open(t->maps, O_WRONLY | O_NONBLOCK)) < 0 && clock_monotonic_ns() < until)
		clock_sleep_ns(1000000);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Samples go on, the threads fresh and the memory as last read, while maps hangs. */
static void assert_goes_on(struct sampling *f, uint64_t *ret_memory_ns)
{
	uint64_t memory_ns = 0, threads_ns = 0;
	unsigned fresh_threads = 0, same_memory = 0;

	for (unsigned i = 0; i < 200 && (fresh_threads < 5 || same_memory < 5); i++) {
		const struct moment *m = sampling_next(f);
		const struct side *a = &m->snapshot->side[0];

		assert_non_null(a->memory);
		assert_true(a->memory->n > 0);
		fresh_threads += a->read_ns[PART_THREADS] > threads_ns;
		same_memory += a->read_ns[PART_MAPPINGS] == memory_ns;
		threads_ns = a->read_ns[PART_THREADS];
		memory_ns = a->read_ns[PART_MAPPINGS];
		moment_put(m);
	}
	assert_true(fresh_threads >= 5);
	assert_true(same_memory >= 5);
	assert_true(sampler_busy_ns(f->sampler) > 0);
	*ret_memory_ns = memory_ns;
}

static void begin_in_tree(struct sampling *f, struct tree *t, struct specimen *s)
{
	const struct moment *m;

	tree_make(t, specimen_pid(s));
	proc_root_close(f->root);
	assert_int_equal(proc_root_open(t->path, &f->root), 0);
	f->options.root = f->root;
	f->options.grace_ns = 0; /* what hangs is left behind as for a person */
	f->need = NEED_THREADS | NEED_MAPS;
	sampling_begin(f, specimen_pid(s), SIBLING_NONE);
	m = sampling_next(f);
	assert_true(m->snapshot->side[0].memory->n > 0);
	moment_put(m);
	tree_hang(t);
}

static void hangs_and_comes_back(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	uint64_t stale_ns, until = clock_monotonic_ns() + SAMPLING_BOUND_NS;
	const struct moment *m;
	struct tree t;

	begin_in_tree(f, &t, s);
	assert_goes_on(f, &stale_ns);
	unlink(t.fifo);
	assert_int_equal(rename(t.maps, t.fifo), 0);
	tree_link(&t, specimen_pid(s), "maps");
	snprintf(t.maps, sizeof t.maps, "%s", t.fifo);
	assert_true(tree_release(&t));
	snprintf(t.maps, sizeof t.maps, "%s/%d/maps", t.path, specimen_pid(s));
	for (m = sampling_next(f); m->snapshot->side[0].read_ns[PART_MAPPINGS] == stale_ns;
		m = sampling_next(f)) {
		moment_put(m);
		assert_true(clock_monotonic_ns() < until);
	}
	assert_true(m->snapshot->side[0].memory->n > 0);
	moment_put(m);
	tree_remove(&t, specimen_pid(s));
	specimen_stop(s);
}

static struct proc_root *volatile root_left_open; /* for the worker that was left behind */

/* Freed while a worker hangs: it is left behind, and cleans up when its read comes back. */
static void freed_while_hanging(void **state)
{
	struct sampling *f = *state;
	struct specimen *s = specimen_start("threads", NULL);
	uint64_t begin_ns, stale_ns;
	struct tree t;

	begin_in_tree(f, &t, s);
	assert_goes_on(f, &stale_ns);
	begin_ns = clock_monotonic_ns();
	source_free(f->source);
	f->source = NULL;
	assert_int_equal(sampler_free(f->sampler), 1);
	assert_true(clock_monotonic_ns() - begin_ns < SAMPLING_BOUND_NS);
	f->sampler = NULL;
	assert_true(tree_release(&t));
	/* Its memory is gone when it is: the leak checker looks for it at our end. */
	clock_sleep_ns(100000000);
	root_left_open = f->root;
	f->root = NULL;
	tree_remove(&t, specimen_pid(s));
	specimen_stop(s);
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, sampling_setup, sampling_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIVE(hangs_and_comes_back),
		LIVE(freed_while_hanging),
	};

	return live_run(tests, NULL, NULL);
}
