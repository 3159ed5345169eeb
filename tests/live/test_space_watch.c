/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether all that changes mappings shows in the count of their locks, and nothing else does. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"
#include "src/proc/space_watch.h"
#include "twintop/base/clock.h"

#define PAGE	 4096u
#define PATIENCE 10000000000u

static struct proc_root *root;
static char *place;

static int start(void **state)
{
	(void)state;
	place = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return place == MAP_FAILED ? -1 : proc_root_open(NULL, &root);
}

static int end(void **state)
{
	(void)state;
	proc_root_close(root);
	return munmap(place, 16 * PAGE);
}

/* Of a process, or the test is skipped. */
static struct space_watch *open_watch(pid_t pid)
{
	struct space_watch *w = NULL;
	int error = space_watch_open(root, pid, &w);

	if (error) {
		print_message("skipped: mappings are not watched here: %s\n", strerror(-error));
		skip();
	}
	return w;
}

static struct space_record now(const struct space_watch *w)
{
	struct space_record r = {0};

	assert_true(space_watch_read(w, &r));
	return r;
}

static void map_more(void)
{
	assert_ptr_equal(mmap(place + 2 * PAGE, PAGE, PROT_READ,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
		place + 2 * PAGE);
}

static void unmap_some(void)
{
	assert_int_equal(munmap(place + 4 * PAGE, PAGE), 0);
}

static void protect(void)
{
	assert_int_equal(mprotect(place + 6 * PAGE, PAGE, PROT_READ), 0);
}

static void grow_heap(void)
{
	assert_ptr_not_equal(sbrk(PAGE), (void *)-1);
}

static void advise(void)
{
	assert_int_equal(madvise(place + 8 * PAGE, PAGE, MADV_DONTFORK), 0);
}

static void attach_segment(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0600);
	void *at = shmat(id, NULL, 0);

	assert_ptr_not_equal(at, (void *)-1);
	shmctl(id, IPC_RMID, NULL);
	shmdt(at);
}

static void name_it(void)
{
#ifdef PR_SET_VMA
	if (!prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, place + 10 * PAGE, PAGE, "a name"))
		return;
#endif
	attach_segment(); /* there are no names here */
}

/* Far down the stack, one frame at a time. */
__attribute__((noinline)) static int descend(unsigned n)
{
	volatile char frame[PAGE] = {0};

	return n ? descend(n - 1) + frame[n % PAGE] : frame[0];
}

static void grow_stack(void)
{
	assert_int_equal(descend(200), 0);
}

static void what_changes_mappings_shows(void **state)
{
	static void (*const changes[])(void) = {map_more, unmap_some, protect, grow_heap, advise,
		name_it, attach_segment, grow_stack};
	struct space_watch *w = open_watch(getpid());

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct space_record before = now(w), after;

		changes[i]();
		after = now(w);
		assert_false(space_is_same(&before, &after));
	}
	space_watch_close(w);
}

static void what_leaves_them_does_not(void **state)
{
	struct space_watch *w = open_watch(getpid());
	struct space_record before = now(w), after;

	(void)state;
	for (size_t i = 11; i < 16; i++)
		place[i * PAGE] = 1; /* pages come, mappings stay */
	assert_int_equal(madvise(place + 12 * PAGE, PAGE, MADV_DONTNEED), 0);
	after = now(w);
	assert_true(space_is_same(&before, &after));
	space_watch_close(w);
}

/* Another program's mappings are others, and of one that is gone there are none. */
static void an_exec_and_an_end_show(void **state)
{
	pid_t child = fork();
	uint64_t until = clock_monotonic_ns() + PATIENCE;
	struct space_record before, after;
	struct space_watch *w;

	(void)state;
	if (child == 0) {
		raise(SIGSTOP);
		execlp("sleep", "sleep", "1000", NULL);
		_exit(1);
	}
	assert_int_equal(waitpid(child, NULL, WUNTRACED), child);
	w = open_watch(child);
	before = now(w);
	kill(child, SIGCONT);
	while (!space_watch_read(w, &after) || after.execs == before.execs) {
		assert_true(clock_monotonic_ns() < until);
		clock_sleep_ns(1000000);
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(space_watch_read(w, &after));
	space_watch_close(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_mappings_shows),
		cmocka_unit_test(what_leaves_them_does_not),
		cmocka_unit_test(an_exec_and_an_end_show),
	};

	return live_run(tests, start, end);
}
