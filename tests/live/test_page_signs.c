/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether all that makes a process's pages others shows in signs, and what follows is seen soon. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/wait.h>

#include "live.h"
#include "sampling.h"
#include "src/proc/page_signs.h"
#include "twintop/base/clock.h"
#include "twintop/proc/libproc.h"

#define PAGE	  4096u
#define PLACES	  32u
#define MAPPINGS  700u /* more than it takes to be watched */
#define COPIES	  10u
#define COPIES_NS 25000000000u /* it takes twice that where each waits for the next full read */
#define PROMPT	  'p'
#define IDLE	  'i'

/* Made before the fork: what the child has of it is shared with us until it writes. */
static char *place;
/* The child's orders and its answers. */
static int order[2], answer[2];

static char *at(unsigned page)
{
	return place + (size_t)page * PAGE;
}

static void bring_a_page(void)
{
	*at(16) = 1;
}

static void read_a_hole(void)
{
	assert_int_equal(*(volatile char *)at(18), 0);
}

static void copy_a_page(void)
{
	*at(2) = 3;
}

static void drop_a_page(void)
{
	madvise(at(4), PAGE, MADV_DONTNEED);
}

static void populate(void)
{
#ifdef MADV_POPULATE_WRITE
	if (!madvise(at(20), PAGE, MADV_POPULATE_WRITE))
		return;
#endif
	*at(20) = 1;
}

static void lock_a_hole(void)
{
	if (mlock(at(22), PAGE))
		*at(22) = 1;
}

