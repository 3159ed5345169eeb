/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorders that are killed at any moment: what they wrote opens, and lacks a second at most. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "tests/fixtures/hour.h"
#include "twintop/base/clock.h"
#include "twintop/record/recorder.h"
#include "twintop/record/recording.h"

#define KILLED	   100u
#define SOONEST_US 20000u /* the latest kill, where that is time enough to have written */
#define BOUND_NS   30000000000u
#define DELAY_NS   100000000u
#define SECOND	   10u /* moments */
#define WITH_PAGES 40u /* of the processes that are recorded */

/* How far a recorder came: moments that it has taken; -1: it has not begun. */
typedef _Atomic int64_t progress;

/* Until it is killed. */
static _Noreturn void record(int fd, progress *taken)
{
	const struct hour_size size = {.threads = 10,
		.pages = WITH_PAGES,
		.active_percent = 20,
		.copied_each = 1,
		.delay_ns = DELAY_NS};
	struct hour *hour = hour_new(&size);
	struct recorder *r;
	int error = recorder_new(
		&(const struct recorder_options){
			.write = recorder_to_fd, .context = &fd, .program = "a test"},
		&r);

	for (int64_t n = 0; !error; n++) {
		const struct moment *m;

		atomic_store(taken, n);
		m = moment_new(hour_next(hour), NULL);
		error = recorder_add(r, m);
		moment_put(m);
	}
	_exit(1);
}

/* The moments that are there, each of them, in their order; how they end is in *ret_error. */
static int64_t count_moments(int fd, int *ret_error)
{
	struct recording *r;
	struct snapshot *s;
	int64_t n = -1;

	lseek(fd, 0, SEEK_SET);
	*ret_error = recording_new(fd, &r);
	if (*ret_error)
		return n;
	n = 0;
	while (!(*ret_error = recording_next(r, &s))) {
		assert_int_equal(s->sequence, n + 1);
		part_put(s);
		n++;
	}
	recording_free(r);
	return n;
}

static pid_t begin_one(int fd, progress *taken)
{
	pid_t parent = getpid(), pid;

	assert_true(fd >= 0);
	atomic_store(taken, -1);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() == parent)
			record(fd, taken);
		_exit(1);
	}
	return pid;
}

static void end_one(pid_t pid)
{
	int status;

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* How long it takes to have written something: machines and sanitizers differ. */
static useconds_t time_one(progress *taken)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	uint64_t begin_ns = clock_monotonic_ns();
	pid_t pid = begin_one(fd, taken);

	while (atomic_load(taken) <= (int64_t)SECOND) {
		assert_true(clock_monotonic_ns() - begin_ns < BOUND_NS);
		usleep(500);
	}
	begin_ns = clock_monotonic_ns() - begin_ns;
	end_one(pid);
	close(fd);
	return (useconds_t)(begin_ns / 1000);
}

static void kill_one(progress *taken, useconds_t after_us)
{
	int fd = memfd_create("recording", MFD_CLOEXEC), error;
	pid_t pid = begin_one(fd, taken);
	int64_t had, read;

	usleep(after_us);
	end_one(pid);
	had = atomic_load(taken);
	read = count_moments(fd, &error);
	if (had >= 0 && (error != -EPIPE || read < had - (int64_t)SECOND))
		fail_msg("killed after %u us: %d moments of %d, error %d", (unsigned)after_us,
			(int)read, (int)had, error);
	assert_true(had >= 0 || error == -EPIPE || error == -EBADMSG);
	close(fd);
}

static void what_was_written_opens(void **state)
{
	progress *taken = mmap(
		NULL, sizeof *taken, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	useconds_t latest_us;
	unsigned begun = 0;
	uint32_t dice = 1;

	(void)state;
	assert_ptr_not_equal(taken, MAP_FAILED);
	latest_us = 2 * time_one(taken);
	if (latest_us < SOONEST_US)
		latest_us = SOONEST_US;
	for (unsigned i = 0; i < KILLED; i++) {
		dice = dice * 1664525u + 1013904223u;
		kill_one(taken, (dice >> 8) % latest_us);
		begun += atomic_load(taken) > (int64_t)SECOND;
	}
	/* Most of them had written something. */
	assert_true(begun > KILLED / 10);
	munmap(taken, sizeof *taken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_written_opens)};

	return live_run(tests, NULL, NULL);
}