/* Its table is a copy: what both have is protected. */
static void fork_another(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void (*const changes[])(void) = {
	bring_a_page, read_a_hole, copy_a_page, drop_a_page, populate, lock_a_hole, fork_another};
#define CHANGES (sizeof changes / sizeof *changes)

/* Every second page may be written, so that each is a mapping. */
static void map_many(void)
{
	char *many = mmap(NULL, (size_t)MAPPINGS * PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; many != MAP_FAILED && i < MAPPINGS; i += 2)
		mprotect(many + i * PAGE, PAGE, PROT_READ);
}

/* Changes by their number, a page of those that were copied, or nothing at all. */
static _Noreturn void obey(void)
{
	char what;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	map_many();
	for (unsigned copied = 6; read(order[0], &what, 1) == 1;) {
		if ((unsigned char)what < CHANGES)
			changes[(unsigned char)what]();
		if (what == PROMPT)
			*at(copied++) = 3;
		if (write(answer[1], &what, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

static void tell(char what)
{
	char answered;

	assert_int_equal(write(order[1], &what, 1), 1);
	assert_int_equal(read(answer[0], &answered, 1), 1);
	assert_int_equal(answered, what);
}

static pid_t start_child(void)
{
	pid_t child;

	assert_int_equal(pipe2(order, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	place = mmap(
		NULL, PLACES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(place, MAP_FAILED);
	madvise(place, PLACES * PAGE, MADV_NOHUGEPAGE);
	memset(place, 1, 16 * PAGE);
	child = fork();
	if (!child)
		obey();
	/* The first answer's own faults are over then. */
	tell(IDLE);
	tell(IDLE);
	return child;
}

static void stop_child(pid_t child)
{
	for (int i = 0; i < 2; i++) {
		close(order[i]);
		close(answer[i]);
	}
	munmap(place, PLACES * PAGE);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* Another one of the same pages, which does nothing; it is killed. */
static pid_t start_idle(void)
{
	pid_t idle = fork();

	if (idle)
		return idle;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void stop_idle(pid_t idle)
{
	kill(idle, SIGKILL);
	waitpid(idle, NULL, 0);
}

/* ---- signs ----------------------------------------------------------------------- */

struct watched {
	struct proc_root *root;
	struct process_reader *reader;
	struct space_watch *space;
	pid_t pid;
};

static bool take(const struct watched *w, struct page_signs *ret_signs)
{
	const struct process_info *info = NULL;
	struct space_record space;
	bool told = space_watch_read(w->space, &space) &&
		    !process_read(w->reader, w->pid, w->pid, NEED_PROCESS, NULL, &info);

	told = told && page_signs_take(info, &space, ret_signs);
	part_put(info);
	return told;
}

static void let_go(struct watched *w)
{
	space_watch_close(w->space);
	process_reader_free(w->reader);
	proc_root_close(w->root);
	stop_child(w->pid);
}

/* Of a child, or the test is skipped. */
static void watch(struct watched *w)
{
	struct page_signs signs;
	int error;

	*w = (struct watched){.pid = start_child()};
	assert_int_equal(proc_root_open(NULL, &w->root), 0);
	assert_int_equal(process_reader_new(w->root, &w->reader), 0);
	error = space_watch_open(w->root, w->pid, &w->space);
	if (error || !take(w, &signs)) {
		print_message("skipped: no signs of pages here: %s\n", strerror(-error));
		let_go(w);
		skip();
	}
}

static void what_changes_pages_shows(void **state)
{
	struct page_signs before, after;
	struct watched w;

	(void)state;
	watch(&w);
	for (size_t i = 0; i < CHANGES; i++) {
		assert_true(take(&w, &before));
		tell((char)i);
		assert_true(take(&w, &after));
		if (page_signs_equal(&before, &after))
			fail_msg("change %zu shows no sign", i);
	}
	let_go(&w);
}

/* A page that another process brings is no fault of its own. */
static void what_others_bring_shows(void **state)
{
	struct page_signs before, after;
	struct watched w;
	char name[32];
	int fd;

	(void)state;
	watch(&w);
	snprintf(name, sizeof name, "/proc/%d/mem", (int)w.pid);
	fd = open(name, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(take(&w, &before));
	assert_int_equal(pwrite(fd, "x", 1, (off_t)(uintptr_t)at(24)), 1);
	assert_true(take(&w, &after));
	assert_false(page_signs_equal(&before, &after));
	close(fd);
	let_go(&w);
}

static void what_leaves_them_does_not(void **state)
{
	struct page_signs before, after;
	struct watched w;

	(void)state;
	watch(&w);
	assert_true(take(&w, &before));
	for (int i = 0; i < 3; i++)
		tell(IDLE);
	assert_true(take(&w, &after));
	assert_true(page_signs_equal(&before, &after));
	let_go(&w);
}

/* ---- pages ----------------------------------------------------------------------- */

static uint64_t copied(const struct moment *m)
{
	const struct pair_pages *p =
		m->pair && m->pair->verdicts ? &m->pair->verdicts->pages : NULL;

	return p ? p->copied + p->copied_by_a + p->copied_by_b : 0;
}

/* The pages of a process with many mappings that stay are not read anew each time … */
static void wait_for_many(struct sampling *f)
{
	for (unsigned settled = 0; settled < 10;) {
		const struct moment *m = sampling_next(f);
		const struct side *a = &m->snapshot->side[0];

		settled += a->pages && a->memory && a->memory->n > MAPPINGS / 2;
		moment_put(m);
	}
}

/* … and yet each that is copied shows at once. */
static void copies_show_soon(void **state)
{
	struct sampling *f = *state;
	pid_t child = start_child(), idle = start_idle();
	uint64_t begin_ns;

	if (!value_state_has_value(f->options.access.state[ACCESS_FRAMES]) ||
		!value_state_has_value(f->options.access.state[ACCESS_KCMP])) {
		print_message("skipped: no page is judged here by its frame\n");
		stop_child(child);
		stop_idle(idle);
		skip();
	}
	f->options.page_cost_permille = 1000; /* nothing waits for its share of a core */
	f->need = NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_SHARES;
	sampling_begin(f, child, idle);
	wait_for_many(f);
	begin_ns = clock_monotonic_ns();
	for (unsigned i = 0; i < COPIES; i++) {
		const struct moment *m = sampling_next(f);
		uint64_t before = copied(m);

		tell(PROMPT);
		do {
			moment_put(m);
			m = sampling_next(f);
			assert_true(clock_monotonic_ns() - begin_ns < COPIES_NS);
		} while (copied(m) == before);
		moment_put(m);
	}
	stop_child(child);
	stop_idle(idle);
}

static uint64_t resident(const struct moment *m)
{
	const struct page_map *p = m->snapshot->side[0].pages;
	uint64_t n = 0;

	for (size_t i = 0; page_map_known(p) && p->memory && i < p->memory->n; i++)
		n += p->mapping[i].resident;
	return n;
}

/* Of one process alone they are not read each time either, whoever asks for counts of frames. */
static void what_comes_to_one_alone_shows_soon(void **state)
{
	static const char coming[] = {0 /* bring_a_page */, 4 /* populate */};
	struct sampling *f = *state;
	pid_t child = start_child();
	uint64_t begin_ns;

	if (!value_state_has_value(f->options.access.state[ACCESS_PAGEMAP])) {
		print_message("skipped: no pages to be had here\n");
		stop_child(child);
		skip();
	}
	f->options.page_cost_permille = 1000;
	f->need = NEED_PROCESS | NEED_MAPS | NEED_PAGES | NEED_PAGE_COUNTS;
	sampling_begin(f, child, 0);
	wait_for_many(f);
	begin_ns = clock_monotonic_ns();
	for (size_t i = 0; i < sizeof coming; i++) {
		const struct moment *m = sampling_next(f);
		uint64_t before = resident(m);

		tell(coming[i]);
		do {
			moment_put(m);
			m = sampling_next(f);
			assert_true(clock_monotonic_ns() - begin_ns < COPIES_NS);
		} while (resident(m) <= before);
		moment_put(m);
	}
	stop_child(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_changes_pages_shows),
		cmocka_unit_test(what_others_bring_shows),
		cmocka_unit_test(what_leaves_them_does_not),
		cmocka_unit_test_setup_teardown(
			copies_show_soon, sampling_setup, sampling_teardown),
		cmocka_unit_test_setup_teardown(
			what_comes_to_one_alone_shows_soon, sampling_setup, sampling_teardown),
	};

	return live_run(tests, NULL, NULL);
}
